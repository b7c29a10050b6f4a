"""The function that says how old backups are: of the rarest tier, of copies, and what is late."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import time_machine
from pulumi_upkeep.functions.backup_ages import main
from pulumi_upkeep.plan.backups import Tier
from pulumi_upkeep.recover.backup_ages import late_after, unseen_copies

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLAN = "plan-1"
ORDERS, PAYMENTS = "arn:aws:rds:us-east-1:1:db:orders", "arn:aws:rds:us-east-1:1:db:payments"
HERE, AWAY = "database-use1", "arn:aws:backup:us-west-2:1:backup-vault:database-usw2"
SAFE = "arn:aws:backup:us-east-1:2:backup-vault:database-use1-2"
# The plan as it was first, and since when it has a monthly rule.
BORN, MONTHLY_SINCE = NOW - timedelta(days=400), NOW - timedelta(days=10)


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def point(tier: str, hours: float, of: str = ORDERS, **other: Any) -> dict[str, Any]:
    creator = {"BackupPlanId": PLAN, "BackupRuleName": tier, "BackupRuleId": f"id-of-{tier}"}
    made = {"ResourceArn": of, "CreationDate": hours_ago(hours), "Status": "COMPLETED"}
    return {**made, "CreatedBy": creator, **other}


def job(kind: str, tier: str, hours: float, state: str, **other: Any) -> dict[str, Any]:
    return {**point(tier, hours), "State": state, f"{kind}JobId": f"{tier}-{state}", **other}


class Backup:
    """AWS Backup as the function asks it: lists that are filtered as the API filters them."""

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        self.lists = lists

    def get_backup_plan(self, BackupPlanId: str, VersionId: str) -> dict[str, Any]:
        assert BackupPlanId == PLAN
        names = ["daily", "monthly"] if VersionId == "2" else ["daily"]
        rules = [{"RuleName": name, "RuleId": f"id-of-{name}"} for name in names]
        return {"BackupPlan": {"Rules": rules}}

    def get_paginator(self, operation: str) -> "Backup":
        asked = Backup(**self.lists)
        asked.operation = operation  # type: ignore[attr-defined]
        return asked

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        operation: str = self.operation  # type: ignore[attr-defined]
        if operation == "list_backup_plan_versions":
            versions = [("1", BORN), ("2", MONTHLY_SINCE)]
            return [
                {
                    "BackupPlanVersionsList": [
                        {"VersionId": name, "CreationDate": when} for name, when in versions
                    ]
                }
            ]
        if operation == "list_recovery_points_by_backup_vault":
            return [{"RecoveryPoints": self.lists.get(asked["BackupVaultName"], [])}]
        key = "CopyJobs" if operation == "list_copy_jobs" else "BackupJobs"
        jobs = self.lists.get(key, [])
        if "ByState" in asked:
            jobs = [each for each in jobs if each["State"] == asked["ByState"]]
        if "ByDestinationVaultArn" in asked:
            there = asked["ByDestinationVaultArn"]
            jobs = [each for each in jobs if each["DestinationBackupVaultArn"] == there]
        # Two pages, as there may be.
        return [{key: jobs[:1]}, {key: jobs[1:]}]


def look(
    monkeypatch: pytest.MonkeyPatch,
    resources: tuple[str, ...] = (ORDERS,),
    tiers: dict[str, Any] | None = None,
    lists: dict[str, list[dict[str, Any]]] | None = None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the function answers, and what it publishes."""
    published: list[dict[str, Any]] = []

    class CloudWatch:
        def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
            assert Namespace == "Upkeep/Recovery"
            published.extend(MetricData)

    clients = {"backup": Backup(**(lists or {})), "cloudwatch": CloudWatch()}
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
    watched = {
        "entry": "bynomi-prod-database-use1",
        "plan": PLAN,
        "vault": HERE,
        "resources": list(resources),
        "late_after": 12.0,
        "tiers": tiers or {"daily": {"complete_within": 2.0, "copies": {}}},
    }
    monkeypatch.setenv("WATCHED", json.dumps(watched))
    with time_machine.travel(NOW, tick=False):
        return main.handler({}, None), published


