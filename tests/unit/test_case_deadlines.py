"""Deadlines of cases: what is told of which case when, and that it is told once."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pulumi_upkeep.plan.due import actions, deadline, main
from pulumi_upkeep.plan.plan import Plan

from tests.unit.plans import PROD, chapters, prod, secrets
from tests.unit.test_workflows import workflow

NEW_YORK = ZoneInfo("America/New_York")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def case(number: int, *labels: str, since: str = "2026-11-25T15:00:00Z", **more: Any) -> Any:
    return {
        "number": number,
        "createdAt": since,
        "labels": [{"name": label} for label in ("alert", *labels)],
        "assignees": [],
        "comments": [],
        **more,
    }


def comment(body: str, login: str = "github-actions") -> dict[str, Any]:
    return {"author": {"login": login}, "body": body}


def done(cases: list[Any], now: str, of: Plan | None = None) -> list[tuple[int, str, str]]:
    told = actions(of or prod(), cases, local(now))
    return [(each["number"], each["label"], each["comment"].split("\n")[0]) for each in told]


def test_a_deadline_says_why() -> None:
    found = str(deadline(prod(), "p3", local("2026-11-25T10:00")))
    assert found == (
        "Monday 2026-11-30 10:00 EST (P3: 2 business days; 2026-11-26 is Thanksgiving)"
    )
    assert str(deadline(prod(), "p0", local("2026-11-26T10:00"))) == (
        "Thursday 2026-11-26 10:15 EST (P0: 15 minutes, at any hour)"
    )


def test_a_case_is_told_its_deadline_once() -> None:
    (told,) = actions(prod(), [case(7, "p3")], local("2026-11-25T11:00"))
    assert told == {
        "number": 7,
        "label": "",
        "comment": "To be answered by Monday 2026-11-30 10:00 EST (P3: 2 business days; 2026-11-26 "
        "is Thanksgiving).\n<!-- due -->",
    }
    known = case(7, "p3", comments=[comment(told["comment"])])
    assert done([known], "2026-11-30T09:59") == []


def test_a_case_that_nobody_answers_is_overdue_and_told_to_a_tier() -> None:
    known = case(7, "p3", comments=[comment("x\n<!-- due -->")])
    ((number, label, said),) = done([known], "2026-11-30T10:00")
    assert (number, label) == (7, "overdue")
    assert said == (
        "Nobody has answered by Monday 2026-11-30 10:00 EST (P3: 2 business days; 2026-11-26 is "
        "Thanksgiving). tier-3 (operations): assign it, or say why it waits."
    )
    twice = {**known, "comments": [*known["comments"], comment("y\n<!-- overdue -->")]}
    assert done([twice], "2026-12-24T10:00") == []


@pytest.mark.parametrize(
    "answer",
    [{"assignees": [{"login": "cora"}]}, {"comments": [comment("mine <!-- due -->", "cora")]}],
    ids=["assigned", "answered"],
)
def test_whoever_takes_it_has_answered(answer: dict[str, Any]) -> None:
    told = done([case(7, "p2", **answer)], "2026-12-24T10:00")
    assert [label for _, label, _ in told if label] == []


def test_without_a_severity_nothing_is_said() -> None:
    assert done([case(7, "untold"), case(8)], "2026-12-24T10:00") == []


def test_a_plan_without_tiers_asks_for_somebody() -> None:
    given = {name: value for name, value in chapters().items() if name != "support"}
    of = Plan.from_config(given, secrets())
    told = done([case(7, "p2")], "2026-12-24T10:00", of)
    assert told[1][2].endswith("Assign it, or say why it waits.")


def test_the_command_answers_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PROD), "p1", "--at", "2026-11-25 16:30"]) == 0
    assert capsys.readouterr().out == (
        "what comes on Wednesday 2026-11-25 16:30 EST is to be answered by Friday 2026-11-27 10:30 "
        "EST (P1: 2 hours of business hours, next day outside of them; 2026-11-26 is "
        "Thanksgiving)\n"
    )
    assert main([str(PROD), "p0"], now=datetime(2027, 1, 1, 12, tzinfo=UTC)) == 0
    assert "2027-01-01 07:15 EST" in capsys.readouterr().out
    assert main([str(PROD), "p0", "--at", "tomorrow"]) == 2
    assert main(["nowhere.yaml", "p0"]) == 2


@pytest.mark.slow
def test_the_workflow_tells_what_is_to_be_told(tmp_path: Path) -> None:
    """Its own script, with a gh that writes down what it is asked for."""
    log = tmp_path / "log"
    (tmp_path / "cases.in").write_text(
        json.dumps([case(7, "p3", since="2020-01-06T15:00:00Z"), case(8, "untold")])
    )
    gh = tmp_path / "gh"
    gh.write_text(
        f'#!/bin/sh\nif [ "$2" = list ]; then cat {tmp_path}/cases.in; exit; fi\n'
        f'echo "$*" >> {log}\n[ "$2" = comment ] && head -n 1 comment.md >> {log}\nexit 0\n'
    )
    gh.chmod(0o755)
    subprocess.run(
        ["bash", "-e", "-c", workflow("deadlines")["jobs"]["tell"]["steps"][-1]["run"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHON": sys.executable, "PLAN": str(PROD)},
        check=True,
    )
    said = log.read_text().splitlines()
    assert [line for line in said if line.startswith(("issue", "label"))] == [
        "issue comment 7 --body-file comment.md",
        "label create overdue --force",
        "issue edit 7 --add-label overdue",
        "issue comment 7 --body-file comment.md",
    ]
    assert [line.split(" by ")[0] for line in said if "by" in line] == [
        "To be answered",
        "Nobody has answered",
    ]
