"""Findings on databases and their replicas."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ..database_maintenance import DatabaseMaintenance, beyond_windows
from ..findings import Finding
from ..limits import MOST_REPLICAS, REPLICAS_PER_SOURCE, REPLICAS_PER_SOURCE_SOURCE
from ..plan import Plan
from ..words import Place
from ..writers import Writer, next_generation
from .backup_rules import entries_of
from .facts import EstateFacts


def database_findings(plan: Plan, facts: EstateFacts) -> Iterator[Finding]:
    """Everything there is to say of databases; more of it where facts were looked up."""
    for database in plan.estate.databases:
        active = plan.active_member(database)
        replicas = [
            name
            for name, replica in plan.replicas.items()
            if replica.of == database
            and name != active.name
            and name not in plan.writers.get(database, Writer()).retired
        ]
        if replicas:
            # What was promoted gets its retention with the deployment.
            if active.looked_up:
                yield from _source_has_backups(plan, database, replicas, facts)
            yield from _not_too_many(database, replicas, facts)
            yield from _cluster_at_home(plan, database, replicas, facts)
        if plan.taken_over(database):
            other: Place = "primary" if active.place == "recovery" else "recovery"
            fresh = next_generation(plan.members(database), other, plan.region_of(other))
            yield Finding(
                "nobody-takes-over",
                f"writers.{database}.successor",
                f"{active.name} takes the writes of {database} now, and nobody takes over from it",
                f"declare what follows it, `replicas.{fresh}: {{of: {database}, in: {other}, "
                "...}`, and name that",
            )
        successor = plan.successor_member(database)
        if successor is not None and not plan.replicas[successor.name].multi_az:
            yield Finding(
                "successor-without-multi-az",
                f"replicas.{successor.name}",
                f"takes over the writes of {database}, and would then have no standby in a second "
                "zone",
                "`multi_az: true`, or accept it with the reason",
            )
        yield from _worked_on_unannounced(plan, database, facts)
        known = facts.databases.get(database)
        if known is not None and not known.multi_az:
            yield Finding(
                "primary-without-multi-az",
                f"estate.databases.{database}",
                "has no standby in a second zone: a failed instance needs a person",
                "turn Multi-AZ on, or accept it with the reason",
            )


def _worked_on_unannounced(plan: Plan, database: str, facts: EstateFacts) -> Iterator[Finding]:
    """Where the plan says in which windows a database is worked on, and RDS works on it outside."""
    known = facts.databases.get(database)
    own = DatabaseMaintenance.parse(known.maintenance_window) if known else None
    has_windows = any(
        window.quiets is not None and database in window.quiets.databases
        for window in plan.windows.values()
    )
    if known is None or own is None or not has_windows:
        return
    beyond = beyond_windows(plan, own)
    if beyond is None:
        return
    first = beyond.first.astimezone(ZoneInfo(plan.timezone))
    yield Finding(
        "database-maintenance-outside-windows",
        f"estate.databases.{database}",
        f"RDS's own maintenance window ({known.maintenance_window} UTC) lies outside of the "
        f"plan's windows in {beyond.weeks} of 52 weeks, first on {first:%A %Y-%m-%d at %H:%M}: "
        "nobody is told of it, and its alarms ring",
        f"nearest: `{beyond.nearest}`" if beyond.nearest else "accept it with the reason",
    )


def _source_has_backups(
    plan: Plan, database: str, replicas: list[str], facts: EstateFacts
) -> Iterator[Finding]:
    known = facts.databases.get(database)
    entries = list(entries_of(plan, database))
    tagged = any(entry.protects.tagged for entry in plan.backups.values())
    continuous = any(entry.point_in_time for _, entry in entries)
    if known is not None and known.backup_retention == 0 and not continuous:
        says = f"{database} has a backup retention of 0 days, and RDS replicates no such source"
        remedy = "set its backup retention above 0, or add `point_in_time`"
    elif known is None and not entries and not tagged:
        says = f"no backup protects {database}, and RDS replicates no source without backups"
        remedy = f"protect it: `backups.<name>.protects.databases: [{database}]`"
    else:
        return
    for name in replicas:
        at = f"replicas.{name}.of"
        yield Finding("replica-of-a-source-without-backups", at, says, remedy)


def _cluster_at_home(
    plan: Plan, database: str, replicas: list[str], facts: EstateFacts
) -> Iterator[Finding]:
    known = facts.databases.get(database)
    if known is None or not known.clustered:
        return
    home = plan.active_member(database).place
    for name in replicas:
        if plan.replicas[name].in_ != home:
            yield Finding(
                "cluster-replicated-elsewhere",
                f"replicas.{name}.in",
                f"{database} is a Multi-AZ cluster, and a cluster has replicas in its own region "
                f"only ({REPLICAS_PER_SOURCE_SOURCE})",
                f"`in: {home}`, or copies of its backups in the other region",
            )


def _not_too_many(database: str, replicas: list[str], facts: EstateFacts) -> Iterator[Finding]:
    known = facts.databases.get(database)
    family = known.engine.partition("-")[0] if known else ""
    most = REPLICAS_PER_SOURCE.get(family, MOST_REPLICAS)
    for name in replicas[most:]:
        yield Finding(
            "too-many-replicas",
            f"replicas.{name}",
            f"{len(replicas)} replicas of {database}, and {family or 'any engine'} has at most "
            f"{most} ({REPLICAS_PER_SOURCE_SOURCE})",
            "leave it out",
        )
