"""Remedies: the cheapest edits that keep a missed promise, each tried out.

Edits are ranked by what they cost more a month, by the dated price table (:mod:`..prices`); one
without a price, such as people's time, comes after those that have one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..plan import Plan
from .costs import Costs, monthly_costs
from .edits import KINDS, Edit, candidates
from .facts import EstateFacts
from .overlaps import overlap_findings
from .promises import Promise, again


@dataclass(frozen=True)
class Remedy:
    """Edits that together keep some promises.

    edits       how each is written
    plan, facts what they make of the plan and of the estate
    usd         what they cost more a month; None where a price is missing
    worst       the worst that is then computed for these promises
    """

    edits: tuple[str, ...]
    plan: Plan
    facts: EstateFacts
    usd: float | None
    worst: timedelta

    @property
    def says(self) -> str:
        """The edits in one line."""
        return " and ".join(dict.fromkeys(self.edits))

    @property
    def rank(self) -> tuple[bool, float, int]:
        """Cheapest first; without a price last; of equal ones the fewest edits."""
        return (self.usd is None, self.usd or 0.0, len(self.edits))


def remedy_for(plan: Plan, missed: Sequence[Promise], facts: EstateFacts) -> Remedy | None:
    """The cheapest remedy that keeps these promises; None where none is known.

    ``missed`` belong together: one thing, after several kinds of failure. Tried out are single
    edits that keep all of them, and the cheapest for one after the other.
    """
    before = monthly_costs(plan, facts)
    found = [
        remedy
        for edits in (_one_for_all(plan, missed, facts), _one_by_one(plan, missed, facts))
        if edits and (remedy := _proved(plan, edits, missed, before)) is not None
    ]
    return min(found, key=lambda remedy: remedy.rank, default=None)


def nearest_for(
    plan: Plan, missed: Sequence[Promise], facts: EstateFacts
) -> tuple[Remedy, Promise] | None:
    """Where no remedy is known: the edit that comes nearest to a promise that nothing keeps, with
    the promise as it is then. None where nothing brings it back at all, or several failures miss
    what they promise."""
    modes = {promise.mode for promise in missed}
    if len(modes) != 1 or missed[0].kind == "retention":
        return None
    before = monthly_costs(plan, facts)
    found: list[tuple[timedelta, float, Remedy, Promise]] = []
    for edit in _ranked(plan, facts, list(candidates(plan, facts, missed[0]))):
        redone = again(edit.plan, missed[0], edit.facts)
        if redone.computed is None or _breaks(plan, edit.plan):
            continue
        usd = _more(before, monthly_costs(edit.plan, edit.facts))
        remedy = Remedy((edit.says,), edit.plan, edit.facts, usd, redone.computed)
        found.append((redone.computed, float("inf") if usd is None else usd, remedy, redone))
    best = min(found, key=lambda each: each[:2], default=None)
    return None if best is None else best[2:]


def _proved(
    plan: Plan, edits: Sequence[Edit], missed: Sequence[Promise], before: Costs
) -> Remedy | None:
    """A remedy, once all is computed again with it; None where a promise is still missed."""
    last = edits[-1]
    redone = [again(last.plan, promise, last.facts) for promise in missed]
    if not all(promise.kept for promise in redone) or _breaks(plan, last.plan):
        return None
    worst = max(promise.computed for promise in redone if promise.computed is not None)
    priced = not any(edit.kind == "people" for edit in edits)
    usd = _more(before, monthly_costs(last.plan, last.facts)) if priced else None
    return Remedy(tuple(edit.says for edit in edits), last.plan, last.facts, usd, worst)


def _more(before: Costs, after: Costs) -> float | None:
    """What an edit costs more a month, to the cent; None where it adds what has no price."""
    if set(after.without_price) - set(before.without_price):
        return None
    return round(after.usd - before.usd, 2)


def _ranked(plan: Plan, facts: EstateFacts, edits: Sequence[Edit]) -> list[Edit]:
    before = monthly_costs(plan, facts)

    def rank(edit: Edit) -> tuple[bool, float, int]:
        more = None
        if edit.kind != "people":
            more = _more(before, monthly_costs(edit.plan, edit.facts))
        return (more is None, more or 0.0, KINDS.index(edit.kind))

    return sorted(edits, key=rank)


def _one_for_all(plan: Plan, missed: Sequence[Promise], facts: EstateFacts) -> list[Edit]:
    # What keeps all keeps the one after the gravest failure, too: the fewest edits do.
    gravest = missed[-1]
    for edit in _ranked(plan, facts, list(candidates(plan, facts, gravest))):
        if _keeps(plan, edit, [gravest, *missed[:-1]]):
            return [edit]
    return []


def _one_by_one(plan: Plan, missed: Sequence[Promise], facts: EstateFacts) -> list[Edit]:
    edits: list[Edit] = []
    current, known = plan, facts
    for promise in missed:
        if again(current, promise, known).kept:
            continue
        ranked = _ranked(current, known, list(candidates(current, known, promise)))
        edit = next((each for each in ranked if _keeps(current, each, [promise])), None)
        if edit is None:
            return []
        edits.append(edit)
        current, known = edit.plan, edit.facts
    return edits


def _keeps(plan: Plan, edit: Edit, promises: Sequence[Promise]) -> bool:
    return all(again(edit.plan, promise, edit.facts).kept for promise in promises) and not _breaks(
        plan, edit.plan
    )


def _breaks(plan: Plan, edited: Plan) -> bool:
    """Whether an edit makes backups overlap that did not."""
    return any(
        finding.refused
        for name, entry in edited.backups.items()
        if plan.backups.get(name) != entry
        for finding in overlap_findings(
            entry.tiers, entry.point_in_time, edited.timezone, f"backups.{name}"
        )
    )
