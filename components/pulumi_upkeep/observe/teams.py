"""Teams: who owns what, as Datadog knows them."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog.team import Team, TeamArgs
from ..datadog.team_membership import TeamMembership, TeamMembershipArgs
from ..naming import physical_name
from ..plan.words import Later, Name, Words

# Datadog shows at most so many characters of a team's name.
NAME_LIMIT = 64


def team_handle(team: str) -> str:
    """The handle of a team: unique in the organisation, where each environment has its own."""
    return physical_name(team, limit=NAME_LIMIT).lower()


class TeamMembersArgs(TypedDict):
    """Who is in a team."""

    users: dict[str, pulumi.Input[str]]
    """Name of each person -> their id in Datadog. At least one."""


class TeamsArgs(TypedDict):
    """Arguments of Teams."""

    teams: dict[str, TeamMembersArgs]
    """The teams, by name."""


class Teams(UpkeepComponent):
    """Teams and who is in them.

    A team carries the environment in its handle: Datadog is one organisation for all of them, and
    whoever is paged for production need not be paged for staging.
    """

    team_ids: pulumi.Output[Mapping[str, str]]
    """Name of each team -> its id."""
    handles: pulumi.Output[Mapping[str, str]]
    """Name of each team -> its handle, which messages write as ``@oncall-<handle>``."""

    def __init__(
        self, name: str, args: TeamsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self._teams = {
            team: self._declare(team, settings.teams[team]) for team in sorted(settings.teams)
        }
        ids: dict[str, Any] = {team: each.id for team, each in self._teams.items()}
        self.team_ids = pulumi.Output.from_input(ids)
        self.handles = pulumi.Output.from_input({team: team_handle(team) for team in ids})
        self.register_outputs({"teamIds": self.team_ids, "handles": self.handles})

    def team_id(self, team: str) -> pulumi.Output[str]:
        """The id of a team, as an argument of other components."""
        return self._teams[team].id

    def _declare(self, team: str, members: "_Members") -> Team:
        declared = Team(
            f"{self.name}-{team}",
            TeamArgs(
                name=team_handle(team),
                handle=team_handle(team),
                description=f"Owns what the maintenance plan of {pulumi.get_project()}-"
                f"{pulumi.get_stack()} says belongs to {team}.",
            ),
            self.child(),
        )
        for person in sorted(members.users):
            TeamMembership(
                f"{self.name}-{team}-{person}",
                TeamMembershipArgs(team_id=declared.id, user_id=members.users[person]),
                self.child(),
            )
        return declared


# ---- arguments, checked ------------------------------------------------------------------------


class _Members(Words):
    users: dict[Name, Later] = Field(min_length=1)


class _Settings(Words):
    teams: dict[Name, _Members]
