"""Webhooks: addresses outside that Datadog calls when a message names ``@webhook-<name>``."""

import pulumi

from ..thin import Resource, arguments


@arguments
class WebhookArgs:
    """A webhook."""

    name: pulumi.Input[str]
    """Unique in the organisation; part of its handle."""
    url: pulumi.Input[str]
    custom_headers: pulumi.Input[str | None] = None
    """JSON."""
    encode_as: pulumi.Input[str | None] = None
    """``json`` (default) or ``form``."""
    payload: pulumi.Input[str | None] = None
    """JSON with Datadog's variables (``$ALERT_TRANSITION``); default all there is."""


class Webhook(Resource[WebhookArgs], token="datadog:index/webhook:Webhook"):
    """A webhook. Its id is its name."""

    name: pulumi.Output[str]
    url: pulumi.Output[str]
