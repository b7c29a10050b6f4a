"""Logs: how long they are kept, which levels, what must not stand in them, and who reads them.

Source: Bynomi's plan, "Log Management" (BY-2.9, BY-2.10, BY-2.11), and the prize draw's, "Log
Aggregation" (PD-1.4).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from .faults import Fault, NotInWords, PlanError, shown
from .limits import LOG_RETENTION, METRIC_WINDOW, Limit
from .monitoring import in_whole_minutes
from .runs import HORIZON_START, skipped_faults
from .schedule import Schedule, say_every
from .spelling import untold
from .standby import LogGroupName
from .teams import unknown, unknown_team
from .words import ClockTime, Duration, Name, Percentage, Severity, Words, say_duration

if TYPE_CHECKING:
    from .plan import Plan

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

Level = Literal["error", "warn", "info", "debug"]
LEVELS: tuple[Level, ...] = ("error", "warn", "info", "debug")
# What may not be missing anywhere, and what only development keeps [BY-2.10].
ALWAYS: tuple[Level, ...] = ("error", "warn", "info")
DEVELOPMENT = ("dev", "development", "local")

# How long Datadog's standard indexes keep logs. Which of them a company may use stands in its
# contract [Datadog, log indexes: "depends on your contract"; the list is that of its price page].
CONTRACT = tuple(days * DAY for days in (3, 7, 15, 30, 45, 60, 90, 180, 360))
ARCHIVE_RETENTION = Limit("an archive's retention", DAY, 36_500 * DAY, "S3, lifecycle, Days")
# Datadog: the offset of a quota's reset from UTC, in whole hours.
RESET_OFFSETS = (-12, 14)
# The index of the organisation itself: to delete it is final [Datadog, log indexes].
THE_ORGANISATIONS_OWN = "main"

# What can be taken out of every log; how, stands with the component (observe.log_scrubbing).
Scrubbed = Literal["access-key", "authorization", "card-number", "email", "secret"]
SCRUBBED: tuple[Scrubbed, ...] = ("access-key", "authorization", "card-number", "email", "secret")


def _index_name(name: str) -> str:
    close = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-").lstrip("0123456789-")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise NotInWords(
            "an index's name begins with a lower-case letter and has letters, digits and hyphens "
            "[Datadog]",
            f"`{close or 'logs'}`",
        )
    if name == THE_ORGANISATIONS_OWN:
        raise NotInWords(
            "the organisation's own index, whose deletion is final [Datadog]",
            "a name of your own, such as the stack's",
        )
    return name


def _query(written: str) -> str:
    """A search of logs in one line, as it stands beside others: nothing open, no environment."""
    text = " ".join(written.split())
    if not text or text == "*":
        raise NotInWords("finds every log, or none", 'say which, such as `service:web "declined"`')
    if text.count('"') % 2:
        raise NotInWords("a quotation mark is not closed", f'`{text}"`')
    # What stands in quotes is text, and may hold anything.
    bare = re.sub(r'"[^"]*"', '""', text)
    depth = 0
    for character in bare:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth:
        remedy = f"`{text}{')' * depth}`" if depth > 0 else f"`({text}`"
        raise NotInWords("parentheses that do not belong together", remedy)
    if re.search(r"(?<![\w@.])@?env:", bare):
        raise NotInWords(
            "names an environment: each has its own index, pipeline and scanner, and what two of "
            "them claim goes to the first alone [Datadog]",
            "leave `env:` out, it is added",
        )
    return text


def _sentence(text: str) -> str:
    stripped = " ".join(text.split()).rstrip(".")
    if not stripped or stripped != text:
        remedy = f"`{stripped}`" if stripped else "such as `payments are declined`"
        raise NotInWords("not a sentence in one line without its end", remedy)
    return untold(text)


def _whole_days(length: timedelta) -> timedelta:
    if rest := length % DAY:
        raise NotInWords(
            "logs are kept by the day", f"nearest: `{say_duration(length - rest + DAY)}`"
        )
    return length


def _below_all(share: float) -> float:
    if share >= 100:
        raise NotInWords("no warning, since the quota is used up then", "such as `80 %`")
    return share


# What Datadog's scanner does not read, of what Python's `re` does [Sensitive Data Scanner, custom
# rules: a subset of PCRE2].
_NOT_SCANNED = {
    r"\(\?[=!]": "looks ahead",
    r"\(\?<[=!]": "looks behind",
    r"\\[1-9]|\(\?P[=]": "refers back to a group",
    r"[*+?}]\+": "does not give back what it took",
}


def scannable(pattern: str) -> str:
    """The pattern itself; ``NotInWords`` where Datadog's scanner cannot read it."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise NotInWords(f"no regular expression: {error}", "mend it") from None
    for construct, what in _NOT_SCANNED.items():
        if re.search(construct, pattern):
            raise NotInWords(
                f"{what}, which Datadog's scanner does not [Sensitive Data Scanner]",
                "say it without",
            )
    if compiled.search(""):
        raise NotInWords("matches nothing at all, so everywhere", "at least one character")
    return pattern


