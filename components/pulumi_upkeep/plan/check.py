"""The check: every fault, finding and promise of stack files, without engine and cloud.

``python -m pulumi_upkeep.plan.check Pulumi.prod.yaml Pulumi.staging.yaml --json build/check.json``
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .adopt import Adopt
from .dashboards import shared_name_faults
from .faults import Fault, PlanError, nearest
from .findings import Finding
from .maintenance_windows import window_findings
from .patching import stages_faults
from .plan import CHAPTERS, Reading
from .proofs import EstateFacts, Promise, Proof, Term, prove
from .proofs.coverage import Covered
from .read import read_stack_file
from .substitutes import Substitute
from .tuned import Tuned
from .words import say_duration, tell_duration

# The shape of ``Report.as_data``. It grows by new keys; what is renamed or removed counts it up.
VERSION = 1

# Chapters no proof can do without; a fault in another one hides no proof.
_PROVED = frozenset(CHAPTERS) - {
    "company",
    "dashboards",
    "environment",
    "images",
    "monitoring",
    "notices",
    "on_call",
    "patching",
    "people",
    "releases",
    "route_tests",
    "security",
    "services",
    "slack",
    "substitutes",
    "teams",
    "tickets",
    "tuned",
    "updates",
}
_PAGED = frozenset({"on_call", "people", "teams"})
# References that change nothing of what is proved.
_BESIDE = (
    *("images.", "patching.", "security."),
    *("accepted.", "dashboards.", "datadog", "on_call.", "people.", "regions.", "services."),
    *("route_tests.", "severities.", "substitutes.", "teams.", "tickets.", "tuned.", "windows."),
    *("notices.", "releases.", "updates."),
)


@dataclass(frozen=True)
class StackReport:
    """What was found out of one stack file.

    faults     what cannot stand; with one of them nothing is deployed
    proof      every promise with what was computed, what is not promised, what protection costs;
               empty where faults keep it from being proved
    substitutes   products that the maintenance plan names, and what does their work
    tuned         alerts that are told otherwise than the plan's thresholds say
    names_declared  whether it names single alerts, or what is to be taken over: only what is
                    declared tells whether there is such a thing
    """

    file: str
    stack: str
    faults: tuple[Fault, ...] = ()
    proof: Proof = field(default_factory=lambda: Proof((), ()))
    substitutes: tuple[Substitute, ...] = ()
    tuned: tuple[Tuned, ...] = ()
    names_declared: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the proofs say: refused (nothing is deployed), noted or accepted."""
        return self.proof.findings

    @property
    def promises(self) -> tuple[Promise, ...]:
        """Every promise with what was computed."""
        return self.proof.promises

    @property
    def ok(self) -> bool:
        """Whether it may be deployed."""
        return not self.faults and not any(finding.refused for finding in self.findings)

    def as_data(self) -> dict[str, Any]:
        """The report as plain data; see :meth:`Report.as_data`."""
        return {
            "file": self.file,
            "stack": self.stack,
            "ok": self.ok,
            "faults": [_fault_data(fault) for fault in self.faults],
            "findings": [_finding_data(finding) for finding in self.findings],
            "objectives": [promise_data(promise) for promise in self.promises],
            "not_promised": [promise_data(promise) for promise in self.proof.not_promised],
            "costs": self.proof.costs.as_data(),
            "coverage": [_coverage_data(row) for row in self.proof.coverage],
            "substitutes": [entry.in_words() for entry in self.substitutes],
            "tuned": [
                {
                    "alert": entry.alert,
                    "says": entry.says(),
                    "because": entry.because,
                    "until": entry.until.isoformat(),
                }
                for entry in self.tuned
            ],
        }


@dataclass(frozen=True)
class Report:
    """What was found out of all stack files."""

    stacks: tuple[StackReport, ...]

    @property
    def ok(self) -> bool:
        """Whether all may be deployed."""
        return all(stack.ok for stack in self.stacks)

    def as_data(self) -> dict[str, Any]:
        """The report as plain data, version 1.

        version, ok
        stacks[]: file, stack, ok
          faults[]: path, value (as written, or null), rule, remedy
          findings[]: code, at, says, remedy, state (refused, noted, accepted), because
          objectives[]: kind (rpo, rto, retention), at, item, after (instance, zone, region,
            corruption, account, or null), detail, promised, promised_seconds, computed (or null),
            computed_seconds, kept, by, assumed, terms[]: what, length, seconds, provenance, source,
            id, of
          not_promised[]: the same of the failures that the plan promises nothing for; promised is
            what it promises after others
          coverage[]: service, cells[]: aspect (uptime, latency, errors, saturation, objective,
            runbook, owner), state (covered, exempt, missing), by (what covers it, or the reason of
            the exemption), until (the exemption's last day, or null)
          substitutes[]: for (a product), by (a chapter), because
          tuned[]: alert, says (silenced, told as P3, above 90 %), because, until
          costs: as_of, usd_a_month, lines[]: what, usd_a_month (or null), how; assumptions,
            not_counted
        """
        stacks = [stack.as_data() for stack in self.stacks]
        return {"version": VERSION, "ok": self.ok, "stacks": stacks}


