"""What tests, drills and the stand-in provider ask for beyond Datadog's own endpoints."""

from datadog_api_client.v1.model.monitor_overall_states import MonitorOverallStates
from flask import Blueprint, Response, jsonify

from sandbox.datadog.answers import Refused, body
from sandbox.datadog.downtimes import DOWNTIME, covers, shown
from sandbox.datadog.store import Document, Store, timestamp

STATES = tuple(sorted(map(str, MonitorOverallStates.allowed_values)))


def blueprint(store: Store) -> Blueprint:
    """``POST /_upkeep/monitors/{id}/state {"state": "Alert"}``: nothing is measured in a sandbox.

    Answers with the monitor's name and state, and with the downtimes that keep it quiet now.

    ``GET /_upkeep/held/{kind}``: all objects of a kind, such as ``OnCallEscalationPolicy``; for the
    few that Datadog itself does not list.
    """
    api = Blueprint("controls", __name__)

    @api.post("/_upkeep/monitors/<int:monitor_id>/state")
    def set_state(monitor_id: int) -> Document:
        state = body().get("state")
        if state not in STATES:
            raise Refused(400, f"state: {state!r} is none of: {', '.join(STATES)}")
        with store.lock:
            monitor = store.monitors.get(monitor_id)
            if monitor is None:
                raise Refused(404, "Monitor not found")
            monitor["overall_state"] = state
            monitor["overall_state_modified"] = timestamp()
            quiet = [
                downtime["id"]
                for downtime in map(shown, store.held[DOWNTIME.name].values())
                if downtime["attributes"]["status"] == "active"
                and covers(downtime["attributes"], monitor)
            ]
            name = monitor.get("name", "")
        return {"id": monitor_id, "name": name, "state": state, "quieted_by": quiet}

    @api.get("/_upkeep/held/<kind>")
    def held(kind: str) -> Response:
        with store.lock:
            return jsonify(list(store.held[kind].values()) if kind in store.held else [])

    return api
