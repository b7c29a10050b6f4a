"""/api/v1/slo: service level objectives and their corrections."""

import uuid
from collections.abc import Iterator
from typing import Any

from datadog_api_client.v1.model.service_level_objective import ServiceLevelObjective
from datadog_api_client.v1.model.service_level_objective_request import (
    ServiceLevelObjectiveRequest,
)
from datadog_api_client.v1.model.slo_correction_create_request import SLOCorrectionCreateRequest
from datadog_api_client.v1.model.slo_correction_list_response import SLOCorrectionListResponse
from datadog_api_client.v1.model.slo_correction_response import SLOCorrectionResponse
from datadog_api_client.v1.model.slo_correction_update_request import SLOCorrectionUpdateRequest
from datadog_api_client.v1.model.slo_list_response import SLOListResponse
from datadog_api_client.v1.model.slo_response import SLOResponse
from flask import Blueprint, Response, jsonify, request

from sandbox.datadog import kinds, service_level_rules
from sandbox.datadog.answers import Refused, body
from sandbox.datadog.kinds import Change, Kind, Plain
from sandbox.datadog.store import Document, Store, creator, epoch

_PATH = "/api/v1/slo"


class _Objectives(Plain):
    def shown(self, store: Store, document: Document) -> Any:
        return {"data": document, "errors": []}

    def listed(self, store: Store, documents: list[Document]) -> Any:
        asked = request.args.get("query", "").lower()
        ids = [id_ for id_ in request.args.get("ids", "").split(",") if id_]
        found = [
            each
            for each in documents
            if asked in each["name"].lower() and (not ids or each["id"] in ids)
        ]
        count = len(found)
        pages = {"total_count": count, "total_filtered_count": count}
        return {"data": found, "errors": [], "metadata": {"page": pages}}


def _faults(change: Change) -> Iterator[str]:
    before = change.before
    if before is not None and before["type"] != change.fields["type"]:
        yield "type: the type of an SLO cannot be changed"
    yield from service_level_rules.faults(change.fields, change.store.monitors)


def _made(_: Change) -> Document:
    return {"created_at": epoch(), "creator": creator()}


def _given(change: Change) -> Document:
    fields = change.fields
    thresholds = [_displayed(threshold) for threshold in fields["thresholds"]]
    first = thresholds[0]
    primary = fields.get("timeframe", first["timeframe"])
    chosen = next((each for each in thresholds if each["timeframe"] == primary), first)
    given: Document = {
        "description": fields.get("description"),
        "modified_at": epoch(),
        "tags": list(fields.get("tags", [])),
        "target_threshold": chosen["target"],
        "thresholds": thresholds,
        "timeframe": primary,
    }
    if "warning" in chosen:
        given["warning_threshold"] = chosen["warning"]
    if fields["type"] == "monitor":
        given["monitor_tags"] = []
    return given


def _displayed(threshold: Document) -> Document:
    shown = {
        f"{name}_display": f"{threshold[name]:g}"
        for name in ("target", "warning")
        if name in threshold
    }
    return {**threshold, **shown}


def _holders(change: Change) -> Iterator[str]:
    """Alerts of the SLO and dashboards that show it."""
    id_ = change.id
    for number, monitor in sorted(change.store.monitors.items()):
        if monitor["type"] == "slo alert" and f'"{id_}"' in monitor["query"]:
            yield f"monitor {number}"
    for dashboard in change.store.held["Dashboard"].values():
        if f"'{id_}'" in str(dashboard["widgets"]):
            yield f"dashboard {dashboard['id']}"


def _uncorrect(change: Change) -> None:
    corrections = change.store.held[CORRECTION.name]
    id_ = change.id
    for key in [k for k, held in corrections.items() if held["attributes"].get("slo_id") == id_]:
        del corrections[key]


OBJECTIVE = Kind(
    "SLO",
    "SLOs",
    _PATH,
    ServiceLevelObjectiveRequest,
    ServiceLevelObjective,
    SLOResponse,
    SLOListResponse,
    envelope=_Objectives(),
    method="PUT",
    rules=_faults,
    id_of=lambda _: uuid.uuid4().hex,
    made=_made,
    given=_given,
    holders=_holders,
    deleted=_uncorrect,
)


def _correction_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    slo = fields.get("slo_id")
    if not slo and not fields.get("slo_query"):
        yield "slo_id: missing required field"
    if slo and slo not in change.store.held[OBJECTIVE.name]:
        raise Refused(404, f"SLO {slo} not found")
    yield from service_level_rules.correction_faults(fields)


def _correction_made(_: Change) -> Document:
    return {"created_at": epoch(), "creator": creator()}


def _correction_given(change: Change) -> Document:
    fields = change.fields
    # A recurring correction shows no end, a single one neither rule nor length.
    end = None if fields.get("rrule") else fields.get("end")
    nothing: Document = {"rrule": fields.get("rrule"), "duration": fields.get("duration")}
    timezone = fields.get("timezone") or "UTC"
    return {**nothing, "end": end, "timezone": timezone, "modified_at": epoch()}


CORRECTION = Kind(
    "SLOCorrection",
    "SLOCorrections",
    f"{_PATH}/correction",
    SLOCorrectionCreateRequest,
    SLOCorrectionUpdateRequest,
    SLOCorrectionResponse,
    SLOCorrectionListResponse,
    rules=_correction_faults,
    made=_correction_made,
    given=_correction_given,
)
KINDS = (CORRECTION,)


def blueprint(store: Store) -> Blueprint:
    """The endpoints for objectives, whose answers to changes are lists of one."""
    api = Blueprint("service-levels", __name__, url_prefix="")

    @api.post(_PATH, endpoint="CreateSLO")
    def create() -> Response:
        with store.lock:
            return jsonify(data=[kinds.create(store, OBJECTIVE, body())], errors=[])

    @api.put(f"{_PATH}/<id_>", endpoint="UpdateSLO")
    def update(id_: str) -> Response:
        sent = {name: value for name, value in body().items() if name not in _SHOWN}
        with store.lock:
            return jsonify(data=[kinds.update(store, OBJECTIVE, sent)], errors=[])

    @api.delete(f"{_PATH}/<id_>", endpoint="DeleteSLO")
    def delete(id_: str) -> Response:
        with store.lock:
            return jsonify(data=[kinds.delete(store, OBJECTIVE)], errors={})

    @api.get(_PATH, endpoint="ListSLOs")
    def list_() -> Response:
        with store.lock:
            return jsonify(OBJECTIVE.envelope.listed(store, kinds.of_path(store, OBJECTIVE)))

    @api.get(f"{_PATH}/<id_>", endpoint="GetSLO")
    def get(id_: str) -> Response:
        with store.lock:
            return jsonify(OBJECTIVE.envelope.shown(store, kinds.found(store, OBJECTIVE)))

    @api.get(f"{_PATH}/<id_>/corrections", endpoint="GetSLOCorrections")
    def corrections(id_: str) -> Response:
        with store.lock:
            kinds.found(store, OBJECTIVE)
            held = store.held[CORRECTION.name].values()
            return jsonify(data=[each for each in held if each["attributes"].get("slo_id") == id_])

    return api


# Datadog gives these; sent back with a change they are ignored.
_SHOWN = ("created_at", "creator", "modified_at", "monitor_tags")
