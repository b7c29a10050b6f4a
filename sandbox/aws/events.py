"""EventBridge and its Scheduler: what rules and schedules invoke.

moto keeps rules and schedules and hands events to a few kinds of target. Here a rule also reaches
functions, topics and Automation documents, with the input that its target asks for, and a schedule
reaches functions and, through a universal target, any operation of the sandbox's AWS.

Nothing runs by the clock: a schedule fires when somebody says so (``POST /_upkeep/schedule``), so
that a test, or a person, decides when it is Sunday.
"""

import json
import os
import re
import sys
import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow
from moto.events import models
from moto.events.models import EventsBackend, Rule, events_backends
from moto.events.responses import EventsHandler
from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, scheduler_backends
from moto.scheduler.responses import EventBridgeSchedulerResponse
from werkzeug.wrappers import Request

from sandbox.aws import functions
from sandbox.aws.controls import Answer, control
from sandbox.aws.extension import Extension
from sandbox.aws.outage import OUTAGE

DEFAULT_ACCOUNT = "123456789012"
# Figures of EventBridge Scheduler's API reference.
MOST_RETRIES = 185
EVENT_AGE_SECONDS = (60, 86_400)
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\(\S+( \S+){5}\)")
_AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")
_UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
# boto3's names of services where the universal target's differ.
_CLIENTS = {"cloudwatchevents": "events", "eventbridge": "events", "sfn": "stepfunctions"}
_PLACEHOLDER = re.compile(r"<([\w.-]+)>")


class _Rule(Rule):
    """moto's rule with the targets that the plans' rules have."""

    def send_to_targets(self, original_event: Any, transform_input: bool = True) -> None:
        """Hand an event that matches to every target."""
        if not self.state.startswith("ENABLED") or not self.event_pattern.get_pattern():
            return
        if not self.event_pattern.matches_event(original_event):
            return
        event = _told(original_event)
        for target in self.targets:
            sent = _input(target, event) if transform_input else event
            if not deliver(target["Arn"], sent, "events.amazonaws.com", self.arn):
                _by_moto(self, target, original_event, transform_input)


# moto makes rules by this name.
models.Rule = _Rule  # type: ignore[misc]


def _by_moto(rule: Rule, target: Mapping[str, Any], event: Any, transform_input: bool) -> None:
    """The targets that moto knows itself: queues, log groups, buses, archives."""
    every, rule.targets = rule.targets, [dict(target)]
    try:
        Rule.send_to_targets(rule, event, transform_input)
    finally:
        rule.targets = every


