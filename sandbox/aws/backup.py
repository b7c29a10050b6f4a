"""AWS Backup: what moto lacks or bends of plans, selections and vaults.

Beyond moto: ``UpdateBackupPlan`` and its versions, selections, a vault's access policy and
notifications; and the refusals of the real service, which moto answers with success. Copies,
audit and restore testing stand in files of their own.
"""

import json
import re
import uuid
import zoneinfo
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from moto.backup.exceptions import (
    AlreadyExistsException,
    InvalidParameterValueException,
    InvalidRequestException,
    ResourceNotFoundException,
)
from moto.backup.models import Plan, Vault
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model, unix_time
from moto.iam.models import iam_backends

from sandbox.aws import backup_audit, backup_copies, backup_jobs, restore_testing
from sandbox.aws.extension import Extension

# Figures of AWS Backup's developer guide and API reference.
COLD_STORAGE_MINIMUM_DAYS = 90
RETENTION_DAYS = range(1, 36_500 + 1)
CONTINUOUS_RETENTION_DAYS = range(1, 35 + 1)
START_WINDOW_MINIMUM_MINUTES = 60
START_WINDOW_DEFAULT_MINUTES = 8 * 60
# [M] Asked for by the console and the API; the documents do not say it.
COMPLETION_AFTER_START_MINUTES = 60
TAGS_PER_SELECTION = 30
ARNS_PER_SELECTION = 500
_NAME = re.compile(r"[a-zA-Z0-9\-_.]{1,50}")
_VAULT_NAME = re.compile(r"[a-zA-Z0-9\-_]{2,50}")
_VAULT_ARN = re.compile(r"arn:[\w-]+:backup:[a-z0-9-]+:\d{12}:backup-vault:[a-zA-Z0-9\-_]{2,50}")
_CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")
_BACKUP_PRINCIPAL = "backup.amazonaws.com"


