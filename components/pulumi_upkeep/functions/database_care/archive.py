"""Archiving: old rows move to a bucket. No row is deleted that was not read back from there.

Of each batch, in one transaction: its rows are locked and read; they are written to the bucket with
a manifest; both are read back; what came back is held against what the database says of the locked
rows by then, in number and by digest; only then they are deleted by their keys, and the database
remembers the batch by the same commit. Wherever that ends, each row is either in the table or in a
batch that the database remembers as deleted, never in both and never in neither. What an
interrupted batch left in the bucket is told from an archive by its mark: ``committed.json`` or
``abandoned.json``, which the next run writes where this one could not.
"""

# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import gzip
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import remembered
from cleanup import PAUSE_SECONDS, SPARE_SECONDS, over
from connection import (
    DEADLOCK,
    LOCK_NOT_AVAILABLE,
    Database,
    Refused,
    TimeOver,
    code_of,
    quoted,
    said,
)
from replicas import Replicas
from tables import Table, references_to, table

BATCH = 1000
SMALLEST_BATCH = 10
# What a batch takes in memory at most, about: it is held as text, compressed, and read back.
BATCH_BYTES = 16 << 20


class NotTheSame(Exception):
    """What came back from the bucket is not what was in the database. Nothing was deleted."""


@dataclass(frozen=True)
class Store:
    """Where the archive stands.

    s3       a client of S3
    bucket   its name
    """

    s3: Any
    bucket: str

    def put(self, key: str, body: bytes, kind: str) -> None:
        """Writes an object, encrypted."""
        self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=body,
            ContentType=kind,
            ChecksumAlgorithm="SHA256",
            ServerSideEncryption="AES256",
        )

    def get(self, key: str) -> bytes:
        """Reads an object, in whole."""
        body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body


@dataclass(frozen=True)
class Part:
    """A table of a batch: the rule's own, or one whose rows go with it.

    by   its columns that refer to the rule's table, and the columns they refer to; empty of that
         table itself
    """

    table: Table
    by: tuple[tuple[str, str], ...] = ()


def run(
    database: Database,
    rules: Mapping[str, Any],
    report: dict[str, Any],
    save: Callable[[Mapping[str, Any]], None],
    *,
    store: Store,
    batch: int = BATCH,
    pause: float = PAUSE_SECONDS,
) -> bool:
    """Archives what is old enough by each rule; whether all is done.

    rules    ``rules``: each ``table``, ``column``, ``keep`` in seconds, ``where``, ``with``
             (table -> its column that refers to this one); ``replicas_behind`` in seconds
    report   ``tables``: rows archived of each; ``objects_bytes``, ``batches``
    """
    remembered.prepare(database)
    now = report.setdefault("at", str(database.value("select now()::text")))
    report["resumed"] = [*report.get("resumed", ()), *_end_interrupted(database, store)]
    replicas = Replicas(database, float(rules["replicas_behind"]))
    faults: list[str] = []
    done = True
    touched: list[Table] = []
    for rule in rules["rules"]:
        name = rule["table"]
        try:
            parts = parts_of(database, rule)
            condition = over(parts[0].table, rule, now)
            most = _rows_at_once(database, parts, batch)
            while True:
                if database.remaining() < SPARE_SECONDS:
                    raise TimeOver()
                replicas.let_follow()
                rows = _move(database, str(report["run"]), store, parts, condition, most)
                if not rows:
                    break
                replicas.mark()
                _figures(database, report, replicas)
                save(report)
                time.sleep(pause)
            touched += [part.table for part in parts]
            left = database.value(f"select count(*) from {parts[0].table.sql} where {condition}")
            report.setdefault("old_and_left", {})[name] = int(left)
            done = done and not left
        except TimeOver:
            done = False
            break
        except (Refused, NotTheSame) as fault:
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
        _vacuum(database, report, touched)
    if faults:
        report["faults"] = faults
    return done


