"""Maintenance windows in every cloud: two years of what each was told, against the plan's clocks.

Each cloud's recurrence is read by code that is not the one that made it: Systems Manager's and
CloudWatch's by the sandbox, which follows their documentation, Datadog's by dateutil.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.clocks import exists
from pulumi_upkeep.plan.corrections import corrections
from pulumi_upkeep.plan.exceptions import MONTHS_TOLD, months_after, months_left, told
from pulumi_upkeep.plan.maintenance_windows import (
    cutoff_hours,
    hours_open,
    window_findings,
    window_parts,
)
from pulumi_upkeep.plan.plan import Plan, read_chapters
from pulumi_upkeep.plan.quiet import iso_duration, mute_schedules, rrule
from pulumi_upkeep.plan.schedule import WEEKDAYS
from pulumi_upkeep.plan.windows import Window

from sandbox.aws.mute_rules import is_active
from sandbox.aws.window_schedule import faults as service_faults
from sandbox.aws.window_schedule import openings as opened
from tests.unit.plans import chapters, prod, secrets

NEW_YORK = "America/New_York"
ZONES = (NEW_YORK, "Europe/London", "Australia/Sydney", "Australia/Lord_Howe")
BECAUSE = "Nobody works between the years"
TODAY = date(2026, 11, 22)


def window(
    on: str,
    opens: str,
    closes: str,
    cancelled: tuple[str, ...] = (),
    moved: dict[str, str] | None = None,
) -> Window:
    return Window.model_validate(
        {
            "on": on,
            "from": opens,
            "to": closes,
            "cancelled": [{"on": day, "because": BECAUSE} for day in cancelled],
            "moved": [
                {"on": day, "to": to, "because": BECAUSE} for day, to in (moved or {}).items()
            ],
        }
    )


WEEKLY = window("Wednesday", "03:00", "05:00")
MONTHLY = window("first Sunday", "01:00", "05:00")
# Two in one month, one at a year's turn, one moved into the next month, one to a leap day.
WEEKLY_EXCEPTED = window(
    "Wednesday",
    "03:00",
    "05:00",
    ("2026-12-23", "2026-12-30", "2027-03-10", "2028-01-05"),
    {"2027-06-30": "2027-07-01", "2028-02-23": "2028-02-29"},
)
# November's, in which the clocks change, moved away; March's moved onto the day they do.
MONTHLY_EXCEPTED = window(
    "first Sunday",
    "01:00",
    "05:00",
    ("2026-12-06", "2027-08-01"),
    {"2027-11-07": "2027-11-13", "2027-03-07": "2027-03-14", "2028-12-03": "2028-12-31"},
)
PAST_MIDNIGHT = window("Friday", "23:00", "02:00", ("2027-12-31",), {"2027-04-30": "2027-05-01"})
ALL = {
    "weekly": WEEKLY,
    "monthly": MONTHLY,
    "weekly, excepted": WEEKLY_EXCEPTED,
    "monthly, excepted": MONTHLY_EXCEPTED,
    "past midnight": PAST_MIDNIGHT,
}
named = pytest.mark.parametrize("ours", ALL.values(), ids=ALL.keys())
zoned = pytest.mark.parametrize("zone", ZONES)

START, END = date(2026, 12, 1), date(2028, 12, 1)


def by_month() -> Iterator[tuple[date, date]]:
    """Each month of two years: its first day and the next one's."""
    month = START
    while month < END:
        yield month, months_after(month, 1)
        month = months_after(month, 1)


def expected(ours: Window, zone: str, start: date, end: date) -> set[datetime]:
    """When it begins, by the plan; where the clocks skip its time no cloud says what it does."""
    return {
        opens.astimezone(UTC)
        for day in ours.openings(start, end)
        if exists(opens := datetime.combine(day, ours.from_, ZoneInfo(zone)))
    }


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)


Told = Callable[[Window, date], Callable[[str, date, date], set[datetime]]]


