"""What watching costs and how loud it may get, counted from what is declared."""

from pathlib import Path
from typing import Any

import pytest

from tools.upkeep.declared import declared
from tools.upkeep.watching import (
    Resource,
    before_change,
    comparison,
    cost_lines,
    noise_lines,
    watching,
)

ROOT = Path(__file__).parents[2]
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
MONITOR = "datadog:index/monitor:Monitor"
TEST = "datadog:index/syntheticsTest:SyntheticsTest"
INDEX = "datadog:index/logsIndex:LogsIndex"


def check(every: int = 60, locations: int = 3, **more: Any) -> dict[str, Any]:
    return {
        "type": "api",
        "status": "live",
        "locations": ["aws:x"] * locations,
        "tags": ["severity:p0"],
        "optionsList": {"tickEvery": every, "monitorOptions": {"renotifyInterval": 60}},
        **more,
    }


def monitor(query: str, **more: Any) -> dict[str, Any]:
    return {"query": query, "message": "it is slow @ops@x.example", "tags": ["severity:p1"], **more}


EVERYTHING: list[Resource] = [
    (TEST, "homepage", check()),
    (TEST, "journey", check(every=300, apiSteps=[{}, {}, {}])),
    (TEST, "paused", check(status="paused")),
    (TEST, "browser", check(every=900, type="browser", deviceIds=["a", "b"], locations=1)),
    (INDEX, "main", {"dailyLimit": 1_000_000, "retentionDays": 30}),
    (MONITOR, "orders", monitor("sum(last_1h):sum:bynomi.orders{env:prod}.as_count() < 1")),
    (MONITOR, "unlike", monitor("avg(last_1h):anomalies(avg:trace.x{a}, 'agile', 3) >= 1")),
    (MONITOR, "part", monitor("avg(last_5m):avg:bynomi.orders{a} > 1", message="silent")),
    (
        ALARM,
        "cpu",
        {
            "namespace": "AWS/RDS",
            "metricName": "CPU",
            "dimensions": {},
            "alarmActions": ["x"],
            "tags": {"severity": "p2"},
        },
    ),
    (
        ALARM,
        "age",
        {
            "namespace": "Upkeep/Recovery",
            "metricName": "Age",
            "dimensions": {"Vault": "v"},
            "alarmActions": ["x"],
            "tags": {"severity": "p1"},
        },
    ),
    (
        ALARM,
        "rate",
        {
            "metricQueries": [{"id": "value"}, {"metric": {}}, {"metric": {}}],
            "tags": {"severity": "p1"},
        },
    ),
]


def test_costs_are_counted() -> None:
    found = {line.what: (line.count, line.usd) for line in watching(EVERYTHING).lines}
    assert found == {
        # 43,800 minutes in 730 hours, from 3 places; every 5 minutes, 3 requests, from 3 places.
        "synthetic API runs": (43_800 * 3 + 8_760 * 9, 105.12),
        "synthetic browser runs": (2_920 * 2, 70.08),
        "indexed log events": (pytest.approx(30.4166e6, rel=1e-4), 76.04),
        "Datadog metrics of one's own": (1, 0.05),
        "metrics of CloudWatch alarms": (4, 0.4),
        "CloudWatch metrics of one's own": (1, 0.3),
    }
    assert watching(EVERYTHING).usd == pytest.approx(251.99)


def test_a_retention_without_a_price_has_none() -> None:
    [line] = watching([(INDEX, "x", {"dailyLimit": 10, "retentionDays": 45})]).lines
    assert line.usd is None
    assert (
        "no price"
        in cost_lines(watching([(INDEX, "x", {"dailyLimit": 1e6, "retentionDays": 45})]))[1]
    )


def test_how_loud_it_may_get() -> None:
    found = watching(EVERYTHING)
    # Neither the silent monitor nor the silent alarm tells anybody.
    assert found.sources == {"p0": 3, "p1": 3, "p2": 1}
    assert found.learning == 1
    assert found.daily == {"p0": 25, "p1": 1, "p2": 1}
    assert noise_lines(found)[0] == "7 alerts tell somebody (3 of P0, 3 of P1, 1 of P2)"


def test_a_change_is_compared_with_what_was() -> None:
    preview = {
        "steps": [
            _step("update", TEST, "homepage", old=check(every=300), new=check()),
            _step("create", MONITOR, "orders", new={}),
            _step("delete", ALARM, "gone", old={**EVERYTHING[8][2]}),
            _step("same", ALARM, "cpu", old={}, new={}),
        ]
    }
    before = before_change(EVERYTHING, preview)
    names = {name for _, name, _ in before}
    assert "orders" not in names
    assert "gone" in names
    text = comparison(watching(before), watching(EVERYTHING))
    assert "| synthetic API runs | 210,240 ($105.12) | 105,120 ($52.56) |" in text
    assert "| alerts of P2 | 1 | 2 |" in text
    assert "log events" not in text


def test_nothing_that_differs_is_one_line() -> None:
    same = watching(EVERYTHING)
    assert comparison(same, same) == (
        "\nWatching: as before, about $252 a month at list prices of 2026-06.\n"
    )


def _step(op: str, type_: str, name: str, old: Any = None, new: Any = None) -> dict[str, Any]:
    def state(inputs: Any) -> Any:
        return None if inputs is None else {"type": type_, "inputs": inputs}

    urn = f"urn:pulumi:prod::bynomi::{type_}::{name}"
    return {"op": op, "urn": urn, "oldState": state(old), "newState": state(new)}


@pytest.mark.slow
def test_runs_of_the_shipped_plan_are_those_that_the_plan_counts() -> None:
    found = declared(ROOT / "Pulumi.prod.yaml")
    assert found.plan.uptime is not None
    counted = watching((each.type, each.name, each.props) for each in found.resources)
    runs = {line.what: line.count for line in counted.lines if line.what.startswith("synthetic")}
    planned = found.plan.uptime.runs_a_month()
    assert runs["synthetic API runs"] == sum(one.runs for one in planned if one.kind == "api")
