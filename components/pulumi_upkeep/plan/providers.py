"""Providers: companies whose service this one stands on, and how they are reached.

Source: Bynomi's plan, "Service Providers"; clause BY-7.3. Whoever calls one has to name the
account: it may be a secret, which the plan names and never holds.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Discriminator, Field, StringConstraints, Tag

from .faults import Fault
from .severities import Phone
from .teams import unknown_person
from .words import Name, Secret, Url, Words

if TYPE_CHECKING:
    from .plan import Plan


def _is(written: object) -> str:
    if not isinstance(written, str):
        return "<secret>"
    return "<phone>" if written.startswith("+") else "<address>"


Account = Annotated[
    Annotated[str, StringConstraints(min_length=1), Tag("<text>")]
    | Annotated[Secret, Tag("<secret>")],
    Discriminator(lambda written: "<text>" if isinstance(written, str) else "<secret>"),
]
Support = Annotated[
    Annotated[Phone, Tag("<phone>")]
    | Annotated[Url, Tag("<address>")]
    | Annotated[Secret, Tag("<secret>")],
    Discriminator(_is),
]


class Provider(Words):
    """One provider.

    name       of the company
    does       what fails when it fails, in a few words
    account    what they know us by, or ``{secret: name}`` of a Pulumi secret that holds it
    support    their phone (E.164), an address (``https://...``), or ``{secret: name}`` of a secret
               that holds the phone
    owner      the person of ``people`` who talks to them; default nobody by name
    """

    name: Annotated[str, Field(min_length=1)]
    does: Annotated[str, Field(min_length=1)]
    account: Account
    support: Support
    owner: Name | None = None

    def secrets(self) -> Iterator[tuple[str, str]]:
        """Each secret's name, with its path below this block."""
        for part in ("account", "support"):
            value = getattr(self, part)
            if isinstance(value, Secret):
                yield value.secret, part


Providers = dict[Name, Provider]


def provider_faults(plan: "Plan") -> Iterator[Fault]:
    """Owners that there are not."""
    for name, provider in sorted(plan.providers.items()):
        if provider.owner is not None:
            yield from unknown_person(plan, f"providers.{name}.owner", provider.owner)
