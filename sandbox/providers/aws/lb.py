"""Load balancers, target groups, listeners."""

from __future__ import annotations

from typing import Any

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.aws.tagging import Tagging, as_list, from_list
from sandbox.providers.cloud import Properties

CLIENT = "elbv2"


def _read_tags(api: Api, arn: str, known: Properties) -> dict[str, str]:
    answer = found(api(CLIENT).describe_tags, ResourceArns=[arn])
    described = only((answer or {}).get("TagDescriptions"))
    return from_list(described["Tags"]) if described else {}


TAGS = Tagging(
    lambda tags: {"Tags": as_list(tags)},
    _read_tags,
    lambda api, arn, _, tags: api(CLIENT).add_tags(ResourceArns=[arn], Tags=as_list(tags)),
    lambda api, arn, _, names: api(CLIENT).remove_tags(ResourceArns=[arn], TagKeys=names),
)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _truth(text: str) -> bool:
    return text == "true"


def _attribute(name: str, key: str, back: Any = str) -> Prop:
    """A setting that the API keeps as text under a dotted key, in a call of its own."""
    return Prop(name, key, computed=True, sent=False, to=_text, back=back)


def _attributes(shape: Shape, inputs: Properties) -> list[Document]:
    return [
        {"Key": prop.key, "Value": _text(inputs[prop.name])}
        for prop in shape
        if inputs.get(prop.name) is not None
    ]


def _as_object(attributes: list[Document]) -> Document:
    return {item["Key"]: item["Value"] for item in attributes}


_BALANCER_ATTRIBUTES: Shape = (
    _attribute("clientKeepAlive", "client_keep_alive.seconds", int),
    _attribute("desyncMitigationMode", "routing.http.desync_mitigation_mode"),
    _attribute(
        "dropInvalidHeaderFields", "routing.http.drop_invalid_header_fields.enabled", _truth
    ),
    _attribute("enableCrossZoneLoadBalancing", "load_balancing.cross_zone.enabled", _truth),
    _attribute("enableDeletionProtection", "deletion_protection.enabled", _truth),
    _attribute("enableHttp2", "routing.http2.enabled", _truth),
    _attribute("enableWafFailOpen", "waf.fail_open.enabled", _truth),
    _attribute("enableXffClientPort", "routing.http.xff_client_port.enabled", _truth),
    _attribute("idleTimeout", "idle_timeout.timeout_seconds", int),
    _attribute("preserveHostHeader", "routing.http.preserve_host_header.enabled", _truth),
    _attribute("xffHeaderProcessingMode", "routing.http.xff_header_processing.mode"),
)
_BALANCER: Shape = (
    Prop("name"),
    Prop(
        "internal",
        "Scheme",
        default=False,
        default_sent=True,
        to=lambda internal: "internal" if internal else "internet-facing",
        back=lambda scheme: scheme == "internal",
    ),
    Prop("loadBalancerType", "Type", default="application", default_sent=True),
    Prop("ipAddressType", computed=True),
    Prop("securityGroups", computed=True, unordered=True),
    Prop("subnets", computed=True, unordered=True),
    Prop("accessLogs", sent=False),
    *_BALANCER_ATTRIBUTES,
)


def _create_balancer(api: Api, request: Document, inputs: Properties) -> str:
    answer = api(CLIENT).create_load_balancer(**request)
    return str(answer["LoadBalancers"][0]["LoadBalancerArn"])


# The parts of `accessLogs`, and how each is written.
_LOGS = {
    "bucket": "access_logs.s3.bucket",
    "enabled": "access_logs.s3.enabled",
    "prefix": "access_logs.s3.prefix",
}


def _log_attributes(logs: Properties | None) -> list[Document]:
    if not logs:
        return []
    logs = {"enabled": False, **logs}
    return [{"Key": key, "Value": _text(logs[name])} for name, key in _LOGS.items() if name in logs]


