"""What is backed up, what follows the databases, and what stands by in the recovery region."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from estate import Estate
from monitoring import Routes
from providers import GLOBAL_REGION, Providers
from pulumi_upkeep import BackupPlan, BackupVault, ReadReplica, StandbyServers
from pulumi_upkeep.plan import Plan


@dataclass(frozen=True)
class Backups:
    """What was declared.

    vaults   ``<entry>-backups``, and ``<entry>-copies`` in the recovery region
    plans    by entry
    """

    vaults: Mapping[str, BackupVault]
    plans: Mapping[str, BackupPlan]


def declare_backups(plan: Plan, estate: Estate, providers: Providers, routes: Routes) -> Backups:
    """A vault and a plan per entry: jobs are counted by vault, so silence of an entry is seen."""
    vaults: dict[str, BackupVault] = {}
    plans: dict[str, BackupPlan] = {}
    for name, entry in plan.backups.items():
        vault = _vault(f"{name}-backups", plan.regions.primary, plan, providers, routes)
        vaults[vault.name] = vault
        copies: dict[str, pulumi.Input[str]] = {}
        if any(tier.copy_to for tier in entry.tiers.values()):
            away = _vault(f"{name}-copies", plan.regions.recovery, plan, providers, routes)
            vaults[away.name] = away
            copies["recovery"] = away.vault_arn
        words = entry.in_words()
        plans[name] = BackupPlan(
            name,
            {
                "vault": vault.vault_name,
                "timezone": plan.timezone,
                "tiers": words.get("tiers", {}),
                "point_in_time": words.get("point_in_time"),
                "copies_to": copies,
                "databases": [
                    estate.databases[name].instance.db_instance_arn
                    for name in entry.protects.databases
                ],
                "buckets": [estate.buckets[name].arn for name in entry.protects.buckets],
                "tagged": entry.protects.tagged,
                "topics": routes[plan.regions.primary].alert_topics(),
                "runbooks": plan.runbooks,
            },
            pulumi.ResourceOptions(provider=providers.primary),
        )
    return Backups(vaults, plans)


def _vault(name: str, region: str, plan: Plan, providers: Providers, routes: Routes) -> BackupVault:
    return BackupVault(
        name,
        {
            "topics": routes[region].alert_topics(),
            "runbooks": plan.runbooks,
            "protected": plan.protected,
        },
        pulumi.ResourceOptions(provider=providers.aws[region]),
    )


def declare_replicas(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> dict[str, ReadReplica]:
    """The read replicas, each in its region."""
    replicas = {}
    for name, replica in plan.replicas.items():
        region = plan.regions.recovery if replica.in_ == "recovery" else plan.regions.primary
        source = estate.databases[replica.of].instance
        database = plan.estate.databases[replica.of]
        replicas[name] = ReadReplica(
            name,
            {
                # RDS names a source by its ARN across regions, by its identifier within one.
                "source": (
                    source.db_instance_identifier
                    if region == plan.regions.primary
                    else source.db_instance_arn
                ),
                "instance_class": replica.class_,
                "subnet_group": database.subnet_group,
                "security_groups": [estate.security_groups[name]],
                "multi_az": replica.multi_az,
                "lag": replica.lag.in_words(),
                "topics": routes[region].alert_topics(),
                "runbooks": plan.runbooks,
                "protected": plan.protected,
            },
            pulumi.ResourceOptions(provider=providers.aws[region]),
        )
    return replicas


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
