"""Things of Datadog, as they are declared."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tools.upkeep.account.declared.resources import Resources, whole
from tools.upkeep.account.seen import Fact
from tools.upkeep.account.texts import queries_of


def monitors(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "type": props["type"],
            "query": _named(of, props["query"]) if props["type"] == "composite" else props["query"],
            "message": props.get("message") or "",
            "tags": sorted(props.get("tags") or ()),
            "priority": _priority(props.get("priority")),
        }
        for _, props in of.each("datadog:index/monitor:Monitor")
    ]


def _named(of: Resources, query: str) -> str:
    words = query.split()
    return " ".join(
        word.replace(word.strip("!()"), of.name(word.strip("!()"))) if word.strip("!()&|") else word
        for word in words
    )


def _priority(value: Any) -> Any:
    return int(value) if value is not None else None


def tests(of: Resources) -> list[Fact]:
    found: list[Fact] = []
    for _, props in of.each("SyntheticsTest"):
        options = props.get("optionsList") or {}
        found.append(
            {
                "name": props["name"],
                "type": props["type"],
                "subtype": props.get("subtype") or "",
                "url": (props.get("requestDefinition") or {}).get("url") or "",
                "seconds": whole(options.get("tickEvery")),
                "locations": sorted(props.get("locations") or ()),
                "message": props.get("message") or "",
                "priority": whole(options.get("monitorPriority")),
                "live": props.get("status", "live") == "live",
            }
        )
    return found


def dashboards(of: Resources) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("DashboardJson"):
        read = json.loads(props["dashboard"])
        found.append(
            {
                "id": f"{resource.name}-id",
                "title": read["title"],
                "queries": sorted(set(queries_of(read))),
            }
        )
    return found


def downtimes(of: Resources) -> list[Fact]:
    return [
        {
            "monitors": sorted((props.get("monitorIdentifier") or {}).get("monitorTags") or ()),
            "recurrences": [
                {
                    "start": str(each.get("start") or "")[11:16],
                    "duration": each["duration"],
                    "rrule": each["rrule"],
                }
                for each in (props.get("recurringSchedule") or {}).get("recurrences") or ()
            ],
            "timezone": (props.get("recurringSchedule") or {}).get("timezone", ""),
        }
        for _, props in of.each("DowntimeSchedule")
    ]


def logs_indexes(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "filter": (props.get("filters") or [{}])[0].get("query") or "",
            "keep_days": whole(props.get("retentionDays")),
            "excludes": [
                {
                    "query": (each.get("filters") or [{}])[0].get("query") or "*",
                    "share": float((each.get("filters") or [{}])[0].get("sampleRate", 0)),
                    "enabled": bool(each.get("isEnabled", True)),
                }
                for each in props.get("exclusionFilters") or ()
            ],
        }
        for _, props in of.each("LogsIndex")
    ]


def logs_pipelines(of: Resources) -> list[Fact]:
    return [
        {
            "filter": (props.get("filters") or [{}])[0].get("query") or "",
            "enabled": bool(props.get("isEnabled")),
            "processors": sorted({_kind(one) for one in props.get("processors") or ()}),
            "categories": sorted(
                category["name"]
                for one in props.get("processors") or ()
                for category in (one.get("categoryProcessor") or {}).get("categories") or ()
            ),
        }
        for _, props in of.each("LogsCustomPipeline")
    ]


def _kind(processor: Mapping[str, Any]) -> str:
    """``statusRemapper`` as Datadog's API calls it: ``status-remapper``."""
    (kind,) = (key for key, value in processor.items() if value)
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind)


def webhooks(of: Resources) -> list[Fact]:
    return [
        {"name": props["name"], "payload": json.loads(props.get("payload") or "{}")}
        for _, props in of.each("datadog:index/webhook:Webhook")
    ]


def teams(of: Resources) -> list[Fact]:
    people: dict[str, list[str]] = {}
    for _, props in of.each("TeamMembership"):
        people.setdefault(of.name(props["teamId"]), []).append(_user(props["userId"]))
    return [
        {"handle": props["handle"], "people": sorted(people.get(props["name"], ()))}
        for _, props in of.each("datadog:index/team:Team")
    ]


