"""Backups: what is copied when, where to, and how long it is kept."""

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.words import say_duration

from tools.upkeep.handbook.page import Fact, Page, Section, Table, computed, fact, key_of


def page(plan: Plan) -> Page | None:
    """None where nothing is backed up."""
    if not plan.backups:
        return None
    sections = [_plan(plan, name) for name in plan.backups]
    if plan.restore_tests:
        keys = ("of", "every", "on", "at", "severity")
        tests = Table(
            ("test", *keys),
            tuple(
                (
                    key_of(f"restore_tests.{name}"),
                    *(fact(plan, f"restore_tests.{name}.{key}") for key in keys),
                )
                for name in plan.restore_tests
            ),
        )
        lead = (
            "A backup is as good as its last restore: each is restored, looked at and deleted. "
            f"The clocks are those of {plan.timezone}."
        )
        sections.append(Section("Restore tests", (tests,), lead))
    return Page(
        "backups",
        "Backups",
        "What is copied when, where to, and how long it is kept.",
        tuple(sections),
    )


def _plan(plan: Plan, name: str) -> Section:
    entry = plan.backups[name]
    rows: list[tuple[Fact, ...]] = []
    if entry.point_in_time is not None:
        at = f"backups.{name}.point_in_time"
        rows.append(
            (
                computed("point in time", at),
                computed("continuous", at),
                fact(plan, f"{at}.keep"),
                computed("–", at),
            )
        )
    for tier_name, tier in entry.tiers.items():
        at = f"backups.{name}.tiers.{tier_name}"
        copies = "; ".join(
            f"{copy.to}, kept {say_duration(copy.keep or tier.keep)}" for copy in tier.copies
        )
        rows.append(
            (
                key_of(at),
                computed(tier.says(), at),
                fact(plan, f"{at}.keep"),
                computed(copies or "–", at),
            )
        )
    protects = fact(plan, f"backups.{name}.protects").text
    return Section(
        name,
        (Table(("tier", "when", "kept", "copied to"), tuple(rows)),),
        f"Protects {protects}. The clocks are those of {plan.timezone}.",
    )
