"""The database's own maintenance window, near which AWS Backup starts no snapshot of it.

RDS works on the instance in it: on what people asked for that can wait, and on patches and versions
that it requires [RDS User Guide, "Maintaining a DB instance"]. It comes every week, in UTC, so that
it lies within a window of the plan only where that comes every week, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from .limits import QUIET_BEFORE_RDS_MAINTENANCE
from .runs import HORIZON_START

if TYPE_CHECKING:
    from .plan import Plan
    from .windows import Window

_WRITTEN = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun):(\d\d):(\d\d)-(?:\w{3}):(\d\d):(\d\d)$")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
# A year of whole weeks, with both changes of the clocks.
_YEAR = HORIZON_START, HORIZON_START + 52 * _WEEK
# A Monday.
_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class DatabaseMaintenance:
    """A window of RDS, in UTC: it opens on a weekday (0 is Monday) and lasts a while."""

    weekday: int
    opens: time
    length: timedelta

    @classmethod
    def parse(cls, written: str) -> "DatabaseMaintenance | None":
        """From RDS's own words, ``sun:09:30-sun:10:00``; None where they are none."""
        match = _WRITTEN.match(written.lower())
        if match is None:
            return None
        opens, closes = time(int(match[2]), int(match[3])), time(int(match[4]), int(match[5]))
        length = datetime.combine(datetime.min, closes) - datetime.combine(datetime.min, opens)
        return cls(_DAYS.index(match[1]), opens, length % _DAY)

    def says(self) -> str:
        """In RDS's own words."""
        opens = (
            _MONDAY + self.weekday * _DAY + (datetime.combine(date.min, self.opens) - datetime.min)
        )
        closes = opens + self.length
        return "-".join(f"{_DAYS[each.weekday()]}:{each:%H:%M}" for each in (opens, closes))

    def openings(self, start: date, end: date) -> Iterator[tuple[datetime, datetime]]:
        """From when until when it is open, on the days (UTC) from ``start`` to before ``end``."""
        day = start + (self.weekday - start.weekday()) % 7 * _DAY
        while day < end:
            opens = datetime.combine(day, self.opens, UTC)
            yield opens, opens + self.length
            day += _WEEK

    def keeps_out(self, moment: datetime) -> bool:
        """Whether a snapshot that should start now (an aware time) is not started."""
        utc = moment.astimezone(UTC)
        days_back = (utc.weekday() - self.weekday) % 7
        for days in (days_back, days_back - 7):
            opens = datetime.combine(utc.date() - days * _DAY, self.opens, UTC)
            if opens - QUIET_BEFORE_RDS_MAINTENANCE <= utc < opens + self.length:
                return True
        return False


@dataclass(frozen=True)
class Beyond:
    """How a database's own maintenance lies outside of the plan's windows in a year.

    first     when it is first (UTC)
    weeks     how many times, of 52
    nearest   where RDS could be told to have it instead, in its words; None where no window of the
              plan has room every week
    """

    first: datetime
    weeks: int
    nearest: str | None


def beyond_windows(plan: "Plan", own: DatabaseMaintenance) -> Beyond | None:
    """None where every week a window of the plan holds it; what is said of single openings does
    not count."""
    windows = [
        window.model_copy(update={"cancelled": (), "moved": ()}) for window in plan.windows.values()
    ]
    open_ = [each for window in windows for each in _stretches(window, plan.timezone)]
    outside = _outside(own, open_)
    if not outside:
        return None
    for window in windows:
        moved = _fitted(own, _stretches(window, plan.timezone))
        if moved is not None and not _outside(moved, open_):
            return Beyond(outside[0], len(outside), moved.says())
    return Beyond(outside[0], len(outside), None)


_Stretch = tuple[datetime, datetime]


def _stretches(window: "Window", timezone: str) -> list[_Stretch]:
    start, end = _YEAR
    days = window.openings(start - 2 * _DAY, end + 2 * _DAY)
    return [window.stretch(day, timezone) for day in days]


def _outside(own: DatabaseMaintenance, open_: list[_Stretch]) -> list[datetime]:
    return [
        starts
        for starts, ends in own.openings(*_YEAR)
        if not any(opens <= starts and ends <= closes for opens, closes in open_)
    ]


def _fitted(own: DatabaseMaintenance, open_: list[_Stretch]) -> DatabaseMaintenance | None:
    """As long, and from when a window is open in summer and in winter."""
    if not open_:
        return None
    latest = max((opens - _MONDAY) % _WEEK for opens, _ in open_)
    return DatabaseMaintenance(latest // _DAY, (datetime.min + latest % _DAY).time(), own.length)
