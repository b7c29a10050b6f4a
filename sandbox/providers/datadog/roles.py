"""Roles, who has them, and who may see and change single objects.

Follows resource_datadog_role.go, resource_datadog_user_role.go and
resource_datadog_restriction_policy.go of the Terraform provider.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Document, JsonApi, there
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Object, Place

_ROLES = "/api/v2/roles"
_POLICIES = "/api/v2/restriction_policy"


class _Permissions:
    """Ids here, a relationship there."""

    def encode(self, value: list[dict[str, Any]]) -> Document:
        return {"data": [{"id": each["id"], "type": "permissions"} for each in value]}

    def decode(self, value: Document) -> list[dict[str, Any]]:
        return [{"id": each["id"]} for each in value["data"]]


class _Role(JsonApi):
    """Permissions are added and removed one by one."""

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        before = self.read(api, id_, known)
        if before is None:
            return None
        super().update(api, id_, {"attributes": document["attributes"]}, known)
        had = {each["id"] for each in before["relationships"]["permissions"]["data"]}
        related = document.get("relationships", {}).get("permissions", {"data": []})
        wanted = {each["id"] for each in related["data"]}
        at = f"{_ROLES}/{id_}/permissions"
        for method, ids in (("DELETE", had - wanted), ("POST", wanted - had)):
            for permission in sorted(ids):
                api.call(method, at, {"data": {"id": permission, "type": "permissions"}})
        return self.read(api, id_, known)


@dataclass(frozen=True)
class _UserRole:
    """A user's role has no id of its own: ``ROLE:USER``."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        role, user = document["role"], document["user"]
        at = f"{_ROLES}/{role}/users"
        there(api.call("POST", at, {"data": {"id": user, "type": "users"}}), at)
        return f"{role}:{user}", document

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        role, _, user = id_.partition(":")
        found = api.call("GET", f"{_ROLES}/{role}/users")
        if found is None or all(each["id"] != user for each in found["data"]):
            return None
        return {"role": role, "user": user}

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        return self.read(api, id_, known)

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        role, _, user = id_.partition(":")
        at = f"{_ROLES}/{role}/users"
        api.call("DELETE", at, {"data": {"id": user, "type": "users"}})

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        role = known["roleId"]
        for user in (api.call("GET", f"{_ROLES}/{role}/users") or {"data": []})["data"]:
            yield f"{role}:{user['id']}", {"role": role, "user": user["id"]}


class _Bindings:
    """Sets, sent in an order that does not depend on who declared them."""

    def encode(self, value: list[dict[str, Any]]) -> list[Document]:
        return [
            {"principals": sorted(each["principals"]), "relation": each["relation"]}
            for each in sorted(value, key=lambda each: str(each["relation"]))
        ]

    def decode(self, value: list[Document]) -> list[dict[str, Any]]:
        return [dict(each) for each in value]


@dataclass(frozen=True)
class _Policy:
    """A policy is made and changed by the same call, and known by its object."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        id_ = str(document["id"])
        data = {**document, "type": "restriction_policy"}
        at = f"{_POLICIES}/{id_}"
        answer = there(api.call("POST", at, {"data": data}), at)
        return id_, dict(answer["data"])

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        found = api.call("GET", f"{_POLICIES}/{id_}")
        return None if found is None else dict(found["data"])

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        return self.create(api, {**document, "id": id_}, known)[1]

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        api.call("DELETE", f"{_POLICIES}/{id_}")

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        found = self.read(api, str(known["resourceId"]), known)
        if found is not None:
            yield str(found["id"]), found


ROLES = {
    "datadog:index/role:Role": Resource(
        shape=Object(
            {
                "name": Place("attributes.name"),
                "defaultPermissionsOptOut": Place("attributes.default_permissions_opt_out"),
                "permissions": Place("relationships.permissions", _Permissions()),
            },
            {},
        ),
        access=_Role(_ROLES, "roles"),
        identity=("attributes.name",),
        computed={"userCount": "attributes.user_count"},
        # Whether it opted out is not told again.
        untold=frozenset({"defaultPermissionsOptOut"}),
        unordered=frozenset({"permissions"}),
    ),
    "datadog:index/userRole:UserRole": Resource(
        shape=Object({"roleId": Place("role"), "userId": Place("user")}, {}),
        access=_UserRole(),
        identity=("role", "user"),
        replaces=frozenset({"roleId", "userId"}),
    ),
    "datadog:index/restrictionPolicy:RestrictionPolicy": Resource(
        shape=Object(
            {
                "resourceId": Place("id"),
                "bindings": Place("attributes.bindings", _Bindings()),
            },
            {},
        ),
        access=_Policy(),
        identity=("id",),
        unordered=frozenset({"bindings", "bindings.principals"}),
        replaces=frozenset({"resourceId"}),
    ),
}
