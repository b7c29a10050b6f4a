"""Systems Manager: parameters, documents, what is kept in place on servers, windows, patches."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class AssociationTargetArgs:
    """The servers that it is for."""

    key: pulumi.Input[str]
    values: pulumi.Input[Sequence[pulumi.Input[str]]]


@arguments
class AssociationArgs:
    """A document that is run on servers, again and again."""

    association_name: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    """The document."""
    parameters: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    schedule_expression: pulumi.Input[str | None] = None
    targets: pulumi.Input[Sequence[pulumi.Input[AssociationTargetArgs]] | None] = None


class Association(Resource[AssociationArgs], token="aws:ssm/association:Association"):
    """A State Manager association."""


@arguments
class DocumentArgs:
    """What Systems Manager can carry out."""

    content: pulumi.Input[str]
    document_type: pulumi.Input[str]
    """``Automation`` for runbooks."""
    document_format: pulumi.Input[str | None] = None
    """``JSON`` (default) or ``YAML``."""
    name: pulumi.Input[str | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class Document(Resource[DocumentArgs], token="aws:ssm/document:Document"):
    """A document. Its id is its name; new content is its next version, and its default."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    default_version: pulumi.Output[str]


@arguments
class ParameterArgs:
    """A named value."""

    type: pulumi.Input[str]
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    value: pulumi.Input[str | None] = None


class Parameter(Resource[ParameterArgs], token="aws:ssm/parameter:Parameter", secrets=("value",)):
    """A parameter. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class MaintenanceWindowArgs:
    """A stretch of time that comes back, in which tasks are run."""

    cutoff: pulumi.Input[int]
    """Hours before its end from which on no task is begun: 0 to 23, below ``duration``."""
    duration: pulumi.Input[int]
    """Hours, 1 to 24."""
    schedule: pulumi.Input[str]
    """``cron(0 3 ? * WED *)``, ``at(...)`` or ``rate(...)``."""
    allow_unassociated_targets: pulumi.Input[bool | None] = None
    """Whether tasks may work on what is not registered with it; default false."""
    description: pulumi.Input[str | None] = None
    enabled: pulumi.Input[bool | None] = None
    """Default true."""
    name: pulumi.Input[str | None] = None
    schedule_timezone: pulumi.Input[str | None] = None
    """A name of the IANA database; default UTC."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class MaintenanceWindow(
    Resource[MaintenanceWindowArgs], token="aws:ssm/maintenanceWindow:MaintenanceWindow"
):
    """A maintenance window. Its id is AWS's: ``mw-0123456789abcdef0``."""

    name: pulumi.Output[str]


@arguments
class MaintenanceWindowTargetTargetArgs:
    """A tag (``tag:Role``), or ``InstanceIds``, and its values."""

    key: pulumi.Input[str]
    values: pulumi.Input[Sequence[pulumi.Input[str]]]


@arguments
class MaintenanceWindowTargetArgs:
    """What a window works on."""

    resource_type: pulumi.Input[str]
    """``INSTANCE`` or ``RESOURCE_GROUP``."""
    targets: pulumi.Input[Sequence[pulumi.Input[MaintenanceWindowTargetTargetArgs]]]
    window_id: pulumi.Input[str]
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    owner_information: pulumi.Input[str | None] = None


class MaintenanceWindowTarget(
    Resource[MaintenanceWindowTargetArgs],
    token="aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget",
):
    """What is registered with a maintenance window. Its id is the target's within the window."""


@arguments
class MaintenanceWindowTaskTargetArgs:
    """``WindowTargetIds`` or ``InstanceIds``, and the ids."""

    key: pulumi.Input[str]
    values: pulumi.Input[Sequence[pulumi.Input[str]]]


@arguments
class MaintenanceWindowTaskTaskInvocationParametersLambdaParametersArgs:
    """What a function is invoked with."""

    client_context: pulumi.Input[str | None] = None
    payload: pulumi.Input[str | None] = None
    """JSON; secret in the state."""
    qualifier: pulumi.Input[str | None] = None


@arguments
class MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersParameterArgs:
    """A parameter of the document."""

    name: pulumi.Input[str]
    values: pulumi.Input[Sequence[pulumi.Input[str]]]


@arguments
class MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersCloudwatchConfigArgs:
    """Where what it writes is kept."""

    cloudwatch_log_group_name: pulumi.Input[str | None] = None
    cloudwatch_output_enabled: pulumi.Input[bool | None] = None


