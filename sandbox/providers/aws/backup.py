"""AWS Backup: vaults and what hangs on them, plans, selections."""

from __future__ import annotations

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, plain, unordered
from sandbox.providers.aws.tagging import Tagging, tagging
from sandbox.providers.cloud import Properties

# The provider's, not AWS's, which are 480 and 10,080 minutes (provider: backup_plan.go).
START_WINDOW = 60  # minutes
COMPLETION_WINDOW = 180  # minutes

_VAULT: Shape = (
    Prop("name", "BackupVaultName"),
    *computed(kmsKeyArn="EncryptionKeyArn"),
)


def _tags(parameter: str) -> Tagging:
    return tagging(
        "backup",
        argument="ResourceArn",
        parameter=parameter,
        mapping=True,
        read="list_tags",
        keys="TagKeyList",
    )


def _create_vault(api: Api, request: Document, inputs: Properties) -> str:
    api("backup").create_backup_vault(**request)
    return str(request["BackupVaultName"])


def _describe_vault(api: Api, name: str, known: Properties) -> Document | None:
    answer: Document | None = found(api("backup").describe_backup_vault, BackupVaultName=name)
    return answer


def _delete_vault(api: Api, name: str, known: Properties) -> None:
    if known.get("forceDestroy"):
        listed = api("backup").list_recovery_points_by_backup_vault(BackupVaultName=name)
        for point in listed["RecoveryPoints"]:
            api("backup").delete_recovery_point(
                BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"]
            )
    api("backup").delete_backup_vault(BackupVaultName=name)


_POLICY: Shape = (Prop("backupVaultName"), Prop("policy", json=True))


def _put_policy(api: Api, request: Document, inputs: Properties) -> str:
    api("backup").put_backup_vault_access_policy(**request)
    return str(request["BackupVaultName"])


_NOTIFICATIONS: Shape = (
    *plain("backupVaultName", snsTopicArn="SNSTopicArn"),
    *unordered("backupVaultEvents"),
)


def _put_notifications(api: Api, request: Document, inputs: Properties) -> str:
    api("backup").put_backup_vault_notifications(**request)
    return str(request["BackupVaultName"])


_LOCK: Shape = plain("backupVaultName", "changeableForDays", "maxRetentionDays", "minRetentionDays")


def _put_lock(api: Api, request: Document, inputs: Properties) -> str:
    api("backup").put_backup_vault_lock_configuration(**request)
    return str(request["BackupVaultName"])


def _describe_lock(api: Api, name: str, known: Properties) -> Document | None:
    vault = _describe_vault(api, name, known)
    return vault if vault and vault.get("Locked") else None


_AIR_GAPPED: Shape = (
    Prop("name", "BackupVaultName"),
    *plain("minRetentionDays", "maxRetentionDays"),
    *computed(encryptionKeyArn="EncryptionKeyArn"),
)


def _create_air_gapped(api: Api, request: Document, inputs: Properties) -> str:
    api("backup").create_logically_air_gapped_backup_vault(**request)
    return str(request["BackupVaultName"])


_FRAMEWORK: Shape = (
    *plain(name="FrameworkName", description="FrameworkDescription"),
    Prop(
        "controls",
        "FrameworkControls",
        shape=(
            Prop("name", "ControlName"),
            Prop(
                "inputParameters",
                "ControlInputParameters",
                shape=plain(name="ParameterName", value="ParameterValue"),
                many=True,
                unordered=True,
            ),
            Prop(
                "scope",
                "ControlScope",
                shape=(
                    *unordered("complianceResourceTypes", "complianceResourceIds"),
                    Prop("tags"),
                ),
            ),
        ),
        many=True,
        unordered=True,
    ),
)


def _create_framework(api: Api, request: Document, inputs: Properties) -> str:
    api("backup").create_framework(**request)
    return str(request["FrameworkName"])


