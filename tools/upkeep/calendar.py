"""``make calendar``: what happens when, for people to scan and for calendars to subscribe to.

    make calendar                              # three months from today, of every stack
    make calendar STACK=prod FROM=2027-01-01   # three months from that day
    make calendar ALL=1                        # with backups, which run every day

Times are the plan's clocks. Beside the table build/calendar/<stack>.ics holds a year from the first
of that month, for a calendar to subscribe to: the same plan gives the same bytes all month.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.calendar import occasions
from pulumi_upkeep.plan.exceptions import months_after
from pulumi_upkeep.plan.maintenance_windows import window_says
from pulumi_upkeep.plan.occasion import Occasion
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.plan.words import tell_duration
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

# What happens every day hides all else.
LEFT_OUT = frozenset({"backup"})
MONTHS_SHOWN, MONTHS_WRITTEN = 3, 12
# Before the first nobody's clocks are of use here; after the last there is no year to write.
_YEARS = range(1970, 9998)
State = Literal["", "cancelled", "moved"]


@dataclass(frozen=True, order=True)
class Entry:
    """An occasion, and what became of it.

    state     empty, ``cancelled`` or ``moved``: of an opening that was moved, this is the new time
    day       the day it was planned for, on the plan's clocks; it names the entry
    because   why it was cancelled or moved
    usual     how long it lasts while the clocks do not change; None where that is not known
    """

    occasion: Occasion
    state: State
    day: date
    because: str = ""
    usual: timedelta | None = None

    @property
    def longer_by(self) -> timedelta:
        """How much longer it lasts than usual, because the clocks change; shorter below nothing."""
        if self.usual is None:
            return timedelta(0)
        return self.occasion.length - self.usual


def entries(plan: Plan, start: date, end: date, *, everything: bool = False) -> tuple[Entry, ...]:
    """What happens on the days from ``start`` to before ``end``, and what was called off, sorted.

    Without ``everything`` what happens every day is left out.
    """
    zone = ZoneInfo(plan.timezone)
    found = [
        _entry(plan, each, zone)
        for each in occasions(plan, start, end)
        if everything or each.kind not in LEFT_OUT
    ]
    return tuple(sorted([*found, *_cancelled(plan, start, end)]))


def _entry(plan: Plan, occasion: Occasion, zone: ZoneInfo) -> Entry:
    day = occasion.starts.astimezone(zone).date()
    if occasion.kind != "window":
        return Entry(occasion, "", day)
    window = plan.windows[occasion.name]
    for moved in window.moved:
        if moved.to == day:
            return Entry(occasion, "moved", moved.on, moved.because, window.length)
    return Entry(occasion, "", day, "", window.length)


def _cancelled(plan: Plan, start: date, end: date) -> Iterator[Entry]:
    for name, window in plan.windows.items():
        for cancelled in window.cancelled:
            if start <= cancelled.on < end:
                opens, closes = window.stretch(cancelled.on, plan.timezone)
                says = window_says(name, window)
                occasion = Occasion(opens, closes, "window", name, f"windows.{name}", says)
                yield Entry(occasion, "cancelled", cancelled.on, cancelled.because, window.length)


# ---- the command --------------------------------------------------------------------------------


def calendar(
    console: Console,
    stack: str | None,
    start: str | None,
    file: Path | None = None,
    *,
    everything: bool = False,
    today: date | None = None,
) -> None:
    """Print it and write the files. Stop where the plan or the day cannot be read."""
    from tools.upkeep.calendar_file import as_file

    first = _day(start) or today or date.today()
    month = first.replace(day=1)
    files = [file] if file else [stack_file(PROJECT, name) for name in chosen(PROJECT, stack)]
    folder = BUILD / "calendar"
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        name = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        name = name if file is None else f"{path.parent.name}-{name}"
        plan = _plan(path)
        until = _months_on(first, MONTHS_SHOWN)
        show(console, plan, path.name, first, until, everything=everything)
        year = entries(plan, month, months_after(month, MONTHS_WRITTEN), everything=everything)
        written = folder / f"{name}.ics"
        written.write_bytes(as_file(plan, name, year))
        console.print(
            f"  [dim]a year of it, to subscribe to: build/calendar/{name}.ics[/]\n",
            highlight=False,
        )


def _plan(path: Path) -> Plan:
    try:
        return load_plan(path)
    except PlanError as error:
        raise Stop(str(error)) from None


def _day(written: str | None) -> date | None:
    if not written:
        return None
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise Stop(f"FROM={written}: write year, month and day, such as FROM=2027-01-01") from None
    if not _YEARS.start <= day.year < _YEARS.stop:
        raise Stop(
            f"FROM={written}: no clocks are known for that year; "
            f"write one from {_YEARS.start} to {_YEARS.stop - 1}"
        )
    return day


def _months_on(day: date, months: int) -> date:
    """The same day of a later month, or the first of the next where that has none."""
    first = months_after(day.replace(day=1), months)
    return min(first + timedelta(days=day.day - 1), months_after(first, 1))


def show(
    console: Console, plan: Plan, file: str, start: date, end: date, *, everything: bool
) -> None:
    """The table."""
    zone = ZoneInfo(plan.timezone)
    found = entries(plan, start, end, everything=everything)
    console.print(
        f"\n[bold]{plan.company}, {plan.environment}[/] ({file}): {start:%-d %B %Y} to "
        f"{end - timedelta(days=1):%-d %B %Y}, on the clocks of {plan.timezone}",
        highlight=False,
    )
    if not found:
        console.print("  nothing is planned", style="dim")
        return
    # Every month has a table of its own, with the columns of all.
    rows = [row(each, zone) for each in found]
    widths = [max(len(cells[column]) for cells in rows) for column in range(_FIXED)]
    owner = max(len(cells[-1]) for cells in rows)
    roomy = sum(widths) + owner + 3 * (_FIXED + 1) + _READABLE <= console.width
    days = [each.occasion.starts.astimezone(zone).date() for each in found]
    for month, together in groupby(range(len(found)), lambda index: days[index].replace(day=1)):
        console.print(f"\n[bold cyan]{month:%B %Y}[/]", highlight=False)
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 2))
        for column in range(_FIXED) if roomy else (_TIME, _KIND):
            table.add_column(width=widths[column], no_wrap=True)
        table.add_column()
        if roomy:
            table.add_column(no_wrap=True, style="dim")
        for index in together:
            cells = list(rows[index])
            style = _STYLES[found[index].state]
            # A day is said once.
            new = not index or days[index] != days[index - 1]
            if roomy:
                table.add_row(*(cells if new else [Text(""), *cells[1:]]), style=style)
                continue
            if new:
                table.add_row(Text(cells[0].plain, "bold"))
            # How long it lasts is left out: from when to when stands there.
            _, time, _, kind, what, by = cells
            if by.plain:
                what.append(f"  ({by.plain})", "dim")
            table.add_row(time, kind, what, style=style)
        console.print(table)


_STYLES = {"": "", "cancelled": "dim", "moved": "yellow"}
# Day, time, length and kind are as wide as the widest; what is left is for the rest.
_FIXED = 4
_TIME, _KIND = 1, 3
# Where less than this is left for what it is, a day stands above what happens on it.
_READABLE = 30


def row(entry: Entry, zone: ZoneInfo) -> tuple[Text, ...]:
    """One line of the table: day, time, length, kind, what, owner."""
    occasion = entry.occasion
    what = Text(occasion.says)
    if entry.state == "cancelled":
        what = Text.assemble((occasion.says, "strike"), f"  cancelled: {entry.because}")
    elif entry.state == "moved":
        what = Text(f"{occasion.says}: {entry.because}")
    if odd := change(entry):
        what.append(f"  {odd}", "bold yellow")
    return (
        Text(f"{occasion.starts.astimezone(zone):%a %e %b}"),
        Text(clock(occasion, zone)),
        Text(length(entry), "bold yellow" if odd else "", justify="right"),
        Text(occasion.kind, _KINDS.get(occasion.kind, "")),
        what,
        Text(occasion.owner or ""),
    )


_KINDS = {"window": "bold", "freeze": "bold red", "release": "green", "drill": "magenta"}


def clock(occasion: Occasion, zone: ZoneInfo) -> str:
    """``03:00-05:00 EST``; both abbreviations where the clocks change in between, and the day
    where it is another one."""
    starts, ends = (moment.astimezone(zone) for moment in (occasion.starts, occasion.ends))
    if starts == ends:
        return f"{starts:%H:%M %Z}"
    last = f"{ends:%H:%M}" if starts.date() == ends.date() else f"{ends:%a %-d %b %H:%M}"
    if starts.tzname() == ends.tzname():
        return f"{starts:%H:%M}-{last} {ends:%Z}"
    return f"{starts:%H:%M %Z}-{last} {ends:%Z}"


def length(entry: Entry) -> str:
    """How long it really lasts: ``5 hours``; empty of a moment."""
    return tell_duration(entry.occasion.length) if entry.occasion.length else ""


def change(entry: Entry) -> str:
    """What the clocks do to it; empty where nothing."""
    by = entry.longer_by
    if not by:
        return ""
    which = "longer" if by > timedelta(0) else "shorter"
    return f"clocks change: {tell_duration(abs(by))} {which}"
