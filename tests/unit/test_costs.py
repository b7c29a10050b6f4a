"""What protection costs: exact sums of listed prices, and what has none."""

from typing import Any

import pytest
from pulumi_upkeep.plan import prices
from pulumi_upkeep.plan.proofs import EstateFacts, prove
from pulumi_upkeep.plan.proofs.costs import monthly_costs, say_price

from tests.unit.plans import orders, prod
from tests.unit.test_failure_modes import DAILY, REPLICA, bare, data, entry, tier
from tools.upkeep.costs import estimate
from tools.upkeep.costs import lines as said

HOURS = 730


def usd(facts: EstateFacts | None = None, **declared: Any) -> dict[str, float | None]:
    costs = monthly_costs(bare(**declared), facts or EstateFacts())
    return {line.what: None if line.usd is None else round(line.usd, 2) for line in costs.lines}


def test_the_prices_are_dated_and_name_their_sources() -> None:
    assert prices.AS_OF == "2026-06"
    assert set(prices.REGIONS) == {"us-east-1", "us-west-2"}
    assert all("pricing" in source for source in prices.SOURCES.values())


def test_nothing_costs_nothing() -> None:
    assert usd() == {}
    assert monthly_costs(bare(), EstateFacts()).usd == 0


def test_the_standby_in_a_second_zone_is_what_multi_az_adds() -> None:
    assert usd(orders()) == {"estate.databases.orders": round(0.225 * HOURS + 100 * 0.115, 2)}
    assert usd(orders(multi_az=False)) == {}


@pytest.mark.parametrize(
    ("words", "cost"),
    [
        ({"in": "primary"}, 0.225 * HOURS + 11.5),
        ({"in": "primary", "multi_az": True}, 2 * (0.225 * HOURS + 11.5)),
        # Its key, and one per cent of 100 GB a day through the wire.
        ({"in": "recovery"}, 0.225 * HOURS + 11.5 + 1 + 100 * 0.01 * HOURS / 24 * 0.02),
        ({"in": "primary", "class": "db.x2g.large"}, None),
    ],
)
def test_a_replica_is_an_instance_with_its_storage(
    words: dict[str, Any], cost: float | None
) -> None:
    found = usd(replicas={"orders-use1-2": REPLICA | words})
    assert found == {"replicas.orders-use1-2": None if cost is None else round(cost, 2)}


def test_a_database_is_as_large_as_it_was_found_to_be() -> None:
    replicas = {"orders-use1-2": REPLICA | {"in": "primary"}}
    small, large = (
        usd(orders(multi_az=False, storage=size), replicas=replicas)["replicas.orders-use1-2"]
        for size in (100, 400)
    )
    assert small is not None
    assert large is not None
    assert round(large - small, 2) == round(300 * 0.115, 2)


def test_backups_hold_all_once_and_then_what_changes() -> None:
    found = usd(**entry("orders", **tier("recovery", "account")))
    # 30 days at one per cent a day on 100 GB.
    stored = 130 * 0.095 + 1
    assert found == {
        "backups.all": round(stored, 2),
        "backups.all, copies to recovery": round(stored + 100 * 0.01 * HOURS / 24 * 0.02, 2),
        "backups.all, copies to account": round(stored, 2),
    }
    files = usd(**entry("product-images", tiers={"daily": DAILY}))
    assert files == {"backups.all": round(130 * 0.05 + 1, 2)}


def test_the_estimate_says_what_it_assumes_and_what_it_leaves_out() -> None:
    costs = monthly_costs(
        bare(replicas={"orders-use1-2": REPLICA | {"in": "primary", "class": "db.x2g.large"}}),
        EstateFacts(),
    ).as_data()
    assert estimate(costs) == (
        "about $0 a month at list prices of 2026-06, without replicas.orders-use1-2"
    )
    lines = said(costs)
    assert "orders, product-images, user-uploads, whose sizes are not looked up" in lines[-2]
    assert "Datadog, and people" in lines[-1]
    assert costs["lines"][0]["usd_a_month"] is None


def test_productions_protection_is_the_sum_of_its_lines() -> None:
    costs = monthly_costs(prod(), orders()).as_data()
    assert costs["usd_a_month"] == pytest.approx(
        sum(line["usd_a_month"] for line in costs["lines"]), abs=0.05
    )
    amounts = [line["usd_a_month"] for line in costs["lines"]]
    assert amounts == sorted(amounts, reverse=True)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (None, "at a price that no list has"),
        (0.0, "for less than $1 a month"),
        (-3.0, "for less than $1 a month"),
        (12.6, "for about $13 a month"),
        (1234.0, "for about $1,234 a month"),
    ],
)
def test_a_price_in_words(more: float | None, words: str) -> None:
    assert say_price(more) == words


def test_the_cheapest_edit_comes_first_and_what_has_no_price_last() -> None:
    # A replica would do, too, for about $180 a month.
    tiers = {"tiers": {"daily": DAILY}}
    plan = bare(**entry("orders", **tiers), **data(after=["region"], rpo="30 hours"))
    (finding,) = prove(plan).refused
    assert finding.remedy == (
        'cheapest remedy: `backups.all.tiers.often: {every: 12 hours, at: "00:00", keep: 7 days, '
        "copy: {to: recovery}}`, which gives 16 hours, for about $12 a month"
    )
    # Only people could be quicker than a restore: that is offered, without a price.
    functions = {
        "functions": {
            "all": {"rto": "45 minutes", "after": ["corruption"], "needs": {"f": ["orders"]}}
        }
    }
    plan = bare(**entry("orders", tiers={"daily": DAILY}), objectives=functions)
    (finding,) = prove(plan).refused
    assert finding.remedy == (
        "cheapest remedy: `severities.p0.respond_within: 5 minutes`, which gives 45 minutes, at a "
        "price that no list has"
    )
