"""On-Call: by what a person is reached, and how soon.

Follows resource_datadog_on_call_user_notification_channel.go and
resource_datadog_on_call_user_notification_rule.go of the Terraform provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.cloud import CloudError
from sandbox.providers.datadog.access import Document, JsonApi
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Object, Place

_KINDS = {"phone": ("number",), "email": ("address", "formats")}


class _Channel:
    """A block for each kind here, one with a type there."""

    def encode(self, value: Mapping[str, Any]) -> Document:
        named = [kind for kind in _KINDS if value.get(kind)]
        if len(named) != 1:
            raise CloudError("a channel is an email or a phone")
        (kind,) = named
        return {"attributes": {"config": {**value[kind], "type": kind}}}

    def decode(self, value: Document) -> dict[str, Any]:
        config = value["attributes"]["config"]
        kind = config["type"]
        return {kind: {name: config[name] for name in _KINDS[kind]}}


class _Use:
    """How a phone is used: its type stands beside it there."""

    def encode(self, value: Mapping[str, Any]) -> Document:
        return {"method": value["method"], "type": "phone"}

    def decode(self, value: Document) -> dict[str, Any]:
        return {"method": value["method"]}


class _ChannelOf:
    """The id of a channel here, a relationship there."""

    def encode(self, value: str) -> Document:
        return {"data": {"id": value, "type": "notification_channels"}}

    def decode(self, value: Document) -> str:
        return str(value["data"]["id"])


_RULE = Object(
    {
        "category": Place("attributes.category"),
        "delayMinutes": Place("attributes.delay_minutes"),
        "phone": Place("attributes.channel_settings", _Use()),
        "channelId": Place("relationships.channel", _ChannelOf()),
    },
    {},
)


def _of_user(text: str) -> tuple[str, dict[str, Any]]:
    """``USER,ID``, as the provider imports both."""
    user, comma, id_ = text.partition(",")
    return (id_, {"userId": user}) if comma else (text, {})


ON_CALL_NOTIFICATIONS = {
    "datadog:index/onCallUserNotificationChannel:OnCallUserNotificationChannel": Resource(
        shape=_Channel(),
        access=JsonApi(
            "/api/v2/on-call/users/{userId}/notification-channels", "notification_channels"
        ),
        identity=("attributes.config.type", "attributes.config.number"),
        local=frozenset({"userId"}),
        replaces=frozenset({"userId", "email", "phone"}),
        imported=_of_user,
    ),
    "datadog:index/onCallUserNotificationRule:OnCallUserNotificationRule": Resource(
        shape=_RULE,
        access=JsonApi(
            "/api/v2/on-call/users/{userId}/notification-rules",
            "notification_rules",
            method="PUT",
        ),
        identity=(
            "attributes.category",
            "attributes.delay_minutes",
            "relationships.channel.data.id",
            "attributes.channel_settings.method",
        ),
        local=frozenset({"userId"}),
        replaces=frozenset({"userId", "channelId", "phone"}),
        imported=_of_user,
    ),
}
