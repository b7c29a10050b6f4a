"""What the company lives by: counted, compared with last week, and told when there is none."""

from collections.abc import Mapping

import pulumi
from providers import Providers
from pulumi_upkeep import BusinessMetrics
from pulumi_upkeep.observe.business_metrics import BusinessMetricsArgs
from pulumi_upkeep.observe.business_panels import business_panels
from pulumi_upkeep.observe.dashboard.panel import Panel
from pulumi_upkeep.plan import Plan
from routing import Routes


def declare_business(
    plan: Plan,
    providers: Providers,
    routes: Routes,
    owners: Mapping[str, pulumi.Input[str]] | None = None,
) -> BusinessMetrics | None:
    """The monitors of what is counted; ``owners`` are the handles of each team. None where nothing
    is watched: a count alone is for the dashboard."""
    if not any(entry.falls or entry.stops for entry in plan.business.values()):
        return None
    hours = plan.business_hours
    args: BusinessMetricsArgs = {
        "metrics": {name: entry.in_words() for name, entry in plan.business.items()},
        "environment": plan.environment,
        "runbooks": plan.runbooks,
        "handles": routes[plan.regions.primary].handles(),
        "business_hours": {
            "on": list(hours.on),
            "opens": f"{hours.from_:%H:%M}",
            "closes": f"{hours.to:%H:%M}",
        },
        "timezone": plan.timezone,
        "owners": dict(owners or {}),
    }
    if plan.dashboards is not None and plan.dashboards.address is not None:
        args["dashboard"] = plan.dashboards.address
    return BusinessMetrics("business", args, pulumi.ResourceOptions(provider=providers.datadog))


def panels_of_business(plan: Plan) -> list[Panel]:
    """What the dashboard shows of it."""
    return list(business_panels(plan.business, plan.environment, plan.runbooks))
