"""The calendar: every opening of two years against independent calendar libraries, and the file."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events  # type: ignore[import-untyped]
from dateutil import rrule as judge  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.calendar import SOURCES, calendar_findings, occasions
from pulumi_upkeep.plan.occasion import Occasion
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.schedule import DayOfYear, NthWeekday
from pulumi_upkeep.plan.windows import Window
from rich.console import Console

from tests.unit import plans
from tests.unit.plans import PROD
from tools.upkeep import calendar as tool
from tools.upkeep.calendar import clock, entries
from tools.upkeep.calendar_file import as_file
from tools.upkeep.stop import Stop

NEW_YORK = "America/New_York"
ZONES = (NEW_YORK, "Europe/London", "Australia/Sydney", "Australia/Lord_Howe", "Asia/Kolkata")
START, END = date(2026, 12, 1), date(2028, 12, 1)
BECAUSE = "Nobody works between the years"


def events_of(text: bytes) -> list[Any]:
    """The events of a file, read by the library again."""
    calendar: Any = icalendar.Calendar.from_ical(text)
    return list(calendar.walk("VEVENT"))


@cache
def prod() -> Plan:
    """Read once: what it says is not changed."""
    return plans.prod()


def plan(
    windows: dict[str, dict[str, Any]] | None = None, timezone: str = NEW_YORK, **chapters: Any
) -> Plan:
    """Production's plan with windows of its own, and nothing else that has dates."""
    changes: dict[str, Any] = {
        name: Plan.model_fields[name].get_default(call_default_factory=True) for name in SOURCES
    }
    if windows is not None:
        changes["windows"] = {name: Window.model_validate(each) for name, each in windows.items()}
    return prod().model_copy(update={**changes, "timezone": timezone, **chapters})


WEEKLY = {"on": "Wednesday", "from": "03:00", "to": "05:00"}
MONTHLY = {"on": "first Sunday", "from": "01:00", "to": "05:00"}
NIGHT = {"on": "Saturday", "from": "23:00", "to": "02:30"}
# In London and Lord Howe the clocks change within these.
SPRING = {"on": "Sunday", "from": "00:30", "to": "02:30"}

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NTHS = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def instant(wall: datetime, zone: ZoneInfo, *, last: bool) -> datetime:
    """When a wall clock shows a time: by asking each minute of UTC, not by arithmetic of ours."""
    moment = wall.replace(tzinfo=UTC) - timedelta(hours=16)
    end, minute = moment + timedelta(hours=32), timedelta(minutes=30)
    shown = [moment + n * minute for n in range(int((end - moment) / minute))]
    same = [each for each in shown if each.astimezone(zone).replace(tzinfo=None) == wall]
    if same:
        return same[-1] if last else same[0]
    # Skipped: when the clocks jump past it.
    return next(each for each in shown if each.astimezone(zone).replace(tzinfo=None) > wall)


def expected(written: dict[str, Any], timezone: str) -> list[tuple[datetime, datetime]]:
    """The openings of two years by dateutil's recurrences and zoneinfo."""
    *nth, day = str(written["on"]).split()
    weekday = judge.weekday(_DAYS.index(day), _NTHS[nth[0]] if nth else None)
    opens, closes = (datetime.strptime(written[key], "%H:%M").time() for key in ("from", "to"))
    rule = judge.rrule(
        judge.MONTHLY if nth else judge.WEEKLY,
        byweekday=weekday,
        dtstart=datetime.combine(START, opens),
        until=datetime.combine(END, opens) - timedelta(days=1),
    )
    zone = ZoneInfo(timezone)
    found = []
    for wall in rule:
        until = datetime.combine(wall.date() + timedelta(days=closes <= opens), closes)
        found.append((instant(wall, zone, last=False), instant(until, zone, last=True)))
    return [(begins, ends) for begins, ends in found if begins < ends]


@pytest.mark.slow
@pytest.mark.parametrize("timezone", ZONES)
@pytest.mark.parametrize("written", [WEEKLY, MONTHLY, NIGHT, SPRING], ids=lambda each: each["on"])
def test_two_years_of_the_file_are_what_other_libraries_say(
    written: dict[str, Any], timezone: str
) -> None:
    """The bytes are read by another reader of calendars; what they must hold comes from a third."""
    ours = plan({"w": written}, timezone)
    calendar: Any = icalendar.Calendar.from_ical(as_file(ours, "prod", entries(ours, START, END)))
    events: list[Any] = recurring_ical_events.of(calendar).between(
        START - timedelta(days=2), END + timedelta(days=2)
    )
    # Shown on the calendar's own clocks, where a time that comes twice equals no other.
    found = sorted(
        (event["DTSTART"].dt.astimezone(UTC), event["DTEND"].dt.astimezone(UTC)) for event in events
    )
    assert found == expected(written, timezone)
    assert len(found) >= 24


