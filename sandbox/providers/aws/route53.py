"""Health checks and records."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, from_api, plain, same, unordered
from sandbox.providers.aws.tagging import Tagging, as_list, from_list
from sandbox.providers.cloud import CloudError, Properties

CLIENT = "route53"

_CHECK: Shape = (
    *plain(
        "type",
        "resourcePath",
        "routingControlArn",
        "searchString",
        childHealthThreshold="HealthThreshold",
        fqdn="FullyQualifiedDomainName",
        ipAddress="IPAddress",
    ),
    *computed("failureThreshold", "port", "requestInterval", "insufficientDataHealthStatus"),
    *unordered("regions", childHealthchecks="ChildHealthChecks"),
    Prop("disabled", default=False),
    Prop("invertHealthcheck", "Inverted", default=False),
    Prop("measureLatency", default=False),
    Prop("enableSni", "EnableSNI", computed=True),
    # Two properties in the SDK, one object in the API.
    Prop("cloudwatchAlarmName", sent=False),
    Prop("cloudwatchAlarmRegion", sent=False),
)
# What UpdateHealthCheck does not take.
_FIXED_IN_API = ("Type", "RequestInterval", "MeasureLatency", "RoutingControlArn")


def _read_tags(api: Api, id_: str, known: Properties) -> dict[str, str]:
    answer = found(api(CLIENT).list_tags_for_resource, ResourceType="healthcheck", ResourceId=id_)
    return from_list(answer["ResourceTagSet"]["Tags"]) if answer else {}


def _add_tags(api: Api, id_: str, known: Properties, tags: dict[str, str]) -> None:
    api(CLIENT).change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=id_, AddTags=as_list(tags)
    )


def _remove_tags(api: Api, id_: str, known: Properties, names: list[str]) -> None:
    api(CLIENT).change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=id_, RemoveTagKeys=names
    )


def _config(request: Document, inputs: Properties) -> Document:
    config = dict(request)
    if inputs.get("cloudwatchAlarmName"):
        config["AlarmIdentifier"] = {
            "Name": inputs["cloudwatchAlarmName"],
            "Region": inputs.get("cloudwatchAlarmRegion"),
        }
    return config


def _create_check(api: Api, request: Document, inputs: Properties) -> str:
    answer = api(CLIENT).create_health_check(
        CallerReference=f"{inputs.get('referenceName') or 'pulumi'}-{secrets.token_hex(8)}",
        HealthCheckConfig=_config(request, inputs),
    )
    return str(answer["HealthCheck"]["Id"])


def _describe_check(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api(CLIENT).get_health_check, HealthCheckId=id_)
    if answer is None:
        return None
    config = dict(answer["HealthCheck"]["HealthCheckConfig"])
    alarm = config.get("AlarmIdentifier") or {}
    return {
        **config,
        "CloudwatchAlarmName": alarm.get("Name"),
        "CloudwatchAlarmRegion": alarm.get("Region"),
    }


def _update_check(api: Api, id_: str, request: Document, change: Change) -> None:
    config = _config(request, change.inputs)
    for key in _FIXED_IN_API:
        config.pop(key, None)
    config.setdefault("Disabled", False)
    config.setdefault("Inverted", False)
    api(CLIENT).update_health_check(HealthCheckId=id_, **config)


def _identify_check(api: Api, inputs: Properties) -> str | None:
    """A check has no name: the one with the same settings and all of the tags."""
    for page in api(CLIENT).get_paginator("list_health_checks").paginate():
        for check in page["HealthChecks"]:
            described = from_api(_CHECK, _describe_check(api, check["Id"], {}) or {})
            if all(
                same(prop, inputs.get(prop.name), described.get(prop.name))
                for prop in _CHECK
                if prop.name in inputs
            ):
                tags = _read_tags(api, check["Id"], {})
                if (inputs.get("tags") or {}).items() <= tags.items():
                    return str(check["Id"])
    return None


def _dns(name: Any) -> Any:
    """Names without their final dot, in lower case."""
    return name.rstrip(".").lower() if isinstance(name, str) else name


def _one(shape: Shape) -> dict[str, Any]:
    """A routing policy is a list of one in the SDK."""
    return {"shape": shape, "many": True}


_ALIAS: Shape = (
    Prop("name", "DNSName", plain=_dns),
    Prop("zoneId", "HostedZoneId"),
    Prop("evaluateTargetHealth"),
)
_RECORD: Shape = (
    Prop("zoneId", "HostedZoneId"),
    Prop("name", plain=_dns),
    *plain("type", "setIdentifier", "healthCheckId", ttl="TTL"),
    Prop("multivalueAnswerRoutingPolicy", "MultiValueAnswer"),
    Prop("records", "ResourceRecords", unordered=True),
    Prop("aliases", "AliasTarget", **_one(_ALIAS)),
    Prop("failoverRoutingPolicies", "Failover", **_one(plain("type"))),
    Prop("weightedRoutingPolicies", "Weight", **_one(plain("weight"))),
    Prop("latencyRoutingPolicies", "Region", **_one(plain("region"))),
)


def _zone_name(api: Api, zone: str) -> str:
    answer = found(api(CLIENT).get_hosted_zone, Id=zone)
    if answer is None:
        raise CloudError(f"no matching Route 53 Hosted Zone found: {zone}")
    return str(_dns(answer["HostedZone"]["Name"]))


def _full_name(name: str, zone: str) -> str:
    """A record's full name: the declared one may leave the zone's off."""
    name = _dns(name)
    if not name:
        return zone
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}"


def _record_set(api: Api, inputs: Properties) -> Document:
    """The API's record, whose parts have other forms than the SDK's, rather than other names."""
    record: Document = {
        "Name": _full_name(inputs["name"], _zone_name(api, inputs["zoneId"])),
        "Type": inputs["type"],
    }
    for name, key in (
        ("ttl", "TTL"),
        ("setIdentifier", "SetIdentifier"),
        ("healthCheckId", "HealthCheckId"),
        ("multivalueAnswerRoutingPolicy", "MultiValueAnswer"),
    ):
        if inputs.get(name) not in (None, ""):
            record[key] = inputs[name]
    if inputs.get("records"):
        record["ResourceRecords"] = [{"Value": _quoted(inputs, it)} for it in inputs["records"]]
    for alias in inputs.get("aliases") or []:
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    for policy in inputs.get("failoverRoutingPolicies") or []:
        record["Failover"] = policy["type"]
    for policy in inputs.get("weightedRoutingPolicies") or []:
        record["Weight"] = policy["weight"]
    for policy in inputs.get("latencyRoutingPolicies") or []:
        record["Region"] = policy["region"]
    return record


def _quoted(inputs: Properties, text: str) -> str:
    return f'"{text}"' if inputs["type"] in ("TXT", "SPF") and not text.startswith('"') else text


def _change(api: Api, zone: str, changes: list[tuple[str, Document]]) -> None:
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    api(CLIENT).change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": batch})


def _create_record(api: Api, request: Document, inputs: Properties) -> str:
    action = "UPSERT" if inputs.get("allowOverwrite") else "CREATE"
    _change(api, inputs["zoneId"], [(action, _record_set(api, inputs))])
    return _record_id(inputs)


def _record_id(inputs: Properties) -> str:
    parts = [inputs["zoneId"], _dns(inputs["name"]), inputs["type"]]
    if inputs.get("setIdentifier"):
        parts.append(inputs["setIdentifier"])
    return "_".join(parts)


def _find_record(api: Api, known: Properties) -> Document | None:
    answer = found(api(CLIENT).get_hosted_zone, Id=known["zoneId"])
    if answer is None:
        return None
    name = _full_name(known["name"], str(_dns(answer["HostedZone"]["Name"])))
    pages = api(CLIENT).get_paginator("list_resource_record_sets")
    for page in pages.paginate(
        HostedZoneId=known["zoneId"], StartRecordName=name, StartRecordType=known["type"]
    ):
        for record in page["ResourceRecordSets"]:
            if (
                _dns(record["Name"]) == name
                and record["Type"] == known["type"]
                and record.get("SetIdentifier") == (known.get("setIdentifier") or None)
            ):
                return dict(record)
    return None


def _describe_record(api: Api, id_: str, known: Properties) -> Document | None:
    if "zoneId" not in known:  # an import: `zone_name_type` or `zone_name_type_set`
        zone, name, type_, *rest = id_.split("_")
        known = {"zoneId": zone, "name": name, "type": type_, "setIdentifier": "_".join(rest)}
    record = _find_record(api, known)
    if record is None:
        return None
    return {
        **{
            key: record[key]
            for key in ("Type", "TTL", "SetIdentifier", "HealthCheckId", "MultiValueAnswer")
            if key in record
        },
        "HostedZoneId": known["zoneId"],
        "Name": known["name"],
        "Fqdn": _dns(record["Name"]),
        "ResourceRecords": [it["Value"].strip('"') for it in record.get("ResourceRecords") or []],
        "AliasTarget": [record["AliasTarget"]] if "AliasTarget" in record else None,
        "Failover": [{"Type": record["Failover"]}] if "Failover" in record else None,
        "Weight": [{"Weight": record["Weight"]}] if "Weight" in record else None,
        "Region": [{"Region": record["Region"]}] if "Region" in record else None,
    }


def _update_record(api: Api, id_: str, request: Document, change: Change) -> None:
    changes = [("UPSERT", _record_set(api, change.inputs))]
    if change.of("type", "setIdentifier") and change.old_outputs.get("zoneId"):
        # Another type or set is another record; both happen at once or not at all.
        old = _find_record(api, change.old_outputs)
        changes = [("DELETE", old), *changes] if old is not None else changes
    _change(api, change.inputs["zoneId"], changes)


def _delete_record(api: Api, id_: str, known: Properties) -> None:
    record = _find_record(api, known)
    if record is not None:
        _change(api, known["zoneId"], [("DELETE", record)])


ROUTE53 = (
    Resource(
        token=token("route53", "HealthCheck"),
        service=CLIENT,
        shape=_CHECK,
        tagging=Tagging(
            lambda tags: {},
            _read_tags,
            _add_tags,
            _remove_tags,
        ),
        regional=False,
        create=_create_check,
        describe=_describe_check,
        update=_update_check,
        delete=lambda api, id_, known: api(CLIENT).delete_health_check(HealthCheckId=id_),
        identify=_identify_check,
        outputs={"arn": lambda api, id_, it: f"arn:aws:route53:::healthcheck/{id_}"},
        provider_only=frozenset({"referenceName", "triggers"}),
        forces_replacement=frozenset(
            {"type", "requestInterval", "measureLatency", "routingControlArn", "referenceName"}
        ),
    ),
    Resource(
        token=token("route53", "Record"),
        service=CLIENT,
        shape=_RECORD,
        regional=False,
        create=_create_record,
        describe=_describe_record,
        update=_update_record,
        delete=_delete_record,
        identify=lambda api, inputs: _record_id(inputs),
        outputs={"fqdn": "Fqdn"},
        place=("zoneId", "name", "type", "setIdentifier"),
        provider_only=frozenset({"allowOverwrite"}),
        forces_replacement=frozenset({"zoneId", "name"}),
    ),
)
