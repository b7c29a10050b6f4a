"""Corrections: dated openings that agree with the calendar and do not change within a month."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_upkeep.plan.corrections import (
    MOST_CORRECTIONS,
    corrections,
    covered,
    most_at_once,
)
from pulumi_upkeep.plan.plan import Plan, read_chapters

from tests.unit.plans import chapters, secrets

NEW_YORK = "America/New_York"


# Chapters that name windows of the shipped plan.
STAND_ON_WINDOWS = ("notices", "patching", "database_care", "releases")


def window(on: str, opens: str, closes: str, *services: str) -> dict[str, Any]:
    written: dict[str, Any] = {"on": on, "from": opens, "to": closes}
    return written | ({"quiets": {"services": list(services)}} if services else {})


def plan(windows: dict[str, Any], over: str = "30 days", timezone: str = NEW_YORK) -> Plan:
    edits = {
        "windows": windows,
        "timezone": timezone,
        "service_levels": {"critical": {"availability": "99.9 %", "over": over}},
        "accepted": [],
    }
    return read_chapters(chapters() | edits, secrets()).plan


WEEKLY = window("Wednesday", "03:00", "05:00", "web")
MONTHLY = window("first Sunday", "01:00", "05:00", "web")


def local(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, ZoneInfo(NEW_YORK)):%Y-%m-%d %H:%M %z}"


def test_from_this_month_and_what_levels_look_back_to_two_months_ahead() -> None:
    assert covered(date(2026, 11, 22), timedelta(days=30)) == (date(2026, 10, 2), date(2027, 2, 1))
    assert covered(date(2026, 12, 1), timedelta(days=90)) == (date(2026, 9, 2), date(2027, 3, 1))


def test_the_openings_of_a_plan_by_date() -> None:
    found = corrections(plan({"weekly": WEEKLY, "monthly": MONTHLY}), date(2026, 11, 22))

    assert [each.name for each in found if each.window == "monthly"] == [
        "monthly-2026-10-04",
        "monthly-2026-11-01",
        "monthly-2026-12-06",
        "monthly-2027-01-03",
    ]
    assert [each.name for each in found if each.window == "weekly"][:3] == [
        "weekly-2026-10-07",
        "weekly-2026-10-14",
        "weekly-2026-10-21",
    ]
    assert len(found) == 4 + 17
    assert {each.services for each in found} == {("web",)}


@pytest.fixture(scope="module")
def ours() -> Plan:
    return plan({"weekly": WEEKLY, "monthly": MONTHLY})


@pytest.mark.slow
@given(day=st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_a_month_has_one_set_of_dates(ours: Plan, day: date) -> None:
    assert corrections(ours, day) == corrections(ours, day.replace(day=1))


@pytest.mark.parametrize("month", range(1, 13))
def test_the_next_month_changes_the_ends_alone(ours: Plan, month: int) -> None:
    first = date(2027, month, 1)
    later = date(2027 + month // 12, month % 12 + 1, 1)
    before, after = {*corrections(ours, first)}, {*corrections(ours, later)}

    # What the level still looks back to stays, by the same name and at the same time.
    start, end = covered(later, timedelta(days=30))[0], covered(first, timedelta(days=30))[1]
    assert {each for each in before if each.day >= start} == {
        each for each in after if each.day < end
    }
    assert before - after == {each for each in before if each.day < start}


def test_summer_and_winter_lie_an_hour_apart_in_utc() -> None:
    ours = plan({"weekly": WEEKLY})
    by_name = {each.name: each for each in corrections(ours, date(2027, 3, 1))}

    assert local(by_name["weekly-2027-03-10"].start) == "2027-03-10 03:00 -0500"
    assert local(by_name["weekly-2027-03-17"].start) == "2027-03-17 03:00 -0400"
    week = timedelta(days=7).total_seconds()
    apart = by_name["weekly-2027-03-17"].start - by_name["weekly-2027-03-10"].start
    assert apart == week - 3600


def test_the_night_that_has_an_hour_twice_is_covered_whole() -> None:
    found = corrections(plan({"monthly": MONTHLY}), date(2026, 11, 1))
    (night,) = [each for each in found if each.day == date(2026, 11, 1)]

    assert local(night.start) == "2026-11-01 01:00 -0400"
    assert local(night.end) == "2026-11-01 05:00 -0500"
    assert night.end - night.start == 5 * 3600


def test_a_window_that_quiets_no_service_corrects_nothing() -> None:
    ours = plan(
        {
            "weekly": window("Wednesday", "03:00", "05:00"),
            "databases": window("Monday", "03:00", "05:00") | {"quiets": {"databases": ["orders"]}},
        }
    )
    assert corrections(ours, date(2026, 11, 22)) == ()


def test_no_level_no_correction() -> None:
    ours = read_chapters(chapters() | {"service_levels": {}}, secrets()).plan
    assert corrections(ours, date(2026, 11, 22)) == ()


def daily(count: int) -> dict[str, Any]:
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    return {
        f"w-{index}": window(
            days[index % 7], f"{index // 7:02}:00", f"{index // 7 + 1:02}:00", "web"
        )
        for index in range(count)
    }


def test_no_objective_has_more_corrections_than_datadog_keeps() -> None:
    edits = {
        "service_levels": {"critical": {"availability": "99.9 %", "over": "90 days"}},
        "accepted": [],
    }

    def faults(count: int) -> list[str]:
        plain = {name: each for name, each in chapters().items() if name not in STAND_ON_WINDOWS}
        reading = read_chapters(plain | edits | {"windows": daily(count)}, secrets())
        return [str(fault) for fault in reading.faults]

    assert faults(3) == []
    assert faults(4) == [
        "windows: `services.web` would have 104 corrections within 90 days and the months ahead, "
        "and an objective has at most 100 (Datadog, SLO status corrections: 100 one-time "
        "corrections of each SLO); quiet it in fewer windows, or let levels look back 30 days"
    ]


def test_the_most_at_once_is_never_exceeded() -> None:
    ours = plan(daily(3), over="90 days")
    most = most_at_once(ours.windows, "web", timedelta(days=90))
    days = [date(year, month, 1) for year in range(2026, 2034) for month in range(1, 13)]
    seen = max(len(corrections(ours, day)) for day in days)
    assert seen <= MOST_CORRECTIONS
    # Years differ by the weekday they begin with.
    assert abs(seen - most) <= 3