def test_the_night_of_five_hours_is_the_first_sunday_of_every_november() -> None:
    ours = plan({"monthly": MONTHLY})
    lengths = {
        each.occasion.starts.astimezone(ZoneInfo(NEW_YORK)).date(): each.occasion.length
        for each in entries(ours, START, END)
    }
    odd = {day: length for day, length in lengths.items() if length != timedelta(hours=4)}
    assert odd == {date(2027, 11, 7): timedelta(hours=5), date(2028, 11, 5): timedelta(hours=5)}
    (november,) = (e for e in entries(ours, date(2027, 11, 1), date(2027, 12, 1)))
    assert november.longer_by == timedelta(hours=1)
    assert clock(november.occasion, ZoneInfo(NEW_YORK)) == "01:00 EDT-05:00 EST"
    assert tool.change(november) == "clocks change: 1 hour longer"


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        ("2026-12-02T08:00", "2026-12-02T10:00", "03:00-05:00 EST"),
        ("2026-12-02T08:00", "2026-12-02T08:00", "03:00 EST"),
        ("2026-12-06T04:00", "2026-12-06T07:00", "23:00-Sun 6 Dec 02:00 EST"),
        ("2027-03-14T06:00", "2027-03-14T09:00", "01:00 EST-05:00 EDT"),
    ],
)
def test_times_are_said_on_the_plans_clocks(starts: str, ends: str, said: str) -> None:
    begins, over = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (starts, ends))
    assert (
        clock(Occasion(begins, over, "window", "w", "windows.w", "-"), ZoneInfo(NEW_YORK)) == said
    )


EXCEPTED = WEEKLY | {
    "scope": "Minor updates",
    "cancelled": [{"on": "2026-12-23", "because": BECAUSE}],
    "moved": [{"on": "2026-12-30", "to": "2027-01-02", "because": BECAUSE}],
}


def read(windows: dict[str, Any], start: date, end: date) -> dict[str, Any]:
    """The events of a file by their UIDs."""
    ours = plan(windows)
    text = as_file(ours, "prod", entries(ours, start, end))
    return {str(event["UID"]): event for event in events_of(text)}


def test_subscribers_see_what_is_cancelled_struck_out_and_what_is_moved_move() -> None:
    span = (date(2026, 12, 14), date(2027, 1, 12))
    before, after = read({"weekly": WEEKLY}, *span), read({"weekly": EXCEPTED}, *span)
    # The same events, so that subscribers' calendars change them and add none.
    assert (
        before.keys()
        == after.keys()
        == {
            f"window-weekly-{day}@prod.bynomi"
            for day in ("20261216", "20261223", "20261230", "20270106")
        }
    )
    cancelled = after["window-weekly-20261223@prod.bynomi"]
    assert (cancelled["STATUS"], int(cancelled["SEQUENCE"])) == ("CANCELLED", 1)
    assert cancelled["DTSTART"].dt == datetime(2026, 12, 23, 8, tzinfo=UTC)
    assert f"Cancelled: {BECAUSE}" in cancelled["DESCRIPTION"]
    moved = after["window-weekly-20261230@prod.bynomi"]
    assert (moved["STATUS"], int(moved["SEQUENCE"])) == ("CONFIRMED", 1)
    assert (moved["DTSTART"].dt, moved["DTEND"].dt) == (
        datetime(2027, 1, 2, 8, tzinfo=UTC),
        datetime(2027, 1, 2, 10, tzinfo=UTC),
    )
    assert f"Moved from 2026-12-30: {BECAUSE}" in moved["DESCRIPTION"]
    kept = after["window-weekly-20261216@prod.bynomi"]
    assert (kept["STATUS"], int(kept["SEQUENCE"])) == ("CONFIRMED", 0)
    assert kept["SUMMARY"] == "Weekly maintenance window: minor updates"


def test_what_is_moved_out_of_a_span_is_in_the_one_it_is_moved_to() -> None:
    december = read({"weekly": EXCEPTED}, date(2026, 12, 1), date(2027, 1, 1))
    january = read({"weekly": EXCEPTED}, date(2027, 1, 1), date(2027, 2, 1))
    assert "window-weekly-20261230@prod.bynomi" not in december
    assert "window-weekly-20261230@prod.bynomi" in january