def parts_of(database: Database, rule: Mapping[str, Any]) -> list[Part]:
    """The tables of a rule; :class:`Refused` where rows of others would be lost or left behind."""
    whole = table(database, rule["table"])
    whole.require_key()
    parts = [Part(whole)]
    referring = references_to(database, whole)
    for name, column in sorted((rule.get("with") or {}).items()):
        child = table(database, name)
        child.require(column)
        child.require_key()
        found = next(
            (each for each in referring if each.table == child.oid and column in each.columns),
            None,
        )
        if found is None:
            raise Refused(f"no foreign key leads from {name}.{column} to {whole.name}")
        parts.append(Part(child, tuple(zip(found.columns, found.to, strict=True))))
    # Rows of a table that is not archived with it would be deleted unseen, or hold it back.
    together = {part.table.oid for part in parts}
    for part in parts:
        for reference in references_to(database, part.table):
            if reference.table not in together:
                columns = ", ".join(reference.columns)
                raise Refused(
                    f"{part.table.name} is referred to by {reference.says} ({columns}): archive "
                    f"it along, `with: {{{reference.says}: {reference.columns[0]}}}`"
                )
    return parts


def _rows_at_once(database: Database, parts: Sequence[Part], most: int) -> int:
    """Fewer where rows are large: those of all tables of a batch stand in memory at once."""
    rows = max(1.0, parts[0].table.rows)
    each = sum(part.table.size for part in parts) / rows
    return int(min(most, max(SMALLEST_BATCH, BATCH_BYTES / max(each, 1.0))))


def _move(
    database: Database,
    run_: str,
    store: Store,
    parts: Sequence[Part],
    condition: str,
    most: int,
) -> int:
    """Moves a batch; how many rows of the rule's own table it had."""
    whole = parts[0].table
    if not database.value(f"select exists (select from {whole.sql} where {condition})"):
        return 0
    moment = datetime.now(UTC)
    batch = f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    prefix = f"{database.name}/{whole.name}/{moment:%Y}/{batch}/"
    # Remembered before anything stands in the bucket: what has no end is found again.
    remembered.begin(database, run_, batch, prefix)
    with database.transaction():
        keys: dict[str, list[list[str]]] = {}
        written: dict[str, dict[str, Any]] = {}
        size = 0
        for part in parts:
            lines, keys[part.table.name] = _locked(database, part, parts[0], keys, condition, most)
            if part is parts[0] and not lines:
                # Somebody else has them locked: later.
                return 0
            content = "".join(line + "\n" for line in lines).encode()
            packed = gzip.compress(content, mtime=0)
            key = f"{prefix}{part.table.name}.jsonl.gz"
            store.put(key, packed, "application/gzip")
            size += len(packed)
            written[part.table.name] = {
                "object": key,
                "rows": len(lines),
                "bytes": len(packed),
                "sha256": hashlib.sha256(content).hexdigest(),
                "columns": part.table.columns,
                "primary_key": list(part.table.key),
            }
        manifest = _manifest(database, batch, whole, condition, moment, written)
        store.put(f"{prefix}manifest.json", manifest, "application/json")
        _require_the_same(database, store, prefix, parts, keys, written, manifest)
        # Those that refer to others first.
        for part in reversed(parts):
            if keys[part.table.name]:
                among = part.table.among("t", keys[part.table.name])
                database.execute(f"delete from {part.table.sql} t where {among}")
                if database.changed != len(keys[part.table.name]):
                    raise NotTheSame(
                        f"{part.table.name}: {database.changed} rows would be deleted instead of "
                        f"{len(keys[part.table.name])}"
                    )
        tables = {
            name: {"rows": about["rows"], "sha256": about["sha256"]}
            for name, about in written.items()
        }
        remembered.commit(database, batch, tables, size)
    _mark(database, store, remembered.Batch(batch, prefix, "deleted", tables))
    return len(keys[whole.name])


def _locked(
    database: Database,
    part: Part,
    first: Part,
    keys: Mapping[str, Sequence[Sequence[str]]],
    condition: str,
    most: int,
) -> tuple[list[str], list[list[str]]]:
    """The rows as lines of JSON, by their key, and the keys. From here on nobody changes them."""
    columns = ", ".join(f"t.{quoted(each)}::text" for each in part.table.key)
    if not part.by:
        chosen = (
            f"select * from {part.table.sql} where {condition} limit {most} for update skip locked"
        )
    else:
        # A row that is about to refer to a locked one waits until this batch is over.
        pairs = " and ".join(f"c.{quoted(ours)} = p.{quoted(to)}" for ours, to in part.by)
        chosen = (
            f"select c.* from {part.table.sql} c join {first.table.sql} p on {pairs} "
            f"where {first.table.among('p', keys[first.table.name])} for update of c"
        )
    rows = database.execute(
        f"select row_to_json(t)::text, {columns} from ({chosen}) t "
        f"order by {part.table.key_of('t')}"
    )
    return [str(row[0]) for row in rows], [[str(each) for each in row[1:]] for row in rows]


