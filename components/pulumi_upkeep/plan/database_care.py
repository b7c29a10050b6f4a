"""Care of databases: indexes, queries, storage and archive, in the plan's windows.

Source: Bynomi's plan, "Database Maintenance": index optimisation weekly, query performance analysis
monthly, storage clean-up monthly, data archiving quarterly (clause BY-3.10).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from .faults import Fault, NotInWords
from .findings import Finding
from .maintenance_windows import cutoff_hours
from .occasion import Occasion
from .restore_tests import Part, RestoreTest, Table
from .route_tests import SecretId
from .teams import unknown, unknown_team
from .words import Duration, Name, Percentage, Severity, Words, say_duration

if TYPE_CHECKING:
    from .plan import Plan
    from .windows import Window

Job = Literal["indexes", "analysis", "cleanup", "archive"]
JOBS: tuple[Job, ...] = ("indexes", "analysis", "cleanup", "archive")
SAYS: Mapping[Job, str] = {
    "indexes": "Index optimisation",
    "analysis": "Query analysis",
    "cleanup": "Storage clean-up",
    "archive": "Archiving",
}

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# What a job needs of a window before its cutoff to get anywhere. Ours: a slice of a function is 15
# minutes, and an archive reads back all that it writes.
SHORTEST: Mapping[Job, timedelta] = {
    "indexes": timedelta(minutes=30),
    "analysis": timedelta(minutes=15),
    "cleanup": timedelta(minutes=30),
    "archive": HOUR,
}
# After the last time that a job should have been done, until somebody is told.
GRACE = DAY
# Lambda: the environment of a function has 4 KB in all; the rules stand in it, beside the rest.
LONGEST_RULES = 3000
# Four years meet every weekday of a month, and a leap day.
_LOOKED_AT = 1461 * DAY

Month = Literal[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
MONTHS: tuple[Month, ...] = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
QUARTERLY: tuple[Month, ...] = ("January", "April", "July", "October")


def _one_owner(written: Any) -> Any:
    if isinstance(written, (list, tuple)):
        raise NotInWords("one team answers for it", f"write `{written[0]}`" if written else "")
    return written


def _each_once(months: tuple[Month, ...]) -> tuple[Month, ...]:
    twice = sorted(month for month, count in Counter(months).items() if count > 1)
    if twice:
        raise NotInWords(f"names `{twice[0]}` twice", "once is enough")
    return tuple(sorted(months, key=MONTHS.index))


def _as_list(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


Texts = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]


class Rule(Words):
    """Which rows of a table are over.

    table    ``sessions``, ``sales.sessions``
    column   the date or timestamp by which they age; rows without one stay
    where    further columns -> the text, or the list of texts, that they have to have; default all
             rows
    """

    table: Table
    column: Part
    where: dict[Part, Texts] = Field(default_factory=dict)


class CleanupRule(Rule):
    """Rows that are deleted.

    keep     how long they are kept, counted from ``column``
    """

    keep: Duration

    @property
    def age(self) -> timedelta:
        """How old they are when they go."""
        return self.keep


class ArchiveRule(Rule):
    """Rows that move into the archive.

    older_than   how old they are by then, counted from ``column``
    with         table -> its column that refers to this one: its rows go along. Every table that
                 refers to this one by a foreign key has to be named
    """

    older_than: Duration
    with_: dict[Table, Part] = Field(default_factory=dict, alias="with")

    @property
    def age(self) -> timedelta:
        """How old they are when they go."""
        return self.older_than


class InWindow(Words):
    """A job.

    window   the window of the plan that it is done in
    """

    window: Name


class Indexes(InWindow):
    """Bloated indexes are rebuilt beside the old ones, the smallest first, while everybody writes.

    bloat_above   how much of an index is air when it is rebuilt
    """

    bloat_above: Percentage


class Analysis(InWindow):
    """A report of slow statements, unused indexes, tables read from end to end, dead rows.

    slower_than   what a statement takes on average when it is in the report; default 500 ms
    """

    slower_than: Duration = timedelta(milliseconds=500)


class Deleting(InWindow):
    """A job that deletes rows, a few at a time.

    replicas_behind   it waits while a replica is further behind; default 30 seconds
    """

    replicas_behind: Duration = timedelta(seconds=30)


class Cleanup(Deleting):
    """Rows that nobody needs any longer are deleted.

    rules   of each table one
    """

    rules: Annotated[tuple[CleanupRule, ...], Field(min_length=1)]


class Archive(Deleting):
    """Old rows move to a bucket: none is deleted that was not read back from there.

    months   in which ones; default January, April, July and October
    keep     how long the archive is kept; default for good
    rules    of each table one
    """

    months: Annotated[tuple[Month, ...], Field(min_length=1), AfterValidator(_each_once)] = (
        QUARTERLY
    )
    keep: Duration | None = None
    rules: Annotated[tuple[ArchiveRule, ...], Field(min_length=1)]


class DatabaseCare(Words):
    """Care of one database of the estate.

    credentials   Secrets Manager's name of ``{"username": ..., "password": ...}``: a login of its
                  own, docs/care.md says with what rights
    database      the database within the instance
    owner         the team that answers for it
    severity      of its alarms; default p2
    indexes, analysis, cleanup, archive   its jobs, at least one
    """

    credentials: SecretId
    database: Part
    owner: Annotated[Name, BeforeValidator(_one_owner)]
    severity: Severity = "p2"
    indexes: Indexes | None = None
    analysis: Analysis | None = None
    cleanup: Cleanup | None = None
    archive: Archive | None = None

    def jobs(self) -> dict[Job, InWindow]:
        """What is done, by name, in the order in which it is begun."""
        found: dict[Job, InWindow | None] = {
            "indexes": self.indexes,
            "analysis": self.analysis,
            "cleanup": self.cleanup,
            "archive": self.archive,
        }
        return {job: each for job, each in found.items() if each is not None}

    def rules(self) -> Iterator[tuple[str, CleanupRule | ArchiveRule]]:
        """Every rule with its path below the database's entry."""
        for index, cleaned in enumerate(self.cleanup.rules if self.cleanup else ()):
            yield f"cleanup.rules.{index}", cleaned
        for index, archived in enumerate(self.archive.rules if self.archive else ()):
            yield f"archive.rules.{index}", archived

    def tables(self) -> Iterator[tuple[str, str]]:
        """Every table that rows are deleted from, with the path that says so."""
        for path, rule in self.rules():
            yield f"{path}.table", rule.table
            for table in rule.with_ if isinstance(rule, ArchiveRule) else ():
                yield f"{path}.with.{table}", table

    def faults(self) -> Iterator[Fault]:
        """What cannot stand whatever the rest of the plan says."""
        if not self.jobs():
            yield Fault("indexes", "nothing would be done", None, f"one of {', '.join(JOBS)}")
        first: dict[str, str] = {}
        for path, table in self.tables():
            plain = table.removeprefix("public.")
            if plain in first:
                yield Fault(
                    path,
                    f"two owners of its rows: `{first[plain]}` deletes from it too",
                    table,
                    "one rule for each table",
                )
            first.setdefault(plain, path)
        if len(text := rules_text(self)) > LONGEST_RULES:
            yield Fault(
                "cleanup",
                f"the rules stand in the environment of a function, where {LONGEST_RULES:,} "
                "characters are left for them [Lambda, 4 KB]",
                f"{len(text):,} characters",
                "fewer rules, or shorter lists in `where`",
            )


