"""``make restorable``: what it prints, writes and refuses, and its picture in a browser."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tools.upkeep import restorable as module
from tools.upkeep.paths import PROJECT
from tools.upkeep.restorable import restorable
from tools.upkeep.stop import Stop

PRIZE_DRAW = PROJECT / "examples" / "prize-draw" / "Pulumi.prod.yaml"
CHROMIUM = shutil.which("chromium")


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "BUILD", tmp_path / "build")
    return tmp_path / "build"


def said(**asked: Any) -> str:
    text = StringIO()
    console = Console(file=text, width=120)
    restorable(console, asked.pop("stack", None), asked.pop("at", "2027-03-20"), **asked)
    return text.getvalue()


def test_the_prize_draws_tiers(build: Path) -> None:
    text = said(file=PRIZE_DRAW)
    assert "as of Saturday 2027-03-20 00:00 GMT" in text
    row = next(line for line in text.splitlines() if line.startswith("  draws "))
    cells = " ".join(row.split())
    assert cells == "draws eu-west-2 21 2026-04-05 2027-03-19 1 day 14 days 35 days"
    assert "`weekly` 12 times in the year, last 2027-03-07 03:00" in text
    data = json.loads((build / "restorable-prize-draw-prod.json").read_text())
    (holding,) = data["holdings"]
    assert (data["version"], data["at"], len(holding["points"])) == (
        1,
        "2027-03-20T00:00:00+00:00",
        21,
    )
    assert holding["largest_gap"]["all"]["seconds"] == 35 * 24 * 3600
    tiers = [point["tier"] for point in holding["points"]]
    assert {tier: tiers.count(tier) for tier in tiers} == {"daily": 6, "weekly": 3, "monthly": 12}


def test_a_time_of_the_plans_clocks(build: Path) -> None:
    assert "Saturday 2027-03-20 03:30 GMT" in said(file=PRIZE_DRAW, at="2027-03-20 03:30")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"at": "tomorrow"}, "AT: `tomorrow` is no day and no time"),
        ({"since": "long ago"}, "SINCE: `long ago` is no day"),
        ({"maintenance": ["draws=sunday"]}, "MAINTENANCE: `draws=sunday` is no window of RDS"),
        ({"stack": "nowhere", "file": None}, "no stack `nowhere` here"),
        ({"file": Path("missing.yaml")}, "missing.yaml"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_line(
    build: Path, asked: dict[str, Any], says: str
) -> None:
    with pytest.raises(Stop, match=says.replace("`", ".")):
        said(**{"file": PRIZE_DRAW, **asked})
    assert not list(build.glob("*.json"))


def test_the_databases_own_maintenance_keeps_backups_out(build: Path) -> None:
    text = said(file=PRIZE_DRAW, maintenance=["draws=wed:03:30-wed:04:00"])
    # Wednesdays of London's winter: in its summer 03:00 is 02:00 UTC, an hour and a half before.
    assert "`daily` 22 times in the year" in text
    assert "the database's own maintenance window is too near" in " ".join(text.split())


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_the_picture_opens_in_a_browser(build: Path) -> None:
    from playwright.sync_api import sync_playwright

    said(file=PRIZE_DRAW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        faults: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: faults.append(message.text))
        page.goto((build / "restorable-prize-draw-prod.html").as_uri())
        assert page.locator("svg[role=img] rect").count() in range(366, 373)
        # A point a day, but for those days on which nothing is left.
        assert page.locator("svg[role=img] rect.some").count() == 21
        assert page.locator("h1").inner_text().startswith("Prize Draw, prod: what can be restored")
        browser.close()
    # One self-contained page.
    assert (len(asked), faults) == (1, [])
