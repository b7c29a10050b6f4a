"""Sensitive data scanner: groups and their rules.

Follows resource_datadog_sensitive_data_scanner_group.go and
resource_datadog_sensitive_data_scanner_rule.go of the Terraform provider.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datadog_api_client.v2.model.sensitive_data_scanner_group_attributes import (
    SensitiveDataScannerGroupAttributes,
)
from datadog_api_client.v2.model.sensitive_data_scanner_rule_attributes import (
    SensitiveDataScannerRuleAttributes,
)

from sandbox.providers.cloud import CloudError, Properties
from sandbox.providers.datadog.access import Document
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Object, Place, object_of, within

_CONFIG = "/api/v2/sensitive-data-scanner/config"
_GROUP = "sensitive_data_scanner_group"
_RULE = "sensitive_data_scanner_rule"


@dataclass(frozen=True)
class _Configured:
    """Groups and rules are parts of one configuration, which is read as a whole."""

    path: str
    type: str

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        made = api.call("POST", self.path, {"data": self._data(document), "meta": {}})
        if made is None:
            raise CloudError(f"{self.path} is not there")
        return str(made["data"]["id"]), made["data"]

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        return dict(self.list(api, known)).get(id_)

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        body = {"data": {**self._data(document), "id": id_}, "meta": {}}
        changed = api.call("PATCH", f"{self.path}/{id_}", body)
        return None if changed is None else self.read(api, id_, known)

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        api.call("DELETE", f"{self.path}/{id_}", {"meta": {}})

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        for entry in api.call("GET", _CONFIG)["included"]:
            if entry["type"] == self.type:
                yield str(entry["id"]), entry

    def _data(self, document: Document) -> Document:
        return {"relationships": {}, **document, "type": self.type}


class _Related:
    """An id here, a relationship there."""

    def __init__(self, type_: str) -> None:
        self._type = type_

    def encode(self, value: str) -> Any:
        return {"data": {"id": value, "type": self._type}}

    def decode(self, value: Any) -> Any:
        return (value.get("data") or {}).get("id")


_suppressions = Object(
    {
        "startsWiths": Place("starts_with"),
        "endsWiths": Place("ends_with"),
        "exactMatches": Place("exact_match"),
    },
    {},
)

DATA_SCANNER = {
    "datadog:index/sensitiveDataScannerGroup:SensitiveDataScannerGroup": Resource(
        shape=within(
            "attributes",
            object_of(
                SensitiveDataScannerGroupAttributes,
                without=("product_list",),
                defaults={"description": ""},
                productLists=Place("product_list"),
            ),
        ),
        access=_Configured(f"{_CONFIG}/groups", _GROUP),
        identity=("attributes.name",),
        unordered=frozenset({"productLists", "samplings"}),
        # A group without an enabled rule is disabled by Datadog itself.
        optional=frozenset({"samplings"}),
    ),
    "datadog:index/sensitiveDataScannerRule:SensitiveDataScannerRule": Resource(
        shape=within(
            "attributes",
            object_of(
                SensitiveDataScannerRuleAttributes,
                without=("suppressions",),
                defaults={"text_replacement": {"type": "none"}},
                suppressions=Place("suppressions", _suppressions),
            ),
            groupId=Place("relationships.group", _Related(_GROUP)),
            standardPatternId=Place(
                "relationships.standard_pattern",
                _Related("sensitive_data_scanner_standard_pattern"),
            ),
        ),
        access=_Configured(f"{_CONFIG}/rules", _RULE),
        identity=("attributes.name", "relationships.group.data.id"),
        optional=frozenset({"includedKeywordConfiguration", "name", "priority"}),
        replaces=frozenset({"groupId", "standardPatternId"}),
    ),
}
