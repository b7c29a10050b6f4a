"""Schedules: words to the cloud's cron, cron back to words, and what is refused."""

from typing import Any

import pytest
from pulumi_upkeep.plan.backups import Tier
from pulumi_upkeep.plan.faults import from_validation
from pulumi_upkeep.plan.schedule import Schedule, in_words_of_cron
from pydantic import ValidationError


@pytest.mark.parametrize(
    ("words", "cron"),
    [
        ({"every": "day", "at": "02:00"}, "cron(0 2 * * ? *)"),
        ({"every": "week", "at": "03:30", "on": "Sunday"}, "cron(30 3 ? * 1 *)"),
        ({"every": "week", "at": "03:30", "on": "Saturday"}, "cron(30 3 ? * 7 *)"),
        ({"every": "month", "at": "02:00", "on": "first Sunday"}, "cron(0 2 ? * 1#1 *)"),
        ({"every": "month", "at": "02:00", "on": "fourth Friday"}, "cron(0 2 ? * 6#4 *)"),
        ({"every": "month", "at": "02:00", "on": 1}, "cron(0 2 1 * ? *)"),
        # As a component is handed it, whose arguments are text.
        ({"every": "month", "at": "02:00", "on": "1"}, "cron(0 2 1 * ? *)"),
        ({"every": "quarter", "at": "06:00", "on": "first Sunday"}, "cron(0 6 ? 1,4,7,10 1#1 *)"),
        ({"every": "year", "at": "10:00", "on": "15 March"}, "cron(0 10 15 3 ? *)"),
        ({"every": "year", "at": "10:00", "on": "31 January"}, "cron(0 10 31 1 ? *)"),
        (
            {"every": "year", "at": "10:00", "on": "second Tuesday of October"},
            "cron(0 10 ? 10 3#2 *)",
        ),
        ({"every": "6 hours", "at": "05:15"}, "cron(15 5/6 * * ? *)"),
        # One of the runs' times; the cloud wants the first of the day.
        ({"every": "6 hours", "at": "23:00"}, "cron(0 5/6 * * ? *)"),
        ({"every": "1 hour"}, "cron(0 * * * ? *)"),
    ],
)
def test_a_schedule_is_told_to_the_cloud(words: dict[str, Any], cron: str) -> None:
    schedule = Schedule.model_validate(words)
    assert schedule.cron() == cron
    # What a component is handed is what was written.
    assert Schedule.model_validate(schedule.in_words()) == schedule


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"every": "0 2 * * *"}, 'write `every: day`, `at: "02:00"`'),
        ({"every": "30 minutes"}, "more often than hourly"),
        ({"every": "5 hours"}, "do not divide the day"),
        ({"every": "5 hours"}, "nearest: `4 hours`"),
        ({"every": "2 days", "at": "02:00"}, "write `day`, `week`, `month`, `quarter` or `year`"),
        ({"every": "24 hours"}, "write `every: day`"),
        ({"every": "daily"}, "write `every: day`"),
        ({"every": "wek"}, "did you mean `week`?"),
        ({"every": "day"}, "every day, and no time"),
        ({"every": "week", "at": "02:00"}, "add `on: Sunday`"),
        ({"every": "week", "at": "02:00", "on": 3}, "add `on: Sunday`"),
        ({"every": "month", "at": "02:00"}, "add `on: 1` or `on: first Sunday`"),
        ({"every": "quarter", "at": "02:00"}, "every quarter, and no day"),
        ({"every": "year", "at": "02:00"}, "every year, and no day"),
        ({"every": "year", "at": "02:00", "on": 1}, "add `on: 15 March`"),
        ({"every": "year", "at": "02:00", "on": "29 February"}, "comes in leap years alone"),
        ({"every": "year", "at": "02:00", "on": "31 April"}, "nearest: `30 April`"),
        ({"every": "year", "at": "02:00", "on": "0 April"}, "nearest: `1 April`"),
        ({"every": "year", "at": "02:00", "on": "15 Marhc"}, "did you mean `15 March`?"),
        ({"every": "year", "at": "02:00", "on": "Monday of March"}, "`first Monday of March`"),
        ({"every": "year", "at": "02:00", "on": "fifth Monday of March"}, "`fourth Monday`"),
        ({"every": "year", "at": "02:00", "on": "5th Monday of March"}, "`fourth Monday`"),
        ({"every": "year", "at": "02:00", "on": "February 29"}, "comes in leap years alone"),
        ({"every": "year", "at": "02:00", "on": "29 Feb"}, "comes in leap years alone"),
        ({"every": "year", "at": "02:00", "on": "Feb 30"}, "nearest: `28 February`"),
        ({"every": "year", "at": "02:00", "on": "March 15"}, "comes first; write `15 March`"),
        ({"every": "year", "at": "02:00", "on": "15 Mar"}, "did you mean `15 March`?"),
        ({"every": "year", "at": "02:00", "on": "Foo 12"}, "write `Sunday`, `first Sunday` or `1`"),
        ({"every": "month", "at": "02:00", "on": "15 March"}, "add `on: 1` or `on: first Sunday`"),
        ({"every": "annually"}, "write `every: year`"),
        ({"every": "month", "at": "02:00", "on": "Sunday"}, "add `on: 1` or `on: first Sunday`"),
        ({"every": "month", "at": "02:00", "on": 31}, "a day that not every month has"),
        ({"every": "month", "at": "02:00", "on": "fifth Sunday"}, "write `fourth Sunday`"),
        ({"every": "month", "at": "02:00", "on": "frist Sunday"}, "did you mean `first Sunday`?"),
        ({"every": "month", "at": "02:00", "on": "5th Sunday"}, "write `fourth Sunday`"),
        ({"every": "month", "at": "02:00", "on": "2nd Sunday"}, "did you mean `second Sunday`?"),
        ({"every": "month", "at": "02:00", "on": "first Sun"}, "did you mean `first Sunday`?"),
        ({"every": "week", "at": "02:00", "on": "every Sunday"}, "did you mean `Sunday`?"),
        ({"every": "week", "at": "02:00", "on": "Wed"}, "did you mean `Wednesday`?"),
        ({"every": "week", "at": "02:00", "on": "sunday"}, "did you mean `Sunday`?"),
        ({"every": "week", "at": "02:00", "on": "Sonday"}, "did you mean `Sunday`?"),
        ({"every": "day", "at": "02:00", "on": "Sunday"}, "leave `on` out"),
        ({"cron": "0 2 * * *"}, 'write `every: day`, `at: "02:00"`'),
    ],
)
def test_what_is_no_schedule_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Schedule.model_validate(words)
    assert said in "\n".join(map(str, from_validation(caught.value, Schedule)))


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 2 * * *", 'write `every: day`, `at: "02:00"`'),
        ("cron(0 2 * * ? *)", 'write `every: day`, `at: "02:00"`'),
        ("0 */6 * * *", 'write `every: 6 hours`, `at: "00:00"`'),
        ("cron(15 5/6 * * ? *)", 'write `every: 6 hours`, `at: "05:15"`'),
        ("0 * * * *", 'write `every: 1 hour`, `at: "00:00"`'),
        ("30 3 * * 0", 'write `every: week`, `on: Sunday`, `at: "03:30"`'),
        ("30 3 * * 7", 'write `every: week`, `on: Sunday`, `at: "03:30"`'),
        ("30 3 * * SUN", 'write `every: week`, `on: Sunday`, `at: "03:30"`'),
        # AWS counts from Sunday, Unix from Monday.
        ("30 3 * * 2", 'write `every: week`, `on: Tuesday`, `at: "03:30"`'),
        ("cron(30 3 ? * 2 *)", 'write `every: week`, `on: Monday`, `at: "03:30"`'),
        ("cron(0 2 ? * SUN#1 *)", 'write `every: month`, `on: first Sunday`, `at: "02:00"`'),
        ("0 2 1 * *", 'write `every: month`, `on: 1`, `at: "02:00"`'),
        (
            "*/15 * * * *",
            "write `every: 1 hour` (AWS Backup, backup frequency: hourly at most), "
            "or add `point_in_time`",
        ),
        ("0 2 1 6 *", "write `every` (day, week, month or N hours), `at` and `on`"),
        ("every day", None),
        ("6 hours", None),
    ],
)
def test_cron_is_answered_in_words(cron: str, words: str | None) -> None:
    assert in_words_of_cron(cron) == words


def test_prize_draws_tiers_are_plain_data() -> None:
    tiers = {
        "daily": {"every": "day", "at": "02:00", "keep": "7 days"},
        "weekly": {"every": "week", "on": "Sunday", "at": "04:00", "keep": "1 month"},
        "monthly": {"every": "month", "on": "first Sunday", "at": "06:00", "keep": "1 year"},
        "archive": {
            "every": "month",
            "on": 1,
            "at": "08:00",
            "keep": "1 year",
            "cold_after": "30 days",
            "copy": {"to": "recovery", "keep": "120 days", "cold_after": "30 days"},
        },
    }
    read = {name: Tier.model_validate(tier) for name, tier in tiers.items()}
    assert {name: (tier.cron(), tier.keep.days) for name, tier in read.items()} == {
        "daily": ("cron(0 2 * * ? *)", 7),
        "weekly": ("cron(0 4 ? * 1 *)", 31),
        "monthly": ("cron(0 6 ? * 1#1 *)", 366),
        "archive": ("cron(0 8 1 * ? *)", 366),
    }
    for tier in read.values():
        assert Tier.model_validate(tier.in_words()) == tier
