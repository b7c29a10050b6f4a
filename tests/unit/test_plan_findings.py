"""Findings: what is refused, noted and accepted, each with its code and place."""

from typing import Any

import pytest
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.findings import NOTED, OF_FACTS, REFUSED, Finding
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs import EstateFacts, prove

from tests.unit.plans import chapters, orders, prod

ARCHIVED = "database_care.orders.archive.rules.0"
DAILY = {"every": "day", "at": "02:00", "keep": "30 days"}


def findings(facts: EstateFacts | None = None, **replaced: Any) -> list[Finding]:
    """What is found in the shipped plan with some chapters replaced; acceptances left out."""
    plan = Plan.model_validate(chapters() | {"accepted": [], "objectives": {}} | replaced)
    return list(prove(plan, facts).findings)


def backups(**tiers: Any) -> dict[str, Any]:
    files = chapters()["backups"]["files"]
    return {"database": {"protects": {"databases": ["orders"]}, "tiers": tiers}, "files": files}


def said(found: list[Finding], code: str) -> list[str]:
    return [f"{each.at}: {each.says}" for each in found if each.code == code]


def test_codes_are_either_refused_or_noted() -> None:
    assert not set(REFUSED) & set(NOTED)
    assert set(OF_FACTS) <= set(NOTED)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "who", "what"),
    [
        (
            {"every": "6 hours", "at": "02:30", "keep": "7 days"},
            "other",
            "is not always taken: its start window 02:30-03:30 overlaps that of `daily` "
            "02:00-03:00, first on 2027-01-01, and AWS Backup takes only the backup kept longer "
            "(other 7 days, daily 30 days)",
        ),
        # Of two equal ones either may be lost, and only one of them is copied.
        (
            {"every": "6 hours", "at": "02:00", "keep": "30 days", "copy": {"to": "recovery"}},
            "other",
            "is not always taken: its start window 02:00-03:00 overlaps that of `daily` "
            "02:00-03:00, first on 2027-01-01, and AWS Backup takes only the backup kept longer "
            "(other 30 days, daily 30 days)",
        ),
        (
            {"every": "week", "on": "Sunday", "at": "01:30", "keep": "1 year"},
            "daily",
            "is not always taken: its start window 02:00-03:00 overlaps that of `other` "
            "01:30-02:30, first on 2027-01-03, and AWS Backup takes only the backup kept longer "
            "(daily 30 days, other 366 days)",
        ),
        (
            {"every": "week", "on": "Sunday", "at": "02:00", "keep": "7 days"},
            "other",
            "never runs: its start window 02:00-03:00 overlaps that of `daily` 02:00-03:00, first "
            "on 2027-01-03, and AWS Backup takes only the backup kept longer (other 7 days, daily "
            "30 days)",
        ),
        # Eight hours is AWS Backup's own default.
        (
            {
                "every": "day",
                "at": "20:00",
                "keep": "7 days",
                "start_within": "8 hours",
                "complete_within": "9 hours",
            },
            "other",
            "is not always taken: its start window 20:00-04:00 overlaps that of `daily` "
            "02:00-03:00, first on 2027-01-01, and AWS Backup takes only the backup kept longer "
            "(other 7 days, daily 30 days)",
        ),
    ],
)
def test_a_backup_that_is_lost_to_an_overlap_is_refused(
    other: dict[str, Any], who: str, what: str
) -> None:
    found = findings(backups=backups(daily=DAILY, other=other))
    lost = said(found, "backup-lost-to-overlap")
    assert lost == [f"backups.database.tiers.{who}: {what}"]


def test_tiers_at_one_time_serve_both_where_the_longer_kept_one_does() -> None:
    # Prize-draw's tiers, all at 02:00: on Sundays the weekly one stands for the daily one.
    tiers = {
        "daily": DAILY | {"keep": "7 days"},
        "weekly": {"every": "week", "on": "Sunday", "at": "02:00", "keep": "1 month"},
        "monthly": {"every": "month", "on": "first Sunday", "at": "02:00", "keep": "1 year"},
    }
    found = findings(backups=backups(**tiers))
    assert said(found, "backup-lost-to-overlap") == []
    assert said(found, "backup-taken-by-another-tier") == [
        "backups.database.tiers.daily: runs at the same time as `monthly` (first 2027-01-03 "
        "02:00), whose backup is kept at least as long and stands for both",
        "backups.database.tiers.daily: runs at the same time as `weekly` (first 2027-01-10 "
        "02:00), whose backup is kept at least as long and stands for both",
        "backups.database.tiers.weekly: runs at the same time as `monthly` (first 2027-01-03 "
        "02:00), whose backup is kept at least as long and stands for both",
    ]


def test_windows_that_only_touch_lose_nothing() -> None:
    other = {"every": "day", "at": "03:00", "keep": "7 days"}
    found = findings(backups=backups(daily=DAILY, other=other))
    assert said(found, "backup-lost-to-overlap") == []


