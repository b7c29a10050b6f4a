"""Things of Datadog, as Datadog's own client reads them."""

# mypy: disable-error-code="no-untyped-call"
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.logs_indexes_api import LogsIndexesApi
from datadog_api_client.v1.api.logs_pipelines_api import LogsPipelinesApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi
from datadog_api_client.v1.api.webhooks_integration_api import WebhooksIntegrationApi
from datadog_api_client.v2.api.downtimes_api import DowntimesApi
from datadog_api_client.v2.api.incidents_api import IncidentsApi
from datadog_api_client.v2.api.on_call_api import OnCallApi
from datadog_api_client.v2.api.roles_api import RolesApi
from datadog_api_client.v2.api.rum_api import RUMApi
from datadog_api_client.v2.api.teams_api import TeamsApi
from datadog_api_client.v2.api.users_api import UsersApi

from tools.upkeep.account.seen import Fact
from tools.upkeep.account.texts import queries_of

_WEBHOOK = re.compile(r"@webhook-([\w-]+)")


@dataclass(frozen=True)
class Organisation:
    """The organisation, where an environment's things have a prefix or its two tags."""

    api: Any
    prefix: str
    environment: str

    @cached_property
    def _raw_monitors(self) -> list[Mapping[str, Any]]:
        return [each.to_dict() for each in MonitorsApi(self.api).list_monitors()]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """A monitor's name by its id, as queries of others have it."""
        return {str(each["id"]): each["name"] for each in self._raw_monitors}

    @cached_property
    def my_monitors(self) -> list[Mapping[str, Any]]:
        return [each for each in self._raw_monitors if self.mine(each["name"])]

    @cached_property
    def people(self) -> Mapping[str, str]:
        """An account's mail address by its id."""
        found = UsersApi(self.api).list_users(page_size=500).to_dict()["data"]
        return {each["id"]: (each.get("attributes") or {}).get("email", "") for each in found}

    @cached_property
    def teams(self) -> Mapping[str, str]:
        """A team's handle by its id."""
        return {
            each["id"]: each["attributes"]["handle"]
            for each in TeamsApi(self.api).list_teams(page_size=100).to_dict().get("data") or ()
        }

    @cached_property
    def schedules(self) -> Mapping[str, str]:
        """A schedule's name by its id."""
        found = OnCallApi(self.api).list_on_call_schedules().to_dict().get("data") or ()
        return {each["id"]: each["attributes"]["name"] for each in found}

    def mine(self, name: str) -> bool:
        """Whether a name is one of the environment's."""
        return name.startswith(self.prefix)


def monitors(of: Organisation) -> list[Fact]:
    return [
        {
            "name": each["name"],
            "type": str(each["type"]),
            "query": _named(each["query"], of.names),
            "message": each.get("message") or "",
            "tags": sorted(each.get("tags") or ()),
            "priority": each.get("priority"),
        }
        for each in of.my_monitors
        if str(each["type"]) != "synthetics alert"
    ]


def _named(query: str, names: Mapping[str, str]) -> str:
    """A composite's query with names instead of ids."""
    return re.sub(r"\b\d{2,}\b", lambda found: names.get(found[0], found[0]), query)


def tests(of: Organisation) -> list[Fact]:
    found: list[Fact] = []
    synthetics = SyntheticsApi(of.api)
    for listed in synthetics.list_tests().tests or ():
        if not of.mine(listed.name):
            continue
        type_ = str(listed.type)
        if type_ == "browser":
            each = synthetics.get_browser_test(listed.public_id).to_dict()
        elif type_ == "api":
            each = synthetics.get_api_test(listed.public_id).to_dict()
        else:
            each = listed.to_dict()
        request = (each.get("config") or {}).get("request") or {}
        options = each.get("options") or {}
        found.append(
            {
                "name": each["name"],
                "type": type_,
                "subtype": str(each.get("subtype") or ""),
                "url": request.get("url") or "",
                "seconds": options.get("tick_every"),
                "locations": sorted(each.get("locations") or ()),
                "message": each.get("message") or "",
                "priority": options.get("monitor_priority"),
                "live": str(each.get("status") or "live") == "live",
            }
        )
    return found


