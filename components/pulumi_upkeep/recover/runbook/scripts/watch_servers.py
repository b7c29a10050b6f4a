"""Watch servers for a while after they took over."""

import time
from typing import Any

from .clients import client

PAUSE = 30


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``lowest``: the fewest healthy servers that were seen. Raises when there were too few."""
    balancers = client("elbv2", events["region"])
    lowest = None
    for _ in range(0, events["seconds"], PAUSE):
        time.sleep(PAUSE)
        found = balancers.describe_target_health(TargetGroupArn=events["targets"])
        healthy = sum(
            one["TargetHealth"]["State"] == "healthy" for one in found["TargetHealthDescriptions"]
        )
        lowest = healthy if lowest is None else min(lowest, healthy)
        if healthy < events["servers"]:
            raise RuntimeError(f"{healthy} of {events['servers']} servers were healthy")
    return {"lowest": lowest}
