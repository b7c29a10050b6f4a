"""Care of a database from the window to the report: the declared functions on a real server."""

import contextlib
import gzip
import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox import databases, estate_data
from sandbox.clients import Cloud
from sandbox.estate import DATABASE as SETTINGS
from sandbox.server import Addresses, running_sandbox
from tests.engine.conftest import MakeProject, MakePulumi
from tests.engine.deployed import STACKS, Deployed

DATABASE, NAME, ZONE = "orders-staging-use1-1", "orders", "America/New_York"
PROGRAM = """
    import pulumi
    import pulumi_aws as sdk
    from pulumi_upkeep import DatabaseCare, MaintenanceWindows, aws

    east = aws.Provider("east", aws.ProviderArgs(region="us-east-1"))
    look, here = pulumi.InvokeOptions(provider=east), pulumi.ResourceOptions(provider=east)
    vpc = sdk.ec2.get_vpc(tags={"Name": "bynomi-staging"}, opts=look)
    subnets = sdk.ec2.get_subnets(
        filters=[sdk.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc.id])],
        tags={"Tier": "private"},
        opts=look,
    )
    group = sdk.ec2.get_security_group(tags={"Name": "bynomi-staging-database"}, opts=look)
    database = sdk.rds.get_instance(db_instance_identifier="orders-staging-use1-1", opts=look)
    given = pulumi.Config("tests").require_object("care")
    windows = MaintenanceWindows(
        "windows",
        {
            "windows": {"monthly": {"on": "first Sunday", "opens": "01:00", "closes": "05:00"}},
            "timezone": "America/New_York",
        },
        here,
    )
    topics = {f"p{n}": f"arn:aws:sns:us-east-1:123456789012:p{n}" for n in range(4)}
    care = DatabaseCare(
        "care",
        {
            "care": given["care"],
            "host": database.address,
            "timezone": "America/New_York",
            "windows": {
                job: {
                    "ids": windows.ids("monthly"),
                    "until": given["until"],
                    "done_within": "36 days",
                }
                for job in ("indexes", "analysis", "cleanup", "archive")
            },
            "network": {
                "vpc": vpc.id,
                "subnets": sorted(subnets.ids),
                "security_group": group.id,
            },
            "topics": topics,
            "runbooks": "https://internal.bynomi.com/docs/runbooks",
            "protected": False,
        },
        here,
    )
    pulumi.export("reports", care.reports_bucket)
    pulumi.export("archive", care.archive_bucket)
    pulumi.export("work", care.function_name)
"""
CARE: dict[str, Any] = {
    "credentials": "bynomi-staging-database-care",
    "database": NAME,
    "owner": "operations",
    "indexes": {"window": "monthly", "bloat_above": "30 %"},
    "analysis": {"window": "monthly"},
    "cleanup": {
        "window": "monthly",
        "rules": [{"table": "sessions", "column": "expires_at", "keep": "30 days"}],
    },
    "archive": {
        "window": "monthly",
        "months": [f"{datetime(2026, month, 1):%B}" for month in range(1, 13)],
        "rules": [
            {
                "table": "orders",
                "column": "placed_at",
                "older_than": "20 days",
                "with": {"order_lines": "order_id"},
            }
        ],
    },
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    state = tmp_path_factory.mktemp("real") / "sandbox.json"
    with running_sandbox(state=state, databases="real", seconds=180) as addresses:
        yield addresses


def control(addresses: Addresses, path: str, **asked: Any) -> Any:
    request = urllib.request.Request(
        f"{addresses.aws_endpoint_url}/_upkeep/{path}",
        json.dumps(asked).encode(),
        {"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=180) as answer:
        return json.load(answer)


def test_a_window_opens_and_the_database_is_cared_for(
    real: Addresses, project: MakeProject, pulumi: MakePulumi
) -> None:
    user, password = (str(SETTINGS[f"MasterUser{what}"]) for what in ("name", "Password"))

    def sql(statement: str) -> list[Any]:
        with contextlib.closing(
            databases.connect(real.aws_endpoint_url, DATABASE, user, password, NAME, seconds=30)
        ) as connection:
            rows: list[Any] = connection.run(statement)
            return rows

    old = "placed_at < now() - interval '20 days'"
    (orders,) = sql(f"select count(*) from orders where {old}")[0]
    (lines,) = sql(
        f"select count(*) from order_lines where order_id in (select id from orders where {old})"
    )[0]
    assert 0 < orders < estate_data.ORDERS

    folder = project(PROGRAM)
    until = datetime.now(ZoneInfo(ZONE)) + timedelta(hours=2)
    config = {"care": CARE, "until": f"{until:%H:%M}"}
    (folder / "Pulumi.prod.yaml").write_text(
        json.dumps({"config": {"tests:care": config}}), encoding="utf-8"
    )
    made = pulumi(folder, real)
    made.run("stack", "init", "prod")
    made.run("up", "--yes", "--skip-preview", "--stack", "prod")
    outputs = json.loads(made.run("stack", "output", "--json", "--stack", "prod").stdout)

    ran = control(real, "maintenance-windows/run", window="tiny-prod-windows-monthly", wait=120)
    assert [task["task"] for task in ran["tasks"]] == [
        f"tiny-prod-care-{job}" for job in ("indexes", "analysis", "cleanup", "archive")
    ]
    cloud = Cloud(real.aws_endpoint_url)
    s3 = cloud("s3")

    def read(key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            s3.get_object(Bucket=outputs["reports"], Key=key)["Body"].read()
        )
        return found

    reports = {}
    for job in ("indexes", "analysis", "cleanup", "archive"):
        last = read(f"last/{job}.json")
        reports[job] = read(f"reports/{job}/{last['run']}.json")
        assert (last["outcome"], reports[job].get("faults")) == ("done", None), reports[job]
    # What the reports say is what SQL says.
    assert reports["cleanup"]["tables"] == {"sessions": 70}
    assert sql("select count(*), max(id) from sessions") == [[30, 30]]
    assert reports["archive"]["tables"] == {"order_lines": lines, "orders": orders}
    assert sql("select count(*) from orders") == [[estate_data.ORDERS - orders]]
    # The rows are in the bucket, which is private and encrypted.
    kept = s3.list_objects_v2(Bucket=outputs["archive"])["Contents"]
    rows = 0
    for each in kept:
        if each["Key"].endswith("/orders.jsonl.gz"):
            found = s3.get_object(Bucket=outputs["archive"], Key=each["Key"])
            assert found["ServerSideEncryption"] == "AES256"
            rows += len(gzip.decompress(found["Body"].read()).splitlines())
    assert rows == orders
    blocked = s3.get_public_access_block(Bucket=outputs["archive"])
    assert set(blocked["PublicAccessBlockConfiguration"].values()) == {True}

    # The ages are published by the round, and nothing is pending.
    answer = json.loads(
        cloud("lambda").invoke(FunctionName="tiny-prod-care-rounds")["Payload"].read()
    )
    assert answer["invoked"] is None
    assert all(0 <= age < 0.1 for age in answer["ages"].values())
    now = datetime.now(UTC)
    (published,) = cloud("cloudwatch").get_metric_statistics(
        Namespace="Upkeep/Operate",
        MetricName="CareRows",
        Dimensions=[
            {"Name": "Care", "Value": "tiny-prod-care"},
            {"Name": "Job", "Value": "archive"},
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=7200,
        Statistics=["Maximum"],
    )["Datapoints"][:1]
    assert published["Maximum"] == orders + lines


@pytest.mark.parametrize("stack", STACKS)
def test_the_shipped_windows_have_the_jobs(deployed: Deployed, stack: str) -> None:
    ssm = deployed.aws("ssm")
    windows = {
        each["Name"]: each["WindowId"]
        for each in ssm.describe_maintenance_windows()["WindowIdentities"]
    }
    found = {}
    for name in ("weekly", "monthly"):
        window = windows[f"bynomi-{stack}-windows-{name}"]
        for task in ssm.describe_maintenance_window_tasks(WindowId=window)["Tasks"]:
            if "-orders-care-" in task["Name"]:
                told = ssm.get_maintenance_window_task(
                    WindowId=window, WindowTaskId=task["WindowTaskId"]
                )
                payload = told["TaskInvocationParameters"]["Lambda"]["Payload"]
                found[task["Name"]] = (name, told["TaskType"], json.loads(payload))
    assert found == {
        f"bynomi-{stack}-orders-care-{job}": (
            "weekly" if job == "indexes" else "monthly",
            "LAMBDA",
            {"closes": "04:00", "job": job},
        )
        for job in ("indexes", "analysis", "cleanup", "archive")
    }
    function = deployed.aws("lambda").get_function(FunctionName=f"bynomi-{stack}-orders-care-work")
    assert function["Configuration"]["Timeout"] == 900
    assert function["Configuration"]["VpcConfig"]["SubnetIds"]
