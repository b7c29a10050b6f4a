"""/api/v2/users: the people of the organisation, who are there before anything is deployed."""

import uuid

from datadog_api_client.v2.model.user_response import UserResponse
from datadog_api_client.v2.model.users_response import UsersResponse
from flask import Blueprint, Response, jsonify, request

from sandbox.datadog import kinds
from sandbox.datadog.answers import numbered_page
from sandbox.datadog.kinds import JSON_API, Kind
from sandbox.datadog.store import Document, Store, timestamp

EMAILS = (
    "devops@bynomi.com",
    "dev@bynomi.com",
    "product@bynomi.com",
    "support-manager@bynomi.com",
    "support@bynomi.com",
    "admin-support@bynomi.com",
    "oncall@prize-draw.example",
    "dev@prize-draw.example",
)
"""The people of the shipped plans."""

USER = Kind("User", "Users", "/api/v2/users", None, None, UserResponse, UsersResponse)
# Made up once: ids that are the same in every sandbox keep states and messages comparable.
_NAMES = uuid.UUID("6f1c2b0e-2b57-4c1a-9a59-3f0f6f0d9f11")


def id_of(email: str) -> str:
    """The id of a user of the sandbox, which depends on the address alone."""
    return str(uuid.uuid5(_NAMES, email))


def seed(store: Store) -> None:
    """Let the people be there."""
    now = timestamp()
    for email in EMAILS:
        id_ = id_of(email)
        store.held[USER.name][id_] = {
            "id": id_,
            "type": "users",
            "attributes": {
                "created_at": now,
                "disabled": False,
                "email": email,
                "handle": email,
                "icon": "",
                "mfa_enabled": True,
                "modified_at": now,
                "name": email.partition("@")[0].replace("-", " ").capitalize(),
                "service_account": False,
                "status": "Active",
                "title": None,
                "uuid": id_,
                "verified": True,
            },
        }


def blueprint(store: Store) -> Blueprint:
    """The endpoints for users; nobody is hired or dismissed in a sandbox."""
    api = Blueprint("users", __name__, url_prefix="/api/v2/users")

    @api.get("", endpoint="ListUsers")
    def list_users() -> Response:
        asked = request.args.get("filter", "").lower()
        status = request.args.get("filter[status]", "").lower()
        with store.lock:
            users = list(store.held[USER.name].values())
        found = [user for user in users if _matches(user, asked, status)]
        return jsonify(
            data=numbered_page(found),
            meta={"page": {"total_count": len(users), "total_filtered_count": len(found)}},
        )

    @api.get("/<id_>", endpoint="GetUser")
    def get_user(id_: str) -> Response:
        with store.lock:
            return jsonify(JSON_API.shown(store, kinds.found(store, USER)))

    return api


def _matches(user: Document, asked: str, status: str) -> bool:
    fields = user["attributes"]
    words = f"{fields['email']} {fields['name']} {fields['handle']}".lower()
    return asked in words and (not status or fields["status"].lower() in status.split(","))
