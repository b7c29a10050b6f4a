"""/api/v1/events: what happened, and who is told of it by the handles in its text."""

import itertools
import time
from typing import Any

from datadog_api_client.v1.model.event_create_request import EventCreateRequest
from flask import Blueprint, Response, jsonify, request

from sandbox.datadog import models
from sandbox.datadog.answers import Refused, body, refuse_faults
from sandbox.datadog.store import Document, Store

KIND = "Event"
_OLDEST = 18 * 3_600  # seconds: an event that happened before is refused [A date_happened]
_FIRST = 7_000_000_000_000_000_001


def blueprint(store: Store) -> Blueprint:
    """The endpoints for events."""
    api = Blueprint("events", __name__, url_prefix="/api/v1/events")
    numbers = itertools.count(_FIRST)

    @api.post("", endpoint="CreateEvent")
    def create() -> tuple[Response, int]:
        sent = body()
        refuse_faults(models.faults(EventCreateRequest, sent))
        now = int(time.time())
        happened = sent.get("date_happened", now)
        if happened < now - _OLDEST:
            raise Refused(400, "date_happened: must not be more than 18 hours ago")
        id_ = next(numbers)
        event = {
            "alert_type": "info",
            "priority": "normal",
            "tags": [],
            **{name: value for name, value in sent.items() if name in _SHOWN},
            "date_happened": happened,
            "id": id_,
            "id_str": str(id_),
            "url": f"https://app.datadoghq.com/event/event?id={id_}",
        }
        with store.lock:
            store.held[KIND][str(id_)] = event
        return jsonify(event=event, status="ok"), 202

    @api.get("", endpoint="ListEvents")
    def list_() -> Response:
        try:
            start, end = int(request.args["start"]), int(request.args["end"])
        except (KeyError, ValueError):
            raise Refused(400, "start and end are needed, in seconds since 1970") from None
        tags = [tag for tag in request.args.get("tags", "").split(",") if tag]
        with store.lock:
            found = [event for event in store.held[KIND].values() if _wanted(event, tags)]
        return jsonify(
            events=[each for each in found if start <= each["date_happened"] <= end], status="ok"
        )

    @api.get("/<id_>", endpoint="GetEvent")
    def get(id_: str) -> Response:
        with store.lock:
            event: Document | None = store.held[KIND].get(id_)
        if event is None:
            raise Refused(404, "No event matches that event_id.")
        return jsonify(event=event, status="ok")

    return api


# Of what is sent, what an event shows again.
_SHOWN = frozenset(
    {
        "alert_type",
        "device_name",
        "host",
        "priority",
        "source_type_name",
        "tags",
        "text",
        "title",
    }
)


def _wanted(event: dict[str, Any], tags: list[str]) -> bool:
    return set(tags) <= set(event["tags"])
