"""One of every Datadog type at once, read by Datadog's own client."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.v2.api.users_api import UsersApi
from werkzeug.serving import make_server

from sandbox.datadog import app as datadog
from sandbox.datadog import incidents, models, roles, status_pages
from sandbox.datadog.data_scanner import pattern_id
from sandbox.datadog.kinds import Kind
from sandbox.providers.cloud import CloudError
from sandbox.providers.datadog import Datadog
from sandbox.providers.datadog.api import Api
from tests.datadog_client import LISTS, client, read, unparsed
from tests.datadog_types import EXAMPLES, resolved

CONFIG = {"apiKey": "key", "appKey": "key"}
each = pytest.mark.parametrize("name", EXAMPLES)


class Held:
    """A Datadog with one of everything."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cloud = Datadog(address)
        self.outputs: dict[str, dict[str, Any]] = {}
        for name, example in EXAMPLES.items():
            inputs = resolved(example.inputs, self.outputs)
            made = self.cloud.create(example.token, name, inputs, CONFIG)
            self.outputs[name] = {**made.outputs, "id": made.id}

    def delete(self, name: str) -> None:
        outputs = self.outputs[name]
        self.cloud.delete(EXAMPLES[name].token, outputs["id"], outputs, outputs, CONFIG)


@pytest.fixture(scope="module")
def held() -> Iterator[Held]:
    server = make_server("127.0.0.1", 0, datadog.create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Held(f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def api(held: Held) -> Iterator[ApiClient]:
    with client(held.address) as found:
        yield found


@pytest.mark.slow
@each
def test_datadogs_own_client_deserialises_it(held: Held, api: ApiClient, name: str) -> None:
    outputs = held.outputs[name]
    of = outputs.get("teamId") or outputs.get("pageId") or outputs.get("userId") or ""

    found = read(api, EXAMPLES[name].type, outputs["id"], of)

    assert list(unparsed(found)) == []


@pytest.mark.parametrize("name", LISTS)
def test_datadogs_own_client_lists_it(held: Held, api: ApiClient, name: str) -> None:
    assert list(unparsed(LISTS[name](api))) == []


def test_something_the_client_does_not_know_would_be_seen(held: Held, api: ApiClient) -> None:
    found = read(api, "monitor", held.outputs["latency"]["id"])
    assert list(unparsed([found, {"type": "?"}])) == []
    found._data_store["type"]._unparsed = True
    assert [path.partition(":")[0] for path in unparsed(found)] == [".type"]


CONFIGURED = [kind for kind in incidents.KINDS if kind is not incidents.INCIDENT]
KINDS = (*datadog._KINDS, *status_pages.KINDS, *CONFIGURED, *roles.KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_answers_hold_what_the_models_name_and_no_more(held: Held, kind: Kind) -> None:
    calls = Api(CONFIG, held.address)
    teams, pages = held.outputs["team"]["id"], held.outputs["page"]["id"]
    path = kind.path.replace("<team_id>", teams).replace("<page_id>", pages)
    path = path.replace("<user_id>", held.outputs["phone"]["userId"])
    ids = [
        outputs["userId"] if EXAMPLES[name].type == "teamMembership" else outputs["id"]
        for name, outputs in held.outputs.items()
    ]
    found = [answer for id_ in ids if (answer := calls.call("GET", f"{path}/{id_}"))]
    assert found
    for answer in found:
        assert models.faults(kind.answer, answer) == []
    if kind.plural:
        listed = calls.call("GET", path)
        # A list of plain objects has no model of its own.
        for entry in listed if isinstance(listed, list) else [listed]:
            assert models.faults(kind.answers, entry) == []


def test_the_people_of_the_plans_are_there(api: ApiClient, held: Held) -> None:
    users = UsersApi(api).list_users()  # type: ignore[no-untyped-call]
    assert list(unparsed(users)) == []
    assert {user.attributes.email for user in users.data} == {
        "devops@bynomi.com",
        "dev@bynomi.com",
        "product@bynomi.com",
        "support-manager@bynomi.com",
        "support@bynomi.com",
        "admin-support@bynomi.com",
        "oncall@prize-draw.example",
        "dev@prize-draw.example",
    }
    token = "datadog:index/getUser:getUser"
    found = held.cloud.invoke(token, {"filter": "devops@bynomi.com"}, CONFIG)
    assert (found["email"], found["disabled"]) == ("devops@bynomi.com", False)
    exact = {"filter": "dev@bynomi.com", "exactMatch": True}
    assert held.cloud.invoke(token, exact, CONFIG)["email"] == "dev@bynomi.com"
    with pytest.raises(CloudError, match="returned more than one result"):
        held.cloud.invoke(token, {"filter": "bynomi.com"}, CONFIG)
    with pytest.raises(CloudError, match="didn't find any user"):
        held.cloud.invoke(token, {"filter": "nobody@bynomi.com"}, CONFIG)


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("latency", "monitors: .*; SLOs: "),
        ("available", "monitor .*, dashboard "),
        ("rota", "the escalation policy 'Shop'"),
        ("policy", "the routing rules of team"),
        ("team", "the escalation policy 'Shop'"),
        ("office", "test "),
        ("customer", "test "),
    ],
)
def test_what_something_stands_on_is_not_deleted(held: Held, name: str, holder: str) -> None:
    with pytest.raises(CloudError, match=holder):
        held.delete(name)


def test_a_team_and_a_standard_pattern_are_looked_up(held: Held) -> None:
    def look(name: str, args: dict[str, Any]) -> dict[str, Any]:
        return held.cloud.invoke(f"datadog:index/{name}:{name}", args, CONFIG)

    team = held.outputs["team"]["id"]
    assert look("getTeam", {"filterKeyword": "shop"})["teamId"] == team
    assert look("getTeam", {"teamId": team})["handle"] == "shop"
    with pytest.raises(CloudError, match="returned 0 teams"):
        look("getTeam", {"filterKeyword": "nobody"})

    pattern = "getSensitiveDataScannerStandardPattern"
    found = look(pattern, {"filter": "Visa Card Scanner (4x4 digits)"})
    assert found["id"] == pattern_id("Visa Card Scanner (4x4 digits)")
    with pytest.raises(CloudError, match="returned 2 standard patterns"):
        look(pattern, {"filter": "4x4 digits"})


def test_what_datadog_does_not_list_is_shown_by_the_sandbox(held: Held) -> None:
    calls = Api(CONFIG, held.address)
    listed = calls.call("GET", "/_upkeep/held/OnCallEscalationPolicy")
    assert [each["id"] for each in listed] == [held.outputs["policy"]["id"]]
    assert calls.call("GET", "/_upkeep/held/Zork") == []
    with pytest.raises(CloudError, match="Method Not Allowed"):
        calls.call("GET", "/api/v2/on-call/escalation-policies")
