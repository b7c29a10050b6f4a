"""/api/v2/catalog/entity: what there is to watch, who owns it, what it depends on."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import yaml
from datadog_api_client.v2.model.entity_v3 import EntityV3
from flask import Blueprint, Response, jsonify, request

from sandbox.datadog import models
from sandbox.datadog.answers import Refused, numbered_page, refuse_faults
from sandbox.datadog.store import Document, Store, new_id, timestamp

KIND = "CatalogEntity"
_PATH = "/api/v2/catalog/entity"


def reference(entity: Document) -> str:
    """What an entity is known by: ``service:default/web``."""
    metadata = entity["metadata"]
    return f"{entity['kind']}:{metadata.get('namespace', 'default')}/{metadata['name']}"


def blueprint(store: Store) -> Blueprint:
    """The endpoints: an entity is made and changed by the same call."""
    api = Blueprint("software-catalog", __name__)

    @api.post(_PATH, endpoint="UpsertCatalogEntity")
    def upsert() -> tuple[Response, int]:
        raw = request.get_data(as_text=True)
        entity = _entity(raw)
        refuse_faults(_faults(entity))
        with store.lock:
            name = reference(entity)
            before = store.held[KIND].get(name)
            held = {
                "id": before["id"] if before else new_id(),
                "entity": entity,
                "raw": raw,
                "created": before["created"] if before else timestamp(),
                "modified": timestamp(),
            }
            store.held[KIND][name] = held
            answer = {"data": [_data(name, held)], "included": [_schema(held)]}
        return jsonify(**answer, meta={"count": 1, "includeCount": 1}), 202

    @api.get(_PATH, endpoint="ListCatalogEntity")
    def list_() -> Response:
        asked = request.args.get("include", "").split(",")
        with store.lock:
            found = [(name, held) for name, held in store.held[KIND].items() if _wanted(name, held)]
            some = numbered_page(found)
            beside: list[Document] = []
            for _, held in some:
                beside.extend([_schema(held)] if "schema" in asked else [])
                beside.extend([_raw(held)] if "raw_schema" in asked else [])
            data = [_data(name, held) for name, held in some]
        meta = {"count": len(data), "includeCount": len(beside)}
        return jsonify(data=data, included=beside, meta=meta)

    @api.delete(f"{_PATH}/<path:entity_id>", endpoint="DeleteCatalogEntity")
    def delete(entity_id: str) -> tuple[str, int]:
        with store.lock:
            for name, held in store.held[KIND].items():
                if entity_id in (name, held["id"]):
                    del store.held[KIND][name]
                    return "", 204
        raise Refused(404, f"entity {entity_id} not found")

    return api


def _entity(raw: str) -> Document:
    """A body is JSON or YAML, or a JSON text that holds YAML."""
    try:
        found: Any = yaml.safe_load(raw)
        if isinstance(found, str):
            found = yaml.safe_load(found)
    except yaml.YAMLError:
        raise Refused(400, "The request body is neither YAML nor JSON.") from None
    if not isinstance(found, dict):
        raise Refused(400, "The request body is not an entity.")
    return json.loads(json.dumps(found, default=str))  # type: ignore[no-any-return]


def _faults(entity: Document) -> Iterator[str]:
    if entity.get("apiVersion") != "v3":
        yield f"apiVersion: must be v3, got {entity.get('apiVersion')!r}"
        return
    yield from models.faults(EntityV3, entity)


def _wanted(name: str, held: Document) -> bool:
    metadata = held["entity"]["metadata"]
    known = {
        "filter[ref]": name,
        "filter[id]": held["id"],
        "filter[name]": metadata["name"],
        "filter[kind]": held["entity"]["kind"],
        "filter[owner]": metadata.get("owner", ""),
    }
    asked = {key: request.args[key] for key in known if key in request.args}
    if "/" not in asked.get("filter[ref]", "/"):
        asked["filter[ref]"] = asked["filter[ref]"].replace(":", ":default/", 1)
    return all(known[key] == value for key, value in asked.items())


def _data(name: str, held: Document) -> Document:
    entity, metadata = held["entity"], held["entity"]["metadata"]
    fields = {
        "apiVersion": entity["apiVersion"],
        "kind": entity["kind"],
        "name": metadata["name"],
        "namespace": metadata.get("namespace", "default"),
        "tags": metadata.get("tags", []),
    }
    for field in ("description", "displayName", "owner"):
        if field in metadata:
            fields[field] = metadata[field]
    schema = {"data": {"id": held["id"], "type": "schema"}}
    raw = {"data": {"id": held["id"], "type": "rawSchema"}}
    return {
        "id": held["id"],
        "type": "entity",
        "attributes": fields,
        "meta": {
            "createdAt": held["created"],
            "modifiedAt": held["modified"],
            "ingestionSource": "api",
            "origin": "api",
        },
        "relationships": {"schema": schema, "rawSchema": raw},
    }


def _schema(held: Document) -> Document:
    return {"id": held["id"], "type": "schema", "attributes": {"schema": held["entity"]}}


def _raw(held: Document) -> Document:
    text = base64.b64encode(held["raw"].encode()).decode()
    return {"id": held["id"], "type": "rawSchema", "attributes": {"rawSchema": text}}
