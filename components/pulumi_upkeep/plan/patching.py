"""Patching: security patches of the operating system, inside a window of the plan.

Source: Bynomi's plan, "Operating System: Monthly security patches for production servers"; clauses
BY-1.3 and PD-3.2. Which patches a server gets, and from when after their release, says a baseline;
when they are installed says the window; how many servers at once, and what an error stops, says the
plan. Staging is patched a week before production, so that production gets nothing that did not run
there first.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from .faults import Fault, NotInWords, PlanError
from .limits import Limit
from .maintenance_windows import cutoff_hours
from .occasion import Occasion
from .schedule import NthWeekday
from .teams import unknown
from .windows import Window
from .words import Duration, Name, Severity, Words, parse_duration, say_duration, tell_duration

if TYPE_CHECKING:
    from .plan import Plan

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
# A scan is taken every day; what it finds missing may stay so until the window has come and gone.
GRACE = 2 * DAY

APPROVAL = Limit(
    "the delay of an approval",
    timedelta(0),
    timedelta(days=360),
    "Systems Manager, ApproveAfterDays",
)


@dataclass(frozen=True)
class OperatingSystem:
    """What Patch Manager calls a system and its patches [Systems Manager, PatchFilter].

    code      ``AMAZON_LINUX_2023``
    grade     the key of a patch's severity: ``SEVERITY``, ``PRIORITY``, ``MSRC_SEVERITY``
    dated     whether its patches have a date of release, so that their approval can wait
    section   further filters: security alone
    """

    code: str
    grade: str
    dated: bool
    section: tuple[tuple[str, tuple[str, ...]], ...]


_SECURITY = (("CLASSIFICATION", ("Security",)),)
SYSTEMS = {
    "Amazon Linux 2": OperatingSystem("AMAZON_LINUX_2", "SEVERITY", True, _SECURITY),
    "Amazon Linux 2023": OperatingSystem("AMAZON_LINUX_2023", "SEVERITY", True, _SECURITY),
    # Of these two nobody can say when a package was released [Systems Manager User Guide, "How
    # patch baseline rules work on Debian Server" and "... on Ubuntu Server"].
    "Debian": OperatingSystem("DEBIAN", "PRIORITY", False, ()),
    "Red Hat Enterprise Linux": OperatingSystem(
        "REDHAT_ENTERPRISE_LINUX", "SEVERITY", True, _SECURITY
    ),
    "Rocky Linux": OperatingSystem("ROCKY_LINUX", "SEVERITY", True, _SECURITY),
    "Ubuntu": OperatingSystem("UBUNTU", "PRIORITY", False, ()),
    "Windows": OperatingSystem(
        "WINDOWS",
        "MSRC_SEVERITY",
        True,
        (("CLASSIFICATION", ("CriticalUpdates", "SecurityUpdates")),),
    ),
}
System = Literal[
    "Amazon Linux 2",
    "Amazon Linux 2023",
    "Debian",
    "Red Hat Enterprise Linux",
    "Rocky Linux",
    "Ubuntu",
    "Windows",
]
Grade = Literal["critical", "important", "medium", "low"]
GRADES: tuple[Grade, ...] = ("critical", "important", "medium", "low")
# What the grades are called by systems that have others.
_PRIORITIES = {"critical": "Required", "important": "Important", "medium": "Standard"}
_PRIORITIES |= {"low": "Optional"}
_MSRC = {"critical": "Critical", "important": "Important", "medium": "Moderate", "low": "Low"}


def grades_of(system: System, grades: Collection[Grade]) -> tuple[str, tuple[str, ...]]:
    """The filter that says how grave a patch is, with the vendor's own words."""
    key = SYSTEMS[system].grade
    named = {"SEVERITY": str.capitalize, "PRIORITY": _PRIORITIES.get, "MSRC_SEVERITY": _MSRC.get}
    return key, tuple(str(named[key](grade)) for grade in GRADES if grade in grades)  # type: ignore[operator]


_SHARE = re.compile(r"^(\d+)(?: ?(%))?$")


def parse_share(written: Any) -> str:
    """``1`` or ``25 %``, as Systems Manager takes it: ``1``, ``25%``."""
    match = _SHARE.match(f"{written:g}" if isinstance(written, float) else str(written))
    if match is None or isinstance(written, bool):
        raise NotInWords("neither a number nor a share", "write `1` or `25 %`")
    return match[1] + (match[2] or "")


def say_share(share: str) -> str:
    """A share as it is written."""
    return share.replace("%", " %")


def parse_delay(written: Any) -> timedelta:
    """``7 days``, or ``at once``."""
    return timedelta(0) if written in ("at once", timedelta(0)) else parse_duration(written)


def say_delay(delay: timedelta) -> str:
    """A delay as it is written."""
    return say_duration(delay) if delay else "at once"


