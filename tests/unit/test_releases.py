"""Releases: what the calendar says of years, and what cannot stand."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import MONTHLY, SU, WE, YEARLY, rrule  # type: ignore[import-untyped]
from pulumi_upkeep.plan.calendar import SOURCES
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.releases import (
    frozen_between,
    release_findings,
    releases_between,
    releases_occasions,
)

NEW_YORK = ZoneInfo("America/New_York")
BYNOMI: dict[str, Any] = {
    "owner": "shop",
    "deploy_in": ["weekly", "monthly"],
    "major": {
        "every": "quarter",
        "in": "monthly",
        "planning": "6 weeks",
        "freeze": "1 week",
        "notice": "2 weeks",
    },
    "minor": {
        "every": "month",
        "in": "weekly",
        "planning": "2 weeks",
        "freeze": "3 days",
        "notice": "1 week",
    },
    "watch": {},
}
WINDOWS: dict[str, Any] = {
    "weekly": {"on": "Wednesday", "from": "03:00", "to": "05:00"},
    "monthly": {"on": "first Sunday", "from": "01:00", "to": "05:00"},
}


# Enough of a plan to release something by: other chapters have rules of their own for windows.
BESIDE: dict[str, Any] = {
    "company": "Bynomi",
    "environment": "prod",
    "regions": {"primary": "us-east-1", "recovery": "us-west-2"},
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "estate": {"zone": "bynomi.com", "network": "bynomi-prod"},
    "severities": {
        each: {
            "means": each,
            "respond_within": "8 hours",
            "hours": "always",
            "email": ["devops@bynomi.com"],
        }
        for each in ("p0", "p1", "p2", "p3")
    },
    "people": {"developer": {"email": "dev@bynomi.com"}},
    "teams": {"shop": {"people": ["developer"]}, "operations": {"people": ["developer"]}},
    "services": {
        "web": {
            "means": "The shop",
            "datadog": "bynomi-web",
            "operation": "web.request",
            "owner": "shop",
        }
    },
}
SECRETS = {"datadogApiKey", "datadogAppKey"}


def plan(timezone: str = "America/New_York", windows: Any = None, **changed: Any) -> Plan:
    """A plan with Bynomi's releases, some keys changed; None leaves a key out."""
    releases = {key: value for key, value in (BYNOMI | changed).items() if value is not None}
    more = {"timezone": timezone, "releases": releases, "windows": WINDOWS | (windows or {})}
    return Plan.from_config(BESIDE | more, SECRETS)


def stack_file(folder: Path, **chapters: Any) -> Path:
    """A stack file of such a plan, and of further chapters; JSON is YAML, too."""
    releases = {key: each for key, each in BYNOMI.items() if key != "watch"}
    whole = BESIDE | {"timezone": "America/New_York", "releases": releases, "windows": WINDOWS}
    config: dict[str, Any] = {f"upkeep:{key}": each for key, each in (whole | chapters).items()}
    config |= {f"upkeep:{secret}": {"secure": "v1:x"} for secret in SECRETS}
    path = folder / "Pulumi.prod.yaml"
    path.write_text(json.dumps({"config": config}), encoding="utf-8")
    return path


def refusal(windows: Any = None, **changed: Any) -> list[str]:
    with pytest.raises(PlanError) as refused:
        plan(windows=windows, **changed)
    return [str(fault) for fault in refused.value.faults]


def major(**changed: Any) -> dict[str, Any]:
    return {**BYNOMI["major"], **changed}


def minor(**changed: Any) -> dict[str, Any]:
    return {**BYNOMI["minor"], **changed}


# ---- the calendar of years ---------------------------------------------------------------------


