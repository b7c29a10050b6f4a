"""AWS Backup: vaults, plans and what they back up. Times are minutes, retentions are days."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class FrameworkControlInputParameterArgs:
    """A figure that a control asks for, as text."""

    name: pulumi.Input[str | None] = None
    value: pulumi.Input[str | None] = None


@arguments
class FrameworkControlScopeArgs:
    """What a control looks at; by default everything."""

    compliance_resource_types: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


@arguments
class FrameworkControlArgs:
    """One of Audit Manager's controls."""

    name: pulumi.Input[str]
    input_parameters: pulumi.Input[
        Sequence[pulumi.Input[FrameworkControlInputParameterArgs]] | None
    ] = None
    scope: pulumi.Input[FrameworkControlScopeArgs | None] = None


@arguments
class FrameworkArgs:
    """A framework of Audit Manager."""

    controls: pulumi.Input[Sequence[pulumi.Input[FrameworkControlArgs]]]
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    """Letters, digits and underscores."""


class Framework(Resource[FrameworkArgs], token="aws:backup/framework:Framework"):
    """A framework: controls that are evaluated. Its id is its name."""

    arn: pulumi.Output[str]


@arguments
class ReportPlanReportDeliveryChannelArgs:
    """Where reports are put, once a day."""

    s3_bucket_name: pulumi.Input[str]
    formats: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """``CSV`` (the default), ``JSON``."""
    s3_key_prefix: pulumi.Input[str | None] = None


@arguments
class ReportPlanReportSettingArgs:
    """What is reported."""

    report_template: pulumi.Input[str]
    framework_arns: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    number_of_frameworks: pulumi.Input[int | None] = None


@arguments
class ReportPlanArgs:
    """A daily report of Audit Manager."""

    report_delivery_channel: pulumi.Input[ReportPlanReportDeliveryChannelArgs]
    report_setting: pulumi.Input[ReportPlanReportSettingArgs]
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    """Letters, digits and underscores."""


class ReportPlan(Resource[ReportPlanArgs], token="aws:backup/reportPlan:ReportPlan"):
    """A daily report. Its id is its name."""

    arn: pulumi.Output[str]


@arguments
class LogicallyAirGappedVaultArgs:
    """A vault that is locked from birth."""

    max_retention_days: pulumi.Input[int]
    min_retention_days: pulumi.Input[int]
    name: pulumi.Input[str | None] = None


class LogicallyAirGappedVault(
    Resource[LogicallyAirGappedVaultArgs],
    token="aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault",
):
    """A logically air-gapped vault. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


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
    changeable_for_days: pulumi.Input[int | None] = None
    """Compliance mode: how long it can still be changed. Without it it is a governance lock."""
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


@arguments
class RestoreTestingPlanRecoveryPointSelectionArgs:
    """Which recovery points are restored."""

    algorithm: pulumi.Input[str]
    """``LATEST_WITHIN_WINDOW`` or ``RANDOM_WITHIN_WINDOW``."""
    include_vaults: pulumi.Input[Sequence[pulumi.Input[str]]]
    """ARNs, or ``*``."""
    recovery_point_types: pulumi.Input[Sequence[pulumi.Input[str]]]
    """``CONTINUOUS``, ``SNAPSHOT``."""
    selection_window_days: pulumi.Input[int | None] = None
    """1 to 365."""


@arguments
class RestoreTestingPlanArgs:
    """Restores that come back on a schedule, of recovery points of a kind."""

    recovery_point_selection: pulumi.Input[RestoreTestingPlanRecoveryPointSelectionArgs]
    schedule_expression: pulumi.Input[str]
    """``cron(...)``, in the time zone."""
    name: pulumi.Input[str | None] = None
    """Letters, digits and underscores, at most 50."""
    schedule_expression_timezone: pulumi.Input[str | None] = None
    start_window_hours: pulumi.Input[int | None] = None
    """1 to 168."""


class RestoreTestingPlan(
    Resource[RestoreTestingPlanArgs], token="aws:backup/restoreTestingPlan:RestoreTestingPlan"
):
    """A restore testing plan."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class RestoreTestingSelectionArgs:
    """What a restore testing plan restores, and how."""

    iam_role_arn: pulumi.Input[str]
    protected_resource_type: pulumi.Input[str]
    """``RDS``, ``S3``, ...; one in a selection."""
    restore_testing_plan_name: pulumi.Input[str]
    name: pulumi.Input[str | None] = None
    """Letters, digits and underscores, at most 50."""
    protected_resource_arns: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """At most 30."""
    restore_metadata_overrides: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    """What AWS Backup would infer otherwise; lists as JSON."""
    validation_window_hours: pulumi.Input[int | None] = None
    """1 to 168: for so long a result can be reported before the copy is deleted."""


class RestoreTestingSelection(
    Resource[RestoreTestingSelectionArgs],
    token="aws:backup/restoreTestingSelection:RestoreTestingSelection",
):
    """A selection of a restore testing plan."""
