"""The verdict on a restore test, in the sandbox: found, reported exactly once, and written down.

The function runs as it is deployed, invoked by the events of restores. What looks at the copies is
played: it answers, refuses, crashes or hangs as a test says.
"""

import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi_upkeep
import pytest

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server, and processes.
pytestmark = pytest.mark.slow

FUNCTIONS = Path(pulumi_upkeep.__file__).parent / "functions"
REGION, RECOVERY, ACCOUNT = "us-east-1", "us-west-2", "123456789012"
EVIDENCE = "bynomi-test-evidence"
CHECKS = """
import os
import time
import boto3

GOOD = {"passed": True, "reason": "", "checks": [
    {"check": "rows of orders", "passed": True, "found": "400", "expected": "400 at least"}]}
BAD = {"passed": False, "reason": "rows of orders: 3; expected 400 at least", "checks": [
    {"check": "rows of orders", "passed": False, "found": "3", "expected": "400 at least"}]}


def handler(event, context):
    how = boto3.client("s3").get_object(Bucket="bynomi-how", Key="how")["Body"].read().decode()
    if how == "good":
        return GOOD
    if how == "bad":
        return BAD
    if how == "crash":
        raise ConnectionError("the server closed the connection")
    if how == "gone":
        os._exit(3)
    if how == "hang":
        time.sleep(60)
    return how
"""


