"""Schedules: ``every: day``, ``at: "02:00"``, ``on: first Sunday``, and when they really run.

The plan says it in words; AWS Backup takes a cron expression of six fields and a time zone. Both
come from here, and so do the runs themselves, with the cloud's semantics: a time that spring skips
is not run, one that autumn repeats runs once (EventBridge Scheduler's documented rule).
"""

import calendar
import re
from collections.abc import Sequence
from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, model_validator

from .faults import Fault, NotInWords, PlanError, nearest, shown
from .limits import BACKUP_MOST_OFTEN, BACKUP_MOST_OFTEN_SOURCE
from .words import ClockTime, Weekday, Words, parse_duration, say_duration

WEEKDAYS: tuple[Weekday, ...] = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
ORDINALS = ("first", "second", "third", "fourth")
MONTHS = tuple(calendar.month_name[1:])
_DAY = timedelta(days=1)

# ---- every -------------------------------------------------------------------------------------

Every = Literal["day", "week", "month", "quarter", "year"] | timedelta
_WORDS = ("day", "week", "month", "quarter", "year")
# The months in which a quarter begins.
QUARTERS = (1, 4, 7, 10)


def parse_every(written: Any) -> Every:
    """``day``, ``week``, ``month``, ``quarter``, ``year`` or hours that divide the day:
    ``6 hours``."""
    if isinstance(written, str) and written in _WORDS:
        return written  # type: ignore[return-value]
    if isinstance(written, str):
        if (words := in_words_of_cron(written)) is not None:
            raise NotInWords("a cron expression; the plan speaks in words", words)
        single = {"1 day": "day", "1 week": "week", "1 month": "month", "24 hours": "day"}
        single |= {"daily": "day", "weekly": "week", "monthly": "month", "hourly": "1 hour"}
        single |= {"quarterly": "quarter", "3 months": "quarter", "1 quarter": "quarter"}
        single |= {"yearly": "year", "annually": "year", "1 year": "year", "12 months": "year"}
        if meant := single.get(written, single.get(written.lower())):
            raise NotInWords("not an interval of the plan", f"write `every: {meant}`")
    try:
        length = parse_duration(written)
    except NotInWords:
        close = nearest(str(written), _WORDS)
        remedy = (
            f"did you mean `{close}`?"
            if close
            else "write `day`, `week`, `month`, `quarter`, `year` or `6 hours`"
        )
        raise NotInWords("not an interval", remedy) from None
    if length < BACKUP_MOST_OFTEN:
        raise NotInWords(
            f"more often than hourly ({BACKUP_MOST_OFTEN_SOURCE})",
            "write `every: 1 hour`, or add `point_in_time` to lose less",
        )
    if length > _DAY or length % timedelta(hours=1) or _DAY % length or length == _DAY:
        near = min(_DIVISORS, key=lambda hours: abs(timedelta(hours=hours) - length))
        remedy = f"nearest: `{near} hour{'' if near == 1 else 's'}`"
        if length >= _DAY:
            remedy = "write `day`, `week`, `month`, `quarter` or `year`"
        raise NotInWords("hours that do not divide the day: the runs would drift", remedy)
    return length


_DIVISORS = (1, 2, 3, 4, 6, 8, 12)


def say_every(every: Every) -> str:
    """An interval as it is written."""
    return every if isinstance(every, str) else say_duration(every)


Interval = Annotated[
    Any,
    BeforeValidator(parse_every),
    PlainSerializer(say_every, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(day|week|month|quarter|year|1 hour|(2|3|4|6|8|12) hours)$",
            "examples": ["day", "week", "month", "quarter", "year", "6 hours"],
        }
    ),
]

# ---- on ----------------------------------------------------------------------------------------


class NthWeekday(Words):
    """``first Sunday``: the nth such day of the month, 1 to 4."""

    nth: int
    weekday: Weekday

    def __str__(self) -> str:
        return f"{ORDINALS[self.nth - 1]} {self.weekday}"


class DayOfYear(Words):
    """``15 March`` or ``first Monday of March``: a day that every year has, once."""

    day: int | NthWeekday
    month: int

    def __str__(self) -> str:
        of = " of" if isinstance(self.day, NthWeekday) else ""
        return f"{self.day}{of} {MONTHS[self.month - 1]}"


