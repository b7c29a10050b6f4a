"""The real engine against a sandbox: one engine and one sandbox for all, a fresh state for each.

``sandbox``     addresses of a sandbox that runs for the whole session; names must not collide
``own_sandbox`` a sandbox for one test alone
``project``     makes a Pulumi project out of a program's text
``pulumi``      the CLI on such a project, bound to the sandbox and to a fresh state
``aws``         boto3 clients of the sandbox
``deployed``    both environments of Bynomi, deployed once into the sandbox for all who only look
``ending``      the same, for tests that change or destroy them: these run after all others
"""

import contextlib
import itertools
import json
import textwrap
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.server import Addresses, running_sandbox
from tests.engine.deployed import Deployed, deploy_both
from tools.upkeep.engine import Engine
from tools.upkeep.engine import engine as find_engine
from tools.upkeep.pulumi import Pulumi

MakeProject = Callable[[str], Path]
MakePulumi = Callable[..., Pulumi]
MakeClient = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.engine)
    # Those who leave something in the shared sandbox come first: what is deployed for all is
    # compared with what was there before it. It is changed and destroyed last.
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    needs = getattr(item, "fixturenames", ())
    return 2 if "ending" in needs else 1 if "deployed" in needs else 0


@pytest.fixture(scope="session")
def engine() -> Engine:
    return find_engine()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    with running_sandbox(state=tmp_path_factory.mktemp("sandbox") / "sandbox.json") as addresses:
        yield addresses


@pytest.fixture(scope="session")
def deployed(
    engine: Engine, sandbox: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> Deployed:
    return deploy_both(engine, sandbox, tmp_path_factory.mktemp("deployed"))


@pytest.fixture
def ending(deployed: Deployed) -> Deployed:
    return deployed


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Addresses]:
    with running_sandbox(state=tmp_path / "sandbox.json") as addresses:
        yield addresses


@pytest.fixture
def project(tmp_path: Path) -> MakeProject:
    """A folder with a space in its name, with Pulumi.yaml, a program and one stack, ``prod``."""
    numbers = itertools.count(1)

    def make(program: str, name: str = "tiny", plan: str = "") -> Path:
        folder = tmp_path / f"project {next(numbers)}"
        (folder / "infra").mkdir(parents=True)
        (folder / "infra" / "__main__.py").write_text(textwrap.dedent(program), encoding="utf-8")
        (folder / "Pulumi.yaml").write_text(
            f"name: {name}\nmain: infra\nruntime: python\n", encoding="utf-8"
        )
        (folder / "Pulumi.prod.yaml").write_text(
            plan or "config:\n  upkeep:environment: prod\n", encoding="utf-8"
        )
        return folder

    return make


@pytest.fixture
def pulumi(tmp_path: Path, engine: Engine) -> MakePulumi:
    """``pulumi(project, addresses)``: a state of its own for each call."""
    numbers = itertools.count(1)

    def make(folder: Path, addresses: Addresses) -> Pulumi:
        state = tmp_path / f"state {next(numbers)}"
        return Pulumi(engine, state, addresses.environment, folder)

    return make


@pytest.fixture
def aws(sandbox: Addresses) -> MakeClient:
    """boto3 clients of the shared sandbox: ``aws("sns")``, ``aws("rds", "us-west-2")``."""
    return lambda service, region="us-east-1": client(sandbox, service, region)


def client(addresses: Addresses, service: str, region: str = "us-east-1") -> Any:
    """A boto3 client of a sandbox."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=addresses.aws_endpoint_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def creates(addresses: Addresses) -> list[dict[str, Any]]:
    """The changing calls that reached the sandbox's AWS since it started or they were cleared."""
    with urllib.request.urlopen(f"{addresses.aws_endpoint_url}/_upkeep/creates") as answer:
        calls: list[dict[str, Any]] = json.load(answer)
    return calls


def clear_creates(addresses: Addresses) -> None:
    """Begin a new list of changing calls."""
    url = f"{addresses.aws_endpoint_url}/_upkeep/creates"
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()


@contextlib.contextmanager
def failing(addresses: Addresses, operation: str, **how: Any) -> Iterator[None]:
    """The calls of an operation fail or wait, as ``sandbox.aws.traffic.Faults.order`` describes,
    until the block ends."""
    url = f"{addresses.aws_endpoint_url}/_upkeep/fail"
    order = json.dumps({"operation": operation, **how}).encode()
    headers = {"content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, order, headers)).close()
    try:
        yield
    finally:
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()
