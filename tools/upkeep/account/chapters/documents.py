"""What people read: pages of the handbook, which are made of the plan's own words."""

import re
from collections.abc import Iterator, Sequence
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


@clause("PD-2.1")
def triage(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from page_says(
        seen,
        figures["page"],
        [*figures["severities"], *figures["priorities"], "impact", "owner"],
        "triage",
    )


@clause("PD-5.1")
def enquiries(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from page_says(seen, figures["page"], [figures["counted"]], "enquiries")
    text = page_text(seen, figures["page"])
    for hours in figures["hours"]:
        ways = {f"{hours} hours"} | ({f"{hours // 24} day"} if hours % 24 == 0 else set())
        if any(way in text for way in ways):
            yield kept(f"enquiries: page {figures['page']} says {hours} hours")
        else:
            yield lacks(f"enquiries: page {figures['page']} does not say {hours} hours")


@clause("PD-5.2")
def runbook_for_every_alert(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    pages = {each["name"] for each in seen.repository.of("runbook") if each["stack"] == stack.name}
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
        yield kept(f"all {len(alerts)} alerts lead to one of {len(used)} pages of {len(pages)}")
    yield from page_says(seen, figures["page"], ["runbook"], "common issues")


@clause("BY-7.2")
def handbook(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for what, page in figures["pages"].items():
        yield from page_says(seen, page, [seen.prod.name], what)
    for workflow in seen.repository.of("workflow"):
        for job in workflow["jobs"]:
            if job["environment"] and any("handbook" in step["run"] for step in job["steps"]):
                yield kept(f"{workflow['path']}, job {job['id']}, writes it anew with each release")
                return
    yield lacks("no workflow writes the handbook anew with each release")


@clause("BY-7.3")
def contacts(seen: Seen, figures: Figures) -> Iterator[Finding]:
    people = [part for each in figures["people"].items() for part in each]
    yield from page_says(seen, figures["page"], [*people, *figures["providers"]], "contacts")
    # One source: the addresses that alerts go to are theirs.
    routed = {
        each["endpoint"] for each in seen.prod.of("subscription") if each["protocol"] == "email"
    }
    known = {*figures["people"].values()}
    if routed & known:
        yield kept(f"routes go to {', '.join(sorted(routed & known))}")
    else:
        yield lacks("no route of alerts goes to a contact")
