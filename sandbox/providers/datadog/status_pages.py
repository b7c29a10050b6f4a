"""Status pages and their components.

Datadog's API changes a page's fields in place, and of a component its name and position alone.
"""

from __future__ import annotations

from typing import Any

from datadog_api_client.v2.model.create_status_page_request_data_attributes import (
    CreateStatusPageRequestDataAttributes,
)

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Document, JsonApi
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource, parent
from sandbox.providers.datadog.shape import Items, Object, Place, object_of, within

_PATH = "/api/v2/statuspages"
_part = Object(
    {"name": Place("name"), "type": Place("type"), "position": Place("position")},
    {"type": "component"},
)


class _Parts:
    """The parts of a group in their order: each has its place, said or not."""

    def encode(self, value: list[dict[str, Any]]) -> list[Document]:
        parts = Items(_part).encode(value)
        return [{"position": place, **part} for place, part in enumerate(parts)]

    def decode(self, value: list[Document]) -> list[dict[str, Any]]:
        return Items(_part).decode(value)


class _Component(JsonApi):
    """A component is changed in its name and its place."""

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        fields = {name: document["attributes"][name] for name in ("name", "position")}
        return super().update(api, id_, {"attributes": fields}, known)


STATUS_PAGES = {
    "datadog:index/statusPage:StatusPage": Resource(
        shape=within(
            "attributes",
            object_of(CreateStatusPageRequestDataAttributes, without=("components",)),
        ),
        access=JsonApi(_PATH, "status_pages"),
        identity=("attributes.domain_prefix",),
        computed={
            "createdAt": "attributes.created_at",
            "customDomain": "attributes.custom_domain",
            "customDomainEnabled": "attributes.custom_domain_enabled",
            "enabled": "attributes.enabled",
            "modifiedAt": "attributes.modified_at",
            "pageUrl": "attributes.page_url",
        },
        optional=frozenset({"slackSubscriptionsEnabled", "subscriptionsEnabled"}),
    ),
    "datadog:index/statusPageComponent:StatusPageComponent": Resource(
        shape=within(
            "attributes",
            Object(
                {
                    "name": Place("name"),
                    "type": Place("type"),
                    "position": Place("position"),
                    "components": Place("components", _Parts()),
                },
                {},
            ),
        ),
        access=_Component(f"{_PATH}/{{pageId}}/components", "components"),
        identity=("attributes.name", "attributes.type"),
        computed={
            "createdAt": "attributes.created_at",
            "modifiedAt": "attributes.modified_at",
            "status": "attributes.status",
        },
        local=frozenset({"pageId"}),
        replaces=frozenset({"components", "pageId", "type"}),
        imported=parent("pageId"),
    ),
}
