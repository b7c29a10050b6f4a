"""Things of AWS, as they are declared."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools.upkeep.account.declared.resources import Resources, region_of, whole
from tools.upkeep.account.seen import Fact
from tools.upkeep.account.texts import document, input_of, statements_of

# What the providers of an environment tag everything with.
_MANAGED_BY = "upkeep"

# ---- CloudWatch ----------------------------------------------------------------------------------


def alarms(of: Resources) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("MetricAlarm"):
        queries = props.get("metricQueries") or []
        parts = [query["metric"] for query in queries if query.get("metric")]
        metrics = [_metric(of, part) for part in parts] or [_metric(of, props)]
        period = props.get("period") or min((part["period"] for part in parts), default=60)
        found.append(
            {
                "name": props["name"],
                "region": region_of(resource),
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


def _metric(of: Resources, props: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "namespace": props.get("namespace", ""),
        "name": props.get("metricName", ""),
        "dimensions": dict(props.get("dimensions") or {}),
    }


def mute_rules(of: Resources) -> list[Fact]:
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


# ---- AWS Backup ----------------------------------------------------------------------------------


def backup_rules(of: Resources) -> list[Fact]:
    protects: dict[str, list[str]] = {}
    for _, props in of.each("backup/selection:Selection"):
        plan = of.name(props["planId"])
        protects.setdefault(plan, []).extend(props.get("resources") or ())
    return [
        {
            "plan": props["name"],
            "rule": rule["ruleName"],
            "region": region_of(resource),
            "cron": rule.get("schedule") or "",
            "timezone": rule.get("scheduleExpressionTimezone") or "Etc/UTC",
            "keep_days": whole((rule.get("lifecycle") or {}).get("deleteAfter")),
            "continuous": bool(rule.get("enableContinuousBackup")),
            "vault": rule["targetVaultName"],
            "copies": [
                {
                    "vault": of.name(copy["destinationVaultArn"]),
                    "keep_days": whole((copy.get("lifecycle") or {}).get("deleteAfter")),
                }
                for copy in rule.get("copyActions") or ()
            ],
            "protects": sorted(protects.get(props["name"], ())),
            "managed_by": _MANAGED_BY,
        }
        for resource, props in of.each("backup/plan:Plan")
        for rule in props["rules"]
    ]


def restore_tests(of: Resources) -> list[Fact]:
    protects: dict[str, list[str]] = {}
    for _, props in of.each("RestoreTestingSelection"):
        plan = of.name(props["restoreTestingPlanName"])
        protects.setdefault(plan, []).extend(props.get("protectedResourceArns") or ())
    return [
        {
            "plan": props["name"],
            "region": region_of(resource),
            "cron": props["scheduleExpression"],
            "timezone": props.get("scheduleExpressionTimezone") or "Etc/UTC",
            "protects": sorted(protects.get(props["name"], ())),
            "vaults": sorted(
                of.name(arn) for arn in props["recoveryPointSelection"]["includeVaults"]
            ),
        }
        for resource, props in of.each("RestoreTestingPlan")
    ]


# ---- RDS -----------------------------------------------------------------------------------------


def replicas(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["identifier"],
            "region": region_of(resource),
            "source": of.name(props["replicateSourceDb"]),
            "multi_az": bool(props.get("multiAz")),
        }
        for resource, props in of.each("rds/instance:Instance")
        if props.get("replicateSourceDb")
    ]


# ---- Systems Manager -----------------------------------------------------------------------------


def documents(of: Resources) -> list[Fact]:
    return [
        document(props["name"], region_of(resource), props["documentType"], props["content"])
        for resource, props in of.each("ssm/document:Document")
    ]


def ops_windows(of: Resources) -> list[Fact]:
    return [
        {
            "id": f"{resource.name}-id",
            "name": props["name"],
            "region": region_of(resource),
            "cron": props["schedule"],
            "timezone": props.get("scheduleTimezone") or "UTC",
            "hours": whole(props["duration"]),
            "enabled": props.get("enabled", True),
        }
        for resource, props in of.each("MaintenanceWindow")
    ]


def window_tasks(of: Resources) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("MaintenanceWindowTask"):
        parameters = props.get("taskInvocationParameters") or {}
        command = (parameters.get("runCommandParameters") or {}).get("parameters") or ()
        payload = (parameters.get("lambdaParameters") or {}).get("payload")
        given = {each["name"]: list(each["values"]) for each in command}
        found.append(
            {
                "window": of.name(props["windowId"]),
                "region": region_of(resource),
                "name": props.get("name") or "",
                "type": props["taskType"],
                "task": of.name(props["taskArn"]),
                "targets": len(props.get("targets") or ()),
                "given": given or (json.loads(payload) if payload else {}),
            }
        )
    return found


def patch_baselines(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "region": region_of(resource),
            "system": props.get("operatingSystem") or "",
            "rules": [
                {
                    "after_days": whole(rule.get("approveAfterDays")),
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


# ---- Schedules, events, functions ----------------------------------------------------------------


def schedules(of: Resources) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("scheduler/schedule:Schedule"):
        given = dict(input_of(props["target"].get("input") or "{}"))
        if "TopicArn" in given:
            given["TopicArn"] = of.name(given["TopicArn"])
        found.append(
            {
                "name": props["name"],
                "region": region_of(resource),
                "cron": props["scheduleExpression"],
                "timezone": props.get("scheduleExpressionTimezone") or "UTC",
                "calls": of.name(props["target"]["arn"]),
                "given": given,
                "enabled": props.get("state", "ENABLED") == "ENABLED",
            }
        )
    return found


def event_rules(of: Resources) -> list[Fact]:
    targets: dict[str, list[str]] = {}
    for _, props in of.each("EventTarget"):
        targets.setdefault(of.name(props["rule"]), []).append(of.name(props["arn"]))
    return [
        {
            "name": props["name"],
            "region": region_of(resource),
            "sources": sorted(json.loads(props.get("eventPattern") or "{}").get("source") or ()),
            "targets": sorted(targets.get(props["name"], ())),
            "enabled": props.get("state", "ENABLED") == "ENABLED",
        }
        for resource, props in of.each("EventRule")
    ]


def functions(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "region": region_of(resource),
            "environment": {
                key: of.name(value) if str(value).startswith("arn:") else value
                for key, value in ((props.get("environment") or {}).get("variables") or {}).items()
            },
        }
        for resource, props in of.each("lambda/function:Function")
    ]


def roles(of: Resources) -> list[Fact]:
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


# ---- Routes --------------------------------------------------------------------------------------


def subscriptions(of: Resources) -> list[Fact]:
    return [
        {
            "topic": of.name(props["topic"]),
            "region": region_of(resource),
            "protocol": props["protocol"],
            "endpoint": props["endpoint"],
        }
        for resource, props in of.each("TopicSubscription")
    ]


# ---- Network, servers, files ---------------------------------------------------------------------


def records(of: Resources) -> list[Fact]:
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


def redirects(of: Resources) -> list[Fact]:
    found: list[Fact] = []
    for resource, props in of.each("ListenerRule"):
        conditions = props.get("conditions") or ()
        for action in props.get("actions") or ():
            if action["type"] != "redirect" or not conditions:
                continue
            to = action["redirect"]
            found.append(
                {
                    "region": region_of(resource),
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


def server_groups(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "region": region_of(resource),
            "wanted": whole(props.get("desiredCapacity")),
            "most": whole(props["maxSize"]),
            "behind": bool(props.get("targetGroupArns")),
        }
        for resource, props in of.each("autoscaling/group:Group")
    ]


def distributions(of: Resources) -> list[Fact]:
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


# ---- Logs ----------------------------------------------------------------------------------------


def log_groups(of: Resources) -> list[Fact]:
    return [
        {
            "name": props["name"],
            "region": region_of(resource),
            "keep_days": whole(props.get("retentionInDays")),
        }
        for resource, props in of.each("LogGroup")
    ]


READERS: Mapping[str, Callable[[Resources], list[Fact]]] = {
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
}