def _told(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as its targets see it."""
    told = {key: value for key, value in event.items() if key != "ingestion-time"}
    if isinstance(told.get("time"), (int, float)):
        from datetime import UTC, datetime

        told["time"] = datetime.fromtimestamp(told["time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return told


def _input(target: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
    """What a target is sent: a text of its own, a part of the event, a template, or the event."""
    if target.get("Input"):
        return json.loads(target["Input"])
    if target.get("InputPath"):
        return _at(event, target["InputPath"])
    transformer = target.get("InputTransformer")
    if not transformer:
        return dict(event)
    values = {
        name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()
    }
    values.setdefault("aws.events.event.json", dict(event))
    template = transformer["InputTemplate"]

    def fill(found: "re.Match[str]") -> str:
        if found[1] not in values:
            return found[0]
        value = values[found[1]]
        # Inside quotes a text stands as it is; elsewhere every value is JSON.
        inside = template[: found.start()].count('"') % 2 == 1
        if inside:
            return json.dumps(value)[1:-1] if isinstance(value, str) else _compact(value)
        return _compact(value)

    filled = _PLACEHOLDER.sub(fill, template)
    try:
        return json.loads(filled)
    except ValueError:
        return filled


def _compact(value: Any) -> str:
    return "" if value is None else json.dumps(value)


def _at(event: Mapping[str, Any], path: str) -> Any:
    """``$.detail.state`` of an event; None where there is nothing."""
    value: Any = event
    for part in path.removeprefix("$").strip(".").split(".") if path != "$" else []:
        name, _, index = part.removesuffix("]").partition("[")
        value = value.get(name) if isinstance(value, Mapping) else None
        if index:
            listed = isinstance(value, list) and int(index) < len(value)
            value = value[int(index)] if listed else None
    return value


def deliver(arn: str, event: Any, service: str, source: str, role: str = "") -> bool:
    """Hand an event to a target; False for a kind of target that is not ours.

    service, source   who invokes (``events.amazonaws.com``) and for what (a rule's ARN): a
                      function's own policy has to let it in, or nothing happens
    role              of a schedule, which invokes with the rights of a role instead
    """
    if arn.startswith(_UNIVERSAL):
        _call(arn.removeprefix(_UNIVERSAL), event, source)
        return True
    kind, region, account = arn.split(":", 5)[2:5]
    if kind == "lambda":
        if not role and not functions.may_invoke(arn, service, source):
            print(f"{source} may not invoke {arn}: its policy has no permission", file=sys.stderr)
            return True
        functions.invoke_later(arn, event)
        return True
    if kind == "sns":
        from moto.sns.models import sns_backends

        message = event if isinstance(event, str) else json.dumps(event)
        sns_backends[account][region].publish(message, arn=arn)
        return True
    if kind == "ssm" and ":automation-definition/" in arn:
        name = arn.partition(":automation-definition/")[2].partition(":")[0]
        _client("ssm", region).start_automation_execution(DocumentName=name, Parameters=event or {})
        return True
    return False


def _call(target: str, event: Any, source: str) -> None:
    """A universal target: ``ssm:startAutomationExecution`` with the operation's parameters."""
    service, _, operation = target.partition(":")
    region = source.split(":")[3]
    client = _client(_CLIENTS.get(service, service), region)
    method = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", operation).lower()
    getattr(client, method)(**(event or {}))


def _client(service: str, region: str) -> Any:
    from sandbox.clients import Cloud

    return Cloud(f"http://127.0.0.1:{os.environ.get('MOTO_PORT', '5000')}")(service, region)


def put_event(
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    *,
    region: str,
    account: str = DEFAULT_ACCOUNT,
    resources: list[str] | None = None,
    time: str | None = None,
) -> str:
    """Put an event on the default bus, as a service of AWS does; the event's id.

    ``PutEvents`` refuses sources that begin with ``aws.``: only the services themselves have those.
    Raises LookupError where the region is cut off.
    """
    _require_there(region)
    event: Any = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": time or utcnow().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": resources or [],
        "detail": dict(detail),
    }
    bus = events_backends[account][region].event_buses["default"]
    for rule in list(bus.rules.values()):
        rule.send_to_targets(event)
    return str(event["id"])


def fire(name: str, *, region: str = "", account: str = DEFAULT_ACCOUNT) -> list[str]:
    """Fire a schedule, or a rule with a schedule, now; the ARNs of what fired.

    region   where it is; empty: wherever one of the name is

    Raises LookupError where there is none of the name, or where it is switched off.
    """
    if region:
        _require_there(region)
    fired: list[str] = []
    off: list[str] = []
    for where, backend in list(scheduler_backends[account].items()):
        if region in ("", where) and not OUTAGE.holds(where):
            for group in backend.schedule_groups.values():
                if (schedule := group.schedules.get(name)) is not None:
                    (fired if schedule.state == "ENABLED" else off).append(schedule.arn)
                    if schedule.state == "ENABLED":
                        _fire_schedule(schedule)
    for where, events in list(events_backends[account].items()):
        rule = events.event_buses["default"].rules.get(name)
        if rule is None or not rule.scheduled_expression or OUTAGE.holds(where):
            continue
        if region in ("", where):
            (fired if rule.state == "ENABLED" else off).append(rule.arn)
            if rule.state == "ENABLED":
                _fire_rule(rule, where, account)
    if not fired:
        raise LookupError(
            f"{', '.join(off)} is disabled" if off else f"no schedule is called {name}"
        )
    return fired


def _require_there(region: str) -> None:
    if OUTAGE.holds(region):
        raise LookupError(f"{region} is cut off: nothing runs there")


def _fire_schedule(schedule: Schedule) -> None:
    target = schedule.target
    text = target.get("Input") or "{}"
    now = utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
    for word, value in (
        ("<aws.scheduler.schedule-arn>", schedule.arn),
        ("<aws.scheduler.scheduled-time>", now),
        ("<aws.scheduler.execution-id>", str(uuid.uuid4())),
        ("<aws.scheduler.attempt-number>", "1"),
    ):
        text = text.replace(word, value)
    done = deliver(
        target["Arn"],
        json.loads(text),
        "scheduler.amazonaws.com",
        schedule.arn,
        role=target.get("RoleArn", ""),
    )
    if not done:
        raise LookupError(f"the sandbox cannot invoke {target['Arn']}")


def _fire_rule(rule: Rule, region: str, account: str) -> None:
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": utcnow().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [rule.arn],
        "detail": {},
    }
    for target in rule.targets:
        deliver(target["Arn"], _input(target, event), "events.amazonaws.com", rule.arn)


