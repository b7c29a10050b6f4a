"""``AirGappedVault``: a vault that is locked for good from its first minute."""

from typing import NotRequired, TypedDict

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.vault_lock import AirGapped
from ..plan.words import tell_duration
from .backup_vault import VAULT_NAME_LIMIT


class AirGappedVaultArgs(TypedDict):
    at_least: str
    """Nothing is kept shorter: whole days, at least ``7 days`` [AWS Backup]."""
    at_most: str
    """Nothing is kept longer: whole days."""
    confirm: str
    """``locked from birth``, typed by whoever knows that nothing undoes it."""
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete it. Default true."""


class _Settings(AirGapped):
    protected: bool = True


class AirGappedVault(UpkeepComponent):
    """A logically air-gapped vault: compliance-locked from birth, and under a key of AWS's own, so
    that neither an administrator nor a lost key takes away what is in it.

    Only copies go there; instances of RDS do not [AWS Backup].
    """

    vault_name: pulumi.Output[str]
    """Name of the vault."""
    vault_arn: pulumi.Output[str]
    """ARN of the vault: the destination of copies."""

    def __init__(
        self, name: str, args: AirGappedVaultArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        called = physical_name(name, limit=VAULT_NAME_LIMIT)
        pulumi.log.warn(
            f"the air-gapped vault {called} is locked from birth: nobody can delete what is copied "
            f"into it for {tell_duration(settings.at_least)} at least, nor change its bounds, not "
            "even AWS",
            self,
        )
        vault = aws.backup.LogicallyAirGappedVault(
            name,
            aws.backup.LogicallyAirGappedVaultArgs(
                name=called,
                min_retention_days=settings.at_least.days,
                max_retention_days=settings.at_most.days,
            ),
            self.child(protect=settings.protected),
        )
        self.vault_name = vault.name
        self.vault_arn = vault.arn
        self.register_outputs({"vaultName": vault.name, "vaultArn": vault.arn})
