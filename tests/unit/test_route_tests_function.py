"""What a route's test says, over each kind of route, and what becomes of one that fails."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pulumi_upkeep
import pytest
from datadog_api_client.v1.model.event_create_request import EventCreateRequest
from datadog_api_client.v2.model.create_page_request import CreatePageRequest

from sandbox.datadog import models

FOLDER = Path(pulumi_upkeep.__file__).parent / "functions" / "route_tests"
TOPIC = "arn:aws:sns:us-west-2:123456789012:alerts-p0"
KEY = "a-key-that-nobody-may-see"
ROUTES = {
    "p0-here": {"topic": TOPIC},
    "p0-datadog": {"handles": "@dev@x.example @oncall-ops @webhook-tickets @slack-x-incidents"},
    "p0-on-call": {"team": "ops"},
}


class Cloud:
    """boto3 and urllib3, as far as the function calls them."""

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {f"/x/{route}": "{}" for route in ROUTES}
        self.published: list[dict[str, Any]] = []
        self.posted: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.metrics: list[dict[str, Any]] = []
        self.secret: str | None = json.dumps({"api_key": KEY, "app_key": KEY})
        self.status = 202

    def client(self, service: str, **_given: Any) -> Any:
        return self

    def get_parameter(self, Name: str) -> Any:
        return {"Parameter": {"Value": self.parameters[Name]}}

    def put_parameter(self, Name: str, Value: str, **_given: Any) -> None:
        self.parameters[Name] = Value

    def publish(self, **message: Any) -> None:
        self.published.append(message)

    def get_secret_value(self, SecretId: str) -> Any:
        if self.secret is None:
            raise PermissionError(f"no secret {SecretId} {KEY}")
        return {"SecretString": self.secret}

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        self.metrics += MetricData

    def request(self, method: str, url: str, body: str, headers: Any, **_given: Any) -> Any:
        self.posted.append((url, json.loads(body), headers))
        return SimpleNamespace(status=self.status)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def main(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function's module, as it is imported from its archive."""
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in ("main", "routes"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    module, routes = importlib.import_module("main"), importlib.import_module("routes")
    for each in (module, routes):
        monkeypatch.setattr(each, "boto3", cloud)
    monkeypatch.setattr(routes, "urllib3", SimpleNamespace(PoolManager=lambda: cloud))
    for name, value in {
        "ROUTES": json.dumps(ROUTES),
        "PARAMETERS": "/x",
        "KEYS": "keys",
        "WITHIN": "8",
        "ENVIRONMENT": "bynomi-prod",
        "STACK": "prod",
        "ACKNOWLEDGE": "bynomi-prod-route-tests-acknowledge",
        "AWS_REGION": "us-west-2",
        "DATADOG_URL": "https://api.datadoghq.com",
        "PAGING_URL": "https://navy.oncall.datadoghq.com",
    }.items():
        monkeypatch.setenv(name, value)
    yield module
    for name in ("main", "routes"):
        sys.modules.pop(name, None)


def code_in(text: str) -> str:
    return text.partition("CODE=")[2].split()[0]


def test_every_channel_of_a_topic_can_read_it(main: ModuleType, cloud: Cloud) -> None:
    assert main.send({"routes": ["p0-here"]}, None) == {"sent": ["p0-here"], "failed": {}}
    (message,) = cloud.published
    assert (message["TopicArn"], message["MessageStructure"]) == (TOPIC, "json")
    assert len(message["Subject"]) <= 100
    by_protocol = json.loads(message["Message"])
    assert by_protocol.keys() == {"default", "sms", "https"}
    # A phone shows it in one message, plain letters; Slack's application drops what is not this.
    assert len(by_protocol["sms"]) <= 160
    chat = json.loads(by_protocol["https"])
    assert (chat["version"], chat["source"]) == ("1.0", "custom")
    assert chat["content"]["description"] == by_protocol["default"]
    code = code_in(by_protocol["default"])
    assert code == code_in(by_protocol["sms"])
    assert code not in cloud.parameters["/x/p0-here"]


def test_datadog_takes_what_it_is_sent(main: ModuleType, cloud: Cloud) -> None:
    assert main.send(None, None)["failed"] == {}
    (event_url, event, headers), (page_url, page, _) = cloud.posted
    assert event_url == "https://api.datadoghq.com/api/v1/events"
    assert models.faults(EventCreateRequest, event) == []
    # Whoever answers is paged by a route of its own, and no tracker gets a case.
    assert event["text"].splitlines()[-1] == "@dev@x.example @slack-x-incidents"
    assert page_url == "https://navy.oncall.datadoghq.com/api/v2/on-call/pages"
    assert models.faults(CreatePageRequest, page) == []
    assert page["data"]["attributes"]["target"] == {"identifier": "ops", "type": "team_handle"}
    assert (headers["DD-API-KEY"], headers["DD-APPLICATION-KEY"]) == (KEY, KEY)


def test_without_keys_the_topics_are_tested_all_the_same(
    main: ModuleType, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.secret = None
    answer = main.send({}, None)
    assert answer == {
        "sent": ["p0-here"],
        "failed": dict.fromkeys(("p0-datadog", "p0-on-call"), "Datadog's keys: PermissionError"),
    }
    assert KEY not in capsys.readouterr().out


def test_what_datadog_refuses_has_failed_and_says_no_key(
    main: ModuleType, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.status = 403
    answer = main.send({}, None)
    assert answer["failed"] == {"p0-datadog": "Refused", "p0-on-call": "Refused"}
    said = capsys.readouterr().out
    assert "p0-datadog" in said
    assert KEY not in said


def test_a_code_is_good_once_and_until_the_next_test(main: ModuleType, cloud: Cloud) -> None:
    main.send({"routes": ["p0-here"]}, None)
    first = code_in(cloud.published[0]["Message"])
    main.send({"routes": ["p0-here"]}, None)
    second = code_in(cloud.published[1]["Message"])

    def acknowledged(code: str, route: str = "p0-here") -> bool:
        done: bool = main.acknowledge({"route": route, "code": code}, None)["acknowledged"]
        return done

    assert not acknowledged(first)
    assert not acknowledged("")
    assert not acknowledged(second, "p0-on-call")
    assert acknowledged(f" {second} ")
    assert not acknowledged(second)
    assert "no route 'p9'" in main.acknowledge({"route": "p9", "code": second}, None)["says"]


def test_a_route_ages_from_its_first_day_until_somebody_answers(
    main: ModuleType, cloud: Cloud
) -> None:
    cloud.parameters["/x/p0-here"] = json.dumps({"since": "2026-01-01T00:00:00+00:00"})
    found = main.ages({}, None)
    assert found["p0-here"] > 300
    assert found["p0-on-call"] == 0
    assert [each["MetricName"] for each in cloud.metrics] == ["RouteTestAge"] * 3
    main.send({"routes": ["p0-here"]}, None)
    assert main.ages({}, None)["p0-here"] > 300
    main.acknowledge({"route": "p0-here", "code": code_in(cloud.published[0]["Message"])}, None)
    assert main.ages({}, None)["p0-here"] == pytest.approx(0, abs=0.01)
