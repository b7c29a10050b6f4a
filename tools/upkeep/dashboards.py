"""``make dashboards``: each environment's dashboard as a page, in build/dashboards/.

For the pull request: what is declared is drawn where it will stand, with titles, thresholds, units
and queries. No data is asked for; every line is a sample, and says so.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_upkeep.plan import PlanError
from rich.console import Console

from tools.upkeep.dashboard_page import page
from tools.upkeep.declared import Declaration, declared
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

FOLDER = BUILD / "dashboards"
DASHBOARD = "datadog:index/dashboardJson:DashboardJson"


def dashboards(console: Console, stack: str | None, file: Path | None = None) -> None:
    """Write the page of one stack's dashboard, or of all; of a file elsewhere, of that one.

    Stop where a plan cannot be read, or declares no dashboard.
    """
    names = [file.parent.name] if file else chosen(PROJECT, stack)
    for name in names:
        path = file or stack_file(PROJECT, name)
        try:
            found = declared(path)
        except PlanError as error:
            raise Stop(str(error)) from None
        definitions = definitions_of(found)
        if not definitions:
            if stack or file:
                raise Stop(f"{path.name} declares no dashboard; add `upkeep:dashboards`")
            console.print(f"{path.name} declares no dashboard")
            continue
        FOLDER.mkdir(parents=True, exist_ok=True)
        for title, definition in definitions.items():
            called = name if len(definitions) == 1 else f"{name}-{title}"
            target = FOLDER / f"{called}.html"
            target.write_text(page(definition, found), encoding="utf-8")
            where = target.relative_to(PROJECT) if target.is_relative_to(PROJECT) else target
            console.print(f"{definition['title']}: {where}")


def definitions_of(found: Declaration) -> Mapping[str, Mapping[str, Any]]:
    """The dashboards' definitions by the names of their resources."""
    return {name: json.loads(each.props["dashboard"]) for name, each in found.of(DASHBOARD).items()}
