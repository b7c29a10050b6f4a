"""Logs: kept, found, counted and read."""

import pulumi

from .. import LogAggregation
from ..observe.dashboard.panel import Panel
from ..observe.log_aggregation import LogAggregationArgs
from ..observe.log_view import LogNames, log_panels
from ..plan import Plan
from .estate import Estate
from .monitored import monitored
from .providers import Providers
from .routing import Routes


def declare_logs(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
) -> LogAggregation | None:
    """The logs of the environment."""
    if plan.logs is None:
        return None
    args: LogAggregationArgs = plan.logs.in_words() | {
        **monitored(plan, routes),
        "region": plan.regions.primary,
        "topics": routes[plan.regions.primary].alert_topics(),
        "services": {name: service.datadog for name, service in plan.services.items()},
        "protected": plan.protected,
    }
    if estate.datadog_role_arn:
        args["datadog_role_arn"] = estate.datadog_role_arn
    return LogAggregation(
        "logs", args, pulumi.ResourceOptions(providers=[providers.primary, providers.datadog])
    )


def panels_of_logs(plan: Plan) -> list[Panel]:
    """What the dashboard shows of logs."""
    if plan.logs is None:
        return []
    names = LogNames(pulumi.get_project(), plan.environment, plan.logs.index or "")
    return list(log_panels(plan.logs, names, plan.runbooks))
