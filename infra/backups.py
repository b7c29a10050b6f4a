"""What is backed up, and where to."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from estate import Estate
from monitoring import Routes
from providers import Providers
from pulumi_upkeep import BackupPlan, BackupVault
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
