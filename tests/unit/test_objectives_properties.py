"""Whatever the schedules: no moment of a simulated year loses more than was computed, and a remedy
does what it says, as it is written."""

import bisect
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.backups import BackupEntry, CopyPlace, Tier
from pulumi_upkeep.plan.faults import PlanError
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.proofs import EstateFacts, prove
from pulumi_upkeep.plan.proofs.losses import from_backups
from pulumi_upkeep.plan.proofs.promises import again, judge
from pulumi_upkeep.plan.proofs.remedies import remedy_for
from pulumi_upkeep.plan.proofs.terms import Mode
from pulumi_upkeep.plan.yaml12 import parse_yaml
from pydantic import ValidationError

from tests.unit.test_failure_modes import bare

pytestmark = pytest.mark.slow

# Years are looked at for each example: one that fails is shown as it was found.
SLOW: Any = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow],
}
ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "Etc/UTC", "Asia/Gaza")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTH = ("first", "second", "third", "fourth")


# ---- a year, run through by hand -----------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """A backup: when it began, when it can be used, when it is gone; in minutes since 1970."""

    began: int
    usable: int
    gone: int


def minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def runs(tier: Tier, zone: ZoneInfo, first: date, days: int) -> Iterator[int]:
    """When a tier runs: every moment at which the clock on the wall shows its time, the first one
    of a day."""
    noons = [datetime.combine(first + timedelta(days=n), time(12), zone) for n in range(-2, days)]
    offsets = {noon.utcoffset() for noon in noons}
    for offset in range(days):
        day = first + timedelta(days=offset)
        if not _on(tier, day):
            continue
        for clock in _clocks(tier):
            wanted = datetime.combine(day, clock)
            shown = [
                moment
                for ahead in offsets
                if ahead is not None
                for moment in [(wanted - ahead).replace(tzinfo=UTC)]
                if moment.astimezone(zone).replace(tzinfo=None) == wanted
            ]
            if shown:
                yield minute(min(shown))


def _on(tier: Tier, day: date) -> bool:
    words = tier.in_words()
    on = words.get("on")
    if on is None:
        return True
    if isinstance(on, int):
        return day.day == on
    nth, _, weekday = str(on).rpartition(" ")
    if WEEKDAYS[day.weekday()] != weekday:
        return False
    return not nth or (day.day + 6) // 7 == NTH.index(nth) + 1


