"""Private locations: places of one's own from which synthetic tests ask."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class SyntheticsPrivateLocationArgs:
    """A private location; a worker of one's own asks from there."""

    name: pulumi.Input[str]
    description: pulumi.Input[str | None] = None
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


class SyntheticsPrivateLocation(
    Resource[SyntheticsPrivateLocationArgs],
    token="datadog:index/syntheticsPrivateLocation:SyntheticsPrivateLocation",
    secrets=("config",),
):
    """A private location. Its id is what tests name as their location: ``pl:name-0123abcd``."""

    config: pulumi.Output[str]
    """What its worker is started with, as JSON: keys of its own. Datadog gives it once."""
    name: pulumi.Output[str]
    tags: pulumi.Output[Sequence[str] | None]
