"""/api/v2/downtime."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from datadog_api_client.v2.model.downtime_create_request import DowntimeCreateRequest
from datadog_api_client.v2.model.downtime_response import DowntimeResponse
from datadog_api_client.v2.model.downtime_update_request import DowntimeUpdateRequest
from datadog_api_client.v2.model.list_downtimes_response import ListDowntimesResponse
from flask import Blueprint, Response, jsonify, request

from sandbox.datadog import downtime_rules, kinds
from sandbox.datadog.answers import Refused, numbered_page
from sandbox.datadog.kinds import Change, Envelope, Kind
from sandbox.datadog.store import Document, Store, timestamp
from sandbox.datadog.users import EMAILS, id_of


class _Downtimes(Envelope):
    """What is in force depends on the moment at which somebody asks."""

    def shown(self, store: Store, document: Document) -> Any:
        return {"data": shown(document)}

    def listed(self, store: Store, documents: list[Document]) -> Any:
        found = [shown(document) for document in documents]
        if request.args.get("current_only", "").lower() == "true":
            found = [each for each in found if each["attributes"]["status"] == "active"]
        page = {"total_filtered_count": len(found)}
        return {"data": found, "meta": {"page": page}}


def shown(document: Document) -> Document:
    """A downtime with its status, and a recurring one with its current stretch."""
    fields: Document = dict(document["attributes"])
    now = datetime.now(UTC)
    stretch = downtime_rules.current(fields["schedule"], now)
    if fields.get("canceled"):
        fields["status"] = "canceled"
    elif stretch is None:
        fields["status"] = "ended"
    else:
        fields["status"] = "active" if stretch[0] <= now else "scheduled"
    if stretch is not None and "recurrences" in fields["schedule"]:
        start, end = stretch
        assert end is not None
        now_or_next = {"start": start.isoformat(), "end": end.isoformat()}
        fields["schedule"] = {**fields["schedule"], "current_downtime": now_or_next}
    return {**document, "attributes": fields}


def _faults(change: Change) -> Iterator[str]:
    before = change.before["attributes"] if change.before else None
    if before and before.get("canceled"):
        raise Refused(400, f"Downtime {change.id} was canceled")
    now = datetime.now(UTC)
    yield from downtime_rules.faults(change.fields, before, now)
    monitor = change.fields["monitor_identifier"].get("monitor_id")
    if monitor is not None and monitor not in change.store.monitors:
        yield f"monitor_identifier.monitor_id: there is no monitor {monitor}"


def _made(change: Change) -> Document:
    user = {"data": {"id": id_of(EMAILS[0]), "type": "users"}}
    monitor = change.fields["monitor_identifier"].get("monitor_id")
    data = None if monitor is None else {"id": str(monitor), "type": "monitors"}
    change.document["relationships"] = {"created_by": user}
    if data is not None:
        change.document["relationships"]["monitor"] = {"data": data}
    return {"created": timestamp(), "canceled": None}


def _given(change: Change) -> Document:
    fields = change.fields
    schedule = dict(fields.get("schedule") or {})
    if "recurrences" in schedule:
        zone = schedule.setdefault("timezone", "UTC")
        here = datetime.now(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="seconds")
        schedule["recurrences"] = [
            {**each, "start": each.get("start") or here} for each in schedule["recurrences"]
        ]
    else:
        begun = (change.before or {}).get("attributes", {}).get("schedule", {}).get("start")
        # A start of null is now; one that a change does not name stays.
        schedule["start"] = schedule.get("start", begun) or timestamp()
        schedule.setdefault("end", None)
    given: Document = {
        "display_timezone": fields.get("display_timezone") or "UTC",
        "message": fields.get("message", ""),
        "modified": timestamp(),
        "mute_first_recovery_notification": fields.get("mute_first_recovery_notification", False),
        # Where nothing is said, as the Terraform provider's tests recorded it
        # (TestAccDowntimeScheduleChanged.yaml).
        "notify_end_states": fields.get("notify_end_states", ["alert", "no data", "warn"]),
        "notify_end_types": fields.get("notify_end_types", ["expired"]),
        "schedule": schedule,
    }
    return given


DOWNTIME = Kind(
    "Downtime",
    "Downtimes",
    "/api/v2/downtime",
    DowntimeCreateRequest,
    DowntimeUpdateRequest,
    DowntimeResponse,
    ListDowntimesResponse,
    envelope=_Downtimes(),
    made=_made,
    given=_given,
    rules=_faults,
)


def blueprint(store: Store) -> Blueprint:
    """The endpoints for downtimes: deleting one cancels it, and it can still be read."""
    api = Blueprint("downtimes", __name__)
    kinds.add(api, store, DOWNTIME, deletes=False)

    @api.delete(f"{DOWNTIME.path}/<id_>", endpoint="CancelDowntime")
    def cancel(id_: str) -> tuple[str, int]:
        with store.lock:
            fields = kinds.found(store, DOWNTIME)["attributes"]
            fields["canceled"] = fields["canceled"] or timestamp()
        return "", 204

    @api.get("/api/v2/monitor/<int:monitor_id>/downtime_matches", endpoint="ListMonitorDowntimes")
    def matches(monitor_id: int) -> Response:
        with store.lock:
            monitor = store.monitors.get(monitor_id)
            if monitor is None:
                raise Refused(404, "Monitor not found")
            found = [
                _match(each)
                for each in map(shown, store.held[DOWNTIME.name].values())
                if each["attributes"]["status"] in ("active", "scheduled")
                and covers(each["attributes"], monitor)
            ]
        meta = {"page": {"total_filtered_count": len(found)}}
        return jsonify(data=numbered_page(found), meta=meta)

    return api


def _match(downtime: Document) -> Document:
    fields = downtime["attributes"]
    stretch = downtime_rules.current(fields["schedule"], datetime.now(UTC))
    start, end = stretch if stretch is not None else (None, None)
    return {
        "id": downtime["id"],
        "type": "downtime_match",
        "attributes": {
            "start": start.isoformat() if start else None,
            "end": end.isoformat() if end else None,
            "groups": [],
            "scope": fields["scope"],
        },
    }


def covers(fields: Document, monitor: Document) -> bool:
    """Whether a downtime is for a monitor: by its id, or by all of its tags ("*": every one)."""
    identifier = fields["monitor_identifier"]
    if "monitor_id" in identifier:
        return bool(identifier["monitor_id"] == monitor["id"])
    wanted = identifier["monitor_tags"]
    return wanted == ["*"] or set(wanted) <= set(monitor.get("tags", []))
