"""Maintenance windows as Systems Manager opens them, and what becomes of them beside the rest.

Systems Manager takes a cron expression on the clocks of a time zone, and counts how long a window
is open in whole hours from its start. Quiet (:mod:`.quiet`), corrections (:mod:`.corrections`) and
the calendar are of the same openings.
Source: Bynomi's plan, "Regular Maintenance Windows"; clauses BY-3.1 and BY-3.3.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .clocks import exists
from .exceptions import added, in_months_left_out, months_left
from .faults import Fault
from .findings import Finding
from .occasion import Occasion
from .quiet import Departure, departures
from .schedule import WEEKDAYS, NthWeekday
from .windows import Window, outwards
from .words import tell_duration

if TYPE_CHECKING:
    from .plan import Plan

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
WHOLE_HOURS_SOURCE = "Systems Manager, CreateMaintenanceWindow: 1 to 24 whole hours"
# From here on two windows are held against each other: four years meet every weekday of a month
# and a leap day; what was cancelled or moved may lie a year before.
_LOOKED_AT = (date(2026, 1, 1), date(2031, 1, 1))
_YEAR = timedelta(days=366)
# What is cancelled or moved is of no use to anybody a year later.
KEPT_FOR = _YEAR


# ---- how Systems Manager is told ----------------------------------------------------------------


@dataclass(frozen=True)
class WindowPart:
    """One window of Systems Manager; a window of the plan is one, or several that share its days.

    part         empty of the one that comes back; ``in-2026-12`` of what stays of a month in which
                 an opening is left out; ``on-2027-03-14`` of an opening that is moved there
    expression   ``cron(minute hour day month weekday year)``, on the clocks of the plan
    """

    part: str
    expression: str


def window_parts(window: Window, today: date) -> tuple[WindowPart, ...]:
    """A window as Systems Manager can be told of it, the one that comes back first.

    A cron expression knows no exceptions: a month in which a weekly window leaves an opening out is
    told by its dates, as a window of its own; one in which a monthly window does is not told at
    all. What is told changes with the month and not before (:mod:`.exceptions`).
    """
    clock = f"{window.from_.minute} {window.from_.hour}"
    partly = in_months_left_out(window, today)
    months = ",".join(map(str, months_left(window, today))) if partly else "*"
    on = window.on
    weekday = f"{_short(on.weekday)}#{on.nth}" if isinstance(on, NthWeekday) else _short(str(on))
    return (
        WindowPart("", f"cron({clock} ? {months} {weekday} *)"),
        *(
            WindowPart(
                f"in-{year}-{month:02}",
                f"cron({clock} {','.join(map(str, days))} {month} ? {year})",
            )
            for (year, month), days in partly.items()
            if days
        ),
        *(
            WindowPart(f"on-{day}", f"cron({clock} {day.day} {day.month} ? {day.year})")
            for day in added(window, today)
        ),
    )


def _short(weekday: str) -> str:
    """``WED``: by name, since schedulers disagree on what 1 is."""
    return weekday[:3].upper()


def hours_open(window: Window) -> int:
    """How many hours Systems Manager keeps it open."""
    return window.length // _HOUR


def cutoff_hours(window: Window) -> int:
    """How many hours before it closes nothing new is begun."""
    if window.cutoff is not None:
        return window.cutoff // _HOUR
    return 1 if window.length > _HOUR else 0


# ---- what cannot stand ---------------------------------------------------------------------------


def length_fault(window: Window, at: str) -> Iterator[Fault]:
    """A window that Systems Manager cannot count: hours that are not whole."""
    rest = window.length % _HOUR
    if not rest:
        return
    whole = max(window.length - rest if rest < _HOUR / 2 else window.length - rest + _HOUR, _HOUR)
    closes = (datetime.combine(date.min, window.from_) + min(whole, 23 * _HOUR)).time()
    yield Fault(
        at,
        f"open for {tell_duration(window.length)}, and its hours are counted whole "
        f"({WHOLE_HOURS_SOURCE})",
        f"{window.to:%H:%M}",
        f'nearest: `"{closes:%H:%M}"`',
    )


def window_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Windows that Systems Manager cannot keep, and openings moved to a time that is not there."""
    for name, window in plan.windows.items():
        yield from length_fault(window, f"windows.{name}.to")
        if "timezone" in broken:
            continue
        zone = ZoneInfo(plan.timezone)
        for index, moved in enumerate(window.moved):
            if not exists(datetime.combine(moved.to, window.from_, zone)):
                yield Fault(
                    f"windows.{name}.moved.{index}.to",
                    f"{window.from_:%H:%M} does not exist on that day in {plan.timezone}",
                    moved.to.isoformat(),
                    f'nearest: `"{_free_after(window, moved.to)}"`',
                )


