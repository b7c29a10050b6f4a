"""``make dashboards``: what is declared, drawn, and looked at in a real browser."""

import json
import re
import shutil
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client.v1.model.dashboard import Dashboard
from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.plan.read import load_plan
from rich.console import Console

from sandbox.datadog.models import faults
from tests.unit.plans import PROD, ROOT, STAGING
from tools.upkeep import dashboards as module
from tools.upkeep.dashboard_page import page
from tools.upkeep.dashboards import dashboards, definitions_of
from tools.upkeep.declared import MONITOR, Declaration, declared
from tools.upkeep.stop import Stop

# The environment's whole program runs for it.
pytestmark = pytest.mark.slow
PRIZE_DRAW = ROOT / "examples" / "prize-draw" / "Pulumi.prod.yaml"
CHROMIUM = shutil.which("chromium")
# What a monitor stands on and the dashboard shows otherwise, and why.
SHOWN_OTHERWISE = {
    "upkeep.deployments": "each deployment, by its event, among the changes",
    "system.disk.in_use": "the same disks, as the alarm on them reads them",
}


@pytest.fixture(scope="module")
def found() -> Mapping[str, Declaration]:
    return {"prod": declared(PROD), "staging": declared(STAGING)}


def definition(found: Declaration) -> Mapping[str, Any]:
    (one,) = definitions_of(found).values()
    return one


def test_the_pages_are_written(
    found: Mapping[str, Declaration], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    monkeypatch.setattr(module, "declared", lambda path: found[path.name.split(".")[1]])
    text = StringIO()
    dashboards(Console(file=text, width=200), None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prod.html", "staging.html"]
    assert "Bynomi prod: " in text.getvalue()
    with pytest.raises(Stop, match=r"no stack `nowhere` here"):
        dashboards(Console(file=text), "nowhere")


def test_a_plan_without_dashboards_says_so(
    found: Mapping[str, Declaration], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Declaration(found["prod"].plan, "prod", ())
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    monkeypatch.setattr(module, "declared", lambda path: nothing)
    with pytest.raises(Stop, match="declares no dashboard"):
        dashboards(Console(file=StringIO()), "prod")


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_what_is_declared_is_valid(found: Mapping[str, Declaration], stack: str) -> None:
    assert faults(Dashboard, definition(found[stack])) == []


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_every_metric_that_an_alert_is_on_is_shown(
    found: Mapping[str, Declaration], stack: str
) -> None:
    text = json.dumps(definition(found[stack]))
    watched = set()
    for each in found[stack].of(MONITOR).values():
        if each.props["type"] == "query alert":
            watched |= set(
                re.findall(r"\w+:([a-z_][a-z_.0-9]+)\{", read(each.props["query"]).metric)
            )
    assert watched, "there are monitors"
    assert {name for name in watched if name not in text} <= SHOWN_OTHERWISE.keys()


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_each_environment_shows_itself_alone(found: Mapping[str, Declaration], stack: str) -> None:
    text = json.dumps(definition(found[stack]))
    assert set(re.findall(r"\benv:(\w+)", text)) == {stack}


def test_another_company_sees_what_it_lives_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    dashboards(Console(file=StringIO()), None, PRIZE_DRAW)
    text = (tmp_path / "prize-draw.html").read_text(encoding="utf-8")
    business = load_plan(PRIZE_DRAW).business
    assert business
    assert [name for name, each in business.items() if each.metric not in text] == []
    one = definition(declared(PRIZE_DRAW))
    assert faults(Dashboard, one) == []
    assert one["title"] == "Prize Draw prod"


def test_the_same_declaration_gives_the_same_page(found: Mapping[str, Declaration]) -> None:
    one = found["staging"]
    assert page(definition(one), one) == page(definition(one), one)


_LAID_OUT = """() => [...document.querySelectorAll('[data-widget]')].map((widget) => {
    const box = widget.getBoundingClientRect();
    const cut = [...widget.querySelectorAll('h3 span, .value, .limit-text, .note p')]
        .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0
            || each.getBoundingClientRect().bottom > box.bottom + 1)
        .concat([...widget.querySelectorAll('.tick')]
            .filter((each) => each.getBoundingClientRect().x < box.x));
    return {x: box.x, y: box.y, right: box.right, bottom: box.bottom,
        title: widget.querySelector('h3')?.innerText ?? widget.innerText.slice(0, 20),
        seen: widget.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}),
        cut: cut.map((each) => each.innerText)};
})"""


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_it_can_be_read_on_any_screen(
    found: Mapping[str, Declaration], stack: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    path = tmp_path / "dashboard.html"
    shown = definition(found[stack])
    path.write_text(page(shown, found[stack]), encoding="utf-8")
    count = sum(len(group["definition"]["widgets"]) for group in shown["widgets"])
    asked: list[str] = []
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in (1440, 800):
            view = browser.new_page(viewport={"width": width, "height": 900})
            view.on("request", lambda request: asked.append(request.url))
            view.on("console", lambda message: said.append(message.text))
            view.on("pageerror", lambda error: said.append(str(error)))
            view.goto(path.as_uri())
            boxes = view.evaluate(_LAID_OUT)
            assert len(boxes) == count
            assert [box["title"] for box in boxes if not box["seen"]] == []
            assert [box["title"] for box in boxes if box["right"] - box["x"] < 120] == []
            assert [box["title"] for box in boxes if box["right"] > width] == []
            assert [box for box in boxes if box["cut"]] == []
            over = [
                (one["title"], two["title"])
                for number, one in enumerate(boxes)
                for two in boxes[number + 1 :]
                if one["x"] < two["right"] - 1
                and two["x"] < one["right"] - 1
                and one["y"] < two["bottom"] - 1
                and two["y"] < one["bottom"] - 1
            ]
            assert over == []
            assert view.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
    # Self-contained, once for each width.
    assert (len(asked), said) == (2, [])


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_an_overlap_is_seen(found: Mapping[str, Declaration], tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    shown = json.loads(json.dumps(definition(found["staging"])))
    inner = shown["widgets"][0]["definition"]["widgets"]
    inner[1]["layout"] = inner[0]["layout"]
    path = tmp_path / "dashboard.html"
    path.write_text(page(shown, found["staging"]), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1440, "height": 900})
        view.goto(path.as_uri())
        one, two, *_ = view.evaluate(_LAID_OUT)
        browser.close()
    assert (one["x"], one["y"]) == (two["x"], two["y"])
