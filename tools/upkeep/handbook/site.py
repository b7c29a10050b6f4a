"""The handbook of a stack as a site: a page each, an index, a search that needs no server."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.plan.proofs import prove
from rich.console import Console

from tools.upkeep import runbook_pages
from tools.upkeep.alerts import alerts
from tools.upkeep.declared import ALARMS, MONITOR, SYNTHETIC_TEST, Declaration, declared
from tools.upkeep.handbook import (
    access,
    backups,
    calendar,
    care,
    contacts,
    incidents,
    on_call,
    recovery,
    releases,
    routes,
    services,
    severities,
    support,
)
from tools.upkeep.handbook.page import Fact, Page
from tools.upkeep.inline import inline
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

FOLDER = BUILD / "handbook"
# The shape of handbook.json; docs/reports.md says it.
VERSION = 1
_TEMPLATE = Path(__file__).with_name("handbook.html.j2")


def handbook(console: Console, stack: str | None, file: Path | None = None) -> None:
    """Write the handbook of a stack, or of all. Stop where a plan cannot be read."""
    files = [file] if file else [stack_file(PROJECT, name) for name in chosen(PROJECT, stack)]
    for path in files:
        try:
            found = declared(path)
        except PlanError as error:
            raise Stop(str(error)) from None
        name = found.stack if file is None else f"{path.parent.name}-{found.stack}"
        pages = write(found, FOLDER / name)
        facts = sum(len(list(page.facts())) for page in pages)
        console.print(
            f"{found.plan.company} {found.stack}: {len(pages)} pages with {facts} facts of the "
            f"plan, and its runbooks: build/handbook/{name}/index.html",
            highlight=False,
        )


def pages_of(found: Declaration, today: date) -> list[Page]:
    """The pages of what a stack file declares, in the order in which they are needed."""
    return list(_pages(found, today))


def _pages(found: Declaration, today: date) -> Iterator[Page]:
    plan = found.plan
    for page in (
        severities.page(plan),
        contacts.page(plan),
        on_call.page(plan, today),
        routes.page(plan, alerts(found), _leads(found)),
        services.page(plan),
        incidents.page(plan),
        recovery.page(plan, prove(plan)),
        backups.page(plan),
        calendar.page(plan, today),
        releases.page(plan, today),
        care.page(plan),
        support.page(plan),
        access.page(plan),
    ):
        if page is not None:
            yield page


def _leads(found: Declaration) -> dict[str, str]:
    """Where in the handbook each alert sends whoever reads it: the page that its text names."""
    address = re.compile(rf"{re.escape(str(found.plan.runbooks))}/([\w-]+)")
    written = runbook_pages.titles(found.plan, runbook_pages.project(), found.stack)
    leads = {}
    for name, each in found.of(*ALARMS, MONITOR, SYNTHETIC_TEST).items():
        text = str(each.props.get("alarmDescription") or each.props.get("message"))
        named = [to for to in address.findall(text) if to in written]
        if named:
            leads[name] = f"runbooks/{named[0]}/index.html"
    return leads


def write(found: Declaration, folder: Path, today: date | None = None) -> list[Page]:
    """Write the site into a folder, which holds nothing else afterwards; its pages."""
    plan = found.plan
    day = today or datetime.now(ZoneInfo(plan.timezone)).date()
    pages = pages_of(found, day)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    runbooks = runbook_pages.write(
        plan, runbook_pages.project(), found.stack, folder / "runbooks", home="../index.html"
    )
    shared = {
        "company": plan.company,
        "stack": found.stack,
        "day": day.isoformat(),
        "pages": pages,
        "runbooks": len(runbooks),
    }
    template = _template()
    for page in pages:
        text = template.render(page=page, anchor=_anchors(page), **shared)
        (folder / f"{page.key}.html").write_text(text, encoding="utf-8")
    (folder / "index.html").write_text(template.render(page=None, **shared), encoding="utf-8")
    # Loaded as a script: a page that is opened from a folder may not fetch.
    index = json.dumps(list(_index(pages, plan, found.stack)), ensure_ascii=False)
    (folder / "search.js").write_text(f"const INDEX = {index};\n", encoding="utf-8")
    data = as_data(found, pages, day)
    (folder.parent / f"{folder.name}.json").write_text(
        json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return pages


def as_data(found: Declaration, pages: list[Page], day: date) -> dict[str, Any]:
    """The content of build/handbook/<stack>.json: every fact with the paths it is from."""
    return {
        "version": VERSION,
        "company": found.plan.company,
        "stack": found.stack,
        "as_of": day.isoformat(),
        "pages": [
            {
                "key": page.key,
                "title": page.title,
                "facts": [{"text": each.text, "from": list(each.paths)} for each in page.facts()],
            }
            for page in pages
        ],
    }


def _index(pages: list[Page], plan: Any, stack: str) -> Iterator[Mapping[str, str]]:
    """What can be found: every section by the words of its facts, and every runbook."""
    for page in pages:
        for section in page.sections:
            rows = [
                " ".join(each.text for each in row)
                for block in section.blocks
                for row in (block.rows if hasattr(block, "rows") else block.items)
            ]
            yield {
                "page": page.title,
                "title": section.title,
                "to": f"{page.key}.html#{section.id}",
                "text": " · ".join(rows),
            }
    for name, title in runbook_pages.titles(plan, runbook_pages.project(), stack).items():
        yield {
            "page": "Runbooks",
            "title": title.replace("`", ""),
            "to": f"runbooks/{name}/index.html",
            "text": name,
        }


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline"] = inline
    environment.filters["linked"] = linked
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def linked(each: Fact) -> str:
    """Where a fact leads; an address of the web or of mail leads to itself. Empty for nowhere."""
    if each.link:
        return each.link
    if each.text.startswith("https://") and " " not in each.text:
        return each.text
    return f"mailto:{each.text}" if _MAIL.fullmatch(each.text) else ""


def _anchors(page: Page) -> Callable[[Sequence[Fact]], str]:
    """What a link to a row ends in: the name of what it is about, in the first row that has it.
    Empty for rows of something that has no name of its own, such as a date."""
    taken = {section.id for section in page.sections} | {"search", "found", "page"}

    def anchor(row: Sequence[Fact]) -> str:
        name = row[0].text
        named = row[0].paths[0] == name or row[0].paths[0].endswith(f".{name}")
        if not named or name in taken or not re.fullmatch(r"[\w.-]+", name):
            return ""
        taken.add(name)
        return name

    return anchor
