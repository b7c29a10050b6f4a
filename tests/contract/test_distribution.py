"""What `pip install ./components` gives another team: whole, typed, and with few companions."""

import email
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pulumi_upkeep
import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow  # builds and unpacks a wheel, and lets mypy read Pulumi

SOURCES = Path(pulumi_upkeep.__file__).parents[1]
DATA = {
    "pulumi_upkeep/py.typed",
    "pulumi_upkeep/pulumi-plugin.json",
    "pulumi_upkeep/schema.json",
    "pulumi_upkeep/plan/stack.schema.json",
}
# Every stack that imports a component carries these.
COMPANIONS = {"pulumi", "pulumi-aws", "pydantic", "pyyaml", "tzdata"}

CONSUMER = """\
import pulumi
from pulumi_upkeep import BackupPlan

topic = "arn:aws:sns:us-east-1:123456789012:team"
plan = BackupPlan(
    "ledger",
    {
        "vault": "ledger",
        "timezone": "Etc/UTC",
        "databases": ["arn:aws:rds:us-east-1:123456789012:db:ledger"],
        "tiers": {"daily": {"every": "day", "at": "02:00", "keep": "30 days"}},
        "topics": {"p0": topic, "p1": topic, "p2": topic, "p3": topic},
        "runbooks": "https://runbooks.example.com",
    },
)
name: pulumi.Output[str] = plan.plan_id
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that pip builds of a copy: the sources themselves stay as they are."""
    copy = tmp_path_factory.mktemp("sources") / "components"
    ours = [path for path in SOURCES.rglob("*") if path.is_file() and not _made(path)]
    for path in ours:
        target = copy / path.relative_to(SOURCES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    built = tmp_path_factory.mktemp("wheel")
    run(
        *("-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"),
        *("--wheel-dir", str(built), str(copy)),
    )
    (found,) = built.glob("*.whl")
    return found


def _made(path: Path) -> bool:
    within = path.relative_to(SOURCES).parts
    return within[0] == "build" or any(
        part.startswith(".") or part.endswith((".egg-info", "__pycache__")) for part in within
    )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    run(
        *("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"),
        *("--no-index", "--no-compile", "--target", str(folder), str(wheel)),
    )
    return folder


def run(*arguments: str, path: Path | None = None, cwd: Path | None = None) -> str:
    """What a fresh Python prints; it sees ``path`` before everything else."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=_environment(path),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _environment(path: Path | None) -> dict[str, str]:
    kept = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MYPYPATH")
    }
    return kept if path is None else {**kept, "PYTHONPATH": str(path)}


def test_the_wheel_holds_every_module_and_its_data_and_nothing_else(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    modules = {
        path.relative_to(SOURCES).as_posix()
        for path in (SOURCES / "pulumi_upkeep").rglob("*.py")
        if not _made(path)
    }
    assert {name for name in held if ".dist-info/" not in name} == modules | DATA


def test_companions_are_few_and_stated(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    said = email.message_from_bytes(archive.read(metadata))
    stated = [Requirement(each) for each in said.get_all("Requires-Dist") or []]
    # What an extra brings is for those who ask for it.
    needed = [each for each in stated if each.marker is None]
    extras = {each.name for each in stated if each.marker is not None}
    project = tomllib.loads((SOURCES / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert ({each.name for each in needed}, extras) == (COMPANIONS, {"pg8000"})
    assert sorted(map(str, needed)) == sorted(
        str(Requirement(each)) for each in project["dependencies"]
    )
    # From what was tried, to before the next version that may break it.
    assert all({spec.operator for spec in each.specifier} >= {">="} for each in needed)
    assert (said["Name"], said["Version"]) == (project["name"], project["version"])
    assert said["Requires-Python"] == project["requires-python"]


def test_it_works_without_the_repository(installed: Path, tmp_path: Path) -> None:
    program = (
        "import json, sys, pulumi_upkeep\n"
        "from pulumi_upkeep import *\n"
        "from pulumi_upkeep.plan import check\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "strangers = {'sandbox', 'tools', 'infra', 'tests', 'boto3', 'botocore', 'moto',"
        " 'pulumi_datadog', 'datadog_api_client'}\n"
        "print(pulumi_upkeep.__file__)\n"
        "print(sorted(loaded & strangers))\n"
    )
    where, strangers = run("-c", program, path=installed, cwd=tmp_path).splitlines()

    assert Path(where).is_relative_to(installed)
    assert strangers == "[]"


def test_its_schema_can_be_written_by_whoever_installed_it(installed: Path, tmp_path: Path) -> None:
    program = "from pulumi_upkeep import schema; print(schema.package_schema(), end='')"

    assert run("-c", program, path=installed, cwd=tmp_path) == (
        SOURCES / "pulumi_upkeep" / "schema.json"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("", "", None),
        ('"vault": "ledger"', '"volt": "ledger"', 'Extra key "volt"'),
        ('"keep": "30 days"', '"keep": 30', 'TypedDict item "keep" has type "str"'),
        ('"runbooks": "https://runbooks.example.com",', "", 'Missing key "runbooks"'),
        ("pulumi.Output[str]", "pulumi.Output[int]", "Incompatible types in assignment"),
    ],
    ids=["right", "wrong key", "wrong type", "missing key", "wrong output"],
)
def test_its_users_are_typed(
    installed: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    old: str,
    new: str,
    error: str | None,
) -> None:
    (tmp_path / "stack.py").write_text(CONSUMER.replace(old, new) if old else CONSUMER)
    # One cache for all: reading Pulumi is most of the time.
    cache = tmp_path_factory.getbasetemp() / "mypy"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), "stack.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**_environment(None), "MYPYPATH": str(installed)},
    )
    assert (done.returncode == 0) is (error is None), done.stdout
    assert error is None or error in done.stdout
