"""Teams and who belongs to them.

Follows resource_datadog_team.go and resource_datadog_team_membership.go of the Terraform provider.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Document, JsonApi
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource, parent
from sandbox.providers.datadog.shape import Object, Place

_TEAM = Object(
    {
        "name": Place("attributes.name"),
        "handle": Place("attributes.handle"),
        "description": Place("attributes.description"),
    },
    {},
)


class _User:
    """The id of a user here, a relationship there."""

    def encode(self, value: str) -> Document:
        return {"data": {"id": value, "type": "users"}}

    def decode(self, value: Document) -> str:
        return str(value["data"]["id"])


_MEMBERSHIP = Object(
    {"userId": Place("relationships.user", _User()), "role": Place("attributes.role")},
    {"attributes": {}},
)


class _Membership(JsonApi):
    """A membership has an id of its own, and is found by its team's and its user's."""

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        for found, entry in self.list(api, known):
            if id_ in (found, entry["relationships"]["user"]["data"]["id"]):
                return entry
        return None

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        fields = {"attributes": document["attributes"]}
        return super().update(api, known["userId"], fields, known)

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        super().delete(api, known["userId"], known, forced)

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        yield from super().list(api, known)


TEAMS = {
    "datadog:index/team:Team": Resource(
        shape=_TEAM,
        access=JsonApi("/api/v2/team", "team", names_id=False),
        identity=("attributes.handle",),
        computed={
            "linkCount": "attributes.link_count",
            "summary": "attributes.summary",
            "userCount": "attributes.user_count",
        },
    ),
    "datadog:index/teamMembership:TeamMembership": Resource(
        shape=_MEMBERSHIP,
        access=_Membership("/api/v2/team/{teamId}/memberships", "team_memberships", names_id=False),
        identity=("relationships.user.data.id",),
        local=frozenset({"teamId"}),
        replaces=frozenset({"teamId", "userId"}),
        imported=parent("teamId"),
    ),
}