Delay = Annotated[
    timedelta,
    BeforeValidator(parse_delay),
    PlainSerializer(say_delay, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^(at once|[0-9]+ days?|[0-9]+ weeks?)$",
            "examples": ["7 days"],
        }
    ),
]
Share = Annotated[
    str,
    BeforeValidator(parse_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^[0-9]+ ?%?$"},
            ],
            "examples": [1, "25 %"],
        }
    ),
]


class Patched(Words):
    """A group of servers that is patched.

    servers         names of the estate; a server group has one entry
    system          what they run; a baseline is for one system
    window          the plan's window that patches are installed in
    severities      of which security patches: ``critical``, ``important``, ``medium``, ``low``;
                    default the first two
    approve_after   how long after its release a patch is approved, in days, at most as long as from
                    one window to the next, or ``at once``; Debian and Ubuntu have no dates, so only
                    that. Default 7 days, or at once
    reboot          ``if needed`` or ``never``: a patch of the kernel works after a restart alone.
                    Default ``if needed``
    at_once         how many servers are patched at once: a number or a share; never all of them.
                    Default 1
    errors          how many servers may fail before no further one is begun; default 0
    takes           how long one server takes, restart included; default 30 minutes
    severity        whose topic hears that servers lack patches; default p2
    late_after      how long a server may lack an approved patch, and how old the last installation
                    may be; default the time between two windows and 2 days
    """

    servers: Annotated[tuple[Name, ...], Field(min_length=1)]
    system: System
    window: Name
    severities: Annotated[tuple[Grade, ...], Field(min_length=1)] = ("critical", "important")
    approve_after: Delay | None = None
    reboot: Literal["if needed", "never"] = "if needed"
    at_once: Share = "1"
    errors: Share = "0"
    takes: Duration = timedelta(minutes=30)
    severity: Severity = "p2"
    late_after: Duration | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> "Patched":
        faults = [*_approval(self), *_shares(self), *_lateness(self)]
        if faults:
            raise PlanError(faults)
        return self

    @property
    def approval(self) -> timedelta:
        """How long after its release a patch is approved."""
        if self.approve_after is not None:
            return self.approve_after
        return WEEK if SYSTEMS[self.system].dated else timedelta(0)

    @property
    def rounds(self) -> int | None:
        """How many rounds a share takes; None where a number is given, whose servers nobody has
        counted yet."""
        if not self.at_once.endswith("%"):
            return None
        return ceil(100 / int(self.at_once[:-1]))

    def late(self, window: Window) -> timedelta:
        """From when on a missing patch is overdue, where this is its window."""
        return self.late_after or longest_between(window) + GRACE


def longest_between(window: Window) -> timedelta:
    """The longest time from one opening of a window to the next."""
    return timedelta(days=35) if isinstance(window.on, NthWeekday) else WEEK


def shortest_between(window: Window) -> timedelta:
    """The shortest."""
    return timedelta(days=28) if isinstance(window.on, NthWeekday) else WEEK


def _approval(entry: Patched) -> Iterator[Fault]:
    given = entry.approve_after
    if not given:
        return
    path, written = "approve_after", say_delay(given)
    if not SYSTEMS[entry.system].dated:
        rule = f"nobody knows when a package of {entry.system} was released [Systems Manager]"
        yield Fault(path, rule, written, "leave it out")
    elif given % DAY:
        near = say_duration(max(DAY, round(given / DAY) * DAY))
        yield Fault(path, "is counted in whole days", written, f"nearest: `{near}`")
    else:
        try:
            APPROVAL.check(given)
        except NotInWords as fault:
            yield Fault(path, fault.rule, written, fault.remedy)


def _shares(entry: Patched) -> Iterator[Fault]:
    if entry.at_once in ("0", "0%"):
        yield Fault("at_once", "patches no server", say_share(entry.at_once), "at least `1`")
    elif entry.at_once.endswith("%") and int(entry.at_once[:-1]) > 50:
        yield Fault(
            "at_once",
            "would take more than half of the servers at once",
            say_share(entry.at_once),
            "at most `50 %`",
        )
    if entry.errors.endswith("%") and int(entry.errors[:-1]) >= 50:
        rule = "would go on although half of the servers failed"
        yield Fault("errors", rule, say_share(entry.errors), "at most `49 %`")


