"""Webhooks.

Follows resource_datadog_webhook.go of the Terraform provider.
"""

from __future__ import annotations

from collections.abc import Iterator

from datadog_api_client.v1.model.webhooks_integration import WebhooksIntegration

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Document, Plain
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import object_of


class _Webhooks(Plain):
    """Datadog lists no webhooks: there is one of each name."""

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        found = self.read(api, known["name"], known)
        if found is not None:
            yield known["name"], found


INTEGRATIONS = {
    "datadog:index/webhook:Webhook": Resource(
        shape=object_of(WebhooksIntegration),
        access=_Webhooks("/api/v1/integration/webhooks/configuration/webhooks", id_field="name"),
        optional=frozenset({"customHeaders", "encodeAs", "payload"}),
        # The official provider renames in place, and Pulumi then goes on with the old name as the
        # id: a new one is the only change that works on both sides.
        replaces=frozenset({"name"}),
    ),
}
