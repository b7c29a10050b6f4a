"""Panels as widgets of Datadog's dashboards [Datadog API, Dashboards: widgets]."""

import re
from collections.abc import Mapping
from typing import Any

from ..queries.condition import number
from .panel import Level, Marker, Panel, Query

Json = dict[str, Any]

# Units that Datadog knows and scales by itself; any other word stands behind the number as it is.
_UNITS: Mapping[str, str] = {
    "ms": "millisecond",
    "s": "second",
    "%": "percent",
    "bytes": "byte",
    "hours": "hour",
    "days": "day",
}
# Datadog's API schema, NumberFormatUnitCustom.
_LONGEST_UNIT = 12
_LINES: Mapping[Level, str] = {
    "critical": "error dashed",
    "warning": "warning dashed",
    "target": "ok dashed",
}
_PALETTES: Mapping[Level, str] = {
    "critical": "white_on_red",
    "warning": "white_on_yellow",
    "target": "white_on_green",
}
_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_EACH = re.compile(r"\bx\b")
# Newest first; a list of logs without columns shows nothing.
_LOG_COLUMNS = ("status_line", "timestamp", "service", "content")
_ISSUE_COLUMNS = ("status_line", "issue_errors", "issue_age", "issue_status")


def definition(panel: Panel) -> Json:
    """The widget's definition. Every value of the panel is known by now."""
    made: Json = _MAKERS[panel.kind](panel)
    if panel.kind != "note":
        made |= {"title": panel.title, "title_size": "16", "title_align": "left"}
    if panel.span:
        made["time"] = {"live_span": panel.span}
    if panel.runbook and panel.kind in ("timeseries", "value", "toplist"):
        made["custom_links"] = [{"label": "Runbook", "link": panel.runbook}]
    return made


def _timeseries(panel: Panel) -> Json:
    request = _request(panel, "timeseries")
    request["display_type"] = panel.drawn
    request["style"] = {"palette": "dog_classic", "line_type": "solid", "line_width": "normal"}
    made: Json = {
        "type": "timeseries",
        "show_legend": True,
        "legend_layout": "auto",
        "legend_columns": ["avg", "max", "value"],
        "requests": [request],
    }
    if panel.markers:
        made["markers"] = [
            {
                "value": f"y = {number(marker.value)}",
                "display_type": _LINES[marker.level],
                "label": f" {_said(marker, panel.unit)} ",
            }
            for marker in panel.markers
        ]
    axis = {"include_zero": True}
    made["yaxis"] = axis | ({"min": "0", "max": "100"} if panel.whole else {})
    return made


def _value(panel: Panel) -> Json:
    request = _request(panel, "scalar")
    if panel.markers:
        request["formulas"][0]["conditional_formats"] = _formats(panel.markers)
    return {
        "type": "query_value",
        "autoscale": True,
        "precision": 1,
        "requests": [request],
    }


def _toplist(panel: Panel) -> Json:
    request = _request(panel, "scalar")
    if panel.markers:
        request["formulas"][0]["conditional_formats"] = _formats(panel.markers)
    request["sort"] = {
        "count": 10,
        "order_by": [{"type": "formula", "index": 0, "order": "desc"}],
    }
    return {"type": "toplist", "requests": [request]}


def _slo(panel: Panel) -> Json:
    return {
        "type": "slo",
        "slo_id": panel.ids[0],
        "view_type": "detail",
        "view_mode": "overall",
        "time_windows": [f"{panel.days}d"],
        "show_error_budget": True,
        "global_time_target": "0",
    }


def _alert(panel: Panel) -> Json:
    return {"type": "alert_graph", "alert_id": str(panel.ids[0]), "viz_type": "timeseries"}


def _monitors(panel: Panel) -> Json:
    return {
        "type": "manage_status",
        "query": panel.queries[0].text,
        "display_format": "countsAndList",
        "summary_type": "monitors",
        "sort": "priority,asc",
        "color_preference": "text",
        "hide_zero_counts": True,
        "show_last_triggered": True,
        "show_priority": True,
    }


def _note(panel: Panel) -> Json:
    return {
        "type": "note",
        "content": panel.text,
        "background_color": "transparent",
        "font_size": "14",
        "text_align": "left",
        "vertical_align": "center",
        "has_padding": False,
        "show_tick": False,
    }


