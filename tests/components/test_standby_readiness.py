"""StandbyReadiness: every item is looked at, with rights for it, and one alarm speaks for all."""

import json
from typing import Any

import pytest
from pulumi_upkeep import StandbyReadiness

from tests.components.recovery import RUNBOOKS, declared, refusal, topics
from tests.components.support import ACCOUNT, Recording

NAME = "ready-web"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LEAST: dict[str, Any] = {
    "standby": "standby-web",
    "primary_region": "us-east-1",
    "image": "ami-1",
    "launch_template": "lt-1",
    "group": "bynomi-prod-standby-web",
    "at_most": 4,
    "instance_type": "m6i.large",
    "certificate": f"arn:aws:acm:us-west-2:{ACCOUNT}:certificate/1",
    "topics": topics("us-west-2"),
    "runbooks": RUNBOOKS,
}
MORE: dict[str, Any] = {
    "secrets": ["bynomi-prod-database"],
    "log_groups": {"/bynomi/prod/web": "30 days"},
    "keys": {"vault database": f"arn:aws:kms:us-west-2:{ACCOUNT}:key/1"},
    "runbook_documents": ["bynomi-prod-complete-outage"],
    "version_parameter": "/bynomi/prod/web/version",
    "state_bucket": "bynomi-state-usw2",
}


def readiness(preview: bool = False, **more: Any) -> Recording:
    args: Any = {**LEAST, **more}
    return declared(
        lambda opts: StandbyReadiness(NAME, args, opts), preview=preview, region="us-west-2"
    )


def watched(recording: Recording) -> dict[str, dict[str, Any]]:
    """The items with an alarm, by name."""
    return {
        each.props["dimensions"]["Item"]: dict(each.props)
        for each in recording.of(ALARM).values()
        if "Item" in each.props["dimensions"]
    }


def asked(recording: Recording) -> dict[str, Any]:
    function = recording.one("aws:lambda/function:Function")
    return dict(json.loads(function.props["environment"]["variables"]["STANDBY"]))


def test_what_every_standby_takes_is_looked_at() -> None:
    items = {"image", "launch template", "group", "certificate", "quota"}
    assert set(watched(readiness())) == items
    assert {each["item"] for each in asked(readiness())["items"]} == items


@pytest.mark.slow
def test_what_the_plan_names_is_looked_at_too_and_each_has_its_alarm() -> None:
    recording = readiness(**MORE)
    items = {each["item"] for each in asked(recording)["items"]}
    assert items == set(watched(recording))
    assert items - set(watched(readiness())) == {
        "secret bynomi-prod-database",
        "log group /bynomi/prod/web",
        "key of vault database",
        "runbook bynomi-prod-complete-outage",
        "state",
        "version",
    }


def test_silence_of_an_item_is_a_fault_and_no_alarm_of_one_tells_anybody() -> None:
    for alarm in watched(readiness(**MORE)).values():
        assert alarm["dimensions"]["Standby"] == "bynomi-prod-standby-web"
        assert (alarm["statistic"], alarm["threshold"]) == ("Minimum", 1)
        assert alarm["comparisonOperator"] == "LessThanThreshold"
        assert (alarm["period"], alarm["evaluationPeriods"]) == (3600, 1)
        assert alarm["treatMissingData"] == "breaching"
        assert "alarmActions" not in alarm


@pytest.mark.slow
def test_one_alarm_speaks_for_all(preview: bool) -> None:
    recording = readiness(preview, **MORE)
    speaker = recording.one("aws:cloudwatch/compositeAlarm:CompositeAlarm").props
    assert speaker["alarmActions"] == speaker["okActions"] == [topics("us-west-2")["p1"]]
    assert speaker["alarmDescription"].startswith("P1: bynomi-prod-standby-web could not take over")
    assert speaker["alarmDescription"].endswith(f"Runbook: {RUNBOOKS}/standby-not-prepared")
    if not preview:
        names = sorted(alarm["name"] for alarm in watched(recording).values())
        assert speaker["alarmRule"] == " OR ".join(f'ALARM("{name}")' for name in names)


def test_no_hour_is_without_a_look() -> None:
    """An alarm over an hour would ring where the next look is a minute late."""
    schedule = readiness().one("aws:scheduler/schedule:Schedule")
    assert schedule.props["scheduleExpression"] == "rate(30 minutes)"


def test_the_function_may_look_and_publish_and_change_nothing() -> None:
    policy = readiness(**MORE).one("aws:iam/rolePolicy:RolePolicy", f"{NAME}-looks")
    actions: set[str] = set()
    for statement in json.loads(policy.props["policy"])["Statement"]:
        action = statement["Action"]
        actions.update([action] if isinstance(action, str) else action)
    reading = {
        each for each in actions if each.split(":")[1].startswith(("Describe", "Get", "List"))
    }
    assert actions - reading == {
        "cloudwatch:PutMetricData",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert "secretsmanager:GetSecretValue" not in actions


@pytest.mark.parametrize("kind", ["g5.xlarge", "inf2.xlarge"])
def test_a_type_of_another_quota_is_refused(kind: str) -> None:
    args: Any = {**LEAST, "instance_type": kind}
    assert f"instance_type = {kind}: its quota is none of the standard families'" in refusal(
        lambda opts: StandbyReadiness(NAME, args, opts)
    )


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{}, MORE])
def test_what_it_is_told_fits_into_its_environment(environment: dict[str, Any]) -> None:
    function = readiness(**environment).one("aws:lambda/function:Function")
    assert len(function.props["environment"]["variables"]["STANDBY"]) < 4096