def test_six_years_of_releases_are_those_of_an_independent_calendar() -> None:
    start, end = date(2026, 1, 1), date(2032, 1, 1)
    first, last = datetime(2026, 1, 1), datetime(2031, 12, 31)
    majors = {
        each.date()
        for each in rrule(YEARLY, dtstart=first, until=last, bymonth=(1, 4, 7, 10), byweekday=SU(1))
    }
    # A month that brings a major release brings no minor one.
    minors = {
        each.date()
        for each in rrule(MONTHLY, dtstart=first, until=last, byweekday=WE(1))
        if each.month not in (1, 4, 7, 10)
    }
    found = releases_between(plan(), start, end)
    assert {each.day for each in found if each.kind == "major"} == majors
    assert {each.day for each in found if each.kind == "minor"} == minors
    assert (len(majors), len(minors)) == (24, 48)
    assert [each.day for each in found] == sorted(majors | minors)


def test_a_year_can_be_asked_in_pieces() -> None:
    whole = releases_between(plan(), date(2027, 1, 1), date(2029, 1, 1))
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(0, 732, 3)]
    days[-1] = date(2029, 1, 1)
    pieces = [
        each
        for start, end in itertools.pairwise(days)
        for each in releases_between(plan_(), start, end)
    ]
    assert tuple(pieces) == whole


def of_release(kind: str, day: date) -> dict[str, tuple[datetime, datetime]]:
    """Kind of occasion -> when, of one release."""
    around = date.fromordinal(day.toordinal() - 60), date.fromordinal(day.toordinal() + 2)
    found = [
        each
        for each in releases_occasions(plan(), *around)
        if each.name == kind and str(day) in each.says
    ]
    assert len(found) == 4
    return {each.kind: (each.starts, each.ends) for each in found}


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)


@pytest.mark.parametrize(
    ("kind", "day", "planning", "notice", "freeze", "opens", "closes"),
    [
        # Over the end of a year.
        (
            "major",
            date(2027, 1, 3),
            "2026-11-22T01:00-05:00",
            "2026-12-20T01:00-05:00",
            "2026-12-27T01:00-05:00",
            "2027-01-03T01:00-05:00",
            "2027-01-03T05:00-05:00",
        ),
        # Over a leap day, and after one.
        (
            "minor",
            date(2028, 3, 1),
            "2028-02-16T03:00-05:00",
            "2028-02-23T03:00-05:00",
            "2028-02-27T03:00-05:00",
            "2028-03-01T03:00-05:00",
            "2028-03-01T05:00-05:00",
        ),
        # The clocks go forward on 14 March: 6 weeks by the calendar.
        (
            "major",
            date(2027, 4, 4),
            "2027-02-21T01:00-05:00",
            "2027-03-21T01:00-04:00",
            "2027-03-28T01:00-04:00",
            "2027-04-04T01:00-04:00",
            "2027-04-04T05:00-04:00",
        ),
        # They go back on 1 November, 3 days before the minor one of that month.
        (
            "minor",
            date(2026, 11, 4),
            "2026-10-21T03:00-04:00",
            "2026-10-28T03:00-04:00",
            "2026-11-01T03:00-05:00",
            "2026-11-04T03:00-05:00",
            "2026-11-04T05:00-05:00",
        ),
    ],
)
def test_what_leads_to_a_release(
    kind: str, day: date, planning: str, notice: str, freeze: str, opens: str, closes: str
) -> None:
    assert of_release(kind, day) == {
        "planning": (utc(planning), utc(planning)),
        "notice": (utc(notice), utc(notice)),
        "freeze": (utc(freeze), utc(opens)),
        "release": (utc(opens), utc(closes)),
    }


def test_a_freeze_that_would_begin_in_the_hour_that_spring_skips_begins_after_it() -> None:
    cancelled = [{"on": day, "because": "nobody is there"} for day in ("2027-03-03", "2027-03-10")]
    weekly = {"on": "Wednesday", "from": "02:30", "to": "04:30", "cancelled": cancelled}
    (frozen,) = [
        each
        for each in frozen_between(
            plan(windows={"weekly": weekly}), date(2027, 3, 14), date(2027, 3, 16)
        )
        if "minor" in each.path
    ]
    # Not 02:30, three days before the 17th.
    assert frozen.starts == utc("2027-03-14T03:00-04:00")
    assert frozen.ends == utc("2027-03-17T02:30-04:00")