def _free_after(window: Window, day: date) -> date:
    later = day + _DAY
    while window.opens_on(later) or window.would_open_on(later):
        later += _DAY
    return later


# ---- findings -----------------------------------------------------------------------------------


def window_findings(plan: "Plan", today: date | None = None) -> list[Finding]:
    """Windows that overlap or never open, that the clocks part from what Systems Manager counts,
    and exceptions that are long over."""
    return [
        *_overlaps(plan),
        *_moved_onto(plan),
        *_never(plan, today or date.today()),
        *_counted(plan),
        *_over(plan, today or date.today()),
    ]


def _overlaps(plan: "Plan") -> Iterator[Finding]:
    stretches = {
        name: [
            (*window.stretch(day, plan.timezone), day)
            for day in window.kept().openings(*_LOOKED_AT)
        ]
        for name, window in plan.windows.items()
    }
    for one, other in combinations(plan.windows, 2):
        both = _first_overlap(stretches[one], stretches[other])
        if both is None:
            continue
        starts, ends = both
        first, second = plan.windows[one], plan.windows[other]
        yield Finding(
            "windows-overlap",
            f"windows.{other}",
            f"on {starts.astimezone(ZoneInfo(plan.timezone)):%Y-%m-%d} `{second.says()}` and "
            f"`windows.{one}` (`{first.says()}`) are open together for "
            f"{tell_duration(ends - starts)}: which of the two is announced, and whose tasks run?",
            _apart(first, second),
        )


def _moved_onto(plan: "Plan") -> Iterator[Finding]:
    """Openings that are moved to a time at which another window is open."""
    for name, window in plan.windows.items():
        others = {other: each for other, each in plan.windows.items() if other != name}
        for index, moved in enumerate(window.moved):
            met = _met(window, moved.to, others, plan.timezone)
            if met is None:
                continue
            free = (
                day
                for day in outwards(moved.to)
                if not (window.opens_on(day) or window.would_open_on(day))
                and _met(window, day, others, plan.timezone) is None
            )
            near = next(free, None)
            yield Finding(
                "windows-overlap",
                f"windows.{name}.moved.{index}.to",
                f"on {moved.to} the opening of {moved.on} would meet `windows.{met}` "
                f"(`{others[met].says()}`): which of the two is announced, and whose tasks run?",
                f'nearest: `"{near}"`' if near else "cancel it instead",
            )


def _met(window: Window, day: date, others: Mapping[str, Window], timezone: str) -> str | None:
    """The window that is open while another one would be, on a day."""
    opens, closes = window.stretch(day, timezone)
    for name, other in others.items():
        for near in other.openings(day - _DAY, day + 2 * _DAY):
            starts, ends = other.stretch(near, timezone)
            if starts < closes and opens < ends:
                return name
    return None


def _never(plan: "Plan", today: date) -> Iterator[Finding]:
    for name, window in plan.windows.items():
        if next(window.openings(today, today + _YEAR), None) is None:
            yield Finding(
                "window-never-opens",
                f"windows.{name}.cancelled",
                f"none of its openings until {today + _YEAR} takes place: what is done in it is "
                "not done for a year",
                "leave the window out, or cancel fewer of them",
            )


