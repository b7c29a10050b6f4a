"""TicketWebhook: alerts open cases in a tracker outside, and their ends close them."""

import json
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog.webhook import Webhook, WebhookArgs
from ..naming import physical_name
from ..plan.tickets import PAYLOAD, Header, Payload
from ..plan.words import Later, Words

# Datadog's name of a webhook, which is part of its handle.
_NAME_LIMIT = 100


def webhook_handle(component: str) -> str:
    """How a message names the webhook of a component: ``@webhook-<name>``."""
    return f"@webhook-{physical_name(component, limit=_NAME_LIMIT)}"


class TicketWebhookArgs(TypedDict):
    """Arguments of TicketWebhook."""

    url: pulumi.Input[str]
    """The address that Datadog calls; may be a secret."""
    headers: NotRequired[dict[str, pulumi.Input[str]]]
    """Headers of the call, such as ``Authorization``; may be secrets. Default: none."""
    payload: NotRequired[dict[str, Any]]
    """What is sent, as JSON: text with Datadog's variables, in blocks of one level. It holds
    ``$ALERT_TRANSITION``, which tells an alert from its end, and ``$AGGREG_KEY`` or
    ``$ALERT_CYCLE_KEY``, which both have in common. Default: an event ``alert`` of a repository on
    GitHub."""


class TicketWebhook(UpkeepComponent):
    """An address that Datadog calls with each alert and each end of one.

    Whoever is called opens a case when the transition is ``Triggered`` and closes the one of the
    same key when it is ``Recovered``.
    """

    handle: pulumi.Output[str]
    """How a message names it: ``@webhook-<name>``, in the text of the alert and of its end."""

    def __init__(
        self, name: str, args: TicketWebhookArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        Webhook(
            self.name,
            WebhookArgs(
                name=webhook_handle(self.name).removeprefix("@webhook-"),
                url=settings.url,
                encode_as="json",
                custom_headers=_headers(settings.headers),
                payload=as_json(PAYLOAD if settings.payload is None else settings.payload),
            ),
            self.child(),
        )
        self.handle = pulumi.Output.from_input(webhook_handle(self.name))
        self.register_outputs({"handle": self.handle})


def as_json(value: Mapping[str, Any]) -> str:
    """One line, sorted: the same words give the same bytes."""
    return json.dumps(value, sort_keys=True)


def _headers(headers: Mapping[str, Any]) -> pulumi.Output[str] | None:
    return pulumi.Output.all(**headers).apply(as_json) if headers else None


class _Settings(Words):
    url: Later
    headers: dict[Header, Later] = Field(default_factory=dict)
    payload: Payload | None = None
