"""Servers: images, instance types, groups, load balancers and target groups, profiles."""

from __future__ import annotations

import json
import re

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.lb import LB
from sandbox.providers.aws.listeners import LISTENERS
from sandbox.providers.aws.lookups.words import (
    Lookup,
    filters,
    holds_tags,
    sought,
    tags_of,
    the_one,
    token,
)
from sandbox.providers.aws.resource import Resource
from sandbox.providers.aws.shape import from_api
from sandbox.providers.cloud import CloudError, Properties

_BALANCER, _TARGET_GROUP = LB
_LISTENER = LISTENERS[0]


def _image(api: Api, args: Properties) -> Properties:
    owners = {"Owners": args["owners"]} if args.get("owners") else {}
    images = api("ec2").describe_images(Filters=filters(args), **owners)["Images"]
    if args.get("nameRegex"):
        images = [it for it in images if re.search(args["nameRegex"], it.get("Name") or "")]
    if not images:
        raise CloudError("Your query returned no results. Please change your search criteria.")
    if len(images) > 1 and not args.get("mostRecent"):
        raise CloudError(
            "Your query returned more than one result. Please try a more specific search criteria, "
            "or set `most_recent` attribute to true."
        )
    image = max(images, key=lambda it: it.get("CreationDate") or "")
    id_ = image["ImageId"]
    return {
        "id": id_,
        "imageId": id_,
        "region": api.region,
        "architecture": image.get("Architecture"),
        "arn": f"arn:aws:ec2:{api.region}::image/{id_}",
        "creationDate": image.get("CreationDate"),
        "description": image.get("Description"),
        "hypervisor": image.get("Hypervisor"),
        "imageLocation": image.get("ImageLocation"),
        "imageType": image.get("ImageType"),
        "name": image.get("Name"),
        "ownerId": image.get("OwnerId"),
        "owners": args.get("owners"),
        "public": bool(image.get("Public")),
        "rootDeviceName": image.get("RootDeviceName"),
        "rootDeviceType": image.get("RootDeviceType"),
        "state": image.get("State"),
        "tags": tags_of(image),
        "virtualizationType": image.get("VirtualizationType"),
        "blockDeviceMappings": [
            {
                "deviceName": it.get("DeviceName"),
                "noDevice": it.get("NoDevice") or "",
                "virtualName": it.get("VirtualName") or "",
                "ebs": {
                    _camel(key): str(value).lower() if isinstance(value, bool) else str(value)
                    for key, value in (it.get("Ebs") or {}).items()
                },
            }
            for it in image.get("BlockDeviceMappings") or []
        ],
    }


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]


def _instance_type(api: Api, args: Properties) -> Properties:
    name = args["instanceType"]
    answer = found(api("ec2").describe_instance_types, InstanceTypes=[name])
    if not (answer or {}).get("InstanceTypes"):
        raise CloudError(f"no matching EC2 Instance Type found for {name}")
    kind = answer["InstanceTypes"][0]
    cpu = kind.get("VCpuInfo") or {}
    network = kind.get("NetworkInfo") or {}
    return {
        "id": name,
        "instanceType": name,
        "region": api.region,
        "bareMetal": bool(kind.get("BareMetal")),
        "burstablePerformanceSupported": bool(kind.get("BurstablePerformanceSupported")),
        "currentGeneration": bool(kind.get("CurrentGeneration")),
        "defaultCores": cpu.get("DefaultCores"),
        "defaultThreadsPerCore": cpu.get("DefaultThreadsPerCore"),
        "defaultVcpus": cpu.get("DefaultVCpus"),
        "hypervisor": kind.get("Hypervisor") or "",
        "instanceStorageSupported": bool(kind.get("InstanceStorageSupported")),
        "maximumNetworkInterfaces": network.get("MaximumNetworkInterfaces"),
        "memorySize": (kind.get("MemoryInfo") or {}).get("SizeInMiB"),
        "networkPerformance": network.get("NetworkPerformance"),
        "supportedArchitectures": (kind.get("ProcessorInfo") or {}).get("SupportedArchitectures"),
        "supportedRootDeviceTypes": kind.get("SupportedRootDeviceTypes"),
        "supportedUsagesClasses": kind.get("SupportedUsageClasses"),
        "supportedVirtualizationTypes": kind.get("SupportedVirtualizationTypes"),
    }


