"""Restore tests: what is restored when, what is looked at, and how old the last proof may be.

Source: Bynomi's plan, "Backup verification: Weekly" (clause BY-3.8); prize-draw's "Regularly test
the restore process (e.g., quarterly)" (PD-4.2).
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from .faults import Fault, NotInWords, PlanError
from .limits import (
    RESTORE_START_WINDOW,
    RESTORE_VALIDATION_WINDOW,
    RESTORE_WINDOW,
)
from .replicas import InstanceClass
from .schedule import Schedule
from .words import Duration, Name, Place, Severity, Words, say_duration

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The longest that a schedule is silent while all is well: a month of 31 days, a quarter of 92.
INTERVALS = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY, "quarter": 92 * DAY, "year": 366 * DAY}
# A day is 25 hours long once a year where clocks change.
CLOCK_CHANGE = HOUR
# Lambda: the environment of a function has 4 KB in all; the checks stand in it, beside the rest.
LONGEST_CHECKS = 3000
MOST_SAMPLED = 1000

_PART = r"[A-Za-z_][A-Za-z0-9_]*"
# Of a database: `orders`, `sales.orders`; a column has its table before it: `orders.placed_at`.
Table = Annotated[str, StringConstraints(pattern=rf"^({_PART}\.)?{_PART}$")]
Column = Annotated[str, StringConstraints(pattern=rf"^({_PART}\.)?{_PART}\.{_PART}$")]
Part = Annotated[str, StringConstraints(pattern=rf"^{_PART}$")]


def _in_whole_hours(length: timedelta) -> timedelta:
    if rest := length % HOUR:
        raise NotInWords("counted in hours", f"nearest: `{say_duration(length - rest + HOUR)}`")
    return length


def _in_whole_days(length: timedelta) -> timedelta:
    if rest := length % DAY:
        raise NotInWords("counted in days", f"nearest: `{say_duration(length - rest + DAY)}`")
    return length


class Checksums(Words):
    """Checksums of the closed periods of a table, held against those that were recorded.

    columns       what goes into a checksum; what changes later (a status) stays out
    by            the column that says which period a row belongs to, such as ``placed_at``
    recorded_in   the table that the writer's side records them in, once for each closed period
    table         default: the name of this entry
    """

    columns: Annotated[tuple[Part, ...], Field(min_length=1)]
    by: Part
    recorded_in: Table
    table: Table | None = None


class Expectation(Words):
    """A query that answers with one value, and what that value has to be.

    is              as text
    at_least        a number
    at_most         a number
    """

    query: str
    is_: str | None = Field(default=None, alias="is")
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_what(self) -> "Expectation":
        bounds = self.at_least is not None or self.at_most is not None
        if (self.is_ is not None) == bounds:
            raise NotInWords("says not what to expect", "add `is`, or `at_least` and `at_most`")
        return self


class Checks(Words):
    """What is looked at in the restored copy. Nothing is ever written to it.

    Of a database:
    rows           table -> how many at least
    fresh          column -> how old its newest value may be when the restore begins
    checksums      of closed periods, see :class:`Checksums`
    references     column -> the column that has to hold each of its values
    foreign_keys   whether every declared foreign key is looked at; default true
    pages          whether every page is read and held against its checksum; default true
    indexes        whether indexes are held against their tables; default true
    expect         by name: queries of your own
    Of a bucket:
    objects        how many at least
    bytes          how many at least
    sample         how many objects are held against the source, byte for byte; default 50, at most
                   1,000
    """

    rows: dict[Table, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    fresh: dict[Column, Duration] = Field(default_factory=dict)
    checksums: dict[Name, Checksums] = Field(default_factory=dict)
    references: dict[Column, Column] = Field(default_factory=dict)
    foreign_keys: bool | None = None
    pages: bool | None = None
    indexes: bool | None = None
    expect: dict[str, Expectation] = Field(default_factory=dict)
    objects: Annotated[int, Field(ge=1)] | None = None
    bytes: Annotated[int, Field(ge=1)] | None = None
    sample: Annotated[int, Field(ge=1, le=MOST_SAMPLED)] | None = None

    def of_database(self) -> dict[str, Any]:
        """What the function takes, durations in seconds."""
        return _without_nothing(
            {
                "rows": dict(self.rows),
                "fresh": {key: each.total_seconds() for key, each in self.fresh.items()},
                "checksums": {
                    name: each.model_dump(exclude_none=True)
                    for name, each in self.checksums.items()
                },
                "references": dict(self.references),
                "foreign_keys": self.foreign_keys is not False,
                "pages": self.pages is not False,
                "indexes": self.indexes is not False,
                "expect": {
                    name: each.model_dump(by_alias=True, exclude_none=True)
                    for name, each in self.expect.items()
                },
            }
        )

    def of_bucket(self) -> dict[str, Any]:
        """What the function takes."""
        return _without_nothing(
            {"objects": self.objects, "bytes": self.bytes, "sample": self.sample or 50}
        )

    def foreign(self, kind: str) -> list[str]:
        """The keys that say something of another kind of thing."""
        others = _OF_BUCKETS if kind == "database" else _OF_DATABASES
        return sorted(others & self.model_fields_set)


_OF_BUCKETS = frozenset({"objects", "bytes", "sample"})
_OF_DATABASES = frozenset(Checks.model_fields) - _OF_BUCKETS


def _without_nothing(checks: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in checks.items() if each not in (None, {}, False)}


class RestoreTest(Schedule):
    """A test that restores the newest recovery point and looks at the copy.

    of                a database or a bucket of the estate
    in                ``primary`` (default) or ``recovery``: whose recovery points are restored, and
                      where; of a bucket ``primary`` alone
    every, at, on     when (see :class:`Schedule`); daily at most
    start_within      1 hour (default) to 168
    newest_within     how old the recovery point may be, 1 to 365 days; default 7 days. Where there
                      is none, nothing is restored, and the proof's age shows it
    validate_within   1 to 168 hours until the copy is deleted without a verdict; default 4 hours
    class             of the restored database, such as ``db.t4g.large``; databases only
    credentials       Secrets Manager's name of ``{"username": ..., "password": ...}``: a login that
                      may read and nothing else; databases only
    database          the database within the instance; default: the one the secret or RDS names
    checks            see :class:`Checks`
    proof_at_most     how old the last proof may be; at least as long as one test takes to follow
                      another
    severity          default p1
    """

    of: Name
    in_: Place = Field(default="primary", alias="in")
    start_within: Annotated[
        Duration, AfterValidator(_in_whole_hours), RESTORE_START_WINDOW.validator
    ] = HOUR
    newest_within: Annotated[Duration, AfterValidator(_in_whole_days), RESTORE_WINDOW.validator] = (
        7 * DAY
    )
    validate_within: Annotated[
        Duration, AfterValidator(_in_whole_hours), RESTORE_VALIDATION_WINDOW.validator
    ] = 4 * HOUR
    class_: InstanceClass | None = Field(default=None, alias="class")
    credentials: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@-]{1,512}$")] | None
    ) = None
    database: Part | None = None
    checks: Checks = Checks()
    proof_at_most: Duration
    severity: Severity = "p1"

    @property
    def follows_within(self) -> timedelta:
        """How long it may be from one proof to the next while all is well."""
        return INTERVALS[self.every] + CLOCK_CHANGE + self.start_within + self.validate_within

    @property
    def may_miss_one(self) -> bool:
        """Whether a test may be left out without an alarm."""
        return self.proof_at_most >= self.follows_within + INTERVALS[self.every]

    @model_validator(mode="after")
    def _stands(self) -> "RestoreTest":
        if not isinstance(self.every, str):
            raise NotInWords("a restore test runs daily at most", "write `every: week`")
        if self.proof_at_most < self.follows_within:
            rule = (
                f"a test every {self.every} is followed by the next one within "
                f"{say_duration(self.follows_within)}: the alarm would fire while all is well"
            )
            least = -(-self.follows_within // DAY) * DAY
            remedy = f"`proof_at_most: {say_duration(least)}` at least"
            raise PlanError(
                [Fault("proof_at_most", rule, say_duration(self.proof_at_most), remedy)]
            )
        return self

    def faults(self, kind: str) -> Iterator[Fault]:
        """What does not go with the kind of thing that is restored: ``database`` or ``bucket``."""
        for key in self.checks.foreign(kind):
            yield Fault(f"checks.{key}", f"no check of a {kind}", None, "leave it out")
        if kind == "database":
            for name, key in (("class_", "class"), ("credentials", "credentials")):
                if getattr(self, name) is None:
                    example = "db.t4g.large" if key == "class" else "bynomi/prod/restore-checks"
                    yield Fault(key, "a restored database needs it", None, f"`{key}: {example}`")
        else:
            for name, key in (
                ("class_", "class"),
                ("credentials", "credentials"),
                ("database", "database"),
            ):
                if getattr(self, name) is not None:
                    yield Fault(key, "a bucket has none", None, "leave it out")
            if self.in_ == "recovery":
                yield Fault(
                    "in",
                    "a restored bucket is held against its source, which cannot be reached from "
                    "the other region's isolated subnets",
                    "recovery",
                    "write `in: primary`, or leave it out",
                )
        length = len(checks_text(self, kind))
        if length > LONGEST_CHECKS:
            yield Fault(
                "checks",
                f"they stand in the environment of a function, where {LONGEST_CHECKS:,} characters "
                "are left for them [Lambda, 4 KB]",
                f"{length:,} characters",
                "make two tests of them, or views of long queries",
            )


def checks_text(test: RestoreTest, kind: str) -> str:
    """The checks as the function reads them."""
    looked_at = test.checks.of_database() if kind == "database" else test.checks.of_bucket()
    return json.dumps(looked_at, sort_keys=True, separators=(",", ":"))


RestoreTests = dict[Name, RestoreTest]
"""By name."""
