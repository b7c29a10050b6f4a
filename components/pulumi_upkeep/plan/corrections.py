"""Corrections: the openings of maintenance windows that do not count against service levels.

Datadog's corrections that come back know no weekday of a month, and count in fixed steps from a
moment: their time zone is for display, so that in summer a window of the winter's would lie an
hour off. So each opening is told by its date. What is dated must not change with the day of a
deployment: the dates run from the first of this month, less the time that levels look back, to the
end of the second month after it, and change with the month and not before.
Source: Datadog, "SLO status corrections".
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from .exceptions import months_after
from .faults import Fault

if TYPE_CHECKING:
    from .plan import Plan
    from .windows import Window

# Whole months after the current one: who deploys once in two months is never without.
MONTHS_AHEAD = 2
# Of one objective, counting those of the last 90 days and whatever is ahead.
MOST_CORRECTIONS = 100
MOST_CORRECTIONS_SOURCE = "Datadog, SLO status corrections: 100 one-time corrections of each SLO"


@dataclass(frozen=True, order=True)
class Correction:
    """One opening of a window.

    window     its name
    day        of the opening, on the plan's clocks
    services   of the chapter ``services``: those that the window quiets
    start, end   seconds since 1970
    """

    window: str
    day: date
    services: tuple[str, ...]
    start: int
    end: int

    @property
    def name(self) -> str:
        """``weekly-2026-11-25``: the same whenever it is said."""
        return f"{self.window}-{self.day.isoformat()}"


def covered(today: date, looks_back: timedelta) -> tuple[date, date]:
    """From which day to before which one openings are told, seen from a day: the same for every
    day of a month."""
    first = today.replace(day=1)
    return first - looks_back, months_after(first, MONTHS_AHEAD + 1)


def corrections(plan: "Plan", today: date) -> tuple[Correction, ...]:
    """What is to be told on a day, sorted. Windows that quiet no service correct none."""
    if not plan.service_levels:
        return ()
    start, end = covered(today, max(level.over for level in plan.service_levels.values()))
    found = (
        Correction(name, day, services, int(opens.timestamp()), int(closes.timestamp()))
        for name, window in plan.windows.items()
        if (services := quieted(window))
        for day in window.openings(start, end)
        for opens, closes in [window.stretch(day, plan.timezone)]
        # Spring skips some whole.
        if opens < closes
    )
    return tuple(sorted(found))


def quieted(window: "Window") -> tuple[str, ...]:
    """The services that a window quiets, sorted."""
    return tuple(sorted(window.quiets.services)) if window.quiets else ()


def most_at_once(windows: Mapping[str, "Window"], service: str, looks_back: timedelta) -> int:
    """The most corrections that one objective of a service ever has."""
    ours = [window for window in windows.values() if service in quieted(window)]
    # Every month of a year, so that each of its shapes is met.
    return max(
        sum(
            len(list(window.openings(*covered(date(2027, month, 1), looks_back))))
            for window in ours
        )
        for month in range(1, 13)
    )


def correction_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Windows that open more often than Datadog keeps corrections."""
    if not plan.service_levels or {"windows", "services"} & {*broken}:
        return
    back = max(level.over for level in plan.service_levels.values())
    for name in plan.services:
        count = most_at_once(plan.windows, name, back)
        if count > MOST_CORRECTIONS:
            yield Fault(
                "windows",
                f"`services.{name}` would have {count} corrections within {back.days} days and the "
                f"months ahead, and an objective has at most {MOST_CORRECTIONS} "
                f"({MOST_CORRECTIONS_SOURCE})",
                None,
                "quiet it in fewer windows, or let levels look back 30 days",
            )