@arguments
class MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersArgs:
    """How a document is run on servers."""

    cloudwatch_config: pulumi.Input[
        MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersCloudwatchConfigArgs | None
    ] = None
    comment: pulumi.Input[str | None] = None
    document_version: pulumi.Input[str | None] = None
    """``$DEFAULT``, ``$LATEST`` or a number."""
    parameters: pulumi.Input[
        Sequence[
            pulumi.Input[
                MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersParameterArgs
            ]
        ]
        | None
    ] = None
    timeout_seconds: pulumi.Input[int | None] = None
    """How long it waits for a server to take it: 30 to 2,592,000."""


@arguments
class MaintenanceWindowTaskTaskInvocationParametersArgs:
    """The one that belongs to the type of the task."""

    lambda_parameters: pulumi.Input[
        MaintenanceWindowTaskTaskInvocationParametersLambdaParametersArgs | None
    ] = None
    run_command_parameters: pulumi.Input[
        MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersArgs | None
    ] = None


@arguments
class MaintenanceWindowTaskArgs:
    """What is done in a window."""

    task_arn: pulumi.Input[str]
    """A function's ARN, or a document's name."""
    task_type: pulumi.Input[str]
    """``AUTOMATION``, ``LAMBDA``, ``RUN_COMMAND`` or ``STEP_FUNCTIONS``."""
    window_id: pulumi.Input[str]
    cutoff_behavior: pulumi.Input[str | None] = None
    """``CONTINUE_TASK`` or ``CANCEL_TASK``."""
    description: pulumi.Input[str | None] = None
    max_concurrency: pulumi.Input[str | None] = None
    """A number or per cent of the targets; not where there are none."""
    max_errors: pulumi.Input[str | None] = None
    """Likewise."""
    name: pulumi.Input[str | None] = None
    priority: pulumi.Input[int | None] = None
    """The lowest first; equal ones at once."""
    service_role_arn: pulumi.Input[str | None] = None
    """Whose rights it has: required for functions."""
    targets: pulumi.Input[Sequence[pulumi.Input[MaintenanceWindowTaskTargetArgs]] | None] = None
    task_invocation_parameters: pulumi.Input[
        MaintenanceWindowTaskTaskInvocationParametersArgs | None
    ] = None


class MaintenanceWindowTask(
    Resource[MaintenanceWindowTaskArgs],
    token="aws:ssm/maintenanceWindowTask:MaintenanceWindowTask",
):
    """A task of a maintenance window. Its id is the task's within the window."""

    arn: pulumi.Output[str]
    window_task_id: pulumi.Output[str]


@arguments
class PatchBaselineApprovalRulePatchFilterArgs:
    """Which patches: ``CLASSIFICATION``, ``SEVERITY``, ``PRODUCT``, and the values."""

    key: pulumi.Input[str]
    values: pulumi.Input[Sequence[pulumi.Input[str]]]


@arguments
class PatchBaselineApprovalRuleArgs:
    """Patches that are approved by themselves."""

    patch_filters: pulumi.Input[Sequence[pulumi.Input[PatchBaselineApprovalRulePatchFilterArgs]]]
    approve_after_days: pulumi.Input[int | None] = None
    """0 to 360 days after their release."""
    compliance_level: pulumi.Input[str | None] = None
    """``CRITICAL``, ``HIGH``, ``MEDIUM``, ``LOW``, ``INFORMATIONAL``, ``UNSPECIFIED``."""
    enable_non_security: pulumi.Input[bool | None] = None


@arguments
class PatchBaselineArgs:
    """Which patches an operating system gets."""

    approval_rules: pulumi.Input[Sequence[pulumi.Input[PatchBaselineApprovalRuleArgs]] | None] = (
        None
    )
    approved_patches_compliance_level: pulumi.Input[str | None] = None
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    operating_system: pulumi.Input[str | None] = None
    """``AMAZON_LINUX_2023``, ``UBUNTU``, ...; default ``WINDOWS``."""
    rejected_patches: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    rejected_patches_action: pulumi.Input[str | None] = None
    """``ALLOW_AS_DEPENDENCY`` or ``BLOCK``."""


class PatchBaseline(Resource[PatchBaselineArgs], token="aws:ssm/patchBaseline:PatchBaseline"):
    """A patch baseline. Its id is AWS's: ``pb-0123456789abcdef0``."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class PatchGroupArgs:
    """Servers by the value of their tag ``PatchGroup``, and their baseline."""

    baseline_id: pulumi.Input[str]
    patch_group: pulumi.Input[str]


class PatchGroup(Resource[PatchGroupArgs], token="aws:ssm/patchGroup:PatchGroup"):
    """Servers that have a baseline. Its id is ``<patch group>,<baseline>``."""
