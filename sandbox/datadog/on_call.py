"""/api/v2/on-call: schedules and escalation policies."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from datadog_api_client.v2.model.escalation_policy import EscalationPolicy
from datadog_api_client.v2.model.escalation_policy_create_request import (
    EscalationPolicyCreateRequest,
)
from datadog_api_client.v2.model.escalation_policy_update_request import (
    EscalationPolicyUpdateRequest,
)
from datadog_api_client.v2.model.schedule import Schedule
from datadog_api_client.v2.model.schedule_create_request import ScheduleCreateRequest
from datadog_api_client.v2.model.schedule_update_request import ScheduleUpdateRequest
from datadog_api_client.v2.model.schedules import Schedules
from flask import request

from sandbox.datadog.kinds import Change, Envelope, Kind
from sandbox.datadog.store import Document, Store, new_id

# Of a step [P resource_datadog_on_call_escalation_policy.go]; the other bounds are in the models.
MOST_TARGETS = 10
_HELD_AS = {"users": "User", "schedules": "OnCallSchedule", "teams": "Team"}
_POSITIONED = "schedule_target"


def included() -> set[str]:
    """What ``include`` asks for beside the object: ``steps.targets`` names steps and targets."""
    return {word for part in request.args.get("include", "").split(",") for word in part.split(".")}


def team_faults(change: Change) -> Iterator[str]:
    """Teams that are not there."""
    for id_ in change.related("teams"):
        if id_ not in change.store.held["Team"]:
            yield f"relationships.teams: there is no team {id_}"


def zone_faults(name: str, at: str) -> Iterator[str]:
    """A name that is not a time zone's."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        yield f"{at}: {name!r} is not a time zone of the IANA's"


class _Schedules(Envelope):
    """The layers of a schedule, their members and these people stand beside it."""

    def listed(self, store: Store, documents: list[Document]) -> Any:
        found = []
        for document in documents:
            shown = self.shown(store, document)["data"]
            del shown["relationships"]["layers"]
            found.append(shown)
        return {"data": found, "meta": {"page": {"total": len(found)}}}

    def shown(self, store: Store, document: Document) -> Any:
        fields, asked = document["attributes"], included()
        beside: list[Document] = []
        for layer in fields["layers"]:
            beside.extend(_layer(store, layer, asked))
        if "teams" in asked:
            beside.extend(teams_beside(store, document))
        relationships = {
            **document.get("relationships", {}),
            "layers": {"data": [{"id": each["id"], "type": "layers"} for each in fields["layers"]]},
        }
        relationships.setdefault("teams", {"data": []})
        shown = {
            **document,
            "attributes": {"name": fields["name"], "time_zone": fields["time_zone"]},
            "relationships": relationships,
        }
        return {"data": shown, "included": _once(beside)}


def _layer(store: Store, layer: Document, asked: set[str]) -> Iterator[Document]:
    members = [f"{layer['id']}-member-{place}" for place, _ in enumerate(layer["members"], 1)]
    if "layers" in asked:
        own = {name: value for name, value in layer.items() if name not in ("id", "members")}
        data = [{"id": member, "type": "members"} for member in members]
        relationships = {"members": {"data": data}}
        yield {"id": layer["id"], "type": "layers", "attributes": own} | {
            "relationships": relationships
        }
    if "members" not in asked:
        return
    for member, held in zip(members, layer["members"], strict=True):
        user_id = held.get("user", {}).get("id")
        if user_id is None:  # nobody's turn
            continue
        user = {"data": {"id": user_id, "type": "users"}}
        yield {"id": member, "type": "members", "relationships": {"user": user}}
        if "user" in asked:
            yield user_beside(store, user_id)


def user_beside(store: Store, id_: str) -> Document:
    """A person as On-Call shows people."""
    fields = store.held["User"][id_]["attributes"]
    own = {"email": fields["email"], "name": fields["name"], "status": "active"}
    return {"id": id_, "type": "users", "attributes": own}


def teams_beside(store: Store, document: Document) -> Iterator[Document]:
    """The teams that an object is related to."""
    for entry in document.get("relationships", {}).get("teams", {}).get("data") or []:
        fields = store.held["Team"][entry["id"]]["attributes"]
        own = {"name": fields["name"], "handle": fields["handle"]}
        yield {"id": entry["id"], "type": "teams", "attributes": own}


def _once(documents: list[Document]) -> list[Document]:
    return list({(each["type"], each["id"]): each for each in documents}.values())


def _schedule_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    if not fields["name"].strip():
        yield "name: must not be empty"
    yield from zone_faults(fields["time_zone"], "time_zone")
    yield from team_faults(change)
    if not fields["layers"]:
        yield "layers: a schedule needs at least one"
    for index, layer in enumerate(fields["layers"]):
        yield from _layer_faults(change.store, layer, f"layers[{index}]")


def _layer_faults(store: Store, layer: Document, at: str) -> Iterator[str]:
    if not layer["members"]:
        yield f"{at}.members: must not be empty"
    for member in layer["members"]:
        id_ = member.get("user", {}).get("id")
        if id_ is not None and id_ not in store.held["User"]:
            yield f"{at}.members: there is no user {id_}"
    interval = layer["interval"]
    if not interval.get("days") and not interval.get("seconds"):
        yield f"{at}.interval: must be longer than nothing"
    if "time_zone" in layer:
        yield from zone_faults(layer["time_zone"], f"{at}.time_zone")
    begins, ends = layer["effective_date"], layer.get("end_date")
    if ends is not None and datetime.fromisoformat(ends) <= datetime.fromisoformat(begins):
        yield f"{at}.end_date: must be after effective_date"


