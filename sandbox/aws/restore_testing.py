"""AWS Backup: backup jobs, recovery points, restore testing and what came of it.

moto has none of it. A backup job is complete when it is started: of a database it is a snapshot of
RDS, of a bucket a copy of what its objects hold at that moment. Nothing runs by the clock: a
restore testing plan runs when somebody says so,

``POST /_upkeep/restore-tests/{plan}/run``   restores the newest recovery point of each resource
                                             that the plan selects, and says so on the event bus:
                                             {"region", "wait": seconds for the functions that hear
                                             of it, "restore": "fails", "deletion": "fails",
                                             "event": "lost" | "twice"}
``POST /_upkeep/restore-jobs/{id}/close``    the validation window ends: TIMED_OUT where nobody
                                             reported, and the copy is deleted; {"region"}
``POST /_upkeep/restore-jobs/{id}/age``      {"region", "hours"}: as if it had been so long ago

A restored copy is deleted when its validation was reported, as the service does.
"""

import json
import re
import uuid
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from moto.backup.exceptions import (
    AlreadyExistsException,
    InvalidParameterValueException,
    InvalidRequestException,
    ResourceNotFoundException,
)
from moto.backup.models import BackupBackend, backup_backends
from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time
from moto.iam.models import iam_backends
from werkzeug.wrappers import Request

from sandbox.aws import events, functions, rds_servers
from sandbox.aws.controls import Answer, control

# Figures of AWS Backup's developer guide (restore testing, quotas and parameters) and API.
MOST_PLANS = 100
MOST_SELECTIONS = 30
MOST_ARNS = 30
START_WINDOW_HOURS = range(1, 168 + 1)
SELECTION_WINDOW_DAYS = range(1, 365 + 1)
VALIDATION_WINDOW_HOURS = range(168 + 1)
DEFAULT_START_WINDOW_HOURS = 24
DEFAULT_SELECTION_WINDOW_DAYS = 30
DEFAULT_VALIDATION_WINDOW_HOURS = 24
_NAME = re.compile(r"[A-Za-z0-9_]{1,50}")
_CRON = re.compile(r"cron\(\S+( \S+){5}\)")
_ALGORITHMS = ("LATEST_WITHIN_WINDOW", "RANDOM_WITHIN_WINDOW")
_POINT_TYPES = ("CONTINUOUS", "SNAPSHOT")
# The keys that may be overridden, folded to lower case: keys are not case sensitive.
_OVERRIDES = {
    "RDS": frozenset(
        (
            "allocatedstorage",
            "availabilityzones",
            "dbinstanceclass",
            "dbname",
            "dbparametergroupname",
            "dbsubnetgroupname",
            "domain",
            "domainiamrolename",
            "enablecloudwatchlogsexports",
            "enableiamdatabaseauthentication",
            "iops",
            "licensemodel",
            "multiaz",
            "optiongroupname",
            "port",
            "processorfeatures",
            "publiclyaccessible",
            "storagetype",
            "vpcsecuritygroupids",
        )
    ),
    "S3": frozenset(("encryptiontype", "kmskey", "restoreacls")),
}
_PREFIX = "awsbackup-restore-test-"


@dataclass
class Point:
    """A recovery point. `kept` is what a bucket's objects held; of a database RDS has it."""

    arn: str
    vault: str
    vault_arn: str
    resource: str
    kind: str
    created: float
    role: str
    snapshot: str = ""
    kept: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Job:
    """A restore job."""

    id: str
    point: Point
    role: str
    plan_arn: str
    created: float
    metadata: dict[str, str]
    fails: str = ""
    deletion_fails: bool = False
    status: str = "RUNNING"
    message: str = ""
    completed: float | None = None
    resource: str = ""
    validation: str = ""
    validation_message: str = ""
    deletion: str = ""
    deletion_message: str = ""

    def shown(self, account: str) -> dict[str, Any]:
        """As DescribeRestoreJob tells it."""
        told: dict[str, Any] = {
            "AccountId": account,
            "RestoreJobId": self.id,
            "RecoveryPointArn": self.point.arn,
            "SourceResourceArn": self.point.resource,
            "BackupVaultArn": self.point.vault_arn,
            "CreationDate": self.created,
            "CompletionDate": self.completed,
            "Status": self.status,
            "StatusMessage": self.message or None,
            "PercentDone": "100.00" if self.status == "COMPLETED" else "0.00",
            "IamRoleArn": self.role,
            "CreatedResourceArn": self.resource or None,
            "ResourceType": self.point.kind,
            "RecoveryPointCreationDate": self.point.created,
            "CreatedBy": {"RestoreTestingPlanArn": self.plan_arn} if self.plan_arn else None,
            "ValidationStatus": self.validation or None,
            "ValidationStatusMessage": self.validation_message or None,
            "DeletionStatus": self.deletion or None,
            "DeletionStatusMessage": self.deletion_message or None,
        }
        return {key: value for key, value in told.items() if value is not None}


