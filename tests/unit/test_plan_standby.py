"""Standbys of a plan: when traffic may move by itself, and how users go back."""

from typing import Any

import pytest
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.standby import needed_beside

from tests.unit.plans import chapters, prod
from tests.unit.plans import secrets as shipped_secrets

SECRETS = shipped_secrets()


def plan(**standby: Any) -> Plan:
    """The shipped plan with some of `standby.web` changed; None takes a key away."""
    written = chapters()
    written["standby"]["web"] |= standby
    web = {key: value for key, value in written["standby"]["web"].items() if value is not None}
    written["standby"]["web"] = web
    return Plan.from_config(written, SECRETS)


def refusal(**standby: Any) -> list[str]:
    with pytest.raises(PlanError) as caught:
        plan(**standby)
    return [str(fault) for fault in caught.value.faults]


def test_traffic_does_not_move_by_itself_to_servers_whose_database_is_a_replica() -> None:
    assert refusal(moves_by_itself=True) == [
        "standby.web.moves_by_itself = true: moves to servers that need `orders`, which takes no "
        "writes in the recovery region until a person has promoted a replica there; leave it out: "
        "the runbook promotes the database, then opens the switch"
    ]


def test_it_may_where_the_writer_is_there() -> None:
    written = chapters()
    written["standby"]["web"]["moves_by_itself"] = True
    replica = next(name for name, it in written["replicas"].items() if it["in"] == "recovery")
    written["writers"] = {"orders": {"active": replica}}
    written["estate"]["databases"]["orders"]["owner"] = "devops@bynomi.com"
    written["recovery"] = {"approval": False}
    # Its page is no longer made.
    written["services"]["web"]["runbook"] = "shop"
    assert Plan.from_config(written, SECRETS).standby["web"].moves_by_itself


def test_it_may_where_no_function_needs_a_database_beside_its_servers() -> None:
    written = chapters()
    written["standby"]["web"]["moves_by_itself"] = True
    for functions in written["objectives"]["functions"].values():
        functions["needs"] = {name: ["orders"] for name in functions["needs"]}
    assert Plan.from_config(written, SECRETS).standby["web"].moves_by_itself


def test_what_is_needed_beside_servers_is_read_from_the_functions() -> None:
    assert needed_beside("web", prod().objectives) == {"orders", "product-images"}
    assert needed_beside("other", prod().objectives) == set()


def test_a_step_of_the_way_back_is_one_of_the_plans() -> None:
    assert plan(returned="50 %").standby["web"].returned == 50
    assert refusal(returned="20 %") == [
        "standby.web: 20 % have returned, which is no step of `returns_at`; "
        "one of 10 %, 50 %, 100 %"
    ]
    assert refusal(returned="20 %", returns_at=None) == [
        "standby.web: 20 % have returned, which is no step of `returns_at`; "
        "`returns_at: [10 %, 50 %, 100 %]`"
    ]


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        (["10 %", "10 %", "100 %"], "10 % after 10 %; each step gives back more"),
        (["10 %"], "does not end with everybody; `100 %` as the last step"),
        (["0.5 %", "100 %"], "0.5 % is no whole number; `1 %`"),
    ],
)
def test_steps_rise_to_everybody(steps: list[str], rule: str) -> None:
    (said,) = refusal(returns_at=steps)
    assert rule in said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("secrets", ["a name with spaces"]),
        ("log_groups", {"/web": "10 days"}),
        ("version", "no spaces please"),
        ("state_bucket", "Capital"),
    ],
)
def test_names_and_lengths_are_those_of_their_services(key: str, value: Any) -> None:
    (said,) = refusal(**{key: value})
    assert said.startswith(f"standby.web.{key}")
