"""Memberships: who is in a team."""

import pulumi

from ..thin import Resource, arguments


@arguments
class TeamMembershipArgs:
    """One user in one team; another team or another user is another membership."""

    team_id: pulumi.Input[str]
    user_id: pulumi.Input[str]
    role: pulumi.Input[str | None] = None
    """``admin``, or nothing for a plain member."""


class TeamMembership(
    Resource[TeamMembershipArgs], token="datadog:index/teamMembership:TeamMembership"
):
    """A membership."""

    role: pulumi.Output[str | None]
    team_id: pulumi.Output[str]
    user_id: pulumi.Output[str]