def test_a_backup_within_a_window_is_noted() -> None:
    found = findings(backups=backups(daily=DAILY))
    assert said(found, "backup-in-window") == [
        "backups.database.tiers.daily: starts at 02:00, within the monthly maintenance window "
        "(first Sunday 01:00-05:00)"
    ]
    # Its end is outside, and windows do not touch files.
    assert said(findings(backups=backups(x=DAILY | {"at": "05:00"})), "backup-in-window") == []


def test_a_window_may_cross_midnight() -> None:
    windows = {"night": {"on": "Saturday", "from": "23:00", "to": "03:00"}}
    weekly = {"every": "week", "at": "02:00", "keep": "30 days"}
    for day, hit in (("Saturday", False), ("Sunday", True)):
        found = findings(backups=backups(weekly=weekly | {"on": day}), windows=windows)
        assert bool(said(found, "backup-in-window")) is hit


def test_a_backup_whose_time_does_not_exist_is_noted() -> None:
    found = findings(backups=backups(daily=DAILY))
    assert said(found, "backup-skipped-on-clock-change") == [
        "backups.database.tiers.daily: 02:00 does not exist on one day of the year (such as "
        "2027-03-14), and the backup is not taken: 47 hours until the next"
    ]
    elsewhere = findings(backups=backups(daily=DAILY), timezone="Etc/GMT+5")
    assert said(elsewhere, "backup-skipped-on-clock-change") == []


def test_two_owners_of_continuous_backup_are_refused() -> None:
    entry = {"protects": {"databases": ["orders"]}, "point_in_time": {"keep": "7 days"}}
    found = findings(backups={"one": entry, "two": entry})
    assert said(found, "two-continuous-backups") == [
        "backups.two.point_in_time: orders has continuous backup by one and by two: AWS Backup "
        "keeps one"
    ]


def test_what_nothing_protects_is_noted() -> None:
    found = findings(backups={"files": chapters()["backups"]["files"]}, replicas={})
    assert said(found, "not-backed-up") == ["estate.databases.orders: no backup protects it"]
    # What carries which tags only the cloud knows.
    tagged = {"all": {"protects": {"tagged": {"backup": "yes"}}, "tiers": {"daily": DAILY}}}
    assert said(findings(backups=tagged, replicas={}), "not-backed-up") == []


@pytest.mark.slow
def test_a_replica_of_a_source_without_backups_is_refused() -> None:
    files = {"files": chapters()["backups"]["files"]}
    assert said(findings(backups=files), "replica-of-a-source-without-backups") == [
        "replicas.orders-usw2-1.of: no backup protects orders, and RDS replicates no source "
        "without backups"
    ]
    # The estate's own backups satisfy RDS; none do not, unless continuous backup sets them.
    assert said(findings(orders(), backups=files), "replica-of-a-source-without-backups") == []
    none = orders(backup_retention=0)
    assert said(
        findings(none, backups=backups(daily=DAILY)), "replica-of-a-source-without-backups"
    ) == [
        "replicas.orders-usw2-1.of: orders has a backup retention of 0 days, and RDS replicates "
        "no such source"
    ]
    assert said(findings(none), "replica-of-a-source-without-backups") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "most"), [("postgres", 15), ("sqlserver-se", 5), ("db2-ae", 3), (None, 15)]
)
def test_replicas_are_limited_by_the_engine(engine: str | None, most: int) -> None:
    facts = orders(engine=engine) if engine else None
    replica = chapters()["replicas"]["orders-usw2-1"]
    for count, refused in ((most, 0), (most + 1, 1)):
        replicas = {f"orders-usw2-{index}": replica for index in range(count)}
        assert len(said(findings(facts, replicas=replicas), "too-many-replicas")) == refused


