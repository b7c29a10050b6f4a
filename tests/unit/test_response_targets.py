"""Until when somebody answers: words, deadlines on the clocks of several zones, and holidays.

Deadlines are compared with a simulation that shares no line with them: it walks the minutes.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays as calendars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.holidays import holiday_findings, holiday_occasions
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs.pages import holidays_between
from pulumi_upkeep.plan.proofs.times import longest_closed, slowest_answer
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.plan.response import BusinessDays, due, parse_within, say_target
from pulumi_upkeep.plan.rotations import opens
from pulumi_upkeep.plan.severities import BusinessHours, SeverityDefinition

from tests.unit.plans import PROD, ROOT, STAGING, chapters, prod, secrets

PRIZE_DRAW = ROOT / "examples" / "prize-draw" / "Pulumi.prod.yaml"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def definition(**changes: Any) -> SeverityDefinition:
    written = {"means": "m", "respond_within": "2 hours", "hours": "business", "slack": ["a"]}
    return SeverityDefinition.model_validate(written | changes)


def plan(**changed: Any) -> Plan:
    return Plan.from_config({**chapters(), **changed}, secrets())


def faults(**changed: Any) -> list[str]:
    with pytest.raises(PlanError) as refused:
        plan(**changed)
    return [str(fault) for fault in refused.value.faults]


# ---- words ---------------------------------------------------------------------------------------


def test_words_are_read_and_written_back() -> None:
    assert parse_within("15 minutes") == 15 * MINUTE
    assert parse_within("2 business days") == BusinessDays(2)
    assert definition(respond_within="1 business day").in_words()["respond_within"] == (
        "1 business day"
    )
    assert say_target(definition()) == "2 hours of business hours"
    assert say_target(definition(off_hours="next day")) == (
        "2 hours of business hours, next day outside of them"
    )
    assert say_target(definition(respond_within="2 business days")) == "2 business days"
    assert say_target(definition(hours="always")) == "2 hours, at any hour"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"respond_within": "2 days"},
            "severities.p3: `respond_within: 2 days` of business hours: a day has 24 hours, and "
            "fewer of them are business hours; write `respond_within: 2 business days`",
        ),
        (
            {"respond_within": "2 business days", "hours": "always"},
            "severities.p3: `respond_within: 2 business days`, and `hours: always` knows no "
            "business days; write `hours: business`, or `respond_within: 2 days`",
        ),
        (
            {"hours": "always", "respond_within": "2 days", "off_hours": "next day"},
            "severities.p3: `off_hours`, and with `hours: always` there are none; leave "
            "`off_hours` out",
        ),
        (
            {"off_hours": "next week"},
            "severities.p3.off_hours = next week: not taken here; write `next day`",
        ),
        (
            {"respond_within": "0 business days"},
            "severities.p3.respond_within = 0 business days: a duration of nothing; at least "
            "`1 business day`",
        ),
    ],
    ids=["days", "always", "off hours always", "next week", "nothing"],
)
def test_words_that_do_not_go_together(changes: dict[str, Any], said: str) -> None:
    severities = chapters()["severities"]
    severities["p3"] = severities["p3"] | changes
    assert faults(severities=severities) == [said]


# ---- deadlines -----------------------------------------------------------------------------------


class _Walked:
    """Business hours, minute by minute."""

    def __init__(self, tz: str, hours: BusinessHours, closed: Collection[date]) -> None:
        self.zone, self.hours, self.closed = ZoneInfo(tz), hours, closed

    def open(self, moment: datetime) -> bool:
        shown = moment.astimezone(self.zone)
        return (
            shown.strftime("%A") in self.hours.on
            and shown.date() not in self.closed
            and self.hours.from_ <= shown.time() < self.hours.to
        )

    def due(self, target: SeverityDefinition, since: datetime) -> datetime:
        if target.hours == "always":
            assert isinstance(target.respond_within, timedelta)
            return since + target.respond_within
        at = since
        if target.off_hours and not self.open(at):
            while not self.open(at):
                at += MINUTE
            while self.open(at):
                at += MINUTE
            return at
        within = target.respond_within
        a_day = (self.hours.to.hour - self.hours.from_.hour) * 60 + (
            self.hours.to.minute - self.hours.from_.minute
        )
        left = within.count * a_day if isinstance(within, BusinessDays) else within // MINUTE
        while left:
            left -= self.open(at)
            at += MINUTE
        return at


# Zones whose clocks change at another time each, by half an hour, at midnight, or never.
ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kathmandu",
]
TARGETS = [
    definition(),
    definition(off_hours="next day"),
    definition(respond_within="8 hours"),
    definition(respond_within="2 business days"),
    definition(hours="always", respond_within="15 minutes"),
]
# One whose hours the clocks change in: they are open on Sundays, from midnight on.
EARLY = BusinessHours.model_validate(
    {"on": ["Saturday", "Sunday", "Monday"], "from": "00:00", "to": "05:30"}
)
DAYTIME = BusinessHours()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.sampled_from(TARGETS),
    st.sampled_from([EARLY, DAYTIME]),
    # Two years, by the minute.
    st.integers(0, 2 * 366 * 24 * 60),
    st.sets(st.integers(0, 20), max_size=6),
)
def test_deadlines_are_those_of_a_walk_through_the_minutes(
    tz: str, target: SeverityDefinition, hours: BusinessHours, minute: int, off: set[int]
) -> None:
    since = datetime(2026, 11, 22, tzinfo=UTC) + minute * MINUTE
    closed = {since.date() + each * DAY for each in off}
    assert due(target, hours, since, tz, closed) == _Walked(tz, hours, closed).due(target, since)


@pytest.mark.slow
@pytest.mark.parametrize("tz", ZONES)
@pytest.mark.parametrize("hours", [EARLY, DAYTIME], ids=["early", "daytime"])
def test_around_every_clock_change_of_two_years(tz: str, hours: BusinessHours) -> None:
    """From twelve hours before each change on, every six hours and a minute beside it."""
    zone = ZoneInfo(tz)
    day = datetime(2026, 11, 22, tzinfo=UTC)
    changes = [
        day + each * HOUR
        for each in range(2 * 366 * 24)
        if (day + each * HOUR).astimezone(zone).utcoffset()
        != (day + (each + 1) * HOUR).astimezone(zone).utcoffset()
    ]
    assert len(changes) == (0 if tz == "Asia/Kathmandu" else 4)
    walked = _Walked(tz, hours, ())
    for change in changes:
        for step in range(-12, 13, 6):
            for target in TARGETS[:4]:
                since = change + step * HOUR + MINUTE
                assert due(target, hours, since, tz) == walked.due(target, since), (since, target)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("severity", "since", "by"),
    [
        # "15 minutes, 24/7", on a holiday, too.
        ("p0", "2026-11-26T03:00", "2026-11-26T03:15"),
        # "2 hours during business hours, next day off-hours".
        ("p1", "2026-11-24T10:00", "2026-11-24T12:00"),
        ("p1", "2026-11-24T20:00", "2026-11-25T17:00"),
        ("p1", "2026-11-24T03:00", "2026-11-24T17:00"),
        # The day before Thanksgiving at 16:00: an hour of it, and one of Friday.
        ("p1", "2026-11-25T16:00", "2026-11-27T10:00"),
        ("p1", "2026-11-25T18:00", "2026-11-27T17:00"),
        # "8 hours during business hours".
        ("p2", "2026-11-20T13:00", "2026-11-23T13:00"),
        # "2 business days": Thanksgiving and the weekend are none.
        ("p3", "2026-11-25T10:00", "2026-11-30T10:00"),
        ("p3", "2026-11-28T12:00", "2026-12-01T17:00"),
    ],
)
def test_the_plans_targets(severity: Any, since: str, by: str) -> None:
    of = prod()
    found = due(
        of.severities[severity],
        of.business_hours,
        local(since),
        of.timezone,
        {each.on for each in of.holidays},
    )
    assert found == local(by)
    assert found.tzinfo is UTC


def test_hours_that_never_begin_are_no_endless_search() -> None:
    days = {date(2026, 11, 22) + each * DAY for each in range(40)}
    found = opens(DAYTIME, local("2026-11-22T00:00"), "America/New_York", days)
    assert found.astimezone(ZoneInfo("America/New_York")) == local("2027-01-01T09:00")


# ---- holidays ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _known() -> dict[Path, Any]:
    years = (2026, 2027)
    return {
        PROD: calendars.country_holidays("US", years=[*years, 2028], observed=True),
        STAGING: calendars.country_holidays("US", years=[*years, 2028], observed=True),
        PRIZE_DRAW: calendars.country_holidays("GB", subdiv="ENG", years=years, observed=True),
    }


@pytest.mark.slow
@pytest.mark.parametrize("path", [PROD, STAGING, PRIZE_DRAW], ids=["prod", "staging", "prize-draw"])
def test_the_shipped_holidays_are_holidays(path: Path) -> None:
    """By a calendar of the countries that is not ours; of Britain's all, from Christmas on."""
    of, known = load_plan(path), _known()[path]
    days = [each.on for each in of.holidays]
    assert days == sorted(days)
    assert [day for day in days if day not in known] == []
    assert all(f"{day:%A}" in of.business_hours.on for day in days)
    if path == PRIZE_DRAW:
        weekdays = {day for day in known if day.weekday() < 5 and day >= date(2026, 12, 25)}
        assert set(days) == weekdays


