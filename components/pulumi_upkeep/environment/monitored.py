"""What every component with Datadog monitors is told of the plan."""

from typing import NotRequired, TypedDict

import pulumi

from ..observe.handles import DatadogHandles
from ..plan import Plan
from .routing import Routes, team_handles


class Monitored(TypedDict):
    """Arguments that these components have in common."""

    environment: str
    runbooks: str
    handles: DatadogHandles
    timezone: str
    owners: dict[str, pulumi.Input[str]]
    dashboard: NotRequired[pulumi.Input[str]]


def monitored(plan: Plan, routes: Routes) -> Monitored:
    """They tell whom the primary region's routes name, and the teams that own what fails."""
    args: Monitored = {
        "environment": plan.environment,
        "runbooks": plan.runbooks,
        "handles": routes[plan.regions.primary].handles(),
        "timezone": plan.timezone,
        "owners": team_handles(plan),
    }
    if plan.dashboards is not None and plan.dashboards.address is not None:
        args["dashboard"] = plan.dashboards.address
    return args
