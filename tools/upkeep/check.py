"""``make check``: prove the plans, without engine or cloud.

Also what every deployment starts with: a plan that does not hold is refused before anything is
started. Nothing here imports Pulumi.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pulumi_upkeep.plan.check import Report, StackReport, check_files, lines
from pulumi_upkeep.plan.proofs import EstateFacts
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tools.upkeep import costs, objectives, service_coverage
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

# What stops a deployment stands last, where a terminal leaves the eye.
_STATES = ("accepted", "noted", "refused")
_STYLES = {"fault": "red", "refused": "red", "noted": "yellow", "accepted": "dim"}


def check(console: Console, stack: str | None) -> None:
    """Show what the plans promise and whether they keep it; write build/check.json. Stop, with
    exit status 1, where something cannot stand."""
    report = report_on(chosen(PROJECT, stack))
    BUILD.mkdir(exist_ok=True)
    text = json.dumps(report.as_data(), indent=2) + "\n"
    (BUILD / "check.json").write_text(text, encoding="utf-8")
    for each in report.stacks:
        show(console, each)
    refuse_unknown_names(report)
    if not report.ok:
        refused = ", ".join(each.file for each in report.stacks if not each.ok)
        raise Stop(f"{refused} cannot stand as written")


def report_on(
    stacks: Sequence[str], facts: EstateFacts | None = None, project: Path | None = None
) -> Report:
    """The check of some stacks' files; with ``facts``, what a deployment found in the estate."""
    return check_files((stack_file(project or PROJECT, stack) for stack in stacks), facts)


def refuse_broken(report: Report) -> None:
    """Stop, with every fault and refused finding, where a plan does not hold."""
    broken = Report(tuple(_what_stops(each) for each in report.stacks if not each.ok))
    if broken.stacks:
        raise Stop("\n".join(["nothing was started: a plan does not hold", *lines(broken)]))


def refuse_unknown_names(report: Report, project: Path | None = None) -> None:
    """Stop where a plan names an alert, or something to be taken over, that nothing declares.

    What there is is known once everything is declared: an engine would have begun by then.
    """
    from tools.upkeep.declared import declared

    for each in report.stacks:
        if each.ok and each.names_declared:
            declared(stack_file(project or PROJECT, each.stack))


def _what_stops(report: StackReport) -> StackReport:
    """A report without what is merely noted or accepted, which would hide what stops."""
    refused = tuple(finding for finding in report.findings if finding.refused)
    return replace(report, proof=replace(report.proof, findings=refused))


def show(console: Console, report: StackReport) -> None:
    """One stack's report for a person."""
    verdict = Text(" holds", "green") if report.ok else Text(" cannot stand as written", "red")
    console.print(Text(report.file, "bold") + verdict, highlight=False)
    data = report.as_data()
    promises = objectives.all_of(data)
    if promises:
        console.print(Padding(objectives.shown(promises), (0, 0, 0, 2), expand=False))
    marks = [note for note in objectives.notes(promises) if not note.startswith("*")]
    figures = [
        *(f"* assumed: {figure}" for figure in objectives.assumed(promises)),
        *(f"measured: {figure}" for figure in objectives.measured(promises)),
    ]
    price = [f"protection costs {costs.estimate(data['costs'])}"] if promises else []
    for figure in [*marks, *figures, *price]:
        console.print(Padding(Text(figure, "dim"), (0, 0, 0, 2), expand=False), highlight=False)
    if rows := data["coverage"]:
        console.print(Padding(service_coverage.shown(rows), (0, 0, 0, 2), expand=False))
    for reason in service_coverage.exemptions(rows):
        console.print(Padding(Text(reason, "dim"), (0, 0, 0, 2), expand=False), highlight=False)
    # Where something cannot stand, that is what the eye looks for.
    for entry in data["substitutes"] if report.ok else ():
        instead = f"instead of {entry['for']}: {entry['by']} ({entry['because']})"
        console.print(Padding(Text(instead, "dim"), (0, 0, 0, 2), expand=False), highlight=False)
    said: list[tuple[str, str]] = []
    for entry in data["tuned"]:
        said.append(("tuned", f"{entry['alert']}: {entry['says']} until {entry['until']}"))
        said.append(("", f"because: {entry['because']}"))
    for finding in sorted(report.findings, key=lambda each: _STATES.index(each.state)):
        text = f"{finding.at}: {finding.says}" if finding.accepted else str(finding)
        said.append((finding.state, text))
        if finding.accepted:
            said.append(("", f"because: {finding.because}"))
    said += [("fault", str(fault)) for fault in report.faults]
    # What goes on in the next line stands below itself, not below the state.
    grid = Table.grid(padding=(0, 0, 0, 0))
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(overflow="fold")
    for state, text in said:
        grid.add_row(Text(state, _STYLES.get(state, "dim")), Text(text, "" if state else "dim"))
    if said:
        console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    console.print()
