"""The clauses of both plans, with their figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.upkeep.paths import PROJECT

CLAUSES = PROJECT / "docs" / "plans" / "clauses.yaml"
FIGURES = Path(__file__).with_name("figures.yaml")

PLANS = ("prize-draw", "bynomi")


@dataclass(frozen=True)
class Clause:
    """One clause of a plan.

    id       ``BY-2.3``
    plan     ``bynomi`` or ``prize-draw``
    asks     what it asks for, in words
    answer   what must exist: ``resource``, ``workflow`` or ``document``
    entries  what answers it: paths of the stack file (``monitoring.alert_when``, those of staging's
             as ``staging:windows.weekly``), or a file of the repository with a ``/``
    figures  the clause's own, by name; what they mean stands beside them
    """

    id: str
    plan: str
    asks: str
    answer: str
    entries: tuple[str, ...]
    figures: Mapping[str, Any]


def clauses() -> tuple[Clause, ...]:
    """All of them, in the plans' order."""
    listed = yaml.safe_load(CLAUSES.read_text(encoding="utf-8"))["clauses"]
    figures = yaml.safe_load(FIGURES.read_text(encoding="utf-8"))
    return tuple(
        Clause(
            each["id"],
            each["plan"],
            each["asks"],
            each["answer"],
            tuple(figures[each["id"]]["entries"]),
            figures[each["id"]]["figures"],
        )
        for each in listed
    )
