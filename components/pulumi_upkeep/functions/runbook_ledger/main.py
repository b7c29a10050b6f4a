"""Every run of a runbook that ended, by whoever it was started, as an entry of the ledger.

EventBridge hands it Systems Manager's own event. It may come twice: an execution stands in the
ledger once, whoever wrote it first.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from common.ledger import Ledger
from common.proofs import simulated

# Ids of a sandbox's executions begin so: nobody takes one for that of a real account.
SIMULATED_EXECUTION = "5a4db0c5-"
PASSED = "Success"


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Writes the entry; answers with its place, or why there is none."""
    detail = event["detail"]
    execution = detail["ExecutionId"]
    # By its name, or by an ARN that ends in it.
    document = detail["Definition"].rpartition("/")[2]
    scenario = json.loads(os.environ["SCENARIOS"]).get(document)
    if scenario is None:
        return {"ignored": f"{document} is no runbook of ours"}
    run = boto3.client("ssm").get_automation_execution(AutomationExecutionId=execution)[
        "AutomationExecution"
    ]
    ledger = Ledger(
        boto3.client("s3", region_name=os.environ["LEDGER_REGION"]), os.environ["LEDGER_BUCKET"]
    )
    # As the event says: the run may be described a moment later than it ended.
    status = detail["Status"]
    entry = ledger.append(
        kind="drill",
        name=scenario,
        execution=execution,
        passed=status == PASSED,
        simulated=execution.startswith(SIMULATED_EXECUTION) or simulated(),
        configuration=os.environ["CONFIGURATION"],
        detail={
            "document": document,
            "region": event["region"],
            "status": status,
            "said": run.get("FailureMessage", ""),
            "by": run.get("ExecutedBy", ""),
            "part_of": run.get("ParentAutomationExecutionId", ""),
            "started": _text(run.get("ExecutionStartTime")),
            "ended": _text(run.get("ExecutionEndTime")),
            "steps": [
                {
                    "name": step["StepName"],
                    "status": step["StepStatus"],
                    "started": _text(step.get("ExecutionStartTime")),
                    "ended": _text(step.get("ExecutionEndTime")),
                }
                for step in run.get("StepExecutions") or ()
            ],
        },
    )
    return {"sequence": entry.sequence, "passed": entry.passed, "simulated": entry.simulated}


def _text(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else ""
