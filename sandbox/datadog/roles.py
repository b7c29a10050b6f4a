"""/api/v2/roles, /permissions, /restriction_policy and /current_user: who may do what."""

import uuid
from collections.abc import Iterator

from datadog_api_client.v2.model.relationship_to_permission import RelationshipToPermission
from datadog_api_client.v2.model.relationship_to_user import RelationshipToUser
from datadog_api_client.v2.model.restriction_policy_update_request import (
    RestrictionPolicyUpdateRequest,
)
from datadog_api_client.v2.model.role_create_request import RoleCreateRequest
from datadog_api_client.v2.model.role_response import RoleResponse
from datadog_api_client.v2.model.role_update_request import RoleUpdateRequest
from datadog_api_client.v2.model.roles_response import RolesResponse
from flask import Blueprint, Response, jsonify

from sandbox.datadog import kinds, models, users
from sandbox.datadog.answers import Refused, body, refuse_faults
from sandbox.datadog.kinds import Change, Envelope, Kind
from sandbox.datadog.store import Document, Store, timestamp

_ROLES = "/api/v2/roles"
_POLICIES = "/api/v2/restriction_policy"
POLICY = "RestrictionPolicy"
MEMBERS = "RoleUser"
ORGANISATION = str(uuid.uuid5(uuid.NAMESPACE_DNS, "organisation.sandbox.example"))
# Whose application key a deployment uses: the first of the people.
DEPLOYER = users.id_of(users.EMAILS[0])
# Those that the shipped plans use, and some that they must not. `restricted`: Datadog gives them to
# every role that does not opt out [Datadog: Role permissions].
PERMISSIONS = {
    "dashboards_read": True,
    "dashboards_write": False,
    "incident_read": True,
    "incident_write": False,
    "logs_read_data": False,
    "monitors_downtime": False,
    "monitors_read": True,
    "monitors_write": False,
    "notebooks_read": True,
    "slos_read": True,
    "synthetics_read": True,
    "user_access_manage": False,
}
# Relations of the objects in use [datadog-api-client, update_restriction_policy].
RELATIONS = {"dashboard": ("viewer", "editor"), "monitor": ("viewer", "editor")}


