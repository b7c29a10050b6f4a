"""Who is on call when: rotations on the clocks of their time zones, the odd days included.

Everything is counted in moments (UTC). A handover at a time that spring skips happens when the
clocks have gone forward; of a time that autumn repeats, the first one counts. Hours hold whenever
the clocks show a time within them, so that a repeated hour is within them twice.
"""

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from .clocks import clock_changes, days_between

if TYPE_CHECKING:
    from .on_call import OnCall, Rotation, ShiftHours
    from .severities import BusinessHours

Position = Literal["current", "next", "previous"]

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_WEEK = timedelta(weeks=1)
# How far away a neighbour is looked for, step by step, and not further.
_SEARCHED = (timedelta(0), timedelta(days=2), timedelta(days=16), timedelta(days=70))


def moment_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When the clocks show a time: the first time where they do twice, after the gap where they
    never do."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


# ---- handovers ---------------------------------------------------------------------------------


def handover(rotation: "Rotation", number: int, tz: str) -> datetime:
    """The moment at which the shift of a number begins; 0 is the first person's first one."""
    day = rotation.first_day + number * rotation.length
    return moment_of(day, rotation.at, ZoneInfo(rotation.timezone or tz))


def shift_number(rotation: "Rotation", at: datetime, tz: str) -> int:
    """The number of the shift that a moment lies in; negative before the first one."""
    local = at.astimezone(ZoneInfo(rotation.timezone or tz)).date()
    number = (local - rotation.first_day) // rotation.length
    # The day alone decides up to a handover.
    while handover(rotation, number, tz) > at:
        number -= 1
    while handover(rotation, number + 1, tz) <= at:
        number += 1
    return number


# ---- hours -------------------------------------------------------------------------------------


def within(
    hours: "ShiftHours | BusinessHours", local: datetime, closed: Collection[date] = ()
) -> bool:
    """Whether the clocks show a time within hours that may pass midnight; the end is outside.

    closed   days that are outside, whole: holidays, for business hours
    """
    clock, weekday = local.time(), f"{local:%A}"
    if local.date() in closed:
        return False
    if hours.to > hours.from_:
        return weekday in hours.on and hours.from_ <= clock < hours.to
    if weekday in hours.on and clock >= hours.from_:
        return True
    return f"{local - _DAY:%A}" in hours.on and clock < hours.to


def boundaries(
    hours: "ShiftHours | BusinessHours", start: datetime, end: datetime, tz: str
) -> Iterator[datetime]:
    """Moments between which it does not change whether hours hold; some change nothing."""
    zone = ZoneInfo(tz)
    for day in days_between(start, end, zone):
        for clock in (hours.from_, hours.to):
            for fold in (0, 1):
                yield datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC)
    yield from clock_changes(start, end, tz)


def opens(hours: "BusinessHours", at: datetime, tz: str, closed: Collection[date] = ()) -> datetime:
    """The first moment from ``at`` on that lies within hours: ``at`` itself where it does."""
    zone = ZoneInfo(tz)
    if within(hours, at.astimezone(zone), closed):
        return at
    # A week has a day that is within, unless all of them are holidays.
    for weeks in range(1 + len(closed)):
        start = at + weeks * _WEEK
        for moment in sorted({*boundaries(hours, start, start + 9 * _DAY, tz)}):
            if moment > at and within(hours, moment.astimezone(zone), closed):
                return moment
    raise ValueError("hours that never begin")


def after_hours(
    hours: "BusinessHours",
    at: datetime,
    length: timedelta,
    tz: str,
    closed: Collection[date] = (),
) -> datetime:
    """When so much time within hours has passed since a moment."""
    zone = ZoneInfo(tz)
    left = length
    moment = at
    while True:
        points = sorted({*boundaries(hours, moment, moment + 9 * _DAY, tz)})
        for point in points:
            if point <= moment:
                continue
            if within(hours, moment.astimezone(zone), closed):
                if point - moment >= left:
                    return moment + left
                left -= point - moment
            moment = point


# ---- on call -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """A stretch of time in which nobody is on call."""

    start: datetime
    end: datetime


def on_call_at(on_call: "OnCall", at: datetime, tz: str) -> str | None:
    """Who is on call at a moment; None where nobody is.

    A later rotation stands over those before it [Datadog On-Call, "Schedules": lower layers take
    precedence].
    """
    for rotation in reversed(on_call.rotations):
        local = at.astimezone(ZoneInfo(rotation.timezone or tz))
        if rotation.hours is not None and not within(rotation.hours, local):
            continue
        number = shift_number(rotation, at, tz)
        if number >= 0:
            return rotation.people[number % len(rotation.people)]
    return None


def changes(on_call: "OnCall", start: datetime, end: datetime, tz: str) -> list[datetime]:
    """The moments from ``start`` to before ``end`` between which the same person is on call."""
    found: set[datetime] = set()
    for rotation in on_call.rotations:
        zone = rotation.timezone or tz
        if rotation.hours is not None:
            found.update(boundaries(rotation.hours, start, end, zone))
        number = shift_number(rotation, start, tz)
        while (moment := handover(rotation, number, tz)) < end:
            found.add(moment)
            number += 1
    return sorted(moment for moment in found if start <= moment < end)


def neighbour(on_call: "OnCall", at: datetime, tz: str, position: Position) -> str | None:
    """Whoever else is on call next, or was before, as seen from a moment."""
    current = on_call_at(on_call, at, tz)
    if position == "current":
        return current
    # Most look for a neighbour that is near.
    for near, far in itertools.pairwise(_SEARCHED):
        if position == "next":
            points = changes(on_call, at + near, at + far, tz)
        else:
            # What holds before a point holds a minute before it.
            earlier = changes(on_call, at - far, at - near, tz)
            points = [moment - _MINUTE for moment in reversed(earlier)]
        for moment in points:
            person = on_call_at(on_call, moment, tz)
            if person is not None and person != current:
                return person
    return None


def gaps(on_call: "OnCall", start: datetime, end: datetime, tz: str) -> list[Gap]:
    """When nobody is on call, from ``start`` to ``end``, in order."""
    if any(
        rotation.hours is None and handover(rotation, 0, tz) <= start
        for rotation in on_call.rotations
    ):
        return []
    found: list[Gap] = []
    points = [start, *changes(on_call, start, end, tz), end]
    for moment, until in itertools.pairwise(points):
        if moment == until or on_call_at(on_call, moment, tz) is not None:
            continue
        if found and found[-1].end == moment:
            found[-1] = Gap(found[-1].start, until)
        else:
            found.append(Gap(moment, until))
    return found
