"""Maintenance windows of Systems Manager: what moto leaves out of them, and a control that opens
one and runs what is registered with it.

``POST /_upkeep/maintenance-windows/run``  ``{"window": name or id, "region": "us-east-1",
"wait": 30}``: each task in the order of its priority; answers what ran and how it ended.
``GET /_upkeep/maintenance-windows``       every window, when it opens next, and its tasks.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from moto.core.responses import ActionResult
from moto.ssm.exceptions import ValidationException
from werkzeug.wrappers import Request

from sandbox.aws import functions, patching
from sandbox.aws.controls import Answer, control
from sandbox.aws.window_schedule import faults, next_opening

REGION, ACCOUNT = "us-east-1", "123456789012"
# How long a task may take where nobody says otherwise, in seconds.
PATIENCE = 60.0
_CHANGED = {
    "Name": "name",
    "Description": "description",
    "Duration": "duration",
    "Cutoff": "cutoff",
    "Schedule": "schedule",
    "ScheduleTimezone": "schedule_timezone",
    "ScheduleOffset": "schedule_offset",
    "StartDate": "start_date",
    "EndDate": "end_date",
    "Enabled": "enabled",
    "AllowUnassociatedTargets": "allow_unassociated_targets",
}


def shown(window: Any) -> dict[str, Any]:
    """A window as the service shows it."""
    told: dict[str, Any] = window.to_json()
    told["Enabled"] = getattr(window, "enabled", True)
    told["AllowUnassociatedTargets"] = getattr(window, "allow_unassociated_targets", False)
    opens = next_opening(told, datetime.now(UTC))
    if opens is not None:
        told["NextExecutionTime"] = opens.strftime("%Y-%m-%dT%H:%MZ")
    return {key: value for key, value in told.items() if value not in (None, "")}


def _check(document: Mapping[str, Any]) -> None:
    if found := list(faults(document)):
        raise ValidationException("; ".join(found))


class WindowOperations:
    """The operations; mixed into Systems Manager's responses."""

    ssm_backend: Any
    body: Any

    def create_maintenance_window(self) -> ActionResult:
        """``CreateMaintenanceWindow``, refused where the service would."""
        asked = json.loads(self.body)
        _check(asked)
        answer: ActionResult = super().create_maintenance_window()  # type: ignore[misc]
        newest = next(reversed(self.ssm_backend.windows.values()))
        newest.enabled = True
        newest.allow_unassociated_targets = asked["AllowUnassociatedTargets"]
        return answer

    def update_maintenance_window(self) -> ActionResult:
        """``UpdateMaintenanceWindow``; with ``Replace`` what is not sent is gone."""
        asked = json.loads(self.body)
        window = self.ssm_backend.get_maintenance_window(asked["WindowId"])
        kept = {} if asked.get("Replace") else shown(window)
        _check({**kept, **asked})
        for key, attribute in _CHANGED.items():
            if key in asked:
                setattr(window, attribute, asked[key])
            elif asked.get("Replace"):
                setattr(window, attribute, key == "Enabled" or None)
        return ActionResult(shown(window))

    def get_maintenance_window(self) -> ActionResult:
        """``GetMaintenanceWindow``."""
        asked = json.loads(self.body)
        return ActionResult(shown(self.ssm_backend.get_maintenance_window(asked["WindowId"])))

    def describe_maintenance_windows(self) -> ActionResult:
        """``DescribeMaintenanceWindows``, by name."""
        found = self.ssm_backend.describe_maintenance_windows(json.loads(self.body).get("Filters"))
        return ActionResult({"WindowIdentities": [shown(window) for window in found]})


# ---- opening one --------------------------------------------------------------------------------


def _window(backend: Any, wanted: str) -> Any:
    for window in backend.windows.values():
        if wanted in (window.id, window.name):
            return window
    known = ", ".join(sorted(each.name for each in backend.windows.values())) or "none"
    raise ValueError(f"no maintenance window {wanted}; there is {known}")


