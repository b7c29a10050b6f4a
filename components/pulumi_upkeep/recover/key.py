"""The encryption key of a component that keeps data, with a policy as narrow as works."""

from collections.abc import Sequence

from .. import aws, policy
from ..component import UpkeepComponent
from ..naming import physical_name
from .account import Account, account_of

# KMS: an alias has at most 256 characters, `alias/` included.
ALIAS_LIMIT = 256 - len("alias/")
# The longest that KMS grants: whoever deletes a key deletes what it encrypts.
DELETION_WINDOW_DAYS = 30

# What the account's administrators may do with the key. They cannot read with it.
_ADMINISTER = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
]
_USE = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
]


def declare_key(
    owner: UpkeepComponent,
    encrypts: str,
    services: Sequence[str],
    *,
    protect: bool,
    retain_on_delete: bool,
) -> aws.kms.Key:
    """Declares a rotated key and its alias as children of ``owner``.

    encrypts   what it is for (``recovery points``): in its description and its alias
    services   the AWS services (``backup``, ``rds``) through which alone the key is used; whoever
               may use them in this account is decided by IAM policies, as everywhere
    """
    name = f"{owner.name}-key"
    alias = physical_name(owner.name, encrypts.replace(" ", "-"), limit=ALIAS_LIMIT)
    key = aws.kms.Key(
        name,
        aws.kms.KeyArgs(
            description=f"Encrypts the {encrypts} of {physical_name(owner.name)}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=account_of(owner).apply(lambda account: key_policy(account, services)),
        ),
        owner.child(protect=protect, retain_on_delete=retain_on_delete),
    )
    aws.kms.Alias(
        name,
        aws.kms.AliasArgs(
            name=f"alias/{alias}",
            target_key_id=key.key_id,
        ),
        owner.child(),
    )
    return key


def key_policy(account: Account, services: Sequence[str]) -> str:
    """Administration by the account, use only through the given services."""
    through: dict[str, object] = {
        "kms:ViaService": [f"{service}.*.amazonaws.com" for service in services]
    }
    root = {"AWS": account.root}
    return policy.document(
        policy.allow("Administer", _ADMINISTER, principal=root, resources=["*"]),
        policy.allow(
            "UseThroughServices",
            _USE,
            principal=root,
            resources=["*"],
            conditions={"StringLike": through},
        ),
        policy.allow(
            "GrantToServices",
            ["kms:CreateGrant"],
            principal=root,
            resources=["*"],
            conditions={
                "StringLike": through,
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
    )
