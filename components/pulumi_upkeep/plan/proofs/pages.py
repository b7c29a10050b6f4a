"""Pages: who hears of an alert, when, and until when somebody has to answer.

One table answers for both clouds: by severity, side, owner and time. From it follows the time line
of one alert at one moment, and from time lines the worst moment of a year.

A person is reached when a phone rings: by SMS, or by Datadog On-Call. A mailbox, a channel and a
tracker are read by people who are there already.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ..clocks import clock_changes, exists
from ..findings import Finding
from ..holidays import Holiday, days_off
from ..on_call import NEXT, ON_CALL, PREVIOUS, TEAM, OnCall, all_turn
from ..plan import Plan
from ..response import due, say_within
from ..rotations import Position, gaps, neighbour, opens
from ..runs import HORIZON_START
from ..support import chain, steps_of, tier_of
from ..words import Secret, Severity, say_duration, tell_duration

Side = Literal["CloudWatch", "Datadog"]
Channel = Literal["email", "Slack", "SMS", "On-Call", "ticket"]
SIDES: tuple[Side, ...] = ("CloudWatch", "Datadog")

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_POSITIONS: dict[str, Position] = {ON_CALL: "current", NEXT: "next", PREVIOUS: "previous"}


@dataclass(frozen=True, order=True)
class Recipient:
    """Who or what hears of an alert.

    name   an address, a channel's name, whose phone, a team, a tracker
    """

    channel: Channel
    name: str


@dataclass(frozen=True)
class Quiet:
    """When nobody hears of an alert.

    name      of the window
    opens_on  whether it opens on a day
    clock     when, on the clocks of ``timezone``
    length    how long from there on: counted, not read off the clocks
    """

    name: str
    opens_on: Callable[[date], bool]
    clock: time
    length: timedelta
    timezone: str

    @classmethod
    def in_window(cls, plan: Plan, name: str) -> "Quiet":
        """That of a window of the plan."""
        window = plan.windows[name]
        return cls(name, window.opens_on, window.from_, window.length, plan.timezone)

    def stretches(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From when until when (UTC), for each that touches a stretch of time. What opens at a time
        that the clocks skip is not quiet: neither cloud says that it would be."""
        zone = ZoneInfo(self.timezone)
        day = (start - self.length).astimezone(zone).date()
        while day <= end.astimezone(zone).date():
            opens = datetime.combine(day, self.clock, zone)
            if self.opens_on(day) and exists(opens):
                yield opens.astimezone(UTC), opens.astimezone(UTC) + self.length
            day += _DAY


@dataclass(frozen=True)
class Alert:
    """What a time line is asked for.

    name         of the alarm or monitor
    recipients   who hears of it, sorted
    quiet        the windows in which nobody hears of it
    remind       how often it is said again while it lasts; None: once
    """

    name: str
    severity: Severity
    side: Side
    recipients: tuple[Recipient, ...]
    quiet: tuple[Quiet, ...] = ()
    remind: timedelta | None = None


@dataclass(frozen=True)
class Event:
    """One thing that is sent.

    at      the moment, in UTC
    to      a person, an address, a channel, a tracker
    rings   whether it is a person's phone
    why     what makes it so, in a few words
    """

    at: datetime
    channel: Channel
    to: str
    rings: bool
    why: str = ""


@dataclass(frozen=True)
class TimeLine:
    """What happens from the moment of an alert on.

    at            when it goes off
    told          when the first is told: later, where a window keeps it quiet
    quiet         the window that does
    events        in order
    promised_by   until when somebody answers, by the plan: counted from when it goes off
    answer_by     the same, counted from when the first is told
    """

    alert: Alert
    at: datetime
    told: datetime
    quiet: str | None
    events: tuple[Event, ...]
    promised_by: datetime
    answer_by: datetime

    @property
    def first(self) -> Event | None:
        """The first event that reaches a person; None where none does."""
        return next((event for event in self.events if event.rings), None)

    @property
    def in_time(self) -> bool:
        """Whether a person is reached before somebody has to answer, by the plan."""
        return self.first is not None and self.first.at < self.promised_by

    @property
    def people(self) -> tuple[str, ...]:
        """The people who are reached, in order."""
        return tuple(dict.fromkeys(event.to for event in self.events if event.rings))


