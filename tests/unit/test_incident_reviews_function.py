"""What owes a review, since when, and what becomes of it once it is written."""

import importlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pulumi_upkeep
import pytest
import time_machine

FOLDER = Path(pulumi_upkeep.__file__).parent / "functions" / "incident_reviews"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = "a-key-that-nobody-may-see"
TYPE = "type-of-prod"


def incident(number: int, days: float | None, **changes: Any) -> dict[str, Any]:
    """One that was resolved so many days ago."""
    resolved = None if days is None else (NOW - timedelta(days=days)).isoformat()
    fields = {
        "public_id": number,
        "title": f"Trouble {number}",
        "severity": "SEV-1",
        "state": "resolved",
        "resolved": resolved,
        "incident_type_uuid": TYPE,
        "is_test": False,
    }
    return {"id": f"id-{number}", "attributes": {**fields, **changes}}


class Cloud:
    """boto3 and urllib3, as far as the function calls them."""

    def __init__(self) -> None:
        self.incidents: list[dict[str, Any]] = []
        self.reviewed: set[str] = set()
        self.asked: list[str] = []
        self.metrics: dict[str, float] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self.secret = json.dumps({"api_key": KEY, "app_key": KEY})
        self.status = 200

    def client(self, service: str, **_given: Any) -> Any:
        return self

    def get_secret_value(self, SecretId: str) -> Any:
        return {"SecretString": self.secret}

    def request(self, method: str, url: str, headers: Any, **_given: Any) -> Any:
        assert (headers["DD-API-KEY"], headers["DD-APPLICATION-KEY"]) == (KEY, KEY)
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        self.asked.append(url)
        if path.endswith("/attachments"):
            assert query["filter[attachment_type]"] == ["1"]
            id_ = path.split("/")[-2]
            data: Any = [{"id": "notebook"}] if id_ in self.reviewed else []
        else:
            offset, size = (int(query[f"page[{name}]"][0]) for name in ("offset", "size"))
            page = self.incidents[offset : offset + size]
            total = len(self.incidents)
            found = {"incidents": [{"data": each} for each in page], "total": total}
            data = {"attributes": found}
        return SimpleNamespace(status=self.status, data=json.dumps({"data": data}))

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        assert Namespace == "Upkeep/Operate"
        for each in MetricData:
            assert each["Dimensions"] == [{"Name": "Stack", "Value": "bynomi-prod"}]
            self.metrics[each["MetricName"]] = each["Value"]

    def describe_ops_items(self, OpsItemFilters: Any) -> Any:
        return {"OpsItemSummaries": [e for e in self.items.values() if e["Status"] == "Open"]}

    def create_ops_item(self, **asked: Any) -> None:
        id_ = f"oi-{len(self.items)}"
        self.items[id_] = {**asked, "OpsItemId": id_, "Status": "Open"}

    def update_ops_item(self, OpsItemId: str, Status: str) -> None:
        self.items[OpsItemId]["Status"] = Status


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def main(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function's module, as it is imported from its archive."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "main", raising=False)
    module = importlib.import_module("main")
    monkeypatch.setattr(module, "boto3", cloud)
    monkeypatch.setattr(module, "urllib3", SimpleNamespace(PoolManager=lambda: cloud))
    for name, value in {
        "INCIDENT_TYPE": TYPE,
        "SEVERITIES": json.dumps({"SEV-1": "p0", "SEV-2": "p1"}),
        "WITHIN": "5",
        "OWNER": "incident-response",
        "RUNBOOK": "https://runbooks.example/review-owed",
        "STACK": "bynomi-prod",
        "KEYS": "keys",
        "DATADOG_URL": "https://api.datadoghq.com",
        "APP_URL": "https://app.datadoghq.com",
    }.items():
        monkeypatch.setenv(name, value)
    with time_machine.travel(NOW, tick=False):
        yield module
    sys.modules.pop("main", None)


def test_what_is_resolved_and_not_reviewed_is_owed(main: ModuleType, cloud: Cloud) -> None:
    cloud.incidents = [incident(1, 6), incident(2, 2.5, severity="SEV-2"), incident(3, 9)]
    cloud.reviewed = {"id-3"}
    answer = main.handler(None, None)
    assert answer["reviewed"] == 1
    assert answer["owed"] == [
        {
            "id": "id-1",
            "number": 1,
            "title": "Trouble 1",
            "severity": "p0",
            "resolved": "2026-11-16T12:00:00+00:00",
            "days": 6.0,
            "by": "2026-11-21",
            "overdue": True,
            "address": "https://app.datadoghq.com/incidents/1",
        },
        {
            "id": "id-2",
            "number": 2,
            "title": "Trouble 2",
            "severity": "p1",
            "resolved": "2026-11-20T00:00:00+00:00",
            "days": 2.5,
            "by": "2026-11-25",
            "overdue": False,
            "address": "https://app.datadoghq.com/incidents/2",
        },
    ]
    assert cloud.metrics == {"ReviewOwedAge": 6.0, "ReviewsOwed": 2}
    (query,) = parse_qs(urlsplit(cloud.asked[0]).query)["query"]
    assert query == "state:(resolved OR completed) AND severity:(SEV-1 OR SEV-2)"


def test_nothing_owed_is_told_as_nothing(main: ModuleType, cloud: Cloud) -> None:
    assert main.handler(None, None) == {"owed": [], "reviewed": 0}
    assert cloud.metrics == {"ReviewOwedAge": 0, "ReviewsOwed": 0}
    assert cloud.items == {}


@pytest.mark.parametrize(
    "changes", [{"incident_type_uuid": "type-of-staging"}, {"is_test": True}, {"resolved": None}]
)
def test_others_owe_nothing(main: ModuleType, cloud: Cloud, changes: dict[str, Any]) -> None:
    cloud.incidents = [incident(1, 6, **changes)]
    assert main.handler(None, None)["owed"] == []
    # The other side: without the change it would.
    cloud.incidents = [incident(1, 6)]
    assert [each["number"] for each in main.handler(None, None)["owed"]] == [1]


def test_many_pages_are_read(main: ModuleType, cloud: Cloud) -> None:
    cloud.incidents = [incident(number, 1 + number / 1000) for number in range(1, 251)]
    cloud.reviewed = {f"id-{number}" for number in range(1, 250)}
    answer = main.handler(None, None)
    assert ([each["number"] for each in answer["owed"]], answer["reviewed"]) == ([250], 249)


def test_an_item_is_open_until_the_review_is_there(main: ModuleType, cloud: Cloud) -> None:
    cloud.incidents = [incident(1, 1)]
    for _ in range(2):  # one item, however often is looked
        main.handler(None, None)
    ((item),) = cloud.items.values()
    assert item["Title"] == "bynomi-prod: review owed: P0 #1 Trouble 1"
    assert "incident-response writes its review by 2026-11-26" in item["Description"]
    assert (item["Source"], item["Priority"], item["Status"]) == ("upkeep-reviews", 2, "Open")
    cloud.items["other"] = {
        **item,
        "Title": "bynomi-staging: review owed: P0 #1",
        "OpsItemId": "other",
    }
    cloud.reviewed = {"id-1"}
    main.handler(None, None)
    states = {each["Title"].partition(":")[0]: each["Status"] for each in cloud.items.values()}
    assert states == {"bynomi-prod": "Resolved", "bynomi-staging": "Open"}


def test_a_refusal_fails_without_a_word_of_the_keys(
    main: ModuleType, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.status = 403
    with pytest.raises(main.Refused, match="/api/v2/incidents/search: 403") as refused:
        main.handler(None, None)
    assert KEY not in str(refused.value) + capsys.readouterr().out
    assert cloud.metrics == {}
