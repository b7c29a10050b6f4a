"""ReadReplica: a copy that follows in its region or another, is watched, and is not lost."""

from typing import Any

import pulumi
import pytest
from pulumi_upkeep import ReadReplica
from pulumi_upkeep.recover.replica_parameters import (
    Size,
    parameter_family,
    replica_parameters,
)

from tests.components.recovery import RUNBOOKS, declared, known, refusal, topics
from tests.components.support import ACCOUNT, Recording

SOURCE_ARN = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders-prod-use1-1"
INSTANCE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
NAME = "orders-usw2-1"
GIBIBYTE = 1024**3

ACROSS: dict[str, Any] = {
    "source": SOURCE_ARN,
    "instance_class": "db.r6g.large",
    "subnet_group": "bynomi-prod",
    "security_groups": ["sg-database"],
    "multi_az": True,
    "lag": {"above": "5 minutes", "severity": "p1"},
    "topics": topics("us-west-2"),
    "runbooks": RUNBOOKS,
}
WITHIN: dict[str, Any] = {**ACROSS, "source": "orders-prod-use1-1"}


def replica(args: dict[str, Any], preview: bool = False) -> Recording:
    given: Any = args
    return declared(
        lambda opts: ReadReplica(NAME, given, opts), preview=preview, region="us-west-2"
    )


def refused(**more: Any) -> str:
    given: Any = {key: value for key, value in {**ACROSS, **more}.items() if value != "left out"}
    return refusal(lambda opts: ReadReplica(NAME, given, opts))


def test_across_regions_it_has_a_key_of_its_own(preview: bool) -> None:
    recording, later = replica(ACROSS, preview), known(preview)
    children = [each for each in recording.registrations if each.parent]
    assert [(each.type, each.name, each.protect) for each in children] == [
        (ALARM, f"{NAME}-down", False),
        (ALARM, f"{NAME}-lag", False),
        ("aws:kms/alias:Alias", f"{NAME}-key", False),
        ("aws:kms/key:Key", f"{NAME}-key", True),
        (INSTANCE, NAME, True),
    ]
    assert {each.parent for each in children} == {f"upkeep:index:ReadReplica::{NAME}"}
    assert {each.provider for each in children} == {"aws-us-west-2"}
    key = later(f"arn:aws:kms:us-east-1:{ACCOUNT}:Key/{NAME}-key")
    assert recording.one(INSTANCE).props == {
        "identifier": f"bynomi-prod-{NAME}",
        "replicateSourceDb": SOURCE_ARN,
        "instanceClass": "db.r6g.large",
        "storageEncrypted": True,
        "kmsKeyId": key,
        "dbSubnetGroupName": "bynomi-prod",
        "vpcSecurityGroupIds": ["sg-database"],
        "multiAz": True,
        "publiclyAccessible": False,
        "autoMinorVersionUpgrade": False,
        "copyTagsToSnapshot": True,
        "performanceInsightsEnabled": True,
        "performanceInsightsRetentionPeriod": 7,
        "performanceInsightsKmsKeyId": key,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": f"bynomi-prod-{NAME}-final",
    }


def test_within_a_region_it_must_not_set_a_key(preview: bool) -> None:
    recording = replica(WITHIN, preview)
    props = recording.one(INSTANCE).props
    assert props["replicateSourceDb"] == "orders-prod-use1-1"
    assert not {"kmsKeyId", "storageEncrypted", "performanceInsightsKmsKeyId"} & set(props)
    assert recording.of("aws:kms/key:Key") == {}


def test_a_source_that_is_not_known_yet_says_where_it_is(preview: bool) -> None:
    def component(opts: pulumi.ResourceOptions) -> pulumi.Resource:
        source = pulumi.Output.from_input(SOURCE_ARN)
        args: Any = {**ACROSS, "source": source, "across_regions": True}
        return ReadReplica(NAME, args, opts)

    recording = declared(component, preview=preview)
    assert recording.one(INSTANCE).props["replicateSourceDb"] == SOURCE_ARN
    assert list(recording.of("aws:kms/key:Key")) == [f"{NAME}-key"]


def test_a_promotion_outside_the_code_is_left_alone() -> None:
    assert replica(ACROSS).one(INSTANCE).ignore_changes == ("replicateSourceDb",)


def test_outputs(preview: bool) -> None:
    later = known(preview)
    assert replica(ACROSS, preview).outputs_of(NAME) == {
        "identifier": f"bynomi-prod-{NAME}",
        "arn": later(f"arn:aws:rds:us-east-1:{ACCOUNT}:Instance/{NAME}"),
        "endpoint": later(f"{NAME}.rds.example.com:5432"),
        "address": later(f"{NAME}.rds.example.com"),
        "port": later(5432),
    }


