"""Looks whether a standby could take over now, item by item, and says so as a metric.

Runs in the recovery region, by the clock and whenever a runbook asks. Each item is published as
``Upkeep/Recovery Ready{Standby, Item}``: 1 where it is there and right, 0 where not, or where that
cannot be told. What is compared with the primary region is compared only while that answers: a
standby is not less ready because the primary is gone.

STANDBY (environment): {"standby": name, "primary": region, "items": [{"item": name, "kind": kind,
...}]}; what a kind needs beside them stands at its function below.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

NAMESPACE = "Upkeep/Recovery"
METRIC = "Ready"
# Renewal by AWS Certificate Manager begins 60 days before the end: at 30 it has failed.
CERTIFICATE_AT_LEAST = timedelta(days=30)
# Route 53 and its like may be down with the primary: nothing here waits for it long.
QUICKLY = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2})

_log = logging.getLogger("readiness")

Spec = Mapping[str, Any]
Clients = Callable[..., Any]


class NotReadyError(Exception):
    """Why an item is not ready, as a person would say it."""


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Looks at everything, publishes it, and answers with it.

    Returns {"standby": name, "ready": bool, "items": [{"item", "ready", "says"}]}.
    """
    asked = json.loads(os.environ["STANDBY"])
    items = [_looked_at(spec, asked["primary"]) for spec in asked["items"]]
    for item in items:
        if not item["ready"]:
            _log.warning("not ready: %s: %s", item["item"], item["says"])
    _client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": METRIC,
                "Dimensions": [
                    {"Name": "Standby", "Value": asked["standby"]},
                    {"Name": "Item", "Value": item["item"]},
                ],
                "Value": 1.0 if item["ready"] else 0.0,
            }
            for item in items
        ],
    )
    return {
        "standby": asked["standby"],
        "ready": all(item["ready"] for item in items),
        "items": items,
    }


def _looked_at(spec: Spec, primary: str) -> dict[str, Any]:
    try:
        says = LOOK[spec["kind"]]({**spec, "primary": primary}) or "ready"
    except NotReadyError as reason:
        return {"item": spec["item"], "ready": False, "says": str(reason)}
    except (BotoCoreError, ClientError) as error:
        # What cannot be seen cannot be relied on either.
        return {"item": spec["item"], "ready": False, "says": str(error)}
    return {"item": spec["item"], "ready": True, "says": says}


def _client(service: str, region: str | None = None) -> Any:
    return boto3.client(service, region_name=region, config=QUICKLY)


def _of_primary(service: str, region: str, operation: str, **asked: Any) -> Any:
    """What the primary region answers; None where it does not."""
    try:
        return getattr(_client(service, region), operation)(**asked)
    except BotoCoreError:
        return None
    except ClientError as error:
        if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
            return None
        raise


NOT_COMPARED = "ready; not compared with the primary, which does not answer"


def _image(spec: Spec) -> None:
    """id"""
    images = _client("ec2").describe_images(ImageIds=[spec["id"]])["Images"]
    if not images:
        raise NotReadyError(f"the image {spec['id']} is gone")
    if images[0]["State"] != "available":
        raise NotReadyError(f"the image {spec['id']} is {images[0]['State']}")


def _template(spec: Spec) -> None:
    """id, image: the launch template and the image that it starts"""
    versions = _client("ec2").describe_launch_template_versions(
        LaunchTemplateId=spec["id"], Versions=["$Default"]
    )["LaunchTemplateVersions"]
    if not versions:
        raise NotReadyError(f"the launch template {spec['id']} has no default version")
    image = versions[0]["LaunchTemplateData"].get("ImageId")
    if image != spec["image"]:
        raise NotReadyError(f"the launch template starts {image}, the plan says {spec['image']}")


def _group(spec: Spec) -> None:
    """name, at_most: the auto-scaling group and how far it must be able to grow"""
    groups = _client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[spec["name"]]
    )["AutoScalingGroups"]
    if not groups:
        raise NotReadyError(f"the group {spec['name']} is gone")
    if groups[0]["MaxSize"] < spec["at_most"]:
        raise NotReadyError(
            f"the group grows to {groups[0]['MaxSize']} servers, not to {spec['at_most']}"
        )
    suspended = {process["ProcessName"] for process in groups[0].get("SuspendedProcesses", [])}
    if suspended & {"Launch", "AddToLoadBalancer"}:
        raise NotReadyError(f"the group does not start servers: {', '.join(sorted(suspended))}")


def _certificate(spec: Spec) -> None:
    """arn"""
    found = _client("acm").describe_certificate(CertificateArn=spec["arn"])["Certificate"]
    if found["Status"] != "ISSUED":
        raise NotReadyError(f"the certificate is {found['Status']}")
    left = found["NotAfter"] - datetime.now(UTC)
    if left < CERTIFICATE_AT_LEAST:
        raise NotReadyError(f"the certificate ends in {left.days} days")


