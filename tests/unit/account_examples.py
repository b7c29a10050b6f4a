"""What a shipped plan does not ask for yet, as a reader would see it: so that the predicates of
those clauses are tried, too. Each is left out where the plan brings its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Facts = dict[str, list[dict[str, Any]]]
Plan = dict[str, Any]
Added = Callable[[Facts, Facts, Plan], None]


def patching(prefix: str, cron: str, timezone: str) -> Added:
    """A monthly window that installs security patches."""

    def add(prod: Facts, _: Facts, plan: Plan) -> None:
        if "patching" in plan and prod["window_task"] and prod["patch_baseline"]:
            return
        plan.setdefault("patching", {})
        window = f"{prefix}windows-patches"
        prod["ops_window"].append(
            {
                "id": "mw-1",
                "name": window,
                "region": "us-east-1",
                "cron": cron,
                "timezone": timezone,
                "hours": 4,
                "enabled": True,
            }
        )
        prod["window_task"].append(
            {
                "window": window,
                "region": "us-east-1",
                "name": f"{prefix}patching",
                "type": "RUN_COMMAND",
                "task": "AWS-RunPatchBaseline",
                "targets": 1,
                "given": {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]},
            }
        )
        prod["patch_baseline"].append(
            {
                "name": f"{prefix}patching",
                "region": "us-east-1",
                "system": "AMAZON_LINUX_2023",
                "rules": [{"after_days": 7, "filters": {"CLASSIFICATION": ["Security"]}}],
            }
        )

    return add


def scans(prod: Facts, _: Facts, plan: Plan) -> None:
    """A weekly scan by a function."""
    security = plan.setdefault("security", {})
    if "scans" in security:
        return
    plan["security"] = {**security, "scans": {}}
    prod["schedule"].append(_schedule("security-scans-report", "rate(7 days)", "security-scans"))


def reviews(prod: Facts, _: Facts, plan: Plan) -> None:
    """The quarterly audit and the two yearly reviews, opened and announced."""
    security = plan.setdefault("security", {})
    if "reviews" in security:
        return
    plan["security"] = {**security, "reviews": {}}
    for what, cron in (
        ("audit", "cron(0 10 1 1,4,7,10 ? *)"),
        ("penetration test", "cron(0 10 1 3 ? *)"),
        ("compliance review", "cron(0 10 1 6 ? *)"),
    ):
        for calls in ("createOpsItem", "publish"):
            given = {"Title": f"bynomi-prod: {what}", "Description": "Owner: operations."}
            prod["schedule"].append(_schedule(f"{what}-{calls}", cron, calls, given))


def _schedule(
    name: str, cron: str, calls: str, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "name": f"bynomi-prod-{name}",
        "region": "us-east-1",
        "cron": cron,
        "timezone": "America/New_York",
        "calls": calls,
        "given": given or {},
        "enabled": True,
    }


def handbook(_: Facts, files: Facts, __: Plan) -> None:
    """A deployment that writes the handbook anew."""
    for workflow in files["workflow"]:
        if workflow["path"] != ".github/workflows/deploy.yml":
            continue
        for job in workflow["jobs"]:
            if job["environment"] and not any("handbook" in each["run"] for each in job["steps"]):
                job["steps"].append(
                    {"name": "", "run": "make handbook", "uses": "", "if": "", "env": {}}
                )


def tickets(prod: Facts, _: Facts, plan: Plan) -> None:
    """A webhook that every severity's alerts speak of."""
    if "tickets" in plan:
        return
    plan["tickets"] = {}
    prod["webhook"].append({"name": "prize-draw-prod-tickets", "payload": {}})
    for severity, name in (
        ("p0", "prize-draw-prod-logs-pattern-draw-failed"),
        ("p1", "prize-draw-prod-business-orders-stops"),
        ("p2", "prize-draw-prod-business-orders-falls"),
        ("p3", "prize-draw-prod-business-registrations-falls"),
    ):
        for each in prod["monitor"]:
            # One of each severity, so that a change of one is seen.
            if each["name"] == name and f"severity:{severity}" in each["tags"]:
                each["message"] += " @webhook-prize-draw-prod-tickets"


def restores(prod: Facts, _: Facts, plan: Plan) -> None:
    """A quarterly restore that a function judges."""
    if "restore_tests" in plan:
        return
    plan["restore_tests"] = {}
    prod["restore_test"].append(
        {
            "plan": "prize_draw_prod_quarterly",
            "region": "eu-west-2",
            "cron": "cron(0 6 1 1,4,7,10 ? *)",
            "timezone": "Europe/London",
            "protects": ["arn:aws:rds:eu-west-2:123456789012:db:draws-prod-euw2-1"],
            "vaults": ["prize-draw-prod-database-euw2"],
        }
    )
    verdict = "prize-draw-prod-quarterly-verdict"
    prod["event_rule"].append(
        {
            "name": verdict,
            "region": "eu-west-2",
            "sources": ["aws.backup"],
            "targets": [verdict],
            "enabled": True,
        }
    )
    prod["function"].append({"name": verdict, "region": "eu-west-2", "environment": {}})


def site_down(_: Facts, files: Facts, __: Plan) -> None:
    """The page that the site's alerts lead to."""
    if not any(each["name"] == "site-down" for each in files["runbook"]):
        files["runbook"].append({"stack": "prod", "name": "site-down"})


ADDED: Mapping[str, Sequence[Added]] = {
    "bynomi": (
        patching("bynomi-prod-", "cron(0 1 ? * SUN#1 *)", "America/New_York"),
        scans,
        reviews,
        handbook,
    ),
    "prize-draw": (
        patching("prize-draw-prod-", "cron(0 3 ? * SUN#1 *)", "Europe/London"),
        tickets,
        restores,
        site_down,
    ),
}