def _group(api: Api, args: Properties) -> Properties:
    answer = api("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[args["name"]])
    group = the_one(answer["AutoScalingGroups"], "Auto Scaling Group", args["name"])
    template = group.get("LaunchTemplate")
    return {
        "id": group["AutoScalingGroupName"],
        "name": group["AutoScalingGroupName"],
        "region": api.region,
        "arn": group["AutoScalingGroupARN"],
        "availabilityZones": group.get("AvailabilityZones") or [],
        "defaultCooldown": group.get("DefaultCooldown"),
        "desiredCapacity": group["DesiredCapacity"],
        "enabledMetrics": [it["Metric"] for it in group.get("EnabledMetrics") or []],
        "healthCheckGracePeriod": group.get("HealthCheckGracePeriod"),
        "healthCheckType": group.get("HealthCheckType"),
        "launchConfiguration": group.get("LaunchConfigurationName") or "",
        "launchTemplates": [
            {
                "id": template.get("LaunchTemplateId"),
                "name": template.get("LaunchTemplateName"),
                "version": template.get("Version"),
            }
        ]
        if template
        else [],
        "loadBalancers": group.get("LoadBalancerNames") or [],
        "maxSize": group["MaxSize"],
        "minSize": group["MinSize"],
        "newInstancesProtectedFromScaleIn": bool(group.get("NewInstancesProtectedFromScaleIn")),
        "placementGroup": group.get("PlacementGroup") or "",
        "serviceLinkedRoleArn": group.get("ServiceLinkedRoleARN") or "",
        "status": group.get("Status") or "",
        "suspendedProcesses": [it["ProcessName"] for it in group.get("SuspendedProcesses") or []],
        "tags": [
            {"key": it["Key"], "value": it["Value"], "propagateAtLaunch": it["PropagateAtLaunch"]}
            for it in group.get("Tags") or []
        ],
        "targetGroupArns": group.get("TargetGroupARNs") or [],
        "terminationPolicies": group.get("TerminationPolicies") or [],
        "vpcZoneIdentifier": group.get("VPCZoneIdentifier") or "",
        "warmPoolSize": group.get("WarmPoolSize") or 0,
    }


def _described(api: Api, resource: Resource, arn: str) -> Properties:
    """A resource of the table as a look-up shows it: everything that is read, and the outputs."""
    document = resource.describe(api, arn, {}) or {}
    values: Properties = {"id": arn, "region": api.region, **from_api(resource.shape, document)}
    for name, output in resource.outputs.items():
        values[name] = (
            document.get(output) if isinstance(output, str) else output(api, arn, document)
        )
    assert resource.tagging is not None
    values["tags"] = resource.tagging.read(api, arn, values)
    return values


def _load_balancer(api: Api, args: Properties) -> Properties:
    asked = _by_arn_or_name(args, "LoadBalancerArns")
    answer = found(api("elbv2").describe_load_balancers, **asked)
    balancers = [
        described
        for it in (answer or {}).get("LoadBalancers", [])
        if holds_tags(
            args.get("tags"),
            (described := _described(api, _BALANCER, it["LoadBalancerArn"]))["tags"],
        )
    ]
    return dict(the_one(balancers, "ELBv2 Load Balancer", args.get("name") or sought(args)))


def _target_group(api: Api, args: Properties) -> Properties:
    asked = _by_arn_or_name(args, "TargetGroupArns")
    answer = found(api("elbv2").describe_target_groups, **asked)
    groups = [
        described
        for it in (answer or {}).get("TargetGroups", [])
        if holds_tags(
            args.get("tags"),
            (described := _described(api, _TARGET_GROUP, it["TargetGroupArn"]))["tags"],
        )
    ]
    group = dict(the_one(groups, "ELBv2 Target Group", args.get("name") or sought(args)))
    # Text in the look-up's result, a number in the resource.
    if group.get("deregistrationDelay") is not None:
        group["deregistrationDelay"] = str(group["deregistrationDelay"])
    return group


def _by_arn_or_name(args: Properties, arns: str) -> dict[str, list[str]]:
    if args.get("arn"):
        return {arns: [args["arn"]]}
    return {"Names": [args["name"]]} if args.get("name") else {}


def _listener(api: Api, args: Properties) -> Properties:
    if args.get("arn"):
        answer = found(api("elbv2").describe_listeners, ListenerArns=[args["arn"]])
    else:
        answer = found(api("elbv2").describe_listeners, LoadBalancerArn=args["loadBalancerArn"])
    listeners = [
        it
        for it in (answer or {}).get("Listeners", [])
        if args.get("port") in (None, it.get("Port"))
    ]
    listener = the_one(listeners, "ELBv2 Listener", sought(args))
    return _described(api, _LISTENER, listener["ListenerArn"])


def _instance_profile(api: Api, args: Properties) -> Properties:
    answer = found(api("iam").get_instance_profile, InstanceProfileName=args["name"])
    profile = the_one(
        [answer["InstanceProfile"]] if answer else [], "IAM Instance Profile", args["name"]
    )
    roles = profile.get("Roles") or [{}]
    return {
        "id": profile["InstanceProfileId"],
        "arn": profile["Arn"],
        "createDate": profile["CreateDate"].isoformat(),
        "name": profile["InstanceProfileName"],
        "path": profile["Path"],
        "roleArn": roles[0].get("Arn", ""),
        "roleId": roles[0].get("RoleId", ""),
        "roleName": roles[0].get("RoleName", ""),
    }


def _role(api: Api, args: Properties) -> Properties:
    answer = found(api("iam").get_role, RoleName=args["name"])
    role = the_one([answer["Role"]] if answer else [], "IAM Role", args["name"])
    return {
        "id": role["RoleName"],
        "arn": role["Arn"],
        "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        "createDate": role["CreateDate"].isoformat(),
        "description": role.get("Description", ""),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "name": role["RoleName"],
        "path": role["Path"],
        "uniqueId": role["RoleId"],
    }


LOOKUPS: dict[str, Lookup] = {
    token("ec2", "getAmi"): _image,
    token("ec2", "getInstanceType"): _instance_type,
    token("autoscaling", "getGroup"): _group,
    token("lb", "getLoadBalancer"): _load_balancer,
    token("lb", "getTargetGroup"): _target_group,
    token("lb", "getListener"): _listener,
    token("iam", "getInstanceProfile"): _instance_profile,
    token("iam", "getRole"): _role,
}
