"""Writers: who is meant to write, who really does, and what is said where the two differ."""

from typing import Any

import pytest
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs import EstateFacts, MemberFacts
from pulumi_upkeep.plan.proofs.database_findings import database_findings
from pulumi_upkeep.plan.proofs.writer_findings import writer_findings
from pulumi_upkeep.plan.words import Place
from pulumi_upkeep.plan.writers import (
    Member,
    automated_retention,
    next_generation,
    writer_faults,
)

from tests.unit.plans import orders, prod

OLD, NEW, BACK = "orders-prod-use1-1", "orders-usw2-1", "orders-use1-2"
REPLICAS: dict[str, Any] = {
    NEW: {"of": "orders", "in": "recovery", "class": "db.r6g.large", "multi_az": True},
    BACK: {"of": "orders", "in": "primary", "class": "db.r6g.large", "multi_az": True},
}


def plan(writer: dict[str, Any], **more: Any) -> Plan:
    """Production's plan with another writer of orders, and both replicas."""
    chapters: dict[str, Any] = {"replicas": REPLICAS, "writers": {"orders": writer}, **more}
    shipped = prod()
    fields = {name: getattr(shipped, name) for name in Plan.model_fields}
    return Plan.model_validate(fields | chapters)


def faults(writer: dict[str, Any], **estate: Any) -> list[str]:
    """What is refused of a writer beside production's estate, some of which is another."""
    given = plan(writer)
    orders_there = given.estate.databases["orders"].model_copy(
        update={key: estate.pop(key) for key in ("owner",) if key in estate}
    )
    there = given.estate.model_copy(update={"databases": {"orders": orders_there}, **estate})
    return [str(it) for it in writer_faults(there, given.replicas, given.writers, "us-east-1")]


# ---- the members ---------------------------------------------------------------------------------


def test_without_a_word_the_estates_instance_writes() -> None:
    given = plan({})
    assert given.active_member("orders").name == OLD
    assert given.active_region("orders") == "us-east-1"
    assert given.successor_member("orders") is None
    assert [member.name for member in given.members("orders")] == [OLD, BACK, NEW]


def test_members_stay_where_they_are_whatever_they_do() -> None:
    given = plan({"active": NEW, "successor": BACK, "retired": [OLD]})
    assert given.active_region("orders") == "us-west-2"
    assert given.members("orders") == (
        Member(OLD, "orders", "primary", True, False, False, True),
        Member(BACK, "orders", "primary", False, False, True, False),
        Member(NEW, "orders", "recovery", False, True, False, False),
    )


@pytest.mark.parametrize(
    ("replicas", "place", "region", "name"),
    [
        ((), "primary", "us-east-1", "orders-use1-2"),
        ((), "recovery", "us-west-2", "orders-usw2-1"),
        ((), "recovery", "ap-southeast-2", "orders-apse2-1"),
        (("sales-oregon-4",), "recovery", "us-west-2", "sales-oregon-5"),
    ],
)
def test_the_next_generation_is_named_by_its_place(
    replicas: tuple[str, ...], place: Place, region: str, name: str
) -> None:
    members = [
        Member(OLD, "orders", "primary", True, True, False, False),
        *(Member(it, "orders", "recovery", False, False, False, False) for it in replicas),
    ]
    assert next_generation(members, place, region) == name


def test_a_writer_of_ours_keeps_backups_as_long_as_continuous_backup_does() -> None:
    assert automated_retention("orders", prod().backups).days == 30
    assert automated_retention("orders", {}).days == 7


# ---- what cannot stand ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "writer",
    [
        {},
        {"name": "orders.internal.bynomi.com", "successor": NEW},
        {"active": NEW},
        {"active": NEW, "successor": BACK},
        {"active": NEW, "retired": [OLD, BACK]},
        # The edit after a failover is one line.
        {"active": NEW, "successor": NEW},
    ],
)
def test_accepted(writer: dict[str, Any]) -> None:
    assert faults(writer) == []


