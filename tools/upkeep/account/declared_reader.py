"""What a stack file declares, in the form of what is running: for previews, and for tests.

A judge of what is not deployed yet. References to other resources are those resources' names here,
which is what is compared; what only the cloud knows is not there.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tools.upkeep.account.running.aws import document, input_of, statements_of
from tools.upkeep.account.running.datadog import queries_of
from tools.upkeep.account.seen import KINDS, Fact
from tools.upkeep.declared import Declaration, Declared

# What the providers of infra/ tag everything with.
_MANAGED_BY = "upkeep"


class DeclaredFacts:
    """The facts of a declaration.

    prefix   what the environment's names begin with
    regions  primary and recovery: where a provider's name tells no region
    """

    def __init__(self, declaration: Declaration, prefix: str) -> None:
        self.prefix = prefix
        self._resources = declaration.resources
        self._called = {each.name: _physical(each, prefix) for each in self._resources}
        self._known: dict[str, list[Fact]] = {}

    def of(self, kind: str) -> Sequence[Fact]:
        if kind not in KINDS:
            raise KeyError(kind)
        if kind not in self._known:
            self._known[kind] = _READERS[kind](self) if kind in _READERS else []
        return self._known[kind]

    def each(self, type_: str) -> Iterator[tuple[Declared, Mapping[str, Any]]]:
        """The resources of a type, by the end of its token, with their properties."""
        for resource in self._resources:
            if resource.type.rpartition(":")[2] == type_ or resource.type.endswith(type_):
                yield resource, resource.props

    def name(self, reference: Any) -> str:
        """The name that the cloud will know, of what a reference is to: an ARN or an id that ends
        in a resource's own name, or a thing of the company's."""
        text = str(reference or "")
        last = text.rpartition(":")[2]
        for tried in (last, last.removesuffix("-id")):
            if tried in self._called:
                return self._called[tried]
        return last.rpartition("/")[2]


def _physical(resource: Declared, prefix: str) -> str:
    for key in ("name", "functionName", "identifier", "configurationName"):
        value = resource.props.get(key)
        if isinstance(value, str) and value:
            return value
    return f"{prefix}{resource.name}"


def _region(resource: Declared) -> str:
    own = resource.props.get("region")
    if isinstance(own, str):
        return own
    name = resource.provider.rpartition("::")[2]
    for start in ("aws-", "vault-"):
        name = name.removeprefix(start)
    return name


def _int(value: Any) -> Any:
    """Numbers without a fraction as the cloud answers them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def alarms(of: DeclaredFacts) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("MetricAlarm"):
        queries = props.get("metricQueries") or []
        parts = [query["metric"] for query in queries if query.get("metric")]
        metrics = [_metric(of, part) for part in parts] or [_metric(of, props)]
        period = props.get("period") or min((part["period"] for part in parts), default=60)
        found.append(
            {
                "name": props["name"],
                "region": _region(resource),
                "metrics": metrics,
                "expression": next((q["expression"] for q in queries if q.get("expression")), ""),
                "comparison": props["comparisonOperator"],
                "threshold": float(props["threshold"]),
                "minutes": period * props["evaluationPeriods"] / 60,
                "topics": sorted(of.name(arn) for arn in props.get("alarmActions") or ()),
                "says": props.get("alarmDescription") or "",
            }
        )
    return found


def _metric(of: DeclaredFacts, props: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "namespace": props.get("namespace", ""),
        "name": props.get("metricName", ""),
        "dimensions": dict(props.get("dimensions") or {}),
    }


def mute_rules(of: DeclaredFacts) -> list[Fact]:
    found: list[Fact] = []
    for _, props in of.each("AlarmMuteRule"):
        schedule = props["rule"]["schedule"]
        found.append(
            {
                "name": props["name"],
                "alarms": sorted((props.get("muteTargets") or {}).get("alarmNames") or ()),
                "cron": schedule["expression"],
                "duration": schedule["duration"],
                "timezone": schedule.get("timezone", "UTC"),
                "expires": str(props.get("expireDate") or "9999")[:10],
            }
        )
    return found