# ---- the table -----------------------------------------------------------------------------------


def recipients(
    plan: Plan, severity: Severity, side: Side, owner: str | None = None
) -> tuple[Recipient, ...]:
    """Who hears of a severity on a side; ``owner`` is the team of the service.

    What each cloud forces: CloudWatch's alarms reach SNS alone, so neither pages nor trackers nor
    owners; Datadog reaches phones by a role in the account, and leaves them to On-Call where that
    keeps hours which SNS does not know.
    """
    definition = plan.severities[severity]
    found = {Recipient("email", address) for address in definition.email}
    found |= {Recipient("Slack", channel) for channel in definition.slack}
    phones = {Recipient("SMS", whose(plan, number)) for number in definition.sms}
    if side == "CloudWatch":
        return tuple(sorted(found | phones))
    if plan.estate.datadog_role and not (definition.on_call and definition.hours == "business"):
        found |= phones
    if definition.on_call:
        found.add(Recipient("On-Call", definition.on_call))
    if definition.tickets:
        found.add(Recipient("ticket", definition.tickets))
    team = plan.teams.get(owner) if owner else None
    if team and team.slack:
        found.add(Recipient("Slack", team.slack))
    return tuple(sorted(found))


def whose(plan: Plan, number: str | Secret) -> str:
    """Whose phone a number is: a person's name, or what the plan calls it; never the number."""
    for name, person in plan.people.items():
        if person.phone == number:
            return name
    return number.secret if isinstance(number, Secret) else "a phone"


# ---- one time line -------------------------------------------------------------------------------


def time_line(plan: Plan, alert: Alert, at: datetime) -> TimeLine:
    """What happens when an alert goes off at a moment (aware) and nobody answers."""
    at = at.astimezone(UTC)
    told, quiet = _told(alert.quiet, at)
    definition = plan.severities[alert.severity]
    events = [
        Event(told, each.channel, each.name, each.channel == "SMS")
        for each in alert.recipients
        if each.channel != "On-Call"
    ]
    for each in alert.recipients:
        if each.channel == "On-Call" and each.name in plan.on_call:
            begins = told
            if definition.hours == "business":
                begins = opens(plan.business_hours, told, plan.timezone)
            events += escalation(plan, each.name, begins)
    # Of what happens at once, phones come first: they decide.
    events.sort(key=lambda event: (event.at, not event.rings, event.channel, event.to))
    promised_by = answered_by(plan, alert.severity, at)
    answer_by = answered_by(plan, alert.severity, told) if quiet else promised_by
    return TimeLine(alert, at, told, quiet, tuple(events), promised_by, answer_by)


def answered_by(plan: Plan, severity: Severity, since: datetime) -> datetime:
    """Until when somebody answers what goes off at a moment: within its hours, by the plan."""
    definition = plan.severities[severity]
    closed = days_off(plan.holidays)
    return due(definition, plan.business_hours, since, plan.timezone, closed)


def holidays_between(plan: Plan, start: datetime, end: datetime) -> tuple[Holiday, ...]:
    """The holidays that a stretch of time touches, in order."""
    zone = ZoneInfo(plan.timezone)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    found = [each for each in plan.holidays or () if first <= each.on <= last]
    return tuple(sorted(found, key=lambda each: each.on))


def escalation(plan: Plan, team: str, begins: datetime) -> Iterator[Event]:
    """Whom a page reaches from the moment it is sent, until its last repetition.

    After a tier's own steps come those of the tiers that it escalates to. A step at whose moment
    nobody is on call is skipped without waiting [Datadog On-Call, escalation policies].
    """
    steps = steps_of(plan, team)
    moment = begins
    for round_ in range(plan.on_call[team].repeat + 1):
        reached = False
        for number, (whose_step, step) in enumerate(steps, start=1):
            people = dict.fromkeys(
                person
                for target in step.page
                for person in _people(plan, whose_step, plan.on_call[whose_step], target, moment)
            )
            again = f", repeated ({round_})" if round_ else ""
            why = f"{whose_step}, step {number}{again}"
            for person in people:
                yield Event(moment, "On-Call", person, True, why)
            if people:
                reached = True
                moment += step.wait
        if not reached:
            return


