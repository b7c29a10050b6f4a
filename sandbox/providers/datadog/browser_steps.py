"""The steps of a browser test: the provider's properties and Datadog's JSON.

Follows getStepParams and convertStepParams of the Terraform provider.
"""

from __future__ import annotations

import json
from typing import Any

from datadog_api_client.v1.model.synthetics_step import SyntheticsStep

from sandbox.providers.cloud import CloudError
from sandbox.providers.datadog.access import Document
from sandbox.providers.datadog.shape import is_absent, object_of

# What Datadog spells in camelCase, and what differs altogether; the rest is the same.
_NAMES = {"dragDropOptions": "options"}
# Text with JSON here, what it says there.
_JSON = frozenset({"element", "email", "file", "files", "request", "requests"})
_plain = object_of(
    SyntheticsStep,
    without=("params", "public_id"),
    # What is not said is false; a timeout of 0 is Datadog's own.
    defaults={
        "allowFailure": False,
        "alwaysExecute": False,
        "exitIfSucceed": False,
        "isCritical": False,
        "noScreenshot": False,
        "timeout": 0,
    },
)
# The provider's own, for matching the steps of two versions; Datadog does not hear of them.
_LOCAL = frozenset({"forceElementUpdate", "localKey", "publicId"})


class _Step:
    """A step, whose parameters depend on its type."""

    def encode(self, value: dict[str, Any]) -> Document:
        plain = {k: item for k, item in value.items() if k != "params" and k not in _LOCAL}
        params = _encoded(value.get("params") or {}, waits=value.get("type") == "wait")
        return {**_plain.encode(plain), "params": params}

    def decode(self, value: Document) -> dict[str, Any]:
        decoded = _plain.decode({k: item for k, item in value.items() if k != "params"})
        return {**decoded, "params": _decoded(value.get("params") or {})}


def _encoded(params: dict[str, Any], *, waits: bool) -> Document:
    encoded: Document = {}
    for name, value in params.items():
        if is_absent(value) or name == "elementUserLocator":
            continue
        if name in _JSON:
            encoded[name] = _said(name, value)
        elif name == "playingTabId" or (waits and name == "value"):
            encoded[_NAMES.get(name, name)] = int(value) if str(value).isdecimal() else value
        else:
            encoded[_NAMES.get(name, name)] = value
    locator = params.get("elementUserLocator")
    if locator:
        values = [locator["value"]] if isinstance(locator.get("value"), dict) else []
        encoded.setdefault("element", {})["userLocator"] = {
            "failTestOnCannotLocate": locator.get("failTestOnCannotLocate", False),
            "values": [{"type": "css", **value} for value in values],
        }
    return encoded


def _said(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise CloudError(f"{name}: is not JSON: {text!r}") from None


def _decoded(params: Document) -> dict[str, Any]:
    names = {there: here for here, there in _NAMES.items()}
    decoded: dict[str, Any] = {}
    for name, value in params.items():
        if name == "element":
            decoded.update(_element(value))
        elif name in _JSON:
            decoded[name] = json.dumps(value, sort_keys=True)
        elif name in ("playingTabId", "value"):
            decoded[name] = str(value)
        else:
            decoded[names.get(name, name)] = value
    return decoded


def _element(element: Document) -> dict[str, Any]:
    """What finds an element: what was recorded, and what the user says in its place."""
    decoded: dict[str, Any] = {}
    recorded = {name: value for name, value in element.items() if name != "userLocator"}
    if recorded:
        decoded["element"] = json.dumps(recorded, sort_keys=True)
    locator = element.get("userLocator")
    if locator:
        decoded["elementUserLocator"] = {
            "failTestOnCannotLocate": locator["failTestOnCannotLocate"],
            "value": locator["values"][0],
        }
    return decoded


STEP = _Step()
