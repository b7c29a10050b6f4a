"""``make page``: who would be woken by an alert, when, and until when somebody has to answer.

    make page ALERT=uptime-checkout AT="2027-03-14 03:00" STACK=prod
    make page                       # every alert, and whom it reaches first

Whoever is named is read off what the stack file declares. AT is on the plan's clocks; default now.
Everything stands in build/page-<stack>.json.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.clocks import exists
from pulumi_upkeep.plan.faults import nearest
from pulumi_upkeep.plan.proofs.pages import Event, TimeLine, holidays_between, time_line
from pulumi_upkeep.plan.response import say_target
from pulumi_upkeep.plan.support import chain, tier_of
from pulumi_upkeep.plan.words import say_duration, tell_duration
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tools.upkeep.alerts import Found, alerts
from tools.upkeep.declared import declared
from tools.upkeep.objectives import short
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

# The shape of the file; docs/reports.md says it.
VERSION = 1
# What is shown of an escalation that goes on although somebody should have answered.
_SHOWN_AFTER = 2


def page(
    console: Console,
    alert: str | None,
    at: str | None,
    stack: str | None,
    file: Path | None = None,
) -> None:
    """Show it for an alert, or list all. Stop where there is no such alert or moment."""
    files = [file] if file else [stack_file(PROJECT, name) for name in _stacks(alert, stack)]
    BUILD.mkdir(exist_ok=True)
    for path in files:
        try:
            declaration = declared(path)
        except PlanError as error:
            raise Stop(str(error)) from None
        plan, found = declaration.plan, alerts(declaration)
        moment, odd = moment_of(at, plan.timezone)
        names = matching(alert, found) if alert else list(found)
        lines = {name: time_line(plan, found[name].alert, moment) for name in names}
        name = declaration.stack if file is None else f"{path.parent.name}-{declaration.stack}"
        data = as_data(plan, declaration.stack, moment, found, lines)
        (BUILD / f"page-{name}.json").write_text(
            json.dumps(data, indent=2) + "\n", encoding="utf-8"
        )
        if odd:
            console.print(Text(odd, "yellow"), highlight=False)
        if len(names) == 1:
            show(console, plan, found[names[0]], lines[names[0]])
        else:
            show_all(console, path.name, plan, moment, found, lines)
        console.print(f"  [dim]all of it: build/page-{name}.json[/]\n", highlight=False)


def _stacks(alert: str | None, stack: str | None) -> Sequence[str]:
    """One alert is asked of production, unless another stack is named."""
    return ["prod"] if alert and stack is None else chosen(PROJECT, stack)


def matching(written: str, found: Mapping[str, Found]) -> list[str]:
    """The alerts that a name or a part of one means; Stop where there is none."""
    if written in found:
        return [written]
    if parts := [name for name in found if written.lower() in name.lower()]:
        return parts
    close = nearest(written, found)
    hint = f"did you mean `{close}`?" if close else "`make page` alone names all"
    raise Stop(f"ALERT: no alert of this stack has `{written}` in its name; {hint}")


def moment_of(written: str | None, tz: str) -> tuple[datetime, str]:
    """A time on the clocks of a zone, and what is odd about it."""
    zone = ZoneInfo(tz)
    if written is None:
        return datetime.now(zone).replace(second=0, microsecond=0), ""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Stop(f"AT: `{written}` is no time; write AT='2027-03-14 03:00'") from None
    if moment.tzinfo is not None:
        return moment.astimezone(zone), ""
    local = moment.replace(tzinfo=zone)
    if not exists(local):
        back = local.astimezone(UTC).astimezone(zone)
        return back, (
            f"{moment:%Y-%m-%d %H:%M} does not exist in {tz}: the clocks go forward over it. Shown "
            f"for {back:%H:%M}, when as much time has passed."
        )
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        second = local.replace(fold=1)
        return local, (
            f"{moment:%Y-%m-%d %H:%M} comes twice in {tz}. Shown for the first, {local:%Z}; the "
            f"second is AT='{second.isoformat(timespec='minutes')}'."
        )
    return local, ""


# ---- for a person ------------------------------------------------------------------------------


def show(console: Console, plan: Plan, found: Found, line: TimeLine) -> None:
    """The time line of one alert."""
    alert = found.alert
    at = line.at.astimezone(ZoneInfo(plan.timezone))
    console.print(
        Text(alert.name, "bold")
        + Text(f"  {alert.severity.upper()}, {found.kind} of {alert.side}, goes off on ")
        + Text(f"{at:%A} {at:%Y-%m-%d %H:%M} {at:%Z}"),
        highlight=False,
    )
    for sentence in _sentences(plan, found, line):
        console.print(Padding(Text(sentence), (0, 0, 0, 2)), highlight=False)
    if not line.events:
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    abroad = any(_their_clocks(plan, event) for event in line.events)
    for column in ("when", "after", "by", "who", "", *(["their clocks"] if abroad else [])):
        table.add_column(column, no_wrap=column not in ("who", ""))
    columns = len(table.columns)
    shown = False
    late = 0
    for event in line.events:
        if event.at >= line.answer_by:
            if not shown:
                table.add_row(*list(_deadline(plan, line))[:columns])
                shown = True
            late += 1
            if late > _SHOWN_AFTER:
                continue
        table.add_row(*list(_row(plan, line, event))[:columns])
    if not shown:
        table.add_row(*list(_deadline(plan, line))[:columns])
    console.print(Padding(table, (1, 0, 0, 2), expand=False))
    if late > _SHOWN_AFTER:
        last = line.events[-1].at.astimezone(ZoneInfo(plan.timezone))
        rest = f"and {late - _SHOWN_AFTER} more pages until {last:%A %H:%M}; then it stays open"
        console.print(Padding(Text(rest, "dim"), (0, 0, 0, 2)), highlight=False)
    console.print(Padding(_verdict(line), (1, 0, 0, 2)), highlight=False)


def _sentences(plan: Plan, found: Found, line: TimeLine) -> Iterator[str]:
    alert = found.alert
    definition = plan.severities[alert.severity]
    zone = ZoneInfo(plan.timezone)
    by = line.answer_by.astimezone(zone)
    within = say_target(definition).replace(", at any hour", " at any hour")
    yield f"somebody must answer within {within}: by {by:%A} {by:%H:%M}"
    if definition.hours == "business":
        for holiday in holidays_between(plan, line.at, line.answer_by):
            rings = any(
                event.rings and event.at.astimezone(zone).date() == holiday.on
                for event in line.events
            )
            though = "; On-Call knows no holidays, and rings" if rings else ""
            yield f"{holiday.on:%A} is {holiday.name}: outside business hours{though}"
    for each in alert.recipients:
        if each.channel == "On-Call" and (tiers := _tiers(plan, each.name)):
            yield f"On-Call asks {tiers}"
    if line.quiet:
        told = line.told.astimezone(zone)
        yield (
            f"quiet in `{line.quiet}` until {told:%A} {told:%H:%M}; told then, if it still holds"
        )
    if not alert.recipients:
        yield (
            f"tells nobody by itself: {', '.join(found.spoken_for)} speaks for it"
            if found.spoken_for
            else "tells nobody: the plan has silenced it"
        )
    if alert.remind:
        every = say_duration(alert.remind).removeprefix("1 ")
        yield f"said again every {every}, until it is over"


def _tiers(plan: Plan, team: str) -> str:
    """The tiers that a page goes through: ``tier-3 (operations), then ...``; empty for none."""
    asked = [(tier_of(plan, each), each) for each in chain(plan, team)]
    return ", then ".join(f"{tier} ({each})" for tier, each in asked if tier is not None)


def _row(plan: Plan, line: TimeLine, event: Event) -> Iterator[str | Text]:
    style = "dim" if event.at >= line.answer_by else ("bold" if event.rings else "")
    when = event.at.astimezone(ZoneInfo(plan.timezone))
    yield Text(f"{when:%a %H:%M}", style)
    after = event.at - line.at
    yield Text("at once" if not after else short(tell_duration(after)), style)
    yield Text(event.channel, style)
    yield Text(_named(event.channel, event.to), style)
    yield Text(event.why, "dim")
    yield Text(_their_clocks(plan, event), "dim")


def _their_clocks(plan: Plan, event: Event) -> str:
    """What the clocks of a person show who lives by others than the plan's."""
    person = plan.people.get(event.to)
    if person is None:
        person = next((each for each in plan.people.values() if each.email == event.to), None)
    if person is None or person.timezone in (None, plan.timezone):
        return ""
    theirs = event.at.astimezone(ZoneInfo(str(person.timezone)))
    return f"{theirs:%a %H:%M} {theirs.tzname()}"


