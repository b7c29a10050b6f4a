"""Objectives: what is promised, what follows from the plan, and what would keep a missed one."""

import copy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan.objectives import FAILURES
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs import EstateFacts, Promise, prove
from pulumi_upkeep.plan.proofs.promises import judge
from pulumi_upkeep.plan.proofs.times import longest_closed
from pulumi_upkeep.plan.read import load_plan

from tests.unit import plans
from tests.unit.plans import STAGING, changed, orders

# What the sums below are told of: Bynomi's plan with these chapters, and without those that came
# later and change a sum.
BACKUPS = {
    "database": {
        "protects": {"databases": ["orders"]},
        "point_in_time": {"keep": "30 days"},
        "tiers": {
            "daily": {
                "every": "day",
                "at": "02:00",
                "keep": "30 days",
                "copy": {"to": "recovery", "keep": "30 days"},
            },
            "six-hourly": {"every": "6 hours", "at": "05:00", "keep": "30 days"},
        },
    },
    "files": {
        "protects": {"buckets": ["product-images", "user-uploads"]},
        "tiers": {
            "daily": {
                "every": "day",
                "at": "04:00",
                "keep": "90 days",
                "copy": {"to": "recovery", "keep": "90 days"},
            },
            "two-hourly": {
                "every": "2 hours",
                "at": "01:00",
                "keep": "7 days",
                "copy": {"to": "recovery", "keep": "7 days"},
            },
        },
    },
}
LATER = ("bucket_replicas", "measured", "recovery", "restore_tests")
COVERED = {"after": ["instance", "zone", "region", "corruption"]}


def chapters() -> dict[str, Any]:
    found = plans.chapters()
    objectives = copy.deepcopy(found["objectives"])
    for classes in (objectives["data"], objectives["functions"]):
        for words in classes.values():
            words |= COVERED
            words.pop("except", None)
    objectives["functions"]["critical"]["needs"]["product display"] = ["orders", "web"]
    found |= {"backups": copy.deepcopy(BACKUPS), "objectives": objectives}
    return {key: value for key, value in found.items() if key not in LATER}


def prod() -> Plan:
    return Plan.model_validate(chapters())


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def promise(plan: Plan, item: str, mode: str | None, facts: EstateFacts | None = None) -> Promise:
    (found,) = [
        each
        for each in judge(plan, facts or EstateFacts())
        if each.item == item and each.mode == mode
    ]
    return found


def sums(found: Promise) -> list[tuple[str, timedelta, str]]:
    assert found.way is not None
    return [(term.what, term.length, term.provenance) for term in found.way.terms]


def plan_of(**replaced: object) -> Plan:
    return Plan.model_validate(chapters() | replaced)


@pytest.mark.parametrize("plan", [plans.prod(), load_plan(STAGING)], ids=["prod", "staging"])
def test_the_shipped_plans_keep_every_promise(plan: Plan) -> None:
    proof = prove(plan)
    assert [each for each in proof.promises if not each.kept] == []
    assert proof.refused == ()
    proof.require()


@pytest.mark.slow
def test_everything_is_judged_after_every_failure_promised_or_not() -> None:
    plan = prod()
    data = sum(len(each.holds) for each in plan.objectives.data.values())
    functions = sum(len(each.needs) for each in plan.objectives.functions.values())
    assert (data, functions) == (8, 6)
    judged = judge(plan, EstateFacts())
    assert len(judged) == 5 * data + 5 * functions + 3
    # Staging promises nothing for the loss of the region.
    proof = prove(load_plan(STAGING))
    assert {each.mode for each in proof.promises} == {*FAILURES, None} - {"region"}
    assert {each.mode for each in proof.not_promised} == {"region"}


