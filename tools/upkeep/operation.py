"""One operation of the engine on one stack, watched by a person: up, preview, destroy."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tools.upkeep.progress import Watch
from tools.upkeep.pulumi import Pulumi, Result
from tools.upkeep.stop import Stop


@dataclass(frozen=True)
class Operated:
    """What an operation did. ``changes``: how many resources by what happened to them (create,
    update, delete, same, ...); ``output``: what Pulumi printed."""

    changes: dict[str, int]
    warnings: list[str]
    output: str


def operate(
    console: Console, pulumi: Pulumi, stack: str, settings: Path, arguments: Sequence[str]
) -> Operated:
    """Run ``pulumi <arguments>`` on a stack. Stop with the program's, or the cloud's, own words
    where it fails."""
    with Watch(console, f"{stack}: {arguments[0]}") as watch:
        result = pulumi.watch(*arguments, "--stack", stack, "--config-file", settings, heard=watch)
    if result.code:
        raise Stop("\n".join(_reasons(watch, result, stack)))
    for warning in watch.warnings:
        console.print(f"{stack}: {warning}", style="yellow", highlight=False, markup=False)
    return Operated(dict(watch.changes), watch.warnings, result.stdout)


def _reasons(watch: Watch, result: Result, stack: str) -> list[str]:
    if watch.errors:
        return [f"{stack} was not finished:", *watch.errors]
    if result.code > 128:
        return [f"{stack} was not finished: the engine was ended by signal {result.code - 128}"]
    # Nothing came through the events: the engine stopped before it began.
    said = (result.stderr or result.stdout).strip().splitlines()
    lines = [line.removeprefix("error: ") for line in said if line.strip()]
    return [f"{stack} was not started:", *(lines or ["the Pulumi engine ended without a word"])]
