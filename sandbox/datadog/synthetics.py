"""/api/v1/synthetics: tests, and the monitor that each of them brings along."""

from typing import Any

from datadog_api_client.v1.model.synthetics_api_test import SyntheticsAPITest
from datadog_api_client.v1.model.synthetics_browser_test import SyntheticsBrowserTest
from datadog_api_client.v1.model.synthetics_delete_tests_payload import SyntheticsDeleteTestsPayload
from flask import Blueprint

from sandbox.datadog import models, synthetics_rules
from sandbox.datadog.answers import Refused, body, page, refuse_faults
from sandbox.datadog.monitors import SYNTHETICS_TYPE
from sandbox.datadog.store import Document, Store, timestamp

_MODELS = {"api": SyntheticsAPITest, "browser": SyntheticsBrowserTest}
# Datadog gives these; sent back with a change they are ignored.
_GIVEN = ("public_id", "monitor_id", "creator", "created_at", "modified_at")


def blueprint(store: Store) -> Blueprint:
    """The endpoints for synthetic tests."""
    api = Blueprint("synthetics", __name__, url_prefix="/api/v1/synthetics")

    @api.get("/locations", endpoint="ListLocations")
    def locations() -> Document:
        known = dict(synthetics_rules.MANAGED_LOCATIONS)
        with store.lock:
            own = store.held["PrivateLocation"].items()
            known.update({id_: location["name"] for id_, location in own})
        return {"locations": [{"id": id_, "name": name} for id_, name in known.items()]}

    @api.get("/tests", endpoint="ListTests")
    def list_tests() -> Document:
        with store.lock:
            tests = [_without_steps(test) for test in store.tests.values()]
        return {"tests": page(tests, "page_number")}

    @api.get("/tests/<public_id>", endpoint="GetTest")
    def get_test(public_id: str) -> Document:
        with store.lock:
            return _without_steps(_found(store, public_id))

    @api.post("/tests/<any(api, browser):kind>", endpoint="CreateSyntheticsTest")
    def create(kind: str) -> Document:
        with store.lock:
            test = _checked(store, kind, body())
            stored = store.add_test(test)
            stored["monitor_id"] = store.add_monitor(_monitor_of(stored))["id"]
            return dict(stored)

    @api.get("/tests/<any(api, browser):kind>/<public_id>", endpoint="GetSyntheticsTest")
    def get(kind: str, public_id: str) -> Document:
        with store.lock:
            return dict(_found(store, public_id, kind))

    @api.put("/tests/<any(api, browser):kind>/<public_id>", endpoint="UpdateSyntheticsTest")
    def update(kind: str, public_id: str) -> Document:
        change = body()
        with store.lock:
            test = _found(store, public_id, kind)
            checked = _checked(store, kind, change)
            given = {name: test[name] for name in _GIVEN}
            test.clear()
            test.update(checked, **{**given, "modified_at": timestamp()})
            monitor = store.monitors[test["monitor_id"]]
            monitor.update(_monitor_of(test), modified=timestamp())
            return dict(test)

    @api.post("/tests/delete", endpoint="DeleteTests")
    def delete() -> Document:
        payload = body()
        refuse_faults(models.faults(SyntheticsDeleteTestsPayload, payload))
        forced = payload.get("force_delete_dependencies", False)
        with store.lock:
            # All or none: Datadog looks at each before it deletes the first.
            tests = [_found(store, public_id) for public_id in payload.get("public_ids", [])]
            for test in tests:
                holders = store.holders_of(test["monitor_id"])
                if holders and not forced:
                    named = "; ".join(holders)
                    raise Refused(409, f"{test['public_id']} is referenced by {named}")
            for test in tests:
                del store.tests[test["public_id"]]
                del store.monitors[test["monitor_id"]]
        now = timestamp()
        return {
            "deleted_tests": [{"public_id": test["public_id"], "deleted_at": now} for test in tests]
        }

    return api


def _found(store: Store, public_id: str, kind: str | None = None) -> Document:
    test = store.tests.get(public_id)
    if test is None or (kind is not None and test["type"] != kind):
        raise Refused(404, "Synthetics test not found")
    return test


def _checked(store: Store, kind: str, test: dict[str, Any]) -> Document:
    sent = {name: value for name, value in test.items() if name not in _GIVEN}
    refuse_faults(models.faults(_MODELS[kind], sent))
    refuse_faults(synthetics_rules.faults(sent, store.held["PrivateLocation"].keys()))
    defaults: Document = {"status": "live", "tags": []}
    if kind == "api":
        defaults["subtype"] = "http"
    return {**defaults, **sent}


def _without_steps(test: Document) -> Document:
    config = {name: value for name, value in test["config"].items() if name != "steps"}
    without = {name: value for name, value in test.items() if name != "steps"}
    return {**without, "config": config}


def _monitor_of(test: Document) -> Document:
    """The monitor that goes with a test: it carries the test's message, tags and priority."""
    options = test["options"]
    monitor_options = options.get("monitor_options", {})
    return {
        "type": SYNTHETICS_TYPE,
        "name": options.get("monitor_name") or f"[Synthetics] {test['name']}",
        "query": "no_query",
        "message": test["message"],
        "tags": list(test["tags"]),
        "priority": options.get("monitor_priority"),
        "options": {
            **monitor_options,
            "synthetics_check_id": test["public_id"],
            "min_failure_duration": options.get("min_failure_duration", 0),
            "min_location_failed": options.get("min_location_failed", 1),
            "notify_no_data": False,
        },
    }