def trust(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return packed.getvalue()


def judge_code() -> bytes:
    files = {"main.py": (FUNCTIONS / "restore_validation" / "main.py").read_bytes()}
    for path in (FUNCTIONS / "common").glob("*.py"):
        files[f"common/{path.name}"] = path.read_bytes()
    return archive(files)


class World:
    """A sandbox with one restore test: plan, functions, rule, evidence bucket."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.cloud = Cloud(endpoint)
        self.backup = self.cloud("backup")
        self.arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"
        self._make()

    def _make(self) -> None:
        iam = self.cloud("iam")
        roles = {}
        for name, service in {"backup": "backup", "functions": "lambda"}.items():
            made = iam.create_role(
                RoleName=name, AssumeRolePolicyDocument=trust(f"{service}.amazonaws.com")
            )
            roles[name] = made["Role"]["Arn"]
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam.put_role_policy(
            RoleName="functions",
            PolicyName="everything",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
        )
        self.role = roles["backup"]
        self.cloud("s3", RECOVERY).create_bucket(
            Bucket=EVIDENCE,
            CreateBucketConfiguration={"LocationConstraint": RECOVERY},
            ObjectLockEnabledForBucket=True,
        )
        self.cloud("s3").create_bucket(Bucket="bynomi-how")
        self.cloud("rds").create_db_instance(
            DBInstanceIdentifier="orders",
            Engine="postgres",
            DBInstanceClass="db.t4g.medium",
            AllocatedStorage=20,
            MasterUsername="bynomi",
            MasterUserPassword="secret123",
        )
        self.backup.create_backup_vault(BackupVaultName="near")
        self.plan_arn = self.backup.create_restore_testing_plan(
            RestoreTestingPlan={
                "RestoreTestingPlanName": "weekly",
                "ScheduleExpression": "cron(0 6 ? * 1 *)",
                "RecoveryPointSelection": {
                    "Algorithm": "LATEST_WITHIN_WINDOW",
                    "IncludeVaults": ["*"],
                    "RecoveryPointTypes": ["SNAPSHOT", "CONTINUOUS"],
                    "SelectionWindowDays": 8,
                },
            }
        )["RestoreTestingPlanArn"]
        self.backup.create_restore_testing_selection(
            RestoreTestingPlanName="weekly",
            RestoreTestingSelection={
                "RestoreTestingSelectionName": "orders",
                "IamRoleArn": self.role,
                "ProtectedResourceType": "RDS",
                "ProtectedResourceArns": [self.arn],
                "ValidationWindowHours": 2,
            },
        )
        functions = self.cloud("lambda")
        code = {"checks": archive({"main.py": CHECKS.encode()}), "judge": judge_code()}
        environment = {
            "TEST": "database-weekly",
            "KIND": "database",
            "RESTORE_TESTING_PLAN_ARN": self.plan_arn,
            "CONFIGURATION": "c" * 64,
            "LEDGER_BUCKET": EVIDENCE,
            "LEDGER_REGION": RECOVERY,
            "CHECKS_FUNCTION": "checks",
            "DELETED_WITHIN_HOURS": "6",
        }
        for name, seconds in {"checks": 2, "judge": 60}.items():
            made = functions.create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=roles["functions"],
                Handler="main.handler",
                Code={"ZipFile": code[name]},
                Timeout=seconds,
                Environment={"Variables": environment if name == "judge" else {}},
            )
        rule = self.cloud("events").put_rule(
            Name="restores",
            EventPattern=json.dumps(
                {"source": ["aws.backup"], "detail-type": ["Restore Job State Change"]}
            ),
        )
        functions.add_permission(
            FunctionName="judge",
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule["RuleArn"],
        )
        self.cloud("events").put_targets(
            Rule="restores", Targets=[{"Id": "judge", "Arn": made["FunctionArn"]}]
        )
        self.how("good")

    def how(self, how: str) -> None:
        self.cloud("s3").put_object(Bucket="bynomi-how", Key="how", Body=how.encode())

    def back_up(self) -> None:
        self.backup.start_backup_job(
            BackupVaultName="near", ResourceArn=self.arn, IamRoleArn=self.role
        )

    def control(self, path: str, **asked: Any) -> Any:
        request = urllib.request.Request(
            f"{self.endpoint}/_upkeep/{path}",
            json.dumps(asked).encode(),
            {"Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def restore(self, **asked: Any) -> str:
        """Runs the plan; the restore job's id."""
        (job,) = self.control("restore-tests/weekly/run", **{"wait": 60, **asked})["jobs"]
        return str(job["RestoreJobId"])

    def judge(self, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """The hourly round, or an event."""
        answer = self.cloud("lambda").invoke(
            FunctionName="judge", Payload=json.dumps(event or {}).encode()
        )
        told: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return told

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.backup.describe_restore_job(RestoreJobId=job_id)
        return found

    def reports(self) -> int:
        """How often a result was put, since the last time."""
        with urllib.request.urlopen(f"{self.endpoint}/_upkeep/creates", timeout=30) as answer:
            calls = json.load(answer)
        delete = urllib.request.Request(f"{self.endpoint}/_upkeep/creates", method="DELETE")
        urllib.request.urlopen(delete, timeout=30).close()
        return sum(call["operation"] == "PutRestoreValidationResult" for call in calls)

    def entries(self) -> list[dict[str, Any]]:
        s3 = self.cloud("s3", RECOVERY)
        found = s3.list_objects_v2(Bucket=EVIDENCE, Prefix="ledger/").get("Contents", [])
        return [
            json.loads(s3.get_object(Bucket=EVIDENCE, Key=each["Key"])["Body"].read())
            for each in found
        ]

    def entry(self, job_id: str) -> dict[str, Any]:
        (entry,) = [each for each in self.entries() if each["execution"] == job_id]
        return entry

    def metric(self, name: str) -> list[float]:
        from datetime import UTC, datetime, timedelta

        now = datetime.now(UTC)
        found = self.cloud("cloudwatch").get_metric_data(
            MetricDataQueries=[
                {
                    "Id": "it",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "Upkeep/Recovery",
                            "MetricName": name,
                            "Dimensions": [{"Name": "Test", "Value": "database-weekly"}],
                        },
                        "Period": 3600,
                        "Stat": "Maximum",
                    },
                }
            ],
            StartTime=now - timedelta(hours=2),
            EndTime=now + timedelta(hours=1),
        )
        values: list[float] = found["MetricDataResults"][0]["Values"]
        return values


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    state = tmp_path / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        made = World(sandbox.addresses.aws_endpoint_url)
        made.back_up()
        made.reports()
        yield made


