"""One condition, one watcher: every condition of both plans is watched, and nothing is twice.

What is watched is read from what the plans' environments declare, not from what they should.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.unit.conditions import Condition, faults, watchers
from tests.unit.plans import PROD, ROOT, STAGING
from tools.upkeep.declared import ALARMS, MONITOR, Declaration, Declared, declared

pytestmark = pytest.mark.slow

PRIZE_DRAW = ROOT / "examples" / "prize-draw" / "Pulumi.prod.yaml"

Conditions = dict[str, list[tuple[str, str]]]


def errors(*routes: str) -> list[tuple[str, str]]:
    """New and frequent errors of the types of each route."""
    return [(f"{kind} errors", route) for route in routes for kind in ("new", "frequent")]


# Clause -> quantity, and of what.
BYNOMI: Conditions = {
    "BY-2.1, BY-2.3": [
        ("response time", "service web"),
        ("error rate", "service web"),
        ("cpu", "servers web"),
        ("cpu", "database orders"),
        ("memory", "servers web"),
        ("memory", "database orders"),
        ("connections", "database orders"),
    ],
    # "Database performance" is that its storage lasts, too.
    "BY-2.1": [
        ("storage", "servers web"),
        ("storage", "database orders"),
        ("running out of storage", "database orders"),
        ("running out of storage", "servers web"),
    ],
    # Servers that are gone are seen without Datadog as well.
    "BY-9.2": [
        ("unhealthy targets", "service web"),
        ("failed status checks", "servers web"),
    ],
}
BYNOMI_PROD: Conditions = BYNOMI | {
    "BY-2.3 of the proxy": [("connections through the proxy", "database orders")],
    "BY-2.7": [
        ("uptime", f"https://www.bynomi.com/{page}")
        for page in ("", "products", "cart", "checkout", "api/health")
    ],
    # "Monitoring for 24 hours post-deployment": limits of their own, which hold for a day.
    "BY-4.2": [
        ("response time", "service web after a deployment"),
        ("error rate", "service web after a deployment"),
    ],
    "BY-2.4, BY-2.5": errors("*Corrupt*, *DataLoss*", "Payment*, Stripe*", "Image*"),
    # What the plan leaves to the library: unlike itself before it is past a threshold.
    "BY-2.1, real time": [
        ("unusual response time", "service web"),
        ("unusual error rate", "service web"),
        ("unusual traffic", "service web"),
    ],
}
BYNOMI_STAGING: Conditions = BYNOMI | {
    "BY-2.7": [
        ("uptime", f"https://staging.bynomi.com/{page}")
        for page in ("", "products", "cart", "checkout", "api/health")
    ],
}
PRIZE_DRAW_PROD: Conditions = {
    "PD-1.1": [
        ("uptime", "https://www.prize-draw.example/"),
        ("uptime", "https://www.prize-draw.example/api/health"),
    ],
    "PD-1.2": [
        ("response time", "service site"),
        ("error rate", "service site"),
        ("cpu", "servers site"),
        ("cpu", "database draws"),
        ("memory", "servers site"),
        ("memory", "database draws"),
        ("connections", "database draws"),
        ("unusual response time", "service site"),
        ("unusual error rate", "service site"),
    ],
    "PD-1.3": errors("*Checkout*, Payment*"),
    "PD-1.5": [
        ("falling away", f"prize_draw.{each}")
        for each in ("registrations", "entries", "orders", "revenue")
    ],
}
PLANS = [
    pytest.param(PROD, BYNOMI_PROD, id="bynomi-prod"),
    pytest.param(STAGING, BYNOMI_STAGING, id="bynomi-staging"),
    pytest.param(PRIZE_DRAW, PRIZE_DRAW_PROD, id="prize-draw"),
]

of = cache(declared)


def listed(conditions: Conditions) -> list[Condition]:
    return [Condition(*each) for clause in conditions.values() for each in clause]


@pytest.mark.parametrize(("file", "conditions"), PLANS)
def test_every_condition_has_exactly_one_watcher(file: Path, conditions: Conditions) -> None:
    found = of(file)
    assert faults(found.plan, found.resources, listed(conditions)) == []


def without(declaration: Declaration, name: str) -> list[Declared]:
    """What is declared, with one alert taken away."""
    left = [each for each in declaration.resources if each.name != name]
    assert len(left) == len(declaration.resources) - 1
    return left


def also(declaration: Declaration, type_: str, name: str, **props: object) -> list[Declared]:
    """What is declared, with one alert more."""
    (model, *_) = declaration.of(type_).values()
    more = replace(model, name=name, props={"tags": [], "alarmActions": ["arn"], **props})
    return [*declaration.resources, more]


@pytest.mark.parametrize(("file", "conditions"), PLANS)
def test_each_watcher_that_is_removed_is_missed(file: Path, conditions: Conditions) -> None:
    found = of(file)
    names = watchers(found.plan, found.resources)
    for condition in listed(conditions):
        (name,) = names[condition]
        assert faults(found.plan, without(found, name), listed(conditions)) == [
            f"{condition}: nobody watches it"
        ]


ALARM = {"comparisonOperator": "GreaterThanThreshold", "namespace": "AWS/ApplicationELB"}
BALANCER = {"LoadBalancer": "app/bynomi-prod-web/0123456789abcdef"}


@pytest.mark.parametrize(
    ("type_", "props", "says"),
    [
        (
            ALARMS[0],
            {**ALARM, "metricName": "TargetResponseTime", "dimensions": BALANCER},
            "response time of service web: watched by planted, services-web-latency",
        ),
        (
            ALARMS[0],
            {
                **ALARM,
                "metricQueries": [
                    {"id": "x", "expression": "errors / requests"},
                    {
                        "id": "errors",
                        "metric": {
                            "namespace": "AWS/ApplicationELB",
                            "metricName": "HTTPCode_ELB_5XX_Count",
                            "dimensions": BALANCER,
                        },
                    },
                ],
            },
            "error rate of service web: watched by planted, services-web-errors",
        ),
        (
            MONITOR,
            {
                "type": "query alert",
                "query": "avg(last_5m):avg:aws.rds.cpuutilization"
                "{dbinstanceidentifier:orders-prod-use1-1} > 90",
            },
            "cpu of database orders: watched by planted, resources-database-orders-cpu",
        ),
        (
            MONITOR,
            {
                "type": "query alert",
                "query": "max(last_5m):max:system.mem.used{autoscaling_group:bynomi-prod-web} > 9",
            },
            "memory of servers web: watched by planted, resources-server-web-memory",
        ),
        (
            MONITOR,
            {
                "type": "query alert",
                "query": "percentile(last_10m):p99:trace.web.request{service:bynomi-web} > 3",
            },
            "response time of service web: watched by planted, services-web-latency",
        ),
    ],
)
def test_a_second_watcher_is_found(type_: str, props: dict[str, object], says: str) -> None:
    found = of(PROD)
    planted = also(found, type_, "planted", **props)
    assert faults(found.plan, planted, listed(BYNOMI_PROD)) == [says]


def test_a_silent_part_of_a_composite_is_no_second_watcher() -> None:
    found = of(PROD)
    silent = also(
        found,
        MONITOR,
        "planted",
        type="query alert",
        query="percentile(last_10m):p99:trace.web.request{service:bynomi-web} > 3",
        tags=["role:part"],
    )
    assert faults(found.plan, silent, listed(BYNOMI_PROD)) == []


def test_two_services_on_the_same_servers_are_watched_once_each(tmp_path: Path) -> None:
    written = PROD.read_text(encoding="utf-8")
    web = written.index("    web:\n      means: The shop")
    api = written[web : written.index("\n\n", web)].replace("    web:", "    api:", 1)
    api = api.replace("datadog: bynomi-web", "datadog: bynomi-api")
    # The graver one watches what they share.
    api = api.replace("saturation: {severity: p2", "saturation: {severity: p1")
    file = tmp_path / PROD.name
    file.write_text(f"{written[:web]}{api}\n{written[web:]}", encoding="utf-8")

    found = declared(file)

    assert faults(found.plan, found.resources, ()) == []
    names = watchers(found.plan, found.resources)
    assert names[Condition("response time", "service api")] == ["services-api-latency"]
    assert names[Condition("response time", "service web")] == ["services-web-latency"]
    assert names[Condition("running out of storage", "database orders")] == [
        "services-api-database-orders-filling"
    ]
    assert names[Condition("unhealthy targets", "service api, web")] == [
        "resources-load-balancer-web-unhealthy"
    ]