def _user(reference: Any) -> str:
    return str(reference).removeprefix("user-")


def on_call_schedules(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "timezone": props["timeZone"],
            "teams": sorted(of.name(each) for each in props.get("teams") or ()),
            "layers": [
                {
                    "name": layer["name"],
                    "people": [_user(each) for each in layer.get("users") or ()],
                    "every_days": whole((layer.get("interval") or {}).get("days")),
                }
                for layer in props.get("layers") or ()
            ],
        }
        for _, props in of.each("OnCallSchedule")
    ]


def escalation_policies(of: Resources) -> list[Fact]:
    return [
        {
            "id": f"{resource.name}-id",
            "name": props["name"],
            "teams": sorted(of.name(each) for each in props.get("teams") or ()),
            "steps": [
                {
                    "seconds": whole(step.get("escalateAfterSeconds")),
                    "targets": sorted(_target(of, each) for each in step["targets"]),
                }
                for step in props["steps"]
            ],
            "retries": whole(props.get("retries")) or 0,
        }
        for resource, props in of.each("OnCallEscalationPolicy")
    ]


def _target(of: Resources, each: Mapping[str, Any]) -> str:
    if each.get("user"):
        return f"user {_user(each['user'])}"
    if each.get("team"):
        return f"team {of.name(each['team'])}"
    return f"schedule {of.name(each['schedule'])}"


def routing_rules(of: Resources) -> list[Fact]:
    found: list[Fact] = []
    for _, props in of.each("OnCallTeamRoutingRules"):
        for rule in props.get("rules") or ():
            actions = [
                action["escalationPolicy"]
                for action in rule.get("actions") or ()
                if action.get("escalationPolicy")
            ]
            policies = [rule["escalationPolicy"]] if rule.get("escalationPolicy") else []
            policies += [action["policyId"] for action in actions]
            restricted = [rule.get("timeRestrictions")] + [
                action.get("supportHours") for action in actions
            ]
            hours = next((each for each in restricted if each), None) or {}
            found.append(
                {
                    "team": of.name(props["teamId"]),
                    "query": rule.get("query") or "",
                    "policies": [str(each) for each in policies],
                    "hours": sorted(
                        f"{each['startDay']} {each['startTime'][:5]}-{each['endTime'][:5]}"
                        for each in hours.get("restrictions") or ()
                    ),
                    "waits": any(action.get("supportHours") for action in actions),
                }
            )
    return found


def front_ends(of: Resources) -> list[Fact]:
    return [
        {"name": props["name"], "type": props.get("type") or "browser"}
        for _, props in of.each("RumApplication")
    ]


def datadog_roles(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "permissions": sorted(
                str(each["id"]).removeprefix("permission-") for each in props["permissions"]
            ),
        }
        for _, props in of.each("datadog:index/role:Role")
    ]


def incident_types(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "description": " ".join(
                [
                    props.get("description") or "",
                    (props.get("configuration") or {}).get("createMessage") or "",
                ]
            ),
        }
        for _, props in of.each("IncidentType")
    ]


def incident_rules(of: Resources) -> list[Fact]:
    return [
        {
            "severities": sorted(
                value
                for condition in props.get("conditions") or ()
                if condition["field"] == "severity"
                for value in condition["values"]
            ),
            "handles": sorted(props.get("handles") or ()),
            "enabled": bool(props.get("enabled")),
        }
        for _, props in of.each("IncidentNotificationRule")
    ]


def incident_templates(of: Resources) -> list[Fact]:
    found: list[Fact] = []
    for type_, kind in (
        ("IncidentNotificationTemplate", "notification"),
        ("IncidentPostmortemTemplate", "review"),
    ):
        found += [
            {"name": props["name"], "kind": kind, "content": props.get("content") or ""}
            for _, props in of.each(type_)
        ]
    return found


READERS: Mapping[str, Callable[[Resources], list[Fact]]] = {
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
