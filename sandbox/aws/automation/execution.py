"""One run of a document: steps in order, what happens when one fails, signals, and the end.

As in AWS a step that fails ends the run (``onFailure: Abort``), is passed over (``Continue``) or
leads to another (``step:name``). A step whose failure counts (``isCritical``; by default every one
but those with ``Continue``) makes the run fail in the end, however it goes on.
"""

import contextlib
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from sandbox.aws.automation.actions import (
    ACTIONS,
    OTHER_TIME_LIMIT,
    TIME_LIMITS,
    Order,
    StepFailed,
    StepStopped,
    StepTimedOut,
)
from sandbox.aws.automation.values import (
    NoSuchValue,
    as_text,
    filled,
    selected,
    shown,
)
from sandbox.aws.permissions import GUARD, Refused, Session, check
from sandbox.aws.traffic import Call

# Nobody takes an execution of the sandbox for one of a real account.
SIMULATED_ID = "5a4db0c5"
ENDED = frozenset({"Success", "Failed", "TimedOut", "Cancelled"})
# More than any document of ours takes, and less than for ever.
_MOST_STEPS = 1000


@dataclass(frozen=True)
class Signal:
    """What somebody sent to an execution."""

    kind: str
    by: str
    comment: str


@dataclass
class StepRun:
    """A step as it was, or is to be, carried out."""

    step: Mapping[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "Pending"
    started: datetime | None = None
    ended: datetime | None = None
    tries: int = 0
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def name(self) -> str:
        """The step's name."""
        return str(self.step["name"])

    @property
    def critical(self) -> bool:
        """Whether its failure is a failure of the whole."""
        default = self.step.get("onFailure", "Abort") != "Continue"
        return str(self.step.get("isCritical", default)).lower() == "true"

    def described(self) -> dict[str, Any]:
        """As GetAutomationExecution shows it."""
        step = self.step
        record: dict[str, Any] = {
            "StepName": self.name,
            "Action": step["action"],
            "StepExecutionId": self.id,
            "StepStatus": self.status,
            "TimeoutSeconds": time_limit(step),
            "OnFailure": step.get("onFailure", "Abort"),
            "MaxAttempts": int(step.get("maxAttempts", 1)),
            "IsCritical": self.critical,
            "IsEnd": _true(step.get("isEnd")),
            "Inputs": {key: as_text(value) for key, value in self.inputs.items()},
            "Outputs": {key: shown(value) for key, value in self.outputs.items()},
        }
        if "nextStep" in step:
            record["NextStep"] = step["nextStep"]
        if self.started:
            record["ExecutionStartTime"] = self.started.timestamp()
        if self.ended:
            record["ExecutionEndTime"] = self.ended.timestamp()
        if self.why:
            record["FailureMessage"] = self.why
            record["FailureDetails"] = {
                "FailureStage": "Invocation",
                "Details": {"why": [self.why]},
            }
        return record


class Execution:
    """A run, in a thread of its own."""

    def __init__(
        self,
        automations: "Automations",
        document_name: str,
        document_version: str,
        document: Mapping[str, Any],
        parameters: Mapping[str, Any],
        by: str,
        parent: "Execution | None",
    ) -> None:
        self.id = f"{SIMULATED_ID}{str(uuid.uuid4())[8:]}"
        self.document_name = document_name
        self.document_version = document_version
        self.parameters = parameters
        self.by = by
        self.parent = parent
        self.region = automations.region
        self.status = "Pending"
        self.why = ""
        self.started = datetime.now(UTC)
        self.finished: datetime | None = None
        self.steps = [StepRun(step) for step in document["mainSteps"]]
        self.current: StepRun | None = None
        self._document = document
        self._automations = automations
        self._stop = threading.Event()
        self._wanted: frozenset[str] = frozenset()
        self._signals: deque[Signal] = deque()
        self._session: Session | None = None
        self._failed = ""

    # ---- what actions may ask (see ``actions.Run``) ----

    def client(self, service: str) -> Any:
        """A boto3 client with the credentials of the document's role, in its region."""
        environment = self.environment()
        return boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=environment.get("AWS_SESSION_TOKEN"),
        ).client(
            service,
            region_name=self.region,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            config=Config(retries={"total_max_attempts": 3, "mode": "standard"}),
        )

    def environment(self) -> dict[str, str]:
        """Credentials, region and endpoint, as a process reads them."""
        return {
            **(self._session.environment() if self._session else self._automations.anybody),
            "AWS_ENDPOINT_URL": self._automations.endpoint(),
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def stopped(self) -> bool:
        """Whether somebody stopped the execution."""
        return self._stop.is_set()

    def await_signal(self, kinds: frozenset[str], step: str) -> Callable[[], Signal | None]:
        """Say that the step waits for a signal; a look at what came, None so far."""
        self._signals.clear()
        self._wanted = kinds
        self.status = "Waiting"
        assert self.current is not None
        self.current.status = "Waiting"

        def look() -> Signal | None:
            return self._signals.popleft() if self._signals else None

        return look

    def start_child(
        self, document: str, version: str | None, parameters: Mapping[str, Any]
    ) -> "Execution":
        """Start another document as part of this one; its role is its own."""
        given = {key: shown(value) for key, value in parameters.items()}
        try:
            self._may("ssm", "StartAutomationExecution", DocumentName=document)
            child = self._automations.prepare(document, version, given, self.by, self)
            self._may("ssm", "GetAutomationExecution", AutomationExecutionId=child.id)
            role = child.role()
            if role is not None:
                self._may_pass(role)
        except (Refused, AutomationError) as refused:
            raise StepFailed(str(refused)) from None
        self._automations.begin(child)
        return child

    def _may(self, service: str, operation: str, **parameters: Any) -> None:
        if self._session is not None:
            call = Call(service, operation, self.region, "json")
            check(self._session.role_arn, call, parameters)

    def _may_pass(self, role_arn: str) -> None:
        if self._session is not None:
            check(
                self._session.role_arn,
                Call("iam", "PassRole", self.region, "xml"),
                {"RoleArn": role_arn, "Service": "ssm.amazonaws.com"},
            )

    # ---- what others may ask ----

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status in ENDED

    def role(self) -> str | None:
        """The ARN of the role that the document takes, if it takes one."""
        role = filled(self._document.get("assumeRole", ""), self._find)
        return str(role) or None

    def stop(self) -> None:
        """Stop it, in the middle of what it does."""
        self._stop.set()

    def signal(self, signal: Signal) -> None:
        """Hand on what somebody sent; raises AutomationError where nobody waits for it."""
        if signal.kind not in self._wanted or self.status != "Waiting":
            raise AutomationError(
                "InvalidAutomationSignalException",
                f"{self.id} does not wait for {signal.kind}",
            )
        if signal.kind in ("Approve", "Reject"):
            approvers = [str(one) for one in self._inputs_of_current().get("Approvers", ())]
            if not _among(signal.by, approvers):
                raise AutomationError(
                    "InvalidAutomationSignalException",
                    f"{signal.by} is not an approver of this step",
                )
        self._signals.append(signal)

    def _inputs_of_current(self) -> Mapping[str, Any]:
        return self.current.inputs if self.current else {}

    def outputs(self) -> dict[str, list[str]]:
        """The document's outputs, as far as they are known."""
        found = {}
        for name in self._document.get("outputs", ()):
            try:
                found[name] = shown(self._find(name))
            except NoSuchValue:
                continue
        return found

    def described(self) -> dict[str, Any]:
        """As GetAutomationExecution shows it."""
        record: dict[str, Any] = {
            "AutomationExecutionId": self.id,
            "DocumentName": self.document_name,
            "DocumentVersion": self.document_version,
            "ExecutionStartTime": self.started.timestamp(),
            "AutomationExecutionStatus": self.status,
            "StepExecutions": [step.described() for step in self.steps],
            "StepExecutionsTruncated": False,
            "Parameters": {key: shown(value) for key, value in self.parameters.items()},
            "Outputs": self.outputs(),
            "Mode": "Auto",
            "ExecutedBy": self.by,
            "ResolvedTargets": {"ParameterValues": [], "Truncated": False},
        }
        if self.finished:
            record["ExecutionEndTime"] = self.finished.timestamp()
        if self.why:
            record["FailureMessage"] = self.why
        if self.parent:
            record["ParentAutomationExecutionId"] = self.parent.id
        if self.current and not self.ended:
            record["CurrentStepName"] = self.current.name
            record["CurrentAction"] = self.current.step["action"]
        return record

    # ---- the run ----

    def run(self) -> None:
        """Carry the document out; never raises."""
        try:
            role = self.role()
            if role is not None:
                self._session = GUARD.session(
                    role, "ssm.amazonaws.com", f"automation-{self.id}", self._automations.arn(self)
                )
            self.status = "InProgress"
            self._tell()
            self._run_steps()
        except (Refused, NoSuchValue) as refused:
            self._end("Failed", str(refused))
        except Exception as broken:
            # A fault of the sandbox must not look like a run that never ends.
            self._end("Failed", f"the sandbox broke: {type(broken).__name__}: {broken}")

    def _run_steps(self) -> None:
        position: int | None = 0
        carried_out = 0
        while position is not None and position < len(self.steps):
            carried_out += 1
            if carried_out > _MOST_STEPS:
                self._end("Failed", f"more than {_MOST_STEPS} steps")
                return
            step = self.steps[position]
            self.current = step
            lead = self._carry_out(step)
            if step.status == "Cancelled":
                self._end("Cancelled", "")
                return
            position = self._next(position, step, lead)
        failed = self._failed
        self._end(failed or "Success", self.why if failed else "")

    def _next(self, position: int, step: StepRun, lead: str | None) -> int | None:
        """Where it goes on; None where it ends."""
        definition = step.step
        if step.status in ("Failed", "TimedOut"):
            if step.critical:
                self._failed = self._failed or step.status
                self.why = self.why or f"Step {step.name} {step.status.lower()}: {step.why}"
            on_failure = str(definition.get("onFailure", "Abort"))
            if on_failure == "Abort" or _true(definition.get("isEnd")):
                self._failed = self._failed or (step.status if on_failure == "Abort" else "")
                self.why = self.why or f"Step {step.name} {step.status.lower()}: {step.why}"
                return None
            if on_failure == "Continue":
                return position + 1
            return self._position(on_failure.removeprefix("step:"))
        if lead:
            return self._position(lead)
        if _true(definition.get("isEnd")):
            return None
        if "nextStep" in definition:
            return self._position(definition["nextStep"])
        return position + 1

    def _position(self, name: str) -> int:
        return next(index for index, step in enumerate(self.steps) if step.name == name)

    def _carry_out(self, step: StepRun) -> str | None:
        """Carry a step out, again where it may be tried again; the step it leads to, if it
        decides."""
        definition = step.step
        step.started, step.ended, step.why, step.tries = datetime.now(UTC), None, "", 0
        most = int(definition.get("maxAttempts", 1))
        lead = None
        while True:
            step.tries += 1
            step.status = "InProgress"
            try:
                lead = self._try(step)
                step.status = "Success"
            except StepTimedOut as late:
                step.status, step.why = "TimedOut", str(late)
            except StepFailed as failed:
                step.status, step.why = "Failed", str(failed)
            except StepStopped:
                step.status = "Cancelled"
            if self.stopped():
                step.status = "Cancelled"
            self._wanted = frozenset()
            if step.status in ("Success", "Cancelled") or step.tries >= most:
                break
        step.ended = datetime.now(UTC)
        self.status = "InProgress"
        return lead

    def _try(self, step: StepRun) -> str | None:
        definition = step.step
        try:
            step.inputs = filled(definition["inputs"], self._find)
        except NoSuchValue as nothing:
            raise StepFailed(str(nothing)) from None
        order = Order(step.name, definition["action"], step.inputs, time_limit(definition))
        answer = ACTIONS[order.action](self, order)
        if order.action == "aws:branch":
            lead: str | None = answer["NextStep"]
            return lead
        step.outputs = self._outputs(definition, answer)
        return None

    @staticmethod
    def _outputs(definition: Mapping[str, Any], answer: Any) -> dict[str, Any]:
        outputs: dict[str, Any] = {"OutputPayload": answer}
        if isinstance(answer, Mapping):
            outputs |= answer
        for output in definition.get("outputs", ()):
            try:
                value = selected(output["Selector"], answer)
            except NoSuchValue as nothing:
                raise StepFailed(f"output {output['Name']}: {nothing}") from None
            outputs[output["Name"]] = _of_type(value, output)
        return outputs

    def _find(self, name: str) -> Any:
        if name in self.parameters:
            return self.parameters[name]
        if name == "automation:EXECUTION_ID":
            return self.id
        if name == "global:REGION":
            return self.region
        if name == "global:ACCOUNT_ID":
            return self._automations.account
        step_name, _, output = name.partition(".")
        for step in self.steps:
            if step.name == step_name and output in step.outputs:
                return step.outputs[output]
        raise NoSuchValue(f"{{{{ {name} }}}} has no value: its step has not run")

    def _end(self, status: str, why: str) -> None:
        self.why = why
        self.finished = datetime.now(UTC)
        self.status = status
        self.current = None
        self._tell()

    def _tell(self) -> None:
        """Put the event that Systems Manager puts when an execution begins or ends."""
        # Later than the modules of the sandbox know each other.
        from sandbox.aws.events import put_event

        ended = self.finished or datetime.now(UTC)
        detail = {
            "ExecutionId": self.id,
            "Definition": self.document_name,
            "DefinitionVersion": float(self.document_version),
            "Status": self.status,
            "StartTime": _told(self.started),
            "EndTime": _told(ended),
            "Time": (ended - self.started).total_seconds() * 1000,
            "ExecutedBy": self.by,
        }
        definition = f"automation-definition/{self.document_name}:{self.document_version}"
        arn = self._automations.arn(self)
        resources = [arn, f"{arn.rpartition(':')[0]}:{definition}"]
        # A region that is cut off says nothing.
        with contextlib.suppress(LookupError):
            put_event(
                "aws.ssm",
                "EC2 Automation Execution Status-change Notification",
                detail,
                region=self.region,
                account=self._automations.account,
                resources=resources,
            )


def _told(moment: datetime) -> str:
    """As these events write a time: ``Nov 29, 2024 7:43:20 PM``."""
    return f"{moment:%b} {moment.day}, {moment:%Y} {moment.hour % 12 or 12}:{moment:%M:%S %p}"


class AutomationError(Exception):
    """What the API refuses: AWS's code, and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Automations:
    """The executions of one account and region.

    find: a document by name and version: its version, and its content.
    endpoint: where the sandbox's AWS answers.
    anybody: credentials of the account, for documents without a role.
    """

    def __init__(
        self,
        account: str,
        region: str,
        find: Callable[[str, str | None], tuple[str, Mapping[str, Any]]],
        endpoint: Callable[[], str],
        anybody: dict[str, str],
    ) -> None:
        self.account = account
        self.region = region
        self.endpoint = endpoint
        self.anybody = anybody
        self.executions: dict[str, Execution] = {}
        self._find = find

    def arn(self, execution: Execution) -> str:
        """An execution's ARN."""
        return f"arn:aws:ssm:{self.region}:{self.account}:automation-execution/{execution.id}"

    def prepare(
        self,
        name: str,
        version: str | None,
        parameters: Mapping[str, list[str]],
        by: str,
        parent: Execution | None = None,
    ) -> Execution:
        """An execution that has not begun; raises AutomationError."""
        number, document = self._find(name, version)
        values = _parameters(document, parameters)
        return Execution(self, name, number, document, values, by, parent)

    def begin(self, execution: Execution) -> None:
        """Start it."""
        self.executions[execution.id] = execution
        threading.Thread(target=execution.run, name=execution.id, daemon=True).start()

    def execution(self, id_: str) -> Execution:
        """An execution by its id; raises AutomationError."""
        found = self.executions.get(id_)
        if found is None:
            raise AutomationError(
                "AutomationExecutionNotFoundException",
                f"There is no automation execution information for the requested id {id_}",
            )
        return found


def _parameters(document: Mapping[str, Any], given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Parameters as a document reads them; the API carries lists of texts."""
    known = document.get("parameters") or {}
    for name in given:
        if name not in known:
            raise AutomationError(
                "InvalidAutomationExecutionParametersException",
                f"Invalid parameters: unknown parameter {name}",
            )
    values: dict[str, Any] = {}
    for name, definition in known.items():
        if name in given:
            values[name] = _read(definition["type"], list(given[name]))
        elif "default" in definition:
            values[name] = definition["default"]
        else:
            raise AutomationError(
                "InvalidAutomationExecutionParametersException",
                f"Invalid parameters: {name} is required",
            )
        allowed = definition.get("allowedValues")
        if allowed is not None and values[name] not in allowed:
            raise AutomationError(
                "InvalidAutomationExecutionParametersException",
                f"Invalid parameters: {name} is one of {', '.join(map(str, allowed))}",
            )
    return values


def _read(kind: str, texts: list[str]) -> Any:
    if kind == "StringList":
        return texts
    text = texts[0] if texts else ""
    if kind == "Integer":
        return int(text)
    if kind == "Boolean":
        return text.lower() == "true"
    return text


def _of_type(value: Any, output: Mapping[str, Any]) -> Any:
    """A value that is not of the type that its output declares fails the step."""
    kinds: Mapping[str, tuple[type, ...]] = {
        "String": (str,),
        "StringList": (list,),
        "Boolean": (bool,),
        "Integer": (int,),
        "MapList": (list,),
        "StringMap": (dict,),
    }
    wrong = not isinstance(value, kinds[output["Type"]])
    if wrong or (output["Type"] == "Integer" and isinstance(value, bool)):
        raise StepFailed(f"output {output['Name']} is {as_text(value)}, not a {output['Type']}")
    return value


def _among(caller: str, approvers: list[str]) -> bool:
    """Whether a principal is one of those named: a user or a role by ARN, or a user by name."""
    names = {caller, caller.rpartition("/")[2]}
    parts = caller.split(":")
    if parts[5].startswith("assumed-role/"):
        role = parts[5].split("/")[1]
        names = {caller, f"arn:aws:iam::{parts[4]}:role/{role}"}
    return not names.isdisjoint(approvers)


def time_limit(step: Mapping[str, Any]) -> int:
    """Seconds that a step may take."""
    default = TIME_LIMITS.get(step["action"], OTHER_TIME_LIMIT)
    return int(step.get("timeoutSeconds", default))


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
