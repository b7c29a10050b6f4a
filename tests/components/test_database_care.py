"""DatabaseCare: what works in which window, what it may, what tells of it."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import DatabaseCare

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, Recording, arn

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BUCKET = "aws:s3/bucket:Bucket"
FUNCTION = "aws:lambda/function:Function"
TASK = "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask"
CARE: dict[str, Any] = {
    "credentials": "bynomi-prod-database-care",
    "database": "orders",
    "owner": "operations",
    "severity": "p2",
    "indexes": {"window": "weekly", "bloat_above": "30 %"},
    "analysis": {"window": "monthly"},
    "cleanup": {
        "window": "monthly",
        "rules": [{"table": "sessions", "column": "expires_at", "keep": "30 days"}],
    },
    "archive": {
        "window": "monthly",
        "keep": "7 years",
        "rules": [
            {
                "table": "orders",
                "column": "placed_at",
                "older_than": "2 years",
                "where": {"status": "delivered"},
                "with": {"order_lines": "order_id"},
            }
        ],
    },
}
MONTHLY = {"ids": {"": "mw-monthly"}, "until": "04:00", "done_within": "36 days"}
ARGS: dict[str, Any] = {
    "care": CARE,
    "host": "orders.example.com",
    "timezone": "America/New_York",
    "windows": {
        "indexes": {
            "ids": {"": "mw-weekly", "on-2027-03-14": "mw-moved"},
            "until": "04:00",
            "done_within": "8 days",
        },
        "analysis": MONTHLY,
        "cleanup": MONTHLY,
        "archive": {**MONTHLY, "done_within": "99 days"},
    },
    "network": {"vpc": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "security_group": "sg-db"},
    "topics": topics(),
    "runbooks": RUNBOOKS,
}
JOBS = ("indexes", "analysis", "cleanup", "archive")


def declaration(args: dict[str, Any] = ARGS, preview: bool = False) -> Recording:
    given: Any = args
    return declared(lambda opts: DatabaseCare("orders-care", given, opts), preview=preview)


@pytest.mark.slow
def test_each_job_is_a_task_of_all_its_windows(preview: bool) -> None:
    tasks = declaration(preview=preview).of(TASK)
    assert {
        name: (each.props["windowId"], each.props["taskType"], each.props["priority"])
        for name, each in tasks.items()
    } == {
        "orders-care-indexes": ("mw-weekly", "LAMBDA", 1),
        "orders-care-indexes-on-2027-03-14": ("mw-moved", "LAMBDA", 1),
        "orders-care-analysis": ("mw-monthly", "LAMBDA", 2),
        "orders-care-cleanup": ("mw-monthly", "LAMBDA", 3),
        "orders-care-archive": ("mw-monthly", "LAMBDA", 4),
    }
    for each in tasks.values():
        given = each.props["taskInvocationParameters"]["lambdaParameters"]["payload"]
        payload = json.loads(given)
        assert payload["closes"] == "04:00"
        assert each.name.startswith(f"orders-care-{payload['job']}")


@pytest.mark.slow
def test_a_window_may_invoke_what_works_and_nothing_else() -> None:
    found = declaration()
    role = found.one("aws:iam/role:Role", "orders-care-windows").props
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"Service": "ssm.amazonaws.com"}
    assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    policy = found.one("aws:iam/rolePolicy:RolePolicy", "orders-care-windows").props["policy"]
    (may,) = json.loads(policy)["Statement"]
    assert (may["Action"], may["Resource"]) == (
        "lambda:InvokeFunction",
        arn(FUNCTION, "orders-care-work"),
    )


@pytest.mark.slow
def test_the_functions_may_do_their_work_and_delete_nothing() -> None:
    found = declaration()

    def allowed(part: str) -> dict[str, Any]:
        policy = found.one("aws:iam/rolePolicy:RolePolicy", f"orders-care-{part}").props["policy"]
        return {
            each["Sid"]: (each["Action"], each["Resource"])
            for each in json.loads(policy)["Statement"]
            if each["Sid"] not in ("WriteLog", "StandInNetwork")
        }

    buckets = [arn(BUCKET, f"orders-care-{part}") for part in ("reports", "archive")]
    keep = ["s3:GetObject", "s3:PutObject"]
    assert allowed("work") == {
        "ReadCredentials": (
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:bynomi-prod-database-care-??????",
        ),
        "OpenCredentials": ("kms:Decrypt", f"arn:aws:kms:*:{ACCOUNT}:key/*"),
        "KeepObjects": (keep, [f"{each}/*" for each in buckets]),
        "SeeWhatIsMissing": ("s3:ListBucket", buckets),
    }
    assert allowed("rounds") == {
        "KeepObjects": (keep, f"{buckets[0]}/*"),
        "SeeWhatIsMissing": ("s3:ListBucket", buckets[0]),
        "TakeUpWork": ("lambda:InvokeFunction", arn(FUNCTION, "orders-care-work")),
        "Publish": ("cloudwatch:PutMetricData", "*"),
    }


@pytest.mark.slow
def test_it_works_in_the_network_by_the_plans_rules() -> None:
    found = declaration()
    work = found.one(FUNCTION, "orders-care-work").props
    assert (work["timeout"], work["handler"], work["vpcConfig"]) == (
        900,
        "main.work",
        {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["orders-care-id"]},
    )
    variables = work["environment"]["variables"]
    assert {key: variables[key] for key in ("CREDENTIALS", "DATABASE", "HOST", "PORT")} == {
        "CREDENTIALS": "bynomi-prod-database-care",
        "DATABASE": "orders",
        "HOST": "orders.example.com",
        "PORT": "5432",
    }
    assert json.loads(variables["CARE"]) == {
        "owner": "operations",
        "timezone": "America/New_York",
        "jobs": {
            "indexes": {"bloat_above": 30.0},
            "analysis": {"slower_than": 500.0},
            "cleanup": {
                "replicas_behind": 30.0,
                "rules": [{"table": "sessions", "column": "expires_at", "keep": 2_592_000.0}],
            },
            "archive": {
                "months": [1, 4, 7, 10],
                "replicas_behind": 30.0,
                "rules": [
                    {
                        "table": "orders",
                        "column": "placed_at",
                        "keep": 2 * 366 * 86_400.0,
                        "where": {"status": ["delivered"]},
                        "with": {"order_lines": "order_id"},
                    }
                ],
            },
        },
    }
    rules = {
        name: (each.props["securityGroupId"], each.props.get("referencedSecurityGroupId"))
        for kind in ("Egress", "Ingress")
        for name, each in found.of(
            f"aws:vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule"
        ).items()
        if kind == "Ingress" or name == "orders-care-to-database"
    }
    assert rules == {"orders-care-to-database": ("sg-db", "orders-care-id")}
    rounds = found.one(FUNCTION, "orders-care-rounds").props
    assert "vpcConfig" not in rounds
    assert rounds["environment"]["variables"]["JOBS"] == ",".join(JOBS)
    schedule = found.one("aws:scheduler/schedule:Schedule").props
    assert schedule["scheduleExpression"] == "rate(5 minutes)"


@pytest.mark.slow
def test_while_it_rests_all_of_it_stays() -> None:
    """A failover in an emergency deletes nothing: some of it may not be deleted."""
    here, rests = declaration(), declaration({**ARGS, "resting": True})
    assert [(each.type, each.name) for each in rests.registrations] == [
        (each.type, each.name) for each in here.registrations
    ]
    variables = [
        each.of(FUNCTION)["orders-care-work"].props["environment"]["variables"]
        for each in (here, rests)
    ]
    assert "RESTS" not in variables[0]
    assert variables[1] == {**variables[0], "RESTS": "true"}


@pytest.mark.slow
def test_two_alarms_for_each_job_by_the_plans_severity() -> None:
    alarms = declaration().of(ALARM)
    assert alarms.keys() == {
        *(f"orders-care-{job}-{what}" for job in JOBS for what in ("late", "failed")),
        *(f"orders-care-{part}-errors" for part in ("work", "rounds")),
    }
    late = alarms["orders-care-archive-late"].props
    assert (late["metricName"], late["dimensions"], late["threshold"]) == (
        "CareAge",
        {"Care": "bynomi-prod-orders-care", "Job": "archive"},
        99,
    )
    assert late["treatMissingData"] == "breaching"
    failed = alarms["orders-care-indexes-failed"].props
    assert (failed["metricName"], failed["threshold"], failed["treatMissingData"]) == (
        "CareFailed",
        0,
        "notBreaching",
    )
    for each in alarms.values():
        assert each.props["alarmActions"] == [topics()["p2"]]
        assert each.props["alarmDescription"].endswith(f"{RUNBOOKS}/database-care")


@pytest.mark.slow
def test_the_archive_is_kept_as_long_as_the_plan_says() -> None:
    lifecycles = declaration().of(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    )
    kept = {
        name: each.props["rules"][0].get("expiration", {}).get("days")
        for name, each in lifecycles.items()
    }
    assert kept == {"orders-care-archive": 7 * 366, "orders-care-reports": 366}
    for each in declaration().of(BUCKET).values():
        assert each.protect
    for each in declaration({**ARGS, "protected": False}).of(BUCKET).values():
        assert not each.protect


@pytest.mark.slow
def test_without_an_archive_there_is_no_bucket_for_it() -> None:
    args = {
        **ARGS,
        "care": {key: value for key, value in CARE.items() if key != "archive"},
        "windows": {key: value for key, value in ARGS["windows"].items() if key != "archive"},
    }
    found = declaration(args)
    assert found.of(BUCKET).keys() == {"orders-care-reports"}
    work = found.one(FUNCTION, "orders-care-work").props["environment"]["variables"]
    assert "ARCHIVE" not in work


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"windows": {**ARGS["windows"], "indexes": None}},
            "windows.indexes: expected a block of keys",
        ),
        (
            {"windows": {key: ARGS["windows"][key] for key in JOBS[1:]}},
            "windows.indexes: nothing says when it is done; required here",
        ),
        (
            {"care": {key: value for key, value in CARE.items() if key != "archive"}},
            "windows.archive: `care` has no such job; leave it out",
        ),
        (
            {"care": {key: value for key, value in CARE.items() if key not in JOBS}},
            "care.indexes: nothing would be done; one of indexes, analysis, cleanup, archive",
        ),
        (
            {"care": {**CARE, "owner": ["operations", "shop"]}},
            "care.owner = [operations, shop]: one team answers for it; write `operations`",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError, match="DatabaseCare 'orders-care'") as refused:
        declaration({**ARGS, **changes})
    assert says in str(refused.value)
