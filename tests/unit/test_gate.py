"""The gate: against a calendar of its own over two years, and as people call it."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pulumi_upkeep.plan.gate import Gate, ask, main
from pulumi_upkeep.plan.releases import ReleaseKind

from tests.unit.plans import PROD
from tests.unit.test_releases import WINDOWS, frozen, minor, plan, stack_file

QUARTER = timedelta(minutes=15)
SUNDAY, WEDNESDAY = 6, 2


# ---- two years, quarter hour by quarter hour ---------------------------------------------------


class Independent:
    """What may be deployed when, worked out by looking at clocks and nothing else: every minute
    that matters is asked what the clocks of the zone show. No window, release or freeze of ours is
    asked; what is moved, cancelled and frozen is written here a second time."""

    def __init__(self, zone: str, moved: dict[date, date], cancelled: set[date]) -> None:
        self.zone = ZoneInfo(zone)
        self.moved, self.cancelled = moved, cancelled
        self.stopped = (date(2026, 12, 20), date(2027, 1, 3))
        self.opened: dict[tuple[str, date], list[datetime]] = {}
        moment = datetime(2026, 6, 1, tzinfo=UTC)
        while moment < datetime(2029, 3, 1, tzinfo=UTC):
            for name in self.windows_at(moment):
                day = moment.astimezone(self.zone).date()
                self.opened.setdefault((name, day), []).append(moment)
            moment += QUARTER
        self.releases = dict(self.released())

    def windows_at(self, moment: datetime) -> list[str]:
        """The windows that the clocks lie in."""
        clock = moment.astimezone(self.zone)
        names = []
        for name, weekday, first, last in (
            ("weekly", WEDNESDAY, 3, 5),
            ("monthly", SUNDAY, 1, 5),
        ):
            ours = clock.weekday() == weekday and (name == "weekly" or clock.day <= 7)
            gone = clock.date() in self.moved or clock.date() in self.cancelled
            if name == "monthly":
                ours = (ours and not gone) or clock.date() in self.moved.values()
            if ours and first <= clock.hour < last:
                names.append(name)
        return names

    def first_of(self, window: str, period: Callable[[date], Any]) -> Iterator[date]:
        """The first day of each period on which a window opens and nothing is stopped."""
        seen = set()
        for name, day in sorted(self.opened, key=lambda each: each[1]):
            free = not self.stopped[0] <= day <= self.stopped[1]
            if name == window and free and period(day) not in seen:
                seen.add(period(day))
                yield day

    def released(self) -> Iterator[tuple[str, datetime]]:
        """``major 2027-01-03`` -> when it begins."""
        majors = list(self.first_of("monthly", lambda day: (day.year, (day.month - 1) // 3)))
        taken = {(day.year, day.month) for day in majors}
        for day in majors:
            yield f"major {day}", self.opened["monthly", day][0]
        for day in self.first_of("weekly", lambda day: (day.year, day.month)):
            if (day.year, day.month) not in taken:
                yield f"minor {day}", self.opened["weekly", day][0]

    def frozen(self, moment: datetime) -> bool:
        clock = moment.astimezone(self.zone).replace(tzinfo=None)
        if self.stopped[0] <= clock.date() <= self.stopped[1]:
            return True
        for name, begins in self.releases.items():
            back = timedelta(days=7 if name.startswith("major") else 3)
            opens = begins.astimezone(self.zone).replace(tzinfo=None)
            # By what the clocks show: neither side knows of offsets.
            if opens - back <= clock < opens:
                return True
        return False

    def open(self, moment: datetime) -> bool:
        """Half an hour is left of a window, and nothing is frozen."""
        day = moment.astimezone(self.zone).date()
        here = self.windows_at(moment)
        left = any(moment + QUARTER in self.opened[name, day] for name in here)
        return left and not self.frozen(moment)


MOVED = {date(2027, 4, 4): date(2027, 4, 11), date(2027, 11, 7): date(2027, 11, 14)}
CANCELLED = {date(2027, 6, 6), date(2028, 7, 2)}


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London"])
def test_two_years_agree_with_an_independent_calendar(zone: str) -> None:
    reason = "the trade fair"
    windows = {
        "monthly": WINDOWS["monthly"]
        | {
            "moved": [
                {"on": str(on), "to": str(to), "because": reason} for on, to in MOVED.items()
            ],
            "cancelled": [{"on": str(on), "because": reason} for on in sorted(CANCELLED)],
        }
    }
    asked = plan(timezone=zone, windows=windows, freezes=frozen("2026-12-20", "2027-01-03"))
    independent = Independent(zone, MOVED, CANCELLED)
    gate = Gate.of(asked, date(2026, 9, 1), date(2028, 12, 1))
    # On 1 November 2026 a freeze begins in New York within a window in which the clocks change.
    moment = datetime(2026, 10, 15, tzinfo=UTC)
    wrong: list[tuple[datetime, str]] = []
    following: list[datetime] = []
    opened = 0
    while moment < datetime(2028, 10, 15, tzinfo=UTC):
        verdict = gate.ask(moment)
        if verdict.open is not independent.open(moment):
            wrong.append((moment, verdict.says))
        opened += verdict.open
        # What it says of the next time is when it next opens.
        if verdict.open:
            assert all(each == moment for each in following), (moment, following[:1])
            following = []
        elif verdict.next is not None:
            following.append(verdict.next.starts)
        moment += QUARTER
    assert wrong == []
    # Both sides were met: some hundreds of quarter hours are open, and tens of thousands are not.
    assert 400 < opened < 1200


# ---- what it says ------------------------------------------------------------------------------


def said(at: str, release: ReleaseKind | None = None, hotfix: str = "", **changed: Any) -> str:
    return ask(plan(**changed), datetime.fromisoformat(at), hotfix, release).says


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-25T03:00-05:00", "open: weekly, to begin until 2026-11-25 04:30 EST"),
        ("2026-11-25T04:30-05:00", "open: weekly, to begin until 2026-11-25 04:30 EST"),
        (
            "2026-11-25T04:31-05:00",
            "closed: weekly closes at 2026-11-25 05:00 EST, and a deployment takes 30 minutes; "
            "opens 2026-12-02 03:00 EST (weekly), in 6 days 23 hours",
        ),
        (
            "2026-11-25T02:59-05:00",
            "closed: outside weekly and monthly; opens 2026-11-25 03:00 EST (weekly), in 1 minute",
        ),
        # In the window, and frozen for the release that follows.
        (
            "2026-12-30T03:30-05:00",
            "closed: code freeze for the major release of 2027-01-03; opens 2027-01-03 01:00 EST "
            "(monthly), in 3 days 22 hours",
        ),
        # Its own release ends a freeze.
        ("2027-01-03T01:00-05:00", "open: monthly, to begin until 2027-01-03 04:30 EST"),
        # Clocks go back in this window, which lasts five hours: both of the hours count.
        ("2027-11-07T01:30-05:00", "open: monthly, to begin until 2027-11-07 04:30 EST"),
        ("2027-11-07T01:30-04:00", "open: monthly, to begin until 2027-11-07 04:30 EST"),
    ],
)
def test_what_is_answered(at: str, expected: str) -> None:
    assert said(at, minor=minor(freeze="1 day")) == expected


def test_a_freeze_that_begins_in_a_window_ends_the_time_to_deploy() -> None:
    """Three days before Wednesday 03:00 is Sunday 03:00, in the monthly window."""
    assert said("2027-02-28T12:00-05:00", windows=None).startswith("closed: code freeze")
    moved = {"on": "Wednesday", "from": "03:00", "to": "05:00"}
    # The first Sunday of August 2027 is three days before the first Wednesday.
    assert said("2027-08-01T02:59:59-04:00", windows={"weekly": moved}).startswith("open: monthly")
    assert said("2027-08-01T03:00-04:00").startswith(
        "closed: code freeze for the minor release of 2027-08-04; opens 2027-08-04 03:00 EDT"
    )


def test_a_hotfix_may_always_and_says_what_it_is_aside_from() -> None:
    assert said("2026-11-24T12:00-05:00", hotfix=" checkout\n is down ") == (
        "open: hotfix: checkout is down"
    )
    assert said("2026-12-30T12:00-05:00", hotfix="checkout is down") == (
        "open: hotfix, aside from the code freeze for the major release of 2027-01-03: "
        "checkout is down"
    )


def test_a_planned_release_goes_out_on_its_day_alone() -> None:
    assert said("2026-12-06T02:00-05:00", "major") == (
        "closed: no major release is due; opens 2027-01-03 01:00 EST (monthly), in 27 days 23 hours"
    )
    assert said("2027-01-03T02:00-05:00", "major").startswith("open: monthly")
    assert said("2027-01-03T02:00-05:00", "minor").startswith("closed: no minor release is due")
    assert said("2026-12-02T03:00-05:00", "minor").startswith("open: weekly")
    assert said("2026-12-09T03:00-05:00", "minor").startswith("closed: no minor release is due")


def test_where_nothing_opens_any_more_it_says_so() -> None:
    # One freeze may be as long as a quarter, and another begin the day after.
    days = [date(2026, 11, 23) + quarter * timedelta(days=92) for quarter in range(6)]
    only = [each for first in days for each in frozen(f"{first}", f"{first + timedelta(days=91)}")]
    assert said("2026-11-24T12:00-05:00", freezes=only) == (
        "closed: freeze until 2027-02-22: the holidays; no next time before 2027-12-29"
    )


def test_a_window_past_midnight_is_open_on_the_day_after() -> None:
    windows = {"weekly": {"on": "Wednesday", "from": "23:00", "to": "02:00"}}
    late: dict[str, Any] = {"windows": windows, "minor": None, "major": None, "watch": None}
    assert said("2026-11-26T01:30-05:00", **late).startswith("open: weekly")
    assert said("2026-11-26T01:31-05:00", **late).startswith("closed: weekly closes at")


def test_a_plan_without_releases_cannot_be_asked(tmp_path: Path) -> None:
    code, out, err = call(stack_file(tmp_path, releases=None))
    assert (code, out) == (2, "")
    assert "releases: not in the plan, so nothing says when may be deployed; add the chapter" in err


def test_the_shipped_plan_can_be_asked() -> None:
    code, out, _ = call(PROD, "--at", "2026-11-25 03:00")
    assert (code, out) == (0, "open: weekly, to begin until 2026-11-25 04:30 EST\n")


# ---- the command -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stack_file(tmp_path_factory.mktemp("gate"))


def call(*arguments: Any, **more: Any) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([str(each) for each in arguments], **more)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_the_exit_code_says_it_too(file: Path) -> None:
    code, out, _ = call(file, "--at", "2026-11-25 03:00")
    assert (code, out) == (0, "open: weekly, to begin until 2026-11-25 04:30 EST\n")
    code, out, _ = call(file, "--at", "2026-11-25 02:00")
    assert code == 1
    assert out.count("\n") == 1
    code, out, _ = call(file, "--at", "2026-11-25T02:00", "--hotfix", "checkout is down")
    assert (code, out) == (0, "open: hotfix: checkout is down\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--hotfix", " "), "a hotfix without a reason; say why: `--hotfix"),
        (("--at", "tomorrow"), "not a time; write it such as `2026-11-25 03:00`"),
        (
            ("--at", "2027-03-14 02:30"),
            "does not exist on 2027-03-14 in America/New_York; nearest: `2027-03-14 03:30`",
        ),
        (("--wait", "long"), "not a duration"),
        (("--release", "huge"), "invalid choice"),
    ],
)
def test_what_cannot_be_answered_is_no_answer(
    file: Path, arguments: tuple[str, ...], reason: str
) -> None:
    code, out, err = call(file, *arguments)
    assert (code, out) == (2, "")
    assert reason in err


def test_a_file_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    code, out, err = call(tmp_path / "Pulumi.nowhere.yaml")
    assert (code, out) == (2, "")
    assert "no such file" in err


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self, at: str) -> None:
        self.at = datetime.fromisoformat(at)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


def test_it_waits_for_a_window_that_is_near(file: Path) -> None:
    clock = Clock("2026-11-24T22:00-05:00")
    code, out, _ = call(file, "--wait", "5 hours", now=clock.now, sleep=clock.sleep)
    assert code == 0
    assert clock.slept == [5 * 3600 + 5]
    assert out.splitlines()[1:] == [
        "waiting 5 hours",
        "open: weekly, to begin until 2026-11-25 04:30 EST",
    ]


def test_it_does_not_wait_for_one_that_is_far(file: Path) -> None:
    clock = Clock("2026-11-24T21:59-05:00")
    code, out, _ = call(file, "--wait", "5 hours", now=clock.now, sleep=clock.sleep)
    assert (code, clock.slept) == (1, [])
    assert out.splitlines()[1] == "waits 5 hours at most: start it from 2026-11-24 22:00 EST"


def test_what_a_long_sleep_missed_stays_closed(file: Path) -> None:
    clock = Clock("2026-11-24T22:00-05:00")

    def sleep(seconds: float) -> None:
        # The machine was suspended over the whole window.
        clock.sleep(seconds + 3 * 3600)

    code, out, _ = call(file, "--wait", "5 hours", now=clock.now, sleep=sleep)
    assert code == 1
    assert out.splitlines()[-1].startswith("closed: outside weekly and monthly")


def test_whether_one_opens_within_a_time_is_asked_without_waiting(file: Path) -> None:
    at = "2026-11-24 22:00"
    assert call(file, "--at", at, "--within", "5 hours")[0] == 0
    assert call(file, "--at", at, "--within", "4 hours")[0] == 1


def test_a_major_release_is_asked_for_by_its_name(file: Path) -> None:
    assert call(file, "--at", "2026-12-06 02:00")[0] == 0
    assert call(file, "--at", "2026-12-06 02:00", "--release", "major")[0] == 1


@pytest.mark.slow
def test_nothing_of_pulumi_is_loaded_for_it(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pulumi_upkeep.plan.gate", str(file)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(PROD.parent / "components"), "PATH": ""},
    )
    assert done.returncode in (0, 1), done.stderr[-500:]
    assert "pulumi.runtime" not in done.stderr
    assert "boto" not in done.stderr
