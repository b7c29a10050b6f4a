"""A backup entry as rules that can be replayed, and what becomes of them."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from ..backups import BackupEntry, PointInTime, Tier
from ..limits import START_WINDOW
from ..plan import Plan
from ..runs import Gap, Rule, moment, replay
from ..schedule import Schedule

CONTINUOUS = "point_in_time"
_MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=512)
def _schedule(tier: Tier) -> Schedule:
    """The schedule of a tier alone, so that tiers on one schedule share its runs."""
    return Schedule(every=tier.every, at=tier.at, on=tier.on)


def rules_of(tiers: Mapping[str, Tier], point_in_time: PointInTime | None) -> tuple[Rule, ...]:
    """The rules of one backup plan, the continuous one among them."""
    rules = [
        Rule(name, _schedule(tier), tier.start_within // _MINUTE, tier.keep.days)
        for name, tier in tiers.items()
    ]
    if point_in_time is not None:
        daily = Schedule(every="day", at=point_in_time.at)
        window = START_WINDOW.least // _MINUTE
        rules.append(Rule(CONTINUOUS, daily, window, point_in_time.keep.days))
    return tuple(rules)


def entries_of(plan: Plan, thing: str) -> Iterator[tuple[str, BackupEntry]]:
    """The backup entries that protect a database or bucket by name."""
    for name, entry in plan.backups.items():
        if thing in entry.protects.databases or thing in entry.protects.buckets:
            yield name, entry


@dataclass(frozen=True)
class Exposure:
    """The worst moment for a failure: just before a late backup is complete.

    gap    between the last backup that can be used and the late one
    tier   the tier of the late one
    """

    gap: Gap
    tier: str


@lru_cache(maxsize=512)
def _worst(
    rules: tuple[Rule, ...],
    tails: tuple[tuple[str, int], ...],
    kept: tuple[tuple[str, int], ...],
    tz: str,
) -> tuple[int, int, str] | None:
    """The pair of neighbouring backups with the largest gap and tail (minutes until the later one
    can be used, by tier); None where fewer than two are taken.

    A tier with a backup that is gone before the next one can be used holds nothing that could be
    relied on: it is left out, and what remains is looked at again.
    """
    tail, keep = dict(tails), dict(kept)
    while tail:
        worst: tuple[int, tuple[int, int, str]] | None = None
        gone_too_soon: set[str] = set()
        for stretch in replay(rules, tz).taken:
            used = [run for run in stretch if run.tier in tail]
            for earlier, later in itertools.pairwise(used):
                total = later.minute - earlier.minute + tail[later.tier]
                if keep[earlier.tier] < total:
                    gone_too_soon.add(earlier.tier)
                if worst is None or total > worst[0]:
                    worst = (total, (earlier.minute, later.minute, later.tier))
        if not gone_too_soon:
            return worst[1] if worst else None
        for tier in gone_too_soon:
            del tail[tier]
    return None


def worst_exposure(
    entry: BackupEntry,
    tails: Mapping[str, timedelta],
    tz: str,
    kept: Mapping[str, timedelta] | None = None,
) -> Exposure | None:
    """The worst moment when only the tiers of ``tails`` can be used, each so long after its start.

    kept   how long each of them is kept; default: as its tier says
    None where they never leave two backups, or none that is there until the next can be used.
    """
    rules = rules_of(entry.tiers, entry.point_in_time)
    keeps = kept or {tier: entry.tiers[tier].keep for tier in tails}
    found = _worst(rules, _in_minutes(tails), _in_minutes(keeps), tz)
    if found is None:
        return None
    earlier, later, tier = found
    length = timedelta(minutes=later - earlier)
    return Exposure(Gap(length, moment(earlier, tz), moment(later, tz)), tier)


def _in_minutes(lengths: Mapping[str, timedelta]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((tier, length // _MINUTE) for tier, length in lengths.items()))