def backup_rules(of: DeclaredFacts) -> list[Fact]:
    protects: dict[str, list[str]] = {}
    for _, props in of.each("backup/selection:Selection"):
        plan = of.name(props["planId"])
        protects.setdefault(plan, []).extend(props.get("resources") or ())
    return [
        {
            "plan": props["name"],
            "rule": rule["ruleName"],
            "region": _region(resource),
            "cron": rule.get("schedule") or "",
            "timezone": rule.get("scheduleExpressionTimezone") or "Etc/UTC",
            "keep_days": _int((rule.get("lifecycle") or {}).get("deleteAfter")),
            "continuous": bool(rule.get("enableContinuousBackup")),
            "vault": rule["targetVaultName"],
            "copies": [
                {
                    "vault": of.name(copy["destinationVaultArn"]),
                    "keep_days": _int((copy.get("lifecycle") or {}).get("deleteAfter")),
                }
                for copy in rule.get("copyActions") or ()
            ],
            "protects": sorted(protects.get(props["name"], ())),
            "managed_by": _MANAGED_BY,
        }
        for resource, props in of.each("backup/plan:Plan")
        for rule in props["rules"]
    ]


def restore_tests(of: DeclaredFacts) -> list[Fact]:
    protects: dict[str, list[str]] = {}
    for _, props in of.each("RestoreTestingSelection"):
        plan = of.name(props["restoreTestingPlanName"])
        protects.setdefault(plan, []).extend(props.get("protectedResourceArns") or ())
    return [
        {
            "plan": props["name"],
            "region": _region(resource),
            "cron": props["scheduleExpression"],
            "timezone": props.get("scheduleExpressionTimezone") or "Etc/UTC",
            "protects": sorted(protects.get(props["name"], ())),
            "vaults": sorted(
                of.name(arn) for arn in props["recoveryPointSelection"]["includeVaults"]
            ),
        }
        for resource, props in of.each("RestoreTestingPlan")
    ]


def replicas(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["identifier"],
            "region": _region(resource),
            "source": of.name(props["replicateSourceDb"]),
            "multi_az": bool(props.get("multiAz")),
        }
        for resource, props in of.each("rds/instance:Instance")
        if props.get("replicateSourceDb")
    ]


def documents(of: DeclaredFacts) -> list[Fact]:
    return [
        document(props["name"], _region(resource), props["documentType"], props["content"])
        for resource, props in of.each("ssm/document:Document")
    ]


def ops_windows(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "id": f"{resource.name}-id",
            "name": props["name"],
            "region": _region(resource),
            "cron": props["schedule"],
            "timezone": props.get("scheduleTimezone") or "UTC",
            "hours": _int(props["duration"]),
            "enabled": props.get("enabled", True),
        }
        for resource, props in of.each("MaintenanceWindow")
    ]


def window_tasks(of: DeclaredFacts) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("MaintenanceWindowTask"):
        parameters = props.get("taskInvocationParameters") or {}
        command = (parameters.get("runCommandParameters") or {}).get("parameters") or ()
        payload = (parameters.get("lambdaParameters") or {}).get("payload")
        given = {each["name"]: list(each["values"]) for each in command}
        found.append(
            {
                "window": of.name(props["windowId"]),
                "region": _region(resource),
                "name": props.get("name") or "",
                "type": props["taskType"],
                "task": of.name(props["taskArn"]),
                "targets": len(props.get("targets") or ()),
                "given": given or (json.loads(payload) if payload else {}),
            }
        )
    return found


def patch_baselines(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "region": _region(resource),
            "system": props.get("operatingSystem") or "",
            "rules": [
                {
                    "after_days": _int(rule.get("approveAfterDays")),
                    "filters": {
                        each["key"]: sorted(each["values"])
                        for each in rule.get("patchFilters") or ()
                    },
                }
                for rule in props.get("approvalRules") or ()
            ],
        }
        for resource, props in of.each("PatchBaseline")
    ]


def schedules(of: DeclaredFacts) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("scheduler/schedule:Schedule"):
        given = dict(input_of(props["target"].get("input") or "{}"))
        if "TopicArn" in given:
            given["TopicArn"] = of.name(given["TopicArn"])
        found.append(
            {
                "name": props["name"],
                "region": _region(resource),
                "cron": props["scheduleExpression"],
                "timezone": props.get("scheduleExpressionTimezone") or "UTC",
                "calls": of.name(props["target"]["arn"]),
                "given": given,
                "enabled": props.get("state", "ENABLED") == "ENABLED",
            }
        )
    return found


