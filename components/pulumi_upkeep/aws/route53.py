"""Route 53: health checks and records."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments, look_up, results


@arguments
class HealthCheckArgs:
    """What Route 53 asks, how often and from where; the interval is 10 or 30 seconds."""

    type: pulumi.Input[str]
    cloudwatch_alarm_name: pulumi.Input[str | None] = None
    """Of the type ``CLOUDWATCH_METRIC``: the alarm whose metric is looked at."""
    cloudwatch_alarm_region: pulumi.Input[str | None] = None
    enable_sni: pulumi.Input[bool | None] = None
    failure_threshold: pulumi.Input[int | None] = None
    fqdn: pulumi.Input[str | None] = None
    insufficient_data_health_status: pulumi.Input[str | None] = None
    """``Healthy``, ``Unhealthy`` or ``LastKnownStatus``."""
    invert_healthcheck: pulumi.Input[bool | None] = None
    port: pulumi.Input[int | None] = None
    regions: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    request_interval: pulumi.Input[int | None] = None
    resource_path: pulumi.Input[str | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class HealthCheck(Resource[HealthCheckArgs], token="aws:route53/healthCheck:HealthCheck"):
    """A health check."""


@arguments
class RecordFailoverRoutingPolicyArgs:
    """The side of a failover: ``PRIMARY`` or ``SECONDARY``."""

    type: pulumi.Input[str]


@arguments
class RecordWeightedRoutingPolicyArgs:
    """The share of a record among those of its name: its weight over the sum of all."""

    weight: pulumi.Input[int]
    """0 to 255; 0 is nothing, unless all are 0, or none of the others is healthy."""


@arguments
class RecordAliasArgs:
    """What a record stands for."""

    evaluate_target_health: pulumi.Input[bool]
    name: pulumi.Input[str]
    zone_id: pulumi.Input[str]


@arguments
class RecordArgs:
    """A record of a zone."""

    name: pulumi.Input[str]
    type: pulumi.Input[str]
    zone_id: pulumi.Input[str]
    aliases: pulumi.Input[Sequence[pulumi.Input[RecordAliasArgs]] | None] = None
    failover_routing_policies: pulumi.Input[
        Sequence[pulumi.Input[RecordFailoverRoutingPolicyArgs]] | None
    ] = None
    health_check_id: pulumi.Input[str | None] = None
    records: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    set_identifier: pulumi.Input[str | None] = None
    ttl: pulumi.Input[int | None] = None
    """Seconds; not of an alias."""
    weighted_routing_policies: pulumi.Input[
        Sequence[pulumi.Input[RecordWeightedRoutingPolicyArgs]] | None
    ] = None


class Record(Resource[RecordArgs], token="aws:route53/record:Record"):
    """A DNS record."""

    fqdn: pulumi.Output[str]


@results
class GetZoneResult:
    """A zone."""

    zone_id: str


async def get_zone(
    name: str | None = None,
    private_zone: bool | None = None,
    vpc_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetZoneResult:
    """The zone of a name: the public one, or the private one, which a network asks."""
    return await look_up(
        "aws:route53/getZone:getZone",
        GetZoneResult,
        opts,
        name=name,
        private_zone=private_zone,
        vpc_id=vpc_id,
    )
