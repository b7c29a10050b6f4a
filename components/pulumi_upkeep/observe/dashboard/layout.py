"""Where panels stand: a grid of twelve columns, filled row by row, without holes or overlaps."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from .panel import Kind, Panel

COLUMNS = 12
# Width and height by kind, in Datadog's columns and rows; at least, since rows are filled.
_SIZES: dict[Kind, tuple[int, int]] = {
    "timeseries": (4, 3),
    "value": (2, 2),
    "toplist": (4, 3),
    "slo": (4, 3),
    "logs": (9, 4),
    "errors": (6, 4),
    "events": (6, 4),
    "monitors": (6, 4),
    "alert": (4, 3),
    "note": (12, 1),
}


@dataclass(frozen=True)
class Place:
    """A rectangle of the grid, in columns and rows from the upper left."""

    x: int
    y: int
    width: int
    height: int

    def overlaps(self, other: "Place") -> bool:
        """Whether the two share a cell."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def size_of(panel: Panel) -> tuple[int, int]:
    """Width and height that a panel asks for."""
    width, height = _SIZES[panel.kind]
    return min(panel.width or width, COLUMNS), panel.height or height


def arrange(panels: Sequence[Panel]) -> list[tuple[Panel, Place]]:
    """The panels in their order, each with its place.

    A row is as high as its highest panel, and its panels share what would be left of its width.
    """
    placed: list[tuple[Panel, Place]] = []
    y = 0
    for row in _rows(panels):
        height = max(size_of(panel)[1] for panel in row)
        x = 0
        for panel, width in zip(row, _widths(row), strict=True):
            placed.append((panel, Place(x, y, width, height)))
            x += width
        y += height
    return placed


def height_of(placed: Iterable[tuple[Panel, Place]]) -> int:
    """Rows that placed panels take."""
    return max((place.y + place.height for _, place in placed), default=0)


def _rows(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    """Panels of one size that fill a row or more stand for themselves, evenly: ten tiles in 5 and
    5, not in 6 and 4. What does not fill a row shares one with what comes next."""
    waiting: list[Panel] = []
    for (width, _), run in groupby(panels, key=size_of):
        alike = list(run)
        count = -(-len(alike) // (COLUMNS // width))
        if len(alike) * width < COLUMNS:
            waiting += alike
            continue
        yield from _packed(waiting)
        waiting = []
        for number in range(count):
            yield alike[number * len(alike) // count : (number + 1) * len(alike) // count]
    yield from _packed(waiting)


def _packed(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    row: list[Panel] = []
    for panel in panels:
        if row and sum(size_of(each)[0] for each in (*row, panel)) > COLUMNS:
            yield row
            row = []
        row.append(panel)
    if row:
        yield row


def _widths(row: Sequence[Panel]) -> list[int]:
    widths = [size_of(panel)[0] for panel in row]
    left = COLUMNS - sum(widths)
    each, more = divmod(left, len(row))
    return [width + each + (index < more) for index, width in enumerate(widths)]
