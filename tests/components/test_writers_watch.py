"""WritersWatch: two members that take writes are seen within a minute, and so is a blind eye."""

import json
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pulumi_upkeep import WritersWatch
from pulumi_upkeep.functions.writers_watch import main

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, Recording

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FUNCTION = "aws:lambda/function:Function"
HERE, AWAY = "orders-prod-use1-1", "bynomi-prod-orders-usw2-1"

ARGS: dict[str, Any] = {
    "databases": {
        "orders": [
            {"identifier": HERE, "region": "us-east-1", "fence": "sg-fence-east"},
            {"identifier": AWAY, "region": "us-west-2", "fence": "sg-fence-west"},
        ]
    },
    "topics": topics("us-west-2"),
    "runbooks": RUNBOOKS,
}


def watch(preview: bool = False) -> Recording:
    given: Any = ARGS
    return declared(
        lambda opts: WritersWatch("writers", given, opts), preview=preview, region="us-west-2"
    )


@pytest.mark.slow
def test_two_writers_are_a_p0_and_a_blind_eye_is_a_p1(preview: bool) -> None:
    alarms = watch(preview).of(ALARM)
    two, unseen = alarms["writers-two-writers-orders"].props, alarms["writers-unseen-orders"].props
    for props, metric in ((two, "Writers"), (unseen, "UnknownMembers")):
        assert (props["namespace"], props["metricName"], props["dimensions"]) == (
            "Upkeep/Recovery",
            metric,
            {"Database": "orders"},
        )
        assert (props["comparisonOperator"], props["period"]) == ("GreaterThanThreshold", 60)
    assert (two["threshold"], two["evaluationPeriods"], two["statistic"]) == (1, 1, "Maximum")
    assert two["alarmActions"] == [topics("us-west-2")["p0"]]
    assert (unseen["threshold"], unseen["evaluationPeriods"]) == (0, 10)
    assert (unseen["statistic"], unseen["treatMissingData"]) == ("Minimum", "breaching")
    assert unseen["alarmActions"] == [topics("us-west-2")["p1"]]
    assert alarms.keys() == {
        "writers-two-writers-orders",
        "writers-unseen-orders",
        "writers-count-errors",
    }


def test_it_runs_every_minute_and_may_look_at_its_members_only() -> None:
    recording = watch()
    assert recording.one("aws:scheduler/schedule:Schedule").props["scheduleExpression"] == (
        "rate(1 minute)"
    )
    function = recording.one(FUNCTION)
    assert function.provider == "aws-us-west-2"
    asked = json.loads(function.props["environment"]["variables"]["WRITERS"])
    assert asked == [{"database": "orders", "members": ARGS["databases"]["orders"]}]
    policies = recording.of("aws:iam/rolePolicy:RolePolicy")
    statements = json.loads(policies["writers-count"].props["policy"])["Statement"]
    assert [each for each in statements if each["Sid"] != "WriteLog"] == [
        {
            "Sid": "LookAtMembers",
            "Effect": "Allow",
            "Action": "rds:DescribeDBInstances",
            "Resource": [
                f"arn:aws:rds:us-east-1:{ACCOUNT}:db:{HERE}",
                f"arn:aws:rds:us-west-2:{ACCOUNT}:db:{AWAY}",
            ],
        },
        {
            "Sid": "Publish",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": "Upkeep/Recovery"}},
        },
    ]


# ---- the function --------------------------------------------------------------------------------


class _NotFound(ClientError):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "DBInstanceNotFound"}}, "DescribeDBInstances")


class _Cloud(ModuleType):
    """boto3 as the function uses it: instances by region, silent regions, published metrics."""

    exceptions: Any

    def __init__(self, instances: dict[str, dict[str, Any]], silent: str) -> None:
        super().__init__("boto3")
        self.instances, self.silent = instances, silent
        self.published: dict[tuple[str, str], float] = {}

    def client(self, service: str, region_name: str = "", config: Any = None) -> "_Client":
        return _Client(self, region_name)


class _Client:
    class exceptions:
        DBInstanceNotFoundFault = _NotFound

    def __init__(self, cloud: _Cloud, region: str) -> None:
        self.cloud, self.region = cloud, region

    def describe_db_instances(self, DBInstanceIdentifier: str) -> Any:
        if self.region == self.cloud.silent:
            raise EndpointConnectionError(endpoint_url=f"https://rds.{self.region}.example.com")
        try:
            return {"DBInstances": [self.cloud.instances[DBInstanceIdentifier]]}
        except KeyError:
            raise _NotFound() from None

    def put_metric_data(self, Namespace: str, MetricData: list[Any]) -> None:
        assert Namespace == "Upkeep/Recovery"
        for each in MetricData:
            (dimension,) = each["Dimensions"]
            assert dimension["Name"] == "Database"
            self.cloud.published[each["MetricName"], dimension["Value"]] = each["Value"]


def instance(status: str = "available", source: str = "", group: str = "sg-db") -> dict[str, Any]:
    described: dict[str, Any] = {
        "DBInstanceStatus": status,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": group}],
    }
    return {**described, "ReadReplicaSourceDBInstanceIdentifier": source} if source else described


REPLICA = instance(source=f"arn:aws:rds:us-east-1:{ACCOUNT}:db:{HERE}")


@pytest.mark.parametrize(
    ("seen", "silent", "writers", "unknown"),
    [
        ({HERE: instance(), AWAY: REPLICA}, "", [HERE], []),
        ({HERE: instance(), AWAY: instance()}, "", [HERE, AWAY], []),
        ({HERE: instance(group="sg-fence-east"), AWAY: instance()}, "", [AWAY], []),
        ({HERE: instance("stopped"), AWAY: instance()}, "", [AWAY], []),
        # Going through a change it still takes writes.
        ({HERE: instance("modifying"), AWAY: instance()}, "", [HERE, AWAY], []),
        # The other side's fence is no fence here.
        ({HERE: instance(group="sg-fence-west"), AWAY: instance()}, "", [HERE, AWAY], []),
        ({AWAY: instance()}, "", [AWAY], []),
        ({HERE: instance(), AWAY: instance()}, "us-east-1", [AWAY], [HERE]),
        ({HERE: instance(), AWAY: REPLICA}, "us-east-1", [], [HERE]),
    ],
)
def test_it_counts_what_takes_writes_and_what_cannot_be_seen(
    monkeypatch: pytest.MonkeyPatch,
    seen: dict[str, Any],
    silent: str,
    writers: list[str],
    unknown: list[str],
) -> None:
    cloud = _Cloud(seen, silent)
    monkeypatch.setattr(main, "boto3", cloud)
    members = ARGS["databases"]["orders"]
    monkeypatch.setenv("WRITERS", json.dumps([{"database": "orders", "members": members}]))
    assert main.handler({}, None) == {"orders": {"writers": writers, "unknown": unknown}}
    assert cloud.published == {
        ("Writers", "orders"): len(writers),
        ("UnknownMembers", "orders"): len(unknown),
    }
