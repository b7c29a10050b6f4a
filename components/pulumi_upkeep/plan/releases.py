"""Releases: which go out when, what is frozen before them, and when anything may be deployed.

Source: Bynomi's plan, "Feature Releases" and "Release Process"; clauses BY-4.1 to BY-4.3. A release
goes out in the first opening of its window in its month or quarter that nobody cancelled and no
freeze of the company's covers. A month that brings a major release brings no minor one: what is
ready goes out with the major. All days are counted on the plan's clocks: a week before 01:00 is
01:00, whatever the clocks did in between.
"""

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from .clocks import shown
from .faults import Fault, NotInWords
from .findings import Finding
from .limits import METRIC_WINDOW
from .measured import Day
from .occasion import Occasion
from .runs import HORIZON_START
from .schedule import QUARTERS
from .teams import unknown, unknown_team
from .words import Duration, Name, Percentage, Severity, Words, say_duration

if TYPE_CHECKING:
    from .plan import Plan
    from .windows import Window

ReleaseKind = Literal["major", "minor"]
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
# What is counted of deployments: one each, sent when it is done. Its age ends the closer watch.
MARKER = "upkeep.deployments"
# The longest that a job of GitHub's own runners lasts is 6 hours [GitHub, usage limits].
LONGEST_JOB = 6 * _HOUR
# As long as the longest quarter: one that is longer keeps a whole quarter's releases back.
LONGEST_FREEZE = 92 * _DAY
# Four years have every length of a month, and a February of 29 days.
_YEARS = 4