def _manifest(
    database: Database,
    batch: str,
    whole: Table,
    condition: str,
    moment: datetime,
    written: Mapping[str, Any],
) -> bytes:
    document = {
        "batch": batch,
        "database": database.name,
        "server": str(database.value("show server_version")),
        "table": whole.name,
        "condition": condition,
        "written_at": moment.isoformat(timespec="seconds"),
        "format": "lines of JSON, gzip; sha256 is of what is inside",
        "restore": "insert into {table} select (json_populate_record(null::{table}, line)).*",
        "tables": written,
    }
    return json.dumps(document, sort_keys=True, indent=1).encode()


def _require_the_same(
    database: Database,
    store: Store,
    prefix: str,
    parts: Sequence[Part],
    keys: Mapping[str, Sequence[Sequence[str]]],
    written: Mapping[str, Mapping[str, Any]],
    manifest: bytes,
) -> None:
    """The check before the deletion: bucket against database, each asked anew."""
    if store.get(f"{prefix}manifest.json") != manifest:
        raise NotTheSame(f"{prefix}manifest.json did not come back as it was written")
    for part in parts:
        name = part.table.name
        try:
            content = gzip.decompress(store.get(str(written[name]["object"])))
        except (OSError, EOFError) as fault:
            raise NotTheSame(f"{written[name]['object']} cannot be read back: {fault}") from None
        came_back = (content.count(b"\n"), hashlib.sha256(content).hexdigest())
        if keys[name]:
            rows, digest = database.execute(
                "select count(*)::bigint, encode(sha256(convert_to(string_agg("
                "row_to_json(t)::text || E'\\n', '' order by "
                f"{part.table.key_of('t')}), 'UTF8')), 'hex') "
                f"from {part.table.sql} t where {part.table.among('t', keys[name])}"
            )[0]
        else:
            rows, digest = 0, hashlib.sha256(b"").hexdigest()
        if came_back != (int(rows), str(digest)):
            raise NotTheSame(
                f"{written[name]['object']} came back with {came_back[0]} rows "
                f"({came_back[1][:12]}), and the database has {rows} ({str(digest)[:12]}): "
                "nothing of it was deleted"
            )


def _mark(database: Database, store: Store, batch: remembered.Batch) -> None:
    end = "committed" if batch.state == "deleted" else "abandoned"
    document = json.dumps({"batch": batch.batch, "tables": batch.tables}, sort_keys=True).encode()
    store.put(f"{batch.prefix}{end}.json", document, "application/json")
    remembered.mark(database, batch)


def _end_interrupted(database: Database, store: Store) -> list[dict[str, str]]:
    ended = []
    for batch in remembered.unmarked(database):
        _mark(database, store, batch)
        ended.append(
            {
                "batch": batch.batch,
                "was": "deleted" if batch.state == "deleted" else "abandoned: nothing was deleted",
            }
        )
    return ended


def _figures(database: Database, report: dict[str, Any], replicas: Replicas) -> None:
    try:
        tables, size, batches = remembered.archived(database, str(report["run"]))
    except TimeOver:
        return
    report |= {"tables": tables, "rows": sum(tables.values()), "bytes": size, "batches": batches}
    report["replicas_waited_seconds"] = round(replicas.waited, 1)


def _vacuum(database: Database, report: dict[str, Any], tables: Sequence[Table]) -> None:
    for each in tables:
        try:
            database.execute(f"vacuum (analyze, truncate false) {each.sql}")
        except Exception as fault:
            report.setdefault("not_vacuumed", {})[each.name] = said(fault)
        else:
            report.setdefault("vacuumed", []).append(each.name)
