"""Services: what customers use, who owns it, and what it stands on."""

from pulumi_upkeep.plan import Plan

from tools.upkeep.handbook.page import Page, Section, Table, fact, key_of


def page(plan: Plan) -> Page | None:
    """None where the plan names no service."""
    if not plan.services:
        return None
    services = Table(
        ("service", "is", "owner", "importance", "runs on", "looked at from outside"),
        tuple(
            (
                key_of(f"services.{name}"),
                fact(plan, f"services.{name}.means"),
                fact(plan, f"services.{name}.owner"),
                fact(plan, f"services.{name}.importance"),
                fact(plan, f"services.{name}.runs_on"),
                fact(plan, f"services.{name}.checks"),
            )
            for name in plan.services
        ),
    )
    sections = [Section("Services", (services,))]
    estate = [
        (kind, name)
        for kind in ("databases", "servers", "buckets")
        for name in getattr(plan.estate, kind)
    ]
    rows = tuple(
        (
            key_of(f"estate.{kind}.{name}"),
            key_of(f"estate.{kind}"),
            fact(plan, f"estate.{kind}.{name}"),
        )
        for kind, name in estate
    )
    if rows:
        sections.append(
            Section(
                "What they stand on",
                (Table(("name", "is one of", "known as"), rows),),
                "What the company already has: looked up, never created.",
            )
        )
    lead = "What customers use, who answers for it, and what it stands on."
    return Page("services", "Services and estate", lead, tuple(sections))
