"""The front door at its main job: both environments, deployed, looked at, taken down.

One sandbox and one deployment for the module; the tests run in their order, each on what the one
before left.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Addresses, running_sandbox
from tests.engine.conftest import client, creates
from tools.upkeep.paths import PROJECT
from tools.upkeep.settings import stack_file

pytestmark = pytest.mark.slow


@dataclass
class House:
    """A copy of the project in a folder with a space in its name, and its sandbox."""

    folder: Path
    addresses: Addresses

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "tools.upkeep", *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def read(self, name: str) -> Any:
        return json.loads((self.folder / "build" / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("a house")
    for name in ("bench", "infra", "sandbox", "tools"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in PROJECT.glob("Pulumi*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "build").mkdir()
    with running_sandbox(state=folder / "build" / "sandbox.json") as addresses:
        yield House(folder, addresses)


def alarms(addresses: Addresses) -> list[str]:
    names = []
    for region in ("us-east-1", "us-west-2"):
        lister = client(addresses, "cloudwatch", region).get_paginator("describe_alarms")
        for page in lister.paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
            found = [*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])]
            names += [alarm["AlarmName"] for alarm in found]
    return sorted(names)


def test_up_deploys_both_environments_and_says_what_they_hold(house: House) -> None:
    before = {stack: stack_file(house.folder, stack).read_bytes() for stack in ("staging", "prod")}

    done = house.run("up")

    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr == ""
    assert "deployed staging and prod in" in done.stdout
    data = house.read("summary.json")
    assert [each["stack"] for each in data["environments"]] == ["staging", "prod"]
    for environment in data["environments"]:
        assert set(environment["changes"]) == {"create"}
        assert environment["warnings"] == []
        assert environment["applied"] > 0
        declared = sum(environment["watched"]["alarms"].values())
        seen = [name for name in alarms(house.addresses) if f"-{environment['stack']}-" in name]
        assert len(seen) == declared
    # The committed files are read, never written.
    assert before == {
        stack: stack_file(house.folder, stack).read_bytes() for stack in ("staging", "prod")
    }


def test_a_second_up_and_a_preview_change_nothing(house: House) -> None:
    calls = len(creates(house.addresses))

    assert house.run("up").returncode == 0

    for environment in house.read("summary.json")["environments"]:
        assert set(environment["changes"]) == {"same"}
    assert len(creates(house.addresses)) == calls
    previewed = house.run("preview", "prod")
    assert previewed.returncode == 0, previewed.stderr
    assert previewed.stdout.rstrip().splitlines()[-1].endswith(" unchanged")


def test_a_changed_threshold_is_one_update_of_one_resource(house: House) -> None:
    file = stack_file(house.folder, "prod")
    written = file.read_text(encoding="utf-8")
    # How slow the cart may be is known to one check alone.
    url = "cart: {url: https://www.bynomi.com/cart"
    changed = written.replace(f"{url}}}", f"{url}, within: 2 seconds}}")
    assert changed != written
    file.write_text(changed, encoding="utf-8")

    done = house.run("up", "prod")
    file.write_text(written, encoding="utf-8")

    assert done.returncode == 0, done.stderr
    changes = house.read("summary.json")["environments"][0]["changes"]
    assert changes["update"] == 1
    assert set(changes) == {"update", "same"}


def test_a_plan_that_does_not_hold_is_refused_before_anything_is_started(house: House) -> None:
    calls = len(creates(house.addresses))
    file = stack_file(house.folder, "prod")
    written = file.read_bytes()
    for broken, said in (
        (written.replace(b"above: 80 %", b"above: 180 %"), "180 %"),
        (b"config: [\n", "Pulumi.prod.yaml"),
    ):
        file.write_bytes(broken)
        done = house.run("up")
        file.write_bytes(written)
        assert done.returncode == 1
        assert done.stderr.startswith("upkeep: nothing was started: a plan does not hold\n")
        assert said in done.stderr
        assert "Traceback" not in done.stderr + done.stdout
    assert len(creates(house.addresses)) == calls


def test_no_made_up_secret_is_left_readable(house: House) -> None:
    phone, key = b"2025550100", b"5a" * 16
    held = [
        path
        for path in (house.folder / "build").rglob("*")
        if path.is_file() and (phone in (text := path.read_bytes()) or key in text)
    ]
    assert held == []


def test_down_takes_away_all_but_the_protected_and_says_so(house: House) -> None:
    done = house.run("down")

    assert done.returncode == 0, done.stderr
    assert "kept, protected: backup.Vault database-use1" in done.stdout
    assert alarms(house.addresses) == []
    # The estate, and the replica that is protected.
    databases = client(house.addresses, "rds").describe_db_instances()["DBInstances"]
    assert {each["DBInstanceIdentifier"] for each in databases} >= {
        "orders-prod-use1-1",
        "orders-staging-use1-1",
    }


def test_after_down_an_up_makes_again_what_was_destroyed(house: House) -> None:
    done = house.run("up", "staging")

    assert done.returncode == 0, done.stderr
    changes = house.read("summary.json")["environments"][0]["changes"]
    assert set(changes) == {"create", "same"}
