"""Prod once more as a whole: ``pulumi preview`` through the engine, against the sandbox."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import BenchError, Cost, children_cpu, environment, in_turns

if TYPE_CHECKING:
    from tools.upkeep.pulumi import Result

_RAW_PROJECT = """\
name: bynomi
runtime: python
"""
_RAW_PROGRAM = """\
from bench.raw import declare_file

declare_file({path!r})
"""


def costs(
    registrations: Path, folder: Path, rounds: int, done: Callable[[], None]
) -> dict[str, Cost]:
    """The median costs of both sides; ``registrations`` is what raw declares.

    Raises ``BenchError`` where a preview fails, or the two do not plan the same steps.
    """
    with _sides(registrations, folder) as sides:
        planned = {side: _steps(run()) for side, run in sides.items()}
        if planned["ours"] != planned["raw"]:
            odd = sorted(set(planned["ours"]) ^ set(planned["raw"]))
            raise BenchError("\n".join(["the previews differ:", *map(str, odd)]))
        return in_turns({side: _timed(run) for side, run in sides.items()}, rounds, done)


@contextmanager
def _sides(registrations: Path, folder: Path) -> Iterator[dict[str, Callable[[], str]]]:
    # Imported here: none of it is needed to measure programs alone.
    from sandbox.server import running_sandbox
    from tools.upkeep import settings
    from tools.upkeep.engine import engine
    from tools.upkeep.paths import PROJECT
    from tools.upkeep.pulumi import Pulumi

    raw_project = folder / "raw"
    raw_project.mkdir()
    (raw_project / "Pulumi.yaml").write_text(_RAW_PROJECT, encoding="utf-8")
    program = _RAW_PROGRAM.format(path=str(registrations))
    (raw_project / "__main__.py").write_text(program, encoding="utf-8")

    with running_sandbox(state=folder / "sandbox.json") as addresses:
        cloud = {**addresses.environment, "PYTHONPATH": environment()["PYTHONPATH"]}
        ours = Pulumi(engine(), folder / "state", cloud, PROJECT)
        raw = Pulumi(engine(), folder / "state", cloud, raw_project)
        file = settings.prepare(ours, "prod")

        def preview(pulumi: Pulumi) -> str:
            arguments: list[str | Path] = ["--stack", "prod", "--config-file", file, "--json"]
            result = pulumi.run("preview", *arguments, check=False)
            if result.code:
                raise BenchError("\n".join(["pulumi preview failed:", *_complaints(result)]))
            return result.stdout

        yield {"ours": lambda: preview(ours), "raw": lambda: preview(raw)}


def _timed(run: Callable[[], object]) -> Callable[[], Cost]:
    def timed() -> Cost:
        cpu, started = children_cpu(), time.perf_counter()
        run()
        return Cost(time.perf_counter() - started, children_cpu() - cpu)

    return timed


def _complaints(result: "Result") -> list[str]:
    """What a failed preview says, without all that it planned."""
    try:
        said = json.loads(result.stdout).get("diagnostics", [])
    except ValueError:
        return [result.stdout, result.stderr]
    errors = [each["message"].strip() for each in said if each["severity"] == "error"]
    return errors or [result.stderr]


def _steps(output: str) -> list[tuple[str, str]]:
    """What a preview would do to which resource, sorted."""
    steps: list[dict[str, Any]] = json.loads(output)["steps"]
    return sorted((step["op"], step["urn"]) for step in steps)
