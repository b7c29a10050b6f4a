"""Edits of a plan, or of the estate, that may keep a missed promise. Whether one does is tried out
by :mod:`remedies`; none is judged here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from ..backups import (
    COMPLETES_WITHIN,
    STARTS_WITHIN,
    BackupEntry,
    CopyPlace,
    CopyTo,
    PointInTime,
    Protects,
    Tier,
)
from ..estate import VaultAccount
from ..limits import POINT_IN_TIME
from ..plan import Plan
from ..replicas import Replica
from ..response import BusinessDays
from ..severities import SeverityDefinition
from ..standby import Health, Standby
from ..words import Place, say_duration
from ..writers import next_generation
from .backup_rules import entries_of
from .facts import EstateFacts
from .losses import copied_to
from .promises import Promise
from .terms import Mode
from .times import person

# What edits are called. Of two that cost the same the one that stands first here is offered.
KINDS = (
    "copies kept longer",
    "point in time",
    "more backups",
    "copies elsewhere",
    "more backups, copied",
    "a second zone",
    "servers that wait",
    "a replica",
    "people",
)


@dataclass(frozen=True)
class Edit:
    """A change: what it is called, how it is written, and the plan and the facts with it."""

    kind: str
    says: str
    plan: Plan
    facts: EstateFacts


def candidates(plan: Plan, facts: EstateFacts, promise: Promise) -> Iterator[Edit]:
    """Whatever might keep a promise."""
    if promise.kind == "retention":
        yield from _keep_longer(plan, facts, promise)
    elif promise.kind == "rpo":
        yield from _lose_less(plan, facts, promise)
    else:
        yield from _return_sooner(plan, facts, promise)


def written(words: Any) -> str:
    """Words on one line, as they would stand in the stack file."""
    if isinstance(words, dict):
        return "{" + ", ".join(f"{key}: {written(value)}" for key, value in words.items()) + "}"
    if isinstance(words, list):
        return "[" + ", ".join(written(value) for value in words) + "]"
    return f'"{words}"' if ":" in str(words) else str(words)


# ---- retention ---------------------------------------------------------------------------------


def _keep_longer(plan: Plan, facts: EstateFacts, promise: Promise) -> Iterator[Edit]:
    wanted = promise.promised
    for name, entry in entries_of(plan, promise.holder):
        short = []
        tiers = dict(entry.tiers)
        for tier_name, tier in entry.tiers.items():
            path = f"backups.{name}.tiers.{tier_name}"
            changes: dict[str, Any] = {}
            if tier.keep < wanted:
                changes["keep"] = wanted
                short.append(f"{path}.keep")
            copies = list(tier.copies)
            for index, kept_copy in enumerate(copies):
                if kept_copy.keep and kept_copy.keep < wanted:
                    copies[index] = kept_copy.model_copy(update={"keep": wanted})
                    changes["copies"] = tuple(copies)
                    short.append(f"{path}.{tier.copy_path(kept_copy)}.keep")
            tiers[tier_name] = tier.model_copy(update=changes)
            if promise.detail and changes:
                one = {**entry.tiers, tier_name: tiers[tier_name]}
                says = f"`{path}.keep: {say_duration(wanted)}`"
                yield _entry(plan, facts, "copies kept longer", says, name, {"tiers": one})
        continuous = entry.point_in_time
        updates: dict[str, Any] = {"tiers": tiers}
        if continuous and continuous.keep < min(wanted, POINT_IN_TIME.most):
            longer = min(wanted, POINT_IN_TIME.most)
            updates["point_in_time"] = continuous.model_copy(update={"keep": longer})
            short.append(f"backups.{name}.point_in_time.keep")
        if short:
            says = f"`{', '.join(short)}: {say_duration(wanted)}`"
            yield _entry(plan, facts, "copies kept longer", says, name, updates)
    if not list(entries_of(plan, promise.holder)):
        yield from _protect(plan, facts, promise.holder, wanted, None, point_in_time=False)


def _entry(
    plan: Plan, facts: EstateFacts, kind: str, says: str, name: str, updates: dict[str, Any]
) -> Edit:
    entry = plan.backups[name].model_copy(update=updates)
    return Edit(kind, says, _with_backups(plan, name, entry), facts)


def _with_backups(plan: Plan, name: str, entry: BackupEntry) -> Plan:
    return plan.model_copy(update={"backups": {**plan.backups, name: entry}})


# ---- recovery points ---------------------------------------------------------------------------

_HOURS = (12, 8, 6, 4, 3, 2, 1)
_MINUTE = timedelta(minutes=1)
_DAY = 24 * 60
_COPIES: dict[Mode, CopyPlace] = {"region": "recovery", "account": "account"}
_FOLLOWED: tuple[Mode, ...] = ("instance", "zone", "region")


def _lose_less(plan: Plan, facts: EstateFacts, promise: Promise) -> Iterator[Edit]:
    holder, mode = promise.holder, promise.mode
    place = _COPIES.get(mode) if mode else None
    entries = list(entries_of(plan, holder))
    for name, entry in entries:
        if entry.point_in_time is None and place is None:
            keep = max((tier.keep for tier in entry.tiers.values()), default=timedelta(days=30))
            keep = min(keep, POINT_IN_TIME.most)
            for hour in _clear(entry, 24):
                at = {"at": f"{hour:02}:00"} if hour else {}
                moved = PointInTime.model_validate({"keep": keep, **at})
                says = f"`backups.{name}.point_in_time: {written(moved.in_words())}`"
                updates = {"point_in_time": moved}
                yield _entry(plan, facts, "point in time", says, name, updates)
        yield from _more_often(plan, facts, name, entry, place, _often(plan, promise, place))
    if not entries:
        days = timedelta(days=30)
        yield from _protect(plan, facts, holder, days, place, point_in_time=place is None)
    if holder in plan.estate.databases and mode in _FOLLOWED:
        if mode != "region":
            yield from _second_zone(plan, facts, holder)
        yield _replica(plan, facts, holder)


def _more_often(
    plan: Plan,
    facts: EstateFacts,
    name: str,
    entry: BackupEntry,
    place: CopyPlace | None,
    every: Iterable[int],
) -> Iterator[Edit]:
    away, before = _with_account(plan, place)
    for tier_name, tier in entry.tiers.items():
        path = f"backups.{name}.tiers.{tier_name}"
        if place is not None and tier.copy_in(place) is None:
            copied = tier.model_copy(update={"copies": (*tier.copies, CopyTo(to=place))})
            says = f"{before}`{path}.copy: {written(copied.in_words()['copy'])}`"
            tiers = {**entry.tiers, tier_name: copied}
            yield _entry(away, facts, "copies elsewhere", says, name, {"tiers": tiers})
    if not entry.tiers:
        return
    # A tier beside the others, at an hour at which it overlaps none of them.
    name_of_new = "often" if "often" not in entry.tiers else "more-often"
    for hours in every:
        for start in _clear(entry, hours):
            new = Tier.model_validate(
                {
                    "every": f"{hours} hour{'' if hours == 1 else 's'}",
                    "at": f"{start:02}:00",
                    "keep": "7 days",
                    **({"copy": {"to": place}} if place else {}),
                }
            )
            says = f"{before}`backups.{name}.tiers.{name_of_new}: {written(new.in_words())}`"
            kind = "more backups, copied" if place else "more backups"
            tiers = {**entry.tiers, name_of_new: new}
            yield _entry(away, facts, kind, says, name, {"tiers": tiers})


# Of the hours at which a new rule is in nobody's way, so many are looked at.
_STARTS = 2


def _clear(entry: BackupEntry, every: int) -> list[int]:
    """The first hours at which a rule that runs every so many hours overlaps no tier by the clock.

    One that runs together with another is left to be judged: one backup may serve both.
    """
    taken = [(clock, tier.start_within) for tier in entry.tiers.values() for clock in tier.times]
    if entry.point_in_time is not None:
        taken.append((entry.point_in_time.at, STARTS_WITHIN))
    busy = [(clock.hour * 60 + clock.minute, window // _MINUTE) for clock, window in taken]
    own = STARTS_WITHIN // _MINUTE

    def apart(start: int, other: int, window: int) -> bool:
        after = (other - start) % _DAY
        return not after or (after >= own and _DAY - after >= window)

    runs = {
        first: [(first + step * every) * 60 % _DAY for step in range(24 // every)]
        for first in range(every)
    }
    clear = [
        first
        for first, starts in runs.items()
        if all(apart(start, other, window) for start in starts for other, window in busy)
    ]
    return clear[:_STARTS]


def _often(plan: Plan, promise: Promise, place: CopyPlace | None) -> list[int]:
    """The hours between two backups that could do, the windows and the copy counted: looking at
    others over all the years that schedules need would take long, and find nothing."""
    until_usable = COMPLETES_WITHIN
    if place is not None:
        until_usable += copied_to(plan, promise.holder, place).length
    return [hours for hours in _HOURS if timedelta(hours=hours) + until_usable <= promise.promised]


def _with_account(plan: Plan, place: CopyPlace | None) -> tuple[Plan, str]:
    """The plan with an account that copies can go to, where they do; and how that is written."""
    if place != "account" or plan.estate.vault_account is not None:
        return plan, ""
    account = VaultAccount(id="000000000000", role="upkeep-backup")
    estate = plan.estate.model_copy(update={"vault_account": account})
    says = "`estate.vault_account: {id: <its number>, role: <a role there>}` and "
    return plan.model_copy(update={"estate": estate}), says


def _protect(
    plan: Plan,
    facts: EstateFacts,
    holder: str,
    keep: timedelta,
    place: CopyPlace | None,
    point_in_time: bool,
) -> Iterator[Edit]:
    away, before = _with_account(plan, place)
    kind = "databases" if holder in plan.estate.databases else "buckets"
    copy = {"to": place or "recovery"}
    tier = Tier.model_validate({"every": "day", "at": "03:00", "keep": keep, "copy": copy})
    parts: dict[str, Any] = {
        "protects": Protects.model_validate({kind: [holder]}),
        "tiers": {"daily": tier},
    }
    if point_in_time:
        parts["point_in_time"] = PointInTime(keep=min(keep, POINT_IN_TIME.most))
    entry = BackupEntry(**parts)
    says = f"{before}`backups.{holder}: {written(entry.in_words())}`"
    yield Edit("copies elsewhere", says, _with_backups(away, holder, entry), facts)


def _second_zone(plan: Plan, facts: EstateFacts, database: str) -> Iterator[Edit]:
    found = facts.databases.get(database)
    active = plan.active_member(database)
    if not active.looked_up:
        promoted = plan.replicas[active.name].model_copy(update={"multi_az": True})
        replicas = {**plan.replicas, active.name: promoted}
        says = f"`replicas.{active.name}.multi_az: true`"
        yield Edit("a second zone", says, plan.model_copy(update={"replicas": replicas}), facts)
    elif found is not None and not found.multi_az:
        databases = {**facts.databases, database: replace(found, multi_az=True)}
        says = f"Multi-AZ for {plan.estate.databases[database].instance} in RDS"
        yield Edit("a second zone", says, plan, replace(facts, databases=databases))


def _replica(plan: Plan, facts: EstateFacts, database: str) -> Edit:
    """A replica in the region where the writer is not; after a failover, that is a new generation
    at home."""
    active = plan.active_member(database).place
    place: Place = "primary" if active == "recovery" else "recovery"
    name = next_generation(plan.members(database), place, plan.region_of(place))
    found = facts.databases.get(database)
    words = {"of": database, "in": place, "class": found.instance_class if found else _CLASS}
    replicas = {**plan.replicas, name: Replica.model_validate(words)}
    class_ = found.instance_class if found else "<class of the source>"
    says = f"`replicas.{name}: {{of: {database}, in: {place}, class: {class_}}}`"
    return Edit("a replica", says, plan.model_copy(update={"replicas": replicas}), facts)


# Stands for the class of a source that was not looked up, where a price is wanted.
_CLASS = "db.r6g.large"

# ---- recovery times ----------------------------------------------------------------------------


def _return_sooner(plan: Plan, facts: EstateFacts, promise: Promise) -> Iterator[Edit]:
    mode = promise.mode
    place = _COPIES.get(mode) if mode else None
    needs = promise.holder.split(", ")
    before = (
        sum((term.length for term in person(plan, mode)), timedelta(0)) if mode else timedelta(0)
    )
    if before > promise.promised:
        # Nobody has begun by then: only what needs nobody can be in time.
        if mode in ("instance", "zone"):
            for need in needs:
                if need in plan.estate.databases:
                    yield from _second_zone(plan, facts, need)
        yield from _people(plan, facts)
        return
    for need in needs:
        if need in plan.estate.databases and mode in _FOLLOWED:
            if mode != "region":
                yield from _second_zone(plan, facts, need)
            yield _replica(plan, facts, need)
        if need in plan.estate.servers and mode in ("zone", "region"):
            yield from _standby(plan, facts, need)
    for need in needs:
        entries = list(entries_of(plan, need))
        if not entries and need not in plan.estate.servers:
            days = timedelta(days=30)
            yield from _protect(plan, facts, need, days, place, point_in_time=place is None)
        for name, entry in entries:
            if place is not None:
                # How often is all the same to how long a restore takes.
                yield from _more_often(plan, facts, name, entry, place, _HOURS[:1])
    yield from _people(plan, facts)


def _standby(plan: Plan, facts: EstateFacts, servers: str) -> Iterator[Edit]:
    existing = {name: entry for name, entry in plan.standby.items() if entry.for_ == servers}
    if existing:
        name, entry = next(iter(existing.items()))
        entry = entry.model_copy(update={"running": max(1, entry.running)})
        says = f"`standby.{name}.running: 1`"
    else:
        name = servers
        entry = Standby.model_validate(
            {
                "for": servers,
                "running": 1,
                "at_most": 2,
                "type": "t4g.large",
                "image": "image",
                "serves": f"www.{plan.estate.zone}",
                "health": Health(path="/"),
                "severity": "p0",
            }
        )
        says = f"`standby.{name}: {{for: {servers}, running: 1, ...}}`"
    standby = {**plan.standby, name: entry}
    yield Edit("servers that wait", says, plan.model_copy(update={"standby": standby}), facts)


_SOONER = tuple(timedelta(minutes=minutes) for minutes in (120, 60, 30, 15, 10, 5))


def _people(plan: Plan, facts: EstateFacts) -> Iterator[Edit]:
    severity = plan.uptime.severity if plan.uptime else "p0"
    definition = plan.severities[severity]
    path = f"severities.{severity}"

    def edit(says: str, updates: dict[str, Any]) -> Edit:
        changed: SeverityDefinition = definition.model_copy(update=updates)
        severities = plan.severities.model_copy(update={severity: changed})
        return Edit("people", says, plan.model_copy(update={"severities": severities}), facts)

    if definition.hours != "always":
        yield edit(f"`{path}.hours: always`", {"hours": "always"})
    for sooner in _SOONER:
        within = definition.respond_within
        if isinstance(within, BusinessDays) or sooner < within:
            updates: dict[str, Any] = {"respond_within": sooner}
            says = f"`{path}.respond_within: {say_duration(sooner)}`"
            if definition.hours != "always":
                updates["hours"] = "always"
                says = f"`{path}: {{hours: always, respond_within: {say_duration(sooner)}}}`"
            yield edit(says, updates)
