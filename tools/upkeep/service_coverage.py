"""What every service has of all that a service must have, as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_upkeep.plan.services import ASPECTS
from rich.table import Table
from rich.text import Text

from tools.upkeep.fitting import Fitting

Row = Mapping[str, Any]
"""One of ``coverage`` in build/check.json."""


def shown(rows: Sequence[Row]) -> Fitting:
    """The table, or where it has no room a few lines for each service."""
    made = table(rows)
    saturation = 1 + ASPECTS.index("saturation")
    words = [word for cell in made.columns[saturation].cells for word in str(cell).split(" ")]
    return Fitting(made, least={saturation: max(map(len, words), default=0)})


def table(rows: Sequence[Row]) -> Table:
    """One row for each service, a column for each aspect."""
    result = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("service", *ASPECTS):
        result.add_column(column, overflow="fold")
    for row in rows:
        result.add_row(row["service"], *(_shown(cell) for cell in row["cells"]))
    return result


def exemptions(rows: Sequence[Row]) -> list[str]:
    """The reasons of the exemptions, a line each."""
    return [
        f"{row['service']} is exempt from {cell['aspect']} until {cell['until']}: {cell['by']}"
        for row in rows
        for cell in row["cells"]
        if cell["state"] == "exempt"
    ]


def _shown(cell: Mapping[str, Any]) -> Text:
    if cell["state"] == "missing":
        return Text("missing", "red")
    if cell["state"] == "exempt":
        return Text("exempt", "yellow")
    # Shorter than in the report: which checks, and on what, stands in the plan.
    checks = cell["by"].split(", ")
    if cell["aspect"] == "uptime" and len(checks) > 1:
        return Text(f"{len(checks)} checks")
    return Text(cell["by"].removeprefix("above ").partition(" of ")[0])
