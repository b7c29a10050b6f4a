"""Have at least so many servers run. More that run already are kept."""

from typing import Any

from .clients import client


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``servers``: how many shall run now."""
    groups = client("autoscaling", events["region"])
    name, wanted = events["group"], events["servers"]
    group = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    if not group:
        raise RuntimeError(f"there is no group {name}")
    if group[0]["MaxSize"] < wanted:
        raise RuntimeError(f"{name} may grow to {group[0]['MaxSize']} servers, not to {wanted}")
    servers = max(wanted, group[0]["DesiredCapacity"])
    # The least, too: nothing that scales in takes them away again while they serve.
    groups.update_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=servers, DesiredCapacity=servers
    )
    return {"servers": servers}
