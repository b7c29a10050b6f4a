"""An occasion: something of the plan that happens at a time that is known beforehand."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, order=True)
class Occasion:
    """One time that something of the plan happens.

    starts, ends   aware, in UTC; equal where it has no length
    kind           window, notice, patching, care, scan, review, audit, release, freeze, planning,
                   backup, restore-test, drill, route-test, holiday
    name           by the plan's key
    path           of the plan entry that asks for it
    says           in a few words, for people
    owner          who answers for it; None where nobody is named
    """

    starts: datetime
    ends: datetime
    kind: str
    name: str
    path: str
    says: str
    owner: str | None = None

    @property
    def length(self) -> timedelta:
        """How long it really lasts, whatever the clocks show."""
        return self.ends - self.starts
