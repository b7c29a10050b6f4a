"""Everything that follows from a plan: its promises judged, and its findings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..faults import PlanError
from ..findings import Finding, with_acceptances
from ..plan import Plan
from ..words import say_duration, tell_duration
from .backup_findings import backup_findings
from .database_findings import database_findings
from .facts import EstateFacts
from .promises import Promise, again, judge
from .remedies import remedy_for
from .terms import AFTER, say_sum


@dataclass(frozen=True)
class Proof:
    """What was proved of a plan.

    promises   every RPO, RTO and retention, with what was computed
    findings   what is refused, noted or accepted
    """

    promises: tuple[Promise, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The findings that stop a deployment."""
        return tuple(finding for finding in self.findings if finding.refused)

    def require(self, about: str = "plan") -> None:
        """Raises :class:`PlanError` where anything is refused, with all of it."""
        if self.refused:
            raise PlanError([finding.as_fault() for finding in self.refused], about)


def prove(plan: Plan, facts: EstateFacts | None = None) -> Proof:
    """Judges every promise and collects every finding; with ``facts`` where the cloud was asked."""
    known = facts or EstateFacts()
    promises = judge(plan, known)
    findings = [
        *_missed(plan, promises, known),
        *backup_findings(plan, known),
        *database_findings(plan, known),
    ]
    return Proof(
        tuple(promises), tuple(with_acceptances(findings, plan.accepted, facts is not None))
    )


def _missed(plan: Plan, promises: Sequence[Promise], facts: EstateFacts) -> Iterator[Finding]:
    """One finding for each promise that is missed: all kinds of failure of one thing together."""
    missed = [promise for promise in promises if not promise.kept]

    def together(promise: Promise) -> tuple[str, str, str]:
        return (promise.at, promise.holder, promise.detail)

    for _, group in groupby(sorted(missed, key=together), key=together):
        belonging = list(group)
        worst = max(belonging, key=_badness)
        same_failure = [promise for promise in belonging if promise.item == worst.item]
        found = remedy_for(plan, same_failure, facts)
        remedy = ""
        if found is not None:
            edits, edited = found
            redone = [again(edited, promise, facts).computed for promise in same_failure]
            computed = [length for length in redone if length is not None]
            if worst.kind == "retention":
                remedy = f"cheapest remedy: {edits}"
            else:
                remedy = f"cheapest remedy: {edits}, which gives {tell_duration(max(computed))}"
        code = "retention-missed" if worst.kind == "retention" else "objective-missed"
        yield Finding(code, worst.at, _says(worst, belonging), remedy)


def _badness(promise: Promise) -> tuple[bool, float]:
    if promise.computed is None:
        return (True, 0.0)
    seconds = promise.computed.total_seconds()
    return (False, -seconds if promise.kind == "retention" else seconds)


def _says(worst: Promise, belonging: Sequence[Promise]) -> str:
    # Sorted, because the engine hands blocks over sorted and findings read alike everywhere.
    items = ", ".join(sorted({promise.item for promise in belonging}))
    promised = say_duration(worst.promised)
    if worst.kind == "retention":
        promise = f"promises backups of {items} for {promised}"
        if worst.detail:
            promise = f"promises a backup of {items} for {worst.detail} of the last {promised}"
        if worst.way is None or worst.computed is None:
            return f"{promise}, and there is none"
        kept = say_duration(worst.computed)
        return f"{promise}, but they are kept {kept} ({worst.way.terms[0].source})"
    after = _after(belonging)
    promise = f"promises an {worst.kind.upper()} of {promised} for {items}"
    if worst.way is None or worst.computed is None or worst.mode is None:
        after = _after([each for each in belonging if each.computed is None])
        return f"{promise}, but after {after} nothing declared brings {_them(worst)} back"
    computed = tell_duration(worst.computed)
    verb = "up to {} are lost" if worst.kind == "rpo" else "it takes up to {}"
    return f"{promise}, but after {after} {verb.format(computed)}: {say_sum(worst.way.terms)}"


def _after(promises: Sequence[Promise]) -> str:
    """The failures of some promises, each once: ``a failed instance and the loss of ...``."""
    failures = list(dict.fromkeys(AFTER[each.mode] for each in promises if each.mode))
    return " and ".join(filter(None, [", ".join(failures[:-1]), failures[-1]]))


def _them(promise: Promise) -> str:
    return "it" if promise.kind == "rto" else promise.holder
