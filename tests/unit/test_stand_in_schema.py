"""The stand-in refuses what the installed SDK's argument classes do not have, all at once."""

from typing import Any

import pytest

from sandbox.providers.aws.provider import Aws
from sandbox.providers.cloud import UNKNOWN, Failure

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
GOOD = {
    "namespace": "AWS/RDS",
    "metricName": "CPUUtilization",
    "statistic": "Average",
    "period": 60,
    "evaluationPeriods": 3,
    "threshold": 80,
    "comparisonOperator": "GreaterThanThreshold",
    "name": "cpu",
}


@pytest.fixture(scope="module")
def aws() -> Aws:
    return Aws("http://127.0.0.1:1")  # nothing is called: there is nobody


def failures(aws: Aws, type_: str, inputs: dict[str, Any]) -> list[Failure]:
    return aws.check(type_, "thing", inputs, None, {}).failures


def test_a_correct_resource_has_no_faults_and_a_whole_number_is_a_number(aws: Aws) -> None:
    assert failures(aws, ALARM, GOOD) == []


def test_all_faults_are_found_at_once_at_any_depth(aws: Aws) -> None:
    inputs = {
        **GOOD,
        "treshold": 80,
        "period": "60",
        "threshold": True,
        "alarmActions": "arn",
        "dimensions": {"A": 1},
        "metricQueries": [{"id": "a", "metric": {"metricName": "x", "perod": 60}}],
    }
    assert failures(aws, ALARM, inputs) == [
        Failure("period", "expected a whole number, got '60'"),
        Failure("threshold", "expected a number, got true"),
        Failure("treshold", "unknown property 'treshold'; did you mean 'threshold'?"),
        Failure("alarmActions", "expected a list, got 'arn'"),
        Failure("dimensions.A", "expected a string, got 1"),
        Failure("metricQueries[0].metric.period", "missing required property 'period'"),
        Failure("metricQueries[0].metric.stat", "missing required property 'stat'"),
        Failure(
            "metricQueries[0].metric.perod", "unknown property 'perod'; did you mean 'period'?"
        ),
    ]


def test_missing_properties_are_named(aws: Aws) -> None:
    assert failures(aws, "aws:sns/topicPolicy:TopicPolicy", {}) == [
        Failure("arn", "missing required property 'arn'"),
        Failure("policy", "missing required property 'policy'"),
    ]


def test_a_closed_enum_takes_its_values_only(aws: Aws) -> None:
    group = {"minSize": 0, "maxSize": 1, "name": "web", "enabledMetrics": ["GroupMinsize"]}
    (fault,) = failures(aws, "aws:autoscaling/group:Group", group)
    assert fault.property == "enabledMetrics[0]"
    assert fault.reason.startswith("expected one of GroupMinSize, GroupMaxSize, ")


def test_what_is_not_known_yet_passes_as_anything(aws: Aws) -> None:
    unknown = {**GOOD, "period": UNKNOWN, "alarmActions": [UNKNOWN], "metricQueries": UNKNOWN}
    assert failures(aws, ALARM, unknown) == []


def test_an_unknown_type_is_an_error(aws: Aws) -> None:
    (fault,) = failures(aws, "aws:sns/topik:Topik", {})
    assert fault.property == ""
    assert "has no type aws:sns/topik:Topik" in fault.reason


def test_a_type_outside_the_table_is_an_error(aws: Aws) -> None:
    (fault,) = failures(aws, "aws:sqs/queue:Queue", {})
    assert fault.reason == "aws:sqs/queue:Queue is not in the sandbox's table of AWS resources"


@pytest.mark.slow
def test_a_property_that_would_not_reach_the_cloud_is_an_error(aws: Aws) -> None:
    template = {
        "name": "web",
        "cpuOptions": {"coreCount": 2},
        "networkInterfaces": [{"deviceIndex": 0, "ipv6AddressCount": 1}],
    }
    type_ = "aws:ec2/launchTemplate:LaunchTemplate"
    reason = f"the sandbox does not carry this property of {type_} to AWS"
    assert failures(aws, type_, template) == [
        Failure("cpuOptions", reason),
        Failure("networkInterfaces[0].ipv6AddressCount", reason),
    ]


def test_a_name_is_made_up_where_none_is_given_and_kept_afterwards(aws: Aws) -> None:
    type_ = "aws:backup/vault:Vault"
    made = aws.check(type_, "orders", {}, None, {}).inputs
    assert len(made["name"]) == len("orders-") + 7
    assert made["name"].startswith("orders-")
    assert aws.check(type_, "orders", {}, made, {}).inputs == made
    # A name that was given once and is not any more is no made-up one.
    again = aws.check(type_, "orders", {}, {"name": "orders-vault"}, {}).inputs
    assert again["name"] != "orders-vault"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("type_", "logical", "start", "longest"),
    [
        ("aws:kms/alias:Alias", "orders", "alias/orders-", 256),
        ("aws:rds/instance:Instance", "Orders", "orders-", 63),
        ("aws:lb/targetGroup:TargetGroup", "a" * 40, "a" * 25, 32),
    ],
)
def test_made_up_names_keep_to_what_aws_takes(
    aws: Aws, type_: str, logical: str, start: str, longest: int
) -> None:
    inputs = aws.check(type_, logical, {}, None, {}).inputs
    name = inputs.get("name") or inputs["identifier"]
    assert name.startswith(start)
    assert len(name) <= longest


def test_the_providers_own_configuration_is_checked(aws: Aws) -> None:
    config = {"region": "us-east-1", "defaultTags": {"tags": {}}, "regoin": "us-east-1"}
    assert aws.check_config(config) == [
        Failure("regoin", "unknown property 'regoin'; did you mean 'region'?")
    ]
