"""The role that AWS Backup takes when a runbook restores a database: to new instances of the
runbook's own names, never onto one that exists.

The actions are those of AWS's managed policy for restores (AWSBackupServiceRolePolicyForRestores),
cut down to a database's snapshots.
"""

from ... import policy
from ...account import Account
from ..key_use import use_keys

# What the script `restore_newest` calls what it restores.
MADE = "*-restored-*"


def permissions(account: Account, region: str, subnet_group: str) -> str:
    """What the role may do, in the region that it restores in."""
    rds = f"arn:{account.partition}:rds:{region}:{account.id}"
    return policy.document(
        policy.allow(
            # Reads, of lists that AWS Backup filters itself.
            "FindDatabases",
            ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:ListTagsForResource"],
            resources=["*"],
        ),
        policy.allow(
            "RestoreBeside",
            ["rds:AddTagsToResource", "rds:RestoreDBInstanceFromDBSnapshot"],
            resources=[
                f"{rds}:db:{MADE}",
                f"{rds}:og:*",
                f"{rds}:pg:*",
                f"{rds}:snapshot:awsbackup:*",
                f"{rds}:subgrp:{subnet_group}",
            ],
        ),
        *use_keys(account, ["backup", "rds"], region),
    )
