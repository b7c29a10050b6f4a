"""RouteTests: what sends, what may, what acknowledges, and whose alarm tells of a dead route."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import RouteTests

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, Recording

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FUNCTION = "aws:lambda/function:Function"
PARAMETER = "aws:ssm/parameter:Parameter"
KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/1"
ELSEWHERE = topics("us-east-1")["p0"]
ARGS: dict[str, Any] = {
    "routes": {
        "p0-us-east-1": {"topic": ELSEWHERE, "told_by": "p2"},
        "p0-datadog": {"handles": "@devops@x.example", "told_by": "p2"},
        "p1-on-call": {"team": "operations-prod", "told_by": "p3"},
    },
    "keys": [KEY],
    "every": "week",
    "on": "Monday",
    "at": "10:00",
    "timezone": "America/New_York",
    "topics": topics("us-west-2"),
    "runbooks": RUNBOOKS,
    "acknowledged_within": "9 days",
    "datadog_keys": "bynomi-prod-datadog",
}


def declaration(args: dict[str, Any] = ARGS, preview: bool = False) -> Recording:
    given: Any = args
    return declared(
        lambda opts: RouteTests("route-tests", given, opts), preview=preview, region="us-west-2"
    )


@pytest.mark.slow
def test_a_dead_route_is_told_by_another(preview: bool) -> None:
    alarms = declaration(preview=preview).of(ALARM)
    routes = {name.removeprefix("route-tests-"): each.props for name, each in alarms.items()}
    assert routes.keys() == {
        "p0-us-east-1",
        "p0-datadog",
        "p1-on-call",
        "send-errors",
        "ages-errors",
        "acknowledge-errors",
    }
    dead = routes["p0-us-east-1"]
    assert (dead["namespace"], dead["metricName"], dead["dimensions"]) == (
        "Upkeep/Observe",
        "RouteTestAge",
        {"Route": "p0-us-east-1"},
    )
    assert (dead["threshold"], dead["treatMissingData"], dead["statistic"]) == (
        9,
        "breaching",
        "Maximum",
    )
    assert dead["alarmActions"] == [topics("us-west-2")["p2"]]
    assert routes["p1-on-call"]["alarmActions"] == [topics("us-west-2")["p3"]]


def test_each_function_may_do_its_work_and_no_more() -> None:
    found = declaration()
    policies = found.of("aws:iam/rolePolicy:RolePolicy")

    def allowed(part: str) -> dict[str, tuple[Any, Any]]:
        statements = json.loads(policies[f"route-tests-{part}"].props["policy"])["Statement"]
        return {
            each["Sid"]: (each["Action"], each["Resource"])
            for each in statements
            if each["Sid"] != "WriteLog"
        }

    remember = (
        ["ssm:GetParameter", "ssm:PutParameter"],
        f"arn:aws:ssm:*:{ACCOUNT}:parameter/bynomi/prod/route-tests/*",
    )
    assert allowed("acknowledge") == {"Remember": remember}
    assert allowed("ages") == {"Remember": remember, "Publish": ("cloudwatch:PutMetricData", "*")}
    assert allowed("send") == {
        "Remember": remember,
        "SendTests": ("sns:Publish", ELSEWHERE),
        "EncryptTests": (["kms:Decrypt", "kms:GenerateDataKey*"], KEY),
        "ReadDatadogKeys": (
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:bynomi-prod-datadog-??????",
        ),
    }
    # The keys themselves are nowhere in what is declared.
    assert found.one(FUNCTION, "route-tests-send").props["environment"]["variables"]["KEYS"] == (
        "bynomi-prod-datadog"
    )


@pytest.mark.slow
def test_it_is_sent_by_the_plans_clocks_and_once() -> None:
    found = declaration()
    schedules = found.of("aws:scheduler/schedule:Schedule")
    sends = schedules["route-tests-send"].props
    assert (sends["scheduleExpression"], sends["scheduleExpressionTimezone"]) == (
        "cron(0 10 ? * 2 *)",
        "America/New_York",
    )
    assert schedules["route-tests-ages"].props["scheduleExpression"] == "rate(1 hour)"
    assert schedules.keys() == {"route-tests-send", "route-tests-ages"}
    for each in found.of("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").values():
        assert each.props["maximumRetryAttempts"] == 0
    handlers = {name: each.props["handler"] for name, each in found.of(FUNCTION).items()}
    assert handlers == {
        f"route-tests-{part}": f"main.{part}" for part in ("acknowledge", "ages", "send")
    }


@pytest.mark.slow
def test_what_functions_remember_is_left_alone() -> None:
    parameters = declaration().of(PARAMETER)
    assert parameters.keys() == {f"route-tests-{route}" for route in ARGS["routes"]}
    for each in parameters.values():
        assert each.ignore_changes == ("value",)
        assert each.props["value"] == "{}"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"datadog_keys": None}, "Datadog takes nothing without its keys; add `datadog_keys`"),
        (
            {"routes": {"p0": {"told_by": "p1"}}},
            "routes.p0: goes over nothing; exactly one of `topic`, `handles` and `team`",
        ),
        (
            {"routes": {"p0": {"told_by": "p1", "topic": ELSEWHERE, "team": "ops"}}},
            "routes.p0 = team, topic: goes over several things at once",
        ),
        ({"every": "quarter", "on": "first Monday"}, "people acknowledge each of them"),
        (
            {"acknowledged_within": "7 days"},
            "shorter than the time between two tests and a day to acknowledge, 8 days",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError, match="RouteTests 'route-tests'") as refused:
        declaration({**ARGS, **changes})
    assert says in str(refused.value)