def _deadline(plan: Plan, line: TimeLine) -> Iterator[str | Text]:
    by = line.answer_by.astimezone(ZoneInfo(plan.timezone))
    yield Text(f"{by:%a %H:%M}", "yellow")
    yield Text(short(tell_duration(line.answer_by - line.at)), "yellow")
    yield Text("")
    yield Text("somebody must have answered", "yellow")
    yield from ("", "")


def _verdict(line: TimeLine) -> Text:
    first = line.first
    if first is None:
        return Text("nobody's phone rings", "red" if line.alert.severity == "p0" else "yellow")
    after = first.at - line.at
    when = "at once" if not after else f"after {tell_duration(after)}"
    others = [person for person in line.people if person != first.to]
    then = f"; then {', '.join(others)}" if others else ""
    if first.at < line.answer_by:
        return Text(f"reaches {first.to} {when}{then}", "green")
    return Text(f"reaches {first.to} {when}: too late{then}", "red")


def show_all(
    console: Console,
    file: str,
    plan: Plan,
    at: datetime,
    found: Mapping[str, Found],
    lines: Mapping[str, TimeLine],
) -> None:
    """Every alert, and whom it reaches first."""
    when = f"{at:%A} {at:%Y-%m-%d %H:%M} {at:%Z}"
    console.print(Text(file, "bold") + Text(f" on {when}: {len(lines)} alerts"), highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("alert", overflow="fold", max_width=50)
    for column in ("", "of", "rings first", "after", "answer by"):
        table.add_column(column, no_wrap=True)
    order = sorted(lines, key=lambda name: (lines[name].alert.severity, name))
    for name in order:
        table.add_row(*_summary(plan, found[name], lines[name]))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _summary(plan: Plan, found: Found, line: TimeLine) -> Iterator[str | Text]:
    alert, first = found.alert, line.first
    yield alert.name
    yield alert.severity.upper()
    yield alert.side
    if first is not None:
        after = first.at - line.at
        yield Text(first.to, "green" if first.at < line.answer_by else "red")
        yield "at once" if not after else short(tell_duration(after))
    elif not alert.recipients:
        yield Text(_instead(found), "dim")
        yield ""
    else:
        named = [_named(each.channel, each.name) for each in alert.recipients]
        # A channel is seen by more people than a mailbox.
        yield Text(min(named, key=lambda name: not name.startswith("#")), "dim")
        yield Text("no phone", "dim")
    by = line.answer_by.astimezone(ZoneInfo(plan.timezone))
    yield f"{by:%a %H:%M}" if alert.recipients else ""


def _instead(found: Found) -> str:
    """What tells of an alert that tells nobody by itself."""
    if not found.spoken_for:
        return "silenced"
    first, *others = found.spoken_for
    return f"as {first}" + (f" and {len(others)} more" if others else "")


def _named(channel: str, name: str) -> str:
    return f"#{name}" if channel == "Slack" else name


# ---- for a machine -----------------------------------------------------------------------------


def as_data(
    plan: Plan,
    stack: str,
    at: datetime,
    found: Mapping[str, Found],
    lines: Mapping[str, TimeLine],
) -> dict[str, Any]:
    """The content of build/page-<stack>.json."""
    return {
        "version": VERSION,
        "stack": stack,
        "at": at.isoformat(),
        "timezone": plan.timezone,
        "alerts": [_alert_data(plan, found[name], line) for name, line in lines.items()],
    }


def _alert_data(plan: Plan, found: Found, line: TimeLine) -> dict[str, Any]:
    zone = ZoneInfo(plan.timezone)

    def written(moment: datetime) -> str:
        return moment.astimezone(zone).isoformat()

    alert, first = found.alert, line.first
    return {
        "alert": alert.name,
        "severity": alert.severity,
        "side": alert.side,
        "kind": found.kind,
        "recipients": [{"by": each.channel, "to": each.name} for each in alert.recipients],
        "spoken_for_by": list(found.spoken_for),
        "remind_every_seconds": alert.remind.total_seconds() if alert.remind else None,
        "quiet": line.quiet,
        "told": written(line.told),
        "promised_by": written(line.promised_by),
        "answer_by": written(line.answer_by),
        "in_time": line.in_time,
        "holidays": [
            {"on": each.on.isoformat(), "name": each.name}
            for each in holidays_between(plan, line.at, line.answer_by)
        ],
        "tiers": [
            {"tier": tier_of(plan, team), "team": team}
            for each in alert.recipients
            if each.channel == "On-Call"
            for team in chain(plan, each.name)
        ],
        "first": None if first is None else {"at": written(first.at), "to": first.to},
        "events": [
            {
                "at": written(event.at),
                "after_seconds": (event.at - line.at) / timedelta(seconds=1),
                "by": event.channel,
                "to": event.to,
                "rings": event.rings,
                "why": event.why,
                "their_clocks": _their_clocks(plan, event) or None,
            }
            for event in line.events
        ],
    }
