"""/api/v2/on-call/users: by what a person is reached, and how soon."""

import re
from collections.abc import Iterator

from datadog_api_client.v2.model.create_on_call_notification_rule_request import (
    CreateOnCallNotificationRuleRequest,
)
from datadog_api_client.v2.model.create_user_notification_channel_request import (
    CreateUserNotificationChannelRequest,
)
from datadog_api_client.v2.model.list_notification_channels_response import (
    ListNotificationChannelsResponse,
)
from datadog_api_client.v2.model.list_on_call_notification_rules_response import (
    ListOnCallNotificationRulesResponse,
)
from datadog_api_client.v2.model.notification_channel import NotificationChannel
from datadog_api_client.v2.model.on_call_notification_rule import OnCallNotificationRule
from datadog_api_client.v2.model.update_on_call_notification_rule_request import (
    UpdateOnCallNotificationRuleRequest,
)

from sandbox.datadog.answers import Refused
from sandbox.datadog.kinds import Change, Kind
from sandbox.datadog.store import Document

_E164 = re.compile(r"\+[1-9]\d{6,14}")


def _user_faults(change: Change) -> None:
    user = change.parents["user_id"]
    if user not in change.store.held["User"]:
        raise Refused(404, f"User {user} not found")


def _channel_faults(change: Change) -> Iterator[str]:
    _user_faults(change)
    config = change.fields.get("config") or {}
    if config.get("type") == "phone" and not _E164.fullmatch(config["number"]):
        yield "config.number: must be a phone number as E.164 has it"
    if config.get("type") == "email" and not config["formats"]:
        yield "config.formats: must not be empty"
    if not config:
        yield "config: missing required field"


def _channel_given(change: Change) -> Document:
    config = dict(change.fields["config"])
    if config.get("type") == "phone":
        # A number counts once the person has typed in the code that is sent to it.
        config |= {
            "formatted_number": config["number"],
            "region": "",
            "sms_subscribed_at": None,
            "verified": False,
        }
    return {"active": True, "config": config}


def _used_by(change: Change) -> Iterator[str]:
    user = change.parents["user_id"]
    for key, rule in change.store.held[RULE.name].items():
        channel = rule["relationships"]["channel"]["data"]["id"]
        if key.startswith(f"{user}/") and channel == change.id:
            yield f"the notification rule {rule['id']}"


CHANNEL = Kind(
    "UserNotificationChannel",
    "UserNotificationChannels",
    "/api/v2/on-call/users/<user_id>/notification-channels",
    CreateUserNotificationChannelRequest,
    None,
    NotificationChannel,
    ListNotificationChannelsResponse,
    given=_channel_given,
    rules=_channel_faults,
    holders=_used_by,
    statuses={"create": 201},
)


def _rule_faults(change: Change) -> Iterator[str]:
    _user_faults(change)
    user = change.parents["user_id"]
    fields = change.fields
    if fields.get("delay_minutes", 0) < 0:
        yield "delay_minutes: must not be less than 0"
    channels = change.related("channel")
    held = change.store.held[CHANNEL.name]
    for id_ in channels or [""]:
        channel = held.get(f"{user}/{id_}")
        if channel is None:
            yield f"relationships.channel: {user} has no channel {id_}"
            continue
        phone = channel["attributes"]["config"]["type"] == "phone"
        if phone != bool(fields.get("channel_settings")):
            yield "channel_settings: how a phone is used, and of a phone alone"


RULE = Kind(
    "UserNotificationRule",
    "UserNotificationRules",
    "/api/v2/on-call/users/<user_id>/notification-rules",
    CreateOnCallNotificationRuleRequest,
    UpdateOnCallNotificationRuleRequest,
    OnCallNotificationRule,
    ListOnCallNotificationRulesResponse,
    method="PUT",
    rules=_rule_faults,
    statuses={"create": 201},
)
KINDS = (CHANNEL, RULE)
