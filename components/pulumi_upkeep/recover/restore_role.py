"""The role that AWS Backup takes for restore tests: into the isolated network, and nowhere else.

The actions are those of AWS's managed policies for restores (AWSBackupServiceRolePolicyForRestores
and ...ForS3Restore), cut down to the kind that is restored.
"""

from .. import policy
from ..account import Account
from ..policy import Statement
from .key_use import use_keys

# What restore testing calls everything that it makes [AWS Backup, inferred metadata].
MADE = "awsbackup-restore-test-*"


def permissions(account: Account, kind: str, subnet_group: str | None) -> str:
    """What the role may do.

    kind           ``database`` or ``bucket``
    subnet_group   the only one that a database may be restored into
    """
    if kind == "database":
        statements, services = _databases(account, str(subnet_group)), ["backup", "rds"]
    else:
        statements, services = _buckets(account), ["backup", "s3"]
    return policy.document(*statements, *use_keys(account, services))


def _databases(account: Account, subnet_group: str) -> list[Statement]:
    rds = f"arn:{account.partition}:rds:*:{account.id}"
    return [
        policy.allow(
            # Reads, of lists that AWS Backup filters itself.
            "FindDatabases",
            [
                "rds:DescribeDBInstanceAutomatedBackups",
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
                "rds:ListTagsForResource",
            ],
            resources=["*"],
        ),
        policy.allow(
            "RestoreIntoIsolation",
            [
                "rds:AddTagsToResource",
                "rds:RestoreDBInstanceFromDBSnapshot",
                "rds:RestoreDBInstanceToPointInTime",
            ],
            resources=[
                f"{rds}:auto-backup:*",
                f"{rds}:db:{MADE}",
                f"{rds}:og:*",
                f"{rds}:pg:*",
                f"{rds}:snapshot:awsbackup:*",
                f"{rds}:subgrp:{subnet_group}",
            ],
        ),
        policy.allow(
            # Restoring to a moment names the instance whose past it is.
            "RestorePast",
            ["rds:RestoreDBInstanceToPointInTime"],
            resources=[f"{rds}:db:*"],
        ),
        policy.allow("DeleteCopies", ["rds:DeleteDBInstance"], resources=[f"{rds}:db:{MADE}"]),
    ]


def _buckets(account: Account) -> list[Statement]:
    bucket = f"arn:{account.partition}:s3:::{MADE}"
    return [
        policy.allow(
            "RestoreIntoNewBuckets",
            [
                "s3:CreateBucket",
                "s3:GetBucketLocation",
                "s3:GetBucketOwnershipControls",
                "s3:GetBucketVersioning",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketVersioning",
            ],
            resources=[bucket],
        ),
        policy.allow(
            "RestoreObjects",
            [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:PutObjectTagging",
            ],
            resources=[f"{bucket}/*"],
        ),
    ]
