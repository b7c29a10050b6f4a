"""/api/v1/synthetics/variables: values that tests share, some of them secret."""

import re
from collections.abc import Iterator
from typing import Any

from datadog_api_client.v1.model.synthetics_global_variable import SyntheticsGlobalVariable
from datadog_api_client.v1.model.synthetics_global_variable_request import (
    SyntheticsGlobalVariableRequest,
)
from datadog_api_client.v1.model.synthetics_list_global_variables_response import (
    SyntheticsListGlobalVariablesResponse,
)

from sandbox.datadog.answers import Refused
from sandbox.datadog.kinds import Change, Kind, Plain
from sandbox.datadog.store import Document, Store

# [P resource_datadog_synthetics_global_variable.go]
_NAME = re.compile(r"[A-Z][A-Z0-9_]+[A-Z0-9]")


class _Variables(Plain):
    """A secure value is never told."""

    def shown(self, store: Store, document: Document) -> Any:
        value = document["value"]
        if value.get("secure"):
            value = {name: held for name, held in value.items() if name != "value"}
        return {**document, "value": value}

    def listed(self, store: Store, documents: list[Document]) -> Any:
        return {"variables": [self.shown(store, document) for document in documents]}


def _faults(change: Change) -> Iterator[str]:
    fields, name = change.fields, change.fields["name"]
    if not _NAME.fullmatch(name):
        yield f"name: {name!r} must hold capital letters, digits and underscores only"
    for other in change.store.held[VARIABLE.name].values():
        if other["id"] != change.id and other["name"] == name:
            raise Refused(409, f"a variable with the name {name!r} exists already")
    source = fields.get("parse_test_public_id")
    if source is not None and source not in change.store.tests:
        yield f"parse_test_public_id: there is no test {source}"
    value = fields.get("value")
    if value is None and source is None and change.before is None:
        yield "value: missing required field"
    special = fields.get("is_totp") or fields.get("is_fido")
    if special and value is not None and not value.get("secure"):
        yield "value.secure: a one-time password is secure"
    if fields.get("is_totp") and not (value or {}).get("options", {}).get("totp_parameters"):
        yield "value.options.totp_parameters: missing required field"


def _given(change: Change) -> Document:
    before = change.before["value"] if change.before else {"secure": False, "value": ""}
    value: Document = {"secure": False, **(change.fields.get("value") or before)}
    given: Document = {
        "value": value,
        "is_totp": change.fields.get("is_totp", False),
        "is_fido": change.fields.get("is_fido", False),
    }
    return given


def _holders(change: Change) -> Iterator[str]:
    for test in change.store.tests.values():
        variables = test["config"].get("configVariables") or []
        if any(each.get("id") == change.id for each in variables):
            yield f"test {test['public_id']}"


VARIABLE = Kind(
    "GlobalVariable",
    "GlobalVariables",
    "/api/v1/synthetics/variables",
    SyntheticsGlobalVariableRequest,
    SyntheticsGlobalVariableRequest,
    SyntheticsGlobalVariable,
    SyntheticsListGlobalVariablesResponse,
    envelope=_Variables(),
    method="PUT",
    given=_given,
    rules=_faults,
    holders=_holders,
    statuses={"delete": 200},
)
KINDS = (VARIABLE,)
