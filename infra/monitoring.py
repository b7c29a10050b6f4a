"""Who hears of what, what is watched inside, and what is asked from outside."""

from collections.abc import Mapping

import pulumi
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

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3

Routes = Mapping[str, AlertRoutes]


def declare_routes(plan: Plan, estate: Estate, providers: Providers) -> Routes:
    """The routes of every region that has alarms: an alarm reaches topics of its own region only.

    AWS's chat application is not regional, so the primary region's routes speak for all in Slack.
    """
    primary = plan.regions.primary
    others = {GLOBAL_REGION} - {primary}
    replicated = any(replica.in_ == "recovery" for replica in plan.replicas.values())
    if replicated or plan.standby or _copies(plan):
        others |= {plan.regions.recovery}
    routes = {
        region: _routes(f"alerts-{region}", plan, estate, providers, region)
        for region in sorted(others)
    }
    return {primary: _routes("alerts", plan, estate, providers, primary, routes), **routes}


def _copies(plan: Plan) -> bool:
    return any(
        tier.copy_to is not None for entry in plan.backups.values() for tier in entry.tiers.values()
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
    """Alarms of what runs in the primary region, by the plan's thresholds."""
    if plan.monitoring is None:
        return None
    return ResourceAlarms(
        "resources",
        {
            "topics": routes[plan.regions.primary].alert_topics(),
            "runbooks": plan.runbooks,
            "alert_when": plan.monitoring.alert_when.in_words(),
            "databases": {
                name: _watched(database, plan.estate.databases[name].proxy)
                for name, database in estate.databases.items()
            },
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


def _watched(database: Database, proxy: str | None) -> WatchedDatabaseArgs:
    instance = database.instance
    memory = database.memory_mib * MEBIBYTE
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
