"""On-Call: schedules, escalation policies, routing rules.

Follows resource_datadog_on_call_schedule.go, resource_datadog_on_call_escalation_policy.go and
resource_datadog_on_call_team_routing_rules.go of the Terraform provider.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from datadog_api_client.v2.model.time_restriction import TimeRestriction

from sandbox.providers.cloud import CloudError, Properties
from sandbox.providers.datadog.access import Document, JsonApi
from sandbox.providers.datadog.api import Api
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.shape import Converted, Items, Object, Place, object_of


def _moment(text: str) -> str:
    """A time in UTC, as Datadog answers with it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text  # a fault that the API will name
    if moment.tzinfo is None:
        return text
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_time = Converted(_moment, str)
_restrictions = Items(object_of(TimeRestriction))


class _Member:
    """The id of a user, or nothing where it is nobody's turn."""

    def encode(self, value: str | None) -> Document:
        return {"user": {"id": value}} if value else {}

    def decode(self, value: Document) -> str | None:
        return value.get("user", {}).get("id")  # type: ignore[no-any-return]


_layer = Object(
    {
        "id": Place("id"),
        "name": Place("name"),
        "effectiveDate": Place("effective_date", _time),
        "endDate": Place("end_date", _time),
        "rotationStart": Place("rotation_start", _time),
        "timeZone": Place("time_zone"),
        "interval": Place(
            "interval", Object({"days": Place("days"), "seconds": Place("seconds")}, {})
        ),
        "restrictions": Place("restrictions", _restrictions),
        "users": Place("members", Items(_Member())),
    },
    {"interval": {"days": 0, "seconds": 0}, "members": []},
)


class _Teams:
    """Ids here, a relationship there."""

    def encode(self, value: list[str]) -> Document:
        return {"data": [{"id": id_, "type": "teams"} for id_ in value]}

    def decode(self, value: Document) -> list[str]:
        return [entry["id"] for entry in value.get("data") or []]


_schedule = Object(
    {
        "name": Place("attributes.name"),
        "timeZone": Place("attributes.time_zone"),
        "layers": Place("attributes.layers", Items(_layer)),
        "teams": Place("relationships.teams", _Teams()),
    },
    {"relationships": {"teams": {"data": []}}},
)


def _beside(document: Document) -> dict[tuple[str, str], Document]:
    """What stands beside an object, by type and id."""
    return {(each["type"], each["id"]): each for each in document.get("included", [])}


def _ids(document: Document, name: str) -> list[tuple[str, str]]:
    data = document["relationships"][name]["data"]
    return [(entry["type"], entry["id"]) for entry in data]


class _Schedule:
    """Layers are attributes when they are sent, and stand beside the schedule in answers."""

    def encode(self, value: dict[str, Any]) -> Document:
        return _schedule.encode(value)

    def decode(self, value: Document) -> dict[str, Any]:
        beside = _beside(value)
        if "layers" not in value["attributes"]:
            layers = [self._layer(beside, key) for key in _ids(value, "layers")]
            value = {**value, "attributes": {**value["attributes"], "layers": layers}}
        return _without_ids(_schedule.decode(value), "layers")

    def _layer(self, beside: dict[tuple[str, str], Document], key: tuple[str, str]) -> Document:
        layer = beside[key]
        members = []
        for member in _ids(layer, "members"):
            user = beside.get(member, {}).get("relationships", {}).get("user", {}).get("data")
            members.append({"user": {"id": user["id"]}} if user else {})
        return {**layer["attributes"], "id": layer["id"], "members": members}


def _without_ids(decoded: dict[str, Any], name: str) -> dict[str, Any]:
    """Ids of parts are Datadog's: nobody declares them."""
    parts = [
        {key: value for key, value in part.items() if key != "id"} for part in decoded.get(name, [])
    ]
    return {**decoded, name: parts} if parts else decoded


_KINDS = {"user": "users", "schedule": "schedules", "team": "teams"}


class _Target:
    """One of three properties here, an id and its type there."""

    def encode(self, value: dict[str, Any]) -> Document:
        named = [name for name in _KINDS if value.get(name)]
        if len(named) != 1:
            raise CloudError("a target is one of user, schedule, team")
        encoded: Document = {"id": value[named[0]], "type": _KINDS[named[0]]}
        if value.get("position"):
            encoded["config"] = {"schedule": {"position": value["position"]}}
        return encoded

    def decode(self, value: Document) -> dict[str, Any]:
        kinds = {type_: name for name, type_ in _KINDS.items()}
        decoded = {kinds[value["type"]]: value["id"]}
        position = value.get("config", {}).get("schedule", {}).get("position")
        return {**decoded, "position": position} if position else decoded


_step = Object(
    {
        "id": Place("id"),
        "assignment": Place("assignment"),
        "escalateAfterSeconds": Place("escalate_after_seconds"),
        "targets": Place("targets", Items(_Target())),
    },
    {"assignment": "default"},
)
_policy = Object(
    {
        "name": Place("attributes.name"),
        "retries": Place("attributes.retries"),
        "resolvePageOnPolicyEnd": Place("attributes.resolve_page_on_policy_end"),
        "steps": Place("attributes.steps", Items(_step)),
        "teams": Place("relationships.teams", _Teams()),
    },
    {
        "attributes.retries": 0,
        "attributes.resolve_page_on_policy_end": False,
        "relationships": {"teams": {"data": []}},
    },
)


