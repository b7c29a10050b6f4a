"""What an environment holds, in the words of its plan's readers: watched, heard by, backed up,
standing by, looked after. Read from the deployed state alone, so that it can say nothing that is
not there."""

import calendar
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_upkeep.plan.proofs import EstateFacts
from pulumi_upkeep.plan.schedule import ORDINALS

from tools.upkeep.state import Resource, State, is_secret

SEVERITIES = ("p0", "p1", "p2", "p3")


def estate_facts(state: State) -> EstateFacts | None:
    """What the deployment found in the estate and left in its outputs; None where it left nothing
    that can be read, as a version before this one did."""
    try:
        return EstateFacts.from_data(state.outputs["estate_facts"])
    except (KeyError, TypeError, AttributeError):
        return None


def watched(state: State) -> dict[str, Any]:
    """Alarms by severity, uptime checks, the certificates among them, Datadog monitors."""
    alarms = dict.fromkeys(SEVERITIES, 0)
    for alarm in [
        *state.of("aws:cloudwatch/metricAlarm:MetricAlarm"),
        *state.of("aws:cloudwatch/compositeAlarm:CompositeAlarm"),
    ]:
        severity = (alarm.inputs.get("tags") or {}).get("severity", "none")
        alarms[severity] = alarms.get(severity, 0) + 1
    return {
        "alarms": {severity: count for severity, count in alarms.items() if count},
        "uptime_checks": [
            _uptime_check(test) for test in state.of("datadog:index/syntheticsTest:SyntheticsTest")
        ],
        "monitors": len(list(state.of("datadog:index/monitor:Monitor"))),
        "event_rules": len(list(state.of("aws:cloudwatch/eventRule:EventRule"))),
    }


def _uptime_check(test: Resource) -> dict[str, Any]:
    request = test.inputs.get("requestDefinition") or {}
    tags = dict(tag.partition(":")[::2] for tag in test.inputs.get("tags") or [])
    return {
        "name": tags.get("check", test.name),
        "of": test.inputs.get("subtype") or test.inputs.get("type"),
        "target": request.get("url") or request.get("host"),
        "every_seconds": (test.inputs.get("optionsList") or {}).get("tickEvery"),
        "locations": sorted(test.inputs.get("locations") or []),
        "severity": tags.get("severity"),
    }


# What alarms of CloudWatch do not reach.
_ONLY_DATADOG = {"@oncall": "on_call", "@webhook": "tickets", "@case": "tickets"}


def heard_by(state: State) -> dict[str, dict[str, list[str]]]:
    """Who hears of each severity: addresses, phones (by the secret's name), Slack channels; of
    Datadog's alerts, also whoever is paged, and trackers."""
    # The alerts' topics, as the stack gives them to others; Datadog's own are behind its handles.
    severity_of = {
        str(arn): severity
        for topics in (state.outputs.get("topics") or {}).values()
        for severity, arn in topics.items()
    }
    heard: dict[str, dict[str, set[str]]] = {}

    def add(topic: str, channel: str, who: str) -> None:
        if (severity := severity_of.get(topic)) is not None:
            heard.setdefault(severity, {}).setdefault(channel, set()).add(who)

    for subscription in state.of("aws:sns/topicSubscription:TopicSubscription"):
        endpoint, protocol = subscription.inputs.get("endpoint"), subscription.inputs["protocol"]
        # A hidden number is told by the name that the plan gives it.
        who = subscription.name.rpartition("-")[2] if is_secret(endpoint) else str(endpoint)
        add(str(subscription.inputs.get("topic")), protocol, who)
    for channel in state.of("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"):
        for topic in channel.inputs.get("snsTopicArns") or []:
            add(str(topic), "slack", "#" + channel.name.rpartition("slack-")[2])
    for severity, line in (state.outputs.get("datadog_handles") or {}).items():
        for handle in str(line).split():
            kind, _, name = handle.partition("-")
            if kind in _ONLY_DATADOG:
                heard.setdefault(severity, {}).setdefault(_ONLY_DATADOG[kind], set()).add(name)
    return {
        severity: {channel: sorted(who) for channel, who in sorted(heard[severity].items())}
        for severity in sorted(heard)
    }


