"""Quiet in maintenance windows: how both clouds are told, and what happens when clocks change."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.plan import read_chapters
from pulumi_upkeep.plan.quiet import (
    Parted,
    datadog_duration,
    departures,
    iso_duration,
    mute_schedules,
    next_opening,
    opens_by_name,
    quiet_stretch,
    rrule,
)
from pulumi_upkeep.plan.schedule import WEEKDAYS
from pulumi_upkeep.plan.windows import Window

from sandbox.aws.mute_rules import is_active
from tests.unit.plans import changed, chapters, prod
from tests.unit.plans import secrets as shipped_secrets

NEW_YORK = "America/New_York"
SECRETS = shipped_secrets()


def window(on: str, opens: str, closes: str) -> Window:
    return Window.model_validate({"on": on, "from": opens, "to": closes})


WEEKLY, MONTHLY = window("Wednesday", "03:00", "05:00"), window("first Sunday", "01:00", "05:00")
PAST_MIDNIGHT = window("Friday", "23:30", "01:00")


def test_both_clouds_are_told_in_their_own_words() -> None:
    assert [rrule(each, date(2026, 11, 22)) for each in (WEEKLY, MONTHLY)] == [
        "FREQ=WEEKLY;INTERVAL=1;BYDAY=WE",
        "FREQ=MONTHLY;INTERVAL=1;BYDAY=1SU",
    ]
    told = [
        (datadog_duration(each.length), iso_duration(each.length))
        for each in (WEEKLY, PAST_MIDNIGHT)
    ]
    assert told == [("2h", "PT2H"), ("90m", "PT1H30M")]
    assert [opens_by_name(each) for each in (WEEKLY, MONTHLY)] == [
        "wednesday-0300",
        "1-sunday-0100",
    ]
    (every,) = mute_schedules(WEEKLY, date(2026, 11, 22))
    assert (every.expression, every.starts, every.expires) == ("cron(0 3 * * WED)", "", "")


def test_a_start_lies_ahead_and_exists() -> None:
    def at(written: str) -> datetime:
        return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(NEW_YORK))

    assert next_opening(WEEKLY, NEW_YORK, at("2026-11-22T07:00")) == "2026-11-25T03:00:00"
    # While a window is open, and while a deployment would reach into it, it is the next one.
    assert next_opening(WEEKLY, NEW_YORK, at("2026-11-25T04:00")) == "2026-12-02T03:00:00"
    assert next_opening(WEEKLY, NEW_YORK, at("2026-11-25T02:46")) == "2026-12-02T03:00:00"
    assert next_opening(WEEKLY, NEW_YORK, at("2026-11-25T02:45")) == "2026-11-25T03:00:00"
    skipped = window("Sunday", "02:30", "04:00")
    assert next_opening(skipped, NEW_YORK, at("2027-03-10T12:00")) == "2027-03-21T02:30:00"


def test_an_nth_weekday_is_told_by_its_dates_of_two_years() -> None:
    rules = mute_schedules(MONTHLY, date(2026, 11, 22))
    assert len(rules) == 14
    first, *_, last = rules
    assert (first.part, first.expression) == ("2026-1", "cron(0 1 1 2,3,11 *)")
    # This year's holds at once; next year's only then. Neither year's reaches into another.
    assert (first.starts, first.expires) == ("", "2026-12-30T00:00:00Z")
    assert (last.part, last.expression) == ("2027-7", "cron(0 1 7 2,3,11 *)")
    assert (last.starts, last.expires) == ("2026-12-30T00:00:00Z", "2027-12-30T00:00:00Z")


def test_rules_change_with_the_year_and_not_before() -> None:
    days = [date(2026, 12, 30) + timedelta(days=n) for n in (0, 1, 2, 60, 200, 362, 363)]
    assert len({mute_schedules(MONTHLY, day) for day in days}) == 1
    assert mute_schedules(MONTHLY, date(2026, 12, 29)) != mute_schedules(
        MONTHLY, date(2026, 12, 30)
    )


def documents(each: Window, today: date) -> list[dict[str, Any]]:
    """A window's mute rules as CloudWatch is sent them."""
    return [
        {
            "Rule": {
                "Schedule": {
                    "Expression": schedule.expression,
                    "Duration": iso_duration(each.length),
                    "Timezone": NEW_YORK,
                }
            },
            **({"StartDate": schedule.starts} if schedule.starts else {}),
            **({"ExpireDate": schedule.expires} if schedule.expires else {}),
        }
        for schedule in mute_schedules(each, today)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("each", [WEEKLY, MONTHLY, PAST_MIDNIGHT], ids=lambda each: each.says())
def test_two_years_of_mute_rules_are_the_plans_windows(each: Window) -> None:
    """Every quarter of an hour of two years, against the clocks; each night that differs is known.

    The sandbox's rules, as CloudWatch documents them, are read by code of their own.
    """
    rules, zone = documents(each, date(2027, 1, 2)), ZoneInfo(NEW_YORK)
    known = {parted.day: parted for parted in departures(each, NEW_YORK)}
    differing: dict[date, timedelta] = {}
    quarter = timedelta(minutes=15)
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    while moment < datetime(2028, 12, 29, tzinfo=UTC):
        local = moment.astimezone(zone)
        # Windows are looked for on their own days alone; on others nothing may be muted.
        near = each.opens_on(local.date()) or each.opens_on(local.date() - timedelta(days=1))
        if near or (local.hour, local.minute) == (each.from_.hour, each.from_.minute):
            muted = any(is_active(rule, moment) for rule in rules)
            if muted != each.covers(local):
                differing[local.date()] = differing.get(local.date(), timedelta()) + quarter
        moment += quarter
    expected = {
        parted.day: parted.by
        for parted in known.values()
        if date(2027, 1, 1) <= parted.day < date(2028, 12, 29)
    }
    assert differing == expected


def test_the_first_sunday_of_november_lasts_five_hours_and_is_quiet_for_four() -> None:
    november = date(2027, 11, 7)
    opens, closes = MONTHLY.stretch(november, NEW_YORK)
    assert closes - opens == timedelta(hours=5)
    quiet = quiet_stretch(MONTHLY, november, NEW_YORK)
    assert quiet == (opens, opens + timedelta(hours=4))
    two_years = departures(MONTHLY, NEW_YORK, date(2027, 1, 1), date(2029, 1, 1))
    assert two_years == (
        Parted("rings-too-soon", november, timedelta(hours=1)),
        Parted("rings-too-soon", date(2028, 11, 5), timedelta(hours=1)),
    )
    assert departures(WEEKLY, NEW_YORK) == ()


def test_in_spring_the_quiet_outlasts_a_window_or_its_time_is_not_there() -> None:
    year = (date(2027, 1, 1), date(2028, 1, 1))
    long = departures(window("Sunday", "01:00", "05:00"), NEW_YORK, *year)
    assert [parted.kind for parted in long] == ["quiet-too-long", "rings-too-soon"]
    assert long[0] == Parted("quiet-too-long", date(2027, 3, 14), timedelta(hours=1))
    skipped = departures(window("Sunday", "02:00", "04:00"), NEW_YORK, *year)
    assert skipped[0] == Parted("not-quiet", date(2027, 3, 14), timedelta(hours=1))
    # An edge within the skipped hour lies where the clocks jump.
    opens_late = departures(window("Sunday", "02:30", "04:00"), NEW_YORK, *year)
    assert opens_late[0] == Parted("not-quiet", date(2027, 3, 14), timedelta(hours=1))
    closes_early = departures(window("Sunday", "01:30", "02:30"), NEW_YORK, *year)
    assert closes_early[0] == Parted("quiet-too-long", date(2027, 3, 14), timedelta(minutes=30))
    # Past midnight: it opens on the day before the clocks change.
    saturday = departures(window("Saturday", "23:00", "04:00"), NEW_YORK, *year)
    assert [(each.kind, each.day) for each in saturday] == [
        ("quiet-too-long", date(2027, 3, 13)),
        ("rings-too-soon", date(2027, 11, 6)),
    ]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(WEEKDAYS),
    st.integers(0, 23),
    st.integers(0, 23).filter(bool),
    st.sampled_from([NEW_YORK, "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe"]),
)
def test_every_other_night_window_and_quiet_are_one(
    day: str, opens: int, length: int, zone: str
) -> None:
    each = window(day, f"{opens:02}:00", f"{(opens + length) % 24:02}:00")
    start, end = date(2027, 1, 1), date(2028, 1, 1)
    known = {parted.day for parted in departures(each, zone, start, end)}
    for ordinal in range(start.toordinal() + 1, end.toordinal() - 1):
        opening = date.fromordinal(ordinal)
        if each.opens_on(opening) and opening not in known:
            assert quiet_stretch(each, opening, zone) == each.stretch(opening, zone)
    assert each.length == timedelta(hours=length)


