"""The thin types against the real SDKs, which this test alone imports (seconds, 400 MB)."""

# mypy: disable-error-code="import-untyped, no-untyped-call, untyped-decorator"
import asyncio
import importlib
import importlib.metadata
import inspect
import json
import re
import subprocess
import sys
import types
import typing
import warnings
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format
from pulumi import _types
from pulumi.runtime.mocks import MockMonitor, Mocks, set_mocks
from pulumi_upkeep import aws, datadog, thin
from pulumi_upkeep.aws import (  # noqa: F401 - loaded late
    arcregionswitch,
    cloudfront,
    ecr,
    inspector2,
    lambda_,
    scheduler,
)

from sandbox.providers.schema import (
    Anything,
    Choice,
    Kind,
    ListOf,
    MapOf,
    ObjectOf,
    Scalar,
    kind_of,
)

pytestmark = pytest.mark.slow

RESOURCES = sorted(thin.Resource.__subclasses__(), key=lambda found: found._token)
PROVIDERS = [aws.Provider, datadog.Provider]
DECLARED = [*RESOURCES, *PROVIDERS]
LOOK_UPS = sorted(
    {
        function
        for module in [aws, *vars(aws).values(), *vars(datadog).values()]
        if inspect.ismodule(module)
        for name, function in vars(module).items()
        if name.startswith("get_") and not name.endswith("_output")
    },
    key=lambda function: (function.__module__, function.__name__),
)
# Any, because a type checker would refuse what a test below wants refused at run time.
OPTIONS: Any = datadog.SyntheticsTestOptionsListArgs


@pytest.fixture(scope="module", autouse=True)
def sdks() -> None:
    """Loads the SDKs' services: each warns of its own old names, which is nobody's fault below."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for found in (*RESOURCES, *LOOK_UPS):
            getattr(_sdk(found), found.__name__)


def _name(found: Any) -> str:
    """``aws.sns.Topic``"""
    return ".".join(part for part in found.__module__.split(".")[1:3]) + f".{found.__name__}"


def _home(found: Any) -> types.ModuleType:
    """Ours by default: the module where a component would look for it."""
    return importlib.import_module(found.__module__)


def _sdk(found: Any) -> types.ModuleType:
    """The SDK's module of the same place: ``pulumi_aws.sns`` of what is in ``aws/sns.py``."""
    _, package, module = found.__module__.split(".")
    real = importlib.import_module(f"pulumi_{package}")
    return getattr(real, module, real) if package == "aws" else real


def _arguments(resource: type) -> type:
    found = _arguments_in(_home(resource), resource)
    assert isinstance(found, type)
    return found


def _arguments_in(module: types.ModuleType, resource: type) -> type:
    """``<Type>Args``; ``<Type>InitArgs`` where the first is the name of something nested."""
    name = resource.__name__
    found: type = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    return found


def _required(arguments: type) -> set[str]:
    """Property names that a constructor cannot do without."""
    if hasattr(arguments, "__required_keys__"):
        names = _types.input_type_py_to_pulumi_names(arguments)
        return {names[name] for name in arguments.__required_keys__}
    return set(ObjectOf(arguments).required)


def _properties(arguments: type) -> Mapping[str, Kind]:
    """The kind of each property. Ours are not told to Pulumi: they stand in the class alone."""
    if not hasattr(arguments, "__required_keys__"):
        return ObjectOf(arguments).properties
    names = _types.input_type_py_to_pulumi_names(arguments)
    # As Pulumi reads them: `Input` speaks of both by their names.
    hints = typing.get_type_hints(arguments, localns={"Output": pulumi.Output, "T": type(None)})
    assert names.keys() == hints.keys()
    return {names[each]: kind_of(_types.unwrap_type(hint)) for each, hint in hints.items()}


