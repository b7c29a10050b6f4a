"""The stack of another team, which takes two components and nothing else of this house."""

import ast
from pathlib import Path

from sandbox.clients import Cloud
from sandbox.server import Addresses
from tests.engine.cloud import inventory, listed
from tools.upkeep.engine import Engine
from tools.upkeep.paths import PROJECT
from tools.upkeep.pulumi import Pulumi

EXAMPLE = PROJECT / "examples" / "another-team"
NO_CHANGE = "--expect-no-changes"


def test_the_example_uses_two_components_and_nothing_of_the_sandbox() -> None:
    tree = ast.parse((EXAMPLE / "__main__.py").read_text(encoding="utf-8"))
    imported = {
        (node.module, name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    } | {
        (name.name, "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert imported == {
        ("pulumi", ""),
        ("pulumi_aws", ""),
        ("pulumi_upkeep", "BackupPlan"),
        ("pulumi_upkeep", "ReadReplica"),
    }


def test_the_example_deploys_stays_and_goes(
    engine: Engine, sandbox: Addresses, tmp_path: Path
) -> None:
    aws = Cloud(sandbox.aws_endpoint_url)
    before = inventory(aws)
    pulumi = Pulumi(engine, tmp_path / "state", sandbox.environment, EXAMPLE)
    # The CLI writes a salt beside Pulumi.yaml when it makes a stack: not into the example.
    settings = tmp_path / "Pulumi.dev.yaml"
    settings.write_bytes((EXAMPLE / "Pulumi.dev.yaml").read_bytes())
    (tmp_path / "Pulumi.yaml").write_text("name: reporting\nruntime: python\n", encoding="utf-8")
    pulumi.run("stack", "init", "dev", cwd=tmp_path)
    where: list[str | Path] = ["--stack", "dev", "--config-file", settings]

    pulumi.run("up", "--yes", "--skip-preview", *where)

    (replica,) = aws("rds").describe_db_instances(
        DBInstanceIdentifier="reporting-dev-reporting-use1-1"
    )["DBInstances"]
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "orders-staging-use1-1"
    assert replica["DBInstanceClass"] == "db.t4g.medium"
    plans = {
        plan["BackupPlanName"]: aws("backup").get_backup_plan(BackupPlanId=plan["BackupPlanId"])
        for plan in listed(aws("backup"), "list_backup_plans", "BackupPlansList")
        if plan["BackupPlanName"].startswith("reporting-")
    }
    (name,) = plans
    assert name == "reporting-dev-orders-for-reporting"
    assert {
        rule["RuleName"]: (
            rule["ScheduleExpression"],
            rule["ScheduleExpressionTimezone"],
            rule["Lifecycle"]["DeleteAfterDays"],
        )
        for rule in plans[name]["BackupPlan"]["Rules"]
    } == {
        "daily": ("cron(0 1 * * ? *)", "America/New_York", 7),
        "weekly": ("cron(0 3 ? * 1 *)", "America/New_York", 31),
        "monthly": ("cron(0 5 1 * ? *)", "America/New_York", 366),
    }

    pulumi.run("preview", NO_CHANGE, *where)

    pulumi.run("destroy", "--yes", "--skip-preview", *where)
    assert inventory(aws) == before