def dashboards(of: Organisation) -> list[Fact]:
    found: list[Fact] = []
    api = DashboardsApi(of.api)
    for listed in api.list_dashboards().dashboards or ():
        each = api.get_dashboard(listed.id).to_dict()
        if f"env:{of.environment}" in json.dumps(each, default=str):
            found.append(
                {
                    "id": listed.id,
                    "title": each.get("title") or "",
                    "queries": sorted(set(queries_of(each))),
                }
            )
    return found


def downtimes(of: Organisation) -> list[Fact]:
    found: list[Fact] = []
    for each in DowntimesApi(of.api).list_downtimes(page_limit=500).to_dict().get("data") or ():
        attributes = each["attributes"]
        tags = (attributes.get("monitor_identifier") or {}).get("monitor_tags") or ()
        if f"env:{of.environment}" not in tags:
            continue
        schedule = attributes.get("schedule") or {}
        found.append(
            {
                "monitors": sorted(tags),
                "recurrences": [
                    {
                        "start": _minute(one.get("start")),
                        "duration": one["duration"],
                        "rrule": one["rrule"],
                    }
                    for one in schedule.get("recurrences") or ()
                ],
                "timezone": schedule.get("timezone", ""),
            }
        )
    return found


def _minute(start: Any) -> str:
    """The time of day at which a recurrence begins: ``03:00``."""
    return str(start or "")[11:16]


def logs_indexes(of: Organisation) -> list[Fact]:
    found = LogsIndexesApi(of.api).list_log_indexes().to_dict().get("indexes") or ()
    return [
        {
            "name": each["name"],
            "filter": each["filter"].get("query") or "",
            "keep_days": each.get("num_retention_days"),
            "excludes": [
                {
                    "query": (one.get("filter") or {}).get("query") or "*",
                    "share": float((one.get("filter") or {}).get("sample_rate", 0)),
                    "enabled": bool(one.get("is_enabled", True)),
                }
                for one in each.get("exclusion_filters") or ()
            ],
        }
        for each in found
        if of.mine(f"{each['name']}-")
    ]


def logs_pipelines(of: Organisation) -> list[Fact]:
    return [
        {
            "filter": (each.get("filter") or {}).get("query") or "",
            "enabled": bool(each.get("is_enabled")),
            "processors": sorted({str(one["type"]) for one in each.get("processors") or ()}),
            "categories": sorted(
                category["name"]
                for one in each.get("processors") or ()
                for category in one.get("categories") or ()
            ),
        }
        for each in (one.to_dict() for one in LogsPipelinesApi(of.api).list_logs_pipelines().value)
        if of.mine(each["name"] + "-")
        or f"env:{of.environment}" in ((each.get("filter") or {}).get("query") or "")
    ]


def webhooks(of: Organisation) -> list[Fact]:
    """Those that alerts speak of: Datadog has no list of them."""
    found: list[Fact] = []
    api = WebhooksIntegrationApi(of.api)
    named = {
        name
        for each in [*of.my_monitors, *tests(of)]
        for name in _WEBHOOK.findall(each.get("message") or "")
    }
    for name in sorted(named):
        try:
            each = api.get_webhooks_integration(name).to_dict()
        except NotFoundException:
            continue
        try:
            payload = json.loads(each.get("payload") or "{}")
        except ValueError:
            payload = {}
        found.append({"name": each["name"], "payload": payload})
    return found


def teams(of: Organisation) -> list[Fact]:
    found: list[Fact] = []
    for id_, handle in of.teams.items():
        if not of.mine(handle):
            continue
        members = TeamsApi(of.api).get_team_memberships(id_, page_size=100).to_dict()
        people = [each["relationships"]["user"]["data"]["id"] for each in members.get("data") or ()]
        found.append(
            {"handle": handle, "people": sorted(of.people.get(one, one) for one in people)}
        )
    return found


