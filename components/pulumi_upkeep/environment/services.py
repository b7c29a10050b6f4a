"""What customers use: each service's monitors, by the plan's thresholds."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from .. import ServiceMonitors
from ..observe.service_monitors import ServiceMonitorsArgs, WatchedServiceArgs
from ..plan import Plan
from ..plan.services import RunsOn, company_thresholds, filling
from .estate import Estate
from .monitored import monitored
from .monitoring import GIBIBYTE
from .providers import Providers
from .routing import Routes


def declare_services(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
) -> ServiceMonitors | None:
    """The monitors of all services."""
    if not plan.services:
        return None
    company = company_thresholds(plan).in_words()
    args: ServiceMonitorsArgs = {
        **monitored(plan, routes),
        "alert_when": _only(company, ("response_time", "error_rate")),
        "services": {
            name: _watched(plan, estate, name, mine) for name, mine in filling(plan).items()
        },
    }
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
