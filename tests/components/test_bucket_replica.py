"""BucketReplica, AuditFramework, AirGappedVault: what they ask for, no less and no more."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import AirGappedVault, AuditFramework, BucketReplica

from tests.components.recovery import RUNBOOKS, declared, refusal, topics
from tests.components.support import ACCOUNT, Recording

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
REPLICA: dict[str, Any] = {
    "source": "bynomi-prod-product-images",
    "source_region": "us-east-1",
    "topics": topics("us-west-2"),
    "source_topics": topics(),
    "runbooks": RUNBOOKS,
}
AUDIT: dict[str, Any] = {
    "kinds": ["S3", "RDS"],
    "figures": {"every": "6 hours", "keep": "30 days", "age": "26 hours"},
    "lock": True,
    "regions": ["us-west-2"],
    "accounts": ["210987654321"],
}


def replica(preview: bool = False, **args: Any) -> Recording:
    given: Any = {**REPLICA, **args}
    return declared(
        lambda opts: BucketReplica("images-usw2", given, opts), preview=preview, region="us-west-2"
    )


def audit(preview: bool = False, **args: Any) -> Recording:
    given: Any = {**AUDIT, **args}
    return declared(lambda opts: AuditFramework("audit", given, opts), preview=preview)


def test_the_rule_stands_with_its_source_and_keeps_deletions_there() -> None:
    made = replica().one("aws:s3/bucketReplicationConfig:BucketReplicationConfig").props
    assert (made["bucket"], made["region"]) == ("bynomi-prod-product-images", "us-east-1")
    (rule,) = made["rules"]
    assert rule["deleteMarkerReplication"] == {"status": "Disabled"}
    assert rule["filter"] == {"prefix": ""}
    assert rule["destination"]["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert rule["destination"]["metrics"]["eventThreshold"] == {"minutes": 15}
    made = replica(deletes=True).one("aws:s3/bucketReplicationConfig:BucketReplicationConfig").props
    (rule,) = made["rules"]
    assert rule["deleteMarkerReplication"] == {"status": "Enabled"}


def test_the_replica_is_versioned_encrypted_private_and_protected(preview: bool) -> None:
    recording = replica(preview)
    bucket = recording.one("aws:s3/bucket:Bucket")
    assert bucket.protect is True
    assert bucket.props["bucket"] == f"bynomi-prod-images-usw2-{ACCOUNT}"
    versioning = recording.one("aws:s3/bucketVersioning:BucketVersioning").props
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    block = recording.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").props
    assert [block[key] for key in block if key != "bucket"] == [True] * 4
    (rule,) = recording.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    ).props["rules"]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert "expiration" not in rule


@pytest.mark.slow
@pytest.mark.parametrize("deletes", [False, True])
def test_the_role_reads_versions_there_and_writes_here_and_no_more(deletes: bool) -> None:
    policy = replica(deletes=deletes).one("aws:iam/rolePolicy:RolePolicy").props["policy"]
    read_rule, read, write = json.loads(policy)["Statement"]
    assert read_rule["Resource"] == "arn:aws:s3:::bynomi-prod-product-images"
    assert read["Resource"] == "arn:aws:s3:::bynomi-prod-product-images/*"
    assert ("s3:ReplicateDelete" in write["Action"]) is deletes
    trust = json.loads(replica().one("aws:iam/role:Role").props["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "s3.amazonaws.com"}
    assert trust["Statement"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


@pytest.mark.slow
def test_latency_is_watched_at_the_replica_and_failures_at_the_source() -> None:
    alarms = replica().of(ALARM)
    behind, failed = (alarms[f"images-usw2-{part}"].props for part in ("behind", "failed"))
    assert (behind["metricName"], behind["threshold"], behind["statistic"]) == (
        "ReplicationLatency",
        900,
        "Maximum",
    )
    assert "region" not in behind
    assert behind["alarmActions"] == [topics("us-west-2")["p1"]]
    assert (failed["metricName"], failed["threshold"], failed["region"]) == (
        "OperationsFailedReplication",
        0,
        "us-east-1",
    )
    assert failed["alarmActions"] == [topics()["p1"]]


def test_what_was_there_before_is_said_to_be_unproven() -> None:
    said = replica().outputs_of("images-usw2")["unproven"]
    assert [line.split(": ")[0] for line in said] == ["replica bynomi-prod-images-usw2"] * 2
    assert "before it is replicated by no rule" in said[0]


def test_a_lag_below_what_s3_reports_is_refused() -> None:
    given: Any = {**REPLICA, "lag": {"above": "5 minutes"}}
    said = refusal(lambda opts: BucketReplica("images-usw2", given, opts))
    assert "lag.above = 5 minutes: " in said
    assert "nearest: `15 minutes`" in said


def test_the_audit_has_a_control_for_everything_it_is_asked_to_hold() -> None:
    controls = {
        each["name"]: {one["name"]: one["value"] for one in each.get("inputParameters", [])}
        for each in audit().one("aws:backup/framework:Framework").props["controls"]
    }
    assert controls == {
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN": {},
        "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK": {
            "requiredFrequencyUnit": "hours",
            "requiredFrequencyValue": "6",
            "requiredRetentionDays": "30",
        },
        "BACKUP_LAST_RECOVERY_POINT_CREATED": {
            "recoveryPointAgeUnit": "days",
            "recoveryPointAgeValue": "2",
        },
        "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK": {},
        "BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION": {"crossRegionList": "us-west-2"},
        "BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT": {"crossAccountList": "210987654321"},
        "BACKUP_RECOVERY_POINT_ENCRYPTED": {},
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED": {},
    }
    assert audit().one("aws:backup/framework:Framework").props["name"] == "bynomi_prod_audit"


def test_reports_go_daily_into_a_bucket_only_aws_backups_own_role_writes() -> None:
    recording = audit()
    plans = recording.of("aws:backup/reportPlan:ReportPlan")
    assert {each.props["reportSetting"]["reportTemplate"] for each in plans.values()} == {
        "CONTROL_COMPLIANCE_REPORT",
        "RESOURCE_COMPLIANCE_REPORT",
    }
    policy = json.loads(recording.one("aws:s3/bucketPolicy:BucketPolicy").props["policy"])
    encrypted, put = policy["Statement"]
    assert (encrypted["Effect"], put["Action"]) == ("Deny", "s3:PutObject")
    assert put["Condition"]["ArnEquals"]["aws:PrincipalArn"].endswith(
        "role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"
    )


def test_an_audit_of_nothing_is_refused() -> None:
    given: Any = {**AUDIT, "kinds": []}
    said = refusal(lambda opts: AuditFramework("audit", given, opts))
    assert "kinds: nothing is looked at; name `RDS` or `S3`" in said


GAP: dict[str, Any] = {"at_least": "7 days", "at_most": "35 days", "confirm": "locked from birth"}


def test_an_air_gapped_vault_is_made_once_it_is_typed_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    recording = declared(lambda opts: AirGappedVault("gap", _any(GAP), opts))
    vault = recording.one("aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault")
    assert vault.props == {
        "name": "bynomi-prod-gap",
        "minRetentionDays": 7,
        "maxRetentionDays": 35,
    }
    assert vault.protect is True
    assert said[0].startswith("the air-gapped vault bynomi-prod-gap is locked from birth: nobody")


def test_an_air_gapped_vault_without_the_words_is_refused() -> None:
    given = {**GAP, "confirm": "yes please"}
    said = refusal(lambda opts: AirGappedVault("gap", _any(given), opts))
    assert "confirm = yes please: not taken here; write `locked from birth`" in said


def _any(given: Any) -> Any:
    return given