def test_bynomis_schedule_as_written_misses_its_promise(tmp_path: Path) -> None:
    report = changed(tmp_path, ("      point_in_time: {keep: 30 days}\n", ""))
    refused = [finding for finding in report.findings if finding.refused]
    assert [finding.at for finding in refused] == [
        "objectives.data.critical",
        "objectives.data.important",
    ]
    assert str(refused[0]) == (
        "objectives.data.critical: promises an RPO of 15 minutes for orders, payments, but after "
        "corruption or deletion up to 8 hours are lost: 6 hours between two backups (plan) + "
        "2 hours until the later one is complete (plan); cheapest remedy: "
        "`backups.database.point_in_time: {keep: 30 days}`, which gives 5 minutes, for less than "
        "$1 a month [objective-missed]"
    )
    assert not report.ok


def test_the_clocks_change_counts() -> None:
    # Without the daily one, only backups every 6 hours: one night a year there are 7 between two.
    tiers = {"six-hourly": {"every": "6 hours", "at": "05:00", "keep": "30 days"}}
    plan = plan_of(backups={"database": {"protects": {"databases": ["orders"]}, "tiers": tiers}})
    assert sums(promise(plan, "orders", "corruption")) == [
        ("between two backups", 7 * HOUR, "plan"),
        ("until the later one is complete", 2 * HOUR, "plan"),
    ]
    # The night can be looked up.
    found = promise(plan, "orders", "corruption").way
    assert found is not None
    assert found.terms[0].source == ("backups.database.tiers: 2027-11-06 23:00 to 2027-11-07 05:00")


def test_what_is_lost_after_each_failure() -> None:
    plan = prod()
    lost = {
        (item, mode): (found.way.by, found.computed)
        for item in ("orders", "product images")
        for mode in ("instance", "region", "corruption")
        if (found := promise(plan, item, mode)).way
    }
    assert lost == {
        ("orders", "instance"): ("the replica orders-usw2-1", 5 * MINUTE),
        ("orders", "region"): ("the replica orders-usw2-1", 5 * MINUTE),
        # A replica has the mistake too.
        ("orders", "corruption"): ("point in time", 5 * MINUTE),
        ("product images", "instance"): ("S3's own copies", timedelta(0)),
        ("product images", "region"): ("copies in the recovery region of files", 6 * HOUR),
        ("product images", "corruption"): ("backups of files", 5 * HOUR),
    }


def test_a_lag_alarm_limits_what_goes_unnoticed_and_is_called_assumed() -> None:
    way = promise(prod(), "orders", "region").way
    assert way is not None
    (term,) = way.terms
    assert term.provenance == "assumed"
    assert "limits what goes unnoticed, not the loss" in term.source


def test_the_loss_of_a_region_needs_copies_there() -> None:
    files = chapters()["backups"]["files"]
    for tier in files["tiers"].values():
        del tier["copy"]
    plan = plan_of(backups=chapters()["backups"] | {"files": files})
    found = promise(plan, "product images", "region")
    assert found.way is None
    assert not found.kept
    (finding,) = [each for each in prove(plan).refused if "product images" in each.says]
    assert finding.says == (
        "promises an RPO of 6 hours for product images, but after the loss of the region nothing "
        "declared brings product-images back"
    )
    assert finding.remedy == (
        "cheapest remedy: `backups.files.tiers.two-hourly.copy: {to: recovery}`, which gives "
        "6 hours, for about $13 a month"
    )


def test_continuous_backup_of_a_bucket_counts_15_minutes() -> None:
    files = chapters()["backups"]["files"] | {"point_in_time": {"keep": "30 days", "at": "02:00"}}
    plan = plan_of(backups=chapters()["backups"] | {"files": files})
    assert promise(plan, "product images", "corruption").computed == 15 * MINUTE
    assert promise(plan, "product images", "region").computed == 6 * HOUR


