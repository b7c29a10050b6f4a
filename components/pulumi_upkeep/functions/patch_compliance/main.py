"""How the servers' patches stand, every day: what is missing for too long, and the last run's age.

A patch that is approved between two windows is missing until the next one: that is as it should be.
Overdue is a server that has lacked one for longer than from one window to the next, that failed to
install one, that waits for a restart, that has another baseline, or of which nobody reported for
days. What is remembered from day to day stands in a parameter.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

DOCUMENT = "AWS-RunPatchBaseline"
# A scan is taken every day; with two missed, the agent or the association is broken.
STALE = timedelta(days=2, hours=12)
# A server that started within the day has not been scanned yet.
NEW = timedelta(days=1)
# What a parameter of the standard tier holds [Systems Manager].
MOST_REMEMBERED = 80


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Publishes ``PatchesMissing`` and ``PatchesOverdue``, in servers, and ``PatchAge``, in days,
    of each group."""
    now = datetime.now(UTC)
    ssm = boto3.client("ssm")
    report = {}
    data = []
    for name, group in json.loads(os.environ["GROUPS"]).items():
        parameter = f"{os.environ['PARAMETERS']}/{name}"
        memory = json.loads(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
        servers = running(group["groups"])
        states = {
            state["InstanceId"]: state
            for batch in batches(sorted(servers))
            for state in ssm.describe_instance_patch_states(InstanceIds=batch)[
                "InstancePatchStates"
            ]
        }
        since = memory.get("missing", {})
        missing = {
            each: since.get(each) or now.isoformat()
            for each, state in states.items()
            if lacks(state)
        }
        late = timedelta(days=group["late"])
        overdue = {}
        for each, started in servers.items():
            if why := reason(states.get(each), started, missing.get(each), group, late, now):
                overdue[each] = why
        installed = newest_installation(ssm, group["comment"]) or memory.get("installed")
        awaited = memory.get("awaited") or now.isoformat()
        oldest = dict(sorted(missing.items(), key=lambda item: item[1])[:MOST_REMEMBERED])
        remembered = {"awaited": awaited, "installed": installed, "missing": oldest}
        if remembered != memory:
            ssm.put_parameter(
                Name=parameter, Value=json.dumps(remembered), Type="String", Overwrite=True
            )
        age = (now - datetime.fromisoformat(installed or awaited)) / timedelta(days=1)
        report[name] = {
            "servers": len(servers),
            "missing": sorted(missing),
            "overdue": overdue,
            "installed": installed,
        }
        for metric, value in (
            ("PatchesMissing", len(missing)),
            ("PatchesOverdue", len(overdue)),
            ("PatchAge", age),
        ):
            data.append(
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "Servers", "Value": name}],
                    "Value": value,
                    "Timestamp": now,
                }
            )
    boto3.client("cloudwatch").put_metric_data(Namespace=os.environ["NAMESPACE"], MetricData=data)
    return report


def running(groups: list[str]) -> dict[str, datetime]:
    """Instance -> when it started, of the groups' servers that serve."""
    scaling, ec2 = boto3.client("autoscaling"), boto3.client("ec2")
    ids = [
        instance["InstanceId"]
        for page in scaling.get_paginator("describe_auto_scaling_groups").paginate(
            AutoScalingGroupNames=groups
        )
        for group in page["AutoScalingGroups"]
        for instance in group["Instances"]
        if instance["LifecycleState"] == "InService"
    ]
    if not ids:
        return {}
    return {
        instance["InstanceId"]: instance["LaunchTime"]
        for page in ec2.get_paginator("describe_instances").paginate(InstanceIds=ids)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def batches(ids: list[str], most: int = 50) -> list[list[str]]:
    """So many at once [Systems Manager, DescribeInstancePatchStates]."""
    return [ids[index : index + most] for index in range(0, len(ids), most)]


def lacks(state: Mapping[str, Any]) -> bool:
    """Whether an approved patch is not there, or does not work yet."""
    return any(
        state.get(count, 0)
        for count in ("MissingCount", "FailedCount", "InstalledPendingRebootCount")
    )


def reason(
    state: Mapping[str, Any] | None,
    started: datetime,
    missing_since: str | None,
    group: Mapping[str, Any],
    late: timedelta,
    now: datetime,
) -> str | None:
    """Why a server is overdue; None where it is not."""
    if state is None:
        return "never scanned" if now - started > NEW else None
    if now - state["OperationEndTime"] > STALE:
        return f"not scanned since {state['OperationEndTime']:%Y-%m-%d}"
    if state["BaselineId"] != group["baseline"]:
        # By its ARN, where AWS tells one of its own.
        return f"has the baseline {state['BaselineId']}: is its tag PatchGroup right?"
    if state.get("FailedCount", 0):
        return f"{state['FailedCount']} patches failed"
    if missing_since and now - datetime.fromisoformat(missing_since) > late:
        return f"lacks patches since {missing_since[:10]}"
    return None


def newest_installation(ssm: Any, comment: str) -> str | None:
    """When the newest run began that succeeded everywhere; Systems Manager remembers 30 days."""
    begun = [
        command["RequestedDateTime"]
        for page in ssm.get_paginator("list_commands").paginate(
            Filters=[{"key": "DocumentName", "value": DOCUMENT}]
        )
        for command in page["Commands"]
        if command.get("Comment") == comment
        and command["Status"] == "Success"
        and command.get("Parameters", {}).get("Operation") == ["Install"]
    ]
    return max(begun).isoformat() if begun else None
