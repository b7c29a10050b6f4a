"""``make runbooks``: a readable page for every runbook and for every alert, in build/runbooks/.

A runbook's page is made of the very steps that its document runs. An alert leads to
``{runbooks}/{page}``: what it means, what to look at, and the runbook that helps where one does.
Publish the folder at the plan's address, and every link in every alert leads somewhere.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml
from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.read import read_stack_file
from pulumi_upkeep.plan.response import say_target
from pulumi_upkeep.plan.support import chain
from pulumi_upkeep.plan.words import Secret, say_duration
from pulumi_upkeep.recover.runbook.of_plan import runbooks_of
from pulumi_upkeep.recover.runbook.steps import CONTINUE, Runbook, Step
from rich.console import Console

from tools.upkeep.inline import inline
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

FOLDER = BUILD / "runbooks"
_HERE = Path(__file__).parent
ALERTS = _HERE / "alert_pages.yaml"
_TEMPLATE = _HERE / "runbooks.html.j2"


@dataclass(frozen=True)
class AlertPage:
    """Where an alert leads.

    name      of the page; ``*`` stands for a name of the plan
    means     what has happened
    look      what to look at and to do, in order
    scenario  of the runbook that helps: ``database-failure``; empty for none
    """

    name: str
    means: str
    look: tuple[str, ...]
    scenario: str

    def is_for(self, page: str) -> bool:
        """Whether a link to ``page`` leads here."""
        pattern = re.escape(self.name).replace(r"\*", "[a-z0-9-]+")
        return re.fullmatch(pattern, page) is not None


def alert_pages() -> tuple[AlertPage, ...]:
    """Every page that an alert of ours may lead to."""
    listed: Mapping[str, Mapping[str, Any]] = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    return tuple(
        AlertPage(name, one["means"], tuple(one["look"]), one.get("runbook", ""))
        for name, one in listed.items()
    )


def page_of(page: str, pages: Sequence[AlertPage], runbooks: Sequence[Runbook]) -> str | None:
    """What an alert's page is, by the last part of its link: its name; None without one."""
    if any(runbook.key == page for runbook in runbooks):
        return page
    return next((one.name for one in pages if one.is_for(page)), None)


def runbooks(console: Console, stack: str | None) -> None:
    """Write the pages of one stack, default prod. Stop where its plan cannot be read."""
    (name,) = chosen(PROJECT, stack or "prod")
    path = stack_file(PROJECT, name)
    try:
        plan = read_stack_file(path).plan()
    except PlanError as error:
        raise Stop(str(error)) from None
    written = write(plan, project(), name, FOLDER)
    index = FOLDER.relative_to(PROJECT) / "index.html"
    console.print(f"{len(written)} pages: {index}; publish the folder at {plan.runbooks}")


def write(plan: Plan, project: str, stack: str, folder: Path, *, home: str = "") -> list[Path]:
    """Write all pages into a folder, which holds nothing else afterwards.

    ``home`` leads from the folder to what the pages are part of; empty where they stand alone.
    Each is the index of a folder of its own, so that ``{runbooks}/{page}`` finds it anywhere.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    for name, text in sorted(pages(plan, project, stack, home=home).items()):
        path = folder / ("" if name == "index" else name) / "index.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def pages(plan: Plan, project: str, stack: str, *, home: str = "") -> dict[str, str]:
    """The pages' HTML by name, ``index`` among them; ``home`` as for ``write``."""
    found = runbooks_of(plan, project, stack)
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline"] = inline
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    alerts = [named for page in alert_pages() for named in _with_names(page, plan)]
    shared = {
        "company": plan.company,
        "stack": stack,
        "team": list(_team(plan)),
        "tiers": list(_tiers(plan)),
        "contacts": list(_contacts(plan)),
        "providers": list(_providers(plan)),
        "home": home,
    }
    texts = {
        "index": template.render(
            kind="index", title="Runbooks", up="", runbooks=found, alerts=alerts, **shared
        )
    }
    for runbook in found:
        texts[runbook.key] = template.render(
            kind="runbook",
            up="../",
            title=runbook.title,
            runbook=runbook,
            steps=[_shown(step, runbook) for step in runbook.steps],
            **shared,
        )
    for name, page in alerts:
        texts[name] = template.render(
            kind="alert",
            up="../",
            title=page.means,
            page=page,
            helps=[one for one in found if one.scenario == page.scenario],
            **shared,
        )
    return texts


