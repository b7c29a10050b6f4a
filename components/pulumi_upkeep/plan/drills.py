"""Drills: which scenarios are rehearsed for real, when, and how old the last rehearsal may be.

Source: Bynomi's plan, "Disaster Scenarios and Response". A plan that is not rehearsed is a hope.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from .faults import Fault
from .recovery import CompleteOutage, Recovery
from .schedule import Schedule, say_every
from .words import Duration, Severity, say_duration

if TYPE_CHECKING:
    from .plan import Plan

Scenario = Literal["database-failure", "application-server-failure", "complete-outage"]
SCENARIOS: tuple[Scenario, ...] = (
    "database-failure",
    "application-server-failure",
    "complete-outage",
)
# What a drill may build for itself; databases are not among it, since what was promoted stays.
Buildable = Literal["standby", "recovery"]

DAY = timedelta(days=1)
# The longest time between two rehearsals that are both on time.
INTERVALS = {"day": DAY, "week": 7 * DAY, "month": 35 * DAY, "quarter": 98 * DAY, "year": 371 * DAY}
# A rehearsal that fails its first day may be repeated within the week before anybody is called.
GRACE = 7 * DAY


class Drills(Schedule):
    """Rehearsals in a real account, and an alarm where one is overdue.

    every, on, at   when, on the plan's clocks; hours are too often
    scenarios       what is rehearsed: ``database-failure``, ``application-server-failure``,
                    ``complete-outage``
    builds          chapters that stand only while a drill runs: ``standby`` (and the runbooks that
                    need it), ``recovery`` (all runbooks). They are checked like all others,
                    deployed for the drill, and removed after it; no promise counts on them.
                    Default: none
    at_most         how old the last rehearsal of a scenario may be; default the longest interval
                    and a week
    severity        of a rehearsal that is overdue; default p2
    """

    scenarios: Annotated[tuple[Scenario, ...], Field(min_length=1)]
    builds: tuple[Buildable, ...] = ()
    at_most: Duration | None = None
    severity: Severity = "p2"

    @property
    def interval(self) -> timedelta:
        """The longest time between two rehearsals."""
        return INTERVALS[self.every] if isinstance(self.every, str) else DAY

    @property
    def oldest(self) -> timedelta:
        """How old the last rehearsal may be."""
        return self.at_most or self.interval + GRACE

    def ages(self) -> dict[str, dict[str, str]]:
        """Scenario -> what :class:`Evidence` wants to know of it."""
        return {
            scenario: {"at_most": say_duration(self.oldest), "severity": self.severity}
            for scenario in self.scenarios
        }


def at_rest(plan: "Plan") -> "Plan":
    """The plan between two drills: without what stands only while one runs, and without what needs
    it. Without a standby there is no runbook of one, and no part of the complete outage's that
    starts it. What does not need it, such as the runbook of a database, stays. The proofs judge
    this plan: what stands for a few hours a month keeps no promise.
    """
    builds = plan.drills.builds if plan.drills is not None else ()
    changed: dict[str, Any] = {}
    if "standby" in builds:
        changed = {"standby": {}, "recovery": _without_standby(plan.recovery)}
    if "recovery" in builds:
        changed["recovery"] = None
    return plan.model_copy(update=changed) if changed else plan


def _without_standby(recovery: Recovery | None) -> Recovery | None:
    """The runbooks that need no standby; None where there are none."""
    if recovery is None:
        return None
    outage = recovery.complete_outage
    databases = outage.databases if outage is not None else ()
    if not recovery.database_failure:
        return None
    return recovery.model_copy(
        update={
            "application_server_failure": {},
            "complete_outage": CompleteOutage(databases=databases) if databases else None,
            # It starts that runbook.
            "region_switch": recovery.region_switch and bool(databases),
        }
    )


def drill_faults(plan: "Plan") -> Iterator[Fault]:
    """What the drills need and the plan does not have."""
    drills = plan.drills
    if drills is None:
        return
    if not isinstance(drills.every, str):
        yield Fault(
            "drills.every",
            "people take part in a drill: not several times a day",
            say_every(drills.every),
            "write `week`, `month` or `quarter`",
        )
    if drills.at_most is not None and drills.at_most < drills.interval:
        yield Fault(
            "drills.at_most",
            f"shorter than the time between two drills, {say_duration(drills.interval)}: it would "
            "ring while all is well",
            say_duration(drills.at_most),
            f"nearest: `{say_duration(drills.interval + GRACE)}`, or rehearse more often",
        )
    if plan.evidence is None:
        yield Fault(
            "drills",
            "nothing keeps what was rehearsed, so that nobody hears when it was not",
            None,
            "add `evidence: {keep: 1 year}`",
        )
    recovery = plan.recovery
    known = {
        "database-failure": bool(recovery and recovery.database_failure),
        "application-server-failure": bool(recovery and recovery.application_server_failure),
        "complete-outage": bool(recovery and recovery.complete_outage),
    }
    for index, scenario in enumerate(drills.scenarios):
        if not known[scenario]:
            yield Fault(
                f"drills.scenarios.{index}",
                "has no runbook in `recovery`",
                scenario,
                f"add `recovery.{scenario.replace('-', '_')}`, or leave it out",
            )
