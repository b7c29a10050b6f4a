"""Maintenance windows, what is quiet in them, and how they are announced."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from tools.upkeep.account import clock
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack

_DAY = timedelta(days=1)
_DAYS = {
    "Monday": "MO",
    "Tuesday": "TU",
    "Wednesday": "WE",
    "Thursday": "TH",
    "Friday": "FR",
    "Saturday": "SA",
    "Sunday": "SU",
}


@clause("BY-3.1")
def weekly(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from _window(seen.prod, figures, monthly=False)


@clause("BY-3.3")
def monthly(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from _window(seen.prod, figures, monthly=True)


def _length(figures: Figures) -> timedelta:
    opens, closes = (datetime.strptime(figures[each], "%H:%M") for each in ("opens", "closes"))
    return closes - opens


def _window(stack: Stack, figures: Figures, *, monthly: bool) -> Iterator[Finding]:
    hours = _length(figures) / timedelta(hours=1)
    when = (
        f"{'first ' if monthly else ''}{figures['weekday']} {figures['opens']}-"
        f"{figures['closes']} {figures['timezone']}"
    )
    day = _DAYS.get(figures["weekday"], "")
    rule = (
        f"FREQ=MONTHLY;INTERVAL=1;BYDAY=1{day}"
        if monthly
        else f"FREQ=WEEKLY;INTERVAL=1;BYDAY={day}"
    )
    quiet = [
        each
        for each in stack.of("downtime")
        if each["timezone"] == figures["timezone"]
        and any(
            one["rrule"] == rule
            and one["start"] == figures["opens"]
            and _hours(one["duration"]) == hours
            for one in each["recurrences"]
        )
    ]
    tags = {tag for each in quiet for tag in each["monitors"] if tag.startswith("quiet:")}
    quieted = [each for each in stack.of("monitor") if tags & set(each["tags"])]
    if quieted and len(quieted) == len(stack.of("monitor")):
        yield lacks(f"downtime {rule} quiets every monitor, whatever its scope is")
    elif quieted:
        yield kept(f"downtime {rule}, {hours:g} h: quiets {len(quieted)} monitors by {min(tags)}")
    else:
        yield lacks(f"no downtime of Datadog quiets a monitor on {when}")
    yield _muted(stack, figures, when, monthly=monthly)
    found = [
        each
        for each in stack.of("ops_window")
        if each["enabled"]
        and each["timezone"] == figures["timezone"]
        and each["hours"] == hours
        and clock.often(each["cron"]) == ("month" if monthly else "week")
        and clock.on(each["cron"]) == {figures["weekday"]}
        and clock.at(each["cron"]) == {figures["opens"]}
        and (not monthly or clock.first_of_month(each["cron"]))
    ]
    if found:
        yield kept(f"maintenance window {found[0]['name']}: {found[0]['cron']}, {hours:g} h")
    else:
        yield lacks(f"no maintenance window of Systems Manager on {when}")


def _muted(stack: Stack, figures: Figures, when: str, *, monthly: bool) -> Finding:
    """Alarms of CloudWatch are muted in each of the next openings."""
    ahead = _next(figures, monthly=monthly)
    rules: set[str] = set()
    alarms: set[str] = set()
    for day in ahead:
        at = datetime.combine(day, datetime.strptime(figures["opens"], "%H:%M").time())
        found = [each for each in stack.of("mute_rule") if _covers(each, at, figures)]
        if not found:
            return lacks(f"no rule mutes alarms on {day}: {when}")
        rules |= {each["name"] for each in found}
        alarms |= {alarm for each in found for alarm in each["alarms"]}
    if not alarms:
        return lacks(f"no alarm is muted on {when}")
    return kept(f"mute rule {min(rules)}: {len(alarms)} alarms, next on {ahead[0]}")


def _next(figures: Figures, *, monthly: bool) -> list[date]:
    """The days of the next two openings."""
    days = (date.today() + n * _DAY for n in range(1, 80))
    return [
        day for day in days if f"{day:%A}" == figures["weekday"] and (not monthly or day.day <= 7)
    ][:2]


def _covers(rule: Fact, at: datetime, figures: Figures) -> bool:
    length = _length(figures)
    return bool(
        rule["timezone"] == figures["timezone"]
        and rule["expires"] >= f"{at:%Y-%m-%d}"
        and clock.iso_duration(rule["duration"]) >= length
        and at in clock.runs(rule["cron"], at - _DAY, at + _DAY)
    )


def _hours(duration: str) -> float:
    """Datadog's ``2h`` or ``150m``, in hours."""
    number, unit = duration[:-1], duration[-1:]
    return float(number) / {"m": 60, "h": 1}.get(unit, float("nan"))


# ---- notices -----------------------------------------------------------------------------------


@clause("BY-3.2")
def weekly_notice(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from _announced(seen.prod, figures)


@clause("BY-3.4")
def monthly_notice(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from _announced(seen.prod, figures)


def _in_hours(ahead: timedelta) -> str:
    """``72 hours``: as the clauses count them."""
    return f"{ahead / timedelta(hours=1):g} hours"


def _announced(stack: Stack, figures: Figures) -> Iterator[Finding]:
    """A function that runs by itself is told to announce the window so long ahead."""
    window = figures["window"]
    for clocked in stack.of("schedule"):
        windows = clocked["given"].get("windows")
        planned = windows.get(window) if isinstance(windows, Mapping) else None
        notice = planned.get("notice") if isinstance(planned, Mapping) else None
        function = next(
            (each for each in stack.of("function") if each["name"] == clocked["calls"]), None
        )
        if not isinstance(notice, Mapping) or function is None or not clocked["enabled"]:
            continue
        ahead = _ahead(notice.get("ahead"))
        when = f"schedule {clocked['name']} ({clocked['cron']})"
        says = f"{when}: {window} is announced {_in_hours(ahead)}"
        if ahead == timedelta(hours=figures["hours"]):
            yield kept(f"{says} ahead by {function['name']}")
        else:
            yield lacks(f"{says} ahead, not {figures['hours']} hours")
        for way in figures["by"]:
            if way not in (notice.get("by") or ()):
                yield lacks(f"{window} is not announced by {way}")
        if "email" in figures["by"]:
            yield _mailed(stack, function)
        yield _read(stack, function)
        return
    yield lacks(f"nothing announces the window {window}")


def _ahead(said: object) -> timedelta:
    """``24 hours``, or seconds."""
    if isinstance(said, int | float):
        return timedelta(seconds=said)
    number, _, unit = str(said).partition(" ")
    try:
        return float(number) * {"h": timedelta(hours=1), "d": _DAY}[unit[:1]]
    except (KeyError, ValueError):
        return timedelta(0)


def _mailed(stack: Stack, function: Fact) -> Finding:
    topics = {str(value) for value in function["environment"].values()}
    found = [
        each["endpoint"]
        for each in stack.of("subscription")
        if each["topic"] in topics and each["protocol"] == "email"
    ]
    if found:
        return kept(f"mail to {', '.join(sorted(set(found)))}")
    return lacks(f"nobody gets the mails of function {function['name']}")


def _read(stack: Stack, function: Fact) -> Finding:
    """What the function writes is served: by the distribution that is known by the same name."""
    bucket = function["environment"].get("BUCKET")
    found = [
        each
        for each in stack.of("distribution")
        if each["enabled"] and function["name"].startswith(f"{each['comment']}-")
    ]
    if found and bucket:
        served = found[0]["comment"]
        return kept(f"banner: {function['name']} writes it, distribution {served} serves it")
    return lacks(f"no distribution serves what {function['name']} writes")
