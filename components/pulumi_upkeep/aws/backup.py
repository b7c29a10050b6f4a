"""AWS Backup: vaults, plans and what they back up. Times are minutes, retentions are days."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class PlanRuleCopyActionLifecycleArgs:
    """How long a copy is kept."""

    cold_storage_after: pulumi.Input[int | None] = None
    delete_after: pulumi.Input[int | None] = None


@arguments
class PlanRuleCopyActionArgs:
    """A copy of each backup in another vault."""

    destination_vault_arn: pulumi.Input[str]
    lifecycle: pulumi.Input[PlanRuleCopyActionLifecycleArgs | None] = None


@arguments
class PlanRuleLifecycleArgs:
    """How long a backup is kept."""

    cold_storage_after: pulumi.Input[int | None] = None
    delete_after: pulumi.Input[int | None] = None


@arguments
class PlanRuleArgs:
    """Backups on one schedule."""

    rule_name: pulumi.Input[str]
    target_vault_name: pulumi.Input[str]
    completion_window: pulumi.Input[int | None] = None
    copy_actions: pulumi.Input[Sequence[pulumi.Input[PlanRuleCopyActionArgs]] | None] = None
    enable_continuous_backup: pulumi.Input[bool | None] = None
    lifecycle: pulumi.Input[PlanRuleLifecycleArgs | None] = None
    recovery_point_tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    schedule: pulumi.Input[str | None] = None
    """``cron(...)``, in the time zone."""
    schedule_expression_timezone: pulumi.Input[str | None] = None
    start_window: pulumi.Input[int | None] = None
    """At least 60."""


@arguments
class PlanArgs:
    """A plan of one or more rules."""

    rules: pulumi.Input[Sequence[pulumi.Input[PlanRuleArgs]]]
    name: pulumi.Input[str | None] = None


class Plan(Resource[PlanArgs], token="aws:backup/plan:Plan"):
    """A backup plan."""

    arn: pulumi.Output[str]


@arguments
class SelectionConditionStringEqualArgs:
    """A tag that must have a value; the key begins with ``aws:ResourceTag/``."""

    key: pulumi.Input[str]
    value: pulumi.Input[str]


@arguments
class SelectionConditionArgs:
    """Tags of what is backed up; all of them must hold."""

    string_equals: pulumi.Input[
        Sequence[pulumi.Input[SelectionConditionStringEqualArgs]] | None
    ] = None


@arguments
class SelectionArgs:
    """What a plan backs up."""

    iam_role_arn: pulumi.Input[str]
    plan_id: pulumi.Input[str]
    conditions: pulumi.Input[Sequence[pulumi.Input[SelectionConditionArgs]] | None] = None
    name: pulumi.Input[str | None] = None
    resources: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


class Selection(Resource[SelectionArgs], token="aws:backup/selection:Selection"):
    """A selection of things to back up."""


@arguments
class VaultArgs:
    """A place for backups."""

    kms_key_arn: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None


class Vault(Resource[VaultArgs], token="aws:backup/vault:Vault"):
    """A backup vault. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class VaultLockConfigurationArgs:
    """How long backups in a vault must and may be kept."""

    backup_vault_name: pulumi.Input[str]
    max_retention_days: pulumi.Input[int | None] = None
    min_retention_days: pulumi.Input[int | None] = None


class VaultLockConfiguration(
    Resource[VaultLockConfigurationArgs],
    token="aws:backup/vaultLockConfiguration:VaultLockConfiguration",
):
    """A vault lock; in governance mode where nothing says from when it is final."""


@arguments
class VaultPolicyArgs:
    """Who may do what with a vault."""

    backup_vault_name: pulumi.Input[str]
    policy: pulumi.Input[str]


class VaultPolicy(Resource[VaultPolicyArgs], token="aws:backup/vaultPolicy:VaultPolicy"):
    """The access policy of a vault."""
