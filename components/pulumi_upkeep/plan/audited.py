"""What the audit holds backups to: the least that every entry of the plan promises."""

from dataclasses import dataclass
from datetime import timedelta

from .backups import BackupEntry, Tier
from .limits import WITHOUT_COLD_STORAGE
from .plan import Plan
from .words import say_duration

_EVERY = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "quarter": timedelta(days=92),
    "year": timedelta(days=366),
}
# Kind of the plan -> what AWS Backup calls it.
_KINDS = WITHOUT_COLD_STORAGE


@dataclass(frozen=True)
class Figures:
    """In words: how often at least, how long at least, how old at most."""

    every: str
    keep: str
    age: str


@dataclass(frozen=True)
class Audited:
    """The controls that the plan's backups answer to; None or false where one does not apply."""

    kinds: tuple[str, ...]
    figures: Figures | None
    locked: bool
    in_recovery: bool
    account: str | None
    encrypted: bool
    kept_from_deletion: bool
    protected: bool
    keep_reports: str


def audited(plan: Plan) -> Audited | None:
    """None where the plan has no chapter, or nothing that could be audited.

    A control that one entry does not answer to (no lock, no copies) is left out: it would report
    the plan's own words as a breach.
    """
    audit, entries = plan.backup_audit, tuple(plan.backups.values())
    kinds = tuple(
        called
        for kind, called in _KINDS.items()
        if any(getattr(entry.protects, kind) for entry in entries)
    )
    if audit is None or not kinds:
        return None
    without: set[str] = set(audit.without)
    account = plan.estate.vault_account
    to_account = all(_copied(entry, "account") for entry in entries)
    return Audited(
        kinds=kinds,
        figures=_figures(entries, without),
        locked="locked" not in without and all(entry.lock for entry in entries),
        in_recovery="copied to recovery" not in without
        and all(_copied(entry, "recovery") for entry in entries),
        account=account.id
        if account is not None and to_account and "copied to account" not in without
        else None,
        encrypted="encrypted" not in without,
        kept_from_deletion="kept from deletion" not in without,
        protected="protected" not in without,
        keep_reports=say_duration(audit.keep_reports),
    )


def _copied(entry: BackupEntry, place: str) -> bool:
    return any(copy.to == place for tier in entry.tiers.values() for copy in tier.copies)


def _figures(entries: tuple[BackupEntry, ...], without: set[str]) -> Figures | None:
    if "frequency" in without or not all(entry.tiers for entry in entries):
        return None
    # Audit Manager judges every plan of the region by one figure: the least of them all.
    often = [
        min((_interval(tier), tier.keep) for tier in entry.tiers.values()) for entry in entries
    ]
    every = max(interval for interval, _ in often)
    slowest = max(
        _interval(tier) + tier.complete_within
        for entry in entries
        for tier in [min(entry.tiers.values(), key=_interval)]
    )
    return Figures(
        every=say_duration(every),
        keep=say_duration(min(keep for _, keep in often)),
        age=say_duration(slowest),
    )


def _interval(tier: Tier) -> timedelta:
    return _EVERY[tier.every] if isinstance(tier.every, str) else tier.every
