"""``make restorable``: what could be restored on a given day, from the plans alone.

    make restorable AT=2027-03-20 STACK=prod
    make restorable AT="2027-03-20 14:30" FILE=examples/prize-draw/Pulumi.prod.yaml

A table per stack; all recovery points in build/restorable-<stack>.json and the year before as a
picture in build/restorable-<stack>.html.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.database_maintenance import DatabaseMaintenance
from pulumi_upkeep.plan.read import StackFile, read_stack_file
from pulumi_upkeep.plan.recovery_points import Holding, NotTaken, RecoveryPoint, holdings
from pulumi_upkeep.plan.words import tell_duration
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tools.upkeep.fitting import Fitting
from tools.upkeep.objectives import short
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.restorable_page import page
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

# The shape of the file; docs/reports.md says it.
VERSION = 1
# How far back a gap is looked for: for yesterday, for the last weeks, and for all there is.
LOOKED_BACK = {"1 day": timedelta(days=1), "4 weeks": timedelta(weeks=4), "all": None}
_PLACES = {
    "home": "",
    "recovery": "copies",
    "account": "other account",
    "air_gapped": "air-gapped",
}
_REASONS = {
    "overlap": "the backup of `{instead}` is taken in its place, which is kept longer",
    "clocks": "the clocks skip that time",
    "lock": "the vault's lock refuses what is kept so long",
    "maintenance": "the database's own maintenance window is too near",
}


def restorable(
    console: Console,
    stack: str | None,
    at: str | None,
    file: Path | None = None,
    since: str | None = None,
    maintenance: Sequence[str] = (),
) -> None:
    """Show it for a stack, for all, or for one stack file. Stop where something cannot be read."""
    files = [file] if file else [stack_file(PROJECT, name) for name in chosen(PROJECT, stack)]
    windows = _windows(maintenance)
    BUILD.mkdir(exist_ok=True)
    for path in files:
        read, plan = _read(path)
        moment = _moment(at, plan.timezone)
        begun = _day(since) if since else None
        found = holdings(plan, moment, windows, begun)
        name = read.stack if file is None else f"{path.parent.name}-{read.stack}"
        data = as_data(read.stack, plan, moment, found)
        (BUILD / f"restorable-{name}.json").write_text(
            json.dumps(data, indent=2) + "\n", encoding="utf-8"
        )
        (BUILD / f"restorable-{name}.html").write_text(
            page(plan, read.stack, moment, found), encoding="utf-8"
        )
        show(console, path.name, plan, moment, found)
        console.print(f"  all points and the year's picture: build/restorable-{name}.html, .json\n")


def _read(path: Path) -> tuple[StackFile, Plan]:
    try:
        read = read_stack_file(path)
        return read, read.plan()
    except PlanError as error:
        raise Stop(str(error)) from None


def _moment(written: str | None, tz: str) -> datetime:
    """A day is told as of its beginning: nothing of the day itself helps yet."""
    zone = ZoneInfo(tz)
    if written is None:
        return datetime.now(zone).replace(second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        example = "AT=2027-03-20 or AT='2027-03-20 14:30'"
        raise Stop(f"AT: `{written}` is no day and no time; write {example}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Stop(f"SINCE: `{written}` is no day; write SINCE=2026-12-01") from None


def _windows(written: Sequence[str]) -> Mapping[str, DatabaseMaintenance]:
    """The databases' own maintenance windows, given as ``orders=sun:09:30-sun:10:00``."""
    known = {}
    for each in written:
        name, _, window = each.partition("=")
        parsed = DatabaseMaintenance.parse(window)
        if parsed is None:
            example = "orders=sun:09:30-sun:10:00"
            raise Stop(f"MAINTENANCE: `{each}` is no window of RDS; write {example}")
        known[name] = parsed
    return known


# ---- for a person ------------------------------------------------------------------------------


def show(console: Console, file: str, plan: Plan, at: datetime, found: Sequence[Holding]) -> None:
    """What each vault holds, and what was not taken."""
    when = f"{at:%A} {at:%Y-%m-%d %H:%M} {at:%Z}"
    console.print(Text(file, "bold") + Text(f" as of {when}"), highlight=False)
    if not found:
        console.print("  nothing is backed up by name")
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("")
    for column in ("vault in", "points", "oldest", "newest", "any moment"):
        side: JustifyMethod = "right" if column == "points" else "left"
        table.add_column(column, justify=side, no_wrap=column != "vault in")
    for number, words in enumerate(LOOKED_BACK):
        table.add_column(words if number else f"gap: {words}", no_wrap=True)
    for things, holding in together(found):
        table.add_row(*_row(things, holding))
    names = [each.thing for each in found]
    gaps = [
        "largest gap" if lasts is None else f"largest gap of the last {words}"
        for words, lasts in LOOKED_BACK.items()
    ]
    fitting = Fitting(
        table,
        # A name may stand in a line of its own; so may what a vault is for.
        least={0: max(map(len, names)) + 1, 1: len("other account")},
        head=2,
        joined=" in ",
        labels=lambda _: ["points", "oldest", "newest", "any moment", *gaps],
    )
    console.print(Padding(fitting, (0, 0, 0, 2), expand=False))
    for line in not_taken(found):
        console.print(Padding(Text(f"not taken  {line}", "yellow"), (0, 0, 0, 2)), highlight=False)
    for things, holding in together(found):
        if not holding.points and holding.continuous is None:
            place = f"{things} in {where(holding)}"
            console.print(f"  [red]nothing[/] of {place} could be restored", highlight=False)


