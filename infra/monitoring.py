"""Who hears of what, what is watched inside, and what is asked from outside."""

from collections.abc import Mapping

import pulumi
from backup_places import vault_regions
from estate import Database, Estate
from providers import GLOBAL_REGION, Providers
from pulumi_upkeep import AlertRoutes, ResourceAlarms, UptimeChecks
from pulumi_upkeep.observe.alert_routes import AlertRoutesArgs, SeverityRouteArgs
from pulumi_upkeep.observe.capacity import connection_capacity
from pulumi_upkeep.observe.resource_alarms import WatchedDatabaseArgs
from pulumi_upkeep.observe.uptime_checks import UptimeChecksArgs
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.severities import SeverityDefinition
from pulumi_upkeep.plan.words import Secret

GIBIBYTE = 1024**3

Routes = Mapping[str, AlertRoutes]


def declare_routes(plan: Plan, estate: Estate, providers: Providers) -> Routes:
    """The routes of every region that has alarms: an alarm reaches topics of its own region only.

    AWS's chat application is not regional, so the primary region's routes speak for all in Slack.
    """
    primary = plan.regions.primary
    others = {GLOBAL_REGION} - {primary}
    if plan.standby or plan.replicas or plan.writers or _copies(plan):
        others |= {plan.regions.recovery}
    routes = {
        region: _routes(f"alerts-{region}", plan, estate, providers, region)
        for region in sorted(others)
    }
    return {primary: _routes("alerts", plan, estate, providers, primary, routes), **routes}


def _copies(plan: Plan) -> bool:
    return bool(plan.bucket_replicas) or any(
        plan.regions.recovery in vault_regions(plan, entry) for entry in plan.backups.values()
    )


def _routes(
    name: str,
    plan: Plan,
    estate: Estate,
    providers: Providers,
    region: str,
    others: Routes | None = None,
) -> AlertRoutes:
    severities = plan.severities
    args: AlertRoutesArgs = {
        "account": estate.account,
        "severities": {
            "p0": _heard_by(severities.p0),
            "p1": _heard_by(severities.p1),
            "p2": _heard_by(severities.p2),
            "p3": _heard_by(severities.p3),
        },
        "account_wide": others is not None,
        "other_regions": [each.alert_topics() for each in (others or {}).values()],
    }
    if plan.slack:
        args["slack"] = plan.slack.in_words()
    if estate.datadog_role_arn:
        args["datadog_role_arn"] = estate.datadog_role_arn
    return AlertRoutes(name, args, pulumi.ResourceOptions(provider=providers.aws[region]))


def _heard_by(definition: SeverityDefinition) -> SeverityRouteArgs:
    """Who hears of a severity, with the phone numbers that the plan only names."""
    phones: dict[str, pulumi.Input[str]] = {}
    for index, number in enumerate(definition.sms, start=1):
        if isinstance(number, Secret):
            phones[number.secret] = pulumi.Config("upkeep").require_secret(number.secret)
        else:
            phones[f"phone-{index}"] = number
    return {"email": list(definition.email), "sms": phones, "slack": list(definition.slack)}


def declare_alarms(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> ResourceAlarms | None:
    """Alarms of what runs, by the plan's thresholds. Those of a database are in the region of the
    member that takes its writes: an alarm sees metrics of its own region only."""
    if plan.monitoring is None:
        return None
    here, away = _by_region(plan, estate)
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
                }
                for name, servers in estate.servers.items()
            },
        },
        pulumi.ResourceOptions(provider=providers.primary),
    )


def _by_region(
    plan: Plan, estate: Estate
) -> tuple[dict[str, WatchedDatabaseArgs], dict[str, WatchedDatabaseArgs]]:
    """What is watched of the databases in the primary region, and of those in the recovery one."""
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


def declare_uptime(plan: Plan, providers: Providers, routes: Routes) -> UptimeChecks | None:
    """The checks of what customers reach."""
    if plan.uptime is None:
        return None
    args: UptimeChecksArgs = plan.uptime.in_words() | {
        "runbooks": plan.runbooks,
        "handles": routes[plan.regions.primary].handles(),
        "tags": [f"environment:{plan.environment}"],
    }
    return UptimeChecks("uptime", args, pulumi.ResourceOptions(provider=providers.datadog))
