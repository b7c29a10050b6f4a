"""Pulumi's provider protocol, spoken for any `Cloud`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

from sandbox.providers.cloud import (
    UNKNOWN,
    Cloud,
    CloudError,
    Difference,
    Failure,
    IncompleteError,
    Properties,
    Stored,
)
from sandbox.providers.wire import from_struct, to_struct

Answer = TypeVar("Answer")

_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One cloud's provider.

    All provider resources of a package share the port, and only Configure names what a provider was
    configured with; the engine opens one connection for each provider, so the configuration is kept
    by the connection's peer.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._configs: dict[str, Properties] = {}
        self._lock = threading.Lock()

    # What the provider is

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._cloud.version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    # How it is configured

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(context, lambda: self._check_config(request))

    def _check_config(self, request: Any) -> Any:
        failures = self._cloud.check_config(_config(from_struct(request.news)))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        old = from_struct(request.old_inputs) or from_struct(request.olds)
        new = from_struct(request.news)
        changed = {
            key: "update" if key in old and key in new else "add" if key in new else "delete"
            for key in sorted(old.keys() | new.keys())
            if old.get(key) != new.get(key)
        }
        # The version of the plugin is the engine's business and no change of the provider.
        changed.pop("version", None)
        return _difference(Difference(changed))

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        config = from_struct(request.args)
        for key, text in request.variables.items():
            config.setdefault(key.rpartition(":")[2], text)
        with self._lock:
            self._configs[context.peer()] = _config(config)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    # What it does

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(context, lambda: self._check(request, self._config_of(context)))

    def _check(self, request: Any, config: Properties) -> Any:
        type_, name = _type_and_name(request.urn)
        olds = from_struct(request.olds)
        checked = self._cloud.check(type_, name, from_struct(request.news), olds or None, config)
        return provider_pb2.CheckResponse(
            inputs=to_struct(checked.inputs), failures=_failures(checked.failures)
        )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(context, lambda: self._diff(request, self._config_of(context)))

    def _diff(self, request: Any, config: Properties) -> Any:
        type_, _ = _type_and_name(request.urn)
        old_inputs = from_struct(request.old_inputs)
        inputs = from_struct(request.news)
        return _difference(
            self._cloud.diff(
                type_, request.id, inputs, old_inputs, from_struct(request.olds), config
            )
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(context, lambda: self._create(request, self._config_of(context)))

    def _create(self, request: Any, config: Properties) -> Any:
        type_, name = _type_and_name(request.urn)
        inputs = from_struct(request.properties)
        if request.preview:
            outputs = self._cloud.planned(type_, inputs, None)
            return provider_pb2.CreateResponse(id="", properties=to_struct(outputs))
        stored = self._cloud.create(type_, name, inputs, config)
        return provider_pb2.CreateResponse(id=stored.id, properties=to_struct(stored.outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(context, lambda: self._read(request, self._config_of(context)))

    def _read(self, request: Any, config: Properties) -> Any:
        type_, _ = _type_and_name(request.urn)
        inputs, outputs = from_struct(request.inputs), from_struct(request.properties)
        stored = self._cloud.read(type_, request.id, inputs, outputs, config)
        if stored is None:
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(
            id=stored.id,
            properties=to_struct(stored.outputs),
            inputs=to_struct(inputs if stored.inputs is None else stored.inputs),
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(context, lambda: self._update(request, self._config_of(context)))

    def _update(self, request: Any, config: Properties) -> Any:
        type_, _ = _type_and_name(request.urn)
        inputs, old_inputs = from_struct(request.news), from_struct(request.old_inputs)
        old_outputs = from_struct(request.olds)
        if request.preview:
            prior = Stored(request.id, old_outputs, old_inputs)
            outputs = self._cloud.planned(type_, inputs, prior)
        else:
            outputs = self._cloud.update(type_, request.id, inputs, old_inputs, old_outputs, config)
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(context, lambda: self._delete(request, self._config_of(context)))

    def _delete(self, request: Any, config: Properties) -> Any:
        type_, _ = _type_and_name(request.urn)
        inputs, outputs = from_struct(request.old_inputs), from_struct(request.properties)
        self._cloud.delete(type_, request.id, inputs, outputs, config)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._answer(context, lambda: self._invoke(request, self._config_of(context)))

    def _invoke(self, request: Any, config: Properties) -> Any:
        result = self._cloud.invoke(request.tok, from_struct(request.args), config)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(result))
        return response

    # Common to all

    def _config_of(self, context: grpc.ServicerContext) -> Properties:
        with self._lock:
            return self._configs.get(context.peer(), {})

    def _answer(self, context: grpc.ServicerContext, work: Callable[[], Answer]) -> Answer:
        """`work`'s answer; a fault becomes a gRPC error whose message is all that the user sees."""
        try:
            return work()
        except IncompleteError as fault:
            status = _incomplete(fault)
            context.set_trailing_metadata((("grpc-status-details-bin", status),))
            message = str(fault)
        except CloudError as fault:
            message = str(fault)
        except Exception as fault:  # a fault of the stand-in itself: say which, keep serving
            message = f"the stand-in for {self._cloud.name} failed: {type(fault).__name__}: {fault}"
        context.abort(grpc.StatusCode.UNKNOWN, message)
        raise AssertionError("abort always raises")


def _type_and_name(urn: str) -> tuple[str, str]:
    """`urn:pulumi:stack::project::parent$type::name` -> type, name. A name may hold `::`."""
    _, _, qualified, name = urn.split("::", 3)
    return qualified.rpartition("$")[2], name


def _config(config: Properties) -> Properties:
    """The provider's configuration with nested values, which arrive as JSON text, parsed."""
    parsed: Properties = {}
    for key, value in config.items():
        if isinstance(value, str) and (value[:1] in ("{", "[") or value in ("true", "false")):
            try:
                parsed[key] = json.loads(value)
                continue
            except ValueError:
                pass
        if value is not UNKNOWN and not key.startswith("__"):
            parsed[key] = value
    return parsed


def _failures(failures: list[Failure]) -> list[Any]:
    return [
        provider_pb2.CheckFailure(property=failure.property, reason=failure.reason)
        for failure in failures
    ]


def _difference(difference: Difference) -> Any:
    changed, replaces = difference.changed, difference.replaces
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if changed else none,
        replaces=sorted(replaces),
        deleteBeforeReplace=difference.delete_before_replace,
        diffs=sorted({path.partition(".")[0].partition("[")[0] for path in changed}),
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=_KINDS[kind, path in replaces])
            for path, kind in changed.items()
        },
        hasDetailedDiff=True,
    )


def _incomplete(fault: IncompleteError) -> bytes:
    """The error detail that makes the engine keep a resource which exists but is not finished."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=fault.stored.id,
        properties=to_struct(fault.stored.outputs),
        inputs=to_struct(fault.stored.inputs or {}),
        reasons=[str(fault)],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(fault))
    status.details.add().Pack(detail)
    return bytes(status.SerializeToString())