def _in_whole(unit: timedelta, name: str, why: str) -> AfterValidator:
    def check(length: timedelta) -> timedelta:
        if length % unit:
            near = -(-length // unit) * unit
            raise NotInWords(f"{why}, so in whole {name}", f"nearest: `{say_duration(near)}`")
        return length

    return AfterValidator(check)


Days = Annotated[Duration, _in_whole(_DAY, "days", "counted on the calendar")]


def _one_owner(written: Any) -> Any:
    if isinstance(written, (list, tuple)) and len(written) != 1:
        count = "two owners" if len(written) == 2 else f"{len(written) or 'no'} owners"
        raise NotInWords(f"{count}: one answers for it", "name one team")
    return written[0] if isinstance(written, (list, tuple)) else written


# A team that answers for something, and it alone.
Owner = Annotated[Name, BeforeValidator(_one_owner)]


class PlannedRelease(Words):
    """Releases that come back.

    every      ``month`` or ``quarter`` (that begins in January, April, July, October)
    in         the window of ``windows`` in whose first opening of the month or quarter it goes out
    planning   how long before it is planned; whole days
    freeze     how long before it nothing but hotfixes is deployed; whole days
    notice     how long before users are told; whole days
    """

    every: Literal["month", "quarter"]
    in_: Name = Field(alias="in")
    planning: Days
    freeze: Days
    notice: Days

    @model_validator(mode="after")
    def _in_order(self) -> "PlannedRelease":
        for name in ("freeze", "notice"):
            length = getattr(self, name)
            if length > self.planning:
                raise NotInWords(
                    f"`{name}: {say_duration(length)}` begins before the planning, which is "
                    f"{say_duration(self.planning)} before the release",
                    f"nearest: `planning: {say_duration(length)}`",
                )
        return self


class OneFreeze(Words):
    """Days on which nothing but hotfixes is deployed.

    from, to   first and last day; at most 92 days
    because    the reason
    """

    from_: Day = Field(alias="from")
    to: Day | None = None
    because: Annotated[str, StringConstraints(min_length=1)]

    @model_validator(mode="after")
    def _ends(self) -> "OneFreeze":
        if self.to is None:
            raise NotInWords(
                "a freeze without end: nothing could be released any more",
                "add `to:`, its last day",
            )
        if self.to < self.from_:
            raise NotInWords(
                f"ends on {self.to}, before it begins on {self.from_}", "exchange `from` and `to`"
            )
        lasts = self.to - self.from_ + _DAY
        if lasts > LONGEST_FREEZE:
            raise NotInWords(
                f"a freeze of {say_duration(lasts)}, until {self.to}: longer than any quarter, so "
                "that no release of one could go out",
                f'nearest: `to: "{self.from_ + LONGEST_FREEZE - _DAY}"`',
            )
        return self

    @property
    def last(self) -> date:
        """Its last day."""
        assert self.to is not None
        return self.to

    def covers(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.from_ <= day <= self.last


class CloserWatch(Words):
    """What is watched more closely after a deployment, and for how long.

    lasting    whole hours, 1 hour to 7 days; default 24 hours
    at         per cent of the services' own limits (response time, error rate) from which it rings
               meanwhile; default 50 %
    severity   who hears of it; default p2
    """

    lasting: Annotated[
        Duration,
        _in_whole(_HOUR, "hours", "Datadog looks back by the hour"),
        METRIC_WINDOW.validator,
    ] = timedelta(days=1)
    at: Percentage = Field(default="50 %", validate_default=True)
    severity: Severity = "p2"

    @model_validator(mode="after")
    def _closer(self) -> "CloserWatch":
        if self.at >= 100:
            raise NotInWords(
                f"{self.at:g} % of a limit is no closer than the limit", "nearest: `at: 99 %`"
            )
        return self


class Releases(Words):
    """When what is released.

    owner       the team that answers for releases
    deploy_in   windows of ``windows`` in which is deployed; hotfixes need none
    takes       how long a deployment takes at most: so long before a window closes it is the last
                time to begin one; at most 6 hours, default 30 minutes
    major       default: none
    minor       default: none
    freezes     days on which nothing but hotfixes is deployed; default: none
    watch       what is watched more closely after each deployment; default: nothing
    """

    owner: Owner
    deploy_in: Annotated[tuple[Name, ...], Field(min_length=1)]
    takes: Duration = timedelta(minutes=30)
    major: PlannedRelease | None = None
    minor: PlannedRelease | None = None
    freezes: tuple[OneFreeze, ...] = ()
    watch: CloserWatch | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Releases":
        if self.takes > LONGEST_JOB:
            raise NotInWords(
                f"`takes: {say_duration(self.takes)}` is longer than a job may last "
                "[GitHub, usage limits]",
                f"nearest: `takes: {say_duration(LONGEST_JOB)}`",
            )
        return self

    def planned(self) -> Iterator[tuple[ReleaseKind, PlannedRelease]]:
        """The releases that come back, the major ones first."""
        if self.major:
            yield "major", self.major
        if self.minor:
            yield "minor", self.minor


# ---- the calendar --------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Release:
    """One release: when its window opens and closes (UTC), on which day of the plan's clocks."""

    opens: datetime
    closes: datetime
    kind: ReleaseKind
    window: str
    day: date


@dataclass(frozen=True, order=True)
class Frozen:
    """A time (UTC) in which nothing but hotfixes is deployed.

    path, says   of the plan entry, and in a few words
    """

    starts: datetime
    ends: datetime
    path: str
    says: str


def _periods(every: str, start: date, end: date) -> Iterator[tuple[date, date]]:
    """The months or quarters that touch the days from ``start`` to before ``end``."""
    months = 1 if every == "month" else 3
    first = start.replace(day=1)
    if months == 3:
        first = first.replace(month=max(month for month in QUARTERS if month <= first.month))
    while first < end:
        after = _months_on(first, months)
        yield first, after
        first = after


def _months_on(first: date, months: int) -> date:
    whole = first.year * 12 + first.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


def _goes_out(
    plan: "Plan", kind: ReleaseKind, period: tuple[date, date], heed: bool = True
) -> Release | None:
    """The release of a period; ``heed`` the freezes of the company's."""
    releases, planned = _planned(plan, kind)
    window = plan.windows[planned.in_]
    for day in window.openings(*period):
        opens, closes = window.stretch(day, plan.timezone)
        # Spring may leave too little of it, or nothing.
        if closes - opens < releases.takes:
            continue
        if heed and any(_within(freeze, opens, plan.timezone) for freeze in releases.freezes):
            continue
        return Release(opens, closes, kind, planned.in_, day)
    return None


def _planned(plan: "Plan", kind: ReleaseKind) -> tuple[Releases, PlannedRelease]:
    """What the plan says of releases, and of those of a kind, which it has."""
    releases = plan.releases
    assert releases is not None
    return releases, dict(releases.planned())[kind]


def _within(freeze: OneFreeze, moment: datetime, timezone: str) -> bool:
    return freeze.covers(moment.astimezone(ZoneInfo(timezone)).date())


def releases_between(plan: "Plan", start: date, end: date) -> tuple[Release, ...]:
    """The releases of the days from ``start`` to before ``end``, sorted."""
    releases = plan.releases
    if releases is None:
        return ()
    found: list[Release] = []
    # A minor one asks for the majors of its month.
    months = (start.replace(day=1), _months_on(end, 1))
    majors = {}
    if releases.major:
        for period in _periods(releases.major.every, *months):
            if release := _goes_out(plan, "major", period):
                majors[release.day.year, release.day.month] = release
    found += majors.values()
    if releases.minor:
        for period in _periods(releases.minor.every, *months):
            release = _goes_out(plan, "minor", period)
            if release and (release.day.year, release.day.month) not in majors:
                found.append(release)
    return tuple(sorted(each for each in found if start <= each.day < end))


def before(release: Release, days: timedelta, timezone: str) -> datetime:
    """When on the plan's clocks it is so many days before a release opens (UTC)."""
    opens = release.opens.astimezone(ZoneInfo(timezone))
    wanted = datetime.combine(opens.date() - days, opens.time(), ZoneInfo(timezone))
    return shown(wanted)


def midnight(day: date, timezone: str) -> datetime:
    """When a day begins (UTC)."""
    return shown(datetime.combine(day, time(), ZoneInfo(timezone)))


def frozen_between(plan: "Plan", start: date, end: date) -> tuple[Frozen, ...]:
    """The freezes that touch the days from ``start`` to before ``end``, sorted."""
    releases = plan.releases
    if releases is None:
        return ()
    found = []
    longest = max((each.freeze for _, each in releases.planned()), default=_DAY)
    for release in releases_between(plan, start, end + longest + _DAY):
        _, planned = _planned(plan, release.kind)
        found.append(
            Frozen(
                before(release, planned.freeze, plan.timezone),
                release.opens,
                f"releases.{release.kind}.freeze",
                f"code freeze for the {release.kind} release of {release.day}",
            )
        )
    for index, freeze in enumerate(releases.freezes):
        found.append(
            Frozen(
                midnight(freeze.from_, plan.timezone),
                midnight(freeze.last + _DAY, plan.timezone),
                f"releases.freezes.{index}",
                f"freeze until {freeze.last}: {freeze.because}",
            )
        )
    first, last = midnight(start, plan.timezone), midnight(end, plan.timezone)
    return tuple(sorted(each for each in found if each.starts < last and first < each.ends))


def releases_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """Releases, the freezes before them, when each is planned and when users are told of it; of
    what touches the days from ``start`` to before ``end``."""
    releases = plan.releases
    if releases is None:
        return
    first, last = midnight(start, plan.timezone), midnight(end, plan.timezone)
    furthest = max((each.planning for _, each in releases.planned()), default=_DAY)
    for release in releases_between(plan, start - _DAY, end + furthest + _DAY):
        _, planned = _planned(plan, release.kind)
        path = f"releases.{release.kind}"
        what = f"the {release.kind} release of {release.day}"
        told = before(release, planned.notice, plan.timezone)
        plans = before(release, planned.planning, plan.timezone)
        for starts, ends, kind, at, says in (
            (release.opens, release.closes, "release", path, what),
            (told, told, "notice", f"{path}.notice", f"users are told of {what}"),
            (plans, plans, "planning", f"{path}.planning", f"planning of {what} begins"),
        ):
            if starts < last and (first < ends or first <= starts):
                yield Occasion(starts, ends, kind, release.kind, at, says, releases.owner)
    for frozen in frozen_between(plan, start, end):
        name = frozen.path.removeprefix("releases.").removesuffix(".freeze")
        yield Occasion(
            frozen.starts, frozen.ends, "freeze", name, frozen.path, frozen.says, releases.owner
        )


# ---- what cannot stand ---------------------------------------------------------------------------


def release_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Windows and teams that there are not, and freezes that leave no time to release."""
    releases = plan.releases
    if releases is None:
        return
    if "teams" not in broken:
        yield from unknown_team(plan, "releases.owner", releases.owner)
    for one, freeze in enumerate(releases.freezes):
        for other, earlier in enumerate(releases.freezes[:one]):
            if freeze.from_ <= earlier.last and earlier.from_ <= freeze.last:
                yield Fault(
                    f"releases.freezes.{one}",
                    f"overlaps `freezes.{other}`: one of them would end the other",
                    f"{freeze.from_} to {freeze.last}",
                    f"one entry from {min(freeze.from_, earlier.from_)} to "
                    f"{max(freeze.last, earlier.last)}",
                )
    if {"windows", "timezone"} & {*broken}:
        return
    named = [(f"deploy_in.{index}", name) for index, name in enumerate(releases.deploy_in)]
    named += [(f"{kind}.in", planned.in_) for kind, planned in releases.planned()]
    missing = False
    for path, name in named:
        if name not in plan.windows:
            missing = True
            yield unknown(f"releases.{path}", name, "window", "windows", list(plan.windows))
    if missing:
        return
    for path, name in named:
        window = plan.windows[name]
        if path.startswith("deploy_in") and window.length < releases.takes:
            yield Fault(
                f"releases.{path}",
                f"lasts {say_duration(window.length)}, and a deployment takes "
                f"{say_duration(releases.takes)}",
                name,
                f"nearest: `takes: {say_duration(window.length)}`",
            )
        if not path.startswith("deploy_in") and name not in releases.deploy_in:
            yield Fault(
                f"releases.{path}",
                "not a window that is deployed in",
                name,
                f"add it to `deploy_in`, or name one of {', '.join(releases.deploy_in)}",
            )
    for kind, planned in releases.planned():
        shortest = _shortest(plan, kind)
        if shortest is not None and planned.freeze >= shortest:
            yield Fault(
                f"releases.{kind}.freeze",
                f"as long as the time between two releases, {say_duration(shortest)} at least: "
                "nothing could ever be deployed",
                say_duration(planned.freeze),
                f"nearest: `{say_duration(shortest - _DAY)}`",
            )
    yield from _watch_faults(plan, broken)


def _shortest(plan: "Plan", kind: ReleaseKind) -> timedelta | None:
    """The shortest time between two releases of a kind by the calendar alone, in whole days."""
    _, planned = _planned(plan, kind)
    window = _by_the_rule(plan.windows[planned.in_])
    years = HORIZON_START, HORIZON_START.replace(year=HORIZON_START.year + _YEARS)
    days = [day for period in _periods(planned.every, *years) for day in _first(window, period)]
    return min((later - earlier for earlier, later in itertools.pairwise(days)), default=None)


def _first(window: "Window", period: tuple[date, date]) -> list[date]:
    return list(itertools.islice(window.openings(*period), 1))


def _by_the_rule(window: "Window") -> "Window":
    """A window without what is said of single days: one that was moved makes no rule."""
    return window.model_copy(update={"cancelled": (), "moved": ()})


def _watch_faults(plan: "Plan", broken: Collection[str]) -> Iterator[Fault]:
    releases = plan.releases
    if releases is None or releases.watch is None:
        return
    watch = releases.watch
    if not plan.services and "services" not in broken:
        yield Fault(
            "releases.watch", "`services` names none that could be watched", None, "leave it out"
        )
    shortest = _between_windows(plan, releases)
    if shortest is not None and watch.lasting >= shortest:
        whole = max(_HOUR, (shortest - _HOUR) // _HOUR * _HOUR)
        yield Fault(
            "releases.watch.lasting",
            f"longer than the time between two windows, {say_duration(shortest)} at least: one "
            "watch would not be over when the next begins",
            say_duration(watch.lasting),
            f"nearest: `{say_duration(whole)}`",
        )


def _between_windows(plan: "Plan", releases: Releases) -> timedelta | None:
    """The shortest time from one opening of any window that is deployed in to the next. Of two that
    are open together more is wrong, and is said of them."""
    years = HORIZON_START, HORIZON_START.replace(year=HORIZON_START.year + _YEARS)
    windows = [_by_the_rule(plan.windows[name]) for name in releases.deploy_in]
    openings = sorted(
        {
            (opens, opens + each.length)
            for each in windows
            for day in each.openings(*years)
            for opens in [datetime.combine(day, each.from_)]
        }
    )
    return min(
        (
            later - earlier
            for (earlier, closes), (later, _) in itertools.pairwise(openings)
            if later >= closes
        ),
        default=None,
    )


# ---- what is noted -------------------------------------------------------------------------------


def release_findings(plan: "Plan") -> list[Finding]:
    """Releases that a freeze of the company's moves, or leaves out."""
    releases = plan.releases
    if releases is None or any(each.in_ not in plan.windows for _, each in releases.planned()):
        return []
    found = []
    for index, freeze in enumerate(releases.freezes):
        for kind, planned in releases.planned():
            for period in _periods(planned.every, freeze.from_, freeze.last + _DAY):
                meant = _goes_out(plan, kind, period, heed=False)
                if meant is None or not freeze.covers(meant.day):
                    continue
                instead = _goes_out(plan, kind, period)
                so = (
                    f"it goes out on {instead.day}"
                    if instead
                    else f"there is none that {planned.every}"
                )
                found.append(
                    Finding(
                        "release-held-back",
                        f"releases.freezes.{index}",
                        f"covers the {kind} release of {meant.day}: {so}",
                        "end it earlier, or move the window",
                    )
                )
    return found
