"""Remedies: edits of the plan, each tried out, that would keep a missed promise."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..backups import BackupEntry, CopyTo, PointInTime, Protects, Tier
from ..limits import POINT_IN_TIME
from ..plan import Plan
from ..replicas import Replica
from ..severities import SeverityDefinition
from ..standby import Health, Standby
from ..words import say_duration
from .backup_rules import entries_of
from .facts import EstateFacts
from .overlaps import overlap_findings
from .promises import Promise, again

# What an edit costs, cheapest first: the order in which remedies are offered. Orders of magnitude
# for 100 GiB in us-east-1 at list prices of 2026-11; people's time is dearer than any of them.
PRICES = {
    "copies kept longer": "$0.10 a GB-month for what is kept longer",
    "point in time": "$0.10 a GB-month for a month of changes, about $10 a month",
    "more backups": "$0.10 a GB-month for what changes in between",
    "copies in another region": "$0.02 a GB moved and $0.10 a GB-month, about $12 a month",
    "more backups, copied": "as copies, for every backup",
    "servers that wait": "about $50 a month for one server",
    "a replica": "about $165 a month for a db.r6g.large",
    "people": "somebody on call at other hours, or sooner",
}
_ORDER = tuple(PRICES)


@dataclass(frozen=True)
class Edit:
    """A change of the plan: what it is called, how it is written, and the plan with it."""

    kind: str
    says: str
    apply: Callable[[Plan], Plan]


def remedy_for(
    plan: Plan, missed: Sequence[Promise], facts: EstateFacts
) -> tuple[str, Plan] | None:
    """The cheapest edits that keep these promises, and the plan with them; None where none do.

    ``missed`` belong together: one thing, after several kinds of failure. Each edit was applied and
    the promises computed again.
    """
    edits: list[Edit] = []
    current = plan
    for promise in missed:
        if again(current, promise, facts).kept:
            continue
        found = _cheapest(current, promise, facts)
        if found is None:
            return None
        edits.append(found)
        current = found.apply(current)
    says = " and ".join(dict.fromkeys(edit.says for edit in edits))
    return says, current


def _cheapest(plan: Plan, promise: Promise, facts: EstateFacts) -> Edit | None:
    candidates = sorted(_candidates(plan, promise), key=lambda edit: _ORDER.index(edit.kind))
    for edit in candidates:
        edited = edit.apply(plan)
        if again(edited, promise, facts).kept and not _breaks(plan, edited):
            return edit
    return None


def _breaks(plan: Plan, edited: Plan) -> bool:
    """Whether an edit makes backups overlap that did not."""
    return any(
        finding.refused
        for name, entry in edited.backups.items()
        if plan.backups.get(name) != entry
        for finding in overlap_findings(
            entry.tiers, entry.point_in_time, edited.timezone, f"backups.{name}"
        )
    )


def _candidates(plan: Plan, promise: Promise) -> Iterator[Edit]:
    if promise.kind == "retention":
        yield from _keep_longer(plan, promise)
    elif promise.kind == "rpo":
        yield from _lose_less(plan, promise)
    else:
        yield from _return_sooner(plan, promise)


def written(words: Any) -> str:
    """Words on one line, as they would stand in the stack file."""
    if isinstance(words, dict):
        return "{" + ", ".join(f"{key}: {written(value)}" for key, value in words.items()) + "}"
    if isinstance(words, list):
        return "[" + ", ".join(written(value) for value in words) + "]"
    return f'"{words}"' if ":" in str(words) else str(words)


# ---- retention ---------------------------------------------------------------------------------


def _keep_longer(plan: Plan, promise: Promise) -> Iterator[Edit]:
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
            if tier.copy_to and tier.copy_to.keep and tier.copy_to.keep < wanted:
                changes["copy_to"] = tier.copy_to.model_copy(update={"keep": wanted})
                short.append(f"{path}.copy.keep")
            tiers[tier_name] = tier.model_copy(update=changes)
            if promise.detail and changes:
                one = {**entry.tiers, tier_name: tiers[tier_name]}
                says = f"`{path}.keep: {say_duration(wanted)}`"
                yield _entry_edit("copies kept longer", says, name, {"tiers": one})
        continuous = entry.point_in_time
        updates: dict[str, Any] = {"tiers": tiers}
        if continuous and continuous.keep < min(wanted, POINT_IN_TIME.most):
            longer = min(wanted, POINT_IN_TIME.most)
            updates["point_in_time"] = continuous.model_copy(update={"keep": longer})
            short.append(f"backups.{name}.point_in_time.keep")
        if short:
            says = f"`{', '.join(short)}: {say_duration(wanted)}`"
            yield _entry_edit("copies kept longer", says, name, updates)
    if not list(entries_of(plan, promise.holder)):
        yield from _protect(plan, promise.holder, wanted, point_in_time=False)


def _entry_edit(kind: str, says: str, name: str, updates: dict[str, Any]) -> Edit:
    def apply(plan: Plan) -> Plan:
        entry = plan.backups[name].model_copy(update=updates)
        return plan.model_copy(update={"backups": {**plan.backups, name: entry}})

    return Edit(kind, says, apply)


# ---- recovery points ---------------------------------------------------------------------------

_HOURS = (12, 8, 6, 4, 3, 2, 1)


def _lose_less(plan: Plan, promise: Promise) -> Iterator[Edit]:
    holder, to_recovery = promise.holder, promise.mode == "region"
    entries = list(entries_of(plan, holder))
    for name, entry in entries:
        if entry.point_in_time is None and not to_recovery:
            keep = max((tier.keep for tier in entry.tiers.values()), default=timedelta(days=30))
            point_in_time = PointInTime(keep=min(keep, POINT_IN_TIME.most))
            for hour in range(24):
                at = {"at": f"{hour:02}:00"} if hour else {}
                moved = PointInTime.model_validate({"keep": point_in_time.keep, **at})
                says = f"`backups.{name}.point_in_time: {written(moved.in_words())}`"
                yield _entry_edit("point in time", says, name, {"point_in_time": moved})
        yield from _more_often(name, entry, to_recovery, promise)
    if not entries:
        yield from _protect(plan, holder, timedelta(days=30), point_in_time=not to_recovery)
    if holder in plan.estate.databases and promise.mode != "corruption":
        yield _replica(holder)


def _more_often(
    name: str, entry: BackupEntry, to_recovery: bool, promise: Promise
) -> Iterator[Edit]:
    copy = CopyTo(to="recovery")
    for tier_name, tier in entry.tiers.items():
        path = f"backups.{name}.tiers.{tier_name}"
        if to_recovery and tier.copy_to is None:
            copied = tier.model_copy(update={"copy_to": copy})
            says = f"`{path}.copy: {{to: recovery}}`"
            tiers = {**entry.tiers, tier_name: copied}
            yield _entry_edit("copies in another region", says, name, {"tiers": tiers})
    if not entry.tiers:
        return
    # A tier beside the others, at an hour at which it overlaps none of them.
    name_of_new = "often" if "often" not in entry.tiers else "more-often"
    for hours in _HOURS:
        if timedelta(hours=hours) > promise.promised:
            continue
        for start in range(hours):
            new = Tier.model_validate(
                {
                    "every": f"{hours} hour{'' if hours == 1 else 's'}",
                    "at": f"{start:02}:00",
                    "keep": "7 days",
                    **({"copy": {"to": "recovery"}} if to_recovery else {}),
                }
            )
            says = f"`backups.{name}.tiers.{name_of_new}: {written(new.in_words())}`"
            kind = "more backups, copied" if to_recovery else "more backups"
            yield _entry_edit(kind, says, name, {"tiers": {**entry.tiers, name_of_new: new}})


def _protect(plan: Plan, holder: str, keep: timedelta, point_in_time: bool) -> Iterator[Edit]:
    kind = "databases" if holder in plan.estate.databases else "buckets"
    tier = Tier.model_validate(
        {"every": "day", "at": "03:00", "keep": keep, "copy": {"to": "recovery"}}
    )
    parts: dict[str, Any] = {
        "protects": Protects.model_validate({kind: [holder]}),
        "tiers": {"daily": tier},
    }
    if point_in_time:
        parts["point_in_time"] = PointInTime(keep=min(keep, POINT_IN_TIME.most))
    entry = BackupEntry(**parts)
    says = f"`backups.{holder}: {written(entry.in_words())}`"

    def apply(plan: Plan) -> Plan:
        return plan.model_copy(update={"backups": {**plan.backups, holder: entry}})

    yield Edit("copies in another region", says, apply)


def _replica(database: str, place: str = "recovery") -> Edit:
    name = f"{database}-{place}-1"
    replica = Replica.model_validate({"of": database, "in": place, "class": "db.r6g.large"})

    def apply(plan: Plan) -> Plan:
        return plan.model_copy(update={"replicas": {**plan.replicas, name: replica}})

    says = f"`replicas.{name}: {{of: {database}, in: {place}, class: <class of the source>}}`"
    return Edit("a replica", says, apply)


# ---- recovery times ----------------------------------------------------------------------------


def _return_sooner(plan: Plan, promise: Promise) -> Iterator[Edit]:
    needs = promise.holder.split(", ")
    for need in needs:
        if need in plan.estate.databases and promise.mode != "corruption":
            yield _replica(need)
        if need in plan.estate.servers and promise.mode == "region":
            yield from _standby(plan, need)
    for need in needs:
        entries = list(entries_of(plan, need))
        if not entries and need not in plan.estate.servers:
            yield from _protect(plan, need, timedelta(days=30), point_in_time=True)
        for name, entry in entries:
            if promise.mode == "region":
                yield from _more_often(name, entry, True, promise)
    yield from _people(plan)


def _standby(plan: Plan, servers: str) -> Iterator[Edit]:
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

    def apply(plan: Plan) -> Plan:
        return plan.model_copy(update={"standby": {**plan.standby, name: entry}})

    yield Edit("servers that wait", says, apply)


_SOONER = tuple(timedelta(minutes=minutes) for minutes in (120, 60, 30, 15, 10, 5))


def _people(plan: Plan) -> Iterator[Edit]:
    severity = plan.uptime.severity if plan.uptime else "p0"
    definition = plan.severities[severity]
    path = f"severities.{severity}"
    if definition.hours != "always":
        yield _severity_edit(severity, f"`{path}.hours: always`", definition, {"hours": "always"})
    for sooner in _SOONER:
        if sooner < definition.respond_within:
            updates: dict[str, Any] = {"respond_within": sooner}
            says = f"`{path}.respond_within: {say_duration(sooner)}`"
            if definition.hours != "always":
                updates["hours"] = "always"
                says = f"`{path}: {{hours: always, respond_within: {say_duration(sooner)}}}`"
            yield _severity_edit(severity, says, definition, updates)


def _severity_edit(
    severity: str, says: str, definition: SeverityDefinition, updates: dict[str, Any]
) -> Edit:
    changed = definition.model_copy(update=updates)

    def apply(plan: Plan) -> Plan:
        severities = plan.severities.model_copy(update={severity: changed})
        return plan.model_copy(update={"severities": severities})

    return Edit("people", says, apply)


__all__ = ["PRICES", "Edit", "remedy_for"]
