"""/api/v1/dashboard."""

import re
import secrets
import string
from collections.abc import Iterator
from typing import Any

from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.dashboard_summary import DashboardSummary

from sandbox.datadog.kinds import Change, Kind, Plain
from sandbox.datadog.store import Document, Store, new_id, timestamp

# A dashboard of layout "ordered" places by itself unless it says that its layout is fixed [A].
_SUMMARY = (
    "author_handle",
    "created_at",
    "description",
    "id",
    "is_read_only",
    "layout_type",
    "modified_at",
    "title",
    "url",
)
_PLACEHOLDER = re.compile(r"\$(\w[\w-]*)")


class _Dashboards(Plain):
    """A list tells no widgets."""

    def listed(self, store: Store, documents: list[Document]) -> Document:
        return {
            "dashboards": [
                {name: each[name] for name in _SUMMARY if name in each} for each in documents
            ]
        }


def _made(change: Change) -> Document:
    id_ = change.id
    title = re.sub(r"[^a-z0-9]+", "-", change.fields["title"].lower()).strip("-")
    return {
        "author_handle": "sandbox@example.com",
        "author_name": "Sandbox",
        "created_at": timestamp(),
        "url": f"/dashboard/{id_}/{title}",
    }


def _given(change: Change) -> Document:
    for widget in _widgets(change.fields["widgets"]):
        widget.setdefault("id", secrets.randbelow(9 * 10**15) + 10**15)
    for tab in change.fields.get("tabs") or []:
        tab.setdefault("id", new_id())
    # What is left out is answered as null, so that it has to be said: "notify_list": []
    # (datadog-api-client-python, test_create_a_new_dashboard_with_funnel_widget.yaml).
    unsaid = ("description", "notify_list", "template_variables")
    return {
        **{name: change.fields.get(name) for name in unsaid},
        "modified_at": timestamp(),
    }


def _widgets(widgets: list[Document]) -> Iterator[Document]:
    """All widgets, also those in groups."""
    for widget in widgets:
        yield widget
        yield from _widgets(widget["definition"].get("widgets") or [])


def _faults(change: Change) -> Iterator[str]:
    fields = change.fields
    if not fields["title"].strip():
        yield "title: must not be empty"
    if fields["layout_type"] == "free" and "reflow_type" in fields:
        yield "reflow_type: only for a dashboard of layout_type 'ordered'"
    placed = fields["layout_type"] == "free" or fields.get("reflow_type") == "fixed"
    for index, widget in enumerate(fields["widgets"]):
        at = f"widgets[{index}]"
        if placed and "layout" not in widget:
            yield f"{at}.layout: missing: this dashboard does not place its widgets by itself"
        if not placed and "layout" in widget:
            yield f"{at}.layout: only where layout_type is 'free' or reflow_type is 'fixed'"
        for inner in widget["definition"].get("widgets") or []:
            if "widgets" in inner["definition"]:
                yield f"{at}: a group cannot hold a group"
        yield from _slo_faults(change.store, widget, at)
    yield from _variable_faults(fields)


def _slo_faults(store: Store, widget: Document, at: str) -> Iterator[str]:
    for each in _widgets([widget]):
        definition = each["definition"]
        slo = definition.get("slo_id") if definition["type"] == "slo" else None
        if slo and slo not in store.held["SLO"]:
            yield f"{at}: there is no SLO {slo}"


def _variable_faults(fields: Document) -> Iterator[str]:
    """A variable that the dashboard does not have makes a query look for the name itself."""
    known = {variable["name"] for variable in fields.get("template_variables") or []}
    if len(known) < len(fields.get("template_variables") or []):
        yield "template_variables: each name once"
    used: set[str] = set()
    for widget in _widgets(fields["widgets"]):
        for query in _queries(widget["definition"]):
            used.update(name.removesuffix(".value") for name in _PLACEHOLDER.findall(query))
    for name in sorted(used - known):
        yield f"template_variables: a query uses ${name}, which is not there"


def _queries(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in ("q", "query") and isinstance(item, str):
                yield item
            elif name != "widgets":
                yield from _queries(item)
    elif isinstance(value, list):
        for item in value:
            yield from _queries(item)


def _id(_: Document) -> str:
    """Three letters or digits three times, such as ``abc-def-ghi``."""
    letters = string.ascii_lowercase + string.digits
    return "-".join("".join(secrets.choice(letters) for _ in range(3)) for _ in range(3))


DASHBOARD = Kind(
    "Dashboard",
    "Dashboards",
    "/api/v1/dashboard",
    Dashboard,
    Dashboard,
    Dashboard,
    DashboardSummary,
    envelope=_Dashboards(),
    method="PUT",
    id_of=_id,
    made=_made,
    given=_given,
    rules=_faults,
    statuses={"delete": 200},
    deleted_as="deleted_dashboard_id",
)
KINDS = (DASHBOARD,)
