"""What people read: pages of the handbook, which are made of the plan's own words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Seen

_LINK = re.compile(r"Runbook: \S*?/runbooks/([\w.-]+)")
# What stands in an alert's message and not in its text.
_ASIDE = re.compile(r"\{\{.*?\}\}")


def page_text(seen: Seen, key: str) -> str:
    """What a page of production's handbook says, in small letters; empty without one."""
    return next(
        (
            str(each["text"]).lower()
            for each in seen.repository.of("page")
            if each["key"] == key and each["stack"] == seen.prod.name
        ),
        "",
    )


def page_says(seen: Seen, key: str, wanted: Sequence[Any], what: str) -> Iterator[Finding]:
    """Whether the handbook of production has a page that says all that is wanted."""
    text = page_text(seen, key)
    if not text:
        yield lacks(f"{what}: the handbook has no page {key}")
        return
    missing = [str(each) for each in wanted if str(each).lower() not in text]
    if missing:
        yield lacks(f"{what}: page {key} of the handbook does not say {', '.join(missing)}")
    else:
        said = ", ".join(str(each) for each in wanted)
        yield kept(f"{what}: page {key} of the handbook says {said}")


def rows_of(seen: Seen, key: str, table: str) -> list[Mapping[str, str]]:
    """The rows of a table of production's handbook, by the heading it stands below."""
    return [
        row
        for each in seen.repository.of("page")
        if each["key"] == key and each["stack"] == seen.prod.name
        for found in each["tables"]
        if found["of"] == table
        for row in found["rows"]
    ]


def path_of(seen: Seen, key: str) -> str:
    """Where a page of production's handbook is written."""
    return next(
        (
            str(each["path"])
            for each in seen.repository.of("page")
            if each["key"] == key and each["stack"] == seen.prod.name
        ),
        f"page {key} of the handbook",
    )


_UNITS = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}


def minutes_of(said: str) -> float | None:
    """``2 hours`` in minutes; None of what is no such time."""
    number, _, unit = said.partition(" ")
    per = _UNITS.get(unit.removesuffix("s"))
    return float(number) * per if per and number.isdigit() else None


@clause("PD-2.1")
def triage(seen: Seen, figures: Figures) -> Iterator[Finding]:
    page, priorities = figures["page"], figures["priorities"]
    path = path_of(seen, page)
    rows = rows_of(seen, page, "triage")
    impacts = list(dict.fromkeys(row["impact"] for row in rows))
    if len(impacts) < 2:
        yield lacks("triage: no impact makes a difference to a priority")
    graver: dict[str, int] = {}
    for severity in figures["severities"]:
        to = {row["impact"]: row for row in rows if row["severity of the bug"] == severity}
        wrong = [
            impact
            for impact in impacts
            if impact not in to
            or to[impact]["priority"] not in priorities
            or to[impact]["owner"] in ("", "–")
        ]
        if wrong or not to:
            yield lacks(
                f"triage: {severity}: no priority or no owner of {', '.join(wrong) or 'it'}"
            )
            continue
        places = {impact: priorities.index(row["priority"]) for impact, row in to.items()}
        milder = [impact for impact in impacts if places[impact] < graver.get(impact, 0)]
        graver = places
        says = ", ".join(f"{i} is {to[i]['priority']} of {to[i]['owner']}" for i in impacts)
        if milder:
            yield lacks(f"triage: {severity} is graver than what comes before it: {says}")
        else:
            yield kept(f"{path}: a {severity} bug: {says}")
    for priority in priorities:
        if priority not in {row["priority"] for row in rows}:
            yield lacks(f"triage: nothing becomes {priority}")


