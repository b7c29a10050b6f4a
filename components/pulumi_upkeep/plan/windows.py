"""Maintenance windows: when the company itself works on its systems.

Source: Bynomi's plan, "Regular Maintenance Windows"; clauses BY-3.1 and BY-3.3.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from .clocks import shown
from .faults import Fault, NotInWords, PlanError
from .measured import Day
from .notices import Notice
from .quiet import Quiets
from .schedule import BY_DATE, NO_DAY, ORDINALS, WEEKDAYS, NthWeekday, On, parse_on, say_on
from .words import ClockTime, Duration, Name, Words, say_duration

_ONE_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_DAYS_A_WEEK = 7


class Cancelled(Words):
    """An opening that is called off.

    on        the day on which it would open
    because   why; at least a few words
    """

    on: Day
    because: Annotated[str, Field(min_length=10)]


class Moved(Cancelled):
    """An opening that is on another day, at the same time.

    on        the day on which it would open
    to        the day on which it opens instead
    because   why; at least a few words
    """

    to: Day


def _a_weekday(written: Any) -> On:
    """As a schedule's day, without days of the month, and of the year."""
    rule = "a window opens on a weekday"
    remedy = "write `Wednesday` or `first Sunday`"
    try:
        on = parse_on(written)
    except NotInWords as reason:
        if reason.remedy in (NO_DAY, BY_DATE):
            raise NotInWords(rule, remedy) from None
        raise
    if isinstance(on, int):
        raise NotInWords(rule, remedy)
    return on


OpeningOn = Annotated[
    Any,
    BeforeValidator(_a_weekday),
    PlainSerializer(say_on, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^(({'|'.join(ORDINALS)}) )?({'|'.join(WEEKDAYS)})$",
            "examples": ["Wednesday", "first Sunday"],
        }
    ),
]


class Window(Words):
    """A window that comes back.

    on       ``Wednesday`` (every week) or ``first Sunday`` (every month)
    from     clock time in the plan's time zone
    to       clock time; on the next day where it is not after ``from``
    quiets   whose alerts are quiet while it is open; default nobody's
    notice   how it is announced; default not at all
    scope    what is done in it, in a few words
    cutoff   how long before it closes nothing new is begun; whole hours, less than it lasts.
             Default an hour, and none where it lasts no more than one
    cancelled, moved   single openings that are called off, or are on another day
    """

    on: OpeningOn
    from_: ClockTime = Field(alias="from")
    to: ClockTime
    quiets: Quiets | None = None
    notice: Notice | None = None
    scope: str | None = None
    cutoff: Duration | None = None
    cancelled: tuple[Cancelled, ...] = ()
    moved: tuple[Moved, ...] = ()

    @model_validator(mode="after")
    def _lasts(self) -> "Window":
        if self.from_ == self.to:
            raise NotInWords("opens and closes at the same time", "let `to` differ from `from`")
        return self

    def says(self) -> str:
        """The window as it is written: ``Wednesday 03:00-05:00``."""
        return f"{self.on} {self.from_:%H:%M}-{self.to:%H:%M}"

    @model_validator(mode="after")
    def _exceptions_are_of_openings(self) -> "Window":
        if faults := [*self._cutoff_faults(), *self._exception_faults()]:
            raise PlanError(faults)
        return self

    def _cutoff_faults(self) -> Iterator[Fault]:
        if self.cutoff is None:
            return
        most = max(-(-self.length // _HOUR) - 1, 0) * _HOUR
        near = min(round(self.cutoff / _HOUR) * _HOUR, most)
        remedy = f"nearest: `{say_duration(near)}`" if near else "leave it out"
        if self.cutoff >= self.length:
            rule = f"a window of {say_duration(self.length)} in which nothing would ever be begun"
        elif self.cutoff % _HOUR:
            rule = "counted in whole hours (Systems Manager, CreateMaintenanceWindow)"
        else:
            return
        yield Fault("cutoff", rule, say_duration(self.cutoff), remedy)

    def _exception_faults(self) -> Iterator[Fault]:
        counted = Counter([each.on for each in (*self.cancelled, *self.moved)])
        for kind in ("cancelled", "moved"):
            for index, each in enumerate(getattr(self, kind)):
                at = f"{kind}.{index}.on"
                if not self.would_open_on(each.on):
                    yield Fault(
                        at,
                        f"a {each.on:%A} on which `{self.says()}` does not open",
                        each.on.isoformat(),
                        f'nearest: `"{self._nearest_opening(each.on)}"`',
                    )
                elif counted[each.on] > 1:
                    yield Fault(
                        at,
                        "this opening is cancelled or moved more than once",
                        each.on.isoformat(),
                        "say one thing of it",
                    )
        targets = Counter([each.to for each in self.moved])
        for index, moved in enumerate(self.moved):
            rule = ""
            if self.would_open_on(moved.to):
                rule = f"`{self.says()}` opens on that day anyway"
            elif targets[moved.to] > 1:
                rule = "two openings are moved to it"
            if rule:
                taken = {*targets, moved.on}
                free = next(
                    day
                    for day in outwards(moved.to)
                    if day not in taken and not self.would_open_on(day)
                )
                yield Fault(f"moved.{index}.to", rule, f"{moved.to}", f'nearest: `"{free}"`')

    def _nearest_opening(self, day: date) -> date:
        return next(each for each in outwards(day) if self.would_open_on(each))

    def would_open_on(self, day: date) -> bool:
        """Whether its recurrence falls on a day, whatever was cancelled or moved."""
        weekday = self.on.weekday if isinstance(self.on, NthWeekday) else self.on
        if WEEKDAYS[day.weekday()] != weekday:
            return False
        return not isinstance(self.on, NthWeekday) or (day.day - 1) // 7 + 1 == self.on.nth

    @property
    def left_out(self) -> tuple[date, ...]:
        """The days of its recurrence on which it does not open, sorted."""
        return tuple(sorted(each.on for each in (*self.cancelled, *self.moved)))

    @property
    def added(self) -> tuple[date, ...]:
        """The days beside its recurrence on which it opens, sorted."""
        return tuple(sorted(each.to for each in self.moved))

    def kept(self) -> "Window":
        """Its recurrence without what is left out, and without the days that are added."""
        moved = tuple(Cancelled(on=each.on, because=each.because) for each in self.moved)
        return self.model_copy(update={"cancelled": (*self.cancelled, *moved), "moved": ()})

    def opens_on(self, day: date) -> bool:
        """Whether the window opens on a day; what is cancelled or moved is so here."""
        if any(each.to == day for each in self.moved):
            return True
        if any(each.on == day for each in (*self.cancelled, *self.moved)):
            return False
        return self.would_open_on(day)

    def openings(self, start: date, end: date) -> Iterator[date]:
        """The days from ``start`` to before ``end`` on which it opens."""
        weekday = self.on.weekday if isinstance(self.on, NthWeekday) else self.on
        first = start.toordinal() + (WEEKDAYS.index(weekday) - start.weekday()) % _DAYS_A_WEEK
        weekly = map(date.fromordinal, range(first, end.toordinal(), _DAYS_A_WEEK))
        # What was moved may open on any day of the week.
        days = {*weekly, *(day for day in self.added if start <= day < end)}
        yield from sorted(day for day in days if self.opens_on(day))

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


def outwards(day: date) -> Iterator[date]:
    """A day, the next, the one before, and so on."""
    yield day
    for away in range(1, 366):
        yield day + away * _ONE_DAY
        yield day - away * _ONE_DAY
