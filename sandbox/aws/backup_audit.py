"""AWS Backup Audit Manager: frameworks, and report plans beyond what moto has.

Nothing is evaluated here: whether backups comply is for the service to find.
"""

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from moto.backup.exceptions import (
    AlreadyExistsException,
    InvalidParameterValueException,
    ResourceNotFoundException,
)
from moto.backup.models import BackupBackend, ReportPlan
from moto.backup.responses import BackupResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time

# Quotas of AWS Backup, per account and region.
MOST_CONTROLS = 50
MOST_FRAMEWORKS = 10
MOST_REPORT_PLANS = 20
_NAME = re.compile(r"[a-zA-Z][_a-zA-Z0-9]{0,255}")
# Control -> parameters that it takes [AWS Backup, Audit Manager controls and remediation].
CONTROLS: Mapping[str, frozenset[str]] = {
    "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN": frozenset(),
    "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK": frozenset(
        {"requiredFrequencyUnit", "requiredFrequencyValue", "requiredRetentionDays"}
    ),
    "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK": frozenset(
        {"maxRetentionDays", "minRetentionDays"}
    ),
    "BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION": frozenset({"crossRegionList"}),
    "BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT": frozenset({"crossAccountList"}),
    "BACKUP_RECOVERY_POINT_ENCRYPTED": frozenset(),
    "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED": frozenset({"principalArnList"}),
    "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK": frozenset({"requiredRetentionDays"}),
    "BACKUP_LAST_RECOVERY_POINT_CREATED": frozenset(
        {"recoveryPointAgeUnit", "recoveryPointAgeValue"}
    ),
    "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET": frozenset({"maxRestoreTime"}),
    "RESOURCES_IN_LOGICALLY_AIR_GAPPED_VAULT": frozenset(
        {"recoveryPointAgeUnit", "recoveryPointAgeValue"}
    ),
}
TEMPLATES = frozenset(
    {
        "BACKUP_JOB_REPORT",
        "CONTROL_COMPLIANCE_REPORT",
        "COPY_JOB_REPORT",
        "RESOURCE_COMPLIANCE_REPORT",
        "RESTORE_JOB_REPORT",
        "SCAN_JOB_REPORT",
    }
)
FORMATS = frozenset({"CSV", "JSON"})


class LimitExceededException(JsonRESTError):
    """More than a quota allows."""

    def __init__(self, message: str) -> None:
        super().__init__("LimitExceededException", message)


