"""What stands by in the recovery region, and whether it could take over."""

from collections.abc import Iterator

import pulumi

from .. import StandbyReadiness, StandbyServers
from ..naming import region_code
from ..plan import Plan
from ..plan.words import say_duration
from ..recover.runbooks import COMPLETE_OUTAGE, document_name
from ..recover.standby_readiness import StandbyReadinessArgs
from ..recover.standby_servers import StandbyServersArgs
from .backups import Backups
from .estate import Estate
from .providers import GLOBAL_REGION, Providers
from .routing import Routes


def declare_standby(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> dict[str, StandbyServers]:
    """The servers that wait in the recovery region."""
    standbys = {}
    # What a drill builds is removed after it.
    passing = plan.drills is not None and "standby" in plan.drills.builds
    for name, standby in plan.standby.items():
        side, servers = estate.recovery[name], estate.servers[standby.for_]
        args: StandbyServersArgs = {
            "running": standby.running,
            "at_most": standby.at_most,
            "network": side.network.vpc_id,
            "private_subnets": side.network.private_subnets,
            "public_subnets": side.network.public_subnets,
            "image": side.image_id,
            "instance_type": standby.type,
            "instance_profile": plan.estate.servers[standby.for_].profile,
            "security_groups": [side.security_group],
            "port": servers.target_group.port,
            "certificate": side.certificate_arn,
            "serves": standby.serves,
            "zone": estate.zone_id,
            "primary": {
                "dns_name": servers.load_balancer.dns_name,
                "zone_id": servers.load_balancer.zone_id,
            },
            "health": standby.health.in_words(),
            "log_groups": {group: say_duration(kept) for group, kept in standby.log_groups.items()},
            "topics": routes[plan.regions.recovery].alert_topics(),
            "route53_topics": routes[GLOBAL_REGION].alert_topics(),
            "runbooks": plan.runbooks,
            "severity": standby.severity,
            "moves_by_itself": standby.moves_by_itself,
            "protected": plan.protected and not passing,
        }
        if standby.returns_at is not None:
            args["returns_at"] = [f"{share:g} %" for share in standby.returns_at]
        if standby.returned is not None:
            args["returned"] = f"{standby.returned:g} %"
        standbys[name] = StandbyServers(
            f"standby-{name}", args, pulumi.ResourceOptions(provider=providers.recovery)
        )
    return standbys


def declare_readiness(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    backups: Backups,
    standbys: dict[str, StandbyServers],
) -> dict[str, StandbyReadiness]:
    """What looks, over there, whether each of them could take over."""
    code = region_code(plan.regions.recovery)
    keys: dict[str, pulumi.Input[str]] = {
        f"vault {name}": vault.key_arn
        for name, vault in backups.vaults.items()
        if name.endswith(f"-{code}")
    }
    readiness = {}
    for name, standby in plan.standby.items():
        side, servers = estate.recovery[name], standbys[name]
        args: StandbyReadinessArgs = {
            "standby": f"standby-{name}",
            "primary_region": plan.regions.primary,
            "image": side.image_id,
            "launch_template": servers.launch_template_id,
            "group": servers.group_name,
            "at_most": standby.at_most,
            "instance_type": standby.type,
            "certificate": side.certificate_arn,
            "secrets": [*standby.secrets],
            "log_groups": {group: say_duration(kept) for group, kept in standby.log_groups.items()},
            "keys": keys,
            "runbook_documents": [*_documents(plan, name)],
            "topics": routes[plan.regions.recovery].alert_topics(),
            "runbooks": plan.runbooks,
        }
        if standby.version is not None:
            args["version_parameter"] = standby.version
        if standby.state_bucket is not None:
            args["state_bucket"] = standby.state_bucket
        readiness[name] = StandbyReadiness(
            f"ready-{name}", args, pulumi.ResourceOptions(provider=providers.recovery)
        )
    return readiness


def _documents(plan: Plan, standby: str) -> Iterator[str]:
    """The runbooks over there that a standby has a part in."""
    recovery = plan.recovery
    if recovery is None:
        return
    if standby in recovery.application_server_failure:
        yield document_name("application-server-failure", standby)
    if recovery.complete_outage is not None and standby in recovery.complete_outage.standby:
        yield document_name(COMPLETE_OUTAGE)
    for database in recovery.database_failure:
        successor = plan.successor_member(database)
        if successor is not None and successor.place == "recovery":
            yield document_name("database-failure", database)
