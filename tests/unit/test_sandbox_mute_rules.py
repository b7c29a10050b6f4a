"""Mute rules in the sandbox: when they mute, what is refused, and a muted alarm calls nobody."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.alarm_evaluation import EVALUATOR
from sandbox.aws.mute_rules import Cron, duration, is_active
from sandbox.clients import Cloud
from sandbox.server import Sandbox


def rule(expression: str, length: str = "PT2H", **more: Any) -> dict[str, Any]:
    schedule = {"Expression": expression, "Duration": length, "Timezone": "America/New_York"}
    return {"Name": "window", "Rule": {"Schedule": schedule}, **more}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "muted"),
    [
        ("2026-11-25T07:59", False),
        ("2026-11-25T08:00", True),  # 03:00 in New York, a Wednesday
        ("2026-11-25T09:59", True),
        ("2026-11-25T10:00", False),
        ("2026-11-26T08:30", False),
        ("2026-07-01T07:30", True),  # summer time
        ("2026-07-01T09:00", False),
    ],
)
def test_it_mutes_by_the_clocks_of_its_time_zone(moment: str, muted: bool) -> None:
    assert is_active(rule("cron(0 3 * * WED)"), utc(moment)) is muted


def test_it_holds_past_midnight_and_between_its_dates_alone() -> None:
    late = rule("cron(0 23 * * WED)", "PT4H")
    assert is_active(late, utc("2026-11-26T06:59"))
    assert not is_active(late, utc("2026-11-26T08:00"))
    dated = rule("cron(0 1 6 12 *)", StartDate="2026-12-01T00:00:00Z")
    assert is_active(dated, utc("2026-12-06T06:30"))
    assert not is_active(dated, utc("2025-12-06T06:30"))
    over = rule("cron(0 1 6 12 *)", ExpireDate="2026-12-30T00:00:00Z")
    assert not is_active(over, utc("2027-12-06T06:30"))


def test_a_day_and_a_weekday_are_alternatives_as_in_standard_cron() -> None:
    cron = Cron("cron(0 1 1-7 * SUN)")
    days = [datetime(2026, 11, day) for day in range(1, 31)]
    assert [day.day for day in days if cron.runs_on(day)] == [1, 2, 3, 4, 5, 6, 7, 8, 15, 22, 29]


@pytest.mark.parametrize("text", ["PT30S", "P16D", "PT", "2h", "P"])
def test_a_duration_is_a_minute_to_fifteen_days(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        duration(text)
    assert duration("PT1M") == timedelta(minutes=1)
    assert duration("P2DT12H") == timedelta(days=2, hours=12)


# ---- beside a server ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cloudwatch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield Cloud(sandbox.addresses.aws_endpoint_url)


def put_alarm(cloud: Any, name: str) -> str:
    topic: str = cloud("sns").create_topic(Name="alerts")["TopicArn"]
    cloud("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Upkeep",
        MetricName=name,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        OKActions=[topic],
    )
    return topic


@pytest.mark.slow
def test_a_muted_alarm_changes_its_state_and_rings_when_the_window_closes(cloudwatch: Any) -> None:
    put_alarm(cloudwatch, "cpu")
    put_alarm(cloudwatch, "backups")
    client = cloudwatch("cloudwatch")
    client.put_alarm_mute_rule(
        **{**rule("cron(0 3 * * WED)"), "MuteTargets": {"AlarmNames": ["cpu"]}}
    )
    now = datetime.now(UTC)
    opens = utc("2026-11-25T08:00")
    while opens < now:
        opens += timedelta(weeks=1)
    inside, outside = opens + timedelta(minutes=30), opens + timedelta(hours=2, minutes=1)
    # The clock of the program stands still: only the evaluation's moment moves.
    EVALUATOR.clear()
    for name in ("cpu", "backups"):
        client.put_metric_data(
            Namespace="Upkeep",
            MetricData=[
                {"MetricName": name, "Value": 1, "Timestamp": inside},
                {"MetricName": name, "Value": 1, "Timestamp": outside},
            ],
        )
    EVALUATOR.all(inside.timestamp() + 5)
    assert [each["alarm"] for each in EVALUATOR.rung()] == ["backups"]
    EVALUATOR.all(outside.timestamp() + 5)
    assert [(each["alarm"], each["state"]) for each in EVALUATOR.rung()] == [
        ("backups", "ALARM"),
        ("cpu", "ALARM"),
    ]


@pytest.mark.slow
def test_a_rule_is_read_back_changed_listed_and_deleted(cloudwatch: Any) -> None:
    put_alarm(cloudwatch, "memory")
    client = cloudwatch("cloudwatch")
    document = rule(
        "cron(0 1 6,13 12 *)",
        MuteTargets={"AlarmNames": ["memory"]},
        Description="The monthly window",
        ExpireDate=utc("2099-12-30T00:00"),
        Tags=[{"Key": "window", "Value": "monthly"}],
    )
    client.put_alarm_mute_rule(**{**document, "Name": "monthly"})
    found = client.get_alarm_mute_rule(AlarmMuteRuleName="monthly")
    assert (found["Rule"], found["MuteTargets"]) == (document["Rule"], document["MuteTargets"])
    assert (found["MuteType"], found["Status"]) == ("RECURRING", "SCHEDULED")
    assert found["ExpireDate"] == document["ExpireDate"]
    arn = found["AlarmMuteRuleArn"]
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == document["Tags"]
    listed = client.list_alarm_mute_rules(AlarmName="memory")["AlarmMuteRuleSummaries"]
    assert [each["AlarmMuteRuleArn"] for each in listed] == [arn]
    client.delete_alarm_mute_rule(AlarmMuteRuleName="monthly")
    client.delete_alarm_mute_rule(AlarmMuteRuleName="monthly")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.get_alarm_mute_rule(AlarmMuteRuleName="monthly")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "says"),
    [
        (rule("cron(0 3 ? * WED)"), "neither cron nor at"),
        (rule("cron(0 1 ? * SUN#1)"), "neither cron nor at"),
        (rule("cron(0 3 * * WED)", "PT30S"), "PT1M to P15D"),
        (rule("cron(0 3 * * WED)", MuteTargets={"AlarmNames": ["nobody"]}), "do not exist: nobody"),
        (
            rule("cron(0 3 * * WED)", MuteTargets={"AlarmNames": [f"a-{n}" for n in range(101)]}),
            "at most 100",
        ),
        (
            rule("at(2099-01-01T00:00)", ExpireDate=utc("2099-12-30T00:00")),
            "Can not set start or expire dates for At expressions",
        ),
    ],
)
def test_what_the_service_refuses(cloudwatch: Any, document: dict[str, Any], says: str) -> None:
    with pytest.raises(ClientError, match=says):
        cloudwatch("cloudwatch").put_alarm_mute_rule(**document)
