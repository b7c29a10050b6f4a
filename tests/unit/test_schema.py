"""The JSON Schema: current, agreed with by what is shipped, and by it the planted mistakes fall."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pulumi_upkeep.plan.schema import SCHEMA_FILE, stack_schema, text
from pulumi_upkeep.plan.yaml12 import parse_yaml

from tests.unit.plans import PROD, STAGING

VALIDATOR = Draft202012Validator(stack_schema())


def document() -> dict[str, Any]:
    """The shipped production file as an editor reads it."""
    read: dict[str, Any] = parse_yaml(PROD.read_text(encoding="utf-8"), PROD.name)
    return read


@pytest.mark.slow
def test_the_committed_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == text(), (
        "write it anew: python -m pulumi_upkeep.plan.schema"
    )


@pytest.mark.slow
def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(text()))


@pytest.mark.parametrize("path", [PROD, STAGING], ids=lambda path: path.name)
def test_the_shipped_stack_files_validate_and_name_the_schema(path: Any) -> None:
    written = path.read_text(encoding="utf-8")
    assert [error.message for error in VALIDATOR.iter_errors(parse_yaml(written, path.name))] == []
    where = SCHEMA_FILE.relative_to(path.parent).as_posix()
    assert written.startswith(f"# yaml-language-server: $schema={where}\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "plant",
    [
        lambda config: config.update({"upkeep:uptme": {}}),
        lambda config: config.update({"upkeep:onCallPhone": "+12025550100"}),
        lambda config: config.pop("upkeep:severities"),
        lambda config: config["upkeep:severities"].pop("p2"),
        lambda config: config["upkeep:severities"]["p0"].update(hours="sometimes"),
        lambda config: config["upkeep:severities"]["p0"].update(sms=["0123"]),
        lambda config: config["upkeep:severities"]["p0"].update(sms=[{"secrt": "x"}]),
        lambda config: config["upkeep:regions"].update(recovery="us-wset-2"),
        lambda config: config["upkeep:monitoring"]["alert_when"]["cpu"].update(above=80),
        lambda config: config["upkeep:monitoring"]["alert_when"]["cpu"].update(severity="p4"),
        lambda config: config["upkeep:uptime"]["checks"]["cart"].update(url="www.bynomi.com"),
        lambda config: config["upkeep:uptime"].update({"from": ["us-east-1"]}),
        lambda config: tiers(config)["daily"].update(every="0 2 * * *"),
        lambda config: tiers(config)["daily"].update(at="2:00"),
        lambda config: tiers(config)["daily"].update(on="fifth Sunday"),
        lambda config: tiers(config)["daily"].update(keep=30),
        lambda config: tiers(config)["daily"].update(kep="30 days"),
        lambda config: tiers(config)["daily"].update(copy={"to": "elsewhere"}),
        lambda config: config["upkeep:replicas"]["orders-usw2-1"].update({"in": "us-west-2"}),
        lambda config: config["upkeep:standby"]["web"].update(running=-1),
        lambda config: config["upkeep:objectives"]["retention"].update(orders=30),
        lambda config: config["upkeep:objectives"]["retention"].update(orders={"day": "7 days"}),
        lambda config: config["upkeep:windows"]["weekly"].pop("to"),
        lambda config: config["upkeep:accepted"][0].pop("because"),
    ],
)
def test_planted_mistakes_do_not_validate(plant: Callable[[dict[str, Any]], Any]) -> None:
    planted = document()
    plant(planted["config"])
    assert not VALIDATOR.is_valid(planted)


def tiers(config: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = config["upkeep:backups"]["database"]["tiers"]
    return found


def test_other_programs_keys_and_secrets_are_let_be() -> None:
    allowed = document()
    allowed["config"]["aws:region"] = "us-east-1"
    allowed["config"]["upkeep:anotherPhone"] = {"secure": "v1:x"}
    assert VALIDATOR.is_valid(allowed)


def test_what_the_models_accept_beyond_the_shipped_files_validates() -> None:
    plan = document()
    tiers(plan["config"])["weekly"] = {
        "every": "week",
        "on": "Sunday",
        "at": "02:00",
        "keep": "1 month",
    }
    tiers(plan["config"])["monthly"] = {
        "every": "month",
        "on": 1,
        "at": "02:00",
        "keep": "1 year",
        "copy": {"to": "recovery", "keep": "120 days", "cold_after": "30 days"},
    }
    assert VALIDATOR.is_valid(plan)
