"""Services' monitors as Datadog's own client shows them: the plan's figures, and one voice each."""

import re
from typing import Any

import pytest
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.plan.services import company_thresholds

from tests.engine.deployed import STACKS, Deployed

both = pytest.mark.parametrize("stack", STACKS)


def monitors(deployed: Deployed, stack: str) -> dict[str, dict[str, Any]]:
    """The monitors of a stack's services, by part, as Datadog's client deserialises them."""
    api: Any = MonitorsApi
    prefix = f"bynomi-{stack}-services-"
    return {
        found.name.removeprefix(prefix): found.to_dict()
        for found in api(deployed.datadog).list_monitors()
        if found.name.startswith(prefix)
    }


@both
def test_thresholds_are_the_plans(deployed: Deployed, stack: str) -> None:
    plan = deployed.plan(stack)
    company = company_thresholds(plan)
    found = monitors(deployed, stack)
    for name, service in plan.services.items():
        slow, failing = service.slow(company), service.failing(company)
        assert slow is not None
        assert failing is not None
        for part, limit, critical in (
            ("latency", slow, slow.above.total_seconds()),
            ("errors", failing, failing.above),
        ):
            monitor = found[f"{name}-{part}-part"]
            query = read(monitor["query"])
            assert (query.compares, query.window) == ((">", critical), limit.lasting)
            assert f"{{env:{stack},service:{service.datadog}}}" in query.metric
            limits = monitor["options"]["thresholds"]
            assert limits["critical"] == critical
            assert limits["warning"] == pytest.approx(critical * limit.warns_at)
            assert limits["critical_recovery"] == pytest.approx(critical * limit.recovers_at)
        count, within = service.enough(company)
        few = read(found[f"{name}-few-requests"]["query"])
        assert (few.compares, few.window) == (("<", count), within)


@both
def test_parts_are_joined_and_only_what_joins_them_tells_somebody(
    deployed: Deployed, stack: str
) -> None:
    found = monitors(deployed, stack)
    names = {monitor["id"]: part for part, monitor in found.items()}
    joined: dict[str, list[str]] = {
        part: [names[int(id_)] for id_ in re.findall(r"\d+", monitor["query"])]
        for part, monitor in found.items()
        if monitor["type"] == "composite"
    }
    wanted = {
        "web-latency": ["web-latency-part", "web-few-requests"],
        "web-errors": ["web-errors-part", "web-few-requests"],
    }
    if stack == "prod":
        wanted |= {
            "web-latency-unusual": ["web-latency-unusual-part", "web-few-requests"],
            "web-errors-unusual": ["web-errors-unusual-part", "web-few-requests"],
            "web-traffic": ["web-traffic-part", "web-usually-few-requests"],
        }
    assert joined == wanted
    silent = {part for parts in joined.values() for part in parts}
    assert {part for part, monitor in found.items() if "@" not in monitor["message"]} == silent
    assert set(found) == {
        *joined,
        *silent,
        *("web-database-orders-filling", "web-server-web-filling"),
    }
