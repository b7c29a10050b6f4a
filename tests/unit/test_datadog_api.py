"""The sandbox's Datadog, asked by Datadog's own client and by plain requests."""

# mypy: disable-error-code="no-untyped-call"
import copy
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v1.api.authentication_api import AuthenticationApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.synthetics_api_test import SyntheticsAPITest
from datadog_api_client.v1.model.synthetics_delete_tests_payload import SyntheticsDeleteTestsPayload
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from sandbox.datadog.app import create_app, empty
from sandbox.datadog.store import Store

KEYS = {"DD-API-KEY": "key", "DD-APPLICATION-KEY": "key"}
TESTS = "/api/v1/synthetics/tests"
MONITORS = "/api/v1/monitor"

TEST: dict[str, Any] = {
    "name": "homepage",
    "type": "api",
    "subtype": "http",
    "status": "live",
    "message": "down @slack-incidents",
    "tags": ["env:prod"],
    "locations": ["aws:us-east-1", "aws:us-west-2", "aws:eu-central-1"],
    "config": {
        "request": {"method": "GET", "url": "https://bynomi.com/", "headers": {"X-Own": "1"}},
        "assertions": [
            {"type": "statusCode", "operator": "is", "target": 200},
            {"type": "responseTime", "operator": "lessThan", "target": 1000},
            {
                "type": "body",
                "operator": "validatesJSONPath",
                "target": {"jsonPath": "$.status", "operator": "is", "targetValue": "ok"},
            },
        ],
    },
    "options": {
        "tick_every": 60,
        "retry": {"count": 2, "interval": 300},
        "monitor_options": {"renotify_interval": 60},
        "monitor_priority": 1,
    },
}
MONITOR: dict[str, Any] = {
    "name": "cpu",
    "type": "query alert",
    "query": "avg(last_5m):avg:system.cpu.user{env:prod} by {host} > 80",
    "message": "busy @slack-alerts",
    "tags": ["env:prod"],
    "priority": 2,
    "options": {"thresholds": {"critical": 80.0, "warning": 70.0}},
}


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the value at a dotted path replaced; ``...`` removes it."""
    result = copy.deepcopy(document)
    target: Any = result
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for parent in parents:
        target = target[parent] if isinstance(parent, int) else target.setdefault(parent, {})
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return result


@pytest.fixture(scope="module")
def app() -> tuple[Store, Flask]:
    store = Store()
    return store, create_app(store)


@pytest.fixture
def http(app: tuple[Store, Flask]) -> FlaskClient:
    store, flask = app
    empty(store)
    client = flask.test_client()
    client.delete("/_upkeep/creates")
    client.delete("/_upkeep/fail")
    return client


def post(http: FlaskClient, path: str, document: object) -> TestResponse:
    return http.post(path, json=document, headers=KEYS)


def errors(answer: TestResponse) -> list[str]:
    assert answer.status_code == 400, answer.text
    assert answer.json is not None
    found: list[str] = answer.json["errors"]
    return found


@pytest.fixture
def client() -> Iterator[ApiClient]:
    """Datadog's own client, over a real socket."""
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    configuration = Configuration(host=f"http://127.0.0.1:{server.port}")
    configuration.api_key.update(apiKeyAuth="key", appKeyAuth="key")
    configuration.server_index = None
    with ApiClient(configuration) as api:
        yield api
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_datadogs_own_client_reads_back_what_it_made(client: ApiClient) -> None:
    synthetics, monitors = SyntheticsApi(client), MonitorsApi(client)
    sent = SyntheticsAPITest(**TEST)

    made = synthetics.create_synthetics_api_test(body=sent)

    assert re.fullmatch(r"[a-z0-9]{3}(-[a-z0-9]{3}){2}", made.public_id)
    read = synthetics.get_api_test(made.public_id)
    assert read.to_dict() == made.to_dict()
    assert {name: read.to_dict()[name] for name in TEST} == sent.to_dict()
    assert [test.name for test in synthetics.list_tests().tests] == ["homepage"]
    assert AuthenticationApi(client).validate().valid is True

    own = monitors.get_monitor(made.monitor_id)
    assert (str(own.type), own.name, own.message, own.priority, own.tags) == (
        "synthetics alert",
        "[Synthetics] homepage",
        TEST["message"],
        1,
        ["env:prod"],
    )
    assert own.options.synthetics_check_id == made.public_id

    synthetics.delete_tests(body=SyntheticsDeleteTestsPayload(public_ids=[made.public_id]))
    assert synthetics.list_tests().tests == []
    with pytest.raises(NotFoundException):
        monitors.get_monitor(made.monitor_id)


