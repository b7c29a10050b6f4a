"""Route 53: health checks and records."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments, look_up, results


@arguments
class HealthCheckArgs:
    """What Route 53 asks, how often and from where; the interval is 10 or 30 seconds."""

    type: pulumi.Input[str]
    enable_sni: pulumi.Input[bool | None] = None
    failure_threshold: pulumi.Input[int | None] = None
    fqdn: pulumi.Input[str | None] = None
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
    set_identifier: pulumi.Input[str | None] = None


class Record(Resource[RecordArgs], token="aws:route53/record:Record"):
    """A DNS record."""

    fqdn: pulumi.Output[str]


@results
class GetZoneResult:
    """A zone."""

    zone_id: str


async def get_zone(
    name: str | None = None, opts: pulumi.InvokeOptions | None = None
) -> GetZoneResult:
    """The zone of a name."""
    return await look_up("aws:route53/getZone:getZone", GetZoneResult, opts, name=name)
