"""Synthetic tests of both kinds: the provider's properties and Datadog's JSON.

Follows buildDatadogSyntheticsAPITest, buildDatadogSyntheticsBrowserTest and
buildDatadogAssertions of the Terraform provider, which
the Pulumi provider is built on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datadog_api_client.v1.model.synthetics_api_test_step import SyntheticsAPITestStep
from datadog_api_client.v1.model.synthetics_api_wait_step import SyntheticsAPIWaitStep
from datadog_api_client.v1.model.synthetics_basic_auth_web import SyntheticsBasicAuthWeb
from datadog_api_client.v1.model.synthetics_browser_variable import SyntheticsBrowserVariable
from datadog_api_client.v1.model.synthetics_config_variable import SyntheticsConfigVariable
from datadog_api_client.v1.model.synthetics_test_options import SyntheticsTestOptions
from datadog_api_client.v1.model.synthetics_test_request import SyntheticsTestRequest

from sandbox.providers.cloud import CloudError, Properties
from sandbox.providers.datadog.access import Document
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.browser_steps import STEP
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Items, Object, Place, is_absent, object_of

# Assertions whose target is a whole number, whatever the operator [isTargetOfTypeInt].
_WHOLE = frozenset(
    {
        "responseTime",
        "certificate",
        "latency",
        "packetsReceived",
        "networkHop",
        "grpcHealthcheckStatus",
        "mcpToolNameLength",
        "mcpToolCount",
    }
)
_ORDERING = frozenset({"lessThan", "lessThanOrEqual", "moreThan", "moreThanOrEqual"})
_TLS = frozenset({"tlsVersion", "minTlsVersion"})

_plain_target = Object(
    {
        "type": Place("type"),
        "operator": Place("operator"),
        "property": Place("property"),
        "timingsScope": Place("timingsScope"),
        "code": Place("code"),
    },
    {},
)
_json_path = Object(
    {
        "jsonpath": Place("jsonPath"),
        "operator": Place("operator"),
        "targetvalue": Place("targetValue"),
        "elementsoperator": Place("elementsOperator"),
    },
    {"elementsOperator": "firstElementMatches"},
)
_x_path = Object(
    {
        "xpath": Place("xPath"),
        "operator": Place("operator"),
        "targetvalue": Place("targetValue"),
    },
    {},
)
# The operators that look inside a body, with the property that holds what to look for.
_PATHS = {
    "validatesJSONPath": ("targetjsonpath", _json_path),
    "validatesXPath": ("targetxpath", _x_path),
}


class _Assertion:
    """An assertion: its operator decides where the target is and which type it has."""

    def encode(self, value: dict[str, Any]) -> dict[str, Any]:
        inside = ("target", *(name for name, _ in _PATHS.values()))
        encoded = _plain_target.encode({k: v for k, v in value.items() if k not in inside})
        operator = value.get("operator")
        if operator in _PATHS:
            name, form = _PATHS[operator]
            target = form.encode(value.get(name) or {})
            if target.get("operator") in ("lessThan", "moreThan"):
                target["targetValue"] = _number(target.get("targetValue"), float)
            encoded["target"] = target
        elif not is_absent(value.get("target")):
            encoded["target"] = _target(value["type"], operator, value["target"])
        return encoded

    def decode(self, value: dict[str, Any]) -> dict[str, Any]:
        decoded = _plain_target.decode(value)
        target = value.get("target")
        if value.get("operator") in _PATHS:
            name, form = _PATHS[value["operator"]]
            decoded[name] = form.decode(target or {})
            if "targetvalue" in decoded[name]:
                decoded[name]["targetvalue"] = _text(decoded[name]["targetvalue"])
        elif target is not None:
            decoded["target"] = _text(target)
        return decoded


def _target(type_: str, operator: str | None, target: str) -> Any:
    if type_ in _WHOLE or (type_ == "statusCode" and operator in ("is", "isNot")):
        return _number(target, int)
    if type_ == "packetLossPercentage" or (operator in _ORDERING and type_ not in _TLS):
        return _number(target, float)
    return target


def _number(text: Any, kind: type) -> Any:
    try:
        return kind(text)
    except (TypeError, ValueError):
        return text  # a variable, or a fault that the API will name


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


_assertions = Items(_Assertion())
_request = object_of(SyntheticsTestRequest, without=("headers", "query", "basic_auth", "proxy"))
_basic_auth = object_of(SyntheticsBasicAuthWeb, defaults={"type": "web"})
_in_request = {
    "requestHeaders": "headers",
    "requestQuery": "query",
}


def _request_places(path: str) -> dict[str, Place]:
    """The request and what the provider keeps beside it."""
    return {
        "requestDefinition": Place(path, _request),
        "requestBasicauth": Place(f"{path}.basicAuth", _basic_auth),
        **{name: Place(f"{path}.{key}") for name, key in _in_request.items()},
    }


class _Step:
    """A step of a multistep test: a request, or a pause."""

    _asking = object_of(
        SyntheticsAPITestStep,
        without=("request", "assertions"),
        defaults={"subtype": "http", "assertions": [], "request": {}},
        assertions=Place("assertions", _assertions),
        **_request_places("request"),
    )
    _waiting = object_of(SyntheticsAPIWaitStep)

    def encode(self, value: dict[str, Any]) -> dict[str, Any]:
        return self._of(value).encode(value)

    def decode(self, value: dict[str, Any]) -> dict[str, Any]:
        return self._of(value).decode(value)

    def _of(self, value: dict[str, Any]) -> Object:
        return self._waiting if value.get("subtype") == "wait" else self._asking


_options = object_of(
    SyntheticsTestOptions, without=("device_ids",), defaults={"min_location_failed": 1}
)

_API_TEST = Object(
    {
        "name": Place("name"),
        "type": Place("type"),
        "subtype": Place("subtype"),
        "status": Place("status"),
        "message": Place("message"),
        "tags": Place("tags"),
        "locations": Place("locations"),
        "assertions": Place("config.assertions", _assertions),
        "apiSteps": Place("config.steps", Items(_Step())),
        "configVariables": Place(
            "config.configVariables", Items(object_of(SyntheticsConfigVariable))
        ),
        "optionsList": Place("options", _options),
        **_request_places("config.request"),
    },
    {
        "subtype": "http",
        "message": "",
        "tags": [],
        "config.assertions": [],
        "config.configVariables": [],
        "options": {},
    },
)
_BROWSER_TEST = Object(
    {
        "name": Place("name"),
        "type": Place("type"),
        "status": Place("status"),
        "message": Place("message"),
        "tags": Place("tags"),
        "locations": Place("locations"),
        "browserSteps": Place("steps", Items(STEP)),
        "browserVariables": Place("config.variables", Items(object_of(SyntheticsBrowserVariable))),
        "configVariables": Place(
            "config.configVariables", Items(object_of(SyntheticsConfigVariable))
        ),
        "setCookie": Place("config.setCookie"),
        "deviceIds": Place("options.device_ids"),
        "optionsList": Place("options", _options),
        **_request_places("config.request"),
    },
    {
        "message": "",
        "tags": [],
        "steps": [],
        "config.assertions": [],
        "config.configVariables": [],
        "config.variables": [],
        "options": {},
    },
)
_SHAPES = {"api": _API_TEST, "browser": _BROWSER_TEST}


class _Test:
    """A test of one kind or the other."""

    def encode(self, value: dict[str, Any]) -> Document:
        return _SHAPES[_kind(value)].encode(value)

    def decode(self, value: Document) -> dict[str, Any]:
        return _SHAPES[_kind(value)].decode(value)


def _kind(test: Properties) -> str:
    kind = test.get("type")
    if kind not in _SHAPES:
        raise CloudError(f"the sandbox has no synthetic tests of type {kind!r}")
    return str(kind)


class _Tests:
    """Each kind has a path of its own; all are listed and deleted together."""

    _path = "/api/v1/synthetics/tests"

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        made = api.call("POST", f"{self._path}/{_kind(document)}", document)
        return str(made["public_id"]), made

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        for kind in [known["type"]] if known.get("type") in _SHAPES else _SHAPES:
            found: Document | None = api.call("GET", f"{self._path}/{kind}/{id_}")
            if found is not None:
                return found
        return None

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        changed: Document | None = api.call(
            "PUT", f"{self._path}/{_kind(document)}/{id_}", document
        )
        return changed

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        body: Properties = {"public_ids": [id_]}
        if forced:
            body["force_delete_dependencies"] = True
        api.call("POST", f"{self._path}/delete", body)

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        for entry in api.call("GET", self._path)["tests"]:
            yield entry["public_id"], entry


SYNTHETICS = {
    # No ForceNew at all [resource_datadog_synthetics_test_.go]; the API has no change from one
    # kind to the other, so that the sandbox replaces where the provider would fail.
    "datadog:index/syntheticsTest:SyntheticsTest": Resource(
        shape=_Test(),
        access=_Tests(),
        identity=("name", "type"),
        computed={"monitorId": "monitor_id"},
        unordered=frozenset({"locations"}),
        replaces=frozenset({"type"}),
        local=frozenset({"forceDeleteDependencies"}),
        forced="forceDeleteDependencies",
    ),
}
