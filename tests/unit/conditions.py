"""What an alert watches, told alike of either cloud: a quantity, and of what.

Two alerts of one condition are two people woken for one thing, and two thresholds that drift apart.
CloudWatch and Datadog call the same quantity by different names, so both are read here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_upkeep.observe.queries.reading import read
from pulumi_upkeep.observe.server_agent import DISK, MEMORY, NAMESPACE
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.words import say_duration

from tools.upkeep.declared import ALARMS, MONITOR, SYNTHETIC_TEST, Declared


@dataclass(frozen=True, order=True)
class Condition:
    """``response time`` of ``service web``; what is not known here stands as its cloud calls it."""

    quantity: str
    of: str

    def __str__(self) -> str:
        return f"{self.quantity} of {self.of}"


# CloudWatch's metric -> what it is, where it is compared with what is too much (or too little).
_OF_METRICS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("AWS/ApplicationELB", "TargetResponseTime"): ("response time", "Greater"),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): ("error rate", "Greater"),
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): ("error rate", "Greater"),
    ("AWS/ApplicationELB", "UnHealthyHostCount"): ("unhealthy targets", "Greater"),
    ("AWS/RDS", "CPUUtilization"): ("cpu", "Greater"),
    ("AWS/RDS", "FreeableMemory"): ("memory", "Less"),
    ("AWS/RDS", "FreeStorageSpace"): ("storage", "Less"),
    ("AWS/RDS", "DatabaseConnections"): ("connections", "Greater"),
    ("AWS/EC2", "CPUUtilization"): ("cpu", "Greater"),
    ("AWS/EC2", "StatusCheckFailed"): ("failed status checks", "Greater"),
    (NAMESPACE, MEMORY): ("memory", "Greater"),
    (NAMESPACE, DISK): ("storage", "Greater"),
}
# Datadog's metric -> what it is.
_OF_QUERIES = (
    (r"trace\.[\w.]+\.errors\{", "error rate"),
    (r"trace\.[\w.]+\.hits\{", "traffic"),
    (r"trace\.[\w.]+\{", "response time"),
    (r"aws\.applicationelb\.target_response_time", "response time"),
    (r"aws\.applicationelb\.httpcode", "error rate"),
    (r"aws\.applicationelb\.un_healthy_host_count", "unhealthy targets"),
    (r"(aws\.rds\.cpuutilization|system\.cpu)", "cpu"),
    (r"(aws\.rds\.freeable_memory|system\.mem)", "memory"),
    (r"(aws\.rds\.free_storage_space|system\.disk)", "storage"),
    (r"aws\.rds\.database_connections", "connections"),
)
_KINDS = {"anomaly": "unusual ", "forecast": "running out of "}


def watchers(plan: Plan, resources: Iterable[Declared]) -> dict[Condition, list[str]]:
    """Each condition that is watched, with the alerts that tell somebody of it, by name."""
    declared = list(resources)
    monitors = {each.name: each for each in declared if each.type == MONITOR}
    found: dict[Condition, list[str]] = defaultdict(list)
    for each in declared:
        if each.type in ALARMS and each.props.get("alarmActions"):
            found[_of_alarm(plan, each.props)].append(each.name)
        elif each.type == MONITOR and "role:part" not in each.props["tags"]:
            found[_of_monitor(plan, each.props, monitors)].append(each.name)
        elif each.type == SYNTHETIC_TEST:
            found[_of_test(each.props)].append(each.name)
    return dict(found)


def faults(plan: Plan, resources: Iterable[Declared], asked: Iterable[Condition]) -> list[str]:
    """Conditions that nobody watches, and those that several do."""
    found = watchers(plan, resources)
    several = {condition: names for condition, names in found.items() if len(names) > 1}
    return [
        *(f"{each}: nobody watches it" for each in asked if each not in found),
        *(f"{each}: watched by {', '.join(sorted(several[each]))}" for each in sorted(several)),
    ]


def _of_alarm(plan: Plan, props: Mapping[str, Any]) -> Condition:
    if "alarmRule" in props:
        return Condition("rule", props["alarmRule"])
    metrics = [props] if "metricName" in props else []
    metrics += [query["metric"] for query in props.get("metricQueries", ()) if "metric" in query]
    for metric in metrics:
        known = _OF_METRICS.get((metric["namespace"], metric["metricName"]))
        if known and props["comparisonOperator"].startswith(known[1]):
            proxied = "ProxyName" in metric["dimensions"]
            quantity = f"{known[0]} through the proxy" if proxied else known[0]
            return Condition(quantity, _thing(plan, metric["dimensions"]))
    names = sorted(f"{metric['namespace']} {metric['metricName']}" for metric in metrics)
    dimensions = {str(sorted(metric.get("dimensions", {}).items())) for metric in metrics}
    return Condition(", ".join(names), ", ".join(sorted(dimensions)))


def _thing(plan: Plan, dimensions: Mapping[str, str]) -> str:
    if target := dimensions.get("Target"):
        return _database(plan, target.removeprefix("db:"))
    if identifier := dimensions.get("DBInstanceIdentifier"):
        return _database(plan, identifier)
    if group := dimensions.get("AutoScalingGroupName"):
        return _servers(plan, group)
    if balancer := dimensions.get("LoadBalancer"):
        return _behind(plan, balancer.split("/")[1])
    return str(sorted(dimensions.items()))


def _of_monitor(
    plan: Plan, props: Mapping[str, Any], monitors: Mapping[str, Declared]
) -> Condition:
    query = str(props["query"])
    if props["type"] == "composite":
        first, *quiet = (each.strip(" !").removesuffix("-id") for each in query.split("&&"))
        alerts = _of_monitor(plan, monitors[first].props, monitors)
        # Limits that hold for a day after a deployment are others than those that always do.
        if any("upkeep.deployments" in str(monitors[each].props["query"]) for each in quiet):
            return Condition(alerts.quantity, f"{alerts.of} after a deployment")
        return alerts
    try:
        found = read(query)
    except ValueError:
        return Condition(f"{props['type']} {query}", "")
    if found.kind == "errors":
        kind = "new" if found.options["kind"] == "new" else "frequent"
        return Condition(f"{kind} errors", _types(found.metric))
    if found.kind == "burn rate":
        return Condition(f"budget burnt within {say_duration(found.window)}", found.metric)
    if business := re.search(r"sum:((?!trace\.|aws\.|system\.)[\w.]+)\{", found.metric):
        falls = "week_before(" in found.metric
        return Condition("falling away" if falls else "stopping", business[1])
    for pattern, quantity in _OF_QUERIES:
        if re.search(pattern, found.metric):
            return Condition(_KINDS.get(found.kind, "") + quantity, _scoped(plan, found.metric))
    return Condition(f"{_KINDS.get(found.kind, '')}{found.metric}", "")


def _scoped(plan: Plan, metric: str) -> str:
    scope = dict(re.findall(r"([a-z_]+):([^,{}\s]+)", metric.partition("{")[2]))
    if service := scope.get("service"):
        names = [name for name, each in plan.services.items() if each.datadog == service]
        return f"service {', '.join(names) or service}"
    if identifier := scope.get("dbinstanceidentifier"):
        return _database(plan, identifier)
    if group := scope.get("autoscaling_group"):
        return _servers(plan, group)
    if balancer := scope.get("loadbalancer"):
        return _behind(plan, balancer.split("/")[-2] if "/" in balancer else balancer)
    return metric


def _types(search: str) -> str:
    """Which errors a search is for: routes split them by type, the rest is of no route."""
    types = re.search(r"(?<!-)@error\.type:(?:\(([^)]*)\)|(\S+))", search)
    return (types[1] or types[2]).replace(" OR ", ", ") if types else f"other types: {search}"


def _of_test(props: Mapping[str, Any]) -> Condition:
    request = props.get("requestDefinition") or {}
    if props.get("subtype") == "http" and "url" in request:
        return Condition("uptime", request["url"])
    return Condition(f"{props['type']} {props.get('subtype', '')}".strip(), props["name"])


def _database(plan: Plan, identifier: str) -> str:
    names = [name for name, each in plan.estate.databases.items() if each.instance == identifier]
    return f"database {', '.join(names) or identifier}"


def _servers(plan: Plan, group: str) -> str:
    names = [name for name, each in plan.estate.servers.items() if each.group == group]
    return f"servers {', '.join(names) or group}"


def _behind(plan: Plan, balancer: str) -> str:
    """What requests to a load balancer are requests to: the services behind it, if there are."""
    for name, servers in plan.estate.servers.items():
        if servers.load_balancer == balancer:
            services = [
                service for service, each in plan.services.items() if name in each.runs_on.servers
            ]
            return f"service {', '.join(services)}" if services else f"servers {name}"
    return f"load balancer {balancer}"
