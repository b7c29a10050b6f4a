"""Dashboards as JSON text: what counts is what the JSON says, not how it is written.

Follows resource_datadog_dashboard_json.go of the Terraform provider.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.providers.cloud import CloudError
from sandbox.providers.datadog.access import Plain
from sandbox.providers.datadog.resource import Resource

# What Datadog gives: no part of a definition [computedFields].
_GIVEN = ("id", "author_handle", "author_name", "created_at", "modified_at", "url")


def normalised(text: str) -> str:
    """A definition without what Datadog gives, in one spelling [prepResource]."""
    return _spelled(_parsed(text))


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as fault:
        raise CloudError(f"dashboard: is not JSON: {fault}") from None
    if not isinstance(found, dict):
        raise CloudError("dashboard: is not a JSON object")
    return found


def _spelled(dashboard: dict[str, Any]) -> str:
    plain = {name: value for name, value in dashboard.items() if name not in _GIVEN}
    if "widgets" in plain:
        plain["widgets"] = [_without_id(widget) for widget in plain["widgets"] or []]
    if isinstance(plain.get("restricted_roles"), list):
        plain.pop("is_read_only", None)
    else:
        plain.setdefault("is_read_only", False)
    if isinstance(plain.get("notify_list"), list):
        plain["notify_list"] = sorted(plain["notify_list"])
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def _without_id(widget: Any) -> Any:
    if not isinstance(widget, dict):
        return widget
    plain = {name: value for name, value in widget.items() if name != "id"}
    definition = plain.get("definition")
    if isinstance(definition, dict) and definition.get("type") == "group":
        inner = [_without_id(each) for each in definition.get("widgets", [])]
        plain["definition"] = {**definition, "widgets": inner}
    return plain


class _Dashboard:
    """The text on one side, what it says on the other."""

    def encode(self, value: dict[str, Any]) -> dict[str, Any]:
        unknown = value.keys() - {"dashboard"}
        if unknown:
            raise CloudError(f"the sandbox does not translate the property {min(unknown)!r} yet")
        sent = _parsed(value["dashboard"])
        sent.pop("is_read_only", None)  # no longer accepted [stripDeprecatedFields]
        return sent

    def decode(self, value: dict[str, Any]) -> dict[str, Any]:
        return {"dashboard": _spelled(value)}


DASHBOARDS = {
    "datadog:index/dashboardJson:DashboardJson": Resource(
        shape=_Dashboard(),
        access=Plain("/api/v1/dashboard", listed_in="dashboards"),
        identity=("title",),
        computed={"url": "url"},
        local=frozenset({"url"}),
        unnoticed=frozenset({"url"}),
        meanings={"dashboard": normalised},
    ),
}
