"""When windows open: the plan's recurrence, read on the clocks of its zone, for ever.

The plan's own rules (``plan/windows.py``), without what they are written with: a function carries
the standard library and the time zones, and nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ORDINALS = ("first", "second", "third", "fourth")
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Opening:
    """One time that a window is open.

    id             window and day that the recurrence gives it: it keeps both when it is moved
    opens, closes  aware, in UTC
    """

    id: str
    window: str
    opens: datetime
    closes: datetime


def openings(
    name: str, window: Mapping[str, Any], zone: ZoneInfo, start: date, end: date
) -> Iterator[Opening]:
    """The openings whose day by the recurrence lies from ``start`` to before ``end``, and all that
    are moved; a cancelled one is none, nor is one that spring skips whole.

    window   {"on": "Wednesday" | "first Sunday", "from", "to", "cancelled": [day], "moved":
             {day: day}}
    """
    moved = {date.fromisoformat(on): date.fromisoformat(to) for on, to in window["moved"].items()}
    cancelled = {date.fromisoformat(each) for each in window["cancelled"]}
    regular = {
        day
        for ordinal in range(start.toordinal(), end.toordinal())
        if _recurs(window["on"], day := date.fromordinal(ordinal))
    }
    for day in sorted((regular | moved.keys()) - cancelled):
        opens, closes = stretch(window, moved.get(day, day), zone)
        if opens < closes:
            yield Opening(f"{name}-{day}", name, opens, closes)


def stretch(window: Mapping[str, Any], day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until when (UTC) an opening lasts: as long as the clocks show its time, of a time
    that comes twice both."""
    opens, closes = time.fromisoformat(window["from"]), time.fromisoformat(window["to"])
    last = day + _DAY if closes <= opens else day
    return (
        _shown(datetime.combine(day, opens, zone)),
        _shown(datetime.combine(last, closes, zone).replace(fold=1)),
    )


def _recurs(on: str, day: date) -> bool:
    nth, _, weekday = on.rpartition(" ")
    if f"{day:%A}" != weekday:
        return False
    return not nth or (day.day - 1) // 7 == ORDINALS.index(nth)


def _shown(wanted: datetime) -> datetime:
    """When the clocks show a time; where they skip it, when they jump past it."""
    moment = wanted.astimezone(UTC)
    if moment.astimezone(wanted.tzinfo).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return moment
    early, late = (wanted.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    before = early.astimezone(wanted.tzinfo).utcoffset()
    while late - early > _MINUTE:
        middle = (early + (late - early) / 2).replace(second=0, microsecond=0)
        if middle.astimezone(wanted.tzinfo).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late
