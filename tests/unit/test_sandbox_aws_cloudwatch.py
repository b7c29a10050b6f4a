"""CloudWatch in the sandbox: alarms read back as put, composite alarms, and refusals."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield Cloud(sandbox.addresses.aws_endpoint_url)


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def cloudwatch(cloud: Cloud) -> Iterator[Any]:
    client = cloud("cloudwatch")
    yield client
    left = client.describe_alarms(AlarmTypes=["CompositeAlarm", "MetricAlarm"])
    for alarm in left["CompositeAlarms"] + left["MetricAlarms"]:
        client.delete_alarms(AlarmNames=[alarm["AlarmName"]])


TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"


def simple(name: str, **changes: Any) -> dict[str, Any]:
    alarm = {
        "AlarmName": name,
        "AlarmDescription": "runbook: https://internal.bynomi.com/docs",
        "Namespace": "AWS/RDS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders"}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 3,
        "Threshold": 80.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "breaching",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "OKActions": [TOPIC],
        "InsufficientDataActions": [],
    }
    return {key: value for key, value in (alarm | changes).items() if value is not None}


def error_rate(name: str) -> dict[str, Any]:
    def count(identifier: str, metric: str) -> dict[str, Any]:
        return {
            "Id": identifier,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/ApplicationELB",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "LoadBalancer", "Value": "app/web/1"}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }

    return {
        "AlarmName": name,
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "OKActions": [],
        "InsufficientDataActions": [],
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 5,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Metrics": [
            {
                "Id": "rate",
                "Label": "errors in per cent",
                "Expression": "IF(requests > 20, 100 * errors / requests, 0)",
                "ReturnData": True,
            },
            count("errors", "HTTPCode_Target_5XX_Count"),
            count("requests", "RequestCount"),
        ],
    }


READ_ONLY = {
    "AlarmArn",
    "AlarmConfigurationUpdatedTimestamp",
    "StateReason",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "StateValue",
}


def read(cloudwatch: Any, name: str, kind: str = "MetricAlarm") -> dict[str, Any]:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=[kind])[f"{kind}s"]
    return dict(alarm)


def settings(alarm: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in alarm.items() if key not in READ_ONLY}


@pytest.mark.parametrize(
    "sent",
    [
        simple("simple"),
        simple("percentile", Statistic=None, ExtendedStatistic="p95", Unit="Seconds"),
        error_rate("ratio"),
    ],
    ids=lambda sent: sent["AlarmName"],
)
def test_metric_alarm_is_read_back_exactly_as_put(cloudwatch: Any, sent: dict[str, Any]) -> None:
    cloudwatch.put_metric_alarm(**sent)
    alarm = read(cloudwatch, sent["AlarmName"])
    assert settings(alarm) == sent
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert set(alarm) == set(sent) | READ_ONLY


def test_a_change_keeps_state_and_tags(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**simple("kept"), Tags=[{"Key": "team", "Value": "shop"}])
    cloudwatch.set_alarm_state(AlarmName="kept", StateValue="ALARM", StateReason="drill")
    cloudwatch.put_metric_alarm(**simple("kept", Threshold=90.0))
    alarm = read(cloudwatch, "kept")
    assert (alarm["Threshold"], alarm["StateValue"], alarm["StateReason"]) == (
        90.0,
        "ALARM",
        "drill",
    )
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "shop"}]


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"Period": 45},
            "ValidationError",
            "Period 45: 10, 20, 30 or a multiple of 60 seconds",
        ),
        (
            {"Period": 3000, "EvaluationPeriods": 29, "DatapointsToAlarm": None},
            "ValidationError",
            "Period 3000 x EvaluationPeriods 29: at most 86400 seconds",
        ),
        (
            {"Period": 86_400, "EvaluationPeriods": 8, "DatapointsToAlarm": None},
            "ValidationError",
            "Period 86400 x EvaluationPeriods 8: at most 604800 seconds",
        ),
        (
            {"DatapointsToAlarm": 6},
            "ValidationError",
            "DatapointsToAlarm 6: 1 to EvaluationPeriods",
        ),
        (
            {"ExtendedStatistic": "p95"},
            "InvalidParameterCombination",
            "Exactly one of Statistic and ExtendedStatistic must be given",
        ),
        ({"AlarmActions": [TOPIC] * 6}, "ValidationError", "AlarmActions: at most 5"),
    ],
)
def test_metric_alarm_that_aws_refuses(
    cloudwatch: Any, changes: dict[str, Any], code: str, message: str
) -> None:
    refused = refusal(cloudwatch.put_metric_alarm, **simple("refused", **changes))
    assert refused == (code, message)
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_composite_alarm_follows_its_rule(cloudwatch: Any) -> None:
    for name in ("lag", "cpu high"):
        cloudwatch.put_metric_alarm(**simple(name))
    sent = {
        "AlarmName": "replica",
        "AlarmDescription": "both",
        "AlarmRule": 'ALARM(lag) AND NOT (OK("cpu high") OR FALSE)',
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "OKActions": [TOPIC],
        "InsufficientDataActions": [],
    }
    cloudwatch.put_composite_alarm(**sent, Tags=[{"Key": "team", "Value": "shop"}])
    alarm = read(cloudwatch, "replica", "CompositeAlarm")
    assert settings(alarm) == sent
    assert alarm["StateValue"] == "OK"
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [
        {"Key": "team", "Value": "shop"}
    ]

    cloudwatch.set_alarm_state(AlarmName="lag", StateValue="ALARM", StateReason="drill")
    assert read(cloudwatch, "replica", "CompositeAlarm")["StateValue"] == "ALARM"
    cloudwatch.set_alarm_state(AlarmName="cpu high", StateValue="OK", StateReason="drill")
    assert read(cloudwatch, "replica", "CompositeAlarm")["StateValue"] == "OK"


def test_describe_shows_composite_alarms_only_when_asked(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**simple("child"))
    cloudwatch.put_composite_alarm(AlarmName="parent", AlarmRule="ALARM(child)")

    def shown(**asked: Any) -> tuple[list[str], list[str]]:
        answer = cloudwatch.describe_alarms(**asked)
        return (
            [alarm["AlarmName"] for alarm in answer["MetricAlarms"]],
            [alarm["AlarmName"] for alarm in answer["CompositeAlarms"]],
        )

    both = ["MetricAlarm", "CompositeAlarm"]
    assert shown() == (["child"], [])
    assert shown(AlarmTypes=["CompositeAlarm"]) == ([], ["parent"])
    assert shown(AlarmTypes=both) == (["child"], ["parent"])
    assert shown(AlarmTypes=both, ChildrenOfAlarmName="parent") == (["child"], [])
    assert shown(AlarmTypes=both, ParentsOfAlarmName="child") == ([], ["parent"])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("ALARM(gone)", "AlarmRule refers to alarms that do not exist: ['gone']"),
        ("ALARM(gone", "AlarmRule is not valid: ALARM(gone"),
        ("TRUE AND", "AlarmRule is not valid: TRUE AND"),
        ("", "AlarmRule is not valid: "),
    ],
)
def test_composite_alarm_that_aws_refuses(cloudwatch: Any, rule: str, message: str) -> None:
    refused = refusal(cloudwatch.put_composite_alarm, AlarmName="refused", AlarmRule=rule or " ")
    assert refused == ("ValidationError", message + (" " if not rule else ""))


def test_alarms_come_in_pages(cloudwatch: Any) -> None:
    names = [f"page-{number:02}" for number in range(60)]
    for name in names:
        cloudwatch.put_metric_alarm(**simple(name))
    assert len(cloudwatch.describe_alarms()["MetricAlarms"]) == 50
    pages = cloudwatch.get_paginator("describe_alarms").paginate()
    assert [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]] == names


def test_delete_is_all_or_nothing(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**simple("there"))
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["there", "gone"]) == (
        "ResourceNotFound",
        "Alarms do not exist: gone",
    )
    assert read(cloudwatch, "there")
    cloudwatch.delete_alarms(AlarmNames=["there"])
    assert cloudwatch.describe_alarms(AlarmNames=["there"])["MetricAlarms"] == []
