"""Recovery objectives: what is promised after which failure, what was computed, and measured."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.objectives import FAILURES
from pulumi_upkeep.plan.proofs import Promise, Proof
from pulumi_upkeep.plan.words import tell_duration

from tools.upkeep.handbook.page import Fact, Page, Section, Table, computed, fact, key_of
from tools.upkeep.objectives import short

_KINDS = {
    "rpo": (
        "Recovery points",
        "What may be lost, and what is lost at most by what is declared. There is a column for "
        "each thing that may fail.",
    ),
    "rto": (
        "Recovery times",
        "How soon service must return, and how soon it does by what is declared. There is a column "
        "for each thing that may fail.",
    ),
}
_STAR = " * rests on an assumed figure."


def page(plan: Plan, proof: Proof) -> Page | None:
    """None where the plan promises nothing."""
    sections = [*_promises(proof), *_kept(proof)]
    if not sections:
        return None
    sections += _measured(plan)
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
                    *(_figure(by_mode.get(mode), at, first.promised) for mode in modes),
                )
            )
        if rows:
            columns = ("of", "class", "promised", *modes)
            starred = any("*" in each.text for row in rows for each in row)
            table = Table(columns, tuple(rows))
            yield Section(title, (table,), lead + (_STAR if starred else ""))


def _figure(promise: Promise | None, at: str, usual: timedelta) -> Fact:
    """What is computed; where this failure is promised otherwise than usual, that, too."""
    if promise is None:
        return computed("–", at)
    said = "never"
    if promise.computed is not None:
        star = "*" if promise.way and promise.way.rests_on_assumptions and promise.computed else ""
        said = f"{short(tell_duration(promise.computed))}{star}"
    if promise.promised != usual:
        said += f" ({short(tell_duration(promise.promised))} promised)"
    return computed(said, at)


def _kept(proof: Proof) -> Iterator[Section]:
    rows = tuple(
        (
            computed(each.item, each.at),
            computed(each.detail or "all backups", each.at),
            computed(tell_duration(each.promised), each.at),
            _figure(each, each.at, each.promised),
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
    else:
        yield Section(
            "Last measured",
            (),
            "Nothing yet: no drill has run in the account. Every figure above is the vendor's, or "
            "assumed.",
        )
