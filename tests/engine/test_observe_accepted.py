"""Everything that the shipped plans declare in Datadog, against the sandbox's Datadog without an
engine: it is accepted, refreshes without a difference, is found again, and Datadog's own client
reads it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan import Plan
from werkzeug.serving import make_server

from sandbox.datadog.app import create_app
from sandbox.datadog.users import EMAILS, id_of
from sandbox.providers.cloud import CloudError, Difference
from sandbox.providers.datadog import Datadog
from sandbox.server import PROJECT
from tests.datadog_client import client, read, unparsed
from tools.upkeep.declared import Declared, declared

pytestmark = pytest.mark.slow

CONFIG = {"apiKey": "key", "appKey": "key"}
PLANS = (
    "Pulumi.prod.yaml",
    "Pulumi.staging.yaml",
    "examples/prize-draw/Pulumi.prod.yaml",
)
# What a test of the declaration alone cannot know: outputs other than ids, and secrets.
SECRET = "5a5a5a5a"


@pytest.fixture
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Filling:
    """Properties with the ids of what was made in place of the names that stand for them."""

    def __init__(self, monitor: int) -> None:
        self.ids = {f"user-{email}": id_of(email) for email in EMAILS}
        self._monitor = monitor

    def fill(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.fill(item) for name, item in value.items() if item is not None}
        if isinstance(value, list):
            # A test's monitor is an output that nothing stands for: any monitor does.
            known = [self._monitor] if None in value else []
            return known + [self.fill(item) for item in value if item is not None]
        if isinstance(value, float) and value.is_integer():  # as it comes over the wire
            return int(value)
        if not isinstance(value, str):
            return value
        if value.startswith(SECRET):
            return f"https://example.com/{value}"
        for name in sorted(self.ids, key=len, reverse=True):
            value = value.replace(name, self.ids[name])
        return value


@pytest.mark.parametrize("file", PLANS)
def test_datadog_takes_what_a_plan_declares(address: str, file: str) -> None:
    cloud = Datadog(address)
    declaration = declared(PROJECT / Path(file))
    todo = [each for each in declaration.resources if _is_datadogs(each)]
    assert todo
    answers: dict[str, list[Any]] = {}
    monitor = "datadog:index/monitor:Monitor"
    query = "avg(last_5m):avg:a{*} > 1"
    some = {"name": "some", "type": "query alert", "query": query, "message": "m"}
    filling = Filling(int(cloud.create(monitor, "some", some, CONFIG).id))
    refused: dict[str, str] = {}
    # What stands on something else waits for it.
    while todo:
        left = []
        for each in todo:
            inputs = filling.fill(each.props)
            assert cloud.check(each.type, each.name, inputs, None, CONFIG).failures == []
            try:
                made = cloud.create(each.type, each.name, inputs, CONFIG)
            except CloudError as fault:
                refused[f"{each.type} {each.name}"] = str(fault)
                left.append(each)
                continue
            refused.pop(f"{each.type} {each.name}", None)
            filling.ids[f"{each.name}-id"] = made.id

            again = cloud.read(each.type, made.id, inputs, made.outputs, CONFIG)
            assert again is not None
            assert again.inputs is not None
            assert again.outputs == made.outputs
            refresh = cloud.diff(each.type, made.id, inputs, again.inputs, again.outputs, CONFIG)
            assert (each.name, refresh) == (each.name, Difference())
            assert (each.name, cloud.find(each.type, inputs, CONFIG)) == (each.name, made.id)
            of = inputs.get("teamId") or inputs.get("pageId") or ""
            with client(address) as api:
                type_ = each.type.rpartition("/")[2].partition(":")[0]
                found = read(api, type_, made.id, of)
            assert (each.name, list(unparsed(found))) == (each.name, [])
            answers.setdefault(type_, []).append(found)
        assert len(left) < len(todo), refused
        todo = left
    assert refused == {}
    assert _figures(answers, declaration.stack) == _planned(declaration.plan)


def _figures(answers: dict[str, list[Any]], stack: str) -> dict[str, Any]:
    """What the client reads of the plan's figures."""
    steps = [
        beside.attributes.escalate_after_seconds
        for policy in answers.get("onCallEscalationPolicy", [])
        for beside in policy.included
        if str(beside.type) == "steps"
    ]
    handles = [each.data.attributes.handle for each in answers.get("team", [])]
    return {
        "teams": sorted(handle.partition(f"-{stack}-")[2] for handle in handles),
        "escalates after": sorted(steps),
        "logs are kept": [each.num_retention_days for each in answers.get("logsIndex", [])],
        "logs a day": [each.daily_limit for each in answers.get("logsIndex", [])],
        "objectives over": sorted(
            {
                str(threshold.timeframe)
                for each in answers.get("serviceLevelObjective", [])
                for threshold in each.data.thresholds
            }
        ),
    }


def _planned(plan: Plan) -> dict[str, Any]:
    """The same, as the plan says it."""
    logs = [plan.logs] if plan.logs else []
    steps = [step for on_call in plan.on_call.values() for step in on_call.escalation]
    return {
        "teams": sorted(plan.teams),
        "escalates after": sorted(int(step.wait.total_seconds()) for step in steps),
        "logs are kept": [each.keep.days for each in logs],
        "logs a day": [each.daily_quota.at_most for each in logs],
        "objectives over": sorted({f"{level.days}d" for level in plan.service_levels.values()}),
    }


def _is_datadogs(each: Declared) -> bool:
    return each.type.startswith("datadog:")