def _disagreements(ours: type, theirs: type, path: str) -> Iterator[str]:
    """Where a class of ours says something that the SDK's does not, at any depth."""
    our_kinds, their_kinds = _properties(ours), _properties(theirs)
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
    elif isinstance(ours, Choice) and isinstance(theirs, Choice):
        for value in set(ours.values) - set(theirs.values):
            yield f"{path} has no choice {value} in the SDK"
    elif ours != theirs:
        yield f"{path} is {ours} here and {theirs} in the SDK"


def _their_arguments(resource: type) -> Any:
    """The SDK's, from the resource's own module: a block of another type may have its name."""
    real = getattr(_sdk(resource), resource.__name__)
    return getattr(importlib.import_module(real.__module__), f"{resource.__name__}Args")


@pytest.mark.parametrize("resource", DECLARED, ids=_name)
def test_names_types_and_required_flags_of_inputs_are_the_sdks(resource: type) -> None:
    theirs = _arguments_in(_sdk(resource), resource)
    assert list(_disagreements(_arguments(resource), theirs, resource.__name__)) == []


@pytest.mark.parametrize("resource", RESOURCES, ids=_name)
def test_names_and_types_of_outputs_are_the_sdks(resource: type[thin.Resource[Any]]) -> None:
    theirs = _types.resource_types(getattr(_sdk(resource), resource.__name__))
    ours = _types.resource_types(resource)
    assert set(ours) >= {thin.property_name(output) for output in resource._outputs}
    assert {name: kind_of(hint) for name, hint in ours.items()} == {
        name: kind_of(theirs[name]) for name in ours
    }


