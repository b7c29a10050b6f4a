"""The page that shows notices, in a real browser: when, what, and nothing of bad documents."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.plans import ROOT

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
]
SITE, BANNER = "https://www.bynomi.com/", "https://notices.bynomi.com/banner.json"
FOLDER = ROOT / "examples" / "banner"
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOTICE = {
    "id": "weekly-2026-11-25",
    "kind": "planned",
    "shown_from": "2026-11-24T08:00:00Z",
    "from": "2026-11-25T08:00:00Z",
    "to": "2026-11-25T10:00:00Z",
    "title": "Scheduled maintenance on Wednesday 25 November 2026",
    "text": "We will be working on our systems on Wednesday 25 November 2026, 03:00-05:00 EST "
    "(2 hours). Parts of Bynomi may be slow or unavailable during that time.",
    "level": "info",
}
CANCELLED = {
    **NOTICE,
    "id": "monthly-2026-12-06-correction",
    "kind": "cancelled",
    "title": "Cancelled: Scheduled maintenance on Sunday 6 December 2026",
    "text": "The maintenance announced for Sunday 6 December 2026, 01:00-05:00 EST (4 hours) will "
    "not take place.",
    "from": "2026-12-06T06:00:00Z",
    "to": "2026-12-06T10:00:00Z",
    "level": "warning",
}


def document(*notices: Any, as_of: datetime = NOW, version: Any = 1) -> bytes:
    return json.dumps({"version": version, "as_of": as_of.isoformat(), "notices": notices}).encode()


class Site:
    """The page on its own site, and a banner that the test writes. Nothing else is there."""

    def __init__(self, browser: Any, **context: Any) -> None:
        self.banner: bytes | None = document()
        self.status = 200
        self.asked = 0
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        self.page = browser.new_context(**context).new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.clock.install(time=NOW)
        self.page.route("**/*", self._answer)

    def _answer(self, route: Any) -> None:
        url = route.request.url
        if url == BANNER:
            self.asked += 1
            if self.banner is None:
                route.abort()
                return
            headers = {"Access-Control-Allow-Origin": SITE.rstrip("/")}
            route.fulfill(
                status=self.status,
                body=self.banner,
                headers={**headers, "Content-Type": "application/json"},
            )
        elif url.startswith(SITE):
            file = FOLDER / (url.removeprefix(SITE) or "index.html")
            if file.exists():
                kind = KINDS[file.suffix]
                route.fulfill(body=file.read_bytes(), headers={"Content-Type": kind})
            else:
                route.fulfill(status=404)
        else:
            self.elsewhere.append(url)
            route.abort()

    def open(self) -> None:
        with self.page.expect_request(BANNER):
            self.page.goto(SITE)
        self.page.wait_for_timeout(50)

    def passes(self, time: timedelta) -> None:
        self.page.clock.run_for(int(time.total_seconds() * 1000))
        self.page.wait_for_timeout(50)

    def says(self) -> list[str]:
        return [str(each) for each in self.page.locator("[role=status] p").all_inner_texts()]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def site(browser: Any) -> Site:
    return Site(browser, locale="en-US", timezone_id="Europe/Berlin")


def test_a_notice_is_shown_on_the_companys_clocks_and_the_readers(site: Site) -> None:
    site.banner = document(NOTICE)
    site.open()
    title, text, own = site.says()
    assert (title, text) == (NOTICE["title"], NOTICE["text"])
    assert own.replace("\u2009", " ").replace("\u202f", " ") == (
        "Your time: Wed, Nov 25, 9:00 – 11:00 AM GMT+1"
    )
    assert site.elsewhere == []
    assert site.errors == []


def test_it_is_a_status_before_anything_is_in_it(site: Site) -> None:
    site.open()
    status = site.page.get_by_role("status")
    assert (status.count(), status.inner_text()) == (1, "")


def test_it_is_shown_to_the_second_and_withdrawn_to_the_second(site: Site) -> None:
    site.page.clock.pause_at(datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC))
    soon = NOW + timedelta(minutes=3)
    site.banner = document(
        {**NOTICE, "shown_from": soon.isoformat(), "to": (soon + timedelta(minutes=6)).isoformat()}
    )
    site.open()
    assert site.says() == []
    site.passes(timedelta(minutes=2, seconds=50))
    assert site.says() == []
    site.passes(timedelta(seconds=15))
    assert len(site.says()) == 3
    site.passes(timedelta(minutes=6))
    assert site.says() == []


def test_what_is_withdrawn_disappears_from_an_open_page(site: Site) -> None:
    site.banner = document(NOTICE)
    site.open()
    assert len(site.says()) == 3
    site.banner = document()
    site.passes(timedelta(seconds=61))
    assert site.says() == []


def test_a_call_off_names_no_time_of_the_readers(site: Site) -> None:
    site.banner = document(CANCELLED)
    site.open()
    assert site.says() == [CANCELLED["title"], CANCELLED["text"]]
    assert site.page.locator(".maintenance-warning").count() == 1


@pytest.mark.parametrize(
    "banner",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="not JSON"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(document(NOTICE, version=2), id="another version"),
        pytest.param(document(NOTICE, as_of=NOW - timedelta(minutes=61)), id="old"),
        pytest.param(b'{"version": 1, "notices": []}', id="without its time"),
        pytest.param(document(None, 7, "x", {}), id="not notices"),
        pytest.param(document({**NOTICE, "to": "soon"}), id="no time"),
        pytest.param(document({**NOTICE, "text": ["x"]}), id="no text"),
    ],
)
def test_of_a_bad_document_nothing_is_shown_and_nothing_fails(site: Site, banner: bytes) -> None:
    site.banner = banner
    site.open()
    assert (site.says(), site.errors) == ([], [])
    # And the next good one is.
    site.banner = document(NOTICE)
    site.passes(timedelta(seconds=61))
    assert len(site.says()) == 3


@pytest.mark.parametrize("status", [403, 404, 500])
def test_of_a_missing_document_nothing_is_shown(site: Site, status: int) -> None:
    site.status = status
    site.banner = document(NOTICE)
    site.open()
    assert (site.says(), site.errors) == ([], [])


def test_without_a_network_what_is_known_holds_until_it_is_old(site: Site) -> None:
    site.banner = document(NOTICE)
    site.open()
    site.banner = None
    site.passes(timedelta(minutes=5))
    assert len(site.says()) == 3
    site.page.clock.fast_forward("01:00:00")
    site.passes(timedelta(seconds=6))
    assert (site.says(), site.errors) == ([], [])


def test_a_bad_notice_hides_no_good_one(site: Site) -> None:
    site.banner = document({**NOTICE, "title": None}, NOTICE)
    site.open()
    assert len(site.says()) == 3


def test_what_it_says_never_becomes_markup(site: Site) -> None:
    text = "<img src=x onerror=alert(1)> & <b>bold</b>"
    site.banner = document({**NOTICE, "text": text})
    site.open()
    assert site.says()[1] == text
    assert site.page.locator("[role=status] :is(img, b)").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_into_the_page(browser: Any, width: int) -> None:
    site = Site(browser, viewport={"width": width, "height": 640}, timezone_id="Asia/Kolkata")
    site.banner = document(CANCELLED, NOTICE)
    site.open()
    assert site.page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [each.bounding_box() for each in site.page.locator(".maintenance").all()]
    assert len(boxes) == 2
    assert all(box["width"] > width * 0.9 for box in boxes)
