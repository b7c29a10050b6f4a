"""``make down``: destroy the environments in the running sandbox; the estate stays."""

import json

from rich.console import Console

from tools.upkeep import local, settings
from tools.upkeep.deploy import prepared
from tools.upkeep.engine import engine
from tools.upkeep.only_one import only_one
from tools.upkeep.operation import operate
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.progress import short_type
from tools.upkeep.pulumi import Pulumi
from tools.upkeep.stop import Stop


def down(console: Console, stack: str | None) -> None:
    """Destroy one stack, or all in reverse. What is protected stays and is named."""
    addresses = local.running()
    if addresses is None:
        raise Stop("no sandbox is running, so there is nothing to destroy")
    with only_one(BUILD / "up.lock", "another `make up` or `make down` is running here"):
        pulumi = local.bound(engine(), addresses)
        for name in reversed(settings.chosen(PROJECT, stack)):
            file = prepared(console, pulumi, name)
            arguments = ["destroy", "--yes", "--skip-preview", "--exclude-protected"]
            done = operate(console, pulumi, name, file, arguments)
            gone = done.changes.get("delete", 0)
            console.print(f"{name}: {gone} resources destroyed", highlight=False)
            for kept in protected(pulumi, name):
                console.print(f"  kept, protected: {kept}", highlight=False, markup=False)


def protected(pulumi: Pulumi, stack: str) -> list[str]:
    """What is left in the state because it is protected."""
    state = json.loads(pulumi.run("stack", "export", "--stack", stack).stdout)
    return sorted(
        f"{short_type(resource['type'])} {resource['urn'].rpartition('::')[2]}"
        for resource in state["deployment"].get("resources") or []
        if resource.get("protect")
    )
