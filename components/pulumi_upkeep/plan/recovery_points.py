"""What can be restored on a given day: the recovery points that the rules leave behind.

Replays the rules as the cloud carries them out, on the plan's clocks:

overlap         of two rules of one plan whose start windows overlap, only the backup that is kept
                longer is taken [AWS Backup]
clocks          a time that spring skips is not run, one that autumn repeats runs once
copies          begin when the backup is complete, keep its creation date, expire by their own
                retention counted from it, and are snapshots: no point in time [AWS Backup]
cold storage    from ``cold_after`` on a point is cold: it can be restored, in hours, not copied
lock            a vault refuses what is kept shorter or longer than it allows, so the job fails
maintenance     no snapshot of a database starts near its own maintenance window; with continuous
                backup it does (see ``limits.QUIET_BEFORE_RDS_MAINTENANCE``)

A point counts from when it is complete at the latest, so what is told here is there, and what is
told to be missing may be there an hour sooner.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from .backups import BackupEntry, CopyPlace, Tier
from .database_maintenance import DatabaseMaintenance
from .limits import RDS_POINT_IN_TIME_LAG, S3_POINT_IN_TIME_LAG
from .plan import Plan
from .proofs.assumptions import COPY_TO_ANOTHER_REGION
from .proofs.backup_rules import CONTINUOUS, rules_of
from .runs import Gap, Replay, Run, moment, replay_between, skipped_between

_DAY = timedelta(days=1)
# The year that is looked at: every weekday, every first Sunday and both changes of the clocks.
YEAR = 366 * _DAY
# Rules reach over midnight: a run is judged with its neighbours of two days on either side.
_MARGIN = 2 * _DAY

# Where a point lies: beside what it protects, or where its tier copies it.
Place = Literal["home"] | CopyPlace
Reason = Literal["overlap", "clocks", "lock", "maintenance"]


@dataclass(frozen=True)
class RecoveryPoint:
    """One backup or copy that can be restored.

    tier        of the entry
    created     when it was due: what it holds is that old (the copy's is its source's)
    complete    by when it can be used
    expires     when it is deleted
    cold        whether it lies in cold storage by then
    """

    tier: str
    created: datetime
    complete: datetime
    expires: datetime
    cold: bool


@dataclass(frozen=True)
class PointInTimeSpan:
    """Any moment of it can be restored; ``until`` lags behind the present."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class NotTaken:
    """A run that leaves no backup, and why; ``instead`` is the tier whose backup is taken."""

    tier: str
    due: datetime
    reason: Reason
    instead: str = ""


@dataclass(frozen=True)
class Holding:
    """What one vault holds of one thing at a moment.

    thing         a database or bucket of the plan, or the tags that choose
    entry         the entry of ``backups`` that protects it
    place         where the vault is
    region        its region; of another account's vault too
    points        oldest first
    continuous    the span of point in time; None without, and of copies
    not_taken     of the year before, what left no backup; only told of the place of the originals
    """

    thing: str
    entry: str
    place: Place
    region: str
    points: tuple[RecoveryPoint, ...]
    continuous: PointInTimeSpan | None
    not_taken: tuple[NotTaken, ...]
    at: datetime

    def largest_gap(self, within: timedelta | None = None) -> Gap | None:
        """The longest time of which nothing can be restored, up to the moment that is asked for.

        within   only of so long before; None: of all that is held
        None where nothing is held, or nothing so far back.
        """
        start = None if within is None else self.at - within
        moments = [point.created for point in self.points]
        if self.continuous is not None:
            moments += [self.continuous.since, self.continuous.until]
        known = sorted({*moments, self.at})
        if len(known) == 1 or (start is not None and known[0] > start):
            return None
        worst: Gap | None = None
        for earlier, later in itertools.pairwise(known):
            if start is not None and later <= start:
                continue
            if self.continuous is not None and (
                self.continuous.since <= earlier and later <= self.continuous.until
            ):
                continue
            # Subtracted as moments: two clocks of one zone differ by the hour the clocks change.
            length = later.timestamp() - earlier.timestamp()
            if worst is None or timedelta(seconds=length) > worst.length:
                worst = Gap(timedelta(seconds=length), earlier, later)
        return worst or Gap(timedelta(0), self.at, self.at)


def holdings(
    plan: Plan,
    at: datetime,
    maintenance: Mapping[str, DatabaseMaintenance] | None = None,
    since: date | None = None,
) -> tuple[Holding, ...]:
    """What every vault holds of every thing of the plan at a moment (aware).

    maintenance   the databases' own windows, which only the cloud knows; without one none is near
    since         the day the plan came into force; default: long enough ago for all it keeps
    """
    windows = maintenance or {}
    found: list[Holding] = []
    for name, entry in plan.backups.items():
        for thing in _things(entry):
            found.extend(_held(plan, at, windows.get(thing), since, thing, name, entry))
    return tuple(found)


def _things(entry: BackupEntry) -> Iterator[str]:
    """What an entry protects, by name; what tags choose only the cloud knows."""
    yield from (*entry.protects.databases, *entry.protects.buckets)
    if entry.protects.tagged:
        tags = (f"{tag}={value}" for tag, value in sorted(entry.protects.tagged.items()))
        yield f"what is tagged {' and '.join(tags)}"


