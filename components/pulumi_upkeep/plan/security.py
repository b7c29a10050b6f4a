"""Security: automated scans every week, and what people look at every quarter and every year.

Source: Bynomi's plan, "Security Audit Schedule"; clauses BY-1.4 and BY-1.5.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from .ahead import LONGEST_AHEAD, cron_ahead
from .faults import Fault, NotInWords, PlanError
from .occasion import Occasion
from .releases import Owner
from .runs import skipped_faults
from .schedule import Schedule, say_every
from .teams import unknown_team
from .words import Duration, Name, Severity, Words, say_duration

if TYPE_CHECKING:
    from .plan import Plan

DAY = timedelta(days=1)
# What Inspector looks at, by the plan's word [Inspector API, ResourceScanType].
SCANNED = {"servers": "EC2", "images": "ECR", "functions": "LAMBDA"}
Scanned = Literal["servers", "images", "functions"]
# How grave a finding is, the gravest first [Inspector API, Severity].
Gravity = Literal["critical", "high", "medium", "low"]
_TOLD: dict[Gravity, Severity] = {"critical": "p1", "high": "p2"}
GRAVITIES: tuple[Gravity, ...] = ("critical", "high", "medium", "low")


class SecurityScans(Schedule):
    """Scans by Amazon Inspector, and every week a report of what they found and did not reach.

    every, on, at   when the report is made: ``week`` or ``day``. Findings are told when they are
                    found
    of              what is scanned: ``servers``, ``images``, ``functions``; default all
    findings        how grave a finding is -> by which severity's routes it is told; what is not
                    named stands in the report alone. Default ``{critical: p1, high: p2}``
    owner           the team that the report is for
    severity        whose topic gets the report, and hears that something is not scanned; default p3
    """

    of: Annotated[tuple[Scanned, ...], Field(min_length=1)] = ("servers", "images", "functions")
    findings: dict[Gravity, Severity] | None = None
    owner: Owner
    severity: Severity = "p3"

    @model_validator(mode="after")
    def _holds_together(self) -> "SecurityScans":
        faults = []
        if self.every not in ("day", "week"):
            rule = "the plan's own scans are weekly at least"
            faults.append(Fault("every", rule, say_every(self.every), "write `every: week`"))
        findings = self.told
        if "critical" not in findings:
            rule = "critical findings would be told to nobody"
            faults.append(Fault("findings", rule, None, "add `critical: p1`"))
        told = [(each, findings[each]) for each in GRAVITIES if each in findings]
        for (graver, first), (grave, second) in itertools.pairwise(told):
            if second < first:
                rule = f"is told as {second}, and the graver {graver} as {first}"
                faults.append(
                    Fault(f"findings.{grave}", rule, second, f"at most as loud: `{first}`")
                )
        if faults:
            raise PlanError(faults)
        return self

    @property
    def told(self) -> Mapping[Gravity, Severity]:
        """How grave a finding is -> by which severity it is told."""
        return _TOLD if self.findings is None else self.findings

    def resource_types(self) -> list[str]:
        """What Inspector is enabled for, sorted."""
        return sorted(SCANNED[each] for each in self.of)


class Review(Schedule):
    """What people look at, again and again: announced, tracked, and alarmed when it is overdue.

    every, on, at   when it is due: an item is opened that stays open until somebody resolves it
    means           what is looked at, in a few words
    kind            ``audit`` or ``review``, in the calendar; default ``review``
    owner           the team that answers for it: one
    announced       how long ahead it is announced, in whole days; default 2 weeks
    done_within     how long its item may stay open, in whole days; default 30 days
    severity        whose topic hears the announcement, and that it is overdue; default p3
    """

    means: str
    kind: Literal["audit", "review"] = "review"
    owner: Owner
    announced: Duration = timedelta(weeks=2)
    done_within: Duration = timedelta(days=30)
    severity: Severity = "p3"

    @model_validator(mode="after")
    def _is_done_in_time(self) -> "Review":
        longest = LONGEST_AHEAD.get(self.every) if isinstance(self.every, str) else None
        if longest is None:
            raise NotInWords(
                f"every {say_every(self.every)}: people take part in it",
                "write `every: month`, `quarter` or `year`",
            )
        faults = []
        for field, length in (("announced", self.announced), ("done_within", self.done_within)):
            if length % DAY:
                near = say_duration(-(-length // DAY) * DAY)
                rule = "is counted in whole days"
                faults.append(Fault(field, rule, say_duration(length), f"nearest: `{near}`"))
        if self.announced > longest:
            rule = f"is longer ahead than what comes every {self.every} can be announced"
            near = f"at most `{say_duration(longest)}`"
            faults.append(Fault("announced", rule, say_duration(self.announced), near))
        shortest = {"week": 7, "month": 28, "quarter": 84, "year": 358}[self.every] * DAY
        if self.done_within >= shortest:
            rule = "is not over before the next one is due"
            near = f"at most `{say_duration(shortest - DAY)}`"
            faults.append(Fault("done_within", rule, say_duration(self.done_within), near))
        if faults:
            raise PlanError(faults)
        return self

    def announced_at(self) -> str:
        """The cron expression of its announcement."""
        return cron_ahead(self, self.announced)


class Security(Words):
    """What is scanned by itself, and what people look at.

    scans     default: nothing
    reviews   by name: ``manual-audit``, ``penetration-test``, ``compliance-review``
    """

    scans: SecurityScans | None = None
    reviews: dict[Name, Review] = Field(default_factory=dict)


def security_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Owners that are not there, and times that spring skips."""
    security = plan.security
    if security is None:
        return
    owned: Mapping[str, Any] = {
        **({"scans": security.scans} if security.scans else {}),
        **{f"reviews.{name}": review for name, review in security.reviews.items()},
    }
    for path, each in owned.items():
        if "teams" not in broken:
            yield from unknown_team(plan, f"security.{path}.owner", each.owner)
        if "timezone" not in broken:
            # An announcement has days of its own: no day may skip the time.
            daily = Schedule.model_validate({"every": "day", "at": f"{each.times[0]:%H:%M}"})
            so = "nobody would be told on that day"
            yield from skipped_faults(daily, plan.timezone, so, f"security.{path}.at")


def security_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """Scans, audits and reviews."""
    from .calendar import schedule_occasions

    security = plan.security
    if security is None:
        return
    if security.scans is not None:
        yield from schedule_occasions(
            security.scans,
            plan,
            start,
            end,
            kind="scan",
            name="security-scans",
            path="security.scans",
            says=f"Security scans of {', '.join(security.scans.of)}: the week's report",
            owner=security.scans.owner,
        )
    for name, review in security.reviews.items():
        yield from schedule_occasions(
            review,
            plan,
            start,
            end,
            kind=review.kind,
            name=name,
            path=f"security.reviews.{name}",
            says=review.means,
            owner=review.owner,
        )