@clause("PD-5.1")
def enquiries(seen: Seen, figures: Figures) -> Iterator[Finding]:
    page = figures["page"]
    path = path_of(seen, page)
    for row in rows_of(seen, page, "enquiries"):
        for column, hours in figures["hours"].items():
            if minutes_of(row.get(column, "")) == hours * 60:
                yield kept(f"{path}: enquiries are {column} {row[column]}")
            else:
                said = row.get(column) or "never"
                yield lacks(f"enquiries are {column} {said}, not {hours} hours")
    if f"counted in {figures['counted']}" in page_text(seen, page):
        yield kept(f"{path}: counted in {figures['counted']}")
    else:
        yield lacks(f"{path} does not count enquiries in {figures['counted']}")
    # Who watches: a team with people, by the tier that takes what comes through the channel.
    tiers = {row["tier"]: row["team"] for row in rows_of(seen, page, "tiers")}
    mails = [row for row in rows_of(seen, page, "channels") if "@" in row["mail"]]
    if not mails:
        yield lacks("enquiries have no mailbox")
    for row in mails:
        team = tiers.get(row["tier"], "")
        if team not in (seen.prod.plan.get("teams") or {}):
            yield lacks(f"enquiries to {row['mail']}: no team watches them")
        else:
            yield kept(f"{path}: {row['mail']} is watched by team {team}")


