"""The year before a day as a picture: of which day something could still be restored.

A cell a day, a column a week, for each vault of each thing. One self-contained HTML page: it opens
from the disk and as an artefact of CI.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import jinja2
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.recovery_points import YEAR, Holding

_DAY = timedelta(days=1)
_TEMPLATE = Path(__file__).with_name("restorable.html.j2")
CELL, STEP = 11, 13


@dataclass(frozen=True)
class Cell:
    """A day: where it stands, what it is (``none``, ``some``, ``many``, ``any``, ``cold``), whether
    a backup of it was not taken, and what there is to say of it."""

    x: int
    y: int
    kind: str
    missed: bool
    says: str


@dataclass(frozen=True)
class Picture:
    """A year of one vault: its cells, and where each month begins."""

    things: str
    where: str
    cells: Sequence[Cell]
    months: Sequence[tuple[int, str]]
    days: int
    covered: int


def page(plan: Plan, stack: str, at: datetime, found: Sequence[Holding]) -> str:
    """The page's HTML."""
    from tools.upkeep.restorable import not_taken, together, where

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    pictures = [_picture(things, where(holding), holding) for things, holding in together(found)]
    return template.render(
        company=plan.company,
        stack=stack,
        at=at,
        timezone=plan.timezone,
        pictures=pictures,
        not_taken=list(not_taken(found)),
        cell=CELL,
        step=STEP,
    )


def _picture(things: str, where: str, holding: Holding) -> Picture:
    last = holding.at.date()
    # Weeks begin on Monday; the first column is the week a year ago.
    first = last - YEAR
    first -= first.weekday() * _DAY
    days = [first + n * _DAY for n in range((last - first) // _DAY + 1)]
    cells = list(_cells(days, holding))
    months = [((day - first) // _DAY // 7 * STEP, f"{day:%b}") for day in days if day.day == 1]
    covered = sum(cell.kind != "none" for cell in cells)
    return Picture(things, where, cells, months, len(days), covered)


def _cells(days: Sequence[date], holding: Holding) -> Iterator[Cell]:
    points = defaultdict(list)
    for point in holding.points:
        points[point.created.date()].append(point)
    missing = defaultdict(list)
    for run in holding.not_taken:
        missing[run.due.date()].append(run)
    span = holding.continuous
    for number, day in enumerate(days):
        there, missed = points[day], missing[day]
        # A day counts as continuous where one of its moments can be restored.
        any_moment = (
            span is not None
            and span.since < _end(day, holding.at)
            and _start(day, holding.at) < span.until
        )
        says = [f"{day:%a %Y-%m-%d}"]
        if any_moment:
            says.append("any moment")
        says += [
            f"{point.tier} {point.created:%H:%M}{' (cold)' if point.cold else ''}"
            for point in there
        ]
        says += [f"{run.tier} {run.due:%H:%M} not taken" for run in missed]
        if len(says) == 1:
            says.append("nothing")
        kind = "none"
        if any_moment:
            kind = "any"
        elif there:
            cold = all(point.cold for point in there)
            kind = "cold" if cold else "many" if len(there) > 1 else "some"
        week, weekday = divmod(number, 7)
        yield Cell(week * STEP, weekday * STEP, kind, bool(missed), ", ".join(says))


def _start(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(0), like.tzinfo)


def _end(day: date, like: datetime) -> datetime:
    return _start(day + _DAY, like)
