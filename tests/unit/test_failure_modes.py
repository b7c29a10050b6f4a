"""Failures: which copies are left after each, what is lost, and how long the way back takes."""

from datetime import timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.objectives import FAILURES
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs import (
    BucketFacts,
    EstateFacts,
    Promise,
    ServerFacts,
    Way,
    prove,
)
from pulumi_upkeep.plan.proofs.facts import MemberFacts
from pulumi_upkeep.plan.proofs.losses import ways_to_keep
from pulumi_upkeep.plan.proofs.terms import Mode
from pulumi_upkeep.plan.proofs.times import way_back
from pulumi_upkeep.plan.read import load_plan

from tests.unit.plans import ROOT, chapters, orders
from tests.unit.plans import secrets as shipped_secrets

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAILY = {"every": "day", "at": "04:00", "keep": "30 days"}
REPLICA = {"of": "orders", "class": "db.r6g.large"}


def bare(**replaced: Any) -> Plan:
    """Production's estate, with nothing that protects it but what is given."""
    plain = {key: value for key, value in chapters().items() if key not in PROTECTING}
    estate = chapters()["estate"] | {"vault_account": {"id": "210987654321", "role": "upkeep"}}
    return Plan.model_validate(plain | {"estate": estate} | replaced)


PROTECTING = (
    "accepted",
    "backup_audit",
    "backups",
    "bucket_replicas",
    "drills",
    "evidence",
    "measured",
    "objectives",
    "recovery",
    "replicas",
    "restore_tests",
    "standby",
    "writers",
)


def entry(thing: str, **parts: Any) -> dict[str, Any]:
    kind = "databases" if thing == "orders" else "buckets"
    return {"backups": {"all": {"protects": {kind: [thing]}} | parts}}


def tier(*copies: str) -> dict[str, Any]:
    return {"tiers": {"daily": DAILY | {"copy": [{"to": place} for place in copies]}}}


def versioned() -> EstateFacts:
    return EstateFacts(buckets={"product-images": BucketFacts(versioned=True)})


NOTHING = EstateFacts()
USABLE: list[Any] = [
    # One copy at a time, and the failures after which it can be used.
    ("orders", {}, NOTHING, set()),
    ("orders", {}, orders(), {"instance", "zone"}),
    ("orders", {}, orders(multi_az=False), set()),
    (
        "orders",
        {"replicas": {"orders-use1-2": REPLICA | {"in": "primary"}}},
        NOTHING,
        {"instance"},
    ),
    (
        "orders",
        {"replicas": {"orders-use1-2": REPLICA | {"in": "primary", "multi_az": True}}},
        NOTHING,
        {"instance", "zone"},
    ),
    (
        "orders",
        {"replicas": {"orders-usw2-1": REPLICA | {"in": "recovery"}}},
        NOTHING,
        {"instance", "zone", "region"},
    ),
    (
        "orders",
        entry("orders", point_in_time={"keep": "7 days"}),
        NOTHING,
        {"instance", "zone", "corruption"},
    ),
    ("orders", entry("orders", **tier()), NOTHING, {"instance", "zone", "corruption"}),
    (
        "orders",
        entry("orders", **tier("recovery")),
        NOTHING,
        {"instance", "zone", "region", "corruption"},
    ),
    (
        "orders",
        entry("orders", **tier("account")),
        NOTHING,
        {"instance", "zone", "corruption", "account"},
    ),
    ("orders", entry("orders", **tier("recovery", "account")), NOTHING, set(FAILURES)),
    ("product-images", {}, NOTHING, {"instance", "zone"}),
    ("product-images", {}, versioned(), {"instance", "zone", "corruption"}),
    (
        "product-images",
        entry("product-images", point_in_time={"keep": "7 days"}),
        NOTHING,
        {"instance", "zone", "corruption"},
    ),
    (
        "product-images",
        entry("product-images", **tier("recovery", "account")),
        NOTHING,
        set(FAILURES),
    ),
]


@pytest.mark.parametrize(("thing", "declared", "facts", "usable"), USABLE)
def test_a_copy_can_be_used_after_these_failures_and_no_others(
    thing: str, declared: dict[str, Any], facts: EstateFacts, usable: set[str]
) -> None:
    plan = bare(**declared)
    assert {mode for mode in FAILURES if ways_to_keep(plan, thing, mode, facts)} == usable
    # What has data has a way back, and the other way round.
    assert {mode for mode in FAILURES if way_back(plan, [thing], mode, facts)} == usable


