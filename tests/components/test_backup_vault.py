"""BackupVault registers exactly the vault, its key, who may touch it, and alerts on its jobs."""

import json
from typing import Any

import pulumi
import pytest
import time_machine
from pulumi_upkeep import BackupVault

from tests.components.recovery import KEY_ACTIONS, RUNBOOKS, declared, known, refusal, topics
from tests.components.support import ACCOUNT, Recording

PARENT = "upkeep:index:BackupVault::vault"
VAULT_ARN = f"arn:aws:backup:us-east-1:{ACCOUNT}:Vault/vault"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/backup-admin"


def vault(preview: bool = False, **more: Any) -> Recording:
    args: Any = {"topics": topics(), "runbooks": RUNBOOKS, **more}
    return declared(lambda opts: BackupVault("vault", args, opts), preview=preview)


def refused(**more: Any) -> str:
    args: Any = {"topics": topics(), "runbooks": RUNBOOKS, **more}
    return refusal(lambda opts: BackupVault("vault", args, opts))


def test_registers_a_vault_with_its_own_key_policy_and_alerts(preview: bool) -> None:
    recording = vault(preview)
    children = [each for each in recording.registrations if each.parent]
    assert [(each.type, each.name, each.protect) for each in children] == [
        ("aws:backup/vault:Vault", "vault", True),
        ("aws:backup/vaultPolicy:VaultPolicy", "vault", False),
        ("aws:cloudwatch/eventRule:EventRule", "vault-backup-jobs", False),
        ("aws:cloudwatch/eventRule:EventRule", "vault-copy-jobs", False),
        ("aws:cloudwatch/eventTarget:EventTarget", "vault-backup-jobs", False),
        ("aws:cloudwatch/eventTarget:EventTarget", "vault-copy-jobs", False),
        ("aws:kms/alias:Alias", "vault-key", False),
        ("aws:kms/key:Key", "vault-key", True),
    ]
    assert {each.parent for each in children} == {PARENT}
    assert {each.provider for each in children} == {"aws-us-east-1"}
    assert not any(each.retain_on_delete for each in children)


def test_the_vault_is_named_and_encrypted_by_its_own_key(preview: bool) -> None:
    recording, later = vault(preview), known(preview)
    assert recording.one("aws:backup/vault:Vault").props == {
        "name": "bynomi-prod-vault",
        "kmsKeyArn": later(f"arn:aws:kms:us-east-1:{ACCOUNT}:Key/vault-key"),
    }
    assert recording.one("aws:kms/alias:Alias").props == {
        "name": "alias/bynomi-prod-vault-recovery-points",
        "targetKeyId": later("vault-key-key-id"),
    }
    assert recording.outputs_of("vault") == {
        "vaultName": "bynomi-prod-vault",
        "vaultArn": later(VAULT_ARN),
        "keyArn": later(f"arn:aws:kms:us-east-1:{ACCOUNT}:Key/vault-key"),
    }


def test_the_key_is_used_only_through_backup_and_rds() -> None:
    key = vault().one("aws:kms/key:Key").props
    assert key["enableKeyRotation"] is True
    assert key["deletionWindowInDays"] == 30
    administer, use, grant = json.loads(key["policy"])["Statement"]
    through = {"kms:ViaService": ["backup.*.amazonaws.com", "rds.*.amazonaws.com"]}
    assert administer["Principal"] == {"AWS": ROOT}
    assert not set(administer["Action"]) & {*KEY_ACTIONS[2:], "kms:Decrypt", "kms:CreateGrant"}
    assert use == {
        "Sid": "UseThroughServices",
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": KEY_ACTIONS,
        "Resource": "*",
        "Condition": {"StringLike": through},
    }
    assert grant["Action"] == "kms:CreateGrant"
    assert grant["Condition"] == {
        "StringLike": through,
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }


