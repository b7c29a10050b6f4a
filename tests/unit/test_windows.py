"""Windows: from when until when they are open, asked of the clocks themselves."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.faults import from_validation
from pulumi_upkeep.plan.windows import Window
from pydantic import ValidationError

NEW_YORK = "America/New_York"


def window(on: str, opens: str, closes: str) -> Window:
    return Window.model_validate({"on": on, "from": opens, "to": closes})


@pytest.mark.slow
@pytest.mark.parametrize("timezone", [NEW_YORK, "Europe/London", "Australia/Lord_Howe", "Etc/UTC"])
@pytest.mark.parametrize(
    ("on", "opens", "closes"),
    [
        ("Wednesday", "03:00", "05:00"),
        ("first Sunday", "01:00", "05:00"),
        # London's and New York's clocks change within these, and within the hour they skip.
        ("fourth Sunday", "00:30", "01:30"),
        ("second Sunday", "02:30", "04:00"),
        ("second Sunday", "01:30", "02:30"),
        ("second Sunday", "02:00", "03:00"),
        ("second Sunday", "02:15", "02:45"),
        ("Sunday", "01:30", "01:45"),
        ("Saturday", "23:00", "02:00"),
    ],
)
def test_two_years_agree_with_the_clocks_minute_by_minute(
    timezone: str, on: str, opens: str, closes: str
) -> None:
    """Not by the arithmetic that made them: every minute around each change of the clocks is asked
    what the clocks show, and those of one ordinary week."""
    ours = window(on, opens, closes)
    zone = ZoneInfo(timezone)
    start, end = date(2026, 1, 1), date(2028, 1, 1)
    days = list(ours.openings(start, end))
    assert len(days) >= 24
    told = {day: ours.stretch(day, timezone) for day in days}
    minute = timedelta(minutes=1)
    for day in days:
        noon = datetime.combine(day - timedelta(days=1), datetime.min.time(), zone)
        after = datetime.combine(day + timedelta(days=2), datetime.min.time(), zone)
        ordinary = noon.utcoffset() == after.utcoffset()
        if ordinary and day > days[0]:
            assert told[day][0] == datetime.combine(day, ours.from_, zone)
            assert told[day][1] - told[day][0] == ours.length
            continue
        moment = noon.astimezone(UTC)
        covers = []
        while moment < after.astimezone(UTC):
            shown = moment.astimezone(zone)
            of_this = shown.date() == day or (
                ours.to <= ours.from_ and shown.date() == day + timedelta(days=1)
            )
            if of_this and ours.covers(shown.replace(tzinfo=None)) and _opened(ours, day, shown):
                covers.append(moment)
            moment += minute
        if covers:
            assert told[day] == (covers[0], covers[-1] + minute), day
        else:
            # Skipped from its beginning to its end.
            assert told[day][0] >= told[day][1], day


def _opened(ours: Window, day: date, shown: datetime) -> bool:
    """Whether what the clocks show belongs to the opening of that day."""
    if shown.date() == day:
        return shown.time() >= ours.from_
    return shown.time() < ours.to


# ---- openings that are cancelled or moved --------------------------------------------------------

BECAUSE = "Nobody works between the years"


def excepted(
    on: str,
    opens: str,
    closes: str,
    cancelled: list[str] | None = None,
    moved: dict[str, str] | None = None,
) -> Window:
    return Window.model_validate(
        {
            "on": on,
            "from": opens,
            "to": closes,
            "cancelled": [{"on": day, "because": BECAUSE} for day in cancelled or []],
            "moved": [
                {"on": day, "to": to, "because": BECAUSE} for day, to in (moved or {}).items()
            ],
        }
    )


def test_what_is_cancelled_or_moved_is_so_whoever_asks() -> None:
    ours = excepted("Wednesday", "23:00", "01:00", ["2026-12-23"], {"2026-12-30": "2027-01-02"})
    days = list(ours.openings(date(2026, 12, 14), date(2027, 1, 12)))
    assert days == [date(2026, 12, 16), date(2027, 1, 2), date(2027, 1, 6)]
    assert not ours.opens_on(date(2026, 12, 23))
    assert ours.would_open_on(date(2026, 12, 23))
    assert ours.opens_on(date(2027, 1, 2))
    assert not ours.would_open_on(date(2027, 1, 2))
    # The night after midnight belongs to the day that it opened on.
    assert [
        ours.covers(datetime(2026, 12, 24, 0, 30)),
        ours.covers(datetime(2027, 1, 3, 0, 30)),
    ] == [
        False,
        True,
    ]
    assert list(ours.kept().openings(date(2026, 12, 14), date(2027, 1, 12))) == [
        date(2026, 12, 16),
        date(2027, 1, 6),
    ]
    assert (ours.left_out, ours.added) == (
        (date(2026, 12, 23), date(2026, 12, 30)),
        (date(2027, 1, 2),),
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"cancelled": ["2026-12-24"]},
            "cancelled.0.on = 2026-12-24: a Thursday on which `Wednesday 03:00-05:00` does not "
            'open; nearest: `"2026-12-23"`',
        ),
        (
            {"cancelled": ["2027-02-29"]},
            'cancelled.0.on = 2027-02-29: February 2027 has 28 days; nearest: `"2027-02-28"`',
        ),
        (
            {"moved": {"2026-12-23": "2026-12-30"}},
            "moved.0.to = 2026-12-30: `Wednesday 03:00-05:00` opens on that day anyway; "
            'nearest: `"2026-12-31"`',
        ),
        (
            {"moved": {"2026-12-23": "2026-12-23"}},
            "moved.0.to = 2026-12-23: `Wednesday 03:00-05:00` opens on that day anyway; "
            'nearest: `"2026-12-24"`',
        ),
        (
            {"moved": {"2026-12-23": "2026-12-28", "2026-12-30": "2026-12-28"}},
            'moved.1.to = 2026-12-28: two openings are moved to it; nearest: `"2026-12-29"`',
        ),
        (
            {"cancelled": ["2026-12-23"], "moved": {"2026-12-23": "2026-12-28"}},
            "moved.0.on = 2026-12-23: this opening is cancelled or moved more than once; "
            "say one thing of it",
        ),
    ],
)
def test_an_exception_is_of_an_opening_and_lands_on_none(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        excepted("Wednesday", "03:00", "05:00", **given)
    assert says in [str(fault) for fault in from_validation(refused.value, Window)]


def test_29_february_may_be_cancelled_where_there_is_one() -> None:
    ours = excepted("Tuesday", "03:00", "05:00", ["2028-02-29"])
    days = list(ours.openings(date(2028, 2, 20), date(2028, 3, 10)))
    assert days == [date(2028, 2, 22), date(2028, 3, 7)]


@pytest.mark.parametrize(
    ("cutoff", "says"),
    [
        ("1 hour", None),
        ("90 minutes", "counted in whole hours"),
        ("2 hours", "nothing would ever be begun; nearest: `1 hour`"),
    ],
)
def test_a_cutoff_is_whole_hours_below_the_length(cutoff: str, says: str | None) -> None:
    written = {"on": "Wednesday", "from": "03:00", "to": "05:00", "cutoff": cutoff}
    if says is None:
        assert Window.model_validate(written).cutoff == timedelta(hours=1)
        return
    with pytest.raises(ValidationError) as refused:
        Window.model_validate(written)
    (fault,) = from_validation(refused.value, Window)
    assert fault.path == "cutoff"
    assert says in str(fault)


@settings(max_examples=40, deadline=None)
@given(
    on=st.sampled_from(["Wednesday", "Sunday", "first Sunday", "fourth Saturday"]),
    left=st.sets(st.integers(0, 11), max_size=4),
    moved=st.sets(st.integers(0, 11), max_size=3),
    away=st.integers(1, 6),
)
def test_nothing_else_changes_when_openings_are_left_out(
    on: str, left: set[int], moved: set[int], away: int
) -> None:
    start, end = date(2026, 12, 1), date(2028, 6, 1)
    regular = list(window(on, "01:00", "05:00").openings(start, end))
    gone = {regular[index] for index in left - moved}
    to = {regular[index]: regular[index] + timedelta(days=away) for index in moved}
    ours = excepted(
        on,
        "01:00",
        "05:00",
        [f"{day}" for day in sorted(gone)],
        {f"{day}": f"{there}" for day, there in to.items()},
    )
    expected = sorted(({*regular} - gone - {*to}) | {*to.values()})
    assert list(ours.openings(start, end)) == expected
    assert all(ours.opens_on(day) for day in expected)