def test_a_replica_of_a_bucket_is_left_when_the_region_is_lost_and_has_every_mistake() -> None:
    replicas = {"product-images-usw2": {"of": "product-images", "in": "recovery"}}
    plan = bare(bucket_replicas=replicas)
    usable = {mode for mode in FAILURES if ways_to_keep(plan, "product-images", mode, NOTHING)}
    # After corruption it is the earlier versions that help: S3 replicates no bucket without them.
    assert usable == {"instance", "zone", "region", "corruption"}
    (versions,) = ways_to_keep(plan, "product-images", "corruption", NOTHING)
    assert versions.by == "earlier versions"
    unversioned = EstateFacts(buckets={"product-images": BucketFacts(versioned=False)})
    assert ways_to_keep(plan, "product-images", "corruption", unversioned) == []
    (way,) = ways_to_keep(plan, "product-images", "region", NOTHING)
    (term,) = way.terms
    assert (way.by, term.length, term.provenance) == (
        "the replica product-images-usw2",
        15 * MINUTE,
        "assumed",
    )
    assert "limits what goes unnoticed, not the loss" in term.source
    back = way_back(plan, ["product-images"], "region", NOTHING)
    assert back is not None
    assert [term.id for term in back.terms if term.id] == ["read-from-replica"]


def test_what_was_promoted_once_follows_nobody() -> None:
    plan = bare(replicas={"orders-usw2-1": REPLICA | {"in": "recovery"}})
    gone = EstateFacts(members={"orders-usw2-1": MemberFacts("bynomi-prod-orders-usw2-1")})
    assert ways_to_keep(plan, "orders", "region", gone) == []
    # What is yet to be made will follow.
    new = EstateFacts(
        members={"orders-usw2-1": MemberFacts("bynomi-prod-orders-usw2-1", exists=False)}
    )
    assert len(ways_to_keep(plan, "orders", "region", new)) == 1


# ---- times -------------------------------------------------------------------------------------


def back(plan: Plan, mode: Mode, facts: EstateFacts, *needs: str) -> Way:
    way = way_back(plan, needs, mode, facts)
    assert way is not None
    return way


def steps(way: Way) -> list[str]:
    return [term.id or term.what for term in way.terms]


PERSON = ["until it is noticed", "until somebody answers", "to decide"]


def test_a_lost_zone_takes_everything_with_it_and_a_failed_instance_does_not() -> None:
    both = {
        "replicas": {"orders-usw2-1": REPLICA | {"in": "recovery"}},
        "standby": {"web": chapters()["standby"]["web"]},
    }
    plan = bare(**both)
    facts = EstateFacts(servers={"web": ServerFacts(zones=1)})
    # A person promotes, then opens the standby.
    assert steps(back(plan, "zone", facts, "orders", "web")) == [
        *PERSON,
        "promote-replica",
        "repoint",
        "grow-standby",
        "open-switch",
        "resolvers-follow",
    ]
    # One server fails, or the database: what takes longer counts.
    assert steps(back(plan, "instance", facts, "orders", "web")) == [
        *PERSON,
        "promote-replica",
        "repoint",
    ]


def test_servers_outlive_a_zone_where_their_group_has_another() -> None:
    plan = bare()
    three = EstateFacts(servers={"web": ServerFacts(zones=3)})
    one = EstateFacts(servers={"web": ServerFacts(zones=1)})
    way = back(plan, "zone", three, "web")
    assert (way.automatic, steps(way)) == (True, ["replace-server"])
    assert way_back(plan, ["web"], "zone", one) is None
    # Without having been looked up it is assumed, and said so.
    (term,) = back(plan, "zone", NOTHING, "web").terms
    assert term.provenance == "assumed"
    assert term.source.endswith("its zones not looked up, several assumed")


def test_multi_az_answers_by_itself_with_the_vendors_figure() -> None:
    for mode in ("instance", "zone"):
        way = back(bare(), mode, orders(), "orders")
        assert way.automatic
        assert [(term.provenance, term.length) for term in way.terms] == [("vendor", 2 * MINUTE)]


def test_a_lost_account_is_built_anew_once_and_then_filled() -> None:
    backups = {
        name: {"protects": {kind: [thing]}} | tier("account")
        for name, kind, thing in (
            ("database", "databases", "orders"),
            ("files", "buckets", "product-images"),
        )
    }
    way = back(bare(backups=backups), "account", NOTHING, "orders", "web", "product-images")
    assert steps(way) == [
        *PERSON,
        "rebuild-account",
        "restore-database",
        "repoint",
        "restore-bucket",
    ]
    assert way.total > 24 * HOUR
    # Copies of the same account are lost with it.
    for name in backups:
        backups[name] |= tier("recovery")
    assert way_back(bare(backups=backups), ["orders"], "account", NOTHING) is None