Query = Annotated[str, AfterValidator(_query)]
IndexName = Annotated[str, AfterValidator(_index_name)]


Days = Annotated[Duration, AfterValidator(_whole_days)]


@dataclass(frozen=True)
class Reset:
    """When a quota begins anew, as Datadog takes it: ``00:00`` at ``-05:00``."""

    time: str
    utc_offset: str


class Quota(Words):
    """How many logs a day are indexed. What comes after is archived and counted, and not found.

    at_most     logs a day
    warn_at     the share from which somebody is told; default 80 %
    resets_at   when the day begins, on the hour, on the plan's clocks without summer time: Datadog
                knows an offset from UTC and no time zone. Default 00:00
    severity    of a quota that is nearly used, and of one that is used up; default p2
    owner       the team that hears of it as well; default none
    """

    at_most: Annotated[int, Field(ge=1)]
    warn_at: Annotated[Percentage, AfterValidator(_below_all)] = Field(
        default="80 %", validate_default=True
    )
    resets_at: ClockTime = Field(default="00:00", validate_default=True)
    severity: Severity = "p2"
    owner: Name | None = None

    def reset(self, timezone: str) -> Reset:
        """The time and the offset; ``NotInWords`` where it is no whole hour of UTC."""
        offset = standard_offset(timezone)
        hours, beside = divmod(offset, HOUR)
        minutes = timedelta(hours=self.resets_at.hour, minutes=self.resets_at.minute)
        if (minutes - beside) % HOUR:
            near = (minutes - minutes % HOUR + beside) % DAY
            raise NotInWords(
                "a quota begins anew on a whole hour of UTC [Datadog, daily_limit_reset]",
                f'nearest: `"{_clock(near)}"`',
            )
        least, most = RESET_OFFSETS
        if not least <= hours <= most:
            raise NotInWords(
                f"Datadog's offsets are {least} to +{most} hours, and {timezone} is at {hours}",
                "set `timezone` to one of them",
            )
        sign = "-" if hours < 0 else "+"
        return Reset(_clock(minutes - beside), f"{sign}{abs(hours):02}:00")


def standard_offset(timezone: str) -> timedelta:
    """A zone's offset from UTC without summer time. That of a fixed year: the same plan gives the
    same bytes in summer and in winter."""
    zone = ZoneInfo(timezone)
    offsets = [
        datetime(HORIZON_START.year, month, 1, tzinfo=zone).utcoffset() or timedelta(0)
        for month in (1, 7)
    ]
    return min(offsets)


def _clock(since_midnight: timedelta) -> str:
    hours, rest = divmod(since_midnight, HOUR)
    return f"{hours:02}:{rest // timedelta(minutes=1):02}"