def test_datadogs_own_client_keeps_monitors(client: ApiClient) -> None:
    monitors = MonitorsApi(client)

    made = monitors.create_monitor(body=Monitor(**MONITOR))

    assert [monitor.id for monitor in monitors.list_monitors()] == [made.id]
    read = monitors.get_monitor(made.id).to_dict()
    assert {name: read[name] for name in MONITOR} == Monitor(**MONITOR).to_dict()
    assert made.multi is True
    assert monitors.delete_monitor(made.id).deleted_monitor_id == made.id
    assert monitors.list_monitors() == []


@pytest.mark.parametrize("missing", sorted(KEYS))
def test_without_both_keys_it_answers_nothing(http: FlaskClient, missing: str) -> None:
    answer = http.get(TESTS, headers={**KEYS, missing: ""})
    assert (answer.status_code, answer.json) == (403, {"errors": ["Forbidden"]})


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("colour", "red", "unknown field 'colour'"),
        ("options.colour", "red", "options: unknown field 'colour'"),
        ("message", ..., "missing required field 'message'"),
        ("status", "sleepy", "status: 'sleepy' is none of: live, paused"),
        ("name", 7, "name: expected a string, got 7"),
        ("name", " ", "name: must not be empty"),
        ("options.tick_every", 29, "options.tick_every: must be at least 30, got 29"),
        ("options.tick_every", 604_801, "options.tick_every: must be at most 604800, got 604801"),
        ("options.tick_every", 60.5, "options.tick_every: expected a whole number, got 60.5"),
        ("options.tick_every", ..., "options.tick_every: missing required field"),
        ("options.monitor_priority", 0, "options.monitor_priority: must be at least 1, got 0"),
        (
            "options.min_location_failed",
            4,
            "options.min_location_failed: must be 1 to 3, the number of locations",
        ),
        ("options.retry.count", 4, "options.retry.count: must be 0 to 3"),
        ("options.retry.interval", 5001, "options.retry.interval: must be 0 to 5000"),
        (
            "options.monitor_options.renotify_interval",
            15,
            "options.monitor_options.renotify_interval: must be one of "
            "0, 10, 20, 30, 40, 50, 60, 90, 120, 180, 240, 300, 360, 720, 1440",
        ),
        (
            "options.monitor_options",
            {"renotify_occurrences": 3},
            "options.monitor_options.renotify_occurrences: needs a renotify_interval above 0",
        ),
        ("locations", [], "locations: must not be empty"),
        ("locations", ["aws:moon-1"], "locations: 'aws:moon-1' is not a location of Datadog's"),
        ("config.request.url", "bynomi.com", "config.request.url: 'bynomi.com' has no scheme"),
        (
            "config.request.method",
            ...,
            "config.request: missing required field 'method' for a test of subtype http",
        ),
        ("config.request.headers", {"X": 1}, "config.request.headers.X: expected a string, got 1"),
        ("config.assertions", [], "config.assertions: must not be empty"),
        ("config.assertions.0.operator", "was", None),
        (
            "config.steps",
            [{"subtype": "wait", "name": "w", "value": 1}],
            "config.steps: only a test of subtype multi has steps",
        ),
        ("subtype", "multi", "config.steps: a multistep test needs at least one"),
    ],
)
def test_a_wrong_test_is_refused_and_not_stored(
    http: FlaskClient, path: str, value: object, expected: str | None
) -> None:
    faults = errors(post(http, f"{TESTS}/api", changed(TEST, path, value)))

    if expected is None:
        assert [fault.partition(":")[0] for fault in faults] == ["config.assertions[0].operator"]
    else:
        # A wrong subtype brings a second fault along.
        assert faults[: 1 if path == "subtype" else None] == [expected]
    assert http.get(TESTS, headers=KEYS).json == {"tests": []}
    assert http.get(MONITORS, headers=KEYS).json == []


