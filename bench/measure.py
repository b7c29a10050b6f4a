"""Whole processes, measured from outside: time, processor time and peak memory."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile

ROOT = Path(__file__).parent.parent
# Nothing of a real account, and nothing that changes what Pulumi does. Packages are compiled when
# they are installed: what is run from its sources keeps its byte code, too, from the first run on.
_LEFT_OUT = ("AWS_", "DD_", "DATADOG_", "PULUMI_", "PYTHONDONTWRITEBYTECODE")
# The kernel counts in KiB, on macOS in bytes.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class BenchError(Exception):
    """The benchmark cannot go on; the message says why."""


@dataclass(frozen=True)
class Cost:
    """What a run cost: wall-clock and processor seconds, peak of resident memory in MiB.

    Processor seconds are those of all threads, in user and in kernel mode. Memory is None where
    several processes took part.
    """

    seconds: float
    cpu_seconds: float
    memory_mib: float | None = None


@dataclass(frozen=True)
class Ratios:
    """Ours divided by raw; below 1 is better."""

    time: float
    cpu: float
    memory: float | None


def ratios(ours: Cost, raw: Cost) -> Ratios:
    """The ratios of two costs."""
    memory = None
    if ours.memory_mib is not None and raw.memory_mib is not None:
        memory = ours.memory_mib / raw.memory_mib
    return Ratios(ours.seconds / raw.seconds, ours.cpu_seconds / raw.cpu_seconds, memory)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure by itself."""
    memory = [cost.memory_mib for cost in costs if cost.memory_mib is not None]
    return Cost(
        median(cost.seconds for cost in costs),
        median(cost.cpu_seconds for cost in costs),
        median(memory) if memory else None,
    )


def in_turns(
    sides: Mapping[str, Callable[[], Cost]], rounds: int, done: Callable[[], None]
) -> dict[str, Cost]:
    """The median cost of each side. They take turns, so that a busy machine hits both alike."""
    costs: dict[str, list[Cost]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, run in sides.items():
            costs[side].append(run())
            done()
    return {side: middle(each) for side, each in costs.items()}


def worker(*arguments: str | Path) -> tuple[Cost, str]:
    """Runs ``python -m bench.worker`` with the arguments; its cost and the last line it printed.

    Raises ``BenchError`` with its own words where it fails.
    """
    command = [sys.executable, "-m", "bench.worker", *map(str, arguments)]
    with TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=said, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().strip().splitlines()
    if process.returncode:
        raise BenchError("\n".join([" ".join(command), *lines[-20:]]))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if usage.ru_maxrss <= own:
        # A process starts with the peak of the one that started it in its books.
        raise BenchError("this process is larger than what it measures")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(seconds, cpu, usage.ru_maxrss * _PEAK_UNIT / 1024**2), lines[-1]


def environment() -> dict[str, str]:
    """The environment of everything that is measured."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(_LEFT_OUT)}
    return inherited | {"PYTHONPATH": os.pathsep.join([str(ROOT / "components"), str(ROOT)])}


def children_cpu() -> float:
    """Processor seconds of all processes that were started from here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
