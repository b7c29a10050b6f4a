"""The verdict on a restore test: looked for when the restore is complete, reported exactly once.

AWS Backup restores the newest recovery point of a restore testing plan and waits, for the plan's
validation window, to be told whether the copy is good; then it deletes the copy. This function is
told of every restore that ends. It has the copy looked at by another function, `restore_checks`,
which stands in a network that nothing leaves and can report nothing itself, so that whatever
happens there (a crash, a time-out, a database that does not answer) ends as a verdict here.

Once an hour it looks after itself: restores whose event never came, verdicts that were found and
not reported, copies that were not deleted, and the age of the last proof.

Everything that must happen once is an object of the evidence bucket, written only where there is
none: the verdict, each attempt, the ledger's entry. Whoever writes the verdict reports it; a
duplicate event, a retry and the hourly round find it there.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from common.ledger import Ledger, put_once
from common.proofs import NAMESPACE, age_in_days, awaited_since, datum, simulated

# AWS Backup: PutRestoreValidationResult, ValidationStatusMessage. [M] The model states no limit.
LONGEST_MESSAGE = 1024
# How often the checks are begun for one restore before their crashing is the verdict.
ATTEMPTS = 3
# Left of this function's time for the report, whatever the checks do.
REPORT_SECONDS = 45
# After so long a verdict that another invocation found and did not report is reported here, and a
# restore whose event never came is looked at: longer than any invocation may take.
ABANDONED = timedelta(minutes=20)
# Restores that the hourly round looks back at.
LOOK_BACK = timedelta(days=30)
PASSED, FAILED = "SUCCESSFUL", "FAILED"


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """One restore that has ended, or the hourly round."""
    judge = Judge(context)
    detail = event.get("detail") or {}
    if event.get("detail-type") == "Restore Job State Change" and "restoreJobId" in detail:
        return judge.job(str(detail["restoreJobId"]))
    return judge.round()


class Judge:
    """What is known of one restore test, and the services it is told to."""

    def __init__(self, context: Any) -> None:
        environment = os.environ
        self.test = environment["TEST"]
        self.kind = environment["KIND"]
        self.plan = environment["RESTORE_TESTING_PLAN_ARN"]
        self.configuration = environment["CONFIGURATION"]
        self.bucket = environment["LEDGER_BUCKET"]
        self.checks_function = environment["CHECKS_FUNCTION"]
        self.deleted_within = timedelta(hours=float(environment["DELETED_WITHIN_HOURS"]))
        self.backup = boto3.client("backup")
        self.rds = boto3.client("rds")
        self.cloudwatch = boto3.client("cloudwatch")
        self.s3 = boto3.client("s3", region_name=environment["LEDGER_REGION"])
        self.ledger = Ledger(self.s3, self.bucket)
        self.request = str(getattr(context, "aws_request_id", "") or f"local-{time.time_ns()}")
        self.remaining = _clock(context)

    # ---- one restore -------------------------------------------------------------------------

    def job(self, job_id: str) -> dict[str, Any]:
        """Brings one restore of this test to its end, from wherever it was left."""
        job = self.backup.describe_restore_job(RestoreJobId=job_id)
        if (job.get("CreatedBy") or {}).get("RestoreTestingPlanArn") != self.plan:
            return {"ignored": f"{job_id} is no restore of {self.test}"}
        status = job.get("Status")
        if status in ("FAILED", "ABORTED"):
            reason = f"the restore ended as {status}: {job.get('StatusMessage') or 'no reason'}"
            return self._conclude(job, self._settle(job, False, reason, ()), report=False)
        if status != "COMPLETED":
            return {"waiting": f"{job_id} is {status}"}
        verdict = self._verdict(job_id)
        if verdict is None and (verdict := self._look(job)) is None:
            return {"waiting": f"{job_id} is being validated by others"}
        return self._conclude(job, verdict, report=True)

    def _look(self, job: Mapping[str, Any]) -> dict[str, Any] | None:
        """The verdict on a copy, found now; None where the last attempt may still be running."""
        begun = self._begin(job["RestoreJobId"])
        if begun is not None:
            if _now() - begun < ABANDONED:
                return None
            reason = f"the validation was begun {ATTEMPTS} times and never ended"
            return self._settle(job, False, reason, ())
        try:
            found = self._have_looked_at(job)
            passed = bool(found["passed"])
            return self._settle(job, passed, str(found.get("reason") or ""), found["checks"])
        except Exception as fault:
            reason = f"the validation failed: {type(fault).__name__}: {_line(str(fault))}"
            return self._settle(job, False, reason, ())

    def _begin(self, job_id: str) -> datetime | None:
        """Takes an attempt; where all were taken, when the last one began."""
        for number in range(1, ATTEMPTS + 1):
            key = f"attempts/{job_id}/{number}.json"
            if put_once(self.s3, self.bucket, key, {"at": _text(_now()), "by": self.request}):
                return None
        last = json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        return datetime.fromisoformat(last["at"])

    def _have_looked_at(self, job: Mapping[str, Any]) -> dict[str, Any]:
        seconds = max(1.0, self.remaining() - REPORT_SECONDS)
        client = boto3.client(
            "lambda",
            # One call, for as long as there is time: begun twice, it would be run twice.
            config=Config(
                connect_timeout=10, read_timeout=seconds, retries={"total_max_attempts": 1}
            ),
        )
        answered = client.invoke(
            FunctionName=self.checks_function,
            Payload=json.dumps(
                {
                    "kind": self.kind,
                    "at": _text(self._restored_moment(job)),
                    "seed": job["RestoreJobId"],
                    "target": self._target(job),
                }
            ).encode(),
        )
        document = json.loads(answered["Payload"].read() or b"null")
        if answered.get("FunctionError"):
            said = (document or {}).get("errorMessage") or answered["FunctionError"]
            kind = (document or {}).get("errorType")
            raise RuntimeError(f"{kind}: {said}" if kind else str(said))
        if not isinstance(document, dict) or "passed" not in document:
            raise RuntimeError("the checks answered with nothing that could be read")
        return document

    def _target(self, job: Mapping[str, Any]) -> dict[str, Any]:
        created = str(job.get("CreatedResourceArn") or "")
        if not created:
            raise RuntimeError("AWS Backup does not say what it restored")
        if self.kind != "database":
            return {"bucket": created.rpartition(":")[2]}
        found = self.rds.describe_db_instances(DBInstanceIdentifier=_last(created))
        instance = found["DBInstances"][0]
        endpoint = instance.get("Endpoint") or {}
        if not endpoint.get("Address"):
            raise RuntimeError(f"{_last(created)} has no endpoint: {instance['DBInstanceStatus']}")
        return {
            "host": endpoint["Address"],
            "port": endpoint["Port"],
            "database": instance.get("DBName"),
        }

    def _restored_moment(self, job: Mapping[str, Any]) -> datetime:
        """The moment the copy shows.

        A continuous recovery point is restored to a time, which the restore's metadata name; a
        snapshot shows when it was taken. For databases it is when the restore began: how old the
        data are is counted from when they would have been needed.
        """
        began: datetime = job["CreationDate"]
        if self.kind == "database":
            return began
        try:
            metadata = self.backup.get_restore_job_metadata(RestoreJobId=job["RestoreJobId"])
            given = {str(k).lower(): str(v) for k, v in (metadata.get("Metadata") or {}).items()}
            if text := given.get("restoretime"):
                return datetime.fromisoformat(text.replace("Z", "+00:00"))
        except (ClientError, ValueError, NotImplementedError):
            pass
        taken: datetime = job.get("RecoveryPointCreationDate") or began
        return taken

    # ---- the verdict -------------------------------------------------------------------------

    def _verdict(self, job_id: str) -> dict[str, Any] | None:
        try:
            stored = self.s3.get_object(Bucket=self.bucket, Key=_verdict_key(job_id))
        except self.s3.exceptions.NoSuchKey:
            return None
        verdict: dict[str, Any] = json.loads(stored["Body"].read())
        return verdict

    def _settle(
        self, job: Mapping[str, Any], passed: bool, reason: str, checks: Any
    ) -> dict[str, Any]:
        """The verdict: this one, or the one that stands already."""
        job_id = job["RestoreJobId"]
        verdict = {
            "job": job_id,
            "passed": passed,
            "reason": reason,
            "checks": list(checks),
            "at": _text(_now()),
            "by": self.request,
        }
        if put_once(self.s3, self.bucket, _verdict_key(job_id), verdict):
            return verdict
        standing = self._verdict(job_id)
        assert standing is not None
        return standing

    def _conclude(
        self, job: Mapping[str, Any], verdict: Mapping[str, Any], *, report: bool
    ) -> dict[str, Any]:
        """Reports a verdict, writes it down, and tells the metrics; each once, in this order."""
        job_id = job["RestoreJobId"]
        reported = self._report(job, verdict) if report else "nothing to report to"
        entry = self.ledger.append(
            kind="restore-test",
            name=self.test,
            execution=job_id,
            passed=verdict["passed"],
            simulated=simulated(),
            configuration=self.configuration,
            detail={
                "reason": verdict["reason"],
                "checks": verdict["checks"],
                "recovery_point": job.get("RecoveryPointArn"),
                "restored": job.get("CreatedResourceArn"),
                "restore_began": _text(job["CreationDate"]),
                "restore_ended": _text(job.get("CompletionDate")),
                "restore_seconds": _seconds(job),
            },
        )
        if verdict.get("by") == self.request:
            self._publish(
                datum("ProofsFailed", 0 if verdict["passed"] else 1, {"Test": self.test}, _now())
            )
        self._publish_age()
        return {
            "job": job_id,
            "verdict": PASSED if verdict["passed"] else FAILED,
            "reason": verdict["reason"],
            "reported": reported,
            "entry": entry.sequence,
        }

    def _report(self, job: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
        job_id = job["RestoreJobId"]
        mine = verdict.get("by") == self.request
        age = _now() - datetime.fromisoformat(verdict["at"])
        if not mine and age < ABANDONED:
            return "left to the invocation that found it"
        # Asked again, now that time has passed: what is reported already stays.
        status = self.backup.describe_restore_job(RestoreJobId=job_id).get("ValidationStatus")
        if status not in (None, "VALIDATING"):
            return f"is {status} already"
        message = verdict["reason"] or f"{len(verdict['checks'])} checks passed"
        self.backup.put_restore_validation_result(
            RestoreJobId=job_id,
            ValidationStatus=PASSED if verdict["passed"] else FAILED,
            ValidationStatusMessage=message[:LONGEST_MESSAGE],
        )
        return "reported"

    # ---- the hourly round --------------------------------------------------------------------

    def round(self) -> dict[str, Any]:
        """Looks after what was left behind, and publishes how things stand."""
        now = _now()
        done: list[Any] = []
        faults: list[str] = []
        left: list[str] = []
        known = {
            entry.execution
            for entry in self.ledger.read().entries
            if (entry.kind, entry.name) == ("restore-test", self.test)
        }
        for job in self._jobs(now - LOOK_BACK):
            job_id = job["RestoreJobId"]
            try:
                if (ended := self._unsettled(job, known, now)) is not None:
                    done.append(ended)
                if (problem := self._not_deleted(job, now)) is not None:
                    left.append(f"{job_id}: {problem}")
            except Exception as fault:
                # One restore that cannot be looked at hides none of the others.
                faults.append(f"{job_id}: {type(fault).__name__}: {_line(str(fault))}")
        self._publish(datum("CopiesLeft", len(left), {"Test": self.test}, now))
        age = self._publish_age()
        if faults:
            raise RuntimeError("; ".join(faults))
        return {"settled": done, "left": left, "age_in_days": age}

    def _jobs(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        following: dict[str, str] = {}
        while True:
            page = self.backup.list_restore_jobs(
                ByRestoreTestingPlanArn=self.plan, ByCreatedAfter=since, **following
            )
            yield from page.get("RestoreJobs", ())
            if not page.get("NextToken"):
                return
            following = {"NextToken": page["NextToken"]}

    def _unsettled(
        self, job: Mapping[str, Any], known: set[str], now: datetime
    ) -> dict[str, Any] | None:
        """Ends a restore whose event was lost, or whose validation was."""
        job_id, status = job["RestoreJobId"], job.get("Status")
        if status in ("FAILED", "ABORTED"):
            return None if job_id in known else self.job(job_id)
        if status != "COMPLETED":
            return None
        validated = job.get("ValidationStatus")
        if validated in (None, "VALIDATING"):
            ended: datetime = job.get("CompletionDate") or job["CreationDate"]
            return self.job(job_id) if now - ended >= ABANDONED else None
        if job_id in known:
            return None
        if (verdict := self._verdict(job_id)) is None:
            # Not by us: the validation window closed, or somebody reported by hand.
            said = job.get("ValidationStatusMessage") or "without a word"
            reason = f"AWS Backup has it as {validated}, and no verdict was found here: {said}"
            verdict = self._settle(job, False, reason, ())
        return self._conclude(job, verdict, report=False)

    def _not_deleted(self, job: Mapping[str, Any], now: datetime) -> str | None:
        """Why a restored copy is still there when it should be gone; None where all is well."""
        if job.get("Status") != "COMPLETED" or not job.get("CreatedResourceArn"):
            return None
        deletion = job.get("DeletionStatus")
        if deletion == "FAILED":
            return f"its deletion failed: {job.get('DeletionStatusMessage') or 'no reason'}"
        ended: datetime = job.get("CompletionDate") or job["CreationDate"]
        if now - ended < self.deleted_within:
            return None
        if deletion != "SUCCESSFUL":
            return f"not deleted yet ({deletion or 'nothing said'})"
        return "called deleted, and still there" if self._there(job["CreatedResourceArn"]) else None

    def _there(self, arn: str) -> bool:
        """Asked of the service itself, not of AWS Backup."""
        try:
            if self.kind == "database":
                self.rds.describe_db_instances(DBInstanceIdentifier=_last(arn))
            else:
                boto3.client("s3").head_bucket(Bucket=_last(arn))
        except ClientError as fault:
            if str(fault.response["Error"]["Code"]) in (
                "DBInstanceNotFound",
                "DBInstanceNotFoundFault",
                "NoSuchBucket",
                "404",
            ):
                return False
            raise
        return True

    # ---- metrics -----------------------------------------------------------------------------

    def _publish_age(self) -> float:
        now = _now()
        since = awaited_since(self.s3, self.bucket, "restore-test", self.test, now)
        age = age_in_days(
            self.ledger.read().entries,
            "restore-test",
            self.test,
            since=since,
            now=now,
            simulated=simulated(),
        )
        self._publish(datum("ProofAge", age, {"Test": self.test}, now))
        return age

    def _publish(self, value: dict[str, Any]) -> None:
        self.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[value])


def _verdict_key(job_id: str) -> str:
    return f"verdicts/{job_id}.json"


def _last(arn: str) -> str:
    return arn.rpartition(":")[2]


def _now() -> datetime:
    return datetime.now(UTC)


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment is not None else None


def _seconds(job: Mapping[str, Any]) -> float | None:
    """What the restore took: a measured term of a recovery time."""
    ended = job.get("CompletionDate")
    return (ended - job["CreationDate"]).total_seconds() if ended is not None else None


def _line(text: str) -> str:
    return " ".join(text.split())


def _clock(context: Any) -> Callable[[], float]:
    if context is not None and hasattr(context, "get_remaining_time_in_millis"):
        return lambda: context.get_remaining_time_in_millis() / 1000
    return lambda: 600.0