On = Weekday | NthWeekday | int

# What would do where nothing is near.
NO_DAY, BY_DATE = "write `Sunday`, `first Sunday` or `1`", "1 to 28"
_IN_FIGURES = {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}


def parse_on(written: Any) -> On:
    """``Sunday``, ``first Sunday`` (to ``fourth``), or a day of the month from 1 to 28."""
    if isinstance(written, NthWeekday):
        return written
    if isinstance(written, float) and written.is_integer():
        written = int(written)
    if isinstance(written, int) and not isinstance(written, bool):
        if not 1 <= written <= 28:
            raise NotInWords("a day that not every month has", BY_DATE)
        return written
    parts = str(written).split()
    if len(parts) in (1, 2):
        day = parts[-1].capitalize()
        if day not in WEEKDAYS:
            close = _short_for(day, WEEKDAYS) or nearest(day, WEEKDAYS)
            meant = " ".join([*parts[:-1], close]) if close and parts[0] in ORDINALS else close
            raise NotInWords("not a day", f"did you mean `{meant}`?" if meant else NO_DAY)
        nth = _IN_FIGURES.get(parts[0].lower(), parts[0].lower())
        if len(parts) == 1 and parts[0] == day:
            return day
        if len(parts) == 2 and parts[0] in ORDINALS and parts[1] == day:
            return NthWeekday(nth=ORDINALS.index(parts[0]) + 1, weekday=day)
        if len(parts) == 2 and nth in ("fifth", "last"):
            raise NotInWords(
                f"not every month has a {nth} {day}"
                if nth == "fifth"
                else "the last one cannot be said to the cloud's scheduler",
                f"write `fourth {day}`",
            )
        close = nearest(nth, ORDINALS) if len(parts) == 2 else None
        raise NotInWords("not a day", f"did you mean `{f'{close} {day}' if close else day}`?")
    raise NotInWords("not a day", NO_DAY)


def _short_for(written: str, names: Sequence[str]) -> str | None:
    """The name that three letters or more begin: ``Feb``, ``Sept``."""
    if len(written) < len("Feb"):
        return None
    return next((name for name in names if name.startswith(written.capitalize())), None)


def parse_scheduled_on(written: Any) -> On | DayOfYear:
    """As :func:`parse_on`, and a day of the year: ``15 March``, ``first Monday of March``."""
    if isinstance(written, DayOfYear):
        return written
    if isinstance(written, str) and written.isdecimal():
        # As a component is handed it, whose arguments are text.
        return parse_on(int(written))
    text = str(written).strip()
    match = _OF_YEAR.match(text)
    if match is None and (turned := _MONTH_FIRST.match(text)) and _month_meant(turned["month"]):
        # Said of the day as it is written here: a 29 February has more to be said.
        meant = f"{turned['day']} {_month_meant(turned['month'])}"
        parse_scheduled_on(meant)
        raise NotInWords("the day comes first", f"write `{meant}`")
    if match is None:
        return parse_on(written)
    month = next((name for name in MONTHS if name == match["month"].capitalize()), None)
    if month is None:
        if (close := _month_meant(match["month"])) is None:
            return parse_on(written)
        meant = text.replace(match["month"], close)
        parse_scheduled_on(meant)
        raise NotInWords("not a month", f"did you mean `{meant}`?")
    if match["nth"] is not None:
        nth = parse_on(match["nth"])
        if not isinstance(nth, NthWeekday):
            raise NotInWords("comes several times in a month", f"write `first {nth} of {month}`")
        return DayOfYear(day=nth, month=MONTHS.index(month) + 1)
    day, number = int(match["day"]), MONTHS.index(month) + 1
    if (day, number) == (29, 2):
        raise NotInWords("comes in leap years alone", "write `28 February` or `1 March`")
    longest = calendar.monthrange(_COMMON_YEAR, number)[1]
    if not 1 <= day <= longest:
        near = f"{max(1, min(day, longest))} {month}"
        raise NotInWords("a day that never comes", f"nearest: `{near}`")
    return DayOfYear(day=day, month=number)


