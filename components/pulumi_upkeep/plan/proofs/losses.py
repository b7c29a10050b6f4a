"""Recovery points: what each way back loses, after each kind of failure.

Which copies can be used:

                                   instance   region   corruption
    standby in a second zone       yes        no       no: it has the mistake too
    read replica, primary region   yes        no       no
    read replica, recovery region  yes        yes      no
    point in time                  yes        no       yes
    backups of a tier              yes        no       yes
    their copies in recovery       yes        yes      yes, later than the originals
"""

from collections.abc import Iterator
from datetime import timedelta

from ..backups import BackupEntry, Tier
from ..limits import (
    RDS_POINT_IN_TIME_LAG,
    RDS_POINT_IN_TIME_SOURCE,
    S3_POINT_IN_TIME_LAG,
    S3_POINT_IN_TIME_SOURCE,
)
from ..plan import Plan
from .assumptions import COPY_TO_ANOTHER_REGION
from .backup_rules import entries_of, longest_interval, worst_exposure
from .facts import EstateFacts
from .terms import Mode, Term, Way

NOTHING = timedelta(0)


def ways_to_keep(plan: Plan, holder: str, mode: Mode, facts: EstateFacts) -> list[Way]:
    """Every way back for the data a database or bucket holds, with what it loses."""
    ways = [*_second_copies(plan, holder, mode, facts)]
    for name, entry in entries_of(plan, holder):
        ways.extend(_from_backups(plan, holder, mode, name, entry))
    return ways


def _second_copies(plan: Plan, holder: str, mode: Mode, facts: EstateFacts) -> Iterator[Way]:
    if mode == "corruption":
        return
    if holder in plan.estate.buckets and mode == "instance":
        source = "S3 keeps each object in at least three zones"
        yield Way(
            "S3's own copies",
            f"estate.buckets.{holder}",
            (Term("lost", NOTHING, "vendor", source),),
            automatic=True,
        )
    known = facts.databases.get(holder)
    if known is not None and known.multi_az and mode == "instance":
        source = "RDS Multi-AZ writes to both zones before it confirms"
        yield Way(
            "the standby in a second zone",
            f"estate.databases.{holder}",
            (Term("lost", NOTHING, "vendor", source),),
            automatic=True,
        )
    for name, replica in plan.replicas.items():
        if replica.of == holder and (mode == "instance" or replica.in_ == "recovery"):
            # The alarm limits what goes unnoticed, not what is lost: so the figure is assumed.
            source = f"replicas.{name}.lag: an alarm that limits what goes unnoticed, not the loss"
            yield Way(
                f"the replica {name}",
                f"replicas.{name}",
                (Term("behind at most", replica.lag.above, "assumed", source),),
            )


def _from_backups(
    plan: Plan, holder: str, mode: Mode, name: str, entry: BackupEntry
) -> Iterator[Way]:
    path = f"backups.{name}"
    if entry.point_in_time is not None and mode != "region":
        database = holder in entry.protects.databases
        yield Way(
            "point in time",
            f"{path}.point_in_time",
            (
                Term("behind at most", RDS_POINT_IN_TIME_LAG, "vendor", RDS_POINT_IN_TIME_SOURCE)
                if database
                else Term(
                    "behind at most", S3_POINT_IN_TIME_LAG, "vendor", S3_POINT_IN_TIME_SOURCE
                ),
            ),
        )
    usable = {tier_name: tier for tier_name, tier in entry.tiers.items() if _leaves_one(tier, mode)}
    copied = COPY_TO_ANOTHER_REGION.length if mode == "region" else NOTHING
    # From the scheduled time: "It does not add additional time for StartWindowMinutes, or if the
    # backup started later than scheduled" [AWS Backup, StartBackupJob, CompleteWindowMinutes].
    tails = {tier_name: tier.complete_within + copied for tier_name, tier in usable.items()}
    exposure = worst_exposure(entry, tails, plan.timezone)
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
        terms.append(COPY_TO_ANOTHER_REGION)
    by = "copies in the recovery region" if copied else "backups"
    yield Way(f"{by} of {name}", f"{path}.tiers", tuple(terms))


def _leaves_one(tier: Tier, mode: Mode) -> bool:
    """Whether there always is a backup of the tier: kept until the next one at least."""
    kept = tier.copy_kept if mode == "region" else tier.keep
    return kept is not None and kept >= longest_interval(tier)