@pytest.mark.slow
def test_every_day_of_two_years_has_the_occasions_that_touch_it() -> None:
    """Asked day by day, nothing is missing and nothing is made up."""
    whole = set(releases_occasions(plan(), date(2027, 1, 1), date(2029, 1, 1)))
    daily: set[Any] = set()
    day = date(2027, 1, 1)
    while day < date(2028, 1, 1):
        after = day + timedelta(days=1)
        midnights = [datetime.combine(each, datetime.min.time(), NEW_YORK) for each in (day, after)]
        for each in releases_occasions(plan_(), day, after):
            assert each.starts < midnights[1], (day, each)
            assert each.ends >= midnights[0], (day, each)
            daily.add(each)
        day = after
    assert daily == {each for each in whole if each.starts < utc("2028-01-01T00:00-05:00")}


_plan: list[Plan] = []


def plan_() -> Plan:
    if not _plan:
        _plan.append(plan())
    return _plan[0]


def test_the_calendar_asks_for_them() -> None:
    assert SOURCES["releases"] is releases_occasions
    (first, *_) = sorted(SOURCES["releases"](plan_(), date(2027, 1, 3), date(2027, 1, 4)))
    assert first.owner == "shop"


def test_a_plan_without_them_has_none() -> None:
    without = Plan.from_config(BESIDE | {"timezone": "America/New_York"}, SECRETS)
    assert releases_between(without, date(2027, 1, 1), date(2028, 1, 1)) == ()
    assert frozen_between(without, date(2027, 1, 1), date(2028, 1, 1)) == ()
    assert list(releases_occasions(without, date(2027, 1, 1), date(2028, 1, 1))) == []
    assert release_findings(without) == []


def test_a_major_release_in_the_same_window_takes_the_minor_ones_place() -> None:
    found = releases_between(
        plan(minor=minor(**{"in": "monthly"})), date(2027, 1, 1), date(2028, 1, 1)
    )
    assert [each.day.month for each in found] == list(range(1, 13))
    assert [each.day.month for each in found if each.kind == "major"] == [1, 4, 7, 10]


# ---- what is moved, cancelled and frozen -------------------------------------------------------


def days(asked: Plan, kind: str, year: int = 2027) -> list[date]:
    found = releases_between(asked, date(year, 1, 1), date(year + 1, 1, 1))
    return [each.day for each in found if each.kind == kind]


def test_a_window_that_moves_takes_its_release_along() -> None:
    windows = {
        "monthly": WINDOWS["monthly"]
        | {"moved": [{"on": "2027-04-04", "to": "2027-04-11", "because": "Easter Sunday"}]}
    }
    moved = plan(windows=windows)
    assert days(moved, "major")[1] == date(2027, 4, 11)
    (freeze,) = [
        each
        for each in frozen_between(moved, date(2027, 4, 5), date(2027, 4, 6))
        if "major" in each.path
    ]
    assert freeze.starts == utc("2027-04-04T01:00-04:00")


def test_a_cancelled_window_leaves_the_next_one_of_the_quarter() -> None:
    windows = {
        "monthly": WINDOWS["monthly"]
        | {"cancelled": [{"on": "2027-01-03", "because": "nobody is there"}]}
    }
    cancelled = plan(windows=windows)
    assert days(cancelled, "major")[0] == date(2027, 2, 7)
    # So January has its minor one, and February none.
    assert [each.month for each in days(cancelled, "minor")] == [1, 3, 5, 6, 8, 9, 11, 12]


def frozen(first: str, last: str) -> list[dict[str, str]]:
    return [{"from": first, "to": last, "because": "the holidays"}]