def _month_meant(written: str) -> str | None:
    return _short_for(written, MONTHS) or nearest(written.capitalize(), MONTHS)


_COMMON_YEAR = 2027
# ``15 March``, ``first Monday of March``; what is no month is told in other words.
_OF_YEAR = re.compile(
    r"^(?:(?P<day>\d+) |(?P<nth>\w+(?: [A-Za-z]+)?) of )(?P<month>[A-Za-z]{3,})$", re.ASCII
)
_MONTH_FIRST = re.compile(r"^(?P<month>[A-Za-z]{3,}) (?P<day>\d+)$", re.ASCII)


def say_on(on: On | DayOfYear | None) -> str | int | None:
    """A day as it is written."""
    return str(on) if isinstance(on, (NthWeekday, DayOfYear)) else on


ScheduledOn = Annotated[
    Any,
    BeforeValidator(parse_scheduled_on),
    PlainSerializer(say_on, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "string",
                    "pattern": f"^(({'|'.join(ORDINALS)}) )?({'|'.join(WEEKDAYS)})$",
                },
                {
                    "type": "string",
                    "pattern": f"^(([1-9]|[12][0-9]|3[01])|({'|'.join(ORDINALS)}) "
                    f"({'|'.join(WEEKDAYS)}) of) ({'|'.join(MONTHS)})$",
                },
                {"type": "integer", "minimum": 1, "maximum": 28},
            ],
            "examples": ["Sunday", "first Sunday", 1, "15 March", "first Monday of March"],
        }
    ),
]


class Schedule(Words):
    """When something runs, on the plan's clocks.

    every   ``day``, ``week``, ``month``, ``quarter`` (January, April, July, October), ``year`` or
            ``N hours`` (N divides 24)
    at      clock time; with ``N hours`` one of the runs' times. Default 00:00 with hours,
            otherwise required
    on      with ``week`` a weekday; with ``month`` and ``quarter`` ``first Sunday`` or a day from 1
            to 28; with ``year`` ``15 March`` or ``first Monday of March``
    """

    every: Interval
    at: ClockTime | None = None
    on: ScheduledOn | None = None

    @property
    def longest_interval(self) -> timedelta:
        """The longest time between two runs by the calendar alone: from one first Sunday to the
        next there may be five weeks."""
        on = self.on.day if isinstance(self.on, DayOfYear) else self.on
        by_date = isinstance(on, int)
        lengths = {"day": 1, "week": 7, "month": 31 if by_date else 35}
        lengths["quarter"] = 92 if by_date else 98
        lengths["year"] = 366 if by_date else 371
        return _DAY * lengths[self.every] if isinstance(self.every, str) else self.every

    @model_validator(mode="before")
    @classmethod
    def _no_cron(cls, written: Any) -> Any:
        if isinstance(written, dict):
            for key in ("cron", "schedule"):
                if key in written:
                    words = in_words_of_cron(str(written[key])) or 'write `every: day, at: "02:00"`'
                    rule = "a cron expression; the plan speaks in words"
                    raise PlanError([Fault(key, rule, shown(written[key]), words)])
        return written

    @model_validator(mode="after")
    def _belongs_together(self) -> "Schedule":
        if isinstance(self.every, str) and self.at is None:
            raise NotInWords(f"every {self.every}, and no time", 'add `at: "02:00"`')
        if self.every == "week" and self.on not in WEEKDAYS:
            raise NotInWords("every week, and no weekday", "add `on: Sunday`")
        if self.every in ("month", "quarter") and not isinstance(self.on, (int, NthWeekday)):
            raise NotInWords(f"every {self.every}, and no day", "add `on: 1` or `on: first Sunday`")
        if self.every == "year" and not isinstance(self.on, DayOfYear):
            raise NotInWords(
                "every year, and no day", "add `on: 15 March` or `on: first Monday of March`"
            )
        if self.on is not None and self.every not in ("week", "month", "quarter", "year"):
            raise NotInWords(
                f"`on` does not go with every {say_every(self.every)}", "leave `on` out"
            )
        return self

    @property
    def times(self) -> tuple[time, ...]:
        """The clock times of a day it runs on, in order."""
        first = self.at or time(0, 0)
        if isinstance(self.every, str):
            return (first,)
        step = self.every // timedelta(hours=1)
        return tuple(time(hour, first.minute) for hour in range(first.hour % step, 24, step))

    def cron(self) -> str:
        """The schedule as AWS takes it: six fields, on the clocks of the time zone given beside it.

        Source: Amazon EventBridge Scheduler, cron-based schedules.
        """
        first = self.times[0]
        hour: int | str = first.hour
        on = self.on.day if isinstance(self.on, DayOfYear) else self.on
        day, weekday = "*", "?"
        if not isinstance(self.every, str):
            step = self.every // timedelta(hours=1)
            hour = f"{first.hour}/{step}" if step > 1 else "*"
        elif isinstance(on, NthWeekday):
            day, weekday = "?", f"{aws_day(on.weekday)}#{on.nth}"
        elif isinstance(on, int):
            day = str(on)
        elif on is not None:
            day, weekday = "?", str(aws_day(on))
        month = ",".join(map(str, QUARTERS)) if self.every == "quarter" else "*"
        if isinstance(self.on, DayOfYear):
            month = str(self.on.month)
        return f"cron({first.minute} {hour} {day} {month} {weekday} *)"

    def says(self) -> str:
        """The schedule as a sentence: ``every month on first Sunday at 02:00``."""
        on = f" on {say_on(self.on)}" if self.on is not None else ""
        return f"every {say_every(self.every)}{on} at {self.times[0]:%H:%M}"


