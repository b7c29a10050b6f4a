"""Support: where customers ask, who answers, who is next, and how a report becomes a priority."""

from pulumi_upkeep.plan import Plan

from tools.upkeep.handbook.page import (
    Page,
    Section,
    Table,
    fact,
    key_of,
    listed,
)

_GRAVE = ("critical", "high", "medium", "low")


def page(plan: Plan) -> Page | None:
    """None where the plan says nothing of support."""
    if plan.support is None:
        return None
    channels = listed(
        plan,
        "support.channels",
        "channel",
        mail="email",
        address="url",
        phone="phone",
        hours="hours",
        serves="serves",
        tier="tier",
    )
    tiers = listed(
        plan,
        "support.tiers",
        "tier",
        team="team",
        does="does",
        may="may",
        escalates_to="escalates_to",
        when="when",
    )
    sections = [
        Section("Channels", (channels,)),
        Section("Tiers", (tiers,), "Who answers, and who is next where they cannot."),
    ]
    if plan.support.enquiries is not None:
        within = Table(
            ("answered within", "aimed at"),
            (
                (
                    fact(plan, "support.enquiries.within"),
                    fact(plan, "support.enquiries.aim"),
                ),
            ),
        )
        sections.append(Section("Enquiries", (within,), "Counted in business hours."))
    if plan.support.triage is not None:
        sections += _triage(plan)
    lead = "Where customers ask, who answers, and how a report becomes a priority and an owner."
    return Page("support", "Support and triage", lead, tuple(sections))


def _triage(plan: Plan) -> list[Section]:
    assert plan.support is not None
    assert plan.support.triage is not None
    impacts = [impact.name for impact in plan.support.triage.impacts]
    means = listed(plan, "support.triage.impacts", "", impact="name", means="means")
    rows = tuple(
        (
            key_of(f"support.triage.{grave}"),
            key_of(f"support.triage.{grave}.{impact}"),
            fact(plan, f"support.triage.{grave}.{impact}.priority"),
            fact(plan, f"support.triage.{grave}.{impact}.owner"),
            fact(plan, f"support.triage.{grave}.{impact}.hotfix"),
        )
        for grave in _GRAVE
        for impact in impacts
    )
    matrix = Table(("severity of the bug", "impact", "priority", "owner", "hotfix"), rows)
    return [
        Section("What impact means", (means,)),
        Section("Triage", (matrix,), "From how grave a bug is and whom it meets to who does what."),
    ]
