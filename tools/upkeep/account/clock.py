"""When a schedule of the cloud runs: AWS's cron and rate expressions, and Datadog's recurrences.

Read with a library of its own and not with the plan's: whoever judges a schedule must not share the
mistakes of whoever wrote it.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from cronsim import CronSim

# Two years with a leap day: what comes back once a year is seen twice, and nothing is beside it.
_FROM = datetime(2027, 1, 1)
_UNTIL = datetime(2029, 1, 1)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)

_RATE = re.compile(r"^rate\((\d+) (minute|hour|day)s?\)$")
_UNITS = {"minute": timedelta(minutes=1), "hour": _HOUR, "day": _DAY}
_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")
_CRON = re.compile(r"^cron\((.+)\)$")
# EventBridge and Systems Manager count weekdays from Sunday, which is 1.
_WEEKDAYS = {
    name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
}


class Unreadable(Exception):
    """An expression that is no schedule."""


@lru_cache(maxsize=512)
def runs(expression: str, since: datetime = _FROM, until: datetime = _UNTIL) -> list[datetime]:
    """Every run from a time to another, default two years, on the schedule's own clocks.

    expression   ``cron(...)`` of AWS with six fields, or with five as mute rules have it;
                 ``rate(...)``
    """
    if match := _RATE.match(expression):
        return _repeated(int(match[1]) * _UNITS[match[2]], since, until)
    match = _CRON.match(expression)
    if match is None:
        raise Unreadable(expression)
    fields = match[1].split()
    if len(fields) == 6:
        minute, hour, day, month, weekday, year = fields
        if year != "*":
            raise Unreadable(f"{expression}: of some years only")
        weekday = _weekday(weekday)
    elif len(fields) == 5:
        minute, hour, day, month, weekday = fields
    else:
        raise Unreadable(expression)
    steps = [_stepped(minute, 59), _stepped(hour, 23), _stepped(day, 31), _stepped(month, 12)]
    found = []
    try:
        for run in CronSim(" ".join([*steps, weekday.replace("?", "*")]), since - _HOUR / 60):
            if run >= until:
                break
            found.append(run)
    except Exception as fault:
        raise Unreadable(f"{expression}: {fault}") from None
    return found


def every(found: Sequence[datetime]) -> str:
    """How often runs come: ``6 hours``, ``day``, ``week``, ``month``, ``quarter``, ``year``; what
    fits none is told by its number in two years."""
    gaps = {later - earlier for earlier, later in pairwise(found)}
    if not gaps:
        return "never" if not found else "once in two years"
    shortest, longest = min(gaps), max(gaps)
    if shortest == longest and shortest < 28 * _DAY:
        return {_DAY: "day", 7 * _DAY: "week"}.get(shortest) or _said(shortest)
    for name, low, high, number in (
        ("month", 28, 35, 24),
        ("quarter", 84, 98, 8),
        ("year", 358, 373, 2),
    ):
        if low * _DAY <= shortest and longest <= high * _DAY and len(found) == number:
            return name
    return f"{len(found)} times in two years"


def often(expression: str) -> str:
    """``every`` of an expression; what cannot be read is told as it stands."""
    try:
        return every(runs(expression))
    except Unreadable as fault:
        return f"no schedule ({fault})"


def together(expressions: Sequence[str], months: Collection[int] = range(1, 13)) -> str:
    """``every`` of several schedules on one clock, as if they were one, in some months alone."""
    found: set[datetime] = set()
    for expression in expressions:
        try:
            found.update(run for run in runs(expression) if run.month in months)
        except Unreadable as fault:
            return f"no schedule ({fault})"
    return every(sorted(found))


def at(expression: str) -> set[str]:
    """The times of day of an expression: ``{"02:00"}``; empty where it cannot be read."""
    try:
        return {f"{run:%H:%M}" for run in runs(expression)}
    except Unreadable:
        return set()


def on(expression: str) -> set[str]:
    """The weekdays of an expression: ``{"Wednesday"}``."""
    try:
        return {f"{run:%A}" for run in runs(expression)}
    except Unreadable:
        return set()


def first_of_month(expression: str) -> bool:
    """Whether each run stands in the first seven days of its month."""
    try:
        return all(run.day <= 7 for run in runs(expression))
    except Unreadable:
        return False


def longest_gap(expressions: Sequence[str]) -> timedelta | None:
    """The longest time between two runs of any of them; None where there is none."""
    found: set[datetime] = set()
    for expression in expressions:
        try:
            found.update(runs(expression))
        except Unreadable:
            continue
    return max((b - a for a, b in pairwise(sorted(found))), default=None)


def iso_duration(text: str) -> timedelta:
    """``PT4H``, ``P1DT30M``; zero for what is none."""
    match = _DURATION.match(text)
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return timedelta(days=days, hours=hours, minutes=minutes)


def _repeated(gap: timedelta, since: datetime, until: datetime) -> list[datetime]:
    number = min((until - since) // gap, 2000)
    return [since + index * gap for index in range(number)]


def _stepped(field: str, last: int) -> str:
    """``5/6`` is AWS's for every sixth from 5 on."""
    start, slash, step = field.partition("/")
    if slash and start.isdigit():
        return f"{start}-{last}/{step}"
    return field.replace("?", "*")


def _weekday(field: str) -> str:
    """AWS's weekdays, from 1 to 7, as cron's, from 0 to 6; ``1#2`` and ``1L`` keep their end."""

    def one(match: re.Match[str]) -> str:
        return str(int(match[0]) - 1)

    head, mark, nth = field.partition("#")
    for name, number in _WEEKDAYS.items():
        head = head.replace(name, str(number + 1))
    return re.sub(r"\d", one, head) + mark + nth


def _said(gap: timedelta) -> str:
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_HOUR / 60, "minute")):
        if gap >= unit and gap % unit == timedelta(0):
            number = gap // unit
            return name if number == 1 else f"{number} {name}s"
    return str(gap)