DatabaseCares = dict[Name, DatabaseCare]
"""By the database's name in the estate."""


def rules_text(care: DatabaseCare) -> str:
    """The jobs as the function reads them: durations in seconds, per cent as a number."""
    jobs: dict[str, dict[str, Any]] = {}
    if care.indexes:
        jobs["indexes"] = {"bloat_above": care.indexes.bloat_above}
    if care.analysis:
        jobs["analysis"] = {"slower_than": care.analysis.slower_than / timedelta(milliseconds=1)}
    for name, job in (("cleanup", care.cleanup), ("archive", care.archive)):
        if job is not None:
            jobs[name] = {
                "replicas_behind": job.replicas_behind.total_seconds(),
                "rules": [_rule(rule) for rule in job.rules],
            }
    if care.archive:
        jobs["archive"]["months"] = [MONTHS.index(month) + 1 for month in care.archive.months]
    return json.dumps(jobs, sort_keys=True, separators=(",", ":"))


def _rule(rule: CleanupRule | ArchiveRule) -> dict[str, Any]:
    written: dict[str, Any] = {
        "table": rule.table,
        "column": rule.column,
        "keep": rule.age.total_seconds(),
    }
    if rule.where:
        written["where"] = {column: list(texts) for column, texts in rule.where.items()}
    if isinstance(rule, ArchiveRule) and rule.with_:
        written["with"] = dict(rule.with_)
    return written