class UpkeepBackupBackend(backup_audit.Audit, backup_jobs.BackupJobs):
    """moto's backend with selections, plan versions and vault documents."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.selections: dict[str, dict[str, dict[str, Any]]] = {}
        self.earlier_plans: dict[str, list[Plan]] = {}
        self.vault_policies: dict[str, str] = {}
        self.vault_notifications: dict[str, dict[str, Any]] = {}

    # Plans

    def create_backup_plan(
        self,
        backup_plan: dict[str, Any],
        backup_plan_tags: dict[str, str],
        creator_request_id: str,
    ) -> Plan:
        """As the service: the same document twice is refused, the same name is not."""
        check_plan(backup_plan)
        sent = deepcopy(backup_plan)
        if any(plan.sent == sent for plan in self._living_plans()):  # type: ignore[attr-defined]
            raise AlreadyExistsException("Backup plan with the same plan document already exists")
        plan = Plan(backup_plan, creator_request_id, self)
        plan.sent = sent  # type: ignore[attr-defined]
        self.plans[plan.backup_plan_id] = plan
        if backup_plan_tags:
            self.tag_resource(plan.backup_plan_arn, backup_plan_tags)
        return plan

    def update_backup_plan(self, backup_plan_id: str, backup_plan: dict[str, Any]) -> Plan:
        """Replace a plan's document: same id and ARN, a new version id."""
        current = self.get_backup_plan(backup_plan_id, None)
        check_plan(backup_plan)
        sent = deepcopy(backup_plan)
        plan = Plan(backup_plan, current.creator_request_id, self)
        plan.sent = sent  # type: ignore[attr-defined]
        plan.backup_plan_id, plan.backup_plan_arn = current.backup_plan_id, current.backup_plan_arn
        self.earlier_plans.setdefault(backup_plan_id, []).append(current)
        self.plans[backup_plan_id] = plan
        return plan

    def get_backup_plan(self, backup_plan_id: str, version_id: Any | None) -> Plan:
        """A deleted plan is not found; an earlier version is."""
        versions = self.plan_versions(backup_plan_id)
        if version_id is None:
            return versions[0]
        for plan in versions:
            if plan.version_id == version_id:
                return plan
        raise ResourceNotFoundException("Failed reading Backup plan with provided version")

    def plan_versions(self, backup_plan_id: str) -> list[Plan]:
        """All versions of a living plan, the newest first."""
        plan = self.plans.get(backup_plan_id)
        if plan is None or plan.deletion_date is not None:
            raise ResourceNotFoundException("Failed reading Backup plan with provided version")
        return [plan, *reversed(self.earlier_plans.get(backup_plan_id, []))]

    def delete_backup_plan(self, backup_plan_id: str) -> tuple[str, str, float, str]:
        """Refused while the plan has selections."""
        self.get_backup_plan(backup_plan_id, None)
        if self.selections.get(backup_plan_id):
            raise InvalidRequestException(
                "Related backup plan selections must be deleted prior to backup plan deletion"
            )
        return super().delete_backup_plan(backup_plan_id)

    def _living_plans(self) -> list[Plan]:
        return [plan for plan in self.plans.values() if plan.deletion_date is None]

    # Selections

    def create_backup_selection(
        self, backup_plan_id: str, selection: dict[str, Any], creator_request_id: str | None
    ) -> dict[str, Any]:
        """Keep a selection as it was sent, under a new id."""
        self.get_backup_plan(backup_plan_id, None)
        check_selection(selection)
        self._check_role(selection["IamRoleArn"])
        existing = self.selections.setdefault(backup_plan_id, {})
        if any(other["BackupSelection"] == selection for other in existing.values()):
            raise AlreadyExistsException("Backup selection with the same document already exists")
        entry: dict[str, Any] = {
            "BackupSelection": selection,
            "SelectionId": str(uuid.uuid4()),
            "BackupPlanId": backup_plan_id,
            "CreationDate": unix_time(),
            "CreatorRequestId": creator_request_id,
        }
        existing[entry["SelectionId"]] = entry
        return entry

    def get_backup_selection(self, backup_plan_id: str, selection_id: str) -> dict[str, Any]:
        """One selection of a living plan."""
        self.get_backup_plan(backup_plan_id, None)
        try:
            return self.selections[backup_plan_id][selection_id]
        except KeyError:
            raise ResourceNotFoundException(
                f"Backup selection {selection_id} of plan {backup_plan_id} not found"
            ) from None

    def delete_backup_selection(self, backup_plan_id: str, selection_id: str) -> None:
        """Forget a selection."""
        self.get_backup_selection(backup_plan_id, selection_id)
        del self.selections[backup_plan_id][selection_id]

    def list_backup_selections(self, backup_plan_id: str) -> list[dict[str, Any]]:
        """The selections of a living plan, in the order of their creation."""
        self.get_backup_plan(backup_plan_id, None)
        return list(self.selections.get(backup_plan_id, {}).values())

    def _check_role(self, role_arn: str) -> None:
        """AWS Backup tries the role when it is selected, not when a job runs."""
        roles = iam_backends[self.account_id][self.partition].roles.values()
        trust = next(
            (role.assume_role_policy_document for role in roles if role.arn == role_arn), ""
        )
        if _BACKUP_PRINCIPAL not in trust:
            raise InvalidParameterValueException(
                f"IAM Role {role_arn} cannot be assumed by AWS Backup"
            )

    # Vaults

    def create_backup_vault(
        self,
        backup_vault_name: str,
        backup_vault_tags: dict[str, str],
        encryption_key_arn: str,
        creator_request_id: str,
    ) -> Vault:
        """Refuses names that the service refuses."""
        if not _VAULT_NAME.fullmatch(backup_vault_name):
            raise InvalidParameterValueException(
                f"Backup vault name {backup_vault_name} must match [a-zA-Z0-9-_]{{2,50}}"
            )
        return super().create_backup_vault(
            backup_vault_name, backup_vault_tags, encryption_key_arn, creator_request_id
        )

    def lets_in(self, vault: str, account: str) -> bool:
        """Whether the vault's policy lets another account copy into it."""
        policy = json.loads(self.vault_policies.get(vault, "{}"))
        for statement in policy.get("Statement", []):
            actions = statement["Action"]
            actions = [actions] if isinstance(actions, str) else actions
            named = statement.get("Principal", {})
            principals = named.get("AWS", []) if isinstance(named, dict) else []
            if (
                statement["Effect"] == "Allow"
                and "backup:CopyIntoBackupVault" in actions
                and f"arn:aws:iam::{account}:root"
                in ([principals] if isinstance(principals, str) else principals)
            ):
                return True
        return False

    def delete_backup_vault(self, backup_vault_name: str) -> None:
        """A vault's policy and notifications go with it; one that is not there is not found."""
        self.describe_backup_vault(backup_vault_name)
        super().delete_backup_vault(backup_vault_name)
        self.vault_policies.pop(backup_vault_name, None)
        self.vault_notifications.pop(backup_vault_name, None)


