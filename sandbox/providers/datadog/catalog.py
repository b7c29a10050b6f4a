"""Entities of the software catalog, declared as YAML or JSON text.

Follows resource_datadog_software_catalog.go of the Terraform provider.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from sandbox.providers.cloud import CloudError, Properties
from sandbox.providers.datadog.access import Document
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource

_PATH = "/api/v2/catalog/entity"


def _parsed(text: str) -> Document:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise CloudError(f"entity: is neither YAML nor JSON: {fault}") from None
    if not isinstance(found, dict) or not isinstance(found.get("metadata"), dict):
        raise CloudError("entity: is not an entity with metadata")
    return found


def _meaning(text: str) -> str:
    return json.dumps(_parsed(text), sort_keys=True, default=str)


def _reference(entity: Document) -> str:
    """What an entity is known by, and its id here: `service:default/web`."""
    metadata = entity["metadata"]
    namespace = metadata.get("namespace", "default")
    return f"{entity.get('kind')}:{namespace}/{metadata.get('name')}"


class _Entity:
    """The text is sent as it is; there it is known by what it says."""

    def encode(self, value: dict[str, Any]) -> Document:
        return {"text": value["entity"], "reference": _reference(_parsed(value["entity"]))}

    def decode(self, value: Document) -> dict[str, Any]:
        return {"entity": value["text"]}


@dataclass(frozen=True)
class _Catalog:
    """An entity is made and changed by the same call."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        api.call("POST", _PATH, document["text"])
        return document["reference"], document

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        found = api.call("GET", _PATH, query={"include": "raw_schema", "filter[ref]": id_})
        if not found["included"]:
            return None
        raw = found["included"][0]["attributes"]["rawSchema"]
        return {"text": base64.b64decode(raw).decode(), "reference": id_}

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        return self.create(api, document, known)[1]

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        api.call("DELETE", f"{_PATH}/{id_}")

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        id_ = _reference(_parsed(known["entity"]))
        found = self.read(api, id_, known)
        if found is not None:
            yield id_, found


def _another(new: Properties, old: Properties) -> bool:
    """Whether another entity is meant: by kind, namespace and name."""
    texts = (new.get("entity"), old.get("entity"))
    if not all(isinstance(text, str) for text in texts):
        return False
    return _reference(_parsed(str(texts[0]))) != _reference(_parsed(str(texts[1])))


CATALOG = {
    "datadog:index/softwareCatalog:SoftwareCatalog": Resource(
        shape=_Entity(),
        access=_Catalog(),
        identity=("reference",),
        meanings={"entity": _meaning},
        replaced=_another,
    ),
}
