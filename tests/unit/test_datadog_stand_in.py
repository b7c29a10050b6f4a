"""The stand-in for the Datadog provider, against the sandbox's Datadog."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from sandbox.datadog.app import create_app
from sandbox.providers.cloud import UNKNOWN, CloudError, Difference, Failure, Stored
from sandbox.providers.datadog import Datadog, find
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.provider import _meaning
from sandbox.providers.datadog.resources import RESOURCES

TEST = "datadog:index/syntheticsTest:SyntheticsTest"
MONITOR = "datadog:index/monitor:Monitor"
CONFIG = {"apiKey": "key", "appKey": "key"}

HTTP: dict[str, Any] = {
    "name": "homepage",
    "type": "api",
    "subtype": "http",
    "status": "live",
    "message": "down @slack-incidents",
    "tags": ["env:prod"],
    "locations": ["aws:us-west-2", "aws:us-east-1"],
    "requestDefinition": {"method": "GET", "url": "https://bynomi.com/", "timeout": 30},
    "requestHeaders": {"X-Own": "1"},
    "requestBasicauth": {"username": "u", "password": "p"},
    "assertions": [
        {"type": "statusCode", "operator": "is", "target": "200"},
        {"type": "responseTime", "operator": "lessThan", "target": "1000", "timingsScope": "all"},
        {
            "type": "body",
            "operator": "validatesJSONPath",
            "targetjsonpath": {"jsonpath": "$.n", "operator": "moreThan", "targetvalue": "1.5"},
        },
    ],
    "configVariables": [{"name": "A", "type": "text", "example": "x", "pattern": "x"}],
    "optionsList": {
        "tickEvery": 60,
        "httpVersion": "any",
        "checkCertificateRevocation": True,
        "minFailureDuration": 60,
        "minLocationFailed": 2,
        "monitorPriority": 1,
        "retry": {"count": 2, "interval": 300},
        "monitorOptions": {"renotifyInterval": 60, "escalationMessage": "still"},
        "scheduling": {
            "timezone": "UTC",
            "timeframes": [{"day": 1, "from": "08:00", "to": "10:00"}],
        },
    },
}
CERTIFICATE: dict[str, Any] = {
    "name": "certificate",
    "type": "api",
    "subtype": "ssl",
    "status": "live",
    "locations": ["aws:us-east-1"],
    "requestDefinition": {"host": "bynomi.com", "port": "443"},
    "assertions": [{"type": "certificate", "operator": "isInMoreThan", "target": "30"}],
    "optionsList": {"tickEvery": 300, "acceptSelfSigned": False},
}
STEPS: dict[str, Any] = {
    "name": "checkout",
    "type": "api",
    "subtype": "multi",
    "status": "paused",
    "locations": ["aws:us-east-1"],
    "optionsList": {"tickEvery": 300},
    "apiSteps": [
        {
            "name": "order",
            "allowFailure": True,
            "requestDefinition": {"method": "POST", "url": "https://bynomi.com/o", "body": "{}"},
            "requestHeaders": {"X-Own": "1"},
            "retry": {"count": 1, "interval": 100},
            "extractedValues": [
                {
                    "name": "ID",
                    "type": "http_body",
                    "parser": {"type": "json_path", "value": "$.id"},
                }
            ],
            "assertions": [{"type": "statusCode", "operator": "is", "target": "201"}],
        },
        {"name": "pause", "subtype": "wait", "value": 3},
    ],
}
QUERY: dict[str, Any] = {
    "name": "cpu",
    "type": "query alert",
    "message": " busy @slack-alerts ",
    "query": "avg(last_5m):avg:system.cpu.user{*} by {host} > 0.8",
    "priority": "2",
    "monitorThresholds": {"critical": "0.80", "warning": "0.7"},
    "notifyBies": ["host"],
    "tags": ["b", "a"],
    "timeoutH": 1,
    "validate": False,
    "schedulingOptions": {
        "customSchedule": {"recurrence": {"rrule": "FREQ=DAILY", "timezone": "UTC"}}
    },
}
EXAMPLES = [
    pytest.param(TEST, HTTP, id="http"),
    pytest.param(TEST, CERTIFICATE, id="ssl"),
    pytest.param(TEST, STEPS, id="multi"),
    pytest.param(MONITOR, QUERY, id="monitor"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cloud(address: str) -> Datadog:
    return Datadog(address)


def make(cloud: Datadog, type_: str, inputs: dict[str, Any]) -> Stored:
    checked = cloud.check(type_, "name", inputs, None, CONFIG)
    assert checked.failures == []
    return cloud.create(type_, "name", checked.inputs, CONFIG)


@pytest.mark.slow
@pytest.mark.parametrize(("type_", "inputs"), EXAMPLES)
def test_what_was_made_is_read_back_as_it_was_declared(
    cloud: Datadog, type_: str, inputs: dict[str, Any]
) -> None:
    made = make(cloud, type_, inputs)

    read = cloud.read(type_, made.id, inputs, made.outputs, CONFIG)

    assert read == Stored(made.id, made.outputs, inputs)
    assert cloud.diff(type_, made.id, inputs, inputs, made.outputs, CONFIG) == Difference()


@pytest.mark.parametrize(("type_", "inputs"), EXAMPLES)
def test_an_imported_resource_needs_no_change(
    cloud: Datadog, type_: str, inputs: dict[str, Any]
) -> None:
    made = make(cloud, type_, inputs)
    imported = cloud.read(type_, made.id, {}, {}, CONFIG)
    assert imported is not None
    assert imported.inputs is not None

    change = cloud.diff(type_, made.id, inputs, imported.inputs, imported.outputs, CONFIG)

    assert change == Difference()


def test_the_api_gets_datadogs_own_shape(cloud: Datadog) -> None:
    made = make(cloud, TEST, HTTP)

    stored = Api(CONFIG, cloud._address).call("GET", f"/api/v1/synthetics/tests/api/{made.id}")

    assert stored["config"] == {
        "assertions": [
            {"type": "statusCode", "operator": "is", "target": 200},
            {
                "type": "responseTime",
                "operator": "lessThan",
                "target": 1000,
                "timingsScope": "all",
            },
            {
                "type": "body",
                "operator": "validatesJSONPath",
                "target": {
                    "jsonPath": "$.n",
                    "operator": "moreThan",
                    "targetValue": 1.5,
                    "elementsOperator": "firstElementMatches",
                },
            },
        ],
        "configVariables": [{"name": "A", "type": "text", "example": "x", "pattern": "x"}],
        "request": {
            "method": "GET",
            "url": "https://bynomi.com/",
            "timeout": 30,
            "headers": {"X-Own": "1"},
            "basicAuth": {"type": "web", "username": "u", "password": "p"},
        },
    }
    assert stored["options"] == {
        "tick_every": 60,
        "httpVersion": "any",
        "checkCertificateRevocation": True,
        "min_failure_duration": 60,
        "min_location_failed": 2,
        "monitor_priority": 1,
        "retry": {"count": 2, "interval": 300},
        "monitor_options": {"renotify_interval": 60, "escalation_message": "still"},
        "scheduling": {
            "timezone": "UTC",
            "timeframes": [{"day": 1, "from": "08:00", "to": "10:00"}],
        },
    }
    assert made.outputs["monitorId"] == stored["monitor_id"]


@pytest.mark.parametrize(
    ("type_", "inputs", "change", "expected"),
    [
        (TEST, HTTP, {"message": "new"}, Difference({"message": "update"})),
        (TEST, HTTP, {"locations": HTTP["locations"][::-1]}, Difference()),
        (
            TEST,
            HTTP,
            {"optionsList": {**HTTP["optionsList"], "tickEvery": 120}},
            Difference({"optionsList.tickEvery": "update"}),
        ),
        (TEST, HTTP, {"message": UNKNOWN}, Difference({"message": "update"})),
        (TEST, HTTP, {"requestHeaders": None}, Difference({"requestHeaders": "delete"})),
        (TEST, CERTIFICATE, {"message": ""}, Difference()),
        (MONITOR, QUERY, {"tags": ["a", "b"], "validate": True}, Difference()),
        (
            MONITOR,
            QUERY,
            {"type": "log alert"},
            Difference({"type": "update"}, frozenset({"type"})),
        ),
    ],
)
def test_differences(
    cloud: Datadog, type_: str, inputs: dict[str, Any], change: dict[str, Any], expected: Difference
) -> None:
    assert cloud.diff(type_, "id", {**inputs, **change}, inputs, inputs, CONFIG) == expected


def test_an_update_and_a_change_from_outside_are_seen(cloud: Datadog) -> None:
    made = make(cloud, TEST, HTTP)
    news = {**HTTP, "optionsList": {**HTTP["optionsList"], "tickEvery": 120}}

    outputs = cloud.update(TEST, made.id, news, HTTP, made.outputs, CONFIG)
    read = cloud.read(TEST, made.id, HTTP, made.outputs, CONFIG)

    assert outputs == {**news, "monitorId": made.outputs["monitorId"]}
    assert read is not None
    assert read.inputs is not None
    assert read.inputs["optionsList"]["tickEvery"] == 120


def test_deleting_is_final_and_may_be_repeated(cloud: Datadog) -> None:
    for type_, inputs in ((TEST, HTTP), (MONITOR, QUERY)):
        made = make(cloud, type_, inputs)
        for _ in range(2):
            cloud.delete(type_, made.id, inputs, made.outputs, CONFIG)
        assert cloud.read(type_, made.id, inputs, made.outputs, CONFIG) is None


def test_a_create_that_was_interrupted_is_found_by_its_name(cloud: Datadog, address: str) -> None:
    inputs = {**HTTP, "name": "only once"}
    environment = {"DD_API_URL": f"{address}/"}
    assert find(TEST, inputs, environment) is None
    made = make(cloud, TEST, inputs)
    assert find(TEST, inputs, environment) == made.id


def test_a_preview_knows_no_computed_output(cloud: Datadog) -> None:
    assert cloud.planned(TEST, HTTP, None) == {**HTTP, "monitorId": UNKNOWN}
    prior = Stored("id", {**HTTP, "monitorId": 7}, HTTP)
    assert cloud.planned(TEST, HTTP, prior)["monitorId"] == 7


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (
            {"locatons": []},
            Failure("locatons", "unknown property 'locatons'; did you mean 'locations'?"),
        ),
        ({"status": None}, Failure("status", "missing required property 'status'")),
        ({"tags": "a"}, Failure("tags", "expected a list, got 'a'")),
        (
            {"optionsList": {"tickEvery": "60"}},
            Failure("optionsList.tickEvery", "expected a whole number, got '60'"),
        ),
    ],
)
def test_check_refuses_what_the_sdk_does_not_have(
    cloud: Datadog, change: dict[str, Any], failure: Failure
) -> None:
    assert cloud.check(TEST, "n", {**HTTP, **change}, None, CONFIG).failures == [failure]


def test_unknown_types_and_refusals_are_errors(cloud: Datadog) -> None:
    unknown = cloud.check("datadog:index/zork:Zork", "n", {}, None, CONFIG).failures
    assert [failure.reason for failure in unknown] == [
        f"pulumi-datadog {cloud.version} has no datadog:index/zork:Zork"
    ]
    with pytest.raises(CloudError, match="not in the sandbox's table of Datadog types"):
        cloud.check("datadog:index/dashboard:Dashboard", "n", {}, None, CONFIG)
    with pytest.raises(CloudError, match="table of Datadog look-ups"):
        cloud.invoke("datadog:index/getMonitor:getMonitor", {}, CONFIG)
    with pytest.raises(CloudError, match="must be at least 30, got 5"):
        cloud.create(TEST, "n", {**HTTP, "optionsList": {"tickEvery": 5}}, CONFIG)
    with pytest.raises(CloudError, match="does not translate the property 'setCookie'"):
        cloud.create(TEST, "n", {**HTTP, "setCookie": "a=b"}, CONFIG)


def test_configuration_names_the_missing_secret_and_stays_in_the_sandbox(
    cloud: Datadog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DD_API_URL", raising=False)

    assert cloud.check_config({**CONFIG, "validate": False, "version": "5.17.0"}) == []
    assert cloud.check_config({"appKey": "key"}) == [
        Failure(
            "apiKey",
            "no apiKey: set it by `pulumi config set --secret upkeep:datadogApiKey VALUE`",
        )
    ]
    assert [f.property for f in cloud.check_config({**CONFIG, "apikey": "x"})] == ["apikey"]
    outside = {**CONFIG, "apiUrl": "https://api.datadoghq.com"}
    assert [f.property for f in cloud.check_config(outside)] == ["apiUrl"]
    assert Datadog().check_config(CONFIG) == [
        Failure("", "DD_API_URL is not set: the stand-in needs the sandbox's Datadog")
    ]
    with pytest.raises(CloudError, match="DD_API_URL is not set"):
        Datadog().create(TEST, "n", HTTP, CONFIG)


def test_sets_of_objects_have_no_order_and_neither_have_their_keys() -> None:
    """The wire gives the keys of an object in any order: nothing has changed."""
    resource = RESOURCES["datadog:index/logsMetric:LogsMetric"]
    one = [{"path": "env", "tagName": "env"}, {"path": "service", "tagName": "service"}]
    other = [{"tagName": "service", "path": "service"}, {"path": "env", "tagName": "env"}]
    assert _meaning(resource, {"groupBies": one}) == _meaning(resource, {"groupBies": other})
