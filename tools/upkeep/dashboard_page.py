"""A dashboard's definition as one self-contained page: it opens from the disk and in CI."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from tools.upkeep.dashboard_samples import POINTS, Band, band, series, share
from tools.upkeep.declared import MONITOR, Declaration

_TEMPLATE = Path(__file__).with_name("dashboards.html.j2")
# Of lines and bars, in this order; told apart by those who do not tell red from green.
COLOURS = ("#7aa7f0", "#6fcfb0", "#e3b768", "#c39ae6", "#e58aa0", "#8fb5c6")
_COLUMNS = 12
_UNITS = {
    "millisecond": "ms",
    "second": "s",
    "percent": "%",
    "byte": "B",
    "hour": "h",
    "day": "d",
}
_GROUPED = re.compile(r" by \{([^}]*)\}")
_PERCENTILE = re.compile(r"\bp(\d+(?:\.\d+)?):")
_MARKED = re.compile(r"y = (-?\d+(?:\.\d+)?)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\((https?:[^\s]+?)\)(?=[\s.,;:]|$)")
# What groups are called in samples, where the plan does not say.
_NAMES: Mapping[str, Sequence[str]] = {
    "version": ("1.41.2", "1.42.0"),
    "service": ("first", "second"),
    "status": ("info", "warn", "error"),
}


@dataclass(frozen=True)
class Line:
    """A line or bars of a chart, in per cent of its height from above."""

    name: str
    colour: str
    path: str
    bars: Sequence[tuple[float, float, float, float]]
    newest: str


@dataclass(frozen=True)
class Threshold:
    """A threshold of a chart: where it is, what it says, how grave it is."""

    y: float
    says: str
    level: str


@dataclass(frozen=True)
class Chart:
    """A chart: its axis from above, its lines and its thresholds."""

    axis: Sequence[str]
    lines: Sequence[Line]
    thresholds: Sequence[Threshold]


def page(definition: Mapping[str, Any], found: Declaration) -> str:
    """The page's HTML."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    groups = [
        {
            "title": group["definition"]["title"],
            "widgets": _also_narrow(
                [_widget(each, found) for each in group["definition"]["widgets"]]
            ),
        }
        for group in definition["widgets"]
    ]
    return template.render(
        title=definition["title"],
        description=definition["description"],
        variables=definition.get("template_variables", []),
        span=definition["default_timeframe"],
        groups=groups,
    )