def systems_manager(ours: Window, today: date) -> Callable[[str, date, date], set[datetime]]:
    """What Systems Manager opens of what it was told on a day."""
    parts = window_parts(ours, today)

    def read(zone: str, start: date, end: date) -> set[datetime]:
        found = [
            opens
            for part in parts
            for opens, _ in opened(
                {
                    "Schedule": part.expression,
                    "ScheduleTimezone": zone,
                    "Duration": hours_open(ours),
                },
                midnight(start, zone),
                midnight(end, zone),
            )
        ]
        assert len(found) == len({*found}), "two windows open at once"
        return {*found}

    return read


def datadog(ours: Window, today: date) -> Callable[[str, date, date], set[datetime]]:
    """What Datadog quiets: the rule, read by dateutil on the zone's clocks, and single ones."""
    rule, added = rrule(ours, today), ours.added

    def read(zone: str, start: date, end: date) -> set[datetime]:
        first = datetime.combine(date(2025, 12, 1), ours.from_)
        clocks = rrulestr(rule, dtstart=first).between(
            datetime.combine(start, datetime.min.time()),
            datetime.combine(end, datetime.min.time()) - timedelta(minutes=1),
            inc=True,
        )
        days = [each.date() for each in clocks] + [day for day in added if start <= day < end]
        assert len(days) == len({*days}), "two downtimes at once"
        local = [datetime.combine(day, ours.from_, ZoneInfo(zone)) for day in days]
        return {each.astimezone(UTC) for each in local if exists(each)}

    return read


@pytest.mark.slow
@named
@zoned
@pytest.mark.parametrize("cloud", [systems_manager, datadog])
def test_two_years_of_openings_deployed_every_month(cloud: Told, ours: Window, zone: str) -> None:
    for month, after in by_month():
        read = cloud(ours, month + timedelta(days=20))
        assert read(zone, month, after) == expected(ours, zone, month, after), month


@pytest.mark.slow
@named
@pytest.mark.parametrize("cloud", [systems_manager, datadog])
def test_one_deployment_is_right_for_eleven_months(cloud: Told, ours: Window) -> None:
    """Whenever it was, from the first of its month on."""
    for month, _ in by_month():
        first, before = told(month + timedelta(days=27))
        assert (first, before) == (
            month - timedelta(days=1),
            months_after(month, MONTHS_TOLD),
        )
        read = cloud(ours, month + timedelta(days=27))
        assert read(NEW_YORK, first, before) == expected(ours, NEW_YORK, first, before), month


