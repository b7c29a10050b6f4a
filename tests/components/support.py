"""A Pulumi engine in memory that writes down what a program really registers.

Pulumi's mocks see types, names and inputs. What else a registration says (its parent, provider,
protection, aliases) is only in the raw request, so :class:`RecordingMonitor` keeps that.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import mocks, rpc, settings, stack
from pulumi.runtime.proto import resource_pb2

ACCOUNT = "123456789012"
REGION = "us-east-1"

# Stands in a property for a value that is only known once something is deployed.
UNKNOWN = "<unknown>"

_SPECIAL = rpc._special_sig_key
_SECRET = rpc._special_secret_sig

# What a cloud would answer to a registration beyond its inputs: type -> (name, inputs) -> outputs.
Answers = Mapping[str, Callable[[str, dict[str, Any]], dict[str, Any]]]
# What a look-up finds: token -> arguments -> result.
Estate = Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it.

    type, name      ``aws:sns/topic:Topic``, ``alerts-p0``
    parent          ``type::name`` of the parent; empty below the stack
    provider        name of the explicit provider; empty where the default one would be used
    providers       of a component: package -> name of the provider its children inherit
    props           inputs as sent: camelCase, unset ones absent, unknown ones ``UNKNOWN``
    secrets         paths of the inputs that are secret, such as ``endpoint`` or ``tags.owner``
    depends_on      names of the resources that are awaited, stated or by use
    """

    type: str
    name: str
    custom: bool
    parent: str
    provider: str
    providers: Mapping[str, str]
    protect: bool
    retain_on_delete: bool
    aliases: tuple[str, ...]
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    delete_before_replace: bool
    props: Mapping[str, Any]
    secrets: frozenset[str]
    depends_on: frozenset[str]
    urn: str = field(repr=False, default="")


@dataclass(frozen=True)
class Recording:
    """Everything one run registered, sorted by type and name."""

    registrations: tuple[Registration, ...]
    outputs: Mapping[str, Mapping[str, Any]]
    exports: Mapping[str, Any]

    def of(self, type_: str) -> dict[str, Registration]:
        """The registrations of a type, by name."""
        return {found.name: found for found in self.registrations if found.type == type_}

    def one(self, type_: str, name: str | None = None) -> Registration:
        """The registration of a type and name; without a name, the only one of the type."""
        found = [each for each in self.of(type_).values() if name in (None, each.name)]
        if len(found) != 1:
            known = ", ".join(sorted(self.of(type_))) or "none"
            raise AssertionError(f"{len(found)} of {type_} {name or ''}; registered: {known}")
        return found[0]

    def names(self) -> list[tuple[str, str]]:
        """Type and name of every resource that is neither a provider nor the stack."""
        return [
            (each.type, each.name)
            for each in self.registrations
            if not each.type.startswith("pulumi:providers:")
        ]

    def children(self) -> list[Registration]:
        """Every resource of a cloud: what is neither a component nor a provider."""
        return [
            each
            for each in self.registrations
            if each.custom and not each.type.startswith("pulumi:providers:")
        ]

    def outputs_of(self, name: str) -> Mapping[str, Any]:
        """What a component registered as its outputs; camelCase as other languages see it."""
        return next(values for urn, values in self.outputs.items() if urn.endswith(f"::{name}"))


class RecordingMonitor(mocks.MockMonitor):
    """Answers like an engine; in a preview it knows no more than an engine would."""

    def __init__(
        self, answers: Answers, estate: Estate, preview: bool, project: str, stack_name: str
    ) -> None:
        super().__init__(_Cloud(answers, estate))
        self.preview = preview
        self.project, self.stack_name = project, stack_name
        self.registered: list[Registration] = []
        self.outputs: dict[str, dict[str, Any]] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        # The settings are those of the program's context; requests arrive on other threads.
        kind = f"{parent.split('::')[2]}${type_}" if parent else type_
        return f"urn:pulumi:{self.stack_name}::{self.project}::{kind}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            self.registered.append(self._registration(request))
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if self.preview and not request.type.startswith("pulumi:providers:"):
            # A preview answers with the inputs alone: ids and other outputs are unknown.
            return resource_pb2.RegisterResourceResponse(urn=response.urn, object=request.object)
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self.outputs[request.urn] = _plain(json_format.MessageToDict(request.outputs))[0]
        return empty_pb2.Empty()

    def _registration(self, request: Any) -> Registration:
        props, secrets = _plain(json_format.MessageToDict(request.object))
        parent = request.parent
        if parent.split("::")[2:3] == ["pulumi:pulumi:Stack"]:
            parent = ""
        return Registration(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=_short(parent),
            provider=_provider(request.provider),
            providers={package: _provider(ref) for package, ref in request.providers.items()},
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            aliases=tuple(alias.spec.name or alias.urn for alias in request.aliases),
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            delete_before_replace=request.deleteBeforeReplace,
            props=props,
            secrets=frozenset(secrets),
            depends_on=frozenset(urn.split("::")[-1] for urn in request.dependencies),
            urn=self.make_urn(request.parent, request.type, request.name),
        )


