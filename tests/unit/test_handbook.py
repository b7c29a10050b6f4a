"""``make handbook``: every fact is the plan's, every page is read in a real browser."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan.proofs import prove
from pulumi_upkeep.plan.read import load_plan

from tests.unit.plans import PROD, ROOT, STAGING
from tools.upkeep.declared import Declaration, declared
from tools.upkeep.handbook import recovery
from tools.upkeep.handbook.page import Fact, Table, at, computed, fact, key_of, say
from tools.upkeep.handbook.site import as_data, pages_of, write
from tools.upkeep.inline import inline

# The environment's whole program runs for it.
pytestmark = pytest.mark.slow
PRIZE_DRAW = ROOT / "examples" / "prize-draw" / "Pulumi.prod.yaml"
CHROMIUM = shutil.which("chromium")
DAY = date(2027, 2, 22)
FILES = {"prod": PROD, "staging": STAGING, "prize-draw": PRIZE_DRAW}


@pytest.fixture(scope="module", params=sorted(FILES))
def found(request: pytest.FixtureRequest) -> Declaration:
    return declared(FILES[request.param])


@pytest.fixture(scope="module")
def site(found: Declaration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handbook") / "site"
    write(found, folder, DAY)
    return folder


def test_every_fact_stands_in_the_plan_or_follows_from_it(found: Declaration) -> None:
    facts = [each for page in pages_of(found, DAY) for each in page.facts()]
    assert len(facts) > 100
    for each in facts:
        assert each.paths, each
        for path in each.paths:
            at(found.plan, path)


def test_pages_are_the_same_whenever_they_are_written_on_a_day(
    found: Declaration, site: Path, tmp_path: Path
) -> None:
    write(found, tmp_path / "again", DAY)
    assert _texts(tmp_path / "again") == _texts(site)


def _texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_data_holds_every_fact(found: Declaration) -> None:
    pages = pages_of(found, DAY)
    data = as_data(found, pages, DAY)
    assert json.loads(json.dumps(data)) == data
    assert {page["key"] for page in data["pages"]} == {page.key for page in pages}
    assert data["as_of"] == "2027-02-22"


def test_no_link_leads_nowhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"#]+)', path.read_text(encoding="utf-8")):
            if not link.startswith(("https://", "http://", "mailto:")):
                target = path.parent / link
                assert (target / "index.html").exists() if target.is_dir() else target.exists(), (
                    link
                )


def test_every_place_that_a_link_may_lead_to_is_there_once(site: Path) -> None:
    ids = {
        path.resolve(): re.findall(r' id="([^"]*)"', path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
    }
    for path, found_ids in ids.items():
        assert len(found_ids) == len({*found_ids}), path.name
        assert [each for each in found_ids if not re.fullmatch(r"[\w.-]+", each)] == [], path.name
        for link in re.findall(r'href="([^"]*#[^"]+)"', path.read_text(encoding="utf-8")):
            file, _, place = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert place in ids[target], link


def test_every_alert_leads_to_what_is_to_be_done(found: Declaration) -> None:
    (routes,) = (page for page in pages_of(found, DAY) if page.key == "routes")
    (section,) = routes.sections
    (table,) = section.blocks
    assert isinstance(table, Table)
    assert [row[0].text for row in table.rows if not row[0].link.startswith("runbooks/")] == []


def test_what_is_promised_otherwise_after_one_failure_is_said_with_it() -> None:
    plan = load_plan(PROD)
    page = recovery.page(plan, prove(plan))
    assert page is not None
    points = page.sections[0].blocks[0]
    assert isinstance(points, Table)
    assert [each.text for each in points.rows[0]][-1] == "9 h* (10 h promised)"
    assert "* rests on an assumed figure" in page.sections[0].lead
    assert page.sections[-1].lead.startswith("Nothing yet: no drill has run")


def test_words_are_never_markup_and_code_is_code() -> None:
    assert inline("<b> of `make <x>` & more") == (
        "&lt;b&gt; of <code>make &lt;x&gt;</code> &amp; more"
    )


def test_a_secret_is_told_by_its_name_alone() -> None:
    plan = load_plan(PROD)
    phone = fact(plan, "people.devops-lead.phone")
    assert phone == Fact("(secret: onCallPhone)", ("people.devops-lead.phone",))


def test_a_fact_of_another_plan_is_another_fact() -> None:
    plan = load_plan(PROD)
    assert fact(plan, "severities.p0.respond_within").text == "15 minutes"
    assert fact(plan, "windows.weekly.from").text == "03:00"
    assert key_of("people.devops-lead").text == "devops-lead"
    for path in ("severities.p9.means", "people.nobody", "windows.weekly.nothing", "measured.7"):
        with pytest.raises(KeyError):
            fact(plan, path)
    with pytest.raises(ValueError, match="computed of nothing"):
        computed("an opinion")


def test_values_are_said_for_people() -> None:
    assert say(None) == "–"
    assert say(()) == "–"
    assert say(True) == "yes"
    assert say(date(2027, 2, 28)) == "2027-02-28"
    assert say({"up_to": "p1"}) == "up to: p1"
    assert say(datetime(2027, 2, 28, 9, tzinfo=UTC)) == "2027-02-28 09:00 UTC"
    assert say({"servers": ("web",), "databases": ("orders",)}) == "servers: web, databases: orders"


# ---- in a browser --------------------------------------------------------------------------------

browser_only = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the pages in")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@browser_only
@pytest.mark.parametrize("width", [400, 1280])
def test_every_page_is_readable(browser: Any, site: Path, width: int) -> None:
    faults: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.on("console", lambda message: faults.append(message.text))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("requestfailed", lambda request: faults.append(request.url))
    for path in sorted(site.glob("*.html")):
        tab.goto(path.as_uri())
        assert tab.locator("h1").count() == 1
        # Tables scroll within their own box; the page itself never does sideways.
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path.name
    tab.close()
    assert faults == []


@browser_only
def test_what_is_searched_is_found(browser: Any, site: Path) -> None:
    tab = browser.new_page()
    tab.goto((site / "index.html").as_uri())
    tab.fill("#search", "p0 respond")
    tab.fill("#search", "severities")
    first = tab.locator("#found a").first
    assert first.inner_text().startswith("Severities")
    assert not tab.locator("#page").is_visible()
    first.click()
    assert tab.url.endswith("severities.html#severities")
    tab.fill("#search", "no such word anywhere")
    assert tab.locator("#found").inner_text() == "nothing has all of these words"
    tab.press("#search", "Escape")
    assert tab.locator("#page").is_visible()
    tab.close()


@browser_only
def test_it_is_used_without_a_mouse_and_printed_without_what_only_leads_elsewhere(
    browser: Any, site: Path
) -> None:
    tab = browser.new_page(viewport={"width": 400, "height": 900})
    tab.goto((site / "index.html").as_uri())
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "To the page"
    tab.fill("#search", "severities")
    tab.press("#search", "Enter")
    assert tab.url.endswith("severities.html#severities")
    # What scrolls sideways can be reached, so that the arrows scroll it.
    wide = tab.locator(".wide")
    assert wide.count() > 1
    assert wide.evaluate_all("all => all.every((each) => each.tabIndex === 0)")
    tab.emulate_media(media="print")
    assert not tab.locator("nav").is_visible()
    tab.close()


@browser_only
@pytest.mark.parametrize("width", [400, 1280])
def test_every_runbook_is_readable_and_leads_back(browser: Any, site: Path, width: int) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto((site / "runbooks" / "index.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for path in sorted(site.glob("runbooks/*/index.html"))[:: 6 if width == 400 else 20]:
        tab.goto(path.as_uri())
        assert tab.locator("h1").count() == 1
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path.parent.name
    tab.get_by_role("link", name="handbook").click()
    assert tab.locator("h1").inner_text() == "Operations handbook"
    tab.close()