def statements(recording: Recording) -> list[dict[str, Any]]:
    policy = recording.one("aws:backup/vaultPolicy:VaultPolicy").props["policy"]
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def test_nobody_deletes_shortens_or_copies_out(preview: bool) -> None:
    assert statements(vault(preview)) == [
        {
            "Sid": "KeepWhatIsKept",
            "Effect": "Deny",
            "Principal": "*",
            "Action": [
                "backup:DeleteRecoveryPoint",
                "backup:DisassociateRecoveryPoint",
                "backup:DisassociateRecoveryPointFromParent",
                "backup:UpdateRecoveryPointLifecycle",
            ],
            "Resource": "*",
        },
        {
            "Sid": "StayInTheAccount",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "backup:CopyFromBackupVault",
            "Resource": "*",
            "Condition": {
                "ForAnyValue:ArnNotLike": {
                    "backup:CopyTargets": f"arn:aws:backup:*:{ACCOUNT}:backup-vault:*"
                }
            },
        },
    ]


def test_named_administrators_alone_may_delete_and_change_the_policy() -> None:
    keep, stay = statements(vault(administrators=[ADMIN]))
    assert keep["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [ADMIN]}}
    assert keep["Action"][4:] == [
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:DeleteBackupVaultLockConfiguration",
        "backup:PutBackupVaultAccessPolicy",
        "backup:PutBackupVaultLockConfiguration",
    ]
    assert stay["Condition"].keys() == {"ForAnyValue:ArnNotLike"}


def test_jobs_that_end_without_a_recovery_point_reach_the_topic() -> None:
    recording = vault(severity="p0")
    rules = {
        name: json.loads(rule.props["eventPattern"])
        for name, rule in recording.of("aws:cloudwatch/eventRule:EventRule").items()
    }
    assert rules == {
        "vault-backup-jobs": {
            "source": ["aws.backup"],
            "detail-type": ["Backup Job State Change"],
            "detail": {
                "backupVaultArn": [VAULT_ARN],
                "state": ["ABORTED", "EXPIRED", "FAILED", "PARTIAL"],
            },
        },
        "vault-copy-jobs": {
            "source": ["aws.backup"],
            "detail-type": ["Copy Job State Change"],
            "detail": {"sourceBackupVaultArn": [VAULT_ARN], "state": ["FAILED", "PARTIAL"]},
        },
    }
    assert recording.one("aws:cloudwatch/eventTarget:EventTarget", "vault-backup-jobs").props == {
        "rule": "bynomi-prod-vault-backup-jobs",
        "targetId": "alert",
        "arn": topics()["p0"],
        "inputTransformer": {
            "inputPaths": {
                "reason": "$.detail.statusMessage",
                "resource": "$.detail.resourceArn",
                "state": "$.detail.state",
                "time": "$.time",
            },
            "inputTemplate": (
                '"P0: a backup of <resource> ended as <state> at <time>: <reason> '
                'Runbook: https://runbooks.example.com/backup-jobs"'
            ),
        },
    }


def test_a_lock_bounds_what_is_kept() -> None:
    recording = vault(lock={"at_least": "7 days", "at_most": "1 year"})
    assert recording.one("aws:backup/vaultLockConfiguration:VaultLockConfiguration").props == {
        "backupVaultName": "bynomi-prod-vault",
        "minRetentionDays": 7,
        "maxRetentionDays": 366,
    }


@time_machine.travel("2026-11-22 12:00:00+00:00", tick=False)
def test_a_compliance_lock_says_loudly_from_when_on_nobody_can_undo_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    recording = vault(lock={"mode": "compliance", "at_least": "7 days", "grace": "3 days"})
    assert recording.one("aws:backup/vaultLockConfiguration:VaultLockConfiguration").props == {
        "backupVaultName": "bynomi-prod-vault",
        "changeableForDays": 3,
        "minRetentionDays": 7,
    }
    assert said == [
        "the compliance lock of bynomi-prod-vault can be lifted for 3 days after it is made: if "
        "that is today, nobody can undo it after 2026-11-25, not even AWS; nothing in the vault "
        "can then be deleted before it expires"
    ]


def test_a_governance_lock_warns_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    vault(lock={"at_least": "7 days"})
    assert said == []


OTHER = "210987654321"


def test_another_account_may_copy_into_a_vault_only_where_it_is_named() -> None:
    let_in, keep, stay = statements(vault(copied_from=[OTHER]))
    assert let_in == {
        "Sid": f"CopiedFrom{OTHER}",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": "backup:CopyIntoBackupVault",
        "Resource": "*",
    }
    assert [keep["Sid"], stay["Sid"]] == ["KeepWhatIsKept", "StayInTheAccount"]


def test_recovery_points_leave_for_a_named_account_which_may_read_the_key() -> None:
    recording = vault(copied_to=[OTHER])
    _, stay = statements(recording)
    assert stay["Condition"]["ForAnyValue:ArnNotLike"]["backup:CopyTargets"] == [
        f"arn:aws:backup:*:{ACCOUNT}:backup-vault:*",
        f"arn:aws:backup:*:{OTHER}:backup-vault:*",
    ]
    key = json.loads(recording.one("aws:kms/key:Key").props["policy"])["Statement"]
    read, grant = key[3:]
    through = {"kms:ViaService": ["backup.*.amazonaws.com", "rds.*.amazonaws.com"]}
    assert read == {
        "Sid": "ReadForCopies",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": {"StringLike": through},
    }
    assert (grant["Action"], grant["Principal"]) == ("kms:CreateGrant", read["Principal"])


def test_a_vault_of_another_account_tells_nobody_of_jobs_that_begin_elsewhere() -> None:
    args: Any = {"runbooks": RUNBOOKS, "copied_from": [OTHER]}
    recording = declared(lambda opts: BackupVault("vault", args, opts))
    assert recording.of("aws:cloudwatch/eventRule:EventRule") == {}


def test_protection_and_retention_are_stated_on_vault_and_key_alone() -> None:
    recording = vault(protected=False, retained=True)
    kept = [each for each in recording.registrations if each.retain_on_delete]
    assert [(each.type, each.protect) for each in kept] == [
        ("aws:backup/vault:Vault", False),
        ("aws:kms/key:Key", False),
    ]


def test_a_child_takes_nothing_of_the_callers_options() -> None:
    args: Any = {"topics": topics(), "runbooks": RUNBOOKS}
    callers = pulumi.ResourceOptions(ignore_changes=["name"], retain_on_delete=True)
    recording = declared(
        lambda opts: BackupVault("vault", args, pulumi.ResourceOptions.merge(opts, callers))
    )
    assert recording.one("upkeep:index:BackupVault").ignore_changes == ("name",)
    children = [each for each in recording.registrations if each.parent]
    assert {each.ignore_changes for each in children} == {()}
    assert {each.retain_on_delete for each in children} == {False}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"lock": {"mode": "compliance", "at_least": "7 days"}},
            "BackupVault 'vault': 1 fault\n  lock.grace: missing: after it nobody can lift a "
            "compliance lock, not even AWS; `grace: 7 days`, or 3 days at least",
        ),
        (
            {"lock": {"mode": "compliance", "at_least": "7 days", "grace": "2 days"}},
            "BackupVault 'vault': 1 fault\n  lock.grace = 2 days: the time of grace lies between "
            "3 days and 36500 days (AWS Backup, vault lock, ChangeableForDays); nearest: `3 days`",
        ),
        (
            {"copied_from": ["12345"]},
            "BackupVault 'vault': 1 fault\n  copied_from.0 = 12345: string should match pattern "
            "'^\\d{12}$'",
        ),
        (
            {"lock": {}},
            "BackupVault 'vault': 1 fault\n  lock: a lock without bounds locks nothing; "
            "add `at_least` or `at_most`",
        ),
        (
            {"lock": {"at_least": "90 days", "at_most": "30 days"}},
            "BackupVault 'vault': 1 fault\n  lock.at_least = 90 days: longer than `at_most`, which "
            "is 30 days; swap them",
        ),
        (
            {"lock": {"at_most": "101 years"}},
            "BackupVault 'vault': 1 fault\n  lock.at_most = 101 years: a backup's retention "
            "lies between 1 day and 36500 days (AWS Backup, Lifecycle.DeleteAfterDays); nearest: "
            "`36500 days`",
        ),
        (
            {"severity": "p4"},
            "BackupVault 'vault': 1 fault\n  severity = p4: not one of p0, p1, p2, p3",
        ),
        (
            {"topics": {"p0": "arn:aws:sns:us-east-1:123456789012:x"}},
            "BackupVault 'vault': 3 faults\n  topics.p1: missing; required here\n"
            "  topics.p2: missing; required here\n  topics.p3: missing; required here",
        ),
        (
            {"administrator": []},
            "BackupVault 'vault': 1 fault\n  administrator: not a word of the plan; did you mean "
            "`administrators`?",
        ),
    ],
)
def test_refuses(args: dict[str, Any], message: str) -> None:
    assert refused(**args) == message
