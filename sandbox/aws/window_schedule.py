"""When a maintenance window of Systems Manager opens.

Source: Systems Manager user guide, "Reference: Cron and rate expressions": six fields (minutes,
hours, day of the month, month, day of the week, year), one of the two days being ``?``; ``#`` for
the nth weekday of a month. Of a time that the clocks skip nothing is said: it is passed over here;
one that they repeat is taken once.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

DURATION, CUTOFF, OFFSET = (1, 24), (0, 23), (1, 6)
_NAME = re.compile(r"^[a-zA-Z0-9_\-.]{3,128}$")
_CRON = re.compile(r"^cron\((\S+) (\S+) (\S+) (\S+) (\S+)(?: (\S+))?\)$")
_AT = re.compile(r"^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$")
_RATE = re.compile(r"^rate\([1-9]\d* (minute|hour|day)s?\)$")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_ANY = ("*", "?")
# Where nothing is found within so many days, nothing ever opens.
_FURTHEST = timedelta(days=5 * 366)


def _field(text: str, first: int, last: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    if text in _ANY:
        return frozenset(range(first, last + 1))
    values: set[int] = set()
    for part in text.split(","):
        ends = [
            names.index(each) + first if each in names else int(each) for each in part.split("-")
        ]
        if len(ends) > 2 or not all(first <= each <= last for each in ends) or ends[0] > ends[-1]:
            raise ValueError(text)
        values |= set(range(ends[0], ends[-1] + 1))
    return frozenset(values)


class Cron:
    """``cron(0 3 ? * WED *)``; ValueError where it is none."""

    def __init__(self, expression: str) -> None:
        match = _CRON.match(expression)
        if match is None:
            raise ValueError(expression)
        minutes, hours, day, month, weekday, year = match.groups(default="*")
        if (day == "?") == (weekday == "?"):
            raise ValueError(f"{expression}: one of day of the month and day of the week is ?")
        self._minutes, self._hours = _field(minutes, 0, 59), _field(hours, 0, 23)
        self._days, self._months = _field(day, 1, 31), _field(month, 1, 12, _MONTHS)
        name, _, nth = weekday.partition("#")
        self._weekdays = _field(name, 1, 7, _DAYS)
        self._nth = int(nth) if nth else None
        if self._nth is not None and not 1 <= self._nth <= 5:
            raise ValueError(expression)
        self._years = None if year in _ANY else _field(year, 1970, 2199)

    def opens(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The times without a zone at which it opens, from one to before another."""
        day = datetime(since.year, since.month, since.day)
        while day < until:
            if self._is_on(day):
                for hour in sorted(self._hours):
                    for minute in sorted(self._minutes):
                        found = day.replace(hour=hour, minute=minute)
                        if since <= found < until:
                            yield found
            day += timedelta(days=1)

    def _is_on(self, day: datetime) -> bool:
        return (
            day.month in self._months
            and day.day in self._days
            and day.isoweekday() % 7 + 1 in self._weekdays
            and self._nth in (None, (day.day - 1) // 7 + 1)
            and (self._years is None or day.year in self._years)
        )


def faults(window: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a window as it would be, by the names of the API."""
    if not _NAME.match(window["Name"]):
        yield f"Name {window['Name']}: 3 to 128 characters of a-z, A-Z, 0-9, _, - and ."
    if len(window.get("Description") or "-") > 128:
        yield "Description: at most 128 characters"
    duration, cutoff = window["Duration"], window["Cutoff"]
    if not DURATION[0] <= duration <= DURATION[1]:
        yield f"Duration {duration}: 1 to 24 hours"
    if not CUTOFF[0] <= cutoff <= CUTOFF[1]:
        yield f"Cutoff {cutoff}: 0 to 23 hours"
    elif cutoff >= duration:
        yield f"Cutoff {cutoff}: must be less than the duration, {duration}"
    offset = window.get("ScheduleOffset")
    if offset is not None and not OFFSET[0] <= offset <= OFFSET[1]:
        yield f"ScheduleOffset {offset}: 1 to 6 days"
    if (window.get("ScheduleTimezone") or "UTC") not in available_timezones():
        yield f"ScheduleTimezone {window['ScheduleTimezone']}: not a time zone"
    schedule = window["Schedule"]
    if not (_AT.match(schedule) or _RATE.match(schedule)):
        try:
            Cron(schedule)
        except ValueError:
            yield f"Schedule {schedule}: neither cron nor at nor rate"


def openings(
    window: Mapping[str, Any], since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """From when until when it is open (UTC), for each opening that begins from one moment to before
    another. One that is told by a rate opens whenever it was made, and is not known here."""
    if window.get("Enabled") is False or _RATE.match(window["Schedule"]):
        return
    zone = ZoneInfo(window.get("ScheduleTimezone") or "UTC")
    starts = window.get("StartDate") and datetime.fromisoformat(window["StartDate"])
    ends = window.get("EndDate") and datetime.fromisoformat(window["EndDate"])
    lasts = timedelta(hours=window["Duration"])
    offset = timedelta(days=window.get("ScheduleOffset") or 0)
    local = [moment.astimezone(zone).replace(tzinfo=None) for moment in (since, until)]
    day = timedelta(days=1)
    for clock in _clocks(window["Schedule"], local[0] - day - offset, local[1] + day):
        opens = (clock + offset).replace(tzinfo=zone)
        began = opens.astimezone(UTC)
        exists = began.astimezone(zone).replace(tzinfo=None) == opens.replace(tzinfo=None)
        inside = (not starts or began >= starts) and (not ends or began <= ends)
        if exists and inside and since <= began < until:
            yield began, began + lasts


def _clocks(schedule: str, since: datetime, until: datetime) -> Iterator[datetime]:
    at = _AT.match(schedule)
    if at is None:
        yield from Cron(schedule).opens(since, until)
    elif since <= (once := datetime.fromisoformat(at[1])) < until:
        yield once


def next_opening(window: Mapping[str, Any], now: datetime) -> datetime | None:
    """When it opens next; None where it never does again."""
    return next((opens for opens, _ in openings(window, now, now + _FURTHEST)), None)
