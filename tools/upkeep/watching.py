"""What watching costs a month, and how loud it may get: counted from what is declared.

Nothing is measured here. Costs are list prices times what is declared, at the most it may take in;
how loud it gets is how often people are told again while one thing lasts, and who waits for it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pulumi_upkeep.plan import PlanError, prices
from pulumi_upkeep.plan.synthetic_runs import PRICE_OF_A_RUN

from tools.upkeep.declared import ALARMS, MONITOR, SYNTHETIC_TEST, declared
from tools.upkeep.stop import Stop

Properties = Mapping[str, Any]
Resource = tuple[str, str, Properties]
"""Type, name and properties, in camelCase."""

_ALARM, _COMPOSITE = ALARMS
_LOG_METRIC = "datadog:index/logsMetric:LogsMetric"
_LOG_INDEX = "datadog:index/logsIndex:LogsIndex"

_MONTH = timedelta(hours=prices.HOURS_A_MONTH)
# Metrics that come with Datadog and its integrations: what begins otherwise is one's own.
_INCLUDED = ("aws.", "trace.", "system.", "datadog.", "synthetics.", "docker.", "postgresql.")
_METRIC = re.compile(r"(?:avg|sum|min|max|count|p\d\d):([a-z][\w.]*)\{")
_SEVERITY = re.compile(r"^severity:(p[0-3])$")
# Of Datadog's kinds of monitors, those that learn what is usual: they tell of more than faults.
_LEARNS = ("anomalies(", "forecast(")


@dataclass(frozen=True)
class Line:
    """One figure.

    what    such as ``synthetic API runs``
    count   a month, or how many there are
    usd     a month, in whole cents; None where there is no price
    how     what was counted
    """

    what: str
    count: float
    usd: float | None
    how: str


@dataclass(frozen=True)
class Watching:
    """What is watched.

    as_of     the month of the list prices
    usd       the sum of what has a price, a month
    lines     what it consists of
    sources   severity -> how many alarms, monitors and tests tell somebody of it
    learning  how many of them learn what is usual, and so tell of what is merely unusual
    daily     severity -> messages in a day at most while one thing of it lasts
    """

    as_of: str
    usd: float
    lines: tuple[Line, ...]
    sources: Mapping[str, int]
    learning: int
    daily: Mapping[str, int]


def watching(resources: Iterable[Resource]) -> Watching:
    """The figures of everything that is declared."""
    by_type: dict[str, list[tuple[str, Properties]]] = {}
    for type_, name, props in resources:
        by_type.setdefault(type_, []).append((name, props))

    def of(type_: str) -> list[Properties]:
        return [props for _, props in sorted(by_type.get(type_, []), key=lambda each: each[0])]

    lines: tuple[Line, ...] = (
        *_runs(of(SYNTHETIC_TEST)),
        _log_events(of(_LOG_INDEX)),
        _own_metrics(of(MONITOR), of(_LOG_METRIC)),
        *_alarms(of(_ALARM), of(_COMPOSITE)),
    )
    telling = [*map(_told, _speaking(of(_ALARM), of(_COMPOSITE), of(MONITOR), of(SYNTHETIC_TEST)))]
    queries = [
        str(props["query"]) for props in of(MONITOR) if any(w in props["query"] for w in _LEARNS)
    ]
    daily: dict[str, int] = {}
    for severity, messages in telling:
        daily[severity] = max(daily.get(severity, 0), messages)
    return Watching(
        prices.AS_OF,
        round(sum(line.usd or 0.0 for line in lines), 2),
        tuple(line for line in lines if line.count),
        dict(sorted(Counter(severity for severity, _ in telling).items())),
        len(queries),
        dict(sorted(daily.items())),
    )


# ---- costs -------------------------------------------------------------------------------------


def _runs(tests: Sequence[Properties]) -> Iterator[Line]:
    counted = {"api": 0, "browser": 0}
    tests_of = Counter[str]()
    for test in _live(tests):
        every = timedelta(seconds=float(test["optionsList"]["tickEvery"]))
        kind = "browser" if test["type"] == "browser" else "api"
        each = len(test.get("apiSteps") or ()) or len(test.get("deviceIds") or ()) or 1
        counted[kind] += round(_MONTH / every * len(test["locations"]) * each)
        tests_of[kind] += 1
    for kind, runs in counted.items():
        name = "API" if kind == "api" else "browser"
        how = f"{_many(tests_of[kind], 'test')} from each place"
        yield Line(f"synthetic {name} runs", runs, _usd(runs * PRICE_OF_A_RUN[kind]), how)


def _live(tests: Iterable[Properties]) -> list[Properties]:
    """Those that run: a paused one costs nothing and tells nobody."""
    return [test for test in tests if test.get("status") == "live"]


def _log_events(indexes: Sequence[Properties]) -> Line:
    days = _MONTH / timedelta(days=1)
    events, usd = 0.0, 0.0
    known = True
    for index in indexes:
        month = float(index.get("dailyLimit") or 0) * days
        price = prices.LOG_EVENTS_MILLION.get(int(index.get("retentionDays") or 0))
        events += month
        known = known and price is not None
        usd += month / 1e6 * (price or 0.0)
    how = f"at most: {_many(len(indexes), 'index', 'indexes')} filled to the daily quota"
    return Line("indexed log events", events, _usd(usd) if known else None, how)


def _own_metrics(monitors: Sequence[Properties], of_logs: Sequence[Properties]) -> Line:
    named = {
        metric
        for props in monitors
        for metric in _METRIC.findall(str(props["query"]))
        if not metric.startswith(_INCLUDED)
    }
    named |= {str(props["name"]) for props in of_logs}
    how = "at least: one series each; every tag value is one more"
    return Line(
        "Datadog metrics of one's own", len(named), _usd(len(named) * prices.DATADOG_METRIC), how
    )


def _alarms(alarms: Sequence[Properties], composites: Sequence[Properties]) -> Iterator[Line]:
    metrics = sum(
        sum(1 for query in alarm.get("metricQueries") or () if "metric" in query) or 1
        for alarm in alarms
    )
    how = f"{_many(len(alarms), 'alarm')}, by the metric"
    yield Line("metrics of CloudWatch alarms", metrics, _usd(metrics * prices.ALARM_METRIC), how)
    count = len(composites)
    yield Line(
        "composite alarms", count, _usd(count * prices.COMPOSITE_ALARM), _many(count, "alarm")
    )
    own = {
        (alarm["namespace"], alarm["metricName"], str(sorted((alarm["dimensions"] or {}).items())))
        for alarm in alarms
        if str(alarm.get("namespace") or "AWS/").partition("/")[0] != "AWS"
    }
    yield Line(
        "CloudWatch metrics of one's own",
        len(own),
        _usd(len(own) * prices.OWN_METRIC),
        "those that alarms look at",
    )


def _usd(amount: float) -> float:
    return round(amount, 2)


# ---- how loud it may get -----------------------------------------------------------------------


def _speaking(
    alarms: Sequence[Properties],
    composites: Sequence[Properties],
    monitors: Sequence[Properties],
    tests: Sequence[Properties],
) -> Iterator[tuple[Properties, int]]:
    """What tells somebody, with the minutes after which it says it again; 0: it never does."""
    for alarm in (*alarms, *composites):
        if alarm.get("alarmActions"):
            yield alarm, 0
    for monitor in monitors:
        # One that a composite speaks for names nobody.
        if "@" in str(monitor.get("message")):
            yield monitor, int(monitor.get("renotifyInterval") or 0)
    for test in _live(tests):
        options = test["optionsList"].get("monitorOptions") or {}
        yield test, int(options.get("renotifyInterval") or 0)


def _told(source: tuple[Properties, int]) -> tuple[str, int]:
    props, again = source
    tags: Any = props.get("tags") or ()
    named = [f"{key}:{value}" for key, value in tags.items()] if isinstance(tags, dict) else tags
    severity = next((found[1] for tag in named if (found := _SEVERITY.match(tag))), "untold")
    return severity, 1 + (24 * 60 // again if again else 0)


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or f'{one}s'}"


# ---- said --------------------------------------------------------------------------------------


def cost_lines(found: Watching) -> list[str]:
    """The costs for a person: their sum, and each with what was counted."""
    head = f"about ${found.usd:,.0f} a month at list prices of {found.as_of}"
    return [head, *(f"  {_said(line)} ({line.how})" for line in found.lines)]


def noise_lines(found: Watching) -> list[str]:
    """How loud it may get."""
    each = ", ".join(f"{count} of {severity.upper()}" for severity, count in found.sources.items())
    daily = ", ".join(f"{severity.upper()} {most}" for severity, most in found.daily.items())
    return [
        f"{sum(found.sources.values())} alerts tell somebody ({each})",
        f"  {found.learning} learn what is usual and tell of what is not: expect some for nothing",
        f"  messages in a day at most, while one alert lasts: {daily}",
    ]


def _said(line: Line) -> str:
    usd = "no price" if line.usd is None else f"${line.usd:,.2f}"
    return f"{usd} {line.what}: {line.count:,.0f}"


def comparison(before: Watching | None, after: Watching) -> str:
    """Both, before and after, as Markdown; only what differs, where there was something before."""
    was = {line.what: line for line in before.lines} if before else {}
    becomes = {line.what: line for line in after.lines}
    rows = [
        f"| {what} | {_cell(becomes.get(what))} | {_cell(was.get(what))} |\n"
        for what in [*becomes, *(what for what in was if what not in becomes)]
        if becomes.get(what) != was.get(what)
    ]
    for severity in sorted({*after.sources, *(before.sources if before else ())}):
        counts = [each.sources.get(severity, 0) if each else 0 for each in (after, before)]
        if counts[0] != counts[1]:
            rows.append(f"| alerts of {severity.upper()} | {counts[0]} | {counts[1]} |\n")
    total = f"about ${after.usd:,.0f} a month at list prices of {after.as_of}"
    if not rows:
        return f"\nWatching: as before, {total}.\n"
    if before:
        total += f", before ${before.usd:,.0f}"
    head = "| a month | after | before |\n| --- | --- | --- |\n"
    return f"\n**Watching: {total}**\n\n{head}{''.join(rows)}"


def _cell(line: Line | None) -> str:
    if line is None:
        return "none"
    return f"{line.count:,.0f}" + ("" if line.usd is None else f" (${line.usd:,.2f})")


def before_change(after: Iterable[Resource], preview: Mapping[str, Any]) -> list[Resource]:
    """What was declared before a change: what is declared now, with the preview's steps undone."""
    found = {(type_, name): props for type_, name, props in after}
    for step in preview.get("steps") or []:
        old, new = step.get("oldState"), step.get("newState")
        type_ = (new or old or {}).get("type", "")
        key = (type_, step["urn"].rpartition("::")[2])
        if step["op"] in ("create", "import") and old is None:
            found.pop(key, None)
        elif old is not None and step["op"] in ("update", "replace", "delete"):
            found[key] = old.get("inputs") or {}
    return [(type_, name, props) for (type_, name), props in found.items()]


def section(file: Path, preview: Mapping[str, Any]) -> str:
    """What a previewed change does to both, as Markdown; empty where the plan is not declared."""
    try:
        resources = [(each.type, each.name, each.props) for each in declared(file).resources]
    except (PlanError, Stop):
        return ""
    before = before_change(resources, preview)
    return comparison(watching(before) if before else None, watching(resources))
