"""The alarm on backups that are missing: nothing failed, and nothing was taken either.

AWS Backup counts completed jobs by vault and by kind of resource, not by tier. So silence shows
against the most frequent tier alone; the absence of a rarer one beside it is seen by nobody here.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil

import pulumi

from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Watch, declare_alarm
from ..plan.backups import Tier
from ..plan.limits import ALARM_FURTHEST_LOOK_BACK
from ..plan.words import Severity

HOUR = timedelta(hours=1)
# A day is 25 hours long once a year where clocks change.
CLOCK_CHANGE = HOUR


def look_back(tier: Tier) -> timedelta:
    """How long a vault is silent at most while the backups of a tier are well."""
    interval = tier.longest_interval
    # Periods are hours of the clock, and the last one is not over yet: one more.
    return interval + CLOCK_CHANGE + tier.complete_within + HOUR


def most_frequent(tiers: Mapping[str, Tier]) -> str | None:
    """The tier that shows first that nothing is backed up; None where no alarm looks back so far.

    Between equals it is the one whose windows are shorter, then the first by name.
    """
    seen = [(look_back(tier), name) for name, tier in tiers.items()]
    within = [each for each in seen if each[0] <= ALARM_FURTHEST_LOOK_BACK]
    return min(within)[1] if within else None


def declare_missing_backups(
    owner: UpkeepComponent,
    tier: Tier,
    vault: pulumi.Input[str],
    kinds: Mapping[str, str],
    severity: Severity,
    topics: AlertTopics,
    runbooks: str,
) -> None:
    """Declares an alarm per kind that a vault has been silent for longer than a tier may be.

    vault   name of the vault that the tier's backups go to
    kinds   ``databases`` -> what AWS Backup calls them; empty where tags choose of every kind
    """
    chosen: Sequence[str | None] = sorted(kinds) or [None]
    for kind in chosen:
        dimensions = {"BackupVaultName": vault}
        if kind is not None:
            dimensions["ResourceType"] = kinds[kind]
        of = f" of {kind.replace('_', ' ')}" if kind else ""
        watch = Watch(
            part="missing-backups" + (f"-{kind.replace('_', '-')}" if kind else ""),
            says=f"no backup{of} was completed for {physical_name(owner.name)}",
            severity=severity,
            metric=Metric("AWS/Backup", "NumberOfBackupJobsCompleted", dimensions, "Sum"),
            comparison="LessThanThreshold",
            threshold=1,
            period=HOUR,
            periods=ceil(look_back(tier) / HOUR),
            missing_data="breaching",
            runbook="missing-backups",
        )
        declare_alarm(owner, watch, topics, runbooks)