def _people(plan: Plan, team: str, on_call: OnCall, target: str, at: datetime) -> Iterable[str]:
    if target == TEAM:
        return plan.teams[team].people if team in plan.teams else ()
    if target in _POSITIONS:
        person = neighbour(on_call, at, plan.timezone, _POSITIONS[target])
        return (person,) if person else ()
    return (target,)


def _told(windows: Sequence[Quiet], at: datetime) -> tuple[datetime, str | None]:
    """When somebody is told first, and the window that keeps it quiet until then."""
    told, quiet = at, None
    while True:
        held = [
            (end, window.name)
            for window in windows
            for start, end in window.stretches(told, told)
            if start <= told < end
        ]
        if not held:
            return told, quiet
        told, quiet = max(held)


# ---- the worst moment ----------------------------------------------------------------------------


def worst(plan: Plan, alert: Alert, start: datetime, end: datetime) -> TimeLine:
    """The time line of the moment from ``start`` to before ``end`` at which a person is reached
    latest, as seen from when somebody has to answer; the first such moment.

    Who is reached first changes with time; whether and when anybody is, only where a gap of a
    rotation, a quiet window, the hours or the clocks begin or end.
    """
    moments = {start}
    for window in alert.quiet:
        moments |= {opening for opening, _ in window.stretches(start, end)}
    for each in alert.recipients:
        if each.channel != "On-Call" or each.name not in plan.on_call:
            continue
        for team in chain(plan, each.name):
            if team not in plan.on_call:
                continue
            on_call = plan.on_call[team]
            for gap in gaps(on_call, start, end + 14 * _DAY, plan.timezone):
                moments |= {gap.start, gap.start - _MINUTE, gap.end - _MINUTE}
                if plan.severities[alert.severity].hours == "business":
                    moments.add(opens(plan.business_hours, gap.start, plan.timezone))
    for change in clock_changes(start, end, plan.timezone):
        moments |= {change, change - _MINUTE}
    found: TimeLine | None = None
    for moment in sorted(moments):
        if not start <= moment < end:
            continue
        line = time_line(plan, alert, moment)
        if found is None or _to_spare(line) < _to_spare(found):
            found = line
        if line.first is None:
            break
    assert found is not None
    return found


def _to_spare(line: TimeLine) -> timedelta:
    return timedelta.min if line.first is None else line.promised_by - line.first.at


# ---- findings ------------------------------------------------------------------------------------


def page_findings(plan: Plan, start: date = HORIZON_START) -> list[Finding]:
    """A P0 or a P1 that reaches no person before somebody has to answer, at the worst moment of a
    year."""
    if None in (plan.people, plan.teams, plan.on_call):
        # One of them could not be read, which is said.
        return []
    # Until every rotation turns the chapter itself says who is missing.
    turning = [all_turn(on_call, plan.timezone).date() for on_call in plan.on_call.values()]
    start = max([start, *(day + _DAY for day in turning)])
    found: dict[tuple[str, Severity], list[str]] = {}
    graves: tuple[Severity, ...] = ("p0", "p1")
    for severity in graves:
        for side in _sides(plan):
            line = _worst_of_a_year(plan, severity, side, start)
            if line.in_time:
                continue
            code = f"{severity}-reaches-nobody-in-time"
            in_business_hours = plan.severities[severity].hours == "business"
            if (severity, side) == ("p0", "CloudWatch") and in_business_hours and not line.quiet:
                # SNS knows no hours: phones in it would ring at night as well.
                code = "p0-alarms-ring-no-phone"
            found.setdefault((code, severity), []).append(_says(plan, line))
    return [
        *(
            Finding(code, f"severities.{severity}", "; ".join(says), _remedy(plan, severity, says))
            for (code, severity), says in found.items()
        ),
        *_late_tiers(plan, start),
    ]


