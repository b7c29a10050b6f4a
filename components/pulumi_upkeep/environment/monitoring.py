"""What is watched inside."""

import pulumi

from .. import ResourceAlarms
from ..observe.capacity import connection_capacity
from ..observe.resource_alarms import WatchedDatabaseArgs
from ..plan import Plan
from ..plan.services import watched_by_services
from .estate import Database, Estate
from .providers import Providers
from .routing import Routes

GIBIBYTE = 1024**3


def declare_alarms(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> ResourceAlarms | None:
    """Alarms of what runs, by the plan's thresholds. Those of a database are in the region of the
    member that takes its writes: an alarm sees metrics of its own region only."""
    if plan.monitoring is None:
        return None
    here, away = watched_databases(plan, estate)
    if away:
        region = plan.regions.recovery
        ResourceAlarms(
            "resources-recovery",
            {
                "topics": routes[region].alert_topics(),
                "runbooks": plan.runbooks,
                "alert_when": plan.monitoring.alert_when.in_words(),
                "databases": away,
            },
            pulumi.ResourceOptions(provider=providers.recovery),
        )
    return ResourceAlarms(
        "resources",
        {
            "topics": routes[plan.regions.primary].alert_topics(),
            "runbooks": plan.runbooks,
            "alert_when": plan.monitoring.alert_when.in_words(),
            "databases": here,
            "servers": {
                name: {"group": servers.group.name, "role": servers.role}
                for name, servers in estate.servers.items()
            },
            "load_balancers": {
                name: {
                    "load_balancer": servers.load_balancer.arn_suffix,
                    "target_group": servers.target_group.arn_suffix,
                    "watched_elsewhere": list(watched_by_services(plan, name)),
                }
                for name, servers in estate.servers.items()
            },
        },
        pulumi.ResourceOptions(provider=providers.primary),
    )


def watched_databases(
    plan: Plan, estate: Estate
) -> tuple[dict[str, WatchedDatabaseArgs], dict[str, WatchedDatabaseArgs]]:
    """What is watched of the databases in the primary region, and of those in the recovery one, by
    the plan's names."""
    here: dict[str, WatchedDatabaseArgs] = {}
    away: dict[str, WatchedDatabaseArgs] = {}
    for name, database in estate.databases.items():
        active = plan.active_member(name)
        # The proxy is that of the estate's own instance.
        proxy = plan.estate.databases[name].proxy if active.looked_up else None
        (here if active.place == "primary" else away)[name] = _watched(database, proxy)
    return here, away


def _watched(database: Database, proxy: str | None) -> WatchedDatabaseArgs:
    instance = database.instance
    memory = database.size.memory
    watched: WatchedDatabaseArgs = {
        "identifier": instance.db_instance_identifier,
        "memory": memory,
        "connections": connection_capacity(instance.engine, memory),
        "storage": instance.allocated_storage * GIBIBYTE,
    }
    return {**watched, "proxy": proxy} if proxy else watched
