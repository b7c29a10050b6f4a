"""The thin Datadog types against the real SDK, which this test alone imports (seconds, 240 MB)."""

# mypy: disable-error-code="import-untyped, no-untyped-call, untyped-decorator"
import importlib.metadata
import json
import re
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format
from pulumi import _types
from pulumi.runtime.mocks import MockMonitor, Mocks, set_mocks

from pulumi_upkeep import datadog
from pulumi_upkeep.datadog import resource as thin
from sandbox.providers.schema import Kind, ListOf, MapOf, ObjectOf, Scalar, kind_of

pytestmark = pytest.mark.slow

RESOURCES = sorted(thin.DatadogResource.__subclasses__(), key=lambda found: found.__name__)
DECLARED = [*RESOURCES, datadog.Provider]
# Any, because a type checker would refuse what a test below wants refused at run time.
OPTIONS: Any = datadog.SyntheticsTestOptionsListArgs


@pytest.fixture(scope="module")
def sdk() -> types.ModuleType:
    import pulumi_datadog

    return pulumi_datadog


def _arguments(resource: type) -> type:
    found = getattr(datadog, f"{resource.__name__}Args")
    assert isinstance(found, type)
    return found


def _required(arguments: type) -> set[str]:
    """Property names that a constructor cannot do without."""
    if hasattr(arguments, "__required_keys__"):
        names = _types.input_type_py_to_pulumi_names(arguments)
        return {names[name] for name in arguments.__required_keys__}
    return set(ObjectOf(arguments).required)


def _disagreements(ours: type, theirs: type, path: str) -> Iterator[str]:
    """Where a class of ours says something that the SDK's does not, at any depth."""
    our_kinds, their_kinds = ObjectOf(ours).properties, ObjectOf(theirs).properties
    for name in sorted(_required(ours) ^ _required(theirs)):
        yield f"{path}.{name} is required on one side only"
    for name, kind in our_kinds.items():
        if name not in their_kinds:
            yield f"{path}.{name} is unknown to the SDK"
        else:
            yield from _kind_disagreements(kind, their_kinds[name], f"{path}.{name}")
    our_names = _types.input_type_py_to_pulumi_names(ours)
    their_names = _types.input_type_py_to_pulumi_names(theirs)
    for attribute, name in our_names.items():
        if their_names.get(attribute) != name:
            yield f"{path}.{attribute} stands for {name} here only"


def _kind_disagreements(ours: Kind, theirs: Kind, path: str) -> Iterator[str]:
    if isinstance(ours, ObjectOf) and isinstance(theirs, ObjectOf):
        yield from _disagreements(ours._arguments, theirs._arguments, path)
    elif isinstance(ours, ListOf) and isinstance(theirs, ListOf):
        yield from _kind_disagreements(ours.item, theirs.item, f"{path}[]")
    elif isinstance(ours, MapOf) and isinstance(theirs, MapOf):
        yield from _kind_disagreements(ours.item, theirs.item, f"{path}{{}}")
    elif ours != theirs:
        yield f"{path} is {ours} here and {theirs} in the SDK"


@pytest.mark.parametrize("resource", DECLARED, ids=lambda found: found.__name__)
def test_names_types_and_required_flags_of_inputs_are_the_sdks(
    resource: type, sdk: types.ModuleType
) -> None:
    theirs = getattr(sdk, f"{resource.__name__}Args")
    assert list(_disagreements(_arguments(resource), theirs, resource.__name__)) == []


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda found: found.__name__)
def test_names_and_types_of_outputs_are_the_sdks(resource: type, sdk: types.ModuleType) -> None:
    theirs = _types.resource_types(getattr(sdk, resource.__name__))
    base = _types.resource_types(pulumi.CustomResource)
    ours = {
        name: hint for name, hint in _types.resource_types(resource).items() if name not in base
    }
    assert ours
    assert {name: kind_of(hint) for name, hint in ours.items()} == {
        name: kind_of(theirs[name]) for name in ours
    }


class _Cloud(Mocks):
    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", {**args.inputs, "monitorId": 12_345_678}

    def call(self, args: Any) -> tuple[dict[str, Any], None]:
        return {}, None


