"""Backups: what is protected, how often, for how long, and where copies go.

Source: Bynomi's plan, "Backup Schedule" (clauses BY-3.5 to BY-3.9); prize-draw's "Backup &
Recovery" (PD-4.1, PD-4.3).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from .faults import Fault, NotInWords, PlanError, from_validation
from .limits import (
    COLD_COPY_SOURCE,
    COLD_STORAGE_STAY,
    COLD_STORAGE_STAY_SOURCE,
    COMPLETION_AFTER_START_WINDOW,
    COMPLETION_WINDOW,
    COMPLETION_WINDOW_SOURCE,
    POINT_IN_TIME,
    START_WINDOW,
    WITHOUT_AIR_GAP,
    WITHOUT_AIR_GAP_SOURCE,
    WITHOUT_COLD_STORAGE,
)
from .retention import ColdAfter, Retention, in_whole_days
from .schedule import Schedule
from .vault_lock import AirGapped, VaultLock
from .words import ClockTime, Duration, Name, Words, say_duration

# AWS Backup's own defaults are 8 hours and 7 days, all of which a recovery point objective would
# have to count.
STARTS_WITHIN = timedelta(hours=1)
COMPLETES_WITHIN = timedelta(hours=2)


def _check_cold_storage(keep: timedelta, cold_after: timedelta | None) -> None:
    if cold_after is not None and keep < cold_after + COLD_STORAGE_STAY:
        rule = (
            f"what moves to cold storage after {say_duration(cold_after)} stays there "
            f"{say_duration(COLD_STORAGE_STAY)} at least ({COLD_STORAGE_STAY_SOURCE})"
        )
        remedy = f"`keep: {say_duration(cold_after + COLD_STORAGE_STAY)}` at least"
        raise PlanError([Fault("keep", rule, say_duration(keep), remedy)])


# ``recovery``   a vault of the same account in the other region
# ``account``    a vault of another account in the same region: a copy of a database goes to another
#                region or to another account, not to both in one step [AWS Backup]
# ``air_gapped`` the entry's logically air-gapped vault, in the same account and region
CopyPlace = Literal["recovery", "account", "air_gapped"]


def _refuse_for_ever(given: Any) -> Any:
    if isinstance(given, str) and given.strip().lower() in ("never", "forever", "for ever"):
        raise NotInWords(
            "a copy that never expires would still take its source's expiry (AWS Backup)",
            "state how long, such as `1 year`, or leave it out: as long as the backup itself",
        )
    return given


class CopyTo(Words):
    """A copy of each backup, in another vault.

    to           ``recovery``, a vault in the other region; ``account``, a vault of the account that
                 ``estate.vault_account`` names, in the backup's own region; or ``air_gapped``, the
                 vault that the entry's ``air_gapped`` describes
    keep         default: as long as the backup itself
    cold_after   until the copy moves to cold storage; default: never
    """

    to: CopyPlace
    keep: Annotated[Retention, BeforeValidator(_refuse_for_ever)] | None = None
    cold_after: ColdAfter | None = None

    @model_validator(mode="after")
    def _cold_long_enough(self) -> "CopyTo":
        if self.keep is not None:
            _check_cold_storage(self.keep, self.cold_after)
        return self


def _one_or_more(given: Any) -> Any:
    """One copy is written as it is, several as a list."""
    if isinstance(given, (list, tuple)):
        return given
    if isinstance(given, CopyTo):
        return (given,)
    if not isinstance(given, Mapping):
        raise NotInWords("expected a block of keys, or a list of them", "write `{to: recovery}`")
    try:
        return (CopyTo.model_validate(given),)
    except ValidationError as error:
        # Their paths are those of the block as it is written, without the place in a list.
        raise PlanError(from_validation(error, CopyTo)) from None


def _as_written(copies: tuple[CopyTo, ...]) -> Any:
    words = [copy.in_words() for copy in copies]
    return words[0] if len(words) == 1 else words


Copies = Annotated[
    tuple[CopyTo, ...],
    BeforeValidator(_one_or_more, json_schema_input_type=CopyTo | list[CopyTo]),
    PlainSerializer(_as_written, when_used="json"),
]


class Tier(Schedule):
    """Backups on one schedule, kept equally long.

    every, at, on     when (see :class:`Schedule`)
    keep              retention in whole days, 1 to 36,500; a month counts 31, a year 366 days
    cold_after        until a backup moves to cold storage, where it stays 90 days at least;
                      default: never. Databases (RDS) and buckets (S3) have none
    copy              one copy, or a list of them to different places; default: none
    start_within      start window; default 1 hour, which is the least [AWS Backup]
    complete_within   until a backup is complete, counted from its scheduled time, the start window
                      included; at least an hour more than that. Default 2 hours
    """

    keep: Retention
    cold_after: ColdAfter | None = None
    copies: Copies = Field(default=(), alias="copy")
    start_within: Annotated[Duration, START_WINDOW.validator] = STARTS_WITHIN
    complete_within: Annotated[Duration, COMPLETION_WINDOW.validator] = COMPLETES_WITHIN

    @model_validator(mode="after")
    def _cold_long_enough(self) -> "Tier":
        _check_cold_storage(self.keep, self.cold_after)
        for copy in self.copies:
            if copy.keep is None:
                _check_cold_storage(self.keep, copy.cold_after)
        return self

    @model_validator(mode="after")
    def _copied_before_it_is_cold(self) -> "Tier":
        if self.copies and self.cold_after is not None and self.cold_after < self.complete_within:
            day = timedelta(days=1)
            rule = (
                f"a backup may take {say_duration(self.complete_within)} to complete, is copied "
                f"then, and what is in cold storage cannot be copied ({COLD_COPY_SOURCE})"
            )
            remedy = f"`cold_after: {say_duration(-(-self.complete_within // day) * day)}` at least"
            raise PlanError([Fault("cold_after", rule, say_duration(self.cold_after), remedy)])
        return self

    @model_validator(mode="after")
    def _a_place_once(self) -> "Tier":
        places = [copy.to for copy in self.copies]
        faults = [
            Fault(f"copy.{index}.to", "the tier is copied there already", place, "leave one out")
            for index, place in enumerate(places)
            if place in places[:index]
        ]
        if faults:
            raise PlanError(faults)
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

    def copy_in(self, place: CopyPlace) -> CopyTo | None:
        """The copy that goes to a place; None without one."""
        return next((copy for copy in self.copies if copy.to == place), None)

    def kept_in(self, place: CopyPlace) -> timedelta | None:
        """How long the copy in a place is kept; None without one."""
        copy = self.copy_in(place)
        return None if copy is None else copy.keep or self.keep

    def copy_path(self, copy: CopyTo) -> str:
        """Where a copy stands within the tier: ``copy``, or ``copy.1`` of several."""
        return "copy" if len(self.copies) == 1 else f"copy.{self.copies.index(copy)}"


class PointInTime(Words):
    """Continuous backup: any moment within ``keep`` can be restored.

    keep   1 to 35 days
    at     when the continuous rule runs each day; the first run opens the recovery point, later
           ones extend it. Default 00:00
    It has no cold storage, and its copies would be snapshots: copies belong to the tiers.
    """

    keep: Annotated[Duration, AfterValidator(in_whole_days), POINT_IN_TIME.validator]
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
    lock            bounds on every vault of the entry, in each region and account; default: none
    air_gapped      a vault that nothing unlocks, for copies ``to: air_gapped``; default: none
    """

    protects: Protects
    tiers: dict[Name, Tier] = Field(default_factory=dict)
    point_in_time: PointInTime | None = None
    lock: VaultLock | None = None
    air_gapped: AirGapped | None = None

    @model_validator(mode="after")
    def _stands(self) -> "BackupEntry":
        if not self.tiers and self.point_in_time is None:
            raise NotInWords("backs nothing up", "add `tiers` or `point_in_time`")
        kinds = [kind for kind in WITHOUT_COLD_STORAGE if getattr(self.protects, kind)]
        faults = list(cold_storage_faults(kinds, self.tiers))
        faults += self._outside_the_lock()
        faults += self._of_the_air_gap()
        if faults:
            raise PlanError(faults)
        return self

    def _outside_the_lock(self) -> Iterator[Fault]:
        if self.lock is None:
            return
        for path, kept, place in self.retentions():
            if place != "air_gapped":
                yield from self.lock.faults(kept, path, "`lock`")

    def _of_the_air_gap(self) -> Iterator[Fault]:
        copied = [
            (name, tier, copy)
            for name, tier in self.tiers.items()
            if (copy := tier.copy_in("air_gapped"))
        ]
        if self.air_gapped is None:
            for name, tier, copy in copied:
                rule = "there is no `air_gapped` beside `tiers` that describes the vault"
                remedy = "add `air_gapped`, or copy to `recovery` or `account`"
                yield Fault(f"tiers.{name}.{tier.copy_path(copy)}.to", rule, copy.to, remedy)
            return
        if not copied:
            remedy = "add `copy: {to: air_gapped}` to a tier, or leave it out"
            yield Fault("air_gapped", "nothing is copied there", None, remedy)
        for kind, called in WITHOUT_AIR_GAP.items():
            if getattr(self.protects, kind):
                yield Fault(
                    "air_gapped",
                    f"a logically air-gapped vault does not hold {called} "
                    f"({WITHOUT_AIR_GAP_SOURCE})",
                    None,
                    f"give the {kind} an entry of their own, and copy it to `account`",
                )
        for path, kept, place in self.retentions():
            if place == "air_gapped":
                yield from self.air_gapped.faults(kept, path, "`air_gapped`")

    def retentions(self) -> Iterator[tuple[str, timedelta, CopyPlace | None]]:
        """Every retention of the entry: its path, its length, and where a copy goes (None: not a
        copy). A copy without a retention of its own has its tier's, and its tier's path."""
        for name, tier in self.tiers.items():
            path = f"tiers.{name}"
            yield f"{path}.keep", tier.keep, None
            for copy in tier.copies:
                at = f"{path}.{tier.copy_path(copy)}.keep" if copy.keep else f"{path}.keep"
                yield at, copy.keep or tier.keep, copy.to
        if self.point_in_time is not None:
            yield "point_in_time.keep", self.point_in_time.keep, None


def cold_storage_faults(kinds: Iterable[str], tiers: Mapping[str, Tier]) -> Iterator[Fault]:
    """Cold storage for types that lack it: AWS Backup would ignore it silently.

    kinds   of what is named: ``databases``, ``buckets``; of what tags choose nothing is known
    """
    lacking = [WITHOUT_COLD_STORAGE[kind] for kind in kinds if kind in WITHOUT_COLD_STORAGE]
    if not lacking:
        return
    for name, tier in tiers.items():
        places = {"cold_after": tier.cold_after}
        for copy in tier.copies:
            places[f"{tier.copy_path(copy)}.cold_after"] = copy.cold_after
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
