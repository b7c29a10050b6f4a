"""Alerts on the jobs of a backup vault, as EventBridge reports them."""

from .. import aws
from ..component import UpkeepComponent
from ..observe.alarm import AlertTopics
from ..observe.event_alert import declare_event_alert
from ..plan.words import Severity

# Every state in which a job has ended without a whole recovery point.
#   FAILED   tried and refused      EXPIRED  not started within its start window, or not complete
#   ABORTED  stopped by somebody    PARTIAL  some parts are missing
# [AWS Backup API: BackupJob, CopyJob]
BACKUP_JOB_LOSSES = ["ABORTED", "EXPIRED", "FAILED", "PARTIAL"]
COPY_JOB_LOSSES = ["FAILED", "PARTIAL"]


def declare_job_alerts(
    owner: UpkeepComponent,
    vault: aws.backup.Vault,
    severity: Severity,
    topics: AlertTopics,
    runbooks: str,
) -> None:
    """Declares a rule each for backup and copy jobs that start from the vault."""
    for part, what, detail_type, of_vault, losses in (
        (
            "backup-jobs",
            "a backup",
            "Backup Job State Change",
            "backupVaultArn",
            BACKUP_JOB_LOSSES,
        ),
        (
            "copy-jobs",
            "a copy of a backup",
            "Copy Job State Change",
            "sourceBackupVaultArn",
            COPY_JOB_LOSSES,
        ),
    ):
        declare_event_alert(
            owner,
            part,
            says=f"{detail_type}: {', '.join(losses)}",
            events={
                "source": ["aws.backup"],
                "detail-type": [detail_type],
                "detail": {of_vault: [vault.arn], "state": losses},
            },
            fields={
                "reason": "$.detail.statusMessage",
                "resource": "$.detail.resourceArn",
                "state": "$.detail.state",
                "time": "$.time",
            },
            message=f"{what} of <resource> ended as <state> at <time>: <reason>",
            severity=severity,
            topics=topics,
            runbooks=runbooks,
            runbook=part,
        )
