"""Quiet in a maintenance window: whose alerts, up to which severity, and for how long really.

Source: Bynomi's plan, "Regular Maintenance Windows"; clauses BY-3.1 and BY-3.3. Datadog's downtimes
do not quiet CloudWatch and its mute rules do not quiet Datadog: both are declared from here.

Both clouds take a start on the clocks of a time zone and a length that is counted, not read off
the clocks. In a night in which the clocks change, a window and its quiet part company:
:func:`departures` says by how much.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import model_validator

from .clocks import days_of_change, exists
from .exceptions import added, in_months_left_out, left_out, months_after, months_left
from .faults import Fault, NotInWords, nearest
from .findings import Finding
from .runs import HORIZON_END, HORIZON_START
from .schedule import NthWeekday
from .spelling import Spelling
from .words import SEVERITIES, Name, Severity, Words, say_duration

if TYPE_CHECKING:
    from .plan import Plan
    from .windows import Window

# An alert's name: the component's and the part's, such as ``resources-database-orders-cpu``.
AlertName = Annotated[
    str,
    Spelling(
        r"^[a-z0-9][a-z0-9._-]*$",
        "an alert's name, as previews show it: lower-case letters, digits and .-_",
        "resources-database-orders-cpu",
        lambda written: re.sub(r"[^a-z0-9._-]+", "-", written.lower()).strip("-"),
    ),
]

# CloudWatch: a mute rule lasts 1 minute to 15 days and names at most 100 alarms
# [API reference, Schedule and MuteTargets].
ALARMS_PER_MUTE_RULE = 100
# Datadog refuses a downtime that began already; one that begins while the deployment runs would
# be refused half-way.
AHEAD = timedelta(minutes=15)
# A mute rule of a year ends on this day: no nth weekday up to the fourth lies behind it, and
# whatever time zone an end is read in, it lies within the year.
_YEARS_END = "12-30T00:00:00Z"
# A year has 52 or 53 of a weekday.
_MOST_A_YEAR = 53


class Quiets(Words):
    """Whose alerts are quiet while a window is open. What is not named here rings.

    services    of the chapter ``services``: their monitors and uptime checks, and the alarms of
                the servers they run on
    servers     of ``estate.servers``: the alarms of the group and its load balancer
    databases   of ``estate.databases``: the alarms of processor, memory, connections, storage
    alerts      single ones by name: ``resources-database-orders-cpu``
    up_to       the gravest severity that is quiet; default p1, so that a P0 rings in a window, too
    What watches data itself (backups, copies, replicas, writers, proofs) is never quiet.
    """

    services: tuple[Name, ...] = ()
    servers: tuple[Name, ...] = ()
    databases: tuple[Name, ...] = ()
    alerts: tuple[AlertName, ...] = ()
    up_to: Severity = "p1"

    @model_validator(mode="after")
    def _names_something(self) -> "Quiets":
        if not (self.services or self.servers or self.databases or self.alerts):
            raise NotInWords(
                "quiets nothing",
                "name `services`, `servers`, `databases` or `alerts`, or leave it out",
            )
        return self

    @property
    def severities(self) -> tuple[Severity, ...]:
        """The severities that are quiet, the gravest first."""
        return SEVERITIES[SEVERITIES.index(self.up_to) :]


def quiet_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """What a window would quiet, and there is not."""
    known: dict[str, tuple[str, Any]] = {
        "services": ("services", plan.services),
        "servers": ("estate", plan.estate.servers if plan.estate else {}),
        "databases": ("estate", plan.estate.databases if plan.estate else {}),
    }
    for name, window in plan.windows.items():
        if window.quiets is None:
            continue
        for kind, (chapter, things) in known.items():
            if chapter in broken:
                continue
            where = chapter if chapter == kind else f"{chapter}.{kind}"
            for index, thing in enumerate(getattr(window.quiets, kind)):
                if thing not in things:
                    close = nearest(thing, things)
                    names = ", ".join(sorted(things))
                    remedy = f"did you mean `{close}`?" if close else f"known: {names}"
                    yield Fault(
                        f"windows.{name}.quiets.{kind}.{index}",
                        f"no such name in `{where}`",
                        thing,
                        remedy if close or things else f"`{where}` names none",
                    )


# ---- how the clouds are told --------------------------------------------------------------------


def rrule(window: "Window", today: date) -> str:
    """When it opens, as Datadog takes it: no start and no length in it [Datadog].

    A rule knows no exceptions. Of a monthly window the months are told that stay; of a weekly one
    the days, as the nth of their year: ``BYDAY=1WE,2WE,...`` [RFC 5545, 3.3.10]. So a downtime that
    is under way stays the same one, with its start. What opens in addition is a downtime by itself.
    """
    without = left_out(window, today)
    if isinstance(window.on, NthWeekday):
        nth, weekday = window.on.nth, window.on.weekday
        months = f";BYMONTH={_listed(months_left(window, today))}" if without else ""
        return f"FREQ=MONTHLY;INTERVAL=1;BYDAY={nth}{rrule_day(weekday)}{months}"
    if not without:
        return weekly_rrule([str(window.on)])
    gone = {(day.timetuple().tm_yday - 1) // 7 + 1 for day in without}
    day = rrule_day(str(window.on))
    stay = ",".join(f"{nth}{day}" for nth in range(1, _MOST_A_YEAR + 1) if nth not in gone)
    return f"FREQ=YEARLY;INTERVAL=1;BYDAY={stay}"


def weekly_rrule(days: Iterable[str]) -> str:
    """The same of some weekdays: ``FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU``."""
    return f"FREQ=WEEKLY;INTERVAL=1;BYDAY={','.join(map(rrule_day, days))}"


def rrule_day(weekday: str) -> str:
    """``MO`` for Monday [RFC 5545, 3.3.10]."""
    return weekday[:2].upper()


def datadog_duration(length: timedelta) -> str:
    """``2h`` or ``90m``: a whole number and one of m, h, d, w [Datadog]."""
    minutes = length // timedelta(minutes=1)
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"


def iso_duration(length: timedelta) -> str:
    """``PT2H`` or ``PT1H30M``, as CloudWatch takes it [API reference, Schedule]."""
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")


class Opening(Protocol):
    """Something that opens at a clock time on some days: a window, hours of the week."""

    @property
    def from_(self) -> time:
        """When, on the clocks."""

    def opens_on(self, day: date) -> bool:
        """Whether it opens on a day."""


def next_opening(window: Opening, timezone: str, now: datetime) -> str:
    """The next time it opens, at least 15 minutes ahead, by its own clocks and without an offset:
    ``2026-11-25T03:00:00``. A time that the clocks skip is passed over. ``now`` is aware."""
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date()
    while True:
        if window.opens_on(day):
            opens = datetime.combine(day, window.from_, zone)
            if exists(opens) and opens.astimezone(UTC) >= now.astimezone(UTC) + AHEAD:
                return opens.strftime("%Y-%m-%dT%H:%M:%S")
        day += timedelta(days=1)


def opens_by_name(window: "Window") -> str:
    """When it opens, for a name: ``wednesday-0300``. Datadog cannot move a start that is under way,
    so that a window which opens at another time is another downtime."""
    on = window.on
    day = f"{on.nth}-{on.weekday}" if isinstance(on, NthWeekday) else str(on)
    return f"{day.lower()}-{window.from_:%H%M}"


@dataclass(frozen=True)
class MuteSchedule:
    """When a mute rule of CloudWatch mutes.

    part         distinguishes the rules of one window: empty, ``2027-6`` (all openings of 2027 on
                 the 6th of a month), ``in-2026-12`` (those that stay of a month in which one is
                 left out) or ``on-2027-03-14`` (one that is moved there)
    expression   ``cron(minute hour day month weekday)``
    starts, expires   in UTC; empty where it always holds
    """

    part: str
    expression: str
    starts: str = ""
    expires: str = ""


def mute_schedules(window: "Window", today: date) -> tuple[MuteSchedule, ...]:
    """A window as CloudWatch can be told of it.

    Its expressions are standard cron: no nth weekday, and of day and weekday either one is enough.
    ``cron(0 1 1-7 * SUN)`` would mute every Sunday and the first week. So the nth weekday is told
    by date: one rule for each day of the month, with the months it falls on, for this year and the
    next. They change with the year and not before. Deploy once a year, or that window rings.
    """
    return (*_recurring(window, today), *_single(window, today))


def _single(window: "Window", today: date) -> Iterator[MuteSchedule]:
    """The openings that were moved to a day. Each ends in the month after, so that it is never
    told too late and does not come back."""
    clock = f"{window.from_.minute} {window.from_.hour}"
    for day in added(window, today):
        expression = f"cron({clock} {day.day} {day.month} *)"
        yield MuteSchedule(f"on-{day}", expression, expires=_in_the_month_after(day))


def _recurring(window: "Window", today: date) -> tuple[MuteSchedule, ...]:
    clock = f"{window.from_.minute} {window.from_.hour}"
    if not isinstance(window.on, NthWeekday):
        weekday = str(window.on)[:3].upper()
        partly = in_months_left_out(window, today)
        months = _listed(months_left(window, today)) if partly else "*"
        return (
            MuteSchedule("", f"cron({clock} * {months} {weekday})"),
            *(
                MuteSchedule(
                    f"in-{year}-{month:02}",
                    f"cron({clock} {_listed(days)} {month} *)",
                    expires=_in_the_month_after(date(year, month, 1)),
                )
                for (year, month), days in partly.items()
                if days
            ),
        )
    # What ends on 30 December cannot be declared on that day any more.
    year = (today + timedelta(days=2)).year
    return tuple(
        MuteSchedule(
            f"{each}-{day}",
            f"cron({clock} {day} {','.join(map(str, months))} *)",
            # Without a start it holds at once: this year's needs none.
            f"{each - 1}-{_YEARS_END}" if each > year else "",
            f"{each}-{_YEARS_END}",
        )
        for each in (year, year + 1)
        for day, months in sorted(_months_by_day(window, each).items())
    )


def _in_the_month_after(day: date) -> str:
    """A moment that lies behind what opens on a day, in any time zone and for as long as it may
    last, and ahead for as long as it is told."""
    return f"{months_after(day.replace(day=1), 1).replace(day=15)}T00:00:00Z"


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _months_by_day(window: "Window", year: int) -> dict[int, list[int]]:
    """Day of the month -> the months of a year in which the window opens on it."""
    found: dict[int, list[int]] = {}
    for day in window.kept().openings(date(year, 1, 1), date(year + 1, 1, 1)):
        found.setdefault(day.day, []).append(day.month)
    return found


# ---- what happens when the clocks change --------------------------------------------------------

Departure = Literal["rings-too-soon", "quiet-too-long", "not-quiet"]


@dataclass(frozen=True)
class Parted:
    """One window that its quiet does not cover exactly.

    kind     ``rings-too-soon``: the quiet ends before the window does. ``quiet-too-long``: after
             it. ``not-quiet``: the time it opens at does not exist on that day
    day      of the opening
    by       how much
    """

    kind: Departure
    day: date
    by: timedelta


def quiet_stretch(window: "Window", day: date, timezone: str) -> tuple[datetime, datetime] | None:
    """From when until when (UTC) both clouds are quiet, of the opening of a day; None where the
    clocks skip its time, of which neither says what it does.

    A time that comes twice is taken the first time, as both do by their documented schedulers
    [EventBridge Scheduler; iCalendar, RFC 5545 3.3.5]; of mute rules and downtimes themselves it is
    assumed.
    """
    opens = datetime.combine(day, window.from_, ZoneInfo(timezone))
    if not exists(opens):
        return None
    start = opens.astimezone(UTC)
    return start, start + window.length


def departures(
    window: "Window", timezone: str, start: date = HORIZON_START, end: date = HORIZON_END
) -> tuple[Parted, ...]:
    """Every opening from ``start`` to before ``end`` that is not covered exactly."""
    return tuple(
        parted
        for day in days_of_change(start, end, timezone)
        # The day itself, and the one before it of a window past midnight.
        for opening in (day - timedelta(days=1), day)
        if window.opens_on(opening)
        for parted in _parted(window, opening, timezone)
    )


def _parted(window: "Window", day: date, timezone: str) -> Iterator[Parted]:
    quiet = quiet_stretch(window, day, timezone)
    opens, closes = window.stretch(day, timezone)
    if quiet is None:
        yield Parted("not-quiet", day, max(closes - opens, timedelta(0)))
        return
    difference = quiet[1] - closes
    if difference > timedelta(0):
        yield Parted("quiet-too-long", day, difference)
    elif difference < timedelta(0):
        yield Parted("rings-too-soon", day, -difference)


_CODES: dict[Departure, tuple[str, str]] = {
    "rings-too-soon": (
        "quiet-ends-before-window",
        "alerts ring {by} before it closes",
    ),
    "quiet-too-long": (
        "quiet-outlasts-window",
        "alerts stay quiet for {by} after it has closed",
    ),
    "not-quiet": (
        "quiet-skipped-on-clock-change",
        "the time it opens at does not exist, and neither cloud says whether it is quiet then",
    ),
}


def quiet_findings(plan: "Plan") -> list[Finding]:
    """Where a window and its quiet part company, once for each window and kind."""
    found = []
    for name, window in plan.windows.items():
        if window.quiets is None:
            continue
        seen = departures(window, plan.timezone)
        for kind, (code, says) in _CODES.items():
            days = [parted for parted in seen if parted.kind == kind]
            if not days:
                continue
            first = days[0]
            length = say_duration(window.length)
            found.append(
                Finding(
                    code,
                    f"windows.{name}.quiets",
                    f"when the clocks change, first on {first.day}, "
                    f"{says.format(by=say_duration(first.by))}: both clouds count {length} from "
                    "its start",
                    "let it open and close on one side of the change",
                )
            )
    return found
