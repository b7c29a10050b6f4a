"""Recovery times: detect, reach a person, decide, act, and until users follow.

What recovers by itself needs no person. What people do is done by one person, one thing after the
other; what happens by itself happens meanwhile.
"""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ..limits import RDS_FAILOVER, RDS_FAILOVER_SOURCE
from ..plan import Plan
from ..schedule import WEEKDAYS
from ..words import Severity
from .assumptions import (
    ALARM_NOTICES,
    DECIDE,
    GROW_STANDBY,
    LAUNCH_STANDBY,
    NOTICED_BY_PEOPLE,
    OPEN_SWITCH,
    PROMOTE_REPLICA,
    REPLACE_SERVER,
    REPOINT_APPLICATIONS,
    RESOLVERS_FOLLOW,
    RESTORE_BUCKET,
    restore_database,
)
from .backup_rules import entries_of
from .facts import EstateFacts
from .terms import Mode, Term, Way, shortest

NOTHING = timedelta(0)


def way_back(plan: Plan, needs: Sequence[str], mode: Mode, facts: EstateFacts) -> Way | None:
    """How a function comes back that needs these things; None where one of them cannot."""
    chosen: list[Way] = []
    for need in needs:
        ways = list(_ways(plan, need, mode, facts))
        way = _best(plan, ways)
        if way is None:
            return None
        chosen.append(way)
    by_hand = [way for way in chosen if not way.automatic]
    alone = [way for way in chosen if way.automatic]
    waits = [Way("", "", (), automatic=True), *alone]
    longest = max(waits, key=lambda way: way.total)
    if by_hand:
        terms = (*person(plan, mode), *(term for way in by_hand for term in way.terms))
        hands = Way("", "", terms)
        if hands.total >= longest.total:
            return Way(_names(by_hand), _places(by_hand), terms)
    return Way(_names(chosen), _places(chosen), longest.terms, automatic=not by_hand)


def _names(ways: Sequence[Way]) -> str:
    return ", ".join(dict.fromkeys(way.by for way in ways if way.by))


def _places(ways: Sequence[Way]) -> str:
    return ", ".join(dict.fromkeys(way.at for way in ways if way.at))


def _best(plan: Plan, ways: Sequence[Way]) -> Way | None:
    """What recovers by itself before what waits for people; then the shortest."""
    return shortest([way for way in ways if way.automatic]) or shortest(ways)


def person(plan: Plan, mode: Mode) -> tuple[Term, ...]:
    """Until somebody acts: noticed, reached, decided."""
    if mode == "corruption":
        noticed = NOTICED_BY_PEOPLE
    elif plan.uptime is not None:
        noticed = Term(
            "until it is noticed",
            plan.uptime.notices_after(),
            "plan",
            f"uptime: {plan.uptime.says()}",
        )
    else:
        noticed = ALARM_NOTICES
    severity: Severity = plan.uptime.severity if plan.uptime else "p0"
    definition = plan.severities[severity]
    path = f"severities.{severity}"
    reached = Term(
        "until somebody answers", definition.respond_within, "plan", f"{path}.respond_within"
    )
    if definition.hours == "always":
        return (noticed, reached, DECIDE)
    closed = Term("until business hours", longest_closed(plan), "plan", f"{path}.hours: business")
    return (noticed, closed, reached, DECIDE)


def longest_closed(plan: Plan) -> timedelta:
    """The longest stretch outside business hours, by the clock."""
    hours = plan.business_hours
    open_days = sorted(WEEKDAYS.index(day) for day in hours.on)
    # Monday is day 0: 2024-01-01 was one.
    monday = datetime(2024, 1, 1)
    starts = [monday + timedelta(days=day) for day in [*open_days, open_days[0] + 7]]
    return max(
        datetime.combine(later, hours.from_) - datetime.combine(earlier, hours.to)
        for earlier, later in itertools.pairwise(starts)
    )


def _ways(plan: Plan, need: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    if need in plan.estate.databases:
        yield from _database(plan, need, mode, facts)
    elif need in plan.estate.servers:
        yield from _servers(plan, need, mode)
    else:
        yield from _bucket(plan, need, mode)


def _database(plan: Plan, need: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    known = facts.databases.get(need)
    if known is not None and known.multi_az and mode == "instance":
        yield Way(
            f"{need}: its standby in a second zone takes over",
            f"estate.databases.{need}",
            (Term("until RDS has failed over", RDS_FAILOVER, "vendor", RDS_FAILOVER_SOURCE),),
            automatic=True,
        )
    if mode != "corruption":
        for name, replica in plan.replicas.items():
            if replica.of == need and (mode == "instance" or replica.in_ == "recovery"):
                yield Way(
                    f"{need}: promote {name}",
                    f"replicas.{name}",
                    (PROMOTE_REPLICA, REPOINT_APPLICATIONS),
                )
    restore = restore_database(known.storage if known else None)
    for name, entry in entries_of(plan, need):
        copies = any(tier.copy_to for tier in entry.tiers.values())
        if copies if mode == "region" else True:
            yield Way(
                f"{need}: restore from backups.{name}",
                f"backups.{name}",
                (restore, REPOINT_APPLICATIONS),
            )


def _servers(plan: Plan, need: str, mode: Mode) -> Iterator[Way]:
    path = f"estate.servers.{need}"
    if mode == "corruption":
        source = "servers hold no data: what they run is deployed, not restored"
        yield Way("", path, (Term("servers", NOTHING, "assumed", source),), automatic=True)
    elif mode == "instance":
        yield Way(f"{need}: its group replaces the server", path, (REPLACE_SERVER,), automatic=True)
    for name, standby in plan.standby.items():
        if standby.for_ != need or mode != "region":
            continue
        at = f"standby.{name}"
        ready = GROW_STANDBY if standby.running else LAUNCH_STANDBY
        if standby.moves_by_itself:
            found = "until Route 53 finds it unhealthy"
            noticed = Term(found, standby.health.notices_after(), "plan", f"{at}.health")
            terms = (noticed, RESOLVERS_FOLLOW, ready)
            yield Way(f"{need}: traffic goes to the standby", at, terms, automatic=True)
        else:
            terms = (ready, OPEN_SWITCH, RESOLVERS_FOLLOW)
            yield Way(f"{need}: send traffic to the standby", at, terms)


def _bucket(plan: Plan, need: str, mode: Mode) -> Iterator[Way]:
    if mode == "instance":
        source = "S3 keeps each object in at least three zones"
        yield Way(
            "", f"estate.buckets.{need}", (Term("S3", NOTHING, "vendor", source),), automatic=True
        )
    for name, entry in entries_of(plan, need):
        copies = any(tier.copy_to for tier in entry.tiers.values())
        if copies if mode == "region" else mode == "corruption":
            yield Way(f"{need}: restore from backups.{name}", f"backups.{name}", (RESTORE_BUCKET,))
