"""What a stack file declares, found without engine and cloud."""

from pathlib import Path

import pytest
from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.recover.runbook.of_plan import approver_names

from tools.upkeep import check
from tools.upkeep.declared import ALARMS, SYNTHETIC_TEST, Declaration, declared
from tools.upkeep.stop import Stop

ROOT = Path(__file__).parents[2]
# A process that runs the whole program takes seconds.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def staging() -> Declaration:
    return declared(ROOT / "Pulumi.staging.yaml")


def test_alarms_and_checks_of_a_stack(staging: Declaration) -> None:
    assert staging.stack == "staging"
    alarms = staging.of(*ALARMS)
    cpu = alarms["resources-database-orders-cpu"]
    assert cpu.component == "resources"
    assert cpu.props["name"] == "bynomi-staging-resources-database-orders-cpu"
    assert cpu.props["alarmActions"] == ["arn:aws:mock:us-east-1:123456789012:alerts-p3"]
    checks = staging.of(SYNTHETIC_TEST)
    assert checks["uptime-homepage"].props["name"] == "bynomi-staging-uptime-homepage"


def test_runbooks_ask_the_roles_that_the_plan_makes(staging: Declaration) -> None:
    made = staging.of("aws:iam/role:Role")["access-operator"].props["name"]
    assert approver_names(staging.plan, "bynomi", "staging") == ("bynomi-incident-response", made)
    asking = [
        each.props["content"]
        for each in staging.of("aws:ssm/document:Document").values()
        if "aws:approve" in each.props["content"]
    ]
    assert asking
    assert all(f"arn:aws:iam::123456789012:role/{made}" in each for each in asking)


def test_a_review_of_dependencies_is_declared_where_the_plan_asks_for_one(
    staging: Declaration,
) -> None:
    def reminded(declaration: Declaration) -> list[tuple[str, str]]:
        return [
            (name, each.props["scheduleExpression"])
            for name, each in declaration.of("aws:scheduler/schedule:Schedule").items()
            if each.component == "dependencies"
        ]

    assert reminded(staging) == []
    assert reminded(declared(ROOT / "examples" / "prize-draw" / "Pulumi.prod.yaml")) == [
        ("dependencies-review-item", "cron(0 10 ? * 2#1 *)"),
        ("dependencies-review-reminder", "cron(0 10 ? * 2#1 *)"),
    ]


def test_a_plan_that_cannot_be_read_is_told_as_ever(tmp_path: Path) -> None:
    broken = tmp_path / "Pulumi.broken.yaml"
    text = (ROOT / "Pulumi.staging.yaml").read_text(encoding="utf-8")
    broken.write_text(text.replace("America/New_York", "Amerika/New_York"), encoding="utf-8")
    with pytest.raises(PlanError, match="timezone"):
        declared(broken)


def test_what_the_program_refuses_is_said_without_a_traceback(tmp_path: Path) -> None:
    broken = tmp_path / "Pulumi.prod.yaml"
    text = (ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    broken.write_text(
        text.replace("instance: orders-prod-use1-1", "instance: orders-prod-usw2-1").replace(
            "point_in_time: {keep: 30 days}", "# none"
        ),
        encoding="utf-8",
    )
    with pytest.raises(Stop) as refused:
        declared(broken)
    assert "Traceback" not in str(refused.value)


def test_names_that_nothing_has_stop_everything_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "Pulumi.staging.yaml").read_text(encoding="utf-8")
    (tmp_path / "Pulumi.yaml").write_text("name: bynomi\n", encoding="utf-8")
    (tmp_path / "Pulumi.staging.yaml").write_text(
        text.replace(
            "config:\n",
            "config:\n"
            "  upkeep:adopt: {alarms: {resources-database-orders-cpus: old}}\n"
            "  upkeep:tuned:\n"
            "    - {alert: resources-server-web-cpux, above: 90 %, until: '2099-01-01',\n"
            "       because: It is busy at night.}\n",
            1,
        ),
        encoding="utf-8",
    )
    monkeypatch.setattr(check, "PROJECT", tmp_path)
    report = check.report_on(["staging"])
    assert report.ok
    with pytest.raises(Stop) as refused:
        check.refuse_unknown_names(report)
    # Both at once, each with the name that was meant.
    assert "did you mean `resources-database-orders-cpu`?" in str(refused.value)
    assert "did you mean `resources-server-web-cpu`?" in str(refused.value)
