"""Recovery objectives: what is promised after which failure, what was computed, and measured."""

from collections.abc import Iterator
from itertools import groupby

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.objectives import FAILURES
from pulumi_upkeep.plan.proofs import Promise, Proof
from pulumi_upkeep.plan.words import tell_duration

from tools.upkeep.handbook.page import Fact, Page, Section, Table, computed, fact, key_of
from tools.upkeep.objectives import short

_KINDS = {
    "rpo": ("Recovery points", "What may be lost, and what is lost at most by what is declared."),
    "rto": ("Recovery times", "How soon service returns, and how soon by what is declared."),
}


def page(plan: Plan, proof: Proof) -> Page | None:
    """None where the plan promises nothing."""
    sections = [*_promises(proof), *_kept(proof), *_measured(plan)]
    if not sections:
        return None
    lead = "What is promised after which failure, and what the declared infrastructure gives."
    return Page("recovery", "Recovery objectives", lead, tuple(sections))


def _promises(proof: Proof) -> Iterator[Section]:
    for kind, (title, lead) in _KINDS.items():
        judged = [each for each in proof.promises if each.kind == kind and each.covered]
        modes = [mode for mode in FAILURES if any(each.mode == mode for each in judged)]
        rows = []
        for (at, item), group in groupby(judged, lambda each: (each.at, each.item)):
            by_mode = {each.mode: each for each in group}
            first = next(iter(by_mode.values()))
            rows.append(
                (
                    computed(item, at),
                    key_of(at),
                    computed(tell_duration(first.promised), at),
                    *(_figure(by_mode.get(mode), at) for mode in modes),
                )
            )
        if rows:
            columns = ("of", "class", "promised", *modes)
            yield Section(title, (Table(columns, tuple(rows)),), lead)


def _figure(promise: Promise | None, at: str) -> Fact:
    if promise is None:
        return computed("–", at)
    if promise.computed is None:
        return computed("never", at)
    return computed(short(tell_duration(promise.computed)), at)


def _kept(proof: Proof) -> Iterator[Section]:
    rows = tuple(
        (
            computed(each.item, each.at),
            computed(each.detail or "all backups", each.at),
            computed(tell_duration(each.promised), each.at),
            _figure(each, each.at),
        )
        for each in proof.promises
        if each.kind == "retention"
    )
    if rows:
        table = Table(("of", "which", "promised", "kept"), rows)
        yield Section("How long backups live", (table,))


def _measured(plan: Plan) -> Iterator[Section]:
    rows = tuple(
        tuple(fact(plan, f"measured.{index}.{key}") for key in ("term", "of", "took", "on"))
        for index in range(len(plan.measured))
    )
    if rows:
        table = Table(("what", "of", "took", "on"), rows)
        yield Section(
            "Last measured",
            (table,),
            "Drills and jobs that ran in the account. What is not here is the vendor's figure, or "
            "assumed.",
        )