class _Recorder(MockMonitor):
    def __init__(self) -> None:
        super().__init__(_Cloud())
        self.requests: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any) -> Any:
        if request.name != "project-stack":
            sent = json_format.MessageToDict(request)
            for where_declared in ("sourcePosition", "stackTrace", "parent"):
                sent.pop(where_declared, None)
            self.requests[request.type] = sent
        return super().RegisterResource(request)


def _registered(declare: Callable[[], object]) -> dict[str, dict[str, Any]]:
    monitor = _Recorder()
    set_mocks(_Cloud(), project="project", stack="stack", preview=False, monitor=monitor)

    @pulumi.runtime.test
    def program() -> None:
        declare()

    program()
    requests = {t: r for t, r in monitor.requests.items() if t != "pulumi:pulumi:Stack"}
    assert requests
    return requests


_SAMPLES = {str: "text", int: 7, float: 0.5, bool: True}


def _sample(ours: Kind, theirs: Kind, side: str) -> Any:
    """A value of a kind with everything in it, built from our classes or from the SDK's."""
    if isinstance(ours, ObjectOf) and isinstance(theirs, ObjectOf):
        return _populated(ours._arguments, theirs._arguments, side)
    if isinstance(ours, ListOf) and isinstance(theirs, ListOf):
        return [_sample(ours.item, theirs.item, side)]
    if isinstance(ours, MapOf) and isinstance(theirs, MapOf):
        # A name that must stay as it is: maps have names of the user's own.
        return {"User_own-name": _sample(ours.item, theirs.item, side)}
    assert isinstance(ours, Scalar)
    return _SAMPLES[ours.python]


def _populated(ours: type, theirs: type, side: str) -> Any:
    """Every property that our class has, set, in an instance of either class."""
    our_kinds, their_kinds = ObjectOf(ours).properties, ObjectOf(theirs).properties
    values = {
        attribute: _sample(our_kinds[name], their_kinds[name], side)
        for attribute, name in _types.input_type_py_to_pulumi_names(ours).items()
    }
    return (ours if side == "ours" else theirs)(**values)


# A property that Datadog has given up has no place among ours.
@pytest.mark.filterwarnings("error::DeprecationWarning")
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda found: found.__name__)
def test_a_full_resource_registers_as_through_the_sdk(resource: Any, sdk: types.ModuleType) -> None:
    ours, theirs = _arguments(resource), getattr(sdk, f"{resource.__name__}Args")
    real = getattr(sdk, resource.__name__)

    mine = _registered(lambda: resource("example", _populated(ours, theirs, "ours")))
    raw = _registered(lambda: real("example", _populated(ours, theirs, "theirs")))

    assert mine == raw
    assert set(mine[resource._token]["object"]) == set(ObjectOf(ours).properties)


def test_the_provider_registers_as_through_the_sdk(sdk: types.ModuleType) -> None:
    ours, theirs = datadog.ProviderArgs, sdk.ProviderArgs
    values = _populated(ours, theirs, "theirs").__dict__

    mine = _registered(lambda: datadog.Provider("example", ours(**values)))
    raw = _registered(lambda: sdk.Provider("example", **values))

    secrets, raw_secrets = (
        set(requests["pulumi:providers:datadog"].pop("additionalSecretOutputs"))
        for requests in (mine, raw)
    )
    assert mine == raw
    # The SDK names secrets that we do not declare besides.
    assert secrets == raw_secrets & set(ObjectOf(ours).properties) == {"apiKey", "appKey"}


def test_the_pinned_plugin_version_is_the_installed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert thin.plugin_version() == importlib.metadata.version("pulumi-datadog")
    assert thin.plugin_version() == thin.PINNED_PLUGIN_VERSION

    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert thin.plugin_version.__wrapped__() == thin.PINNED_PLUGIN_VERSION


def test_importing_the_types_imports_nothing_of_the_sdk() -> None:
    program = (
        "import json, sys, pulumi, pulumi_upkeep.datadog\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('pulumi_datadog')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: OPTIONS(), "misses tick_every"),
        (
            lambda: OPTIONS(tick_every=60, tickEvery=60),
            "does not know tickEvery",
        ),
    ],
    ids=["missing", "unknown"],
)
def test_a_wrong_argument_is_a_type_error_at_once(
    declare: Callable[[], object], message: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        declare()