def run(wanted: str, region: str, account: str, wait: float) -> Iterator[dict[str, Any]]:
    """Run the tasks of a window, each priority when the one before it has ended."""
    from moto.ssm.models import ssm_backends

    backend: Any = ssm_backends[account][region]
    window = _window(backend, wanted)
    if not getattr(window, "enabled", True):
        raise ValueError(f"the window {window.name} is disabled")
    tasks = sorted(window.tasks.values(), key=lambda task: (task.priority or 0, task.name or ""))
    for _, together in groupby(tasks, key=lambda task: task.priority or 0):
        done = [(task, _begin(task, window, region, account)) for task in together]
        quiet = functions.RUNS.wait(wait)
        for task, begun in done:
            yield {
                "task": task.name,
                "type": task.task_type,
                "arn": task.task_arn,
                "ended": quiet,
                **begun,
            }


def _begin(task: Any, window: Any, region: str, account: str) -> dict[str, Any]:
    given = task.task_invocation_parameters or {}
    if task.task_type == "LAMBDA":
        if not task.service_role_arn:
            raise ValueError(f"the task {task.name} has no role to invoke its function with")
        payload = (given.get("Lambda") or {}).get("Payload") or "e30="
        event = json.loads(base64.b64decode(payload))
        try:
            functions.invoke_later(task.task_arn, event)
        except LookupError as wrong:
            raise ValueError(str(wrong)) from None
        return {"payload": event}
    if task.task_type == "RUN_COMMAND":
        asked = given.get("RunCommand") or {}
        instances = sorted(_instances(task, window, region, account))
        command = patching.run_command(
            account,
            region,
            task.task_arn,
            instances,
            asked.get("Parameters") or {},
            asked.get("Comment") or "",
        )
        return {"instances": instances, "command": command}
    raise ValueError(f"the sandbox runs no task of the type {task.task_type}")


def _instances(task: Any, window: Any, region: str, account: str) -> Iterator[str]:
    """The servers that a task works on: by id, by tag, or as they are registered."""
    for target in task.targets or ():
        if target["Key"] != "WindowTargetIds":
            yield from _matching(target, region, account)
            continue
        for id_ in target["Values"]:
            if id_ not in window.targets:
                raise ValueError(f"no target {id_} in the window {window.name}")
            for each in window.targets[id_].targets:
                yield from _matching(each, region, account)


def _matching(target: Mapping[str, Any], region: str, account: str) -> Iterator[str]:
    from moto.ec2.models import ec2_backends

    key, values = target["Key"], target["Values"]
    if key == "InstanceIds":
        yield from values
        return
    if not key.startswith("tag:"):
        raise ValueError(f"the sandbox knows no targets by {key}")
    for reservation in ec2_backends[account][region].all_reservations():
        for instance in reservation.instances:
            tags = {each["key"]: each["value"] for each in instance.get_tags()}
            if instance.state == "running" and tags.get(key.removeprefix("tag:")) in values:
                yield instance.id


@control("POST", "maintenance-windows")
def _run(request: Request, rest: str) -> Answer:
    if rest != "run":
        raise ValueError("POST /_upkeep/maintenance-windows/run")
    asked: dict[str, Any] = request.get_json()
    ran = run(
        asked["window"],
        asked.get("region", REGION),
        asked.get("account", ACCOUNT),
        float(asked.get("wait", PATIENCE)),
    )
    return {"window": asked["window"], "tasks": list(ran)}


@control("GET", "maintenance-windows")
def _all(_request: Request, _rest: str) -> Answer:
    from moto.ssm.models import ssm_backends

    return [
        {
            "account": account,
            "region": region,
            **shown(window),
            "tasks": [task.name for task in window.tasks.values()],
        }
        for account, regions in ssm_backends.items()
        for region, backend in regions.items()
        for window in getattr(backend, "windows", {}).values()
    ]
