"""Deploy application code if needed: servers that run another image than their template names are
replaced."""

import time
from typing import Any

from .clients import client

PAUSE = 15
WITHIN = 540
ENDED = ("Cancelled", "Failed", "RollbackFailed", "RollbackSuccessful")


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``deployed``: ``as it was``, or the id of the refresh that replaced servers."""
    groups = client("autoscaling", events["region"])
    name = events["group"]
    if not stale(groups, events["region"], name):
        return {"deployed": "as it was"}
    running = refreshes(groups, name)
    if not running or running[0]["Status"] not in ("Pending", "InProgress"):
        groups.start_instance_refresh(AutoScalingGroupName=name)
    for _ in range(0, WITHIN, PAUSE):
        time.sleep(PAUSE)
        latest = refreshes(groups, name)[0]
        if latest["Status"] == "Successful":
            return {"deployed": latest["InstanceRefreshId"]}
        if latest["Status"] in ENDED:
            raise RuntimeError(f"the refresh of {name} ended {latest['Status']}")
    raise RuntimeError(f"the refresh of {name} is not done yet")


def stale(groups: Any, region: str, name: str) -> list[str]:
    """Servers whose version of the launch template is not the one that new servers get."""
    group = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    template = group[0].get("LaunchTemplate")
    if not template:
        return []
    versions = client("ec2", region).describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=[template["Version"]]
    )["LaunchTemplateVersions"]
    wanted = str(versions[0]["VersionNumber"])
    return [
        one["InstanceId"]
        for one in group[0]["Instances"]
        if str(one.get("LaunchTemplate", {}).get("Version", wanted)) != wanted
    ]


def refreshes(groups: Any, name: str) -> Any:
    return groups.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
