"""Index optimisation: bloated indexes are rebuilt beside the old ones, while everybody writes.

``REINDEX INDEX CONCURRENTLY`` takes no lock that a writer waits for. What it waits for itself is
bounded by ``lock_timeout``; where it is ended in the middle (by that, by the slice's end, by a
kill) it leaves an index behind that nothing uses: such leftovers are found first, and dropped.
"""

# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from connection import (
    LOCK_NOT_AVAILABLE,
    QUERY_CANCELED,
    Database,
    TimeOver,
    code_of,
    literal,
    said,
)

# Below it a rebuild wins nothing that anybody notices.
SMALLEST_BYTES = 1 << 20
# How fast an index is built where nothing is known yet: slow storage, a busy server.
BYTES_A_SECOND = 4 << 20
# Kept back at the end of a slice, for what comes after the building.
SPARE_SECONDS = 10.0


@dataclass(frozen=True)
class Index:
    """An index, and how much of it is air.

    bloat      0 to 1: what a rebuild would win
    measured   ``pgstattuple``, or ``estimated from statistics``
    """

    oid: int
    name: str
    table: str
    size: int
    bloat: float
    measured: str

    @property
    def wins(self) -> int:
        """Bytes that a rebuild wins."""
        return round(self.size * self.bloat)


_INDEXES = """
select i.indexrelid::bigint, format('%I.%I', n.nspname, c.relname),
       format('%I.%I', n.nspname, t.relname), pg_relation_size(i.indexrelid)::bigint,
       coalesce((select substring(o from 'fillfactor=(\\d+)')::int
                 from unnest(c.reloptions) o where o like 'fillfactor=%'), 90),
       not i.indisunique and not exists (
         select from unnest(c.reloptions) o where o in ('deduplicate_items=off',
                                                        'deduplicate_items=false')),
       c.reltuples::float8,
       (select count(*) = i.indnkeyatts and bool_and(k.number > 0)
        from unnest(i.indkey::int2[]) with ordinality k (number, place)
        where k.place <= i.indnkeyatts)
       and i.indnkeyatts = i.indnatts and i.indpred is null,
       (select sum(s.avg_width * (1 - s.null_frac))::float8
        from unnest(i.indkey::int2[]) k (number)
        join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
        join pg_stats s on s.schemaname = n.nspname and s.tablename = t.relname
                       and s.attname = a.attname and not s.inherited),
       (select count(*) from unnest(i.indkey::int2[]) k (number)
        join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
        join pg_stats s on s.schemaname = n.nspname and s.tablename = t.relname
                       and s.attname = a.attname and not s.inherited) = i.indnatts,
       (select case when s.n_distinct < 0 then -s.n_distinct * c.reltuples else s.n_distinct end
        from pg_attribute a
        join pg_stats s on s.schemaname = n.nspname and s.tablename = t.relname
                       and s.attname = a.attname and not s.inherited
        where i.indnkeyatts = 1 and a.attrelid = t.oid and a.attnum = i.indkey[0])::float8
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace join pg_am m on m.oid = c.relam
where m.amname = 'btree' and c.relkind = 'i' and i.indisvalid and i.indisready
  and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 2
"""

# Of an interrupted rebuild: never valid, with PostgreSQL's own ending, and not being built now.
_LEFTOVERS = """
select i.indexrelid::bigint, format('%I.%I', n.nspname, c.relname),
       c.relname ~ '_cc(new|old)[0-9]*$', pg_has_role(c.relowner, 'usage'),
       pg_relation_size(i.indexrelid)::bigint
from pg_index i join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and c.relkind = 'i' and n.nspname !~ '^pg_toast'
  and n.nspname <> 'pg_catalog'
  and not exists (select from pg_stat_progress_create_index p
                  where p.relid = i.indrelid and p.datname = current_database())
order by 2
"""

Save = Callable[[Mapping[str, Any]], None]


def run(database: Database, rules: Mapping[str, Any], report: dict[str, Any], save: Save) -> bool:
    """Drops leftovers and rebuilds bloated indexes, the smallest first; whether all is done.

    rules    ``bloat_above`` in per cent, ``at_least`` in bytes
    report   is filled in: ``leftovers``, ``rebuilt``, ``left``, ``measured_by``
    save     is told after every index
    """
    report.setdefault("rebuilt", [])
    report["leftovers"] = [*report.get("leftovers", ()), *_drop_leftovers(database)]
    least = int(rules.get("at_least", SMALLEST_BYTES))
    above = float(rules["bloat_above"]) / 100
    found, unknown = bloat(database, least)
    report["looked_at"] = len(found)
    report["not_judged"] = unknown
    report["measured_by"] = sorted({each.measured for each in found})
    # What was rebuilt in this run already is not rebuilt again, whatever the estimate says of it.
    before = {each["index"] for each in report["rebuilt"]}
    bloated = [each for each in found if each.bloat > above and each.name not in before]
    report["left"] = [_shown(each) for each in bloated]
    save(report)
    speed = float(BYTES_A_SECOND)
    done, waiting = True, []
    for each in sorted(bloated, key=lambda index: (index.size, index.name)):
        needs = each.size / speed + SPARE_SECONDS
        if database.remaining() < needs:
            done = False
            waiting.append({**_shown(each), "why": f"takes about {needs:.0f} seconds"})
            continue
        began = time.monotonic()
        try:
            database.execute(f"reindex index concurrently {each.name}")
        except TimeOver:
            done = False
            waiting.append({**_shown(each), "why": "no time was left"})
        except Exception as fault:
            if code_of(fault) not in (LOCK_NOT_AVAILABLE, QUERY_CANCELED):
                raise
            done = False
            waiting.append({**_shown(each), "why": said(fault)})
            # Its own leftover goes at once where that is possible; else the next run finds it.
            report["leftovers"] += _drop_leftovers(database)
        else:
            seconds = time.monotonic() - began
            # Only what is large enough to measure by says something of the next one.
            if seconds > 1:
                speed = each.size / seconds
            # By its name: the new index has a number of its own.
            size = int(
                database.value(f"select pg_relation_size({literal(each.name)}::regclass)") or 0
            )
            report["rebuilt"].append(
                {**_shown(each), "bytes_after": size, "seconds": round(seconds, 3)}
            )
        _left(report, bloated, waiting)
        save(report)
    _left(report, bloated, waiting)
    report["bytes"] = sum(each["bytes"] - each["bytes_after"] for each in report["rebuilt"])
    return done