@pytest.mark.slow
def test_lag_alarms_and_counts_a_broken_replication_as_a_day_behind(preview: bool) -> None:
    assert replica(ACROSS, preview).one(ALARM, f"{NAME}-lag").props == {
        "name": f"bynomi-prod-{NAME}-lag",
        "alarmDescription": (
            f"P1: bynomi-prod-{NAME} is behind its source, or does not follow it (looked at over "
            "5 minutes). Runbook: https://runbooks.example.com/replica-lag"
        ),
        "metricQueries": [
            {
                "id": "value",
                "expression": "IF(lag < 0, 86400, lag)",
                "label": "lag",
                "returnData": True,
            },
            {
                "id": "lag",
                "returnData": False,
                "metric": {
                    "namespace": "AWS/RDS",
                    "metricName": "ReplicaLag",
                    "dimensions": {"DBInstanceIdentifier": f"bynomi-prod-{NAME}"},
                    "stat": "Maximum",
                    "period": 60,
                },
            },
        ],
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 300,
        "evaluationPeriods": 5,
        "datapointsToAlarm": 5,
        "treatMissingData": "breaching",
        "alarmActions": [topics("us-west-2")["p1"]],
        "okActions": [topics("us-west-2")["p1"]],
        "tags": {"severity": "p1"},
    }


def test_silence_alarms_and_no_value_does(preview: bool) -> None:
    props = replica({**ACROSS, "down_severity": "p0"}, preview).one(ALARM, f"{NAME}-down").props
    assert (props["metricName"], props["statistic"]) == ("DatabaseConnections", "Minimum")
    assert (props["comparisonOperator"], props["threshold"]) == ("LessThanThreshold", 0)
    assert props["treatMissingData"] == "breaching"
    assert props["alarmActions"] == [topics("us-west-2")["p0"]]


def test_a_parameter_group_of_its_own(preview: bool) -> None:
    given = {
        **ACROSS,
        "parameter_family": "postgres16",
        "parameters": {"max_connections": "500", "hot_standby_feedback": "1"},
    }
    recording = replica(given, preview)
    assert recording.one("aws:rds/parameterGroup:ParameterGroup").props == {
        "name": f"bynomi-prod-{NAME}-postgres16",
        "family": "postgres16",
        "description": f"Parameters of bynomi-prod-{NAME}",
        "parameters": [
            {"name": "hot_standby_feedback", "value": "1", "applyMethod": "pending-reboot"},
            {"name": "max_connections", "value": "500", "applyMethod": "pending-reboot"},
        ],
    }
    assert recording.one(INSTANCE).props["parameterGroupName"] == (f"bynomi-prod-{NAME}-postgres16")


