"""Reading a stack file: as the engine reads it, and with one line where it cannot be read."""

from pathlib import Path

import pytest
from pulumi_upkeep.plan import CHAPTERS, Plan, PlanError
from pulumi_upkeep.plan.read import load_plan, parse_stack_file, read_stack_file
from pulumi_upkeep.plan.yaml12 import parse_yaml

from tests.unit.plans import PROD, STAGING, chapters, prod
from tests.unit.plans import secrets as shipped_secrets


def refused(text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        parse_stack_file(text, Path("Pulumi.dev.yaml"))
    return [str(fault) for fault in caught.value.faults]


def test_scalars_are_those_of_yaml_1_2() -> None:
    document = parse_yaml(
        "time: 14:00\nno: no\non: on\nyes: yes\ndate: 2026-11-01\nnumber: 1_000\noctal: 010\n"
        "new: 0o10\nhex: 0xff\nfloat: 1.5\nexponent: 1e3\ntrue: true\nnull: null\nempty:\n"
        "tilde: ~\nquoted: '1'\n",
        "x",
    )
    assert document == {
        "time": "14:00",
        "no": "no",
        "on": "on",
        "yes": "yes",
        "date": "2026-11-01",
        "number": "1_000",
        "octal": 10,
        "new": 8,
        "hex": 255,
        "float": 1.5,
        "exponent": 1000.0,
        True: True,
        None: None,
        "empty": None,
        "tilde": None,
        "quoted": "1",
    }


def test_only_the_plans_keys_are_the_plan_and_secrets_are_only_names() -> None:
    file = parse_stack_file(
        "encryptionsalt: v1:abc\n"
        "config:\n"
        "  aws:region: us-east-1\n"
        "  upkeep:company: 2026\n"
        "  upkeep:token:\n    secure: v1:never-read\n"
        "  other:token:\n    secure: v1:of-another-program\n"
        "  upkeep:regions: {primary: us-east-1}\n",
        Path("Pulumi.dev.yaml"),
    )
    assert file.stack == "dev"
    # A scalar at the top level is text to the engine, whatever it looks like.
    assert file.chapters == {"company": "2026", "regions": {"primary": "us-east-1"}}
    assert file.secrets == {"token"}


def test_what_is_not_yaml_is_told_with_its_line_and_column() -> None:
    assert refused("config:\n  upkeep:regions: [\n") == [
        "Pulumi.dev.yaml, line 3, column 1: not YAML: did not find expected node content"
    ]
    assert refused("config:\n\tupkeep:company: x\n") == [
        "Pulumi.dev.yaml, line 2, column 1: not YAML: found character that cannot start any token"
    ]


def test_a_key_that_stands_twice_is_told_with_both_lines() -> None:
    text = (
        "config:\n  upkeep:backups:\n    files:\n      tiers:\n        daily: 1\n        daily: 2\n"
    )
    assert refused(text) == [
        "backups.files.tiers.daily: stands twice, on line 5 and on line 6; give each its own name, "
        "or leave one out"
    ]
    assert refused("config: {}\nconfig: {}\n") == [
        "config: stands twice, on line 1 and on line 2; give each its own name, or leave one out"
    ]


@pytest.mark.parametrize("text", ["", "just text\n", "- a\n", "config:\n", "config: []\n"])
def test_what_is_no_stack_file_is_refused(text: str) -> None:
    assert refused(text) == [
        "Pulumi.dev.yaml: no `config` block; write the plan's chapters below `config:`, each as "
        "`upkeep:<chapter>`"
    ]


def test_a_key_beside_config_that_pulumi_does_not_know_is_refused() -> None:
    assert refused("confg: {}\nconfig: {}\n") == [
        "confg: not a key of a stack file; did you mean `config`?"
    ]


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no such file"):
        read_stack_file(tmp_path / "Pulumi.dev.yaml")
    (tmp_path / "Pulumi.dev.yaml").write_bytes(b"config: \xff\n")
    with pytest.raises(PlanError, match="not UTF-8"):
        read_stack_file(tmp_path / "Pulumi.dev.yaml")


def test_the_engine_and_the_check_read_the_same_plan() -> None:
    secrets = shipped_secrets()
    assert Plan.from_config(chapters(PROD), secrets) == load_plan(PROD)
    assert Plan.from_config(chapters(STAGING), secrets) == load_plan(STAGING)


def test_a_plan_survives_being_written() -> None:
    plan = prod()
    assert set(plan.in_words()) <= set(CHAPTERS)
    assert Plan.model_validate(plan.in_words()) == plan


def test_a_plan_has_every_fault_of_all_its_chapters_at_once() -> None:
    broken = chapters()
    broken["uptime"]["checks"]["cart"]["url"] = "www.bynomi.com/cart"
    broken["monitoring"]["alert_when"]["cpu"]["above"] = "180 %"
    broken["regions"]["recovery"] = "us-east-1"
    broken["replicas"]["orders-usw2-1"]["of"] = "order"
    broken["uptme"] = {}
    with pytest.raises(PlanError) as caught:
        Plan.from_config(broken, shipped_secrets() - {"datadogAppKey"})
    assert [fault.path for fault in caught.value.faults] == [
        "datadogAppKey",
        "monitoring.alert_when.cpu.above",
        "regions.recovery",
        "replicas.orders-usw2-1.of",
        "uptime.checks.cart.url",
        "uptme",
    ]
