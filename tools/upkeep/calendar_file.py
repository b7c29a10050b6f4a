"""The calendar as a file that people subscribe to: iCalendar, RFC 5545.

Each occasion is an event by itself, in UTC: every program shows it right, in a night in which the
clocks change, too, and none has to know a rule. An event keeps its name (UID) for as long as it
stands in the plan: where an opening is moved, subscribers see it move, where it is cancelled, they
see it struck out.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration, vText
from pulumi_upkeep.plan import Plan

from tools.upkeep.calendar import Entry, change, clock, length

# Every event says when it was written. The same plan gives the same bytes: this is not the time of
# the run. A change is told by SEQUENCE.
STAMP = datetime(2026, 1, 1, tzinfo=UTC)
_PRODUCT = "-//Upkeep//Maintenance calendar//EN"
# How often subscribers look, as RFC 7986 and as Outlook reads it.
_LOOK_EVERY = timedelta(hours=12)


def as_file(plan: Plan, stack: str, entries: Iterable[Entry]) -> bytes:
    """The file's bytes: the same for the same plan and days."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = f"{plan.company} {plan.environment}: maintenance"
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", vDuration(_LOOK_EVERY), {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_LOOK_EVERY))
    for entry in entries:
        calendar.add_component(_event(plan, stack, entry))
    written: bytes = calendar.to_ical()
    return written


def _event(plan: Plan, stack: str, entry: Entry) -> Event:
    occasion, zone = entry.occasion, ZoneInfo(plan.timezone)
    event = Event()
    event.add("uid", uid(plan, stack, entry))
    event.add("dtstamp", STAMP)
    event.add("dtstart", occasion.starts.astimezone(UTC))
    # The end of an event lies after its start; without one it is a moment [RFC 5545, 3.6.1].
    if occasion.length:
        event.add("dtend", occasion.ends.astimezone(UTC))
    event.add("summary", occasion.says)
    event.add("description", "\n".join(_details(entry, zone)))
    event.add("categories", [occasion.kind])
    event.add("status", "CANCELLED" if entry.state == "cancelled" else "CONFIRMED")
    event.add("sequence", 1 if entry.state else 0)
    # It takes nobody's time.
    event.add("transp", "TRANSPARENT")
    event["x-upkeep-path"] = vText(occasion.path)
    return event


def _details(entry: Entry, zone: ZoneInfo) -> Iterable[str]:
    yield f"{clock(entry.occasion, zone)} ({zone.key})"
    if said := ", ".join(part for part in (length(entry), change(entry)) if part):
        yield said
    if entry.state == "cancelled":
        yield f"Cancelled: {entry.because}"
    if entry.state == "moved":
        yield f"Moved from {entry.day}: {entry.because}"
    if entry.occasion.owner:
        yield f"Owner: {entry.occasion.owner}"
    yield f"Plan: {entry.occasion.path}"


def uid(plan: Plan, stack: str, entry: Entry) -> str:
    """What names an event for as long as it stands in the plan: what it is, and the day it was
    planned for. ``window-weekly-20261223@prod.bynomi``."""
    occasion = entry.occasion
    company = "".join(each for each in plan.company.lower() if each.isalnum())
    day = f"{entry.day:%Y%m%d}"
    if occasion.kind not in ("window",):
        # Several a day are told apart by their time.
        day = f"{occasion.starts:%Y%m%dT%H%MZ}"
    return f"{occasion.kind}-{occasion.name}-{day}@{stack}.{company}"
