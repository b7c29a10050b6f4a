"""Severities and response targets: what is how grave, and by when somebody answers."""

from pulumi_upkeep.plan import Plan

from tools.upkeep.handbook.page import Page, Section, Table, fact, key_of, listed


def page(plan: Plan) -> Page:
    """Every plan has severities."""
    names = list(plan.severities.by_severity())
    meaning = Table(
        ("severity", "means", "answered within", "hours"),
        tuple(
            (
                key_of(f"severities.{name}"),
                fact(plan, f"severities.{name}.means"),
                fact(plan, f"severities.{name}.respond_within"),
                fact(plan, f"severities.{name}.hours"),
            )
            for name in names
        ),
    )
    told = Table(
        ("severity", "mail", "phones", "Slack", "on call", "tickets"),
        tuple(
            (
                key_of(f"severities.{name}"),
                *(
                    fact(plan, f"severities.{name}.{channel}")
                    for channel in ("email", "sms", "slack", "on_call", "tickets")
                ),
            )
            for name in names
        ),
    )
    hours = Table(
        ("days", "from", "to", "clocks"),
        (
            (
                fact(plan, "business_hours.on"),
                fact(plan, "business_hours.from"),
                fact(plan, "business_hours.to"),
                fact(plan, "timezone"),
            ),
        ),
    )
    sections = [
        Section("Severities", (meaning,), "Every alert, incident and runbook is one of these."),
        Section("Who is told", (told,)),
        Section("Business hours", (hours,), "What `business` above counts in."),
    ]
    if plan.holidays:
        holidays = listed(plan, "holidays", "", day="on", holiday="name")
        sections.append(Section("Holidays", (holidays,), "Days without business hours."))
    return Page(
        "severities",
        "Severities and response",
        "How grave something is, by when somebody answers, and who is told.",
        tuple(sections),
    )
