"""The gate: whether something may be deployed now, and when the next time comes.

    python -m pulumi_upkeep.plan.gate Pulumi.prod.yaml
    python -m pulumi_upkeep.plan.gate Pulumi.prod.yaml --at "2026-12-24 10:00" --hotfix "no cart"

One line, and 0 where it may, 1 where it may not, 2 where the question cannot be answered. A
deployment waits for a window at most as long as ``--wait`` says; what is further off fails, with
the time at which to ask again: a runner that idles for days would be a lock that nobody sees.
"""

import argparse
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from .clocks import exists
from .faults import Fault, NotInWords, PlanError
from .plan import Plan
from .read import load_plan
from .releases import (
    Frozen,
    Release,
    ReleaseKind,
    frozen_between,
    releases_between,
)
from .words import parse_duration, say_duration, tell_duration

# How far ahead the next time is looked for.
AHEAD = timedelta(days=400)
_DAY = timedelta(days=1)
# So many times before a moment are asked whether they still last: more windows than anybody opens
# at once, each cut by a freeze.
_TOGETHER = 16
# A sleep that ends a moment early would find the window still closed.
_LATE = timedelta(seconds=5)


@dataclass(frozen=True, order=True)
class Open:
    """A time (UTC) in which a deployment may begin; ``window`` is the plan's name."""

    starts: datetime
    ends: datetime
    window: str


@dataclass(frozen=True)
class Verdict:
    """What the gate answers.

    open     whether a deployment may begin
    says     why, in one line
    next     when it may next, where it may not; None where no time is known
    """

    open: bool
    says: str
    next: Open | None = None


@dataclass(frozen=True)
class Gate:
    """What the plan allows from ``start`` to before ``end``: asked of any moment between.

    times     in which a deployment may begin, sorted
    windows   the openings as the clocks show them
    frozen    times in which nothing but hotfixes may
    """

    plan: Plan
    start: date
    end: date
    times: tuple[Open, ...]
    windows: tuple[Open, ...]
    frozen: tuple[Frozen, ...]
    planned: tuple[Release, ...]

    @classmethod
    def of(cls, plan: Plan, start: date, end: date) -> "Gate":
        """That of a plan. Raises :class:`PlanError` where it says nothing of releases."""
        releases = plan.releases
        if releases is None:
            rule = "not in the plan, so nothing says when may be deployed"
            raise PlanError([Fault("releases", rule, None, "add the chapter")])
        frozen = frozen_between(plan, start, end)
        windows = []
        for name in releases.deploy_in:
            # A window past midnight may have opened the day before.
            for day in plan.windows[name].openings(start - _DAY, end):
                opens, closes = plan.windows[name].stretch(day, plan.timezone)
                if opens < closes:
                    windows.append(Open(opens, closes, name))
        windows.sort()
        times = [
            piece
            for each in windows
            if each.ends - releases.takes >= each.starts
            for piece in _thawed(each.starts, each.ends - releases.takes, each.window, frozen)
        ]
        planned = releases_between(plan, start - _DAY, end)
        return cls(plan, start, end, tuple(sorted(times)), tuple(windows), frozen, planned)

    def ask(self, at: datetime, hotfix: str = "", release: ReleaseKind | None = None) -> Verdict:
        """Whether a deployment may begin at a moment (aware).

        hotfix    the reason of one: it may always
        release   of a planned release alone: it may on its day, in its window
        """
        at = at.astimezone(UTC)
        held = next((each for each in self.frozen if each.starts <= at < each.ends), None)
        if hotfix.strip():
            aside = f", aside from the {held.says}" if held else ""
            return Verdict(True, f"open: hotfix{aside}: {' '.join(hotfix.split())}")
        times = self.times
        if release is not None:
            days = {(each.window, each.opens) for each in self.planned if each.kind == release}
            meant = [each for each in self.windows if (each.window, each.starts) in days]
            times = tuple(
                piece
                for piece in times
                if any(
                    piece.window == each.window and each.starts <= piece.starts <= each.ends
                    for each in meant
                )
            )
        # Two windows that overlap: the one to begin in for longest is named.
        index = bisect_right(times, at, key=lambda each: each.starts)
        now = [each for each in times[max(0, index - _TOGETHER) : index] if at <= each.ends]
        if now:
            last = max(now, key=lambda each: each.ends)
            return Verdict(True, f"open: {last.window}, to begin until {self._said(last.ends)}")
        following = times[index] if index < len(times) else None
        return Verdict(
            False, f"closed: {self._why(at, held, release)}; {self._then(following, at)}", following
        )

    def _why(self, at: datetime, held: Frozen | None, release: ReleaseKind | None) -> str:
        if held is not None:
            return held.says
        late = next((each for each in self.windows if each.starts <= at < each.ends), None)
        if release is not None:
            return f"no {release} release is due"
        releases = self.plan.releases
        assert releases is not None
        if late is not None:
            return (
                f"{late.window} closes at {self._said(late.ends)}, and a deployment takes "
                f"{say_duration(releases.takes)}"
            )
        return f"outside {' and '.join(releases.deploy_in)}"

    def _then(self, following: Open | None, at: datetime) -> str:
        if following is None:
            return f"no next time before {self.end}"
        return (
            f"opens {self._said(following.starts)} ({following.window}), in "
            f"{tell_duration(following.starts - at)}"
        )

    def _said(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(self.plan.timezone)):%Y-%m-%d %H:%M %Z}"


