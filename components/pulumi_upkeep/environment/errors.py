"""Errors of the sites and services: who hears of which."""

from typing import Any

import pulumi

from .. import ErrorTracking
from ..observe.dashboard.panel import Panel
from ..observe.error_panels import error_panels
from ..observe.error_tracking import BackEndArgs, ErrorTrackingArgs
from ..plan import Plan
from .monitored import monitored
from .providers import Providers
from .routing import Routes

# Keys of the plan that say nothing to a component.
_OF_THE_PLAN = ("back_end", "slack_for", "tickets_for")


def declare_errors(plan: Plan, providers: Providers, routes: Routes) -> ErrorTracking | None:
    """What browsers and services report."""
    if plan.errors is None:
        return None
    words: Any = plan.errors.in_words()
    for key in _OF_THE_PLAN:
        words.pop(key, None)
    args: ErrorTrackingArgs = words | {
        "back_end": {name: _reporting(plan, name) for name in plan.errors.reporting(plan)},
        **monitored(plan, routes),
    }
    return ErrorTracking("errors", args, pulumi.ResourceOptions(provider=providers.datadog))


def _reporting(plan: Plan, name: str) -> BackEndArgs:
    service = plan.services[name]
    reporting: BackEndArgs = {"datadog": service.datadog}
    return {**reporting, "owner": service.owner} if service.owner else reporting


def panels_of_errors(plan: Plan) -> list[Panel]:
    """What the dashboard shows of errors."""
    if plan.errors is None:
        return []
    return list(
        error_panels(
            plan.environment,
            sorted(site.datadog for site in plan.errors.front_end.values()),
            sorted(plan.services[name].datadog for name in plan.errors.reporting(plan)),
            plan.runbooks,
        )
    )
