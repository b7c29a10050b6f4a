"""What is looked at in a restored PostgreSQL database. Nothing is ever written to it."""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pg8000.native
from checksums import SETTINGS, formula, literal, quoted
from findings import Finding

# A restored instance accepts connections shortly after it is called available.
REACHABLE_WITHIN_SECONDS = 60
CONNECT_SECONDS = 10
# What is left of the function's time when the last statement is cut off.
ANSWER_SECONDS = 10
# Periods of one table whose checksums are computed, the newest first.
PERIODS = 400

Row = Sequence[Any]


class Unreachable(Exception):
    """No connection; the message says to what, and why."""


@dataclass
class Target:
    """Where the restored database answers.

    credentials   pairs of user and password, tried in turn: a secret that was rotated since the
                  backup opens the copy with its previous version
    """

    host: str
    port: int
    database: str
    credentials: Sequence[tuple[str, str]]


class Database:
    """A connection that only reads, with a limit on every statement.

    statement_seconds   how long one statement may take
    remaining           seconds that are left for all of it
    """

    def __init__(
        self, target: Target, statement_seconds: float, remaining: Callable[[], float]
    ) -> None:
        self._limit, self._remaining = statement_seconds, remaining
        self._connection = _connect(target, statement_seconds)
        self.execute("set session characteristics as transaction read only")
        for setting in SETTINGS:
            self.execute(setting)
        self.execute("set lock_timeout to '10s'")

    def execute(self, statement: str) -> list[Row]:
        """Runs a statement; TimeoutError where no time is left."""
        left = min(self._limit, self._remaining() - ANSWER_SECONDS)
        if left <= 0:
            raise TimeoutError("no time was left for it")
        self._connection.run(f"set statement_timeout to {round(left * 1000)}")
        return list(self._connection.run(statement) or ())

    def value(self, statement: str) -> Any:
        """The first column of the first row; None without one."""
        rows = self.execute(statement)
        return rows[0][0] if rows and rows[0] else None

    def close(self) -> None:
        """Ends the connection, whatever state it is in."""
        with contextlib.suppress(Exception):
            self._connection.close()


def _connect(target: Target, statement_seconds: float) -> pg8000.native.Connection:
    deadline = time.monotonic() + REACHABLE_WITHIN_SECONDS
    while True:
        try:
            socket.create_connection((target.host, target.port), CONNECT_SECONDS).close()
            break
        except OSError as fault:
            if time.monotonic() >= deadline:
                raise Unreachable(
                    f"{target.host}:{target.port} cannot be reached: {fault}"
                ) from None
            time.sleep(1)
    refused: Exception = Unreachable("the secret holds no credentials")
    for user, password in target.credentials:
        try:
            return pg8000.native.Connection(
                user,
                host=target.host,
                port=target.port,
                database=target.database,
                password=password,
                # A server that stops answering: longer than any statement may take.
                timeout=statement_seconds + CONNECT_SECONDS,
                # With TLS where the server offers it. Whose certificate it is cannot be checked: a
                # restored copy has a name of its own, and nothing but it is in this network.
                ssl_context=None,
                application_name="upkeep-restore-test",
            )
        except Exception as fault:
            refused = fault
    raise Unreachable(f"the database refuses the credentials: {said(refused)}") from None


def said(fault: BaseException) -> str:
    """An error in one line, without what is of no use to a person."""
    if fault.args and isinstance(fault.args[0], dict):
        # PostgreSQL's own fields: C is the code, M the message.
        fields = fault.args[0]
        return f"{fields.get('M', 'refused')} ({fields.get('C', '?')})"
    return " ".join(str(fault).split()) or type(fault).__name__


# ---- the checks ----------------------------------------------------------------------------------


def look(database: Database, checks: Mapping[str, Any], at: datetime) -> Iterator[Finding]:
    """Every check of the plan, each for itself: what fails in one hides nothing in another.

    checks   ``rows``, ``fresh``, ``checksums``, ``references``, ``foreign_keys``, ``pages``,
             ``indexes``, ``expect`` as the plan has them, durations in seconds
    at       when the restore began
    """
    if checks.get("pages"):
        yield from _guarded(
            "pages", "every page can be read and carries its checksum", lambda: _pages(database)
        )
    for table, least in (checks.get("rows") or {}).items():
        yield from _guarded(
            f"rows of {table}", f"{least} at least", lambda t=table, n=least: _rows(database, t, n)
        )
    for column, seconds in (checks.get("fresh") or {}).items():
        yield from _guarded(
            f"newest {column}",
            f"at most {_length(seconds)} old",
            lambda c=column, s=seconds: _fresh(database, c, s, at),
        )
    for name, about in (checks.get("checksums") or {}).items():
        yield from _guarded(
            f"checksums of {name}",
            "those that were recorded",
            lambda n=name, a=about: _checksums(database, n, a),
        )
    if checks.get("foreign_keys"):
        yield from _guarded(
            "foreign keys", "every reference has its partner", lambda: _foreign_keys(database)
        )
    for child, parent in (checks.get("references") or {}).items():
        yield from _guarded(
            f"{child} in {parent}",
            "every reference has its partner",
            lambda c=child, p=parent: _reference(database, c, p),
        )
    if checks.get("indexes"):
        yield from _guarded("indexes", "as the tables", lambda: _indexes(database))
    for name, expected in (checks.get("expect") or {}).items():
        yield from _guarded(name, _bounds(expected), lambda e=expected: _expect(database, e))


