"""RUM applications.

Follows resource_datadog_rum_application.go of the Terraform provider.
"""

from __future__ import annotations

from typing import Any

from sandbox.providers.datadog.access import JsonApi
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Object, Place, get

_sent = Object(
    {
        "name": Place("attributes.name"),
        "type": Place("attributes.type"),
        "rumEventProcessingState": Place("attributes.rum_event_processing_state"),
        "productAnalyticsRetentionState": Place("attributes.product_analytics_retention_state"),
    },
    {"attributes.type": "browser"},
)
# Where Datadog answers with what it is told elsewhere.
_SCALES = {
    "rumEventProcessingState": "attributes.product_scales.rum_event_processing_scale.state",
    "productAnalyticsRetentionState": (
        "attributes.product_scales.product_analytics_retention_scale.state"
    ),
}


class _Application:
    """Two scales are told as states and answered as objects."""

    def encode(self, value: dict[str, Any]) -> dict[str, Any]:
        return _sent.encode(value)

    def decode(self, value: dict[str, Any]) -> dict[str, Any]:
        decoded = _sent.decode(value)
        for name, path in _SCALES.items():
            state = get(value, path)
            if state is not None:
                decoded[name] = state
        return decoded


RUM = {
    "datadog:index/rumApplication:RumApplication": Resource(
        shape=_Application(),
        access=JsonApi(
            "/api/v2/rum/applications", "rum_application_create", "rum_application_update"
        ),
        identity=("attributes.name", "attributes.type"),
        computed={"clientToken": "attributes.client_token", "apiKeyId": "attributes.api_key_id"},
        optional=frozenset({"productAnalyticsRetentionState", "rumEventProcessingState"}),
    ),
}
