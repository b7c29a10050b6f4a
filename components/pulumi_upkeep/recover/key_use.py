"""How the roles of AWS Backup use keys: through the services that they work for, never directly."""

from collections.abc import Sequence

from .. import policy
from ..account import Account
from ..policy import Statement


def use_keys(account: Account, services: Sequence[str], region: str = "*") -> list[Statement]:
    """Statements that allow it, of the account's keys in a region; ``*`` is any."""
    keys = [f"arn:{account.partition}:kms:{region}:{account.id}:key/*"]
    through = {"kms:ViaService": [f"{service}.{region}.amazonaws.com" for service in services]}
    return [
        policy.allow(
            "UseKeys",
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=keys,
            conditions={"StringLike": through},
        ),
        policy.allow(
            "GrantKeys",
            ["kms:CreateGrant"],
            resources=keys,
            conditions={"StringLike": through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
