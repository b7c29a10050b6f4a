"""BackupPlan: plans are plain data to it, and it backs up what is meant, no less and no more."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pulumi_upkeep import BackupPlan
from pulumi_upkeep.plan.backups import Tier
from pulumi_upkeep.recover.missing_backups import look_back, most_frequent

from tests.components.recovery import RUNBOOKS, declared, known, refusal, topics
from tests.components.support import ACCOUNT, Recording

ORDERS = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders-prod-use1-1"
IMAGES = "arn:aws:s3:::bynomi-prod-product-images"
UPLOADS = "arn:aws:s3:::bynomi-prod-user-uploads"
RECOVERY = f"arn:aws:backup:us-west-2:{ACCOUNT}:backup-vault:bynomi-prod-recovery"
OTHER = "210987654321"
ELSEWHERE = "arn:aws:backup:us-west-2:210987654321:backup-vault:safe"
PLAN = "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

SHARED: dict[str, Any] = {
    "vault": "bynomi-prod-backups",
    "timezone": "America/New_York",
    "topics": topics(),
    "runbooks": RUNBOOKS,
}
DATABASE: dict[str, Any] = {
    **SHARED,
    "databases": [ORDERS],
    "copies_to": {"recovery": RECOVERY},
    "point_in_time": {"keep": "30 days"},
    "tiers": {
        "six-hourly": {"every": "6 hours", "at": "05:00", "keep": "30 days"},
        "daily": {
            "every": "day",
            "at": "02:00",
            "keep": "30 days",
            "copy": {"to": "recovery", "keep": "30 days"},
        },
    },
}
FILES: dict[str, Any] = {
    **SHARED,
    "buckets": [IMAGES, UPLOADS],
    "copies_to": {"recovery": RECOVERY},
    "tiers": {
        "daily": {"every": "day", "at": "02:30", "keep": "90 days", "copy": {"to": "recovery"}}
    },
}
PRIZE_DRAW: dict[str, Any] = {
    **SHARED,
    "databases": [ORDERS],
    "tiers": {
        "daily": {"every": "day", "at": "02:00", "keep": "7 days"},
        "weekly": {"every": "week", "on": "Sunday", "at": "04:00", "keep": "1 month"},
        "monthly": {"every": "month", "on": "1", "at": "06:00", "keep": "1 year"},
    },
}


def plan(args: dict[str, Any], preview: bool = False) -> Recording:
    given: Any = args
    return declared(lambda opts: BackupPlan("database", given, opts), preview=preview)


def refused(args: dict[str, Any]) -> str:
    given: Any = args
    return refusal(lambda opts: BackupPlan("database", given, opts))


def rule(name: str, schedule: str, days: int, **more: Any) -> dict[str, Any]:
    """A rule of a tier with the usual windows."""
    return {
        "ruleName": name,
        "targetVaultName": "bynomi-prod-backups",
        "schedule": schedule,
        "scheduleExpressionTimezone": "America/New_York",
        "startWindow": 60,
        "completionWindow": 120,
        "lifecycle": {"deleteAfter": days},
        "recoveryPointTags": {"tier": name},
        **more,
    }


@pytest.mark.slow
def test_bynomis_database_plan(preview: bool) -> None:
    recording = plan(DATABASE, preview)
    assert recording.one(PLAN).props == {
        "name": "bynomi-prod-database",
        "rules": [
            rule(
                "daily",
                "cron(0 2 * * ? *)",
                30,
                copyActions=[{"destinationVaultArn": RECOVERY, "lifecycle": {"deleteAfter": 30}}],
            ),
            rule("six-hourly", "cron(0 5/6 * * ? *)", 30),
            {
                "ruleName": "point-in-time",
                "targetVaultName": "bynomi-prod-backups",
                "schedule": "cron(0 0 * * ? *)",
                "scheduleExpressionTimezone": "America/New_York",
                "enableContinuousBackup": True,
                "lifecycle": {"deleteAfter": 30},
                "recoveryPointTags": {"tier": "point-in-time"},
            },
        ],
    }


@pytest.mark.slow
def test_bynomis_file_plan(preview: bool) -> None:
    recording = plan(FILES, preview)
    assert recording.one(PLAN).props["rules"] == [
        rule(
            "daily",
            "cron(30 2 * * ? *)",
            90,
            copyActions=[{"destinationVaultArn": RECOVERY, "lifecycle": {"deleteAfter": 90}}],
        )
    ]
    assert recording.one(SELECTION).props["resources"] == [IMAGES, UPLOADS]


@pytest.mark.slow
def test_prize_draws_tiers_are_plain_data(preview: bool) -> None:
    recording = plan(PRIZE_DRAW, preview)
    assert recording.one(PLAN).props["rules"] == [
        rule("daily", "cron(0 2 * * ? *)", 7),
        rule("monthly", "cron(0 6 1 * ? *)", 366),
        rule("weekly", "cron(0 4 ? * 1 *)", 31),
    ]
    assert recording.outputs_of("database")["unproven"] == []


@pytest.mark.slow
def test_every_tier_and_every_copy_has_an_alarm_on_its_age_however_rare(preview: bool) -> None:
    """Interval, the clocks' change, the time to complete, an hour; a copy's own hour on top."""
    args = {**PRIZE_DRAW, "copies_to": {"recovery": RECOVERY}}
    args["tiers"] = {**PRIZE_DRAW["tiers"]}
    args["tiers"]["monthly"] = {**PRIZE_DRAW["tiers"]["monthly"], "copy": [{"to": "recovery"}]}
    alarms = plan(args, preview).of(ALARM)
    ages = {
        name: (props["dimensions"]["Place"], props["dimensions"]["Tier"], props["threshold"])
        for name, props in ((name, each.props) for name, each in alarms.items())
        if props["metricName"] == "BackupAge"
    }
    assert ages == {
        "database-age-daily-backups": ("backups", "daily", 24 + 1 + 2 + 1),
        "database-age-weekly-backups": ("backups", "weekly", 7 * 24 + 1 + 2 + 1),
        "database-age-monthly-backups": ("backups", "monthly", 31 * 24 + 1 + 2 + 1),
        "database-age-monthly-recovery": ("recovery", "monthly", 31 * 24 + 1 + 2 + 1 + 1),
    }
    weekly = alarms["database-age-weekly-backups"].props
    assert (weekly["namespace"], weekly["period"], weekly["evaluationPeriods"]) == (
        "Upkeep/Recovery",
        3600,
        2,
    )
    assert (weekly["comparisonOperator"], weekly["treatMissingData"]) == (
        "GreaterThanThreshold",
        "breaching",
    )
    assert weekly["alarmActions"] == [topics()["p1"]]
    late = alarms["database-late-jobs"].props
    assert (late["metricName"], late["dimensions"], late["threshold"]) == (
        "LateJobs",
        {"Entry": "bynomi-prod-database"},
        0,
    )


@pytest.mark.slow
def test_what_is_watched_is_told_to_the_function(preview: bool) -> None:
    function = plan(DATABASE, preview).one("aws:lambda/function:Function").props
    if preview:
        return
    assert json.loads(function["environment"]["variables"]["WATCHED"]) == {
        "entry": "bynomi-prod-database",
        "plan": "database-id",
        "vault": "bynomi-prod-backups",
        "resources": [ORDERS],
        "late_after": 12.0,
        "tiers": {
            "daily": {
                "complete_within": 2.0,
                "copies": {"recovery": {"vault": RECOVERY, "listed": True}},
            },
            "six-hourly": {"complete_within": 2.0, "copies": {}},
        },
    }


def test_copies_in_the_other_account_too_rare_to_be_listed_are_said_to_be_unproven() -> None:
    away = f"arn:aws:backup:us-east-1:{OTHER}:backup-vault:safe"
    monthly = {**PRIZE_DRAW["tiers"]["monthly"], "copy": {"to": "account"}}
    weekly = {**PRIZE_DRAW["tiers"]["weekly"], "copy": {"to": "account"}}
    args = {**PRIZE_DRAW, "copies_to": {"account": away}}
    recording = plan({**args, "tiers": {"monthly": monthly, "weekly": weekly}})
    assert recording.outputs_of("database")["unproven"] == [
        "backups bynomi-prod-database, `monthly`: an alarm tells that a copy to the other account "
        "failed, none that it was never begun (AWS Backup lists copy jobs for 30 days)"
    ]
    names = set(recording.of(ALARM))
    assert "database-age-weekly-account" in names
    assert "database-age-monthly-account" not in names


@pytest.mark.slow
def test_copies_go_to_several_places_each_with_its_own_retention() -> None:
    away = f"arn:aws:backup:us-east-1:{OTHER}:backup-vault:safe"
    copies = [{"to": "recovery", "keep": "14 days"}, {"to": "account"}]
    daily = {**DATABASE["tiers"]["daily"], "copy": copies}
    args = {**DATABASE, "copies_to": {"recovery": RECOVERY, "account": away}}
    (made,) = (
        plan({**args, "tiers": {"daily": daily}, "point_in_time": None}).one(PLAN).props["rules"]
    )
    assert made["copyActions"] == [
        {"destinationVaultArn": away, "lifecycle": {"deleteAfter": 30}},
        {"destinationVaultArn": RECOVERY, "lifecycle": {"deleteAfter": 14}},
    ]


ALARMED = {
    "age-daily-backups",
    "age-daily-recovery",
    "age-six-hourly-backups",
    "ages-errors",
    "late-jobs",
    "missing-backups-databases",
}


@pytest.mark.slow
def test_registers_plan_role_selection_and_alarm(preview: bool) -> None:
    recording = plan(DATABASE, preview)
    children = [each for each in recording.registrations if each.parent]
    # The function that looks at ages has parts of its own, and tests of its own.
    own = [
        each for each in children if not each.name.startswith("database-ages") or each.type == ALARM
    ]
    assert [(each.type, each.name) for each in own] == [
        (PLAN, "database"),
        (SELECTION, "database"),
        *((ALARM, f"database-{part}") for part in sorted(ALARMED)),
        ("aws:iam/role:Role", "database"),
        ("aws:iam/rolePolicy:RolePolicy", "database"),
    ]
    assert {each.parent for each in children} == {"upkeep:index:BackupPlan::database"}
    assert {each.provider for each in children} == {"aws-us-east-1"}
    # The first backup must not come before the role may take it.
    assert "database" in recording.one(SELECTION).depends_on
    later = known(preview)
    assert recording.outputs_of("database") == {
        "planId": later("database-id"),
        "planArn": later(f"arn:aws:backup:us-east-1:{ACCOUNT}:Plan/database"),
        "roleArn": later(f"arn:aws:iam:us-east-1:{ACCOUNT}:Role/database"),
        "unproven": [],
    }


@pytest.mark.slow
def test_a_selection_of_arns_has_no_conditions(preview: bool) -> None:
    later = known(preview)
    assert plan(DATABASE, preview).one(SELECTION).props == {
        "name": "bynomi-prod-database",
        "planId": later("database-id"),
        "iamRoleArn": later(f"arn:aws:iam:us-east-1:{ACCOUNT}:Role/database"),
        "resources": [ORDERS],
    }


def equals(tag: str, value: str) -> dict[str, str]:
    return {"key": f"aws:ResourceTag/{tag}", "value": value}


@pytest.mark.slow
def test_tags_mean_and_and_narrow_what_is_named(preview: bool) -> None:
    args = {**DATABASE, "tagged": {"environment": "prod", "backup": "yes"}}
    props = plan(args, preview).one(SELECTION).props
    assert props["resources"] == [ORDERS]
    assert props["conditions"] == [
        {"stringEquals": [equals("backup", "yes"), equals("environment", "prod")]}
    ]
    assert "selectionTags" not in props


@pytest.mark.slow
def test_tags_alone_choose_among_the_kinds_the_role_knows(preview: bool) -> None:
    args = {**PRIZE_DRAW, "tagged": {"backup": "yes"}}
    del args["databases"]
    recording = plan(args, preview)
    props = recording.one(SELECTION).props
    assert props["resources"] == [
        f"arn:aws:elasticfilesystem:*:{ACCOUNT}:file-system/*",
        f"arn:aws:rds:*:{ACCOUNT}:db:*",
        "arn:aws:s3:::*",
    ]
    assert props["conditions"] == [{"stringEquals": [equals("backup", "yes")]}]
    alarm = recording.one(ALARM, "database-missing-backups")
    assert alarm.props["dimensions"] == {"BackupVaultName": "bynomi-prod-backups"}


@pytest.mark.slow
def test_the_alarm_hears_silence_of_the_most_frequent_tier(preview: bool) -> None:
    silence = plan(DATABASE, preview).one(ALARM, "database-missing-backups-databases")
    assert silence.props == {
        "name": "bynomi-prod-database-missing-backups-databases",
        "alarmDescription": (
            "P1: no backup of databases was completed for bynomi-prod-database (looked at over "
            "10 hours). Runbook: https://runbooks.example.com/missing-backups"
        ),
        "namespace": "AWS/Backup",
        "metricName": "NumberOfBackupJobsCompleted",
        "dimensions": {"BackupVaultName": "bynomi-prod-backups", "ResourceType": "RDS"},
        "statistic": "Sum",
        "comparisonOperator": "LessThanThreshold",
        "threshold": 1,
        "period": 3600,
        "evaluationPeriods": 10,
        "datapointsToAlarm": 10,
        "treatMissingData": "breaching",
        "alarmActions": [topics()["p1"]],
        "okActions": [topics()["p1"]],
        "tags": {"severity": "p1"},
    }


def tier(**words: str) -> Tier:
    return Tier.model_validate(words)


def test_an_alarm_looks_back_over_interval_clock_change_and_completion() -> None:
    daily = tier(every="day", at="02:00", keep="7 days")
    patient = tier(
        every="day", at="02:00", keep="7 days", start_within="8 hours", complete_within="1 day"
    )
    assert look_back(daily) == timedelta(hours=24 + 1 + 2 + 1)
    assert look_back(patient) == timedelta(hours=24 + 1 + 24 + 1)


def test_no_alarm_claims_to_see_what_cloudwatch_cannot() -> None:
    weekly = tier(every="week", on="Sunday", at="02:00", keep="31 days")
    assert most_frequent({"weekly": weekly}) is None
    recording = plan(
        {**PRIZE_DRAW, "tiers": {"weekly": PRIZE_DRAW["tiers"]["weekly"]}},
    )
    metrics = {each.props["metricName"] for each in recording.of(ALARM).values()}
    assert metrics == {"BackupAge", "Errors", "LateJobs"}


def role_policy(args: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The statements of the role, by name."""
    policy = plan(args).one("aws:iam/rolePolicy:RolePolicy", "database").props["policy"]
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def test_only_aws_backup_takes_the_role_and_only_for_this_account() -> None:
    trust = plan(DATABASE).one("aws:iam/role:Role", "database").props["assumeRolePolicy"]
    assert json.loads(trust)["Statement"] == [
        {
            "Sid": "TakenByBackup",
            "Effect": "Allow",
            "Principal": {"Service": "backup.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
    ]


def test_the_role_of_a_database_plan_knows_databases_alone() -> None:
    granted = role_policy(DATABASE)
    assert set(granted) == {
        "FindTagged",
        "UseVault",
        "TagRecoveryPoints",
        "CopyInto",
        "FindDatabases",
        "BackUpDatabases",
        "KeepSnapshots",
        "BackUpDatabasesContinuously",
        "ExpireContinuousBackups",
        "UseKeys",
        "GrantKeys",
    }
    assert granted["CopyInto"]["Resource"] == RECOVERY
    assert granted["BackUpDatabases"] == {
        "Sid": "BackUpDatabases",
        "Effect": "Allow",
        "Action": ["rds:AddTagsToResource", "rds:CreateDBSnapshot", "rds:ListTagsForResource"],
        "Resource": [ORDERS, f"arn:aws:rds:*:{ACCOUNT}:snapshot:awsbackup:*"],
    }
    assert granted["BackUpDatabasesContinuously"]["Resource"] == ORDERS
    assert granted["UseKeys"]["Condition"]["StringLike"] == {
        "kms:ViaService": ["backup.*.amazonaws.com", "rds.*.amazonaws.com"]
    }


def test_the_role_of_a_file_plan_knows_its_buckets_alone() -> None:
    granted = role_policy(FILES)
    assert set(granted) == {
        "FindTagged",
        "UseVault",
        "TagRecoveryPoints",
        "CopyInto",
        "FindBuckets",
        "BackUpBuckets",
        "BackUpObjects",
        "FollowBuckets",
        "UseKeys",
        "GrantKeys",
    }
    assert granted["BackUpBuckets"]["Resource"] == [IMAGES, UPLOADS]
    assert granted["BackUpObjects"]["Resource"] == [f"{IMAGES}/*", f"{UPLOADS}/*"]


# What reads lists, which have no ARN, and nothing else.
WITHOUT_ARN = {
    "FindTagged": {"tag:GetResources"},
    "FindDatabases": {"rds:DescribeDBInstances", "rds:DescribeDBSnapshots"},
    "FindBuckets": {"cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets"},
}


@pytest.mark.slow
@pytest.mark.parametrize("args", [DATABASE, FILES, PRIZE_DRAW])
def test_only_lists_are_read_without_an_arn(args: dict[str, Any]) -> None:
    everywhere = {
        sid: {each["Action"]} if isinstance(each["Action"], str) else set(each["Action"])
        for sid, each in role_policy(args).items()
        if each["Resource"] == "*"
    }
    assert everywhere == {sid: WITHOUT_ARN[sid] for sid in everywhere}
    assert "FindTagged" in everywhere


@pytest.mark.slow
@pytest.mark.parametrize("args", [DATABASE, FILES, PRIZE_DRAW])
def test_no_role_restores_or_does_everything(args: dict[str, Any]) -> None:
    actions = [
        action
        for statement in role_policy(args).values()
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    ]
    assert not [action for action in actions if "Restore" in action or action.endswith(":*")]
    assert not [action for action in actions if action.startswith("iam:")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "vault",
    [
        RECOVERY,
        # Another account in the same region.
        "arn:aws:backup:us-east-1:210987654321:backup-vault:safe",
    ],
)
def test_a_copy_takes_one_step(vault: str) -> None:
    (copy,) = (
        plan({**DATABASE, "copies_to": {"recovery": vault}})
        .one(PLAN)
        .props["rules"][0]["copyActions"]
    )
    assert copy["destinationVaultArn"] == vault


def test_a_backup_that_serves_two_tiers_is_no_fault() -> None:
    # Both run at 05:00; the longer kept one stands for both.
    tiers = {
        "often": {"every": "6 hours", "at": "05:00", "keep": "7 days"},
        "daily": {"every": "day", "at": "05:00", "keep": "30 days"},
    }
    assert len(plan({**PRIZE_DRAW, "tiers": tiers}).one(PLAN).props["rules"]) == 2


@pytest.mark.slow
def test_order_of_the_arguments_changes_nothing() -> None:
    turned = {
        **DATABASE,
        "tiers": dict(reversed(DATABASE["tiers"].items())),
    }
    assert plan(turned).registrations == plan(DATABASE).registrations


def without(args: dict[str, Any], *keys: str, **more: Any) -> dict[str, Any]:
    return {key: value for key, value in args.items() if key not in keys} | more


COLD = {"every": "day", "at": "02:00", "keep": "1 year", "cold_after": "30 days"}
SWALLOWED = {
    "daily": {"every": "day", "at": "02:00", "keep": "7 days"},
    "long": {"every": "day", "at": "02:30", "keep": "30 days"},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            without(DATABASE, "databases"),
            "databases: nothing is selected: the plan would back up nothing; name `databases`, "
            "`buckets` or `file_systems`, or give `tagged`",
        ),
        (
            without(DATABASE, databases=["arn:aws:rds:*:*:db:*"]),
            "databases.0 = arn:aws:rds:*:*:db:*: a pattern alone backs up everything that it fits; "
            "name things one by one, or add the tags that they carry",
        ),
        (
            without(DATABASE, databases=["orders-prod-use1-1"]),
            "databases.0 = orders-prod-use1-1: not an ARN; give the ARN of the thing",
        ),
        (
            without(DATABASE, "tiers", "point_in_time"),
            "tiers: backs nothing up; add a tier, or `point_in_time`",
        ),
        (
            without(DATABASE, "copies_to"),
            "tiers.daily.copy.to = recovery: no vault is known there; add the vault's ARN to "
            "`copies_to` as `recovery`",
        ),
        (
            without(DATABASE, tiers={"cold": COLD}),
            "tiers.cold.cold_after = 30 days: RDS has no cold storage, AWS Backup would ignore it "
            "silently; leave `cold_after` out, or shorten `keep` of 366 days",
        ),
        (
            without(DATABASE, tiers={"point-in-time": DATABASE["tiers"]["six-hourly"]}),
            "tiers.point-in-time: this is the name of the continuous rule; choose another name for "
            "the tier",
        ),
        (
            without(DATABASE, tiers=SWALLOWED),
            "tiers.daily: never runs: its start window 02:00-03:00 overlaps that of `long` "
            "02:30-03:30, first on 2027-01-01, and AWS Backup takes only the backup kept longer "
            "(daily 7 days, long 30 days); start `daily` outside 02:30-03:30",
        ),
        (
            without(DATABASE, point_in_time={"keep": "30 days", "at": "05:00"}),
            "point_in_time: never runs: its start window from 05:00 overlaps that of `six-hourly` "
            "05:00-06:00, first on 2027-01-01, and AWS Backup takes only the backup kept longer "
            "(point_in_time 30 days, six-hourly 30 days); start `point_in_time` outside "
            "05:00-06:00",
        ),
        (
            without(DATABASE, databases=[f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:orders"]),
            f"databases.0 = arn:aws:rds:us-east-1:{ACCOUNT}:cluster:orders: not the ARN of an RDS "
            "instance; one that fits `arn:aws:rds:*:*:db:*`",
        ),
        (
            without(FILES, buckets=[ORDERS]),
            f"buckets.0 = {ORDERS}: not the ARN of an S3 bucket; one that fits `arn:aws:s3:::*`",
        ),
        (
            without(DATABASE, copies_to={"recovery": ELSEWHERE}),
            f"copies_to.recovery = {ELSEWHERE}: a copy of a database goes to another region or to "
            "another account, not to both in one step [AWS Backup]; a vault of account "
            f"{ACCOUNT}, or one of us-east-1",
        ),
        (without(DATABASE, "vault"), "vault: missing; required here"),
        (
            without(DATABASE, tires={}),
            "tires: not a word of the plan; did you mean `tiers`?",
        ),
    ],
)
def test_refuses(args: dict[str, Any], message: str) -> None:
    assert refused(args) == f"BackupPlan 'database': 1 fault\n  {message}"


def test_cold_storage_is_for_what_has_it() -> None:
    arn = f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-1"
    args = without(DATABASE, "databases", "point_in_time", file_systems=[arn], tiers={"cold": COLD})
    (cold,) = plan(args).one(PLAN).props["rules"]
    assert cold["lifecycle"] == {"deleteAfter": 366, "coldStorageAfter": 30}


def test_cold_storage_keeps_for_90_days() -> None:
    arn = f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-1"
    short = {**COLD, "keep": "100 days"}
    said = refused(without(DATABASE, "databases", file_systems=[arn], tiers={"cold": short}))
    assert "tiers.cold.keep = 100 days: " in said
    assert "`keep: 120 days` at least" in said


@pytest.mark.parametrize(
    ("args", "where", "rule"),
    [
        ({"timezone": "EST"}, "timezone = EST: ", "America/New_York"),
        (
            {"tiers": {"daily": {"cron": "cron(0 2 * * ? *)", "keep": "7 days"}}},
            "tiers.daily.cron = cron(0 2 * * ? *): ",
            'write `every: day`, `at: "02:00"`',
        ),
        ({"point_in_time": {"keep": "36 days"}}, "point_in_time.keep = 36 days: ", "`35 days`"),
        (
            {"tiers": {"d": {"every": "30 minutes", "keep": "7 days"}}},
            "tiers.d.every = 30 minutes: ",
            "`every: 1 hour`",
        ),
        (
            {"tiers": {"d": {"every": "day", "at": "02:00", "keep": "7"}}},
            "tiers.d.keep = 7: ",
            "`7 days`",
        ),
        (
            {
                "tiers": {
                    "d": {
                        "every": "day",
                        "at": "02:00",
                        "keep": "7 days",
                        "start_within": "5 minutes",
                    }
                }
            },
            "tiers.d.start_within = 5 minutes: ",
            "nearest: `1 hour`",
        ),
    ],
)
def test_names_the_field_and_what_would_do(args: dict[str, Any], where: str, rule: str) -> None:
    said = refused({**DATABASE, **args})
    assert where in said
    assert rule in said