# ---- when ---------------------------------------------------------------------------------------


def works_until(window: "Window") -> time:
    """The clock time by which a job in a window ends: at its cutoff."""
    closes = datetime.combine(date(2000, 1, 2), window.to)
    return (closes - cutoff_hours(window) * HOUR).time()


def worked_in(window: "Window") -> timedelta:
    """How long a job has in a window."""
    return window.length - cutoff_hours(window) * HOUR


def openings(care: DatabaseCare, job: Job, window: "Window", start: date, end: date) -> list[date]:
    """The days from ``start`` to before ``end`` on which a job is done."""
    months = care.archive.months if job == "archive" and care.archive else MONTHS
    return [day for day in window.openings(start, end) if MONTHS[day.month - 1] in months]


def done_within(care: DatabaseCare, job: Job, window: "Window") -> timedelta:
    """How long it may be from one time that a job is done to the next, while all is well.

    The longest that the window stays shut for it, with what the plan cancels and moves, whichever
    day it is today; and a day for whoever looks into it.
    """
    exceptions = [*window.left_out, *window.added]
    first = min([date(2026, 1, 1), *exceptions])
    last = max([date(2026, 1, 1), *exceptions])
    days = openings(care, job, window, first - _LOOKED_AT, last + _LOOKED_AT)
    gaps = [later - earlier for earlier, later in pairwise(days)]
    return max(gaps, default=_LOOKED_AT) + GRACE


def care_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """Every job on every opening of its window, from its opening to its cutoff."""
    for name, care in plan.database_care.items():
        for job, each in care.jobs().items():
            window = plan.windows.get(each.window)
            if window is None:
                continue
            for day in openings(care, job, window, start, end):
                starts, ends = window.stretch(day, plan.timezone)
                ends = max(starts, ends - cutoff_hours(window) * HOUR)
                yield Occasion(
                    starts.astimezone(UTC),
                    ends.astimezone(UTC),
                    "care",
                    f"{name}-{job}",
                    f"database_care.{name}.{job}",
                    f"{SAYS[job]} of {name}",
                    care.owner,
                )


# ---- what the rest of the plan says --------------------------------------------------------------