# One of every month is left out, and twice the last one of the month before.
LAST_NIGHTS = (date(2026, 9, 30), date(2027, 6, 30))
EVERY_MONTH = window(
    "Wednesday",
    "03:00",
    "05:00",
    tuple(
        f"{day}"
        for day in (
            *window("third Wednesday", "03:00", "05:00").openings(
                date(2026, 9, 1), date(2029, 12, 1)
            ),
            *LAST_NIGHTS,
        )
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("cloud", [systems_manager, datadog])
def test_an_opening_may_be_left_out_in_every_month(cloud: Told) -> None:
    for month in (date(2026, 10, 1), *(month for month, _ in by_month())):
        today = month + timedelta(days=27)
        first, before = told(today)
        whole = months_left(EVERY_MONTH, today)
        # Of twelve months one stays whole: the last one is told by the next deployment.
        until = months_after(before, -1) if first in LAST_NIGHTS else before
        assert len(whole) == 1
        read = cloud(EVERY_MONTH, today)
        assert read(NEW_YORK, first, until) == expected(EVERY_MONTH, NEW_YORK, first, until), month


def rules(ours: Window, zone: str, today: date) -> list[dict[str, Any]]:
    """A window's mute rules as CloudWatch is sent them."""
    found = []
    for each in mute_schedules(ours, today):
        schedule = {
            "Expression": each.expression,
            "Duration": iso_duration(ours.length),
            "Timezone": zone,
        }
        rule: dict[str, Any] = {"Rule": {"Schedule": schedule}}
        if each.starts:
            rule["StartDate"] = each.starts
        if each.expires:
            rule["ExpireDate"] = each.expires
        found.append(rule)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("zone", [NEW_YORK, "Australia/Lord_Howe"])
@named
def test_two_years_of_mute_rules(ours: Window, zone: str) -> None:
    """The minutes on both sides of an opening's edges, and one of every other day: muted exactly
    from its start for as long as it is counted."""
    length, minute = ours.length, timedelta(minutes=1)
    for month, after in by_month():
        told_now = rules(ours, zone, month + timedelta(days=10))

        def muted(moment: datetime, told_now: list[dict[str, Any]] = told_now) -> bool:
            return any(is_active(rule, moment) for rule in told_now)

        starts = expected(ours, zone, month - timedelta(days=2), after + timedelta(days=2))
        begin, end = midnight(month, zone), midnight(after, zone)
        for opens in starts:
            edges = (opens - minute, opens, opens + length - minute, opens + length)
            for moment, quiet in zip(edges, (False, True, True, False), strict=True):
                if begin <= moment < end:
                    assert muted(moment) == quiet, moment
        # Once on every day, at a time at which it is quiet if it is at all.
        for ordinal in range(month.toordinal(), after.toordinal()):
            local = datetime.combine(date.fromordinal(ordinal), ours.from_, ZoneInfo(zone))
            moment = (local + timedelta(minutes=30)).astimezone(UTC)
            quiet = any(opens <= moment < opens + length for opens in starts)
            assert muted(moment) == quiet, moment


@pytest.mark.slow
def test_corrections_are_of_the_same_openings() -> None:
    given = chapters()
    given["windows"]["weekly"]["cancelled"] = [{"on": "2026-12-23", "because": BECAUSE}]
    given["windows"]["weekly"]["moved"] = [
        {"on": "2026-12-30", "to": "2027-01-02", "because": BECAUSE}
    ]
    plan = Plan.from_config(given, secrets())
    days = [each.name for each in corrections(plan, TODAY) if each.window == "weekly"]
    near = [name for name in days if name > "weekly-2026-12-10"]
    assert near[:4] == [
        "weekly-2026-12-16",
        "weekly-2027-01-02",
        "weekly-2027-01-06",
        "weekly-2027-01-13",
    ]


# ---- how it is told ------------------------------------------------------------------------------


def test_the_plans_windows_in_systems_managers_words() -> None:
    told_of = {
        name: (
            [(part.part, part.expression) for part in window_parts(each, TODAY)],
            hours_open(each),
            cutoff_hours(each),
        )
        for name, each in prod().windows.items()
    }
    assert told_of == {
        "weekly": ([("", "cron(0 3 ? * WED *)")], 2, 1),
        "monthly": ([("", "cron(0 1 ? * SUN#1 *)")], 4, 1),
    }
    assert cutoff_hours(window("Sunday", "01:00", "02:00")) == 0


def test_exceptions_in_the_words_of_each_cloud() -> None:
    ours = window("Wednesday", "03:00", "05:00", ("2026-12-23",), {"2027-03-10": "2027-03-11"})
    months = "1,2,4,5,6,7,8,9,10,11"
    assert [(part.part, part.expression) for part in window_parts(ours, TODAY)] == [
        ("", f"cron(0 3 ? {months} WED *)"),
        ("in-2026-12", "cron(0 3 2,9,16,30 12 ? 2026)"),
        ("in-2027-03", "cron(0 3 3,17,24,31 3 ? 2027)"),
        ("on-2027-03-11", "cron(0 3 11 3 ? 2027)"),
    ]
    assert [(each.part, each.expression, each.expires) for each in mute_schedules(ours, TODAY)] == [
        ("", f"cron(0 3 * {months} WED)", ""),
        ("in-2026-12", "cron(0 3 2,9,16,30 12 *)", "2027-01-15T00:00:00Z"),
        ("in-2027-03", "cron(0 3 3,17,24,31 3 *)", "2027-04-15T00:00:00Z"),
        ("on-2027-03-11", "cron(0 3 11 3 *)", "2027-04-15T00:00:00Z"),
    ]
    stay = ",".join(f"{nth}WE" for nth in range(1, 54) if nth not in (51, 10))
    assert rrule(ours, TODAY) == f"FREQ=YEARLY;INTERVAL=1;BYDAY={stay}"
    monthly = window("first Sunday", "01:00", "05:00", ("2027-03-07",))
    assert rrule(monthly, TODAY).endswith("BYDAY=1SU;BYMONTH=1,2,4,5,6,7,8,9,10,11,12")
    assert [part.expression for part in window_parts(monthly, TODAY)] == [
        "cron(0 1 ? 1,2,4,5,6,7,8,9,10,11,12 SUN#1 *)"
    ]


def test_what_is_told_changes_with_the_month_and_not_before() -> None:
    def all_of_it(today: date) -> tuple[Any, ...]:
        ours = (WEEKLY_EXCEPTED, MONTHLY_EXCEPTED)
        return tuple((window_parts(each, today), rrule(each, today)) for each in ours)

    days = [date(2026, 12, day) for day in (1, 2, 22, 23, 24, 30, 31)]
    assert len({all_of_it(day) for day in days}) == 1
    # In January December's are over, and the recurrence is whole again until the next exception.
    assert all_of_it(date(2027, 1, 1)) != all_of_it(date(2026, 12, 31))
    assert window_parts(WEEKLY_EXCEPTED, date(2028, 6, 1)) == window_parts(WEEKLY, TODAY)
    assert rrule(WEEKLY_EXCEPTED, date(2028, 6, 1)) == rrule(WEEKLY, TODAY)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    on=st.sampled_from(
        [*WEEKDAYS, *(f"{nth} {day}" for nth in ("first", "fourth") for day in WEEKDAYS)]
    ),
    hour=st.integers(0, 23),
    length=st.integers(1, 23),
    gone=st.sets(st.integers(0, 10), max_size=5),
    moved=st.dictionaries(st.integers(0, 10), st.integers(1, 6), max_size=2),
    today=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    zone=st.sampled_from(ZONES),
)
def test_whatever_is_left_out_both_clouds_open_when_the_plan_does(
    on: str,
    hour: int,
    length: int,
    gone: set[int],
    moved: dict[int, int],
    today: date,
    zone: str,
) -> None:
    opens, closes = f"{hour:02}:00", f"{(hour + length) % 24:02}:00"
    first, before = told(today)
    days = list(window(on, opens, closes).openings(first, before))
    ours = window(
        on,
        opens,
        closes,
        tuple(f"{days[index]}" for index in sorted(gone - {*moved}) if index < len(days)),
        {
            f"{days[index]}": f"{days[index] + timedelta(days=away)}"
            for index, away in moved.items()
            if index < len(days)
        },
    )
    wanted = expected(ours, zone, first, before)
    assert systems_manager(ours, today)(zone, first, before) == wanted
    assert datadog(ours, today)(zone, first, before) == wanted
    for part in window_parts(ours, today):
        asked = {
            "Name": "bynomi-prod-windows",
            "Schedule": part.expression,
            "ScheduleTimezone": zone,
            "Duration": hours_open(ours),
            "Cutoff": cutoff_hours(ours),
        }
        assert list(service_faults(asked)) == []
        assert len(part.expression) <= 256


def test_the_sandbox_reads_expressions_as_another_library_does() -> None:
    """The judge judged: days and times of cron by cronsim, on clocks that never change."""
    pairs = [
        ("cron(0 3 ? * WED *)", "0 3 * * WED"),
        ("cron(0 1 ? * SUN#1 *)", "0 1 * * SUN#1"),
        ("cron(30 23 ? 1,2,4-12 FRI#4 *)", "30 23 * 1,2,4-12 FRI#4"),
        ("cron(0 3 2,9,16,30 12 ? *)", "0 3 2,9,16,30 12 *"),
    ]
    start, end = datetime(2026, 12, 1, tzinfo=UTC), datetime(2028, 12, 1, tzinfo=UTC)
    for theirs, standard in pairs:
        judge = CronSim(standard, start - timedelta(minutes=1))
        known: list[datetime] = []
        while (each := next(judge)) < end:
            known.append(each)
        found = [o for o, _ in opened({"Schedule": theirs, "Duration": 1}, start, end)]
        assert found == known, theirs


# ---- what cannot stand, and what is noted --------------------------------------------------------


def faults(windows: dict[str, Any]) -> list[str]:
    given = chapters() | {"windows": windows, "accepted": []}
    found = read_chapters(given, secrets()).faults
    return [str(fault) for fault in found if fault.path.startswith("windows")]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"on": "Wednesday", "from": "03:00", "to": "04:20"},
            "windows.w.to = 04:20: open for 1 hour 20 minutes, and its hours are counted whole "
            "(Systems Manager, CreateMaintenanceWindow: 1 to 24 whole hours); "
            'nearest: `"04:00"`',
        ),
        ({"on": "Wednesday", "from": "23:00", "to": "23:20"}, 'nearest: `"00:00"`'),
        ({"on": "Wednesday", "from": "23:00", "to": "01:45"}, 'nearest: `"02:00"`'),
        ({"on": "fifth Sunday", "from": "01:00", "to": "05:00"}, "write `fourth Sunday`"),
        ({"on": "Wednesday", "from": "03:00", "to": "03:00"}, "let `to` differ from `from`"),
        (
            {
                "on": "first Sunday",
                "from": "02:00",
                "to": "05:00",
                "moved": [{"on": "2027-03-07", "to": "2027-03-14", "because": BECAUSE}],
            },
            "windows.w.moved.0.to = 2027-03-14: 02:00 does not exist on that day in "
            'America/New_York; nearest: `"2027-03-15"`',
        ),
        (
            {
                "on": "first Sunday",
                "from": "01:00",
                "to": "05:00",
                "cancelled": [{"on": "2027-03-14", "because": BECAUSE}],
            },
            "windows.w.cancelled.0.on = 2027-03-14: a Sunday on which `first Sunday 01:00-05:00` "
            'does not open; nearest: `"2027-03-07"`',
        ),
    ],
)
def test_what_cannot_stand_says_what_would(given: dict[str, Any], says: str) -> None:
    found = faults({"w": given})
    assert len(found) == 1, found
    assert says in found[0]


