"""The calendar: windows, and everything that happens at a time known beforehand."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.calendar import occasions
from pulumi_upkeep.plan.words import tell_duration

from tools.upkeep.handbook.page import Page, Section, Table, computed, fact, key_of

_AHEAD = timedelta(days=92)
# Told by the page of backups; one a day would hide the rest.
_LEFT_OUT = {"backup"}


def page(plan: Plan, today: date) -> Page | None:
    """None where nothing is planned."""
    sections = []
    if plan.windows:
        windows = Table(
            ("window", "when", "clocks", "quiet meanwhile"),
            tuple(
                (
                    key_of(f"windows.{name}"),
                    fact(plan, f"windows.{name}"),
                    fact(plan, "timezone"),
                    fact(plan, f"windows.{name}.quiets"),
                )
                for name in plan.windows
            ),
        )
        sections.append(Section("Maintenance windows", (windows,)))
    announced = tuple(
        (
            key_of(f"windows.{name}"),
            fact(plan, f"windows.{name}.notice.ahead"),
            fact(plan, f"windows.{name}.notice.by"),
        )
        for name, window in plan.windows.items()
        if window.notice is not None
    )
    if announced:
        table = Table(("window", "ahead", "by"), announced)
        sections.append(Section("How users hear of them", (table,)))
    zone = ZoneInfo(plan.timezone)
    rows = []
    for each in occasions(plan, today, today + _AHEAD):
        if each.kind in _LEFT_OUT:
            continue
        starts = each.starts.astimezone(zone)
        rows.append(
            (
                computed(f"{starts:%a %Y-%m-%d %H:%M %Z}", each.path),
                computed(tell_duration(each.length) if each.length else "–", each.path),
                computed(each.kind, each.path),
                computed(each.says, each.path),
                computed(each.owner or "–", each.path),
            )
        )
    if rows:
        table = Table(("when", "lasts", "what", "which", "owner"), tuple(rows))
        sections.append(Section("The coming quarter", (table,)))
    if not sections:
        return None
    lead = "Maintenance windows, and what happens when."
    return Page("calendar", "Calendar", lead, tuple(sections))