_REPORT_PLAN: Shape = (
    *plain(name="ReportPlanName", description="ReportPlanDescription"),
    Prop(
        "reportDeliveryChannel",
        shape=(
            *plain(s3BucketName="S3BucketName", s3KeyPrefix="S3KeyPrefix"),
            *unordered("formats"),
        ),
    ),
    Prop(
        "reportSetting",
        shape=(
            *plain("reportTemplate", "numberOfFrameworks"),
            *unordered("frameworkArns", "accounts", "organizationUnits", "regions"),
        ),
    ),
)


def _create_report_plan(api: Api, request: Document, inputs: Properties) -> str:
    api("backup").create_report_plan(**request)
    return str(request["ReportPlanName"])


def _describe_report_plan(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("backup").describe_report_plan, ReportPlanName=name)
    return answer["ReportPlan"] if answer else None


_LIFECYCLE: Shape = (
    Prop("coldStorageAfter", "MoveToColdStorageAfterDays"),
    Prop("deleteAfter", "DeleteAfterDays"),
    Prop("optInToArchiveForSupportedResources", computed=True),
)
_RULE: Shape = (
    *plain(
        "ruleName",
        "recoveryPointTags",
        "targetLogicallyAirGappedBackupVaultArn",
        targetVaultName="TargetBackupVaultName",
        schedule="ScheduleExpression",
    ),
    Prop("enableContinuousBackup", default=False, default_sent=True),
    Prop("scheduleExpressionTimezone", default="Etc/UTC", default_sent=True),
    Prop("startWindow", "StartWindowMinutes", default=START_WINDOW, default_sent=True),
    Prop(
        "completionWindow", "CompletionWindowMinutes", default=COMPLETION_WINDOW, default_sent=True
    ),
    Prop("lifecycle", shape=_LIFECYCLE),
    Prop(
        "copyActions",
        shape=(
            Prop("destinationVaultArn", "DestinationBackupVaultArn"),
            Prop("lifecycle", shape=_LIFECYCLE),
        ),
        many=True,
        unordered=True,
    ),
)
_PLAN: Shape = (
    Prop("name", "BackupPlanName"),
    Prop("rules", shape=_RULE, many=True, unordered=True),
    Prop(
        "advancedBackupSettings",
        shape=plain("backupOptions", "resourceType"),
        many=True,
        unordered=True,
    ),
)


def _create_plan(api: Api, request: Document, inputs: Properties) -> str:
    tags = {"BackupPlanTags": request.pop("BackupPlanTags")} if "BackupPlanTags" in request else {}
    return str(api("backup").create_backup_plan(BackupPlan=request, **tags)["BackupPlanId"])


def _describe_plan(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("backup").get_backup_plan, BackupPlanId=id_)
    # A deleted plan keeps its id and answers with the day of its end.
    if answer is None or answer.get("DeletionDate"):
        return None
    return {
        **answer["BackupPlan"],
        "BackupPlanArn": answer["BackupPlanArn"],
        "VersionId": answer["VersionId"],
    }


def _identify_plan(api: Api, inputs: Properties) -> str | None:
    for page in api("backup").get_paginator("list_backup_plans").paginate():
        for plan in page["BackupPlansList"]:
            if plan["BackupPlanName"] == inputs["name"]:
                return str(plan["BackupPlanId"])
    return None


_CONDITION: Shape = plain(key="ConditionKey", value="ConditionValue")
_SELECTION: Shape = (
    Prop("name", "SelectionName"),
    Prop("iamRoleArn"),
    Prop("planId", "BackupPlanId"),
    *unordered("resources", "notResources"),
    Prop(
        "selectionTags",
        "ListOfTags",
        shape=plain(type="ConditionType", key="ConditionKey", value="ConditionValue"),
        many=True,
        unordered=True,
    ),
    Prop(
        "conditions",
        to=lambda blocks: _to_conditions(blocks),
        back=lambda conditions: _from_conditions(conditions),
        unordered=True,
    ),
)
_OPERATORS = {
    "stringEquals": "StringEquals",
    "stringLikes": "StringLike",
    "stringNotEquals": "StringNotEquals",
    "stringNotLikes": "StringNotLike",
}