def test_whole_hours_are_fine_past_midnight() -> None:
    assert faults({"w": {"on": "Saturday", "from": "22:30", "to": "02:30"}}) == []


def findings(windows: dict[str, Any], today: date = TODAY) -> dict[str, str]:
    read = {name: Window.model_validate(given) for name, given in windows.items()}
    plan = prod().model_copy(update={"windows": read})
    return {f"{each.code} {each.at}": each.says for each in window_findings(plan, today)}


@pytest.mark.slow
def test_two_windows_that_overlap_are_refused_with_the_day() -> None:
    monthly = {"on": "first Sunday", "from": "01:00", "to": "05:00"}
    found = findings(
        {"monthly": monthly, "weekly": {"on": "Sunday", "from": "03:00", "to": "06:00"}}
    )
    assert found["windows-overlap windows.weekly"].startswith(
        "on 2026-01-04 `Sunday 03:00-06:00` and `windows.monthly` (`first Sunday 01:00-05:00`) are "
        "open together for 2 hours"
    )
    # One that ends when the other begins does not.
    touching = {"on": "Sunday", "from": "05:00", "to": "07:00"}
    assert "windows-overlap windows.weekly" not in findings(
        {"monthly": monthly, "weekly": touching}
    )
    # Across midnight it does.
    night = {"on": "Saturday", "from": "23:00", "to": "02:00"}
    assert "windows-overlap windows.night" in findings({"monthly": monthly, "night": night})
    weekly = {"on": "Wednesday", "from": "03:00", "to": "05:00"}
    assert overlaps({"monthly": monthly, "weekly": weekly}) == {}


