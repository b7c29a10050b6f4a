"""Applications that run in browsers or on phones, and report from there."""

import pulumi

from ..thin import Resource, arguments


@arguments
class RumApplicationArgs:
    """An application."""

    name: pulumi.Input[str]
    product_analytics_retention_state: pulumi.Input[str | None] = None
    """``MAX`` or ``NONE``: whether product analytics are kept."""
    rum_event_processing_state: pulumi.Input[str | None] = None
    """``ALL``, ``ERROR_FOCUSED_MODE`` (what belongs to an error) or ``NONE``."""
    type: pulumi.Input[str | None] = None
    """``browser`` (default), ``ios``, ``android``, ``react-native`` or ``flutter``."""


class RumApplication(
    Resource[RumApplicationArgs], token="datadog:index/rumApplication:RumApplication"
):
    """An application. Its id is a UUID, which stands in its pages as the client token does."""

    api_key_id: pulumi.Output[int]
    client_token: pulumi.Output[str]
    """Lets browsers send, and read nothing. Datadog gives it."""
    name: pulumi.Output[str]
    product_analytics_retention_state: pulumi.Output[str]
    rum_event_processing_state: pulumi.Output[str]
    type: pulumi.Output[str]
