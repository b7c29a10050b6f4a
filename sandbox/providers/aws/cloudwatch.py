"""Alarms, event rules and their targets, log groups."""

from __future__ import annotations

from datetime import datetime

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, pairs, plain, unordered
from sandbox.providers.aws.tagging import tagging
from sandbox.providers.cloud import CloudError, Properties

DEFAULT_BUS = "default"

_to_dimensions, _from_dimensions = pairs("Name", "Value")
_DIMENSIONS = Prop("dimensions", to=_to_dimensions, back=_from_dimensions)
_ACTIONS: Shape = (
    Prop("actionsEnabled", default=True, default_sent=True),
    *unordered("alarmActions", "insufficientDataActions", okActions="OKActions"),
)


def _to_metric_stat(metric: Properties) -> Document:
    identity = {"MetricName": metric["metricName"]}
    if metric.get("namespace"):
        identity["Namespace"] = metric["namespace"]
    if metric.get("dimensions"):
        identity["Dimensions"] = _to_dimensions(metric["dimensions"])
    unit = {"Unit": metric["unit"]} if metric.get("unit") else {}
    return {"Metric": identity, "Period": metric["period"], "Stat": metric["stat"], **unit}


def _from_metric_stat(stat: Document) -> Properties:
    metric = stat["Metric"]
    values = {
        "metricName": metric["MetricName"],
        "namespace": metric.get("Namespace"),
        "dimensions": _from_dimensions(metric.get("Dimensions") or []) or None,
        "period": stat["Period"],
        "stat": stat["Stat"],
        "unit": stat.get("Unit"),
    }
    return {name: value for name, value in values.items() if value is not None}


_QUERY: Shape = (
    *plain("id", "accountId", "expression", "label", "period"),
    Prop("metric", "MetricStat", to=_to_metric_stat, back=_from_metric_stat),
    # AWS's default is true; the provider sends false unless it is declared.
    Prop("returnData", default=False, default_sent=True),
)
_METRIC_ALARM: Shape = (
    *plain(name="AlarmName"),
    *plain("alarmDescription", "comparisonOperator", "datapointsToAlarm", "evaluationPeriods"),
    *plain("extendedStatistic", "metricName", "namespace", "period", "statistic", "unit"),
    *plain("threshold", "thresholdMetricId"),
    *computed(evaluateLowSampleCountPercentiles="EvaluateLowSampleCountPercentile"),
    *_ACTIONS,
    _DIMENSIONS,
    Prop("metricQueries", "Metrics", shape=_QUERY, many=True, unordered=True),
    Prop("treatMissingData", default="missing", default_sent=True),
)
_COMPOSITE_ALARM: Shape = (
    *plain("alarmName", "alarmRule", "alarmDescription"),
    *_ACTIONS,
    Prop("actionsSuppressor", sent=False),
)
_ALARM_TAGS = tagging("cloudwatch", argument="ResourceARN")


def _create_metric_alarm(api: Api, request: Document, inputs: Properties) -> str:
    api("cloudwatch").put_metric_alarm(**request)
    return str(request["AlarmName"])