class UpkeepBackupResponse(backup_audit.AuditResponse, backup_jobs.BackupJobsResponse):
    """The operations that moto's class lacks; each named after AWS's."""

    @property
    def backup_backend(self) -> UpkeepBackupBackend:
        """The backend of the caller's account and region."""
        backend = super().backup_backend
        assert isinstance(backend, UpkeepBackupBackend)
        return backend

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body or "{}")
        return document

    def get_backup_plan(self) -> str:
        """moto reads the version from the wrong place when a query is sent."""
        version = self.querystring.get("versionId")
        plan = self.backup_backend.get_backup_plan(
            self.uri_match["backupPlanId"], version[0] if version else None
        )
        return json.dumps(plan.to_get_dict())

    def update_backup_plan(self) -> ActionResult:
        plan = self.backup_backend.update_backup_plan(
            self.uri_match["backupPlanId"], self._document()["BackupPlan"]
        )
        return ActionResult(plan.to_dict())

    def list_backup_plan_versions(self) -> ActionResult:
        versions = self.backup_backend.plan_versions(self.uri_match["backupPlanId"])
        return ActionResult({"BackupPlanVersionsList": [plan.to_list_dict() for plan in versions]})

    def create_backup_selection(self) -> ActionResult:
        document = self._document()
        entry = self.backup_backend.create_backup_selection(
            self.uri_match["backupPlanId"],
            document["BackupSelection"],
            document.get("CreatorRequestId"),
        )
        return ActionResult(
            {key: entry[key] for key in ("SelectionId", "BackupPlanId", "CreationDate")}
        )

    def get_backup_selection(self) -> ActionResult:
        return ActionResult(
            self.backup_backend.get_backup_selection(
                self.uri_match["backupPlanId"], self.uri_match["selectionId"]
            )
        )

    def delete_backup_selection(self) -> EmptyResult:
        self.backup_backend.delete_backup_selection(
            self.uri_match["backupPlanId"], self.uri_match["selectionId"]
        )
        return EmptyResult()

    def list_backup_selections(self) -> ActionResult:
        entries = self.backup_backend.list_backup_selections(self.uri_match["backupPlanId"])
        return ActionResult(
            {
                "BackupSelectionsList": [
                    {
                        **entry,
                        "SelectionName": entry["BackupSelection"]["SelectionName"],
                        "IamRoleArn": entry["BackupSelection"]["IamRoleArn"],
                    }
                    for entry in entries
                ]
            }
        )

    def put_backup_vault_access_policy(self) -> EmptyResult:
        vault = self._vault()
        policy = self._document().get("Policy", "")
        try:
            json.loads(policy)["Statement"]
        except (ValueError, KeyError, TypeError):
            raise InvalidParameterValueException("Provided policy is not valid.") from None
        self.backup_backend.vault_policies[vault.backup_vault_name] = policy
        return EmptyResult()

    def get_backup_vault_access_policy(self) -> ActionResult:
        vault = self._vault()
        policy = self.backup_backend.vault_policies.get(vault.backup_vault_name)
        if policy is None:
            raise ResourceNotFoundException(
                f"Backup vault {vault.backup_vault_name} has no access policy"
            )
        return ActionResult({**_identity(vault), "Policy": policy})

    def delete_backup_vault_access_policy(self) -> EmptyResult:
        self.backup_backend.vault_policies.pop(self._vault().backup_vault_name, None)
        return EmptyResult()

    def put_backup_vault_notifications(self) -> EmptyResult:
        vault = self._vault()
        document = self._document()
        events = document.get("BackupVaultEvents", [])
        unknown = sorted(set(events) - vault_events())
        if not events or unknown:
            raise InvalidParameterValueException(
                f"Invalid backup vault events: {unknown or events}"
            )
        self.backup_backend.vault_notifications[vault.backup_vault_name] = {
            "SNSTopicArn": document["SNSTopicArn"],
            "BackupVaultEvents": events,
        }
        return EmptyResult()

    def get_backup_vault_notifications(self) -> ActionResult:
        vault = self._vault()
        found = self.backup_backend.vault_notifications.get(vault.backup_vault_name)
        if found is None:
            raise ResourceNotFoundException(
                f"Backup vault {vault.backup_vault_name} has no notifications"
            )
        return ActionResult({**_identity(vault), **found})

    def delete_backup_vault_notifications(self) -> EmptyResult:
        self.backup_backend.vault_notifications.pop(self._vault().backup_vault_name, None)
        return EmptyResult()

    def _vault(self) -> Vault:
        return self.backup_backend.describe_backup_vault(self.uri_match["backupVaultName"])


def _identity(vault: Vault) -> dict[str, str]:
    return {
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
    }


def vault_events() -> frozenset[str]:
    """The events a vault can report, from the service's published API model."""
    shape: Any = get_service_model("backup").shape_for("BackupVaultEvent")
    return frozenset(shape.enum)


def check_plan(plan: Mapping[str, Any]) -> None:
    """Raise InvalidParameterValueException for what AWS Backup refuses in a plan's rules."""
    rules = plan.get("Rules") or []
    if not rules:
        raise InvalidParameterValueException("A backup plan needs at least one rule")
    names = [rule["RuleName"] for rule in rules]
    if len(set(names)) != len(names):
        raise InvalidParameterValueException(f"Rule names must differ: {', '.join(names)}")
    for rule in rules:
        _check_rule(rule)


