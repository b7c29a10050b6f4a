"""/api/v2/statuspages: pages for customers, and what they show."""

import re
from collections.abc import Iterator
from typing import Any

from datadog_api_client.v2.model.create_component_request import CreateComponentRequest
from datadog_api_client.v2.model.create_status_page_request import CreateStatusPageRequest
from datadog_api_client.v2.model.patch_component_request import PatchComponentRequest
from datadog_api_client.v2.model.patch_status_page_request import PatchStatusPageRequest
from datadog_api_client.v2.model.status_page import StatusPage
from datadog_api_client.v2.model.status_page_array import StatusPageArray
from datadog_api_client.v2.model.status_pages_component import StatusPagesComponent
from datadog_api_client.v2.model.status_pages_component_array import StatusPagesComponentArray
from flask import Blueprint

from sandbox.datadog import kinds
from sandbox.datadog.answers import Refused
from sandbox.datadog.kinds import Change, Envelope, Kind
from sandbox.datadog.store import Document, Store, new_id, timestamp
from sandbox.datadog.users import EMAILS, id_of

_PATH = "/api/v2/statuspages"
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def _by() -> Document:
    user = {"data": {"id": id_of(EMAILS[0]), "type": "users"}}
    return {"created_by_user": user, "last_modified_by_user": user}


class _Pages(Envelope):
    """A page shows its components, in their order."""

    def shown(self, store: Store, document: Document) -> Any:
        return {"data": _with_components(store, document)}

    def listed(self, store: Store, documents: list[Document]) -> Any:
        return {"data": [_with_components(store, each) for each in documents]}


def _with_components(store: Store, page: Document) -> Document:
    components = []
    for each in components_of(store, page["id"]):
        fields = each["attributes"]
        own: Document = {"id": each["id"]}
        for name in ("name", "position", "status", "type", "components"):
            if name in fields and (name != "status" or fields["type"] == "component"):
                own[name] = fields[name]
        components.append(own)
    return {**page, "attributes": {**page["attributes"], "components": components}}


def components_of(store: Store, page_id: str) -> list[Document]:
    """A page's components by position."""
    held = store.held[COMPONENT.name].items()
    found = [each for key, each in held if key.startswith(f"{page_id}/")]
    return sorted(found, key=lambda each: int(each["attributes"]["position"]))


def _page_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    prefix = fields["domain_prefix"]
    if not fields["name"].strip():
        yield "name: must not be empty"
    if not _PREFIX.fullmatch(prefix):
        yield f"domain_prefix: {prefix!r} must be small letters, digits and hyphens"
    for other in change.store.held[PAGE.name].values():
        if other["id"] != change.id and other["attributes"]["domain_prefix"] == prefix:
            raise Refused(409, f"domain_prefix: {prefix!r} is taken")


def _page_made(change: Change) -> Document:
    change.document["relationships"] = _by()
    given = change.fields.pop("components", [])
    for position, component in enumerate(given):
        id_ = new_id()
        change.store.held[COMPONENT.name][f"{change.id}/{id_}"] = {
            "id": id_,
            "type": "components",
            "attributes": {
                "position": position,
                "status": "operational",
                **component,
                "created_at": timestamp(),
                "modified_at": timestamp(),
            },
            "relationships": {
                **_by(),
                "status_page": {"data": {"id": change.id, "type": "status_pages"}},
            },
        }
    return {
        "created_at": timestamp(),
        "custom_domain": None,
        "custom_domain_enabled": False,
        "enabled": False,
    }


def _page_given(change: Change) -> Document:
    fields = change.fields
    return {
        "modified_at": timestamp(),
        "page_url": f"https://{fields['domain_prefix']}.statuspage.datadoghq.com",
        "subscriptions_enabled": fields.get("subscriptions_enabled", False),
        "slack_subscriptions_enabled": fields.get("slack_subscriptions_enabled", False),
    }


def _empty(change: Change) -> None:
    """A page takes its components along."""
    held = change.store.held[COMPONENT.name]
    for key in [key for key in held if key.startswith(f"{change.id}/")]:
        del held[key]


PAGE = Kind(
    "StatusPage",
    "StatusPages",
    _PATH,
    CreateStatusPageRequest,
    PatchStatusPageRequest,
    StatusPage,
    StatusPageArray,
    envelope=_Pages(),
    made=_page_made,
    given=_page_given,
    rules=_page_faults,
    deleted=_empty,
    statuses={"create": 201},
)


def _component_faults(change: Change) -> Iterator[str]:
    page_id, fields = change.parents["page_id"], change.fields
    if page_id not in change.store.held[PAGE.name]:
        raise Refused(404, f"StatusPage {page_id} not found")
    if not fields["name"].strip():
        yield "name: must not be empty"
    others = [each for each in components_of(change.store, page_id) if each["id"] != change.id]
    # It can be put between the others or behind them [P "position"].
    if not 0 <= fields["position"] <= len(others):
        yield f"position: must be 0 to {len(others)}, got {fields['position']}"
    if fields["type"] == "component" and fields.get("components"):
        yield "components: only a group has components"
    if fields["type"] == "group" and not fields.get("components"):
        yield "components: a group needs at least one"


def _component_made(change: Change) -> Document:
    page = {"data": {"id": change.parents["page_id"], "type": "status_pages"}}
    related = {**change.document.get("relationships", {}), **_by(), "status_page": page}
    change.document["relationships"] = related
    return {"created_at": timestamp(), "status": "operational"}


def _component_given(change: Change) -> Document:
    """Those behind it move on: each place is taken once."""
    place, page_id = change.fields["position"], change.parents["page_id"]
    others = [each for each in components_of(change.store, page_id) if each["id"] != change.id]
    for position, other in enumerate(others):
        other["attributes"]["position"] = position + (position >= place)
    given: Document = {"modified_at": timestamp()}
    if change.fields["type"] == "group":
        given["components"] = [
            {"status": "operational", "id": new_id(), **each}
            for each in change.fields.get("components", [])
        ]
    return given


COMPONENT = Kind(
    "Component",
    "Components",
    f"{_PATH}/<page_id>/components",
    CreateComponentRequest,
    PatchComponentRequest,
    StatusPagesComponent,
    StatusPagesComponentArray,
    made=_component_made,
    given=_component_given,
    rules=_component_faults,
    statuses={"create": 201},
)
KINDS = (PAGE, COMPONENT)


def blueprint(store: Store) -> Blueprint:
    """The endpoints; a page is seen by others once it is published."""
    api = kinds.blueprint("status-pages", store, *KINDS)

    def publish(id_: str) -> tuple[str, int]:
        with store.lock:
            kinds.found(store, PAGE)["attributes"]["enabled"] = True
        return "", 204

    def unpublish(id_: str) -> tuple[str, int]:
        with store.lock:
            kinds.found(store, PAGE)["attributes"]["enabled"] = False
        return "", 204

    for what, view in (("publish", publish), ("unpublish", unpublish)):
        endpoint = f"{what.capitalize()}StatusPage"
        api.add_url_rule(f"{_PATH}/<id_>/{what}", endpoint, view, methods=["POST"])
    return api