def test_the_same_plan_gives_the_same_bytes_and_other_stacks_other_events() -> None:
    ours = plan({"weekly": EXCEPTED, "monthly": MONTHLY})
    year = entries(ours, START, date(2027, 12, 1))
    text = as_file(ours, "prod", year)
    assert text == as_file(ours, "prod", entries(ours, START, date(2027, 12, 1)))
    events = events_of(text)
    names = [str(event["UID"]) for event in events]
    assert len(names) == len({*names}) == 52 + 12
    assert {event["DTSTAMP"].dt for event in events} == {datetime(2026, 1, 1, tzinfo=UTC)}
    staging = events_of(as_file(ours, "staging", year))
    assert not {*names} & {str(event["UID"]) for event in staging}


@pytest.mark.slow
def test_the_file_keeps_the_rules_of_its_format() -> None:
    ours = prod()
    text = as_file(ours, "prod", entries(ours, START, date(2027, 3, 1)))
    assert b"\r\n" in text
    assert max(map(len, text.split(b"\r\n"))) <= 75
    calendar: Any = icalendar.Calendar.from_ical(text)
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert calendar["X-WR-CALNAME"] == "Bynomi prod: maintenance"
    for event in calendar.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "STATUS"} <= event.keys()
        # A moment has no end; what has one ends later.
        assert "DTEND" not in event or event["DTEND"].dt > event["DTSTART"].dt
        assert event["DTSTART"].dt.tzinfo is not None


# ---- what there is -------------------------------------------------------------------------------


def test_every_source_keeps_to_its_days_and_says_where_it_stands() -> None:
    ours, zone = prod(), ZoneInfo(NEW_YORK)
    start, end = date(2027, 2, 1), date(2027, 5, 1)
    found = occasions(ours, start, end)
    assert list(found) == sorted(found)
    for each in found:
        assert each.starts.utcoffset() == each.ends.utcoffset() == timedelta(0), each
        assert each.starts <= each.ends, each
        assert all((each.says, each.path)), each
        assert each.starts.astimezone(zone).date() < end, each
        assert each.path.split(".")[0] in Plan.model_fields, each
    assert {"window", "backup", "restore-test", "route-test", "review"} <= {
        each.kind for each in found
    }
    days = [e.starts.astimezone(zone).date() for e in found if e.name == "files-two-hourly"]
    assert len(days) == len({*days}) == (end - start).days


@settings(max_examples=30, deadline=None)
@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(0, 60), st.integers(0, 60))
def test_a_span_is_the_sum_of_its_parts(start: date, one: int, other: int) -> None:
    ours = plan({"weekly": EXCEPTED, "monthly": MONTHLY, "night": NIGHT})
    middle, end = start + timedelta(days=one), start + timedelta(days=one + other)
    both = [*occasions(ours, start, middle), *occasions(ours, middle, end)]
    assert sorted(both) == list(occasions(ours, start, end))


def met(**chapters: Any) -> dict[str, str]:
    ours = plan({"weekly": WEEKLY, "monthly": MONTHLY}, **chapters)
    return {each.at: each.says for each in calendar_findings(ours)}


def test_what_meets_a_window_is_found_with_its_day() -> None:
    tests, routes = prod().restore_tests["database-weekly"], prod().route_tests
    assert routes is not None
    inside = tests.model_copy(update={"at": datetime(2027, 1, 1, 4).time()})
    # It begins at any time within an hour: from half past midnight it may reach into the window.
    reaching = tests.model_copy(update={"at": datetime(2027, 1, 1, 0, 30).time()})
    outside = tests.model_copy(update={"at": datetime(2027, 1, 1, 5).time()})
    found = met(restore_tests={"a": inside, "b": reaching, "c": outside}, route_tests=routes)
    assert found.keys() == {"restore_tests.a", "restore_tests.b"}
    assert found["restore_tests.a"] == (
        "on Sunday 2026-01-04 at 04:00 it meets the monthly maintenance window (first Sunday "
        "01:00-05:00, 4 hours): what is restored and compared may be changing"
    )
    night = routes.model_copy(update={"on": "Wednesday", "at": datetime(2027, 1, 1, 3).time()})
    assert met(route_tests=night).keys() == {"route_tests"}
    assert met(route_tests=routes) == {}


