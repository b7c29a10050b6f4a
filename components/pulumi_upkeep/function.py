"""A function: what the components run in the cloud by itself, with everything that it takes.

A role with its own statements and no more, a log group that forgets, an alarm on its errors, and
what invokes it: a schedule in a time zone, or events. Its code is a folder below ``functions/``.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pulumi

from . import aws, policy
from .aws import lambda_
from .component import UpkeepComponent
from .function_code import missing_packages, source_archive
from .naming import physical_name
from .observe.alarm import AlertTopics, Metric, Watch, declare_alarm
from .plan.words import Severity
from .policy import Statement
from .scheduled import declare_schedule, declare_scheduler_role
from .service_role import declare_service_role, of_statements

__all__ = ["declare_function", "missing_packages"]

# Lambda: a function's name has at most 64 characters, as have a rule's and a schedule's.
NAME_LIMIT = 64
RUNTIME = "python3.13"
ARCHITECTURE = "arm64"
LONGEST_TIMEOUT = timedelta(minutes=15)
LOGS_KEPT_DAYS = 30
# How long an event waits for a function that is throttled or fails.
EVENT_AGE = timedelta(hours=1)

# What a function in a network's subnets takes to be there [AWSLambdaVPCAccessExecutionRole].
_NETWORK = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]


def declare_function(
    owner: UpkeepComponent,
    part: str,
    *,
    package: str,
    says: str,
    statements: Sequence[pulumi.Input[Statement]],
    timeout: timedelta,
    topics: AlertTopics,
    severity: Severity,
    runbooks: str,
    runbook: str | None = None,
    handler: str = "main.handler",
    environment: Mapping[str, pulumi.Input[str]] | None = None,
    memory: int = 256,
    subnets: Sequence[pulumi.Input[str]] | None = None,
    security_groups: Sequence[pulumi.Input[str]] | None = None,
    schedule: str | None = None,
    timezone: str = "UTC",
    schedule_input: Mapping[str, Any] | None = None,
    events: Mapping[str, Any] | None = None,
    key: pulumi.Input[str] | None = None,
    needs: Sequence[str] = (),
    zones: Sequence[str] = (),
    uses: Sequence[str] = (),
    retries: int = 2,
    concurrency: int | None = None,
    failed_events: pulumi.Input[str] | None = None,
) -> lambda_.Function:
    """Declares a function and what belongs to it as children of ``owner``.

    part             names it within its component: ``readiness``
    package          its folder below ``functions/``; ``handler`` is a module and a name in it
    says             what it does, in a sentence: its description
    statements       what it may do, beside writing its log; resources may be Outputs
    timeout          1 second to 15 minutes [Lambda]
    severity         whose topic hears that it failed; ``runbook`` is the page it leads to, default
                     ``function-errors``
    memory           MB
    subnets          where it works, with ``security_groups``; default no network of ours
    schedule         ``rate(...)`` or ``cron(...)`` in ``timezone``; it is then handed
                     ``schedule_input``
    events           a pattern of EventBridge, whose events it is handed; may hold Outputs
    key              ARN of a key that encrypts its environment
    needs, uses,
    zones            see :func:`source_archive`; a component refuses ``missing_packages`` first
    retries          of an event that it failed on, 0 to 2 [Lambda]
    concurrency      how many run at once; default no limit of its own
    failed_events    ARN of a topic, queue or function that is sent the events it failed on
    """
    _check(part, timeout, retries, subnets, security_groups)
    name = f"{owner.name}-{part}"
    called = physical_name(owner.name, part, limit=NAME_LIMIT)
    log = aws.cloudwatch.LogGroup(
        name,
        aws.cloudwatch.LogGroupArgs(name=f"/aws/lambda/{called}", retention_in_days=LOGS_KEPT_DAYS),
        owner.child(),
    )
    role = declare_service_role(
        owner,
        part,
        says=f"What the function {called} may do",
        trust=policy.trust("TakenByLambda", "lambda.amazonaws.com"),
        permissions=of_statements([*statements, *_own_statements(log, key, network=bool(subnets))]),
    )
    function = lambda_.Function(
        name,
        lambda_.FunctionArgs(
            name=called,
            description=says,
            role=role.arn,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=handler,
            code=source_archive(package, uses, needs, zones),
            timeout=round(timeout.total_seconds()),
            memory_size=memory,
            environment=(
                lambda_.FunctionEnvironmentArgs(variables=dict(sorted(environment.items())))
                if environment
                else None
            ),
            kms_key_arn=key,
            reserved_concurrent_executions=concurrency,
            tracing_config=lambda_.FunctionTracingConfigArgs(mode="PassThrough"),
            vpc_config=(
                lambda_.FunctionVpcConfigArgs(
                    subnet_ids=[*subnets], security_group_ids=[*(security_groups or ())]
                )
                if subnets
                else None
            ),
        ),
        # Invoked before it has its log or its rights, it would make a log of its own and fail.
        owner.child(depends_on=[log, role.policy]),
    )
    lambda_.FunctionEventInvokeConfig(
        name,
        lambda_.FunctionEventInvokeConfigArgs(
            function_name=function.name,
            maximum_retry_attempts=retries,
            maximum_event_age_in_seconds=round(EVENT_AGE.total_seconds()),
            destination_config=_on_failure(failed_events),
        ),
        owner.child(),
    )
    if schedule is not None:
        _run_by_clock(owner, name, called, function, schedule, timezone, schedule_input)
    if events is not None:
        _run_on_events(owner, name, called, function, events)
    declare_alarm(
        owner,
        Watch(
            part=f"{part}-errors",
            says=f"the function {called} failed",
            severity=severity,
            metric=Metric("AWS/Lambda", "Errors", {"FunctionName": function.name}, "Sum"),
            threshold=0,
            period=timedelta(minutes=5),
            periods=1,
            # A function that is not invoked reports nothing, and has not failed.
            missing_data="notBreaching",
            runbook=runbook or "function-errors",
        ),
        topics,
        runbooks,
    )
    return function


def _check(
    part: str,
    timeout: timedelta,
    retries: int,
    subnets: Sequence[Any] | None,
    security_groups: Sequence[Any] | None,
) -> None:
    """Lambda's own limits; a component that breaks them is wrong, not its caller."""
    if not timedelta(seconds=1) <= timeout <= LONGEST_TIMEOUT:
        raise ValueError(f"{part}: a function runs between a second and 15 minutes")
    if not 0 <= retries <= 2:
        raise ValueError(f"{part}: an event is tried again twice at most")
    if bool(subnets) != bool(security_groups):
        raise ValueError(f"{part}: subnets and security groups go together")


