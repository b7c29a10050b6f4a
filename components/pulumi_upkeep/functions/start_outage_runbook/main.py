"""Starts the runbook of a complete outage when a Region switch plan comes to that step.

Everything that is done, the fencing of an old primary first, is in the document. A step that is
tried again starts nothing twice: the plan's execution stands for one run.

DOCUMENT (environment): name of the Automation document, in the function's own region.
The event is Region switch's: {"PlanArn", "ExecutionId", "StepName", ...}.
"""

import json
import os
import uuid
from collections.abc import Mapping
from typing import Any

import boto3


def handler(event: Mapping[str, Any], context: Any) -> dict[str, str]:
    """Answers with {"execution": its id}. Raises what Systems Manager refuses it with."""
    document = os.environ["DOCUMENT"]
    started = boto3.client("ssm").start_automation_execution(
        DocumentName=document, ClientToken=_token(event)
    )
    found = {"execution": started["AutomationExecutionId"]}
    print(json.dumps({"document": document, "for": event.get("ExecutionId"), **found}))
    return found


def _token(event: Mapping[str, Any]) -> str:
    """The same for every try of one step of one execution; Systems Manager wants a UUID."""
    of = [event["PlanArn"], event["ExecutionId"], event.get("StepName") or ""]
    return str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(of)))