def event_rules(of: DeclaredFacts) -> list[Fact]:
    targets: dict[str, list[str]] = {}
    for _, props in of.each("EventTarget"):
        targets.setdefault(of.name(props["rule"]), []).append(of.name(props["arn"]))
    return [
        {
            "name": props["name"],
            "region": _region(resource),
            "sources": sorted(json.loads(props.get("eventPattern") or "{}").get("source") or ()),
            "targets": sorted(targets.get(props["name"], ())),
            "enabled": props.get("state", "ENABLED") == "ENABLED",
        }
        for resource, props in of.each("EventRule")
    ]


def functions(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "region": _region(resource),
            "environment": {
                key: of.name(value) if str(value).startswith("arn:") else value
                for key, value in ((props.get("environment") or {}).get("variables") or {}).items()
            },
        }
        for resource, props in of.each("lambda/function:Function")
    ]


def roles(of: DeclaredFacts) -> list[Fact]:
    granted: dict[str, list[Mapping[str, Any]]] = {}
    for _, props in of.each("RolePolicy"):
        granted.setdefault(of.name(props["role"]), []).extend(statements_of(props["policy"]))
    return [
        {
            "name": props["name"],
            "trusts": sorted(
                {
                    who
                    for one in statements_of(props["assumeRolePolicy"])
                    for who in one["principals"]
                }
            ),
            "statements": [
                {key: one[key] for key in ("effect", "actions", "resources")}
                for one in granted.get(props["name"], ())
            ],
        }
        for _, props in of.each("iam/role:Role")
    ]


def subscriptions(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "topic": of.name(props["topic"]),
            "region": _region(resource),
            "protocol": props["protocol"],
            "endpoint": props["endpoint"],
        }
        for resource, props in of.each("TopicSubscription")
    ]


def records(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "type": props["type"],
            "set": props["setIdentifier"],
            "failover": (props.get("failoverRoutingPolicies") or [{}])[0].get("type", ""),
            "health": bool(props.get("healthCheckId")),
        }
        for _, props in of.each("route53/record:Record")
        if props.get("setIdentifier")
    ]


def redirects(of: DeclaredFacts) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("ListenerRule"):
        conditions = props.get("conditions") or ()
        for action in props.get("actions") or ():
            if action["type"] != "redirect" or not conditions:
                continue
            to = action["redirect"]
            found.append(
                {
                    "region": _region(resource),
                    "hosts": _values(conditions, "hostHeader"),
                    "paths": _values(conditions, "pathPattern"),
                    "to": f"{to.get('host', '')}{to.get('path', '')}",
                }
            )
    return found


def _values(conditions: Sequence[Mapping[str, Any]], field: str) -> list[str]:
    return sorted(
        value for each in conditions for value in (each.get(field) or {}).get("values") or ()
    )


def server_groups(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "region": _region(resource),
            "wanted": _int(props.get("desiredCapacity")),
            "most": _int(props["maxSize"]),
            "behind": bool(props.get("targetGroupArns")),
        }
        for resource, props in of.each("autoscaling/group:Group")
    ]


def distributions(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "comment": props.get("comment") or "",
            "enabled": props["enabled"],
            "origins": sorted(
                str(each["domainName"]).partition(".")[0] for each in props["origins"]
            ),
        }
        for _, props in of.each("Distribution")
        if str(props.get("comment") or "").startswith(of.prefix)
    ]


def log_groups(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "region": _region(resource),
            "keep_days": _int(props.get("retentionInDays")),
        }
        for resource, props in of.each("LogGroup")
    ]


# ---- Datadog -----------------------------------------------------------------------------------


def monitors(of: DeclaredFacts) -> list[Fact]:
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


def _named(of: DeclaredFacts, query: str) -> str:
    words = query.split()
    return " ".join(
        word.replace(word.strip("!()"), of.name(word.strip("!()"))) if word.strip("!()&|") else word
        for word in words
    )


def _priority(value: Any) -> Any:
    return int(value) if value is not None else None


