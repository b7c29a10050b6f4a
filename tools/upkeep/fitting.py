"""A table as far as it fits, and never with a cell cut off: where its columns have no room, a
heading and a few lines for each row say the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_GAP = 2
_INDENT = 4


class Fitting:
    """What prints a table to fit.

    table    its cells are texts of one line each, its columns ``_GAP`` apart, without a frame
    least    column -> how narrow it may become, in characters; the others keep to what they hold
    head     how many columns are a row's heading, where each has lines of its own
    joined   what stands between these
    labels   a row's cells -> what the other columns are called there; default: their headers.
             What has no name stands beside the heading.
    """

    def __init__(
        self,
        table: Table,
        *,
        least: Mapping[int, int] | None = None,
        head: int = 1,
        joined: str = ": ",
        labels: Callable[[Sequence[Text]], Sequence[str]] | None = None,
    ) -> None:
        self.table = table
        self._head = head
        self._joined = joined
        headers = [str(column.header) for column in table.columns]
        self._labels = labels or (lambda _: headers[head:])
        self._rows = list(
            zip(*([_text(cell) for cell in column.cells] for column in table.columns), strict=True)
        )
        self._natural = [
            max([len(header), *(row[index].cell_len for row in self._rows)])
            for index, header in enumerate(headers)
        ]
        narrow = least or {}
        self._least = [
            min(width, narrow.get(index, width)) for index, width in enumerate(self._natural)
        ]

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        # It prints itself at any width.
        return Measurement(1, self._wide(self._natural)).with_maximum(options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        spare = options.max_width - self._wide(self._least)
        if spare < 0:
            yield from self._lines()
            return
        lacks = [wide - least for wide, least in zip(self._natural, self._least, strict=True)]
        # What lacks least is whole again soonest.
        for index in sorted(range(len(lacks)), key=lacks.__getitem__):
            more = min(spare, lacks[index])
            self.table.columns[index].width = self._least[index] + more
            spare -= more
        yield self.table

    def _wide(self, widths: Sequence[int]) -> int:
        return sum(widths) + _GAP * (len(widths) - 1)

    def _lines(self) -> Iterator[RenderableType]:
        for row in self._rows:
            heading = Text(self._joined).join([cell for cell in row[: self._head] if cell.plain])
            said = []
            for label, cell in zip(self._labels(row), row[self._head :], strict=True):
                if label and cell.plain:
                    said.append(Text.assemble((label, "dim"), " ", cell))
                elif cell.plain:
                    heading.append("  ").append_text(cell)
            yield heading
            yield Padding(Text("; ").join(said), (0, 0, 0, _INDENT), expand=False)


def _text(cell: RenderableType) -> Text:
    return cell if isinstance(cell, Text) else Text(str(cell))