def test_a_day_twice_is_refused() -> None:
    thanksgiving = {"on": "2026-11-26", "name": "Thanksgiving"}
    again = {"on": "2026-11-26", "name": "Turkey Day"}
    assert faults(holidays=[thanksgiving, again]) == [
        "holidays.1.on = 2026-11-26: is `holidays.0` already, Thanksgiving; leave one of them out"
    ]
    assert faults(holidays=[{"on": "2026-02-30", "name": "x"}]) == [
        'holidays.0.on = 2026-02-30: February 2026 has 28 days; nearest: `"2026-02-28"`'
    ]


def test_holidays_of_the_past_and_a_list_that_ends_are_noted() -> None:
    of = plan(
        holidays=[{"on": "2025-12-25", "name": "Christmas"}, {"on": "2026-12-25", "name": "C"}]
    )
    assert [str(each) for each in holiday_findings(of, date(2026, 11, 22))] == [
        "holidays.0: Christmas was on 2025-12-25, in a year that is over; leave it out, or give it "
        "its day in 2026 [holiday-over]"
    ]
    late = [str(each) for each in holiday_findings(of, date(2026, 11, 26))]
    assert late[1:] == [
        "holidays: none is named after 2026-12-25: every later weekday counts as a working day; "
        "name those of 2027 [holidays-run-out]"
    ]
    assert holiday_findings(plan(holidays=[]), date(2026, 11, 26)) == []


