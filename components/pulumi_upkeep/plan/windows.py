"""Maintenance windows: when the company itself works on its systems.

Source: Bynomi's plan, "Regular Maintenance Windows"; clauses BY-3.1 and BY-3.3.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from .clocks import shown
from .faults import NotInWords
from .quiet import Quiets
from .schedule import DayOn, NthWeekday, On
from .words import ClockTime, Name, Words


def _a_weekday(on: On) -> On:
    if isinstance(on, int):
        raise NotInWords("a window opens on a weekday", "write `Wednesday` or `first Sunday`")
    return on


class Window(Words):
    """A window that comes back.

    on       ``Wednesday`` (every week) or ``first Sunday`` (every month)
    from     clock time in the plan's time zone
    to       clock time; on the next day where it is not after ``from``
    quiets   whose alerts are quiet while it is open; default nobody's
    """

    on: Annotated[DayOn, AfterValidator(_a_weekday)]
    from_: ClockTime = Field(alias="from")
    to: ClockTime
    quiets: Quiets | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "Window":
        if self.from_ == self.to:
            raise NotInWords("opens and closes at the same time", "let `to` differ from `from`")
        return self

    def says(self) -> str:
        """The window as it is written: ``Wednesday 03:00-05:00``."""
        return f"{self.on} {self.from_:%H:%M}-{self.to:%H:%M}"

    def opens_on(self, day: date) -> bool:
        """Whether the window opens on a day."""
        weekday = self.on.weekday if isinstance(self.on, NthWeekday) else self.on
        if f"{day:%A}" != weekday:
            return False
        return not isinstance(self.on, NthWeekday) or (day.day - 1) // 7 + 1 == self.on.nth

    def openings(self, start: date, end: date) -> Iterator[date]:
        """The days from ``start`` to before ``end`` on which it opens."""
        for ordinal in range(start.toordinal(), end.toordinal()):
            day = date.fromordinal(ordinal)
            if self.opens_on(day):
                yield day

    @property
    def past_midnight(self) -> bool:
        """Whether it closes on the day after it opens."""
        return self.to <= self.from_

    @property
    def length(self) -> timedelta:
        """How long it is open while the clocks do not change."""
        day = date.min
        closes = day + timedelta(days=1) if self.past_midnight else day
        return datetime.combine(closes, self.to) - datetime.combine(day, self.from_)

    def stretch(self, day: date, timezone: str) -> tuple[datetime, datetime]:
        """From when until when (UTC) the opening of a day lasts: as long as the clocks show its
        time, of a time that comes twice both. Equal where spring skips it whole."""
        zone = ZoneInfo(timezone)
        closes = day + timedelta(days=1) if self.past_midnight else day
        opens = datetime.combine(day, self.from_, zone)
        return shown(opens), shown(datetime.combine(closes, self.to, zone).replace(fold=1))

    def covers(self, moment: datetime) -> bool:
        """Whether the clocks show a time within the window; its end is outside."""
        clock = moment.time()
        if self.opens_on(moment.date()):
            return clock >= self.from_ and (self.past_midnight or clock < self.to)
        yesterday = moment.date() - timedelta(days=1)
        return self.past_midnight and clock < self.to and self.opens_on(yesterday)


Windows = dict[Name, Window]
