"""The account as it is written and shown, and what a change does to it."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.unit.test_workflows import workflow
from tools.upkeep import clause_changes, coverage, coverage_page, preview_report
from tools.upkeep.account import companies
from tools.upkeep.account.clauses import clauses
from tools.upkeep.account.judge import Judged
from tools.upkeep.paths import PROJECT
from tools.upkeep.stop import Stop


def judged(*missing: str) -> list[Judged]:
    return [
        Judged(each, (f"alarm of {each.id} > 80 for 5 min",), ("no <b>alarm</b>",))
        if each.id in missing
        else Judged(each, (f"alarm of {each.id} > 80 for 5 min",), ())
        for each in clauses()
    ]


def data(*missing: str) -> list[dict[str, Any]]:
    return [each.as_data() for each in judged(*missing)]


def test_the_data_has_each_clause_with_its_evidence(tmp_path: Path) -> None:
    coverage.write(judged("BY-2.3"), tmp_path)
    found = json.loads((tmp_path / "coverage.json").read_text(encoding="utf-8"))
    assert len(found) == 59
    assert {each["id"]: each["kept"] for each in found if not each["kept"]} == {"BY-2.3": False}
    assert found[0]["evidence"] == ["alarm of PD-1.1 > 80 for 5 min"]
    assert (tmp_path / "coverage" / "index.html").exists()
    assert (tmp_path / "coverage" / "coverage.md").exists()


def test_the_page_says_what_is_missing_and_takes_no_markup() -> None:
    text = coverage_page.page(judged("BY-2.3"))
    assert "<h1>58 of 59 clauses kept</h1>" in text
    assert '<article id="BY-2.3" class="missing">' in text
    assert "no &lt;b&gt;alarm&lt;/b&gt;" in text
    assert "Disaster recovery <small>5 of 5</small>" in text


def test_evidence_says_where_it_is_looked_at() -> None:
    looked = ("aws cloudwatch describe-alarms --alarm-names a", "docs/coverage.md")
    found = [replace(each, look=(looked,)) for each in judged()]
    assert found[0].as_data()["look"] == list(looked)
    text = coverage_page.page(found)
    assert text.count('<code class="look">docs/coverage.md</code>') == 59
    # Without, there is the evidence all the same.
    assert judged()[0].pieces == [("alarm of PD-1.1 > 80 for 5 min", ())]


def test_the_page_says_where_a_plan_was_judged_by_what_is_declared() -> None:
    found = [
        each.by_declaration() if each.clause.plan == "prize-draw" else each for each in judged()
    ]
    assert coverage_page.page(found).count("it is not deployed here") == 1
    assert coverage_page.markdown(found).count("it is not deployed") == 1


def test_markdown_has_a_row_for_each_clause() -> None:
    text = coverage_page.markdown(judged("PD-1.1"))
    assert text.startswith("# 58 of 59 clauses kept\n")
    assert sum(line.startswith(("| PD-", "| BY-")) for line in text.splitlines()) == 59
    assert "| **missing** |" in text


def test_a_terminal_shows_every_clause_and_what_each_lacks() -> None:
    out = io.StringIO()
    coverage.show(Console(file=out, width=140), judged("BY-3.5"))
    said = out.getvalue()
    assert "bynomi: 43 of 44 clauses kept" in said
    assert "prize-draw: 15 of 15 clauses kept" in said
    assert "no <b>alarm</b>" in said


@pytest.mark.slow
def test_a_clause_without_evidence_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(coverage, "BUILD", tmp_path)
    console = Console(file=io.StringIO())
    monkeypatch.setattr(coverage, "_of_sandbox", lambda _: judged())
    coverage.coverage(console, real=False)
    monkeypatch.setattr(coverage, "_of_sandbox", lambda _: judged("BY-2.3"))
    with pytest.raises(Stop, match=r"1 of 59 clauses are not kept: BY-2\.3"):
        coverage.coverage(console, real=False)


def test_a_change_is_told_by_the_clauses_that_fall_and_those_that_are_kept_now() -> None:
    text = clause_changes.section(data("BY-3.5"), data("BY-2.3"))
    assert "58 of 59**, before 58" in text
    rows = [line for line in text.splitlines() if line.startswith("| BY-")]
    assert len(rows) == 2
    assert rows[0].startswith("| BY-2.3 ")
    assert rows[0].endswith("| kept | **missing** | `no <b>alarm</b>` |")
    assert rows[1].startswith("| BY-3.5 ")
    assert rows[1].endswith("| missing | kept | `alarm of BY-3.5 > 80 for 5 min` |")


@pytest.mark.slow
def test_a_change_of_no_clause_is_one_line() -> None:
    assert clause_changes.section(data(), data()) == (
        "\nClauses kept, by what is declared: 59 of 59, as before.\n"
    )
    assert clause_changes.section([], data("BY-2.3")) == (
        "\nClauses kept, by what is declared: 58 of 59.\n"
    )
    assert clause_changes.section(data(), []) == ""


def test_a_folder_without_an_account_says_nothing_of_it(tmp_path: Path) -> None:
    assert clause_changes.of_folder(tmp_path) == ""
    (tmp_path / clause_changes.AFTER).write_text(json.dumps(data()), encoding="utf-8")
    assert "59 of 59" in clause_changes.of_folder(tmp_path)


@pytest.mark.slow
def test_the_comment_of_a_pull_request_has_the_clauses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / clause_changes.BEFORE).write_text(json.dumps(data()), encoding="utf-8")
    (tmp_path / clause_changes.AFTER).write_text(json.dumps(data("BY-2.3")), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["preview_report", "prod", str(tmp_path), "--code", "0"])
    assert preview_report.main() == 0
    said = capsys.readouterr().out
    assert "Clauses kept, by what is declared: 58 of 59**, before 59" in said
    assert "| BY-2.3 " in said


def test_the_workflow_writes_what_the_comment_reads() -> None:
    steps = workflow("pull_request")["jobs"]["preview"]["steps"]
    names = [each.get("name", "") for each in steps]
    assert names.index("Account for the clauses") < names.index("Write the comment")
    script = steps[names.index("Account for the clauses")]["run"]
    for name in (clause_changes.BEFORE, clause_changes.AFTER):
        told = " ".join(script.replace("\\\n", " ").split())
        assert f'coverage --declared "$folder/{name}"' in told


@pytest.mark.slow
def test_a_plan_that_is_changed_shows_the_clause_that_falls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From two stack files to the rows of the comment, by nothing but what they declare."""
    monkeypatch.setattr(companies, "HANDBOOK", tmp_path / "handbook")
    told = []
    for name, ahead in (("before", "24 hours"), ("after", "12 hours")):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(PROJECT / "Pulumi.yaml", folder)
        files = {}
        for stack in ("prod", "staging"):
            text = (PROJECT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
            old = "notice: {ahead: 24 hours, by: [banner]}"
            if stack == "prod":
                assert old in text
                text = text.replace(old, old.replace("24 hours", ahead))
            files[stack] = folder / f"Pulumi.{stack}.yaml"
            files[stack].write_text(text, encoding="utf-8")
        found = coverage.of_declaration([companies.Company("bynomi", files)])
        told.append([each.as_data() for each in found if each.clause.plan == "bynomi"])
    text = clause_changes.section(*told)
    assert "43 of 44**, before 44" in text
    rows = [line for line in text.splitlines() if line.startswith("| BY-")]
    assert len(rows) == 1
    assert rows[0].startswith("| BY-3.2 ")
    assert "announced 12 hours ahead, not 24 hours" in rows[0]
