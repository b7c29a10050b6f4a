"""Contacts: who answers for what, named once.

Source: Bynomi's plan, "Primary Contacts"; clause BY-7.3.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from .faults import Fault
from .teams import unknown_person
from .words import Name, Words

if TYPE_CHECKING:
    from .plan import Plan


class Contact(Words):
    """What a person of ``people``, by whose name it stands, is asked about.

    role        as the company calls it, such as ``Product Owner``; no two contacts share one
    asked_for   what they decide or know, in a few words
    """

    role: Annotated[str, Field(min_length=1)]
    asked_for: Annotated[str, Field(min_length=1)]


Contacts = dict[Name, Contact]


def contact_faults(plan: "Plan") -> Iterator[Fault]:
    """Contacts whom nobody knows or can call, and roles of two."""
    first: dict[str, str] = {}
    for name, contact in sorted(plan.contacts.items()):
        yield from unknown_person(plan, f"contacts.{name}", name)
        person = plan.people.get(name)
        if person is not None and person.phone is None:
            yield Fault(
                f"contacts.{name}",
                f"`people.{name}` has no phone, and a contact is somebody who can be called",
                None,
                f"add `people.{name}.phone: {{secret: <name>}}`",
            )
        role = contact.role.lower()
        if role in first:
            yield Fault(
                f"contacts.{name}.role",
                f"`contacts.{first[role]}` has it: two owners of one thing",
                contact.role,
                "leave one of them out, or say how they differ",
            )
        first.setdefault(role, name)
