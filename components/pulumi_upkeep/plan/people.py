"""People: who can be told of something, and on whose clocks they live.

A person is named once, and teams, rotations and escalations refer to the name: who joins or leaves
changes one line. Source: Bynomi's plan, "Primary Contacts".
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .faults import Fault
from .severities import Recipient
from .words import Email, Name, TimeZone, Words

if TYPE_CHECKING:
    from .plan import Plan


class Person(Words):
    """One person.

    email      their address, which is also the one Datadog knows them by
    phone      their number (E.164), or ``{secret: name}`` of a Pulumi secret that holds it
    timezone   the clocks they live by (an IANA name); default the plan's
    """

    email: Email
    phone: Recipient | None = None
    timezone: TimeZone | None = None


People = dict[Name, Person]


def people_faults(plan: "Plan") -> Iterator[Fault]:
    """Two people of one address: Datadog knows users by it, and would page one of them."""
    first: dict[str, str] = {}
    for name, person in plan.people.items():
        address = person.email.lower()
        if address in first:
            yield Fault(
                f"people.{name}.email",
                f"`people.{first[address]}` has it too, and Datadog knows a user by the address",
                person.email,
                "give each person an address of their own",
            )
        first.setdefault(address, name)
