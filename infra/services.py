"""What customers use: each service's monitors, by the plan's thresholds."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from estate import Estate
from monitoring import GIBIBYTE
from providers import Providers
from pulumi_upkeep import ServiceMonitors
from pulumi_upkeep.observe.service_monitors import ServiceMonitorsArgs, WatchedServiceArgs
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.services import RunsOn, filling
from routing import Routes


def declare_services(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    owners: Mapping[str, pulumi.Input[str]] | None = None,
) -> ServiceMonitors | None:
    """The monitors of all services; ``owners`` are the handles of each team."""
    if not plan.services:
        return None
    args: ServiceMonitorsArgs = {
        "services": {
            name: _watched(plan, estate, name, mine) for name, mine in filling(plan).items()
        },
        "environment": plan.environment,
        "runbooks": plan.runbooks,
        "handles": routes[plan.regions.primary].handles(),
        "timezone": plan.timezone,
    }
    if plan.monitoring:
        written = plan.monitoring.alert_when.in_words()
        args["alert_when"] = _only(written, ("response_time", "error_rate"))
    if plan.dashboards is not None and plan.dashboards.address is not None:
        args["dashboard"] = plan.dashboards.address
    if owners:
        args["owners"] = dict(owners)
    return ServiceMonitors("services", args, pulumi.ResourceOptions(provider=providers.datadog))


def _watched(plan: Plan, estate: Estate, name: str, mine: RunsOn) -> WatchedServiceArgs:
    """One service; ``mine`` is what it alone watches of what it runs on."""
    written = plan.services[name].in_words()
    watched: WatchedServiceArgs = _only(written, WatchedServiceArgs.__annotations__)
    if not (mine.servers or mine.databases):
        # Another service watches what they share.
        watched.pop("saturation", None)
    watched["servers"] = {each: {"group": estate.servers[each].group.name} for each in mine.servers}
    watched["databases"] = {
        each: {
            "identifier": estate.databases[each].instance.db_instance_identifier,
            "storage": estate.databases[each].instance.allocated_storage * GIBIBYTE,
        }
        for each in mine.databases
    }
    return watched


def _only(written: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """A block of the plan with those of its keys that a component takes."""
    return {key: written[key] for key in keys if key in written}
