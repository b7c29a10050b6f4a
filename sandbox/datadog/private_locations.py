"""/api/v1/synthetics/private-locations: places of one's own to test from."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

from datadog_api_client.v1.model.synthetics_private_location import SyntheticsPrivateLocation
from datadog_api_client.v1.model.synthetics_private_location_creation_response import (
    SyntheticsPrivateLocationCreationResponse,
)
from flask import Blueprint, Response, jsonify

from sandbox.datadog import kinds
from sandbox.datadog.answers import body
from sandbox.datadog.kinds import Change, Kind, Plain
from sandbox.datadog.store import Document, Store


def _id(document: Document) -> str:
    """Such as ``pl:office-6f1c2b0e2b574c1a``."""
    name = re.sub(r"[^a-z0-9]+", "-", document["name"].lower()).strip("-")
    return f"pl:{name}-{secrets.token_hex(16)}"


def _faults(change: Change) -> Iterator[str]:
    if not change.fields["name"].strip():
        yield "name: must not be empty"


def _holders(change: Change) -> Iterator[str]:
    for test in change.store.tests.values():
        if change.id in test["locations"]:
            yield f"test {test['public_id']}"


LOCATION = Kind(
    "PrivateLocation",
    "PrivateLocations",
    "/api/v1/synthetics/private-locations",
    SyntheticsPrivateLocation,
    SyntheticsPrivateLocation,
    SyntheticsPrivateLocation,
    SyntheticsPrivateLocationCreationResponse,
    envelope=Plain(),
    method="PUT",
    id_of=_id,
    rules=_faults,
    holders=_holders,
)


def blueprint(store: Store) -> Blueprint:
    """The endpoints; only the answer to a creation holds what a worker starts with."""
    api = Blueprint("private-locations", __name__, url_prefix="")
    path, one = LOCATION.path, f"{LOCATION.path}/<id_>"

    @api.post(path, endpoint="CreatePrivateLocation")
    def create() -> Response:
        with store.lock:
            made = kinds.create(store, LOCATION, body())
        config: dict[str, Any] = {
            "id": made["id"],
            "site": "datadoghq.com",
            "accessKey": secrets.token_hex(16),
            "secretAccessKey": secrets.token_hex(32),
            "privateKey": secrets.token_hex(32),
        }
        encryption = {"id": secrets.token_hex(8), "key": secrets.token_hex(16)}
        return jsonify(config=config, private_location=made, result_encryption=encryption)

    @api.get(one, endpoint="GetPrivateLocation")
    def get(id_: str) -> Document:
        with store.lock:
            return dict(kinds.found(store, LOCATION))

    @api.put(one, endpoint="UpdatePrivateLocation")
    def update(id_: str) -> Document:
        with store.lock:
            return dict(kinds.update(store, LOCATION, body()))

    @api.delete(one, endpoint="DeletePrivateLocation")
    def delete(id_: str) -> tuple[str, int]:
        with store.lock:
            kinds.delete(store, LOCATION)
        return "", 204

    return api
