"""Incidents, reviews, and who may do what."""

from collections.abc import Iterator

from tools.upkeep.account.chapters.documents import path_of, rows_of
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack


@clause("BY-5.5")
def incidents(seen: Seen, figures: Figures) -> Iterator[Finding]:
    types = seen.prod.of("incident_type")
    if not types:
        yield lacks("no type of incidents is there")
        return
    said = " ".join(each["description"] for each in types)
    for number, (severity, means) in enumerate(figures["severities"].items(), start=1):
        # Datadog counts from SEV-1, the plan from P0.
        if f"sev-{number}** is {severity}: {means}.".lower() in said.lower():
            yield kept(f"incident type {types[0]['name']}: SEV-{number} is {severity}: {means}")
        else:
            yield lacks(f"no type of incidents says that SEV-{number} is {severity}: {means}")
    path = path_of(seen, figures["page"])
    rows = rows_of(seen, figures["page"], "from-the-alert-to-the-review")
    steps = [row["step"] for row in rows]
    nobody = [row["step"] for row in rows if row["by"] in ("", "–")]
    if steps == figures["steps"] and not nobody:
        by = ", ".join(f"{row['step']} by {row['by']}" for row in rows)
        yield kept(f"{path}: {by}")
    else:
        yield lacks(f"{path}: {', '.join(steps) or 'no step'}; by nobody: {', '.join(nobody)}")


@clause("BY-5.6")
def review(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    templates = [each for each in stack.of("incident_template") if each["kind"] == "review"]
    for template in templates:
        missing = [part for part in figures["holds"] if part not in template["content"].lower()]
        if missing:
            yield lacks(f"template {template['name']} lacks {', '.join(missing)}")
        else:
            yield kept(f"template {template['name']} holds {', '.join(figures['holds'])}")
    if not templates:
        yield lacks("no template of a review is there")
    for severity in figures["required_for"]:
        watches = [
            each["name"]
            for each in stack.of("function")
            if severity in each["environment"].get("SEVERITIES", "")
            and any(
                clocked["enabled"] and clocked["calls"] == each["name"]
                for clocked in stack.of("schedule")
            )
        ]
        owed = [
            each["name"]
            for each in stack.of("alarm")
            if any(metric["name"] == "ReviewOwedAge" for metric in each["metrics"])
            and each["topics"]
        ]
        if watches and owed:
            yield kept(f"{severity}: {watches[0]} looks for its review, alarm {owed[0]} tells")
        else:
            yield lacks(f"nothing tells that a review of {severity} is owed")


# What shows a thing, and what changes or runs it.
_DATADOG = {
    "dashboards": ("dashboards_read", "dashboards_write"),
    "monitors": ("monitors_read", "monitors_write"),
}
_AWS = {
    "runbooks": ("ssm:GetAutomationExecution", "ssm:StartAutomationExecution"),
    "backups": ("backup:ListRecoveryPointsByBackupVault", "backup:StartRestoreJob"),
}


@clause("BY-7.1")
def access(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    for what in figures["of"]:
        if what in _DATADOG:
            see, change = _DATADOG[what]
            granted = {each["name"]: set(each["permissions"]) for each in stack.of("datadog_role")}
        else:
            see, change = _AWS.get(what, (what, what))
            granted = {each["name"]: _allowed(each) for each in _of_people(stack)}
        may_see = sorted(name for name, actions in granted.items() if see in actions)
        may_change = sorted(name for name, actions in granted.items() if change in actions)
        if not may_see:
            yield lacks(f"{what}: no role says who may see them")
        elif len(granted) < 2 or len(may_change) == len(granted):
            yield lacks(f"{what}: whoever has a role may do the same")
        else:
            run = ", ".join(may_change) or "nobody by hand"
            yield kept(f"{what}: seen by {', '.join(may_see)}; changed or run by {run}")


def _of_people(stack: Stack) -> list[Fact]:
    """The roles that people take; the one that breaks the glass stands aside of them."""
    return [
        each
        for each in stack.of("role")
        if any(":saml-provider/" in who or who.endswith(":root") for who in each["trusts"])
        and "*" not in _allowed(each)
    ]


def _allowed(role: Fact) -> set[str]:
    return {
        action
        for statement in role["statements"]
        if statement["effect"] == "Allow"
        for action in statement["actions"]
    }