def test_a_function_comes_back_by_the_terms_of_its_sum() -> None:
    assert sums(promise(prod(), "checkout", "region")) == [
        # A minute to the next check, and two repeats.
        ("until it is noticed", timedelta(seconds=65), "plan"),
        ("until somebody answers", 15 * MINUTE, "plan"),
        ("to decide", 5 * MINUTE, "assumed"),
        ("to promote the replica", 15 * MINUTE, "assumed"),
        ("until applications reach it", 5 * MINUTE, "assumed"),
        # The standby stays closed until its database is writable and a person lets traffic in.
        ("until the standby has grown to the load", 5 * MINUTE, "assumed"),
        ("to open the standby's switch", 2 * MINUTE, "assumed"),
        ("until resolvers follow", MINUTE, "assumed"),
    ]
    assert sums(promise(prod(), "checkout", "corruption")) == [
        ("from the first report on", timedelta(0), "assumed"),
        ("until somebody answers", 15 * MINUTE, "plan"),
        ("to decide", 5 * MINUTE, "assumed"),
        ("to restore the database", 30 * MINUTE, "assumed"),
        ("until applications reach it", 5 * MINUTE, "assumed"),
    ]


def test_facts_of_the_estate_change_the_sums() -> None:
    plan = prod()
    # A standby in a second zone takes over by itself; what is left is the web server's turn.
    found = promise(plan, "checkout", "instance", orders())
    assert sums(found) == [("until the group has replaced a server", 7 * MINUTE, "assumed")]
    assert found.way is not None
    assert found.way.automatic
    assert promise(plan, "orders", "instance", orders()).computed == timedelta(0)
    # 800 GiB take longer than an hour to restore.
    large = promise(plan, "checkout", "corruption", orders(storage=800))
    assert large.computed == 160 * MINUTE
    assert not large.kept


def test_traffic_moves_by_itself_only_where_the_plan_says_so() -> None:
    def pages(**standby: object) -> Promise:
        plan = plan_of(
            objectives={"functions": {"all": {"rto": "1 hour", "needs": {"pages": ["web"]}}}},
            standby={"web": chapters()["standby"]["web"] | standby},
        )
        return promise(plan, "pages", "region")

    alone = pages(moves_by_itself=True)
    assert alone.way is not None
    assert alone.way.automatic
    assert sums(alone) == [
        ("until Route 53 finds it unhealthy", 90 * timedelta(seconds=1), "plan"),
        ("until resolvers follow", MINUTE, "assumed"),
        ("until the standby has grown to the load", 5 * MINUTE, "assumed"),
    ]
    person = ["until it is noticed", "until somebody answers", "to decide"]
    then = ["to open the standby's switch", "until resolvers follow"]
    warm, light = pages(), pages(running=0)
    assert [what for what, _, _ in sums(warm)] == [
        *person,
        "until the standby has grown to the load",
        *then,
    ]
    assert [what for what, _, _ in sums(light)] == [
        *person,
        "to launch the standby's servers",
        *then,
    ]


def test_what_is_answered_in_business_hours_waits_for_a_weekend() -> None:
    # From Friday evening to Tuesday morning, where Monday is a holiday.
    assert longest_closed(prod()) == 88 * HOUR
    assert longest_closed(plan_of(holidays=[])) == 64 * HOUR
    tuesdays = {"on": ["Tuesday"], "from": "08:00", "to": "20:00"}
    assert longest_closed(plan_of(business_hours=tuesdays)) == 7 * DAY - 12 * HOUR
    severities = chapters()["severities"]
    severities["p0"]["hours"] = "business"
    plan = plan_of(severities=severities, holidays=[])
    assert promise(plan, "checkout", "region").computed == 64 * HOUR + timedelta(
        minutes=49, seconds=5
    )
    (finding, *_) = prove(plan).refused
    assert finding.remedy == (
        "cheapest remedy: `severities.p0.hours: always`, which gives 55 minutes, at a price that "
        "no list has"
    )


