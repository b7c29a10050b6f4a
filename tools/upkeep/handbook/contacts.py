"""People, teams, and whoever else is called."""

from pulumi_upkeep.plan import Plan

from tools.upkeep.handbook.page import Page, Section, Table, listed


def page(plan: Plan) -> Page | None:
    """None where the plan names nobody."""
    sections = []
    if plan.contacts:
        table = listed(plan, "contacts", "who", role="role", asked_for="asked_for")
        sections.append(Section("Whom to ask", (table,)))
    if plan.people:
        table = listed(plan, "people", "who", mail="email", phone="phone")
        sections.append(Section("People", (table,), _secrets(table)))
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
        sections.append(Section("Service providers", (table,), _secrets(table)))
    if not sections:
        return None
    return Page("contacts", "Contacts", "Who there is, and how they are reached.", tuple(sections))


def _secrets(table: Table) -> str:
    """How to come by what is not written here; empty where everything is."""
    for row in table.rows:
        for each in row:
            if each.text.startswith("(secret: "):
                name = each.text.removeprefix("(secret: ").removesuffix(")")
                command = f"pulumi config get upkeep:{name}"
                return f"A secret is read from the stack's settings: `{command}`."
    return ""
