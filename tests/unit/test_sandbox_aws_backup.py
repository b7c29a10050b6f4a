"""AWS Backup in the sandbox: what is sent is what is read back, what AWS refuses is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield Cloud(sandbox.addresses.aws_endpoint_url)


@pytest.fixture(scope="module")
def backup(cloud: Cloud) -> Any:
    return cloud("backup")


@pytest.fixture(scope="module")
def role(cloud: Cloud) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "backup.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    made = cloud("iam").create_role(RoleName="backup", AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


@pytest.fixture
def vault(backup: Any, request: pytest.FixtureRequest) -> str:
    name = request.node.name.split("[")[0].replace("test_", "")[:50]
    backup.create_backup_vault(BackupVaultName=name)
    return str(name)


COPY_TO = "arn:aws:backup:us-west-2:123456789012:backup-vault:far"


def rule(**changes: Any) -> dict[str, Any]:
    return {
        "RuleName": "daily",
        "TargetBackupVaultName": "near",
        "ScheduleExpression": "cron(0 2 ? * * *)",
        "ScheduleExpressionTimezone": "America/New_York",
        "StartWindowMinutes": 60,
        "CompletionWindowMinutes": 240,
        "Lifecycle": {"DeleteAfterDays": 30},
        "RecoveryPointTags": {"tier": "daily"},
        "CopyActions": [
            {"DestinationBackupVaultArn": COPY_TO, "Lifecycle": {"DeleteAfterDays": 30}}
        ],
        **changes,
    }


def plan(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"BackupPlanName": name, "Rules": list(rules or (rule(),))}


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_plan_is_read_back_exactly_as_sent(backup: Any) -> None:
    sent = plan("exact", rule(EnableContinuousBackup=True))
    made = backup.create_backup_plan(BackupPlan=sent)
    read = backup.get_backup_plan(BackupPlanId=made["BackupPlanId"])["BackupPlan"]
    assert read["Rules"][0].pop("RuleId")
    assert read == sent


def test_update_keeps_the_id_and_gives_a_new_version(backup: Any) -> None:
    made = backup.create_backup_plan(BackupPlan=plan("versions"))
    later = plan("versions", rule(Lifecycle={"DeleteAfterDays": 35}))
    changed = backup.update_backup_plan(BackupPlanId=made["BackupPlanId"], BackupPlan=later)
    assert changed["BackupPlanArn"] == made["BackupPlanArn"]
    assert changed["VersionId"] != made["VersionId"]

    def kept(**version: str) -> int:
        read = backup.get_backup_plan(BackupPlanId=made["BackupPlanId"], **version)
        days: int = read["BackupPlan"]["Rules"][0]["Lifecycle"]["DeleteAfterDays"]
        return days

    assert (kept(), kept(VersionId=made["VersionId"])) == (35, 30)
    versions = backup.list_backup_plan_versions(BackupPlanId=made["BackupPlanId"])
    assert [one["VersionId"] for one in versions["BackupPlanVersionsList"]] == [
        changed["VersionId"],
        made["VersionId"],
    ]


def test_same_document_twice_is_refused_and_a_deleted_plan_is_gone(backup: Any) -> None:
    made = backup.create_backup_plan(BackupPlan=plan("once"))
    assert refusal(backup.create_backup_plan, BackupPlan=plan("once"))[0] == (
        "AlreadyExistsException"
    )
    backup.delete_backup_plan(BackupPlanId=made["BackupPlanId"])
    assert refusal(backup.get_backup_plan, BackupPlanId=made["BackupPlanId"])[0] == (
        "ResourceNotFoundException"
    )
    # After a destroy, the same plan is made again.
    backup.create_backup_plan(BackupPlan=plan("once"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119}},
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from "
            "MoveToColdStorageAfterDays",
        ),
        ({"Lifecycle": {"DeleteAfterDays": 36_501}}, "Invalid lifecycle. 36501 days: 1 to 36500"),
        ({"StartWindowMinutes": 59}, "Invalid StartWindowMinutes 59: at least 60"),
        (
            {"CompletionWindowMinutes": 119},
            "Invalid CompletionWindowMinutes 119: at least 120, 60 more than StartWindowMinutes",
        ),
        (
            {"ScheduleExpression": "rate(1 hour)"},
            "Invalid ScheduleExpression rate(1 hour): cron(minutes hours day-of-month month "
            "day-of-week year), one of the days being ?",
        ),
        (
            {"ScheduleExpression": "cron(0/15 * ? * * *)"},
            "Invalid ScheduleExpression cron(0/15 * ? * * *): at most one backup an hour",
        ),
        ({"ScheduleExpressionTimezone": "EST5"}, "Invalid ScheduleExpressionTimezone: EST5"),
        (
            {"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 36}},
            "Invalid lifecycle. EnableContinuousBackup needs DeleteAfterDays of 1 to 35",
        ),
        (
            {
                "EnableContinuousBackup": True,
                "Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 100},
            },
            "Invalid lifecycle. Continuous backups cannot move to cold storage",
        ),
        (
            {
                "CopyActions": [
                    {
                        "DestinationBackupVaultArn": COPY_TO,
                        "Lifecycle": {"MoveToColdStorageAfterDays": 7, "DeleteAfterDays": 96},
                    }
                ]
            },
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from "
            "MoveToColdStorageAfterDays",
        ),
        (
            {"CopyActions": [{"DestinationBackupVaultArn": "far"}]},
            "Invalid DestinationBackupVaultArn: far",
        ),
    ],
)
def test_plan_that_aws_refuses(backup: Any, changes: dict[str, Any], message: str) -> None:
    refused = refusal(backup.create_backup_plan, BackupPlan=plan("refused", rule(**changes)))
    assert refused == ("InvalidParameterValueException", message)


def test_cold_storage_of_exactly_ninety_days_is_taken(backup: Any) -> None:
    lifecycle = {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 120}
    backup.create_backup_plan(BackupPlan=plan("cold", rule(Lifecycle=lifecycle)))


def test_selection_is_read_back_exactly_as_sent(backup: Any, role: str) -> None:
    plan_id = backup.create_backup_plan(BackupPlan=plan("selected"))["BackupPlanId"]
    sent = {
        "SelectionName": "databases",
        "IamRoleArn": role,
        "Resources": ["arn:aws:rds:*:*:db:*"],
        "NotResources": [],
        "ListOfTags": [],
        "Conditions": {
            "StringEquals": [{"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "yes"}],
            "StringNotEquals": [],
            "StringLike": [],
            "StringNotLike": [],
        },
    }
    made = backup.create_backup_selection(BackupPlanId=plan_id, BackupSelection=sent)
    read = backup.get_backup_selection(BackupPlanId=plan_id, SelectionId=made["SelectionId"])
    assert read["BackupSelection"] == sent
    listed = backup.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
    assert [(one["SelectionName"], one["SelectionId"], one["IamRoleArn"]) for one in listed] == [
        ("databases", made["SelectionId"], role)
    ]
    assert refusal(backup.create_backup_selection, BackupPlanId=plan_id, BackupSelection=sent)[
        0
    ] == ("AlreadyExistsException")

    assert refusal(backup.delete_backup_plan, BackupPlanId=plan_id) == (
        "InvalidRequestException",
        "Related backup plan selections must be deleted prior to backup plan deletion",
    )
    backup.delete_backup_selection(BackupPlanId=plan_id, SelectionId=made["SelectionId"])
    assert backup.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"] == []
    backup.delete_backup_plan(BackupPlanId=plan_id)


def test_selection_by_a_role_that_backup_may_not_assume_is_refused(backup: Any) -> None:
    plan_id = backup.create_backup_plan(BackupPlan=plan("unassumable"))["BackupPlanId"]
    role = "arn:aws:iam::123456789012:role/nobody"
    assert refusal(
        backup.create_backup_selection,
        BackupPlanId=plan_id,
        BackupSelection={"SelectionName": "x", "IamRoleArn": role, "Resources": ["*"]},
    ) == (
        "InvalidParameterValueException",
        f"IAM Role {role} cannot be assumed by AWS Backup",
    )


def test_vault_policy(backup: Any, vault: str) -> None:
    assert refusal(backup.get_backup_vault_access_policy, BackupVaultName=vault)[0] == (
        "ResourceNotFoundException"
    )
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    backup.put_backup_vault_access_policy(BackupVaultName=vault, Policy=policy)
    read = backup.get_backup_vault_access_policy(BackupVaultName=vault)
    assert (read["BackupVaultName"], read["Policy"]) == (vault, policy)
    backup.delete_backup_vault_access_policy(BackupVaultName=vault)
    assert refusal(backup.get_backup_vault_access_policy, BackupVaultName=vault)[0] == (
        "ResourceNotFoundException"
    )


def test_vault_notifications(backup: Any, vault: str) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:alerts"
    events = ["BACKUP_JOB_FAILED", "COPY_JOB_FAILED"]
    backup.put_backup_vault_notifications(
        BackupVaultName=vault, SNSTopicArn=topic, BackupVaultEvents=events
    )
    read = backup.get_backup_vault_notifications(BackupVaultName=vault)
    assert (read["SNSTopicArn"], read["BackupVaultEvents"]) == (topic, events)
    backup.delete_backup_vault_notifications(BackupVaultName=vault)
    assert refusal(backup.get_backup_vault_notifications, BackupVaultName=vault)[0] == (
        "ResourceNotFoundException"
    )
    assert refusal(
        backup.put_backup_vault_notifications,
        BackupVaultName=vault,
        SNSTopicArn=topic,
        BackupVaultEvents=["BACKUP_JOB_LOST"],
    ) == ("InvalidParameterValueException", "Invalid backup vault events: ['BACKUP_JOB_LOST']")


def test_vault_lock_stays_motos(backup: Any, vault: str) -> None:
    backup.put_backup_vault_lock_configuration(
        BackupVaultName=vault, MinRetentionDays=7, MaxRetentionDays=90
    )
    read = backup.describe_backup_vault(BackupVaultName=vault)
    assert (read["Locked"], read["MinRetentionDays"], read["MaxRetentionDays"]) == (True, 7, 90)
