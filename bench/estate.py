"""A plan's estate as canned answers to look-ups: what the program finds when no cloud is there."""

from collections.abc import Callable, Mapping
from typing import Any

ACCOUNT = "123456789012"

Arguments = Mapping[str, Any]
Answer = dict[str, Any]


def _arn(service: str, rest: str, region: str = "us-east-1") -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


def _instance(asked: Arguments) -> Answer:
    identifier = asked["dbInstanceIdentifier"]
    return {
        "dbInstanceIdentifier": identifier,
        "dbInstanceArn": _arn("rds", f"db:{identifier}"),
        "dbInstanceClass": "db.r6g.large",
        "engine": "postgres",
        "engineVersion": "16.10",
        "multiAz": True,
        "allocatedStorage": 100,
        "backupRetentionPeriod": 7,
        "preferredMaintenanceWindow": "sun:09:30-sun:10:00",
        "address": f"{identifier}.cbynomi.us-east-1.rds.amazonaws.com",
        "dbClusterIdentifier": "",
        "kmsKeyId": _arn("kms", "key/0123"),
        "replicateSourceDb": "",
        "storageEncrypted": True,
        "vpcSecurityGroups": ["sg-0123456789abcdef0"],
    }


# The instances that are there already: those of the plan's estate.
INSTANCES: set[str] = set()


def stands_on(estate: Mapping[str, Any]) -> None:
    """Has the look-ups find the databases of a plan's estate."""
    INSTANCES.update(each["instance"] for each in estate.get("databases", {}).values())


def _instances(asked: Arguments) -> Answer:
    """Of the members that are asked for, those of the estate: replicas are declared."""
    names = [name for each in asked.get("filters") or [] for name in each["values"]]
    return {"instanceIdentifiers": [name for name in names if name in INSTANCES]}


def _load_balancer(asked: Arguments) -> Answer:
    name = asked["name"]
    suffix = f"app/{name}/0123456789abcdef"
    return {
        "name": name,
        "arn": _arn("elasticloadbalancing", f"loadbalancer/{suffix}"),
        "arnSuffix": suffix,
        "dnsName": f"{name}.us-east-1.elb.amazonaws.com",
        "zoneId": "Z35SXDOTRQ7X7K",
    }


def _target_group(asked: Arguments) -> Answer:
    suffix = f"targetgroup/{asked['name']}/0123456789abcdef"
    return {"arnSuffix": suffix, "arn": _arn("elasticloadbalancing", suffix), "port": 3000}


# Of Datadog, as far as roles of the shipped plans have them.
PERMISSIONS = (
    "dashboards_read",
    "incident_read",
    "incident_write",
    "monitors_read",
    "notebooks_read",
    "slos_read",
    "synthetics_read",
)

ANSWERS: Mapping[str, Callable[[Arguments], Answer]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "userId": ACCOUNT,
    },
    "aws:index/getPartition:getPartition": lambda _: {"partition": "aws"},
    "aws:index/getRegion:getRegion": lambda _: {"region": "us-east-1", "name": "us-east-1"},
    "aws:route53/getZone:getZone": lambda asked: {"zoneId": "Z0BYNOMI", "name": asked["name"]},
    "aws:iam/getRole:getRole": lambda asked: {
        "arn": f"arn:aws:iam::{ACCOUNT}:role/{asked['name']}"
    },
    "aws:iam/getInstanceProfile:getInstanceProfile": lambda asked: {"roleName": asked["name"]},
    "aws:rds/getInstance:getInstance": _instance,
    "aws:rds/getInstances:getInstances": _instances,
    "aws:rds/getProxy:getProxy": lambda asked: {"name": asked["name"]},
    "aws:rds/getSubnetGroup:getSubnetGroup": lambda asked: {
        "name": asked["name"],
        "vpcId": "vpc-0123456789abcdef0",
    },
    "aws:ec2/getInstanceType:getInstanceType": lambda _: {"memorySize": 16384, "defaultVcpus": 2},
    "aws:autoscaling/getGroup:getGroup": lambda asked: {
        "name": asked["name"],
        "availabilityZones": ["us-east-1a", "us-east-1b"],
    },
    "aws:lb/getLoadBalancer:getLoadBalancer": _load_balancer,
    "aws:lb/getTargetGroup:getTargetGroup": _target_group,
    "aws:lb/getListener:getListener": lambda asked: {
        "arn": asked["loadBalancerArn"].replace(":loadbalancer/", ":listener/") + "/0123456789ab"
    },
    "datadog:index/getCurrentUser:getCurrentUser": lambda _: {
        "id": "11111111-0000-4000-8000-000000000001",
        "orgId": "11111111-0000-4000-8000-000000000002",
    },
    "datadog:index/getPermissions:getPermissions": lambda _: {
        "permissions": {name: f"permission-{name}" for name in PERMISSIONS}
    },
    "datadog:index/getUser:getUser": lambda asked: {
        "id": f"user-{asked['filter']}",
        "email": asked["filter"],
        "name": asked["filter"],
        "status": "Active",
        "disabled": False,
    },
    "aws:s3/getBucket:getBucket": lambda asked: {"arn": f"arn:aws:s3:::{asked['bucket']}"},
    "aws:ec2/getSecurityGroup:getSecurityGroup": lambda _: {"id": "sg-0123456789abcdef0"},
    # Fence groups, which the first deployment declares.
    "aws:ec2/getSecurityGroups:getSecurityGroups": lambda _: {"ids": []},
    "aws:cloudcontrol/getResource:getResource": lambda _: {
        "properties": '{"VersioningConfiguration": {"Status": "Enabled"}}'
    },
    "aws:kms/getAlias:getAlias": lambda _: {
        "arn": _arn("kms", "alias/bench"),
        "targetKeyArn": _arn("kms", "key/0123"),
        "targetKeyId": "0123",
    },
    "aws:ec2/getVpc:getVpc": lambda _: {"id": "vpc-0123456789abcdef0"},
    "aws:ec2/getSubnets:getSubnets": lambda _: {"ids": [f"subnet-{n:017x}" for n in range(3)]},
    "aws:ec2/getAmi:getAmi": lambda _: {"id": "ami-0123456789abcdef0"},
    "aws:acm/getCertificate:getCertificate": lambda asked: {
        "arn": _arn("acm", "certificate/0123"),
        "domain": asked["domain"],
    },
}


def added(type_: str, name: str) -> Answer:
    """What a cloud adds to a resource that was declared, as far as the components read it."""
    outputs: Answer = {"arn": f"arn:aws:mock:us-east-1:{ACCOUNT}:{name}"}
    if type_ == "aws:kms/key:Key":
        outputs["keyId"] = name
    if type_ == "aws:lb/loadBalancer:LoadBalancer":
        outputs |= _load_balancer({"name": name})
    if type_ == "aws:lb/targetGroup:TargetGroup":
        outputs |= _target_group({"name": name})
    if type_ == "aws:rds/instance:Instance":
        outputs["address"] = f"{name}.mock.us-east-1.rds.amazonaws.com"
    if type_ == "aws:s3/bucket:Bucket":
        outputs["bucketRegionalDomainName"] = f"{name}.s3.us-east-1.amazonaws.com"
    if type_ == "aws:cloudfront/distribution:Distribution":
        outputs |= {"domainName": f"{name}.cloudfront.net", "hostedZoneId": "Z2FDTNDATAQYW2"}
    return outputs