@pytest.mark.slow
def test_a_primary_without_a_second_zone_is_noted_where_it_was_looked_up() -> None:
    assert said(findings(), "primary-without-multi-az") == []
    assert said(findings(orders()), "primary-without-multi-az") == []
    assert said(findings(orders(multi_az=False)), "primary-without-multi-az") == [
        "estate.databases.orders: has no standby in a second zone: a failed instance needs a person"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "window", "near"),
    [
        # New York is at UTC-5 or UTC-4.
        ("04:00", "sun:09:30-sun:10:00", True),
        # An hour before it opens, and the minute before that; the last minute of it.
        ("03:30", "sun:09:30-sun:10:00", True),
        ("03:29", "sun:09:30-sun:10:00", False),
        ("05:59", "sun:09:30-sun:10:00", True),
        ("05:00", "sun:09:30-sun:10:00", True),
        ("06:00", "sun:09:30-sun:10:00", False),
        ("03:00", "sun:09:30-sun:10:00", False),
        # A window past midnight, UTC.
        ("19:15", "sun:23:45-mon:00:30", True),
        ("21:00", "sun:23:45-mon:00:30", False),
    ],
)
def test_a_backup_near_the_databases_own_maintenance_is_noted(
    at: str, window: str, near: bool
) -> None:
    facts = orders(maintenance_window=window)
    daily = DAILY | {"at": at}
    found = findings(facts, backups=backups(daily=daily))
    assert bool(said(found, "backup-near-database-maintenance")) is near
    # Continuous backup with snapshots is exempt.
    exempt = backups(daily=daily)
    exempt["database"]["point_in_time"] = {"keep": "30 days", "at": "12:00"}
    assert said(findings(facts, backups=exempt), "backup-near-database-maintenance") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("window", "says"),
    [
        # Four in the morning all year by New York's clocks is one hour of two in UTC.
        ("wed:08:00-wed:08:30", ""),
        ("wed:08:30-wed:09:00", ""),
        ("wed:07:30-wed:08:00", "in 18 of 52 weeks, first on Wednesday 2027-01-06 at 02:30"),
        ("wed:09:00-wed:09:30", "in 34 of 52 weeks, first on Wednesday 2027-03-17 at 05:00"),
        # Ours is open on one Sunday of four or five, and in summer not then.
        ("sun:09:30-sun:10:00", "in 47 of 52 weeks, first on Sunday 2027-01-10 at 04:30"),
        ("sun:23:45-mon:00:15", "in 52 of 52 weeks, first on Sunday 2027-01-03 at 18:45"),
    ],
)
def test_the_databases_own_maintenance_outside_of_the_windows_is_noted(
    window: str, says: str
) -> None:
    code = "database-maintenance-outside-windows"
    found = [each for each in findings(orders(maintenance_window=window)) if each.code == code]
    assert [each.at for each in found] == (["estate.databases.orders"] if says else [])
    for each in found:
        assert says in each.says
        assert each.remedy == "nearest: `wed:08:00-wed:08:30`"


@pytest.mark.slow
def test_where_no_window_has_room_or_is_of_the_database_no_hours_are_named() -> None:
    code = "database-maintenance-outside-windows"
    (long,) = [
        each
        for each in findings(orders(maintenance_window="wed:08:00-wed:09:30"))
        if each.code == code
    ]
    assert long.remedy == "accept it with the reason"
    # It is not said to be worked on in any window, and it is not known when RDS does.
    quiet = prod().windows["monthly"].model_copy(update={"quiets": None})
    ours = prod().model_copy(update={"windows": {**prod().windows, "monthly": quiet}})
    assert code not in [each.code for each in prove(ours, orders()).findings]
    assert said(findings(), code) == []


@pytest.mark.slow
def test_what_is_accepted_says_why_and_what_is_not_there_is_said() -> None:
    place = "backups.database.tiers.daily"
    accepted = [
        {"finding": "backup-in-window", "at": place, "because": "It is meant to be so."},
        {"finding": "backup-in-window", "at": "backups.files", "because": "It never was so."},
        {
            "finding": "primary-without-multi-az",
            "at": "estate.databases.orders",
            "because": "One zone is enough.",
        },
    ]
    chosen: dict[str, Any] = {"backups": backups(daily=DAILY), "accepted": accepted}
    found = findings(**chosen)
    states = {(each.code, each.at): each.state for each in found}
    assert states == {
        ("backup-in-window", place): "accepted",
        ("backup-skipped-on-clock-change", place): "noted",
        # What only the cloud could show is not called unused before it was asked.
        ("accepted-but-unused", "accepted.1"): "noted",
        # The shipped window, whose acceptance is replaced here.
        ("quiet-ends-before-window", "windows.monthly.quiets"): "noted",
        ("care-on-checked-table", f"{ARCHIVED}.table"): "noted",
        ("care-on-checked-table", f"{ARCHIVED}.with.order_lines"): "noted",
        ("window-longer-than-counted", "windows.monthly"): "noted",
    }
    asked = {(each.code, each.at): each.state for each in findings(orders(), **chosen)}
    assert asked[("accepted-but-unused", "accepted.2")] == "noted"
    flat = {(each.code, each.at): each.state for each in findings(orders(multi_az=False), **chosen)}
    assert flat[("primary-without-multi-az", "estate.databases.orders")] == "accepted"


def test_refused_findings_stop_a_deployment_all_at_once() -> None:
    other = {"every": "6 hours", "at": "02:30", "keep": "7 days"}
    replaced = {
        "backups": backups(daily=DAILY, other=other),
        "objectives": {"data": {"all": {"rpo": "15 minutes", "holds": {"orders": "orders"}}}},
    }
    plan = Plan.model_validate(chapters() | replaced)
    with pytest.raises(PlanError) as caught:
        prove(plan).require("prod")
    assert str(caught.value).splitlines()[0] == "prod: 2 faults"
    assert [fault.path for fault in caught.value.faults] == [
        "backups.database.tiers.other",
        "objectives.data.all",
    ]