def test_all_faults_of_a_test_come_at_once(http: FlaskClient) -> None:
    wrong = changed(changed(TEST, "options.tick_every", 1), "message", ...)
    assert errors(post(http, f"{TESTS}/api", wrong)) == [
        "missing required field 'message'",
        "options.tick_every: must be at least 30, got 1",
    ]


@pytest.mark.parametrize("tick", [30, 604_800])
def test_the_ends_of_the_range_are_accepted(http: FlaskClient, tick: int) -> None:
    answer = post(http, f"{TESTS}/api", changed(TEST, "options.tick_every", tick))
    assert answer.status_code == 200


def test_an_update_replaces_the_test_and_its_monitors_text(http: FlaskClient) -> None:
    made: Any = post(http, f"{TESTS}/api", TEST).json
    path = f"{TESTS}/api/{made['public_id']}"

    updated: Any = http.put(path, json=changed(TEST, "message", "new"), headers=KEYS).json

    assert updated == {**made, "message": "new", "modified_at": updated["modified_at"]}
    monitor: Any = http.get(f"{MONITORS}/{made['monitor_id']}", headers=KEYS).json
    assert monitor["message"] == "new"
    assert http.put(path, json=changed(TEST, "type", "browser"), headers=KEYS).status_code == 400
    assert http.put(f"{TESTS}/api/xxx-xxx-xxx", json=TEST, headers=KEYS).status_code == 404


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("colour", "red", "unknown field 'colour'"),
        ("query", ..., "missing required field 'query'"),
        ("priority", 0, "priority: must be 1 to 5, got 0"),
        ("priority", 6, "priority: must be 1 to 5, got 6"),
        ("priority", "1", "priority: expected a whole number, got '1'"),
        (
            "options.thresholds.critical",
            90.0,
            "Alert threshold (90.0) does not match that used in the query (80.0).",
        ),
        (
            "options.thresholds.warning",
            85.0,
            "Warning threshold (85.0) must be below the alert threshold (80.0).",
        ),
        (
            "options.thresholds.critical_recovery",
            81.0,
            "Recovery threshold (81.0) must be below the critical threshold (80.0).",
        ),
        (
            "options.thresholds",
            {"critical": 80.0, "warning_recovery": 60.0},
            "A recovery threshold for warning needs a warning threshold.",
        ),
        ("options.timeout_h", 25, "timeout_h: must be 0 to 24"),
        *(
            (
                "options.group_retention_duration",
                wrong,
                "group_retention_duration: must be 1 to 72 hours, such as 2d",
            )
            for wrong in ("73h", "59m")
        ),
        *(
            (
                "options",
                {"on_missing_data": "show_no_data", **older},
                "on_missing_data excludes notify_no_data and no_data_timeframe.",
            )
            for older in ({"notify_no_data": True}, {"no_data_timeframe": 10})
        ),
        (
            "options.renotify_occurrences",
            2,
            "renotify_occurrences: needs a renotify_interval above 0",
        ),
        (
            "options.threshold_windows",
            {"trigger_window": "last_5m"},
            "threshold_windows are for anomaly monitors only.",
        ),
        (
            "options.notify_no_data",
            "yes",
            "options.notify_no_data: expected true or false, got 'yes'",
        ),
        ("type", "synthetics alert", "A monitor of type 'synthetics alert' is made by its test."),
    ],
)
def test_a_wrong_monitor_is_refused(
    http: FlaskClient, path: str, value: object, expected: str
) -> None:
    wrong = changed(MONITOR, path, value)
    assert errors(post(http, MONITORS, wrong)) == [expected]
    assert errors(post(http, f"{MONITORS}/validate", wrong)) == [expected]
    assert http.get(MONITORS, headers=KEYS).json == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("priority", 1),
        ("priority", 5),
        ("options.timeout_h", 24),
        ("options.group_retention_duration", "1h"),
        ("options.group_retention_duration", "72h"),
        ("options.on_missing_data", "show_no_data"),
    ],
)
def test_at_its_limits_a_monitor_is_taken(http: FlaskClient, path: str, value: object) -> None:
    assert post(http, MONITORS, changed(MONITOR, path, value)).status_code == 200


