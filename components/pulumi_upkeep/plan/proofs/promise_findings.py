"""Findings on promises that stand: what they leave out, and what they rest on."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from ..findings import Finding
from ..plan import Plan
from ..words import tell_duration
from .promises import Promise
from .terms import AFTER, Term

# Instances, engines and sizes change; what was measured longer ago says little of today.
MEASURED_AGES_AFTER = timedelta(days=366)
CRITICAL = "critical"


def promise_findings(
    plan: Plan, promises: Sequence[Promise], today: date | None
) -> Iterator[Finding]:
    """One finding for each class of data or functions and each measurement, at most."""
    judged = [promise for promise in promises if promise.kind != "retention"]
    for at, group in groupby(judged, key=lambda promise: promise.at):
        of_class = list(group)
        yield from _left_out(at, of_class)
        if at.rpartition(".")[2] == CRITICAL:
            yield from _assumed(at, of_class)
    yield from _old(plan, today or date.today())


def _left_out(at: str, promises: Sequence[Promise]) -> Iterator[Finding]:
    left_out = [promise for promise in promises if not promise.covered]
    if not left_out:
        return
    said = []
    for mode in dict.fromkeys(promise.mode for promise in left_out if promise.mode):
        of_mode = [promise for promise in left_out if promise.mode == mode]
        said.append(f"{AFTER[mode]} ({_worst(of_mode)})")
    yield Finding(
        "failure-not-promised",
        at,
        f"promises nothing after {' or '.join(said)}",
        "add it to `after`, with a figure of its own in `except`, or accept it with the reason",
    )


def _worst(promises: Sequence[Promise]) -> str:
    lost = [promise for promise in promises if promise.computed is None]
    if lost:
        items = ", ".join(sorted({promise.item for promise in lost}))
        return f"nothing declared brings {items} back"
    worst = max(promise.computed for promise in promises if promise.computed is not None)
    what = "lost at most" if promises[0].kind == "rpo" else "until all is back"
    return f"{tell_duration(worst)} {what}"


def _assumed(at: str, promises: Sequence[Promise]) -> Iterator[Finding]:
    terms = {
        (term.what, term.of): term
        for promise in promises
        if promise.covered and promise.kept and promise.way is not None
        for term in promise.way.terms
        if term.rests_on_assumption
    }
    if not terms:
        return
    # Sorted, because the engine hands blocks over sorted and findings read alike everywhere.
    figures = sorted(f"{term.what} {tell_duration(term.length)}" for term in terms.values())
    measurable = sorted({_named(term) for term in terms.values() if term.id})
    yield Finding(
        "critical-rests-on-assumption",
        at,
        f"rests on figures that nobody has measured: {', '.join(dict.fromkeys(figures))}",
        (
            f"measure {', '.join(measurable)} in a real account and write it into `measured`, "
            "or accept it with the reason"
            if measurable
            else "accept it with the reason: no execution can tell these"
        ),
    )


def _named(term: Term) -> str:
    return f"`{term.id}` of {term.of}" if term.of else f"`{term.id}`"


def _old(plan: Plan, today: date) -> Iterator[Finding]:
    for index, entry in enumerate(plan.measured):
        at = f"measured.{index}"
        # Whoever is ahead of these clocks may have measured tomorrow.
        if entry.on > today + timedelta(days=1):
            says = f"`{entry.term}` of {entry.of} is measured on {entry.on}, which is still to come"
            yield Finding("measured-in-the-future", at, says, "write the day it was measured on")
        elif today - entry.on > MEASURED_AGES_AFTER:
            yield Finding(
                "measured-long-ago",
                at,
                f"`{entry.term}` of {entry.of} was measured on {entry.on}, more than a year ago",
                "measure it again, or accept it with the reason",
            )
