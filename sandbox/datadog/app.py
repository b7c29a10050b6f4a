"""The WSGI application of the sandbox's Datadog.

Beside Datadog's own endpoints it answers, like the sandbox's AWS:

``GET /_upkeep/creates``     the calls since the start (or the last DELETE) that change something
``DELETE /_upkeep/creates``  begin a new list
``POST /_upkeep/fail``       order a failure: {"operation": "CreateSyntheticsTest", "times": 1,
                             "after": 0, "status": 500, "delay": 0}; status 0 only delays
``DELETE /_upkeep/fail``     forget what was ordered

and of its own

``POST /_upkeep/monitors/{id}/state``  {"state": "Alert"}: let a monitor be in a state
``GET /_upkeep/pages``                 the pages of On-Call and what became of them
"""

import time

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.aws.traffic import Call, Faults, Ledger
from sandbox.datadog import (
    controls,
    dashboards,
    data_scanner,
    downtimes,
    events,
    incidents,
    kinds,
    logs_archives,
    logs_indexes,
    logs_pipelines,
    monitors,
    on_call,
    on_call_notifications,
    on_call_routing,
    pages,
    private_locations,
    roles,
    rum,
    service_levels,
    software_catalog,
    status_pages,
    synthetics,
    synthetics_variables,
    teams,
    users,
    webhooks,
)
from sandbox.datadog.answers import Refused
from sandbox.datadog.store import Document, Store

_KEYS = ("DD-API-KEY", "DD-APPLICATION-KEY")
# The validity of an API key is asked for with that key alone, and events are sent with it.
_BY_API_KEY_ALONE = {("GET", "/api/v1/validate"), ("POST", "/api/v1/events")}
# What answers in a form of its own, and what is a table row.
_AREAS = (
    controls,
    data_scanner,
    downtimes,
    events,
    incidents,
    monitors,
    on_call_routing,
    pages,
    private_locations,
    roles,
    service_levels,
    software_catalog,
    status_pages,
    synthetics,
    users,
)
_KINDS = (
    *dashboards.KINDS,
    *logs_archives.KINDS,
    *logs_indexes.KINDS,
    *logs_pipelines.KINDS,
    *on_call.KINDS,
    *on_call_notifications.KINDS,
    *rum.KINDS,
    *service_levels.KINDS,
    *synthetics_variables.KINDS,
    *teams.KINDS,
    *webhooks.KINDS,
)


def create_app(store: Store | None = None) -> Flask:
    """A Datadog of its own, kept in memory; empty but for its people, whatever `store` held."""
    app = Flask("sandbox.datadog")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    store = store or Store()
    faults, ledger = Faults(), Ledger()

    @app.before_request
    def _refuse_strangers() -> None:
        needed = _KEYS[:1] if (request.method, request.path) in _BY_API_KEY_ALONE else _KEYS
        if not _is_own() and not all(request.headers.get(key) for key in needed):
            raise Refused(403, "Forbidden")

    @app.before_request
    def _fail_as_ordered() -> None:
        fault = None if _is_own() else faults.take(_call())
        if fault is not None:
            time.sleep(fault.delay)
            if fault.status:
                raise Refused(fault.status, "A failure ordered by a test.")

    @app.after_request
    def _note(response: Response) -> Response:
        if not _is_own():
            ledger.add(_call(), response.status_code)
        return response

    @app.errorhandler(Refused)
    def _refused(refused: Refused) -> tuple[Response, int]:
        return jsonify(errors=refused.errors), refused.status

    @app.errorhandler(HTTPException)
    def _unknown(fault: HTTPException) -> tuple[Response, int]:
        return jsonify(errors=[f"{fault.name}: {request.method} {request.path}"]), fault.code or 500

    @app.get("/api/v1/validate", endpoint="Validate")
    def _validate() -> Document:
        return {"valid": True}

    @app.get("/_upkeep/creates")
    def _creates() -> Response:
        return jsonify(ledger.entries())

    @app.delete("/_upkeep/creates")
    def _clear_creates() -> Document:
        ledger.clear()
        return {}

    @app.post("/_upkeep/fail")
    def _fail() -> Document:
        try:
            faults.order(**(request.get_json(silent=True) or {}))
        except (TypeError, ValueError) as wrong:
            raise Refused(400, str(wrong)) from None
        return {}

    @app.delete("/_upkeep/fail")
    def _clear_fail() -> Document:
        faults.clear()
        return {}

    empty(store)
    for area in _AREAS:
        app.register_blueprint(area.blueprint(store))
    app.register_blueprint(kinds.blueprint("kinds", store, *_KINDS))
    return app


def empty(store: Store) -> None:
    """Forget everything but the people of the organisation."""
    store.clear()
    users.seed(store)


def _is_own() -> bool:
    return request.path.startswith("/_upkeep/")


def _call() -> Call:
    """The request by the name of its endpoint, such as ``UpdateMonitor``."""
    operation = (request.endpoint or f"{request.method} {request.path}").rpartition(".")[2]
    return Call("datadog", operation, region="", protocol="json")
