"""WriterName: a private name that follows a metric; DatabaseFence: a group that lets nothing in."""

from typing import Any

import pytest
from pulumi_upkeep import DatabaseFence, WriterName

from tests.components.recovery import RUNBOOKS, declared, known, refusal, topics
from tests.components.support import Recording

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
CHECK = "aws:route53/healthCheck:HealthCheck"
RECORD = "aws:route53/record:Record"
NAME = "orders-writer"
MEMBER = "bynomi-prod-orders-usw2-1"

ARGS: dict[str, Any] = {
    "zone_id": "Z1",
    "name": "orders.internal.example.com",
    "active": "orders-prod-use1-1.rds.example.com",
    "successor": {"member": MEMBER, "address": "orders-usw2-1.rds.example.com"},
    "region": "us-west-2",
    "topics": topics("us-west-2"),
    "runbooks": RUNBOOKS,
}
ALONE = {key: value for key, value in ARGS.items() if key != "successor"}


def name(args: dict[str, Any], preview: bool = False) -> Recording:
    given: Any = args
    return declared(lambda opts: WriterName(NAME, given, opts), preview=preview, region="us-west-2")


def record(side: str, address: str) -> dict[str, Any]:
    return {
        "zoneId": "Z1",
        "name": "orders.internal.example.com",
        "type": "CNAME",
        "ttl": 30,
        "records": [address],
        "setIdentifier": side,
        "failoverRoutingPolicies": [{"type": side.upper()}],
    }


def test_the_name_leads_to_the_writer_until_the_successor_has_taken_over(preview: bool) -> None:
    recording, later = name(ARGS, preview), known(preview)
    assert recording.one(RECORD, f"{NAME}-primary").props == {
        **record("primary", "orders-prod-use1-1.rds.example.com"),
        "healthCheckId": later(f"{NAME}-until-{MEMBER}-id"),
    }
    # Without a check of its own it is always healthy: there is nowhere else to go.
    assert recording.one(RECORD, f"{NAME}-secondary").props == record(
        "secondary", "orders-usw2-1.rds.example.com"
    )
    assert recording.one(CHECK).props == {
        "type": "CLOUDWATCH_METRIC",
        "cloudwatchAlarmName": f"bynomi-prod-{NAME}-taken-over-by-{MEMBER}",
        "cloudwatchAlarmRegion": "us-west-2",
        "insufficientDataHealthStatus": "LastKnownStatus",
        "tags": {"Name": f"bynomi-prod-{NAME}-until-{MEMBER}"},
    }
    assert {each.provider for each in recording.children()} == {"aws-us-west-2"}
    assert recording.outputs_of(NAME) == {"fqdn": later("orders.internal.example.com")}


def test_the_check_follows_a_metric_that_is_put_once(preview: bool) -> None:
    props = name(ARGS, preview).one(ALARM).props
    # What Route 53 can follow: one metric of a minute, a plain statistic, no metric math, no M of
    # N.
    assert (props["namespace"], props["metricName"], props["dimensions"]) == (
        "Upkeep/Recovery",
        "TakenOver",
        {"Member": MEMBER},
    )
    assert (props["statistic"], props["period"]) == ("Maximum", 60)
    assert (props["evaluationPeriods"], props["datapointsToAlarm"]) == (1, 1)
    assert (props["comparisonOperator"], props["threshold"]) == ("GreaterThanThreshold", 0)
    assert not {"metricQueries", "extendedStatistic"} & set(props)
    assert props["treatMissingData"] == "ignore"
    assert props["alarmActions"] == [topics("us-west-2")["p1"]]


def test_without_a_successor_it_stays_where_it_is(preview: bool) -> None:
    recording = name(ALONE, preview)
    assert [each.type for each in recording.children()] == [RECORD]
    # Still one of two sides: records of one name share a routing policy, and another one would
    # have to replace this.
    assert recording.one(RECORD).props == record("primary", "orders-prod-use1-1.rds.example.com")


def test_another_successor_has_another_check() -> None:
    other = {"member": "bynomi-prod-orders-use1-2", "address": "orders-use1-2.rds.example.com"}
    was, now = name(ARGS), name({**ARGS, "successor": other})
    for kind in (ALARM, CHECK):
        assert not was.of(kind).keys() & now.of(kind).keys()
    assert was.of(RECORD).keys() == now.of(RECORD).keys()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"active": "orders-usw2-1.rds.example.com"},
            "successor.address = orders-usw2-1.rds.example.com: is the active member's: there "
            "would be nowhere to go; name another member, or leave `successor` out",
        ),
        (
            {"severity": "p9"},
            "severity = p9: not one of p0, p1, p2, p3",
        ),
    ],
)
def test_refuses(more: dict[str, Any], message: str) -> None:
    given: Any = {**ARGS, **more}
    said = refusal(lambda opts: WriterName(NAME, given, opts))
    assert said == f"WriterName '{NAME}': 1 fault\n  {message}"


def test_a_fence_lets_nothing_in_or_out(preview: bool) -> None:
    recording = declared(
        lambda opts: DatabaseFence("orders-fence-primary", {"vpc_id": "vpc-1"}, opts),
        preview=preview,
    )
    (group,) = recording.children()
    called = "bynomi-prod-orders-fence-primary"
    # Rules would be resources of their own, and there are none.
    assert (group.type, group.props) == (
        "aws:ec2/securityGroup:SecurityGroup",
        {
            "name": called,
            "description": "Lets nothing in or out: for a database that must take no more writes",
            "vpcId": "vpc-1",
            "tags": {"Name": called},
        },
    )
