"""The prize draw: a second company's plan as a stack, through what anybody may import."""

import ast
from pathlib import Path

import pytest

from sandbox.clients import Cloud
from sandbox.server import Addresses
from tests.engine.cloud import listed
from tools.upkeep import settings
from tools.upkeep.engine import Engine
from tools.upkeep.paths import PROJECT
from tools.upkeep.pulumi import Pulumi
from tools.upkeep.stop import Stop

EXAMPLE = PROJECT / "examples" / "prize-draw"
REGION = "eu-west-2"


def test_its_program_is_its_plan() -> None:
    tree = ast.parse((EXAMPLE / "__main__.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [ast.unparse(node) for node in imports] == [
        "from pulumi_upkeep.environment import deploy"
    ]
    assert ast.unparse(tree.body[-1]) == "deploy()"


def test_it_deploys_and_stays(engine: Engine, own_sandbox: Addresses, tmp_path: Path) -> None:
    pulumi = Pulumi(engine, tmp_path / "state", own_sandbox.environment, EXAMPLE)
    where: list[str | Path] = ["--stack", "prod", "--config-file", settings.prepare(pulumi, "prod")]

    pulumi.run("up", "--yes", "--skip-preview", *where)

    backup = Cloud(own_sandbox.aws_endpoint_url)("backup", REGION)
    plans = [
        backup.get_backup_plan(BackupPlanId=each["BackupPlanId"])["BackupPlan"]
        for each in listed(backup, "list_backup_plans", "BackupPlansList")
    ]
    kept = {
        rule["RuleName"]: (rule["ScheduleExpression"], rule["Lifecycle"]["DeleteAfterDays"])
        for plan in plans
        for rule in plan["Rules"]
    }
    assert kept == {
        "daily": ("cron(0 3 * * ? *)", 7),
        "weekly": ("cron(0 3 ? * 1 *)", 31),
        "monthly": ("cron(0 3 ? * 1#1 *)", 366),
    }
    (test,) = listed(backup, "list_restore_testing_plans", "RestoreTestingPlans")
    assert test["ScheduleExpression"] == "cron(0 6 ? 1,4,7,10 1#1 *)"
    assert test["ScheduleExpressionTimezone"] == "Europe/London"

    pulumi.run("preview", "--expect-no-changes", *where)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("README.md", "`README.md` is no stack file; one is called `Pulumi.<stack>.yaml`"),
        ("Pulumi.prod.yaml", "there is no Pulumi.yaml beside `Pulumi.prod.yaml`"),
    ],
)
def test_what_cannot_be_deployed_is_said(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(Stop) as stop:
        settings.stack_of(tmp_path / name)
    assert said in str(stop.value)
