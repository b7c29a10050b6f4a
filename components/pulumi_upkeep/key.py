"""The encryption key of a component that keeps data, with a policy as narrow as works."""

from collections.abc import Callable, Sequence
from typing import Any

from . import aws, policy
from .account import Account, account_of
from .component import UpkeepComponent
from .naming import physical_name

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


def key_alias(owner: str, encrypts: str) -> str:
    """The alias of a component's key, ``alias/`` included."""
    return f"alias/{physical_name(owner, encrypts.replace(' ', '-'), limit=ALIAS_LIMIT)}"


def declare_key(
    owner: UpkeepComponent,
    encrypts: str,
    services: Sequence[str],
    *,
    protect: bool,
    retain_on_delete: bool,
    read_by_accounts: Sequence[str] = (),
    statements: Callable[[Account], Sequence[policy.Statement]] = lambda account: (),
) -> aws.kms.Key:
    """Declares a rotated key and its alias as children of ``owner``.

    encrypts   what it is for (``recovery points``): in its description and its alias
    services   the AWS services (``backup``, ``rds``) through which alone the key is used; whoever
               may use them in this account is decided by IAM policies, as everywhere
    read_by_accounts   ids of other accounts that may read with it through the same services, so
               that copies can be made there
    statements   what its policy adds: for a service that uses the key on nobody's behalf
    """
    name = f"{owner.name}-key"
    key = aws.kms.Key(
        name,
        aws.kms.KeyArgs(
            description=f"Encrypts the {encrypts} of {physical_name(owner.name)}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=account_of(owner).apply(
                lambda account: key_policy(account, services, read_by_accounts, statements(account))
            ),
        ),
        owner.child(protect=protect, retain_on_delete=retain_on_delete),
    )
    aws.kms.Alias(
        name,
        aws.kms.AliasArgs(
            name=key_alias(owner.name, encrypts),
            target_key_id=key.key_id,
        ),
        owner.child(),
    )
    return key


# What it takes to copy what a key encrypts into another account [AWS Backup, encryption of copies].
_READ = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:ReEncrypt*"]


def key_policy(
    account: Account,
    services: Sequence[str],
    read_by_accounts: Sequence[str] = (),
    statements: Sequence[policy.Statement] = (),
) -> str:
    """Administration by the account, use only through the given services; of other accounts they
    may read."""
    through: dict[str, object] = {
        "kms:ViaService": [f"{service}.*.amazonaws.com" for service in services]
    }
    root = {"AWS": account.root}
    others: list[policy.Statement] = []
    if read_by_accounts:
        them: dict[str, Any] = {
            "AWS": [f"arn:{account.partition}:iam::{each}:root" for each in read_by_accounts]
        }
        if len(read_by_accounts) == 1:
            them["AWS"] = them["AWS"][0]
        others = [
            policy.allow(
                "ReadForCopies",
                _READ,
                principal=them,
                resources=["*"],
                conditions={"StringLike": through},
            ),
            policy.allow(
                "GrantForCopies",
                ["kms:CreateGrant"],
                principal=them,
                resources=["*"],
                conditions={
                    "StringLike": through,
                    "Bool": {"kms:GrantIsForAWSResource": "true"},
                },
            ),
        ]
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
        *others,
        *statements,
    )
