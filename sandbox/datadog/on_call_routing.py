"""/api/v2/on-call/teams: which escalation policy answers for what reaches a team."""

from collections.abc import Iterator
from typing import Any

from datadog_api_client.v2.model.team_routing_rules_request import TeamRoutingRulesRequest
from flask import Blueprint, Response, jsonify

from sandbox.datadog import models
from sandbox.datadog.answers import Refused, body, refuse_faults
from sandbox.datadog.on_call import included, zone_faults
from sandbox.datadog.store import Document, Store, new_id

KIND = "OnCallTeamRoutingRules"
# Minutes [P escalation_policy.ack_timeout_minutes].
ACK_TIMEOUT_MINUTES = (30, 4_320)


def blueprint(store: Store) -> Blueprint:
    """The rules of a team: one object, set as a whole."""
    api = Blueprint("on-call-routing", __name__, url_prefix="/api/v2/on-call/teams")

    @api.get("/<team_id>/routing-rules", endpoint="GetOnCallTeamRoutingRules")
    def get(team_id: str) -> Response:
        with store.lock:
            _team(store, team_id)
            return jsonify(_shown(store.held[KIND].get(team_id) or _none(team_id)))

    @api.put("/<team_id>/routing-rules", endpoint="SetOnCallTeamRoutingRules")
    def put(team_id: str) -> Response:
        sent = body()
        refuse_faults(models.faults(TeamRoutingRulesRequest, sent))
        with store.lock:
            _team(store, team_id)
            if sent["data"].get("id", team_id) != team_id:
                raise Refused(400, f"The id in the body is not {team_id}.")
            rules = sent["data"].get("attributes", {}).get("rules", [])
            refuse_faults(faults(store, team_id, rules))
            if not rules:  # how a provider takes them away
                store.held[KIND].pop(team_id, None)
                return jsonify(_shown(_none(team_id)))
            completed = [
                {"query": "", "actions": [], **rule, "id": rule.get("id") or new_id()}
                for rule in rules
            ]
            store.held[KIND][team_id] = {"id": team_id, "rules": completed}
            return jsonify(_shown(store.held[KIND][team_id]))

    return api


def _none(team_id: str) -> Document:
    return {"id": team_id, "rules": []}


def _team(store: Store, team_id: str) -> None:
    if team_id not in store.held["Team"]:
        raise Refused(404, f"Team {team_id} not found")


def _shown(rules: Document) -> Document:
    data = [{"id": rule["id"], "type": "team_routing_rules"} for rule in rules["rules"]]
    shown: Document = {
        "data": {
            "id": rules["id"],
            "type": "team_routing_rules",
            "relationships": {"rules": {"data": data}},
        }
    }
    if "rules" in included():
        shown["included"] = [_rule(rule) for rule in rules["rules"]]
    return shown


def _rule(rule: Document) -> Document:
    own = {name: value for name, value in rule.items() if name not in ("id", "policy_id")}
    shown: Document = {"id": rule["id"], "type": "team_routing_rules", "attributes": own}
    if rule.get("policy_id"):
        policy = {"id": rule["policy_id"], "type": "policies"}
        shown["relationships"] = {"policy": {"data": policy}}
    return shown


def faults(store: Store, team_id: str, rules: list[Document]) -> Iterator[str]:
    """The faults of rules whose fields fit the client's model [P onCallTeamRoutingRulesModel]."""
    for index, rule in enumerate(rules):
        at = f"rules[{index}]"
        policies = [
            each["policy_id"] for each in rule.get("actions", []) if _kind(each) == _ESCALATION
        ]
        if len(policies) > 1:
            yield f"{at}.actions: at most one escalation policy"
        if policies and rule.get("policy_id"):
            yield f"{at}.policy_id: not beside an action with an escalation policy"
        if rule.get("policy_id"):
            policies.append(rule["policy_id"])
        for id_ in policies:
            if id_ not in store.held["OnCallEscalationPolicy"]:
                yield f"{at}: there is no escalation policy {id_}"
        yield from _restriction_faults(rule.get("time_restriction"), f"{at}.time_restriction")
        yield from _action_faults(store, team_id, rule, at)
        if index == len(rules) - 1:
            yield from _last_faults(rule, policies, at)


_ESCALATION = "escalation_policy"


def _kind(action: Document) -> str:
    kind: str = action["type"]
    return kind


def _last_faults(rule: Document, policies: list[Any], at: str) -> Iterator[str]:
    if rule.get("query"):
        yield f"{at}.query: the last rule takes whatever is left, so it has no condition"
    if rule.get("time_restriction"):
        yield f"{at}.time_restriction: the last rule takes whatever is left, at any time"
    if not policies:
        yield f"{at}.policy_id: the last rule needs an escalation policy"


def _action_faults(store: Store, team_id: str, rule: Document, at: str) -> Iterator[str]:
    for action in rule.get("actions", []):
        if _kind(action) == "reroute_to_team":
            other = action["destination_team_id"]
            if other == team_id or other not in store.held["Team"]:
                yield f"{at}.actions: {other} is not another team"
        if _kind(action) != _ESCALATION:
            continue
        least, most = ACK_TIMEOUT_MINUTES
        if not least <= action.get("ack_timeout_minutes", least) <= most:
            yield f"{at}.actions: ack_timeout_minutes must be {least} to {most}"
        hours = action.get("support_hours")
        if hours and rule.get("time_restriction"):
            yield f"{at}.time_restriction: not beside support_hours"
        yield from _restriction_faults(hours, f"{at}.actions.support_hours")


def _restriction_faults(hours: Document | None, at: str) -> Iterator[str]:
    if hours is None:
        return
    yield from zone_faults(hours["time_zone"], f"{at}.time_zone")
    if not hours.get("restrictions"):
        yield f"{at}.restrictions: must not be empty"
