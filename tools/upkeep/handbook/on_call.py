"""Who is on call when, and who is paged next where nobody answers."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.rotations import changes, on_call_at

from tools.upkeep.handbook.page import Page, Section, Steps, Table, computed, fact, key_of

_AHEAD = timedelta(weeks=6)


def page(plan: Plan, today: date) -> Page | None:
    """None where nobody is on call."""
    if not plan.on_call:
        return None
    sections = []
    for team, on_call in plan.on_call.items():
        at = f"on_call.{team}"
        steps = Steps(
            tuple(
                (
                    fact(plan, f"{at}.escalation.{index}.page"),
                    fact(plan, f"{at}.escalation.{index}.wait"),
                )
                for index in range(len(on_call.escalation))
            )
        )
        sections += [
            Section(
                f"{team}: the coming weeks",
                (_turns(plan, team, today),),
                "Who is on call from when, as the rotations say. Swaps in Datadog are not here.",
            ),
            Section(
                f"{team}: escalation",
                (steps,),
                "Who is paged, and how long for an answer before the next step.",
            ),
        ]
    return Page("on-call", "On call", "Who answers when, and who is next.", tuple(sections))


def _turns(plan: Plan, team: str, today: date) -> Table:
    zone = ZoneInfo(plan.timezone)
    on_call = plan.on_call[team]
    at = f"on_call.{team}.rotations"
    start = datetime.combine(today, time(), zone).astimezone(UTC)
    rows = []
    before: str | None = ""
    for moment in [start, *changes(on_call, start, start + _AHEAD, plan.timezone)]:
        person = on_call_at(on_call, moment, plan.timezone)
        if person == before:
            continue
        before = person
        local = moment.astimezone(zone)
        who = key_of(f"people.{person}") if person else computed("nobody", at)
        rows.append((computed(f"{local:%a %Y-%m-%d %H:%M %Z}", at), who))
    return Table(("from", "who"), tuple(rows))