class _Policy:
    """Steps are attributes when they are sent, and stand beside the policy in answers."""

    def encode(self, value: dict[str, Any]) -> Document:
        return _policy.encode(value)

    def decode(self, value: Document) -> dict[str, Any]:
        beside = _beside(value)
        if "steps" not in value["attributes"]:
            steps = []
            for key in _ids(value, "steps"):
                targets = [self._target(beside, target) for target in _ids(beside[key], "targets")]
                steps.append({**beside[key]["attributes"], "id": key[1], "targets": targets})
            value = {**value, "attributes": {**value["attributes"], "steps": steps}}
        return _without_ids(_policy.decode(value), "steps")

    def _target(self, beside: dict[tuple[str, str], Document], key: tuple[str, str]) -> Document:
        type_, id_ = key
        if type_ != "schedule_target":
            return {"id": id_, "type": type_}
        schedule = beside[key]["relationships"]["schedule"]["data"]
        position = beside[key]["attributes"]["position"]
        return {**schedule, "config": {"schedule": {"position": position}}}


class _Policies(JsonApi):
    """Datadog lists no escalation policies; the sandbox shows what it holds."""

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        for entry in api.call("GET", "/_upkeep/held/OnCallEscalationPolicy"):
            yield str(entry["id"]), entry


_hours = Object(
    {"timeZone": Place("time_zone"), "restrictions": Place("restrictions", _restrictions)}, {}
)
_ACTIONS = {
    "escalationPolicy": Object(
        {
            "policyId": Place("policy_id"),
            "ackTimeoutMinutes": Place("ack_timeout_minutes"),
            "urgency": Place("urgency"),
            "supportHours": Place("support_hours", _hours),
        },
        {"type": "escalation_policy"},
    ),
    "rerouteToTeam": Object(
        {"destinationTeamId": Place("destination_team_id")}, {"type": "reroute_to_team"}
    ),
    "sendSlackMessage": Object(
        {"channel": Place("channel"), "workspace": Place("workspace")},
        {"type": "send_slack_message"},
    ),
    "sendTeamsMessage": Object(
        {"channel": Place("channel"), "team": Place("team"), "tenant": Place("tenant")},
        {"type": "send_teams_message"},
    ),
    "triggerWorkflowAutomation": Object({"handle": Place("handle")}, {"type": "workflow"}),
}


class _Action:
    """One of several properties here, a type there."""

    def encode(self, value: dict[str, Any]) -> Document:
        named = [name for name in _ACTIONS if value.get(name) is not None]
        if len(named) != 1:
            raise CloudError(f"an action is one of {', '.join(sorted(_ACTIONS))}")
        return _ACTIONS[named[0]].encode(value[named[0]])

    def decode(self, value: Document) -> dict[str, Any]:
        for name, form in _ACTIONS.items():
            if form.defaults["type"] == value["type"]:
                return {name: form.decode(value)}
        raise CloudError(f"the sandbox does not translate the action {value['type']!r} yet")


_rule = Object(
    {
        "id": Place("id"),
        "query": Place("query"),
        "urgency": Place("urgency"),
        "escalationPolicy": Place("policy_id"),
        "timeRestrictions": Place("time_restriction", _hours),
        "actions": Place("actions", Items(_Action())),
    },
    {"query": "", "actions": []},
)
_rules = Object({"rules": Place("attributes.rules", Items(_rule))}, {"attributes.rules": []})


class _Rules:
    """Rules are attributes when they are sent, and stand beside their team in answers."""

    def encode(self, value: dict[str, Any]) -> Document:
        return _rules.encode(value)

    def decode(self, value: Document) -> dict[str, Any]:
        if "attributes" not in value:
            beside = _beside(value)
            rules = []
            for key in _ids(value, "rules"):
                rule = {**beside[key]["attributes"], "id": key[1]}
                policy = beside[key].get("relationships", {}).get("policy", {}).get("data")
                if policy:
                    rule["policy_id"] = policy["id"]
                rules.append(rule)
            value = {"attributes": {"rules": rules}}
        return _without_ids(_rules.decode(value), "rules")


@dataclass(frozen=True)
class _OfTeam:
    """The rules of a team: set as a whole, known by the team's id, gone when there are none."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        team = known["teamId"]
        made = self.update(api, team, document, known)
        if made is None:
            raise CloudError(f"there is no team {team}")
        return team, made

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        found = api.call("GET", self._path(id_), query={"include": "rules"})
        if found is None or not found["data"]["relationships"]["rules"]["data"]:
            return None
        return {**found["data"], "included": found.get("included", [])}

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        data = {**document, "id": id_, "type": "team_routing_rules"}
        made = api.call("PUT", self._path(id_), {"data": data}, {"include": "rules"})
        return None if made is None else {**made["data"], "included": made.get("included", [])}

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        self.update(api, id_, {"attributes": {"rules": []}}, known)

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        found = self.read(api, known["teamId"], known)
        if found is not None:
            yield known["teamId"], found

    def _path(self, team_id: str) -> str:
        return f"/api/v2/on-call/teams/{team_id}/routing-rules"


ON_CALL = {
    "datadog:index/onCallSchedule:OnCallSchedule": Resource(
        shape=_Schedule(),
        access=JsonApi(
            "/api/v2/on-call/schedules",
            "schedules",
            method="PUT",
            include="layers,layers.members.user",
        ),
        identity=("attributes.name",),
    ),
    "datadog:index/onCallEscalationPolicy:OnCallEscalationPolicy": Resource(
        shape=_Policy(),
        access=_Policies(
            "/api/v2/on-call/escalation-policies",
            "policies",
            method="PUT",
            include="steps.targets",
        ),
        identity=("attributes.name",),
    ),
    "datadog:index/onCallTeamRoutingRules:OnCallTeamRoutingRules": Resource(
        shape=_Rules(),
        access=_OfTeam(),
        identity=(),
        local=frozenset({"teamId"}),
        replaces=frozenset({"teamId"}),
        imported=lambda id_: (id_, {"teamId": id_}),
    ),
}
