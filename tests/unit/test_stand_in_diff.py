"""What the stand-in calls a change, and what it replaces for."""

import json
from typing import Any

import pytest

from sandbox.providers.aws.provider import Aws
from sandbox.providers.cloud import UNKNOWN, Difference, Stored

TOPIC = "aws:sns/topic:Topic"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
HERE = {"region": "us-east-1"}


@pytest.fixture(scope="module")
def aws() -> Aws:
    return Aws("http://127.0.0.1:1")  # nothing is called: there is nobody


def diff(
    aws: Aws,
    type_: str,
    old: dict[str, Any],
    new: dict[str, Any],
    config: dict[str, Any] = HERE,
    state: dict[str, Any] | None = None,
) -> Difference:
    outputs = {**old, "tagsAll": old.get("tags", {}), "region": "us-east-1", **(state or {})}
    return aws.diff(type_, "id", new, old, outputs, config)


UNCHANGED = [
    ("nothing", TOPIC, {"name": "a"}, {"name": "a"}),
    ("an empty text", TOPIC, {"name": "a"}, {"name": "a", "displayName": ""}),
    ("an empty list", ALARM, {"name": "a"}, {"name": "a", "alarmActions": []}),
    ("the default", ALARM, {"name": "a"}, {"name": "a", "actionsEnabled": True}),
    ("the order of a set", ALARM, {"alarmActions": ["b", "a"]}, {"alarmActions": ["a", "b"]}),
    ("a whole number", ALARM, {"threshold": 80.0}, {"threshold": 80}),
    (
        "the spelling of a JSON document",
        TOPIC,
        {"policy": '{"a": 1, "b": 2}'},
        {"policy": '{"b":2,"a":1}'},
    ),
    (
        "a default inside an object of a set",
        "aws:backup/plan:Plan",
        {"rules": [{"ruleName": "a"}, {"ruleName": "b"}]},
        {"rules": [{"ruleName": "b", "startWindow": 60}, {"ruleName": "a"}]},
    ),
    (
        "a key's id for its ARN",
        "aws:kms/alias:Alias",
        {"targetKeyId": "arn:aws:kms:us-east-1:1:key/k"},
        {"targetKeyId": "k"},
    ),
    (
        "the final dot of a name",
        "aws:route53/record:Record",
        {"name": "a.bynomi.com."},
        {"name": "a.bynomi.com"},
    ),
    (
        "the minor version of a database",
        "aws:rds/instance:Instance",
        {"engineVersion": "16.10"},
        {"engineVersion": "16"},
    ),
]


