"""Planted secrets occur nowhere: not in states, previews, logs or reports."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pulumi_upkeep.plan.check import check_files
from rich.console import Console

from sandbox.providers.catalogue import checked_only
from tests.engine.deployed import PLANTED, STACKS, Deployed
from tools.upkeep import summary, summary_page
from tools.upkeep.operation import Operated
from tools.upkeep.paths import PROJECT
from tools.upkeep.state import exported


def leaks(text: str) -> set[str]:
    """The names of the secrets whose values stand in a text."""
    return {name for name, value in PLANTED.items() if value in text}


def files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())


def test_the_plants_are_really_there(deployed: Deployed) -> None:
    """Else the tests below would find nothing whatever leaked."""
    production_only = PLANTED.keys() - {"datadogApiKey", "datadogAppKey"}
    for stack, names in (("prod", PLANTED.keys()), ("staging", PLANTED.keys() - production_only)):
        shown = json.dumps(deployed.state(stack, "--show-secrets"))
        assert leaks(shown) == names


@pytest.mark.parametrize("stack", STACKS)
def test_an_exported_state_hides_them(deployed: Deployed, stack: str) -> None:
    assert leaks(json.dumps(deployed.state(stack))) == set()
    assert leaks(deployed.pulumi.run("stack", "output", "--json", "--stack", stack).stdout) == set()


@pytest.mark.parametrize("stack", STACKS)
def test_a_preview_as_json_hides_them(deployed: Deployed, stack: str) -> None:
    # Against an empty state, so that the preview shows all that there is to show.
    empty = deployed.pulumi.state / "nothing yet"
    arguments: list[str | Path] = ["--stack", stack, "--config-file", deployed.settings[stack]]
    pulumi = replace(deployed.pulumi, state=empty)
    pulumi.run("stack", "init", stack, cwd=deployed.settings[stack].parent)
    result = pulumi.run("preview", "--json", *arguments)
    steps = json.loads(result.stdout)["steps"]
    assert len(steps) > 50
    assert leaks(result.stdout + result.stderr) == set()


def test_what_was_printed_and_logged_hides_them(deployed: Deployed) -> None:
    assert "uptime-homepage" in deployed.printed
    assert leaks(deployed.printed) == set()


def test_no_file_that_was_written_holds_them(deployed: Deployed) -> None:
    """Backend, history, checkpoints, the engine's home and logs, the settings for the sandbox."""
    written = list(files(deployed.pulumi.state))
    assert any("history" in path.parts for path in written)
    for path in written:
        assert leaks(path.read_bytes().decode(errors="replace")) == set(), path


def test_reports_hold_none(deployed: Deployed) -> None:
    checked = check_files(PROJECT / f"Pulumi.{stack}.yaml" for stack in STACKS)
    assert leaks(json.dumps(checked.as_data())) == set()
    environments = [
        summary.environment(
            *(report.stack, exported(deployed.pulumi, report.stack), report),
            Operated({}, [], deployed.printed),
            *(1.0, checked_only),
        )
        for report in checked.stacks
    ]
    addresses = deployed.addresses
    made = summary.Summary(
        environments, "3.250.0", 1.0, addresses.aws_endpoint_url, addresses.dd_api_url
    )
    console = Console(record=True, width=200, file=io.StringIO())
    summary_page.show(console, made)
    page = console.export_text()
    assert "devops@bynomi.com" in json.dumps(made.as_data())
    assert leaks(json.dumps(made.as_data()) + page) == set()
