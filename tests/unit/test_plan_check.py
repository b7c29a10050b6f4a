"""The check: a report in a documented shape, a line for a person, and no cloud."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pulumi_upkeep.plan.check import VERSION, check_files, lines, main

from tests.unit.plans import PROD, ROOT, STAGING, changed, orders

ARCHIVED = "database_care.orders.archive.rules.0"


@pytest.mark.slow
def test_the_report_has_its_documented_shape() -> None:
    report = check_files([STAGING, PROD])
    data = report.as_data()
    assert data == json.loads(json.dumps(data))
    assert set(data) == {"version", "ok", "stacks"}
    assert (data["version"], VERSION, data["ok"]) == (1, 1, True)
    staging, prod = data["stacks"]
    assert (staging["stack"], staging["file"]) == ("staging", "Pulumi.staging.yaml")
    assert set(prod) == {
        "file",
        "stack",
        "ok",
        "faults",
        "findings",
        "objectives",
        "not_promised",
        "costs",
        "coverage",
        "substitutes",
        "tuned",
    }
    # Five failures of eight kinds of data and six functions, and three retentions.
    assert (prod["ok"], prod["faults"], len(prod["objectives"])) == (True, [], 73)
    assert prod["not_promised"] == []
    assert {each["after"] for each in staging["not_promised"]} == {"region"}
    assert set(prod["costs"]) == {
        "as_of",
        "usd_a_month",
        "lines",
        "assumptions",
        "not_counted",
    }
    assert [
        (each["code"], each["at"], each["state"], bool(each["because"]))
        for each in prod["findings"]
    ] == [
        ("backup-in-window", "backups.database.tiers.daily", "accepted", True),
        ("backup-skipped-on-clock-change", "backups.database.tiers.daily", "accepted", True),
        ("care-on-checked-table", f"{ARCHIVED}.table", "accepted", True),
        ("care-on-checked-table", f"{ARCHIVED}.with.order_lines", "accepted", True),
        ("critical-rests-on-assumption", "objectives.data.critical", "accepted", True),
        ("critical-rests-on-assumption", "objectives.functions.critical", "accepted", True),
        ("quiet-ends-before-window", "windows.monthly.quiets", "accepted", True),
        ("window-longer-than-counted", "windows.monthly", "accepted", True),
    ]
    row = next(
        each
        for each in prod["objectives"]
        if (each["item"], each["after"]) == ("orders", "corruption")
    )
    assert row == {
        "kind": "rpo",
        "at": "objectives.data.critical",
        "item": "orders",
        "after": "corruption",
        "detail": "",
        "promised": "15 minutes",
        "promised_seconds": 900.0,
        "computed": "5 minutes",
        "computed_seconds": 300.0,
        "kept": True,
        "by": "point in time",
        "assumed": False,
        "terms": [
            {
                "what": "behind at most",
                "length": "5 minutes",
                "seconds": 300.0,
                "provenance": "vendor",
                "source": "RDS: logs are uploaded every five minutes",
                "id": "",
                "of": "",
            }
        ],
    }


@pytest.mark.slow
def test_a_promise_that_rests_on_assumptions_says_so() -> None:
    (stack,) = check_files([PROD]).as_data()["stacks"]
    assumed = {(each["item"], each["after"]) for each in stack["objectives"] if each["assumed"]}
    assert ("checkout", "region") in assumed
    assert ("orders", "region") in assumed
    assert ("orders", "corruption") not in assumed


@pytest.mark.slow
def test_one_broken_file_hides_no_other(tmp_path: Path) -> None:
    broken = tmp_path / "Pulumi.dev.yaml"
    broken.write_text("config: [\n", encoding="utf-8")
    report = check_files([broken, PROD, tmp_path / "Pulumi.none.yaml"])
    assert [(stack.stack, stack.ok) for stack in report.stacks] == [
        ("dev", False),
        ("prod", True),
        ("none", False),
    ]
    assert not report.ok


@pytest.mark.slow
def test_a_fault_that_touches_no_proof_hides_none(tmp_path: Path) -> None:
    planted = changed(
        tmp_path,
        ("cpu: {above: 80 %", "cpu: {above: 180 %"),
        ("recovery: us-west-2", "recovery: us-east-1"),
        ("      point_in_time: {keep: 30 days}\n", ""),
    )
    assert [fault.path for fault in planted.faults] == [
        "monitoring.alert_when.cpu.above",
        "regions.recovery",
    ]
    assert "objectives.data.critical" in [each.at for each in planted.findings if each.refused]


def test_windows_that_overlap_are_told_beside_what_keeps_proofs_back(tmp_path: Path) -> None:
    """All at once: whoever mends a holiday hears of the windows now, and not an hour later."""
    twice = ('- {on: "2026-12-25", name: Christmas}', '- {on: "2026-11-26", name: Turkey Day}')
    planted = changed(tmp_path, twice, ("on: Wednesday, from", "on: Sunday, from"))
    assert [fault.path for fault in planted.faults] == ["holidays.1.on"]
    assert [(each.code, each.at) for each in planted.findings] == [
        ("windows-overlap", "windows.monthly")
    ]
    assert changed(tmp_path, twice).findings == ()


def test_nobody_is_missed_in_a_chapter_that_could_not_be_read(tmp_path: Path) -> None:
    """That its pages reach nobody follows from the fault, and is not so once it is mended."""
    call = "- {page: on call, wait: 5 minutes}"
    planted = changed(tmp_path, (call, call.replace("on call", "")))
    assert [str(fault) for fault in planted.faults] == [
        "on_call.operations.escalation.0.page: pages nobody; name `on call`, `whole team` or a "
        "person"
    ]
    assert [each.code for each in planted.findings if "reaches-nobody" in each.code] == []


def test_a_fault_that_would_make_a_proof_wrong_keeps_it_back(tmp_path: Path) -> None:
    planted = changed(tmp_path, ("of: orders", "of: order"))
    assert (planted.promises, planted.findings) == ((), ())


@pytest.mark.slow
def test_the_facts_of_the_cloud_join_the_check() -> None:
    (stack,) = check_files([PROD], orders(multi_az=False)).stacks
    assert "primary-without-multi-az" in [each.code for each in stack.findings]


@pytest.mark.slow
def test_the_command_prints_writes_and_says_by_its_exit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "build" / "check.json"
    assert main([str(STAGING), str(PROD), "--json", str(out)]) == 0
    assert json.loads(out.read_text())["ok"] is True
    printed = capsys.readouterr().out.splitlines()
    assert printed[:1] == [
        "Pulumi.staging.yaml: ok, 19 of 19 promises kept",
    ]
    assert "Pulumi.prod.yaml: ok, 73 of 73 promises kept" in printed
    changed(tmp_path, ("recovery: us-west-2", "recovery: us-east-1"))
    assert main([str(tmp_path / "Pulumi.prod.yaml")]) == 1
    assert (
        "  fault     regions.recovery = us-east-1: equals the primary region: what fails there "
        "fails here too; name another region"
    ) in capsys.readouterr().out.splitlines()


@pytest.mark.slow
def test_both_shipped_plans_are_checked_in_no_time() -> None:
    began = time.process_time()
    assert check_files([STAGING, PROD]).ok
    assert time.process_time() - began < 0.5


@pytest.mark.slow
def test_every_line_is_one_line(tmp_path: Path) -> None:
    changed(tmp_path, ("      point_in_time: {keep: 30 days}\n", ""))
    report = check_files([tmp_path / "Pulumi.prod.yaml"])
    assert all("\n" not in line for line in lines(report))


@pytest.mark.slow
def test_the_check_needs_no_pulumi_and_no_cloud() -> None:
    """The whole of `plan` is plain data: nothing of it imports Pulumi."""
    program = (
        "import sys; from pulumi_upkeep.plan.check import main; "
        "code = main(sys.argv[1:]); "
        "bad = [m for m in sys.modules if m.split('.')[0] in ('pulumi', 'pulumi_aws', 'boto3')]; "
        "assert not bad, bad; sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(PROD), str(STAGING)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
