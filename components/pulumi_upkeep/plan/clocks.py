"""Clocks that change: which times they show, and when they jump.

A time that spring skips does not exist; one that autumn repeats comes twice, and the first is meant
unless ``fold`` says the second.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


def exists(wanted: datetime) -> bool:
    """Whether the clocks of its zone ever show a time."""
    back = wanted.astimezone(UTC).astimezone(wanted.tzinfo)
    return back.replace(tzinfo=None) == wanted.replace(tzinfo=None)


def shown(wanted: datetime) -> datetime:
    """When the clocks show a time (UTC); where they skip it, when they jump past it."""
    if exists(wanted):
        return wanted.astimezone(UTC)
    # By the offset of before the jump it lies behind the jump, by that of after it before.
    early, late = (wanted.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    return _jump(early, late, wanted)


def clock_changes(start: datetime, end: datetime, tz: str) -> Iterator[datetime]:
    """The moments at which the clocks of a zone change; some lie a day before or after."""
    for day in days_between(start, end, ZoneInfo(tz)):
        yield from _changes_of(day, tz)


def days_between(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[date]:
    """The days that a stretch of time touches, and one on each side."""
    day = start.astimezone(zone).date() - _DAY
    last = end.astimezone(zone).date() + _DAY
    while day <= last:
        yield day
        day += _DAY


@lru_cache(maxsize=8)
def days_of_change(start: date, end: date, tz: str) -> tuple[date, ...]:
    """The days from ``start`` to before ``end`` on which the clocks change."""
    zone = ZoneInfo(tz)

    def offset(ordinal: int) -> timedelta | None:
        return datetime.combine(date.fromordinal(ordinal), datetime.min.time(), zone).utcoffset()

    days = range(start.toordinal(), end.toordinal())
    return tuple(date.fromordinal(each) for each in days if offset(each) != offset(each + 1))


@lru_cache(maxsize=4096)
def _changes_of(day: date, tz: str) -> tuple[datetime, ...]:
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz))
    early = local.astimezone(UTC)
    late = early + _DAY
    if _offset(early, local) == _offset(late, local):
        return ()
    return (_jump(early, late, local),)


def _jump(early: datetime, late: datetime, local: datetime) -> datetime:
    """The one moment after ``early`` and up to ``late`` at which the clocks change, to a minute."""
    while late - early > _MINUTE:
        middle = early + (late - early) / 2
        middle = middle.replace(second=0, microsecond=0)
        if _offset(middle, local) == _offset(early, local):
            early = middle
        else:
            late = middle
    return late


def _offset(moment: datetime, local: datetime) -> timedelta | None:
    return moment.astimezone(local.tzinfo).utcoffset()