class Audit(BackupBackend):
    """Frameworks and report plans."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.frameworks: dict[str, dict[str, Any]] = {}

    def create_framework(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a framework as it was sent."""
        name = asked["FrameworkName"]
        self._check_framework(asked)
        if name in self.frameworks:
            raise AlreadyExistsException(f"Framework {name} already exists")
        if len(self.frameworks) >= MOST_FRAMEWORKS:
            raise LimitExceededException(f"At most {MOST_FRAMEWORKS} frameworks")
        number = uuid.uuid4()
        arn = f"arn:aws:backup:{self.region_name}:{self.account_id}:framework:{name}-{number}"
        self.frameworks[name] = {
            "FrameworkName": name,
            "FrameworkArn": arn,
            "FrameworkDescription": asked.get("FrameworkDescription"),
            "FrameworkControls": asked["FrameworkControls"],
            "CreationTime": unix_time(),
            "DeploymentStatus": "COMPLETED",
            "FrameworkStatus": "ACTIVE",
        }
        if asked.get("FrameworkTags"):
            self.tag_resource(arn, asked["FrameworkTags"])
        return self.frameworks[name]

    def framework(self, name: str) -> dict[str, Any]:
        """One framework."""
        if name not in self.frameworks:
            raise ResourceNotFoundException(f"Framework {name} not found")
        return self.frameworks[name]

    def update_framework(self, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Replace what is sent."""
        found = self.framework(name)
        wanted = {**found, **{key: value for key, value in changes.items() if key in found}}
        self._check_framework(wanted)
        self.frameworks[name] = wanted
        return wanted

    def _check_framework(self, asked: Mapping[str, Any]) -> None:
        name, controls = asked["FrameworkName"], asked.get("FrameworkControls") or []
        _check_name(name)
        if not controls:
            raise InvalidParameterValueException("A framework needs at least one control")
        for control in controls:
            known = CONTROLS.get(control["ControlName"])
            if known is None:
                raise InvalidParameterValueException(f"Unknown control {control['ControlName']}")
            given = {each["ParameterName"] for each in control.get("ControlInputParameters") or []}
            if unknown := sorted(given - known):
                raise InvalidParameterValueException(
                    f"{control['ControlName']} does not take {', '.join(unknown)}"
                )
        others = sum(
            len(each["FrameworkControls"]) for key, each in self.frameworks.items() if key != name
        )
        if others + len(controls) > MOST_CONTROLS:
            raise LimitExceededException(f"At most {MOST_CONTROLS} controls per account and region")

    def check_report_plan(self, asked: Mapping[str, Any]) -> None:
        """What the service refuses of a report plan, moto takes."""
        _check_name(asked["ReportPlanName"])
        setting, channel = asked["ReportSetting"], asked["ReportDeliveryChannel"]
        template = setting["ReportTemplate"]
        if template not in TEMPLATES:
            raise InvalidParameterValueException(f"Unknown report template {template}")
        wrong = sorted(set(channel.get("Formats") or ["CSV"]) - FORMATS)
        if wrong:
            raise InvalidParameterValueException(f"Unknown format {', '.join(wrong)}")
        known = {each["FrameworkArn"] for each in self.frameworks.values()}
        for arn in setting.get("FrameworkArns") or []:
            if arn not in known:
                raise InvalidParameterValueException(f"There is no framework {arn}")
        if template.endswith("COMPLIANCE_REPORT") and not setting.get("FrameworkArns"):
            raise InvalidParameterValueException(f"{template} needs FrameworkArns")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidParameterValueException(
            f"Name {name} must begin with a letter and have letters, digits and underscores"
        )


class AuditResponse(BackupResponse):
    """The operations; each named after AWS's."""

    def _audit(self) -> Audit:
        backend = super().backup_backend
        assert isinstance(backend, Audit)
        return backend

    def create_framework(self) -> ActionResult:
        made = self._audit().create_framework(self._sent())
        return ActionResult({key: made[key] for key in ("FrameworkName", "FrameworkArn")})

    def describe_framework(self) -> ActionResult:
        found = self._audit().framework(self.uri_match["frameworkName"])
        return ActionResult({key: value for key, value in found.items() if value is not None})

    def list_frameworks(self) -> ActionResult:
        keys = ("FrameworkName", "FrameworkArn", "CreationTime", "DeploymentStatus")
        return ActionResult(
            {
                "Frameworks": [
                    {key: each[key] for key in keys}
                    | {"NumberOfControls": len(each["FrameworkControls"])}
                    for each in self._audit().frameworks.values()
                ]
            }
        )

    def update_framework(self) -> ActionResult:
        changed = self._audit().update_framework(self.uri_match["frameworkName"], self._sent())
        return ActionResult({key: changed[key] for key in ("FrameworkName", "FrameworkArn")})

    def delete_framework(self) -> EmptyResult:
        backend, name = self._audit(), self.uri_match["frameworkName"]
        backend.framework(name)
        del backend.frameworks[name]
        return EmptyResult()

    def create_report_plan(self) -> ActionResult:
        asked, backend = self._sent(), self._audit()
        backend.check_report_plan(asked)
        if asked["ReportPlanName"] in backend.report_plans:
            raise AlreadyExistsException(f"Report plan {asked['ReportPlanName']} already exists")
        if len(backend.report_plans) >= MOST_REPORT_PLANS:
            raise LimitExceededException(f"At most {MOST_REPORT_PLANS} report plans")
        plan = self._put(asked)
        if asked.get("ReportPlanTags"):
            backend.tag_resource(plan.report_plan_arn, asked["ReportPlanTags"])
        return ActionResult(plan)

    def update_report_plan(self) -> ActionResult:
        name = self.uri_match["reportPlanName"]
        found = self._audit().describe_report_plan(name)
        asked = {
            "ReportPlanName": name,
            "ReportPlanDescription": found.report_plan_description,
            "ReportDeliveryChannel": found.report_delivery_channel,
            "ReportSetting": found.report_setting,
            **self._sent(),
        }
        self._audit().check_report_plan(asked)
        return ActionResult(self._put(asked))

    def describe_report_plan(self) -> ActionResult:
        return ActionResult(
            {"ReportPlan": self._audit().describe_report_plan(self.uri_match["reportPlanName"])}
        )

    def delete_report_plan(self) -> EmptyResult:
        backend, name = self._audit(), self.uri_match["reportPlanName"]
        backend.describe_report_plan(name)
        backend.delete_report_plan(name)
        return EmptyResult()

    def _put(self, asked: Mapping[str, Any]) -> ReportPlan:
        return self._audit().create_report_plan(
            report_plan_name=asked["ReportPlanName"],
            report_plan_description=asked.get("ReportPlanDescription"),
            report_delivery_channel=asked["ReportDeliveryChannel"],
            report_setting=asked["ReportSetting"],
        )

    def _sent(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body or "{}")
        return document


PATHS = (
    "{0}/audit/frameworks/?$",
    "{0}/audit/frameworks/(?P<frameworkName>[^/]+)$",
)