def test_audits_and_scans_have_no_place_in_a_window() -> None:
    """Both sides: within, and from its end on. What is proposed by itself needs nobody."""
    security, updates = prod().security, prod().updates
    assert security is not None
    assert updates is not None
    weekly = security.scans
    assert weekly is not None

    def at(hour: int) -> dict[str, str]:
        clock = datetime(2027, 1, 1, hour).time()
        first = NthWeekday(nth=1, weekday="Sunday")
        audit = security.reviews["manual-audit"].model_copy(update={"at": clock, "on": first})
        attack = {"at": clock, "on": DayOfYear(day=first, month=10)}
        scans = weekly.model_copy(update={"at": clock, "on": "Sunday"})
        reviews = {
            "manual-audit": audit,
            "penetration-test": security.reviews["penetration-test"].model_copy(update=attack),
        }
        return met(security=security.model_copy(update={"scans": scans, "reviews": reviews}))

    assert (
        at(1).keys()
        == at(4).keys()
        == {
            "security.scans",
            "security.reviews.manual-audit",
            "security.reviews.penetration-test",
        }
    )
    assert at(4)["security.reviews.penetration-test"] == (
        "on Sunday 2026-10-04 at 04:00 it meets the monthly maintenance window (first Sunday "
        "01:00-05:00, 4 hours): what is audited or attacked is being worked on, and its alerts "
        "are quiet"
    )
    assert at(0) == at(5) == {}
    assert met(security=security, updates=updates, images=prod().images) == {}
    # Dependabot proposes on the first of a month, whoever works.
    midnight = {"on": "first Sunday", "from": "00:00", "to": "04:00"}
    ours = plan({"m": midnight}, updates=updates)
    assert list(calendar_findings(ours)) == []


def test_the_shipped_plan_meets_no_window() -> None:
    assert list(calendar_findings(prod())) == []


# ---- the command ---------------------------------------------------------------------------------


def printed(path: Path, start: str, *, everything: bool = False) -> str:
    console = Console(width=240, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    tool.calendar(console, None, start, path, everything=everything)
    return console.export_text()


@pytest.mark.slow
def test_the_next_quarter_as_people_see_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "BUILD", tmp_path / "build")
    stack = tmp_path / "mine" / "Pulumi.prod.yaml"
    stack.parent.mkdir()
    text = PROD.read_text(encoding="utf-8").replace(
        '             on: Wednesday, from: "03:00"',
        '             cancelled: [{on: "2027-11-24", because: "The week of Thanksgiving"}],\n'
        '             moved: [{on: "2027-11-17", to: "2027-11-18", because: "A trade fair"}],\n'
        '             on: Wednesday, from: "03:00"',
    )
    stack.write_text(text, encoding="utf-8")
    lines = printed(stack, "2027-10-15").splitlines()
    assert lines[1].startswith(
        "Bynomi, prod (Pulumi.prod.yaml): 15 October 2027 to 14 January 2028"
    )
    windows = [" ".join(line.split()) for line in lines if " window " in line]
    assert any("01:00 EDT-05:00 EST 5 hours window" in line for line in windows)
    assert "clocks change: 1 hour longer" in " ".join(lines)
    (moved,) = (each for each in lines if "moved from 2027-11-17" in each)
    (cancelled,) = (each for each in lines if "cancelled: The week of" in each)
    assert windows.index(" ".join(moved.split())) < windows.index(" ".join(cancelled.split()))
    assert "cancelled: The week of Thanksgiving" in " ".join("\n".join(lines).split())
    assert [line for line in lines if line in ("October 2027", "January 2028")] == [
        "October 2027",
        "January 2028",
    ]
    written = (tmp_path / "build" / "calendar" / "mine-prod.ics").read_bytes()
    events = events_of(written)
    begins = [event["DTSTART"].dt for event in events if event["UID"].startswith("window-")]
    # A year from the first of the month.
    assert min(begins) > datetime(2027, 10, 1, tzinfo=UTC)
    assert datetime(2028, 9, 20, tzinfo=UTC) < max(begins) < datetime(2028, 10, 1, 4, tzinfo=UTC)
    assert "backup" not in {event["CATEGORIES"].to_ical().decode() for event in events}
    assert "backup" in printed(stack, "2027-10-15", everything=True)


def test_a_day_that_is_none_is_said_to_be() -> None:
    with pytest.raises(Stop, match="FROM=tomorrow: write year, month and day"):
        tool.calendar(Console(), None, "tomorrow", PROD)


@pytest.mark.parametrize("written", ["0001-01-01", "9999-12-01"])
def test_a_year_beyond_all_clocks_is_said_to_be(written: str) -> None:
    with pytest.raises(Stop, match=f"FROM={written}: no clocks are known for that year"):
        tool.calendar(Console(), None, written, PROD)


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 100, 120])
def test_nothing_of_it_is_cut_off_on_a_narrow_terminal(width: int) -> None:
    ours, start, end = prod(), date(2027, 10, 15), date(2027, 11, 15)
    out = StringIO()
    tool.show(Console(file=out, width=width), ours, "f", start, end, everything=False)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "…" not in out.getvalue()
    said = set(out.getvalue().split())
    for each in entries(ours, start, end):
        occasion = each.occasion
        words = f"{occasion.says} {occasion.kind} {clock(occasion, ZoneInfo(NEW_YORK))}".split()
        assert set(words) <= said, words
        assert not occasion.owner or {occasion.owner, f"({occasion.owner})"} & said
    assert "clocks change: 1 hour longer" in " ".join(out.getvalue().split())
