"""The commands by name. What a command needs is imported when it runs: the check is quick."""

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

from tools.upkeep.stop import Stop

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS_OF_A_LOG = 120


def main() -> int:
    """Run a command; its exit status: 0, or 1 with a readable reason."""
    try:
        commands.main(standalone_mode=False)
    except Stop as stop:
        click.echo(f"upkeep: {stop}", err=True)
        return stop.code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not complain while it ends.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def _console() -> "Console":
    from rich.console import Console

    # A log has no width of its own, and 80 columns would break the tables.
    return Console(width=None if sys.stdout.isatty() else _COLUMNS_OF_A_LOG)


@click.group()
def commands() -> None:
    """Upkeep's front door."""


@commands.command()
@click.argument("stack", required=False)
@click.option("--keep", is_flag=True, help="leave the sandbox running until Ctrl-C")
def up(stack: str | None, keep: bool) -> None:
    """Deploy into the sandbox: staging, then prod, or STACK alone."""
    from tools.upkeep.up import up as run

    run(_console(), stack, keep=keep)


@commands.command()
@click.argument("stack", required=False)
def preview(stack: str | None) -> None:
    """Show what a deployment would change."""
    from tools.upkeep.preview import preview as run

    run(_console(), stack)


@commands.command()
@click.argument("stack", required=False)
def down(stack: str | None) -> None:
    """Destroy what was deployed into the running sandbox."""
    from tools.upkeep.down import down as run

    run(_console(), stack)


@commands.command()
@click.argument("stack", required=False)
def check(stack: str | None) -> None:
    """Prove the plans, without engine or cloud."""
    from tools.upkeep.check import check as run

    run(_console(), stack)


@commands.command()
def engine() -> None:
    """Find the Pulumi engine, or build it, and say which it is."""
    from tools.upkeep.engine import engine as find

    found = find()
    click.echo(f"pulumi {found.version}: {found.pulumi}")


@commands.command()
def schema() -> None:
    """Write the generated files anew."""
    from tools.upkeep.generated import write_all

    for path in write_all():
        click.echo(path)
