"""A drill's result for people: a table on the terminal, and a self-contained HTML page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.upkeep.drill_result import Result

_TEMPLATE = Path(__file__).with_name("drill.html.j2")
# A drill's bars need some length to be drawn on.
_SHORTEST = 0.1


def page(result: Result) -> str:
    """The page's HTML."""
    drill = result.document()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    spans = {
        run["id"]: _span([step for step in drill["steps"] if step["execution"] == run["id"]])
        for run in drill["executions"]
    }
    return template.render(
        drill=drill,
        first={name: begin for name, (begin, _) in spans.items()},
        length={name: max(end - begin, _SHORTEST) for name, (begin, end) in spans.items()},
    )


def _span(steps: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    begun = [step["started"] for step in steps if step["started"] is not None]
    ended = [
        step["started"] + (step["seconds"] or 0.0) for step in steps if step["started"] is not None
    ]
    return min(begun, default=0.0), max(ended, default=0.0)


def show(console: Console, result: Result) -> None:
    """The verdict, what had to hold, and the figures."""
    verdict = "passed" if result.passed else "did not pass"
    console.print()
    console.print(
        Text(f"drill {result.scenario} on {result.stack}: ", style="bold").append(
            verdict, style="green" if result.passed else "red"
        )
    )
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    for check in result.checks:
        mark = Text("holds", style="green") if check.passed else Text("does not", style="red")
        table.add_row(mark, check.name, Text(check.found, style="dim"))
    console.print(table)
    people = [person for run in result.executions for person in run.people]
    console.print(
        f"  {len(result.acknowledged)} orders acknowledged, {len(result.lost)} lost"
        + (f" ({_numbers(sorted(result.lost))})" if result.lost else "")
        + f"; people were needed for {', '.join(people) if people else 'nothing'}",
        highlight=False,
    )
    console.print(
        "  simulated: AWS's own durations are not played, and no figure here is an objective's",
        style="dim",
        highlight=False,
    )


def _numbers(numbers: Sequence[int]) -> str:
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))