def _check_rule(rule: Mapping[str, Any]) -> None:
    name = rule["RuleName"]
    if not _NAME.fullmatch(name):
        raise InvalidParameterValueException(f"Rule name {name} must match [a-zA-Z0-9-_.]{{1,50}}")
    if "ScheduleExpression" in rule:
        _check_schedule(rule["ScheduleExpression"])
    zone = rule.get("ScheduleExpressionTimezone")
    if zone is not None and zone not in zoneinfo.available_timezones():
        raise InvalidParameterValueException(f"Invalid ScheduleExpressionTimezone: {zone}")
    start = rule.get("StartWindowMinutes")
    if start is not None and start < START_WINDOW_MINIMUM_MINUTES:
        raise InvalidParameterValueException(
            f"Invalid StartWindowMinutes {start}: at least {START_WINDOW_MINIMUM_MINUTES}"
        )
    complete = rule.get("CompletionWindowMinutes")
    least = (start or START_WINDOW_DEFAULT_MINUTES) + COMPLETION_AFTER_START_MINUTES
    if complete is not None and complete < least:
        raise InvalidParameterValueException(
            f"Invalid CompletionWindowMinutes {complete}: at least {least}, "
            f"{COMPLETION_AFTER_START_MINUTES} more than StartWindowMinutes"
        )
    lifecycle = rule.get("Lifecycle") or {}
    _check_lifecycle(lifecycle)
    if rule.get("EnableContinuousBackup"):
        _check_continuous(lifecycle)
    for copy in rule.get("CopyActions", []):
        if not _VAULT_ARN.fullmatch(copy["DestinationBackupVaultArn"]):
            raise InvalidParameterValueException(
                f"Invalid DestinationBackupVaultArn: {copy['DestinationBackupVaultArn']}"
            )
        _check_lifecycle(copy.get("Lifecycle") or {})


def _check_schedule(expression: str) -> None:
    match = _CRON.fullmatch(expression)
    fields = match["fields"].split() if match else []
    if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
        raise InvalidParameterValueException(
            f"Invalid ScheduleExpression {expression}: cron(minutes hours day-of-month month "
            "day-of-week year), one of the days being ?"
        )
    if not fields[0].isdecimal():
        raise InvalidParameterValueException(
            f"Invalid ScheduleExpression {expression}: at most one backup an hour"
        )


def _check_lifecycle(lifecycle: Mapping[str, Any]) -> None:
    cold, delete = lifecycle.get("MoveToColdStorageAfterDays"), lifecycle.get("DeleteAfterDays")
    for days in (cold, delete):
        # -1 is the API's way to say "never".
        if days is not None and days != -1 and days not in RETENTION_DAYS:
            raise InvalidParameterValueException(f"Invalid lifecycle. {days} days: 1 to 36500")
    if cold and delete and -1 not in (cold, delete) and delete < cold + COLD_STORAGE_MINIMUM_DAYS:
        raise InvalidParameterValueException(
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from "
            "MoveToColdStorageAfterDays"
        )


def _check_continuous(lifecycle: Mapping[str, Any]) -> None:
    if lifecycle.get("MoveToColdStorageAfterDays", -1) != -1:
        raise InvalidParameterValueException(
            "Invalid lifecycle. Continuous backups cannot move to cold storage"
        )
    if lifecycle.get("DeleteAfterDays") not in CONTINUOUS_RETENTION_DAYS:
        raise InvalidParameterValueException(
            "Invalid lifecycle. EnableContinuousBackup needs DeleteAfterDays of 1 to 35"
        )


def check_selection(selection: Mapping[str, Any]) -> None:
    """Raise InvalidParameterValueException for what AWS Backup refuses in a selection."""
    name = selection["SelectionName"]
    if not _NAME.fullmatch(name):
        raise InvalidParameterValueException(
            f"Selection name {name} must match [a-zA-Z0-9-_.]{{1,50}}"
        )
    if len(selection.get("ListOfTags") or []) > TAGS_PER_SELECTION:
        raise InvalidParameterValueException(f"At most {TAGS_PER_SELECTION} tags in ListOfTags")
    for key in ("Resources", "NotResources"):
        arns = selection.get(key) or []
        if len(arns) > ARNS_PER_SELECTION:
            raise InvalidParameterValueException(f"At most {ARNS_PER_SELECTION} ARNs in {key}")
        for arn in arns:
            if arn != "*" and not arn.startswith("arn:"):
                raise InvalidParameterValueException(f"Invalid ARN in {key}: {arn}")


EXTENSION = Extension(
    service="backup",
    backend=UpkeepBackupBackend,
    response=UpkeepBackupResponse,
    paths=(
        "{0}/backup-vaults/(?P<name>[^/]+)/access-policy$",
        "{0}/backup-vaults/(?P<name>[^/]+)/notification-configuration$",
        *backup_audit.PATHS,
        *backup_copies.PATHS,
        *restore_testing.PATHS,
    ),
)
