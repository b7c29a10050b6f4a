"""Where backups are taken and kept: derived from where things are, which a failover changes.

Vaults and plans are called by place. When a writer moves to the other region, the vault there is
at hand already, the plan that backs it up is a new one, and no vault is deleted or replaced.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..naming import region_code
from ..plan import Plan
from ..plan.backups import BackupEntry


@dataclass
class Things:
    """What of an entry is backed up in one region, by the plan's names."""

    databases: list[str] = field(default_factory=list)
    buckets: list[str] = field(default_factory=list)
    tagged: dict[str, str] = field(default_factory=dict)


def things_by_region(plan: Plan, entry: BackupEntry) -> Mapping[str, Things]:
    """The regions in which an entry has something to back up now: databases where they write."""
    found: dict[str, Things] = {}
    for database in entry.protects.databases:
        found.setdefault(plan.active_region(database), Things()).databases.append(database)
    primary = plan.regions.primary
    for bucket in entry.protects.buckets:
        found.setdefault(primary, Things()).buckets.append(bucket)
    if entry.protects.tagged:
        found.setdefault(primary, Things()).tagged = dict(entry.protects.tagged)
    return dict(sorted(found.items()))


def home_regions(plan: Plan, entry: BackupEntry) -> set[str]:
    """Where an entry's things are, or may come to be: wherever a database has a member."""
    regions = {
        plan.region_of(member.place)
        for database in entry.protects.databases
        for member in plan.members(database)
    }
    if not entry.protects.databases or entry.protects.buckets:
        regions.add(plan.regions.primary)
    return regions


def vault_regions(plan: Plan, entry: BackupEntry) -> set[str]:
    """Where an entry has vaults in this account: its homes, and where copies go from them."""
    regions = home_regions(plan, entry)
    if any(tier.copy_in("recovery") for tier in entry.tiers.values()):
        regions |= {other_region(plan, region) for region in regions}
    return regions


def account_vault_regions(plan: Plan) -> set[str]:
    """Where the other account has vaults: copies to it stay in their region."""
    return {
        region
        for entry in plan.backups.values()
        if copies_to_account(entry)
        for region in home_regions(plan, entry)
    }


def copies_to_account(entry: BackupEntry) -> bool:
    """Whether a tier is copied to the other account."""
    return any(tier.copy_in("account") for tier in entry.tiers.values())


def other_region(plan: Plan, region: str) -> str:
    """Where copies ``to: recovery`` go: away from where the backup is."""
    regions = plan.regions
    return regions.primary if region == regions.recovery else regions.recovery


def place_name(entry: str, region: str, *more: str) -> str:
    """A name that says the place: ``database-use1``."""
    return "-".join([entry, region_code(region), *more])