def overlaps(windows: dict[str, Any]) -> dict[str, str]:
    """Where two windows are open together, and what would do."""
    read = {name: Window.model_validate(given) for name, given in windows.items()}
    found = window_findings(prod().model_copy(update={"windows": read}), TODAY)
    return {each.at: each.remedy for each in found if each.code == "windows-overlap"}


@pytest.mark.slow
def test_an_opening_that_is_moved_onto_another_window_is_told_by_itself() -> None:
    """Nothing is wrong with either window: the opening needs another day, the nearest free one."""
    weekly = {"on": "Wednesday", "from": "03:00", "to": "05:00"}
    monthly = {"on": "first Sunday", "from": "01:00", "to": "05:00"}

    def moved(to: str) -> dict[str, str]:
        away = [{"on": "2027-03-07", "to": to, "because": BECAUSE}]
        return overlaps({"monthly": monthly | {"moved": away}, "weekly": weekly})

    assert moved("2027-03-10") == {"windows.monthly.moved.0.to": 'nearest: `"2027-03-11"`'}
    assert moved("2027-03-11") == {}
    # Across midnight, and beside two windows that overlap whenever both open.
    night = {"on": "Saturday", "from": "23:00", "to": "02:00"}
    assert overlaps({"monthly": monthly, "night": night}).keys() == {"windows.night"}
    early = {"on": "Friday", "from": "23:00", "to": "02:00"}
    late = [{"on": "2027-03-12", "to": "2027-03-06", "because": BECAUSE}]
    assert overlaps({"early": early | {"moved": late}, "monthly": monthly}) == {
        "windows.early.moved.0.to": 'nearest: `"2027-03-07"`'
    }