@pytest.fixture(autouse=True)
def _event_loop() -> Iterator[None]:
    """A loop of its own: Pulumi takes the thread's, which other tests may have closed."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)


class _Cloud(Mocks):
    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", {**args.inputs, "monitorId": 12_345_678}

    def call(self, args: Any) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {}, []


class _Recorder(MockMonitor):
    def __init__(self) -> None:
        super().__init__(_Cloud())
        self.requests: dict[str, dict[str, Any]] = {}
        self.questions: list[dict[str, Any]] = []

    def Invoke(self, request: Any) -> Any:
        self.questions.append(json_format.MessageToDict(request))
        return super().Invoke(request)

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
    if isinstance(ours, Choice):
        return ours.values[0]
    if isinstance(ours, Anything):  # of what is in use, files alone
        return pulumi.AssetArchive({"main.py": pulumi.StringAsset("")})
    assert isinstance(ours, Scalar)
    return _SAMPLES[ours.python]


def _populated(ours: type, theirs: type, side: str) -> Any:
    """Every property that our class has, set, in an instance of either class."""
    our_kinds, their_kinds = _properties(ours), _properties(theirs)
    values = {
        attribute: _sample(our_kinds[name], their_kinds[name], side)
        for attribute, name in _types.input_type_py_to_pulumi_names(ours).items()
    }
    return (ours if side == "ours" else theirs)(**values)


# A property that a vendor has given up has no place among ours.
@pytest.mark.filterwarnings("error::DeprecationWarning")
@pytest.mark.parametrize("resource", RESOURCES, ids=_name)
def test_a_full_resource_registers_as_through_the_sdk(resource: type[thin.Resource[Any]]) -> None:
    ours, theirs = _arguments(resource), _arguments_in(_sdk(resource), resource)
    real = getattr(_sdk(resource), resource.__name__)

    mine = _registered(lambda: resource("example", _populated(ours, theirs, "ours")))
    raw = _registered(lambda: real("example", _populated(ours, theirs, "theirs")))

    outputs = {thin.property_name(output) for output in resource._outputs}
    assert _but_for_what_we_leave_out(raw, ours, outputs) == mine
    assert set(mine[resource._token]["object"]) == set(_properties(ours))


@pytest.mark.parametrize("provider", PROVIDERS, ids=_name)
def test_a_full_provider_registers_as_through_the_sdk(provider: Any) -> None:
    ours, theirs = _arguments(provider), _sdk(provider).ProviderArgs
    real = _sdk(provider).Provider

    mine = _registered(lambda: provider("example", _populated(ours, theirs, "ours")))
    raw = _registered(lambda: real("example", **_populated(ours, theirs, "theirs").__dict__))

    assert _but_for_what_we_leave_out(raw, ours) == mine


def test_a_provider_of_few_words_registers_as_through_the_sdk() -> None:
    mine = _registered(lambda: aws.Provider("example", aws.ProviderArgs(region="us-west-2")))
    raw = _registered(lambda: _sdk(aws.Provider).Provider("example", region="us-west-2"))

    assert _but_for_what_we_leave_out(raw, aws.ProviderArgs) == mine


def _but_for_what_we_leave_out(
    raw: dict[str, Any], ours: type, outputs: Collection[str] = ()
) -> dict[str, Any]:
    """The SDK's requests without secrets that we do not declare, and without the aliases by which
    it finds types under tokens that they had in its earlier releases."""
    for request in raw.values():
        request.pop("aliases", None)
        known = {*_properties(ours), *outputs}
        secrets = [name for name in request.pop("additionalSecretOutputs", []) if name in known]
        if secrets:
            request["additionalSecretOutputs"] = secrets
    return raw


@pytest.mark.parametrize("look_up", LOOK_UPS, ids=_name)
def test_a_full_look_up_asks_as_the_sdk_does(look_up: Callable[..., Awaitable[Any]]) -> None:
    real = getattr(_sdk(look_up), look_up.__name__)
    hints = typing.get_type_hints(look_up)
    kinds = {name: kind_of(hint) for name, hint in hints.items() if name not in ("opts", "return")}

    def asked(function: Callable[..., object], side: str) -> list[Any]:
        given = {
            name: _sample(kind, _of_the_sdk(kind, _sdk(look_up)), side)
            for name, kind in kinds.items()
        }
        return _invoked(lambda: function(**given))

    def at_once(**given: Any) -> object:
        return thin.wait_for(look_up(**given))

    assert asked(at_once, "ours") == asked(real, "theirs")


@pytest.mark.parametrize("look_up", LOOK_UPS, ids=_name)
def test_names_and_types_of_what_is_found_are_the_sdks(look_up: Callable[..., object]) -> None:
    found = typing.get_type_hints(look_up)["return"]
    theirs = _types.output_type_types(getattr(_sdk(look_up), found.__name__))
    ours = _types.output_type_types(found)
    assert ours
    assert {name: kind_of(hint) for name, hint in ours.items()} == {
        name: kind_of(theirs[name]) for name in ours
    }


def _of_the_sdk(kind: Kind, sdk: types.ModuleType) -> Kind:
    """The kind with the SDK's classes in place of ours of the same name."""
    if isinstance(kind, ObjectOf):
        return ObjectOf(getattr(sdk, kind._arguments.__name__))
    if isinstance(kind, ListOf):
        return ListOf(_of_the_sdk(kind.item, sdk))
    return kind


def _invoked(ask: Callable[[], object]) -> list[Any]:
    monitor = _Recorder()
    set_mocks(_Cloud(), project="project", stack="stack", preview=False, monitor=monitor)

    @pulumi.runtime.test
    def program() -> None:
        ask()

    program()
    assert monitor.questions
    return monitor.questions


@pytest.mark.parametrize("package", sorted(thin.PINNED_PLUGIN_VERSIONS))
def test_the_pinned_plugin_version_is_the_installed_one(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = thin.PINNED_PLUGIN_VERSIONS[package]
    assert thin.plugin_version(package) == importlib.metadata.version(f"pulumi-{package}")
    assert thin.plugin_version(package) == pinned

    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert thin.plugin_version.__wrapped__(package) == pinned


def test_importing_the_types_imports_nothing_of_the_sdks() -> None:
    program = (
        "import json, sys, pulumi_upkeep.aws, pulumi_upkeep.datadog\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('pulumi_')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert {name.partition(".")[0] for name in json.loads(done.stdout)} == {"pulumi_upkeep"}


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
