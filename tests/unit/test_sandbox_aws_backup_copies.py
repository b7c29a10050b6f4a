"""AWS Backup in the sandbox: copies, locks, the air gap, the audit, and buckets that follow."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow

ACCOUNT, OTHER = "123456789012", "210987654321"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield sandbox.addresses.aws_endpoint_url


@pytest.fixture(scope="module")
def cloud(endpoint: str) -> Cloud:
    return Cloud(endpoint)


@pytest.fixture(scope="module")
def other(cloud: Cloud) -> Cloud:
    return cloud.assuming(f"arn:aws:iam::{OTHER}:role/any")


def trusting(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def role(cloud: Cloud) -> str:
    document = trusting("backup.amazonaws.com")
    made = cloud("iam").create_role(RoleName="backup", AssumeRolePolicyDocument=document)
    return str(made["Role"]["Arn"])


@pytest.fixture(scope="module")
def database(cloud: Cloud) -> str:
    made = cloud("rds").create_db_instance(
        DBInstanceIdentifier="orders",
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername="bynomi",
        MasterUserPassword="only-in-the-sandbox",
    )
    return str(made["DBInstance"]["DBInstanceArn"])


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> str:
    s3 = cloud("s3")
    s3.create_bucket(Bucket="images")
    s3.put_object(Bucket="images", Key="shoe", Body=b"a shoe")
    return "arn:aws:s3:::images"


def vault_arn(region: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"


def backed_up(cloud: Cloud, role: str, of: str, vault: str, **lifecycle: int) -> str:
    """The recovery point of a backup taken now."""
    job = cloud("backup").start_backup_job(
        BackupVaultName=vault, ResourceArn=of, IamRoleArn=role, Lifecycle=lifecycle
    )
    return str(job["RecoveryPointArn"])


def copied(
    cloud: Cloud, role: str, point: str, vault: str, to: str, **lifecycle: int
) -> dict[str, Any]:
    """The copy job, as it ended."""
    backup = cloud("backup")
    job = backup.start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName=vault,
        DestinationBackupVaultArn=to,
        IamRoleArn=role,
        Lifecycle=lifecycle,
    )
    found: dict[str, Any] = backup.describe_copy_job(CopyJobId=job["CopyJobId"])["CopyJob"]
    return found


@pytest.fixture(scope="module")
def near(cloud: Cloud) -> str:
    cloud("backup").create_backup_vault(BackupVaultName="near")
    return "near"


@pytest.fixture(scope="module")
def far(cloud: Cloud) -> str:
    cloud("backup", "us-west-2").create_backup_vault(BackupVaultName="far")
    return vault_arn("us-west-2", "far")


@pytest.fixture(scope="module")
def away(other: Cloud) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "backup:CopyIntoBackupVault",
        "Resource": "*",
    }
    for region in ("us-east-1", "us-west-2"):
        backup = other("backup", region)
        backup.create_backup_vault(BackupVaultName="away")
        backup.put_backup_vault_access_policy(
            BackupVaultName="away",
            Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
    return vault_arn("us-east-1", "away", OTHER)


def test_a_copy_is_in_its_vault_and_kept_as_long_as_it_says(
    cloud: Cloud, role: str, database: str, near: str, far: str
) -> None:
    point = backed_up(cloud, role, database, near, DeleteAfterDays=30)
    job = copied(cloud, role, point, near, far, DeleteAfterDays=7)
    assert job["State"] == "COMPLETED"
    points = cloud("backup", "us-west-2").list_recovery_points_by_backup_vault(
        BackupVaultName="far"
    )["RecoveryPoints"]
    found = {each["RecoveryPointArn"]: each for each in points}
    copy = found[job["DestinationRecoveryPointArn"]]
    assert copy["ResourceArn"] == database
    assert copy["Lifecycle"] == {"DeleteAfterDays": 7}
    assert copy["SourceBackupVaultArn"] == vault_arn("us-east-1", near)


def test_a_copy_that_never_expires_takes_its_sources_expiry(
    cloud: Cloud, role: str, database: str, near: str, far: str
) -> None:
    point = backed_up(cloud, role, database, near, DeleteAfterDays=30)
    job = copied(cloud, role, point, near, far)
    assert job["DestinationRecoveryPointLifecycle"] == {"DeleteAfterDays": 30}


def test_a_copy_reaches_another_account_that_lets_this_one_in(
    cloud: Cloud, other: Cloud, role: str, database: str, near: str, away: str
) -> None:
    point = backed_up(cloud, role, database, near, DeleteAfterDays=30)
    assert copied(cloud, role, point, near, away)["State"] == "COMPLETED"
    (kept,) = other("backup").list_recovery_points_by_backup_vault(BackupVaultName="away")[
        "RecoveryPoints"
    ]
    assert kept["ResourceArn"] == database
    other("backup").create_backup_vault(BackupVaultName="closed")
    job = copied(cloud, role, point, near, vault_arn("us-east-1", "closed", OTHER))
    assert job["State"] == "FAILED"
    assert "does not let account 123456789012 copy into it" in job["StatusMessage"]


def test_a_database_goes_to_another_region_or_account_in_one_step_not_to_both(
    cloud: Cloud, role: str, database: str, bucket: str, near: str, away: str
) -> None:
    both = vault_arn("us-west-2", "away", OTHER)
    point = backed_up(cloud, role, database, near, DeleteAfterDays=30)
    job = copied(cloud, role, point, near, both)
    assert (job["State"], job["StatusMessage"]) == (
        "FAILED",
        "A copy of RDS to another region and another account in one step is not supported",
    )
    # A bucket's may.
    point = backed_up(cloud, role, bucket, near, DeleteAfterDays=30)
    assert copied(cloud, role, point, near, both)["State"] == "COMPLETED"


def test_what_is_cold_cannot_be_copied(
    endpoint: str, cloud: Cloud, role: str, bucket: str, near: str, far: str
) -> None:
    rule = {
        "RuleName": "daily",
        "TargetBackupVaultName": near,
        "ScheduleExpression": "cron(0 2 ? * * *)",
        "StartWindowMinutes": 60,
        "CompletionWindowMinutes": 120,
        "Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 91},
        "CopyActions": [{"DestinationBackupVaultArn": far, "Lifecycle": {"DeleteAfterDays": 91}}],
    }
    backup = cloud("backup")
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "cold", "Rules": [rule]})
    backup.create_backup_selection(
        BackupPlanId=plan["BackupPlanId"],
        BackupSelection={"SelectionName": "all", "IamRoleArn": role, "Resources": [bucket]},
    )

    def run(hours: int) -> list[str]:
        request = urllib.request.Request(
            f"{endpoint}/_upkeep/backup-rules/cold/daily/run",
            json.dumps({"hours_ago": hours}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            jobs = json.load(answer)["jobs"]
        return [job.get("StatusMessage", job["State"]) for job in jobs]

    assert run(23) == ["COMPLETED", "COMPLETED"]
    assert run(24) == ["COMPLETED", "Recovery points in cold storage cannot be copied"]
    (first, second) = backup.list_backup_jobs(ByBackupVaultName=near)["BackupJobs"][-2:]
    assert first["CreatedBy"]["BackupRuleName"] == "daily"
    assert first["CreationDate"] > second["CreationDate"]


def test_a_lock_makes_jobs_fail_that_keep_too_short_or_too_long(
    cloud: Cloud, role: str, bucket: str, near: str
) -> None:
    backup = cloud("backup")
    backup.create_backup_vault(BackupVaultName="locked")
    backup.put_backup_vault_lock_configuration(
        BackupVaultName="locked", MinRetentionDays=7, MaxRetentionDays=30
    )
    for days in (7, 30):
        backed_up(cloud, role, bucket, "locked", DeleteAfterDays=days)
    for days in (6, 31):
        with pytest.raises(ClientError, match="outside the vault lock of locked: 7 to 30 days"):
            backed_up(cloud, role, bucket, "locked", DeleteAfterDays=days)
    point = backed_up(cloud, role, bucket, near, DeleteAfterDays=30)
    job = copied(cloud, role, point, near, vault_arn("us-east-1", "locked"), DeleteAfterDays=6)
    assert job["State"] == "FAILED"


def test_a_compliance_lock_can_be_changed_for_three_days_at_least(cloud: Cloud) -> None:
    backup = cloud("backup")
    backup.create_backup_vault(BackupVaultName="compliance")
    with pytest.raises(ClientError, match="at least 3 days"):
        backup.put_backup_vault_lock_configuration(
            BackupVaultName="compliance", MinRetentionDays=7, ChangeableForDays=2
        )
    backup.put_backup_vault_lock_configuration(
        BackupVaultName="compliance", MinRetentionDays=7, ChangeableForDays=3
    )
    described = backup.describe_backup_vault(BackupVaultName="compliance")
    assert described["Locked"]
    assert "LockDate" in described
    # Within the time of grace it can still be lifted.
    backup.delete_backup_vault_lock_configuration(BackupVaultName="compliance")


def test_an_air_gapped_vault_is_locked_from_birth_and_holds_no_database(
    cloud: Cloud, role: str, database: str, bucket: str, near: str
) -> None:
    backup = cloud("backup")
    with pytest.raises(ClientError, match="at least 7"):
        backup.create_logically_air_gapped_backup_vault(
            BackupVaultName="gap", MinRetentionDays=6, MaxRetentionDays=35
        )
    made = backup.create_logically_air_gapped_backup_vault(
        BackupVaultName="gap", MinRetentionDays=7, MaxRetentionDays=35
    )
    described = backup.describe_backup_vault(BackupVaultName="gap")
    assert (described["VaultType"], described["Locked"]) == (
        "LOGICALLY_AIR_GAPPED_BACKUP_VAULT",
        True,
    )
    with pytest.raises(ClientError, match="immutable"):
        backup.delete_backup_vault_lock_configuration(BackupVaultName="gap")
    gap = made["BackupVaultArn"]
    point = backed_up(cloud, role, bucket, near, DeleteAfterDays=30)
    job = copied(cloud, role, point, near, gap, DeleteAfterDays=30)
    assert job["State"] == "COMPLETED"
    with pytest.raises(ClientError, match="locked"):
        backup.delete_recovery_point(
            BackupVaultName="gap", RecoveryPointArn=job["DestinationRecoveryPointArn"]
        )
    point = backed_up(cloud, role, database, near, DeleteAfterDays=30)
    job = copied(cloud, role, point, near, gap, DeleteAfterDays=30)
    assert (job["State"], job["StatusMessage"]) == (
        "FAILED",
        "Logically air-gapped vaults do not support RDS",
    )


# ---- audit -------------------------------------------------------------------------------------

ENCRYPTED = {"ControlName": "BACKUP_RECOVERY_POINT_ENCRYPTED", "ControlInputParameters": []}


def test_a_framework_is_read_back_as_it_was_sent(cloud: Cloud) -> None:
    backup = cloud("backup")
    kept = {
        "ControlName": "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK",
        "ControlInputParameters": [
            {"ParameterName": "requiredRetentionDays", "ParameterValue": "30"}
        ],
    }
    backup.create_framework(FrameworkName="audit", FrameworkControls=[kept])
    assert backup.describe_framework(FrameworkName="audit")["FrameworkControls"] == [kept]
    backup.update_framework(FrameworkName="audit", FrameworkControls=[ENCRYPTED])
    found = backup.describe_framework(FrameworkName="audit")
    assert found["FrameworkControls"] == [ENCRYPTED]
    backup.create_report_plan(
        ReportPlanName="daily",
        ReportDeliveryChannel={"S3BucketName": "reports", "Formats": ["CSV"]},
        ReportSetting={
            "ReportTemplate": "CONTROL_COMPLIANCE_REPORT",
            "FrameworkArns": [found["FrameworkArn"]],
        },
    )
    told = backup.describe_report_plan(ReportPlanName="daily")["ReportPlan"]
    assert told["ReportDeliveryChannel"] == {"S3BucketName": "reports", "Formats": ["CSV"]}
    backup.delete_report_plan(ReportPlanName="daily")
    backup.delete_framework(FrameworkName="audit")
    with pytest.raises(ClientError, match="not found"):
        backup.describe_framework(FrameworkName="audit")


def test_fifty_controls_of_an_account_and_region_and_no_more(cloud: Cloud) -> None:
    backup = cloud("backup", "us-west-2")
    backup.create_framework(FrameworkName="many", FrameworkControls=[ENCRYPTED] * 49)
    backup.create_framework(FrameworkName="one", FrameworkControls=[ENCRYPTED])
    with pytest.raises(ClientError, match="At most 50 controls per account and region"):
        backup.create_framework(FrameworkName="another", FrameworkControls=[ENCRYPTED])
    # Another region counts for itself.
    backup = cloud("backup", "eu-west-1")
    backup.create_framework(FrameworkName="another", FrameworkControls=[ENCRYPTED])


@pytest.mark.parametrize(
    ("name", "control", "message"),
    [
        ("a-b", ENCRYPTED, "letters, digits and underscores"),
        ("audit", {"ControlName": "NOBODY_KNOWS"}, "Unknown control NOBODY_KNOWS"),
        (
            "audit",
            {
                "ControlName": "BACKUP_RECOVERY_POINT_ENCRYPTED",
                "ControlInputParameters": [{"ParameterName": "x", "ParameterValue": "1"}],
            },
            "does not take x",
        ),
    ],
)
def test_a_framework_that_cannot_be_is_refused(
    cloud: Cloud, name: str, control: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        cloud("backup", "eu-west-2").create_framework(
            FrameworkName=name, FrameworkControls=[control]
        )


# ---- replication of buckets ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def replicated(cloud: Cloud) -> str:
    """A role that S3 takes, and two versioned buckets: ``from-here`` and ``to-there``."""
    document = trusting("s3.amazonaws.com")
    made = cloud("iam").create_role(RoleName="replication", AssumeRolePolicyDocument=document)
    for name in ("from-here", "to-there"):
        cloud("s3").create_bucket(Bucket=name)
        cloud("s3").put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )
    return str(made["Role"]["Arn"])


def replication(
    minutes: int = 15, metrics: str = "Enabled", to: str = "to-there"
) -> dict[str, Any]:
    return {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{to}",
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": minutes}},
            "Metrics": {"Status": metrics, "EventThreshold": {"Minutes": minutes}},
        },
    }


def put(cloud: Cloud, role: str, bucket: str, rule: dict[str, Any]) -> None:
    cloud("s3").put_bucket_replication(
        Bucket=bucket, ReplicationConfiguration={"Role": role, "Rules": [rule]}
    )


def test_what_is_written_after_the_rule_is_replicated_and_nothing_before_it(
    cloud: Cloud, replicated: str
) -> None:
    s3 = cloud("s3")
    s3.put_object(Bucket="from-here", Key="before", Body=b"old")
    put(cloud, replicated, "from-here", replication())
    s3.put_object(Bucket="from-here", Key="after", Body=b"new")
    s3.delete_object(Bucket="from-here", Key="after")
    listed = s3.list_objects_v2(Bucket="to-there")["Contents"]
    assert [each["Key"] for each in listed] == ["after"]
    assert s3.get_bucket_replication(Bucket="from-here")["ReplicationConfiguration"] == {
        "Role": replicated,
        "Rules": [replication()],
    }
    s3.delete_bucket_replication(Bucket="from-here")
    with pytest.raises(ClientError, match="ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket="from-here")


@pytest.mark.parametrize(
    ("bucket", "rule", "message"),
    [
        ("plain", replication(), "Versioning must be 'Enabled'"),
        ("from-here", replication(to="plain"), "must have versioning enabled"),
        ("from-here", replication(to="nowhere"), "Destination bucket must exist"),
        ("from-here", replication(minutes=10), "Minutes must be 15"),
        ("from-here", replication(metrics="Disabled"), "needs replication metrics"),
    ],
)
def test_replication_that_cannot_be_is_refused(
    cloud: Cloud, replicated: str, bucket: str, rule: dict[str, Any], message: str
) -> None:
    cloud("s3").create_bucket(Bucket="plain")
    with pytest.raises(ClientError, match=message):
        put(cloud, replicated, bucket, rule)


def test_a_role_that_s3_may_not_take_is_refused(cloud: Cloud, role: str, replicated: str) -> None:
    with pytest.raises(ClientError, match="must trust S3"):
        put(cloud, role, "from-here", replication())