@pytest.mark.parametrize(
    ("type_", "old", "new"), [case[1:] for case in UNCHANGED], ids=[case[0] for case in UNCHANGED]
)
def test_no_change(aws: Aws, type_: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    assert diff(aws, type_, old, new) == Difference()


def test_what_aws_chose_is_no_change_when_it_is_not_declared(aws: Aws) -> None:
    chosen = {"availabilityZone": "us-east-1b", "backupWindow": "07:10-07:40"}
    assert diff(aws, "aws:rds/instance:Instance", {}, {}, state=chosen) == Difference()


def test_a_drifted_default_is_a_change(aws: Aws) -> None:
    difference = diff(aws, ALARM, {"name": "a"}, {"name": "a"}, state={"actionsEnabled": False})
    assert difference.changed == {"actionsEnabled": "update"}


def test_changes_are_told_by_their_deepest_path(aws: Aws) -> None:
    type_ = "aws:lb/targetGroup:TargetGroup"
    old = {"healthCheck": {"path": "/", "interval": 30}, "slowStart": 30}
    new = {"healthCheck": {"path": "/healthz", "interval": 30}, "deregistrationDelay": 5}
    assert diff(aws, type_, old, new).changed == {
        "healthCheck.path": "update",
        "deregistrationDelay": "add",
    }


def test_tags_and_the_providers_tags_are_told_apart(aws: Aws) -> None:
    config = {**HERE, "defaultTags": {"tags": {"Environment": "prod", "Owner": "a"}}}
    difference = diff(
        aws,
        TOPIC,
        {"tags": {"Name": "x", "a b": "1"}},
        {"tags": {"Name": "y"}},
        config,
        {"tagsAll": {"Name": "x", "a b": "1", "Environment": "prod"}},
    )
    assert difference.changed == {
        "tags.Name": "update",
        'tags["a b"]': "delete",
        "tagsAll.Owner": "add",
    }
    assert difference.replaces == frozenset()


def test_a_fixed_property_replaces_and_a_kept_name_deletes_first(aws: Aws) -> None:
    key = "aws:backup/vault:Vault"
    difference = diff(
        aws, key, {"name": "v", "kmsKeyArn": "a"}, {"name": "v", "kmsKeyArn": UNKNOWN}
    )
    assert difference == Difference(
        {"kmsKeyArn": "update"}, frozenset({"kmsKeyArn"}), delete_before_replace=True
    )


def test_a_new_name_creates_first(aws: Aws) -> None:
    difference = diff(aws, TOPIC, {"name": "a"}, {"name": "b"})
    assert difference == Difference({"name": "update"}, frozenset({"name"}))


def test_another_region_is_another_resource(aws: Aws) -> None:
    difference = diff(aws, TOPIC, {"name": "a"}, {"name": "a"}, {"region": "us-west-2"})
    assert difference.replaces == {"region"}


def test_the_end_of_replication_is_no_replacement(aws: Aws) -> None:
    type_ = "aws:rds/instance:Instance"
    difference = diff(aws, type_, {"replicateSourceDb": "a"}, {"instanceClass": "db.r6g.large"})
    assert difference == Difference({"instanceClass": "add", "replicateSourceDb": "delete"})


@pytest.mark.parametrize(
    ("change", "replaced"),
    [
        ({"requestInterval": 10}, {"requestInterval"}),
        ({"failureThreshold": 5}, set()),
        ({"regions": ["eu-west-1", "us-east-1", "us-west-1"]}, set()),
    ],
)
def test_how_often_a_health_check_asks_is_fixed_at_its_creation(
    aws: Aws, change: dict[str, Any], replaced: set[str]
) -> None:
    asked = {
        "type": "HTTPS",
        "requestInterval": 30,
        "failureThreshold": 3,
        "regions": ["eu-west-1", "us-east-1", "us-west-2"],
    }
    difference = diff(aws, "aws:route53/healthCheck:HealthCheck", asked, asked | change)
    assert difference.changed
    assert {path.partition("[")[0] for path in difference.replaces} == replaced


def test_another_key_is_another_database(aws: Aws) -> None:
    type_ = "aws:rds/instance:Instance"
    difference = diff(aws, type_, {"kmsKeyId": "a"}, {"kmsKeyId": "b"})
    assert difference.replaces == {"kmsKeyId"}


def test_a_preview_knows_what_an_update_keeps_and_not_what_it_makes(aws: Aws) -> None:
    type_ = "aws:ec2/launchTemplate:LaunchTemplate"
    old = {"name": "web", "instanceType": "t3.medium"}
    state = {**old, "id": "lt-1", "latestVersion": 4, "arn": "arn"}
    prior = Stored("lt-1", state, old)
    planned = aws.planned(type_, {**old, "instanceType": "t3.large"}, prior)
    assert planned == {
        **state,
        "instanceType": "t3.large",
        "latestVersion": UNKNOWN,
        "defaultVersion": UNKNOWN,
    }
    assert aws.planned(type_, old, prior) == state


def test_a_statement_that_changed_is_found_in_a_document(aws: Aws) -> None:
    old, new = ({"policy": json.dumps({"Statement": [{"Effect": it}]})} for it in ("Allow", "Deny"))
    assert diff(aws, TOPIC, old, new).changed == {"policy": "update"}
