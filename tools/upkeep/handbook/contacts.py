"""People, teams, and whoever else is called."""

from pulumi_upkeep.plan import Plan

from tools.upkeep.handbook.page import Page, Section, listed


def page(plan: Plan) -> Page | None:
    """None where the plan names nobody."""
    sections = []
    if plan.contacts:
        table = listed(plan, "contacts", "who", role="role", asked_for="asked_for")
        sections.append(Section("Whom to ask", (table,)))
    if plan.people:
        table = listed(plan, "people", "who", mail="email", phone="phone")
        sections.append(Section("People", (table,)))
    if plan.teams:
        table = listed(plan, "teams", "team", people="people", Slack="slack")
        lead = "A team owns services, and hears of them."
        sections.append(Section("Teams", (table,), lead))
    if plan.providers:
        table = listed(
            plan,
            "providers",
            "for",
            name="name",
            does="does",
            account="account",
            support="support",
            owner="owner",
        )
        sections.append(Section("Service providers", (table,)))
    if not sections:
        return None
    return Page("contacts", "Contacts", "Who there is, and how they are reached.", tuple(sections))
