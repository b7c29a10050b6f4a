"""Things of AWS, as boto3 describes them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.upkeep.account.seen import Fact
from tools.upkeep.account.texts import document, input_of, name_at_end, statements_of


@dataclass(frozen=True)
class Account:
    """The account, where an environment's names begin with a prefix."""

    clients: Callable[[str, str], Any]
    prefix: str
    regions: tuple[str, ...]

    @property
    def underscored(self) -> str:
        """The prefix where a service takes no hyphens."""
        return self.prefix.replace("-", "_")

    def each(self, service: str) -> Iterator[tuple[str, Any]]:
        """A service's client in each region of the environment."""
        for region in self.regions:
            yield region, self.clients(service, region)

    def mine(self, name: str) -> bool:
        """Whether a name is one of the environment's."""
        return name.startswith((self.prefix, self.underscored))


def _pages(client: Any, operation: str, field: str, **asked: Any) -> Iterator[Any]:
    """Everything that an operation lists, page by page, by whatever name the token goes."""
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**asked):
            yield from page.get(field) or ()
        return
    while True:
        answer = getattr(client, operation)(**asked)
        yield from answer.get(field) or ()
        token = answer.get("NextToken")
        if not token:
            return
        asked["NextToken"] = token


# ---- CloudWatch --------------------------------------------------------------------------------


