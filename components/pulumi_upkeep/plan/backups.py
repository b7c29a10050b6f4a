"""Backups: what is protected, how often, for how long, and where copies go.

Source: Bynomi's plan, "Backup Schedule" (clauses BY-3.5 to BY-3.9); prize-draw's "Backup &
Recovery" (PD-4.1, PD-4.3).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from .faults import Fault, NotInWords, PlanError
from .limits import (
    BACKUP_RETENTION,
    COLD_STORAGE_STAY,
    COLD_STORAGE_STAY_SOURCE,
    COMPLETION_AFTER_START_WINDOW,
    COMPLETION_WINDOW,
    COMPLETION_WINDOW_SOURCE,
    POINT_IN_TIME,
    START_WINDOW,
    WITHOUT_COLD_STORAGE,
)
from .schedule import Schedule
from .words import ClockTime, Duration, Name, Words, say_duration

# AWS Backup's own defaults are 8 hours and 7 days, all of which a recovery point objective would
# have to count.
STARTS_WITHIN = timedelta(hours=1)
COMPLETES_WITHIN = timedelta(hours=2)


def _in_whole_days(length: timedelta) -> timedelta:
    day = timedelta(days=1)
    if rest := length % day:
        raise NotInWords(
            "backups are kept by the day", f"nearest: `{say_duration(length - rest + day)}`"
        )
    return length


Retention = Annotated[Duration, AfterValidator(_in_whole_days), BACKUP_RETENTION.validator]
ColdAfter = Annotated[Duration, AfterValidator(_in_whole_days)]


def _check_cold_storage(keep: timedelta, cold_after: timedelta | None) -> None:
    if cold_after is not None and keep < cold_after + COLD_STORAGE_STAY:
        rule = (
            f"what moves to cold storage after {say_duration(cold_after)} stays there "
            f"{say_duration(COLD_STORAGE_STAY)} at least ({COLD_STORAGE_STAY_SOURCE})"
        )
        remedy = f"`keep: {say_duration(cold_after + COLD_STORAGE_STAY)}` at least"
        raise PlanError([Fault("keep", rule, say_duration(keep), remedy)])


class CopyTo(Words):
    """A copy of each backup, in the vault of another region.

    to           ``recovery``
    keep         default: as long as the backup itself
    cold_after   until the copy moves to cold storage; default: never
    """

    to: Literal["recovery"]
    keep: Retention | None = None
    cold_after: ColdAfter | None = None

    @model_validator(mode="after")
    def _cold_long_enough(self) -> "CopyTo":
        if self.keep is not None:
            _check_cold_storage(self.keep, self.cold_after)
        return self


class Tier(Schedule):
    """Backups on one schedule, kept equally long.

    every, at, on     when (see :class:`Schedule`)
    keep              retention in whole days, 1 to 36,500; a month counts 31, a year 366 days
    cold_after        until a backup moves to cold storage, where it stays 90 days at least;
                      default: never. Databases (RDS) and buckets (S3) have none
    copy              default: no copy
    start_within      start window; default 1 hour, which is the least [AWS Backup]
    complete_within   until a backup is complete, counted from its scheduled time, the start window
                      included; at least an hour more than that. Default 2 hours
    """

    keep: Retention
    cold_after: ColdAfter | None = None
    copy_to: CopyTo | None = Field(default=None, alias="copy")
    start_within: Annotated[Duration, START_WINDOW.validator] = STARTS_WITHIN
    complete_within: Annotated[Duration, COMPLETION_WINDOW.validator] = COMPLETES_WITHIN

    @model_validator(mode="after")
    def _cold_long_enough(self) -> "Tier":
        _check_cold_storage(self.keep, self.cold_after)
        if self.copy_to is not None and self.copy_to.keep is None:
            _check_cold_storage(self.keep, self.copy_to.cold_after)
        return self

    @model_validator(mode="after")
    def _time_to_complete(self) -> "Tier":
        least = self.start_within + COMPLETION_AFTER_START_WINDOW
        if self.complete_within < least:
            rule = (
                "shorter than the start window and the "
                f"{say_duration(COMPLETION_AFTER_START_WINDOW)} that a backup then gets at least "
                f"({COMPLETION_WINDOW_SOURCE})"
            )
            remedy = f"`complete_within: {say_duration(least)}` at least"
            raise PlanError(
                [Fault("complete_within", rule, say_duration(self.complete_within), remedy)]
            )
        return self

    @property
    def copy_kept(self) -> timedelta | None:
        """How long the copy is kept; None without one."""
        return None if self.copy_to is None else self.copy_to.keep or self.keep


class PointInTime(Words):
    """Continuous backup: any moment within ``keep`` can be restored.

    keep   1 to 35 days
    at     when the continuous rule runs each day; the first run opens the recovery point, later
           ones extend it. Default 00:00
    It has no cold storage, and its copies would be snapshots: copies belong to the tiers.
    """

    keep: Annotated[Duration, AfterValidator(_in_whole_days), POINT_IN_TIME.validator]
    at: ClockTime = Field(default="00:00", validate_default=True)


class Protects(Words):
    """What is backed up: things of the estate by name, or whatever carries all of these tags.

    databases, buckets   names of the chapter ``estate``
    tagged               tag -> value; a thing must carry all of them
    Names and tags are not mixed: whether a named thing carries a tag only the cloud knows.
    """

    databases: tuple[Name, ...] = ()
    buckets: tuple[Name, ...] = ()
    tagged: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_something(self) -> "Protects":
        named = bool(self.databases or self.buckets)
        if not named and not self.tagged:
            raise NotInWords("protects nothing", "name `databases`, `buckets` or `tagged`")
        if named and self.tagged:
            raise NotInWords("names and tags in one", "give the tags an entry of their own")
        return self


class BackupEntry(Words):
    """One backup plan.

    protects        what is backed up
    tiers           by name: several schedules, each with its own retention
    point_in_time   continuous backup beside them; default: none
    """

    protects: Protects
    tiers: dict[Name, Tier] = Field(default_factory=dict)
    point_in_time: PointInTime | None = None

    @model_validator(mode="after")
    def _stands(self) -> "BackupEntry":
        if not self.tiers and self.point_in_time is None:
            raise NotInWords("backs nothing up", "add `tiers` or `point_in_time`")
        kinds = [kind for kind in WITHOUT_COLD_STORAGE if getattr(self.protects, kind)]
        if faults := list(cold_storage_faults(kinds, self.tiers)):
            raise PlanError(faults)
        return self


def cold_storage_faults(kinds: Iterable[str], tiers: Mapping[str, Tier]) -> Iterator[Fault]:
    """Cold storage for types that lack it: AWS Backup would ignore it silently.

    kinds   of what is named: ``databases``, ``buckets``; of what tags choose nothing is known
    """
    lacking = [WITHOUT_COLD_STORAGE[kind] for kind in kinds if kind in WITHOUT_COLD_STORAGE]
    if not lacking:
        return
    for name, tier in tiers.items():
        places = {"cold_after": tier.cold_after}
        if tier.copy_to is not None:
            places["copy.cold_after"] = tier.copy_to.cold_after
        for where, cold in places.items():
            if cold is not None:
                yield Fault(
                    f"tiers.{name}.{where}",
                    f"{' and '.join(lacking)} has no cold storage, AWS Backup would ignore it "
                    "silently",
                    say_duration(cold),
                    f"leave `cold_after` out, or shorten `keep` of {say_duration(tier.keep)}",
                )


Backups = dict[Name, BackupEntry]
