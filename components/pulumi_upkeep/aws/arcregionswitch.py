"""Application Recovery Controller's Region switch: who is asked, and what is started, as a plan."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class PlanWorkflowStepCustomActionLambdaConfigLambdaArgs:
    """A function that is invoked."""

    arn: pulumi.Input[str]


@arguments
class PlanWorkflowStepCustomActionLambdaConfigArgs:
    """Which functions are invoked, where, and for how long it is tried."""

    region_to_run: pulumi.Input[str]
    """``activatingRegion`` or ``deactivatingRegion``."""
    retry_interval_minutes: pulumi.Input[float]
    lambdas: pulumi.Input[
        Sequence[pulumi.Input[PlanWorkflowStepCustomActionLambdaConfigLambdaArgs]] | None
    ] = None
    """One or two."""
    timeout_minutes: pulumi.Input[int | None] = None


@arguments
class PlanWorkflowStepExecutionApprovalConfigArgs:
    """Who approves."""

    approval_role: pulumi.Input[str]
    timeout_minutes: pulumi.Input[int | None] = None
    """Default 60."""


@arguments
class PlanWorkflowStepArgs:
    """A step: its type and the one block of settings of that type."""

    execution_block_type: pulumi.Input[str]
    """``ManualApproval``, ``CustomActionLambda``, ..."""
    name: pulumi.Input[str]
    custom_action_lambda_configs: pulumi.Input[
        Sequence[pulumi.Input[PlanWorkflowStepCustomActionLambdaConfigArgs]] | None
    ] = None
    description: pulumi.Input[str | None] = None
    execution_approval_configs: pulumi.Input[
        Sequence[pulumi.Input[PlanWorkflowStepExecutionApprovalConfigArgs]] | None
    ] = None


@arguments
class PlanWorkflowArgs:
    """What is done, in order, to bring a region into use or out of it."""

    workflow_target_action: pulumi.Input[str]
    """``activate`` or ``deactivate``."""
    steps: pulumi.Input[Sequence[pulumi.Input[PlanWorkflowStepArgs]] | None] = None
    workflow_description: pulumi.Input[str | None] = None
    workflow_target_region: pulumi.Input[str | None] = None
    """Default: it serves for both regions."""


@arguments
class PlanArgs:
    """Two regions, and how one takes over."""

    execution_role: pulumi.Input[str]
    """ARN of the role that Region switch takes."""
    recovery_approach: pulumi.Input[str]
    """``activePassive`` or ``activeActive``."""
    regions: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Two."""
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    """At most 32 characters."""
    primary_region: pulumi.Input[str | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    workflows: pulumi.Input[Sequence[pulumi.Input[PlanWorkflowArgs]] | None] = None


class Plan(Resource[PlanArgs], token="aws:arcregionswitch/plan:Plan"):
    """A Region switch plan. Its id is its ARN; it is of the account, and run in a region."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
