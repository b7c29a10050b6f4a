"""What can be restored on a given day: the replay of the rules, against figures counted by hand."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.database_maintenance import DatabaseMaintenance
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs.backup_rules import worst_exposure
from pulumi_upkeep.plan.recovery_points import Holding, holdings

from tests.unit.plans import chapters

NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

PRIZE_DRAW = {
    "daily": {"every": "day", "at": "02:00", "keep": "7 days"},
    "weekly": {"every": "week", "on": "Sunday", "at": "02:00", "keep": "1 month"},
    "monthly": {"every": "month", "on": "first Sunday", "at": "02:00", "keep": "1 year"},
}


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=NEW_YORK)


def plan(tiers: dict[str, Any], **entry: Any) -> Plan:
    protects = entry.pop("protects", {"databases": ["orders"]})
    backups = {"database": {"protects": protects, "tiers": tiers} | entry}
    return Plan.model_validate(chapters() | {"accepted": [], "objectives": {}, "backups": backups})


def held(moment: datetime, tiers: dict[str, Any], **entry: Any) -> Holding:
    return holdings(plan(tiers, **entry), moment)[0]


def test_tiers_leave_what_they_promise() -> None:
    holding = held(at(2027, 3, 20), PRIZE_DRAW)
    assert Counter(point.tier for point in holding.points) == {
        # Of seven days one had no 02:00: the Sunday 2027-03-14.
        "daily": 6,
        # Of 31 days the Sundays, without 03-14 and without 03-07, which is the monthly one's.
        "weekly": 2,
        "monthly": 12,
    }
    days = [f"{point.created:%m-%d}" for point in holding.points if point.tier == "weekly"]
    assert days == ["02-21", "02-28"]
    gap = holding.largest_gap(6 * DAY)
    assert gap is not None
    assert (gap.length, f"{gap.after:%m-%d}", f"{gap.until:%m-%d}") == (47 * HOUR, "03-13", "03-15")
    reasons = Counter(
        (missing.tier, missing.reason, missing.instead) for missing in holding.not_taken
    )
    assert reasons[("daily", "clocks", "")] == 1
    assert reasons[("weekly", "clocks", "")] == 1
    assert reasons[("weekly", "overlap", "monthly")] == 12
    assert reasons[("daily", "overlap", "monthly")] + reasons[("daily", "overlap", "weekly")] == 51


def test_a_daily_backup_that_the_weekly_one_swallows_is_shown() -> None:
    tiers = {
        "daily": {"every": "week", "on": "Sunday", "at": "02:30", "keep": "7 days"},
        "weekly": {"every": "week", "on": "Sunday", "at": "02:00", "keep": "1 month"},
    }
    holding = held(at(2027, 2, 20), tiers)
    assert {point.tier for point in holding.points} == {"weekly"}
    lost = [missing for missing in holding.not_taken if missing.tier == "daily"]
    assert len(lost) == 52
    assert {
        (missing.reason, missing.instead) for missing in lost if missing.reason != "clocks"
    } == {("overlap", "weekly")}


def test_a_point_counts_from_when_it_is_complete_until_it_expires() -> None:
    daily = {"daily": {"every": "day", "at": "02:00", "keep": "2 days"}}

    def created(*when: int) -> list[str]:
        return [f"{point.created:%d %H:%M}" for point in held(at(*when), daily).points]

    assert created(2027, 2, 10, 3, 59) == ["09 02:00"]
    assert created(2027, 2, 10, 4, 0) == ["09 02:00", "10 02:00"]
    assert created(2027, 2, 11, 1, 59) == ["09 02:00", "10 02:00"]
    assert created(2027, 2, 11, 2, 0) == ["10 02:00"]


def test_copies_come_later_keep_their_creation_date_and_are_snapshots() -> None:
    tiers = {
        "daily": {
            "every": "day",
            "at": "02:00",
            "keep": "30 days",
            "copy": {"to": "recovery", "keep": "3 days"},
        }
    }
    # Complete at 04:00, and an hour for the copy.
    found = holdings(plan(tiers, point_in_time={"keep": "30 days"}), at(2027, 2, 10, 4, 30))
    home, away = found
    assert (home.place, home.region, away.place, away.region) == (
        "home",
        "us-east-1",
        "recovery",
        "us-west-2",
    )
    assert len(home.points) == 30
    assert [f"{point.created:%m-%d %H:%M}" for point in away.points] == [
        "02-08 02:00",
        "02-09 02:00",
    ]
    assert away.points[0].expires == at(2027, 2, 11, 2)
    assert home.continuous is not None
    assert (home.continuous.since, home.continuous.until) == (
        at(2027, 1, 11, 4, 30),
        at(2027, 2, 10, 4, 25),
    )
    assert away.continuous is None
    assert home.largest_gap() is not None
    assert home.largest_gap(DAY).length == timedelta(minutes=5)  # type: ignore[union-attr]


def test_cold_storage_is_told() -> None:
    tiers = {
        "monthly": {
            "every": "month",
            "on": 1,
            "at": "02:00",
            "keep": "1 year",
            "cold_after": "30 days",
        }
    }
    holding = held(at(2027, 6, 15), tiers, protects={"tagged": {"kind": "shared-files"}})
    assert holding.thing == "what is tagged kind=shared-files"
    assert [point.cold for point in holding.points] == [True] * 11 + [False]


def test_near_the_databases_own_maintenance_nothing_starts() -> None:
    tiers = {"daily": {"every": "day", "at": "04:30", "keep": "7 days"}}
    window = DatabaseMaintenance.parse("sun:09:30-sun:10:00")
    assert window is not None
    kept = plan(tiers)
    (holding,) = holdings(kept, at(2027, 2, 10), {"orders": window})
    # In winter 04:30 in New York is 09:30 in UTC: each Sunday is lost. In summer it is 08:30, an
    # hour before: lost as well.
    assert len(holding.points) == 6
    lost = [missing for missing in holding.not_taken if missing.reason == "maintenance"]
    assert (len(lost), {f"{missing.due:%A}" for missing in lost}) == (52, {"Sunday"})
    # With continuous backup the snapshots beside it are taken all the same [AWS Backup].
    exempt = plan(tiers, point_in_time={"keep": "7 days", "at": "12:00"})
    assert not holdings(exempt, at(2027, 2, 10), {"orders": window})[0].not_taken[1:]


def test_since_the_plan_came_into_force() -> None:
    (holding,) = holdings(plan(PRIZE_DRAW), at(2027, 3, 20), since=date(2027, 3, 10))
    assert [f"{point.created:%m-%d}" for point in holding.points] == [
        "03-13",
        "03-15",
        "03-16",
        "03-17",
        "03-18",
        "03-19",
    ]
    assert min(missing.due for missing in holding.not_taken) > at(2027, 3, 10)
    (nothing,) = holdings(plan(PRIZE_DRAW), at(2027, 3, 20), since=date(2027, 3, 20))
    assert (nothing.points, nothing.largest_gap()) == ((), None)


def test_a_gap_over_the_clocks_change_is_counted_by_a_stopwatch() -> None:
    daily = {"daily": {"every": "day", "at": "04:00", "keep": "30 days"}}
    spring = held(at(2027, 3, 15), daily).largest_gap(DAY)
    autumn = held(at(2027, 11, 9), daily).largest_gap(3 * DAY)
    assert spring is not None
    assert autumn is not None
    assert spring.length == 23 * HOUR
    assert (autumn.length, f"{autumn.after:%m-%d}") == (25 * HOUR, "11-06")


EVERY = ("1 hour", "2 hours", "3 hours", "4 hours", "6 hours", "8 hours", "12 hours", "day")


@st.composite
def tiers(draw: st.DrawFn) -> dict[str, Any]:
    found = {}
    for index in range(draw(st.integers(1, 3))):
        clock = f"{draw(st.integers(0, 23)):02}:{draw(st.sampled_from((0, 30))):02}"
        words = {"every": draw(st.sampled_from((*EVERY, "week"))), "at": clock}
        if words["every"] == "week":
            words["on"] = draw(st.sampled_from(("Sunday", "Saturday", "Wednesday")))
        words["keep"] = f"{draw(st.integers(8, 40))} days"
        found[f"tier-{index}"] = words
    return found


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    tiers(),
    st.datetimes(datetime(2027, 2, 1), datetime(2030, 12, 31)),
    st.sampled_from(("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Etc/UTC")),
)
def test_what_is_lost_is_never_more_than_the_proof_says(
    words: dict[str, Any], moment: datetime, zone: str
) -> None:
    base = plan(words)
    here = base.model_copy(update={"timezone": zone})
    now = moment.replace(second=0, microsecond=0, tzinfo=ZoneInfo(zone))
    entry = here.backups["database"]
    tails = {name: tier.complete_within for name, tier in entry.tiers.items()}
    exposure = worst_exposure(entry, tails, zone)
    assume(exposure is not None)
    assert exposure is not None
    (holding,) = holdings(here, now)
    newest = holding.points[-1].created.timestamp()
    computed = exposure.gap.length + entry.tiers[exposure.tier].complete_within
    assert now.timestamp() - newest <= computed.total_seconds()
    for point in holding.points:
        assert point.complete <= now < point.expires
