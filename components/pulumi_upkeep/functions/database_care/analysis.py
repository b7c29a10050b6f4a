"""Query analysis: what is slow, and what the statistics say of tables and indexes. Reads only.

Nothing that a query was given is in the report: of a statement its shape is shown, with every
number and text in it replaced, and of anything but reading and changing rows its first words.
"""

# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import re
from collections.abc import Callable, Mapping
from typing import Any

from connection import Database, said

MOST = 50
LONGEST_SHAPE = 600
# Where reading a table from end to end is worth a line.
LARGE_TABLE_ROWS = 10_000
_SHOWN = re.compile(r"^\W*(select|insert|update|delete|with|merge|values|table)\b", re.IGNORECASE)
_PARTS = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?(?:\*/|$))
    | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*|)\$.*?(?:\$(?P=tag)\$|$))
    | (?P<escaped>\b[eE]'(?:[^'\\]|\\.|'')*(?:'|$))
    | (?P<text>(?:\b(?:[bBxXnN]|[uU]&))?'(?:[^']|'')*(?:'|$))
    | (?P<name>"(?:[^"]|"")*")
    | (?P<parameter>\$\d+)
    | (?P<number>(?<![\w.])\d[\w.]*(?:[eE][+-]?\d+)?)
    """,
    re.VERBOSE | re.DOTALL,
)


def shape(statement: str) -> str:
    """A statement without any value: ``select * from orders where id = ?``."""
    if not _SHOWN.match(_PARTS.sub(_without, statement)):
        words = re.findall(r"[A-Za-z]+", _PARTS.sub(" ", statement))
        return " ".join(words[:2]).lower() + " ..." if words else "..."
    bare = " ".join(_PARTS.sub(_without, statement).split())
    return bare if len(bare) <= LONGEST_SHAPE else bare[: LONGEST_SHAPE - 3] + "..."


def _without(match: re.Match[str]) -> str:
    if match["comment"] is not None:
        return " "
    if match["name"] is not None or match["parameter"] is not None:
        return match[0]
    return "?"


_STATEMENTS = """
select query, calls::bigint, mean_exec_time::float8, max_exec_time::float8,
       total_exec_time::float8, rows::bigint
from {view} s join pg_database d on d.oid = s.dbid and d.datname = current_database()
where mean_exec_time > {above} order by total_exec_time desc, queryid limit {most}
"""

_READ_WHOLE = f"""
select format('%I.%I', schemaname, relname), seq_scan::bigint, seq_tup_read::bigint,
       n_live_tup::bigint, coalesce(idx_scan, 0)::bigint
from pg_stat_user_tables where seq_scan > 0 and n_live_tup >= {LARGE_TABLE_ROWS}
order by seq_tup_read desc, 1 limit {MOST}
"""

_DEAD = f"""
select format('%I.%I', schemaname, relname), n_live_tup::bigint, n_dead_tup::bigint,
       greatest(last_vacuum, last_autovacuum)::text, greatest(last_analyze, last_autoanalyze)::text
from pg_stat_user_tables where n_dead_tup > 0 order by n_dead_tup desc, 1 limit {MOST}
"""

# Neither unique nor somebody's key: those have a duty beside being read.
_UNUSED = f"""
select format('%I.%I', s.schemaname, s.indexrelname), format('%I.%I', s.schemaname, s.relname),
       pg_relation_size(s.indexrelid)::bigint
from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid
where s.idx_scan = 0 and not i.indisunique and not i.indisexclusion and i.indisvalid
  and not exists (select from pg_constraint c where c.conindid = s.indexrelid)
order by pg_relation_size(s.indexrelid) desc, 1 limit {MOST}
"""


def run(
    database: Database,
    rules: Mapping[str, Any],
    report: dict[str, Any],
    save: Callable[[Mapping[str, Any]], None],
) -> bool:
    """Fills in the report; always done.

    rules    ``slower_than`` in milliseconds
    report   ``statements`` or why there are none, ``read_whole``, ``dead_rows``,
             ``unused_indexes``, ``since``
    """
    report |= _statements(database, float(rules["slower_than"]))
    report["read_whole"] = [
        {"table": table, "scans": scans, "rows_read": read, "rows": rows, "index_scans": index}
        for table, scans, read, rows, index in database.execute(_READ_WHOLE)
    ]
    report["dead_rows"] = [
        {"table": table, "rows": rows, "dead": dead, "vacuumed": vacuumed, "analyzed": analyzed}
        for table, rows, dead, vacuumed, analyzed in database.execute(_DEAD)
    ]
    report["unused_indexes"] = [
        {"index": index, "table": table, "bytes": size}
        for index, table, size in database.execute(_UNUSED)
    ]
    report["since"] = database.value(
        "select stats_reset::text from pg_stat_database where datname = current_database()"
    )
    report["rows"], report["bytes"] = 0, 0
    return True


def _statements(database: Database, above: float) -> dict[str, Any]:
    view = database.value(
        "select coalesce((select format('%I.pg_stat_statements', n.nspname) from pg_extension e "
        "join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'), "
        "to_regclass('pg_stat_statements')::text)"
    )
    if view is None:
        return {
            "statements": None,
            "statements_missing": "the database lacks the extension pg_stat_statements: which "
            "statements are slow is not known",
        }
    try:
        rows = database.execute(_STATEMENTS.format(view=view, above=above, most=MOST))
    except Exception as fault:
        return {"statements": None, "statements_missing": said(fault)}
    return {
        "statements": [
            {
                "statement": shape(str(query)),
                "calls": calls,
                "mean_ms": round(mean, 1),
                "longest_ms": round(longest, 1),
                "total_ms": round(total, 1),
                "rows": count,
            }
            for query, calls, mean, longest, total, count in rows
        ]
    }