def _stream(panel: Panel, columns: tuple[str, ...], query: Json) -> Json:
    return {
        "type": "list_stream",
        "requests": [
            {
                "columns": [{"field": field, "width": "auto"} for field in columns],
                "query": {"query_string": panel.queries[0].text, **query},
                "response_format": "event_list",
            }
        ],
    }


def _logs(panel: Panel) -> Json:
    sort = {"column": "timestamp", "order": "desc"}
    query = {"data_source": "logs_stream", "indexes": [], "sort": sort}
    return _stream(panel, _LOG_COLUMNS, query)


def _errors(panel: Panel) -> Json:
    return _stream(panel, _ISSUE_COLUMNS, {"data_source": "issue_stream"})


def _events(panel: Panel) -> Json:
    return _stream(panel, (), {"data_source": "event_stream", "event_size": "s"})


_MAKERS = {
    "timeseries": _timeseries,
    "value": _value,
    "toplist": _toplist,
    "slo": _slo,
    "alert": _alert,
    "monitors": _monitors,
    "note": _note,
    "logs": _logs,
    "errors": _errors,
    "events": _events,
}


def _request(panel: Panel, response: str) -> Json:
    """Queries ``a``, ``b``, ... and what is drawn of them."""
    queries = [_query(query, _letter(index), response) for index, query in enumerate(panel.queries)]
    unit = _unit(panel.unit)
    formatted = {"number_format": {"unit": unit}} if unit else {}
    if panel.formula:
        named = {"alias": panel.queries[0].name} if panel.queries[0].name else {}
        formulas: list[Json] = [{"formula": panel.formula, **named, **formatted}]
    else:
        formulas = [
            {
                "formula": _EACH.sub(_letter(index), panel.each),
                **({"alias": query.name} if query.name else {}),
                **formatted,
            }
            for index, query in enumerate(panel.queries)
        ]
    return {"response_format": response, "queries": queries, "formulas": formulas}


def _letter(index: int) -> str:
    return _LETTERS[index] if index < len(_LETTERS) else f"q{index}"


def _query(query: Query, name: str, response: str) -> Json:
    if query.source == "metrics":
        # A single value is the newest one, of counts the sum of the time that is shown.
        reduced = "sum" if ".as_count()" in str(query.text) else "last"
        newest = {"aggregator": reduced} if response == "scalar" else {}
        return {"data_source": "metrics", "name": name, "query": query.text, **newest}
    aggregation, _, facet = query.compute.partition(":")
    made: Json = {
        "data_source": query.source,
        "name": name,
        "indexes": ["*"],
        "search": {"query": query.text},
        "compute": {"aggregation": aggregation, **({"metric": facet} if facet else {})},
        "group_by": [
            {
                "facet": by,
                "limit": 10,
                "sort": {
                    "aggregation": aggregation,
                    "order": "desc",
                    **({"metric": facet} if facet else {}),
                },
            }
            for by in query.by
        ],
    }
    return made


def _unit(unit: str) -> Json | None:
    if unit in _UNITS:
        return {"type": "canonical_unit", "unit_name": _UNITS[unit]}
    # A longer word is left to the title.
    if 0 < len(unit) <= _LONGEST_UNIT:
        return {"type": "custom_unit_label", "label": unit}
    return None


def _formats(markers: tuple[Marker, ...]) -> list[Json]:
    """The first that fits colours the value: the gravest stands first, all is well at the end."""
    order = {"critical": 0, "warning": 1, "target": 2}
    graded = sorted(markers, key=lambda marker: order[marker.level])
    formats = [
        {
            "comparator": marker.comparison,
            "value": marker.value,
            "palette": _PALETTES[marker.level],
        }
        for marker in graded
    ]
    if last := next((marker for marker in reversed(graded) if marker.level != "target"), None):
        formats.append(
            {
                "comparator": _OPPOSITE[last.comparison],
                "value": last.value,
                "palette": "white_on_green",
            }
        )
    return formats


def _said(marker: Marker, unit: str) -> str:
    shown = number(marker.value)
    shown += unit if unit == "%" else f" {unit}" if unit else ""
    return f"{marker.label} {marker.comparison} {shown}".strip()