def on_call_schedules(of: Organisation) -> list[Fact]:
    found: list[Fact] = []
    api = OnCallApi(of.api)
    for listed in api.list_on_call_schedules().to_dict().get("data") or ():
        if not of.mine(listed["attributes"]["name"]):
            continue
        whole = api.get_on_call_schedule(
            listed["id"], include="layers,layers.members.user,teams"
        ).to_dict()
        beside = {each["id"]: each for each in whole.get("included") or ()}
        data = whole["data"]
        layers = []
        for reference in _related(data, "layers"):
            layer = beside[reference]
            attributes = layer["attributes"]
            members = [beside[one] for one in _related(layer, "members") if one in beside]
            users = [user for one in members for user in _related(one, "user")]
            layers.append(
                {
                    "name": attributes["name"],
                    "people": [of.people.get(one, one) for one in users],
                    "every_days": (attributes.get("interval") or {}).get("days"),
                }
            )
        found.append(
            {
                "name": data["attributes"]["name"],
                "timezone": data["attributes"]["time_zone"],
                "teams": sorted(of.teams.get(one, one) for one in _related(data, "teams")),
                "layers": layers,
            }
        )
    return found


def _related(node: Mapping[str, Any], name: str) -> list[str]:
    data = ((node.get("relationships") or {}).get(name) or {}).get("data") or ()
    return [each["id"] for each in ([data] if isinstance(data, Mapping) else data)]


def routing_rules(of: Organisation) -> list[Fact]:
    """How pages to each team are routed, with the escalation policies that they lead to."""
    found: list[Fact] = []
    api = OnCallApi(of.api)
    for id_, handle in of.teams.items():
        if not of.mine(handle):
            continue
        try:
            whole = api.get_on_call_team_routing_rules(id_, include="rules").to_dict()
        except NotFoundException:
            continue
        beside = {each["id"]: each for each in whole.get("included") or ()}
        for reference in _related(whole.get("data") or {}, "rules"):
            rule = beside.get(reference)
            if rule is None:
                continue
            attributes = rule.get("attributes") or {}
            policies = _related(rule, "policy") + [
                action["policy_id"]
                for action in attributes.get("actions") or ()
                if action.get("policy_id")
            ]
            hours = [attributes.get("time_restriction")] + [
                action.get("support_hours") for action in attributes.get("actions") or ()
            ]
            found.append(
                {
                    "team": handle,
                    "query": attributes.get("query") or "",
                    "policies": policies,
                    "hours": _hours(next((one for one in hours if one), None)),
                    "waits": any(
                        action.get("support_hours") for action in attributes.get("actions") or ()
                    ),
                }
            )
    return found


def _hours(of: Any) -> list[str]:
    """Support hours in words: ``monday 09:00-17:00``; empty: at any."""
    if not of:
        return []
    return sorted(
        f"{each['start_day']} {str(each['start_time'])[:5]}-{str(each['end_time'])[:5]}"
        for each in of.get("restrictions") or ()
    )


def escalation_policies(of: Organisation) -> list[Fact]:
    found: list[Fact] = []
    api = OnCallApi(of.api)
    wanted = {one for rule in routing_rules(of) for one in rule["policies"]}
    for id_ in sorted(wanted):
        whole = api.get_on_call_escalation_policy(
            id_, include="steps,steps.targets,teams"
        ).to_dict()
        beside = {each["id"]: each for each in whole.get("included") or ()}
        data = whole["data"]
        steps = []
        for reference in _related(data, "steps"):
            step = beside[reference]
            steps.append(
                {
                    "seconds": step["attributes"].get("escalate_after_seconds"),
                    "targets": sorted(
                        _target(each, of, beside)
                        for each in ((step.get("relationships") or {}).get("targets") or {}).get(
                            "data"
                        )
                        or ()
                    ),
                }
            )
        found.append(
            {
                "id": id_,
                "name": data["attributes"]["name"],
                "teams": sorted(of.teams.get(one, one) for one in _related(data, "teams")),
                "steps": steps,
                "retries": data["attributes"].get("retries") or 0,
            }
        )
    return found