def _with_names(page: AlertPage, plan: Plan) -> list[tuple[str, AlertPage]]:
    """A page under each name that it may have: ``uptime-*`` once for each check, journey and
    browser test of the plan, ``security-review-*`` for each review. Names that are not answered
    have a page of their own."""
    if "*" not in page.name:
        return [(page.name, page)]
    names: Iterable[str] = ()
    if page.name.startswith("uptime-"):
        tests = plan.uptime.test_names() if plan.uptime else ()
        names = (test for test in tests if not test.startswith("dns-"))
    elif page.name.startswith("security-review-"):
        names = plan.security.reviews if plan.security else ()
    return [(page.name.replace("*", name), page) for name in sorted(names)]


def _team(plan: Plan) -> Iterator[tuple[str, dict[str, str]]]:
    """Who hears of what, and by when they answer."""
    for severity, one in plan.severities.by_severity().items():
        yield (
            severity,
            {
                "means": one.means,
                "within": say_target(one),
            },
        )


def _tiers(plan: Plan) -> Iterator[dict[str, str]]:
    """Who is asked, and who next; those whom others ask after them."""
    if plan.support is None:
        return
    order = plan.support.tiers
    for name in sorted(order, key=lambda each: (-len(chain(plan, order[each].team)), each)):
        tier = order[name]
        yield {
            "name": name,
            "team": tier.team,
            "does": tier.does,
            "people": ", ".join(plan.teams[tier.team].people),
            "then": f"{tier.escalates_to}, when {tier.when}"
            if tier.escalates_to and tier.when
            else tier.escalates_to or "nobody: it decides",
        }


def _contacts(plan: Plan) -> Iterator[dict[str, str]]:
    """Whom one calls about what. A number that is a secret is not shown: where it stands is."""
    for name, contact in sorted(plan.contacts.items()):
        person = plan.people[name]
        yield {
            "role": contact.role,
            "asked_for": contact.asked_for,
            "email": person.email,
            "phone": _readable(person.phone),
        }


def _providers(plan: Plan) -> Iterator[dict[str, str]]:
    """Whom one calls when what they provide fails."""
    for name, provider in sorted(plan.providers.items()):
        owner = plan.contacts.get(provider.owner) if provider.owner else None
        yield {
            "name": f"{provider.name} ({name})",
            "does": provider.does,
            "account": _readable(provider.account),
            "support": _readable(provider.support),
            "owner": owner.role if owner else provider.owner or "",
        }


def _readable(value: str | Secret | None) -> str:
    if isinstance(value, Secret):
        return f"pulumi config get upkeep:{value.secret}"
    return value or ""


def _shown(step: Step, runbook: Runbook) -> dict[str, Any]:
    """A step as people read it."""
    on_failure = {
        "Abort": "the runbook ends; start it again once the cause is gone",
        CONTINUE: "the next step"
        + (", and the runbook is called Failed in the end" if step.counts else ""),
    }.get(step.on_failure, f"goes on with `{step.on_failure}`")
    is_last = step.ends or step is runbook.steps[-1]
    return {
        "name": step.name,
        "title": step.title,
        "who": step.who,
        "see": step.see,
        "action": step.action,
        "person": step.action == "aws:approve",
        "limit": "" if step.action == "aws:branch" else _within(step),
        "on_failure": "" if step.action == "aws:branch" else on_failure,
        "then": step.leads_to or (" or ".join(step.choices) if step.choices else ""),
        "last": is_last,
    }


def _within(step: Step) -> str:
    tries = f", {step.tries} tries" if step.tries > 1 else ""
    return f"{say_duration(step.limit)}{tries}"


def titles(plan: Plan, project: str, stack: str) -> dict[str, str]:
    """The heading of each page by its name, the index left out."""
    found = {runbook.key: runbook.title for runbook in runbooks_of(plan, project, stack)}
    return found | {
        name: page.means for listed in alert_pages() for name, page in _with_names(listed, plan)
    }


def project() -> str:
    """The name of this project, which is part of the names of what it declares."""
    loaded: Mapping[str, str] = yaml.safe_load(
        (PROJECT / "Pulumi.yaml").read_text(encoding="utf-8")
    )
    return loaded["name"]
