"""Recovery times: detect, reach a person, decide, act, and until users follow.

What recovers by itself needs no person. An instance fails, or a mistake happens, in one place at a
time: the thing that takes longest counts. A zone, a region or the account takes everything with it:
what people do is then done by one person, one thing after the other; what happens by itself happens
meanwhile.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from ..holidays import days_off
from ..plan import Plan
from ..response import BusinessDays, length_within
from ..schedule import WEEKDAYS
from ..severities import SeverityDefinition
from ..words import Severity, Weekday
from .assumptions import (
    ALARM_NOTICES,
    DECIDE,
    FAILOVER,
    GROW_STANDBY,
    LAUNCH_STANDBY,
    NOTICED_BY_PEOPLE,
    OPEN_SWITCH,
    PROMOTE_REPLICA,
    READ_FROM_REPLICA,
    REBUILD_ACCOUNT,
    REPLACE_SERVER,
    REPOINT_APPLICATIONS,
    RESOLVERS_FOLLOW,
    RESTORE_BUCKET,
    ROLL_BACK_BUCKET,
    known,
    restore_database,
)
from .backup_rules import entries_of
from .facts import EstateFacts
from .losses import S3_ZONES_SOURCE, from_backups, versioned
from .members import followers, second_zone
from .terms import Mode, Term, Way, shortest

NOTHING = timedelta(0)

# What fails in one place at a time; the others take everything with them.
_ONE_AT_A_TIME: tuple[Mode, ...] = ("instance", "corruption")


def way_back(plan: Plan, needs: Sequence[str], mode: Mode, facts: EstateFacts) -> Way | None:
    """How a function comes back that needs these things; None where one of them cannot."""
    chosen: list[Way] = []
    for need in needs:
        way = _best(list(_ways(plan, need, mode, facts)))
        if way is None:
            return None
        chosen.append(way)
    first = person(plan, mode)
    by, at = _names(chosen), _places(chosen)
    if mode in _ONE_AT_A_TIME:
        with_people = [
            way if way.automatic else replace(way, terms=(*first, *way.terms)) for way in chosen
        ]
        worst = max(with_people, key=lambda way: way.total)
        return Way(by, at, worst.terms, automatic=all(way.automatic for way in chosen))
    by_hand = [way for way in chosen if not way.automatic]
    alone = [way for way in chosen if way.automatic]
    waits = [Way("", "", (), automatic=True), *alone]
    longest = max(waits, key=lambda way: way.total)
    if by_hand:
        terms = (*first, *(term for way in by_hand for term in way.terms))
        hands = Way("", "", terms)
        if hands.total >= longest.total:
            return Way(_names(by_hand), _places(by_hand), terms)
    return Way(by, at, longest.terms, automatic=not by_hand)


def _names(ways: Sequence[Way]) -> str:
    return ", ".join(dict.fromkeys(way.by for way in ways if way.by))


def _places(ways: Sequence[Way]) -> str:
    return ", ".join(dict.fromkeys(way.at for way in ways if way.at))


def _best(ways: Sequence[Way]) -> Way | None:
    """What recovers by itself before what waits for people; then the shortest."""
    return shortest([way for way in ways if way.automatic]) or shortest(ways)


def person(plan: Plan, mode: Mode) -> tuple[Term, ...]:
    """Until somebody can begin: noticed, reached, decided; without the account, built anew."""
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
    within = definition.respond_within
    if definition.hours == "business" or isinstance(within, BusinessDays):
        within = slowest_answer(plan, definition)
    reached = Term("until somebody answers", within, "plan", f"{path}.respond_within")
    closed = Term("until business hours", longest_closed(plan), "plan", f"{path}.hours: business")
    waits = (closed, reached) if definition.hours == "business" else (reached,)
    decided = DECIDE
    if plan.recovery is not None and plan.recovery.approval:
        source = "recovery.decide_within: then the runbook ends"
        decided = Term(DECIDE.what, plan.recovery.decide_within, "plan", source)
    anew = (known(plan, REBUILD_ACCOUNT, REBUILD_ACCOUNT.of),) if mode == "account" else ()
    return (noticed, *waits, decided, *anew)


def longest_closed(plan: Plan) -> timedelta:
    """The longest stretch outside business hours, holidays included, by the clock."""
    hours = plan.business_hours
    return max(
        datetime.combine(later, hours.from_) - datetime.combine(earlier, hours.to)
        for days in _stretches(plan)
        for earlier, later in itertools.pairwise(days)
    )


def slowest_answer(plan: Plan, definition: SeverityDefinition) -> timedelta:
    """The longest that an answer takes from when business hours begin, by the clock."""
    hours = plan.business_hours
    length = length_within(definition.respond_within, hours)
    a_day = length_within(BusinessDays(1), hours)
    if definition.off_hours:
        # What comes in the night is answered by the evening.
        length = max(length, a_day)
    nights = -(-length // a_day) - 1
    return max(
        datetime.combine(days[index + nights], hours.from_)
        + (length - nights * a_day)
        - datetime.combine(day, hours.from_)
        for days in _stretches(plan)
        for index, day in enumerate(days)
        if index + nights < len(days)
    )


def _stretches(plan: Plan) -> tuple[tuple[date, ...], ...]:
    """Working days in order: of some weeks without a holiday, and of those around each one."""
    return _working_days(plan.business_hours.on, days_off(plan.holidays))


@lru_cache(maxsize=8)
def _working_days(on: tuple[Weekday, ...], off: frozenset[date]) -> tuple[tuple[date, ...], ...]:
    # A Monday. Longer than any week, and than any answer that is promised in days of it.
    monday = date(2024, 1, 1)
    weekdays = {WEEKDAYS.index(each) for each in on}
    stretches = []
    for middle, closed in [(monday, frozenset()), *((day, off) for day in sorted(off))]:
        days = (middle + timedelta(days=each) for each in range(-28, 29))
        stretches.append(
            tuple(day for day in days if day.weekday() in weekdays and day not in closed)
        )
    return tuple(stretches)


def _ways(plan: Plan, need: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    if need in plan.estate.databases:
        yield from _database(plan, need, mode, facts)
    elif need in plan.estate.servers:
        yield from _servers(plan, need, mode, facts)
    else:
        yield from _bucket(plan, need, mode, facts)


def _database(plan: Plan, need: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    standby = second_zone(plan, need, facts)
    if standby is not None and mode in ("instance", "zone"):
        yield Way(
            f"{need}: its standby in a second zone takes over",
            standby,
            (known(plan, FAILOVER, need),),
            automatic=True,
        )
    repoint = known(plan, REPOINT_APPLICATIONS, need)
    for name in followers(plan, need, mode, facts):
        yield Way(
            f"{need}: promote {name}",
            f"replicas.{name}",
            (known(plan, PROMOTE_REPLICA, need), repoint),
        )
    found = facts.databases.get(need)
    restore = known(plan, restore_database(found.storage if found else None), need)
    yield from _restore(plan, need, mode, (restore, repoint))


def _restore(plan: Plan, need: str, mode: Mode, terms: tuple[Term, ...]) -> Iterator[Way]:
    for name, entry in entries_of(plan, need):
        # What can be restored is what the recovery points leave.
        if any(from_backups(plan, need, mode, name, entry)):
            yield Way(f"{need}: restore from backups.{name}", f"backups.{name}", terms)


def _servers(plan: Plan, need: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    path = f"estate.servers.{need}"
    if mode == "corruption":
        source = "servers hold no data: what they run is deployed, not restored"
        yield Way("", path, (Term("servers", NOTHING, "assumed", source),), automatic=True)
    elif mode == "account":
        # They are among what is built anew.
        yield Way(f"{need}: built anew", path, ())
    found = facts.servers.get(need)
    if mode == "instance" or (mode == "zone" and (found is None or found.zones > 1)):
        replaced = REPLACE_SERVER
        if mode == "zone" and found is None:
            unknown = f"{replaced.source}; its zones not looked up, several assumed"
            replaced = replace(replaced, source=unknown)
        by = "the server" if mode == "instance" else "its servers in the other zones"
        replaced = known(plan, replaced, need)
        yield Way(f"{need}: its group replaces {by}", path, (replaced,), automatic=True)
    if mode not in ("zone", "region"):
        return
    for name, standby in plan.standby.items():
        if standby.for_ != need:
            continue
        at = f"standby.{name}"
        ready = known(plan, GROW_STANDBY if standby.running else LAUNCH_STANDBY, need)
        follow = known(plan, RESOLVERS_FOLLOW, need)
        if standby.moves_by_itself:
            seen = "until Route 53 finds it unhealthy"
            noticed = Term(seen, standby.health.notices_after(), "plan", f"{at}.health")
            terms = (noticed, follow, ready)
            yield Way(f"{need}: traffic goes to the standby", at, terms, automatic=True)
        else:
            terms = (ready, known(plan, OPEN_SWITCH, need), follow)
            yield Way(f"{need}: send traffic to the standby", at, terms)


def _bucket(plan: Plan, need: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    path = f"estate.buckets.{need}"
    if mode in ("instance", "zone"):
        yield Way("", path, (Term("S3", NOTHING, "vendor", S3_ZONES_SOURCE),), automatic=True)
        return
    if mode == "corruption" and versioned(plan, need, facts):
        terms = (known(plan, ROLL_BACK_BUCKET, need),)
        yield Way(f"{need}: bring earlier versions back", path, terms)
    if mode == "region":
        for name, replica in plan.bucket_replicas.items():
            if replica.of == need:
                terms = (known(plan, READ_FROM_REPLICA, need),)
                yield Way(f"{need}: read from {name}", f"bucket_replicas.{name}", terms)
    yield from _restore(plan, need, mode, (known(plan, RESTORE_BUCKET, need),))
