"""The dashboard's whole definition, from panels: the same panels give the same text."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from .layout import COLUMNS, arrange, height_of
from .panel import GROUPS, Panel
from .widgets import Json, definition

# What somebody who was woken looks at first.
_SHOWN = {"type": "live", "unit": "hour", "value": 4}


@dataclass(frozen=True)
class Heading:
    """What stands above the panels.

    title         of the dashboard
    description   below it, in Markdown
    services      Datadog's names of the services that it can be narrowed to
    """

    title: str
    description: str = ""
    services: Sequence[str] = ()


def document(heading: Heading, panels: Iterable[Panel]) -> pulumi.Input[str]:
    """The definition as JSON: text, or an Output of it where a panel holds one."""
    known = list(panels)
    awaited = [value for panel in known for value in _inputs(panel) if not isinstance(value, str)]
    if not awaited:
        return _text(heading, known)
    return pulumi.Output.all(*awaited).apply(
        lambda values: _text(heading, list(_filled(known, values)))
    )


def _inputs(panel: Panel) -> list[pulumi.Input[str]]:
    return [*(query.text for query in panel.queries), *panel.ids, panel.text]


def _filled(panels: Iterable[Panel], values: Sequence[Any]) -> Iterable[Panel]:
    """The panels with the values in the places of their Outputs, in the order of the asking."""
    left = iter(values)

    def known(value: pulumi.Input[str]) -> str:
        return value if isinstance(value, str) else str(next(left))

    for panel in panels:
        yield replace(
            panel,
            queries=tuple(replace(query, text=known(query.text)) for query in panel.queries),
            ids=tuple(known(each) for each in panel.ids),
            text=known(panel.text),
        )


def _text(heading: Heading, panels: Sequence[Panel]) -> str:
    return json.dumps(_dashboard(heading, panels), sort_keys=True, separators=(",", ":"))


def _dashboard(heading: Heading, panels: Sequence[Panel]) -> Json:
    groups: list[Json] = []
    y = 0
    for key, asks in GROUPS.items():
        placed = arrange([panel for panel in panels if panel.group == key])
        if not placed:
            continue
        widgets = [
            {
                "definition": definition(panel),
                "layout": _layout(place.x, place.y, place.width, place.height),
            }
            for panel, place in placed
        ]
        # A row for the group's own title.
        height = height_of(placed) + 1
        groups.append(
            {
                "definition": {
                    "type": "group",
                    "layout_type": "ordered",
                    "title": f"{len(groups) + 1}  {asks}",
                    "title_align": "left",
                    "show_title": True,
                    "widgets": widgets,
                },
                "layout": _layout(0, y, COLUMNS, height),
            }
        )
        y += height
    made: Json = {
        "title": heading.title,
        "description": heading.description,
        "layout_type": "ordered",
        # Fixed: what stands where is decided here, and looks alike for everybody.
        "reflow_type": "fixed",
        "default_timeframe": _SHOWN,
        # Left out, Datadog answers null, and every refresh shows a difference.
        "notify_list": [],
        "template_variables": [],
        "widgets": groups,
    }
    if heading.services:
        made["template_variables"] = [
            {
                "name": "service",
                "prefix": "service",
                "available_values": sorted(heading.services),
                "defaults": ["*"],
            }
        ]
    return made


def _layout(x: int, y: int, width: int, height: int) -> Mapping[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}
