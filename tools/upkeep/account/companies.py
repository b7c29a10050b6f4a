"""The companies whose plans these are, and where their environments run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pulumi_upkeep.plan.yaml12 import parse_yaml

from tools.upkeep.account.repository import Repository
from tools.upkeep.account.seen import Facts, Seen, Stack
from tools.upkeep.paths import BUILD, PROJECT


@dataclass(frozen=True)
class Company:
    """Whose plan it is.

    plan     ``bynomi``
    stacks   the stack file of each of its environments
    """

    plan: str
    stacks: Mapping[str, Path]


COMPANIES = (
    Company("prize-draw", {"prod": PROJECT / "examples" / "prize-draw" / "Pulumi.prod.yaml"}),
    Company(
        "bynomi",
        {name: PROJECT / f"Pulumi.{name}.yaml" for name in ("prod", "staging")},
    ),
)

HANDBOOK = BUILD / "handbook"


def seen(company: Company, facts: Callable[[str, Path, str, Mapping[str, Any]], Facts]) -> Seen:
    """What is seen of a company by a reader.

    facts   of a stack, by its name, its file, what its things' names begin with, its chapters
    """
    stacks = {}
    for name, file in company.stacks.items():
        prefix, plan = f"{project(file)}-{name}-", chapters(file)
        stacks[name] = Stack(name, prefix, plan, facts(name, file, prefix, plan))
    pages = {name: handbook(file, name) for name, file in company.stacks.items()}
    return Seen(stacks, Repository(PROJECT, pages, company.stacks))


def handbook(file: Path, stack: str) -> Path:
    """Where the handbook of a stack file is written: ``make handbook`` has the same."""
    return HANDBOOK / (stack if file.parent == PROJECT else f"{file.parent.name}-{stack}")


def chapters(file: Path) -> dict[str, Any]:
    """The chapters of a stack file, as they are written."""
    config = parse_yaml(file.read_text(encoding="utf-8"), file.name)["config"]
    return {key.removeprefix("upkeep:"): value for key, value in config.items()}


def project(file: Path) -> str:
    """The project's name, with which its things' names begin; that of the folder without one."""
    beside = file.parent / "Pulumi.yaml"
    if not beside.exists():
        return file.parent.name
    return str(yaml.safe_load(beside.read_text(encoding="utf-8"))["name"])
