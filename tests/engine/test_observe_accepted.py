"""Everything that the shipped plans declare in Datadog, against the sandbox's Datadog without an
engine: it is accepted, refreshes without a difference, is found again, and Datadog's own client
reads it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.support import steps_of
from werkzeug.serving import make_server

from bench.estate import ANSWERS
from sandbox.datadog.app import create_app
from sandbox.datadog.roles import DEPLOYER, ORGANISATION, PERMISSIONS, permission_id
from sandbox.datadog.users import EMAILS, id_of
from sandbox.providers.archives import SIGNATURE
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
# Whom the look-ups find the deployment to be.
ANSWERED = ANSWERS["datadog:index/getCurrentUser:getCurrentUser"]({})
# What some things are found below.
PARENTS = ("teamId", "pageId", "userId")


@pytest.fixture
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


# Things of several types share a name; which is meant is known by the property that holds its id.
_POLICY = "onCallEscalationPolicy"
MEANT = {"schedule": "onCallSchedule", "policyId": _POLICY, "escalationPolicy": _POLICY}


class Filling:
    """Properties with the ids of what was made in place of the names that stand for them."""

    def __init__(self, monitor: int) -> None:
        self._ids = {f"user-{email}": id_of(email) for email in EMAILS}
        self._ids |= {f"permission-{name}": permission_id(name) for name in PERMISSIONS}
        self._ids |= {ANSWERED["id"]: DEPLOYER, ANSWERED["orgId"]: ORGANISATION}
        self._of_type: dict[tuple[str, str], str] = {}
        self._monitor = monitor

    def made(self, each: Declared, id_: str) -> None:
        """From here on the id stands for what was made."""
        self._ids[f"{each.name}-id"] = id_
        self._of_type[short(each.type), f"{each.name}-id"] = id_

    def fill(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict) and SIGNATURE in value:
            return self.fill(value["value"])
        if isinstance(value, dict):
            return {name: self.fill(each, name) for name, each in value.items() if each is not None}
        if isinstance(value, list):
            # A test's monitor is an output that nothing stands for: any monitor does.
            known = [self._monitor] if None in value else []
            return known + [self.fill(item, key) for item in value if item is not None]
        if isinstance(value, float) and value.is_integer():  # as it comes over the wire
            return int(value)
        if not isinstance(value, str):
            return value
        if value.startswith(SECRET):
            return f"https://example.com/{value}"
        if key in MEANT:
            return self._of_type.get((MEANT[key], value), value)
        for name in sorted(self._ids, key=len, reverse=True):
            value = value.replace(name, self._ids[name])
        return value


def short(token: str) -> str:
    """``monitor`` of ``datadog:index/monitor:Monitor``."""
    return token.rpartition("/")[2].partition(":")[0]


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
            filling.made(each, made.id)

            again = cloud.read(each.type, made.id, inputs, made.outputs, CONFIG)
            assert again is not None, (each.name, made, inputs)
            assert again.inputs is not None, each.name
            assert again.outputs == made.outputs
            refresh = cloud.diff(each.type, made.id, inputs, again.inputs, again.outputs, CONFIG)
            assert (each.name, refresh) == (each.name, Difference())
            assert (each.name, cloud.find(each.type, inputs, CONFIG)) == (each.name, made.id)
            of = next(
                (inputs[key] for key in ("teamId", "pageId", "userId") if inputs.get(key)), ""
            )
            with client(address) as api:
                type_ = short(each.type)
                found = read(api, type_, made.id, of)
            assert (each.name, list(unparsed(found))) == (each.name, [])
            answers.setdefault(type_, []).append(found)
        assert len(left) < len(todo), "\n".join(f"{k}: {v}" for k, v in refused.items())
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
    steps = [step for team in plan.on_call for _, step in steps_of(plan, team)]
    return {
        "teams": sorted(plan.teams),
        "escalates after": sorted(int(step.wait.total_seconds()) for step in steps),
        "logs are kept": [each.keep.days for each in logs],
        "logs a day": [each.daily_quota.at_most for each in logs],
        "objectives over": sorted({f"{level.days}d" for level in plan.service_levels.values()}),
    }


def _is_datadogs(each: Declared) -> bool:
    return each.type.startswith("datadog:")
