"""Elastic Load Balancing: application load balancers."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments, look_up, results


@arguments
class ListenerDefaultActionRedirectArgs:
    """Where a request is sent instead."""

    status_code: pulumi.Input[str]
    port: pulumi.Input[str | None] = None
    protocol: pulumi.Input[str | None] = None


@arguments
class ListenerDefaultActionArgs:
    """What is done with a request that no rule takes."""

    type: pulumi.Input[str]
    redirect: pulumi.Input[ListenerDefaultActionRedirectArgs | None] = None
    target_group_arn: pulumi.Input[str | None] = None


@arguments
class ListenerArgs:
    """A port that a load balancer listens on."""

    default_actions: pulumi.Input[Sequence[pulumi.Input[ListenerDefaultActionArgs]]]
    load_balancer_arn: pulumi.Input[str]
    certificate_arn: pulumi.Input[str | None] = None
    port: pulumi.Input[int | None] = None
    protocol: pulumi.Input[str | None] = None
    ssl_policy: pulumi.Input[str | None] = None


class Listener(Resource[ListenerArgs], token="aws:lb/listener:Listener"):
    """A listener."""

    arn: pulumi.Output[str]


@arguments
class ListenerRuleConditionPathPatternArgs:
    """Paths that a rule takes."""

    values: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


@arguments
class ListenerRuleConditionHostHeaderArgs:
    """Host names that a rule takes."""

    values: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


@arguments
class ListenerRuleConditionArgs:
    """Which requests a rule takes."""

    host_header: pulumi.Input[ListenerRuleConditionHostHeaderArgs | None] = None
    path_pattern: pulumi.Input[ListenerRuleConditionPathPatternArgs | None] = None


@arguments
class ListenerRuleActionFixedResponseArgs:
    """An answer that the load balancer gives itself."""

    content_type: pulumi.Input[str]
    message_body: pulumi.Input[str | None] = None
    status_code: pulumi.Input[str | None] = None


@arguments
class ListenerRuleActionRedirectArgs:
    """Where a request is sent instead; ``#{host}``, ``#{path}`` and ``#{query}`` are its own."""

    status_code: pulumi.Input[str]
    """``HTTP_301`` (for good) or ``HTTP_302``."""
    host: pulumi.Input[str | None] = None
    path: pulumi.Input[str | None] = None
    """Absolute; at most 128 characters."""
    port: pulumi.Input[str | None] = None
    protocol: pulumi.Input[str | None] = None
    query: pulumi.Input[str | None] = None


@arguments
class ListenerRuleActionArgs:
    """What is done with a request."""

    type: pulumi.Input[str]
    fixed_response: pulumi.Input[ListenerRuleActionFixedResponseArgs | None] = None
    redirect: pulumi.Input[ListenerRuleActionRedirectArgs | None] = None


@arguments
class ListenerRuleArgs:
    """A rule of a listener; the lowest priority is looked at first."""

    actions: pulumi.Input[Sequence[pulumi.Input[ListenerRuleActionArgs]]]
    conditions: pulumi.Input[Sequence[pulumi.Input[ListenerRuleConditionArgs]]]
    listener_arn: pulumi.Input[str]
    priority: pulumi.Input[int | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class ListenerRule(Resource[ListenerRuleArgs], token="aws:lb/listenerRule:ListenerRule"):
    """A rule of a listener."""

    arn: pulumi.Output[str]


@arguments
class LoadBalancerAccessLogsArgs:
    """Where accesses are logged."""

    bucket: pulumi.Input[str]
    enabled: pulumi.Input[bool | None] = None
    prefix: pulumi.Input[str | None] = None


@arguments
class LoadBalancerArgs:
    """A load balancer and where it stands."""

    access_logs: pulumi.Input[LoadBalancerAccessLogsArgs | None] = None
    drop_invalid_header_fields: pulumi.Input[bool | None] = None
    enable_deletion_protection: pulumi.Input[bool | None] = None
    internal: pulumi.Input[bool | None] = None
    load_balancer_type: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    security_groups: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    subnets: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


class LoadBalancer(Resource[LoadBalancerArgs], token="aws:lb/loadBalancer:LoadBalancer"):
    """A load balancer."""

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]


@arguments
class TargetGroupHealthCheckArgs:
    """When a target counts as healthy; times are seconds."""

    enabled: pulumi.Input[bool | None] = None
    healthy_threshold: pulumi.Input[int | None] = None
    interval: pulumi.Input[int | None] = None
    matcher: pulumi.Input[str | None] = None
    """Codes of a healthy answer, such as ``200-299``."""
    path: pulumi.Input[str | None] = None
    protocol: pulumi.Input[str | None] = None
    timeout: pulumi.Input[int | None] = None
    unhealthy_threshold: pulumi.Input[int | None] = None


@arguments
class TargetGroupArgs:
    """What a load balancer passes requests to."""

    health_check: pulumi.Input[TargetGroupHealthCheckArgs | None] = None
    name: pulumi.Input[str | None] = None
    port: pulumi.Input[int | None] = None
    protocol: pulumi.Input[str | None] = None
    target_type: pulumi.Input[str | None] = None
    vpc_id: pulumi.Input[str | None] = None


class TargetGroup(Resource[TargetGroupArgs], token="aws:lb/targetGroup:TargetGroup"):
    """A target group."""

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]


@results
class GetLoadBalancerResult:
    """A load balancer; the suffix of its ARN is its dimension in metrics."""

    arn: str
    arn_suffix: str
    dns_name: str
    zone_id: str


async def get_load_balancer(
    name: str | None = None, opts: pulumi.InvokeOptions | None = None
) -> GetLoadBalancerResult:
    """The load balancer of a name."""
    return await look_up(
        "aws:lb/getLoadBalancer:getLoadBalancer", GetLoadBalancerResult, opts, name=name
    )


@results
class GetTargetGroupResult:
    """A target group; the suffix of its ARN is its dimension in metrics."""

    arn_suffix: str
    port: int


async def get_target_group(
    name: str | None = None, opts: pulumi.InvokeOptions | None = None
) -> GetTargetGroupResult:
    """The target group of a name."""
    return await look_up(
        "aws:lb/getTargetGroup:getTargetGroup", GetTargetGroupResult, opts, name=name
    )


@results
class GetListenerResult:
    """A listener."""

    arn: str


async def get_listener(
    load_balancer_arn: str | None = None,
    port: int | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetListenerResult:
    """The listener of a load balancer at a port."""
    return await look_up(
        "aws:lb/getListener:getListener",
        GetListenerResult,
        opts,
        load_balancer_arn=load_balancer_arn,
        port=port,
    )
