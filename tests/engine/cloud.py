"""Everything that stands in a sandbox's AWS, as boto3 lists it: to compare before and after."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

REGIONS = ("us-east-1", "us-west-2")

Inventory = dict[str, str]
"""What is there: ``service region kind id`` -> its description as JSON."""

# Services of one place, asked in one region; the others are asked in both.
_GLOBAL = frozenset({"iam", "route53", "s3"})
# What an operation lists, under which key, and what names each item.
_LISTS: tuple[tuple[str, str, str, str], ...] = (
    ("acm", "list_certificates", "CertificateSummaryList", "CertificateArn"),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
    ("autoscaling", "describe_policies", "ScalingPolicies", "PolicyARN"),
    ("backup", "list_backup_plans", "BackupPlansList", "BackupPlanName"),
    ("backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "describe_alarms", "CompositeAlarms", "AlarmName"),
    ("ec2", "describe_images", "Images", "ImageId"),
    ("ec2", "describe_instances", "Reservations", "ReservationId"),
    ("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
    ("ec2", "describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    ("events", "list_rules", "Rules", "Name"),
    ("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("kms", "list_aliases", "Aliases", "AliasName"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    ("rds", "describe_db_proxies", "DBProxies", "DBProxyName"),
    ("rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ("route53", "list_health_checks", "HealthChecks", "Id"),
    ("route53", "list_hosted_zones", "HostedZones", "Id"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("scheduler", "list_schedules", "Schedules", "Name"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
    ("ssm", "list_associations", "Associations", "AssociationId"),
)
# What comes and goes with the time of day, and with those who use a thing.
_PASSING = frozenset(
    {"AvailableIpAddressCount", "InUse", "LastModified", "LatestRestorableTime", "RevisionId"}
)
# What is asked for of all that there is: the account's own images, and servers that are not gone.
_ASKED: dict[str, dict[str, Any]] = {
    "describe_images": {"Owners": ["self"]},
    "describe_instances": {
        "Filters": [{"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]}]
    },
}
# AWS makes these itself where they are first needed.
_OF_AWS = re.compile(r"^(alias/aws/|default\.)")

Client = Callable[..., Any]


def inventory(client: Client) -> Inventory:
    """Everything that is there; ``client(service, region)`` makes a boto3 client."""
    return dict(sorted(_everything(client)))


def _everything(client: Client) -> Iterator[tuple[str, str]]:
    for service, operation, key, id_ in _LISTS:
        for region in REGIONS[:1] if service in _GLOBAL else REGIONS:
            for item in listed(client(service, region), operation, key):
                if not _OF_AWS.match(item[id_]):
                    yield f"{service} {region} {key} {item[id_]}", _text(item)
    for region in REGIONS:
        yield from _keys(client("kms", region), region)
        yield from _listeners(client("elbv2", region), region)
    yield from _records(client("route53"))
    yield from _roles(client("iam"))


def listed(client: Any, operation: str, key: str, **arguments: Any) -> list[dict[str, Any]]:
    """All items of all pages."""
    arguments = _ASKED.get(operation, {}) | arguments
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**arguments)
    else:
        pages = [getattr(client, operation)(**arguments)]
    return [item for page in pages for item in page[key]]


def _keys(client: Any, region: str) -> Iterator[tuple[str, str]]:
    """The account's own keys in use. One that is deleted stays listed for the days in which it
    can be saved."""
    of_aws = {
        alias.get("TargetKeyId")
        for alias in listed(client, "list_aliases", "Aliases")
        if _OF_AWS.match(alias["AliasName"])
    }
    for key in listed(client, "list_keys", "Keys"):
        found = client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if found["KeyState"] == "Enabled" and key["KeyId"] not in of_aws:
            yield f"kms {region} Keys {key['KeyId']}", _text(found)


def _listeners(client: Any, region: str) -> Iterator[tuple[str, str]]:
    for balancer in listed(client, "describe_load_balancers", "LoadBalancers"):
        arn = balancer["LoadBalancerArn"]
        for listener in listed(client, "describe_listeners", "Listeners", LoadBalancerArn=arn):
            rules = client.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            name = f"elbv2 {region} Listeners {listener['ListenerArn']}"
            yield name, _text([listener, rules])


def _records(client: Any) -> Iterator[tuple[str, str]]:
    for zone in listed(client, "list_hosted_zones", "HostedZones"):
        for record in listed(
            client, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]
        ):
            id_ = "/".join((zone["Id"], record["Name"], record["Type"]))
            name = f"route53 us-east-1 Records {id_}/{record.get('SetIdentifier', '')}"
            yield name, _text(record)


def _roles(client: Any) -> Iterator[tuple[str, str]]:
    for role in listed(client, "list_roles", "Roles"):
        name = role["RoleName"]
        attached = listed(client, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        inline = listed(client, "list_role_policies", "PolicyNames", RoleName=name)
        policies = sorted([policy["PolicyName"] for policy in attached]) + sorted(map(str, inline))
        yield f"iam us-east-1 RolePolicies {name}", _text(policies)


def _text(value: Any) -> str:
    def without_passing(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: without_passing(v) for k, v in part.items() if k not in _PASSING}
        return [without_passing(item) for item in part] if isinstance(part, list) else part

    return json.dumps(without_passing(value), sort_keys=True, default=str)
