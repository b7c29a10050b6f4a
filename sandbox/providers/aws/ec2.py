"""Launch templates, security groups and their rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, plain, unordered
from sandbox.providers.aws.tagging import as_list, ec2_tagging, from_list
from sandbox.providers.cloud import Properties

MANAGED = "Managed by Pulumi"
ANYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _truth(name: str, api: str = "") -> Prop:
    """A truth value that the SDK has as text, so that "not said" has a value of its own."""
    return Prop(
        name, api, to=lambda text: text == "true", back=lambda true: "true" if true else "false"
    )


_EBS: Shape = (
    *plain("iops", "kmsKeyId", "snapshotId", "throughput", "volumeSize", "volumeType"),
    _truth("deleteOnTermination"),
    _truth("encrypted"),
)
_INTERFACE: Shape = (
    *plain("description", "deviceIndex", "interfaceType", "networkCardIndex"),
    *plain("networkInterfaceId", "privateIpAddress", "subnetId"),
    *unordered(securityGroups="Groups"),
    _truth("associatePublicIpAddress"),
    _truth("deleteOnTermination"),
)
_DATA: Shape = (
    *plain(
        "disableApiStop",
        "disableApiTermination",
        "imageId",
        "instanceInitiatedShutdownBehavior",
        "instanceType",
        "kernelId",
        "keyName",
        "ramDiskId",
        "userData",
    ),
    *unordered(vpcSecurityGroupIds="SecurityGroupIds", securityGroupNames="SecurityGroups"),
    _truth("ebsOptimized"),
    Prop(
        "blockDeviceMappings",
        shape=(*plain("deviceName", "noDevice", "virtualName"), Prop("ebs", shape=_EBS)),
        many=True,
    ),
    Prop("creditSpecification", shape=plain("cpuCredits")),
    Prop("enclaveOptions", shape=plain("enabled")),
    Prop("hibernationOptions", shape=plain("configured")),
    Prop("iamInstanceProfile", shape=plain("arn", "name")),
    Prop("maintenanceOptions", shape=plain("autoRecovery")),
    Prop(
        "metadataOptions",
        shape=computed(
            "httpEndpoint",
            "httpProtocolIpv6",
            "httpPutResponseHopLimit",
            "httpTokens",
            "instanceMetadataTags",
        ),
    ),
    Prop("monitoring", shape=plain("enabled")),
    Prop("networkInterfaces", shape=_INTERFACE, many=True),
    Prop(
        "placement",
        shape=plain(
            "affinity", "availabilityZone", "groupName", "hostId", "spreadDomain", "tenancy"
        ),
    ),
    Prop(
        "tagSpecifications",
        shape=(Prop("resourceType"), Prop("tags", to=as_list, back=from_list)),
        many=True,
    ),
)
_TEMPLATE: Shape = (
    Prop("name", "LaunchTemplateName"),
    Prop("description", "VersionDescription"),
    Prop("defaultVersion", "DefaultVersionNumber", computed=True, sent=False),
    *_DATA,
)
_OF_DATA = frozenset(prop.name for prop in _DATA)


def _split(request: Document) -> tuple[Document, Document]:
    own = ("LaunchTemplateName", "VersionDescription")
    keys = {prop.key for prop in _DATA}
    # The template's own tags share a parameter's name with those of what it launches.
    data = {key: value for key, value in request.items() if key in keys}
    return {key: request[key] for key in own if key in request}, data


def _create_template(api: Api, request: Document, inputs: Properties) -> str:
    own_tags = request.pop("OwnTagSpecifications", None)
    own, data = _split(request)
    tags = {"TagSpecifications": own_tags} if own_tags else {}
    answer = api("ec2").create_launch_template(**own, **tags, LaunchTemplateData=data)
    return str(answer["LaunchTemplate"]["LaunchTemplateId"])


def _describe_template(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("ec2").describe_launch_templates, LaunchTemplateIds=[id_])
    template = only((answer or {}).get("LaunchTemplates"))
    if template is None:
        return None
    versions = api("ec2").describe_launch_template_versions(
        LaunchTemplateId=id_, Versions=["$Latest"]
    )["LaunchTemplateVersions"]
    latest = versions[-1]
    return {
        **latest["LaunchTemplateData"],
        **template,
        "VersionDescription": latest.get("VersionDescription"),
    }


def _update_template(api: Api, id_: str, request: Document, change: Change) -> None:
    own, data = _split(request)
    version = change.old_outputs.get("latestVersion")
    if change.properties & (_OF_DATA | {"description"}):
        own.pop("LaunchTemplateName", None)
        answer = api("ec2").create_launch_template_version(
            LaunchTemplateId=id_, **own, LaunchTemplateData=data
        )
        version = answer["LaunchTemplateVersion"]["VersionNumber"]
    default = version if change.inputs.get("updateDefaultVersion") else None
    default = change.inputs.get("defaultVersion") or default
    if default is not None:
        api("ec2").modify_launch_template(LaunchTemplateId=id_, DefaultVersion=str(default))


def _identify_template(api: Api, inputs: Properties) -> str | None:
    answer = found(api("ec2").describe_launch_templates, LaunchTemplateNames=[inputs["name"]])
    template = only((answer or {}).get("LaunchTemplates"))
    return str(template["LaunchTemplateId"]) if template else None


_GROUP_RULE: Shape = (
    *plain("fromPort", "toPort", "protocol", "description"),
    *unordered("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"),
    Prop("self", default=False),
)


def _rules(name: str) -> Prop:
    return Prop(
        name,
        shape=_GROUP_RULE,
        many=True,
        unordered=True,
        computed=True,
        sent=False,
        back=lambda rules: rules,  # `_rule` has translated them
    )


_GROUP: Shape = (
    Prop("name", "GroupName"),
    Prop("description", default=MANAGED, default_sent=True),
    Prop("vpcId", computed=True),
    _rules("ingress"),
    _rules("egress"),
)


def _permission(rule: Properties, group: str) -> Document:
    said = {"Description": rule["description"]} if rule.get("description") else {}
    groups = [*(rule.get("securityGroups") or []), *([group] if rule.get("self") else [])]
    permission: Document = {
        "IpProtocol": rule["protocol"],
        "FromPort": rule["fromPort"],
        "ToPort": rule["toPort"],
        "IpRanges": [{"CidrIp": it, **said} for it in rule.get("cidrBlocks") or []],
        "Ipv6Ranges": [{"CidrIpv6": it, **said} for it in rule.get("ipv6CidrBlocks") or []],
        "PrefixListIds": [{"PrefixListId": it, **said} for it in rule.get("prefixListIds") or []],
        "UserIdGroupPairs": [{"GroupId": it, **said} for it in groups],
    }
    if rule["protocol"] == "-1":
        del permission["FromPort"], permission["ToPort"]
    return {key: value for key, value in permission.items() if value != []}


def _rule(permission: Document, group: str) -> Properties:
    pairs = [pair["GroupId"] for pair in permission.get("UserIdGroupPairs") or []]
    ranges = [
        *(permission.get("IpRanges") or []),
        *(permission.get("Ipv6Ranges") or []),
        *(permission.get("PrefixListIds") or []),
        *(permission.get("UserIdGroupPairs") or []),
    ]
    rule: Properties = {
        "protocol": permission["IpProtocol"],
        "fromPort": permission.get("FromPort", 0),
        "toPort": permission.get("ToPort", 0),
        "cidrBlocks": [it["CidrIp"] for it in permission.get("IpRanges") or []],
        "ipv6CidrBlocks": [it["CidrIpv6"] for it in permission.get("Ipv6Ranges") or []],
        "prefixListIds": [it["PrefixListId"] for it in permission.get("PrefixListIds") or []],
        "securityGroups": [it for it in pairs if it != group],
        "self": group in pairs,
        "description": ranges[0].get("Description") if ranges else None,
    }
    return {key: value for key, value in rule.items() if value not in (None, [])}


def _create_group(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("ec2").create_security_group(**request)["GroupId"])


def _finish_group(api: Api, group: str, inputs: Properties) -> None:
    # AWS opens a new group to the outside; the provider closes it again, so that what is declared
    # is all there is.
    found(api("ec2").revoke_security_group_egress, GroupId=group, IpPermissions=[ANYWHERE])
    _set_rules(api, group, "ingress", [], inputs.get("ingress") or [])
    _set_rules(api, group, "egress", [], inputs.get("egress") or [])


def _set_rules(
    api: Api, group: str, way: str, now: list[Properties], wanted: list[Properties]
) -> None:
    gone = [_permission(rule, group) for rule in now if rule not in wanted]
    new = [_permission(rule, group) for rule in wanted if rule not in now]
    if gone:
        getattr(api("ec2"), f"revoke_security_group_{way}")(GroupId=group, IpPermissions=gone)
    if new:
        getattr(api("ec2"), f"authorize_security_group_{way}")(GroupId=group, IpPermissions=new)


def _describe_group(api: Api, group: str, known: Properties) -> Document | None:
    answer = found(api("ec2").describe_security_groups, GroupIds=[group])
    document = only((answer or {}).get("SecurityGroups"))
    if document is None:
        return None
    described: Document = {**document, "Arn": api.arn("ec2", f"security-group/{group}")}
    # Rules that are resources of their own are no change of the group.
    if not known or "ingress" in known:
        described["Ingress"] = [_rule(it, group) for it in document.get("IpPermissions") or []]
    if not known or "egress" in known:
        permissions = document.get("IpPermissionsEgress") or []
        described["Egress"] = [_rule(it, group) for it in permissions]
    return described


def _update_group(api: Api, group: str, request: Document, change: Change) -> None:
    for way in ("ingress", "egress"):
        if change.of(way):
            now = (_describe_group(api, group, {}) or {})[way.capitalize()]
            _set_rules(api, group, way, now, change.inputs.get(way) or [])


def _identify_group(api: Api, inputs: Properties) -> str | None:
    filters = [{"Name": "group-name", "Values": [inputs["name"]]}]
    if inputs.get("vpcId"):
        filters.append({"Name": "vpc-id", "Values": [inputs["vpcId"]]})
    group = only(api("ec2").describe_security_groups(Filters=filters)["SecurityGroups"])
    return str(group["GroupId"]) if group else None


_SINGLE_RULE: Shape = (
    *plain(
        "cidrIpv4",
        "cidrIpv6",
        "description",
        "fromPort",
        "ipProtocol",
        "prefixListId",
        "toPort",
        referencedSecurityGroupId="ReferencedGroupId",
        securityGroupId="GroupId",
    ),
)


def _single_permission(request: Document) -> Document:
    said = {"Description": request["Description"]} if "Description" in request else {}
    permission: Document = {"IpProtocol": request["IpProtocol"]}
    for key in ("FromPort", "ToPort"):
        if key in request:
            permission[key] = request[key]
    for key, list_, inner in (
        ("CidrIpv4", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("PrefixListId", "PrefixListIds", "PrefixListId"),
        ("ReferencedGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        if key in request:
            permission[list_] = [{inner: request[key], **said}]
    return permission


def _authorize(way: str) -> Any:
    def create(api: Api, request: Document, inputs: Properties) -> str:
        answer = getattr(api("ec2"), f"authorize_security_group_{way}")(
            GroupId=request["GroupId"],
            IpPermissions=[_single_permission(request)],
            **{key: request[key] for key in ("TagSpecifications",) if key in request},
        )
        return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    return create


def _describe_single(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("ec2").describe_security_group_rules, SecurityGroupRuleIds=[id_])
    rule = only((answer or {}).get("SecurityGroupRules"))
    if rule is None:
        return None
    referenced = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
    ports = {
        key: None if rule.get(key) == -1 and rule["IpProtocol"] == "-1" else rule.get(key)
        for key in ("FromPort", "ToPort")
    }
    return {
        **rule,
        **ports,
        "ReferencedGroupId": referenced,
        "Arn": api.arn("ec2", f"security-group-rule/{id_}"),
    }


def _update_single(api: Api, id_: str, request: Document, change: Change) -> None:
    group = request.pop("GroupId")
    api("ec2").modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[{"SecurityGroupRuleId": id_, "SecurityGroupRule": request}],
    )


def _revoke(way: str) -> Any:
    def delete(api: Api, id_: str, known: Properties) -> None:
        getattr(api("ec2"), f"revoke_security_group_{way}")(
            GroupId=known["securityGroupId"], SecurityGroupRuleIds=[id_]
        )

    return delete


def _identify_single(egress: bool) -> Any:
    def identify(api: Api, inputs: Properties) -> str | None:
        filters = [{"Name": "group-id", "Values": [inputs["securityGroupId"]]}]
        answer = api("ec2").describe_security_group_rules(Filters=filters)
        for rule in answer["SecurityGroupRules"]:
            described = _describe_single(api, rule["SecurityGroupRuleId"], {}) or {}
            if bool(rule.get("IsEgress")) == egress and all(
                described.get(prop.key) == inputs.get(prop.name)
                for prop in _SINGLE_RULE
                if prop.name != "description"
            ):
                return str(rule["SecurityGroupRuleId"])
        return None

    return identify


def _single_rule(name: str, way: str) -> Resource:
    return Resource(
        token=token("vpc", name),
        service="ec2",
        shape=_SINGLE_RULE,
        tagging=ec2_tagging("security-group-rule"),
        create=_authorize(way),
        describe=_describe_single,
        update=_update_single,
        delete=_revoke(way),
        identify=_identify_single(way == "egress"),
        outputs={"arn": "Arn", "securityGroupRuleId": "SecurityGroupRuleId"},
        place=tuple(prop.name for prop in _SINGLE_RULE if prop.name != "description"),
        forces_replacement=frozenset({"securityGroupId"}),
    )


def _template_tagging() -> Any:
    usual = ec2_tagging("launch-template")
    return replace(
        usual,
        in_create=lambda tags: {"OwnTagSpecifications": usual.in_create(tags)["TagSpecifications"]},
    )


EC2 = (
    Resource(
        token=token("ec2", "LaunchTemplate"),
        service="ec2",
        shape=_TEMPLATE,
        name=Name(longest=128),
        tagging=_template_tagging(),
        create=_create_template,
        describe=_describe_template,
        update=_update_template,
        delete=lambda api, id_, known: api("ec2").delete_launch_template(LaunchTemplateId=id_),
        identify=_identify_template,
        outputs={
            "arn": lambda api, id_, it: api.arn("ec2", f"launch-template/{id_}"),
            "latestVersion": "LatestVersionNumber",
        },
        unknown_after={
            "latestVersion": _OF_DATA | {"description"},
            "defaultVersion": _OF_DATA | {"description", "updateDefaultVersion"},
        },
        provider_only=frozenset({"updateDefaultVersion"}),
        forces_replacement=frozenset({"name"}),
    ),
    Resource(
        token=token("ec2", "SecurityGroup"),
        service="ec2",
        shape=_GROUP,
        name=Name(longest=255),
        tagging=ec2_tagging("security-group"),
        create=_create_group,
        finish=_finish_group,
        describe=_describe_group,
        update=_update_group,
        delete=lambda api, group, known: api("ec2").delete_security_group(GroupId=group),
        identify=_identify_group,
        outputs={"arn": "Arn", "ownerId": "OwnerId"},
        place=("name", "vpcId"),
        provider_only=frozenset({"revokeRulesOnDelete"}),
        forces_replacement=frozenset({"name", "description", "vpcId"}),
    ),
    _single_rule("SecurityGroupIngressRule", "ingress"),
    _single_rule("SecurityGroupEgressRule", "egress"),
)
