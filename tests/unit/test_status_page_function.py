"""The function that keeps the status page: what it publishes, when, and what it leaves alone."""

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from datadog_api_client.v2.model.create_degradation_request import CreateDegradationRequest
from datadog_api_client.v2.model.patch_degradation_request import PatchDegradationRequest
from pulumi_upkeep.functions.status_page import main

from sandbox.datadog.models import faults

PAGE = "11111111-1111-4111-8111-111111111111"
SHOP = "22222222-2222-4222-8222-222222222222"
BUY = "33333333-3333-4333-8333-333333333333"
KEPT: dict[str, Any] = {
    "page": PAGE,
    "notify": True,
    "components": [
        {"id": SHOP, "name": "Shop", "monitors": [1]},
        {"id": BUY, "name": "Checkout", "monitors": [2, 3]},
    ],
}


class Datadog:
    """A page that keeps what it is told, after Datadog's own client has read it."""

    def __init__(self) -> None:
        self.states = {1: "OK", 2: "OK", 3: "OK"}
        self.downtimes: dict[int, list[Any]] = {}
        self.notices: list[dict[str, Any]] = []
        self.writes: list[tuple[str, str]] = []

    def call(self, method: str, path: str, query: Any, body: Any = None) -> Any:
        if path.startswith("/api/v1/monitor/"):
            assert query == {"with_downtimes": "true"}
            number = int(path.rpartition("/")[2])
            return {
                "id": number,
                "overall_state": self.states[number],
                "matching_downtimes": self.downtimes.get(number, []),
            }
        if method == "GET":
            assert query["filter[page_id]"] == PAGE
            return {"data": self.notices}
        assert query == {"notify_subscribers": "true"}
        self.writes.append((method, path))
        attributes = body["data"]["attributes"]
        if method == "POST":
            assert path == f"/api/v2/statuspages/{PAGE}/degradations"
            assert faults(CreateDegradationRequest, body) == []
            self.notices.append({"id": str(uuid.uuid4()), "attributes": attributes})
        else:
            assert faults(PatchDegradationRequest, body) == []
            (notice,) = [each for each in self.notices if path.endswith(each["id"])]
            assert body["data"]["id"] == notice["id"]
            notice["attributes"] |= attributes
        return {}

    def shown(self) -> dict[str, list[tuple[str, str]]]:
        """Title -> status, and what it says of each component."""
        return {
            each["attributes"]["title"]: [
                (each["attributes"]["status"], component["status"])
                for component in each["attributes"]["components_affected"]
            ]
            for each in self.notices
        }


@pytest.fixture
def datadog() -> Datadog:
    return Datadog()


def test_nothing_is_published_while_all_is_well(datadog: Datadog) -> None:
    datadog.states[3] = "No Data"
    assert main.keep(KEPT, datadog) == {}
    assert datadog.writes == []


def test_from_the_first_failure_to_the_end(datadog: Datadog) -> None:
    datadog.states[2] = "Alert"
    assert main.keep(KEPT, datadog) == {"Checkout": "partial_outage"}
    # The next minute has nothing to add.
    assert main.keep(KEPT, datadog) == {}

    datadog.states[3] = "Alert"
    assert main.keep(KEPT, datadog) == {"Checkout": "major_outage"}
    datadog.states |= {2: "OK", 3: "Warn"}
    assert main.keep(KEPT, datadog) == {"Checkout": "operational"}
    assert main.keep(KEPT, datadog) == {}

    assert datadog.shown() == {"Trouble with: Checkout": [("resolved", "operational")]}
    assert [method for method, _ in datadog.writes] == ["POST", "PATCH", "PATCH"]


def test_what_fails_again_is_a_new_notice(datadog: Datadog) -> None:
    datadog.states[1] = "Alert"
    main.keep(KEPT, datadog)
    datadog.states[1] = "OK"
    main.keep(KEPT, datadog)
    datadog.states[1] = "Alert"
    assert main.keep(KEPT, datadog) == {"Shop": "major_outage"}
    assert [each["attributes"]["status"] for each in datadog.notices] == [
        "resolved",
        "investigating",
    ]


def test_a_test_in_a_downtime_judges_nothing(datadog: Datadog) -> None:
    datadog.states[1] = "Alert"
    datadog.downtimes[1] = [{"id": 7}]
    assert main.keep(KEPT, datadog) == {}

    datadog.downtimes = {}
    assert main.keep(KEPT, datadog) == {"Shop": "major_outage"}


def test_notices_of_people_are_left_alone(datadog: Datadog) -> None:
    theirs = {
        "id": "theirs",
        "attributes": {
            "title": "Payments are slow",
            "status": "identified",
            "components_affected": [{"id": BUY, "status": "degraded"}],
        },
    }
    datadog.notices.append(json.loads(json.dumps(theirs)))
    assert main.keep(KEPT, datadog) == {}
    datadog.states[2] = "Alert"
    main.keep(KEPT, datadog)
    datadog.states[2] = "OK"
    main.keep(KEPT, datadog)
    assert datadog.notices[0] == theirs


def test_a_refused_request_fails_the_function(datadog: Datadog) -> None:
    """What cannot be seen is not called well: the alarm on the function's errors says so."""
    del datadog.states[3]
    with pytest.raises(KeyError):
        main.keep(KEPT, datadog)
    assert datadog.writes == []


def test_what_goes_over_the_wire() -> None:
    seen: list[tuple[str, str, str | None, Any]] = []

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"] or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            keys = f"{self.headers['DD-API-KEY']}/{self.headers['DD-APPLICATION-KEY']}"
            seen.append((self.command, self.path, keys, body))
            self.send_response(201)
            self.end_headers()
            self.wfile.write(b'{"data": []}')

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        site = f"http://127.0.0.1:{server.server_port}"
        api = main.Datadog(site, {"api_key": "one", "app_key": "two"})
        assert api.call("GET", "/api/v2/x", {"filter[page_id]": "p", "page[limit]": 100}) == {
            "data": []
        }
        api.call("POST", "/api/v2/x", {"notify_subscribers": "true"}, {"data": 1})
    finally:
        server.shutdown()
        server.server_close()
    assert seen == [
        ("GET", "/api/v2/x?filter%5Bpage_id%5D=p&page%5Blimit%5D=100", "one/two", None),
        ("POST", "/api/v2/x?notify_subscribers=true", "one/two", {"data": 1}),
    ]