def tests(of: DeclaredFacts) -> list[Fact]:
    found: list[Fact] = []
    for _, props in of.each("SyntheticsTest"):
        options = props.get("optionsList") or {}
        found.append(
            {
                "name": props["name"],
                "type": props["type"],
                "subtype": props.get("subtype") or "",
                "url": (props.get("requestDefinition") or {}).get("url") or "",
                "seconds": _int(options.get("tickEvery")),
                "locations": sorted(props.get("locations") or ()),
                "message": props.get("message") or "",
                "priority": _int(options.get("monitorPriority")),
                "live": props.get("status", "live") == "live",
            }
        )
    return found


def dashboards(of: DeclaredFacts) -> list[Fact]:
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


def downtimes(of: DeclaredFacts) -> list[Fact]:
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


def logs_indexes(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "filter": (props.get("filters") or [{}])[0].get("query") or "",
            "keep_days": _int(props.get("retentionDays")),
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


def logs_pipelines(of: DeclaredFacts) -> list[Fact]:
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


def webhooks(of: DeclaredFacts) -> list[Fact]:
    return [
        {"name": props["name"], "payload": json.loads(props.get("payload") or "{}")}
        for _, props in of.each("datadog:index/webhook:Webhook")
    ]


def teams(of: DeclaredFacts) -> list[Fact]:
    people: dict[str, list[str]] = {}
    for _, props in of.each("TeamMembership"):
        people.setdefault(of.name(props["teamId"]), []).append(_user(props["userId"]))
    return [
        {"handle": props["handle"], "people": sorted(people.get(props["name"], ()))}
        for _, props in of.each("datadog:index/team:Team")
    ]


def _user(reference: Any) -> str:
    return str(reference).removeprefix("user-")


def on_call_schedules(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "timezone": props["timeZone"],
            "teams": sorted(of.name(each) for each in props.get("teams") or ()),
            "layers": [
                {
                    "name": layer["name"],
                    "people": [_user(each) for each in layer.get("users") or ()],
                    "every_days": _int((layer.get("interval") or {}).get("days")),
                }
                for layer in props.get("layers") or ()
            ],
        }
        for _, props in of.each("OnCallSchedule")
    ]


def escalation_policies(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "id": f"{resource.name}-id",
            "name": props["name"],
            "teams": sorted(of.name(each) for each in props.get("teams") or ()),
            "steps": [
                {
                    "seconds": _int(step.get("escalateAfterSeconds")),
                    "targets": sorted(_target(of, each) for each in step["targets"]),
                }
                for step in props["steps"]
            ],
            "retries": _int(props.get("retries")) or 0,
        }
        for resource, props in of.each("OnCallEscalationPolicy")
    ]


def _target(of: DeclaredFacts, each: Mapping[str, Any]) -> str:
    if each.get("user"):
        return f"user {_user(each['user'])}"
    if each.get("team"):
        return f"team {of.name(each['team'])}"
    return f"schedule {of.name(each['schedule'])}"


def routing_rules(of: DeclaredFacts) -> list[Fact]:
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
                }
            )
    return found


def front_ends(of: DeclaredFacts) -> list[Fact]:
    return [
        {"name": props["name"], "type": props.get("type") or "browser"}
        for _, props in of.each("RumApplication")
    ]


def datadog_roles(of: DeclaredFacts) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "permissions": sorted(
                str(each["id"]).removeprefix("permission-") for each in props["permissions"]
            ),
        }
        for _, props in of.each("datadog:index/role:Role")
    ]


def incident_types(of: DeclaredFacts) -> list[Fact]:
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


def incident_rules(of: DeclaredFacts) -> list[Fact]:
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


def incident_templates(of: DeclaredFacts) -> list[Fact]:
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


_READERS: Mapping[str, Callable[[DeclaredFacts], list[Fact]]] = {
    "alarm": alarms,
    "mute_rule": mute_rules,
    "backup_rule": backup_rules,
    "restore_test": restore_tests,
    "replica": replicas,
    "document": documents,
    "ops_window": ops_windows,
    "window_task": window_tasks,
    "patch_baseline": patch_baselines,
    "schedule": schedules,
    "event_rule": event_rules,
    "function": functions,
    "role": roles,
    "subscription": subscriptions,
    "record": records,
    "redirect": redirects,
    "server_group": server_groups,
    "distribution": distributions,
    "log_group": log_groups,
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
