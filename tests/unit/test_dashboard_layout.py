"""Panels on the grid: within twelve columns, none over another, no holes, in their order."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.observe.dashboard.layout import COLUMNS, arrange, height_of, size_of
from pulumi_upkeep.observe.dashboard.panel import Kind, Panel

SIZES = st.one_of(st.none(), st.integers(1, 12))
PANELS = st.lists(
    st.builds(
        Panel,
        title=st.text(min_size=1, max_size=5),
        kind=st.sampled_from(get_args(Kind)),
        group=st.just("now"),
        width=SIZES,
        height=SIZES,
    ),
    max_size=40,
)


def tiles(count: int) -> list[Panel]:
    return [Panel(f"tile {number}", "value", "now") for number in range(count)]


@pytest.mark.slow
@given(PANELS)
def test_every_row_is_full_and_nothing_overlaps(panels: list[Panel]) -> None:
    placed = arrange(panels)
    cells = [
        (x, y)
        for _, place in placed
        for x in range(place.x, place.x + place.width)
        for y in range(place.y, place.y + place.height)
    ]
    assert len(cells) == len(set(cells))
    assert set(cells) == {(x, y) for x in range(COLUMNS) for y in range(height_of(placed))}


@pytest.mark.slow
@given(PANELS)
def test_the_order_stays(panels: list[Panel]) -> None:
    placed = arrange(panels)
    assert [panel for panel, _ in placed] == panels
    assert [(place.y, place.x) for _, place in placed] == sorted(
        (place.y, place.x) for _, place in placed
    )


@pytest.mark.slow
@given(PANELS)
def test_a_panel_is_at_least_as_large_as_it_asks(panels: list[Panel]) -> None:
    for panel, place in arrange(panels):
        width, height = size_of(panel)
        assert place.width >= width
        assert place.height >= height


def test_overlapping_places_are_seen() -> None:
    (_, first), (_, second) = arrange([Panel(each, "logs", "now") for each in "ab"])
    assert not first.overlaps(second)
    assert first.overlaps(first)


def test_tiles_are_shared_out_evenly() -> None:
    rows: dict[int, int] = {}
    for _, place in arrange(tiles(10)):
        rows[place.y] = rows.get(place.y, 0) + 1
    assert [*rows.values()] == [5, 5]


def test_what_does_not_fill_a_row_shares_one() -> None:
    alerts = Panel("alerts", "monitors", "now", width=8)
    note = Panel("note", "note", "now", width=4, height=4)
    placed = arrange([*tiles(6), alerts, note])
    assert [place.y for _, place in placed] == [0] * 6 + [2, 2]
    assert [place.width for _, place in placed][-2:] == [8, 4]
