"""Who may do what so that servers are patched: the statements, as plain data.

Sources: AWS Systems Manager User Guide, "SSM Agent communications with AWS managed S3 buckets";
the managed policy AmazonSSMManagedInstanceCore, cut down to what Patch Manager takes.
"""

from .. import policy
from ..account import Account
from ..policy import Statement

DOCUMENT = "AWS-RunPatchBaseline"
_BE_PATCHED = [
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:PutComplianceItems",
    "ssm:PutInventory",
    "ssm:UpdateInstanceInformation",
]


def server_permissions(account: Account) -> str:
    """What a server may do so that it can be patched, beside what Systems Manager takes anyway."""
    return policy.document(
        policy.allow("BePatched", _BE_PATCHED, resources=["*"]),
        # Where Patch Manager keeps its code and what a baseline approves.
        policy.allow(
            "ReadPatchManager",
            ["s3:GetObject"],
            resources=[
                f"arn:{account.partition}:s3:::aws-patch-manager-*/*",
                f"arn:{account.partition}:s3:::aws-ssm-*/*",
                f"arn:{account.partition}:s3:::patch-baseline-snapshot-*/*",
            ],
        ),
    )


def run_document(account: Account) -> Statement:
    """What a window's task sends: this document, and no other."""
    return policy.allow(
        "RunDocument",
        ["ssm:SendCommand"],
        resources=[f"arn:{account.partition}:ssm:*::document/{DOCUMENT}"],
    )


def on_servers(account: Account) -> Statement:
    """Whom it sends it to: servers that auto scaling started."""
    return policy.allow(
        "OnServers",
        ["ssm:SendCommand"],
        resources=[f"arn:{account.partition}:ec2:*:{account.id}:instance/*"],
        conditions={"StringLike": {"ssm:resourceTag/aws:autoscaling:groupName": "*"}},
    )


def follow_commands() -> Statement:
    """How a window knows what became of it, and stops it when it closes."""
    return policy.allow(
        "FollowCommands",
        [
            "ssm:CancelCommand",
            "ssm:GetCommandInvocation",
            "ssm:ListCommandInvocations",
            "ssm:ListCommands",
        ],
        resources=["*"],
    )


def look() -> Statement:
    """What the function reads that says which servers lack patches."""
    return policy.allow(
        "Look",
        [
            "autoscaling:DescribeAutoScalingGroups",
            "ec2:DescribeInstances",
            "ssm:DescribeInstancePatchStates",
            "ssm:ListCommands",
        ],
        resources=["*"],
    )


def remember(account: Account, prefix: str) -> Statement:
    """Where it keeps what it found the day before: parameters below ``prefix``."""
    return policy.allow(
        "Remember",
        ["ssm:GetParameter", "ssm:PutParameter"],
        resources=[f"arn:{account.partition}:ssm:*:{account.id}:parameter{prefix}/*"],
    )