def test_a_freeze_over_a_release_is_noted_and_moves_it() -> None:
    moved = plan(freezes=frozen("2026-12-20", "2027-01-04"))
    assert days(moved, "major")[0] == date(2027, 2, 7)
    assert [str(each) for each in release_findings(moved)] == [
        "releases.freezes.0: covers the major release of 2027-01-03: it goes out on 2027-02-07; "
        "end it earlier, or move the window [release-held-back]"
    ]
    assert release_findings(plan(freezes=frozen("2026-12-20", "2027-01-02"))) == []


def test_a_freeze_over_all_of_a_month_leaves_no_release() -> None:
    left_out = plan(freezes=frozen("2027-02-01", "2027-02-28"))
    assert [each.month for each in days(left_out, "minor")][:2] == [3, 5]
    (said,) = release_findings(left_out)
    assert said.says == "covers the minor release of 2027-02-03: there is none that month"


def test_a_freeze_of_the_companys_holds_from_midnight_to_midnight() -> None:
    over_the_change = plan(freezes=frozen("2027-03-14", "2027-03-14"))
    (found,) = [
        each
        for each in frozen_between(over_the_change, date(2027, 3, 14), date(2027, 3, 15))
        if "freezes" in each.path
    ]
    assert found.starts == utc("2027-03-14T00:00-05:00")
    assert found.ends - found.starts == timedelta(hours=23)


# ---- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"freezes": [{"from": "2026-12-20", "because": "the holidays"}]},
            "releases.freezes.0: a freeze without end: nothing could be released any more; "
            "add `to:`, its last day",
        ),
        (
            {"freezes": frozen("2027-01-04", "2026-12-20")},
            "releases.freezes.0: ends on 2026-12-20, before it begins on 2027-01-04; exchange "
            "`from` and `to`",
        ),
        (
            {"freezes": frozen("2027-01-01", "2027-04-03")},
            "releases.freezes.0: a freeze of 93 days, until 2027-04-03: longer than any quarter, "
            'so that no release of one could go out; nearest: `to: "2027-04-02"`',
        ),
        (
            {"freezes": frozen("2026-12-20", "9999-12-31")},
            "releases.freezes.0.to = 9999-12-31: the year 9999: dates of a plan lie between 2000 "
            "and 2099; write the day that is meant; nothing holds for ever",
        ),
        (
            {"freezes": frozen("2026-12-20", "2026-12-27") + frozen("2026-12-24", "2027-01-02")},
            "releases.freezes.1 = 2026-12-24 to 2027-01-02: overlaps `freezes.0`: one of them "
            "would end the other; one entry from 2026-12-20 to 2027-01-02",
        ),
        (
            {"minor": minor(freeze="4 weeks", planning="6 weeks")},
            "releases.minor.freeze = 28 days: as long as the time between two releases, 28 days at "
            "least: nothing could ever be deployed; nearest: `27 days`",
        ),
        (
            {"major": major(freeze="13 weeks", planning="13 weeks")},
            "releases.major.freeze = 91 days: as long as the time between two releases, 84 days at "
            "least: nothing could ever be deployed; nearest: `83 days`",
        ),
        (
            {"minor": minor(freeze="36 hours")},
            "releases.minor.freeze = 36 hours: counted on the calendar, so in whole days; "
            "nearest: `2 days`",
        ),
        (
            {"minor": minor(planning="1 day")},
            "releases.minor: `freeze: 3 days` begins before the planning, which is 1 day before "
            "the release; nearest: `planning: 3 days`",
        ),
        (
            {"major": major(**{"in": "monthy"})},
            "releases.major.in = monthy: no such window in `windows`; did you mean `monthly`?",
        ),
        (
            {"deploy_in": ["weekly", "nightly"]},
            "releases.deploy_in.1 = nightly: no such window in `windows`; known: monthly, weekly",
        ),
        (
            {"deploy_in": ["weekly"]},
            "releases.major.in = monthly: not a window that is deployed in; add it to "
            "`deploy_in`, or name one of weekly",
        ),
        ({"deploy_in": []}, "releases.deploy_in = []: empty; name at least one"),
        (
            {"takes": "3 hours"},
            "releases.deploy_in.0 = weekly: lasts 2 hours, and a deployment takes 3 hours; "
            "nearest: `takes: 2 hours`",
        ),
        (
            {"takes": "7 hours"},
            "releases: `takes: 7 hours` is longer than a job may last [GitHub, usage limits]; "
            "nearest: `takes: 6 hours`",
        ),
        (
            {"watch": {"lasting": "4 days"}},
            "releases.watch.lasting = 4 days: longer than the time between two windows, 74 hours "
            "at least: one watch would not be over when the next begins; nearest: `73 hours`",
        ),
        (
            {"watch": {"at": "100 %"}},
            "releases.watch: 100 % of a limit is no closer than the limit; nearest: `at: 99 %`",
        ),
        (
            {"owner": ["shop", "operations"]},
            "releases.owner = [shop, operations]: two owners: one answers for it; name one team",
        ),
        (
            {"owner": "shopp"},
            "releases.owner = shopp: no such team in `teams`; did you mean `shop`?",
        ),
        (
            {"minor": minor(every="fortnight")},
            "releases.minor.every = fortnight: not one of month, quarter",
        ),
    ],
)
def test_what_cannot_stand(changed: dict[str, Any], said: str) -> None:
    assert refusal(**changed) == [said]