def test_the_age_is_that_of_the_newest_whole_backup_of_the_tier(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = point("daily", 1, CreatedBy={"BackupPlanId": "another", "BackupRuleName": "daily"})
    points = [
        point("daily", 50),
        point("daily", 26),
        point("daily", 2, Status="PARTIAL"),
        point("six-hourly", 1),
        others,
        point("daily", 1, CreatedBy=None),
    ]
    answer, published = look(monkeypatch, lists={HERE: points})
    assert answer == {"ages": {"backups/daily": 26.0}, "late": []}
    assert published == [
        {
            "MetricName": "BackupAge",
            "Dimensions": [
                {"Name": "Entry", "Value": "bynomi-prod-database-use1"},
                {"Name": "Place", "Value": "backups"},
                {"Name": "Tier", "Value": "daily"},
            ],
            "Value": 26.0,
        },
        {
            "MetricName": "LateJobs",
            "Dimensions": [{"Name": "Entry", "Value": "bynomi-prod-database-use1"}],
            "Value": 0.0,
        },
    ]


def test_of_several_things_the_one_that_waits_longest_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = [point("daily", 3), point("daily", 51, of=PAYMENTS)]
    answer, _ = look(monkeypatch, (ORDERS, PAYMENTS), lists={HERE: points})
    assert answer["ages"] == {"backups/daily": 51.0}


def test_where_tags_choose_the_newest_of_all_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [point("daily", 3), point("daily", 51, of=PAYMENTS)]
    answer, _ = look(monkeypatch, (), lists={HERE: points})
    assert answer["ages"] == {"backups/daily": 3.0}


def test_a_tier_that_made_nothing_is_as_old_as_its_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    tiers = {name: {"complete_within": 2.0, "copies": {}} for name in ("daily", "monthly")}
    answer, _ = look(monkeypatch, tiers=tiers)
    assert answer["ages"] == {"backups/daily": 400 * 24.0, "backups/monthly": 10 * 24.0}


def test_copies_are_seen_in_their_vault_and_by_the_jobs_that_made_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies = {
        "recovery": {"vault": AWAY, "listed": True},
        "account": {"vault": SAFE, "listed": False},
    }
    jobs = [
        job("Copy", "daily", 27, "COMPLETED", DestinationBackupVaultArn=SAFE),
        job("Copy", "daily", 3, "FAILED", DestinationBackupVaultArn=SAFE),
        job("Copy", "daily", 90, "COMPLETED", DestinationBackupVaultArn=AWAY),
    ]
    answer, _ = look(
        monkeypatch,
        tiers={"daily": {"complete_within": 2.0, "copies": copies}},
        lists={
            "CopyJobs": jobs,
            HERE: [point("daily", 2)],
            "database-usw2": [point("daily", 28)],
        },
    )
    assert answer["ages"] == {
        "backups/daily": 2.0,
        "account/daily": 27.0,
        "recovery/daily": 28.0,
    }


def test_what_has_not_ended_and_should_have_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    backups = [
        job("Backup", "daily", 1.9, "RUNNING"),
        job("Backup", "daily", 2.1, "RUNNING"),
        job("Backup", "daily", 3, "PENDING"),
        job("Backup", "daily", 30, "COMPLETED"),
        job("Backup", "another", 30, "RUNNING"),
    ]
    copies = [
        job("Copy", "daily", 11.9, "RUNNING", DestinationBackupVaultArn=AWAY),
        job("Copy", "daily", 12.1, "CREATED", DestinationBackupVaultArn=AWAY),
    ]
    answer, published = look(
        monkeypatch,
        lists={"BackupJobs": backups, "CopyJobs": copies, HERE: [point("daily", 2)]},
    )
    assert answer["late"] == [
        f"backup daily-PENDING of {ORDERS}: PENDING for 3.0 hours",
        f"backup daily-RUNNING of {ORDERS}: RUNNING for 2.1 hours",
        f"copy daily-CREATED of {ORDERS}: CREATED for 12.1 hours",
    ]
    assert published[-1]["Value"] == 3.0


def tier(**words: Any) -> Tier:
    return Tier.model_validate({"at": "02:00", "keep": "1 year", **words})


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ({"every": "day"}, 24),
        ({"every": "6 hours"}, 6),
        ({"every": "week", "on": "Sunday"}, 7 * 24),
        ({"every": "month", "on": 1}, 31 * 24),
        # From one first Sunday to the next there may be five weeks.
        ({"every": "month", "on": "first Sunday"}, 35 * 24),
        ({"every": "quarter", "on": 1}, 92 * 24),
    ],
)
def test_a_tier_is_late_after_its_longest_interval_and_its_windows(
    words: dict[str, Any], hours: int
) -> None:
    assert late_after(tier(**words), copied=False) == timedelta(hours=hours + 1 + 2 + 1)
    assert late_after(tier(**words), copied=True) == timedelta(hours=hours + 1 + 2 + 1 + 1)


def test_only_copies_in_the_other_account_can_be_too_rare_to_see() -> None:
    to = {"copy": [{"to": "recovery"}, {"to": "account"}]}
    tiers = {
        "weekly": tier(every="week", on="Sunday", **to),
        "monthly": tier(every="month", on=1, **to),
        "yearly-enough": tier(every="quarter", on=1, copy={"to": "recovery"}),
    }
    assert unseen_copies(tiers) == ["monthly"]
