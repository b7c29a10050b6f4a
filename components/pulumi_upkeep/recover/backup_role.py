"""The role that AWS Backup takes for a plan: what the selected kinds need, and nothing else.

The actions are those of AWS's managed policies for backups (AWSBackupServiceRolePolicyForBackup
and ...ForS3Backup), cut down to the kinds in use and to the things that are backed up. Restoring
is another job with another role.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import policy
from ..account import Account
from ..policy import Statement
from .key_use import use_keys


@dataclass(frozen=True)
class Selected:
    """What a plan backs up, as ARNs by kind; an ARN may hold ``*``."""

    databases: Sequence[str] = ()
    buckets: Sequence[str] = ()
    file_systems: Sequence[str] = ()


def trust(account: Account) -> str:
    """Only AWS Backup takes the role, and only on behalf of this account."""
    return policy.trust("TakenByBackup", "backup.amazonaws.com", account.id)


def permissions(
    account: Account,
    vault_name: str,
    selected: Selected,
    copies_to: Sequence[str],
    continuous: bool,
) -> str:
    """What the role may do.

    copies_to    ARNs of the vaults that copies go to
    continuous   whether there is continuous backup, which changes the instance's own settings
    """
    backup = f"arn:{account.partition}:backup:*:{account.id}"
    statements = [
        policy.allow("FindTagged", ["tag:GetResources"], resources=["*"]),
        policy.allow(
            "UseVault",
            ["backup:DescribeBackupVault"],
            resources=[f"{backup}:backup-vault:{vault_name}"],
        ),
        policy.allow(
            "TagRecoveryPoints", ["backup:TagResource"], resources=[f"{backup}:recovery-point:*"]
        ),
    ]
    if copies_to:
        statements.append(
            policy.allow(
                "CopyInto",
                ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
                resources=sorted(copies_to),
            )
        )
    services = ["backup"]
    if selected.databases:
        services.append("rds")
        statements += _databases(account, selected.databases, continuous)
    if selected.buckets:
        services.append("s3")
        statements += _buckets(account, selected.buckets)
    if selected.file_systems:
        services.append("elasticfilesystem")
        statements.append(
            policy.allow(
                "BackUpFileSystems",
                ["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"],
                resources=sorted(selected.file_systems),
            )
        )
    statements += use_keys(account, services)
    return policy.document(*statements)


def _databases(account: Account, arns: Sequence[str], continuous: bool) -> list[Statement]:
    rds = f"arn:{account.partition}:rds:*:{account.id}"
    snapshots = f"{rds}:snapshot:awsbackup:*"
    statements = [
        policy.allow(
            # Reads, of lists that AWS Backup filters itself.
            "FindDatabases",
            ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots"],
            resources=["*"],
        ),
        policy.allow(
            "BackUpDatabases",
            ["rds:AddTagsToResource", "rds:CreateDBSnapshot", "rds:ListTagsForResource"],
            resources=[*sorted(arns), snapshots],
        ),
        policy.allow(
            "KeepSnapshots",
            ["rds:CopyDBSnapshot", "rds:DeleteDBSnapshot"],
            resources=[snapshots],
        ),
    ]
    if continuous:
        statements += [
            policy.allow(
                "BackUpDatabasesContinuously", ["rds:ModifyDBInstance"], resources=sorted(arns)
            ),
            policy.allow(
                "ExpireContinuousBackups",
                ["rds:DeleteDBInstanceAutomatedBackup"],
                resources=[f"{rds}:auto-backup:*"],
            ),
        ]
    return statements


def _buckets(account: Account, arns: Sequence[str]) -> list[Statement]:
    return [
        policy.allow(
            "FindBuckets",
            ["cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets"],
            resources=["*"],
        ),
        policy.allow(
            "BackUpBuckets",
            [
                "s3:GetBucketAcl",
                "s3:GetBucketLocation",
                "s3:GetBucketNotification",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetInventoryConfiguration",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:PutBucketNotification",
                "s3:PutInventoryConfiguration",
            ],
            resources=sorted(arns),
        ),
        policy.allow(
            "BackUpObjects",
            [
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
            ],
            resources=[f"{arn}/*" for arn in sorted(arns)],
        ),
        # AWS Backup follows a bucket's changes by rules of its own.
        policy.allow(
            "FollowBuckets",
            [
                "events:DeleteRule",
                "events:DescribeRule",
                "events:DisableRule",
                "events:EnableRule",
                "events:ListTargetsByRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
            ],
            resources=[f"arn:{account.partition}:events:*:{account.id}:rule/AwsBackupManagedRule*"],
        ),
    ]
