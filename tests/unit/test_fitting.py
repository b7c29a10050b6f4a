"""Tables that fit: as columns while there is room, as lines where there is none, and whole."""

import io
from typing import Any

import pytest
from pulumi_upkeep.plan.check import check_files
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tests.unit.plans import PROD, ROOT
from tools.upkeep import objectives, service_coverage
from tools.upkeep.fitting import Fitting

PRIZE_DRAW = ROOT / "examples" / "prize-draw" / "Pulumi.prod.yaml"
WIDTHS = range(40, 161, 5)


def printed(what: RenderableType, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(what)
    return out.getvalue()


def fitting() -> Fitting:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, folds in (("", False), ("of", True), ("promised", False), ("", False)):
        table.add_column(column, no_wrap=not folds, overflow="fold")
    table.add_row("RPO", "orders, payments", "15 minutes", Text("kept"))
    table.add_row("RTO", "blog", "1 hour", Text("missed"))
    return Fitting(table, least={1: 9}, head=2)


def test_with_room_it_is_the_table() -> None:
    assert [line.rstrip() for line in printed(fitting(), 60).splitlines()] == [
        "     of                promised",
        "RPO  orders, payments  15 minutes  kept",
        "RTO  blog              1 hour      missed",
    ]


def test_with_less_room_what_may_fold_folds_and_nothing_else() -> None:
    # 3, 9, 10, 6 wide, with gaps of 2.
    assert [line.rstrip() for line in printed(fitting(), 34).splitlines()] == [
        "     of         promised",
        "RPO  orders,    15 minutes  kept",
        "     payments",
        "RTO  blog       1 hour      missed",
    ]


def test_without_room_each_row_has_lines_of_its_own() -> None:
    assert [line.rstrip() for line in printed(fitting(), 33).splitlines()] == [
        "RPO: orders, payments  kept",
        "    promised 15 minutes",
        "RTO: blog  missed",
        "    promised 1 hour",
    ]


def test_in_a_grid_it_takes_what_the_grid_leaves() -> None:
    def beside(width: int) -> str:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column()
        grid.add_row("not provable here", fitting())
        return printed(grid, width)

    assert "RPO  orders, payments  15 minutes  kept" in beside(70)
    assert "RPO: orders, payments  kept" in beside(50)


def stacks() -> list[dict[str, Any]]:
    return list(check_files([PROD, PRIZE_DRAW]).as_data()["stacks"])


@pytest.mark.slow
def test_no_promise_is_cut_off_at_any_width() -> None:
    for stack in stacks():
        promises = objectives.all_of(stack)
        for width in WIDTHS:
            text = printed(Padding(objectives.shown(promises), (0, 0, 0, 2), expand=False), width)
            assert max(map(len, text.splitlines())) <= width
            for (kind, _, promised), items, computed in objectives.rows(promises):
                said = " ".join(text.split())
                for name in items.split(", "):
                    assert all(word in said for word in name.split()), (width, name)
                assert kind.upper() in said or kind == "retention"
                figures = [objectives._shown(each, promised).plain for each in computed.values()]
                for word in " ".join([objectives.short(promised), *figures]).split():
                    assert word in said.split() or f"{word};" in said.split(), (width, word)


@pytest.mark.slow
def test_names_stay_whole_where_the_summary_of_a_log_has_its_table() -> None:
    # Of 120 columns what stands beside the table takes 19.
    bynomi, prize_draw = (
        printed(objectives.shown(objectives.all_of(stack)), 101) for stack in stacks()
    )
    assert bynomi.splitlines()[0].split()[0] == "of"
    assert " product catalog " in bynomi
    assert "RPO: draws and orders  kept" in prize_draw
    assert "RTO: the site's data  kept" in prize_draw


@pytest.mark.slow
@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_name_of_a_runbook_is_broken_in_two(width: int) -> None:
    rows = stacks()[0]["coverage"]
    assert "application-server-failure-web" in printed(service_coverage.shown(rows), width)