def _to_conditions(blocks: list[Properties]) -> Document:
    """The SDK has a list of blocks; AWS one object with a list for each operator."""
    conditions: Document = {}
    for block in blocks:
        for name, operator in _OPERATORS.items():
            for item in block.get(name) or []:
                condition = {"ConditionKey": item["key"], "ConditionValue": item["value"]}
                conditions.setdefault(operator, []).append(condition)
    return conditions


def _from_conditions(conditions: Document) -> list[Properties] | None:
    block = {
        name: [
            {"key": item["ConditionKey"], "value": item["ConditionValue"]}
            for item in conditions[operator]
        ]
        for name, operator in _OPERATORS.items()
        if conditions.get(operator)
    }
    return [block] if block else None


def _create_selection(api: Api, request: Document, inputs: Properties) -> str:
    plan = request.pop("BackupPlanId")
    answer = api("backup").create_backup_selection(BackupPlanId=plan, BackupSelection=request)
    return str(answer["SelectionId"])


def _describe_selection(api: Api, id_: str, known: Properties) -> Document | None:
    plan = known.get("planId")
    if plan is None:  # an import: `plan|selection`
        plan, _, id_ = id_.rpartition("|")
    answer = found(api("backup").get_backup_selection, BackupPlanId=plan, SelectionId=id_)
    return {**answer["BackupSelection"], "BackupPlanId": plan} if answer else None


def _identify_selection(api: Api, inputs: Properties) -> str | None:
    answer = found(api("backup").list_backup_selections, BackupPlanId=inputs["planId"])
    for selection in (answer or {}).get("BackupSelectionsList", []):
        if selection["SelectionName"] == inputs["name"]:
            return str(selection["SelectionId"])
    return None


