"""Storage clean-up: rows that the plan keeps no longer are deleted, a few at a time.

Each batch is a transaction of its own: whatever ends the run, what was deleted is deleted, the rest
is there, and the next run goes on. Rows that somebody else has locked are left for later.
"""

# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import remembered
from connection import (
    DEADLOCK,
    LOCK_NOT_AVAILABLE,
    Database,
    Refused,
    TimeOver,
    code_of,
    literal,
    quoted,
    said,
)
from replicas import Replicas
from tables import Table, references_to, table

BATCH = 1000
PAUSE_SECONDS = 0.1
# Left for the vacuum of each table, and for the report.
SPARE_SECONDS = 20.0


def run(
    database: Database,
    rules: Mapping[str, Any],
    report: dict[str, Any],
    save: Callable[[Mapping[str, Any]], None],
    *,
    batch: int = BATCH,
    pause: float = PAUSE_SECONDS,
) -> bool:
    """Deletes what is over by each rule, then vacuums the tables; whether all is done.

    rules    ``rules``: each ``table``, ``column``, ``keep`` in seconds, ``where`` (column ->
             values); ``replicas_behind`` in seconds
    report   ``tables``: of each what was deleted and what is left; ``run`` names the run
    """
    remembered.prepare(database)
    # Of the whole run, so that rows that come of age meanwhile are the next one's.
    now = report.setdefault("at", str(database.value("select now()::text")))
    replicas = Replicas(database, float(rules["replicas_behind"]))
    report["replicas_unseen"] = replicas.unseen()
    faults: list[str] = []
    tables: list[Table] = []
    done = True
    for rule in rules["rules"]:
        name = rule["table"]
        try:
            found = table(database, name)
            condition = over(found, rule, now)
            goes_with = _goes_with(database, found)
            if goes_with:
                report.setdefault("goes_with", {})[name] = goes_with
            tables.append(found)
            if not _delete(database, report, found, condition, replicas, batch, pause):
                done = False
            left = database.value(f"select count(*) from {found.sql} where {condition}")
            report.setdefault("over_and_left", {})[name] = int(left)
        except TimeOver:
            done = False
            break
        except Refused as fault:
            # One rule's fault keeps no other from being followed.
            faults.append(str(fault))
        except Exception as fault:
            if code_of(fault) in (LOCK_NOT_AVAILABLE, DEADLOCK):
                done = False
                report.setdefault("waits", {})[name] = said(fault)
            else:
                faults.append(f"{name}: {said(fault)}")
        finally:
            _figures(database, report, replicas)
            save(report)
    if done:
        done = _vacuum(database, report, tables)
    if faults:
        report["faults"] = faults
    return done


def over(found: Table, rule: Mapping[str, Any], now: str) -> str:
    """The condition of the rows that a rule keeps no longer. Names are looked up, values quoted."""
    found.require_moment(rule["column"])
    age = float(rule["keep"])
    parts = [
        f"{quoted(rule['column'])} < ({literal(now)}::timestamptz - interval '{age:f} seconds')"
    ]
    for column, values in sorted((rule.get("where") or {}).items()):
        found.require(column)
        listed = ", ".join(literal(value) for value in values)
        parts.append(f"{quoted(column)}::text in ({listed})")
    return " and ".join(parts)


def _goes_with(database: Database, found: Table) -> list[str]:
    """What the database deletes or changes by itself where these rows go."""
    return [
        f"{each.says} ({each.on_delete})"
        for each in references_to(database, found)
        if each.on_delete in ("cascade", "set null", "set default")
    ]


def _delete(
    database: Database,
    report: Mapping[str, Any],
    found: Table,
    condition: str,
    replicas: Replicas,
    batch: int,
    pause: float,
) -> bool:
    run_ = str(report["run"])
    statement = (
        f"delete from {found.sql} t using (select ctid, tableoid from {found.sql} "
        f"where {condition} limit {batch} for update skip locked) old "
        "where t.ctid = old.ctid and t.tableoid = old.tableoid"
    )
    while True:
        if database.remaining() < SPARE_SECONDS:
            return False
        replicas.let_follow()
        with database.transaction():
            database.execute(statement)
            rows = database.changed
            if rows:
                remembered.add_deleted(database, run_, found.name, rows)
        if rows == 0:
            # What is left is locked by somebody, or nothing is.
            return not database.value(f"select exists (select from {found.sql} where {condition})")
        replicas.mark()
        time.sleep(pause)


def _figures(database: Database, report: dict[str, Any], replicas: Replicas) -> None:
    try:
        report["tables"] = remembered.deleted(database, str(report["run"]))
    except TimeOver:
        return
    report["rows"] = sum(report["tables"].values())
    report["replicas_waited_seconds"] = round(replicas.waited, 1)
    report["replicas_worst_lag_seconds"] = round(replicas.worst, 1)


def _vacuum(database: Database, report: dict[str, Any], tables: Iterable[Table]) -> bool:
    """Space is used again, and statistics fit. Nothing is given back to the disk: that would take
    a lock that everybody waits for."""
    done = True
    for each in tables:
        began = time.monotonic()
        try:
            database.execute(f"vacuum (analyze, truncate false) {each.sql}")
        except TimeOver:
            done = False
        except Exception as fault:
            report.setdefault("not_vacuumed", {})[each.name] = said(fault)
        else:
            seconds = round(time.monotonic() - began, 3)
            report.setdefault("vacuumed", {})[each.name] = seconds
    return done
