"""What tells that a tier's backups, or their copies, are missing or late: their age.

AWS Backup counts jobs by vault, not by tier, and CloudWatch looks back 7 days at most. So a
function asks AWS Backup itself, every hour, how old the newest backup of each tier is and whether a
job has not ended that should have; the alarms compare that with the plan. It works for any interval
and for copies, and a function that says nothing is an alarm, too.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil

import pulumi

from .. import policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..function import declare_function
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Watch, declare_alarm
from ..plan.backups import Tier
from ..plan.proofs.assumptions import COPY_TO_ANOTHER_REGION
from ..plan.words import Severity, say_duration
from .missing_backups import CLOCK_CHANGE, HOUR

NAMESPACE = "Upkeep/Recovery"
BACKUPS = "backups"
# A copy has no window after which AWS Backup gives it up. Nobody promises how long it takes; what
# is under way for so long is looked at by a person.
LATE_COPY = timedelta(hours=12)
# AWS Backup lists jobs for 30 days: older copies in another account cannot be seen from here.
JOBS_LISTED = timedelta(days=30)


def late_after(tier: Tier, copied: bool) -> timedelta:
    """How old the newest backup of a tier, or its copy, is at most while all is well."""
    # Looked at every hour: one more.
    well = tier.longest_interval + CLOCK_CHANGE + tier.complete_within + HOUR
    return well + COPY_TO_ANOTHER_REGION.length if copied else well


def unseen_copies(tiers: Mapping[str, Tier]) -> list[str]:
    """Tiers whose copies in another account are too rare to be seen from here."""
    return [
        name
        for name, tier in sorted(tiers.items())
        if tier.copy_in("account") and late_after(tier, copied=True) > JOBS_LISTED
    ]


def declare_backup_ages(
    owner: UpkeepComponent,
    plan_id: pulumi.Input[str],
    plan_arn: pulumi.Input[str],
    tiers: Mapping[str, Tier],
    vault: pulumi.Input[str],
    resources: Sequence[pulumi.Input[str]],
    copies_to: Mapping[str, pulumi.Input[str]],
    severity: Severity,
    topics: AlertTopics,
    runbooks: str,
) -> None:
    """Declares the function and an alarm for each tier and each place that it is kept in.

    vault       name of the vault that the backups go to
    resources   ARNs of what is backed up; empty where tags choose
    copies_to   place -> ARN of the vault there
    """
    entry = physical_name(owner.name)
    account = account_of(owner)
    unseen = unseen_copies(tiers)
    watched = pulumi.Output.all(
        plan=plan_id, vault=vault, resources=list(resources), copies=dict(copies_to)
    ).apply(
        lambda known: {
            "entry": entry,
            "plan": known["plan"],
            "vault": known["vault"],
            "resources": sorted(arn for arn in known["resources"] if "*" not in arn),
            "late_after": LATE_COPY / HOUR,
            "tiers": {
                name: {
                    "complete_within": tier.complete_within / HOUR,
                    "copies": {
                        copy.to: {
                            "vault": known["copies"][copy.to],
                            "listed": copy.to != "account",
                        }
                        for copy in sorted(tier.copies, key=lambda copy: copy.to)
                        if not (copy.to == "account" and name in unseen)
                    },
                }
                for name, tier in sorted(tiers.items())
            },
        }
    )
    declare_function(
        owner,
        "ages",
        package="backup_ages",
        says=f"Publishes how old the newest backups of {entry} are, and what is late",
        environment={"WATCHED": pulumi.Output.json_dumps(watched, sort_keys=True)},
        statements=[
            policy.allow(
                "ReadPlan",
                ["backup:GetBackupPlan", "backup:ListBackupPlanVersions"],
                resources=[plan_arn],
            ),
            pulumi.Output.all(account=account, vault=vault, copies=dict(copies_to)).apply(
                lambda known: policy.allow(
                    "ListRecoveryPoints",
                    ["backup:ListRecoveryPointsByBackupVault"],
                    resources=_vaults(known["account"], known["vault"], known["copies"]),
                )
            ),
            # Lists, which no resource can be named for.
            policy.allow(
                "ListJobs", ["backup:ListBackupJobs", "backup:ListCopyJobs"], resources=["*"]
            ),
            policy.publish_figures(NAMESPACE),
        ],
        timeout=timedelta(minutes=2),
        topics=topics,
        severity=severity,
        runbooks=runbooks,
        runbook="missing-backups",
        schedule="rate(1 hour)",
    )
    for watch in age_watches(entry, tiers, severity):
        declare_alarm(owner, watch, topics, runbooks)


def _vaults(account: Account, vault: str, copies: Mapping[str, str]) -> list[str]:
    own = f"arn:{account.partition}:backup:*:{account.id}:backup-vault:{vault}"
    return sorted([own, *(arn for place, arn in copies.items() if place != "account")])


def age_watches(entry: str, tiers: Mapping[str, Tier], severity: Severity) -> list[Watch]:
    """The alarms: one for each tier and place, and one on what does not end."""
    watches = []
    unseen = unseen_copies(tiers)
    for name, tier in sorted(tiers.items()):
        places = [BACKUPS, *sorted(copy.to for copy in tier.copies)]
        for place in places:
            if place == "account" and name in unseen:
                continue
            limit = late_after(tier, copied=place != BACKUPS)
            what = "backup" if place == BACKUPS else f"copy in `{place}`"
            watches.append(
                Watch(
                    part=f"age-{name}-{place.replace('_', '-')}",
                    says=(
                        f"the newest {what} of tier `{name}` of {entry} is older than "
                        f"{say_duration(limit)}"
                    ),
                    severity=severity,
                    metric=Metric(
                        NAMESPACE,
                        "BackupAge",
                        {"Entry": entry, "Place": place, "Tier": name},
                        "Maximum",
                    ),
                    threshold=float(ceil(limit / HOUR)),
                    period=HOUR,
                    periods=2,
                    # Published every hour: silence is the function's, and nobody knows then.
                    missing_data="breaching",
                    runbook="missing-backups",
                )
            )
    watches.append(
        Watch(
            part="late-jobs",
            says=f"a backup or a copy of {entry} has not ended and should have",
            severity=severity,
            metric=Metric(NAMESPACE, "LateJobs", {"Entry": entry}, "Maximum"),
            threshold=0,
            period=HOUR,
            periods=2,
            # The ages tell of a function that says nothing.
            missing_data="notBreaching",
            runbook="late-backups",
        )
    )
    return watches
