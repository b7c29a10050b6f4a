"""``python -m tools.upkeep rehearse``: the drills of a plan, in a real account.

The workflow `drill.yml` asks every week whether one is due, deploys what the plan says that drills
build, and calls this: each scenario's document is started as a person would start it, those who
decide are asked as in an emergency, and what came of it goes into the ledger by its execution's id.
Nothing is broken on purpose here. What a runbook changed stays as it left it: after a database's
failure the plan has to name the new writer, as the runbook says.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pulumi_upkeep.functions.common.ledger import Ledger
from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.measured import SIMULATED_EXECUTION
from pulumi_upkeep.plan.read import load_plan
from pulumi_upkeep.plan.runs import runs_on
from pulumi_upkeep.recover.runbook.of_plan import configuration
from rich.console import Console

from tools.upkeep.drill_runbook import ENDED, PLANTED_SUFFIX
from tools.upkeep.paths import PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

# ``client(service, region)``, as boto3 makes them.
MakeClient = Callable[[str, str], Any]

_SECONDS_BETWEEN_LOOKS = 15.0
_SECONDS_AT_MOST = 4 * 3600.0


def is_due(plan: Plan, now: datetime) -> bool:
    """Whether the plan's drills are on this day, on its own clocks."""
    if plan.drills is None:
        return False
    return runs_on(plan.drills, now.astimezone(ZoneInfo(plan.timezone)).date())


def due(stack: str, now: datetime) -> bool:
    """The same of a stack's file."""
    return is_due(_plan(stack), now)


def rehearse(
    console: Console,
    stack: str,
    bucket: str,
    client: MakeClient,
    pause: float = _SECONDS_BETWEEN_LOOKS,
) -> None:
    """Start each scenario's documents, wait for their end, and write the ledger.

    bucket: that of the stack's evidence. Stop where one does not succeed, after all have run.
    """
    plan = _plan(stack)
    if plan.drills is None:
        raise Stop(f"Pulumi.{stack}.yaml has no `drills`")
    ledger = Ledger(client("s3", plan.regions.recovery), bucket)
    failed = []
    for scenario in plan.drills.scenarios:
        for region, document in _documents(plan, stack, scenario, client):
            run = _run(client("ssm", region), document, pause)
            passed = run["AutomationExecutionStatus"] == "Success"
            ledger.append(
                kind="drill",
                name=scenario,
                execution=run["AutomationExecutionId"],
                passed=passed,
                simulated=run["AutomationExecutionId"].startswith(SIMULATED_EXECUTION),
                configuration=configuration(plan),
                detail={
                    "document": document,
                    "region": region,
                    "status": run["AutomationExecutionStatus"],
                    "said": run.get("FailureMessage", ""),
                    "steps": [
                        {"name": step["StepName"], "status": step["StepStatus"]}
                        for step in run.get("StepExecutions") or ()
                    ],
                },
            )
            console.print(f"{document}: {run['AutomationExecutionStatus']}", highlight=False)
            if not passed:
                failed.append(document)
    if failed:
        raise Stop(f"did not succeed: {', '.join(failed)}")


def _plan(stack: str) -> Plan:
    [stack] = chosen(PROJECT, stack)
    try:
        return load_plan(stack_file(PROJECT, stack))
    except PlanError as error:
        raise Stop(str(error)) from None


def _documents(plan: Plan, stack: str, scenario: str, client: MakeClient) -> list[tuple[str, str]]:
    """The documents of a scenario and where they are. Stop where there is none."""
    found = []
    for region in (plan.regions.recovery, plan.regions.primary):
        pages = client("ssm", region).get_paginator("list_documents")
        for page in pages.paginate(Filters=[{"Key": "Owner", "Values": ["Self"]}]):
            found += [
                (region, each["Name"])
                for each in page["DocumentIdentifiers"]
                if f"-{stack}-{scenario}" in each["Name"]
                and not each["Name"].endswith(PLANTED_SUFFIX)
            ]
    if not found:
        raise Stop(f"{stack} has no document for {scenario}: deploy it with UPKEEP_DRILL=on first")
    return sorted(found)


def _run(ssm: Any, document: str, pause: float) -> dict[str, Any]:
    execution = ssm.start_automation_execution(DocumentName=document)["AutomationExecutionId"]
    deadline = time.monotonic() + _SECONDS_AT_MOST
    while True:
        run: dict[str, Any] = ssm.get_automation_execution(AutomationExecutionId=execution)[
            "AutomationExecution"
        ]
        if run["AutomationExecutionStatus"] in ENDED:
            return run
        if time.monotonic() > deadline:
            ssm.stop_automation_execution(AutomationExecutionId=execution, Type="Cancel")
        time.sleep(pause)
