"""Terms: what a recovery point or a recovery time is the sum of, each with where it comes from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ..objectives import Failure
from ..words import tell_duration

# What fails.
Mode = Failure
AFTER: dict[Mode, str] = {
    "instance": "a failed instance",
    "zone": "the loss of a zone",
    "region": "the loss of the region",
    "corruption": "corruption or deletion",
    "account": "the loss of the account",
}

# plan       written in the plan
# vendor     the vendor's own figure
# assumed    nobody has measured it here, and no vendor promises it
# measured   from an execution; the source names it
Provenance = Literal["plan", "vendor", "assumed", "measured"]


@dataclass(frozen=True)
class Term:
    """One part of a sum: what it is, how long, and where the figure comes from.

    id   the word by which a measurement replaces it (``measured[].term``); empty where nothing that
         is executed can tell it
    of   the thing of the estate it was, or would be, measured of
    """

    what: str
    length: timedelta
    provenance: Provenance
    source: str
    id: str = ""
    of: str = ""

    def __str__(self) -> str:
        return f"{tell_duration(self.length)} {self.what} ({self.provenance})"

    @property
    def rests_on_assumption(self) -> bool:
        """Whether it adds to a sum what nobody has measured."""
        return self.provenance == "assumed" and bool(self.length)


@dataclass(frozen=True)
class Way:
    """One way back: by what, where the plan declares it, and the sum it takes.

    automatic   nobody has to be reached for it
    """

    by: str
    at: str
    terms: tuple[Term, ...]
    automatic: bool = False

    @property
    def total(self) -> timedelta:
        """The sum of the terms."""
        return sum((term.length for term in self.terms), timedelta(0))

    @property
    def rests_on_assumptions(self) -> bool:
        """Whether a term is assumed."""
        return any(term.provenance == "assumed" for term in self.terms)


def shortest(ways: Iterable[Way]) -> Way | None:
    """The way with the smallest sum; of equal ones the one named first."""
    return min(ways, key=lambda way: way.total, default=None)


def say_sum(terms: Sequence[Term]) -> str:
    """A sum in words; terms of nothing are left out."""
    return " + ".join(str(term) for term in terms if term.length) or "nothing"
