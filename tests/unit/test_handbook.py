"""``make handbook``: every fact is the plan's, every page is read in a real browser."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan.read import load_plan

from tests.unit.plans import PROD, ROOT, STAGING
from tools.upkeep.declared import Declaration, declared
from tools.upkeep.handbook.page import Fact, at, computed, fact, key_of, say
from tools.upkeep.handbook.site import as_data, pages_of, write

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
            if not link.startswith(("https://", "http://")):
                target = path.parent / link
                assert (target / "index.html").exists() if target.is_dir() else target.exists(), (
                    link
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
