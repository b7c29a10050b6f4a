"""Automation's operations as the API has them."""

import json
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ssm.exceptions import SSMException
from moto.sts.models import sts_backends

from sandbox.aws.automation.execution import AutomationError, Automations, Execution, Signal

_SUMMARY = (
    "AutomationExecutionId",
    "AutomationExecutionStatus",
    "CurrentAction",
    "CurrentStepName",
    "DocumentName",
    "DocumentVersion",
    "ExecutedBy",
    "ExecutionEndTime",
    "ExecutionStartTime",
    "FailureMessage",
    "Mode",
    "Outputs",
    "ParentAutomationExecutionId",
)
_FILTERS = {
    "DocumentNamePrefix": lambda run, values: any(
        run.document_name.startswith(value) for value in values
    ),
    "ExecutionId": lambda run, values: run.id in values,
    "ExecutionStatus": lambda run, values: run.status in values,
    "ParentExecutionId": lambda run, values: bool(run.parent and run.parent.id in values),
}


class AutomationOperations:
    """Mixed into the responses of Systems Manager."""

    body: Any
    access_key: str
    current_account: str

    @property
    def automations(self) -> Automations:
        """The executions of the caller's account and region."""
        raise NotImplementedError

    def _asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads(self.body)
        return asked

    def start_automation_execution(self) -> ActionResult:
        asked = self._asked()
        with _Refusals():
            execution = self.automations.prepare(
                asked["DocumentName"],
                asked.get("DocumentVersion"),
                asked.get("Parameters") or {},
                self._caller(),
            )
        self.automations.begin(execution)
        return ActionResult({"AutomationExecutionId": execution.id})

    def get_automation_execution(self) -> ActionResult:
        return ActionResult({"AutomationExecution": self._execution().described()})

    def describe_automation_executions(self) -> ActionResult:
        filters = self._asked().get("Filters") or []
        for one in filters:
            if one["Key"] not in _FILTERS:
                raise SSMException("InvalidFilterKey", f"The filter key is not valid: {one['Key']}")
        found = [
            execution
            for execution in self.automations.executions.values()
            if all(_FILTERS[one["Key"]](execution, one["Values"]) for one in filters)
        ]
        found.sort(key=lambda one: one.started, reverse=True)
        return ActionResult({"AutomationExecutionMetadataList": [_summary(one) for one in found]})

    def describe_automation_step_executions(self) -> ActionResult:
        steps = [step.described() for step in self._execution().steps]
        if self._asked().get("ReverseOrder"):
            steps.reverse()
        return ActionResult({"StepExecutions": steps})

    def stop_automation_execution(self) -> EmptyResult:
        self._execution().stop()
        return EmptyResult()

    def send_automation_signal(self) -> EmptyResult:
        asked = self._asked()
        comment = ((asked.get("Payload") or {}).get("Comment") or [""])[0]
        with _Refusals():
            self._execution().signal(Signal(asked["SignalType"], self._caller(), comment))
        return EmptyResult()

    def _execution(self) -> Execution:
        with _Refusals():
            return self.automations.execution(self._asked()["AutomationExecutionId"])

    def _caller(self) -> str:
        """The ARN of whoever asks."""
        backend = sts_backends[self.current_account]["aws"]
        role = backend.get_assumed_role_from_access_key(self.access_key)
        return role.arn if role else f"arn:aws:iam::{self.current_account}:user/moto"


class _Refusals:
    """What an execution refuses, as an error of the API."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, AutomationError):
            raise SSMException(error.code, str(error)) from None


def _summary(execution: Execution) -> dict[str, Any]:
    described = execution.described()
    return {key: described[key] for key in _SUMMARY if key in described}