def backed_up(state: State) -> list[dict[str, Any]]:
    """One entry for each rule of each backup plan: what, when, how long, and where copies go."""
    protects = {
        str(selection.inputs.get("planId")): _protected(selection)
        for selection in state.of("aws:backup/selection:Selection")
    }
    return [
        {
            "plan": plan.name,
            "tier": rule["ruleName"],
            "protects": protects.get(plan.id, []),
            "point_in_time": bool(rule.get("enableContinuousBackup")),
            "schedule": rule.get("schedule"),
            "when": say_cron(rule.get("schedule")),
            "timezone": rule.get("scheduleExpressionTimezone", "UTC"),
            "keep_days": (rule.get("lifecycle") or {}).get("deleteAfter"),
            "cold_after_days": (rule.get("lifecycle") or {}).get("coldStorageAfter"),
            "vault": rule["targetVaultName"],
            "account": _account(plan),
            "copies": [_copy(copy) for copy in rule.get("copyActions") or []],
        }
        for plan in state.of("aws:backup/plan:Plan")
        for rule in plan.inputs.get("rules") or []
    ]


def _account(plan: Resource) -> str:
    """The account of a plan; empty while it is not known."""
    parts = str(plan.outputs.get("arn", "")).split(":")
    return parts[4] if len(parts) > 4 else ""


def _protected(selection: Resource) -> list[str]:
    arns = [str(arn) for arn in selection.inputs.get("resources") or []]
    named = [re.split(r"[:/]", arn)[-1] or arn for arn in arns]
    return sorted(named) + [f"tag {each}" for each in _conditions(selection.inputs)]


def _conditions(inputs: Mapping[str, Any]) -> Iterator[str]:
    for block in inputs.get("conditions") or []:
        for each in block.get("stringEquals") or []:
            yield f"{str(each['key']).removeprefix('aws:ResourceTag/')}={each['value']}"


def _copy(action: Mapping[str, Any]) -> dict[str, Any]:
    arn = str(action["destinationVaultArn"]).split(":")
    return {
        "account": arn[4],
        "region": arn[3],
        "vault": arn[-1],
        "keep_days": (action.get("lifecycle") or {}).get("deleteAfter"),
    }


_CRON = re.compile(r"^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$")
# What a schedule of OpsItems is called: `reminder.py` of the components.
_TRACKED = "-item"
_WEEKDAYS = {
    **dict(zip("1234567", ("Sun", "Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur"), strict=True)),
    "SUN": "Sun",
    "MON": "Mon",
    "TUE": "Tues",
    "WED": "Wednes",
    "THU": "Thurs",
    "FRI": "Fri",
    "SAT": "Satur",
}


def say_cron(expression: str | None) -> str:
    """The cloud's cron in words, as far as the plan's schedules go; otherwise as it is written."""
    match = _CRON.match(expression or "")
    if match is None:
        return expression or ""
    minute, hour, day, month, weekday, _year = match.groups()
    spans = {"*": "the month", "?": "the month", "1,4,7,10": "the quarter"}
    spans |= {str(number): name for number, name in enumerate(calendar.month_name) if name}
    span = spans.get(month)
    if not minute.isdecimal() or span is None:
        return str(expression)
    if step := re.fullmatch(r"(\d+)/(\d+)", hour):
        clock = f"every {step[2]} hours from {int(step[1]):02}:{int(minute):02}"
    elif hour == "*":
        clock = f"every hour at :{int(minute):02}"
    elif all(part.isdecimal() for part in hour.split(",")):
        times = [f"{int(part):02}:{int(minute):02}" for part in hour.split(",")]
        clock = f"at {' and '.join(times)}"
    else:
        return str(expression)
    if day in ("*", "?") and weekday in ("*", "?"):
        return clock if clock.startswith("every") else f"every day {clock}"
    if day.isdecimal() and weekday in ("*", "?"):
        return f"{day} {span} {clock}" if month.isdecimal() else f"day {day} of {span} {clock}"
    name, _, nth = weekday.partition("#")
    if name in _WEEKDAYS and day in ("*", "?"):
        which = (
            f"{ORDINALS[int(nth) - 1]} {_WEEKDAYS[name]}day of {span}"
            if nth
            else f"every {_WEEKDAYS[name]}day"
        )
        return f"{which} {clock}"
    return str(expression)


