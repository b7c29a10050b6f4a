"""Networks, subnets, security groups."""

from __future__ import annotations

from typing import Any

from sandbox.providers.aws.api import Api
from sandbox.providers.aws.lookups.words import Lookup, filters, sought, tags_of, the_one, token
from sandbox.providers.cloud import Properties


def _ids(argument: str, args: Properties) -> dict[str, Any]:
    return {argument: [args["id"]]} if args.get("id") else {}


def _vpc(api: Api, args: Properties) -> Properties:
    asked = filters(args, cidrBlock="cidr", state="state", dhcpOptionsId="dhcp-options-id")
    if args.get("default"):
        asked.append({"Name": "isDefault", "Values": ["true"]})
    answer = api("ec2").describe_vpcs(Filters=asked, **_ids("VpcIds", args))
    vpc = the_one(answer["Vpcs"], "EC2 VPC", sought(args))
    id_ = vpc["VpcId"]
    return {
        "id": id_,
        "region": api.region,
        "arn": api.arn("ec2", f"vpc/{id_}"),
        "cidrBlock": vpc["CidrBlock"],
        "default": bool(vpc.get("IsDefault")),
        "dhcpOptionsId": vpc.get("DhcpOptionsId"),
        "instanceTenancy": vpc.get("InstanceTenancy"),
        "ownerId": vpc.get("OwnerId") or api.account,
        "state": vpc.get("State"),
        "tags": tags_of(vpc),
    }


def _subnets(api: Api, args: Properties) -> Properties:
    pages = api("ec2").get_paginator("describe_subnets").paginate(Filters=filters(args))
    return {
        "id": api.region,
        "region": api.region,
        "filters": args.get("filters"),
        "tags": args.get("tags") or {},
        "ids": [subnet["SubnetId"] for page in pages for subnet in page["Subnets"]],
    }


def _subnet(api: Api, args: Properties) -> Properties:
    asked = filters(
        args,
        availabilityZone="availability-zone",
        cidrBlock="cidr-block",
        state="state",
        vpcId="vpc-id",
    )
    answer = api("ec2").describe_subnets(Filters=asked, **_ids("SubnetIds", args))
    subnet = the_one(answer["Subnets"], "EC2 Subnet", sought(args))
    return {
        "id": subnet["SubnetId"],
        "region": api.region,
        "arn": subnet["SubnetArn"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet.get("AvailabilityZoneId"),
        "cidrBlock": subnet["CidrBlock"],
        "defaultForAz": bool(subnet.get("DefaultForAz")),
        "mapPublicIpOnLaunch": bool(subnet.get("MapPublicIpOnLaunch")),
        "ownerId": subnet.get("OwnerId"),
        "state": subnet.get("State"),
        "tags": tags_of(subnet),
        "vpcId": subnet["VpcId"],
    }


def _security_group(api: Api, args: Properties) -> Properties:
    asked = filters(args, name="group-name", vpcId="vpc-id")
    answer = api("ec2").describe_security_groups(Filters=asked, **_ids("GroupIds", args))
    group = the_one(answer["SecurityGroups"], "EC2 Security Group", sought(args))
    id_ = group["GroupId"]
    return {
        "id": id_,
        "region": api.region,
        "arn": api.arn("ec2", f"security-group/{id_}"),
        "description": group.get("Description"),
        "name": group["GroupName"],
        "tags": tags_of(group),
        "vpcId": group.get("VpcId"),
    }


def _security_groups(api: Api, args: Properties) -> Properties:
    pages = api("ec2").get_paginator("describe_security_groups").paginate(Filters=filters(args))
    groups = [group for page in pages for group in page["SecurityGroups"]]
    return {
        "id": api.region,
        "region": api.region,
        "filters": args.get("filters"),
        "tags": args.get("tags") or {},
        "ids": [group["GroupId"] for group in groups],
        "arns": [api.arn("ec2", f"security-group/{group['GroupId']}") for group in groups],
        "vpcIds": [group.get("VpcId") for group in groups],
    }


LOOKUPS: dict[str, Lookup] = {
    token("ec2", "getVpc"): _vpc,
    token("ec2", "getSubnets"): _subnets,
    token("ec2", "getSubnet"): _subnet,
    token("ec2", "getSecurityGroup"): _security_group,
    token("ec2", "getSecurityGroups"): _security_groups,
}