def _late_tiers(plan: Plan, start: date) -> Iterator[Finding]:
    """A step or a tier that is asked only when somebody should have answered already.

    As seen from the opening of a working day, or from midnight: an escalation takes as long
    whenever it begins.
    """
    midnight = datetime.combine(start, time(0), ZoneInfo(plan.timezone))
    begins = opens(plan.business_hours, midnight, plan.timezone, days_off(plan.holidays))
    for severity, definition in plan.severities.by_severity().items():
        team = definition.on_call
        if team is None or team not in plan.on_call:
            continue
        at = midnight.astimezone(UTC) if definition.hours == "always" else begins.astimezone(UTC)
        deadline = answered_by(plan, severity, at)
        steps = plan.on_call[team].escalation
        if len(steps) > 1 and at + steps[0].wait >= deadline:
            yield Finding(
                "escalates-after-target",
                f"severities.{severity}",
                f"whoever does not answer is waited for {tell_duration(steps[0].wait)} until "
                f"`{team}` asks anybody else, of {say_within(definition.respond_within)} to "
                "answer in",
                f"shorten `on_call.{team}.escalation.0.wait`",
            )
        asked: dict[str, datetime] = {}
        moment = at
        for whose_step, step in steps_of(plan, team):
            asked.setdefault(whose_step, moment)
            moment += step.wait
        late = {each: when for each, when in asked.items() if when >= deadline}
        for each, when in late.items():
            waits = ", ".join(
                say_duration(step.wait) for of, step in steps_of(plan, team) if of != each
            )
            yield Finding(
                "escalates-after-target",
                f"severities.{severity}",
                f"`{each}` (tier {tier_of(plan, each)}) is asked {tell_duration(when - at)} after "
                f"`{team}`, of {say_within(definition.respond_within)} to answer in",
                f"shorten the waits before it: {waits}",
            )


def _sides(plan: Plan) -> tuple[Side, ...]:
    """The sides that a plan has alerts on: backups are always watched by CloudWatch."""
    chapters = ("uptime", "services", "errors", "business", "logs", "service_levels")
    return SIDES if any(getattr(plan, name, None) for name in chapters) else SIDES[:1]


def _worst_of_a_year(plan: Plan, severity: Severity, side: Side, start: date) -> TimeLine:
    quiet = tuple(
        Quiet.in_window(plan, name)
        for name, window in sorted(plan.windows.items())
        if window.quiets is not None and severity in window.quiets.severities
    )
    alert = Alert(
        f"any {severity.upper()} of {side}",
        severity,
        side,
        recipients(plan, severity, side),
        # A P1 that is quiet in a window of the plan is meant to be.
        quiet if severity == "p0" else (),
    )
    begins = datetime.combine(start, datetime.min.time(), UTC)
    return worst(plan, alert, begins, begins + 366 * _DAY)


def _says(plan: Plan, line: TimeLine) -> str:
    definition = plan.severities[line.alert.severity]
    within = say_within(definition.respond_within)
    if not any(each.channel in ("SMS", "On-Call") for each in line.alert.recipients):
        return f"what {line.alert.side} sends reaches nobody's phone, of {within} to answer in"
    when = f"{line.at.astimezone(ZoneInfo(plan.timezone)):%A %Y-%m-%d %H:%M}"
    if line.first is None:
        return f"on {when} what {line.alert.side} sends reaches nobody's phone: nobody is on call"
    late = tell_duration(line.first.at - line.at)
    why = f", quiet in window `{line.quiet}`" if line.quiet else ""
    return (
        f"on {when} what {line.alert.side} sends reaches {line.first.to} after {late}{why}, of "
        f"{within} to answer in"
    )


def _remedy(plan: Plan, severity: Severity, says: Sequence[str]) -> str:
    if any("quiet in window" in each for each in says):
        return "say `up_to: p1` in the window's `quiets`"
    page = f", or `on_call: {min(plan.on_call)}`" if plan.on_call else ""
    if any("CloudWatch" in each for each in says):
        return f"add `sms` to `severities.{severity}`: alarms of CloudWatch reach no other phone"
    if plan.severities[severity].sms and plan.estate.datadog_role is None:
        # Datadog has no handle for SMS: it publishes to a topic, as a role of the account.
        return f"name `estate.datadog_role`, by which Datadog sends `sms`{page}"
    return f"add `sms` to `severities.{severity}`{page}"
