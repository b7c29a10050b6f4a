"""What the standby servers are like. Nothing is changed."""

from typing import Any

from .clients import client


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``switch``: open, closed or not there; ``summary``: servers that run and are healthy."""
    region = events["region"]
    group = client("autoscaling", region).describe_auto_scaling_groups(
        AutoScalingGroupNames=[events["group"]]
    )["AutoScalingGroups"]
    if not group:
        raise RuntimeError(f"there is no group {events['group']}")
    balancers = client("elbv2", region)
    health = balancers.describe_target_health(TargetGroupArn=events["targets"])
    healthy = sum(
        one["TargetHealth"]["State"] == "healthy" for one in health["TargetHealthDescriptions"]
    )
    switch = "not there: traffic moves by itself"
    if events["switch"]:
        rule = balancers.describe_rules(RuleArns=[events["switch"]])["Rules"][0]
        code = rule["Actions"][0]["FixedResponseConfig"]["StatusCode"]
        switch = "open" if code == "200" else "closed"
    return {
        "switch": switch,
        "summary": (
            f"{events['group']} runs {len(group[0]['Instances'])} servers, {healthy} are healthy; "
            f"the switch is {switch}."
        ),
    }
