"""Everything that follows from a plan: its promises judged, and its findings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from ..calendar import calendar_findings
from ..database_care import care_findings
from ..drills import at_rest
from ..faults import PlanError
from ..findings import Finding, with_acceptances
from ..holidays import holiday_findings
from ..maintenance_windows import window_findings
from ..on_call import phone_findings
from ..plan import Plan
from ..quiet import quiet_findings
from ..releases import release_findings
from ..tuned import tuned_findings
from ..words import say_duration, tell_duration
from .backup_findings import backup_findings
from .costs import Costs, monthly_costs, say_price
from .coverage import Covered, coverage, coverage_findings
from .database_findings import database_findings
from .facts import EstateFacts
from .members import failed_over
from .pages import page_findings
from .promise_findings import promise_findings
from .promises import Promise, judge
from .remedies import nearest_for, remedy_for
from .server_findings import server_findings
from .terms import AFTER, say_sum
from .writer_findings import writer_findings


@dataclass(frozen=True)
class Proof:
    """What was proved of a plan.

    promises       every RPO, RTO and retention, with what was computed
    not_promised   the same of what the plan promises nothing for: failures it leaves out
    findings       what is refused, noted or accepted
    costs          what the protection costs a month
    facts          what was known of the estate
    coverage       of every service, what it has of all that a service must have
    of_plan        of the findings, those that follow from the plan alone, before acceptances
    """

    promises: tuple[Promise, ...]
    findings: tuple[Finding, ...]
    not_promised: tuple[Promise, ...] = ()
    costs: Costs = field(default_factory=lambda: Costs((), ()))
    facts: EstateFacts = field(default_factory=EstateFacts)
    coverage: tuple[Covered, ...] = ()
    of_plan: tuple[Finding, ...] = ()

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The findings that stop a deployment."""
        return tuple(finding for finding in self.findings if finding.refused)

    def require(self, about: str = "plan") -> None:
        """Raises :class:`PlanError` where anything is refused, with all of it."""
        if self.refused:
            raise PlanError([finding.as_fault() for finding in self.refused], about)


def prove(
    plan: Plan,
    facts: EstateFacts | None = None,
    today: date | None = None,
    before: Proof | None = None,
) -> Proof:
    """Judges every promise and collects every finding; with ``facts`` where the cloud was asked.

    What stands only while a drill runs (``drills.builds``) is left out of all of it: whatever
    fails, fails between two drills.

    today    the day that measurements are as old as, and that tuned alerts and exemptions are over
             by; default: this one. Nothing else depends on it
    before   what was proved of the same plan on the same day without facts: what follows from the
             plan alone is not looked for twice
    """
    plan = at_rest(plan)
    known = facts or EstateFacts()
    judged = judge(plan, known)
    on = today or date.today()
    covered = before.coverage if before else coverage(plan, on)
    findings = [
        *_missed(plan, judged, known),
        *promise_findings(plan, judged, today),
        *backup_findings(plan, known),
        *database_findings(plan, known),
        *writer_findings(plan, known),
        *server_findings(plan, known),
    ]
    of_plan = before.of_plan if before else tuple(_of_plan(plan, covered, today))
    return Proof(
        promises=tuple(promise for promise in judged if promise.covered),
        findings=tuple(with_acceptances([*findings, *of_plan], plan.accepted, facts is not None)),
        not_promised=tuple(promise for promise in judged if not promise.covered),
        costs=monthly_costs(plan, known),
        facts=known,
        coverage=covered,
        of_plan=of_plan,
    )


def _of_plan(plan: Plan, covered: Sequence[Covered], today: date | None) -> Iterator[Finding]:
    """What follows from a plan whatever the cloud answers."""
    on = today or date.today()
    yield from quiet_findings(plan)
    yield from care_findings(plan)
    yield from window_findings(plan, on)
    yield from calendar_findings(plan)
    yield from release_findings(plan)
    yield from page_findings(plan)
    yield from phone_findings(plan)
    yield from tuned_findings(plan, today)
    yield from holiday_findings(plan, today)
    yield from coverage_findings(plan, covered, on)


def _missed(plan: Plan, promises: Sequence[Promise], facts: EstateFacts) -> Iterator[Finding]:
    """One finding for each promise that is missed: all kinds of failure of one thing together."""
    missed = [promise for promise in promises if promise.missed]

    def together(promise: Promise) -> tuple[str, str, str]:
        return (promise.at, promise.holder, promise.detail)

    for _, group in groupby(sorted(missed, key=together), key=together):
        belonging = list(group)
        worst = max(belonging, key=_badness)
        same_failure = [promise for promise in belonging if promise.item == worst.item]
        remedy = _remedy(plan, worst, same_failure, facts)
        code = "retention-missed" if worst.kind == "retention" else "objective-missed"
        if worst.kind != "retention" and failed_over(plan, worst.holder.split(", ")):
            # Whoever just failed over must be able to deploy; the promise is missed all the same.
            code = "missed-while-failed-over"
        yield Finding(code, worst.at, _says(worst, belonging), remedy)


def _remedy(plan: Plan, worst: Promise, missed: Sequence[Promise], facts: EstateFacts) -> str:
    """The cheapest remedy in words; where there is none, what could be promised instead."""
    found = remedy_for(plan, missed, facts)
    if found is not None and worst.kind == "retention":
        return f"cheapest remedy: {found.says}"
    if found is not None:
        gives = f"which gives {tell_duration(found.worst)}"
        return f"cheapest remedy: {found.says}, {gives}, {say_price(found.usd)}"
    near = nearest_for(plan, missed, facts)
    if near is None:
        return ""
    edit, promise = near
    hours = -(-edit.worst // timedelta(hours=1)) * timedelta(hours=1)
    return (
        f"no edit keeps it: {edit.says} gives {tell_duration(edit.worst)}, {say_price(edit.usd)}; "
        f"promise that, `{promise.at}.except: {{{promise.mode}: {say_duration(hours)}}}`"
    )


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
