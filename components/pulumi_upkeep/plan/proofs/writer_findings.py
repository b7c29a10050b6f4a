"""Findings on writers: whether the member that takes writes is the one the plan says.

A promotion happens outside of deployments, by a runbook or by hand. What RDS shows then differs
from the plan, and a deployment by such a plan would set up the wrong side. So it is refused, with
the edit to make. A member whose region does not answer is not judged: the others are.
"""

from collections.abc import Iterator, Mapping

from ..findings import Finding
from ..plan import Plan
from ..writers import Member, next_generation
from .facts import EstateFacts, MemberFacts

NEVER_AGAIN = "an old primary never becomes a replica again: RDS gives no living instance a source"


def writer_findings(plan: Plan, facts: EstateFacts) -> Iterator[Finding]:
    """Everything RDS shows that the plan does not say; nothing where it was not asked."""
    for database in plan.estate.databases:
        members = plan.members(database)
        known = {
            member.name: facts.members[member.name]
            for member in members
            if member.name in facts.members
        }
        if known:
            # With the wrong writer named, the rest would be judged by roles that are not so.
            found = [*_writer(plan, database, members, known)]
            yield from found or [
                *_successor(plan, database, members, known),
                *_followers(plan, members, known),
            ]


def _writer(
    plan: Plan, database: str, members: tuple[Member, ...], known: Mapping[str, MemberFacts]
) -> Iterator[Finding]:
    active = plan.active_member(database)
    at = f"writers.{database}.active"
    writing = [
        member.name
        for member in members
        if not member.retired and member.name in known and known[member.name].writable
    ]
    others = [name for name in writing if name != active.name]
    facts = known.get(active.name)
    if facts is not None and facts.writable:
        if others:
            yield _two(database, active.name, writing, f"writers.{database}")
        return
    if len(others) > 1:
        yield _two(database, active.name, writing, f"writers.{database}")
    elif others:
        (writer,) = others
        remedy = f"write `writers.{database}.active: {writer}`"
        if facts is not None and facts.exists and not facts.source:
            back = f"To go back to {active.place} later: {NEVER_AGAIN}"
            remedy += f". {back}; {_fresh(plan, members, active)}"
        yield Finding(
            "writer-differs",
            at,
            f"the plan says that {active.name} takes the writes of {database} "
            f"({_doing(facts)}), and RDS shows that {writer} does",
            remedy,
        )
    elif facts is not None and facts.exists:
        yield Finding(
            "no-writer",
            at,
            f"no member takes the writes of {database}: {active.name} {_does(facts)}",
            "run the runbook to its end, which promotes one, and name that one here",
        )
    elif facts is not None and not active.looked_up:
        yield Finding(
            "no-writer",
            at,
            f"{active.name} does not exist, and a writer begins as a replica",
            f"leave `active` out, deploy, promote {active.name}, then name it here",
        )


def _two(database: str, active: str, writing: list[str], at: str) -> Finding:
    names = " and ".join(writing)
    edits = " or ".join(
        f"`writers.{database}.active: {name}`" for name in writing if name != active
    )
    return Finding(
        "two-writers",
        at,
        f"P0: {names} {'both' if len(writing) == 2 else 'all'} take writes, and what is written to "
        f"one is not in the other; the plan says {active}",
        f"fence the one that must not (its security group, then a reboot); if another goes on than "
        f"the plan says, also write {edits}",
    )


def _doing(facts: MemberFacts | None) -> str:
    return "its region does not answer" if facts is None else f"which {_does(facts)}"


def _does(facts: MemberFacts) -> str:
    if not facts.exists:
        return "does not exist"
    if facts.source:
        return f"follows {facts.source.rpartition(':')[2]}"
    return "is fenced"


def _fresh(plan: Plan, members: tuple[Member, ...], like: Member) -> str:
    name = next_generation(members, like.place, plan.region_of(like.place))
    return (
        f"declare its next generation, `replicas.{name}: {{of: {like.database}, in: {like.place}, "
        "...}`"
    )


def _successor(
    plan: Plan, database: str, members: tuple[Member, ...], known: Mapping[str, MemberFacts]
) -> Iterator[Finding]:
    for member in members:
        facts = known.get(member.name)
        if not member.successor or facts is None or not facts.exists or facts.source:
            continue
        yield Finding(
            "old-primary-as-replica",
            f"writers.{database}.successor",
            f"{member.name} was promoted before, and {NEVER_AGAIN}",
            f"{_fresh(plan, members, member)}, and name that",
        )


def _followers(
    plan: Plan, members: tuple[Member, ...], known: Mapping[str, MemberFacts]
) -> Iterator[Finding]:
    by_identifier = {
        facts.identifier: member for member in members if (facts := known.get(member.name))
    }
    for member in members:
        facts = known.get(member.name)
        if facts is None or not facts.source or member.active or member.retired:
            continue
        source = by_identifier.get(facts.source.rpartition(":")[2])
        if source is None or source.active:
            continue
        if source.retired:
            yield Finding(
                "retired-but-followed",
                f"writers.{member.database}.retired",
                f"{source.name} is retired, and {member.name} follows it",
                f"retire {member.name} first",
            )
        elif (active := next((each for each in members if each.active), None)) and known.get(
            active.name, facts
        ).writable:
            yield Finding(
                "follows-an-old-primary",
                f"replicas.{member.name}",
                f"follows {source.name}, which no longer takes writes, and RDS changes no source",
                f"{_fresh(plan, members, member)}, and retire this one",
            )