BELOW = {"critical": 10.0, "warning": 20.0, "critical_recovery": 12.0, "warning_recovery": 25.0}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({}, None),
        (
            {"warning": 9.0, "warning_recovery": 25.0},
            "Warning threshold (9.0) must be above the alert threshold (10.0).",
        ),
        (
            {"critical_recovery": 10.0},
            "Recovery threshold (10.0) must be above the critical threshold (10.0).",
        ),
        (
            {"warning_recovery": 20.0},
            "Recovery threshold (20.0) must be above the warning threshold (20.0).",
        ),
    ],
)
def test_below_a_limit_health_lies_above_it(
    http: FlaskClient, wrong: dict[str, float], expected: str | None
) -> None:
    monitor = {
        "name": "free",
        "type": "query alert",
        "query": "avg(last_5m):avg:free{*} < 10",
        "message": "m",
        "options": {"thresholds": BELOW | wrong},
    }
    answer = post(http, MONITORS, monitor)
    assert answer.status_code == 200 if expected is None else errors(answer) == [expected]


@pytest.mark.parametrize(
    ("type_", "query", "fits"),
    [
        ("query alert", "avg(last_10080m):avg:a{*} > 1", True),
        ("query alert", "avg(last_10081m):avg:a{*} > 1", False),
        ("query alert", "avg(last_1w):avg:a{*} > 1", True),
        ("query alert", "avg(last_2d):avg:a{*} > 1", False),
        ("query alert", "avg(last_5m):avg:a{*} > .5", False),
        ("query alert", "avg(last_5m):avg:a{*} > 0.5", True),
        ("query alert", "avg:a{*} > 1", False),
        ("query alert", "avg(last_5m):avg:a{*}", False),
        ("log alert", 'logs("status:error").index("*").rollup("count").last("48h") > 5', True),
        ("log alert", 'logs("status:error").index("*").rollup("count").last("49h") > 5', False),
        (
            "error-tracking alert",
            'error-tracking("x").source("all").new().rollup("count").by("issue.id").last("1d") > 5',
            True,
        ),
        (
            "error-tracking alert",
            'error-tracking("x").source("all").new().rollup("count").last("1d") > 5',
            False,
        ),
        ("query alert", "max(next_1w):forecast(avg:a{*}, 'linear', 1) >= 90", True),
        ("query alert", "max(next_2w):forecast(avg:a{*}, 'linear', 1) >= 90", True),
        ("query alert", "min(next_1w):forecast(avg:a{*}, 'linear', 1) <= 10", True),
        ("query alert", "min(next_1w):forecast(avg:a{*}, 'linear', 1) >= 90", False),
        ("query alert", "max(next_1w):forecast(avg:a{*}, 'linear', 1) <= 10", False),
        ("query alert", "max(next_1w):forecast(avg:a{*}, 'linear', 1) > 90", False),
        ("query alert", "max(next_1w):forecast(avg:a{*}, 'linear', 0) >= 90", False),
        ("query alert", "max(next_6h):forecast(avg:a{*}, 'linear', 1) >= 90", False),
        ("query alert", "max(next_91d):forecast(avg:a{*}, 'linear', 1) >= 90", False),
        ("composite", "1 && 2", False),
        ("composite", "avg:a{*} > 1", False),
    ],
)
def test_queries_are_read(http: FlaskClient, type_: str, query: str, fits: bool) -> None:
    monitor = {"name": "m", "type": type_, "query": query, "message": "m"}
    assert (post(http, MONITORS, monitor).status_code == 200) is fits


