"""/api/v1/integration/webhooks/configuration."""

import json
import re
from collections.abc import Iterator

from datadog_api_client.v1.model.webhooks_integration import WebhooksIntegration
from datadog_api_client.v1.model.webhooks_integration_update_request import (
    WebhooksIntegrationUpdateRequest,
)

from sandbox.datadog.kinds import Change, Kind, Plain
from sandbox.datadog.store import Document

# It is written in messages as @webhook-NAME, so it ends where a word does
# [A "WebhooksIntegration.name: alphanumeric, dashes and underscores"; D "Webhooks integration"].
_NAME = re.compile(r"[A-Za-z0-9_-]+")
# Datadog's own, where none is given, as the Terraform provider's tests recorded it
# (TestAccDatadogWebhook_Basic.yaml).
_PAYLOAD = (
    '{"body": "$EVENT_MSG", "last_updated": "$LAST_UPDATED", "event_type": "$EVENT_TYPE", '
    '"title": "$EVENT_TITLE", "date": "$DATE", "org": {"id": "$ORG_ID", "name": "$ORG_NAME"}, '
    '"id": "$ID"}'
)
_VARIABLE = re.compile(r"\$[A-Z][A-Z0-9_]*(?:\[[^\]]*\])?")


def _faults(change: Change) -> Iterator[str]:
    fields = change.fields
    if not _NAME.fullmatch(change.id):
        yield f"name: {change.id!r} may hold letters, digits, hyphens and underscores only"
    if not fields["url"].startswith(("http://", "https://", "$")):
        yield f"url: {fields['url']!r} has no scheme"
    if fields.get("encode_as", "json") == "json":
        for name in ("payload", "custom_headers"):
            if not _is_json(fields.get(name)):
                yield f"{name}: is not a JSON object"


def _is_json(text: str | None) -> bool:
    """Whether a text is a JSON object once its $VARIABLES, which may stand bare, have values."""
    if not text:
        return True
    try:
        return isinstance(json.loads(_VARIABLE.sub("0", text)), dict)
    except ValueError:
        return False


def _given(change: Change) -> Document:
    fields = change.fields
    return {
        "custom_headers": fields.get("custom_headers"),
        "encode_as": fields.get("encode_as", "json"),
        "payload": fields.get("payload") or _PAYLOAD,
    }


WEBHOOK = Kind(
    "WebhooksIntegration",
    "",
    "/api/v1/integration/webhooks/configuration/webhooks",
    WebhooksIntegration,
    WebhooksIntegrationUpdateRequest,
    WebhooksIntegration,
    WebhooksIntegration,
    envelope=Plain(),
    method="PUT",
    id_field="name",
    id_of=lambda document: str(document["name"]),
    given=_given,
    rules=_faults,
    statuses={"create": 201, "delete": 200},
)
KINDS = (WEBHOOK,)