def care_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Databases, teams and windows that there are not; too little time; promises that rows are
    kept for longer."""
    for name, care in plan.database_care.items():
        path = f"database_care.{name}"
        for fault in care.faults():
            yield Fault(f"{path}.{fault.path}", fault.rule, fault.value, fault.remedy)
        if "estate" not in broken and name not in plan.estate.databases:
            known = list(plan.estate.databases)
            yield unknown(path, name, "database", "estate.databases", known)
        if not {"teams", "people"} & {*broken}:
            yield from unknown_team(plan, f"{path}.owner", care.owner)
        if "windows" not in broken:
            yield from _window_faults(plan, path, care)
        if "objectives" not in broken:
            yield from _promise_faults(plan, path, name, care)


def _window_faults(plan: "Plan", path: str, care: DatabaseCare) -> Iterator[Fault]:
    for job, each in care.jobs().items():
        window = plan.windows.get(each.window)
        if window is None:
            yield unknown(
                f"{path}.{job}.window", each.window, "window", "windows", list(plan.windows)
            )
        elif worked_in(window) < SHORTEST[job]:
            shut = cutoff_hours(window) * HOUR
            cut = f", of which the last {say_duration(shut)} begins nothing" if shut else ""
            enough = [
                name
                for name, other in sorted(plan.windows.items())
                if worked_in(other) >= SHORTEST[job]
            ]
            yield Fault(
                f"{path}.{job}.window",
                f"`{window.says()}` lasts {say_duration(window.length)}{cut}: "
                f"{SAYS[job].lower()} takes {say_duration(SHORTEST[job])} at least",
                each.window,
                f"nearest: `{enough[0]}`" if enough else "let the window be longer",
            )


def _promise_faults(plan: "Plan", path: str, name: str, care: DatabaseCare) -> Iterator[Fault]:
    """Rows that go sooner than the database is promised to be kept: backups of the last days would
    be all that has them."""
    kept = plan.objectives.retention.get(name) if plan.objectives else None
    if kept is None:
        return
    promised = kept if isinstance(kept, timedelta) else max(kept.values())
    for at, rule in care.rules():
        if rule.age < promised and at.startswith("cleanup"):
            yield Fault(
                f"{path}.{at}.keep",
                f"`objectives.retention.{name}` promises {say_duration(promised)}, and no archive "
                "keeps these rows",
                say_duration(rule.age),
                f"nearest: `keep: {say_duration(promised)}`",
            )
    archive = care.archive
    for at, rule in care.rules():
        if archive is None or not at.startswith("archive"):
            continue
        if archive.keep is not None and rule.age + archive.keep < promised:
            least = promised - rule.age
            yield Fault(
                f"{path}.archive.keep",
                f"`objectives.retention.{name}` promises {say_duration(promised)}, and rows of "
                f"{rule.table} are gone after {say_duration(rule.age + archive.keep)}",
                say_duration(archive.keep),
                f"nearest: `keep: {say_duration(least)}`",
            )
            return


def care_findings(plan: "Plan") -> Iterator[Finding]:
    """Rows that go from tables which a restore test expects rows of, and care that rests."""
    for name, care in plan.database_care.items():
        if name not in plan.estate.databases:
            continue
        path = f"database_care.{name}"
        if plan.active_member(name).place != "primary":
            yield Finding(
                "care-rests-while-failed-over",
                path,
                "the recovery region takes the writes, and the windows stand in the primary one",
                "it is done again once the primary region writes",
            )
        tests = {
            test: planned for test, planned in plan.restore_tests.items() if planned.of == name
        }
        for at, table in care.tables():
            for test, planned in sorted(tests.items()):
                if says := _looked_at(planned, table.removeprefix("public.")):
                    yield Finding(
                        "care-on-checked-table",
                        f"{path}.{at}",
                        f"rows of {table} go, {says.format(f'`restore_tests.{test}`')}",
                        "see that what it expects is there all the same",
                    )


def _looked_at(test: RestoreTest, table: str) -> str:
    """What a restore test expects of a table's rows; empty where it is nothing."""
    summed = {about.table or entry for entry, about in test.checks.checksums.items()}
    if table in {each.removeprefix("public.") for each in summed}:
        return "whose closed periods {} holds against checksums recorded with them"
    return "of which {} expects some" if table in _expected(test) else ""


def _expected(test: RestoreTest) -> set[str]:
    """The tables a restore test wants rows in."""
    columns = [*test.checks.fresh, *test.checks.references, *test.checks.references.values()]
    tables = {*test.checks.rows, *(column.rpartition(".")[0] for column in columns)}
    return {table.removeprefix("public.") for table in tables}
