"""The plan's calendar: everything that happens at a time that is known beforehand.

Each chapter with dates says its own occasions, in its own file; here they come together. The
calendar that people subscribe to, notices, the gate of deployments and the handbook read this.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .database_care import care_occasions
from .findings import Finding
from .holidays import holiday_occasions
from .images import image_occasions
from .maintenance_windows import window_occasions
from .notices import notice_occasions
from .occasion import Occasion
from .patching import patching_occasions
from .releases import releases_occasions
from .runs import occurrences
from .schedule import Schedule
from .security import security_occasions
from .updates import updates_occasions
from .words import tell_duration

if TYPE_CHECKING:
    from .plan import Plan

# A plan and the days from one to before another, on its clocks -> what happens on them.
Source = Callable[["Plan", date, date], Iterator[Occasion]]

_MINUTE = timedelta(minutes=1)


# ---- chapters that say when in the words of a schedule ------------------------------------------


def schedule_occasions(
    schedule: Schedule,
    plan: "Plan",
    start: date,
    end: date,
    *,
    kind: str,
    name: str,
    path: str,
    says: str,
    owner: str | None = None,
    length: timedelta = timedelta(0),
) -> Iterator[Occasion]:
    """The runs of a schedule on the days from ``start`` to before ``end``, each so long."""
    zone = ZoneInfo(plan.timezone)
    first, last = (datetime.combine(day, time(), zone) for day in (start, end))
    for run in occurrences(schedule, first, last, plan.timezone):
        began = run.astimezone(UTC)
        yield Occasion(began, began + length, kind, name, path, says, owner)


def backup_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """One a day for each tier: its first backup. Hourly ones would hide all else."""
    for entry, backup in plan.backups.items():
        for tier, schedule in backup.tiers.items():
            seen: set[date] = set()
            for each in schedule_occasions(
                schedule,
                plan,
                start,
                end,
                kind="backup",
                name=f"{entry}-{tier}",
                path=f"backups.{entry}.tiers.{tier}",
                says=f"Backup {entry}, {tier}: {schedule.says()}",
            ):
                day = each.starts.astimezone(ZoneInfo(plan.timezone)).date()
                if day not in seen:
                    yield each
                seen.add(day)


def restore_test_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """When the newest backup begins to be restored: within ``start_within`` from then on."""
    for name, test in plan.restore_tests.items():
        yield from schedule_occasions(
            test,
            plan,
            start,
            end,
            kind="restore-test",
            name=name,
            path=f"restore_tests.{name}",
            says=f"Restore test of {test.of}",
            length=test.start_within,
        )


def drill_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """Rehearsals."""
    if plan.drills is not None:
        yield from schedule_occasions(
            plan.drills,
            plan,
            start,
            end,
            kind="drill",
            name="drills",
            path="drills",
            says=f"Drill: {', '.join(plan.drills.scenarios)}",
        )


def route_test_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """Tests of the routes, which somebody acknowledges."""
    if plan.route_tests is not None:
        severities = ", ".join(each.upper() for each in plan.route_tests.severities)
        yield from schedule_occasions(
            plan.route_tests,
            plan,
            start,
            end,
            kind="route-test",
            name="route-tests",
            path="route_tests",
            says=f"Test of the routes of {severities}",
        )


def log_review_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """The review of error patterns and performance."""
    review = plan.logs.review if plan.logs is not None else None
    if review is not None:
        yield from schedule_occasions(
            review,
            plan,
            start,
            end,
            kind="review",
            name="log-review",
            path="logs.review",
            says="Review of error patterns and performance",
            owner=review.owner,
        )


# Chapter -> what says its occasions. A chapter that gets dates adds a line.
SOURCES: Mapping[str, Source] = {
    "windows": window_occasions,
    "notices": notice_occasions,
    "holidays": holiday_occasions,
    "backups": backup_occasions,
    "restore_tests": restore_test_occasions,
    "drills": drill_occasions,
    "route_tests": route_test_occasions,
    "logs": log_review_occasions,
    "releases": releases_occasions,
    "updates": updates_occasions,
    "patching": patching_occasions,
    "images": image_occasions,
    "security": security_occasions,
    "database_care": care_occasions,
}


def occasions(plan: "Plan", start: date, end: date) -> tuple[Occasion, ...]:
    """Everything that happens on the days from ``start`` to before ``end``, sorted."""
    return tuple(sorted(each for source in SOURCES.values() for each in source(plan, start, end)))


# ---- what must not meet -------------------------------------------------------------------------

# Kind -> why it does not belong into a window.
OUTSIDE_WINDOWS = {
    "drill": "what is rehearsed on is being worked on",
    "restore-test": "what is restored and compared may be changing",
    "route-test": "people who work, and alerts that are quiet, prove no route",
    "review": "those who review are at work on the systems",
    "audit": "what is audited or attacked is being worked on, and its alerts are quiet",
    "scan": "what is restarted meanwhile counts as not scanned",
}
# What one asks of the chapters: images are scanned where nobody works on them, and what is proposed
# by itself (`updates.packages`) is proposed in a window as well.
_ASKED = (
    *("restore_tests.", "drills", "route_tests", "logs."),
    *("security.", "updates.review"),
)
# Four years meet every weekday of a month, and a leap day.
_LOOKED_AT = (date(2026, 1, 1), date(2031, 1, 1))


def calendar_findings(plan: "Plan") -> Iterator[Finding]:
    """What falls into a maintenance window and does not belong there, once for each window."""
    windows = sorted(window_occasions(plan, *_LOOKED_AT))
    if not windows:
        return
    zone = ZoneInfo(plan.timezone)
    told: set[tuple[str, str]] = set()
    others = [
        each
        for chapter in dict.fromkeys(path.partition(".")[0] for path in _ASKED)
        for each in SOURCES[chapter](plan, *_LOOKED_AT)
        if each.kind in OUTSIDE_WINDOWS and each.path.startswith(_ASKED)
    ]
    index = 0
    for each in sorted(others):
        while index < len(windows) and windows[index].ends <= each.starts:
            index += 1
        if index == len(windows):
            return
        window = windows[index]
        if each.starts >= window.ends or max(each.ends, each.starts + _MINUTE) <= window.starts:
            continue
        if (each.path, window.name) in told:
            continue
        told.add((each.path, window.name))
        starts = each.starts.astimezone(zone)
        yield Finding(
            "in-window",
            each.path,
            f"on {starts:%A %Y-%m-%d} at {starts:%H:%M} it meets the {window.name} maintenance "
            f"window ({plan.windows[window.name].says()}, {tell_duration(window.length)}): "
            f"{OUTSIDE_WINDOWS[each.kind]}",
            "move one of the two, or accept it with the reason",
        )
