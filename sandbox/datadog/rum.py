"""/api/v2/rum/applications."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from datadog_api_client.v2.model.rum_application_create_request import RUMApplicationCreateRequest
from datadog_api_client.v2.model.rum_application_response import RUMApplicationResponse
from datadog_api_client.v2.model.rum_application_update_request import RUMApplicationUpdateRequest
from datadog_api_client.v2.model.rum_applications_response import RUMApplicationsResponse

from sandbox.datadog.kinds import Change, Envelope, Kind
from sandbox.datadog.store import Document, Store

# [D "Create a new RUM application"]
TYPES = (
    "browser",
    "ios",
    "android",
    "react-native",
    "flutter",
    "roku",
    "electron",
    "unity",
    "kotlin-multiplatform",
)
# A list does not tell what lets somebody send data.
_SECRET = frozenset({"client_token", "api_key_id"})


class _Applications(Envelope):
    def listed(self, store: Store, documents: list[Document]) -> Document:
        return {"data": [_without_secrets(document) for document in documents]}


def _without_secrets(document: Document) -> Document:
    fields = document["attributes"].items()
    return {**document, "attributes": {k: v for k, v in fields if k not in _SECRET}}


def _faults(change: Change) -> Iterator[str]:
    fields = change.fields
    if not fields["name"].strip():
        yield "name: must not be empty"
    if fields.get("type", "browser") not in TYPES:
        yield f"type: {fields['type']!r} is none of: {', '.join(TYPES)}"


def _milliseconds() -> int:
    return int(datetime.now(UTC).timestamp() * 1_000)


def _made(change: Change) -> Document:
    return {
        "api_key_id": secrets.randbelow(2**31 - 1) + 1,
        "application_id": change.id,
        "client_token": f"pub{secrets.token_hex(16)}",
        "created_at": _milliseconds(),
        "created_by_handle": "sandbox@example.com",
        "is_active": False,
        "org_id": 1,
    }


def _given(change: Change) -> Document:
    fields = change.fields
    before = change.before["attributes"].get("product_scales", {}) if change.before else {}
    events = fields.pop("rum_event_processing_state", None)
    retention = fields.pop("product_analytics_retention_state", None)
    scales = dict(before)
    for name, state in (
        ("rum_event_processing_scale", events or (None if before else "ALL")),
        ("product_analytics_retention_scale", retention or (None if before else "NONE")),
    ):
        if state is not None:
            scales[name] = {"last_modified_at": _milliseconds(), "state": state}
    return {
        "product_scales": scales,
        "type": fields.get("type", "browser"),
        "updated_at": _milliseconds(),
        "updated_by_handle": "sandbox@example.com",
    }


APPLICATION = Kind(
    "RUMApplication",
    "RUMApplications",
    "/api/v2/rum/applications",
    RUMApplicationCreateRequest,
    RUMApplicationUpdateRequest,
    RUMApplicationResponse,
    RUMApplicationsResponse,
    type="rum_application",
    made=_made,
    given=_given,
    rules=_faults,
    envelope=_Applications(),
)
KINDS = (APPLICATION,)