def test_the_nearest_that_is_named_would_do() -> None:
    plan(minor=minor(freeze="27 days", planning="6 weeks"))
    plan(major=major(freeze="83 days", planning="13 weeks"))
    plan(watch={"lasting": "73 hours"})
    plan(takes="2 hours")


def test_all_is_said_at_once() -> None:
    assert len(refusal(owner="shopp", deploy_in=["nightly"], major=None, minor=minor())) == 2


def test_a_broken_chapter_beside_them_says_nothing_of_them() -> None:
    with pytest.raises(PlanError) as refused:
        Plan.from_config(
            BESIDE
            | {
                "timezone": "America/New_York",
                "releases": BYNOMI,
                "windows": {"weekly": {"on": "Wodensday"}},
            },
            SECRETS,
        )
    assert not [each for each in refused.value.faults if each.path.startswith("releases")]


def test_one_window_that_was_moved_makes_no_rule() -> None:
    """Wednesday's opening is moved to Saturday, a day before Sunday's."""
    moved = [{"on": "2027-03-31", "to": "2027-04-03", "because": "a trade fair"}]
    plan(windows={"weekly": WINDOWS["weekly"] | {"moved": moved}}, watch={"lasting": "48 hours"})


def test_every_part_of_a_year_has_a_time_to_deploy() -> None:
    """What the freezes leave of two years: no month without a window outside of them."""

    def thawed() -> Iterator[tuple[int, int]]:
        asked = plan_()
        for name in ("weekly", "monthly"):
            window = asked.windows[name]
            for day in window.openings(date(2027, 1, 1), date(2029, 1, 1)):
                opens, _ = window.stretch(day, asked.timezone)
                covered = frozen_between(asked, day - timedelta(days=1), day + timedelta(days=2))
                if not any(each.starts <= opens < each.ends for each in covered):
                    yield day.year, day.month

    assert len(set(thawed())) == 24


def test_windows_that_overlap_are_not_said_to_be_too_near_as_well() -> None:
    """That a watch of an hour would do is no help where the windows cannot stand."""
    overlapping = {"weekly": {"on": "Sunday", "from": "03:00", "to": "05:00"}}
    assert plan(windows=overlapping).releases is not None
    # One that opens when the other has closed is near.
    near = {"weekly": {"on": "Sunday", "from": "05:00", "to": "07:00"}}
    with pytest.raises(PlanError, match="longer than the time between two windows, 4 hours"):
        plan(windows=near)