def test_a_good_copy_is_reported_once_written_down_and_deleted(world: World) -> None:
    job_id = world.restore()
    job = world.job(job_id)
    assert (job["ValidationStatus"], job["ValidationStatusMessage"]) == (
        "SUCCESSFUL",
        "1 checks passed",
    )
    assert job["DeletionStatus"] == "SUCCESSFUL"
    assert world.reports() == 1
    entry = world.entry(job_id)
    assert (entry["kind"], entry["name"]) == ("restore-test", "database-weekly")
    # It ran against a cloud on this machine, and says so.
    assert (entry["passed"], entry["simulated"]) == (True, True)
    assert entry["configuration"] == "c" * 64
    assert entry["detail"]["checks"][0]["check"] == "rows of orders"
    assert entry["detail"]["recovery_point"] == job["RecoveryPointArn"]
    (age,) = world.metric("ProofAge")
    assert 0 <= age < 0.01
    assert world.metric("ProofsFailed") == [0.0]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("bad", "rows of orders: 3; expected 400 at least"),
        (
            "crash",
            "the validation failed: RuntimeError: ConnectionError: "
            "the server closed the connection",
        ),
        ("gone", "the validation failed: RuntimeError: "),
        ("hang", "the validation failed: RuntimeError: "),
        ("nonsense", "the validation failed: RuntimeError: the checks answered with nothing"),
    ],
)
def test_whatever_is_wrong_is_reported_as_failed_once(world: World, how: str, reason: str) -> None:
    world.how(how)
    job_id = world.restore()
    job = world.job(job_id)
    assert job["ValidationStatus"] == "FAILED"
    assert job["ValidationStatusMessage"].startswith(reason)
    assert job["DeletionStatus"] == "SUCCESSFUL"
    assert world.reports() == 1
    entry = world.entry(job_id)
    assert entry["passed"] is False
    assert entry["detail"]["reason"].startswith(reason)
    assert world.metric("ProofsFailed") == [1.0]


def test_a_duplicate_event_reports_nothing_twice(world: World) -> None:
    job_id = world.restore(event="twice")
    assert world.job(job_id)["ValidationStatus"] == "SUCCESSFUL"
    assert world.reports() == 1
    # Long after, with another answer at hand: what was reported stays.
    world.how("bad")
    world.control(f"restore-jobs/{job_id}/tell", region=REGION)
    event = {"detail-type": "Restore Job State Change", "detail": {"restoreJobId": job_id}}
    assert world.judge(event)["verdict"] == "SUCCESSFUL"
    assert world.reports() == 0
    assert world.job(job_id)["ValidationStatus"] == "SUCCESSFUL"
    assert len(world.entries()) == 1


def test_a_report_that_did_not_get_through_is_tried_again_with_the_same_verdict(
    world: World,
) -> None:
    # boto3 itself tries five times; then the function fails and is invoked again.
    world.control("fail", operation="PutRestoreValidationResult", times=6, status=500)
    job_id = world.restore()
    assert world.job(job_id)["ValidationStatus"] == "SUCCESSFUL"
    assert len(world.entries()) == 1


def test_a_restore_that_failed_is_a_failed_proof(world: World) -> None:
    job_id = world.restore(restore="fails")
    assert "ValidationStatus" not in world.job(job_id)
    assert world.reports() == 0
    entry = world.entry(job_id)
    assert entry["passed"] is False
    assert entry["detail"]["reason"] == "the restore ended as FAILED: ordered by a test"


def test_a_restore_whose_event_was_lost_is_found_by_the_hourly_round(world: World) -> None:
    job_id = world.restore(event="lost")
    assert world.judge()["settled"] == []
    assert world.entries() == []
    world.control(f"restore-jobs/{job_id}/age", region=REGION, hours=1)
    (settled,) = world.judge()["settled"]
    assert (settled["job"], settled["verdict"]) == (job_id, "SUCCESSFUL")
    assert world.reports() == 1
    assert world.judge()["settled"] == []


