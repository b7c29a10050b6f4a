"""What each action does. An action gives its answer as plain data, or raises.

``StepFailed``, ``StepTimedOut`` and ``StepStopped`` end a try of a step; anything else that is
raised here is a fault of the sandbox.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.aws.automation.clock import CLOCK
from sandbox.aws.automation.scripts import (
    ScriptFailed,
    ScriptStopped,
    ScriptTimedOut,
    run_script,
)
from sandbox.aws.automation.values import NoSuchValue, plain, selected

# Between two looks of aws:waitForAwsResourceProperty, in a document's seconds.
PAUSE_BETWEEN_LOOKS = 5.0
# Default time limits, in seconds [Automation actions reference].
TIME_LIMITS: Mapping[str, int] = {
    "aws:approve": 604_800,
    "aws:executeAwsApi": 25,
    "aws:executeScript": 600,
    "aws:invokeLambdaFunction": 300,
    "aws:pause": 604_800,
    "aws:waitForAwsResourceProperty": 3600,
}
OTHER_TIME_LIMIT = 43_200


class StepFailed(Exception):
    """The step did not do what it is for."""


class StepTimedOut(Exception):
    """The step took longer than it may."""


class StepStopped(Exception):
    """Somebody stopped the execution."""


class Run(Protocol):
    """What an action may ask of the execution that it is a step of."""

    region: str

    def client(self, service: str) -> Any:
        """A boto3 client with the credentials of the document's role, in its region."""

    def environment(self) -> dict[str, str]:
        """Credentials, region and endpoint, as a process reads them."""

    def stopped(self) -> bool:
        """Whether somebody stopped the execution."""

    def await_signal(self, kinds: frozenset[str], step: str) -> Callable[[], Any]:
        """Say that the step waits for a signal; a look at what came, None so far."""

    def start_child(self, document: str, version: str | None, parameters: Any) -> Any:
        """Start another document as part of this one."""


@dataclass(frozen=True)
class Order:
    """One try of a step: its inputs with all references replaced, and its time limit."""

    name: str
    action: str
    inputs: Mapping[str, Any]
    seconds: float


Action = Callable[[Run, Order], Any]


def call_api(run: Run, order: Order) -> Any:
    """The answer of an operation of AWS."""
    inputs = dict(order.inputs)
    service, operation = inputs.pop("Service"), inputs.pop("Api")
    inputs.pop("PropertySelector", None)
    inputs.pop("DesiredValues", None)
    try:
        client = run.client(_CLIENTS.get(service, service))
        method = xform_name(operation) if operation[:1].isupper() else operation
        if not hasattr(client, method):
            raise StepFailed(f"{service} has no operation {operation}")
        return plain(getattr(client, method)(**inputs))
    except (ClientError, BotoCoreError) as error:
        raise StepFailed(f"{operation}: {error}") from None


# Services by the names that AWS's documents use beside boto3's.
_CLIENTS = {"elasticloadbalancingv2": "elbv2", "monitoring": "cloudwatch"}


def assert_property(run: Run, order: Order) -> Any:
    """Fails unless what the selector finds is one of the desired values."""
    answer = call_api(run, order)
    found = _property(order, answer)
    if not _desired(order, found):
        raise StepFailed(
            f"{order.inputs['PropertySelector']} is {found}, not one of "
            f"{order.inputs['DesiredValues']}"
        )
    return answer


def wait_for_property(run: Run, order: Order) -> Any:
    """Looks again and again until the selector finds a desired value."""
    deadline = time.monotonic() + order.seconds / CLOCK.speed
    while True:
        answer = call_api(run, order)
        try:
            if _desired(order, _property(order, answer)):
                return answer
        except StepFailed:
            pass
        if time.monotonic() > deadline:
            raise StepTimedOut(
                f"{order.inputs['PropertySelector']} did not become one of "
                f"{order.inputs['DesiredValues']} within {order.seconds:g} seconds"
            )
        CLOCK.until(PAUSE_BETWEEN_LOOKS, run.stopped)
        if run.stopped():
            raise StepStopped()


def _property(order: Order, answer: Any) -> Any:
    try:
        return selected(order.inputs["PropertySelector"], answer)
    except NoSuchValue as nothing:
        raise StepFailed(str(nothing)) from None


def _desired(order: Order, found: Any) -> bool:
    wanted = {str(one) for one in order.inputs["DesiredValues"]}
    if isinstance(found, list):
        return bool(found) and all(str(one) in wanted for one in found)
    return str(found) in wanted


def execute_script(run: Run, order: Order) -> Any:
    """``Payload``: what the handler gave back."""
    try:
        payload = run_script(
            order.inputs["Script"],
            order.inputs["Handler"],
            order.inputs.get("InputPayload", {}),
            environment=run.environment(),
            seconds=order.seconds,
            speed=CLOCK.speed,
            stopped=run.stopped,
        )
    except ScriptFailed as failed:
        raise StepFailed(str(failed)) from None
    except ScriptTimedOut as late:
        raise StepTimedOut(str(late)) from None
    except ScriptStopped:
        raise StepStopped() from None
    return {"Payload": payload}


