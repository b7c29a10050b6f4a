"""Maintenance windows: when the company itself works on its systems.

Source: Bynomi's plan, "Regular Maintenance Windows"; clauses BY-3.1 and BY-3.3.
"""

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

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

    def covers(self, moment: datetime) -> bool:
        """Whether the clocks show a time within the window; its end is outside."""
        past_midnight = self.to <= self.from_
        clock = moment.time()
        if self.opens_on(moment.date()):
            return clock >= self.from_ and (past_midnight or clock < self.to)
        return (
            past_midnight and clock < self.to and self.opens_on(moment.date() - timedelta(days=1))
        )


Windows = dict[Name, Window]
