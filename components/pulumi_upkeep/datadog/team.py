"""Teams: who belongs together in Datadog, and who is paged together."""

import pulumi

from ..thin import Resource, arguments


@arguments
class TeamArgs:
    """A team."""

    description: pulumi.Input[str]
    """Shown on the team's page; Markdown."""
    handle: pulumi.Input[str]
    """Its name in addresses, unique in the organisation: small letters, digits and hyphens."""
    name: pulumi.Input[str]
    """Its name for people, unique in the organisation."""


class Team(Resource[TeamArgs], token="datadog:index/team:Team"):
    """A team. Its id is a UUID."""

    description: pulumi.Output[str]
    handle: pulumi.Output[str]
    link_count: pulumi.Output[int]
    name: pulumi.Output[str]
    summary: pulumi.Output[str]
    user_count: pulumi.Output[int]
