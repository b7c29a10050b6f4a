"""EC2: ways to services of AWS that do not leave a network."""

from __future__ import annotations

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, plain, unordered
from sandbox.providers.aws.tagging import ec2_tagging
from sandbox.providers.cloud import Properties

_ENDPOINT: Shape = (
    *plain("vpcId", "serviceName"),
    Prop("vpcEndpointType", default="Gateway", default_sent=True),
    # The API would turn it on where nothing is said; the provider says no.
    Prop("privateDnsEnabled", default=False, default_sent=True),
    Prop("policy", "PolicyDocument", json=True, computed=True),
    *computed("ipAddressType"),
    *unordered("subnetIds", "securityGroupIds", "routeTableIds"),
)
_SETS = {
    "subnetIds": "SubnetIds",
    "securityGroupIds": "SecurityGroupIds",
    "routeTableIds": "RouteTableIds",
}


def _create(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("ec2").create_vpc_endpoint(**request)["VpcEndpoint"]["VpcEndpointId"])


def _describe(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("ec2").describe_vpc_endpoints, VpcEndpointIds=[id_])
    endpoint = only((answer or {}).get("VpcEndpoints"))
    if endpoint is None or str(endpoint.get("State", "")).lower() == "deleted":
        return None
    groups = [group["GroupId"] for group in endpoint.get("Groups") or []]
    return {
        **endpoint,
        "SecurityGroupIds": groups or endpoint.get("SecurityGroupIds") or [],
        "Arn": api.arn("ec2", f"vpc-endpoint/{id_}"),
        "Names": [
            {"dnsName": entry["DnsName"], "hostedZoneId": entry.get("HostedZoneId", "")}
            for entry in endpoint.get("DnsEntries") or []
        ],
    }


def _update(api: Api, id_: str, request: Document, change: Change) -> None:
    asked: Document = {}
    if change.of("privateDnsEnabled"):
        asked["PrivateDnsEnabled"] = bool(change.inputs.get("privateDnsEnabled"))
    if change.of("policy"):
        asked["PolicyDocument"] = change.inputs.get("policy") or ""
    for name, key in _SETS.items():
        now, wanted = set(change.old_inputs.get(name) or []), set(change.inputs.get(name) or [])
        if new := sorted(wanted - now):
            asked[f"Add{key}"] = new
        if gone := sorted(now - wanted):
            asked[f"Remove{key}"] = gone
    if asked:
        api("ec2").modify_vpc_endpoint(VpcEndpointId=id_, **asked)


def _identify(api: Api, inputs: Properties) -> str | None:
    filters = [
        {"Name": "vpc-id", "Values": [inputs["vpcId"]]},
        {"Name": "service-name", "Values": [inputs["serviceName"]]},
    ]
    answer = api("ec2").describe_vpc_endpoints(Filters=filters)
    endpoint = only(answer["VpcEndpoints"])
    return str(endpoint["VpcEndpointId"]) if endpoint else None


ENDPOINTS = (
    Resource(
        token=token("ec2", "VpcEndpoint"),
        service="ec2",
        shape=_ENDPOINT,
        tagging=ec2_tagging("vpc-endpoint"),
        create=_create,
        describe=_describe,
        update=_update,
        delete=lambda api, id_, known: api("ec2").delete_vpc_endpoints(VpcEndpointIds=[id_]),
        identify=_identify,
        outputs={
            "arn": "Arn",
            "dnsEntries": "Names",
            "networkInterfaceIds": "NetworkInterfaceIds",
            "state": "State",
        },
        forces_replacement=frozenset({"vpcId", "serviceName", "vpcEndpointType"}),
    ),
)