class UpkeepEventsBackend(EventsBackend):
    """moto's backend, which refuses events that only AWS itself may put."""

    def put_events(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Sources that begin with ``aws.`` belong to AWS."""
        if any(str(event.get("Source", "")).startswith("aws.") for event in events):
            raise JsonRESTError(
                "NotAuthorizedForSourceException",
                "Not authorized for the source: aws. belongs to the services of AWS",
            )
        return super().put_events(events)


class UpkeepEventsResponse(EventsHandler):
    """moto's operations as they are; the corrections are in the backend."""


class UpkeepSchedulerBackend(EventBridgeSchedulerBackend):
    """moto's backend, which refuses what the service refuses."""

    def create_schedule(self, *given: Any, **asked: Any) -> Schedule:
        _check_schedule(asked)
        return super().create_schedule(*given, **asked)

    def update_schedule(self, *given: Any, **asked: Any) -> Schedule:
        _check_schedule(asked)
        return super().update_schedule(*given, **asked)


def _check_schedule(asked: Mapping[str, Any]) -> None:
    expression = asked["schedule_expression"]
    if not any(form.fullmatch(expression) for form in (_RATE, _CRON, _AT)):
        raise ValidationException(f"Invalid Schedule Expression {expression}.")
    zone = asked.get("schedule_expression_timezone")
    if zone and zone not in available_timezones():
        raise ValidationException(f"Invalid Schedule Expression Timezone {zone}.")
    assert not zone or ZoneInfo(zone)
    retry = (asked.get("target") or {}).get("RetryPolicy") or {}
    if not 0 <= retry.get("MaximumRetryAttempts", 0) <= MOST_RETRIES:
        raise ValidationException(f"MaximumRetryAttempts: 0 to {MOST_RETRIES}")
    least, most = EVENT_AGE_SECONDS
    if not least <= retry.get("MaximumEventAgeInSeconds", most) <= most:
        raise ValidationException(f"MaximumEventAgeInSeconds: {least} to {most}")


class UpkeepSchedulerResponse(EventBridgeSchedulerResponse):
    """moto's operations as they are; the corrections are in the backend."""


EXTENSION = Extension(service="events", backend=UpkeepEventsBackend, response=UpkeepEventsResponse)
SCHEDULER = Extension(
    service="scheduler", backend=UpkeepSchedulerBackend, response=UpkeepSchedulerResponse
)


@control("POST", "events")
def _put(request: Request, _rest: str) -> Answer:
    asked: dict[str, Any] = request.get_json()
    before = len(functions.RUNS.all())
    try:
        id_ = put_event(
            asked["source"],
            asked["detail-type"],
            asked["detail"],
            region=asked["region"],
            account=asked.get("account", DEFAULT_ACCOUNT),
            resources=asked.get("resources"),
            time=asked.get("time"),
        )
    except LookupError as wrong:
        raise ValueError(str(wrong)) from None
    return {"id": id_, **_waited(asked, before)}


@control("POST", "schedule")
def _fire(request: Request, _rest: str) -> Answer:
    asked: dict[str, Any] = request.get_json()
    before = len(functions.RUNS.all())
    try:
        fired = fire(
            asked["name"],
            region=asked.get("region", ""),
            account=asked.get("account", DEFAULT_ACCOUNT),
        )
    except LookupError as wrong:
        raise ValueError(str(wrong)) from None
    return {"fired": fired, **_waited(asked, before)}


def _waited(asked: Mapping[str, Any], before: int) -> dict[str, Any]:
    """What ran, where the caller wants to wait for it (at most so many seconds)."""
    seconds = asked.get("wait")
    if not seconds:
        return {}
    quiet = functions.RUNS.wait(float(seconds))
    return {
        "quiet": quiet,
        "invocations": [each.shown() for each in functions.RUNS.all()[before:]],
    }


@control("GET", "invocations")
def _invocations(_request: Request, _rest: str) -> Answer:
    return [each.shown() for each in functions.RUNS.all()]


@control("DELETE", "invocations")
def _forget(_request: Request, _rest: str) -> Answer:
    functions.RUNS.clear()
    return {}
