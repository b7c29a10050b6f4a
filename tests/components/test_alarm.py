"""The alarm factory: what CloudWatch would refuse is refused here, and names stay within limits."""

import re
from datetime import timedelta
from typing import Any

import pytest
from pulumi_upkeep.component import UpkeepComponent
from pulumi_upkeep.observe.alarm import Metric, Watch, declare_alarm

from tests.components.support import Registration, deploy

TOPICS: Any = {key: f"arn:aws:sns:us-east-1:123456789012:{key}" for key in ("p0", "p1", "p2", "p3")}
METRIC = Metric("AWS/Route53", "HealthCheckStatus", {"HealthCheckId": "1"}, "Minimum")

PERIOD = "health: a period is 10, 20, 30 or a multiple of 60 s (CloudWatch, PutMetricAlarm, Period)"


def declare(region: str | None = None, name: str = "standby", **changes: Any) -> Registration:
    class Owner(UpkeepComponent):
        def __init__(self) -> None:
            super().__init__(name)
            given: dict[str, Any] = {
                "part": "health",
                "says": "www.bynomi.com is down",
                "severity": "p0",
                "threshold": 1,
                "comparison": "LessThanThreshold",
                "missing_data": "breaching",
                "metric": METRIC,
                **changes,
            }
            declare_alarm(self, Watch(**given), TOPICS, "https://runbooks/", region=region)

    return deploy(Owner).one("aws:cloudwatch/metricAlarm:MetricAlarm")


def test_an_alarm_is_exactly_this() -> None:
    alarm = declare(region="us-east-1", periods=3, breaching=2, runbook="failover")

    assert (alarm.name, alarm.parent) == ("standby-health", "upkeep:index:Owner::standby")
    assert alarm.props == {
        "name": "bynomi-prod-standby-health",
        "alarmDescription": (
            "P0: www.bynomi.com is down (looked at over 3 minutes). "
            "Runbook: https://runbooks/failover"
        ),
        "namespace": "AWS/Route53",
        "metricName": "HealthCheckStatus",
        "dimensions": {"HealthCheckId": "1"},
        "statistic": "Minimum",
        "period": 60,
        "evaluationPeriods": 3,
        "datapointsToAlarm": 2,
        "threshold": 1,
        "comparisonOperator": "LessThanThreshold",
        "treatMissingData": "breaching",
        "alarmActions": [TOPICS["p0"]],
        "okActions": [TOPICS["p0"]],
        "tags": {"severity": "p0"},
        "region": "us-east-1",
    }


def test_the_page_is_the_parts_unless_stated() -> None:
    assert declare().props["alarmDescription"].endswith("Runbook: https://runbooks/health")


def test_two_long_names_stay_two_within_the_limit() -> None:
    names = [declare(name="x" * 300 + end).props["name"] for end in ("a", "b")]

    assert [len(name) for name in names] == [255, 255]
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("seconds", "periods"), [(10, 1), (30, 5), (60, 1440), (3540, 24), (3600, 168), (86400, 7)]
)
def test_takes_what_cloudwatch_takes(seconds: int, periods: int) -> None:
    props = declare(period=timedelta(seconds=seconds), periods=periods).props

    assert (props["period"], props["evaluationPeriods"]) == (seconds, periods)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"period": timedelta(seconds=45)}, PERIOD),
        ({"period": timedelta(seconds=5)}, PERIOD),
        ({"period": timedelta(seconds=61)}, PERIOD),
        ({"period": timedelta(0)}, PERIOD),
        (
            {"period": timedelta(minutes=59), "periods": 25},
            "health: an alarm looks back 1 day at most",
        ),
        ({"periods": 3, "breaching": 4}, "health: between 1 and all of its periods breach"),
        ({"periods": 0}, "health: between 1 and all of its periods breach"),
        ({"periods": 1441}, "health: an alarm looks back 1 day at most"),
        ({"period": timedelta(days=1), "periods": 8}, "health: an alarm looks back 7 days at most"),
        ({"metric": None}, "health: an alarm is on a metric or on an expression"),
        ({"expression": "a"}, "health: an alarm is on a metric or on an expression"),
    ],
)
def test_refuses_what_cloudwatch_refuses(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(rule)}$"):
        declare(**changes)