class Silence(Words):
    """From when no log at all is a fault: what sends or receives them is broken.

    after      1 minute to 1 week, whole minutes; default 1 hour
    severity   who hears of it; default p2
    owner      the team that hears of it as well; default none
    """

    after: Annotated[Duration, AfterValidator(in_whole_minutes), METRIC_WINDOW.validator] = HOUR
    severity: Severity = "p2"
    owner: Name | None = None


class LogArchive(Words):
    """The company's own bucket: every log of the kept levels, also those beyond the quota.

    keep   whole days, at least as long as they can be searched; default 1 year
    """

    keep: Annotated[Days, ARCHIVE_RETENTION.validator] = Field(
        default="1 year", validate_default=True
    )


class PatternAlert(Words):
    """From how many logs within how long somebody is told.

    above        more than so many
    warn_above   more than so many, and the owner is warned; default no warning
    lasting      whole minutes, 1 minute to 1 week; default 15 minutes
    by_service   whether each service is counted for itself; default true
    severity     who hears of it
    """

    above: Annotated[int, Field(ge=0)]
    warn_above: Annotated[int, Field(ge=0)] | None = None
    lasting: Annotated[Duration, AfterValidator(in_whole_minutes), METRIC_WINDOW.validator] = (
        timedelta(minutes=15)
    )
    by_service: bool = True
    severity: Severity

    @model_validator(mode="after")
    def _warns_before(self) -> "PatternAlert":
        if self.warn_above is not None and self.warn_above >= self.above:
            rule = f"warns above {self.warn_above} and alerts above {self.above}: never before it"
            remedy = f"below {self.above}" if self.above else "leave it out: the first one alerts"
            raise PlanError([Fault("warn_above", rule, str(self.warn_above), remedy)])
        return self


class Pattern(Words):
    """Logs that are counted: a metric by service and level, kept when the logs are gone.

    means     what it is when it happens, a sentence without its end
    query     a search of Datadog's, without the environment: ``service:shop "payment declined"``
    owner     the team it belongs to; default none
    alert     default: counted alone
    runbook   the page below ``runbooks``; default ``log-pattern``
    """

    means: Annotated[str, AfterValidator(_sentence)]
    query: Query
    owner: Name | None = None
    alert: PatternAlert | None = None
    runbook: Name = "log-pattern"


class CustomScrub(Words):
    """Something of the company's own that must not stand in a log.

    pattern   a regular expression; nothing that looks ahead, behind or back [Datadog]
    example   something made up that it finds, or the plan is refused
    leaves    something alike that it must leave alone; default none
    """

    pattern: Annotated[str, AfterValidator(scannable)]
    example: str
    leaves: str | None = None

    @model_validator(mode="after")
    def _finds(self) -> "CustomScrub":
        found = re.compile(self.pattern).search
        faults = []
        if not found(self.example):
            rule = "the pattern does not find its own example"
            faults.append(Fault("pattern", rule, shown(self.pattern), "mend either"))
        if self.leaves is not None and found(self.leaves):
            rule = f"the pattern finds what it must leave alone: {shown(self.leaves)}"
            faults.append(Fault("pattern", rule, shown(self.pattern), "make it narrower"))
        if faults:
            raise PlanError(faults)
        return self


class LogGroup(Words):
    """A log group of CloudWatch in the primary region, with the key that encrypts all of them.

    One that is there already is named in ``adopt.log_groups``, and keeps what is in it.

    keep      at least as long as in Datadog; default as long
    service   the service of ``services`` whose logs these are; default: the logs say it themselves
    """

    keep: Days | None = None
    service: Name | None = None


class Review(Schedule):
    """The review of error patterns and performance: a reminder with what to look at.

    every, on, at   when, on the plan's clocks; not several times a day
    owner           the team whose review it is
    severity        by whose topic the reminder goes; default p3
    """

    owner: Name
    severity: Severity = "p3"