def _own_statements(
    log: aws.cloudwatch.LogGroup, key: pulumi.Input[str] | None, *, network: bool
) -> list[dict[str, Any]]:
    """What every function may do beside its work."""
    write = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # An Output inside: Pulumi waits for it when the statements are written down.
    own: list[dict[str, Any]] = [
        policy.allow("WriteLog", write, resources=[pulumi.Output.concat(log.arn, ":*")])
    ]
    if key is not None:
        own.append(policy.allow("ReadEnvironment", ["kms:Decrypt"], resources=[key]))
    if network:
        own.append(policy.allow("StandInNetwork", _NETWORK, resources=["*"]))
    return own


def _on_failure(
    destination: pulumi.Input[str] | None,
) -> lambda_.FunctionEventInvokeConfigDestinationConfigArgs | None:
    if destination is None:
        return None
    return lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
        on_failure=lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(
            destination=destination
        )
    )


def _run_by_clock(
    owner: UpkeepComponent,
    name: str,
    called: str,
    function: lambda_.Function,
    expression: str,
    timezone: str,
    given: Mapping[str, Any] | None,
) -> None:
    role = declare_scheduler_role(
        owner,
        f"{name.removeprefix(owner.name + '-')}-clock",
        says=f"Lets the schedule of {called} invoke it",
        statements=[function.arn.apply(policy.invoke)],
    )
    declare_schedule(
        owner,
        name.removeprefix(owner.name + "-"),
        says=f"Invokes {called}",
        expression=expression,
        timezone=timezone,
        calls=function.arn,
        given=json.dumps(given or {}, sort_keys=True),
        role=role,
        attempts=2,
        tried_for=EVENT_AGE,
    )


def _run_on_events(
    owner: UpkeepComponent,
    name: str,
    called: str,
    function: lambda_.Function,
    pattern: Mapping[str, Any],
) -> None:
    rule = aws.cloudwatch.EventRule(
        name,
        aws.cloudwatch.EventRuleArgs(
            name=called,
            description=f"Events that {called} is invoked with",
            event_pattern=pulumi.Output.from_input(dict(pattern)).apply(json.dumps),
        ),
        owner.child(),
    )
    lambda_.Permission(
        f"{name}-events",
        lambda_.PermissionArgs(
            statement_id="events",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
        ),
        owner.child(),
    )
    aws.cloudwatch.EventTarget(
        name,
        aws.cloudwatch.EventTargetArgs(rule=rule.name, target_id="function", arn=function.arn),
        owner.child(),
    )
