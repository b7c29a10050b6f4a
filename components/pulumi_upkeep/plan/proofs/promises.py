"""Promises: each RPO, RTO and retention of the plan, computed and compared."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from ..backups import BackupEntry
from ..limits import POINT_IN_TIME
from ..objectives import FAILURES
from ..plan import Plan
from ..schedule import Every, say_every
from .backup_rules import entries_of, worst_exposure
from .facts import EstateFacts
from .losses import ways_to_keep
from .terms import Mode, Term, Way, shortest
from .times import way_back

Kind = Literal["rpo", "rto", "retention"]


@dataclass(frozen=True)
class Promise:
    """One promise, judged.

    kind       ``rpo``, ``rto`` or ``retention``
    at         where in the plan
    item       the data, the function, or the thing that is kept
    holder     the database or bucket, or what the function needs, comma separated
    mode       what fails; None for retention
    promised   at most (rpo, rto), or at least (retention)
    covered    whether the plan promises it at all: what it leaves out is computed and shown, too,
               compared with what it promises after other failures
    way        how it is kept, with its sum; None where nothing brings it back
    computed   the sum, or what is really kept; None where there is nothing
    """

    kind: Kind
    at: str
    item: str
    holder: str
    mode: Mode | None
    promised: timedelta
    computed: timedelta | None = None
    way: Way | None = None
    detail: str = ""
    covered: bool = True

    @property
    def kept(self) -> bool:
        """Whether what is declared keeps it."""
        if self.computed is None:
            return False
        if self.kind == "retention":
            return self.computed >= self.promised
        return self.computed <= self.promised

    @property
    def missed(self) -> bool:
        """Whether it is promised and not kept."""
        return self.covered and not self.kept

    @property
    def key(self) -> tuple[str, str, str | None, str]:
        """What identifies the promise, whatever was computed."""
        return (self.at, self.item, self.mode, self.detail)


def judge(plan: Plan, facts: EstateFacts) -> list[Promise]:
    """Every promise of the plan, in its own order, and what becomes of data and functions after
    the failures that it promises nothing for."""
    return [*_data(plan, facts), *_functions(plan, facts), *_retention(plan)]


def again(plan: Plan, promise: Promise, facts: EstateFacts) -> Promise:
    """The same promise, judged by another plan."""
    if promise.kind == "retention" or promise.mode is None:
        return next(found for found in _retention(plan) if found.key == promise.key)
    if promise.kind == "rpo":
        way = shortest(ways_to_keep(plan, promise.holder, promise.mode, facts))
    else:
        way = way_back(plan, promise.holder.split(", "), promise.mode, facts)
    return replace(promise, way=way, computed=way.total if way else None)


def _data(plan: Plan, facts: EstateFacts) -> Iterator[Promise]:
    for importance, data in plan.objectives.data.items():
        at = f"objectives.data.{importance}"
        for item, holder in data.holds.items():
            for mode in FAILURES:
                promise = Promise("rpo", at, item, holder, mode, data.promised(mode))
                yield again(plan, replace(promise, covered=mode in data.after), facts)


def _functions(plan: Plan, facts: EstateFacts) -> Iterator[Promise]:
    for importance, functions in plan.objectives.functions.items():
        at = f"objectives.functions.{importance}"
        for item, needs in functions.needs.items():
            for mode in FAILURES:
                promised = functions.promised(mode)
                promise = Promise("rto", at, item, ", ".join(needs), mode, promised)
                yield again(plan, replace(promise, covered=mode in functions.after), facts)


def _retention(plan: Plan) -> Iterator[Promise]:
    for thing, promised in plan.objectives.retention.items():
        at = f"objectives.retention.{thing}"
        entries = list(entries_of(plan, thing))
        if isinstance(promised, timedelta):
            shortest_kept = min(
                (kept for name, entry in entries for kept in _kept(name, entry, promised)),
                key=lambda kept: kept.length,
                default=None,
            )
            yield _promise_of_retention(at, thing, promised, shortest_kept, "")
            continue
        for every, reach in promised.items():
            found = [_reach(name, entry, every, reach, plan.timezone) for name, entry in entries]
            best = max((term for term in found if term), key=lambda term: term.length, default=None)
            yield _promise_of_retention(at, thing, reach, best, f"every {say_every(every)}")


def _promise_of_retention(
    at: str, thing: str, promised: timedelta, term: Term | None, detail: str
) -> Promise:
    way = Way(term.what, term.source, (term,)) if term else None
    length = term.length if term else None
    return Promise("retention", at, thing, thing, None, promised, length, way, detail)


def _kept(name: str, entry: BackupEntry, promised: timedelta) -> Iterator[Term]:
    """How long each kind of backup of an entry is kept, as far as the promise goes."""
    for tier_name, tier in entry.tiers.items():
        path = f"backups.{name}.tiers.{tier_name}"
        yield Term("kept", tier.keep, "plan", f"{path}.keep")
        for copy in tier.copies:
            kept = copy.keep or tier.keep
            yield Term("kept", kept, "plan", f"{path}.{tier.copy_path(copy)}.keep")
    if entry.point_in_time is not None:
        path = f"backups.{name}.point_in_time.keep"
        keep = entry.point_in_time.keep
        # The vendor keeps no more than 35 days of it: beyond them the tiers keep the promise.
        if entry.tiers and keep >= min(promised, POINT_IN_TIME.most):
            keep = max(keep, promised)
        yield Term("kept", keep, "plan", path)


def _reach(name: str, entry: BackupEntry, every: Every, reach: timedelta, tz: str) -> Term | None:
    """How far back there is a backup at least so often, by the tiers kept long enough together."""
    allowed = _allowed(every)
    for keep in sorted({tier.keep for tier in entry.tiers.values()}, reverse=True):
        tails = {
            tier_name: timedelta(0) for tier_name, tier in entry.tiers.items() if tier.keep >= keep
        }
        exposure = worst_exposure(entry, tails, tz)
        if exposure is not None and exposure.gap.length <= allowed:
            tiers = ", ".join(sorted(tails))
            return Term(f"every {say_every(every)}", keep, "plan", f"backups.{name}.tiers: {tiers}")
    return None


# The clocks' change may stretch a gap by an hour.
_CLOCKS_CHANGE = timedelta(hours=1)
_INTERVALS = {
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    # From one first Sunday to the next.
    "month": timedelta(weeks=5),
    "quarter": timedelta(weeks=14),
    "year": timedelta(weeks=53),
}


def _allowed(every: Every) -> timedelta:
    length = _INTERVALS[every] if isinstance(every, str) else every
    return length + _CLOCKS_CHANGE
