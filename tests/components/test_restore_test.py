"""RestoreTest, Evidence and IsolatedNetwork: what they register, and what they refuse."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import Evidence, IsolatedNetwork, RestoreTest
from pulumi_upkeep.functions.common.ledger import fingerprint
from pulumi_upkeep.plan.restore_tests import RestoreTest as Planned

from tests.components.recovery import RUNBOOKS, declared, refusal, topics
from tests.components.support import ACCOUNT, Recording

DATABASE = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders-prod-use1-1"
BUCKET = "arn:aws:s3:::bynomi-prod-product-images"
VAULT = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:near"
WEEKLY: dict[str, Any] = {
    "of": "orders",
    "every": "week",
    "on": "Sunday",
    "at": "06:00",
    "class": "db.t4g.large",
    "credentials": "bynomi-prod-database",
    "proof_at_most": "8 days",
    "checks": {"rows": {"orders": 1000}, "fresh": {"orders.placed_at": "2 hours"}},
}
FILES: dict[str, Any] = {
    "of": "product-images",
    "every": "week",
    "on": "Sunday",
    "at": "06:00",
    "proof_at_most": "8 days",
    "checks": {"objects": 100},
}


def arguments(test: dict[str, Any], **more: Any) -> Any:
    thing = {"bucket": BUCKET} if test["of"] == "product-images" else {"database": DATABASE}
    return {
        "test": test,
        "timezone": "America/New_York",
        **thing,
        "vaults": [VAULT],
        "network": {
            "subnets": ["subnet-a", "subnet-b"],
            "subnet_group": "isolated",
            "copies": "sg-copies",
            "checks": "sg-checks",
            "endpoint": "vpce-1.secretsmanager.us-east-1.vpce.amazonaws.com",
        },
        "ledger": {"bucket": "bynomi-prod-evidence", "region": "us-west-2"},
        "topics": topics(),
        "runbooks": RUNBOOKS,
        **more,
    }


def weekly(test: dict[str, Any] = WEEKLY, preview: bool = False, **more: Any) -> Recording:
    args = arguments(test, **more)
    return declared(lambda opts: RestoreTest("weekly", args, opts), preview=preview)


def refused(**changes: Any) -> str:
    args = arguments({**WEEKLY, **changes})
    return refusal(lambda opts: RestoreTest("weekly", args, opts))


@pytest.mark.slow
def test_registers_plan_selection_role_functions_and_alarms(preview: bool) -> None:
    children = weekly(preview=preview).children()
    assert [(each.type.rpartition(":")[2], each.name) for each in children] == [
        ("RestoreTestingPlan", "weekly"),
        ("RestoreTestingSelection", "weekly"),
        ("EventRule", "weekly-verdict"),
        ("EventTarget", "weekly-verdict"),
        ("LogGroup", "weekly-checks"),
        ("LogGroup", "weekly-verdict"),
        ("MetricAlarm", "weekly-checks-errors"),
        ("MetricAlarm", "weekly-copies-left"),
        ("MetricAlarm", "weekly-failed"),
        ("MetricAlarm", "weekly-proof-age"),
        ("MetricAlarm", "weekly-verdict-errors"),
        ("Role", "weekly-checks"),
        ("Role", "weekly-restores"),
        ("Role", "weekly-verdict"),
        ("Role", "weekly-verdict-clock"),
        ("RolePolicy", "weekly-checks"),
        ("RolePolicy", "weekly-restores"),
        ("RolePolicy", "weekly-verdict"),
        ("RolePolicy", "weekly-verdict-clock"),
        ("Function", "weekly-checks"),
        ("Function", "weekly-verdict"),
        ("FunctionEventInvokeConfig", "weekly-checks"),
        ("FunctionEventInvokeConfig", "weekly-verdict"),
        ("Permission", "weekly-verdict-events"),
        ("Schedule", "weekly-verdict"),
    ]
    assert {each.parent for each in children} == {"upkeep:index:RestoreTest::weekly"}
    assert {each.provider for each in children} == {"aws-us-east-1"}


@pytest.mark.slow
def test_the_newest_recovery_point_is_restored_on_the_plans_clocks() -> None:
    plan = weekly().one("aws:backup/restoreTestingPlan:RestoreTestingPlan")
    assert plan.props == {
        "name": "bynomi_prod_weekly",
        "scheduleExpression": "cron(0 6 ? * 1 *)",
        "scheduleExpressionTimezone": "America/New_York",
        "startWindowHours": 1,
        "recoveryPointSelection": {
            "algorithm": "LATEST_WITHIN_WINDOW",
            "includeVaults": [VAULT],
            "recoveryPointTypes": ["CONTINUOUS", "SNAPSHOT"],
            "selectionWindowDays": 7,
        },
    }


@pytest.mark.slow
def test_a_quarterly_test_runs_in_the_months_in_which_quarters_begin() -> None:
    test = {**WEEKLY, "every": "quarter", "on": 1, "proof_at_most": "95 days"}
    plan = weekly(test).one("aws:backup/restoreTestingPlan:RestoreTestingPlan")
    assert plan.props["scheduleExpression"] == "cron(0 6 1 1,4,7,10 ? *)"
    (age,) = [
        each.props["threshold"]
        for each in weekly(test).of("aws:cloudwatch/metricAlarm:MetricAlarm").values()
        if each.name == "weekly-proof-age"
    ]
    assert age == 95


@pytest.mark.slow
def test_a_database_is_restored_into_the_isolated_network_and_nowhere_else() -> None:
    recording = weekly()
    selection = recording.one("aws:backup/restoreTestingSelection:RestoreTestingSelection")
    assert selection.props["restoreMetadataOverrides"] == {
        "dbInstanceClass": "db.t4g.large",
        "dbSubnetGroupName": "isolated",
        "multiAz": "false",
        "publiclyAccessible": "false",
        "vpcSecurityGroupIds": '["sg-copies"]',
    }
    assert selection.props["protectedResourceArns"] == [DATABASE]
    assert selection.props["protectedResourceType"] == "RDS"
    assert selection.props["validationWindowHours"] == 4
    # The provider does not send changed ARNs to AWS.
    assert selection.replace_on_changes == ("protectedResourceArns",)
    assert selection.delete_before_replace
    may = statements(recording, "weekly-restores")
    groups = [
        resource
        for one in may
        if "rds:RestoreDBInstanceFromDBSnapshot" in one["Action"]
        for resource in one["Resource"]
        if ":subgrp:" in resource
    ]
    assert groups == [f"arn:aws:rds:*:{ACCOUNT}:subgrp:isolated"]


def statements(recording: Recording, name: str) -> list[dict[str, Any]]:
    policy = recording.one("aws:iam/rolePolicy:RolePolicy", name).props["policy"]
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


@pytest.mark.slow
def test_what_looks_at_the_copy_is_inside_and_what_reports_is_outside() -> None:
    recording = weekly()
    checks = recording.one("aws:lambda/function:Function", "weekly-checks").props
    assert checks["vpcConfig"] == {
        "subnetIds": ["subnet-a", "subnet-b"],
        "securityGroupIds": ["sg-checks"],
    }
    assert json.loads(checks["environment"]["variables"]["CHECKS"]) == {
        "rows": {"orders": 1000},
        "fresh": {"orders.placed_at": 7200.0},
        "foreign_keys": True,
        "pages": True,
        "indexes": True,
    }
    inside = {
        action
        for one in statements(recording, "weekly-checks")
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        if not action.startswith(("ec2:", "logs:"))
    }
    # It reads one secret, and can tell nobody anything.
    assert inside == {"secretsmanager:GetSecretValue", "kms:Decrypt"}
    verdict = recording.one("aws:lambda/function:Function", "weekly-verdict").props
    assert "vpcConfig" not in verdict
    assert verdict["timeout"] > checks["timeout"]
    variables = verdict["environment"]["variables"]
    assert variables["CONFIGURATION"] == fingerprint(Planned.model_validate(WEEKLY).in_words())


@pytest.mark.slow
def test_silence_alarms_and_a_bad_copy_alarms_at_once() -> None:
    alarms = weekly().of("aws:cloudwatch/metricAlarm:MetricAlarm")
    age = alarms["weekly-proof-age"].props
    assert (age["namespace"], age["metricName"]) == ("Upkeep/Recovery", "ProofAge")
    assert age["dimensions"] == {"Test": "weekly"}
    assert (age["threshold"], age["treatMissingData"]) == (8, "breaching")
    failed = alarms["weekly-failed"].props
    assert (failed["threshold"], failed["treatMissingData"]) == (0, "notBreaching")
    assert alarms["weekly-copies-left"].props["treatMissingData"] == "breaching"


def test_a_bucket_is_held_against_its_source() -> None:
    recording = weekly(FILES)
    selection = recording.one("aws:backup/restoreTestingSelection:RestoreTestingSelection").props
    assert selection["protectedResourceType"] == "S3"
    assert selection["restoreMetadataOverrides"] == {"encryptionType": "SSE-S3"}
    checks = recording.one("aws:lambda/function:Function", "weekly-checks").props
    assert checks["environment"]["variables"]["SOURCE_BUCKET"] == "bynomi-prod-product-images"
    assert json.loads(checks["environment"]["variables"]["CHECKS"]) == {
        "objects": 100,
        "sample": 50,
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"proof_at_most": "7 days"}, "`proof_at_most: 8 days` at least"),
        ({"every": "6 hours", "on": None}, "a restore test runs daily at most"),
        ({"start_within": "169 hours"}, "nearest: `7 days`"),
        ({"newest_within": "366 days"}, "nearest: `365 days`"),
        ({"validate_within": "8 days"}, "nearest: `7 days`"),
        ({"validate_within": "90 minutes"}, "nearest: `2 hours`"),
        ({"credentials": None}, "a restored database needs it"),
        ({"class": None}, "a restored database needs it"),
        ({"checks": {"objects": 3}}, "no check of a database"),
        ({"checks": {"rows": {"orders; drop table orders": 3}}}, "rows"),
        ({"checks": {"expect": {"it": {"query": "select 1"}}}}, "says not what to expect"),
        (
            {"checks": {"expect": {"it": {"query": "select " + "1" * 3000, "is": "1"}}}},
            "3,000 characters",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_do(changes: dict[str, Any], said: str) -> None:
    message = (
        refused(**{key: value for key, value in changes.items() if value is not None})
        if (None not in changes.values())
        else _refused_without(changes)
    )
    assert said in message
    assert message.startswith("RestoreTest 'weekly'")


def _refused_without(changes: dict[str, Any]) -> str:
    test = {**WEEKLY, **changes}
    args = arguments({key: value for key, value in test.items() if value is not None})
    return refusal(lambda opts: RestoreTest("weekly", args, opts))


@pytest.mark.slow
@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"start_within": "168 hours", "proof_at_most": "15 days"},
        {"newest_within": "365 days"},
        {"newest_within": "1 day"},
        {"validate_within": "168 hours", "proof_at_most": "15 days"},
        {"validate_within": "1 hour"},
    ],
)
def test_the_edges_are_taken(keys: dict[str, Any]) -> None:
    assert weekly({**WEEKLY, **keys}).children()


@pytest.mark.slow
def test_a_long_name_fits_restore_testing() -> None:
    args = arguments(WEEKLY)
    name = "a-restore-test-with-a-name-as-long-as-one-gets-in-the-plan"
    recording = declared(lambda opts: RestoreTest(name, args, opts))
    called = recording.one("aws:backup/restoreTestingPlan:RestoreTestingPlan").props["name"]
    assert len(called) <= 50
    assert called.replace("_", "").isalnum()


# ---- the ledger's home ---------------------------------------------------------------------------


def evidence(preview: bool = False, **more: Any) -> Recording:
    args: Any = {"topics": topics(), "runbooks": RUNBOOKS, **more}
    return declared(lambda opts: Evidence("evidence", args, opts), preview=preview)


@pytest.mark.slow
def test_evidence_is_locked_private_and_reached_by_tls_only(preview: bool) -> None:
    recording = evidence(preview)
    bucket = recording.one("aws:s3/bucket:Bucket")
    assert bucket.protect
    assert bucket.props == {
        "bucket": "bynomi-prod-evidence",
        "objectLockEnabled": True,
        "forceDestroy": False,
    }
    lock = recording.one("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock.props["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 366}}
    block = recording.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").props
    assert [value for key, value in block.items() if key != "bucket"] == [True] * 4


@pytest.mark.slow
def test_evidence_is_lifted_by_nobody_or_by_those_who_are_named() -> None:
    def denied(**more: Any) -> dict[str, Any]:
        policy = evidence(**more).one("aws:s3/bucketPolicy:BucketPolicy").props["policy"]
        (tls, kept) = json.loads(policy)["Statement"]
        assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        found: dict[str, Any] = kept
        return found

    assert denied()["Action"] == "s3:BypassGovernanceRetention"
    assert "Condition" not in denied()
    admin = f"arn:aws:iam::{ACCOUNT}:role/admin"
    named = denied(administrators=[admin])
    assert named["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [admin]}}


def test_a_scenario_that_is_not_rehearsed_alarms() -> None:
    recording = evidence(
        drills={
            "complete-outage": {"at_most": "35 days", "severity": "p0"},
            "database-failure": {"at_most": "10 days"},
        }
    )
    alarms = recording.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert sorted(alarms) == [
        "evidence-ages-errors",
        "evidence-complete-outage-age",
        "evidence-database-failure-age",
        "evidence-tampered",
    ]
    outage = alarms["evidence-complete-outage-age"].props
    assert (outage["metricName"], outage["dimensions"]) == (
        "DrillAge",
        {"Scenario": "complete-outage"},
    )
    assert (outage["threshold"], outage["treatMissingData"]) == (35, "breaching")
    assert outage["tags"] == {"severity": "p0"}
    function = recording.one("aws:lambda/function:Function").props["environment"]["variables"]
    assert json.loads(function["SCENARIOS"]) == ["complete-outage", "database-failure"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"keep": "36 hours"}, "nearest: `2 days`"),
        ({"mode": "eternal"}, "mode"),
        ({"mode": "compliance", "protected": False}, "what a compliance lock holds nobody deletes"),
    ],
)
def test_evidence_refuses(more: dict[str, Any], said: str) -> None:
    args: Any = {"topics": topics(), "runbooks": RUNBOOKS, **more}
    assert said in refusal(lambda opts: Evidence("evidence", args, opts))


# ---- the network ---------------------------------------------------------------------------------


def network(preview: bool = False, **more: Any) -> Recording:
    args: Any = {
        "region": "us-east-1",
        "network": "vpc-1",
        "subnets": ["subnet-a", "subnet-b"],
        **more,
    }
    return declared(lambda opts: IsolatedNetwork("isolated", args, opts), preview=preview)


def test_nothing_leaves_the_isolated_network(preview: bool) -> None:
    recording = network(preview, buckets=True)
    egress = recording.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    ingress = recording.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert sorted(egress) == sorted(ingress) == ["isolated-to-copies", "isolated-to-endpoints"]
    assert {each.props["fromPort"] for each in egress.values()} == {443, 5432}
    # Out of one group into another, and never to a range of addresses.
    for rule in [*egress.values(), *ingress.values()]:
        assert "cidrIpv4" not in rule.props
        assert "referencedSecurityGroupId" in rule.props
    endpoints = recording.of("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert {each.props["serviceName"] for each in endpoints.values()} == {
        "com.amazonaws.us-east-1.secretsmanager",
        "com.amazonaws.us-east-1.s3",
    }
    # Private names would lead everybody in the network here.
    assert {each.props["privateDnsEnabled"] for each in endpoints.values()} == {False}


def test_without_databases_there_is_no_subnet_group() -> None:
    recording = network(databases=False, buckets=True)
    assert recording.of("aws:rds/subnetGroup:SubnetGroup") == {}
    assert recording.outputs_of("isolated").get("subnetGroup") is None


def test_one_subnet_is_too_few() -> None:
    args: Any = {"region": "us-east-1", "network": "vpc-1", "subnets": ["subnet-a"]}

    def make(opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return IsolatedNetwork("isolated", args, opts)

    assert "RDS asks for subnets in two zones" in refusal(make)
