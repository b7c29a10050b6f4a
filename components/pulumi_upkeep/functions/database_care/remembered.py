"""What care remembers in the database itself, in the schema ``upkeep``.

It is written in the transaction that deletes, so that it is never anything but true: whatever is
interrupted, and also where the database is restored to an earlier moment.
"""

# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connection import Database, Refused, literal

SCHEMA = "upkeep"
_TABLES = (
    f"""create table if not exists {SCHEMA}.deleted (
    run text not null, table_name text not null, rows bigint not null,
    primary key (run, table_name))""",
    f"""create table if not exists {SCHEMA}.archived (
    batch text primary key, run text not null, prefix text not null, state text not null,
    marked boolean not null default false, tables jsonb, bytes bigint not null default 0,
    begun_at timestamptz not null default now(), deleted_at timestamptz)""",
)


@dataclass(frozen=True)
class Batch:
    """A batch of an archive, as the database remembers it.

    state    ``begun``: nothing was deleted; ``deleted``; ``abandoned``
    tables   table -> ``{"rows", "sha256"}``
    """

    batch: str
    prefix: str
    state: str
    tables: Mapping[str, Any]


def prepare(database: Database) -> None:
    """Makes the tables where they are not there; :class:`Refused` without the schema."""
    if not database.value(f"select to_regnamespace('{SCHEMA}') is not null"):
        raise Refused(
            f"there is no schema {SCHEMA}: `create schema {SCHEMA} authorization <login of care>`"
        )
    for name, statement in zip(("deleted", "archived"), _TABLES, strict=True):
        if not database.value(f"select to_regclass('{SCHEMA}.{name}') is not null"):
            database.execute(statement)


def add_deleted(database: Database, run: str, table: str, rows: int) -> None:
    """Within the transaction that deletes them."""
    database.execute(
        f"insert into {SCHEMA}.deleted as d values ({literal(run)}, {literal(table)}, {rows}) "
        "on conflict (run, table_name) do update set rows = d.rows + excluded.rows"
    )


def deleted(database: Database, run: str) -> dict[str, int]:
    """Rows that a run has deleted so far, by table."""
    found = database.execute(
        f"select table_name, rows from {SCHEMA}.deleted where run = {literal(run)} order by 1"
    )
    return {str(table): int(rows) for table, rows in found}


def begin(database: Database, run: str, batch: str, prefix: str) -> None:
    """Before anything of a batch is written anywhere."""
    database.execute(
        f"insert into {SCHEMA}.archived (batch, run, prefix, state) values "
        f"({literal(batch)}, {literal(run)}, {literal(prefix)}, 'begun')"
    )


def commit(database: Database, batch: str, tables: Mapping[str, Any], size: int) -> None:
    """Within the transaction that deletes the batch's rows."""
    database.execute(
        f"update {SCHEMA}.archived set state = 'deleted', deleted_at = now(), bytes = {int(size)}, "
        f"tables = {literal(json.dumps(tables, sort_keys=True))}::jsonb "
        f"where batch = {literal(batch)} and state = 'begun'"
    )
    if database.changed != 1:
        raise Refused(f"the batch {batch} is not remembered any more")


def unmarked(database: Database) -> list[Batch]:
    """Batches whose end does not stand in the bucket yet: of runs that were interrupted."""
    found = database.execute(
        f"select batch, prefix, state, coalesce(tables, '{{}}'::jsonb)::text "
        f"from {SCHEMA}.archived where not marked order by begun_at, batch"
    )
    return [
        Batch(str(batch), str(prefix), str(state), json.loads(tables))
        for batch, prefix, state, tables in found
    ]


def mark(database: Database, batch: Batch) -> None:
    """Its end stands in the bucket."""
    state = "deleted" if batch.state == "deleted" else "abandoned"
    database.execute(
        f"update {SCHEMA}.archived set marked = true, state = '{state}' "
        f"where batch = {literal(batch.batch)}"
    )


def archived(database: Database, run: str) -> tuple[dict[str, int], int, int]:
    """Rows that a run has archived by table, the bytes of their objects, and its batches."""
    found = database.execute(
        "select key, sum((value ->> 'rows')::bigint)::bigint "
        f"from {SCHEMA}.archived, jsonb_each(tables) where run = {literal(run)} "
        "and state = 'deleted' group by 1 order by 1"
    )
    size, batches = database.execute(
        f"select coalesce(sum(bytes), 0)::bigint, count(*)::bigint from {SCHEMA}.archived "
        f"where run = {literal(run)} and state = 'deleted'"
    )[0]
    return {str(table): int(rows) for table, rows in found}, int(size), int(batches)