def aws_day(weekday: str) -> int:
    """AWS counts the days from Sunday, which is 1."""
    return (WEEKDAYS.index(weekday) + 1) % 7 + 1


# ---- cron, for those who write it out of habit ---------------------------------------------------

_CRON = re.compile(r"^(?:cron\()?\s*([\d*/,?LW#A-Z-]+(?:\s+[\d*/,?LW#A-Z-]+){4,5})\s*\)?$", re.I)


def in_words_of_cron(written: str) -> str | None:
    """What to write instead of a cron expression; None where it is none.

    Told where one of the plan's schedules says the same, otherwise the words in general.
    """
    match = _CRON.match(written.strip())
    if match is None:
        return None
    fields = match.group(1).upper().split()
    aws = len(fields) == 6
    minute, hour, day, month, weekday = fields[:5]
    general = "write `every` (day, week, month or N hours), `at` and `on`"
    if minute.startswith("*") or "/" in minute or "," in minute:
        return f"write `every: 1 hour` ({BACKUP_MOST_OFTEN_SOURCE}), or add `point_in_time`"
    if not minute.isdigit() or month != "*":
        return general
    free = ("*", "?")
    if hour == "*" or "/" in hour:
        start, _, step = hour.partition("/")
        if day in free and weekday in free and (step or "1").isdigit():
            hours, begin = int(step or 1), int(start) if start.isdigit() else 0
            if hours in _DIVISORS:
                unit = "hour" if hours == 1 else "hours"
                return f'write `every: {hours} {unit}`, `at: "{begin:02}:{int(minute):02}"`'
        return general
    if not hour.isdigit():
        return general
    at = f'`at: "{int(hour):02}:{int(minute):02}"`'
    if day in free and weekday in free:
        return f"write `every: day`, {at}"
    if weekday in free and day.isdigit() and 1 <= int(day) <= 28:
        return f"write `every: month`, `on: {int(day)}`, {at}"
    if day in free:
        name, _, nth = weekday.partition("#")
        if (named := _weekday_of_cron(name, aws)) is None:
            return general
        if not nth:
            return f"write `every: week`, `on: {named}`, {at}"
        if nth in ("1", "2", "3", "4"):
            return f"write `every: month`, `on: {ORDINALS[int(nth) - 1]} {named}`, {at}"
    return general


def _weekday_of_cron(field: str, aws: bool) -> Weekday | None:
    for weekday in WEEKDAYS:
        if weekday[:3].upper() == field:
            return weekday
    if field.isdigit() and (1 <= int(field) <= 7 if aws else int(field) <= 7):
        # AWS: 1 is Sunday. Unix: 0 and 7 are Sunday.
        return WEEKDAYS[(int(field) - 2) % 7] if aws else WEEKDAYS[(int(field) - 1) % 7]
    return None