BACKUP = (
    Resource(
        token=token("backup", "Vault"),
        service="backup",
        shape=_VAULT,
        name=Name(longest=50),
        tagging=_tags("BackupVaultTags"),
        create=_create_vault,
        describe=_describe_vault,
        delete=_delete_vault,
        outputs={"arn": "BackupVaultArn", "recoveryPoints": "NumberOfRecoveryPoints"},
        provider_only=frozenset({"forceDestroy"}),
        forces_replacement=frozenset({"name", "kmsKeyArn"}),
    ),
    Resource(
        token=token("backup", "LogicallyAirGappedVault"),
        service="backup",
        shape=_AIR_GAPPED,
        name=Name(longest=50, automatic=False),
        tagging=_tags("BackupVaultTags"),
        create=_create_air_gapped,
        describe=_describe_vault,
        delete=lambda api, name, known: api("backup").delete_backup_vault(BackupVaultName=name),
        outputs={"arn": "BackupVaultArn"},
        provider_only=frozenset({"timeouts"}),
        forces_replacement=frozenset(
            {"name", "minRetentionDays", "maxRetentionDays", "encryptionKeyArn"}
        ),
    ),
    Resource(
        token=token("backup", "Framework"),
        service="backup",
        shape=_FRAMEWORK,
        name=Name(longest=256),
        tagging=_tags("FrameworkTags"),
        create=_create_framework,
        describe=lambda api, name, known: found(
            api("backup").describe_framework, FrameworkName=name
        ),
        update=lambda api, name, request, change: api("backup").update_framework(**request),
        delete=lambda api, name, known: api("backup").delete_framework(FrameworkName=name),
        outputs={
            "arn": "FrameworkArn",
            "creationTime": lambda api, name, document: document["CreationTime"].isoformat(),
            "deploymentStatus": "DeploymentStatus",
            "status": "FrameworkStatus",
        },
        forces_replacement=frozenset({"name"}),
    ),
    Resource(
        token=token("backup", "ReportPlan"),
        service="backup",
        shape=_REPORT_PLAN,
        name=Name(longest=256),
        tagging=_tags("ReportPlanTags"),
        create=_create_report_plan,
        describe=_describe_report_plan,
        update=lambda api, name, request, change: api("backup").update_report_plan(**request),
        delete=lambda api, name, known: api("backup").delete_report_plan(ReportPlanName=name),
        outputs={
            "arn": "ReportPlanArn",
            "creationTime": lambda api, name, document: document["CreationTime"].isoformat(),
            "deploymentStatus": "DeploymentStatus",
        },
        forces_replacement=frozenset({"name"}),
    ),
    Resource(
        token=token("backup", "VaultPolicy"),
        service="backup",
        shape=_POLICY,
        create=_put_policy,
        describe=lambda api, name, known: found(
            api("backup").get_backup_vault_access_policy, BackupVaultName=name
        ),
        update=lambda api, name, request, change: _put_policy(api, request, change.inputs),
        delete=lambda api, name, known: api("backup").delete_backup_vault_access_policy(
            BackupVaultName=name
        ),
        identify=lambda api, inputs: inputs["backupVaultName"],
        outputs={"backupVaultArn": "BackupVaultArn"},
        place=("backupVaultName",),
        forces_replacement=frozenset({"backupVaultName"}),
    ),
    Resource(
        token=token("backup", "VaultNotifications"),
        service="backup",
        shape=_NOTIFICATIONS,
        create=_put_notifications,
        describe=lambda api, name, known: found(
            api("backup").get_backup_vault_notifications, BackupVaultName=name
        ),
        delete=lambda api, name, known: api("backup").delete_backup_vault_notifications(
            BackupVaultName=name
        ),
        identify=lambda api, inputs: inputs["backupVaultName"],
        outputs={"backupVaultArn": "BackupVaultArn"},
        place=("backupVaultName",),
        forces_replacement=frozenset({"backupVaultName", "snsTopicArn", "backupVaultEvents"}),
    ),
    Resource(
        token=token("backup", "VaultLockConfiguration"),
        service="backup",
        shape=_LOCK,
        create=_put_lock,
        describe=_describe_lock,
        delete=lambda api, name, known: api("backup").delete_backup_vault_lock_configuration(
            BackupVaultName=name
        ),
        identify=lambda api, inputs: inputs["backupVaultName"],
        outputs={"backupVaultArn": "BackupVaultArn"},
        place=("backupVaultName",),
        forces_replacement=frozenset(
            {"backupVaultName", "changeableForDays", "maxRetentionDays", "minRetentionDays"}
        ),
    ),
    Resource(
        token=token("backup", "Plan"),
        service="backup",
        shape=_PLAN,
        name=Name(longest=50),
        tagging=_tags("BackupPlanTags"),
        create=_create_plan,
        describe=_describe_plan,
        update=lambda api, id_, request, change: api("backup").update_backup_plan(
            BackupPlanId=id_, BackupPlan=request
        ),
        delete=lambda api, id_, known: api("backup").delete_backup_plan(BackupPlanId=id_),
        identify=_identify_plan,
        outputs={"arn": "BackupPlanArn", "version": "VersionId"},
        unknown_after={"version": frozenset({"rules", "advancedBackupSettings"})},
        forces_replacement=frozenset({"name"}),
    ),
    Resource(
        token=token("backup", "Selection"),
        service="backup",
        shape=_SELECTION,
        name=Name(longest=50),
        create=_create_selection,
        describe=_describe_selection,
        delete=lambda api, id_, known: api("backup").delete_backup_selection(
            BackupPlanId=known["planId"], SelectionId=id_
        ),
        identify=_identify_selection,
        place=("planId", "name"),
        forces_replacement=frozenset(
            {
                "name",
                "iamRoleArn",
                "planId",
                "resources",
                "notResources",
                "selectionTags",
                "conditions",
            }
        ),
    ),
)
