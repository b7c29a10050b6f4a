"""What was measured: as data, as a table on the terminal, and as the table of docs/speed.md."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from platform import python_version
from typing import Any

from rich.table import Table

from bench.measure import Cost, ratios

VERSION = 1
# Ours divided by raw, at most.
GOALS = {
    "prod.time_ratio": 1 / 4,
    "prod.memory_ratio": 1 / 3,
    "scale.1000.time_ratio": 1.0,
}
# Time per further service, among the most services, over the same among fewer: 1 is a straight
# line. What is above is the machine's noise, up to this.
STRAIGHT = 1.5
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


@dataclass(frozen=True)
class Compared:
    """Both sides of one plan; ``resources`` are as many on either."""

    resources: int
    ours: Cost
    raw: Cost
    preview: Mapping[str, Cost] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Ratios first: they alone mean something on another machine."""
        found = ratios(self.ours, self.raw)
        data: dict[str, Any] = {
            "resources": self.resources,
            "time_ratio": _short(found.time),
            "cpu_ratio": _short(found.cpu),
            "memory_ratio": _short(found.memory or 0.0),
        }
        medians: dict[str, Any] = {"ours": _cost(self.ours), "raw": _cost(self.raw)}
        if self.preview:
            whole = ratios(self.preview["ours"], self.preview["raw"])
            data["preview_ratio"] = _short(whole.time)
            data["preview_cpu_ratio"] = _short(whole.cpu)
            medians["preview"] = {side: _cost(cost) for side, cost in self.preview.items()}
        return data | {"medians": medians}


def as_data(prod: Compared, scale: Mapping[int, Compared]) -> dict[str, Any]:
    """The whole result; see docs/speed.md for its shape."""
    return {
        "version": VERSION,
        "note": "Ratios are ours divided by raw. Medians are of this machine and mean nothing on "
        "another one: seconds, processor seconds, MiB.",
        "versions": {
            "python": python_version(),
            **{name: version(name) for name in ("pulumi", "pulumi-aws", "pulumi-datadog")},
        },
        "goals": {goal: _short(limit) for goal, limit in GOALS.items()},
        "prod": prod.as_data(),
        "scale": {str(count): each.as_data() for count, each in scale.items()},
        "growth": _growth(scale),
    }


def _growth(scale: Mapping[int, Compared]) -> dict[str, float]:
    """Processor time per further service at the top of the scale over that below it, per side."""
    if len(scale) < 3:
        return {}
    low, middle, high = sorted(scale)[-3:]

    def per_service(side: str, fewer: int, more: int) -> float:
        costs = [getattr(scale[count], side).cpu_seconds for count in (fewer, more)]
        return float(costs[1] - costs[0]) / (more - fewer)

    return {
        side: _short(per_service(side, middle, high) / per_service(side, low, middle))
        for side in ("ours", "raw")
    }


def missed(data: Mapping[str, Any]) -> Iterator[str]:
    """The goals that were measured and not reached."""
    for goal, limit in GOALS.items():
        found: Any = data
        for part in goal.split("."):
            found = found.get(part, {})
        if found != {} and found > limit:
            yield f"{goal} is {found}, at most {limit:.2f} is the goal"
    if (growth := data["growth"].get("ours", 0)) > STRAIGHT:
        yield f"growth is not linear: a further service costs {growth} times as much at the end"


def rows(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """What is compared, how many resources, and the ratios of time, processor time and memory."""
    prod = data["prod"]
    yield _row("prod, the program", prod)
    if "preview_ratio" in prod:
        yield (
            "prod, `pulumi preview` as a whole",
            f"{prod['resources']:,}",
            f"{prod['preview_ratio']:.2f}",
            f"{prod['preview_cpu_ratio']:.2f}",
            "",
        )
    for count, each in data["scale"].items():
        yield _row(f"{int(count):,} monitored services", each)


def _row(what: str, each: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    numbers = [f"{each[name]:.2f}" for name in ("time_ratio", "cpu_ratio", "memory_ratio")]
    return what, f"{each['resources']:,}", numbers[0], numbers[1], numbers[2]


HEADINGS = ("ours / raw", "resources", "time", "processor time", "peak memory")


def table(data: Mapping[str, Any]) -> Table:
    """For the terminal."""
    shown = Table(*HEADINGS, title="Ours divided by raw: below 1 is better")
    for column in shown.columns[1:]:
        column.justify = "right"
    for row in rows(data):
        shown.add_row(*row)
    return shown


def markdown(data: Mapping[str, Any]) -> str:
    """For the docs: ratios only."""
    lines = [HEADINGS, ("---", "---:", "---:", "---:", "---:"), *rows(data)]
    text = "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)
    if growth := data["growth"]:
        text += (
            "\n\nProcessor time per further service, from 100 to 1,000 over that from 10 to 100: "
            f"{growth['ours']:.2f} for ours, {growth['raw']:.2f} for raw; 1 is a straight line."
        )
    packages = ", ".join(f"{name} {number}" for name, number in data["versions"].items())
    return f"{text}\n\nMeasured with {packages}."


def written_into(page: str, data: Mapping[str, Any]) -> str:
    """A page with the table between its markers; ``ValueError`` where it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} and {END} there")
    return f"{before}{BEGIN}\n{markdown(data)}\n{END}{after}"


def _cost(cost: Cost) -> dict[str, float]:
    return {name: _short(value) for name, value in asdict(cost).items() if value is not None}


def _short(number: float) -> float:
    return round(number, 3)