class Logs(Words):
    """The logs of an environment.

    keep          how long they can be searched; one of ``contract``, default 30 days
    contract      what the contract with Datadog offers; default 3, 7, 15, 30, 45, 60, 90, 180 and
                  360 days
    daily_quota   how many are indexed a day
    silence       from when no log at all is a fault; default: not watched
    index         the index's name; default the stack's, such as ``bynomi-prod``. The name of an
                  index that was deleted can never be used again
    levels        which are kept; default ``error``, ``warn`` and ``info``, in development ``debug``
                  too. Datadog's own above ``error`` are always kept
    archive       default: none
    scrub         what is taken out of every log: ``access-key``, ``authorization``,
                  ``card-number``, ``email``, ``secret``; default all of them
    scrub_also    what else, by name
    patterns      what is counted, by name
    review        default: none
    groups        log groups of CloudWatch, by name
    """

    keep: Days = timedelta(days=30)
    contract: tuple[Days, ...] | None = None
    daily_quota: Quota
    silence: Silence | None = None
    index: IndexName | None = None
    levels: tuple[Level, ...] | None = None
    archive: LogArchive | None = None
    scrub: tuple[Scrubbed, ...] = SCRUBBED
    scrub_also: dict[Name, CustomScrub] = Field(default_factory=dict)
    patterns: dict[Name, Pattern] = Field(default_factory=dict)
    review: Review | None = None
    groups: dict[LogGroupName, LogGroup] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _holds_together(self) -> "Logs":
        faults = [*_kept(self), *_levels(self), *_scrubbed(self)]
        if TOTAL in self.patterns:
            rule = "the name of the metric that counts all logs"
            faults.append(Fault(f"patterns.{TOTAL}", rule, None, "give it another name"))
        if faults:
            raise PlanError(faults)
        return self

    def kept_levels(self, environment: str) -> tuple[Level, ...]:
        """The levels that are kept, the gravest first."""
        chosen = self.levels or (LEVELS if environment in DEVELOPMENT else ALWAYS)
        return tuple(level for level in LEVELS if level in chosen)

    def dropped_levels(self, environment: str) -> tuple[Level, ...]:
        """The others."""
        kept = self.kept_levels(environment)
        return tuple(level for level in LEVELS if level not in kept)

    def group_keep(self, name: str) -> timedelta:
        """How long a log group keeps."""
        return self.groups[name].keep or self.keep

    def named_teams(self) -> Iterator[tuple[str, str]]:
        """Each team that is named, with the path that names it."""
        if self.daily_quota.owner:
            yield "daily_quota.owner", self.daily_quota.owner
        if self.silence and self.silence.owner:
            yield "silence.owner", self.silence.owner
        for name, pattern in self.patterns.items():
            if pattern.owner:
                yield f"patterns.{name}.owner", pattern.owner
        if self.review:
            yield "review.owner", self.review.owner


# Counts all logs, whatever their pattern.
TOTAL = "lines"


def _kept(logs: Logs) -> Iterator[Fault]:
    if logs.contract == ():
        yield Fault("contract", "offers nothing", None, "such as `[15 days, 30 days]`")
        return
    offered = sorted(set(logs.contract or CONTRACT))
    if logs.keep not in offered:
        longer = [each for each in offered if each >= logs.keep]
        near = longer[0] if longer else offered[-1]
        yield Fault(
            "keep",
            f"the contract with Datadog offers {', '.join(map(say_duration, offered))}",
            say_duration(logs.keep),
            f"nearest: `{say_duration(near)}`, or add it to `contract` where yours offers it",
        )
    if logs.archive and logs.archive.keep < logs.keep:
        yield Fault(
            "archive.keep",
            f"shorter than logs can be searched, {say_duration(logs.keep)}",
            say_duration(logs.archive.keep),
            f"`{say_duration(logs.keep)}` at least",
        )
    for name, group in logs.groups.items():
        kept = logs.group_keep(name)
        path = f"groups.{name}.keep" if group.keep else f"groups.{name}"
        if kept < logs.keep:
            yield Fault(
                path,
                f"shorter than the plan promises for logs, {say_duration(logs.keep)}",
                say_duration(kept),
                "leave `keep` out",
            )
        elif kept not in LOG_RETENTION.values and (group.keep or logs.keep in offered):
            longer = [each for each in LOG_RETENTION.values if each >= kept]
            near = longer[0] if longer else LOG_RETENTION.values[-1]
            yield Fault(
                path,
                f"a log group does not keep for so long ({LOG_RETENTION.source})",
                say_duration(kept),
                f"`keep: {say_duration(near)}`",
            )


