"""``BackupVault``: where recovery points are kept, and who may not take them away."""

from typing import NotRequired, TypedDict

import pulumi
from pydantic import Field, field_validator, model_validator

from .. import aws, policy
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Topics
from ..plan.backups import Retention
from ..plan.faults import NotInWords
from ..plan.words import Later, Severity, Url, Words
from .account import Account, account_of
from .job_alerts import declare_job_alerts
from .key import declare_key

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
    """Bounds that every recovery point of the vault must keep.

    A governance lock: whoever may administer the vault can lift it again.
    """

    mode: NotRequired[str]
    """``governance`` (the default), the only mode there is."""
    keep_at_least: NotRequired[str]
    """Nothing is kept shorter, e.g. ``7 days``. At least 1 day [AWS Backup]."""
    keep_at_most: NotRequired[str]
    """Nothing is kept longer, e.g. ``1 year``. At most 36,500 days [AWS Backup]."""


class BackupVaultArgs(TypedDict):
    topics: AlertTopics
    """The SNS topic of each severity, in the vault's own region."""
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
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete vault and key. Default true."""
    retained: NotRequired[bool]
    """Whether vault and key stay in the cloud when they leave the stack. Default false: a vault
    that was left behind makes the next deployment of the same name fail; state it in accounts
    that are meant to last."""


class _Lock(Words):
    mode: str = "governance"
    keep_at_least: Retention | None = None
    keep_at_most: Retention | None = None

    @field_validator("mode")
    @classmethod
    def _only_governance(cls, mode: str) -> str:
        if mode == "compliance":
            raise NotInWords(
                "a compliance lock can never be lifted again and is not offered here",
                "write `governance`",
            )
        if mode != "governance":
            raise NotInWords("not a kind of lock", "write `governance`")
        return mode

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> "_Lock":
        low, high = self.keep_at_least, self.keep_at_most
        if low is None and high is None:
            raise NotInWords(
                "a lock without bounds locks nothing", "state keep_at_least or keep_at_most"
            )
        if low is not None and high is not None and low > high:
            raise NotInWords("keep_at_least is longer than keep_at_most", "swap them")
        return self


class _Settings(Words):
    topics: Topics
    runbooks: Url
    severity: Severity = "p1"
    administrators: list[Later] = Field(default_factory=list)
    lock: _Lock | None = None
    protected: bool = True
    retained: bool = False


class BackupVault(UpkeepComponent):
    """A backup vault with its own key, an access policy, an optional lock, and alerts on its jobs.

    The key can be used only through AWS Backup and RDS. Nobody takes recovery points away but the
    named administrators, and nobody at all copies them to another account. Backup and copy jobs
    that end without a recovery point reach the topic of the given severity.
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
        key = declare_key(self, "recovery points", ["backup", "rds"], **safe)
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
                ).apply(lambda known: vault_policy(known["account"], known["administrators"])),
            ),
            self.child(),
        )
        if settings.lock is not None:
            low, high = settings.lock.keep_at_least, settings.lock.keep_at_most
            aws.backup.VaultLockConfiguration(
                name,
                aws.backup.VaultLockConfigurationArgs(
                    backup_vault_name=vault.name,
                    min_retention_days=low.days if low else None,
                    max_retention_days=high.days if high else None,
                ),
                self.child(),
            )
        declare_job_alerts(self, vault, settings.severity, args["topics"], settings.runbooks)
        self.vault_name = vault.name
        self.vault_arn = vault.arn
        self.key_arn = key.arn
        self.register_outputs({"vaultName": vault.name, "vaultArn": vault.arn, "keyArn": key.arn})


def vault_policy(account: Account, administrators: list[str]) -> str:
    """Who may not take recovery points away, and where none may be copied to."""
    but_administrators = (
        {"ArnNotLike": {"aws:PrincipalArn": sorted(administrators)}} if administrators else None
    )
    return policy.document(
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
                    "backup:CopyTargets": (
                        f"arn:{account.partition}:backup:*:{account.id}:backup-vault:*"
                    )
                }
            },
        ),
    )
