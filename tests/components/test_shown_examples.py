"""Every component has an example in components/README.md, and every example declares something."""

import ast
import re
import sys
from pathlib import Path
from types import ModuleType

import pulumi
import pulumi_upkeep
import pytest

from tests.components.recovery import ANSWERS, IDENTITY
from tests.components.support import ACCOUNT, Estate, Recording, deploy

README = Path(pulumi_upkeep.__file__).parents[1] / "README.md"
# What the others import: the block that says so in its first line.
SHARED = "# alerts.py\n"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
COMPONENTS = [name for name in pulumi_upkeep.__all__ if f"{name}Args" in pulumi_upkeep.__all__]
# As much as fits on a screen: `IncidentResponse` needs most of it.
LONGEST = 32
SECRETS = {"shop:adasPhone": "+12065550100", "shop:trackerToken": "made-up"}


# Those of Datadog's that the example of `DatadogAccess` comes to.
PERMISSIONS = (
    "incident_read",
    "incident_write",
    "monitors_read",
    "notebooks_read",
    "slos_read",
    "synthetics_read",
)
ESTATE: Estate = {
    **IDENTITY,
    "datadog:index/getPermissions:getPermissions": lambda _: {
        "permissions": {name: f"id-of-{name}" for name in PERMISSIONS}
    },
}


def made(block: str) -> set[str]:
    """The components that a program makes."""
    called = {
        node.func.id
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return called & set(COMPONENTS)


EXAMPLES = [pytest.param(name, block, id=name) for block in BLOCKS for name in sorted(made(block))]


def run(block: str, *, preview: bool) -> Recording:
    """What an example registers, with the file that it imports beside it."""
    (shared,) = [each for each in BLOCKS if each.startswith(SHARED)]

    def program() -> None:
        pulumi.runtime.set_all_config(SECRETS, list(SECRETS))
        alerts = ModuleType("alerts")
        exec(compile(shared, "alerts.py", "exec"), alerts.__dict__)
        if block != shared:
            with pytest.MonkeyPatch.context() as patch:
                patch.setitem(sys.modules, "alerts", alerts)
                exec(compile(block, "example.py", "exec"), {})

    return deploy(program, preview=preview, project="shop", answers=ANSWERS, estate=ESTATE)


def test_every_component_has_one_short_example() -> None:
    shown = [name for block in BLOCKS for name in made(block)]
    assert sorted(shown) == sorted(COMPONENTS)
    assert [block for block in BLOCKS if len(block.splitlines()) > LONGEST] == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "block"), EXAMPLES)
def test_an_example_declares_its_component(name: str, block: str) -> None:
    for preview in (False, True):
        recording = run(block, preview=preview)
        parents = {each.parent.partition("::")[0] for each in recording.registrations}
        # The tiers of an Escalation are components of their own.
        below = "OnCall" if name == "Escalation" else name
        assert recording.of(f"upkeep:index:{name}")
        assert f"upkeep:index:{below}" in parents


@pytest.mark.slow
def test_another_teams_page_counts_what_its_stack_declares() -> None:
    folder = README.parents[1] / "examples" / "another-team"
    database = {
        "dbInstanceIdentifier": "orders",
        "dbInstanceArn": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders",
        "dbSubnetGroup": "shop",
        "vpcSecurityGroups": ["sg-1"],
    }

    def program() -> None:
        pulumi.runtime.set_all_config({"reporting:database": "orders"}, [])
        exec(
            compile((folder / "__main__.py").read_text(encoding="utf-8"), "__main__.py", "exec"), {}
        )

    there: Estate = {**IDENTITY, "aws:rds/getInstance:getInstance": lambda _: database}
    recording = deploy(program, project="reporting", answers=ANSWERS, estate=there)
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert f"It makes {len(recording.children())} resources" in page