def _access_logs(attributes: Document) -> Properties | None:
    """None while nothing was ever set: AWS shows the attributes with empty values then."""
    if not attributes.get(_LOGS["bucket"]):
        return None
    logs: Properties = {
        "bucket": attributes[_LOGS["bucket"]],
        "enabled": _truth(attributes.get(_LOGS["enabled"], "false")),
        "prefix": attributes.get(_LOGS["prefix"]),
    }
    return {name: value for name, value in logs.items() if value not in (None, "")}


def _set_balancer(api: Api, arn: str, inputs: Properties) -> None:
    attributes = [
        *_attributes(_BALANCER_ATTRIBUTES, inputs),
        *_log_attributes(inputs.get("accessLogs")),
    ]
    if attributes:
        api(CLIENT).modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)


def _describe_balancer(api: Api, arn: str, known: Properties) -> Document | None:
    answer = found(api(CLIENT).describe_load_balancers, LoadBalancerArns=[arn])
    balancer = only((answer or {}).get("LoadBalancers"))
    if balancer is None:
        return None
    answer = api(CLIENT).describe_load_balancer_attributes(LoadBalancerArn=arn)
    attributes = _as_object(answer["Attributes"])
    return {
        **attributes,
        **balancer,
        "AccessLogs": _access_logs(attributes),
        "Name": balancer["LoadBalancerName"],
        "Subnets": [zone["SubnetId"] for zone in balancer.get("AvailabilityZones") or []],
    }


def _update_balancer(api: Api, arn: str, request: Document, change: Change) -> None:
    _set_balancer(api, arn, change.inputs)
    if change.of("accessLogs") and not change.inputs.get("accessLogs"):
        off = [{"Key": _LOGS["enabled"], "Value": "false"}]
        api(CLIENT).modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=off)
    if change.of("securityGroups"):
        groups = request.get("SecurityGroups", [])
        api(CLIENT).set_security_groups(LoadBalancerArn=arn, SecurityGroups=groups)
    if change.of("subnets"):
        api(CLIENT).set_subnets(LoadBalancerArn=arn, Subnets=request["Subnets"])
    if change.of("ipAddressType"):
        api(CLIENT).set_ip_address_type(LoadBalancerArn=arn, IpAddressType=request["IpAddressType"])


def _delete_balancer(api: Api, arn: str, known: Properties) -> None:
    api(CLIENT).delete_load_balancer(LoadBalancerArn=arn)


def _balancer_by_name(api: Api, inputs: Properties) -> str | None:
    answer = found(api(CLIENT).describe_load_balancers, Names=[inputs["name"]])
    balancer = only((answer or {}).get("LoadBalancers"))
    return str(balancer["LoadBalancerArn"]) if balancer else None


def _arn_suffix(api: Api, arn: str, document: Document) -> str:
    """What CloudWatch's dimensions want: `app/name/id`, `targetgroup/name/id`."""
    resource = arn.split(":", 5)[5]
    return resource.removeprefix("loadbalancer/")


_GROUP_ATTRIBUTES: Shape = (
    _attribute("deregistrationDelay", "deregistration_delay.timeout_seconds", int),
    _attribute("loadBalancingAlgorithmType", "load_balancing.algorithm.type"),
    _attribute("loadBalancingAnomalyMitigation", "load_balancing.algorithm.anomaly_mitigation"),
    _attribute("loadBalancingCrossZoneEnabled", "load_balancing.cross_zone.enabled"),
    _attribute("slowStart", "slow_start.duration_seconds", int),
)
# The provider's defaults: AWS's own are 5 and 2.
_HEALTHY_THRESHOLD = 3
_UNHEALTHY_THRESHOLD = 3
_HEALTH_CHECK: Shape = (
    Prop("enabled", "HealthCheckEnabled", default=True, default_sent=True),
    Prop(
        "healthyThreshold", "HealthyThresholdCount", default=_HEALTHY_THRESHOLD, default_sent=True
    ),
    Prop("interval", "HealthCheckIntervalSeconds", default=30, default_sent=True),
    Prop(
        "matcher",
        "Matcher",
        computed=True,
        to=lambda codes: {"HttpCode": codes},
        back=lambda matcher: matcher.get("HttpCode"),
    ),
    Prop("path", "HealthCheckPath", computed=True),
    Prop("port", "HealthCheckPort", default="traffic-port", default_sent=True),
    Prop("protocol", "HealthCheckProtocol", default="HTTP", default_sent=True),
    Prop("timeout", "HealthCheckTimeoutSeconds", computed=True),
    Prop(
        "unhealthyThreshold",
        "UnhealthyThresholdCount",
        default=_UNHEALTHY_THRESHOLD,
        default_sent=True,
    ),
)
_GROUP: Shape = (
    *plain("name", "port", "protocol", "vpcId"),
    Prop("protocolVersion", computed=True),
    Prop("ipAddressType", computed=True),
    Prop("targetType", default="instance", default_sent=True),
    Prop("healthCheck", shape=_HEALTH_CHECK, computed=True),
    *_GROUP_ATTRIBUTES,
)