def deploy(
    program: Callable[[], object],
    *,
    preview: bool = False,
    stack_name: str = "prod",
    project: str = "bynomi",
    answers: Answers | None = None,
    estate: Estate | None = None,
) -> Recording:
    """Runs a program as the language host would and returns what it registered.

    Raises what the program raises. Nothing outlives the call: every run has its own context.
    """
    monitor = RecordingMonitor(answers or {}, estate or {}, preview, project, stack_name)

    def run_program() -> None:
        program()

    async def run() -> None:
        settings.set_root_resource(None)  # type: ignore[arg-type]
        settings.configure(
            mocks.MockSettings(  # type: ignore[no-untyped-call]
                monitor=monitor,
                engine=mocks.MockEngine(None),
                project=project,
                stack=stack_name,
                dry_run=preview,
                organization="organization",
                feature_support={},
                package_refs={},
            )
        )
        settings.SETTINGS.rpc_manager.clear()
        settings.SETTINGS.outputs.clear()
        await stack.run_in_stack(run_program)

    asyncio.run(run())
    exports = next(
        (values for urn, values in monitor.outputs.items() if "::pulumi:pulumi:Stack::" in urn), {}
    )
    ordered = sorted(monitor.registered, key=lambda each: (each.type, each.name))
    return Recording(tuple(ordered), monitor.outputs, exports)


class _Cloud(mocks.Mocks):
    """What the cloud answers: an id, an ARN of the usual shape, and what a test adds."""

    def __init__(self, answers: Answers, estate: Estate) -> None:
        self.answers = answers
        self.estate = estate

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        state = dict(args.inputs)
        if args.typ.startswith("aws:"):
            state.setdefault("arn", arn(args.typ, args.name))
        more = self.answers.get(args.typ)
        if more is not None:
            state |= more(args.name, args.inputs)
        return f"{args.name}-id" if args.custom else "", state

    def call(self, args: mocks.MockCallArgs) -> Any:
        try:
            found = self.estate[args.token]
        except KeyError:
            raise AssertionError(f"nothing in the estate answers {args.token}") from None
        return found(args.args)


def arn(type_: str, name: str, region: str = REGION) -> str:
    """The ARN the mocked cloud gives: ``arn:aws:sns:us-east-1:123456789012:Topic/alerts-p0``."""
    _, module, class_ = type_.split(":")
    return f"arn:aws:{module.split('/')[0]}:{region}:{ACCOUNT}:{class_}/{name}"


def providers(*regions: str) -> dict[str, pulumi.ProviderResource]:
    """Explicit AWS providers by region, named ``aws-<region>``; call it inside a program."""
    import pulumi_aws as aws

    return {region: aws.Provider(f"aws-{region}", region=region) for region in regions}


def _provider(reference: str) -> str:
    """``urn:pulumi:...::aws-us-east-1::id`` as ``aws-us-east-1``."""
    return reference.split("::")[-2] if reference else ""


def _short(urn: str) -> str:
    if not urn:
        return ""
    return f"{urn.split('::')[2].split('$')[-1]}::{urn.split('::')[3]}"


def _plain(value: Any, path: str = "") -> tuple[Any, list[str]]:
    """A value without the protocol's wrappings, and the paths of what was secret in it."""
    if isinstance(value, dict):
        if value.get(_SPECIAL) == _SECRET:
            inner, deeper = _plain(value["value"], path)
            return inner, [path, *deeper]
        pairs = {
            key: _plain(inner, f"{path}.{key}" if path else key) for key, inner in value.items()
        }
        return (
            {key: inner for key, (inner, _) in pairs.items()},
            [secret for _, secrets in pairs.values() for secret in secrets],
        )
    if isinstance(value, list):
        items = [_plain(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
        return [inner for inner, _ in items], [secret for _, secrets in items for secret in secrets]
    return (UNKNOWN if value == rpc.UNKNOWN else value), []
