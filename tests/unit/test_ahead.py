"""Announcements: never later than they are due, and never so early that nobody believes them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pulumi_upkeep.plan.ahead import LONGEST_AHEAD, cron_ahead
from pulumi_upkeep.plan.schedule import DayOfYear, NthWeekday, Schedule

from tests.unit.test_schedule_runs import on_the_clock, schedules, starts

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("words", "days", "cron"),
    [
        ({"every": "year", "on": "15 March"}, 30, "cron(0 10 13 2 ? *)"),
        ({"every": "year", "on": "5 January"}, 14, "cron(0 10 22 12 ? *)"),
        ({"every": "year", "on": "first Monday of March"}, 28, "cron(0 10 ? 2 2#1 *)"),
        ({"every": "quarter", "on": "first Tuesday"}, 14, "cron(0 10 ? 3,6,9,12 3#3 *)"),
        ({"every": "quarter", "on": "third Tuesday"}, 14, "cron(0 10 ? 1,4,7,10 3#1 *)"),
        ({"every": "quarter", "on": 1}, 14, "cron(0 10 15 3,6,9,12 ? *)"),
        ({"every": "month", "on": 20}, 5, "cron(0 10 15 * ? *)"),
        ({"every": "week", "on": "Monday"}, 3, "cron(0 10 ? * 6 *)"),
    ],
)
def test_an_announcement_has_days_of_its_own(words: dict[str, str], days: int, cron: str) -> None:
    assert cron_ahead(Schedule.model_validate({"at": "10:00", **words}), days * DAY) == cron


def most_early(schedule: Schedule) -> int:
    """How many days too early an announcement may be, where the calendar does not divide."""
    if isinstance(schedule.on, DayOfYear):
        return 20 if isinstance(schedule.on.day, NthWeekday) else 1
    return 13 if isinstance(schedule.on, NthWeekday) else 3


@pytest.mark.slow
@example(
    Schedule.model_validate({"every": "year", "at": "00:00", "on": "first Monday of January"}),
    57,
    datetime(2038, 2, 1, tzinfo=UTC),
)
@given(schedules(), st.integers(1, 84), starts)
def test_it_is_never_late_and_never_far_too_early(
    schedule: Schedule, days: int, start: datetime
) -> None:
    most = LONGEST_AHEAD.get(schedule.every) if isinstance(schedule.every, str) else None
    if most is None or days * DAY > most:
        with pytest.raises(ValueError, match="announced"):
            cron_ahead(schedule, days * DAY)
        return
    end = start + 3 * 366 * DAY
    told = on_the_clock(cron_ahead(schedule, days * DAY), start, end)
    runs = on_the_clock(schedule.cron(), start, end)
    for run in runs:
        if run - start < (days + 28) * DAY:
            continue
        last = max(each for each in told if each <= run - days * DAY)
        assert run - last <= (days + most_early(schedule)) * DAY
        # One for each: what is told after it is told of the next.
        assert not [each for each in told if last < each < run and run - each >= days * DAY]