def alarms(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("cloudwatch"):
        for each in _pages(
            client, "describe_alarms", "MetricAlarms", AlarmNamePrefix=account.prefix
        ):
            queries = each.get("Metrics") or []
            parts = [query["MetricStat"] for query in queries if "MetricStat" in query]
            metrics = [_metric(part["Metric"]) for part in parts] or [_metric(each)]
            period = each.get("Period") or min((part["Period"] for part in parts), default=60)
            found.append(
                {
                    "name": each["AlarmName"],
                    "region": region,
                    "metrics": metrics,
                    "expression": next((q["Expression"] for q in queries if "Expression" in q), ""),
                    "comparison": each["ComparisonOperator"],
                    "threshold": float(each["Threshold"]),
                    "minutes": period * each["EvaluationPeriods"] / 60,
                    "topics": sorted(name_at_end(arn) for arn in each.get("AlarmActions") or ()),
                    "says": each.get("AlarmDescription") or "",
                }
            )
    return found


def _metric(of: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "namespace": of.get("Namespace", ""),
        "name": of.get("MetricName", ""),
        "dimensions": {each["Name"]: each["Value"] for each in of.get("Dimensions") or ()},
    }


def mute_rules(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for _, client in account.each("cloudwatch"):
        for each in _pages(client, "list_alarm_mute_rules", "AlarmMuteRuleSummaries"):
            name = name_at_end(each["AlarmMuteRuleArn"])
            if not account.mine(name):
                continue
            rule = client.get_alarm_mute_rule(AlarmMuteRuleName=name)
            schedule = rule["Rule"]["Schedule"]
            found.append(
                {
                    "name": name,
                    "alarms": sorted((rule.get("MuteTargets") or {}).get("AlarmNames") or ()),
                    "cron": schedule["Expression"],
                    "duration": schedule["Duration"],
                    "timezone": schedule.get("Timezone", "UTC"),
                    "expires": f"{rule['ExpireDate']:%Y-%m-%d}" if "ExpireDate" in rule else "9999",
                }
            )
    return found


# ---- AWS Backup --------------------------------------------------------------------------------


def backup_rules(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("backup"):
        for listed in _pages(client, "list_backup_plans", "BackupPlansList"):
            if not account.mine(listed["BackupPlanName"]):
                continue
            id_ = listed["BackupPlanId"]
            plan = client.get_backup_plan(BackupPlanId=id_)["BackupPlan"]
            tags = client.list_tags(ResourceArn=listed["BackupPlanArn"]).get("Tags") or {}
            protects = sorted(
                arn
                for selection in _pages(
                    client, "list_backup_selections", "BackupSelectionsList", BackupPlanId=id_
                )
                for arn in client.get_backup_selection(
                    BackupPlanId=id_, SelectionId=selection["SelectionId"]
                )["BackupSelection"].get("Resources")
                or ()
            )
            for rule in plan["Rules"]:
                found.append(
                    {
                        "plan": plan["BackupPlanName"],
                        "rule": rule["RuleName"],
                        "region": region,
                        "cron": rule.get("ScheduleExpression") or "",
                        "timezone": rule.get("ScheduleExpressionTimezone") or "Etc/UTC",
                        "keep_days": (rule.get("Lifecycle") or {}).get("DeleteAfterDays"),
                        "continuous": bool(rule.get("EnableContinuousBackup")),
                        "vault": rule["TargetBackupVaultName"],
                        "copies": [
                            {
                                "vault": name_at_end(copy["DestinationBackupVaultArn"]),
                                "keep_days": (copy.get("Lifecycle") or {}).get("DeleteAfterDays"),
                            }
                            for copy in rule.get("CopyActions") or ()
                        ],
                        "protects": protects,
                        "managed_by": tags.get("managed-by", ""),
                    }
                )
    return found


def restore_tests(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("backup"):
        for listed in _pages(client, "list_restore_testing_plans", "RestoreTestingPlans"):
            name = listed["RestoreTestingPlanName"]
            if not account.mine(name):
                continue
            plan = client.get_restore_testing_plan(RestoreTestingPlanName=name)[
                "RestoreTestingPlan"
            ]
            selections = _pages(
                client,
                "list_restore_testing_selections",
                "RestoreTestingSelections",
                RestoreTestingPlanName=name,
            )
            protects = sorted(
                arn
                for each in selections
                for arn in client.get_restore_testing_selection(
                    RestoreTestingPlanName=name,
                    RestoreTestingSelectionName=each["RestoreTestingSelectionName"],
                )["RestoreTestingSelection"].get("ProtectedResourceArns")
                or ()
            )
            found.append(
                {
                    "plan": name,
                    "region": region,
                    "cron": plan["ScheduleExpression"],
                    "timezone": plan.get("ScheduleExpressionTimezone") or "Etc/UTC",
                    "protects": protects,
                    "vaults": sorted(
                        name_at_end(arn) for arn in plan["RecoveryPointSelection"]["IncludeVaults"]
                    ),
                }
            )
    return found


# ---- RDS ---------------------------------------------------------------------------------------


def replicas(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("rds"):
        for each in _pages(client, "describe_db_instances", "DBInstances"):
            name, source = (
                each["DBInstanceIdentifier"],
                each.get("ReadReplicaSourceDBInstanceIdentifier"),
            )
            if account.mine(name) and source:
                found.append(
                    {
                        "name": name,
                        "region": region,
                        "source": name_at_end(source),
                        "multi_az": bool(each.get("MultiAZ")),
                    }
                )
    return found


# ---- Systems Manager ---------------------------------------------------------------------------


def documents(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("ssm"):
        own = [{"Key": "Owner", "Values": ["Self"]}]
        for each in _pages(client, "list_documents", "DocumentIdentifiers", Filters=own):
            if not account.mine(each["Name"]):
                continue
            content = client.get_document(Name=each["Name"])["Content"]
            found.append(document(each["Name"], region, each["DocumentType"], content))
    return found


def ops_windows(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("ssm"):
        for listed in _pages(client, "describe_maintenance_windows", "WindowIdentities"):
            if account.mine(listed["Name"]):
                each = client.get_maintenance_window(WindowId=listed["WindowId"])
                found.append(
                    {
                        "name": each["Name"],
                        "region": region,
                        "cron": each["Schedule"],
                        "timezone": each.get("ScheduleTimezone") or "UTC",
                        "hours": each["Duration"],
                        "enabled": each["Enabled"],
                        "id": each["WindowId"],
                    }
                )
    return found


def window_tasks(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("ssm"):
        for window in _pages(client, "describe_maintenance_windows", "WindowIdentities"):
            if not account.mine(window["Name"]):
                continue
            for each in _pages(
                client,
                "describe_maintenance_window_tasks",
                "Tasks",
                WindowId=window["WindowId"],
            ):
                given = client.get_maintenance_window_task(
                    WindowId=window["WindowId"], WindowTaskId=each["WindowTaskId"]
                )
                found.append(
                    {
                        "window": window["Name"],
                        "region": region,
                        "name": each.get("Name") or "",
                        "type": each.get("Type") or given["TaskType"],
                        "task": name_at_end(each["TaskArn"]),
                        "targets": len(given.get("Targets") or ()),
                        "given": _arguments(given.get("TaskInvocationParameters") or {}),
                    }
                )
    return found


def _arguments(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a task is called with: a command's parameters, or a function's payload."""
    run = (parameters.get("RunCommand") or {}).get("Parameters")
    if run:
        return {name: list(values) for name, values in run.items()}
    payload = (parameters.get("Lambda") or {}).get("Payload") or b""
    if hasattr(payload, "read"):
        payload = payload.read()
    try:
        read = json.loads(payload or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def patch_baselines(account: Account) -> list[Fact]:
    found: list[Fact] = []
    own = [{"Key": "OWNER", "Values": ["Self"]}]
    for region, client in account.each("ssm"):
        for listed in _pages(client, "describe_patch_baselines", "BaselineIdentities", Filters=own):
            if not account.mine(listed["BaselineName"]):
                continue
            each = client.get_patch_baseline(BaselineId=name_at_end(listed["BaselineId"]))
            rules = (each.get("ApprovalRules") or {}).get("PatchRules") or ()
            found.append(
                {
                    "name": each["Name"],
                    "region": region,
                    "system": each["OperatingSystem"],
                    "rules": [
                        {
                            "after_days": rule.get("ApproveAfterDays"),
                            "filters": {
                                one["Key"]: sorted(one["Values"])
                                for one in rule["PatchFilterGroup"]["PatchFilters"]
                            },
                        }
                        for rule in rules
                    ],
                }
            )
    return found


# ---- Schedules, events, functions --------------------------------------------------------------


def schedules(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("scheduler"):
        for listed in _pages(client, "list_schedules", "Schedules"):
            if not account.mine(listed["Name"]):
                continue
            each = client.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])
            found.append(
                {
                    "name": each["Name"],
                    "region": region,
                    "cron": each["ScheduleExpression"],
                    "timezone": each.get("ScheduleExpressionTimezone") or "UTC",
                    "calls": name_at_end(each["Target"]["Arn"]),
                    "given": input_of(each["Target"].get("Input") or "{}"),
                    "enabled": each.get("State", "ENABLED") == "ENABLED",
                }
            )
    return found


def event_rules(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("events"):
        for each in _pages(client, "list_rules", "Rules", NamePrefix=account.prefix):
            found.append(
                {
                    "name": each["Name"],
                    "region": region,
                    "sources": sorted(
                        json.loads(each.get("EventPattern") or "{}").get("source") or ()
                    ),
                    "targets": sorted(
                        name_at_end(target["Arn"])
                        for target in _pages(
                            client, "list_targets_by_rule", "Targets", Rule=each["Name"]
                        )
                    ),
                    "enabled": each.get("State", "ENABLED") == "ENABLED",
                }
            )
    return found


def functions(account: Account) -> list[Fact]:
    return [
        {
            "name": each["FunctionName"],
            "region": region,
            "environment": {
                key: name_at_end(value) if value.startswith("arn:") else value
                for key, value in ((each.get("Environment") or {}).get("Variables") or {}).items()
            },
        }
        for region, client in account.each("lambda")
        for each in _pages(client, "list_functions", "Functions")
        if account.mine(each["FunctionName"])
    ]


def roles(account: Account) -> list[Fact]:
    client = account.clients("iam", account.regions[0])
    found: list[Fact] = []
    for each in _pages(client, "list_roles", "Roles"):
        name = each["RoleName"]
        if not account.mine(name):
            continue
        statements: list[Mapping[str, Any]] = []
        for policy in _pages(client, "list_role_policies", "PolicyNames", RoleName=name):
            text = client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            statements += statements_of(text)
        trusted = statements_of(each["AssumeRolePolicyDocument"])
        found.append(
            {
                "name": name,
                "trusts": sorted({who for one in trusted for who in one["principals"]}),
                "statements": [
                    {key: one[key] for key in ("effect", "actions", "resources")}
                    for one in statements
                ],
            }
        )
    return found


# ---- Routes ------------------------------------------------------------------------------------


def subscriptions(account: Account) -> list[Fact]:
    return [
        {
            "topic": name_at_end(each["TopicArn"]),
            "region": region,
            "protocol": each["Protocol"],
            "endpoint": each["Endpoint"],
        }
        for region, client in account.each("sns")
        for each in _pages(client, "list_subscriptions", "Subscriptions")
        if account.mine(name_at_end(each["TopicArn"]))
    ]


# ---- Network, servers, files -------------------------------------------------------------------


def records(account: Account) -> list[Fact]:
    client = account.clients("route53", account.regions[0])
    return [
        {
            "name": each["Name"].rstrip("."),
            "type": each["Type"],
            "set": each.get("SetIdentifier", ""),
            "failover": each.get("Failover", ""),
            "health": bool(each.get("HealthCheckId")),
        }
        for zone in _pages(client, "list_hosted_zones", "HostedZones")
        for each in _pages(
            client, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]
        )
        if each.get("SetIdentifier")
    ]


def redirects(account: Account) -> list[Fact]:
    found: list[Fact] = []
    for region, client in account.each("elbv2"):
        for balancer in _pages(client, "describe_load_balancers", "LoadBalancers"):
            for listener in _pages(
                client,
                "describe_listeners",
                "Listeners",
                LoadBalancerArn=balancer["LoadBalancerArn"],
            ):
                for rule in _pages(
                    client, "describe_rules", "Rules", ListenerArn=listener["ListenerArn"]
                ):
                    conditions = rule.get("Conditions") or ()
                    for action in rule.get("Actions") or ():
                        if action["Type"] != "redirect" or not conditions:
                            continue
                        to = action["RedirectConfig"]
                        found.append(
                            {
                                "region": region,
                                "hosts": _values(conditions, "host-header", "HostHeaderConfig"),
                                "paths": _values(conditions, "path-pattern", "PathPatternConfig"),
                                "to": f"{to.get('Host', '')}{to.get('Path', '')}",
                            }
                        )
    return found


def _values(conditions: Any, field: str, settings: str) -> list[str]:
    return sorted(
        value
        for each in conditions
        if each.get("Field") == field
        for value in (each.get(settings) or {}).get("Values") or each.get("Values") or ()
    )


def server_groups(account: Account) -> list[Fact]:
    return [
        {
            "name": each["AutoScalingGroupName"],
            "region": region,
            "wanted": each["DesiredCapacity"],
            "most": each["MaxSize"],
            "behind": bool(each.get("TargetGroupARNs")),
        }
        for region, client in account.each("autoscaling")
        for each in _pages(client, "describe_auto_scaling_groups", "AutoScalingGroups")
        if account.mine(each["AutoScalingGroupName"])
    ]


def distributions(account: Account) -> list[Fact]:
    client = account.clients("cloudfront", account.regions[0])
    found: list[Fact] = []
    for page in client.get_paginator("list_distributions").paginate():
        for each in (page.get("DistributionList") or {}).get("Items") or ():
            if each.get("Comment", "").startswith(account.prefix):
                found.append(
                    {
                        "comment": each["Comment"],
                        "enabled": each["Enabled"],
                        "origins": sorted(
                            one["DomainName"].partition(".")[0] for one in each["Origins"]["Items"]
                        ),
                    }
                )
    return found


# ---- Logs --------------------------------------------------------------------------------------


def log_groups(account: Account) -> list[Fact]:
    return [
        {
            "name": each["logGroupName"],
            "region": region,
            "keep_days": each.get("retentionInDays"),
        }
        for region, client in account.each("logs")
        for each in _pages(client, "describe_log_groups", "logGroups")
    ]


READERS: Mapping[str, Callable[[Account], list[Fact]]] = {
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