ANOMALY: dict[str, Any] = {
    "name": "orders",
    "type": "query alert",
    "message": "m",
    "query": "avg(last_4h):anomalies(avg:orders{*}, 'agile', 2, direction='both', interval=60, "
    "alert_window='last_15m', seasonality='weekly') >= 1",
    "options": {"threshold_windows": {"trigger_window": "last_15m", "recovery_window": "last_15m"}},
}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("options", {}, "An anomaly monitor needs both trigger_window and recovery_window."),
        (
            "options.threshold_windows.trigger_window",
            "last_30m",
            "alert_window in the query must equal trigger_window.",
        ),
        (
            "query",
            ANOMALY["query"].replace(">= 1", ">= 2"),
            "An anomaly threshold is a share above 0 and at most 1.",
        ),
        (
            "query",
            ANOMALY["query"].replace("interval=60", "interval=300"),
            "interval must be at most a fifth of trigger_window.",
        ),
        (
            "query",
            ANOMALY["query"].replace("last_4h", "last_14m"),
            "The query's window must be at least as long as trigger_window.",
        ),
        (
            "options.threshold_windows.recovery_window",
            "last_16m",
            "recovery_window must lie between trigger_window x (1 - threshold) + 1m and it.",
        ),
        (
            "query",
            ANOMALY["query"].replace(">= 1", ">= 0"),
            "An anomaly threshold is a share above 0 and at most 1.",
        ),
        (
            "query",
            ANOMALY["query"].replace("agile", "basic"),
            "The basic algorithm takes no seasonality.",
        ),
    ],
)
def test_anomaly_monitors_have_rules_of_their_own(
    http: FlaskClient, path: str, value: object, expected: str
) -> None:
    assert post(http, MONITORS, ANOMALY).status_code == 200
    assert errors(post(http, MONITORS, changed(ANOMALY, path, value))) == [expected]


def test_a_composite_joins_at_most_ten_plain_monitors_and_holds_them(http: FlaskClient) -> None:
    ids = [str(post(http, MONITORS, MONITOR).json["id"]) for _ in range(11)]  # type: ignore[index]
    composite = {"name": "c", "type": "composite", "message": "m", "query": " && ".join(ids[:10])}
    made: Any = post(http, MONITORS, composite).json

    over = {**composite, "query": " && ".join(ids)}
    nested = {**composite, "query": f"{ids[0]} || {made['id']}"}
    refused = http.delete(f"{MONITORS}/{ids[0]}", headers=KEYS)

    assert "at most 10" in errors(post(http, MONITORS, over))[0]
    assert "itself composite" in errors(post(http, MONITORS, nested))[0]
    assert refused.status_code == 409
    assert http.delete(f"{MONITORS}/{ids[0]}?force=true", headers=KEYS).status_code == 200
    assert http.delete(f"{MONITORS}/{ids[10]}", headers=KEYS).status_code == 200


def test_the_type_of_a_monitor_stays(http: FlaskClient) -> None:
    made: Any = post(http, MONITORS, MONITOR).json
    answer = http.put(f"{MONITORS}/{made['id']}", json={"type": "composite"}, headers=KEYS)
    assert errors(answer) == ["The type of a monitor cannot be changed."]


def test_changes_are_listed_and_failures_can_be_ordered(http: FlaskClient) -> None:
    assert http.post("/_upkeep/fail", json={"operation": "CreateMonitor", "status": 503}).json == {}

    assert post(http, MONITORS, MONITOR).status_code == 503
    assert post(http, MONITORS, MONITOR).status_code == 200
    http.get(MONITORS, headers=KEYS)

    listed: Any = http.get("/_upkeep/creates").json
    assert [(entry["operation"], entry["status"]) for entry in listed] == [
        ("CreateMonitor", 503),
        ("CreateMonitor", 200),
    ]
    assert http.post("/_upkeep/fail", json={"operation": "X", "times": 0}).status_code == 400
    http.delete("/_upkeep/creates")
    assert http.get("/_upkeep/creates").json == []


def test_what_is_not_there_is_said(http: FlaskClient) -> None:
    answer = http.get("/api/v1/dashboards", headers=KEYS)
    assert (answer.status_code, answer.json) == (
        404,
        {"errors": ["Not Found: GET /api/v1/dashboards"]},
    )
    assert errors(post(http, MONITORS, [])) == ["The request body is not a JSON object."]