def test_a_window_that_opens_once_in_a_year_stands_and_one_that_never_does_is_refused() -> None:
    """Once is enough: what is cancelled in advance is somebody's plan, all of it is a mistake."""
    weekly = {"on": "Wednesday", "from": "03:00", "to": "05:00"}
    first = next(Window.model_validate(weekly).openings(TODAY, TODAY + timedelta(days=7)))
    days = [first + timedelta(days=7 * week) for week in range(53)]
    off = [{"on": day.isoformat(), "because": BECAUSE} for day in days]
    at = "window-never-opens windows.w.cancelled"
    assert at in findings({"w": weekly | {"cancelled": off}})
    kept = findings({"w": weekly | {"cancelled": off[1:]}})
    assert at not in kept
    # One that is moved opens all the same.
    away = {**off[0], "to": (first + timedelta(days=1)).isoformat()}
    assert at not in findings({"w": weekly | {"cancelled": off[1:], "moved": [away]}})


def test_november_is_five_hours_of_which_four_are_counted() -> None:
    found = findings({"monthly": {"on": "first Sunday", "from": "01:00", "to": "05:00"}})
    assert found == {
        "window-longer-than-counted windows.monthly": "when the clocks change, first on "
        "2027-11-07, the window lasts 5 hours, and Systems Manager counts 4 hours from its start: "
        "no task begins within 1 hour of its end"
    }
    spring = findings({"w": {"on": "second Sunday", "from": "01:00", "to": "05:00"}})
    assert "the window lasts 3 hours" in spring["window-shorter-than-counted windows.w"]
    skipped = findings({"w": {"on": "second Sunday", "from": "02:00", "to": "05:00"}})
    assert "window-skipped-on-clock-change windows.w" in skipped
    assert findings({"w": {"on": "Wednesday", "from": "03:00", "to": "05:00"}}) == {}


def test_an_exception_is_noted_a_year_after_it_is_over() -> None:
    weekly = {
        "on": "Wednesday",
        "from": "03:00",
        "to": "05:00",
        "cancelled": [{"on": "2025-11-19", "because": BECAUSE}],
        "moved": [{"on": "2025-11-26", "to": "2025-11-27", "because": BECAUSE}],
    }
    assert findings({"w": weekly}).keys() == {"window-exception-over windows.w.cancelled.0"}
    assert findings({"w": weekly}, date(2026, 11, 20)) == {}