def _describe_metric_alarm(api: Api, name: str, known: Properties) -> Document | None:
    answer = api("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    return only(answer["MetricAlarms"])


def _put_composite_alarm(api: Api, request: Document, inputs: Properties) -> str:
    suppressor = inputs.get("actionsSuppressor") or {}
    if suppressor:
        request = {
            **request,
            "ActionsSuppressor": suppressor["alarm"],
            "ActionsSuppressorExtensionPeriod": suppressor["extensionPeriod"],
            "ActionsSuppressorWaitPeriod": suppressor["waitPeriod"],
        }
    api("cloudwatch").put_composite_alarm(**request)
    return str(request["AlarmName"])


def _describe_composite_alarm(api: Api, name: str, known: Properties) -> Document | None:
    answer = api("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
    alarm = only(answer.get("CompositeAlarms"))
    if alarm and alarm.get("ActionsSuppressor"):
        alarm["ActionsSuppressor"] = {
            "alarm": alarm["ActionsSuppressor"],
            "extensionPeriod": alarm["ActionsSuppressorExtensionPeriod"],
            "waitPeriod": alarm["ActionsSuppressorWaitPeriod"],
        }
    return alarm


def _delete_alarm(api: Api, name: str, known: Properties) -> None:
    api("cloudwatch").delete_alarms(AlarmNames=[name])


_MUTE_SCHEDULE: Shape = (
    *plain("duration", "expression"),
    Prop("timezone", default="UTC"),
)


def _date(value: object) -> object:
    """The provider writes dates as RFC 3339 with a Z."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


_MUTE_RULE: Shape = (
    *plain("name", "description"),
    Prop("muteTargets", shape=unordered("alarmNames")),
    Prop("rule", shape=(Prop("schedule", shape=_MUTE_SCHEDULE),)),
    Prop("startDate", back=_date),
    Prop("expireDate", back=_date),
)


def _put_mute_rule(api: Api, request: Document, inputs: Properties) -> str:
    api("cloudwatch").put_alarm_mute_rule(**request)
    return str(request["Name"])


_RULE: Shape = (
    *plain("name", "description", "roleArn", "scheduleExpression"),
    Prop("eventBusName", default=DEFAULT_BUS),
    Prop("eventPattern", json=True),
    Prop("state", default="ENABLED"),
)


def _put_rule(api: Api, request: Document, inputs: Properties) -> str:
    api("events").put_rule(**request)
    bus = inputs.get("eventBusName") or DEFAULT_BUS
    return str(request["Name"] if bus == DEFAULT_BUS else f"{bus}/{request['Name']}")


def _bus_and_rule(id_: str) -> Document:
    bus, _, name = id_.rpartition("/")
    return {"Name": name, "EventBusName": bus or DEFAULT_BUS}


def _update_rule(api: Api, id_: str, request: Document, change: Change) -> None:
    if "state" not in change.inputs:
        request = {**request, "State": "ENABLED"}
    api("events").put_rule(**request)


def _delete_rule(api: Api, id_: str, known: Properties) -> None:
    where = _bus_and_rule(id_)
    if known.get("forceDestroy"):
        listed = found(
            api("events").list_targets_by_rule,
            Rule=where["Name"],
            EventBusName=where["EventBusName"],
        )
        targets = [target["Id"] for target in (listed or {}).get("Targets", [])]
        if targets:
            api("events").remove_targets(
                Rule=where["Name"], EventBusName=where["EventBusName"], Ids=targets
            )
    api("events").delete_rule(**where)


_TARGET: Shape = (
    Prop("targetId", "Id"),
    *plain("arn", "roleArn", "input", "inputPath"),
    Prop(
        "inputTransformer",
        shape=(Prop("inputPaths", "InputPathsMap"), Prop("inputTemplate")),
    ),
    Prop("deadLetterConfig", shape=plain("arn")),
    Prop("retryPolicy", shape=plain("maximumEventAgeInSeconds", "maximumRetryAttempts")),
    Prop("sqsTarget", "SqsParameters", shape=plain("messageGroupId")),
    Prop(
        "runCommandTargets",
        "RunCommandParameters",
        to=lambda targets: {
            "RunCommandTargets": [{"Key": it["key"], "Values": it["values"]} for it in targets]
        },
        back=lambda command: [
            {"key": it["Key"], "values": it["Values"]} for it in command["RunCommandTargets"]
        ],
    ),
    # Where the target hangs, rather than what it is: parameters beside it.
    Prop("rule", sent=False),
    Prop("eventBusName", default=DEFAULT_BUS, sent=False),
)


def _rule_of(known: Properties) -> Document:
    return {"Rule": known["rule"], "EventBusName": known.get("eventBusName") or DEFAULT_BUS}


def _put_target(api: Api, request: Document, inputs: Properties) -> str:
    answer = api("events").put_targets(**_rule_of(inputs), Targets=[request])
    _refuse_failed(answer)
    return f"{inputs['rule']}-{inputs['targetId']}"


def _refuse_failed(answer: Document) -> None:
    for failed in answer.get("FailedEntries") or []:
        raise CloudError(f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")


def _describe_target(api: Api, id_: str, known: Properties) -> Document | None:
    if "rule" not in known:  # an import: `bus/rule/target` or `rule/target`
        *bus, rule, target = id_.split("/")
        known = {"rule": rule, "targetId": target, "eventBusName": bus[0] if bus else DEFAULT_BUS}
    where = _rule_of(known)
    answer = found(api("events").list_targets_by_rule, **where)
    for target in (answer or {}).get("Targets", []):
        if target["Id"] == known["targetId"]:
            return {**target, **where}
    return None


def _delete_target(api: Api, id_: str, known: Properties) -> None:
    _refuse_failed(api("events").remove_targets(**_rule_of(known), Ids=[known["targetId"]]))


_LOG_GROUP: Shape = (
    Prop("name", "logGroupName"),
    Prop("kmsKeyId", "kmsKeyId"),
    Prop("logGroupClass", "logGroupClass", default="STANDARD"),
    Prop("retentionInDays", "retentionInDays", default=0, sent=False),
    Prop("deletionProtectionEnabled", "deletionProtectionEnabled", default=False),
)


def _create_log_group(api: Api, request: Document, inputs: Properties) -> str:
    api("logs").create_log_group(**request)
    return str(request["logGroupName"])


def _keep(api: Api, name: str, inputs: Properties) -> None:
    days = inputs.get("retentionInDays") or 0
    if days:
        api("logs").put_retention_policy(logGroupName=name, retentionInDays=days)
    else:
        api("logs").delete_retention_policy(logGroupName=name)


def _finish_log_group(api: Api, name: str, inputs: Properties) -> None:
    if inputs.get("retentionInDays"):
        _keep(api, name, inputs)


def _describe_log_group(api: Api, name: str, known: Properties) -> Document | None:
    answer = api("logs").describe_log_groups(logGroupNamePrefix=name)
    return only([group for group in answer["logGroups"] if group["logGroupName"] == name])


def _update_log_group(api: Api, name: str, request: Document, change: Change) -> None:
    if change.of("retentionInDays"):
        _keep(api, name, change.inputs)
    if change.of("kmsKeyId"):
        if "kmsKeyId" in request:
            api("logs").associate_kms_key(logGroupName=name, kmsKeyId=request["kmsKeyId"])
        else:
            api("logs").disassociate_kms_key(logGroupName=name)


def _delete_log_group(api: Api, name: str, known: Properties) -> None:
    if not known.get("skipDestroy"):
        api("logs").delete_log_group(logGroupName=name)


CLOUDWATCH = (
    Resource(
        token=token("cloudwatch", "MetricAlarm"),
        service="cloudwatch",
        shape=_METRIC_ALARM,
        name=Name(),
        tagging=_ALARM_TAGS,
        create=_create_metric_alarm,
        describe=_describe_metric_alarm,
        update=lambda api, name, request, change: _create_metric_alarm(api, request, change.inputs),
        delete=_delete_alarm,
        outputs={"arn": "AlarmArn"},
        forces_replacement=frozenset({"name"}),
    ),
    Resource(
        token=token("cloudwatch", "CompositeAlarm"),
        service="cloudwatch",
        shape=_COMPOSITE_ALARM,
        name=Name("alarmName", automatic=False),
        tagging=_ALARM_TAGS,
        create=_put_composite_alarm,
        describe=_describe_composite_alarm,
        update=lambda api, name, request, change: _put_composite_alarm(api, request, change.inputs),
        delete=_delete_alarm,
        outputs={"arn": "AlarmArn"},
        # The provider replaces it to switch its actions.
        forces_replacement=frozenset({"alarmName", "actionsEnabled"}),
    ),
    Resource(
        token=token("cloudwatch", "AlarmMuteRule"),
        service="cloudwatch",
        shape=_MUTE_RULE,
        name=Name(automatic=False),
        tagging=_ALARM_TAGS,
        create=_put_mute_rule,
        describe=lambda api, name, known: found(
            api("cloudwatch").get_alarm_mute_rule, AlarmMuteRuleName=name
        ),
        update=lambda api, name, request, change: _put_mute_rule(api, request, change.inputs),
        delete=lambda api, name, known: api("cloudwatch").delete_alarm_mute_rule(
            AlarmMuteRuleName=name
        ),
        outputs={
            "arn": "AlarmMuteRuleArn",
            "muteType": "MuteType",
            "status": "Status",
            "lastUpdatedTimestamp": lambda api, name, it: _date(it["LastUpdatedTimestamp"]),
        },
        forces_replacement=frozenset({"name"}),
    ),
    Resource(
        token=token("cloudwatch", "EventRule"),
        service="events",
        shape=_RULE,
        name=Name(longest=64),
        tagging=tagging("events", argument="ResourceARN"),
        create=_put_rule,
        describe=lambda api, id_, known: found(api("events").describe_rule, **_bus_and_rule(id_)),
        update=_update_rule,
        delete=_delete_rule,
        identify=lambda api, inputs: (
            inputs["name"]
            if (inputs.get("eventBusName") or DEFAULT_BUS) == DEFAULT_BUS
            else f"{inputs['eventBusName']}/{inputs['name']}"
        ),
        outputs={"arn": "Arn"},
        provider_only=frozenset({"forceDestroy"}),
        forces_replacement=frozenset({"name", "eventBusName"}),
    ),
    Resource(
        token=token("cloudwatch", "EventTarget"),
        service="events",
        shape=_TARGET,
        name=Name("targetId", longest=64),
        create=_put_target,
        describe=_describe_target,
        update=lambda api, id_, request, change: _put_target(api, request, change.inputs),
        delete=_delete_target,
        identify=lambda api, inputs: f"{inputs['rule']}-{inputs['targetId']}",
        place=("rule", "eventBusName", "targetId"),
        provider_only=frozenset({"forceDestroy"}),
        forces_replacement=frozenset({"rule", "eventBusName", "targetId"}),
    ),
    Resource(
        token=token("cloudwatch", "LogGroup"),
        service="logs",
        shape=_LOG_GROUP,
        name=Name(longest=512),
        tagging=tagging(
            "logs",
            argument="resourceArn",
            reference=lambda api, name, known: api.arn("logs", f"log-group:{name}"),
            parameter="tags",
            mapping=True,
            answer="tags",
            tags="tags",
            keys="tagKeys",
        ),
        create=_create_log_group,
        finish=_finish_log_group,
        describe=_describe_log_group,
        update=_update_log_group,
        delete=_delete_log_group,
        outputs={"arn": lambda api, name, it: it["arn"].removesuffix(":*")},
        provider_only=frozenset({"skipDestroy"}),
        forces_replacement=frozenset({"name", "logGroupClass"}),
    ),
)