@pytest.mark.parametrize(
    ("writer", "estate", "said"),
    [
        (
            {"active": "orders-usw2-2"},
            {},
            "writers.orders.active = orders-usw2-2: no such member of orders; did you mean "
            "`orders-usw2-1`?",
        ),
        (
            {"active": NEW, "retired": [NEW]},
            {},
            "writers.orders.retired.0 = orders-usw2-1: takes the writes of orders, and every "
            "replica follows it; promote a successor and name it in `active` first",
        ),
        (
            {"retired": ["orders-usw2-7"]},
            {},
            "writers.orders.retired.0 = orders-usw2-7: no such member of orders; did you mean "
            "`orders-usw2-1`?; a retired member that has left the plan leaves this list with it",
        ),
        (
            {"successor": NEW, "retired": [NEW]},
            {},
            "writers.orders.successor = orders-usw2-1: is retired; take it out of `retired`, or "
            "name another",
        ),
        (
            {"active": NEW, "successor": OLD},
            {},
            "writers.orders.successor = orders-prod-use1-1: took writes before, and an old primary "
            "never becomes a replica again [RDS]; declare its next generation, "
            "`replicas.orders-use1-3: {of: orders, in: primary, ...}`, and name that",
        ),
        (
            {"active": NEW},
            {"owner": None},
            "estate.databases.orders.owner: missing: orders-prod-use1-1 no longer takes writes, "
            "and it is only looked up: somebody must keep it, and one day delete it; name who owns "
            "it, such as `owner: devops@bynomi.com`",
        ),
        (
            {"name": "orders.bynomi.com"},
            {},
            "writers.orders.name = orders.bynomi.com: not a name of the zone in "
            "`estate.private_zone`; a name that ends in `.internal.bynomi.com`",
        ),
        (
            {"name": "orders.internal.bynomi.com"},
            {"private_zone": None},
            "estate.private_zone: missing: writers.orders.name is a name of it; such as "
            "`private_zone: internal.bynomi.com`",
        ),
    ],
)
def test_refused(writer: dict[str, Any], estate: dict[str, Any], said: str) -> None:
    assert faults(writer, **estate) == [said]


def test_a_writer_of_an_unknown_database_and_a_replica_called_as_an_instance() -> None:
    given = plan({})
    found = writer_faults(
        given.estate,
        {OLD: given.replicas[NEW]},
        {"order": given.writers["orders"]},
        "us-east-1",
    )
    assert [str(fault) for fault in found] == [
        f"replicas.{OLD}: is the identifier of an instance of the estate: two members of one name; "
        "name it by its place and generation",
        "writers.order: no such database in `estate.databases`; did you mean `orders`?",
    ]


def test_one_name_leads_to_one_writer() -> None:
    given = plan({"name": "orders.internal.bynomi.com"})
    two = {"orders": given.estate.databases["orders"]}
    two["sales"] = two["orders"].model_copy(update={"instance": "sales-prod-use1-1"})
    estate = given.estate.model_copy(update={"databases": two})
    writers = {"orders": given.writers["orders"], "sales": given.writers["orders"]}
    assert [str(fault) for fault in writer_faults(estate, {}, writers, "us-east-1")] == [
        "writers.sales.name = orders.internal.bynomi.com: `writers.orders` has it already: it "
        "leads to one writer; give it a name of its own"
    ]


# ---- what RDS shows ------------------------------------------------------------------------------


def follows(name: str, source: str = OLD) -> MemberFacts:
    return MemberFacts(name, source=f"arn:aws:rds:us-east-1:123456789012:db:{source}")


def writes(name: str) -> MemberFacts:
    return MemberFacts(name)


def fenced(name: str) -> MemberFacts:
    return MemberFacts(name, fenced=True)


def gone(name: str) -> MemberFacts:
    return MemberFacts(name, exists=False)


def found(writer: dict[str, Any], *members: MemberFacts) -> list[tuple[str, str]]:
    """The findings of a writer and what was seen: code and text."""
    facts = EstateFacts(members={member.identifier: member for member in members})
    return [(it.code, str(it)) for it in writer_findings(plan(writer), facts)]


@pytest.mark.parametrize(
    ("writer", "members"),
    [
        # Normal, failed over with the old one fenced, failed back, before the first deployment.
        ({"successor": NEW}, [writes(OLD), follows(NEW), gone(BACK)]),
        ({"active": NEW}, [fenced(OLD), writes(NEW), gone(BACK)]),
        ({"active": NEW, "successor": BACK}, [fenced(OLD), writes(NEW), follows(BACK, NEW)]),
        ({"active": BACK}, [gone(OLD), fenced(NEW), writes(BACK)]),
        ({"successor": NEW}, [writes(OLD), gone(NEW), gone(BACK)]),
        # A retired one may stand open, to be read; a silent region is not judged.
        ({"active": NEW, "retired": [OLD]}, [writes(OLD), writes(NEW)]),
        ({"active": NEW}, [writes(NEW)]),
        ({"successor": NEW}, [follows(NEW)]),
        ({"successor": NEW}, []),
    ],
)
def test_what_goes_together(writer: dict[str, Any], members: list[MemberFacts]) -> None:
    assert found(writer, *members) == []


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([fenced(OLD), writes(NEW)], "which is fenced"),
        ([gone(OLD), writes(NEW)], "which does not exist"),
        ([writes(NEW)], "its region does not answer"),
    ],
)
def test_another_writer_than_the_plans_is_refused_with_the_edit(
    seen: list[MemberFacts], why: str
) -> None:
    ((code, said),) = found({"successor": NEW}, *seen)
    assert code == "writer-differs"
    assert said.startswith(
        f"writers.orders.active: the plan says that {OLD} takes the writes of orders ({why}), and "
        f"RDS shows that {NEW} does; write `writers.orders.active: {NEW}`"
    )