def _thawed(starts: datetime, ends: datetime, window: str, frozen: Sequence[Frozen]) -> list[Open]:
    """The parts of a time that no freeze covers. A freeze ends before its end does: the release it
    was made for begins then."""
    pieces = [(starts, ends)]
    for freeze in frozen:
        left = []
        for opens, closes in pieces:
            if freeze.ends <= opens or freeze.starts > closes:
                left.append((opens, closes))
                continue
            if opens < freeze.starts:
                # The last moment before it begins.
                left.append((opens, freeze.starts - timedelta(microseconds=1)))
            if freeze.ends <= closes:
                left.append((freeze.ends, closes))
        pieces = left
    return [Open(opens, closes, window) for opens, closes in pieces]


def ask(plan: Plan, at: datetime, hotfix: str = "", release: ReleaseKind | None = None) -> Verdict:
    """Whether something may be deployed at a moment (aware); see :meth:`Gate.ask`."""
    today = at.astimezone(ZoneInfo(plan.timezone)).date()
    return Gate.of(plan, today - _DAY, today + AHEAD).ask(at, hotfix, release)


def parse_moment(written: str, timezone: str) -> datetime:
    """A moment as people write it: on the plan's clocks, or with an offset. Raises ``NotInWords``
    where the clocks never show it."""
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        raise NotInWords("not a time", "write it such as `2026-11-25 03:00`") from None
    if moment.tzinfo is not None:
        return moment
    moment = moment.replace(tzinfo=ZoneInfo(timezone))
    if not exists(moment):
        raise NotInWords(
            f"does not exist on {moment.date()} in {timezone}",
            f"nearest: `{moment + timedelta(hours=1):%Y-%m-%d %H:%M}`",
        )
    return moment


def main(
    arguments: Sequence[str] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Prints the answer; 0 where something may be deployed, 1 where not, 2 where nobody can say."""
    parser = argparse.ArgumentParser(
        prog="pulumi_upkeep.plan.gate", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--at", help="a moment, on the plan's clocks; default now")
    parser.add_argument("--hotfix", metavar="REASON", help="it may always, for this reason")
    parser.add_argument(
        "--release", choices=["major", "minor"], help="a planned release: on its day alone"
    )
    parser.add_argument("--wait", metavar="TIME", help="wait for a window so long: `5 hours`")
    parser.add_argument("--within", metavar="TIME", help="also 0 where it opens within so long")
    options = parser.parse_args(arguments)
    try:
        plan = load_plan(options.file)
        at = parse_moment(options.at, plan.timezone) if options.at else now()
        wait = parse_duration(options.wait) if options.wait else timedelta(0)
        within = parse_duration(options.within) if options.within else timedelta(0)
        if options.hotfix is not None and not options.hotfix.strip():
            raise NotInWords("a hotfix without a reason", 'say why: `--hotfix "checkout is down"`')
        verdict = ask(plan, at, options.hotfix or "", options.release)
    except (PlanError, NotInWords) as error:
        remedy = f"; {error.remedy}" if isinstance(error, NotInWords) and error.remedy else ""
        sys.stderr.write(f"{error}{remedy}\n")
        return 2
    _say(verdict.says)
    if verdict.open or verdict.next is None:
        return 0 if verdict.open else 1
    ahead = verdict.next.starts - at
    if ahead <= within:
        return 0
    if ahead > wait:
        if longest := max(wait, within):
            when = (verdict.next.starts - longest).astimezone(ZoneInfo(plan.timezone))
            _say(f"waits {say_duration(longest)} at most: start it from {when:%Y-%m-%d %H:%M %Z}")
        return 1
    _say(f"waiting {tell_duration(ahead)}")
    sleep((ahead + _LATE).total_seconds())
    # Asked again: a clock may have jumped.
    verdict = ask(plan, now(), "", options.release)
    _say(verdict.says)
    return 0 if verdict.open else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    # Somebody watches the log while it waits.
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