def permission_id(name: str) -> str:
    """The id of a permission, which is the same in every sandbox."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.permission.sandbox.example"))


def _permissions() -> list[Document]:
    return [
        {
            "id": permission_id(name),
            "type": "permissions",
            "attributes": {"name": name, "restricted": restricted},
        }
        for name, restricted in PERMISSIONS.items()
    ]


class _Roles(Envelope):
    def shown(self, store: Store, document: Document) -> Document:
        return {"data": _counted(store, document)}

    def listed(self, store: Store, documents: list[Document]) -> Document:
        return {"data": [_counted(store, each) for each in documents]}


def _counted(store: Store, role: Document) -> Document:
    count = len(_members(store, role["id"]))
    fields = {
        name: value
        for name, value in role["attributes"].items()
        if name != "default_permissions_opt_out"
    }
    return {**role, "attributes": {**fields, "user_count": count}}


def _members(store: Store, role_id: str) -> list[Document]:
    held = store.held[MEMBERS].items()
    return [each for key, each in held if key.startswith(f"{role_id}/")]


def _role_faults(change: Change) -> Iterator[str]:
    known = {permission_id(name) for name in PERMISSIONS}
    for id_ in change.related("permissions"):
        if id_ not in known:
            yield f"permissions: there is no permission {id_}"
    for other in change.store.held[ROLE.name].values():
        if other["id"] != change.id and other["attributes"]["name"] == change.fields["name"]:
            raise Refused(409, f"a role with the name {change.fields['name']!r} exists already")


def _role_made(change: Change) -> Document:
    change.document["type"] = "roles"
    given = change.document.setdefault("relationships", {}).setdefault("permissions", {})
    granted = given.setdefault("data", [])
    if not change.fields.get("default_permissions_opt_out"):
        has = {each["id"] for each in granted}
        granted += [
            {"id": permission_id(name), "type": "permissions"}
            for name, restricted in PERMISSIONS.items()
            if restricted and permission_id(name) not in has
        ]
    return {"created_at": timestamp()}


ROLE = Kind(
    "Role",
    "Roles",
    _ROLES,
    RoleCreateRequest,
    RoleUpdateRequest,
    RoleResponse,
    RolesResponse,
    envelope=_Roles(),
    made=_role_made,
    given=lambda _: {"modified_at": timestamp()},
    rules=_role_faults,
)
KINDS = (ROLE,)


def blueprint(store: Store) -> Blueprint:
    """The endpoints."""
    api = kinds.blueprint("roles", store, *KINDS)

    def role(role_id: str) -> Document:
        if role_id not in store.held[ROLE.name]:
            raise Refused(404, f"Role {role_id} not found")
        return store.held[ROLE.name][role_id]

    @api.get("/api/v2/permissions", endpoint="ListPermissions")
    def list_permissions() -> Response:
        return jsonify(data=_permissions())

    @api.get("/api/v2/current_user", endpoint="GetCurrentUser")
    def current_user() -> Response:
        with store.lock:
            user = store.held[users.USER.name][DEPLOYER]
        related = {"org": {"data": {"id": ORGANISATION, "type": "orgs"}}}
        return jsonify(data={**user, "relationships": related})

    @api.get(f"{_ROLES}/<role_id>/permissions", endpoint="ListRolePermissions")
    def role_permissions(role_id: str) -> Response:
        with store.lock:
            has = {each["id"] for each in role(role_id)["relationships"]["permissions"]["data"]}
        return jsonify(data=[each for each in _permissions() if each["id"] in has])

    def change_permission(role_id: str, adds: bool) -> Response:
        sent = body()
        refuse_faults(models.faults(RelationshipToPermission, sent))
        id_ = sent["data"]["id"]
        with store.lock:
            granted = role(role_id)["relationships"]["permissions"]
            granted["data"] = [each for each in granted["data"] if each["id"] != id_]
            if adds:
                granted["data"].append({"id": id_, "type": "permissions"})
        return role_permissions(role_id)

    api.add_url_rule(
        f"{_ROLES}/<role_id>/permissions",
        "AddPermissionToRole",
        lambda role_id: change_permission(role_id, True),
        methods=["POST"],
    )
    api.add_url_rule(
        f"{_ROLES}/<role_id>/permissions",
        "RemovePermissionFromRole",
        lambda role_id: change_permission(role_id, False),
        methods=["DELETE"],
    )

    @api.get(f"{_ROLES}/<role_id>/users", endpoint="ListRoleUsers")
    def role_users(role_id: str) -> Response:
        with store.lock:
            role(role_id)
            found = _members(store, role_id)
        return jsonify(data=found, meta={"page": {"total_count": len(found)}})

    def change_user(role_id: str, adds: bool) -> Response:
        sent = body()
        refuse_faults(models.faults(RelationshipToUser, sent))
        id_ = sent["data"]["id"]
        with store.lock:
            role(role_id)
            if id_ not in store.held[users.USER.name]:
                raise Refused(404, f"User {id_} not found")
            if adds:
                store.held[MEMBERS][f"{role_id}/{id_}"] = store.held[users.USER.name][id_]
            else:
                store.held[MEMBERS].pop(f"{role_id}/{id_}", None)
        return role_users(role_id)

    api.add_url_rule(
        f"{_ROLES}/<role_id>/users",
        "AddUserToRole",
        lambda role_id: change_user(role_id, True),
        methods=["POST"],
    )
    api.add_url_rule(
        f"{_ROLES}/<role_id>/users",
        "RemoveUserFromRole",
        lambda role_id: change_user(role_id, False),
        methods=["DELETE"],
    )

    @api.get(f"{_POLICIES}/<resource_id>", endpoint="GetRestrictionPolicy")
    def get_policy(resource_id: str) -> Response:
        with store.lock:
            if resource_id not in store.held[POLICY]:
                raise Refused(404, f"RestrictionPolicy {resource_id} not found")
            return jsonify(data=store.held[POLICY][resource_id])

    @api.post(f"{_POLICIES}/<resource_id>", endpoint="UpdateRestrictionPolicy")
    def set_policy(resource_id: str) -> Response:
        sent = body()
        refuse_faults(models.faults(RestrictionPolicyUpdateRequest, sent))
        bindings = sent["data"]["attributes"]["bindings"]
        refuse_faults(_policy_faults(store, resource_id, bindings))
        with store.lock:
            store.held[POLICY][resource_id] = {
                "id": resource_id,
                "type": "restriction_policy",
                "attributes": {"bindings": bindings},
            }
            return jsonify(data=store.held[POLICY][resource_id])

    @api.delete(f"{_POLICIES}/<resource_id>", endpoint="DeleteRestrictionPolicy")
    def delete_policy(resource_id: str) -> tuple[str, int]:
        with store.lock:
            if store.held[POLICY].pop(resource_id, None) is None:
                raise Refused(404, f"RestrictionPolicy {resource_id} not found")
        return "", 204

    return api


def _policy_faults(store: Store, resource_id: str, bindings: list[Document]) -> Iterator[str]:
    kind = resource_id.partition(":")[0]
    if kind not in RELATIONS:
        yield f"resource_id: the sandbox knows no restriction policy of a {kind!r}"
        return
    known = {f"org:{ORGANISATION}"}
    known |= {f"role:{id_}" for id_ in store.held[ROLE.name]}
    known |= {f"team:{id_}" for id_ in store.held["Team"]}
    known |= {f"user:{id_}" for id_ in store.held[users.USER.name]}
    for binding in bindings:
        if binding["relation"] not in RELATIONS[kind]:
            yield f"relation: {binding['relation']!r} is none of: {', '.join(RELATIONS[kind])}"
        for principal in binding["principals"]:
            if principal not in known:
                yield f"principals: there is no {principal!r}"
    # Whoever asks must not lock themselves out [datadog-api-client, allow_self_lockout].
    editors = {
        principal
        for binding in bindings
        if binding["relation"] == "editor"
        for principal in binding["principals"]
    }
    if not editors & {f"user:{DEPLOYER}", f"org:{ORGANISATION}"}:
        yield "bindings: you would lock yourself out"