def check_files(paths: Iterable[Path | str], facts: EstateFacts | None = None) -> Report:
    """The report of some stack files. Raises nothing: what is wrong stands in the report."""
    checked = [_check(Path(path), facts) for path in paths]
    plans = {
        str(index): reading.plan
        for index, (_, reading) in enumerate(checked)
        if reading is not None and not reading.broken
    }
    stacks = [stack for stack, _ in checked]
    for index, fault in (*shared_name_faults(plans), *stages_faults(plans)):
        stack = stacks[int(index)]
        stacks[int(index)] = replace(stack, faults=tuple(sorted({*stack.faults, fault})))
    return Report(tuple(stacks))


def _check(path: Path, facts: EstateFacts | None) -> tuple[StackReport, Reading | None]:
    try:
        file = read_stack_file(path)
    except PlanError as error:
        stack = path.stem.removeprefix("Pulumi.")
        return StackReport(path.name, stack, tuple(error.faults)), None
    reading = file.read()
    proof = proof_of(reading, facts)
    faults = tuple(sorted(set(reading.faults)))
    plan = reading.plan
    quiet = any(window.quiets and window.quiets.alerts for window in (plan.windows or {}).values())
    report = StackReport(
        path.name,
        file.stack,
        faults,
        proof,
        substitutes=plan.substitutes or (),
        tuned=plan.tuned or (),
        names_declared=quiet or bool(plan.tuned) or plan.adopt != Adopt(),
    )
    return report, reading


def proof_of(reading: Reading, facts: EstateFacts | None = None) -> Proof:
    """What can be proved of what could be read; nothing, where a fault would make it wrong."""
    beside = all(
        fault.path.startswith(_BESIDE) or fault.path.partition(".")[0] in reading.broken
        for fault in reading.faults
    )
    # A chapter whose name is misspelt is missing from what would be proved.
    meant = {nearest(name, CHAPTERS) for name in reading.broken if name not in CHAPTERS}
    if not beside or (reading.broken | meant) & _PROVED:
        return Proof((), _overlaps(reading))
    plan = reading.plan
    if reading.broken & {"monitoring", "service_levels"}:
        # What covers a service may stand in what could not be read.
        plan = plan.model_copy(update={"services": {}})
    # Whom a page reaches cannot be told of those who could not be read.
    plan = plan.model_copy(update=dict.fromkeys(reading.broken & _PAGED))
    return prove(plan, facts)


def _overlaps(reading: Reading) -> tuple[Finding, ...]:
    """What is refused of windows by themselves, whatever else cannot be proved."""
    if {"windows", "timezone"} & {*reading.broken}:
        return ()
    return tuple(sorted(each for each in window_findings(reading.plan) if each.refused))


def _fault_data(fault: Fault) -> dict[str, Any]:
    return {"path": fault.path, "value": fault.value, "rule": fault.rule, "remedy": fault.remedy}


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "at": finding.at,
        "says": finding.says,
        "remedy": finding.remedy,
        "state": finding.state,
        "because": finding.because,
    }


def _coverage_data(row: Covered) -> dict[str, Any]:
    return {
        "service": row.service,
        "cells": [
            {
                "aspect": cell.aspect,
                "state": cell.state,
                "by": cell.by,
                "until": cell.until.isoformat() if cell.until else None,
            }
            for cell in row.cells
        ],
    }


def promise_data(promise: Promise) -> dict[str, Any]:
    """A promise as plain data; see :meth:`Report.as_data`."""
    computed, way = promise.computed, promise.way
    return {
        "kind": promise.kind,
        "at": promise.at,
        "item": promise.item,
        "after": promise.mode,
        "detail": promise.detail,
        "promised": say_duration(promise.promised),
        "promised_seconds": promise.promised.total_seconds(),
        "computed": None if computed is None else tell_duration(computed),
        "computed_seconds": None if computed is None else computed.total_seconds(),
        "kept": promise.kept,
        "by": way.by if way else "",
        "assumed": way.rests_on_assumptions if way else False,
        "terms": [_term_data(term) for term in way.terms] if way else [],
    }


def _term_data(term: Term) -> dict[str, Any]:
    return {
        "what": term.what,
        "length": tell_duration(term.length),
        "seconds": term.length.total_seconds(),
        "provenance": term.provenance,
        "source": term.source,
        "id": term.id,
        "of": term.of,
    }


def lines(report: Report) -> Iterable[str]:
    """The report in plain lines."""
    for stack in report.stacks:
        kept = sum(promise.kept for promise in stack.promises)
        state = "ok" if stack.ok else "refused"
        yield f"{stack.file}: {state}, {kept} of {len(stack.promises)} promises kept"
        for fault in stack.faults:
            yield f"  fault     {fault}"
        for entry in stack.substitutes:
            yield f"  instead   of {entry.for_}: {entry.by} ({entry.because})"
        for tuned in stack.tuned:
            yield f"  tuned     {tuned.alert}: {tuned.says()} until {tuned.until} ({tuned.because})"
        for finding in stack.findings:
            because = f" (accepted: {finding.because})" if finding.accepted else ""
            text = f"{finding.at}: {finding.says}{because}" if finding.accepted else str(finding)
            yield f"  {finding.state:<9} {text}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the report; 0 where every file may be deployed, otherwise 1."""
    parser = argparse.ArgumentParser(prog="pulumi_upkeep.plan.check", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", type=Path, help="also write the report there")
    options = parser.parse_args(arguments)
    report = check_files(options.files)
    sys.stdout.writelines(f"{line}\n" for line in lines(report))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report.as_data(), indent=2) + "\n", encoding="utf-8")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