class RestoreTesting(BackupBackend):
    """Jobs, recovery points, and restore testing's plans and selections."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.points: dict[str, Point] = {}
        self.backup_jobs: dict[str, dict[str, Any]] = {}
        self.restore_jobs: dict[str, Job] = {}
        self.testing_plans: dict[str, dict[str, Any]] = {}
        self.testing_selections: dict[str, dict[str, dict[str, Any]]] = {}

    # Backup jobs and recovery points

    def start_backup_job(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Back a database or a bucket up, now."""
        vault = self.describe_backup_vault(asked["BackupVaultName"])
        arn = asked["ResourceArn"]
        service = arn.split(":")[2]
        job_id, now = str(uuid.uuid4()), unix_time()
        point = Point(
            arn="",
            vault=vault.backup_vault_name,
            vault_arn=vault.backup_vault_arn,
            resource=arn,
            kind={"rds": "RDS", "s3": "S3"}.get(service, ""),
            created=now,
            role=asked["IamRoleArn"],
        )
        if point.kind == "RDS":
            # The service's own begin with `awsbackup:`, which RDS takes from nobody else.
            point.snapshot = f"awsbackup-job-{job_id}"
            try:
                self.client("rds").create_db_snapshot(
                    DBSnapshotIdentifier=point.snapshot, DBInstanceIdentifier=_last(arn)
                )
            except ClientError as fault:
                raise InvalidParameterValueException(str(fault)) from None
            rds_servers.settle()
            # The point is called as in AWS all the same: roles are given by that name.
            point.arn = (
                f"arn:aws:rds:{self.region_name}:{self.account_id}:snapshot:awsbackup:job-{job_id}"
            )
        elif point.kind == "S3":
            s3 = self.client("s3")
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=_last(arn)):
                for found in page.get("Contents", ()):
                    body = s3.get_object(Bucket=_last(arn), Key=found["Key"])["Body"]
                    point.kept[found["Key"]] = body.read()
            point.arn = (
                f"arn:aws:backup:{self.region_name}:{self.account_id}:recovery-point:"
                f"{_last(arn)[:40]}-{uuid.uuid4().hex[:8]}"
            )
        else:
            raise InvalidParameterValueException(f"The sandbox cannot back up {arn}")
        self.points[point.arn] = point
        vault.num_of_recovery_points += 1
        job = {
            "BackupJobId": job_id,
            "BackupVaultName": point.vault,
            "BackupVaultArn": point.vault_arn,
            "RecoveryPointArn": point.arn,
            "ResourceArn": arn,
            "ResourceType": point.kind,
            "CreationDate": now,
            "CompletionDate": unix_time(),
            "State": "COMPLETED",
            "PercentDone": "100.0",
            "IamRoleArn": point.role,
            "AccountId": self.account_id,
        }
        self.backup_jobs[job_id] = job
        return job

    def points_of(self, vault: str | None = None, resource: str | None = None) -> list[Point]:
        """The newest first."""
        found = [
            point
            for point in self.points.values()
            if vault in (None, point.vault) and resource in (None, point.resource)
        ]
        return sorted(found, key=lambda point: point.created, reverse=True)

    # Restore testing plans

    def create_testing_plan(
        self, plan: Mapping[str, Any], tags: Mapping[str, str] | None
    ) -> dict[str, Any]:
        name = plan["RestoreTestingPlanName"]
        if name in self.testing_plans:
            raise AlreadyExistsException(f"Restore testing plan {name} already exists")
        if len(self.testing_plans) >= MOST_PLANS:
            raise InvalidRequestException(f"At most {MOST_PLANS} restore testing plans")
        document = dict(plan)
        document.setdefault("StartWindowHours", DEFAULT_START_WINDOW_HOURS)
        document.setdefault("ScheduleExpressionTimezone", "Etc/UTC")
        document["RecoveryPointSelection"] = {
            "SelectionWindowDays": DEFAULT_SELECTION_WINDOW_DAYS,
            "ExcludeVaults": [],
            **plan["RecoveryPointSelection"],
        }
        check_testing_plan(document)
        now = unix_time()
        entry = {
            **document,
            "RestoreTestingPlanArn": (
                f"arn:aws:backup:{self.region_name}:{self.account_id}:restore-testing-plan:"
                f"{name}-{uuid.uuid4()}"
            ),
            "CreationTime": now,
            "LastUpdateTime": now,
        }
        self.testing_plans[name] = entry
        if tags:
            self.tag_resource(str(entry["RestoreTestingPlanArn"]), dict(tags))
        return entry

    def testing_plan(self, name: str) -> dict[str, Any]:
        try:
            return self.testing_plans[name]
        except KeyError:
            raise ResourceNotFoundException(f"Restore testing plan {name} not found") from None

    def update_testing_plan(self, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        current = self.testing_plan(name)
        changed = {**current, **changes}
        if "RecoveryPointSelection" in changes:
            changed["RecoveryPointSelection"] = {
                **current["RecoveryPointSelection"],
                **changes["RecoveryPointSelection"],
            }
        check_testing_plan(changed)
        self.testing_plans[name] = {**changed, "LastUpdateTime": unix_time()}
        return self.testing_plans[name]

    def delete_testing_plan(self, name: str) -> None:
        """Refused while the plan has selections."""
        self.testing_plan(name)
        if self.testing_selections.get(name):
            raise InvalidRequestException(
                "Related restore testing selections must be deleted prior to plan deletion"
            )
        del self.testing_plans[name]

    def create_testing_selection(self, plan: str, selection: Mapping[str, Any]) -> dict[str, Any]:
        self.testing_plan(plan)
        name = selection["RestoreTestingSelectionName"]
        existing = self.testing_selections.setdefault(plan, {})
        if name in existing:
            raise AlreadyExistsException(f"Restore testing selection {name} already exists")
        if len(existing) >= MOST_SELECTIONS:
            raise InvalidRequestException(f"At most {MOST_SELECTIONS} selections in a plan")
        entry = {
            "ValidationWindowHours": DEFAULT_VALIDATION_WINDOW_HOURS,
            "RestoreMetadataOverrides": {},
            **selection,
            "RestoreTestingPlanName": plan,
            "CreationTime": unix_time(),
        }
        self._check_selection(entry)
        existing[name] = entry
        return entry

    def testing_selection(self, plan: str, name: str) -> dict[str, Any]:
        self.testing_plan(plan)
        try:
            return self.testing_selections[plan][name]
        except KeyError:
            raise ResourceNotFoundException(
                f"Restore testing selection {name} of {plan} not found"
            ) from None

    def update_testing_selection(
        self, plan: str, name: str, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        changed = {**self.testing_selection(plan, name), **changes}
        self._check_selection(changed)
        self.testing_selections[plan][name] = changed
        return changed

    def _check_selection(self, selection: Mapping[str, Any]) -> None:
        check_testing_selection(selection)
        roles = iam_backends[self.account_id][self.partition].roles.values()
        role = selection["IamRoleArn"]
        trust = next((each.assume_role_policy_document for each in roles if each.arn == role), "")
        if "backup.amazonaws.com" not in trust:
            raise InvalidParameterValueException(f"IAM Role {role} cannot be assumed by AWS Backup")

    # Restores

    def run_testing_plan(self, name: str, asked: Mapping[str, Any]) -> list[Job]:
        """Restore the newest recovery point of everything that the plan selects.

        Nothing is restored of what has no recovery point within the window: no job, no event. That
        is what the service does, and why a proof's age has to be watched.
        """
        plan = self.testing_plan(name)
        plan["LastExecutionTime"] = unix_time()
        jobs = []
        for selection in self.testing_selections.get(name, {}).values():
            for arn in self._selected(selection):
                point = self._newest(plan["RecoveryPointSelection"], arn)
                if point is None:
                    continue
                job = Job(
                    id=str(uuid.uuid4()).upper(),
                    point=point,
                    role=selection["IamRoleArn"],
                    plan_arn=plan["RestoreTestingPlanArn"],
                    created=unix_time(),
                    metadata=_metadata(point, selection["RestoreMetadataOverrides"]),
                    fails="ordered by a test" if asked.get("restore") == "fails" else "",
                    deletion_fails=asked.get("deletion") == "fails",
                )
                self.restore_jobs[job.id] = job
                self._restore(job)
                jobs.append(job)
        return jobs

    def _selected(self, selection: Mapping[str, Any]) -> list[str]:
        arns = list(selection.get("ProtectedResourceArns") or [])
        if arns != ["*"]:
            return arns
        kind = selection["ProtectedResourceType"]
        return sorted({point.resource for point in self.points.values() if point.kind == kind})

    def _newest(self, choice: Mapping[str, Any], arn: str) -> Point | None:
        since = unix_time() - timedelta(days=choice["SelectionWindowDays"]).total_seconds()
        included, excluded = choice["IncludeVaults"], choice.get("ExcludeVaults") or []
        if "SNAPSHOT" not in choice["RecoveryPointTypes"]:
            return None
        for point in self.points_of(resource=arn):
            if point.created < since or point.vault_arn in excluded:
                continue
            if "*" in included or point.vault_arn in included:
                return point
        return None

    def _restore(self, job: Job) -> None:
        try:
            if job.fails:
                raise RuntimeError(job.fails)
            if job.point.kind == "RDS":
                self._restore_database(job)
            else:
                self._restore_bucket(job)
        except Exception as fault:
            job.status, job.message = "FAILED", str(fault)
        else:
            job.status = "COMPLETED"
            job.validation = "VALIDATING" if job.plan_arn else ""
        job.completed = unix_time()

    def _restore_database(self, job: Job) -> None:
        given = job.metadata
        rds = self.client("rds")
        groups = json.loads(given["vpcsecuritygroupids"]) if "vpcsecuritygroupids" in given else []
        asked: dict[str, Any] = {
            "DBInstanceIdentifier": given["dbinstanceidentifier"],
            "DBSnapshotIdentifier": job.point.snapshot,
            "MultiAZ": given.get("multiaz") == "true",
            "DeletionProtection": given.get("deletionprotection") == "true",
            "PubliclyAccessible": given.get("publiclyaccessible") == "true",
        }
        if given.get("dbinstanceclass"):
            asked["DBInstanceClass"] = given["dbinstanceclass"]
        if given.get("dbsubnetgroupname"):
            asked["DBSubnetGroupName"] = given["dbsubnetgroupname"]
        elif not self._has_default_network():
            raise RuntimeError("No default VPC for this user, and no dbSubnetGroupName override")
        if groups:
            asked["VpcSecurityGroupIds"] = groups
        made = rds.restore_db_instance_from_db_snapshot(**asked)["DBInstance"]
        job.resource = made["DBInstanceArn"]
        rds_servers.settle()

    def _has_default_network(self) -> bool:
        vpcs = self.client("ec2").describe_vpcs(
            Filters=[{"Name": "is-default", "Values": ["true"]}]
        )
        return bool(vpcs["Vpcs"])

    def _restore_bucket(self, job: Job) -> None:
        s3, name = self.client("s3"), job.metadata["destinationbucketname"]
        place = (
            {}
            if self.region_name == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": self.region_name}}
        )
        s3.create_bucket(Bucket=name, **place)
        for key, content in job.point.kept.items():
            s3.put_object(Bucket=name, Key=key, Body=content)
        job.resource = f"arn:aws:s3:::{name}"

    def job(self, job_id: str) -> Job:
        try:
            return self.restore_jobs[job_id]
        except KeyError:
            raise ResourceNotFoundException(f"Restore job {job_id} not found") from None

    def put_validation(self, job_id: str, status: str, message: str) -> None:
        """The result, once: what is reported stays."""
        job = self.job(job_id)
        if status not in ("SUCCESSFUL", "FAILED"):
            raise InvalidParameterValueException(f"Invalid ValidationStatus: {status}")
        if not job.plan_arn or job.validation != "VALIDATING":
            raise InvalidRequestException(
                f"Restore job {job_id} is not awaiting a validation: {job.validation or job.status}"
            )
        job.validation, job.validation_message = status, message
        self.delete_copy(job)

    def close(self, job_id: str) -> None:
        """The validation window is over."""
        job = self.job(job_id)
        if job.validation == "VALIDATING":
            job.validation = "TIMED_OUT"
            job.validation_message = "Validation was not reported within the validation window"
            self.delete_copy(job)

    def delete_copy(self, job: Job) -> None:
        """What the service does once a validation has ended."""
        if job.deletion_fails:
            job.deletion, job.deletion_message = "FAILED", "ordered by a test"
            return
        job.deletion = "DELETING"
        try:
            if job.point.kind == "RDS":
                self.client("rds").delete_db_instance(
                    DBInstanceIdentifier=_last(job.resource), SkipFinalSnapshot=True
                )
            else:
                s3, name = self.client("s3"), _last(job.resource)
                for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
                    for found in page.get("Contents", ()):
                        s3.delete_object(Bucket=name, Key=found["Key"])
                s3.delete_bucket(Bucket=name)
        except ClientError as fault:
            job.deletion, job.deletion_message = "FAILED", str(fault)
        else:
            job.deletion = "SUCCESSFUL"

    def client(self, service: str) -> Any:
        """The sandbox's own AWS, so that whatever stands behind another service is used."""
        return events._client(service, self.region_name)


def _metadata(point: Point, overrides: Mapping[str, str]) -> dict[str, str]:
    """What the service infers, and what the selection says instead; keys in lower case."""
    name = f"{_PREFIX}{uuid.uuid4()}"
    inferred = {
        "RDS": {
            "dbinstanceidentifier": name,
            "deletionprotection": "false",
            "multiaz": "false",
            "publiclyaccessible": "false",
        },
        "S3": {
            "destinationbucketname": name,
            "encrypted": "true",
            "encryptiontype": "SSE-S3",
            "newbucket": "true",
        },
    }[point.kind]
    return {**inferred, **{key.lower(): value for key, value in overrides.items()}}


def check_testing_plan(plan: Mapping[str, Any]) -> None:
    """Raise InvalidParameterValueException for what AWS Backup refuses in a testing plan."""
    name = plan["RestoreTestingPlanName"]
    if not _NAME.fullmatch(name):
        raise InvalidParameterValueException(
            f"Restore testing plan name {name} must match [A-Za-z0-9_]{{1,50}}"
        )
    if not _CRON.fullmatch(plan["ScheduleExpression"]):
        raise InvalidParameterValueException(
            f"Invalid ScheduleExpression: {plan['ScheduleExpression']}"
        )
    zone = plan.get("ScheduleExpressionTimezone")
    if zone is not None and zone not in zoneinfo.available_timezones():
        raise InvalidParameterValueException(f"Invalid ScheduleExpressionTimezone: {zone}")
    _within("StartWindowHours", plan["StartWindowHours"], START_WINDOW_HOURS)
    choice = plan["RecoveryPointSelection"]
    _within("SelectionWindowDays", choice["SelectionWindowDays"], SELECTION_WINDOW_DAYS)
    if choice.get("Algorithm") not in _ALGORITHMS:
        raise InvalidParameterValueException(f"Invalid Algorithm: {choice.get('Algorithm')}")
    types = choice.get("RecoveryPointTypes") or []
    if not types or set(types) - set(_POINT_TYPES):
        raise InvalidParameterValueException(f"Invalid RecoveryPointTypes: {types}")
    vaults = choice.get("IncludeVaults") or []
    if not vaults:
        raise InvalidParameterValueException("IncludeVaults must name a vault, or *")
    for vault in [*vaults, *(choice.get("ExcludeVaults") or [])]:
        if vault != "*" and not vault.startswith("arn:"):
            raise InvalidParameterValueException(f"Invalid vault: {vault}")


def check_testing_selection(selection: Mapping[str, Any]) -> None:
    """Raise InvalidParameterValueException for what AWS Backup refuses in a testing selection."""
    name = selection["RestoreTestingSelectionName"]
    if not _NAME.fullmatch(name):
        raise InvalidParameterValueException(
            f"Restore testing selection name {name} must match [A-Za-z0-9_]{{1,50}}"
        )
    arns = selection.get("ProtectedResourceArns") or []
    if bool(arns) == bool(selection.get("ProtectedResourceConditions")):
        raise InvalidParameterValueException(
            "Either ProtectedResourceArns or ProtectedResourceConditions"
        )
    if len(arns) > MOST_ARNS:
        raise InvalidParameterValueException(f"At most {MOST_ARNS} ProtectedResourceArns")
    kind = selection["ProtectedResourceType"]
    if kind not in _OVERRIDES:
        raise InvalidParameterValueException(f"The sandbox tests no restores of {kind}")
    for arn in arns:
        if arn != "*" and f":{kind.lower()}:" not in arn:
            raise InvalidParameterValueException(f"{arn} is not of type {kind}")
    overrides = selection.get("RestoreMetadataOverrides") or {}
    unknown = sorted(key for key in overrides if key.lower() not in _OVERRIDES[kind])
    if unknown:
        raise InvalidParameterValueException(
            f"Invalid restore metadata overrides: {', '.join(unknown)}"
        )
    _within("ValidationWindowHours", selection["ValidationWindowHours"], VALIDATION_WINDOW_HOURS)


def _within(what: str, value: int, allowed: range) -> None:
    if value not in allowed:
        raise InvalidParameterValueException(
            f"Invalid {what} {value}: {allowed.start} to {allowed.stop - 1}"
        )


def _last(arn: str) -> str:
    return arn.rpartition(":")[2]


class RestoreTestingResponse(BackupResponse):
    """The operations; each named after AWS's."""

    def _testing(self) -> RestoreTesting:
        backend = super().backup_backend
        assert isinstance(backend, RestoreTesting)
        return backend

    def _body(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body or "{}")
        return document

    def start_backup_job(self) -> ActionResult:
        job = self._testing().start_backup_job(self._body())
        keys = ("BackupJobId", "RecoveryPointArn", "CreationDate")
        return ActionResult({key: job[key] for key in keys})

    def describe_backup_job(self) -> ActionResult:
        job = self._testing().backup_jobs.get(self.uri_match["backupJobId"])
        if job is None:
            raise ResourceNotFoundException("Backup job not found")
        return ActionResult(job)

    def list_backup_jobs(self) -> ActionResult:
        return ActionResult({"BackupJobs": list(self._testing().backup_jobs.values())})

    def list_recovery_points_by_backup_vault(self) -> ActionResult:
        vault = self.uri_match["backupVaultName"]
        self._testing().describe_backup_vault(vault)
        points = self._testing().points_of(vault=vault)
        return ActionResult({"RecoveryPoints": [_point(point) for point in points]})

    def put_restore_validation_result(self) -> EmptyResult:
        document = self._body()
        self._testing().put_validation(
            self.uri_match["restoreJobId"],
            document["ValidationStatus"],
            document.get("ValidationStatusMessage", ""),
        )
        return EmptyResult()

    def describe_restore_job(self) -> ActionResult:
        backend = self._testing()
        return ActionResult(backend.job(self.uri_match["restoreJobId"]).shown(backend.account_id))

    def get_restore_job_metadata(self) -> ActionResult:
        job = self._testing().job(self.uri_match["restoreJobId"])
        return ActionResult({"RestoreJobId": job.id, "Metadata": job.metadata})

    def list_restore_jobs(self) -> ActionResult:
        backend = self._testing()
        jobs = [
            job.shown(backend.account_id)
            for job in backend.restore_jobs.values()
            if self._asked("restoreTestingPlanArn") in (None, job.plan_arn)
            and self._asked("status") in (None, job.status)
        ]
        jobs.sort(key=lambda job: job["CreationDate"], reverse=True)
        return ActionResult({"RestoreJobs": jobs})

    def _asked(self, key: str) -> str | None:
        found = self.querystring.get(key)
        return str(found[0]) if found else None

    def create_restore_testing_plan(self) -> ActionResult:
        document = self._body()
        entry = self._testing().create_testing_plan(
            document["RestoreTestingPlan"], document.get("Tags")
        )
        keys = ("CreationTime", "RestoreTestingPlanArn", "RestoreTestingPlanName")
        return ActionResult({key: entry[key] for key in keys})

    def get_restore_testing_plan(self) -> ActionResult:
        plan = self._testing().testing_plan(self.uri_match["RestoreTestingPlanName"])
        return ActionResult({"RestoreTestingPlan": plan})

    def update_restore_testing_plan(self) -> ActionResult:
        plan = self._testing().update_testing_plan(
            self.uri_match["RestoreTestingPlanName"], self._body()["RestoreTestingPlan"]
        )
        keys = ("CreationTime", "RestoreTestingPlanArn", "RestoreTestingPlanName")
        return ActionResult(
            {**{key: plan[key] for key in keys}, "UpdateTime": plan["LastUpdateTime"]}
        )

    def delete_restore_testing_plan(self) -> EmptyResult:
        self._testing().delete_testing_plan(self.uri_match["RestoreTestingPlanName"])
        return EmptyResult()

    def list_restore_testing_plans(self) -> ActionResult:
        return ActionResult({"RestoreTestingPlans": list(self._testing().testing_plans.values())})

    def create_restore_testing_selection(self) -> ActionResult:
        name = self.uri_match["RestoreTestingPlanName"]
        entry = self._testing().create_testing_selection(
            name, self._body()["RestoreTestingSelection"]
        )
        return ActionResult(self._identity(name, entry))

    def get_restore_testing_selection(self) -> ActionResult:
        return ActionResult({"RestoreTestingSelection": self._selection()})

    def update_restore_testing_selection(self) -> ActionResult:
        plan = self.uri_match["RestoreTestingPlanName"]
        entry = self._testing().update_testing_selection(
            plan,
            self.uri_match["RestoreTestingSelectionName"],
            self._body()["RestoreTestingSelection"],
        )
        return ActionResult({**self._identity(plan, entry), "UpdateTime": unix_time()})

    def delete_restore_testing_selection(self) -> EmptyResult:
        selection = self._selection()
        plan = self.uri_match["RestoreTestingPlanName"]
        del self._testing().testing_selections[plan][selection["RestoreTestingSelectionName"]]
        return EmptyResult()

    def list_restore_testing_selections(self) -> ActionResult:
        plan = self.uri_match["RestoreTestingPlanName"]
        self._testing().testing_plan(plan)
        found = self._testing().testing_selections.get(plan, {})
        return ActionResult({"RestoreTestingSelections": list(found.values())})

    def _selection(self) -> dict[str, Any]:
        return self._testing().testing_selection(
            self.uri_match["RestoreTestingPlanName"],
            self.uri_match["RestoreTestingSelectionName"],
        )

    def _identity(self, plan: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "CreationTime": entry["CreationTime"],
            "RestoreTestingPlanArn": self._testing().testing_plan(plan)["RestoreTestingPlanArn"],
            "RestoreTestingPlanName": plan,
            "RestoreTestingSelectionName": entry["RestoreTestingSelectionName"],
        }


def _point(point: Point) -> dict[str, Any]:
    return {
        "RecoveryPointArn": point.arn,
        "BackupVaultName": point.vault,
        "BackupVaultArn": point.vault_arn,
        "ResourceArn": point.resource,
        "ResourceType": point.kind,
        "CreationDate": point.created,
        "CompletionDate": point.created,
        "Status": "COMPLETED",
        "IamRoleArn": point.role,
    }


PATHS = (
    "{0}/backup-jobs/?$",
    "{0}/backup-jobs/(?P<job>[^/]+)$",
    "{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/?$",
    "{0}/restore-jobs/?$",
    "{0}/restore-jobs/(?P<job>[^/]+)$",
    "{0}/restore-jobs/(?P<job>[^/]+)/metadata$",
    "{0}/restore-jobs/(?P<job>[^/]+)/validations$",
    "{0}/restore-testing/plans/?$",
    "{0}/restore-testing/plans/(?P<plan>[^/]+)$",
    "{0}/restore-testing/plans/(?P<plan>[^/]+)/selections/?$",
    "{0}/restore-testing/plans/(?P<plan>[^/]+)/selections/(?P<selection>[^/]+)$",
)


# ---- what tests and people ask the sandbox to do -------------------------------------------------


def _backends(region: str) -> Iterator[RestoreTesting]:
    account = backup_backends[events.DEFAULT_ACCOUNT]
    for name in [region] if region else ["us-east-1", "us-west-2"]:
        backend = account[name]
        assert isinstance(backend, RestoreTesting)
        yield backend


@control("POST", "restore-tests")
def _run(request: Request, rest: str) -> Answer:
    name, _, verb = rest.partition("/")
    asked: dict[str, Any] = request.get_json(silent=True) or {}
    if verb != "run":
        raise ValueError(f"`{verb}` is not known; POST /_upkeep/restore-tests/{{plan}}/run")
    for backend in _backends(str(asked.get("region", ""))):
        if name in backend.testing_plans:
            break
    else:
        raise ValueError(f"no restore testing plan {name}")
    before = len(functions.RUNS.all())
    jobs = backend.run_testing_plan(name, asked)
    for job in jobs:
        told = 0 if asked.get("event") == "lost" else 2 if asked.get("event") == "twice" else 1
        for _ in range(told):
            _tell(backend, job)
    answer: dict[str, Any] = {}
    if seconds := asked.get("wait"):
        answer["quiet"] = functions.RUNS.wait(float(seconds))
        answer["invocations"] = [each.shown() for each in functions.RUNS.all()[before:]]
    return {"jobs": [_plain(job.shown(backend.account_id)) for job in jobs], **answer}


def _tell(backend: RestoreTesting, job: Job) -> None:
    detail = {
        "restoreJobId": job.id,
        "creationDate": _iso(job.created),
        "completionDate": _iso(job.completed or job.created),
        "iamRoleArn": job.role,
        "percentDone": 0.0,
        "resourceType": job.point.kind,
        "status": job.status,
        "createdResourceArn": job.resource,
        "restoreTestingPlanArn": job.plan_arn,
        "statusMessage": job.message,
    }
    events.put_event(
        "aws.backup",
        "Restore Job State Change",
        {key: value for key, value in detail.items() if value != ""},
        region=backend.region_name,
        account=backend.account_id,
        resources=[job.point.arn],
    )


@control("POST", "restore-jobs")
def _job(request: Request, rest: str) -> Answer:
    job_id, _, verb = rest.partition("/")
    asked: dict[str, Any] = request.get_json(silent=True) or {}
    for backend in _backends(str(asked.get("region", ""))):
        if job_id in backend.restore_jobs:
            break
    else:
        raise ValueError(f"no restore job {job_id}")
    job = backend.restore_jobs[job_id]
    if verb == "close":
        backend.close(job_id)
    elif verb == "age":
        seconds = float(asked["hours"]) * 3600
        job.created -= seconds
        job.completed = (job.completed or job.created) - seconds
    elif verb == "tell":
        _tell(backend, job)
    else:
        raise ValueError(f"`{verb}` is not known; close, age or tell")
    return _plain(job.shown(backend.account_id))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _iso(each) if isinstance(each, float) and key.endswith("Date") else each
        for key, each in value.items()
    }