def test_a_holiday_is_an_occasion_from_midnight_to_midnight() -> None:
    of = plan(holidays=[{"on": "2026-11-01", "name": "All Saints"}])
    (occasion,) = holiday_occasions(of, date(2026, 11, 1), date(2026, 11, 2))
    # The clocks go back on that day.
    assert occasion.length == 25 * HOUR
    assert (occasion.kind, occasion.name, occasion.path) == ("holiday", "All Saints", "holidays.0")
    assert list(holiday_occasions(of, date(2026, 11, 2), date(2027, 11, 2))) == []


def test_holidays_between_are_those_that_a_stretch_touches() -> None:
    of = prod()
    found = holidays_between(of, local("2026-11-25T23:00"), local("2026-12-25T00:00"))
    assert [each.name for each in found] == ["Thanksgiving", "Christmas"]


def test_a_long_weekend_lengthens_what_waits_for_business_hours() -> None:
    weekend, long_one = plan(holidays=[]), plan()
    assert longest_closed(weekend) == 64 * HOUR
    # Friday evening to Tuesday morning.
    assert longest_closed(long_one) == 88 * HOUR
    assert slowest_answer(weekend, definition()) == 2 * HOUR
    assert slowest_answer(weekend, definition(off_hours="next day")) == 8 * HOUR
    # From Friday morning to Monday evening; Thursday's over Christmas and New Year.
    assert slowest_answer(weekend, definition(respond_within="2 business days")) == 80 * HOUR
    assert slowest_answer(long_one, definition(respond_within="2 business days")) == 104 * HOUR
