"""Care: patches, scans, reviews, and what is done to databases."""

from pulumi_upkeep.plan import Plan

from tools.upkeep.handbook.page import Fact, Page, Section, Table, fact, key_of, listed

_JOBS = ("indexes", "analysis", "cleanup", "archive")


def page(plan: Plan) -> Page | None:
    """None where the plan takes care of nothing."""
    sections = []
    if plan.patching:
        table = listed(
            plan,
            "patching",
            "patches",
            of="servers",
            in_window="window",
            grades="severities",
            after="approve_after",
            reboot="reboot",
        )
        sections.append(Section("Patches", (table,)))
    if plan.database_care:
        rows: list[tuple[Fact, ...]] = []
        for name, care in plan.database_care.items():
            for job in _JOBS:
                if getattr(care, job) is not None:
                    at = f"database_care.{name}.{job}"
                    rows.append(
                        (
                            key_of(f"database_care.{name}"),
                            key_of(at),
                            fact(plan, f"{at}.window"),
                            fact(plan, f"database_care.{name}.owner"),
                        )
                    )
        table = Table(("database", "what", "in window", "owner"), tuple(rows))
        sections.append(Section("Databases", (table,)))
    if plan.security is not None and plan.security.reviews:
        table = listed(
            plan,
            "security.reviews",
            "which",
            what="means",
            every="every",
            owner="owner",
            announced_ahead="announced",
            done_within="done_within",
        )
        sections.append(Section("Audits and reviews", (table,)))
    if not sections:
        return None
    return Page("care", "Patches and care", "What keeps everything in shape.", tuple(sections))