def test_a_database_that_nothing_protects_does_not_come_back() -> None:
    plan = plan_of(backups={"files": chapters()["backups"]["files"]})
    assert promise(plan, "checkout", "corruption").computed is None
    finding = next(each for each in prove(plan).refused if each.at == "objectives.data.critical")
    assert "nothing declared brings orders back" in finding.says
    assert "`backups.orders: {protects: {databases: [orders]}, " in finding.remedy


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (
            ('at: "02:00", keep: 30 days', 'at: "02:00", keep: 10 days'),
            "backups.database.tiers.daily.keep",
        ),
        (
            ('at: "05:00", keep: 30 days', 'at: "05:00", keep: 10 days'),
            "backups.database.tiers.six-hourly.keep",
        ),
        (
            ("{to: recovery, keep: 30 days}", "{to: recovery, keep: 10 days}"),
            "backups.database.tiers.daily.copy.0.keep",
        ),
        (
            ("point_in_time: {keep: 30 days}", "point_in_time: {keep: 10 days}"),
            "backups.database.point_in_time.keep",
        ),
    ],
)
def test_a_shorter_retention_is_told_in_one_line(
    tmp_path: Path, edit: tuple[str, str], place: str
) -> None:
    report = changed(tmp_path, edit)
    assert [str(finding) for finding in report.findings if finding.refused] == [
        "objectives.retention.orders: promises backups of orders for 30 days, but they are kept "
        f"10 days ({place}); cheapest remedy: `{place}: 30 days` [retention-missed]"
    ]


@pytest.mark.slow
def test_a_table_of_retention_is_judged_by_how_finely_it_reaches_back() -> None:
    tiers = {
        "daily": {"every": "day", "at": "03:00", "keep": "7 days"},
        "weekly": {"every": "week", "on": "Sunday", "at": "05:00", "keep": "1 month"},
        "monthly": {"every": "month", "on": "first Sunday", "at": "07:00", "keep": "1 year"},
    }
    kept = {"every day": "7 days", "every week": "1 month", "every month": "1 year"}

    def judged(**changes: str) -> dict[str, bool]:
        entry = {
            "protects": {"databases": ["orders"]},
            "tiers": {
                name: tier | ({"keep": changes[name]} if name in changes else {})
                for name, tier in tiers.items()
            },
        }
        plan = plan_of(backups={"all": entry}, objectives={"retention": {"orders": kept}})
        return {each.detail: each.kept for each in judge(plan, EstateFacts())}

    assert judged() == {"every day": True, "every week": True, "every month": True}
    assert judged(daily="6 days")["every day"] is False
    assert judged(weekly="14 days")["every week"] is False
    assert judged(monthly="60 days") == {
        "every day": True,
        "every week": True,
        "every month": False,
    }


@pytest.mark.slow
def test_what_expires_before_the_next_is_taken_keeps_no_promise() -> None:
    entry = {
        "protects": {"databases": ["orders"]},
        "tiers": {"weekly": {"every": "week", "on": "Sunday", "at": "05:00", "keep": "3 days"}},
    }
    plan = plan_of(backups={"all": entry})
    assert promise(plan, "blog posts", "corruption").way is None
    codes = {each.code for each in prove(plan).findings if each.at == "backups.all.tiers.weekly"}
    assert codes == {"backup-ends-before-the-next"}


@pytest.mark.slow
def test_a_remedy_was_tried_and_does() -> None:
    """Each remedy for missed files, written into the plan, keeps the promise and adds no fault."""
    files = chapters()["backups"]["files"]
    del files["tiers"]["two-hourly"]
    plan = plan_of(backups=chapters()["backups"] | {"files": files})
    remedies = {each.at: each.remedy for each in prove(plan).refused}
    assert remedies == {
        "objectives.data.important": (
            'cheapest remedy: `backups.files.tiers.often: {every: 2 hours, at: "00:00", '
            "keep: 7 days, copy: {to: recovery}}`, which gives 6 hours, for less than $1 a month"
        ),
        "objectives.data.non-critical": (
            'cheapest remedy: `backups.files.tiers.often: {every: 12 hours, at: "00:00", '
            "keep: 7 days, copy: {to: recovery}}`, which gives 15 hours, for less than $1 a month"
        ),
    }
    files["tiers"]["often"] = {
        "every": "2 hours",
        "at": "00:00",
        "keep": "7 days",
        "copy": {"to": "recovery"},
    }
    assert prove(plan_of(backups=chapters()["backups"] | {"files": files})).refused == ()


@pytest.mark.slow
def test_the_same_plan_gives_the_same_proof() -> None:
    assert prove(prod()) == prove(prod())