def looked_after(state: State) -> dict[str, list[dict[str, Any]]]:
    """Maintenance windows with the work that is done in them, and reviews that stay open until
    somebody closes them."""
    work: dict[str, list[str]] = {}
    for task in state.of("aws:ssm/maintenanceWindowTask:MaintenanceWindowTask"):
        said = task.inputs.get("description") or task.inputs["name"]
        work.setdefault(str(task.inputs["windowId"]), []).append(str(said))
    return {
        "windows": [
            {
                "name": (window.inputs.get("tags") or {}).get("window", window.name),
                "opens": say_cron(window.inputs["schedule"]),
                "timezone": window.inputs.get("scheduleTimezone", "UTC"),
                "hours": window.inputs["duration"],
                "work": work.get(window.id, []),
            }
            for window in state.of("aws:ssm/maintenanceWindow:MaintenanceWindow")
        ],
        "reviews": [
            {
                "name": item.name.removesuffix(_TRACKED),
                "when": say_cron(item.inputs["scheduleExpression"]),
                "timezone": item.inputs.get("scheduleExpressionTimezone", "UTC"),
            }
            for item in state.of("aws:scheduler/schedule:Schedule")
            if item.name.endswith(_TRACKED)
        ],
    }


def standing_by(state: State) -> dict[str, list[dict[str, Any]]]:
    """Read replicas, and groups of servers that wait."""
    templates = {
        template.id: template.inputs
        for template in state.of("aws:ec2/launchTemplate:LaunchTemplate")
    }
    moved = sorted(
        {
            str(record.inputs["name"])
            for record in state.of("aws:route53/record:Record")
            # A database's name is a CNAME; what servers serve are aliases.
            if record.inputs.get("type") != "CNAME"
            and any(
                policy.get("type") == "SECONDARY"
                for policy in record.inputs.get("failoverRoutingPolicies") or []
            )
        }
    )
    return {
        "replicas": [
            {
                "name": replica.name,
                "of": str(replica.inputs["replicateSourceDb"]).rpartition(":")[2],
                "region": replica.region,
                "class": replica.inputs.get("instanceClass"),
                "multi_az": bool(replica.inputs.get("multiAz")),
            }
            for replica in state.of("aws:rds/instance:Instance")
            if replica.inputs.get("replicateSourceDb")
        ],
        "servers": [
            {
                "name": group.name,
                "region": group.region,
                "running": group.inputs.get("desiredCapacity", group.inputs.get("minSize")),
                "at_most": group.inputs.get("maxSize"),
                "type": templates.get(
                    str((group.inputs.get("launchTemplate") or {}).get("id")), {}
                ).get("instanceType"),
                "serves": moved,
            }
            for group in state.of("aws:autoscaling/group:Group")
        ],
    }


def proved_by(state: State) -> dict[str, list[dict[str, Any]]]:
    """What is restored to prove it, and the documents that bring things back."""
    return {
        "restore_tests": [
            {
                "name": test.name,
                "region": test.region,
                "schedule": test.inputs["scheduleExpression"],
                "when": say_cron(test.inputs["scheduleExpression"]),
                "timezone": test.inputs.get("scheduleExpressionTimezone", "UTC"),
            }
            for test in state.of("aws:backup/restoreTestingPlan:RestoreTestingPlan")
        ],
        "runbooks": [
            {"name": str(document.inputs["name"]), "region": document.region}
            for document in state.of("aws:ssm/document:Document")
            if document.inputs.get("documentType") == "Automation"
        ],
    }