def approve(run: Run, order: Order) -> Any:
    """Waits for as many approvers as are needed, or for one who rejects."""
    topic = order.inputs.get("NotificationArn")
    if topic:
        try:
            run.client("sns").publish(
                TopicArn=topic, Message=str(order.inputs.get("Message", order.name))
            )
        except (ClientError, BotoCoreError) as error:
            raise StepFailed(f"the approvers could not be told: {error}") from None
    needed = int(order.inputs.get("MinRequiredApprovals", 1))
    look = run.await_signal(frozenset({"Approve", "Reject"}), order.name)
    decisions: dict[str, str] = {}
    deadline = time.monotonic() + order.seconds / CLOCK.speed
    while len(decisions) < needed:
        signal = _next_signal(run, look, deadline, "nobody decided")
        if signal.kind == "Reject":
            raise StepFailed(f"rejected by {signal.by}{_comment(signal)}")
        decisions[signal.by] = "Approve"
    return {
        "ApprovalStatus": "Approved",
        "ApproverDecisions": [{"Approver": by, "Decision": how} for by, how in decisions.items()],
    }


def _comment(signal: Any) -> str:
    return f": {signal.comment}" if signal.comment else ""


def pause(run: Run, order: Order) -> Any:
    """Waits until somebody resumes."""
    look = run.await_signal(frozenset({"Resume"}), order.name)
    deadline = time.monotonic() + order.seconds / CLOCK.speed
    signal = _next_signal(run, look, deadline, "nobody resumed")
    return {"ResumedBy": signal.by}


def _next_signal(run: Run, look: Callable[[], Any], deadline: float, otherwise: str) -> Any:
    while (signal := look()) is None:
        if run.stopped():
            raise StepStopped()
        if time.monotonic() > deadline:
            raise StepTimedOut(f"{otherwise} in time")
        time.sleep(0.01)
    return signal


_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


def sleep(run: Run, order: Order) -> Any:
    """Waits for a duration, or until a moment."""
    if "Duration" in order.inputs:
        found = _DURATION.match(order.inputs["Duration"])
        if found is None:
            raise StepFailed(f"not a duration of ISO 8601: {order.inputs['Duration']}")
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        wait = float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    else:
        until = datetime.fromisoformat(order.inputs["Timestamp"].replace("Z", "+00:00"))
        wait = (until - datetime.now(UTC)).total_seconds()
    if CLOCK.until(wait, run.stopped):
        raise StepStopped()
    return {}


def invoke_function(run: Run, order: Order) -> Any:
    """The answer of a function; one that raised fails the step."""
    inputs = dict(order.inputs)
    payload = inputs.pop("Payload", None)
    if payload is not None:
        inputs["Payload"] = payload if isinstance(payload, str) else json.dumps(payload)
    try:
        answer = plain(run.client("lambda").invoke(**inputs))
    except (ClientError, BotoCoreError) as error:
        raise StepFailed(f"Invoke: {error}") from None
    if answer.get("FunctionError"):
        raise StepFailed(f"the function failed: {answer.get('Payload')}")
    return answer


def execute_automation(run: Run, order: Order) -> Any:
    """Another document, to its end."""
    child = run.start_child(
        order.inputs["DocumentName"],
        order.inputs.get("DocumentVersion"),
        order.inputs.get("RuntimeParameters", {}),
    )
    # A person may take part in the child: its waiting is shortened, so is this.
    deadline = time.monotonic() + order.seconds
    while not child.ended:
        if run.stopped():
            child.stop()
            raise StepStopped()
        if time.monotonic() > deadline:
            child.stop()
            raise StepTimedOut(f"{child.id} did not end in time")
        time.sleep(0.02)
    if child.status != "Success":
        raise StepFailed(f"{child.id} of {child.document_name} ended {child.status}: {child.why}")
    return {"ExecutionId": child.id, "Status": child.status, "Output": child.outputs()}


def branch(_run: Run, order: Order) -> Any:
    """The step to go on with, as ``NextStep``; none of them: the step that follows."""
    for choice in order.inputs["Choices"]:
        if _holds({key: value for key, value in choice.items() if key != "NextStep"}):
            return {"NextStep": choice["NextStep"]}
    return {"NextStep": order.inputs.get("Default")}


def _holds(condition: Mapping[str, Any]) -> bool:
    if "And" in condition:
        return all(_holds(part) for part in condition["And"])
    if "Or" in condition:
        return any(_holds(part) for part in condition["Or"])
    if "Not" in condition:
        return not _holds(condition["Not"])
    value = condition["Variable"]
    (operator,) = condition.keys() - {"Variable"}
    return _OPERATORS[operator](value, condition[operator])


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "BooleanEquals": lambda value, wanted: str(value).lower() == str(wanted).lower(),
    "Contains": lambda value, wanted: str(wanted) in str(value),
    "EndsWith": lambda value, wanted: str(value).endswith(str(wanted)),
    "EqualsIgnoreCase": lambda value, wanted: str(value).lower() == str(wanted).lower(),
    "NumericEquals": lambda value, wanted: float(value) == float(wanted),
    "NumericGreater": lambda value, wanted: float(value) > float(wanted),
    "NumericGreaterOrEquals": lambda value, wanted: float(value) >= float(wanted),
    "NumericLesser": lambda value, wanted: float(value) < float(wanted),
    "NumericLesserOrEquals": lambda value, wanted: float(value) <= float(wanted),
    "StartsWith": lambda value, wanted: str(value).startswith(str(wanted)),
    "StringEquals": lambda value, wanted: str(value) == str(wanted),
}

ACTIONS: Mapping[str, Action] = {
    "aws:approve": approve,
    "aws:assertAwsResourceProperty": assert_property,
    "aws:branch": branch,
    "aws:executeAutomation": execute_automation,
    "aws:executeAwsApi": call_api,
    "aws:executeScript": execute_script,
    "aws:invokeLambdaFunction": invoke_function,
    "aws:pause": pause,
    "aws:sleep": sleep,
    "aws:waitForAwsResourceProperty": wait_for_property,
}
