"""What Datadog refuses of a downtime beyond the shape of its fields, and when it is in force.

Sources: [D] Datadog's documentation, [P] its Terraform provider, [I] that provider's issues.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

MOST_TAGS = 32  # monitor tags [D]
MOST_RECURRENCES = 5  # [A "recurrences"]
_DURATION = re.compile(r"([1-9]\d*)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# A rule says how often; when and how long are fields of their own [P].
_NOT_IN_A_RULE = ("DTSTART", "DTEND", "DURATION")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")


def faults(
    downtime: Mapping[str, Any], before: Mapping[str, Any] | None, now: datetime
) -> Iterator[str]:
    """The faults of a downtime whose fields fit the client's model.

    before: as it was; what has begun stays as it is, and is not held against a change.
    """
    if not downtime["scope"].strip():
        yield "scope: must not be empty; '*' is everything"
    tags = downtime["monitor_identifier"].get("monitor_tags", [])
    if len(tags) > MOST_TAGS:
        yield f"monitor_identifier.monitor_tags: at most {MOST_TAGS}, got {len(tags)}"
    yield from _zone_faults(downtime.get("display_timezone"), "display_timezone")
    schedule = downtime.get("schedule") or {}
    old = (before or {}).get("schedule") or {}
    if "recurrences" in schedule:
        yield from _recurring_faults(schedule, old, now)
    else:
        yield from _single_faults(schedule, old, now)


def _zone_faults(name: str | None, at: str) -> Iterator[str]:
    if name:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            yield f"{at}: {name!r} is not a time zone of the IANA's"


def _single_faults(
    schedule: Mapping[str, Any], old: Mapping[str, Any], now: datetime
) -> Iterator[str]:
    start, end = schedule.get("start"), schedule.get("end")
    for name, text in (("start", start), ("end", end)):
        if text is not None and datetime.fromisoformat(text).utcoffset() != timedelta():
            yield f"schedule.{name}: {text!r} must have an offset of zero"
            return
    if start is not None and not _same(start, old.get("start")):
        if _at(start) < now:
            yield f"schedule.start: {start} is in the past"
        elif old.get("start") and _at(old["start"]) <= now:
            yield "schedule.start: a downtime in progress cannot begin at another time"
    if end is not None and not _same(end, old.get("end")):
        if _at(end) <= now:
            yield f"schedule.end: {end} is in the past"
        elif start is not None and _at(end) <= _at(start):
            yield "schedule.end: must be after start"


def _recurring_faults(
    schedule: Mapping[str, Any], old: Mapping[str, Any], now: datetime
) -> Iterator[str]:
    recurrences = schedule["recurrences"]
    if not 1 <= len(recurrences) <= MOST_RECURRENCES:
        yield f"schedule.recurrences: must be 1 to {MOST_RECURRENCES}, got {len(recurrences)}"
    zone = schedule.get("timezone", "UTC")
    wrong_zone = list(_zone_faults(zone, "schedule.timezone"))
    yield from wrong_zone
    known = {each.get("start") for each in old.get("recurrences", [])}
    for index, each in enumerate(recurrences):
        at = f"schedule.recurrences[{index}]"
        duration = _DURATION.fullmatch(each["duration"])
        if duration is None:
            yield f"{at}.duration: {each['duration']!r} must be a number with m, h, d or w"
        yield from _rule_faults(each["rrule"], f"{at}.rrule")
        start = each.get("start")
        if start is None:
            continue
        if not _LOCAL.fullmatch(start):
            yield f"{at}.start: {start!r} must be a local time without an offset"
        elif not wrong_zone and start not in known and local(start, zone) < now:
            yield f"{at}.start: {start} is in the past"


def _rule_faults(rule: str, at: str) -> Iterator[str]:
    for word in _NOT_IN_A_RULE:
        if word in rule.upper():
            yield f"{at}: {word} does not belong in the rule"
            return
    try:
        rrulestr(rule, dtstart=datetime(2000, 1, 1))
    except (ValueError, KeyError, TypeError):
        yield f"{at}: {rule!r} is not a recurrence rule"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _same(text: str, other: str | None) -> bool:
    return other is not None and _at(text) == _at(other)


def local(text: str, zone: str) -> datetime:
    """A local time of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def current(schedule: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime | None] | None:
    """The stretch that is in force, or comes next; None when all are over.

    The end is None for a downtime without one.
    """
    if "recurrences" not in schedule:
        end = _at(schedule["end"]) if schedule.get("end") else None
        return None if end is not None and end <= now else (_at(schedule["start"]), end)
    found = [
        stretch
        for each in schedule["recurrences"]
        if (stretch := _next(each, schedule.get("timezone", "UTC"), now)) is not None
    ]
    return min(found, default=None)


def _next(
    recurrence: Mapping[str, Any], zone: str, now: datetime
) -> tuple[datetime, datetime] | None:
    match = _DURATION.fullmatch(recurrence["duration"])
    assert match is not None
    lasts = timedelta(**{_UNITS[match[2]]: int(match[1])})
    here = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    rule = rrulestr(recurrence["rrule"], dtstart=_at(recurrence["start"]))
    start = rule.after(here - lasts)
    if start is None:
        return None
    began = start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return began, began + lasts