def test_a_plan_that_is_ahead_of_the_promotion_is_refused() -> None:
    ((code, said),) = found({"active": NEW}, writes(OLD), follows(NEW))
    assert code == "writer-differs"
    assert f"(which follows {OLD}), and RDS shows that {OLD} does" in said
    assert said.endswith(f"write `writers.orders.active: {OLD}` [writer-differs]")


@pytest.mark.parametrize("active", [OLD, NEW])
def test_two_writers_are_a_p0_whoever_the_plan_says(active: str) -> None:
    ((code, said),) = found({"active": active}, writes(OLD), writes(NEW))
    other = NEW if active == OLD else OLD
    assert code == "two-writers"
    assert f"P0: {OLD} and {NEW} both take writes" in said
    assert f"the plan says {active}" in said
    assert f"`writers.orders.active: {other}`" in said


def test_two_writers_beside_a_fenced_one_the_plan_names() -> None:
    ((code, said),) = found({}, fenced(OLD), writes(NEW), writes(BACK))
    assert code == "two-writers"
    assert f"`writers.orders.active: {BACK}` or `writers.orders.active: {NEW}`" in said


@pytest.mark.parametrize(
    ("writer", "members", "said"),
    [
        ({}, [fenced(OLD), follows(NEW)], f"{OLD} is fenced"),
        ({"active": NEW}, [fenced(OLD), follows(NEW)], f"{NEW} follows {OLD}"),
        ({"active": NEW}, [gone(NEW)], f"{NEW} does not exist, and a writer begins as a replica"),
    ],
)
def test_without_a_writer_nothing_is_deployed(
    writer: dict[str, Any], members: list[MemberFacts], said: str
) -> None:
    ((code, text),) = found(writer, *members)
    assert code == "no-writer"
    assert said in text


def test_what_was_promoted_is_no_successor() -> None:
    ((code, said),) = found({"active": BACK, "successor": NEW}, fenced(NEW), writes(BACK))
    assert code == "old-primary-as-replica"
    assert "`replicas.orders-usw2-2: {of: orders, in: recovery, ...}`" in said


def test_a_member_that_is_followed_is_not_retired() -> None:
    seen = (fenced(OLD), writes(NEW), follows(BACK))
    ((code, said),) = found({"active": NEW, "retired": [OLD]}, *seen)
    assert (code, said) == (
        "retired-but-followed",
        f"writers.orders.retired: {OLD} is retired, and {BACK} follows it; retire {BACK} first "
        "[retired-but-followed]",
    )
    assert found({"active": NEW, "retired": [OLD, BACK]}, *seen) == []


def test_a_replica_of_an_old_primary_is_noted() -> None:
    ((code, said),) = found({"active": NEW}, fenced(OLD), writes(NEW), follows(BACK))
    assert code == "follows-an-old-primary"
    assert f"follows {OLD}, which no longer takes writes, and RDS changes no source" in said
    assert "`replicas.orders-use1-3: {of: orders, in: primary, ...}`, and retire this one" in said


# ---- limits of replicas --------------------------------------------------------------------------


def test_a_cluster_has_replicas_at_home_only() -> None:
    def codes(clustered: bool) -> list[str]:
        found = database_findings(plan({}), orders(clustered=clustered))
        return [it.at for it in found if it.code == "cluster-replicated-elsewhere"]

    assert codes(clustered=True) == [f"replicas.{NEW}.in"]
    assert codes(clustered=False) == []


def test_once_the_successor_writes_nobody_takes_over() -> None:
    taken, named = plan({"active": NEW, "successor": NEW}), plan({"active": NEW, "successor": BACK})
    assert (taken.taken_over("orders"), named.taken_over("orders")) == (True, False)
    assert taken.successor_member("orders") is None

    def said(given: Plan) -> list[str]:
        found = database_findings(given, EstateFacts())
        return [str(it) for it in found if it.code == "nobody-takes-over"]

    assert said(named) == said(plan({})) == []
    assert said(taken) == [
        "writers.orders.successor: orders-usw2-1 takes the writes of orders now, and nobody takes "
        "over from it; declare what follows it, `replicas.orders-use1-3: {of: orders, in: primary, "
        "...}`, and name that [nobody-takes-over]"
    ]


def test_a_successor_needs_a_second_zone_or_a_reason() -> None:
    alone = {**REPLICAS, NEW: {**REPLICAS[NEW], "multi_az": False}}

    def at(replicas: dict[str, Any], **writer: Any) -> list[str]:
        found = database_findings(plan(writer, replicas=replicas), EstateFacts())
        return [it.at for it in found if it.code == "successor-without-multi-az"]

    assert at(alone, successor=NEW) == [f"replicas.{NEW}"]
    assert at(alone) == []
    assert at(REPLICAS, successor=NEW) == []
