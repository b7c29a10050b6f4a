"""Every Datadog type under the real engine, from its first preview to its end, read back by
Datadog's own client, which knows nothing of Pulumi."""

import json
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client import ApiClient

from sandbox.providers.datadog import find
from sandbox.server import PROJECT, Addresses
from tests.datadog_client import LISTS, client, read, unparsed
from tests.datadog_types import EXAMPLES
from tests.engine.conftest import MakeProject, MakePulumi
from tests.engine.deployed import STACKS, Deployed
from tests.engine.test_stand_in_engine import changes, up
from tools.upkeep.pulumi import Pulumi

PROGRAM = f"""
    import sys

    import pulumi

    sys.path.insert(0, {str(PROJECT)!r})
    from tests.engine.every_datadog_type import program

    program(changed=pulumi.Config("every").require_bool("changed"))
"""


def turn(folder: Path, *, changed: bool) -> None:
    config = {"config": {"every:changed": changed}}
    (folder / "Pulumi.prod.yaml").write_text(json.dumps(config), encoding="utf-8")


def state(pulumi: Pulumi) -> dict[str, dict[str, Any]]:
    """The Datadog resources of the state, by name, with secrets in plain text."""
    exported = pulumi.run("stack", "export", "--stack", "prod", "--show-secrets")
    return {
        each["urn"].rpartition("::")[2]: each
        for each in json.loads(exported.stdout)["deployment"]["resources"]
        if each["type"].startswith("datadog:")
    }


def found(api: ApiClient, each: dict[str, Any]) -> Any:
    """What Datadog's own client finds of a resource, wholly deserialised."""
    inputs = each["inputs"]
    of = next((inputs[key] for key in ("teamId", "pageId", "userId") if inputs.get(key)), "")
    type_ = each["type"].rpartition("/")[2].partition(":")[0]
    answer = read(api, type_, each["id"], of)
    assert list(unparsed(answer)) == []
    return answer.to_dict() if type_ == "webhook" else answer


@pytest.mark.slow
def test_every_datadog_type_lives_its_life(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    folder = project(PROGRAM)
    turn(folder, changed=False)
    every: Pulumi = pulumi(folder, own_sandbox)
    every.run("stack", "init", "prod")
    every.run("up", "--yes", "--stack", "prod")  # with its preview: outputs not known yet

    resources = state(every)
    assert resources.keys() == EXAMPLES.keys()
    with client(own_sandbox.dd_api_url) as api:
        answers = {name: found(api, each) for name, each in resources.items()}
        for listed in LISTS.values():
            assert list(unparsed(listed(api))) == []
    _figures(answers)
    where = {"DD_API_URL": own_sandbox.dd_api_url}
    for name, each in resources.items():
        assert (name, find(each["type"], each["inputs"], where)) == (name, each["id"])

    assert changes(every) == {}
    assert changes(every, "--refresh") == {}

    turn(folder, changed=True)
    assert changes(every).keys() == {"update"}
    up(every)
    assert {each["id"] for each in state(every).values()} == {
        each["id"] for each in resources.values()
    }
    assert changes(every, "--refresh") == {}

    every.run("destroy", "--yes", "--skip-preview", "--stack", "prod")
    for each in resources.values():
        # What it belongs to is gone with it.
        assert find(each["type"], each["inputs"], where) is None


@pytest.mark.parametrize("stack", STACKS)
def test_datadogs_own_client_reads_all_of_an_environment(deployed: Deployed, stack: str) -> None:
    state = deployed.state(stack, "--show-secrets")
    held = [each for each in state["resources"] if each["type"].startswith("datadog:")]
    assert held
    where = {"DD_API_URL": deployed.addresses.dd_api_url}
    with client(deployed.addresses.dd_api_url) as api:
        for each in held:
            found(api, each)
            assert find(each["type"], plain(each["inputs"]), where) == each["id"]


def plain(value: Any) -> Any:
    """A value of an exported state, its secrets in plain text."""
    match value:
        case {"plaintext": str(text)}:
            return json.loads(text)
        case dict():
            return {name: plain(each) for name, each in value.items()}
        case list():
            return [plain(each) for each in value]
    return value


def _figures(answers: dict[str, Any]) -> None:
    """Some figures of each area, as the client's own attributes."""
    assert answers["latency"].options.thresholds.critical == 0.5
    assert [each.target for each in answers["available"].data.thresholds] == [99.9, 99.9]
    assert answers["index"].num_retention_days == 30
    assert answers["index"].daily_limit == 1_000_000
    archive = answers["archive"].data.attributes.destination
    assert (archive.bucket, archive.integration.role_name) == ("bynomi-prod-logs", "datadog-logs")
    assert answers["token"].attributes.text_replacement.replacement_string == "[token]"
    assert answers["shop"].data.attributes.client_token.startswith("pub")
    weekly = answers["weekly"].data.attributes.schedule
    assert weekly.recurrences[0].duration == "2h"
    assert str(weekly.current_downtime.start) == "2099-01-07 08:00:00+00:00"
    steps = [each for each in answers["policy"].included if str(each.type) == "steps"]
    assert [each.attributes.escalate_after_seconds for each in steps] == [300, 600]
    assert len(answers["cart"].config.steps) == 3
    assert answers["browser"].options.tick_every == 900
    components = answers["page"].data.attributes.components
    assert [each.name for each in components] == ["Shop", "Payments"]
    assert answers["overview"].widgets[0].definition.title == "Shop"
