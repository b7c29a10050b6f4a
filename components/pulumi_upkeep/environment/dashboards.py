"""What somebody on call sees first, and the company's own address of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pulumi

from .. import BucketReplica, DashboardAddress, Dashboards, StandbyServers
from ..naming import physical_name
from ..observe.dashboard.panel import Panel
from ..observe.dashboard_address import DashboardAddressArgs
from ..observe.dashboards import (
    DashboardsArgs,
    ShownBackupArgs,
    ShownFollowerArgs,
    ShownObjectiveArgs,
    panel_args,
)
from ..observe.resource_alarms import WatchedDatabaseArgs
from ..observe.service_monitors import WatchedServiceArgs
from ..plan import Plan
from ..plan.services import Watched
from ..plan.words import say_duration
from ..recover.backup_ages import age_watches
from .backup_places import place_name, things_by_region
from .databases import Databases
from .estate import Estate
from .monitoring import watched_databases
from .providers import Providers


def declare_dashboards(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    databases: Databases,
    files: Mapping[str, BucketReplica],
    standbys: Mapping[str, StandbyServers],
    objectives: Mapping[str, ShownObjectiveArgs] | None = None,
    panels: Iterable[Panel] = (),
) -> Dashboards | None:
    """The environment's dashboard; None where the plan has no such chapter.

    objectives   what people call each service level objective -> its id and days
    panels       what else is shown
    """
    chapter = plan.dashboards
    if chapter is None:
        return None
    args: DashboardsArgs = {
        "environment": plan.environment,
        "company": plan.company,
        "runbooks": plan.runbooks,
        "services": _services(plan),
        "databases": _databases(plan, estate),
        "servers": {
            name: {"group": servers.group.name} for name, servers in estate.servers.items()
        },
        "load_balancers": {
            name: {
                "load_balancer": servers.load_balancer.arn_suffix,
                "target_group": servers.target_group.arn_suffix,
            }
            for name, servers in estate.servers.items()
        },
        "protection": {
            "backups": list(_backups(plan)),
            "proofs": {
                name: say_duration(test.proof_at_most) for name, test in plan.restore_tests.items()
            },
            "drills": {
                scenario: age["at_most"]
                for scenario, age in (plan.drills.ages() if plan.drills else {}).items()
            },
            "replicas": _replicas(plan, databases),
            "buckets": {
                name: {
                    "named": replica.bucket_name,
                    "at_most": say_duration(plan.bucket_replicas[name].lag.above),
                }
                for name, replica in files.items()
            },
            "standby": {
                name: {
                    "group": standby.group_name,
                    "running": plan.standby[name].running,
                    "looked_at": physical_name(f"standby-{name}"),
                }
                for name, standby in standbys.items()
            },
        },
        "objectives": dict(objectives or {}),
        "regions": sorted(providers.aws),
        "panels": [panel_args(panel) for panel in panels],
    }
    if chapter.address:
        args["address"] = chapter.address
    if plan.monitoring:
        args["alert_when"] = plan.monitoring.alert_when.in_words()
    if plan.uptime:
        args["checks"] = {
            "names": sorted(plan.uptime.checks),
            "within": say_duration(plan.uptime.within),
        }
    declared = Dashboards("dashboard", args, pulumi.ResourceOptions(provider=providers.datadog))
    _address(plan, estate, providers, declared)
    return declared


def _services(plan: Plan) -> dict[str, WatchedServiceArgs]:
    """Of the plan's words those that say something of a service's requests."""
    services: Any = {
        name: {key: word for key, word in service.in_words().items() if key in Watched.model_fields}
        for name, service in plan.services.items()
    }
    watched: dict[str, WatchedServiceArgs] = services
    return watched


def _databases(plan: Plan, estate: Estate) -> dict[str, WatchedDatabaseArgs]:
    here, away = watched_databases(plan, estate)
    return {**here, **away}


def _backups(plan: Plan) -> Iterator[ShownBackupArgs]:
    """The ages that alarms are on, with the alarms' own limits."""
    for called, planned in plan.backups.items():
        for region in things_by_region(plan, planned):
            for watch in age_watches(place_name(called, region), planned.tiers, "p1"):
                metric = watch.metric
                if metric is None or metric.name != "BackupAge":
                    continue
                yield {
                    "entry": str(metric.dimensions["Entry"]),
                    "called": called,
                    "tier": str(metric.dimensions["Tier"]),
                    "place": str(metric.dimensions["Place"]),
                    "at_most": f"{watch.threshold:.0f} hours",
                }


def _replicas(plan: Plan, databases: Databases) -> dict[str, ShownFollowerArgs]:
    """Those that follow: what takes the writes, or did, is behind nobody."""
    following = {
        member.name
        for database in plan.estate.databases
        for member in plan.members(database)
        if not member.active and not member.retired
    }
    return {
        name: {
            "named": replica.identifier,
            "at_most": say_duration(plan.replicas[name].lag.above),
        }
        for name, replica in databases.replicas.items()
        if name in following
    }


def _address(plan: Plan, estate: Estate, providers: Providers, dashboards: Dashboards) -> None:
    chapter, answering = plan.dashboards, estate.answering
    if chapter is None or chapter.address is None or answering is None:
        return
    args: DashboardAddressArgs = {
        "address": chapter.address,
        "dashboard": dashboards.dashboard_id,
        "listener": answering.listener_arn,
    }
    if chapter.named_by is None:
        args["record"] = {
            "zone": estate.zone_id,
            "dns_name": answering.dns_name,
            "dns_zone": answering.dns_zone,
        }
    DashboardAddress("dashboard-address", args, pulumi.ResourceOptions(provider=providers.primary))