def together(found: Sequence[Holding]) -> list[tuple[str, Holding]]:
    """Things of one entry that are held alike share a row: their names, and what one has."""

    def alike(holding: Holding) -> tuple[object, ...]:
        return (holding.entry, holding.place, holding.points, holding.continuous, holding.not_taken)

    rows: list[tuple[str, Holding]] = []
    by_place = sorted(found, key=lambda each: (each.entry, list(_PLACES).index(each.place)))
    for _, group in groupby(by_place, key=alike):
        same = list(group)
        rows.append((", ".join(sorted(each.thing for each in same)), same[0]))
    return rows


def where(holding: Holding) -> str:
    """A vault by its region and what it is for."""
    kind = _PLACES[holding.place]
    return f"{holding.region}, {kind}" if kind else holding.region


def _row(things: str, holding: Holding) -> Iterator[str | Text]:
    yield things
    yield where(holding)
    cold = sum(point.cold for point in holding.points)
    yield f"{len(holding.points)}" + (f" ({cold} cold)" if cold else "")
    ends = [holding.points[0], holding.points[-1]] if holding.points else []
    yield from (f"{point.created:%Y-%m-%d}" for point in ends)
    yield from [""] * (2 - len(ends))
    yield f"from {holding.continuous.since:%Y-%m-%d}" if holding.continuous else ""
    for within in LOOKED_BACK.values():
        gap = holding.largest_gap(within)
        yield short(tell_duration(gap.length)) if gap else Text("-", "dim")


def not_taken(found: Sequence[Holding]) -> Iterator[str]:
    """What left no backup within the year, a line for each tier and reason."""

    def kind(pair: tuple[str, NotTaken]) -> tuple[str, str, str, str]:
        where, missing = pair
        return (where, missing.tier, missing.reason, missing.instead)

    pairs = [
        (f"{things}, {holding.entry}", missing)
        for things, holding in together(found)
        for missing in holding.not_taken
    ]
    for (place, tier, reason, instead), group in groupby(sorted(pairs, key=kind), key=kind):
        due = sorted(missing.due for _, missing in group)
        times = "once" if len(due) == 1 else f"{len(due)} times"
        why = _REASONS[reason].format(instead=instead)
        yield f"{place}: `{tier}` {times} in the year, last {due[-1]:%Y-%m-%d %H:%M}: {why}"


# ---- for a machine -----------------------------------------------------------------------------


def as_data(stack: str, plan: Plan, at: datetime, found: Sequence[Holding]) -> dict[str, Any]:
    """The content of build/restorable-<stack>.json."""
    return {
        "version": VERSION,
        "stack": stack,
        "at": at.isoformat(),
        "timezone": plan.timezone,
        "holdings": [_holding_data(holding) for holding in found],
    }


def _holding_data(holding: Holding) -> Mapping[str, Any]:
    span = holding.continuous
    return {
        "thing": holding.thing,
        "entry": holding.entry,
        "place": holding.place,
        "region": holding.region,
        "any_moment": span and {"since": span.since.isoformat(), "until": span.until.isoformat()},
        "largest_gap": {words: _gap_data(holding, within) for words, within in LOOKED_BACK.items()},
        "points": [_point_data(point) for point in holding.points],
        "not_taken": [
            {
                "tier": missing.tier,
                "due": missing.due.isoformat(),
                "reason": missing.reason,
                "instead": missing.instead,
            }
            for missing in holding.not_taken
        ],
    }


def _gap_data(holding: Holding, within: timedelta | None) -> Mapping[str, Any] | None:
    gap = holding.largest_gap(within)
    if gap is None:
        return None
    return {
        "seconds": gap.length.total_seconds(),
        "after": gap.after.isoformat(),
        "until": gap.until.isoformat(),
    }


def _point_data(point: RecoveryPoint) -> Mapping[str, Any]:
    return {
        "tier": point.tier,
        "created": point.created.isoformat(),
        "complete": point.complete.isoformat(),
        "expires": point.expires.isoformat(),
        "cold": point.cold,
    }
