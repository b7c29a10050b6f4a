"""``BackupVault``: where recovery points are kept, and who may not take them away."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, NotRequired, TypedDict

import pulumi
from pydantic import Field, StringConstraints

from .. import aws, policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..key import declare_key
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Topics
from ..plan.vault_lock import VaultLock
from ..plan.words import Later, Severity, Url, Words, say_duration
from .job_alerts import declare_job_alerts

# AWS Backup: a vault's name has 2 to 50 letters, digits, hyphens and underscores.
VAULT_NAME_LIMIT = 50

# What only administrators may do to what is already kept.
_TAKE_AWAY = [
    "backup:DeleteRecoveryPoint",
    "backup:DisassociateRecoveryPoint",
    "backup:DisassociateRecoveryPointFromParent",
    "backup:UpdateRecoveryPointLifecycle",
]
# What would open the door again; denied only where somebody is named who still can.
_UNLOCK = [
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
]


class BackupVaultLock(TypedDict):
    """Bounds that every recovery point of the vault must keep."""

    mode: NotRequired[str]
    """``governance`` (the default): whoever may administer the vault can lift it again. Or
    ``compliance``: after ``grace`` nobody can, and nothing is deleted before it expires."""
    at_least: NotRequired[str]
    """Nothing is kept shorter, e.g. ``7 days``. At least 1 day [AWS Backup]."""
    at_most: NotRequired[str]
    """Nothing is kept longer, e.g. ``1 year``. At most 36,500 days [AWS Backup]."""
    grace: NotRequired[str]
    """With ``compliance``: how long the lock can still be lifted, at least 3 days [AWS Backup]."""


class BackupVaultArgs(TypedDict):
    topics: NotRequired[AlertTopics]
    """The SNS topic of each severity, in the vault's own region and account. Without them nobody is
    told of jobs that begin here: right for a vault of another account, where none begin."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/backup-jobs``."""
    severity: NotRequired[str]
    """Severity of a backup or copy that failed, expired or was stopped: p0 to p3. Default p1."""
    administrators: NotRequired[list[pulumi.Input[str]]]
    """ARNs of the IAM roles that may delete recovery points, change how long they are kept, and
    change this vault's policy and lock; a ``*`` stands for any text. Without any, nobody may
    delete or shorten, and whoever may change the policy can still let somebody in."""
    lock: NotRequired[BackupVaultLock]
    """Bounds on how long anything is kept. Without it, every retention is taken."""
    copied_from: NotRequired[list[str]]
    """Ids of other accounts whose AWS Backup may copy into this vault. Default: none."""
    copied_to: NotRequired[list[str]]
    """Ids of other accounts that recovery points may be copied to, and that may read the key for
    it. Default: none, and then nothing leaves the account."""
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete vault and key. Default true."""
    retained: NotRequired[bool]
    """Whether vault and key stay in the cloud when they leave the stack. Default false: a vault
    that was left behind makes the next deployment of the same name fail; state it in accounts
    that are meant to last."""


AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]


class _Settings(Words):
    topics: Topics | None = None
    runbooks: Url
    severity: Severity = "p1"
    administrators: list[Later] = Field(default_factory=list)
    lock: VaultLock | None = None
    copied_from: list[AccountId] = Field(default_factory=list)
    copied_to: list[AccountId] = Field(default_factory=list)
    protected: bool = True
    retained: bool = False


class BackupVault(UpkeepComponent):
    """A backup vault with its own key, an access policy, an optional lock, and alerts on its jobs.

    The key can be used only through AWS Backup and RDS. Nobody takes recovery points away but the
    named administrators, and nobody copies them to an account that is not named. Backup and copy
    jobs that end without a recovery point reach the topic of the given severity.
    """

    vault_name: pulumi.Output[str]
    """Name of the vault, as backup plans take it."""
    vault_arn: pulumi.Output[str]
    """ARN of the vault: the destination of copies from elsewhere."""
    key_arn: pulumi.Output[str]
    """ARN of the key that encrypts what is kept here."""

    def __init__(
        self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        safe = {"protect": settings.protected, "retain_on_delete": settings.retained}
        key = declare_key(
            self,
            "recovery points",
            ["backup", "rds"],
            protect=settings.protected,
            retain_on_delete=settings.retained,
            read_by_accounts=sorted(settings.copied_to),
        )
        vault = aws.backup.Vault(
            name,
            aws.backup.VaultArgs(
                name=physical_name(name, limit=VAULT_NAME_LIMIT),
                kms_key_arn=key.arn,
            ),
            self.child(**safe),
        )
        aws.backup.VaultPolicy(
            name,
            aws.backup.VaultPolicyArgs(
                backup_vault_name=vault.name,
                policy=pulumi.Output.all(
                    account=account_of(self), administrators=settings.administrators
                ).apply(
                    lambda known: vault_policy(
                        known["account"],
                        known["administrators"],
                        copied_from=sorted(settings.copied_from),
                        copied_to=sorted(settings.copied_to),
                    )
                ),
            ),
            self.child(),
        )
        if settings.lock is not None:
            self._lock(vault, settings.lock)
        if settings.topics is not None:
            declare_job_alerts(self, vault, settings.severity, args["topics"], settings.runbooks)
        self.vault_name = vault.name
        self.vault_arn = vault.arn
        self.key_arn = key.arn
        self.register_outputs({"vaultName": vault.name, "vaultArn": vault.arn, "keyArn": key.arn})

    def _lock(self, vault: aws.backup.Vault, lock: VaultLock) -> None:
        low, high, grace = lock.at_least, lock.at_most, lock.grace
        if grace is not None:
            last = datetime.now(UTC).date() + grace
            pulumi.log.warn(
                f"the compliance lock of {physical_name(self.name, limit=VAULT_NAME_LIMIT)} can be "
                f"lifted for {say_duration(grace)} after it is made: if that is today, nobody can "
                f"undo it after {last.isoformat()}, not even AWS; nothing in the vault can then be "
                "deleted before it expires",
                self,
            )
        aws.backup.VaultLockConfiguration(
            self.name,
            aws.backup.VaultLockConfigurationArgs(
                backup_vault_name=vault.name,
                changeable_for_days=grace.days if grace else None,
                min_retention_days=low.days if low else None,
                max_retention_days=high.days if high else None,
            ),
            self.child(),
        )


def vault_policy(
    account: Account,
    administrators: Sequence[str],
    *,
    copied_from: Sequence[str] = (),
    copied_to: Sequence[str] = (),
) -> str:
    """Who may not take recovery points away, and between which accounts they may be copied."""
    but_administrators = (
        {"ArnNotLike": {"aws:PrincipalArn": sorted(administrators)}} if administrators else None
    )
    let_in = [
        policy.allow(
            f"CopiedFrom{other}",
            ["backup:CopyIntoBackupVault"],
            principal={"AWS": f"arn:{account.partition}:iam::{other}:root"},
            resources=["*"],
        )
        for other in copied_from
    ]
    vaults = [
        f"arn:{account.partition}:backup:*:{each}:backup-vault:*"
        for each in (account.id, *copied_to)
    ]
    return policy.document(
        *let_in,
        policy.deny(
            "KeepWhatIsKept",
            _TAKE_AWAY + (_UNLOCK if administrators else []),
            principal="*",
            resources=["*"],
            conditions=but_administrators,
        ),
        policy.deny(
            "StayInTheAccount",
            ["backup:CopyFromBackupVault"],
            principal="*",
            resources=["*"],
            conditions={
                "ForAnyValue:ArnNotLike": {
                    "backup:CopyTargets": vaults if copied_to else vaults[0],
                }
            },
        ),
    )
