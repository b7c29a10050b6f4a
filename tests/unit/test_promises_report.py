"""Promises as stack outputs, and what a pull request says of them: before and after."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan.check import check_files
from pulumi_upkeep.plan.proofs import EstateFacts, prove
from pulumi_upkeep.plan.proofs.outputs import judged_in, promises_output
from pulumi_upkeep.plan.read import load_plan

from tests.unit.plans import FOUND, PROD, STAGING
from tools.upkeep import objectives
from tools.upkeep.preview_report import report
from tools.upkeep.preview_without_secrets import promised_before
from tools.upkeep.promises_report import section


def outputs(path: Path = PROD, facts: EstateFacts = FOUND) -> dict[str, Any]:
    """What a deployment leaves, as the engine gives it back: every number a float."""
    proof = prove(load_plan(path), facts)
    left = {
        "promises": promises_output(proof),
        "protection_cost": proof.costs.as_data(),
        "estate_facts": facts.as_data(),
    }
    return dict(json.loads(json.dumps(left), parse_int=float))


@pytest.mark.slow
@pytest.mark.parametrize("path", [PROD, STAGING], ids=["prod", "staging"])
def test_a_proof_with_facts_takes_from_the_one_before_what_no_fact_changes(path: Path) -> None:
    # Nothing accepted, so that there is something to be found of the plan alone.
    plan = load_plan(path).model_copy(update={"accepted": ()})
    before = prove(plan)
    assert before.of_plan
    assert prove(plan, FOUND, before=before) == prove(plan, FOUND)


@pytest.mark.slow
@pytest.mark.parametrize("path", [PROD, STAGING], ids=["prod", "staging"])
def test_the_outputs_hold_what_the_check_computes(path: Path) -> None:
    """Nothing but the sums and their order is left out on the way."""
    (stack,) = check_files([path], FOUND).as_data()["stacks"]
    wanted = [
        {key: value for key, value in each.items() if key != "terms"} | {"covered": covered}
        for covered, listed in ((True, "objectives"), (False, "not_promised"))
        for each in stack[listed]
    ]

    def key(each: dict[str, Any]) -> tuple[str, ...]:
        return tuple(str(each[part]) for part in ("kind", "at", "item", "detail", "after"))

    found = judged_in(outputs(path)["promises"])
    assert sorted(found, key=key) == sorted(wanted, key=key)


def test_facts_survive_the_engine() -> None:
    assert EstateFacts.from_data(outputs()["estate_facts"]) == FOUND


def test_the_outputs_are_small_enough_to_be_read() -> None:
    assert len(json.dumps(outputs()["promises"])) < 20_000


def test_a_class_says_what_is_promised_for_each_failure() -> None:
    left = outputs(STAGING)["promises"]["data"]["critical"]["orders"]
    assert left["kept"] is True
    assert left["after"]["account"] == {
        "promised_seconds": 30 * 3600.0,
        "seconds": 28 * 3600.0,
        "by": "copies in another account of database",
        "assumed": True,
    }
    # Not promised, and computed.
    assert left["after"]["region"] == {"seconds": None}


# ---- before and after --------------------------------------------------------------------------


def edited(folder: Path, *edits: tuple[str, str]) -> Path:
    text = PROD.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / PROD.name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.slow
def test_nothing_changes_where_the_plan_does_not() -> None:
    assert section(PROD, outputs()) == "\nRecovery points and times: as before.\n"


@pytest.mark.slow
def test_a_change_shows_what_it_does_to_recovery(tmp_path: Path) -> None:
    path = edited(tmp_path, ("lag: {above: 5 minutes", "lag: {above: 10 minutes"))
    text = section(path, outputs())
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(
        f"| `RPO {item}` | region | 5 min\\* of {limit} | **10 min\\* of {limit}** (worse) |"
        for item, limit in (
            ("orders", "15 min"),
            ("payments", "15 min"),
            ("product catalog", "6 h"),
            ("user profiles", "6 h"),
            ("analytics", "1 day"),
            ("blog posts", "1 day"),
        )
    )
    assert "**Recovery points and times**" in text


@pytest.mark.slow
def test_a_promise_that_is_dropped_is_worse_and_what_it_costs_is_told(tmp_path: Path) -> None:
    path = edited(
        tmp_path,
        ("        rto: 4 hours\n        except: {account: 30 hours}\n", "        rto: 4 hours\n"),
        ("user accounts: [orders, web]", "user accounts: [orders, web]"),
        ("multi_az: true", "multi_az: false"),
    )
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "        rto: 4 hours\n",
        "        rto: 4 hours\n        after: [instance, zone, region, corruption]\n",
    )
    path.write_text(text, encoding="utf-8")
    found = section(path, outputs())
    assert "| `RTO order history` | account | 1 day 5 h" not in found
    assert "not promised** (worse) |" in found
    assert "a month at list prices of 2026-06; before $" in found


@pytest.mark.slow
def test_what_was_never_deployed_is_compared_with_nothing(tmp_path: Path) -> None:
    assert section(PROD, {}) == ""
    assert section(PROD, {"promises": "?", "estate_facts": {}}) == ""
    # A plan that cannot stand has a comment of its own.
    broken = edited(tmp_path, ("recovery: us-west-2", "recovery: us-east-1"))
    assert section(broken, outputs()) == ""


def test_the_section_stands_above_the_resources() -> None:
    text = report(
        "prod", {"steps": []}, "", 0, promises="\nRecovery points and times: as before.\n"
    )
    assert text == (
        "<!-- upkeep-preview: prod -->\n### `prod`: nothing changes\n"
        "\nRecovery points and times: as before.\n"
    )


@pytest.mark.slow
def test_of_a_state_only_these_outputs_leave() -> None:
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    exported = {
        "deployment": {
            "resources": [
                {
                    "type": "pulumi:pulumi:Stack",
                    "outputs": outputs() | {"topics": {"p0": "arn"}, "key": mark},
                }
            ]
        }
    }
    assert promised_before(exported) == outputs()
    assert promised_before({}) == {}


# ---- the table ---------------------------------------------------------------------------------


def test_the_table_marks_what_is_not_promised_and_what_is_promised_differently() -> None:
    (stack,) = check_files([STAGING], FOUND).as_data()["stacks"]
    promises = objectives.all_of(stack)
    assert objectives.notes(promises) == [
        "* rests on an assumed figure",
        "(in brackets) computed, and not promised",
        "≤ promised for this failure instead",
    ]
    table = objectives.table(promises)
    assert [column.header for column in table.columns] == [
        "",
        "of",
        "promised",
        "instance",
        "zone",
        "region",
        "corruption",
        "account",
        "",
    ]
    cells = [[str(cell) for cell in column.cells] for column in table.columns]
    assert cells[5][0] == "(all lost)"
    assert cells[7][0] == "28 h* ≤ 30 h"
    assert cells[5][-1] == ""


def test_a_missed_promise_is_red_and_said_so(tmp_path: Path) -> None:
    path = edited(tmp_path, ("rpo: 15 minutes", "rpo: 1 minute"))
    (stack,) = check_files([path], FOUND).as_data()["stacks"]
    table = objectives.table(objectives.all_of(stack))
    first = [str(next(iter(column.cells))) for column in table.columns]
    assert first[-1] == "missed"
    assert first[2] == "1 min"