def test_a_member_is_retired_on_purpose() -> None:
    recording = replica({**ACROSS, "protected": False, "final_snapshot": False})
    member = recording.one(INSTANCE)
    assert not member.protect
    assert member.props["deletionProtection"] is False
    assert member.props["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in member.props
    assert not any(each.protect for each in recording.registrations)


PROMOTED: dict[str, Any] = {
    **{key: value for key, value in ACROSS.items() if key != "source"},
    "role": "writes",
    "across_regions": True,
    "backup_retention": "30 days",
}


@pytest.mark.slow
def test_once_promoted_it_is_the_same_resource_with_backups_of_its_own(preview: bool) -> None:
    before, after = replica(ACROSS, preview), replica(PROMOTED, preview)
    lag = (ALARM, f"{NAME}-lag")
    assert after.names() == [each for each in before.names() if each != lag]
    was, now = before.one(INSTANCE), after.one(INSTANCE)
    assert (now.urn, now.protect, now.ignore_changes) == (was.urn, True, ("replicateSourceDb",))
    assert "replicateSourceDb" not in now.props
    assert {**was.props, "backupRetentionPeriod": 30} == {
        **now.props,
        "replicateSourceDb": SOURCE_ARN,
    }


def test_an_old_primary_stays_protected_and_wakes_nobody(preview: bool) -> None:
    left = {key: value for key, value in PROMOTED.items() if key != "backup_retention"}
    recording = replica({**left, "role": "wrote", "security_groups": ["sg-fence"]}, preview)
    assert recording.of(ALARM) == {}
    member = recording.one(INSTANCE)
    assert member.protect
    assert member.props["deletionProtection"] is True
    assert member.props["vpcSecurityGroupIds"] == ["sg-fence"]
    assert recording.one("aws:kms/key:Key").protect


def test_a_retired_member_may_go_and_its_last_snapshot_stays_readable(preview: bool) -> None:
    left = {key: value for key, value in PROMOTED.items() if key != "backup_retention"}
    recording = replica({**left, "role": "retired"}, preview)
    assert not any(each.protect for each in recording.registrations)
    member = recording.one(INSTANCE)
    assert member.props["deletionProtection"] is False
    assert member.props["finalSnapshotIdentifier"] == f"bynomi-prod-{NAME}-final"
    assert not member.retain_on_delete
    assert recording.one("aws:kms/key:Key").retain_on_delete
    assert recording.of(ALARM) == {}


def test_a_replica_of_an_unencrypted_source_is_not_encrypted(preview: bool) -> None:
    recording = replica({**ACROSS, "source_encrypted": False}, preview)
    props = recording.one(INSTANCE).props
    assert not {"kmsKeyId", "storageEncrypted", "performanceInsightsKmsKeyId"} & set(props)
    assert recording.of("aws:kms/key:Key") == {}


def test_the_parameters_a_replica_needs_to_start_are_the_largest_members() -> None:
    large, small = Size(16 * GIBIBYTE, 2), Size(4 * GIBIBYTE, 2)
    wide = Size(8 * GIBIBYTE, 16)
    assert replica_parameters("postgres", [small, large], {}) == {
        "max_connections": str(16 * GIBIBYTE // 9_531_392),
        "max_worker_processes": "8",
    }
    assert replica_parameters("postgres", [wide, small], {})["max_worker_processes"] == "32"
    stated = {"max_connections": "4000", "hot_standby_feedback": "1"}
    assert replica_parameters("postgres", [small], stated) == {
        **stated,
        "max_worker_processes": "8",
    }
    assert replica_parameters("mysql", [small], {}) == {}
    assert parameter_family("postgres", "16.4") == "postgres16"
    assert parameter_family("mysql", "8.0.36") is None


def test_enhanced_monitoring_with_a_role() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/rds-monitoring"
    props = replica({**ACROSS, "monitoring_role": role}).one(INSTANCE).props
    assert (props["monitoringInterval"], props["monitoringRoleArn"]) == (60, role)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"across_regions": False},
            f"source = {SOURCE_ARN}: across regions a source is named by its ARN, within one by "
            "its identifier [RDS]; give the other name, or leave `across_regions` out",
        ),
        (
            {"source": 5},
            "across_regions: not to be seen from a source that is only known once deployed; state "
            "true or false",
        ),
        ({"source": "left out"}, "source: missing; required of what follows"),
        (
            {"source": "left out", "role": "wrote"},
            "across_regions: not to be seen without a source; state whether it was in another "
            "region: the instance then has a key of its own, and keeps it",
        ),
        (
            {"role": "wrote"},
            "source: it was promoted, and an old primary never becomes a replica again [RDS]; "
            "leave it out; what is to follow is a new generation, by its own name",
        ),
        (
            {"role": "writes", "source": "left out", "across_regions": True},
            "backup_retention: missing: without automated backups nothing can follow it [RDS]; "
            "such as `30 days`",
        ),
        (
            {"backup_retention": "7 days"},
            "backup_retention: can be set only after a promotion [RDS]; leave it out until its "
            "role is `writes`",
        ),
        (
            {
                "role": "writes",
                "source": "left out",
                "across_regions": True,
                "backup_retention": "36 days",
            },
            "backup_retention = 36 days: the retention of automated backups lies between 1 day and "
            "35 days (RDS, BackupRetentionPeriod); nearest: `35 days`",
        ),
        (
            {"parameters": {"max_connections": "500"}},
            "parameter_family: parameters without a family; such as `postgres16`",
        ),
        (
            {"lag": {"above": "2 days"}},
            "lag.above = 2 days: a lag that alerts lies between 1 minute and 12 hours (RDS reports "
            "it once a minute); nearest: `12 hours`",
        ),
        (
            {"security_groups": []},
            "security_groups = []: without one RDS gives the default group of the network; 1 at "
            "least",
        ),
        ({"subnet_group": "left out"}, "subnet_group: missing; required here"),
        (
            {"runbooks": "runbooks.example.com"},
            "runbooks = runbooks.example.com: an address without its scheme; write "
            "`https://runbooks.example.com`",
        ),
    ],
)
def test_refuses(args: dict[str, Any], message: str) -> None:
    assert refused(**args) == f"ReadReplica '{NAME}': 1 fault\n  {message}"