@clause("PD-5.2")
def runbook_for_every_alert(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    written = [each for each in seen.repository.of("runbook") if each["stack"] == stack.name]
    pages = {each["name"] for each in written}
    alerts = {each["name"]: each["says"] for each in stack.of("alarm")}
    alerts |= {each["name"]: each["message"] for each in stack.of("monitor")}
    alerts |= {each["name"]: each["message"] for each in stack.of("test")}
    leads = {name: _LINK.findall(_ASIDE.sub(" ", said)) for name, said in alerts.items()}
    nowhere = sorted(name for name, to in leads.items() if not set(to) & pages)
    if not alerts:
        yield lacks("there is no alert")
    elif nowhere:
        more = f" and {len(nowhere) - 3} more" if len(nowhere) > 3 else ""
        yield lacks(f"no page behind {', '.join(nowhere[:3])}{more}")
    else:
        used = {page for to in leads.values() for page in to}
        # Beside the pages' folders stands what lists them.
        index = written[0]["path"].rsplit("/", 2)[0] + "/index.html"
        yield kept(f"{index}: all {len(alerts)} alerts lead to {len(used)} pages of {len(pages)}")
    yield from _troubleshooting(seen, figures["page"])


@clause("BY-7.2")
def handbook(seen: Seen, figures: Figures) -> Iterator[Finding]:
    told = {
        "architecture": _architecture,
        "procedures": _procedures,
        "troubleshooting": _troubleshooting,
    }
    for what, page in figures["pages"].items():
        yield from told[what](seen, page)
    for workflow in seen.repository.of("workflow"):
        for job in workflow["jobs"]:
            steps = [step["run"] for step in job["steps"]]
            deploys = [n for n, run in enumerate(steps) if "pulumi up" in run]
            writes = [n for n, run in enumerate(steps) if " handbook " in f"{run} "]
            if job["environment"] and deploys and writes and writes[0] > deploys[-1]:
                yield kept(f"{workflow['path']}, job {job['id']}, writes it anew with each release")
                return
    yield lacks("no workflow writes the handbook anew with each release")


def _architecture(seen: Seen, page: str) -> Iterator[Finding]:
    """The page has every thing of the company's as the cloud knows it, and what stands on it."""
    stack, path = seen.prod, path_of(seen, page)
    known = {row["name"]: row["known as"] for row in rows_of(seen, page, "what-they-stand-on")}
    things = stack.databases | stack.servers | stack.buckets
    for name, id_ in things.items():
        if id_ in re.split(r"[,:\s]+", known.get(name, "")):
            yield kept(f"architecture: {path} has {name}, which is {id_}")
        else:
            yield lacks(f"architecture: {path} does not say that {name} is {id_}")
    services = rows_of(seen, page, "services")
    for row in services:
        stands = [part.rpartition(" ")[2] for part in row["runs on"].split(", ")]
        if set(stands) <= set(things) and stands != [""]:
            yield kept(f"architecture: {path}: service {row['service']} runs on {row['runs on']}")
        else:
            yield lacks(f"architecture: service {row['service']} runs on {row['runs on'] or '–'}")
    if not services or not things:
        yield lacks(f"architecture: {path} has no service, or nothing that one stands on")


def _procedures(seen: Seen, folder: str) -> Iterator[Finding]:
    """Each runbook that can be run has a page with every one of its steps."""
    stack = seen.prod
    pages = {
        each["name"]: each
        for each in seen.repository.of("runbook")
        if each["stack"] == stack.name and f"/{folder}/" in each["path"]
    }
    runbooks = [each for each in stack.of("document") if each["type"] == "Automation"]
    if not runbooks:
        yield lacks("procedures: there is no runbook")
    for each in runbooks:
        page = pages.get(each["name"].removeprefix(stack.prefix))
        words = set((page["text"] if page else "").split())
        untold = [step["name"] for step in each["steps"] if step["name"] not in words]
        if page is None:
            yield lacks(f"procedures: no page of runbook {each['name']}")
        elif untold:
            yield lacks(f"procedures: {page['path']} does not tell of step {', '.join(untold)}")
        else:
            steps = len(each["steps"])
            yield kept(f"procedures: {page['path']} tells all {steps} steps of {each['name']}")


def _troubleshooting(seen: Seen, page: str) -> Iterator[Finding]:
    """The page has every alert, with the severity that it has."""
    stack, path = seen.prod, path_of(seen, page)
    told = {row["alert"]: row["severity"] for row in rows_of(seen, page, "alerts")}
    alerts = {each["name"]: _severity(each["says"]) for each in stack.of("alarm")}
    alerts |= {
        each["name"]: next(
            (tag.partition(":")[2] for tag in each["tags"] if tag.startswith("severity:")), ""
        )
        for each in stack.of("monitor")
    }
    alerts |= {each["name"]: "" for each in stack.of("test")}
    wrong = sorted(
        name
        for name, severity in alerts.items()
        if (shown := told.get(name.removeprefix(stack.prefix))) is None
        or (severity and shown != severity)
    )
    if wrong or not alerts:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        yield lacks(f"troubleshooting: {path} lacks {', '.join(wrong[:3]) or 'all alerts'}{more}")
    else:
        yield kept(f"troubleshooting: {path} has all {len(alerts)} alerts by severity")


def _severity(says: str) -> str:
    """``p1`` of an alarm's ``P1: ...``."""
    found = re.match(r"(P\d): ", says)
    return found[1].lower() if found else ""


@clause("BY-7.3")
def contacts(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack, page = seen.prod, figures["page"]
    path = path_of(seen, page)
    people = {row["who"]: row for row in rows_of(seen, page, "people")}
    roles = {row["role"]: row["who"] for row in rows_of(seen, page, "whom-to-ask")}
    for role, mail in figures["people"].items():
        person = people.get(roles.get(role, ""), {})
        if person.get("mail") == mail and person.get("phone") not in (None, "", "–"):
            yield kept(f"{path}: {role} is {mail}, with a phone")
        else:
            yield lacks(f"{path} does not say that {role} is {mail}, with a phone")
    providers = {row["for"]: row for row in rows_of(seen, page, "service-providers")}
    for what in figures["providers"]:
        row = providers.get(what, {})
        untold = [
            column
            for column in ("name", "account", "support", "owner")
            if row.get(column, "–") in ("", "–")
        ]
        if untold or row["owner"] not in people:
            yield lacks(f"{path}: provider {what}: no {', '.join(untold) or 'owner with a mail'}")
        else:
            yield kept(f"{path}: {what} is {row['name']}, with account, support and an owner")
    # One source: whoever is mailed of an alert or is on call stands there.
    known = {row["mail"] for row in people.values()}
    mailed = {
        each["endpoint"]
        for each in stack.of("subscription")
        if each["protocol"] == "email" and each["topic"].startswith(f"{stack.prefix}alerts")
    }
    on_call = {
        who
        for each in stack.of("on_call_schedule")
        for layer in each["layers"]
        for who in layer["people"]
    }
    for what, found in (("alerts go to", mailed), ("on call are", on_call)):
        strangers = sorted(found - known)
        if strangers:
            yield lacks(f"{what} {', '.join(strangers)}, who are no contacts")
        elif found:
            yield kept(f"{what} {', '.join(sorted(found))}, all of them contacts")
        else:
            yield lacks(f"{what} nobody")
