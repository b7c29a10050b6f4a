"""Runs: the cloud's clocks, compared with an independent library; worst cases never exceeded."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.backups import BackupEntry
from pulumi_upkeep.plan.proofs.backup_rules import worst_exposure
from pulumi_upkeep.plan.runs import Rule, largest_gap, occurrences, replay, skipped
from pulumi_upkeep.plan.schedule import MONTHS, WEEKDAYS, Schedule

NEW_YORK = "America/New_York"
DAY = timedelta(days=1)
ZONES = (NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata")


def schedule(**words: Any) -> Schedule:
    return Schedule.model_validate(words)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    at = f"{draw(st.integers(0, 23)):02}:{draw(st.sampled_from((0, 15, 30, 59))):02}"
    kind = draw(st.sampled_from(("day", "week", "month", "quarter", "year", "hours")))
    if kind == "hours":
        hours = draw(st.sampled_from((1, 2, 3, 4, 6, 8, 12)))
        return schedule(every=f"{hours} hours" if hours > 1 else "1 hour", at=at)
    if kind == "week":
        return schedule(every="week", at=at, on=draw(st.sampled_from(WEEKDAYS)))
    if kind in ("month", "quarter"):
        nth = st.sampled_from(("first", "second", "third", "fourth"))
        weekday = f"{draw(nth)} {draw(st.sampled_from(WEEKDAYS))}"
        return schedule(every=kind, at=at, on=draw(st.integers(1, 28) | st.just(weekday)))
    if kind == "year":
        month = draw(st.integers(1, 12))
        most = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
        nth = st.sampled_from(("first", "second", "third", "fourth"))
        weekday = f"{draw(nth)} {draw(st.sampled_from(WEEKDAYS))} of"
        on = draw(st.integers(1, most).map(str) | st.just(weekday))
        return schedule(every="year", at=at, on=f"{on} {MONTHS[month - 1]}")
    return schedule(every="day", at=at)


starts = st.datetimes(datetime(2027, 1, 1), datetime(2045, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


def on_the_clock(expression: str, start: datetime, end: datetime) -> list[datetime]:
    """The clock times of an AWS cron expression by an independent library, clock changes aside."""
    minute, hour, day, month, weekday, _ = expression.removeprefix("cron(").rstrip(")").split()
    name, hash_, nth = weekday.partition("#")
    # AWS counts the days from Sunday, which is 1; cronsim from Sunday, which is 0.
    weekday = "*" if name == "?" else f"{int(name) - 1}{hash_}{nth}"
    if "/" in hour:
        first, _, step = hour.partition("/")
        hour = f"{first}-23/{step}"
    it = CronSim(f"{minute} {hour} {day.replace('?', '*')} {month} {weekday}", start)
    found = []
    while (moment := next(it)) < end:
        found.append(moment)
    return found


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(schedules(), starts)
def test_the_crons_clock_times_are_those_of_an_independent_library(
    words: Schedule, start: datetime
) -> None:
    end = start + timedelta(days=70)
    # UTC has no clock changes: there both must agree on every run.
    ours = [moment.replace(tzinfo=None) for moment in occurrences(words, start, end, "Etc/UTC")]
    naive = start.replace(tzinfo=None)
    theirs = on_the_clock(words.cron(), naive - timedelta(minutes=1), end.replace(tzinfo=None))
    assert ours == [moment for moment in theirs if moment >= naive]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(schedules(), starts, st.sampled_from(ZONES))
def test_runs_follow_the_clocks_with_the_clouds_rules(
    words: Schedule, start: datetime, tz: str
) -> None:
    zone, end = ZoneInfo(tz), start + timedelta(days=40)
    expected = []
    first = start.astimezone(zone).replace(tzinfo=None) - timedelta(days=2)
    for clock in on_the_clock(words.cron(), first, first + timedelta(days=45)):
        moment = clock.replace(tzinfo=zone)
        # What spring skips does not come back from UTC as the same time: it is not run. What
        # autumn repeats is run once, the first time (fold=0).
        exists = moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == clock
        if exists and start <= moment < end:
            expected.append(moment)
    assert list(occurrences(words, start, end, tz)) == expected


def test_a_time_that_spring_skips_is_not_run() -> None:
    daily = schedule(every="day", at="02:00")
    runs = occurrences(
        daily, datetime(2027, 3, 13, tzinfo=UTC), datetime(2027, 3, 16, tzinfo=UTC), NEW_YORK
    )
    assert [f"{run:%m-%d %H:%M %Z}" for run in runs] == ["03-13 02:00 EST", "03-15 02:00 EDT"]
    assert [f"{clock:%Y-%m-%d %H:%M}" for clock in skipped(daily, NEW_YORK)[:2]] == [
        "2027-03-14 02:00",
        "2028-03-12 02:00",
    ]
    gap = largest_gap([daily], NEW_YORK)
    assert (gap.length, gap.after.date()) == (timedelta(hours=47), date(2027, 3, 13))


def test_a_time_that_autumn_repeats_runs_once() -> None:
    daily = schedule(every="day", at="01:30")
    runs = list(
        occurrences(
            daily,
            datetime(2027, 11, 7, tzinfo=UTC),
            datetime(2027, 11, 8, 12, tzinfo=UTC),
            NEW_YORK,
        )
    )
    assert [f"{run:%m-%d %H:%M %Z}" for run in runs] == ["11-07 01:30 EDT", "11-08 01:30 EST"]
    assert largest_gap([daily], NEW_YORK).length == timedelta(hours=25)
    assert skipped(daily, NEW_YORK) == ()


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ({"every": "6 hours", "at": "05:00"}, 7),
        ({"every": "2 hours", "at": "01:00"}, 3),
        # 00:00 to 04:00, since 02:00 does not exist; or 00:00 to 02:00 by way of two 01:00.
        ({"every": "2 hours"}, 3),
        ({"every": "week", "on": "Sunday", "at": "02:00"}, 14 * 24 - 1),
        ({"every": "month", "on": "first Sunday", "at": "03:00"}, 35 * 24 + 1),
        ({"every": "quarter", "on": 1, "at": "12:00"}, 92 * 24 + 1),
        ({"every": "quarter", "on": "first Sunday", "at": "12:00"}, 98 * 24 + 1),
    ],
)
def test_the_largest_gap_holds_the_clocks_change(words: dict[str, Any], hours: int) -> None:
    assert largest_gap([schedule(**words)], NEW_YORK).length == timedelta(hours=hours)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(schedules(), min_size=1, max_size=3), starts, st.sampled_from(ZONES))
def test_no_observed_gap_is_larger_than_the_computed_one(
    several: list[Schedule], start: datetime, tz: str
) -> None:
    worst = largest_gap(several, tz).length
    end = start + timedelta(days=200)
    runs = sorted(
        {run.astimezone(UTC) for each in several for run in occurrences(each, start, end, tz)}
    )
    assert (
        max((later - earlier for earlier, later in pairwise(runs)), default=timedelta(0)) <= worst
    )


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("abc"), st.tuples(schedules(), st.integers(1, 400)), min_size=1
    ),
    starts,
    st.sampled_from(ZONES),
)
def test_no_observed_exposure_is_larger_than_the_computed_one(
    tiers: dict[str, tuple[Schedule, int]], start: datetime, tz: str
) -> None:
    """Replays the tiers run by run over half a year, overlaps included: a failure just before a
    late backup is complete never loses more than was computed."""
    entry = BackupEntry.model_validate(
        {
            "protects": {"tagged": {"backup": "yes"}},
            "tiers": {
                name: {**words.in_words(), "keep": f"{keep} days"}
                for name, (words, keep) in tiers.items()
            },
        }
    )
    tails = {name: tier.start_within + tier.complete_within for name, tier in entry.tiers.items()}
    computed = worst_exposure(entry, tails, tz)
    # None where there are moments without any backup: nothing is promised of them.
    assume(computed is not None)
    assert computed is not None
    worst = computed.gap.length + tails[computed.tier]
    end = start + timedelta(days=180)
    every = [
        (-tier.keep, run.astimezone(UTC), index, name)
        for index, (name, tier) in enumerate(entry.tiers.items())
        for run in occurrences(tier, start, end, tz)
    ]
    hour = timedelta(hours=1)
    taken: list[tuple[datetime, str]] = []
    for _, run, _, name in sorted(every):
        near = [other for other, of in taken if of != name and abs(other - run) < hour]
        if not near:
            taken.append((run, name))
    # At the edges a rival may be missing that is only just outside.
    inside = [pair for pair in sorted(taken) if start + 3 * DAY < pair[0] < end - 3 * DAY]
    observed = [later - earlier + tails[name] for (earlier, _), (later, name) in pairwise(inside)]
    assert max(observed, default=timedelta(0)) <= worst


def test_overlapping_start_windows_leave_the_longer_retention() -> None:
    rules = (
        Rule("daily", schedule(every="day", at="02:00"), 60, 30),
        Rule("hourly", schedule(every="6 hours", at="02:30"), 60, 7),
    )
    result = replay(rules, "Etc/UTC")
    lost = {(loser.tier, winner.tier) for loser, winner in result.lost}
    assert lost == {("hourly", "daily")}
    # In an ordinary week: 7 daily ones, and 3 of 4 of the others each day.
    week = result.taken[0]
    assert [sum(run.tier == tier for run in week) for tier in ("daily", "hourly")] == [7, 21]


def test_windows_that_only_touch_do_not_overlap() -> None:
    rules = (
        Rule("daily", schedule(every="day", at="02:00"), 60, 30),
        Rule("other", schedule(every="day", at="03:00"), 60, 7),
    )
    assert replay(rules, "Etc/UTC").lost == ()
