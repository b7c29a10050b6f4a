"""``python -m bench``: the stack's program against the same resources declared raw.

Writes build/bench.json and shows the ratios; exit status 1 where a goal is missed.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench import plans, preview, report
from bench.measure import ROOT, BenchError
from bench.programs import Pair

RESULT = ROOT / "build" / "bench.json"
PAGE = ROOT / "docs" / "speed.md"
# Runs of each side: enough for a median that a busy machine does not move. A thousand services
# take minutes, beside which its noise is small.
PROD_ROUNDS, PREVIEW_ROUNDS = 9, 3
SCALE_ROUNDS = {10: 3, 100: 3, 1000: 1}
QUICK_ROUNDS = 2


def main(arguments: list[str]) -> int:
    """Measures; 0, or 1 with the reason."""
    options = _options(arguments)
    console = Console(stderr=True)
    scale = {10: QUICK_ROUNDS} if options.quick else SCALE_ROUNDS
    prod = QUICK_ROUNDS if options.quick else PROD_ROUNDS
    try:
        data = _measured(console, prod, scale, 0 if options.quick else PREVIEW_ROUNDS)
    except BenchError as error:
        console.print(f"bench: {error}", style="red", markup=False, highlight=False)
        return 1
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    if options.write_docs:
        page = report.written_into(PAGE.read_text(encoding="utf-8"), data)
        PAGE.write_text(page, encoding="utf-8")
    Console().print(report.table(data))
    misses = list(report.missed(data))
    for miss in misses:
        console.print(miss, style="red", highlight=False)
    return 1 if misses else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="only the program of prod and of 10 services"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="write the table of docs/speed.md anew"
    )
    options = parser.parse_args(arguments)
    if options.quick and options.write_docs:
        parser.error("--write-docs needs the whole measurement, not --quick")
    return options


def _measured(
    console: Console, prod_rounds: int, scale_rounds: dict[int, int], preview_rounds: int
) -> dict[str, object]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with (
        TemporaryDirectory(prefix="upkeep-bench-") as name,
        Progress(*columns, console=console) as progress,
    ):
        folder = Path(name)

        def shown(what: str, rounds: int) -> Callable[[], None]:
            task = progress.add_task(what, total=2 * rounds)
            return lambda: progress.advance(task)

        done = shown("prod, the program", prod_rounds)
        pair = Pair(plans.prod(), folder, "prod")
        program = pair.costs(prod_rounds, done)
        scale = {}
        for count, rounds in scale_rounds.items():
            done = shown(f"{count:,} monitored services", rounds)
            services = Pair(plans.of_services(count), folder, f"services-{count}")
            costs = services.costs(rounds, done)
            scale[count] = report.Compared(services.resources, costs["ours"], costs["raw"])
        # Last, because it makes this process larger than the programs that it measures.
        whole = {}
        if preview_rounds:
            done = shown("prod, `pulumi preview`", preview_rounds)
            whole = preview.costs(pair.registrations, folder, preview_rounds, done)
        prod = report.Compared(pair.resources, program["ours"], program["raw"], whole)
        return report.as_data(prod, scale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
