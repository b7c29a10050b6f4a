"""Access: who may see, run, approve and change what."""

from pulumi_upkeep.plan import Plan

from tools.upkeep.handbook.page import Page, Section, Table, fact, listed


def page(plan: Plan) -> Page | None:
    """None where the plan says nothing of it."""
    if plan.access is None:
        return None
    roles = listed(plan, "access.roles", "role", means="means", teams="teams", may="may")
    sections = [Section("Roles", (roles,))]
    if plan.access.break_glass is not None:
        keys = ("teams", "session", "severity")
        row = tuple(fact(plan, f"access.break_glass.{key}") for key in keys)
        lead = "For when nothing else helps. Whoever takes it is heard of at once."
        table = Table(("teams", "ends after", "alarms as"), (row,))
        sections.append(Section("Break glass", (table,), lead))
    return Page("access", "Access", "Who may see, run, approve and change what.", tuple(sections))