def _secret(spec: Spec) -> str | None:
    """name: of the secret, in both regions"""
    here = _current(_client("secretsmanager").describe_secret(SecretId=spec["name"]))
    if here is None:
        raise NotReadyError(f"the secret {spec['name']} is deleted or has no current version")
    answer = _of_primary(
        "secretsmanager", spec["primary"], "describe_secret", SecretId=spec["name"]
    )
    if answer is None:
        return NOT_COMPARED
    # A replica has its primary's versions, by the same identifiers.
    if _current(answer) != here:
        raise NotReadyError(f"the secret {spec['name']} is another version than the primary's")
    return None


def _current(secret: Mapping[str, Any]) -> str | None:
    if secret.get("DeletedDate"):
        return None
    stages: Mapping[str, list[str]] = secret.get("VersionIdsToStages") or {}
    return next((version for version, names in stages.items() if "AWSCURRENT" in names), None)


def _log_group(spec: Spec) -> None:
    """name, days: the log group and how long it keeps"""
    found = _client("logs").describe_log_groups(logGroupNamePrefix=spec["name"])["logGroups"]
    here = next((group for group in found if group["logGroupName"] == spec["name"]), None)
    if here is None:
        raise NotReadyError(f"the log group {spec['name']} is gone")
    if here.get("retentionInDays") != spec["days"]:
        raise NotReadyError(
            f"the log group {spec['name']} keeps {here.get('retentionInDays') or 'for ever'}, "
            f"not {spec['days']} days"
        )


def _quota(spec: Spec) -> str:
    """code, families, others, type, at_most, group: the quota of vCPUs and what it must hold"""
    ec2 = _client("ec2")
    quota = _client("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode=spec["code"])[
        "Quota"
    ]["Value"]
    kinds = ec2.describe_instance_types(InstanceTypes=[spec["type"]])["InstanceTypes"]
    each = int(kinds[0]["VCpuInfo"]["DefaultVCpus"])
    wanted, running = each * spec["at_most"], 0
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    )
    for page in pages:
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                if _counts(instance, spec):
                    running += _vcpus(ec2, instance)
    if running + wanted > quota:
        raise NotReadyError(
            f"{spec['at_most']} {spec['type']} take {wanted} vCPUs, {running} run beside them, "
            f"and the region's quota is {quota:g}"
        )
    return f"ready; {quota - running - wanted:g} vCPUs are left"


def _counts(instance: Mapping[str, Any], spec: Spec) -> bool:
    """Whether an instance takes of the same quota and is none of the standby's own."""
    kind = instance["InstanceType"]
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    return (
        kind[0] in spec["families"]
        and not kind.startswith(tuple(spec["others"]))
        and tags.get("aws:autoscaling:groupName") != spec["group"]
        # Spot servers have a quota of their own.
        and instance.get("InstanceLifecycle") is None
    )


def _vcpus(ec2: Any, instance: Mapping[str, Any]) -> int:
    options = instance.get("CpuOptions") or {}
    if options.get("CoreCount"):
        return int(options["CoreCount"]) * int(options.get("ThreadsPerCore") or 1)
    kinds = ec2.describe_instance_types(InstanceTypes=[instance["InstanceType"]])
    return int(kinds["InstanceTypes"][0]["VCpuInfo"]["DefaultVCpus"])


def _key(spec: Spec) -> None:
    """arn"""
    found = _client("kms").describe_key(KeyId=spec["arn"])["KeyMetadata"]
    if found["KeyState"] != "Enabled":
        raise NotReadyError(f"the key {spec['arn']} is {found['KeyState']}")


def _document(spec: Spec) -> None:
    """name: of the runbook"""
    found = _client("ssm").describe_document(Name=spec["name"])["Document"]
    if found["Status"] != "Active":
        raise NotReadyError(f"the runbook {spec['name']} is {found['Status']}")


def _state(spec: Spec) -> None:
    """bucket: that holds a copy of the deployments' state"""
    listed = _client("s3").list_objects_v2(Bucket=spec["bucket"], MaxKeys=1)
    if not listed.get("KeyCount"):
        raise NotReadyError(f"the bucket {spec['bucket']} is empty: the state is not copied")


def _version(spec: Spec) -> str | None:
    """parameter: that names the deployed version, in both regions"""
    asked = {"Name": spec["parameter"]}
    here = _client("ssm").get_parameter(**asked)["Parameter"]["Value"]
    answer = _of_primary("ssm", spec["primary"], "get_parameter", **asked)
    if answer is None:
        return NOT_COMPARED
    there = answer["Parameter"]["Value"]
    if here != there:
        raise NotReadyError(f"{here} is deployed here, {there} in the primary region")
    return f"ready; {here}"


LOOK: Mapping[str, Callable[[Spec], str | None]] = {
    "certificate": _certificate,
    "document": _document,
    "group": _group,
    "image": _image,
    "key": _key,
    "log-group": _log_group,
    "quota": _quota,
    "secret": _secret,
    "state": _state,
    "template": _template,
    "version": _version,
}