def test_a_mistake_hits_one_thing_and_the_slowest_way_back_counts() -> None:
    plan = bare(
        backups={
            "database": {"protects": {"databases": ["orders"]}} | tier(),
            "files": {"protects": {"buckets": ["product-images"]}} | tier(),
        }
    )
    facts = EstateFacts(buckets={"product-images": BucketFacts(versioned=True)})
    first = ["from the first report on", "until somebody answers", "to decide"]
    needs = ("orders", "web", "product-images")
    assert steps(back(plan, "corruption", NOTHING, *needs)) == [*first, "restore-bucket"]
    assert steps(back(plan, "corruption", facts, *needs)) == [
        *first,
        "restore-database",
        "repoint",
    ]
    assert steps(back(plan, "corruption", facts, "product-images")) == [*first, "roll-back-bucket"]


# ---- promises ----------------------------------------------------------------------------------


def data(**words: Any) -> dict[str, Any]:
    return {"objectives": {"data": {"all": {"rpo": "5 hours", "holds": {"o": "orders"}} | words}}}


def test_one_failure_may_have_a_figure_of_its_own() -> None:
    tiers = {
        "often": {"every": "2 hours", "at": "01:00", "keep": "7 days"},
        "daily": DAILY
        | {"at": "14:00", "copy": [{"to": "account"}, {"to": "recovery"}], "keep": "8 days"},
    }
    backups = {"backups": {"all": {"protects": {"databases": ["orders"]}, "tiers": tiers}}}
    both = {"region": "28 hours", "account": "28 hours"}
    judged = {
        promise.mode: (promise.promised, promise.kept)
        for promise in prove(bare(**backups, **data(**{"except": both}))).promises
    }
    assert judged == {
        "instance": (5 * HOUR, True),
        "zone": (5 * HOUR, True),
        "region": (28 * HOUR, True),
        "corruption": (5 * HOUR, True),
        "account": (28 * HOUR, True),
    }
    (finding,) = prove(
        bare(**backups, **data(**{"except": both | {"account": "20 hours"}}))
    ).refused
    assert finding.says.startswith(
        "promises an RPO of 20 hours for o, but after the loss of the account up to 28 hours are "
        "lost: 25 hours between two backups (plan) + 2 hours until the later one is complete "
        "(plan) + 1 hour until the copy is complete (assumed)"
    )


def test_another_figure_for_a_failure_that_is_left_out_is_refused() -> None:
    with pytest.raises(PlanError) as caught:
        Plan.from_config(
            chapters() | data(after=["instance"], **{"except": {"account": "30 hours"}}),
            shipped_secrets(),
        )
    (fault,) = caught.value.faults
    assert str(fault) == (
        "objectives.data.all.except.account = 30 hours: another figure for a failure that `after` "
        "leaves out; add `account` to `after`, or leave it out here"
    )


def test_what_is_left_out_is_computed_shown_and_noted_until_it_is_accepted() -> None:
    after = ["instance", "zone", "corruption"]
    declared = entry("orders", **tier("recovery")) | data(rpo="1 day", after=after)
    declared["objectives"]["data"]["all"]["rpo"] = "30 hours"
    proof = prove(bare(**declared))
    left_out = {promise.mode: promise.computed for promise in proof.not_promised}
    # The clocks' change makes a day of 25 hours.
    assert left_out == {"region": 28 * HOUR, "account": None}
    assert proof.refused == ()
    (finding,) = [each for each in proof.findings if each.code == "failure-not-promised"]
    assert str(finding) == (
        "objectives.data.all: promises nothing after the loss of the region (28 hours lost at "
        "most) or the loss of the account (nothing declared brings o back); add it to `after`, "
        "with a figure of its own in `except`, or accept it with the reason [failure-not-promised]"
    )
    reason = {
        "finding": "failure-not-promised",
        "at": "objectives.data.all",
        "because": "It is set up anew then.",
    }
    accepted = prove(bare(accepted=[reason], **declared)).findings
    assert [each.state for each in accepted if each.code == "failure-not-promised"] == ["accepted"]


def test_what_is_left_out_is_never_refused() -> None:
    plan = bare(**data(after=["instance"]))
    refused = prove(plan, orders()).refused
    assert refused == ()


