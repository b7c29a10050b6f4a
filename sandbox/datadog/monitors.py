"""/api/v1/monitor."""

from typing import Any

from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.monitor_update_request import MonitorUpdateRequest
from flask import Blueprint, request

from sandbox.datadog import models, monitor_rules
from sandbox.datadog.answers import Refused, body, page, refuse_faults
from sandbox.datadog.store import Document, Store, timestamp

# Made and changed with their test alone.
SYNTHETICS_TYPE = "synthetics alert"


def blueprint(store: Store) -> Blueprint:
    """The endpoints for monitors."""
    api = Blueprint("monitors", __name__, url_prefix="/api/v1/monitor")

    @api.get("", endpoint="ListMonitors")
    def list_monitors() -> list[Document]:
        name = request.args.get("name", "").lower()
        tags = [tag for tag in request.args.get("monitor_tags", "").split(",") if tag]
        with store.lock:
            found = [
                monitor
                for _, monitor in sorted(store.monitors.items())
                if name in monitor.get("name", "").lower()
                and all(tag in monitor.get("tags", ()) for tag in tags)
            ]
        return page(found)

    @api.post("", endpoint="CreateMonitor")
    def create() -> Document:
        with store.lock:
            return store.add_monitor(_checked(body(), store))

    @api.post("/validate", endpoint="ValidateMonitor")
    def validate() -> Document:
        with store.lock:
            _checked(body(), store)
        return {}

    @api.post("/<int:monitor_id>/validate", endpoint="ValidateExistingMonitor")
    def validate_existing(monitor_id: int) -> Document:
        with store.lock:
            _changed(_found(store, monitor_id), body(), store)
        return {}

    @api.get("/<int:monitor_id>", endpoint="GetMonitor")
    def get(monitor_id: int) -> Document:
        with store.lock:
            return dict(_found(store, monitor_id))

    @api.put("/<int:monitor_id>", endpoint="UpdateMonitor")
    def update(monitor_id: int) -> Document:
        with store.lock:
            monitor = _found(store, monitor_id)
            monitor.update(_changed(monitor, body(), store), modified=timestamp())
            return dict(monitor)

    @api.delete("/<int:monitor_id>", endpoint="DeleteMonitor")
    def delete(monitor_id: int) -> Document:
        with store.lock:
            monitor = _found(store, monitor_id)
            if monitor["type"] == SYNTHETICS_TYPE:
                raise Refused(400, f"Monitor {monitor_id} goes with its synthetic test.")
            holders = store.holders_of(monitor_id)
            if holders and request.args.get("force") != "true":
                named = "; ".join(holders)
                raise Refused(409, f"Monitor {monitor_id} is referenced by {named}")
            del store.monitors[monitor_id]
        return {"deleted_monitor_id": monitor_id}

    return api


def _found(store: Store, monitor_id: int) -> Document:
    try:
        return store.monitors[monitor_id]
    except KeyError:
        raise Refused(404, "Monitor not found") from None


def _checked(monitor: dict[str, Any], store: Store) -> Document:
    refuse_faults(models.faults(Monitor, monitor))
    if monitor["type"] == SYNTHETICS_TYPE:
        raise Refused(400, f"A monitor of type {SYNTHETICS_TYPE!r} is made by its test.")
    refuse_faults(monitor_rules.faults(monitor, store.monitors, store.held["SLO"]))
    return _completed(monitor)


def _changed(monitor: Document, change: dict[str, Any], store: Store) -> Document:
    refuse_faults(models.faults(MonitorUpdateRequest, change))
    if change.get("type", monitor["type"]) != monitor["type"]:
        raise Refused(400, "The type of a monitor cannot be changed.")
    if monitor["type"] == SYNTHETICS_TYPE:
        raise Refused(400, f"Monitor {monitor['id']} is changed through its synthetic test.")
    objectives = store.held["SLO"]
    refuse_faults(monitor_rules.faults({**monitor, **change}, store.monitors, objectives))
    return _completed({**monitor, **change})


def _completed(monitor: Document) -> Document:
    """With the threshold that Datadog reads out of the query where none is given."""
    options = dict(monitor.get("options", {}))
    critical = monitor_rules.critical_of(monitor)
    if critical is not None and not options.get("thresholds"):
        options["thresholds"] = {"critical": critical}
    return {**monitor, "options": options, "tags": list(monitor.get("tags", []))}
