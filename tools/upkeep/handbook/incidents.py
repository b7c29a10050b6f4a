"""Incidents: who does what from the first alert to the review."""

from pulumi_upkeep.plan import Plan

from tools.upkeep.handbook.page import Page, Section, Table, fact, key_of, listed

_KEYS = ("does", "by", "within")
_STEPS = ("detect", "classify", "investigate", "resolve", "review", "document")


def page(plan: Plan) -> Page | None:
    """None where the plan says nothing of incidents."""
    if plan.incidents is None:
        return None
    process = Table(
        ("step", "what", "by", "within"),
        tuple(
            (
                key_of(f"incidents.process.{step}"),
                *(
                    fact(plan, f"incidents.process.{step}.{key}")
                    for key in ("does", "by", "within")
                ),
            )
            for step in _STEPS
        ),
    )
    sections = [Section("From the alert to the review", (process,))]
    if plan.incidents.roles:
        roles = listed(plan, "incidents.roles", "role", means="means", by="by")
        sections.append(Section("Roles", (roles,)))
    asks = Table(
        ("asked", "what"),
        tuple(
            (
                fact(plan, f"incidents.review.asks.{index}.about"),
                fact(plan, f"incidents.review.asks.{index}.question"),
            )
            for index in range(len(plan.incidents.review.asks))
        ),
    )
    required = fact(plan, "incidents.review.required_for").text
    lead = f"Required for {required}. What every review answers:"
    sections.append(Section("Post-incident review", (asks,), lead))
    lead = "Who does what, from the first alert to the review."
    return Page("incidents", "Incidents", lead, tuple(sections))
