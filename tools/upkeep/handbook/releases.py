"""Releases: how often, in which window, what comes before, and the dates of the coming year."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.releases import releases_occasions

from tools.upkeep.handbook.page import Page, Section, Table, computed, fact, key_of, listed

_AHEAD = timedelta(days=366)


def page(plan: Plan, today: date) -> Page | None:
    """None where the plan says nothing of releases."""
    if plan.releases is None:
        return None
    keys = ("every", "in", "planning", "freeze", "notice")
    kinds = [kind for kind in ("major", "minor") if getattr(plan.releases, kind) is not None]
    sections = []
    if kinds:
        rows = tuple(
            (
                key_of(f"releases.{kind}"),
                *(fact(plan, f"releases.{kind}.{key}") for key in keys),
            )
            for kind in kinds
        )
        head = ("release", "every", "in window", "planned before", "frozen before", "told before")
        sections.append(Section("How releases come", (Table(head, rows),)))
    zone = ZoneInfo(plan.timezone)
    dates = tuple(
        (
            computed(f"{each.starts.astimezone(zone):%a %Y-%m-%d %H:%M %Z}", each.path),
            computed(f"{each.ends.astimezone(zone):%a %Y-%m-%d %H:%M %Z}", each.path),
            computed(each.kind, each.path),
            computed(each.says, each.path),
        )
        for each in sorted(releases_occasions(plan, today, today + _AHEAD))
    )
    if dates:
        table = Table(("from", "until", "what", "which"), dates)
        sections.append(Section("The coming year", (table,)))
    if plan.releases.freezes:
        keys_of_freeze = {"from": "from", "to": "to", "because": "because"}
        table = listed(plan, "releases.freezes", "", **keys_of_freeze)
        sections.append(Section("Other freezes", (table,)))
    if plan.updates is not None and plan.updates.packages:
        table = listed(
            plan,
            "updates.packages",
            "package",
            every="every",
            minor="minor",
            major="major",
        )
        sections.append(Section("Software that is kept current", (table,)))
    lead = "When something is released, what comes before it, and when nothing may be."
    return Page("releases", "Releases", lead, tuple(sections))