def _guarded(check: str, expected: str, run: Callable[[], tuple[bool, str]]) -> Iterator[Finding]:
    try:
        passed, found = run()
    except Exception as fault:
        passed, found = False, said(fault)
    yield Finding(check, passed, found, expected)


def _rows(database: Database, table: str, least: int) -> tuple[bool, str]:
    count = int(database.value(f"select count(*) from {quoted(table)}"))
    return count >= least, str(count)


def _fresh(database: Database, column: str, seconds: float, at: datetime) -> tuple[bool, str]:
    table, _, name = column.rpartition(".")
    # A column without a time zone holds UTC: the session's.
    newest = database.value(
        f"select extract(epoch from max({quoted(name)})::timestamptz) from {quoted(table)}"
    )
    if newest is None:
        return False, "no row has one"
    age = at - datetime.fromtimestamp(float(newest), UTC)
    if age < timedelta(0):
        # Written while the backup was taken, or by a clock that is ahead.
        return True, "younger than the restore"
    return age <= timedelta(seconds=seconds), f"{_length(age.total_seconds())} old"


def _checksums(database: Database, name: str, about: Mapping[str, Any]) -> tuple[bool, str]:
    records = database.execute(
        "select from_value, to_value, rows, checksum "
        f"from {quoted(about['recorded_in'])} where name = {literal(name)} "
        f"order by recorded_at desc limit {PERIODS}"
    )
    if not records:
        return False, f"nothing was recorded in {about['recorded_in']}"
    wrong = []
    for start, end, rows, checksum in records:
        found = database.execute(
            formula(
                about.get("table") or name,
                about["columns"],
                about["by"],
                literal(start),
                literal(end),
            )
        )[0]
        if (int(found[0]), str(found[1])) != (int(rows), str(checksum)):
            counted = "" if int(found[0]) == int(rows) else f" ({found[0]} rows instead of {rows})"
            wrong.append(f"{start} to {end}{counted}")
    if wrong:
        return False, f"another one in {len(wrong)} of {len(records)} periods: " + _few(wrong)
    return True, f"the same in {len(records)} periods"


def _reference(database: Database, child: str, parent: str) -> tuple[bool, str]:
    table, _, column = child.rpartition(".")
    other, _, key = parent.rpartition(".")
    without = int(
        database.value(
            f"select count(*) from {quoted(table)} c where c.{quoted(column)} is not null "
            f"and not exists (select from {quoted(other)} p "
            f"where p.{quoted(key)} = c.{quoted(column)})"
        )
    )
    return without == 0, f"{without} without" if without else "none without"


_FOREIGN_KEYS = """
select format('%I.%I', cn.nspname, c.relname), format('%I.%I', pn.nspname, p.relname),
       array_agg(ca.attname::text order by k.place), array_agg(pa.attname::text order by k.place),
       con.conname::text
from pg_constraint con
join pg_class c on c.oid = con.conrelid join pg_namespace cn on cn.oid = c.relnamespace
join pg_class p on p.oid = con.confrelid join pg_namespace pn on pn.oid = p.relnamespace
join lateral unnest(con.conkey, con.confkey) with ordinality k (child, parent, place) on true
join pg_attribute ca on ca.attrelid = c.oid and ca.attnum = k.child
join pg_attribute pa on pa.attrelid = p.oid and pa.attnum = k.parent
where con.contype = 'f' and con.conparentid = 0 and con.convalidated
group by 1, 2, con.oid, con.conname order by 1, con.conname
"""


def _foreign_keys(database: Database) -> tuple[bool, str]:
    keys = database.execute(_FOREIGN_KEYS)
    broken = []
    for child, parent, columns, partners, name in keys:
        pairs = list(zip(columns, partners, strict=True))
        matches = " and ".join(f"p.{quoted(theirs)} = c.{quoted(ours)}" for ours, theirs in pairs)
        given = " and ".join(f"c.{quoted(ours)} is not null" for ours, _ in pairs)
        without = int(
            database.value(
                f"select count(*) from {child} c where {given} "
                f"and not exists (select from {parent} p where {matches})"
            )
        )
        if without:
            broken.append(f"{name}: {without} without")
    if broken:
        return False, _few(broken)
    return True, f"{len(keys)} looked at, none without"


_TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
and n.nspname !~ '^pg_' order by 1
"""


def _pages(database: Database) -> tuple[bool, str]:
    """Reads every table in whole, what is stored beside its rows (TOAST) included.

    PostgreSQL holds each page that it reads against its checksum.
    """
    if database.value("show data_checksums") != "on":
        return False, "the database has no page checksums: `pg_checksums --enable`"
    for setting in ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"):
        database.execute(f"set {setting} to off")
    try:
        tables = [str(table) for (table,) in database.execute(_TABLES)]
        broken = []
        for table in tables:
            try:
                # The row's text is made of all its values, so that all of them are fetched.
                database.execute(f"select sum(length(t::text)) from {table} t")
            except TimeoutError:
                raise
            except Exception as fault:
                broken.append(f"{table}: {said(fault)}")
    finally:
        for setting in ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"):
            database.execute(f"reset {setting}")
    if broken:
        return False, _few(broken)
    return True, f"{len(tables)} tables read"


_INDEXES = """
select i.indexrelid::bigint, format('%I.%I', n.nspname, c.relname),
       format('%I.%I', n.nspname, t.relname),
       (select string_agg(quote_ident(a.attname), ', ' order by k.place)
        from unnest(i.indkey::int2[]) with ordinality k (number, place)
        join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
        where k.place <= i.indnkeyatts),
       i.indisvalid, i.indpred is not null or i.indexprs is not null
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace join pg_am m on m.oid = c.relam
where m.amname = 'btree' and c.relkind = 'i' and n.nspname !~ '^pg_'
and n.nspname <> 'information_schema' order by 2
"""


def _indexes(database: Database) -> tuple[bool, str]:
    """B-trees against their tables: by amcheck where the database has it, else by counting.

    amcheck finds every row that its index does not lead to. Counting reads each index from end to
    end, which finds damaged pages and lost or doubled entries, and not an entry that stands in the
    wrong place.
    """
    collation = database.execute(
        "select datcollversion, pg_database_collation_actual_version(oid) from pg_database "
        "where datname = current_database()"
    )
    if collation and collation[0][0] is not None and collation[0][0] != collation[0][1]:
        return False, (
            f"the order of text was made by version {collation[0][0]} and is read by "
            f"{collation[0][1]}: rebuild the indexes"
        )
    amcheck = database.value("select true from pg_extension where extname = 'amcheck'")
    how = "amcheck" if amcheck else "counting, since the database lacks the extension amcheck"
    indexes = database.execute(_INDEXES)
    broken = []
    for oid, index, table, columns, valid, partial in indexes:
        try:
            if not valid:
                broken.append(f"{index}: not valid")
            elif amcheck:
                database.execute(f"select bt_index_check({int(oid)}::oid::regclass, true)")
            elif (
                not partial
                and columns
                and (counts := _counts(database, table, columns)) is not None
            ):
                broken.append(f"{index}: {counts[0]} entries for {counts[1]} rows")
        except TimeoutError:
            raise
        except Exception as fault:
            broken.append(f"{index}: {said(fault)}")
    if broken:
        return False, f"{_few(broken)} (by {how})"
    return True, f"{len(indexes)} looked at (by {how})"


def _counts(database: Database, table: str, columns: str) -> tuple[int, int] | None:
    """Rows by the index and by the table, where they differ."""
    ordered = f"select count(*) from (select {columns} from {table} order by {columns}) ordered"
    for setting in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
        database.execute(f"set {setting} to off")
    by_index = int(database.value(ordered))
    for setting in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
        database.execute(f"reset {setting}")
    for setting in ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"):
        database.execute(f"set {setting} to off")
    by_table = int(database.value(f"select count(*) from {table}"))
    for setting in ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"):
        database.execute(f"reset {setting}")
    return None if by_index == by_table else (by_index, by_table)


def _expect(database: Database, expected: Mapping[str, Any]) -> tuple[bool, str]:
    rows = database.execute(expected["query"])
    if len(rows) != 1 or len(rows[0]) != 1:
        return False, f"{len(rows)} rows of {len(rows[0]) if rows else 0} columns, not one value"
    value = rows[0][0]
    if "is" in expected:
        return str(value) == str(expected["is"]), str(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False, f"{value}, which is no number"
    least, most = expected.get("at_least"), expected.get("at_most")
    within = (least is None or number >= least) and (most is None or number <= most)
    return within, str(value)


def _bounds(expected: Mapping[str, Any]) -> str:
    if "is" in expected:
        return str(expected["is"])
    words = {"at_least": "at least", "at_most": "at most"}
    return " and ".join(f"{words[key]} {expected[key]}" for key in words if key in expected)


def _few(problems: Sequence[str], shown: int = 3) -> str:
    more = f" and {len(problems) - shown} more" if len(problems) > shown else ""
    return "; ".join(problems[:shown]) + more


def _length(seconds: float) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = seconds / size
            said_count = f"{count:.1f}".rstrip("0").rstrip(".") if "." in f"{count:.1f}" else count
            return f"{said_count} {unit}{'' if said_count == '1' else 's'}"
    return f"{seconds:.0f} seconds"


def credentials_of(secret: str) -> tuple[str, str, Mapping[str, Any]]:
    """User, password and the rest of a secret as RDS and Secrets Manager write it."""
    try:
        document = json.loads(secret)
        return str(document["username"]), str(document["password"]), document
    except (ValueError, KeyError, TypeError):
        raise Unreachable(
            'the secret is not of the form {"username": ..., "password": ...}'
        ) from None
