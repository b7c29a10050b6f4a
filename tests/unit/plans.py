"""Plans for tests: the shipped stack files, and what becomes of them when a line is changed."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

from pulumi_upkeep.plan.check import StackReport, check_files
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs import BucketFacts, DatabaseFacts, EstateFacts, ServerFacts
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.plan.yaml12 import parse_yaml

ROOT = Path(__file__).parents[2]
PROD = ROOT / "Pulumi.prod.yaml"
STAGING = ROOT / "Pulumi.staging.yaml"


@cache
def prod() -> Plan:
    """The shipped plan for production."""
    return load_plan(PROD)


def chapters(path: Path = PROD) -> dict[str, Any]:
    """The chapters of a shipped stack file as plain data, to be changed at will."""
    return {
        key.removeprefix("upkeep:"): copy.deepcopy(value)
        for key, value in _config(path).items()
        if not is_secret(value)
    }


def secrets(path: Path = PROD) -> set[str]:
    """The names of the secrets of a shipped stack file."""
    return {key.removeprefix("upkeep:") for key, value in _config(path).items() if is_secret(value)}


@cache
def _config(path: Path) -> dict[str, Any]:
    config: dict[str, Any] = parse_yaml(path.read_text(encoding="utf-8"), path.name)["config"]
    return config


def is_secret(value: Any) -> bool:
    """Whether a value is one that Pulumi has encrypted."""
    return isinstance(value, dict) and set(value) == {"secure"}


def changed(folder: Path, *edits: tuple[str, str]) -> StackReport:
    """The check's report of the shipped production file with some texts replaced."""
    text = PROD.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text, f"not in {PROD.name}: {old}"
        text = text.replace(old, new)
    path = folder / PROD.name
    path.write_text(text, encoding="utf-8")
    (report,) = check_files([path]).stacks
    return report


def orders(**facts: Any) -> EstateFacts:
    """Facts of the database `orders` as the estate has it, with some of them changed."""
    known: dict[str, Any] = {
        "engine": "postgres",
        "version": "16.4",
        "instance_class": "db.r6g.large",
        "multi_az": True,
        "backup_retention": 7,
        "maintenance_window": "sun:09:30-sun:10:00",
        "storage": 100,
        "encrypted": True,
    }
    return EstateFacts({"orders": DatabaseFacts(**(known | facts))})


# What a deployment of production finds in the estate.
FOUND = EstateFacts(
    orders().databases,
    {"web": ServerFacts(zones=3)},
    {name: BucketFacts(versioned=True) for name in ("product-images", "user-uploads")},
)