def test_a_validation_that_nobody_reported_in_time_is_a_failed_proof(world: World) -> None:
    job_id = world.restore(event="lost")
    world.control(f"restore-jobs/{job_id}/close", region=REGION)
    (settled,) = world.judge()["settled"]
    assert settled["verdict"] == "FAILED"
    assert world.entry(job_id)["detail"]["reason"].startswith("AWS Backup has it as TIMED_OUT")
    assert world.reports() == 0


def test_a_validation_that_always_dies_is_reported_as_failed_in_the_end(world: World) -> None:
    job_id = world.restore(event="lost")
    world.control(f"restore-jobs/{job_id}/age", region=REGION, hours=1)
    s3 = world.cloud("s3", RECOVERY)
    for number in (1, 2, 3):
        s3.put_object(
            Bucket=EVIDENCE,
            Key=f"attempts/{job_id}/{number}.json",
            Body=json.dumps({"at": "2026-11-01T00:00:00+00:00", "by": "gone"}).encode(),
            ChecksumAlgorithm="SHA256",
        )
    (settled,) = world.judge()["settled"]
    assert settled["reason"] == "the validation was begun 3 times and never ended"
    assert world.job(job_id)["ValidationStatus"] == "FAILED"
    assert world.reports() == 1


def test_a_copy_that_was_not_deleted_is_counted(world: World) -> None:
    job_id = world.restore(deletion="fails")
    assert world.judge()["left"] == [f"{job_id}: its deletion failed: ordered by a test"]
    assert world.metric("CopiesLeft") == [1.0]


def test_a_copy_that_is_called_deleted_and_still_there_is_counted(world: World) -> None:
    job_id = world.restore()
    world.control(f"restore-jobs/{job_id}/age", region=REGION, hours=7)
    assert world.judge()["left"] == []
    world.cloud("rds").create_db_instance(
        DBInstanceIdentifier=world.job(job_id)["CreatedResourceArn"].rpartition(":")[2],
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername="bynomi",
        MasterUserPassword="secret123",
    )
    assert world.judge()["left"] == [f"{job_id}: called deleted, and still there"]


def test_a_restore_of_another_plan_is_left_alone(world: World) -> None:
    world.backup.create_restore_testing_plan(
        RestoreTestingPlan={
            "RestoreTestingPlanName": "other",
            "ScheduleExpression": "cron(0 6 ? * 1 *)",
            "RecoveryPointSelection": {
                "Algorithm": "LATEST_WITHIN_WINDOW",
                "IncludeVaults": ["*"],
                "RecoveryPointTypes": ["SNAPSHOT"],
            },
        }
    )
    world.backup.create_restore_testing_selection(
        RestoreTestingPlanName="other",
        RestoreTestingSelection={
            "RestoreTestingSelectionName": "orders",
            "IamRoleArn": world.role,
            "ProtectedResourceType": "RDS",
            "ProtectedResourceArns": [world.arn],
        },
    )
    (job,) = world.control("restore-tests/other/run", wait=60)["jobs"]
    assert world.job(job["RestoreJobId"])["ValidationStatus"] == "VALIDATING"
    assert world.entries() == []


def test_silence_has_an_age(world: World) -> None:
    # No recovery point within the window: no restore, no event. Only the age tells.
    s3 = world.cloud("s3", RECOVERY)
    s3.put_object(
        Bucket=EVIDENCE,
        Key="awaited/restore-test/database-weekly.json",
        Body=b'{"since": "2026-01-01T00:00:00+00:00"}',
        ChecksumAlgorithm="SHA256",
    )
    told = world.judge()
    assert told["age_in_days"] > 200
    assert world.metric("ProofAge") == [pytest.approx(told["age_in_days"])]
    world.restore()
    assert world.judge()["age_in_days"] < 0.01
