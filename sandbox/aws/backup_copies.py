"""AWS Backup: copies of recovery points, logically air-gapped vaults, and what a lock keeps out.

Neither is in moto. A rule of a plan runs when somebody says so, and with it its copies,

``POST /_upkeep/backup-rules/{plan's name}/{rule}/run``   {"region", "hours_ago", "resource",
    "state"}: a job for each resource that the plan selects (or for one), as if it had begun so many
    hours ago; with a state such as ``EXPIRED`` or ``RUNNING`` it comes no further

A copy that the service would refuse ends as FAILED with the reason, as it does there: nothing of it
shows when a plan is made.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from moto.backup.exceptions import (
    AlreadyExistsException,
    InvalidParameterValueException,
    InvalidRequestException,
    ResourceNotFoundException,
)
from moto.backup.models import Vault, backup_backends
from moto.core.responses import ActionResult
from moto.core.utils import unix_time
from werkzeug.wrappers import Request

from sandbox.aws import events
from sandbox.aws.controls import Answer, control
from sandbox.aws.restore_testing import Point, RestoreTesting, RestoreTestingResponse, _point

AIR_GAPPED = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
# AWS Backup, CreateLogicallyAirGappedBackupVault.
AIR_GAPPED_LEAST_DAYS = 7
# Kinds of which AWS Backup makes a copy in another region or another account, not in both at once
# [AWS Backup, copies across regions and accounts].
ONE_STEP_AT_A_TIME = frozenset({"RDS", "Aurora", "DocumentDB", "Neptune"})
# As in the plan's own figures: instances of RDS are not held.
NOT_AIR_GAPPED = frozenset({"RDS"})
_DAY = 24 * 3600
_NEVER = -1


class Copies(RestoreTesting):
    """Copy jobs, lifecycles of recovery points, air-gapped vaults."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.copy_jobs: dict[str, dict[str, Any]] = {}
        # ARN of a recovery point -> what the API tells of it beside what it is.
        self.told_of_points: dict[str, dict[str, Any]] = {}

    # Air-gapped vaults

    def create_air_gapped_vault(
        self, name: str, low: int, high: int, tags: dict[str, str], key: str | None
    ) -> Vault:
        """A vault that is locked before anything is in it."""
        if low < AIR_GAPPED_LEAST_DAYS:
            raise InvalidParameterValueException(
                f"MinRetentionDays of a logically air-gapped vault is at least "
                f"{AIR_GAPPED_LEAST_DAYS}"
            )
        if low > high:
            raise InvalidParameterValueException(
                "MinRetentionDays cannot be greater than MaxRetentionDays"
            )
        if name in self.vaults:
            raise AlreadyExistsException("Backup vault with the same name already exists")
        vault: Vault = self.create_backup_vault(name, tags, key or "", "")
        vault.vault_type = AIR_GAPPED  # type: ignore[attr-defined]
        vault.locked = True
        vault.min_retention_days, vault.max_retention_days = low, high
        # From its first second.
        vault.lock_date = unix_time()
        return vault

    def delete_recovery_point(self, vault_name: str, arn: str) -> None:
        """Refused while a compliance lock is final, whoever asks."""
        vault = self.describe_backup_vault(vault_name)
        point = self.points.get(arn)
        if point is None or point.vault != vault_name:
            raise ResourceNotFoundException(f"Recovery point {arn} not found")
        if vault.locked and (vault.lock_date is None or unix_time() >= vault.lock_date):
            raise InvalidRequestException("Backup vault is locked: recovery points stay")
        del self.points[arn]
        self.told_of_points.pop(arn, None)
        vault.num_of_recovery_points -= 1

    # Jobs

    def start_backup_job(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """As the service: a retention outside the vault's lock makes the job fail."""
        vault = self.describe_backup_vault(asked["BackupVaultName"])
        lifecycle = dict(asked.get("Lifecycle") or {})
        if reason := outside_the_lock(vault, lifecycle):
            raise InvalidRequestException(reason)
        job = super().start_backup_job(asked)
        self.told_of_points[job["RecoveryPointArn"]] = {"Lifecycle": lifecycle}
        return job

    def start_copy_job(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Copy one recovery point; what cannot be copied ends as a failed job."""
        source = self.points.get(asked["RecoveryPointArn"])
        if source is None or source.vault != asked["SourceBackupVaultName"]:
            raise ResourceNotFoundException(f"Recovery point {asked['RecoveryPointArn']} not found")
        there = asked["DestinationBackupVaultArn"].split(":")
        region, account, name = there[3], there[4], there[6]
        other = backup_backends[account][region]
        assert isinstance(other, Copies)
        lifecycle = self._lifecycle_of_copy(source, asked.get("Lifecycle") or {})
        job: dict[str, Any] = {
            "CopyJobId": str(uuid.uuid4()),
            "AccountId": self.account_id,
            "SourceBackupVaultArn": source.vault_arn,
            "SourceRecoveryPointArn": source.arn,
            "DestinationBackupVaultArn": asked["DestinationBackupVaultArn"],
            "DestinationRecoveryPointLifecycle": lifecycle,
            "ResourceArn": source.resource,
            "ResourceType": source.kind,
            "CreationDate": unix_time(),
            "IamRoleArn": asked["IamRoleArn"],
            "CreatedBy": self.told_of_points.get(source.arn, {}).get("CreatedBy"),
            "State": "COMPLETED",
        }
        self.copy_jobs[job["CopyJobId"]] = job
        if reason := self._refused(source, other, name, lifecycle):
            job |= {"State": "FAILED", "StatusMessage": reason}
        else:
            job["DestinationRecoveryPointArn"] = other.take_copy(source, name, lifecycle, job)
        job["CompletionDate"] = unix_time()
        return job

    def _lifecycle_of_copy(self, source: Point, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A copy that "never expires" takes its source's expiry all the same."""
        lifecycle = dict(asked)
        if lifecycle.get("DeleteAfterDays", _NEVER) == _NEVER:
            own = self.told_of_points.get(source.arn, {}).get("Lifecycle") or {}
            lifecycle["DeleteAfterDays"] = own.get("DeleteAfterDays", _NEVER)
        return lifecycle

    def _refused(
        self, source: Point, other: "Copies", name: str, lifecycle: Mapping[str, Any]
    ) -> str:
        own = self.told_of_points.get(source.arn, {}).get("Lifecycle") or {}
        cold = own.get("MoveToColdStorageAfterDays", _NEVER)
        if cold != _NEVER and unix_time() >= source.created + cold * _DAY:
            return "Recovery points in cold storage cannot be copied"
        away = (other.region_name != self.region_name, other.account_id != self.account_id)
        if all(away) and source.kind in ONE_STEP_AT_A_TIME:
            return (
                f"A copy of {source.kind} to another region and another account in one step is "
                "not supported"
            )
        vault = other.vaults.get(name)
        if vault is None:
            return f"Backup vault {name} does not exist"
        if getattr(vault, "vault_type", "") == AIR_GAPPED and source.kind in NOT_AIR_GAPPED:
            return f"Logically air-gapped vaults do not support {source.kind}"
        if away[1] and not other.lets_in(name, self.account_id):
            return (
                f"Access denied: the policy of {name} does not let account {self.account_id} copy "
                "into it"
            )
        return outside_the_lock(vault, lifecycle)

    def lets_in(self, vault: str, account: str) -> bool:
        """Whether the vault's policy lets another account copy into it."""
        raise NotImplementedError

    def take_copy(
        self, source: Point, vault_name: str, lifecycle: Mapping[str, Any], job: Mapping[str, Any]
    ) -> str:
        """Keep a copy in one of this region's and account's vaults; answer with its ARN."""
        vault = self.vaults[vault_name]
        arn = f"arn:aws:backup:{self.region_name}:{self.account_id}:recovery-point:{uuid.uuid4()}"
        self.points[arn] = Point(
            arn=arn,
            vault=vault_name,
            vault_arn=vault.backup_vault_arn,
            resource=source.resource,
            kind=source.kind,
            created=source.created,
            role=source.role,
            kept=dict(source.kept),
        )
        self.told_of_points[arn] = {
            "Lifecycle": dict(lifecycle),
            "CreatedBy": job.get("CreatedBy"),
            "SourceBackupVaultArn": source.vault_arn,
        }
        vault.num_of_recovery_points += 1
        return arn


def outside_the_lock(vault: Vault, lifecycle: Mapping[str, Any]) -> str:
    """Why a lock keeps a recovery point out; empty where it does not."""
    if not vault.locked:
        return ""
    kept = lifecycle.get("DeleteAfterDays", _NEVER)
    low, high = vault.min_retention_days, vault.max_retention_days
    if (low is not None and kept != _NEVER and kept < low) or (
        high is not None and (kept == _NEVER or kept > high)
    ):
        return (
            f"Retention of {kept} days is outside the vault lock of {vault.backup_vault_name}: "
            f"{low} to {high} days"
        )
    return ""


class CopiesResponse(RestoreTestingResponse):
    """The operations; each named after AWS's."""

    def _copies(self) -> Copies:
        backend = self._testing()
        assert isinstance(backend, Copies)
        return backend

    def create_logically_air_gapped_backup_vault(self) -> ActionResult:
        asked = self._body()
        vault = self._copies().create_air_gapped_vault(
            self.uri_match["backupVaultName"],
            asked["MinRetentionDays"],
            asked["MaxRetentionDays"],
            asked.get("BackupVaultTags") or {},
            asked.get("EncryptionKeyArn"),
        )
        return ActionResult(
            {
                "BackupVaultName": vault.backup_vault_name,
                "BackupVaultArn": vault.backup_vault_arn,
                "CreationDate": unix_time(),
                "VaultState": "AVAILABLE",
            }
        )

    def describe_backup_vault(self) -> ActionResult:
        vault = self._copies().describe_backup_vault(self.uri_match["backupVaultName"])
        kind = getattr(vault, "vault_type", "BACKUP_VAULT")
        return ActionResult({**vault.to_list_dict(), **_lock_of(vault), "VaultType": kind})

    def start_copy_job(self) -> ActionResult:
        job = self._copies().start_copy_job(self._body())
        return ActionResult({"CopyJobId": job["CopyJobId"], "CreationDate": job["CreationDate"]})

    def describe_copy_job(self) -> ActionResult:
        job = self._copies().copy_jobs.get(self.uri_match["copyJobId"])
        if job is None:
            raise ResourceNotFoundException("Copy job not found")
        return ActionResult({"CopyJob": _without_nothing(job)})

    def list_copy_jobs(self) -> ActionResult:
        jobs = self._copies().copy_jobs.values()
        state, vault = self._query("state"), self._query("destinationVaultArn")
        return ActionResult(
            {
                "CopyJobs": [
                    _without_nothing(job)
                    for job in jobs
                    if state in (None, job["State"])
                    and vault in (None, job["DestinationBackupVaultArn"])
                ]
            }
        )

    def list_backup_jobs(self) -> ActionResult:
        jobs = self._copies().backup_jobs.values()
        state, vault = self._query("state"), self._query("backupVaultName")
        return ActionResult(
            {
                "BackupJobs": [
                    job
                    for job in jobs
                    if state in (None, job["State"]) and vault in (None, job["BackupVaultName"])
                ]
            }
        )

    def list_recovery_points_by_backup_vault(self) -> ActionResult:
        vault = self.uri_match["backupVaultName"]
        backend = self._copies()
        backend.describe_backup_vault(vault)
        return ActionResult(
            {
                "RecoveryPoints": [
                    _without_nothing({**_point(point), **backend.told_of_points.get(point.arn, {})})
                    for point in backend.points_of(vault=vault)
                ]
            }
        )

    def delete_recovery_point(self) -> ActionResult:
        self._copies().delete_recovery_point(
            self.uri_match["backupVaultName"], self.uri_match["recoveryPointArn"]
        )
        return ActionResult({})

    def _query(self, key: str) -> str | None:
        found = self.querystring.get(key)
        return str(found[0]) if found else None


def _lock_of(vault: Vault) -> dict[str, Any]:
    told = {
        "Locked": bool(vault.locked),
        "MinRetentionDays": vault.min_retention_days,
        "MaxRetentionDays": vault.max_retention_days,
        "LockDate": vault.lock_date,
    }
    return _without_nothing(told)


def _without_nothing(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value is not None}


# Lists are asked for with a slash at the end, which has to stand in the pattern.
PATHS = (
    "{0}/backup-jobs/$",
    "{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/$",
    "{0}/copy-jobs$",
    "{0}/copy-jobs/$",
    "{0}/copy-jobs/(?P<job>[^/]+)$",
    "{0}/logically-air-gapped-backup-vaults/(?P<name>[^/]+)$",
    "{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/(?P<point>[^/]+)$",
)


# ---- what tests and people ask the sandbox to do -------------------------------------------------


@control("POST", "backup-rules")
def _run(request: Request, rest: str) -> Answer:
    plan_name, _, more = rest.partition("/")
    rule_name, _, verb = more.partition("/")
    if verb != "run":
        raise ValueError(f"`{verb}` is not known; POST /_upkeep/backup-rules/{{plan}}/{{rule}}/run")
    asked: dict[str, Any] = request.get_json(silent=True) or {}
    backend = backup_backends[events.DEFAULT_ACCOUNT][asked.get("region", "us-east-1")]
    assert isinstance(backend, Copies)
    return {"jobs": list(run_rule(backend, plan_name, rule_name, asked))}


def run_rule(
    backend: Copies, plan_name: str, rule_name: str, asked: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The jobs of one run of a rule, its copies among them."""
    plan = next(
        (
            each
            for each in backend.list_backup_plans(False)
            if each.backup_plan["BackupPlanName"] == plan_name
        ),
        None,
    )
    if plan is None:
        raise ValueError(f"there is no plan {plan_name}")
    rule = next((each for each in plan.backup_plan["Rules"] if each["RuleName"] == rule_name), None)
    if rule is None:
        raise ValueError(f"{plan_name} has no rule {rule_name}")
    began = unix_time() - float(asked.get("hours_ago", 0)) * 3600
    creator = {
        "BackupPlanId": plan.backup_plan_id,
        "BackupPlanArn": plan.backup_plan_arn,
        "BackupRuleId": rule.get("RuleId", rule_name),
        "BackupRuleName": rule_name,
    }
    selections = backend.list_backup_selections(plan.backup_plan_id)  # type: ignore[attr-defined]
    for selection in selections:
        role = selection["BackupSelection"]["IamRoleArn"]
        for arn in selection["BackupSelection"].get("Resources") or []:
            if asked.get("resource", arn) != arn:
                continue
            yield from _run_for(backend, rule, creator, role, arn, began, asked.get("state"))


def _run_for(
    backend: Copies,
    rule: Mapping[str, Any],
    creator: Mapping[str, Any],
    role: str,
    arn: str,
    began: float,
    state: str | None,
) -> Iterator[dict[str, Any]]:
    vault = backend.describe_backup_vault(rule["TargetBackupVaultName"])
    job: dict[str, Any] = {
        "BackupJobId": str(uuid.uuid4()),
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "ResourceArn": arn,
        "ResourceType": {"rds": "RDS", "s3": "S3"}.get(arn.split(":")[2], ""),
        "CreationDate": began,
        "IamRoleArn": role,
        "AccountId": backend.account_id,
        "State": state or "COMPLETED",
    }
    if state is None:
        asked = {
            "BackupVaultName": vault.backup_vault_name,
            "ResourceArn": arn,
            "IamRoleArn": role,
            "Lifecycle": rule.get("Lifecycle"),
        }
        try:
            job = backend.start_backup_job(asked)
        except InvalidRequestException as fault:
            job |= {"State": "FAILED", "StatusMessage": fault.message}
    job |= {"CreationDate": began, "CreatedBy": dict(creator)}
    backend.backup_jobs[job["BackupJobId"]] = job
    if job["State"] != "COMPLETED":
        yield job
        return
    job["CompletionDate"] = began
    point = backend.points[job["RecoveryPointArn"]]
    point.created = began
    backend.told_of_points[point.arn]["CreatedBy"] = dict(creator)
    yield job
    for copy in rule.get("CopyActions") or []:
        yield backend.start_copy_job(
            {
                "RecoveryPointArn": point.arn,
                "SourceBackupVaultName": point.vault,
                "DestinationBackupVaultArn": copy["DestinationBackupVaultArn"],
                "IamRoleArn": role,
                "Lifecycle": copy.get("Lifecycle"),
            }
        )
