"""Findings: what the proofs have to say of a plan that can be read.

A refused finding stops a deployment; a noted one is shown, until the plan accepts it with a reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .accepted import Acceptance
from .faults import Fault

# Every code there is, and what it means. Refused ones cannot be accepted.
REFUSED = {
    "objective-missed": "a promise (RPO or RTO) that what is declared cannot keep",
    "retention-missed": "a promise of retention that what is declared cannot keep",
    "backup-lost-to-overlap": "start windows overlap, and a backup that is needed is not taken",
    "two-continuous-backups": "point in time of one thing in two entries: two owners of retention",
    "replica-of-a-source-without-backups": "RDS refuses a replica of a source without backups",
    "bucket-without-versions": "AWS Backup and replication refuse a bucket without versioning",
    "too-many-replicas": "more replicas of one source than its engine allows",
    "measured-in-the-future": "a measurement of a day that is still to come",
    "cluster-replicated-elsewhere": "a replica in another region of a Multi-AZ cluster",
    "two-writers": "two members of one database take writes: a P0",
    "writer-differs": "another member takes the writes than the plan says",
    "no-writer": "no member of a database takes writes",
    "old-primary-as-replica": "what was promoted once would have to follow again",
    "retired-but-followed": "a member is retired that another one still follows",
    "p0-reaches-nobody-in-time": "a P0 at which no phone rings before somebody has to answer",
    "not-covered": "a service that lacks something every service must have",
    "windows-overlap": "two maintenance windows are open at one time",
    "window-never-opens": "each opening of the next year is cancelled",
}
NOTED = {
    "backup-in-window": "a backup of a database starts within a maintenance window",
    "backup-skipped-on-clock-change": "a backup's time does not exist on one day of the year",
    "backup-taken-by-another-tier": "two tiers run at one time, and one backup serves both",
    "backup-near-database-maintenance": "RDS's own maintenance window keeps a backup from starting",
    "database-maintenance-outside-windows": "RDS's own maintenance window is in none of the plan's",
    "backup-ends-before-the-next": "a tier's backups expire before its next one is taken",
    "vault-locked-for-good": "a lock that nobody can lift once its time of grace is over",
    "not-backed-up": "a database or bucket of the estate that no backup protects",
    "primary-without-multi-az": "a database without a standby in a second zone",
    "servers-in-one-zone": "a group of servers that may use one zone only",
    "failure-not-promised": "a failure that a class of data or functions promises nothing for",
    "critical-rests-on-assumption": "a critical promise that rests on what nobody has measured",
    "missed-while-failed-over": "a promise that is not kept while the recovery region writes",
    "measured-long-ago": "a measurement that is more than a year old",
    "successor-without-multi-az": "what takes over would have no standby in a second zone",
    "nobody-takes-over": "the successor takes the writes, and no other one is named yet",
    "follows-an-old-primary": "a replica whose source no longer takes writes",
    "quiet-ends-before-window": "alerts ring while a window is open, when the clocks change",
    "quiet-outlasts-window": "alerts stay quiet after a window closed, when the clocks change",
    "quiet-skipped-on-clock-change": "a window opens at a time that does not exist on one day",
    "release-held-back": "a freeze of the company's covers a planned release",
    "in-window": "a drill, a test, a scan, a review or an audit falls into a maintenance window",
    "window-longer-than-counted": "a window lasts longer than counted, when the clocks change",
    "window-shorter-than-counted": "a window is over sooner than counted, when the clocks change",
    "window-skipped-on-clock-change": "Systems Manager is told a time that one day does not have",
    "window-exception-over": "an opening that was cancelled or moved more than a year ago",
    "tuned-and-over": "a tuned alert whose last day is over",
    "exemption-ends-soon": "a service's exemption ends within a fortnight",
    "exemption-unused": "a service is exempt from what it has",
    "p0-alarms-ring-no-phone": "alarms of a P0 that is answered in business hours reach no phone",
    "p1-reaches-nobody-in-time": "a P1 at which no phone rings before somebody has to answer",
    "paged-without-phone": "somebody is paged at any hour, and the plan names no number of theirs",
    "escalates-after-target": "a severity whose next step or tier is asked when its time is over",
    "holiday-over": "a holiday of a year that is over",
    "holidays-run-out": "no holiday is named after the next weeks",
    "care-on-checked-table": "rows go from a table that a restore test expects rows of",
    "care-rests-while-failed-over": "no care of a database while the recovery region writes",
    "accepted-but-unused": "an accepted finding that there is none of any more",
}


@dataclass(frozen=True, order=True)
class Finding:
    """One thing the proofs found.

    code      one of ``REFUSED`` or ``NOTED``
    at        where in the plan, e.g. ``backups.database.tiers.daily``
    says      what is so, with its figures, in one line
    remedy    what would do; empty where only a person can know
    because   the reason the plan accepts it with; empty where it does not
    """

    code: str
    at: str
    says: str
    remedy: str = ""
    because: str = ""

    @property
    def refused(self) -> bool:
        """Whether it stops a deployment."""
        return self.code in REFUSED

    @property
    def accepted(self) -> bool:
        """Whether the plan accepts it."""
        return bool(self.because)

    @property
    def state(self) -> Literal["refused", "accepted", "noted"]:
        """In a word."""
        return "refused" if self.refused else "accepted" if self.accepted else "noted"

    def as_fault(self) -> Fault:
        """A refused finding as what stops a deployment."""
        return Fault(self.at, self.says, None, self.remedy)

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.at}: {self.says}{remedy} [{self.code}]"


# Findings that only the cloud's facts can show.
OF_FACTS = frozenset(
    {"primary-without-multi-az", "servers-in-one-zone", "backup-near-database-maintenance"}
    | {"follows-an-old-primary", "database-maintenance-outside-windows"}
)


def with_acceptances(
    findings: Iterable[Finding], accepted: Sequence[Acceptance], facts_known: bool
) -> list[Finding]:
    """The findings, with the reasons of the accepted ones, and each acceptance that is unused.

    What needs facts of the cloud is not called unused while they are not known.
    """
    reasons = {(entry.finding, entry.at): entry.because for entry in accepted}
    result, used = [], set()
    for finding in findings:
        key = (finding.code, finding.at)
        if key in reasons and not finding.refused:
            used.add(key)
            finding = Finding(finding.code, finding.at, finding.says, finding.remedy, reasons[key])
        result.append(finding)
    for index, entry in enumerate(accepted):
        # An unknown or a refused code is a fault of its own.
        can_be_known = entry.finding in NOTED and (facts_known or entry.finding not in OF_FACTS)
        if can_be_known and (entry.finding, entry.at) not in used:
            says = f"accepts `{entry.finding}` at {entry.at}, and there is none"
            result.append(
                Finding("accepted-but-unused", f"accepted.{index}", says, "leave the entry out")
            )
    return sorted(set(result))
