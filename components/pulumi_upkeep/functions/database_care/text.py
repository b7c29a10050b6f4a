"""The report as people read it: the same figures as in its JSON, in the same words each time."""

from collections.abc import Iterator, Mapping
from typing import Any

_TITLES = {
    "indexes": "Index optimisation",
    "analysis": "Query analysis",
    "cleanup": "Storage clean-up",
    "archive": "Archiving",
}


def text(report: Mapping[str, Any]) -> str:
    """A report, line by line."""
    job = str(report["job"])
    lines = [
        f"{_TITLES[job]} of {report['database']}: {report['outcome']}",
        f"run {report['run']}, {report['began']} to {report['ended']}, until {report['until']}",
        f"owner: {report['owner']}",
        "",
    ]
    for fault in report.get("faults", ()):
        lines.append(f"FAULT  {fault}")
    lines += _BODIES[job](report)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _indexes(report: Mapping[str, Any]) -> Iterator[str]:
    measured = ", ".join(report.get("measured_by", ())) or "nothing to measure"
    yield f"{report.get('looked_at', 0)} indexes looked at; bloat is {measured}"
    for each in report.get("rebuilt", ()):
        yield (
            f"rebuilt  {each['index']}: {_bytes(each['bytes'])} to {_bytes(each['bytes_after'])} "
            f"in {each['seconds']} s (bloat {each['bloat_percent']} %, {each['measured']})"
        )
    for each in report.get("left", ()):
        why = each.get("why", "no time was left")
        yield f"left     {each['index']}: {_bytes(each['bytes'])}, {each['bloat_percent']} %: {why}"
    for each in report.get("leftovers", ()):
        what = f"kept: {each['kept']}" if "kept" in each else "dropped"
        yield f"leftover {each['index']}: {_bytes(each['bytes'])}, {what}"
    for each in report.get("not_judged", ()):
        yield f"no statistics of {each}: ANALYZE it"


def _analysis(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"figures since {report.get('since') or 'the server began'}"
    if report.get("statements") is None:
        yield f"slow statements: {report.get('statements_missing', 'not looked at')}"
    for each in report.get("statements") or ():
        yield (
            f"slow  {each['mean_ms']} ms on average, {each['longest_ms']} ms at most, "
            f"{each['calls']} times, {each['rows']} rows: {each['statement']}"
        )
    for each in report.get("read_whole", ()):
        yield f"read from end to end  {each['table']}: {each['scans']} times, {each['rows']} rows"
    for each in report.get("unused_indexes", ()):
        yield f"unused index  {each['index']} of {each['table']}: {_bytes(each['bytes'])}"
    for each in report.get("dead_rows", ()):
        yield f"dead rows  {each['table']}: {each['dead']} beside {each['rows']} that live"


def _cleanup(report: Mapping[str, Any]) -> Iterator[str]:
    for name, rows in report.get("tables", {}).items():
        yield f"deleted  {name}: {rows} rows"
    for name, rows in report.get("over_and_left", {}).items():
        if rows:
            yield f"left     {name}: {rows} rows"
    yield from _common(report)


def _archive(report: Mapping[str, Any]) -> Iterator[str]:
    for name, rows in report.get("tables", {}).items():
        yield f"archived {name}: {rows} rows"
    if report.get("batches"):
        yield f"{report['batches']} batches, {_bytes(report['bytes'])} in the bucket"
    for name, rows in report.get("old_and_left", {}).items():
        if rows:
            yield f"left     {name}: {rows} rows"
    for each in report.get("resumed", ()):
        yield f"interrupted before  {each['batch']}: {each['was']}"
    yield from _common(report)


def _common(report: Mapping[str, Any]) -> Iterator[str]:
    for name, others in report.get("goes_with", {}).items():
        yield f"with rows of {name} went those of {', '.join(others)}"
    for name, why in report.get("waits", {}).items():
        yield f"waits    {name}: {why}"
    for name, why in report.get("not_vacuumed", {}).items():
        yield f"no vacuum of {name}: {why}"
    if report.get("replicas_waited_seconds"):
        yield f"waited {report['replicas_waited_seconds']} s for replicas"
    if report.get("replicas_unseen"):
        yield f"{report['replicas_unseen']} replicas cannot be looked at: grant pg_monitor"


_BODIES = {
    "indexes": _indexes,
    "analysis": _analysis,
    "cleanup": _cleanup,
    "archive": _archive,
}


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
