"""Lambda: functions, who may invoke them, and what becomes of events they fail on."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class FunctionEnvironmentArgs:
    """What a function finds in its environment."""

    variables: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


@arguments
class FunctionVpcConfigArgs:
    """The network a function works in."""

    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]


@arguments
class FunctionTracingConfigArgs:
    """Whether X-Ray follows it."""

    mode: pulumi.Input[str]
    """``PassThrough`` (off) or ``Active``."""


@arguments
class FunctionArgs:
    """A function, its code and what it may use."""

    role: pulumi.Input[str]
    """ARN of the role it works as."""
    architectures: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """``arm64`` or ``x86_64`` (default)."""
    code: pulumi.Input[pulumi.Archive | None] = None
    description: pulumi.Input[str | None] = None
    environment: pulumi.Input[FunctionEnvironmentArgs | None] = None
    handler: pulumi.Input[str | None] = None
    """``package.module.function``."""
    kms_key_arn: pulumi.Input[str | None] = None
    """Encrypts the environment; default a key of AWS's own."""
    memory_size: pulumi.Input[int | None] = None
    """MB, 128 (default) to 10,240."""
    name: pulumi.Input[str | None] = None
    reserved_concurrent_executions: pulumi.Input[int | None] = None
    """How many run at once at most; default: as many as the account has."""
    runtime: pulumi.Input[str | None] = None
    timeout: pulumi.Input[int | None] = None
    """Seconds, 3 (default) to 900."""
    tracing_config: pulumi.Input[FunctionTracingConfigArgs | None] = None
    vpc_config: pulumi.Input[FunctionVpcConfigArgs | None] = None


class Function(Resource[FunctionArgs], token="aws:lambda/function:Function"):
    """A Lambda function. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class PermissionArgs:
    """Who may invoke a function, on behalf of what."""

    action: pulumi.Input[str]
    function: pulumi.Input[str]
    principal: pulumi.Input[str]
    source_arn: pulumi.Input[str | None] = None
    statement_id: pulumi.Input[str | None] = None


class Permission(Resource[PermissionArgs], token="aws:lambda/permission:Permission"):
    """A statement of a function's own policy."""


@arguments
class FunctionEventInvokeConfigDestinationConfigOnFailureArgs:
    """Where events go that a function failed on."""

    destination: pulumi.Input[str]


@arguments
class FunctionEventInvokeConfigDestinationConfigArgs:
    """Where the outcome of asynchronous invocations goes."""

    on_failure: pulumi.Input[FunctionEventInvokeConfigDestinationConfigOnFailureArgs | None] = None


@arguments
class FunctionEventInvokeConfigArgs:
    """How often and how long an event is tried."""

    function_name: pulumi.Input[str]
    destination_config: pulumi.Input[FunctionEventInvokeConfigDestinationConfigArgs | None] = None
    maximum_event_age_in_seconds: pulumi.Input[int | None] = None
    """60 to 21,600 (default)."""
    maximum_retry_attempts: pulumi.Input[int | None] = None
    """0 to 2 (default)."""


class FunctionEventInvokeConfig(
    Resource[FunctionEventInvokeConfigArgs],
    token="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
):
    """What asynchronous invocations of a function do when it fails."""
