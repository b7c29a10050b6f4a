"""Findings on backups: windows, clock changes, owners, and what nothing protects."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from ..backups import Tier
from ..database_maintenance import DatabaseMaintenance
from ..findings import Finding
from ..plan import Plan
from ..runs import largest_gap, occurrences, runs_on, skipped
from ..schedule import Schedule
from ..windows import Window
from ..words import say_duration, tell_duration
from .backup_rules import entries_of
from .facts import EstateFacts
from .overlaps import overlap_findings

# A year is enough to meet every weekday and every first Sunday.
_YEAR = tuple(date(2026, 1, 1) + timedelta(days=day) for day in range(365))


def backup_findings(plan: Plan, facts: EstateFacts) -> Iterator[Finding]:
    """Everything there is to say of the backups themselves."""
    for name, entry in plan.backups.items():
        at = f"backups.{name}"
        yield from overlap_findings(entry.tiers, entry.point_in_time, plan.timezone, at)
        for tier_name, tier in entry.tiers.items():
            path = f"{at}.tiers.{tier_name}"
            yield from _skipped(plan, path, tier)
            yield from _ends_too_soon(path, tier)
            if entry.protects.databases:
                yield from _in_window(plan, path, tier)
            if entry.point_in_time is None:
                for database in entry.protects.databases:
                    yield from _near_maintenance(plan, path, tier, database, facts)
    yield from _owners(plan)
    yield from _without_versions(plan, facts)
    yield from _replica_without_versions(plan, facts)
    yield from _forever(plan)
    yield from _unprotected(plan)


def _skipped(plan: Plan, path: str, tier: Tier) -> Iterator[Finding]:
    missing = skipped(tier, plan.timezone)
    if not missing:
        return
    gap = largest_gap([tier], plan.timezone)
    first = missing[0]
    yield Finding(
        "backup-skipped-on-clock-change",
        path,
        f"{first:%H:%M} does not exist on one day of the year (such as {first:%Y-%m-%d}), and the "
        f"backup is not taken: {tell_duration(gap.length)} until the next",
        "run it at another hour, or accept it where another tier stands in",
    )


def _ends_too_soon(path: str, tier: Tier) -> Iterator[Finding]:
    interval = tier.longest_interval
    if tier.keep < interval:
        yield Finding(
            "backup-ends-before-the-next",
            path,
            f"kept {say_duration(tier.keep)}, and the next is taken after up to "
            f"{say_duration(interval)}: in between there is none, and no promise rests on it",
            f"`keep: {say_duration(interval)}` at least",
        )


def _in_window(plan: Plan, path: str, tier: Tier) -> Iterator[Finding]:
    for name, window in plan.windows.items():
        clock = _meets(tier.times, tier, window)
        if clock is not None:
            yield Finding(
                "backup-in-window",
                path,
                f"starts at {clock:%H:%M}, within the {name} maintenance window ({window.says()})",
                "move one of the two, or accept it with the reason",
            )


def _meets(times: tuple[time, ...], schedule: Schedule, window: Window) -> time | None:
    """The first clock time that falls into a window on some day of the year."""
    for day in _YEAR:
        if not runs_on(schedule, day):
            continue
        for clock in times:
            if window.covers(datetime.combine(day, clock)):
                return clock
    return None


def _near_maintenance(
    plan: Plan, path: str, tier: Tier, database: str, facts: EstateFacts
) -> Iterator[Finding]:
    known = facts.databases.get(database)
    window = DatabaseMaintenance.parse(known.maintenance_window) if known else None
    if known is None or window is None:
        return
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for run in occurrences(tier, start, start + timedelta(days=366), plan.timezone):
        if window.keeps_out(run):
            yield Finding(
                "backup-near-database-maintenance",
                path,
                f"starts at {run:%H:%M} on {run:%A}, within an hour before or during the "
                f"maintenance window of {database} ({known.maintenance_window} UTC), when "
                "AWS Backup starts none",
                "move one of the two, or add `point_in_time`",
            )
            return


def _owners(plan: Plan) -> Iterator[Finding]:
    for thing in (*plan.estate.databases, *plan.estate.buckets):
        owners = [name for name, entry in entries_of(plan, thing) if entry.point_in_time]
        if len(owners) > 1:
            yield Finding(
                "two-continuous-backups",
                f"backups.{owners[1]}.point_in_time",
                f"{thing} has continuous backup by {' and by '.join(owners)}: AWS Backup keeps one",
                "leave one of them out",
            )


def _without_versions(plan: Plan, facts: EstateFacts) -> Iterator[Finding]:
    for name, entry in plan.backups.items():
        for index, bucket in enumerate(entry.protects.buckets):
            known = facts.buckets.get(bucket)
            if known is not None and not known.versioned:
                yield Finding(
                    "bucket-without-versions",
                    f"backups.{name}.protects.buckets.{index}",
                    f"{bucket} does not keep earlier versions of its objects, and AWS Backup "
                    "takes no backup of such a bucket [AWS Backup, S3 backups]",
                    "switch its versioning on",
                )


def _replica_without_versions(plan: Plan, facts: EstateFacts) -> Iterator[Finding]:
    for name, replica in plan.bucket_replicas.items():
        known = facts.buckets.get(replica.of)
        if known is not None and not known.versioned:
            yield Finding(
                "bucket-without-versions",
                f"bucket_replicas.{name}.of",
                f"{replica.of} does not keep earlier versions of its objects, and S3 replicates no "
                "such bucket [S3 Replication]",
                "switch its versioning on",
            )


def _forever(plan: Plan) -> Iterator[Finding]:
    for name, entry in plan.backups.items():
        if entry.lock is not None and entry.lock.grace is not None:
            yield Finding(
                "vault-locked-for-good",
                f"backups.{name}.lock",
                f"{say_duration(entry.lock.grace)} after the deployment that makes it nobody can "
                "lift the lock, not even AWS: what is kept stays, and is paid for, until it "
                "expires",
                "write `mode: governance`, or accept it with the reason",
            )
        if entry.air_gapped is not None:
            yield Finding(
                "vault-locked-for-good",
                f"backups.{name}.air_gapped",
                "locked from birth: from the deployment that makes it on nobody can delete what is "
                "copied there before it expires, not even AWS",
                "leave it out, or accept it with the reason",
            )


def _unprotected(plan: Plan) -> Iterator[Finding]:
    # What carries which tags only the cloud knows.
    if any(entry.protects.tagged for entry in plan.backups.values()):
        return
    for kind, things in (("databases", plan.estate.databases), ("buckets", plan.estate.buckets)):
        for thing in things:
            if not list(entries_of(plan, thing)):
                yield Finding(
                    "not-backed-up",
                    f"estate.{kind}.{thing}",
                    "no backup protects it",
                    f"name it in `backups.<name>.protects.{kind}`, or accept it with the reason",
                )