def _clocks(tier: Tier) -> list[time]:
    words = tier.in_words()
    hour, at_minute = map(int, str(words.get("at", "00:00")).split(":"))
    every = str(words["every"])
    if every in ("day", "week", "month"):
        return [time(hour, at_minute)]
    step = int(every.split()[0])
    return sorted(time((hour + index * step) % 24, at_minute) for index in range(24 // step))


def simulated(
    entry: BackupEntry, place: CopyPlace | None, extra: timedelta, tz: str, first: date, days: int
) -> list[Taken]:
    """The backups, or copies in a place, that are there in the end."""
    zone = ZoneInfo(tz)
    planned = sorted(
        (-tier.keep.days, began, index, name)
        for index, (name, tier) in enumerate(entry.tiers.items())
        for began in runs(tier, zone, first, days)
    )
    won: list[tuple[int, str]] = []
    longest = max(tier.start_within for tier in entry.tiers.values()) // timedelta(minutes=1)
    for _, began, _, name in planned:
        window = entry.tiers[name].start_within // timedelta(minutes=1)
        near = slice(
            bisect.bisect_left(won, (began - longest, "")),
            bisect.bisect_right(won, (began + window, "~")),
        )
        if not any(
            other != name
            and began < at + entry.tiers[other].start_within // timedelta(minutes=1)
            and at < began + window
            for at, other in won[near]
        ):
            bisect.insort(won, (began, name))
    found = []
    for began, name in won:
        tier = entry.tiers[name]
        kept = tier.keep if place is None else tier.kept_in(place)
        if kept is not None:
            usable = began + (tier.complete_within + extra) // timedelta(minutes=1)
            found.append(Taken(began, usable, began + kept // timedelta(minutes=1)))
    return sorted(found, key=lambda each: each.began)


def worst_loss(backups: list[Taken], start: int, end: int) -> int | None:
    """The most that a failure at any moment loses, in minutes; None where all may be lost.

    Between two events nothing changes but the clock: the worst moments are just before a backup can
    be used and just before one is gone, or right after it.
    """
    worst = 0
    came = sorted((each.usable, each.began) for each in backups)
    left = {each.began: each.gone for each in backups}
    for moment in sorted({each.usable for each in backups} | {*left.values()} | {end}):
        if not start <= moment <= end:
            continue
        # Just before the moment: what came with it is not there yet; at it: what left is gone.
        for last, gone in ((moment - 1, moment - 1), (moment, moment)):
            there = [
                began
                for _, began in came[: bisect.bisect_right(came, (last, moment))][-_LOOK_BACK:]
                if left[began] > gone
            ]
            if not there:
                return None
            worst = max(worst, moment - max(there))
    return worst


# Backups that came before the last hundred are never the newest that is left: one may come a few
# hours late, not days.
_LOOK_BACK = 100


# ---- random schedules ----------------------------------------------------------------------------

CLOCKS = st.builds(
    lambda hour, quarter: f"{hour:02}:{quarter * 15:02}", st.integers(0, 23), st.integers(0, 3)
)


@st.composite
def tiers(
    draw: st.DrawFn, kinds: Sequence[str] = ("hours", "day", "week", "month")
) -> dict[str, Any]:
    every = draw(st.sampled_from(kinds))
    words: dict[str, Any] = {"at": draw(CLOCKS)}
    if every == "hours":
        step = draw(st.sampled_from([3, 4, 6, 8, 12]))
        words["every"] = f"{step} hour{'' if step == 1 else 's'}"
    else:
        words["every"] = every
    if every == "week":
        words["on"] = draw(st.sampled_from(WEEKDAYS))
    if every == "month":
        nth = st.builds(
            lambda n, day: f"{n} {day}", st.sampled_from(NTH), st.sampled_from(WEEKDAYS)
        )
        words["on"] = draw(st.one_of(st.integers(1, 28), nth))
    words["keep"] = f"{draw(st.sampled_from([1, 2, 7, 31, 40]))} days"
    start = draw(st.sampled_from([1, 2, 8]))
    words["start_within"] = f"{start} hours" if start > 1 else "1 hour"
    words["complete_within"] = f"{start + draw(st.sampled_from([1, 3, 10]))} hours"
    copies = draw(st.lists(st.sampled_from(["recovery", "account"]), unique=True, max_size=2))
    words["copy"] = [
        {"to": place, "keep": f"{draw(st.sampled_from([1, 3, 31, 40]))} days"} for place in copies
    ]
    return words


def entries(kinds: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    """The tiers of one entry."""
    return st.lists(tiers(kinds), min_size=1, max_size=3).map(
        lambda drawn: {f"t{index}": words for index, words in enumerate(drawn)}
    )


ENTRIES = entries(("hours", "day", "week", "month"))
# Where every day is like the other, a few days show all gaps: many edits can be tried.
DAILY_ENTRIES = entries(("hours", "day"))


def entry_of(drawn: Mapping[str, Any]) -> BackupEntry:
    return BackupEntry.model_validate({"protects": {"databases": ["orders"]}, "tiers": drawn})


MODES: dict[Mode, CopyPlace | None] = {
    "corruption": None,
    "region": "recovery",
    "account": "account",
}


@settings(max_examples=10, **SLOW)
@given(
    drawn=ENTRIES,
    tz=st.sampled_from(ZONES),
    mode=st.sampled_from(sorted(MODES)),
    year=st.integers(2027, 2030),
)
def test_no_moment_loses_more_than_was_computed(
    drawn: dict[str, Any], tz: str, mode: Mode, year: int
) -> None:
    entry, place = entry_of(drawn), MODES[mode]
    plan = bare(timezone=tz)
    way = next(from_backups(plan, "orders", mode, "all", entry), None)
    if way is None:
        return
    # From the end of winter to the start of the next: both changes of the clocks, in either half.
    first, days = date(year, 2, 1), 330
    extra = timedelta(hours=1) if place else timedelta(0)
    backups = simulated(entry, place, extra, tz, first, days)
    start = minute(datetime.combine(first + timedelta(days=75), time(), ZoneInfo(tz)))
    end = minute(datetime.combine(first + timedelta(days=days - 2), time(), ZoneInfo(tz)))
    observed = worst_loss(backups, start, end)
    assert observed is not None, "all may be lost"
    assert timedelta(minutes=observed) <= way.total


def test_the_computed_worst_case_does_happen() -> None:
    """It is a bound that is met: in the night in which New York's clocks skip 02:00."""
    tier = {"every": "day", "at": "02:00", "keep": "7 days"}
    entry = entry_of({"daily": tier})
    (way,) = from_backups(bare(), "orders", "corruption", "all", entry)
    assert way.total == timedelta(hours=47 + 2)
    backups = simulated(entry, None, timedelta(0), "America/New_York", date(2027, 3, 1), 30)
    zone = ZoneInfo("America/New_York")
    observed = worst_loss(
        backups,
        minute(datetime(2027, 3, 9, tzinfo=zone)),
        minute(datetime(2027, 3, 20, tzinfo=zone)),
    )
    assert observed == 49 * 60


def test_a_backup_that_is_gone_before_the_next_can_be_used_is_not_relied_on() -> None:
    """Kept a day, taken daily: for two hours a day there is none."""
    tier = {"every": "day", "at": "04:00", "keep": "1 day"}
    assert [*from_backups(bare(), "orders", "corruption", "all", entry_of({"d": tier}))] == []
    weekly = {"every": "week", "on": "Sunday", "at": "08:00", "keep": "31 days"}
    both = entry_of({"d": tier, "w": weekly})
    (way,) = from_backups(bare(), "orders", "corruption", "all", both)
    assert way.terms[0].length == timedelta(days=7, hours=1)


# ---- remedies ------------------------------------------------------------------------------------


def as_written(words: dict[str, Any], says: str) -> dict[str, Any] | None:
    """A plan with a remedy as its text says it; None where the text leaves something open."""
    for text in re.findall(r"`([^`]+)`", says):
        path, _, value = text.partition(": ")
        if "<" in text or "..." in text or ", " in path:
            return None
        block = words
        *parents, last = path.split(".")
        for part in parents:
            block = block.setdefault(part, {})
        block[last] = parse_yaml(f"x: {value}", "remedy")["x"]
    return words


@settings(max_examples=10, **SLOW)
@given(
    drawn=st.one_of(st.none(), DAILY_ENTRIES),
    tz=st.sampled_from(ZONES),
    mode=st.sampled_from(["instance", "zone", "region", "corruption", "account"]),
    hours=st.sampled_from([1, 4, 6, 24, 30, 72]),
    thing=st.sampled_from(["orders", "product-images"]),
    kind=st.sampled_from(["data", "functions"]),
)
def test_a_remedy_does_as_it_is_written(
    drawn: dict[str, Any] | None, tz: str, mode: Mode, hours: int, thing: str, kind: str
) -> None:
    limit = f"{hours} hour{'' if hours == 1 else 's'}"
    class_: dict[str, Any] = {"after": [mode]}
    if kind == "data":
        class_ |= {"rpo": limit, "holds": {"it": thing}}
    else:
        class_ |= {"rto": limit, "needs": {"it": [thing]}}
    declared: dict[str, Any] = {"objectives": {kind: {"all": class_}}, "timezone": tz}
    if drawn is not None:
        protects = {"databases" if thing == "orders" else "buckets": [thing]}
        declared["backups"] = {"all": {"protects": protects, "tiers": drawn}}
    plan = bare(**declared)
    facts = EstateFacts()
    missed = [promise for promise in judge(plan, facts) if promise.missed]
    if not missed:
        return
    remedy = remedy_for(plan, missed, facts)
    if remedy is None:
        return
    assert all(again(remedy.plan, promise, remedy.facts).kept for promise in missed)
    assert "objective-missed" not in {
        each.code for each in prove(remedy.plan, remedy.facts).refused
    }
    # What is printed, written into the file, is the same plan.
    words = as_written(plan.in_words(), remedy.says)
    if words is not None:
        try:
            written = Plan.model_validate(words)
        except (ValidationError, PlanError) as error:
            pytest.fail(f"{remedy.says}: {error}")
        assert all(again(written, promise, facts).kept for promise in missed)


def test_remedies_are_found_at_all() -> None:
    """The property above is about something."""
    found = 0
    for mode, hours in itertools.product(("region", "corruption", "account"), (6, 30)):
        tier = {"every": "day", "at": "04:00", "keep": "30 days"}
        class_ = {"rpo": f"{hours} hours", "after": [mode], "holds": {"it": "orders"}}
        plan = bare(
            objectives={"data": {"all": class_}},
            backups={"all": {"protects": {"databases": ["orders"]}, "tiers": {"daily": tier}}},
        )
        missed = [promise for promise in judge(plan, EstateFacts()) if promise.missed]
        remedy = remedy_for(plan, missed, EstateFacts()) if missed else None
        if remedy is not None:
            assert as_written(plan.in_words(), remedy.says) or "<" in remedy.says
            found += 1
    assert found >= 4
