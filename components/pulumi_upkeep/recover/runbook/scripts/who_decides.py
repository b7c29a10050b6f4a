"""Whether a person is asked here, or was asked already by the runbook that started this one."""

from typing import Any

from .clients import client


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``ask``: no, where the runbook ``asked_by`` started this execution; otherwise yes."""
    ssm = client("ssm", events["region"])

    def execution(id_: str) -> Any:
        return ssm.get_automation_execution(AutomationExecutionId=id_)["AutomationExecution"]

    parent = execution(events["execution"]).get("ParentAutomationExecutionId")
    asked = bool(parent) and execution(parent)["DocumentName"] == events["asked_by"]
    return {"ask": "no" if asked else "yes"}
