"""The same plan gives the same bytes, and nothing that Datadog would bend by itself."""

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi_upkeep.plan.yaml12 import parse_yaml

from tools.upkeep.declared import MONITOR, SYNTHETIC_TEST, Declaration, declared

ROOT = Path(__file__).parents[2]
# A process that runs the whole program takes seconds.
pytestmark = pytest.mark.slow

PLANS = ("Pulumi.prod.yaml", "Pulumi.staging.yaml", "examples/prize-draw/Pulumi.prod.yaml")


@pytest.fixture(scope="module", params=PLANS)
def plan(request: pytest.FixtureRequest) -> Path:
    return ROOT / str(request.param)


@pytest.fixture(scope="module")
def found(plan: Path) -> Declaration:
    return declared(plan)


def test_the_order_of_the_plans_words_changes_nothing(
    plan: Path, found: Declaration, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f"name: {_project(plan)}\n", encoding="utf-8")
    mixed = _shuffled(_typed(plan), random.Random(7))
    assert list(mixed["config"]) != list(_typed(plan)["config"])
    other = tmp_path / plan.name
    other.write_text(yaml.safe_dump(mixed, sort_keys=False), encoding="utf-8")
    assert declared(other).resources == found.resources


def _typed(plan: Path) -> dict[str, Any]:
    """The file as the engine reads it: clock times and dates stay text."""
    document = parse_yaml(plan.read_text(encoding="utf-8"), plan.name)
    assert isinstance(document, dict)
    return document


def _project(plan: Path) -> str:
    return "bynomi" if plan.parent == ROOT else plan.parent.name


def _shuffled(value: Any, chance: random.Random) -> Any:
    """Mappings in another order; in lists the order may mean something."""
    if isinstance(value, Mapping):
        keys = list(value)
        chance.shuffle(keys)
        return {key: _shuffled(value[key], chance) for key in keys}
    return [_shuffled(each, chance) for each in value] if isinstance(value, list) else value


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, f"{path}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, f"{path}[{index}]")


def test_datadog_keeps_every_text_as_it_is_sent(found: Declaration) -> None:
    """It strips texts and joins lines; both would show as a change in every preview."""
    bent = [
        f"{name}{path}"
        for type_ in (MONITOR, SYNTHETIC_TEST)
        for name, each in found.of(type_).items()
        for path, text in _texts(each.props, "")
        # The script of a browser test and the body of a request are sent as they are.
        if not path.endswith((".body", ".params.code"))
        and (text != text.strip() or "\n" in text or "  " in text)
    ]
    assert bent == []


def test_tags_are_sorted_single_and_as_datadog_writes_them(found: Declaration) -> None:
    for each in found.resources:
        if not each.type.startswith("datadog:"):
            continue
        tags = each.props.get("tags") or []
        if isinstance(tags, list):
            assert tags == sorted(set(tags)), each.name
            # Datadog writes them small, at most 200 characters, and bends what else there is.
            assert [
                tag for tag in tags if not re.fullmatch(r"[a-z][a-z0-9_\-:./]{0,199}", tag)
            ] == []


def test_numbers_are_texts_as_datadog_writes_them(found: Declaration) -> None:
    for name, each in found.of(MONITOR).items():
        for threshold in (each.props.get("monitorThresholds") or {}).values():
            assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", threshold), name