def _left(
    report: dict[str, Any], bloated: Sequence[Index], waiting: Sequence[dict[str, Any]]
) -> None:
    """What is bloated and not rebuilt, with the reason where there is one already."""
    known = {each["index"] for each in (*report["rebuilt"], *waiting)}
    report["left"] = [*waiting, *(_shown(each) for each in bloated if each.name not in known)]


def bloat(database: Database, least: int) -> tuple[list[Index], list[str]]:
    """The B-trees of a size, each with its bloat, and the names of those nothing is known of."""
    measure = database.value("select to_regprocedure('pgstatindex(regclass)') is not null")
    found, unknown = [], []
    for (
        oid,
        name,
        table,
        size,
        fill,
        dedup,
        rows,
        plain,
        width,
        known,
        distinct,
    ) in database.execute(_INDEXES):
        if int(size) < least:
            continue
        if measure:
            air = _measured(database, int(oid), int(fill))
            how = "pgstattuple"
        else:
            judged = bool(plain) and bool(known) and float(rows) >= 0 and width is not None
            air = (
                _estimated(int(size), float(rows), float(width), int(fill), bool(dedup), distinct)
                if judged
                else None
            )
            how = "estimated from statistics"
        if air is None:
            unknown.append(str(name))
        else:
            found.append(Index(int(oid), str(name), str(table), int(size), air, how))
    return found, unknown


def _measured(database: Database, oid: int, fill: int) -> float | None:
    rows = database.execute(
        "select leaf_pages::float8, empty_pages::float8, deleted_pages::float8, "
        f"avg_leaf_density::float8 from pgstatindex({oid}::oid::regclass)"
    )
    leaf, empty, deleted, density = (float(each) for each in rows[0])
    pages = leaf + empty + deleted
    if not pages or density != density:  # NaN: an empty index
        return None
    return max(0.0, 1 - leaf * density / (pages * fill))


# Of a page of 8 KB: its header and a B-tree's special space; of an entry: its pointer on the page
# and its header; of a row in a list of equal entries: its place [PostgreSQL, nbtree.h, itup.h].
_PAGE = 8192 - 24 - 16
_POINTER, _HEADER, _PLACE = 4, 8, 6


def _estimated(
    size: int, rows: float, width: float, fill: int, dedup: bool, distinct: Any
) -> float:
    """What a fresh index of the same rows would take, by the statistics of the last ANALYZE."""
    entry = _HEADER + _aligned(width) + _POINTER
    whole = rows * entry
    if dedup and distinct is not None and 0 < float(distinct) < rows:
        whole = min(whole, float(distinct) * entry + rows * _PLACE)
    leaves = whole / (_PAGE * fill / 100)
    # Inner pages are a hundredth or less; the first page says what the index is.
    expected = (leaves * 1.01 + 1) * 8192
    return max(0.0, 1 - expected / size)


def _aligned(width: float) -> float:
    return -(-width // 8) * 8


def _drop_leftovers(database: Database) -> list[dict[str, Any]]:
    report = []
    for oid, name, ours, owned, size in database.execute(_LEFTOVERS):
        entry = {"index": str(name), "bytes": int(size)}
        if not ours:
            entry["kept"] = "not valid, and not by a rebuild: whoever made it knows"
        else:
            try:
                if owned:
                    database.execute(f"drop index concurrently if exists {name}")
                elif database.value("select to_regprocedure('upkeep.drop_leftover(oid)')"):
                    database.execute(f"select upkeep.drop_leftover({int(oid)}::oid)")
                else:
                    entry["kept"] = f"not ours to drop: `drop index concurrently {name}`"
            except TimeOver:
                entry["kept"] = "no time was left"
            except Exception as fault:
                entry["kept"] = said(fault)
        report.append(entry)
    return report


def _shown(each: Index) -> dict[str, Any]:
    entry = asdict(each)
    return {
        "index": entry["name"],
        "table": entry["table"],
        "bytes": entry["size"],
        "bloat_percent": round(each.bloat * 100, 1),
        "measured": each.measured,
    }
