"""When schedules really run: on the clocks of a time zone, over the days the clocks change.

A time that spring skips is not run, one that autumn repeats runs once, the first time.
Source: Amazon EventBridge Scheduler, "Daylight savings time".
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .clocks import exists
from .faults import Fault
from .schedule import QUARTERS, WEEKDAYS, DayOfYear, NthWeekday, Schedule

# The years that are looked at. After 28 of them weekdays, dates and the rules of the clocks' change
# come round again, so a gap that does not occur within them does not occur. A fixed start: the same
# plan gives the same bytes whenever it is checked.
HORIZON_START = date(2027, 1, 1)
HORIZON_YEARS = 28
HORIZON_END = HORIZON_START.replace(year=HORIZON_START.year + HORIZON_YEARS)

_EPOCH = date(1970, 1, 1).toordinal()
_MINUTES_A_DAY = 24 * 60


def occurrences(schedule: Schedule, start: datetime, end: datetime, tz: str) -> Iterator[datetime]:
    """The runs from ``start`` to before ``end`` (both aware), in the time zone ``tz``."""
    zone = ZoneInfo(tz)
    day = start.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date() + timedelta(days=1)
    while day <= last:
        if runs_on(schedule, day):
            for clock in schedule.times:
                moment = _moment(day, clock, zone)
                if moment is not None and start <= moment < end:
                    yield moment
        day += timedelta(days=1)


def runs_on(schedule: Schedule, day: date) -> bool:
    """Whether a schedule runs on a day."""
    on = schedule.on
    if on is None:
        return True
    if schedule.every == "quarter" and day.month not in QUARTERS:
        return False
    if isinstance(on, DayOfYear):
        if day.month != on.month:
            return False
        on = on.day
    if isinstance(on, int):
        return day.day == on
    if isinstance(on, NthWeekday):
        return WEEKDAYS[day.weekday()] == on.weekday and (day.day - 1) // 7 + 1 == on.nth
    return bool(WEEKDAYS[day.weekday()] == on)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime | None:
    """The moment a clock shows a time for the first time; None where it never does."""
    moment = datetime.combine(day, clock, zone)
    return moment if exists(moment) else None


@dataclass(frozen=True, slots=True)
class _Day:
    """A day: the minute (since 1970, UTC) of its midnight, and whether the clocks change on it."""

    date: date
    midnight: int
    changes: bool


@lru_cache(maxsize=8)
def _days(tz: str) -> tuple[_Day, ...]:
    return _days_between(HORIZON_START, HORIZON_END, tz)


def _days_between(start: date, end: date, tz: str) -> tuple[_Day, ...]:
    """The days from ``start`` to before ``end``."""
    zone = ZoneInfo(tz)
    minute = timedelta(minutes=1)
    days = []
    first = start.toordinal()
    dates = [date.fromordinal(n) for n in range(first, end.toordinal() + 1)]
    offsets = [_offset(day, zone) // minute for day in dates]
    for index, day in enumerate(dates[:-1]):
        midnight = (first + index - _EPOCH) * _MINUTES_A_DAY - offsets[index]
        days.append(_Day(day, midnight, offsets[index] != offsets[index + 1]))
    return tuple(days)


def _offset(day: date, zone: ZoneInfo) -> timedelta:
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset() or timedelta(0)


def skipped(schedule: Schedule, tz: str) -> tuple[datetime, ...]:
    """The clock times (without a zone) within the horizon that do not exist, and so do not run."""
    return _skipped(schedule, _days(tz), tz)


def skipped_faults(schedule: Schedule, tz: str, so: str, at: str = "at") -> Iterator[Fault]:
    """A time that spring skips, where a run that is left out is a fault; ``so`` says what of."""
    for missing in skipped(schedule, tz)[:1]:
        later = missing + timedelta(hours=1)
        yield Fault(
            at,
            f"does not exist on {missing:%Y-%m-%d} in {tz}, and {so}",
            f"{missing:%H:%M}",
            f'nearest: `"{later:%H:%M}"`',
        )


def skipped_between(schedule: Schedule, start: date, end: date, tz: str) -> tuple[datetime, ...]:
    """The same for the days from ``start`` to before ``end``."""
    return _skipped(schedule, _days_between(start, end, tz), tz)


def _skipped(schedule: Schedule, days: Iterable[_Day], tz: str) -> tuple[datetime, ...]:
    zone = ZoneInfo(tz)
    return tuple(
        datetime.combine(day.date, clock)
        for day in days
        if day.changes and runs_on(schedule, day.date)
        for clock in schedule.times
        if _moment(day.date, clock, zone) is None
    )


# Where nothing depends on the day, ordinary days are all alike: one week of them, and the days
# around each change of the clocks, show every gap there is.
_ORDINARY_DAYS = 7
_AROUND_A_CHANGE = 3


@lru_cache(maxsize=8)
def _stretches(tz: str) -> tuple[tuple[_Day, ...], ...]:
    days = _days(tz)
    looked_at = set(range(_ORDINARY_DAYS))
    for index, day in enumerate(days):
        if day.changes:
            looked_at.update(range(max(0, index - _AROUND_A_CHANGE), index + _AROUND_A_CHANGE + 1))
    looked_at -= set(range(len(days), max(looked_at) + 1))
    stretches: list[list[_Day]] = []
    previous = -2
    for index in sorted(looked_at):
        if index != previous + 1:
            stretches.append([])
        stretches[-1].append(days[index])
        previous = index
    return tuple(tuple(stretch) for stretch in stretches)


def _looked_at(schedules: Iterable[Schedule], tz: str) -> tuple[tuple[_Day, ...], ...]:
    if all(schedule.on is None for schedule in schedules):
        return _stretches(tz)
    return (_days(tz),)


def _runs(schedule: Schedule, days: Sequence[_Day], zone: ZoneInfo) -> list[int]:
    """The runs on some days, in minutes since 1970 (UTC)."""
    clocks = [(clock.hour * 60 + clock.minute, clock) for clock in schedule.times]
    always = schedule.on is None
    found: list[int] = []
    for day in days:
        if not (always or runs_on(schedule, day.date)):
            continue
        if not day.changes:
            found.extend([day.midnight + minutes for minutes, _ in clocks])
            continue
        for _, clock in clocks:
            moment = _moment(day.date, clock, zone)
            if moment is not None:
                found.append(int(moment.timestamp()) // 60)
    return found


@dataclass(frozen=True)
class Gap:
    """The time between two runs, and when it happens (aware, in the schedule's time zone)."""

    length: timedelta
    after: datetime
    until: datetime


def moment(minutes: int, tz: str) -> datetime:
    """Minutes since 1970 as a time of a zone."""
    return datetime.fromtimestamp(minutes * 60, ZoneInfo(tz))


def largest_gap(schedules: Iterable[Schedule], tz: str) -> Gap:
    """The longest time between two runs of any of the schedules, the clocks' changes included."""
    schedules, zone = list(schedules), ZoneInfo(tz)
    worst = (0, 0, 0)
    for days in _looked_at(schedules, tz):
        points = sorted({run for schedule in schedules for run in _runs(schedule, days, zone)})
        for earlier, later in itertools.pairwise(points):
            if later - earlier > worst[0]:
                worst = (later - earlier, earlier, later)
    return Gap(timedelta(minutes=worst[0]), moment(worst[1], tz), moment(worst[2], tz))


@dataclass(frozen=True, slots=True)
class Run:
    """A run of one of several tiers: its tier's name and its minute."""

    minute: int
    tier: str


@dataclass(frozen=True)
class Rule:
    """What overlap is judged by: a tier's schedule, start window (minutes) and retention (days)."""

    tier: str
    schedule: Schedule
    window: int
    keep: int


@dataclass(frozen=True)
class Replay:
    """What becomes of the runs of a backup plan.

    taken   the runs whose backups are taken, in stretches of consecutive days
    lost    each run that is not taken, with the run that is taken in its place
    """

    taken: tuple[tuple[Run, ...], ...]
    lost: tuple[tuple[Run, Run], ...]


@lru_cache(maxsize=512)
def replay(rules: tuple[Rule, ...], tz: str) -> Replay:
    """What becomes of the runs of the rules of one backup plan, whenever that may be.

    Where the start windows of two rules of one plan overlap, AWS Backup takes only the backup with
    the longer retention; which of two equal ones is not said: here the later one, or, at the same
    time, the one named later.
    """
    return _replay(rules, _looked_at([rule.schedule for rule in rules], tz), tz)


def replay_between(rules: tuple[Rule, ...], start: date, end: date, tz: str) -> Replay:
    """The same for the days from ``start`` to before ``end``, one stretch of them."""
    return _replay(rules, (_days_between(start, end, tz),), tz)


def _replay(rules: Sequence[Rule], stretches: Iterable[Sequence[_Day]], tz: str) -> Replay:
    zone = ZoneInfo(tz)
    windows = {rule.tier: rule.window for rule in rules}
    keeps = {rule.tier: rule.keep for rule in rules}
    taken: list[tuple[Run, ...]] = []
    lost: list[tuple[Run, Run]] = []
    for days in stretches:
        every = sorted(
            (minute, index, rule.tier)
            for index, rule in enumerate(rules)
            for minute in _runs(rule.schedule, days, zone)
        )
        kept: list[Run] = []
        for cluster in _clusters(every, windows):
            if len(cluster) == 1:
                kept.append(Run(cluster[0][0], cluster[0][2]))
                continue
            # Longest retention first, then the earlier; what overlaps a winner is lost to it.
            winners: list[Run] = []
            for minute, _, tier in sorted(cluster, key=lambda run: (-keeps[run[2]], *run)):
                rival = _overlapping(winners, minute, tier, windows)
                if rival is None:
                    winners.append(Run(minute, tier))
                else:
                    lost.append((Run(minute, tier), rival))
            kept.extend(sorted(winners, key=lambda run: run.minute))
        taken.append(tuple(kept))
    return Replay(tuple(taken), tuple(lost))


def _overlapping(
    winners: Sequence[Run], minute: int, tier: str, windows: dict[str, int]
) -> Run | None:
    for winner in winners:
        starts_before_it_ends = minute < winner.minute + windows[winner.tier]
        if winner.tier != tier and starts_before_it_ends and winner.minute < minute + windows[tier]:
            return winner
    return None


def _clusters(
    every: Sequence[tuple[int, int, str]], windows: dict[str, int]
) -> Iterator[list[tuple[int, int, str]]]:
    """The runs in groups whose start windows touch one another."""
    cluster: list[tuple[int, int, str]] = []
    until = 0
    for run in every:
        if cluster and run[0] >= until:
            yield cluster
            cluster, until = [], 0
        cluster.append(run)
        until = max(until, run[0] + windows[run[2]])
    if cluster:
        yield cluster