def _held(
    plan: Plan,
    at: datetime,
    maintenance: DatabaseMaintenance | None,
    since: date | None,
    thing: str,
    name: str,
    entry: BackupEntry,
) -> Iterator[Holding]:
    zone = ZoneInfo(plan.timezone)
    now = at.astimezone(zone)
    year_ago = now.date() - YEAR
    begin = max(since, _oldest(entry, now)) if since else _oldest(entry, now)
    history = _history(plan, entry, maintenance, min(begin, since or year_ago), now)
    not_taken = tuple(
        sorted(
            (
                missing
                for missing in history.not_taken
                if max(year_ago, since or year_ago) <= missing.due.date() and missing.due <= now
            ),
            key=lambda missing: (missing.due, missing.tier),
        )
    )
    home, away = _regions(plan, thing)
    yield Holding(
        thing,
        name,
        "home",
        home,
        tuple(_points(entry, history.taken, "home", begin, now)),
        _span(entry, thing, since, now),
        not_taken,
        now,
    )
    elsewhere: tuple[CopyPlace, ...] = get_args(CopyPlace)
    for place in elsewhere:
        # Another account's vault, and an air-gapped one, are in the region of what they protect.
        region = away if place == "recovery" else home
        if any(tier.copy_in(place) for tier in entry.tiers.values()):
            copies = tuple(_points(entry, history.taken, place, begin, now))
            yield Holding(thing, name, place, region, copies, None, (), now)


def _regions(plan: Plan, thing: str) -> tuple[str, str]:
    """Where a thing lives (a database where its writer is), and where the other side is."""
    sides = (plan.regions.primary, plan.regions.recovery)
    moved = thing in plan.estate.databases and plan.active_member(thing).place == "recovery"
    return (sides[1], sides[0]) if moved else sides


def _oldest(entry: BackupEntry, now: datetime) -> date:
    """The first day whose backups may still be there."""
    kept = [tier.keep for tier in entry.tiers.values()]
    kept += [copy.keep for tier in entry.tiers.values() for copy in tier.copies if copy.keep]
    return now.date() - max(kept, default=timedelta(0)) - _MARGIN


@dataclass(frozen=True)
class _History:
    taken: tuple[Run, ...]
    not_taken: tuple[NotTaken, ...]


def _history(
    plan: Plan,
    entry: BackupEntry,
    maintenance: DatabaseMaintenance | None,
    start: date,
    now: datetime,
) -> _History:
    """What became of every run of an entry from a day on; of one thing, since a database's own
    maintenance is its own affair."""
    # With continuous backup the snapshots beside it are taken all the same.
    window = None if entry.point_in_time is not None else maintenance
    rules = rules_of(entry.tiers, entry.point_in_time)
    end = now.date() + _MARGIN
    result: Replay = replay_between(rules, start - _MARGIN, end, plan.timezone)
    zone = plan.timezone
    missing = [
        NotTaken(loser.tier, moment(loser.minute, zone), "overlap", winner.tier)
        for loser, winner in result.lost
    ]
    for tier_name, tier in entry.tiers.items():
        for due in skipped_between(tier, start, end, zone):
            missing.append(NotTaken(tier_name, due.replace(tzinfo=ZoneInfo(zone)), "clocks"))
    taken = []
    for run in (run for stretch in result.taken for run in stretch):
        due = moment(run.minute, zone)
        if window is not None and window.keeps_out(due):
            missing.append(NotTaken(run.tier, due, "maintenance"))
        elif run.tier != CONTINUOUS and not _fits_lock(entry, entry.tiers[run.tier].keep):
            missing.append(NotTaken(run.tier, due, "lock"))
        else:
            taken.append(run)
    return _History(tuple(taken), tuple(missing))


def _fits_lock(entry: BackupEntry, keep: timedelta) -> bool:
    """Whether a locked vault takes what is kept so long."""
    lock = getattr(entry, "lock", None)
    return lock is None or lock.at_least <= keep <= lock.at_most


def _points(
    entry: BackupEntry, taken: Sequence[Run], place: Place, begin: date, now: datetime
) -> Iterator[RecoveryPoint]:
    for run in taken:
        tier = entry.tiers.get(run.tier)
        kept = _kept(tier, place) if tier else None
        if tier is None or kept is None:
            continue
        due = datetime.fromtimestamp(run.minute * 60, now.tzinfo)
        complete = _later(due, tier.complete_within)
        if place != "home":
            if not _fits_lock(entry, kept):
                continue
            complete = _later(complete, COPY_TO_ANOTHER_REGION.length)
        expires = _later(due, kept)
        if due.date() >= begin and complete <= now < expires:
            copy = tier.copy_in(place) if place != "home" else None
            cold_after = tier.cold_after if place == "home" else copy.cold_after if copy else None
            cold = cold_after is not None and _later(due, cold_after) <= now
            yield RecoveryPoint(run.tier, due, complete, expires, cold)


def _later(start: datetime, length: timedelta) -> datetime:
    """So much later by a stopwatch, whatever the clocks do meanwhile."""
    return datetime.fromtimestamp(start.timestamp() + length.total_seconds(), start.tzinfo)


def _kept(tier: Tier, place: Place) -> timedelta | None:
    return tier.keep if place == "home" else tier.kept_in(place)


def _span(
    entry: BackupEntry, thing: str, since: date | None, now: datetime
) -> PointInTimeSpan | None:
    if entry.point_in_time is None:
        return None
    database = thing in entry.protects.databases
    lag = RDS_POINT_IN_TIME_LAG if database else S3_POINT_IN_TIME_LAG
    start = _later(now, -entry.point_in_time.keep)
    if since is not None:
        opened = datetime.combine(since, entry.point_in_time.at, now.tzinfo)
        start = max(start, opened)
    until = _later(now, -lag)
    return PointInTimeSpan(start, until) if start < until else None
