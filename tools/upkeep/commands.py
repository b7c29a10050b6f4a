"""The commands by name. What a command needs is imported when it runs: the check is quick."""

import contextlib
import os
import sys
from pathlib import Path
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
    except OSError as error:
        # A file of the reader's, by its name; what names none is a fault of ours.
        if error.filename is None:
            raise
        click.echo(f"upkeep: {error.filename}: {error.strerror}", err=True)
        return 1
    except Exception as error:
        if (refused := _of_the_account(error)) is None:
            raise
        click.echo(f"upkeep: {refused}", err=True)
        return 1
    return 0


def _of_the_account(error: Exception) -> str | None:
    """What AWS, or the way to it, answered, with what helps; None where it is something else."""
    # Nothing of it can be raised by what was never imported, and the check is quick without it.
    if "botocore" not in sys.modules:
        return None
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        return (
            f"AWS refused {error.operation_name}: {said.get('Message') or said.get('Code')}; "
            "look at AWS_PROFILE, and at what its role may do"
        )
    if isinstance(error, BotoCoreError):
        return (
            f"AWS was not reached: {' '.join(str(error).split())}; set AWS_PROFILE, or sign in "
            "with `aws sso login`"
        )
    return None


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
@click.option("--file", type=click.Path(path_type=Path, exists=True), help="another stack file")
def up(stack: str | None, keep: bool, file: Path | None) -> None:
    """Deploy into the sandbox: staging, then prod, or STACK alone."""
    from tools.upkeep.up import up as run

    run(_console(), stack, keep=keep, file=file)


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
@click.option("--real", is_flag=True, help="of the account whose credentials are set")
@click.option(
    "--declared",
    type=click.Path(dir_okay=False, path_type=Path),
    help="only write what the stack files declare into this file",
)
def coverage(real: bool, declared: Path | None) -> None:
    """Show every clause of both plans, and what keeps it."""
    from tools.upkeep import coverage as account

    if declared is None:
        account.coverage(_console(), real=real)
    else:
        account.write_declared(declared)


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


@commands.command()
@click.argument("stack", required=False)
@click.option("--from", "start", help="a day, such as 2027-01-01; default: today")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a stack file from elsewhere",
)
@click.option("--all", "everything", is_flag=True, help="with backups, which run every day")
def calendar(stack: str | None, start: str | None, file: Path | None, everything: bool) -> None:
    """Show what happens in the next three months, and write a calendar to subscribe to."""
    from tools.upkeep.calendar import calendar as run

    run(_console(), stack, start, file, everything=everything)


@commands.command()
@click.argument("stack", required=False)
@click.option("--alert", help="an alert, or a part of its name; default all")
@click.option("--at", help="a time on the plan's clocks, such as '2027-03-14 03:00'; default now")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a stack file from elsewhere",
)
def page(stack: str | None, alert: str | None, at: str | None, file: Path | None) -> None:
    """Show who would be woken by an alert, and when."""
    from tools.upkeep.page import page as run

    run(_console(), alert, at, stack, file)


@commands.command()
@click.argument("stack", required=False)
@click.option("--at", help="a day or a time on the plan's clocks; default: now")
@click.option("--file", type=click.Path(path_type=Path), help="a stack file from elsewhere")
@click.option("--since", help="the day the plan came into force; default: long ago")
@click.option("--maintenance", multiple=True, help="orders=sun:09:30-sun:10:00, in UTC")
def restorable(
    stack: str | None,
    at: str | None,
    file: Path | None,
    since: str | None,
    maintenance: tuple[str, ...],
) -> None:
    """Show what could be restored on a given day."""
    from tools.upkeep.restorable import restorable as run

    run(_console(), stack, at or None, file, since or None, maintenance)


@commands.command()
@click.argument("stack", required=False)
@click.option("--file", type=click.Path(path_type=Path), help="a stack file from elsewhere")
def dashboards(stack: str | None, file: Path | None) -> None:
    """Draw each environment's dashboard as a page."""
    from tools.upkeep.dashboards import dashboards as run

    run(_console(), stack, file)


@commands.command()
@click.argument("stack", required=False)
@click.option("--file", type=click.Path(path_type=Path, exists=True), help="another stack file")
def handbook(stack: str | None, file: Path | None) -> None:
    """Write the operations handbook as a site."""
    from tools.upkeep.handbook.site import handbook as run

    run(_console(), stack, file)


@commands.command()
@click.argument("stack", required=False)
def runbooks(stack: str | None) -> None:
    """Write the pages of runbooks and alerts."""
    from tools.upkeep.runbook_pages import runbooks as run

    run(_console(), stack)


@commands.command()
@click.argument("stack", required=False, default="prod")
@click.option("--head", help="head of the ledger that was noted earlier: 3:9f2c...")
@click.option("--real", is_flag=True, help="of the account whose credentials are set")
def evidence(stack: str, head: str | None, real: bool) -> None:
    """Verify and show the ledger of proofs."""
    from tools.upkeep.evidence import evidence as run

    run(_console(), stack, head, real=real)


@commands.command()
@click.argument("stack", required=False, default="prod")
@click.option("--real", is_flag=True, help="of the account whose credentials are set")
def reviews(stack: str, real: bool) -> None:
    """Say which incidents still owe their review."""
    from tools.upkeep.reviews import reviews as run

    run(_console(), stack, real=real)


@commands.command()
@click.argument("stack", required=False, default="prod")
@click.option("--route", default="", help="p0-us-east-1, as the test says")
@click.option("--code", default="", help="as the test says")
@click.option("--real", is_flag=True, help="in the account whose credentials are set")
def acknowledge(stack: str, route: str, code: str, real: bool) -> None:
    """Say that the test of a route was read."""
    from tools.upkeep.acknowledge import acknowledge as run

    run(_console(), stack, route, code, real=real)


@commands.command()
@click.argument("stack", required=False, default="prod")
@click.option("--real", is_flag=True, help="of the account whose credentials are set")
def export(stack: str, real: bool) -> None:
    """Write what is there already as text of the plan."""
    from tools.upkeep.export import export as run

    run(_console(), stack, real=real)


@commands.command()
@click.argument("scenario")
@click.argument("stack", required=False, default="prod")
@click.option("--plant", multiple=True, help="what must make it fail; see docs/reports.md")
def drill(scenario: str, stack: str, plant: tuple[str, ...]) -> None:
    """Play SCENARIO in a sandbox with real databases."""
    from tools.upkeep.drill import drill as run

    run(_console(), scenario, stack, plant)


@commands.command()
@click.argument("stack")
@click.option("--ledger", help="bucket of the stack's evidence")
@click.option("--due", is_flag=True, help="only say whether a drill is due today: yes or no")
def rehearse(stack: str, ledger: str | None, due: bool) -> None:
    """Rehearse in a real account what the plan's drills name."""
    from datetime import UTC, datetime

    import boto3

    from tools.upkeep import drill_rehearsal

    if due:
        click.echo("yes" if drill_rehearsal.due(stack, datetime.now(UTC)) else "no")
        return
    if not ledger:
        raise click.UsageError("--ledger: the stack's output `evidence`")
    drill_rehearsal.rehearse(_console(), stack, ledger, boto3.client)