def _also_narrow(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The widgets with ``narrow`` and ``rows_narrow``, their size on a screen where half as many
    stand beside each other, in the same order and without holes."""
    row: list[dict[str, Any]] = []

    def close() -> None:
        for each in row:
            each["rows_narrow"] = max(one["height"] for one in row)
        if row:
            row[-1]["narrow"] += _COLUMNS - sum(one["narrow"] for one in row)
        row.clear()

    for widget in widgets:
        wide = widget["width"] > _COLUMNS // 2 or widget["kind"] == "note"
        tile = widget["kind"] == "query_value"
        widget["narrow"] = _COLUMNS if wide else _COLUMNS // (3 if tile else 2)
        full = sum(one["narrow"] for one in row) + widget["narrow"] > _COLUMNS
        if row and (full or row[-1]["height"] != widget["height"]):
            close()
        row.append(widget)
    close()
    return widgets


def _widget(widget: Mapping[str, Any], found: Declaration) -> dict[str, Any]:
    about, layout = widget["definition"], widget["layout"]
    kind = about["type"]
    shown: dict[str, Any] = {
        "kind": kind,
        "title": about.get("title", ""),
        **layout,
        "queries": list(_queries(about)),
        "runbook": next((link["link"] for link in about.get("custom_links", ())), ""),
        "span": about.get("time", {}).get("live_span", ""),
        "thresholds": [],
    }
    match kind:
        case "timeseries":
            shown["chart"] = _chart(about, found)
            shown["thresholds"] = [each.says for each in shown["chart"].thresholds]
        case "query_value":
            shown |= _tile(about)
        case "toplist":
            shown["rows"] = _toplist(about, found)
        case "note":
            shown["text"] = _markdown(about["content"])
        case "slo":
            shown |= {"days": about["time_windows"][0], "left": 40 + 50 * share(about["title"])}
        case "manage_status":
            shown["rows"] = _alerts(found)
        case "list_stream":
            shown["rows"] = _stream(about, found)
    return shown


def _queries(about: Mapping[str, Any]) -> Iterator[str]:
    if "query" in about:
        yield about["query"]
    for request in about.get("requests", ()):
        if "query" in request:
            yield request["query"]["query_string"]
        for query in request.get("queries", ()):
            yield query["query"] if "query" in query else query["search"]["query"]
        for formula in request.get("formulas", ()):
            if not re.fullmatch(r"[a-z]", formula["formula"]):
                yield formula["formula"]


# ---- charts ------------------------------------------------------------------------------------


def _chart(about: Mapping[str, Any], found: Declaration) -> Chart:
    request = about["requests"][0]
    unit = _unit(request)
    limits = [_limit(marker) for marker in about.get("markers", ())]
    axis = about.get("yaxis", {})
    where = band(
        limits,
        unit,
        " ".join(_queries(about)),
        whole=axis.get("max") == "100",
        healthy_below="<" not in "".join(m["label"] for m in about.get("markers", ())),
    )
    bars = request["display_type"] == "bars"
    lines: list[Line] = []
    below = [0.0] * POINTS
    for name, seed in _named(request, found):
        values = _values(name, seed, where, counts=not unit)
        colour = COLOURS[len(lines) % len(COLOURS)]
        if bars:
            lines.append(_bars(name, colour, values, below, where, unit))
            below = [under + value for under, value in zip(below, values, strict=True)]
        else:
            lines.append(_line(name, colour, values, where, unit))
    thresholds = [
        Threshold(_y(limit, where), marker["label"].strip(), marker["display_type"].split()[0])
        for limit, marker in zip(limits, about.get("markers", ()), strict=True)
    ]
    # A word of one's own stands in the legend; beside the axis there is room for a short one.
    short = unit if unit in _UNITS else ""
    ticks = [_says(where.top * part, short) for part in (1, 0.5, 0)]
    return Chart(ticks, lines, thresholds)


def _named(request: Mapping[str, Any], found: Declaration) -> Iterator[tuple[str, str]]:
    """The lines of a request: the name of each, and what its sample is made of."""
    texts = {each["name"]: _text(each) for each in request["queries"]}
    for formula in request["formulas"]:
        used = [
            text for name, text in texts.items() if re.search(rf"\b{name}\b", formula["formula"])
        ]
        seed = " ".join(used)
        by = _GROUPED.search(seed)
        if by is None:
            yield formula.get("alias", "value"), seed
            continue
        for name in _groups(by[1], found):
            yield name, f"{seed} {name}"


def _groups(by: str, found: Declaration) -> Sequence[str]:
    if by == "check" and found.plan.uptime:
        return sorted(found.plan.uptime.checks)
    if by == "service" and found.plan.services:
        return sorted(service.datadog for service in found.plan.services.values())
    return _NAMES.get(by, (f"{by} 1", f"{by} 2"))


def _text(query: Mapping[str, Any]) -> str:
    if "query" in query:
        return str(query["query"])
    by = ",".join(group["facet"] for group in query["group_by"])
    return f"{query['search']['query']}{f' by {{{by}}}' if by else ''}"


def _values(name: str, seed: str, where: Band, *, counts: bool = False) -> list[float]:
    if "un_healthy" in seed or not where.high:
        # What is broken mostly is not.
        return [0.0] * POINTS
    part = 1.0
    if percentile := _PERCENTILE.search(seed):
        # The slowest take longer than the middle, at any time.
        part = (float(percentile[1]) / 100) ** 1.5
        seed = _PERCENTILE.sub("", seed)
    values = [part * value for value in series(seed, where, counts=counts)]
    versions = _NAMES["version"]
    if name in versions:
        # A deployment: one version after the other.
        new = name == versions[-1]
        return [value if (n > 0.62 * POINTS) == new else 0 for n, value in enumerate(values)]
    return values


def _line(name: str, colour: str, values: Sequence[float], where: Band, unit: str) -> Line:
    points = " ".join(
        f"{100 * n / (POINTS - 1):.2f},{_y(value, where):.2f}" for n, value in enumerate(values)
    )
    return Line(name, colour, f"M{points}", (), _says(values[-1], unit))


def _bars(
    name: str,
    colour: str,
    values: Sequence[float],
    below: Sequence[float],
    where: Band,
    unit: str,
) -> Line:
    """Bars, each on top of what stands below it."""
    drawn = []
    pairs = list(zip(values, below, strict=True))[::4]
    width = 100 / len(pairs)
    for n, (value, under) in enumerate(pairs):
        top, bottom = _y(under + value, where), _y(under, where)
        if bottom > top:
            drawn.append((n * width + width * 0.15, top, width * 0.7, bottom - top))
    return Line(name, colour, "", drawn, _says(values[-1], unit))


def _y(value: float, where: Band) -> float:
    return round(100 - 100 * min(value / where.top, 1), 2)


def _limit(marker: Mapping[str, Any]) -> float:
    found = _MARKED.fullmatch(marker["value"])
    assert found is not None, marker
    return float(found[1])


def _unit(request: Mapping[str, Any]) -> str:
    for formula in request.get("formulas", ()):
        unit = formula.get("number_format", {}).get("unit", {})
        return str(unit.get("unit_name") or unit.get("label") or "")
    return ""


def _says(value: float, unit: str) -> str:
    """A value as the page says it."""
    if unit == "byte":
        for name, size in (("GB", 1e9), ("MB", 1e6)):
            if abs(value) >= size:
                return f"{value / size:.1f} {name}"
    if unit in ("hour", "day", ""):
        number = f"{value:,.0f}" if abs(value) >= 2 or value == int(value) else f"{value:.1f}"
    elif abs(value) >= 100 or value == int(value):
        number = f"{value:,.0f}"
    else:
        number = f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"
    return f"{number} {_UNITS.get(unit, unit)}".strip()


# ---- tiles and lists ---------------------------------------------------------------------------

_STATES = {"red": "critical", "yellow": "warning", "green": "target"}


def _tile(about: Mapping[str, Any]) -> dict[str, Any]:
    request = about["requests"][0]
    unit = _unit(request)
    formats = request["formulas"][0].get("conditional_formats", [])
    bad = [each for each in formats if each["palette"] != "white_on_green"]
    limits = [each["value"] for each in bad]
    below = not any(each["comparator"].startswith("<") for each in bad)
    seed = " ".join(_text(query) for query in request["queries"])
    where = band(limits, unit, seed, whole=False, healthy_below=below)
    value = _values("", seed, where)[-1]
    thresholds = [
        f"{_STATES[each['palette'].rpartition('_')[2]]} {each['comparator']} "
        f"{_says(each['value'], unit)}"
        for each in bad
    ]
    return {
        "value": _says(value, unit),
        "state": next((_state(each) for each in formats if _holds(each, value)), ""),
        "thresholds": thresholds,
        "limit": next(
            (
                f"red {'below' if each['comparator'].startswith('<') else 'above'} "
                f"{_says(each['value'], unit)}"
                for each in bad
                if _state(each) == "critical"
            ),
            "",
        ),
    }


def _state(each: Mapping[str, Any]) -> str:
    return _STATES[each["palette"].rpartition("_")[2]]


def _holds(each: Mapping[str, Any], value: float) -> bool:
    limit: float = each["value"]
    return {
        ">": value > limit,
        ">=": value >= limit,
        "<": value < limit,
        "<=": value <= limit,
    }[each["comparator"]]


def _toplist(about: Mapping[str, Any], found: Declaration) -> list[dict[str, Any]]:
    request = about["requests"][0]
    unit = _unit(request)
    names = [name for name, _ in _named(request, found)]
    shares = sorted(((share(f"{about['title']}{name}"), name) for name in names), reverse=True)
    top = band((), unit, "", whole=False, healthy_below=True).high
    return [
        {"name": name, "share": 100 * part / (shares[0][0] or 1), "says": _says(top * part, unit)}
        for part, name in shares[:10]
    ]


def _alerts(found: Declaration) -> list[tuple[str, str, str]]:
    """State, name and time of a few monitors that are really declared."""
    told = sorted(
        (
            (str(each.props.get("priority", "5")), str(each.props["name"]))
            for each in found.of(MONITOR).values()
            if "role:part" not in each.props.get("tags", ())
        ),
        reverse=True,
    )
    return [(f"P{int(priority) - 1}", name, "12 min ago") for priority, name in told[:1]]


def _stream(about: Mapping[str, Any], found: Declaration) -> list[tuple[str, str, str]]:
    source = about["requests"][0]["query"]["data_source"]
    service = next((each.datadog for _, each in sorted(found.plan.services.items())), "service")
    match source:
        case "event_stream":
            return [
                ("14:02", "deployment", f"{service} 1.42.0"),
                ("13:47", "alert over", f"{service} answers in time again"),
                ("13:31", "alert", f"{service} answers slowly"),
                ("06:00", "AWS", "backup window of the database began"),
            ]
        case "issue_stream":
            return [
                ("new", "TypeError: cannot read properties of undefined", f"{service} · 14 times"),
                ("for 3 days", "TimeoutError: payment provider", f"{service} · 6 times"),
            ]
    return [
        ("14:05:12", "error", f"{service}  payment provider did not answer within 2 s"),
        ("14:05:09", "error", f"{service}  order 48213 could not be confirmed"),
        ("14:04:51", "error", f"{service}  connection reset by peer"),
    ]


# ---- notes -------------------------------------------------------------------------------------


def _markdown(text: str) -> Markup:
    """The little Markdown that notes are written in: paragraphs, bold, links."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        shown = str(escape(paragraph))
        shown = _BOLD.sub(r"<strong>\1</strong>", shown)
        shown = _LINK.sub(r'<a href="\2">\1</a>', shown)
        paragraphs.append(f"<p>{shown}</p>")
    return Markup("".join(paragraphs))  # noqa: S704 - escaped above