def _flat(request: Document) -> Document:
    """A health check's parameters stand beside the group's own."""
    check = request.pop("HealthCheck", {})
    return {**request, **check}


def _create_group(api: Api, request: Document, inputs: Properties) -> str:
    answer = api(CLIENT).create_target_group(**_flat(request))
    return str(answer["TargetGroups"][0]["TargetGroupArn"])


def _set_group(api: Api, arn: str, inputs: Properties) -> None:
    attributes = _attributes(_GROUP_ATTRIBUTES, inputs)
    if attributes:
        api(CLIENT).modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)


def _describe_group(api: Api, arn: str, known: Properties) -> Document | None:
    answer = found(api(CLIENT).describe_target_groups, TargetGroupArns=[arn])
    group = only((answer or {}).get("TargetGroups"))
    if group is None:
        return None
    attributes = api(CLIENT).describe_target_group_attributes(TargetGroupArn=arn)
    return {
        **_as_object(attributes["Attributes"]),
        **group,
        "Name": group["TargetGroupName"],
        "HealthCheck": {prop.key: group.get(prop.key) for prop in _HEALTH_CHECK},
    }


def _update_group(api: Api, arn: str, request: Document, change: Change) -> None:
    if change.of("healthCheck"):
        api(CLIENT).modify_target_group(TargetGroupArn=arn, **request.get("HealthCheck", {}))
    _set_group(api, arn, change.inputs)


def _group_by_name(api: Api, inputs: Properties) -> str | None:
    answer = found(api(CLIENT).describe_target_groups, Names=[inputs["name"]])
    group = only((answer or {}).get("TargetGroups"))
    return str(group["TargetGroupArn"]) if group else None


LB = (
    Resource(
        token=token("lb", "LoadBalancer"),
        service=CLIENT,
        shape=_BALANCER,
        name=Name(longest=32),
        tagging=TAGS,
        create=_create_balancer,
        finish=_set_balancer,
        describe=_describe_balancer,
        update=_update_balancer,
        delete=_delete_balancer,
        identify=_balancer_by_name,
        outputs={
            "arn": "LoadBalancerArn",
            "arnSuffix": _arn_suffix,
            "dnsName": "DNSName",
            "zoneId": "CanonicalHostedZoneId",
            "vpcId": "VpcId",
        },
        forces_replacement=frozenset({"name", "internal", "loadBalancerType"}),
    ),
    Resource(
        token=token("lb", "TargetGroup"),
        service=CLIENT,
        shape=_GROUP,
        name=Name(longest=32),
        tagging=TAGS,
        create=_create_group,
        finish=_set_group,
        describe=_describe_group,
        update=_update_group,
        delete=lambda api, arn, known: api(CLIENT).delete_target_group(TargetGroupArn=arn),
        identify=_group_by_name,
        outputs={"arn": "TargetGroupArn", "arnSuffix": _arn_suffix},
        forces_replacement=frozenset(
            {"name", "port", "protocol", "protocolVersion", "vpcId", "targetType", "ipAddressType"}
        ),
    ),
)