def _levels(logs: Logs) -> Iterator[Fault]:
    if logs.levels is None:
        return
    missing = [level for level in ALWAYS if level not in logs.levels]
    if missing:
        yield Fault(
            "levels",
            f"drops {', '.join(missing)}, which every environment keeps",
            shown(logs.levels),
            f"`[{', '.join(level for level in LEVELS if level in {*ALWAYS, *logs.levels})}]`",
        )


def _scrubbed(logs: Logs) -> Iterator[Fault]:
    for name in logs.scrub_also:
        if name in SCRUBBED:
            yield Fault(f"scrub_also.{name}", "is what `scrub` calls its own", None, "another name")


def clock_faults(logs: Logs, environment: str, timezone: str) -> Iterator[Fault]:
    """What does not go with the environment or its clocks."""
    if "debug" in (logs.levels or ()) and environment not in DEVELOPMENT:
        yield Fault(
            "levels",
            f"DEBUG is for development only, and this is {environment}",
            shown(logs.levels),
            f"`[{', '.join(ALWAYS)}]`",
        )
    try:
        logs.daily_quota.reset(timezone)
    except NotInWords as wrong:
        at = _clock_of(logs.daily_quota.resets_at)
        yield Fault("daily_quota.resets_at", wrong.rule, at, wrong.remedy)
    if logs.review is None:
        return
    if not isinstance(logs.review.every, str):
        yield Fault(
            "review.every",
            "people take part in a review: not several times a day",
            say_every(logs.review.every),
            "write `week`",
        )
    else:
        so = "nobody would be reminded"
        yield from skipped_faults(logs.review, timezone, so, "review.at")


def _clock_of(clock: time) -> str:
    return clock.strftime("%H:%M")


def logs_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """What the chapter says of others and that is not so."""
    logs = plan.logs
    if logs is None:
        return
    for fault in _beside(plan, logs, broken):
        yield replace(fault, path=f"logs.{fault.path}")


def _beside(plan: "Plan", logs: Logs, broken: Collection[str]) -> Iterator[Fault]:
    if not {"environment", "timezone"} & {*broken}:
        yield from clock_faults(logs, plan.environment, plan.timezone)
    if "teams" not in broken:
        for path, team in logs.named_teams():
            yield from unknown_team(plan, path, team)
    if "services" not in broken:
        for name, group in logs.groups.items():
            if group.service is not None and group.service not in plan.services:
                path = f"groups.{name}.service"
                yield unknown(path, group.service, "service", "services", list(plan.services))
    if logs.archive and "estate" not in broken and plan.estate.datadog_role is None:
        yield Fault(
            "archive",
            "Datadog writes to the archive by its role, and `estate.datadog_role` names none",
            None,
            "name it there, or leave the archive out",
        )
    if "standby" not in broken:
        for standby, group_name, kept in _shorter_over_there(plan, logs):
            yield Fault(
                f"groups.{group_name}",
                f"`standby.{standby}.log_groups` keeps it {say_duration(kept)} in the recovery "
                "region, and here logs are kept longer",
                say_duration(logs.group_keep(group_name)),
                f"`{say_duration(logs.group_keep(group_name))}` there",
            )


def _shorter_over_there(plan: "Plan", logs: Logs) -> Iterator[tuple[str, str, timedelta]]:
    standbys: Mapping[str, Any] = plan.standby
    for name, standby in standbys.items():
        for group, kept in standby.log_groups.items():
            if group in logs.groups and kept < logs.group_keep(group):
                yield name, group, kept
