"""Wait until enough servers behind a load balancer are healthy."""

import time
from typing import Any

from .clients import client

PAUSE = 15
WITHIN = 540


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``healthy``: how many are. Raises when there are not enough: the step is then tried again."""
    balancers = client("elbv2", events["region"])
    waited = 0
    while True:
        found = balancers.describe_target_health(TargetGroupArn=events["targets"])
        states = [one["TargetHealth"]["State"] for one in found["TargetHealthDescriptions"]]
        healthy = states.count("healthy")
        if healthy >= events["servers"]:
            return {"healthy": healthy}
        if waited >= WITHIN:
            raise RuntimeError(f"{healthy} of {events['servers']} servers are healthy: {states}")
        time.sleep(PAUSE)
        waited += PAUSE
