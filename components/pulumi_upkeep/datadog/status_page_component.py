"""Components of a status page: the things whose state it shows."""

import pulumi

from ..thin import Resource, arguments


@arguments
class StatusPageComponentArgs:
    """One thing that customers know by name."""

    name: pulumi.Input[str]
    page_id: pulumi.Input[str]
    position: pulumi.Input[int]
    """From 0; at most one past the last, so each waits for the one before it."""
    type: pulumi.Input[str]
    """``component`` or ``group``."""


class StatusPageComponent(
    Resource[StatusPageComponentArgs],
    token="datadog:index/statusPageComponent:StatusPageComponent",
):
    """A component of a status page."""

    name: pulumi.Output[str]
    page_id: pulumi.Output[str]
    position: pulumi.Output[int]
    status: pulumi.Output[str]
    """``operational``, ``degraded``, ``partial_outage`` or ``major_outage``: of its notices."""
    type: pulumi.Output[str]
