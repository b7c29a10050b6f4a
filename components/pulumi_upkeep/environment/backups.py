"""What is backed up, and where to. Everything is called by place: see ``backup_places``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from .. import AirGappedVault, BackupPlan, BackupVault
from ..plan import Plan
from ..plan.backups import BackupEntry
from ..plan.vault_lock import AirGapped
from ..recover.backup_vault import BackupVaultArgs
from .backup_places import (
    Things,
    account_vault_regions,
    copies_to_account,
    home_regions,
    other_region,
    place_name,
    things_by_region,
    vault_regions,
)
from .estate import Estate
from .providers import Providers
from .routing import Routes


@dataclass(frozen=True)
class Backups:
    """What was declared.

    vaults       ``<entry>-<region's code>``; of the other account ``<entry>-<code>-<account>``
    air_gapped   ``<entry>-<code>-air-gapped``
    plans        ``<entry>-<code>``: one for each region in which an entry has something
    unproven     what nobody can tell from here of copies to the other account
    """

    vaults: Mapping[str, BackupVault]
    air_gapped: Mapping[str, AirGappedVault]
    plans: Mapping[str, BackupPlan]
    unproven: Sequence[str]


def declare_backups(plan: Plan, estate: Estate, providers: Providers, routes: Routes) -> Backups:
    """Vaults and plans per entry: jobs are counted by vault, so silence of an entry is seen."""
    vaults: dict[str, BackupVault] = {}
    air_gapped: dict[str, AirGappedVault] = {}
    plans: dict[str, BackupPlan] = {}
    for name, entry in plan.backups.items():
        for region in sorted(vault_regions(plan, entry)):
            vault = _vault(name, entry, region, plan, providers, routes)
            vaults[vault.name] = vault
        for region in sorted(home_regions(plan, entry)):
            if copies_to_account(entry):
                away = _account_vault(name, entry, region, plan, estate, providers)
                vaults[away.name] = away
            if entry.air_gapped is not None:
                gapped = _air_gapped(name, entry.air_gapped, region, plan, providers)
                air_gapped[gapped.name] = gapped
        for region, things in things_by_region(plan, entry).items():
            made = _plan(
                name, entry, region, things, plan, estate, providers, routes, vaults, air_gapped
            )
            plans[made.name] = made
    return Backups(vaults, air_gapped, plans, _unproven(plan))


def _plan(
    name: str,
    entry: BackupEntry,
    region: str,
    things: Things,
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    vaults: Mapping[str, BackupVault],
    air_gapped: Mapping[str, AirGappedVault],
) -> BackupPlan:
    copies: dict[str, pulumi.Input[str]] = {}
    places = {copy.to for tier in entry.tiers.values() for copy in tier.copies}
    if "recovery" in places:
        copies["recovery"] = vaults[place_name(name, other_region(plan, region))].vault_arn
    if "account" in places and plan.estate.vault_account is not None:
        copies["account"] = vaults[place_name(name, region, plan.estate.vault_account.id)].vault_arn
    if "air_gapped" in places:
        copies["air_gapped"] = air_gapped[place_name(name, region, "air-gapped")].vault_arn
    words = entry.in_words()
    return BackupPlan(
        place_name(name, region),
        {
            "vault": vaults[place_name(name, region)].vault_name,
            "timezone": plan.timezone,
            "tiers": words.get("tiers", {}),
            "point_in_time": words.get("point_in_time"),
            "copies_to": copies,
            "databases": [
                estate.databases[each].instance.db_instance_arn for each in things.databases
            ],
            "buckets": [estate.buckets[each].arn for each in things.buckets],
            "tagged": things.tagged,
            "topics": routes[region].alert_topics(),
            "runbooks": plan.runbooks,
        },
        pulumi.ResourceOptions(provider=providers.aws[region]),
    )


def _vault(
    name: str, entry: BackupEntry, region: str, plan: Plan, providers: Providers, routes: Routes
) -> BackupVault:
    account = plan.estate.vault_account
    args: BackupVaultArgs = {
        "topics": routes[region].alert_topics(),
        "runbooks": plan.runbooks,
        "protected": plan.protected,
    }
    if entry.lock is not None:
        args["lock"] = entry.lock.in_words()
    if account is not None and copies_to_account(entry):
        args["copied_to"] = [account.id]
    return BackupVault(
        place_name(name, region), args, pulumi.ResourceOptions(provider=providers.aws[region])
    )


def _account_vault(
    name: str, entry: BackupEntry, region: str, plan: Plan, estate: Estate, providers: Providers
) -> BackupVault:
    account = plan.estate.vault_account
    assert account is not None  # the plan is refused without one
    args: BackupVaultArgs = {
        "runbooks": plan.runbooks,
        "protected": plan.protected,
        "copied_from": [estate.account],
    }
    if entry.lock is not None:
        args["lock"] = entry.lock.in_words()
    return BackupVault(
        place_name(name, region, account.id),
        args,
        pulumi.ResourceOptions(provider=providers.vault[region]),
    )


def _air_gapped(
    name: str, described: AirGapped, region: str, plan: Plan, providers: Providers
) -> AirGappedVault:
    words = described.in_words()
    return AirGappedVault(
        place_name(name, region, "air-gapped"),
        {
            "at_least": words["at_least"],
            "at_most": words["at_most"],
            "confirm": words["confirm"],
            "protected": plan.protected,
        },
        pulumi.ResourceOptions(provider=providers.aws[region]),
    )


def _unproven(plan: Plan) -> list[str]:
    account = plan.estate.vault_account
    if account is None or not account_vault_regions(plan):
        return []
    said = [
        f"copies of backups to account {account.id}: AWS Backup makes them only within one "
        "organization whose management account has switched cross-account backup on; nothing here "
        "can see that"
    ]
    said += [
        f"copies of {database} to account {account.id}: a database is copied under its own key, "
        f"which must be a customer's and let account {account.id} read; AWS refuses the copy where "
        "it is RDS's"
        for database in sorted(
            {
                each
                for entry in plan.backups.values()
                if copies_to_account(entry)
                for each in entry.protects.databases
            }
        )
    ]
    return said
