"""Private locations and global variables of synthetic tests.

Follows resource_datadog_synthetics_private_location.go and
resource_datadog_synthetics_global_variable.go of the Terraform provider.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from datadog_api_client.v1.model.synthetics_private_location_metadata import (
    SyntheticsPrivateLocationMetadata,
)

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Document, Plain
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Object, Place, object_of


class _Locations(Plain):
    """The answer to a creation holds what a worker starts with; locations are listed with
    Datadog's own."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        made = api.call("POST", self.path, document)
        location = made["private_location"]
        config = dict(made["config"])
        if known.get("apiKey"):
            config["datadogApiKey"] = known["apiKey"]
        return str(location["id"]), {**location, "config": json.dumps(config)}

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        for entry in api.call("GET", "/api/v1/synthetics/locations")["locations"]:
            if entry["id"].startswith("pl:"):
                yield entry["id"], entry


def _policy_id(document: Mapping[str, Any]) -> str:
    return f"synthetics-private-location:{document['id']}"


_variable = Object(
    {
        "name": Place("name"),
        "description": Place("description"),
        "tags": Place("tags"),
        "isTotp": Place("is_totp"),
        "isFido": Place("is_fido"),
        "value": Place("value.value"),
        "secure": Place("value.secure"),
        "options": Place(
            "value.options",
            Object(
                {
                    "totpParameters": Place(
                        "totp_parameters",
                        Object(
                            {
                                "digits": Place("digits"),
                                "refreshInterval": Place("refresh_interval"),
                            },
                            {},
                        ),
                    )
                },
                {},
            ),
        ),
        "parseTestId": Place("parse_test_public_id"),
        "parseTestOptions": Place(
            "parse_test_options",
            Object(
                {
                    "type": Place("type"),
                    "field": Place("field"),
                    "localVariableName": Place("localVariableName"),
                    "parser": Place(
                        "parser", Object({"type": Place("type"), "value": Place("value")}, {})
                    ),
                },
                {},
            ),
        ),
        "restrictedRoles": Place("attributes.restricted_roles"),
    },
    {"description": "", "tags": [], "is_totp": False, "is_fido": False},
)


class _Variable:
    """A value goes with how it is kept; without a value neither is sent."""

    def encode(self, value: dict[str, Any]) -> Document:
        return _variable.encode({"secure": False, **value} if "value" in value else value)

    def decode(self, value: Document) -> dict[str, Any]:
        return _variable.decode(value)


SYNTHETICS_PLACES = {
    "datadog:index/syntheticsPrivateLocation:SyntheticsPrivateLocation": Resource(
        shape=Object(
            {
                "name": Place("name"),
                "description": Place("description"),
                "tags": Place("tags"),
                "metadata": Place("metadata", object_of(SyntheticsPrivateLocationMetadata)),
            },
            {"description": "", "tags": [], "metadata": {}},
        ),
        access=_Locations("/api/v1/synthetics/private-locations"),
        computed={"config": "config", "restrictionPolicyResourceId": _policy_id},
        local=frozenset({"apiKey"}),
        unordered=frozenset({"metadata.restrictedRoles"}),
    ),
    "datadog:index/syntheticsGlobalVariable:SyntheticsGlobalVariable": Resource(
        shape=_Variable(),
        access=Plain("/api/v1/synthetics/variables", listed_in="variables"),
        unordered=frozenset({"restrictedRoles"}),
        untold=frozenset({"value"}),
    ),
}
