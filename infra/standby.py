"""What stands by in the recovery region."""

import pulumi
from estate import Estate
from monitoring import Routes
from providers import GLOBAL_REGION, Providers
from pulumi_upkeep import StandbyServers
from pulumi_upkeep.plan import Plan


def declare_standby(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> dict[str, StandbyServers]:
    """The servers that wait in the recovery region."""
    standbys = {}
    for name, standby in plan.standby.items():
        side, servers = estate.recovery[name], estate.servers[standby.for_]
        standbys[name] = StandbyServers(
            f"standby-{name}",
            {
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
                "topics": routes[plan.regions.recovery].alert_topics(),
                "route53_topics": routes[GLOBAL_REGION].alert_topics(),
                "runbooks": plan.runbooks,
                "severity": standby.severity,
                "moves_by_itself": standby.moves_by_itself,
                "protected": plan.protected,
            },
            pulumi.ResourceOptions(provider=providers.recovery),
        )
    return standbys