def test_a_promise_that_no_edit_keeps_comes_with_what_could_be_promised() -> None:
    plan = bare(**entry("orders", **tier()), **data(after=["account"]))
    (finding,) = prove(plan).refused
    assert finding.remedy == (
        'no edit keeps it: `backups.all.tiers.often: {every: 2 hours, at: "01:00", keep: 7 days, '
        "copy: {to: account}}` gives 6 hours, for about $11 a month; promise that, "
        "`objectives.data.all.except: {account: 6 hours}`"
    )
    # With that promise it is a remedy.
    promised = data(after=["account"], **{"except": {"account": "6 hours"}})
    (finding,) = prove(bare(**entry("orders", **tier()), **promised)).refused
    assert finding.remedy == (
        'cheapest remedy: `backups.all.tiers.often: {every: 2 hours, at: "01:00", keep: 7 days, '
        "copy: {to: account}}`, which gives 6 hours, for about $11 a month"
    )


def test_multi_az_is_a_remedy_where_it_was_looked_up_and_missed() -> None:
    functions = {
        "functions": {"all": {"rto": "5 minutes", "after": ["zone"], "needs": {"f": ["orders"]}}}
    }
    plan = bare(objectives=functions, **entry("orders", **tier()))
    (finding,) = prove(plan, orders(multi_az=False)).refused
    assert finding.remedy == (
        "cheapest remedy: Multi-AZ for orders-prod-use1-1 in RDS, which gives 2 minutes, for about "
        "$176 a month"
    )
    noted = [each.code for each in prove(plan, orders(multi_az=False)).findings]
    assert "primary-without-multi-az" in noted
    assert prove(plan, orders()).refused == ()


@pytest.mark.slow
def test_a_group_in_one_zone_is_noted_where_it_was_looked_up() -> None:
    codes = {
        zones: [each.at for each in prove(bare(), facts).findings if each.code == CODE]
        for zones in (1, 2)
        for facts in [EstateFacts(servers={"web": ServerFacts(zones)})]
    }
    assert codes == {1: ["estate.servers.web"], 2: []}


CODE = "servers-in-one-zone"


def test_a_promise_missed_while_failed_over_is_said_and_stops_nothing() -> None:
    """Whoever has just failed over must be able to deploy."""
    estate = chapters()["estate"]
    estate["databases"]["orders"]["owner"] = "devops@bynomi.com"
    replicas: dict[str, Any] = {"orders-usw2-1": REPLICA | {"in": "recovery", "multi_az": True}}
    declared = data(after=["region"]) | {
        "estate": estate,
        "replicas": replicas,
        **entry("orders", **tier("recovery")),
    }
    assert prove(bare(**declared)).refused == ()
    proof = prove(bare(writers={"orders": {"active": "orders-usw2-1"}}, **declared))
    # The copies of before stand where the writer now does.
    assert [promise.kept for promise in proof.promises] == [False]
    assert proof.refused == ()
    (finding,) = [each for each in proof.findings if each.code == "missed-while-failed-over"]
    assert finding.at == "objectives.data.all"
    # A new generation in the other region keeps it again.
    replicas["orders-use1-2"] = REPLICA | {"in": "primary"}
    proof = prove(bare(writers={"orders": {"active": "orders-usw2-1"}}, **declared))
    assert [promise.kept for promise in proof.promises] == [True]


# ---- the second plan ---------------------------------------------------------------------------


@pytest.mark.slow
def test_prize_draws_plan_is_computed_for_each_failure() -> None:
    plan = load_plan(ROOT / "examples" / "prize-draw" / "Pulumi.prod.yaml")
    objectives = {
        "data": {"draws": {"rpo": "30 hours", "holds": {"draws": "draws"}}},
        "functions": {"site": {"rto": "4 hours", "needs": {"checkout": ["draws"]}}},
    }
    words = plan.in_words() | {"objectives": objectives, "accepted": []}
    judged: dict[tuple[str, str | None], Promise] = {
        (promise.kind, promise.mode): promise
        for promise in prove(Plan.model_validate(words)).promises
    }
    computed = {key: promise.computed for key, promise in judged.items()}
    # A day that the clocks make 25 hours long, and two hours until the backup is complete.
    lost = 27 * HOUR
    # A check from outside, an hour until somebody answers, a decision, the restore, the new name.
    assert plan.uptime is not None
    from_outside = plan.uptime.notices_after()
    noticed = {"corruption": timedelta(0)}
    assert computed == {
        ("rpo", "instance"): lost,
        ("rpo", "zone"): lost,
        ("rpo", "region"): None,
        ("rpo", "corruption"): lost,
        ("rpo", "account"): None,
        **{
            ("rto", mode): noticed.get(mode, from_outside) + 100 * MINUTE
            for mode in ("instance", "zone", "corruption")
        },
        ("rto", "region"): None,
        ("rto", "account"): None,
    }
    assert {key for key, promise in judged.items() if promise.missed} == {
        (kind, mode) for kind in ("rpo", "rto") for mode in ("region", "account")
    }
