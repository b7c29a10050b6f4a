"""One stack, deployed into a sandbox: what was left half done first, then the deployment."""

from pathlib import Path

from rich.console import Console

from tools.upkeep import settings
from tools.upkeep.interrupted import put_in_order
from tools.upkeep.operation import Operated, operate
from tools.upkeep.pulumi import Pulumi


def deploy(console: Console, pulumi: Pulumi, stack: str) -> Operated:
    """Finish what an earlier run left, then deploy. Stop where it fails."""
    file = prepared(console, pulumi, stack)
    return operate(console, pulumi, stack, file, ["up", "--yes", "--skip-preview"])


def prepared(console: Console, pulumi: Pulumi, stack: str) -> Path:
    """The stack's settings for the sandbox, its state in order."""
    file = settings.prepare(pulumi, stack)
    for done in put_in_order(pulumi, stack, file):
        console.print(f"{stack}: {done}", highlight=False, markup=False)
    return file