# ---- in the plan --------------------------------------------------------------------------------


def test_the_shipped_plan_quiets_the_shop_and_says_what_november_does() -> None:
    quiets = prod().windows["monthly"].quiets
    assert quiets is not None
    assert (quiets.services, quiets.databases, quiets.severities) == (
        ("web",),
        ("orders",),
        ("p1", "p2", "p3"),
    )


def test_a_window_that_parts_from_its_quiet_is_noted(tmp_path: Path) -> None:
    report = changed(tmp_path, ("on: Wednesday, from", "on: Sunday, from"), ("03:00", "01:00"))
    codes = {
        finding.code: finding.says
        for finding in report.findings
        if finding.at == "windows.weekly.quiets"
    }
    assert codes.keys() == {"quiet-ends-before-window", "quiet-outlasts-window"}
    assert (
        "first on 2027-03-14, alerts stay quiet for 1 hour after it has closed"
        in (codes["quiet-outlasts-window"])
    )


def faults(quiets: Any) -> list[str]:
    given = chapters()
    given["windows"]["weekly"]["quiets"] = quiets
    return [
        str(fault)
        for fault in read_chapters(given, SECRETS).faults
        if fault.path.startswith("windows")
    ]


@pytest.mark.parametrize(
    ("quiets", "says"),
    [
        (
            {"services": ["wbe"]},
            "windows.weekly.quiets.services.0 = wbe: no such name in `services`; "
            "did you mean `web`?",
        ),
        (
            {"databases": ["order"]},
            "windows.weekly.quiets.databases.0 = order: no such name in `estate.databases`; "
            "did you mean `orders`?",
        ),
        (
            {},
            "windows.weekly.quiets: quiets nothing; name `services`, `servers`, `databases` or "
            "`alerts`, or leave it out",
        ),
        (
            {"service": ["web"]},
            "windows.weekly.quiets.service: not a word of the plan; did you mean `services`?",
        ),
    ],
)
def test_what_is_not_there_cannot_be_quiet(quiets: Any, says: str) -> None:
    assert faults(quiets) == [says]
