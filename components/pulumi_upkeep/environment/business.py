"""What the company lives by: counted, compared with last week, and told when there is none."""

import pulumi

from .. import BusinessMetrics
from ..observe.business_metrics import BusinessMetricsArgs
from ..observe.business_panels import business_panels
from ..observe.dashboard.panel import Panel
from ..plan import Plan
from .monitored import monitored
from .providers import Providers
from .routing import Routes, business_hours


def declare_business(plan: Plan, providers: Providers, routes: Routes) -> BusinessMetrics | None:
    """The monitors of what is counted. None where nothing is watched: a count alone is for the
    dashboard."""
    if not any(entry.falls or entry.stops for entry in plan.business.values()):
        return None
    args: BusinessMetricsArgs = {
        **monitored(plan, routes),
        "metrics": {name: entry.in_words() for name, entry in plan.business.items()},
        "business_hours": business_hours(plan.business_hours),
    }
    return BusinessMetrics("business", args, pulumi.ResourceOptions(provider=providers.datadog))


def panels_of_business(plan: Plan) -> list[Panel]:
    """What the dashboard shows of it."""
    return list(business_panels(plan.business, plan.environment, plan.runbooks))
