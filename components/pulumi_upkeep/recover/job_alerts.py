"""Alerts on the jobs of a backup vault, as EventBridge reports them."""

import json

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics
from ..observe.runbook import runbook_page
from ..plan.words import Severity

# EventBridge: a rule's name has at most 64 characters.
RULE_NAME_LIMIT = 64

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
    topic = topics[severity]
    _declare(
        owner,
        "backup-jobs",
        detail_type="Backup Job State Change",
        of_vault=vault.arn.apply(lambda arn: {"backupVaultArn": [arn]}),
        losses=BACKUP_JOB_LOSSES,
        topic=topic,
        message=_message(severity, "a backup", "backup-jobs", runbooks),
    )
    _declare(
        owner,
        "copy-jobs",
        detail_type="Copy Job State Change",
        of_vault=vault.arn.apply(lambda arn: {"sourceBackupVaultArn": [arn]}),
        losses=COPY_JOB_LOSSES,
        topic=topic,
        message=_message(severity, "a copy of a backup", "copy-jobs", runbooks),
    )


def _declare(
    owner: UpkeepComponent,
    part: str,
    *,
    detail_type: str,
    of_vault: pulumi.Output[dict[str, list[str]]],
    losses: list[str],
    topic: pulumi.Input[str],
    message: str,
) -> None:
    name = f"{owner.name}-{part}"
    rule = aws.cloudwatch.EventRule(
        name,
        aws.cloudwatch.EventRuleArgs(
            name=physical_name(owner.name, part, limit=RULE_NAME_LIMIT),
            description=f"{detail_type}: {', '.join(losses)}",
            event_pattern=of_vault.apply(
                lambda vault: json.dumps(
                    {
                        "source": ["aws.backup"],
                        "detail-type": [detail_type],
                        "detail": {**vault, "state": losses},
                    }
                )
            ),
        ),
        owner.child(),
    )
    aws.cloudwatch.EventTarget(
        name,
        aws.cloudwatch.EventTargetArgs(
            rule=rule.name,
            target_id="alert",
            arn=topic,
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths={
                    "reason": "$.detail.statusMessage",
                    "resource": "$.detail.resourceArn",
                    "state": "$.detail.state",
                    "time": "$.time",
                },
                input_template=json.dumps(message),
            ),
        ),
        owner.child(),
    )


def _message(severity: Severity, what: str, part: str, runbooks: str) -> str:
    return (
        f"{severity.upper()}: {what} of <resource> ended as <state> at <time>: <reason> "
        f"Runbook: {runbook_page(runbooks, part)}"
    )