def _apart(first: Window, second: Window) -> str:
    """What would do: the nearest opening that is clear of the other window, of the same length."""
    if not first.past_midnight and first.from_ < second.to and second.from_ < first.to:
        closes = datetime.combine(date.min, first.to) + second.length
        if closes.date() == date.min:
            return f'nearest: `from: "{first.to:%H:%M}"`, `to: "{closes:%H:%M}"`'
    on = second.on.weekday if isinstance(second.on, NthWeekday) else str(second.on)
    later = WEEKDAYS[(WEEKDAYS.index(on) + 1) % 7]
    nth = f"{str(second.on).split()[0]} " if isinstance(second.on, NthWeekday) else ""
    return f"let one open on another day, such as `on: {nth}{later}`, or move that opening"


_Stretch = tuple[datetime, datetime, date]


def _first_overlap(
    ones: list[_Stretch], others: list[_Stretch]
) -> tuple[datetime, datetime] | None:
    """When the first of one that overlaps one of the other does, and until when; both sorted."""
    index = 0
    for starts, ends, _ in others:
        while index < len(ones) and ones[index][1] <= starts:
            index += 1
        if index < len(ones) and ones[index][0] < ends and starts < ends:
            return max(starts, ones[index][0]), min(ends, ones[index][1])
    return None


_CODES: dict[Departure, tuple[str, str]] = {
    "rings-too-soon": (
        "window-longer-than-counted",
        "the window lasts {longer}, and Systems Manager counts {counted} from its start: no "
        "task begins within {by} of its end",
    ),
    "quiet-too-long": (
        "window-shorter-than-counted",
        "the window lasts {shorter}, and Systems Manager counts {counted} from its start: what it "
        "began may go on for {by} after the window has closed",
    ),
    "not-quiet": (
        "window-skipped-on-clock-change",
        "the time it opens at does not exist, and nobody says whether Systems Manager opens it",
    ),
}


def _counted(plan: "Plan") -> Iterator[Finding]:
    for name, window in plan.windows.items():
        seen = departures(window, plan.timezone)
        for kind, (code, says) in _CODES.items():
            days = [parted for parted in seen if parted.kind == kind]
            if not days:
                continue
            first = days[0]
            said = says.format(
                by=tell_duration(first.by),
                counted=tell_duration(window.length),
                longer=tell_duration(window.length + first.by),
                shorter=tell_duration(max(window.length - first.by, timedelta(0))),
            )
            yield Finding(
                code,
                f"windows.{name}",
                f"when the clocks change, first on {first.day}, {said}",
                "let it open and close on one side of the change",
            )


def _over(plan: "Plan", today: date) -> Iterator[Finding]:
    for name, window in plan.windows.items():
        for kind in ("cancelled", "moved"):
            for index, each in enumerate(getattr(window, kind)):
                last = max(each.on, getattr(each, "to", each.on))
                if last < today - KEPT_FOR:
                    yield Finding(
                        "window-exception-over",
                        f"windows.{name}.{kind}.{index}",
                        f"the opening of {each.on} was {kind} more than a year ago",
                        "leave the entry out",
                    )


# ---- the calendar -------------------------------------------------------------------------------


def window_says(name: str, window: Window) -> str:
    """A window for people: ``Weekly maintenance window: minor updates``."""
    title = f"{name.replace('-', ' ').capitalize()} maintenance window"
    scope = window.scope
    return f"{title}: {scope[:1].lower()}{scope[1:]}" if scope else title


def window_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """Every opening of a window whose day lies from ``start`` to before ``end``; one that spring
    skips whole is none."""
    for name, window in plan.windows.items():
        moved = {each.to: each.on for each in window.moved}
        for day in window.openings(start, end):
            opens, closes = window.stretch(day, plan.timezone)
            if opens >= closes:
                continue
            says = window_says(name, window)
            says = f"{says} (moved from {moved[day]})" if day in moved else says
            yield Occasion(
                opens.astimezone(UTC),
                closes.astimezone(UTC),
                "window",
                name,
                f"windows.{name}",
                says,
            )
