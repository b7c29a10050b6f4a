"""The chapter on care of databases: what stands, what is refused and how, when it is done."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.plan.calendar import occasions
from pulumi_upkeep.plan.database_care import care_findings, done_within, worked_in, works_until
from pulumi_upkeep.plan.plan import Plan

from tests.unit.plans import chapters, prod, secrets


def plan(**changes: Any) -> Plan:
    """The shipped plan with some of the care of `orders` changed."""
    given = chapters()
    given["database_care"]["orders"] |= changes
    return Plan.from_config(given, secrets())


def refused(given: dict[str, Any]) -> list[str]:
    with pytest.raises(PlanError) as error:
        Plan.from_config(given, secrets())
    return [str(fault) for fault in error.value.faults if fault.path.startswith("database_care")]


RULE = {"table": "sessions", "column": "expires_at", "keep": "30 days"}
ARCHIVED = {"table": "orders", "column": "placed_at", "older_than": "2 years"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"indexes": {"window": "wekly", "bloat_above": "30 %"}},
            ".indexes.window = wekly: no such window in `windows`; did you mean `weekly`?",
        ),
        (
            {"owner": "operation"},
            ".owner = operation: no such team in `teams`; did you mean `operations`?",
        ),
        (
            {"owner": ["operations", "shop"]},
            ".owner = [operations, shop]: one team answers for it; write `operations`",
        ),
        (
            {"cleanup": {"window": "monthly", "rules": [RULE, {**RULE, "keep": "60 days"}]}},
            ".cleanup.rules.1.table = sessions: two owners of its rows: `cleanup.rules.0.table` "
            "deletes from it too; one rule for each table",
        ),
        (
            {"cleanup": {"window": "monthly", "rules": [{**RULE, "table": "public.order_lines"}]}},
            ".archive.rules.0.with.order_lines = order_lines: two owners of its rows: "
            "`cleanup.rules.0.table` deletes from it too; one rule for each table",
        ),
        (
            {"cleanup": {"window": "monthly", "rules": [{**RULE, "keep": "0 days"}]}},
            ".cleanup.rules.0.keep = 0 days: a duration of nothing; at least `1 day`",
        ),
        (
            {"cleanup": {"window": "monthly", "rules": [{**RULE, "keep": "29 days"}]}},
            ".cleanup.rules.0.keep = 29 days: `objectives.retention.orders` promises 30 days, and "
            "no archive keeps these rows; nearest: `keep: 30 days`",
        ),
        (
            {
                "archive": {
                    "window": "monthly",
                    "keep": "5 days",
                    "rules": [{**ARCHIVED, "older_than": "10 days"}],
                }
            },
            ".archive.keep = 5 days: `objectives.retention.orders` promises 30 days, and rows of "
            "orders are gone after 15 days; nearest: `keep: 20 days`",
        ),
        (
            {"archive": {"window": "monthly", "months": ["May", "May"], "rules": [ARCHIVED]}},
            ".archive.months = [May, May]: names `May` twice; once is enough",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, Any], says: str) -> None:
    given = chapters()
    given["database_care"]["orders"] |= changes
    assert f"database_care.orders{says}" in refused(given)


def test_a_job_needs_its_time() -> None:
    given = chapters()
    given["windows"]["short"] = {"on": "Friday", "from": "03:00", "to": "04:00"}
    given["windows"]["shorter"] = {
        "on": "Friday",
        "from": "05:00",
        "to": "07:00",
        "cutoff": "1 hour",
    }
    given["database_care"]["orders"]["archive"]["window"] = "short"
    Plan.from_config(given, secrets())
    given["windows"]["shorter"]["to"] = "06:30"
    given["database_care"]["orders"]["archive"]["window"] = "shorter"
    assert (
        "database_care.orders.archive.window = shorter: `Friday 05:00-06:30` lasts 90 minutes, of "
        "which the last 1 hour begins nothing: archiving takes 1 hour at least; nearest: `monthly`"
    ) in refused(given)


def test_a_database_that_is_not_there() -> None:
    given = chapters()
    given["database_care"]["order"] = given["database_care"].pop("orders")
    assert (
        refused(given)
        == ["database_care.order: no such database in `estate.databases`; did you mean `orders`?"]
        or "did you mean `orders`?" in refused(given)[0]
    )


def test_a_promise_of_the_backups_is_kept_exactly() -> None:
    rules = [{**RULE, "keep": "30 days"}]
    assert plan(cleanup={"window": "monthly", "rules": rules})


def test_what_restore_tests_expect_is_noted() -> None:
    rules = [RULE, {**RULE, "table": "customers"}]
    found = care_findings(plan(cleanup={"window": "monthly", "rules": rules}))
    assert [(each.code, each.at) for each in found] == [
        ("care-on-checked-table", "database_care.orders.cleanup.rules.1.table"),
        ("care-on-checked-table", "database_care.orders.archive.rules.0.table"),
        ("care-on-checked-table", "database_care.orders.archive.rules.0.with.order_lines"),
    ]


def test_care_rests_while_the_recovery_region_writes() -> None:
    given = chapters()
    given["writers"]["orders"]["active"] = "orders-usw2-1"
    failed_over = Plan.from_config(given, secrets())
    codes = [each.code for each in care_findings(failed_over)]
    assert "care-rests-while-failed-over" in codes
    assert "care-rests-while-failed-over" not in [each.code for each in care_findings(prod())]


def test_how_long_it_may_be_from_one_time_to_the_next() -> None:
    shipped = prod()
    care = shipped.database_care["orders"]
    weekly, monthly = shipped.windows["weekly"], shipped.windows["monthly"]
    day = timedelta(days=1)
    # A week; from a first Sunday to the next one five weeks; of a quarter fourteen. And a day.
    assert done_within(care, "indexes", weekly) == 8 * day
    assert done_within(care, "cleanup", monthly) == 36 * day
    assert done_within(care, "archive", monthly) == 99 * day
    # A week that is called off is known.
    off = {"on": "2026-12-23", "because": "nobody is there before the holidays"}
    cancelled = type(weekly).model_validate({**weekly.in_words(), "cancelled": [off]})
    assert done_within(care, "indexes", cancelled) == 15 * day
    assert (f"{works_until(weekly):%H:%M}", worked_in(weekly)) == ("04:00", timedelta(hours=1))


def test_the_calendar_has_every_job() -> None:
    found = [
        each
        for each in occasions(prod(), date(2027, 1, 1), date(2027, 2, 8))
        if each.kind == "care"
    ]
    assert {(each.name, f"{each.starts:%m-%d %H:%M}", f"{each.ends:%H:%M}") for each in found} == {
        *(
            ("orders-indexes", f"{day} 08:00", "09:00")
            for day in ("01-06", "01-13", "01-20", "01-27", "02-03")
        ),
        *((f"orders-{job}", "01-03 06:00", "09:00") for job in ("analysis", "cleanup", "archive")),
        *((f"orders-{job}", "02-07 06:00", "09:00") for job in ("analysis", "cleanup")),
    }
    assert {each.owner for each in found} == {"operations"}
    assert {each.path for each in found} == {
        f"database_care.orders.{job}" for job in ("indexes", "analysis", "cleanup", "archive")
    }
    assert min(each.starts for each in found) == datetime(2027, 1, 3, 6, tzinfo=UTC)
