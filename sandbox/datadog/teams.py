"""/api/v2/team: teams and who belongs to them."""

from collections.abc import Iterator

from datadog_api_client.v2.model.team_create_request import TeamCreateRequest
from datadog_api_client.v2.model.team_response import TeamResponse
from datadog_api_client.v2.model.team_update_request import TeamUpdateRequest
from datadog_api_client.v2.model.teams_response import TeamsResponse
from datadog_api_client.v2.model.user_team_request import UserTeamRequest
from datadog_api_client.v2.model.user_team_response import UserTeamResponse
from datadog_api_client.v2.model.user_team_update_request import UserTeamUpdateRequest
from datadog_api_client.v2.model.user_teams_response import UserTeamsResponse
from flask import request

from sandbox.datadog.answers import Refused
from sandbox.datadog.kinds import Change, Envelope, Kind
from sandbox.datadog.store import Document, Store, timestamp


class _Teams(Envelope):
    """``filter[keyword]`` narrows the list by name and handle."""

    def listed(self, store: Store, documents: list[Document]) -> Document:
        asked = request.args.get("filter[keyword]", "").lower()
        found = [
            team
            for team in documents
            if asked in f"{team['attributes']['name']} {team['attributes']['handle']}".lower()
        ]
        return {"data": [_counted(store, team) for team in found]}

    def shown(self, store: Store, document: Document) -> Document:
        return {"data": _counted(store, document)}


def _counted(store: Store, team: Document) -> Document:
    members = sum(key.startswith(f"{team['id']}/") for key in store.held[MEMBERSHIP.name])
    return {**team, "attributes": {**team["attributes"], "user_count": members}}


def _team_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    # Handles and names are unique in the organisation [D "Create a team"].
    for other in change.store.held[TEAM.name].values():
        for name in ("handle", "name"):
            same = other["attributes"][name] == fields[name]
            if same and other["id"] != change.id:
                raise Refused(409, f"a team with the {name} {fields[name]!r} exists already")
    if fields["handle"] != fields["handle"].lower() or " " in fields["handle"]:
        yield f"handle: {fields['handle']!r} must be in small letters and without blanks"


def _team_made(_: Change) -> Document:
    return {"created_at": timestamp(), "link_count": 0, "user_count": 0}


def _team_given(change: Change) -> Document:
    return {"modified_at": timestamp(), "summary": change.fields.get("description", "")[:120]}


def _dissolved(change: Change) -> None:
    """Without its team a membership and its routing rules are gone."""
    id_ = change.id
    members = change.store.held[MEMBERSHIP.name]
    for key in [key for key in members if key.startswith(f"{id_}/")]:
        del members[key]
    change.store.held["OnCallTeamRoutingRules"].pop(id_, None)


def _policies_of(change: Change) -> Iterator[str]:
    for policy in change.store.held["OnCallEscalationPolicy"].values():
        for step in policy["attributes"]["steps"]:
            if any(target.get("id") == change.id for target in step["targets"]):
                yield f"the escalation policy {policy['attributes']['name']!r}"


TEAM = Kind(
    "Team",
    "Teams",
    "/api/v2/team",
    TeamCreateRequest,
    TeamUpdateRequest,
    TeamResponse,
    TeamsResponse,
    envelope=_Teams(),
    made=_team_made,
    given=_team_given,
    rules=_team_faults,
    holders=_policies_of,
    deleted=_dissolved,
    statuses={"create": 201},
)


def _member_faults(change: Change) -> Iterator[str]:
    team_id = change.parents["team_id"]
    if team_id not in change.store.held[TEAM.name]:
        raise Refused(404, f"Team {team_id} not found")
    if change.before is None:
        (user_id,) = change.related("user") or [""]
        if user_id not in change.store.held["User"]:
            raise Refused(404, f"User {user_id} not found")
        change.document["relationships"]["team"] = {"data": {"id": team_id, "type": "team"}}
    yield from ()


def _user_of(document: Document) -> str:
    user: str = document.get("relationships", {}).get("user", {}).get("data", {}).get("id", "")
    return user


def _shown_member(document: Document) -> Document:
    """A membership has an id of its own; it is kept under its user's."""
    team = document["relationships"]["team"]["data"]["id"]
    return {**document, "id": f"TeamMembership-{team}-{document['id']}"}


class _Members(Envelope):
    def shown(self, store: Store, document: Document) -> Document:
        return {"data": _shown_member(document)}

    def listed(self, store: Store, documents: list[Document]) -> Document:
        return {"data": [_shown_member(document) for document in documents]}


MEMBERSHIP = Kind(
    "TeamMembership",
    "TeamMemberships",
    "/api/v2/team/<team_id>/memberships",
    UserTeamRequest,
    UserTeamUpdateRequest,
    UserTeamResponse,
    UserTeamsResponse,
    envelope=_Members(),
    rules=_member_faults,
    id_of=_user_of,
)
KINDS = (TEAM, MEMBERSHIP)