def _target(each: Mapping[str, Any], of: Organisation, beside: Mapping[str, Any]) -> str:
    kind = str(each["type"])
    if kind == "users":
        return f"user {of.people.get(each['id'], each['id'])}"
    if kind == "teams":
        return f"team {of.teams.get(each['id'], each['id'])}"
    # Who is on call then, or next.
    schedules = _related(beside.get(each["id"], {}), "schedule") or [each["id"]]
    return f"schedule {of.schedules.get(schedules[0], schedules[0])}"


def front_ends(of: Organisation) -> list[Fact]:
    found = RUMApi(of.api).get_rum_applications().to_dict().get("data") or ()
    return [
        {"name": each["attributes"]["name"], "type": str(each["attributes"]["type"])}
        for each in found
        if of.mine(each["attributes"]["name"])
    ]


def datadog_roles(of: Organisation) -> list[Fact]:
    api = RolesApi(of.api)
    found: list[Fact] = []
    for each in api.list_roles(page_size=100).to_dict().get("data") or ():
        name = each["attributes"]["name"]
        if of.mine(name):
            permissions = api.list_role_permissions(each["id"]).to_dict().get("data") or ()
            found.append(
                {
                    "name": name,
                    "permissions": sorted(one["attributes"]["name"] for one in permissions),
                }
            )
    return found


def _listed(of: Organisation, operation: str) -> list[Mapping[str, Any]]:
    """What Datadog lists of incidents; none where it has nothing there."""
    try:
        return list(getattr(IncidentsApi(of.api), operation)().to_dict().get("data") or ())
    except NotFoundException:
        return []


def _incident_types(of: Organisation) -> Mapping[str, Mapping[str, Any]]:
    """The environment's, by id: people know them by the company and the environment."""
    return {
        each["id"]: each["attributes"]
        for each in _listed(of, "list_incident_types")
        if each["attributes"]["name"].lower().endswith(f" {of.environment}")
    }


def _of_type(of: Organisation, operation: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    types = _incident_types(of)
    for each in _listed(of, operation):
        if set(_related(each, "incident_type")) & set(types):
            yield each["id"], each["attributes"]


def incident_types(of: Organisation) -> list[Fact]:
    return [
        {
            "name": each["name"],
            "description": " ".join(
                [
                    each.get("description") or "",
                    str((each.get("configuration") or {}).get("create_message") or ""),
                ]
            ),
        }
        for each in _incident_types(of).values()
    ]


def incident_rules(of: Organisation) -> list[Fact]:
    return [
        {
            "severities": sorted(
                value
                for condition in each.get("conditions") or ()
                if condition["field"] == "severity"
                for value in condition["values"]
            ),
            "handles": sorted(each.get("handles") or ()),
            "enabled": bool(each.get("enabled")),
        }
        for _, each in _of_type(of, "list_incident_notification_rules")
    ]


def incident_templates(of: Organisation) -> list[Fact]:
    found: list[Fact] = []
    for operation, kind in (
        ("list_incident_notification_templates", "notification"),
        ("list_incident_postmortem_templates", "review"),
    ):
        found += [
            {"name": each["name"], "kind": kind, "content": each.get("content") or ""}
            for _, each in _of_type(of, operation)
        ]
    return found


READERS: Mapping[str, Callable[[Organisation], list[Fact]]] = {
    "monitor": monitors,
    "test": tests,
    "dashboard": dashboards,
    "downtime": downtimes,
    "logs_index": logs_indexes,
    "logs_pipeline": logs_pipelines,
    "webhook": webhooks,
    "team": teams,
    "on_call_schedule": on_call_schedules,
    "escalation_policy": escalation_policies,
    "routing_rule": routing_rules,
    "front_end": front_ends,
    "datadog_role": datadog_roles,
    "incident_type": incident_types,
    "incident_rule": incident_rules,
    "incident_template": incident_templates,
}