def _lateness(entry: Patched) -> Iterator[Fault]:
    if entry.late_after is not None and (entry.late_after % DAY or entry.late_after < DAY):
        near = say_duration(max(DAY, -(-entry.late_after // DAY) * DAY))
        rule = "a scan is taken once a day, so in whole days"
        yield Fault("late_after", rule, say_duration(entry.late_after), f"nearest: `{near}`")


Patching = dict[Name, Patched]


def patching_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Servers, windows and times that do not go together."""
    owner: dict[str, str] = {}
    for name, entry in (plan.patching or {}).items():
        path = f"patching.{name}"
        for index, servers in enumerate(entry.servers):
            where = f"{path}.servers.{index}"
            if "estate" not in broken and servers not in plan.estate.servers:
                known = list(plan.estate.servers)
                yield unknown(where, servers, "server group", "estate.servers", known)
            elif servers in owner:
                rule = f"`patching.{owner[servers]}` patches it too: two owners"
                yield Fault(where, rule, servers, "name it once")
            owner.setdefault(servers, name)
        if "windows" in broken:
            continue
        if entry.window not in plan.windows:
            yield unknown(f"{path}.window", entry.window, "window", "windows", list(plan.windows))
            continue
        yield from _in_window(path, entry, plan.windows[entry.window])


def _in_window(path: str, entry: Patched, window: Window) -> Iterator[Fault]:
    # After the cutoff a window starts nothing more, and what runs ends with the window.
    cutoff = timedelta(hours=cutoff_hours(window))
    needed = entry.takes * (entry.rounds or 1)
    if needed > window.length - cutoff:
        takes = say_duration(entry.takes)
        what = f"{entry.rounds} rounds of {takes}" if entry.rounds else f"one server ({takes})"
        yield Fault(
            f"{path}.window",
            f"is too short: {what} and the time before its end in which nothing is begun "
            f"({say_duration(cutoff)}) take {tell_duration(needed + cutoff)}"
            if cutoff
            else f"is too short: {what} takes {tell_duration(needed)}",
            f"{entry.window}: {window.says()}",
            "name a longer window" + (", or patch more `at_once`" if entry.rounds else ""),
        )
    between = shortest_between(window)
    if entry.approval > between:
        yield Fault(
            f"{path}.approve_after",
            f"is longer than from one `{entry.window}` window to the next, so what is released "
            "before one is not approved at the next either",
            say_delay(entry.approval),
            f"at most `{say_duration(between)}`",
        )
    late = entry.late_after
    least = longest_between(window) + DAY
    if late is not None and late < least:
        yield Fault(
            f"{path}.late_after",
            f"is shorter than from one `{entry.window}` window to the next and the day's scan: it "
            "would ring while all is well",
            say_duration(late),
            f"nearest: `{say_duration(least)}`",
        )


def patching_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """When what is patched: the openings of its window, from ``start`` to before ``end``."""
    for name, entry in (plan.patching or {}).items():
        window = plan.windows[entry.window]
        for day in window.openings(start, end):
            opens, closes = window.stretch(day, plan.timezone)
            if opens < closes:
                yield Occasion(
                    opens,
                    closes,
                    "patching",
                    name,
                    f"patching.{name}",
                    f"security patches of {entry.system} on {', '.join(entry.servers)}",
                )


# ---- production and the stage before it ----------------------------------------------------------

# How far two plans are compared: every shape of a month and both changes of the clocks.
_COMPARED = 366 * DAY
_LONG_BEFORE = 70 * DAY
_FROM = date(2027, 1, 1)
PRODUCTION, STAGING = "prod", "staging"


def stages_faults(plans: Mapping[str, "Plan"]) -> Iterator[tuple[str, Fault]]:
    """Of plans by a name each: faults of a company's staging that comes after its production."""
    for plan in plans.values():
        for name, before in plans.items():
            stages = (plan.environment, before.environment) == (PRODUCTION, STAGING)
            if not stages or plan.company != before.company:
                continue
            if patching_sound(plan) and patching_sound(before):
                for fault in staged_faults(plan, before):
                    yield name, fault


def patching_sound(plan: "Plan") -> bool:
    """Whether its windows can be compared."""
    return all(entry.window in plan.windows for entry in plan.patching.values())


def staged_faults(plan: "Plan", before: "Plan") -> Iterator[Fault]:
    """What is patched in production without having been patched in staging a week before.

    plan     production's
    before   staging's

    Faults of ``before``, whose window has to come earlier. What production gets on a day was
    approved in staging by the day that staging was patched: its own approval waits as much longer.
    """
    for name, entry in plan.patching.items():
        earlier = before.patching.get(name)
        if earlier is None:
            continue
        window, first = plan.windows[entry.window], before.windows[earlier.window]
        staged = [*first.openings(_FROM - _LONG_BEFORE, _FROM + _COMPARED)]
        widest = timedelta(0)
        for day in window.openings(_FROM, _FROM + _COMPARED):
            near = [one for one in staged if day - WEEK < one <= day]
            if near and isinstance(first.on, NthWeekday):
                yield Fault(
                    f"patching.{name}.window",
                    f"is patched on {near[-1]}, and {plan.environment} on {day}: that is less than "
                    "a week later",
                    f"{earlier.window}: {first.says()}",
                    "let it open at least a week earlier: `fourth Sunday` before `first Sunday`",
                )
                break
            last = max((one for one in staged if one <= day - WEEK), default=None)
            widest = max(widest, day - last if last else widest)
        else:
            needed = earlier.approval + widest
            if SYSTEMS[entry.system].dated and entry.approval < needed:
                yield Fault(
                    f"patching.{name}.approve_after",
                    f"{plan.environment} is patched up to {widest.days} days later and approves "
                    f"after {say_delay(entry.approval)}, so it would get what never ran here",
                    say_delay(earlier.approval),
                    f"let {plan.environment} approve after `{say_delay(needed)}`",
                )
