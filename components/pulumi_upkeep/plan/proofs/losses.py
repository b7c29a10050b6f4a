"""Recovery points: what each way back loses, after each kind of failure.

Which copies can be used:

                                    instance   zone   region   corruption   account
    standby in a second zone        yes        yes    no       no           no
    read replica, same region       yes        *      no       no           no
    read replica, other region      yes        yes    yes      no           no
    S3's own copies                 yes        yes    no       no           no
    earlier versions of objects     -          -      no       yes          no
    replica of a bucket, recovery   -          -      yes      no           no
    point in time                   yes        yes    no       yes          no
    backups of a tier               yes        yes    no       yes          no
    their copies in recovery        yes        yes    yes      yes          no
    their copies in an account      yes        yes    no       yes          yes

A standby and a replica have the mistake too. * A replica may stand in the zone that is lost, unless
it is Multi-AZ itself. Copies in another account stand in the same region: a copy of a database goes
to another region or to another account. Of copies only those are computed that an original does not
outlive: they are later than it.
"""

from collections.abc import Iterator
from datetime import timedelta

from ..backups import BackupEntry, CopyPlace, Tier
from ..limits import (
    RDS_POINT_IN_TIME_LAG,
    RDS_POINT_IN_TIME_SOURCE,
    S3_POINT_IN_TIME_LAG,
    S3_POINT_IN_TIME_SOURCE,
)
from ..plan import Plan
from .assumptions import COPY_TO_ANOTHER_ACCOUNT, COPY_TO_ANOTHER_REGION, known
from .backup_rules import entries_of, worst_exposure
from .facts import EstateFacts
from .members import followers, second_zone, stands_away
from .terms import Mode, Term, Way

NOTHING = timedelta(0)
S3_ZONES_SOURCE = "S3 keeps each object in at least three zones"
S3_VERSIONS_SOURCE = "S3 versioning keeps what was overwritten or deleted, until a rule expires it"

# After which failure only copies are left, and which ones.
_COPIES: dict[Mode, CopyPlace] = {"region": "recovery", "account": "account"}


def ways_to_keep(plan: Plan, holder: str, mode: Mode, facts: EstateFacts) -> list[Way]:
    """Every way back for the data a database or bucket holds, with what it loses."""
    if holder in plan.estate.databases:
        ways = [*_second_databases(plan, holder, mode, facts)]
    else:
        ways = [*_second_buckets(plan, holder, mode, facts)]
    for name, entry in entries_of(plan, holder):
        ways.extend(from_backups(plan, holder, mode, name, entry))
    return ways


def _second_databases(plan: Plan, holder: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    if mode in ("corruption", "account"):
        return
    standby = second_zone(plan, holder, facts)
    if standby is not None and mode in ("instance", "zone"):
        source = "RDS Multi-AZ writes to both zones before it confirms"
        yield Way(
            "the standby in a second zone",
            standby,
            (Term("lost", NOTHING, "vendor", source),),
            automatic=True,
        )
    for name in followers(plan, holder, mode, facts):
        # The alarm limits what goes unnoticed, not what is lost: so the figure is assumed.
        source = f"replicas.{name}.lag: an alarm that limits what goes unnoticed, not the loss"
        yield Way(
            f"the replica {name}",
            f"replicas.{name}",
            (Term("behind at most", plan.replicas[name].lag.above, "assumed", source),),
        )


def _second_buckets(plan: Plan, holder: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    path = f"estate.buckets.{holder}"
    if mode in ("instance", "zone"):
        lost = Term("lost", NOTHING, "vendor", S3_ZONES_SOURCE)
        yield Way("S3's own copies", path, (lost,), automatic=True)
    if mode == "corruption" and versioned(plan, holder, facts):
        yield Way("earlier versions", path, (Term("lost", NOTHING, "vendor", S3_VERSIONS_SOURCE),))
    if mode == "region":
        for name, replica in plan.bucket_replicas.items():
            if replica.of == holder:
                at = f"bucket_replicas.{name}"
                source = f"{at}.lag: an alarm that limits what goes unnoticed, not the loss"
                behind = Term("behind at most", replica.lag.above, "assumed", source)
                yield Way(f"the replica {name}", at, (behind,))


def versioned(plan: Plan, bucket: str, facts: EstateFacts) -> bool:
    """Whether a bucket keeps earlier versions: as it was found; before that, where the plan has a
    replica of it, since S3 replicates no other."""
    found = facts.buckets.get(bucket)
    if found is not None:
        return found.versioned
    return any(replica.of == bucket for replica in plan.bucket_replicas.values())


def from_backups(
    plan: Plan, holder: str, mode: Mode, name: str, entry: BackupEntry
) -> Iterator[Way]:
    """The ways back that one backup entry leaves."""
    path = f"backups.{name}"
    place = _COPIES.get(mode)
    if place is None and entry.point_in_time is not None:
        if holder in plan.estate.databases:
            lag, source = RDS_POINT_IN_TIME_LAG, RDS_POINT_IN_TIME_SOURCE
        else:
            lag, source = S3_POINT_IN_TIME_LAG, S3_POINT_IN_TIME_SOURCE
        behind = Term("behind at most", lag, "vendor", source)
        yield Way("point in time", f"{path}.point_in_time", (behind,))
    if mode == "region" and not stands_away(plan, holder):
        # After a failover the copies in the recovery region stand where the writer does.
        return
    copied = copied_to(plan, holder, place) if place else None
    kept = {key: length for key, tier in entry.tiers.items() if (length := kept_for(tier, place))}
    # From the scheduled time: "It does not add additional time for StartWindowMinutes, or if the
    # backup started later than scheduled" [AWS Backup, StartBackupJob, CompleteWindowMinutes].
    after = copied.length if copied else NOTHING
    tails = {key: entry.tiers[key].complete_within + after for key in kept}
    exposure = worst_exposure(entry, tails, plan.timezone, kept)
    if exposure is None:
        return
    late = entry.tiers[exposure.tier]
    late_path = f"{path}.tiers.{exposure.tier}"
    when = f"{exposure.gap.after:%Y-%m-%d %H:%M} to {exposure.gap.until:%Y-%m-%d %H:%M}"
    terms = [
        Term("between two backups", exposure.gap.length, "plan", f"{path}.tiers: {when}"),
        Term(
            "until the later one is complete",
            late.complete_within,
            "plan",
            f"{late_path}.complete_within",
        ),
    ]
    if copied:
        terms.append(copied)
    yield Way(f"{_BY[place]} of {name}", f"{path}.tiers", tuple(terms))


_BY: dict[CopyPlace | None, str] = {
    None: "backups",
    "recovery": "copies in the recovery region",
    "account": "copies in another account",
}


def copied_to(plan: Plan, holder: str, place: CopyPlace) -> Term:
    """How long a copy takes."""
    term = COPY_TO_ANOTHER_REGION if place == "recovery" else COPY_TO_ANOTHER_ACCOUNT
    return known(plan, term, holder)


def kept_for(tier: Tier, place: CopyPlace | None) -> timedelta | None:
    """How long a backup of the tier is kept, or the copy of one in that place; None without one."""
    return tier.keep if place is None else tier.kept_in(place)
