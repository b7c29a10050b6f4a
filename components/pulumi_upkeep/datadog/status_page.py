"""Status pages: what customers are told of how things stand."""

import pulumi

from ..thin import Resource, arguments


@arguments
class StatusPageArgs:
    """A page of one's own under ``statuspage.datadoghq.com``."""

    domain_prefix: pulumi.Input[str]
    """Globally unique; lower case letters, digits and hyphens."""
    name: pulumi.Input[str]
    type: pulumi.Input[str]
    """``public`` or ``internal``."""
    visualization_type: pulumi.Input[str]
    """``bars_and_uptime_percentage``, ``bars_only`` or ``component_name_only``."""
    subscriptions_enabled: pulumi.Input[bool | None] = None
    """Whether customers may have themselves told by mail."""


class StatusPage(Resource[StatusPageArgs], token="datadog:index/statusPage:StatusPage"):
    """A status page. It is published once by hand: the provider cannot."""

    domain_prefix: pulumi.Output[str]
    enabled: pulumi.Output[bool]
    """Whether it is published."""
    name: pulumi.Output[str]
    page_url: pulumi.Output[str]
    type: pulumi.Output[str]