def _schedule_given(change: Change) -> Document:
    layers = [{**layer, "id": layer.get("id") or new_id()} for layer in change.fields["layers"]]
    return {"layers": layers}


def _paged_by(change: Change) -> Iterator[str]:
    """Escalation policies with the schedule as a target."""
    for policy in change.store.held["OnCallEscalationPolicy"].values():
        for step in policy["attributes"]["steps"]:
            if any(target.get("id") == change.id for target in step["targets"]):
                yield f"the escalation policy {policy['attributes']['name']!r}"
                break


SCHEDULE = Kind(
    "OnCallSchedule",
    "OnCallSchedules",
    "/api/v2/on-call/schedules",
    ScheduleCreateRequest,
    ScheduleUpdateRequest,
    Schedule,
    Schedules,
    method="PUT",
    envelope=_Schedules(),
    given=_schedule_given,
    rules=_schedule_faults,
    holders=_paged_by,
    statuses={"create": 201},
)


class _Policies(Envelope):
    def shown(self, store: Store, document: Document) -> Any:
        fields, asked = document["attributes"], included()
        beside: list[Document] = []
        for step in fields["steps"]:
            if "steps" in asked:
                beside.append(_step(step))
            if "targets" in asked:
                beside.extend(_targets(store, step))
        if "teams" in asked:
            beside.extend(teams_beside(store, document))
        relationships = {
            **document.get("relationships", {}),
            "steps": {"data": [{"id": each["id"], "type": "steps"} for each in fields["steps"]]},
        }
        relationships.setdefault("teams", {"data": []})
        own = {name: value for name, value in fields.items() if name != "steps"}
        shown = {**document, "attributes": own, "relationships": relationships}
        return {"data": shown, "included": _once(beside)}


def _step(step: Document) -> Document:
    data = [_target(target) for target in step["targets"]]
    return {
        "id": step["id"],
        "type": "steps",
        "attributes": {
            "assignment": step["assignment"],
            "escalate_after_seconds": step["escalate_after_seconds"],
        },
        "relationships": {"targets": {"data": data}},
    }


def _position(target: Document) -> str | None:
    position: str | None = target.get("config", {}).get("schedule", {}).get("position")
    return position


def _target(target: Document) -> Document:
    """A schedule with a position is a target of its own kind."""
    if _position(target) is not None:
        return {"id": f"{target['id']}_{_position(target)}", "type": _POSITIONED}
    return {"id": target["id"], "type": target["type"]}


def _targets(store: Store, step: Document) -> Iterator[Document]:
    for target in step["targets"]:
        position, id_ = _position(target), target["id"]
        if position is not None:
            schedule = {"data": {"id": id_, "type": "schedules"}}
            yield {
                "id": f"{id_}_{position}",
                "type": _POSITIONED,
                "attributes": {"position": position},
                "relationships": {"schedule": schedule},
            }
        elif target["type"] == "users":
            yield user_beside(store, id_)
        elif target["type"] == "teams":
            yield from teams_beside(store, {"relationships": {"teams": {"data": [target]}}})
        else:
            fields = store.held["OnCallSchedule"][id_]["attributes"]
            own = {"name": fields["name"], "time_zone": fields["time_zone"]}
            yield {"id": id_, "type": "schedules", "attributes": own}


def _policy_faults(change: Change) -> Iterator[str]:
    yield from team_faults(change)
    for index, step in enumerate(change.fields["steps"]):
        at = f"steps[{index}]"
        if not 1 <= len(step["targets"]) <= MOST_TARGETS:
            yield f"{at}.targets: must be 1 to {MOST_TARGETS}, got {len(step['targets'])}"
        if "escalate_after_seconds" not in step:
            yield f"{at}.escalate_after_seconds: missing required field"
        for target in step["targets"]:
            kind = _HELD_AS.get(target.get("type", ""), "")
            if target.get("id") not in change.store.held[kind]:
                yield f"{at}.targets: there is no {target.get('type')} {target.get('id')}"
            if _position(target) is not None and target.get("type") != "schedules":
                yield f"{at}.targets: only a schedule has a position"


def _policy_given(change: Change) -> Document:
    fields = change.fields
    steps = [
        {"assignment": "default", **step, "id": step.get("id") or new_id()}
        for step in fields["steps"]
    ]
    return {
        "steps": steps,
        "retries": fields.get("retries", 0),
        "resolve_page_on_policy_end": fields.get("resolve_page_on_policy_end", False),
    }


def _routed_by(change: Change) -> Iterator[str]:
    for rules in change.store.held["OnCallTeamRoutingRules"].values():
        for rule in rules["rules"]:
            ids = [rule.get("policy_id"), *(each.get("policy_id") for each in rule["actions"])]
            if change.id in ids:
                yield f"the routing rules of team {rules['id']}"
                break


POLICY = Kind(
    "OnCallEscalationPolicy",
    "",
    "/api/v2/on-call/escalation-policies",
    EscalationPolicyCreateRequest,
    EscalationPolicyUpdateRequest,
    EscalationPolicy,
    EscalationPolicy,
    method="PUT",
    envelope=_Policies(),
    given=_policy_given,
    rules=_policy_faults,
    holders=_routed_by,
    statuses={"create": 201},
)
KINDS = (SCHEDULE, POLICY)
