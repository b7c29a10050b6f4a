"""Findings on databases and their replicas."""

from collections.abc import Iterator

from ..findings import Finding
from ..limits import MOST_REPLICAS, REPLICAS_PER_SOURCE, REPLICAS_PER_SOURCE_SOURCE
from ..plan import Plan
from .backup_rules import entries_of
from .facts import EstateFacts


def database_findings(plan: Plan, facts: EstateFacts) -> Iterator[Finding]:
    """Everything there is to say of databases; more of it where facts were looked up."""
    for database in plan.estate.databases:
        replicas = [name for name, replica in plan.replicas.items() if replica.of == database]
        if replicas:
            yield from _source_has_backups(plan, database, replicas, facts)
            yield from _not_too_many(database, replicas, facts)
        known = facts.databases.get(database)
        if known is not None and not known.multi_az:
            yield Finding(
                "primary-without-multi-az",
                f"estate.databases.{database}",
                "has no standby in a second zone: a failed instance needs a person",
                "turn Multi-AZ on, or accept it with the reason",
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
