"""The snippet of a site's pages: what browsers are told, and that a page lives without it."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.observe.browser_snippet import SITES, browser_snippet

PAGE = Path(__file__).parents[2] / "examples" / "site" / "index.html"
CHROMIUM = shutil.which("chromium")
SCRIPT = "https://www.datadoghq-browser-agent.com/us1/v6/datadog-rum.js"
GIVEN: dict[str, Any] = {
    "application": "00000000-0000-0000-0000-000000000000",
    "client_token": "pub00000000000000000000000000000000",
    "site": "datadoghq.com",
    "service": "bynomi-site",
    "environment": "prod",
    "sample": 100.0,
    "privacy": "mask-user-input",
}
# What Datadog's own script is to the snippet: it writes down what it is told, and what fails.
STAND_IN = """
window.told = null; window.failed = [];
window.DD_RUM = {init(options) {
  window.told = options;
  window.addEventListener("error", event => window.failed.push(event.error.name));
}};
"""


def test_the_examples_page_holds_the_snippet_before_any_other_script() -> None:
    text = PAGE.read_text(encoding="utf-8")
    snippet = browser_snippet(**GIVEN)
    indented = "".join(f"    {line}" for line in snippet.splitlines(keepends=True))
    assert indented in text
    assert text.index("<script") == text.index(indented.lstrip())


def test_a_part_of_the_visits() -> None:
    assert "sessionSampleRate: 12.5,\n" in browser_snippet(**GIVEN | {"sample": 12.5})
    assert "sessionSampleRate: 50,\n" in browser_snippet(**GIVEN | {"sample": 50.0})


@pytest.mark.parametrize("site", sorted(SITES))
def test_each_site_has_its_own_script(site: str) -> None:
    snippet = browser_snippet(**GIVEN | {"site": site})
    assert f'site: "{site}"' in snippet
    assert f"https://www.datadoghq-browser-agent.com/{SITES[site]}/v6/datadog-rum.js" in snippet


def test_no_value_ends_the_script_or_leaves_its_quotes() -> None:
    snippet = browser_snippet(**GIVEN | {"service": '</script><b>"'})
    assert len(re.findall("</script>", snippet)) == 2
    assert 'service: "\\u003c/script>\\u003cb>\\""' in snippet


def opened(answer: Any) -> Any:
    """What a browser shows of the example's page, once Datadog's script was answered."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.route(re.compile("^https://"), answer)
        page.goto(PAGE.as_uri())
        page.get_by_role("button", name="Break something").click()
        page.get_by_role("status").wait_for()
        found = page.evaluate(
            "() => [window.told, window.failed, document.querySelector('[role=status]').innerText]"
        )
        browser.close()
        return found


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_a_browser_is_told_what_the_plan_says_and_sees_errors() -> None:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(body=STAND_IN, content_type="text/javascript")

    told, failed, shown = opened(answer)
    assert asked == [SCRIPT]
    assert told == {
        "applicationId": GIVEN["application"],
        "clientToken": GIVEN["client_token"],
        "site": "datadoghq.com",
        "service": "bynomi-site",
        "env": "prod",
        # Of the page itself.
        "version": "2026.11.3",
        "sessionSampleRate": 100,
        "sessionReplaySampleRate": 0,
        "trackUserInteractions": False,
        "defaultPrivacyLevel": "mask-user-input",
    }
    assert (failed, shown) == (["PaymentError"], "The payment failed.")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_a_page_lives_on_where_the_script_cannot_be_loaded() -> None:
    told, _, shown = opened(lambda route: route.abort())
    assert (told, shown) == (None, "The payment failed.")
