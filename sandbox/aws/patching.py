"""Patch Manager of Systems Manager, of which moto has baselines alone; and the tasks of windows as
one reads and changes them.

A server's patch state is what Patch Manager would have reported of it: nothing is patched here. A
run of ``AWS-RunPatchBaseline`` with ``Install`` leaves nothing missing, one with ``Scan`` leaves it
as it is, and a control plants what is to be found (``POST /_upkeep/patch-states``).
"""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time
from moto.ssm.exceptions import DoesNotExistException
from werkzeug.wrappers import Request

from sandbox.aws.controls import Answer, control

DOCUMENT = "AWS-RunPatchBaseline"
_COUNTS = (
    "InstalledCount",
    "InstalledOtherCount",
    "InstalledPendingRebootCount",
    "InstalledRejectedCount",
    "MissingCount",
    "FailedCount",
    "NotApplicableCount",
    "CriticalNonCompliantCount",
    "SecurityNonCompliantCount",
    "OtherNonCompliantCount",
)
_BASELINE = {
    "ApprovalRules": "approval_rules",
    "ApprovedPatches": "approved_patches",
    "ApprovedPatchesComplianceLevel": "approved_patches_compliance_level",
    "ApprovedPatchesEnableNonSecurity": "approved_patches_enable_non_security",
    "Description": "description",
    "GlobalFilters": "global_filters",
    "Name": "name",
    "RejectedPatches": "rejected_patches",
    "RejectedPatchesAction": "rejected_patches_action",
    "Sources": "sources",
}
_TARGET = {
    "Description": "description",
    "Name": "name",
    "OwnerInformation": "owner_information",
    "Targets": "targets",
}
_TASK = {
    "CutoffBehavior": "cutoff_behavior",
    "Description": "description",
    "MaxConcurrency": "max_concurrency",
    "MaxErrors": "max_errors",
    "Name": "name",
    "Priority": "priority",
    "ServiceRoleArn": "service_role_arn",
    "Targets": "targets",
    "TaskArn": "task_arn",
    "TaskInvocationParameters": "task_invocation_parameters",
}


class PatchStates:
    """What was reported of the servers of an account and region, by instance."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}

    def report(self, instance: str, operation: str, **told: Any) -> dict[str, Any]:
        """The state after a scan or an installation."""
        now = unix_time()
        before = self.known.get(instance, {})
        state = {
            **dict.fromkeys(_COUNTS, 0),
            "PatchGroup": "",
            "BaselineId": "",
            "RebootOption": "NoReboot",
            **before,
            "InstanceId": instance,
            "Operation": operation,
            "OperationStartTime": now,
            "OperationEndTime": now,
            **told,
        }
        self.known[instance] = state
        return state

    def run(
        self,
        instances: Iterable[str],
        parameters: Mapping[str, list[str]],
        baselines: Mapping[str, Mapping[str, str]],
    ) -> None:
        """What a run of the document leaves behind; ``baselines`` are what each server has."""
        (operation,) = parameters.get("Operation", ["Scan"])
        (reboot,) = parameters.get("RebootOption", ["RebootIfNeeded"])
        for instance in instances:
            has = baselines.get(instance, {})
            if operation == "Install":
                pending = 0 if reboot == "RebootIfNeeded" else 1
                told = {
                    **dict.fromkeys(_COUNTS, 0),
                    "InstalledPendingRebootCount": pending,
                    "RebootOption": reboot,
                    **has,
                }
                self.report(instance, operation, **told)
            else:
                self.report(instance, operation, **has)


class PatchOperations:
    """Mixed into the responses of Systems Manager."""

    body: Any
    ssm_backend: Any

    def _asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads(self.body or "{}")
        return asked

    def _baseline(self) -> Any:
        id_ = self._asked()["BaselineId"]
        if id_ not in self.ssm_backend.baselines:
            raise DoesNotExistException(id_)
        return self.ssm_backend.baselines[id_]

    def get_patch_baseline(self) -> ActionResult:
        """``GetPatchBaseline``."""
        return ActionResult(_baseline(self._baseline(), self.ssm_backend))

    def update_patch_baseline(self) -> ActionResult:
        """``UpdatePatchBaseline``; with ``Replace`` what is not sent is gone."""
        baseline, asked = self._baseline(), self._asked()
        _change(baseline, asked, _BASELINE)
        return ActionResult(_baseline(baseline, self.ssm_backend))

    def delete_patch_baseline(self) -> ActionResult:
        """``DeletePatchBaseline``: one that servers have is refused."""
        baseline = self._baseline()
        if any(held == baseline.id for held in self.ssm_backend.patch_group_of.values()):
            from moto.ssm.exceptions import SSMException

            raise SSMException("ResourceInUseException", f"{baseline.id} has patch groups.")
        del self.ssm_backend.baselines[baseline.id]
        return ActionResult({"BaselineId": baseline.id})

    def register_patch_baseline_for_patch_group(self) -> ActionResult:
        """``RegisterPatchBaselineForPatchGroup``: one baseline per system and group."""
        baseline, group = self._baseline(), self._asked()["PatchGroup"]
        held = self.ssm_backend.patch_group_of.get((group, baseline.operating_system))
        if held not in (None, baseline.id):
            from moto.ssm.exceptions import SSMException

            raise SSMException(
                "AlreadyExistsException",
                f"Patch Group baseline already has a baseline registered for "
                f"OperatingSystem {baseline.operating_system}.",
            )
        self.ssm_backend.patch_group_of[(group, baseline.operating_system)] = baseline.id
        return ActionResult({"BaselineId": baseline.id, "PatchGroup": group})

    def deregister_patch_baseline_for_patch_group(self) -> ActionResult:
        """``DeregisterPatchBaselineForPatchGroup``."""
        baseline, group = self._baseline(), self._asked()["PatchGroup"]
        self.ssm_backend.patch_group_of.pop((group, baseline.operating_system), None)
        return ActionResult({"BaselineId": baseline.id, "PatchGroup": group})

    def get_patch_baseline_for_patch_group(self) -> ActionResult:
        """``GetPatchBaselineForPatchGroup``; AWS's own for a group that has none."""
        asked = self._asked()
        group, system = asked["PatchGroup"], asked.get("OperatingSystem", "WINDOWS")
        held = self.ssm_backend.patch_group_of.get((group, system))
        if held is None:
            held = self.ssm_backend.get_patch_baseline_for_patch_group(group, system)[0]
        return ActionResult({"BaselineId": held, "PatchGroup": group, "OperatingSystem": system})

    def describe_patch_groups(self) -> ActionResult:
        """``DescribePatchGroups``, as a whole."""
        mappings = [
            {
                "PatchGroup": group,
                "BaselineIdentity": {
                    "BaselineId": id_,
                    "BaselineName": self.ssm_backend.baselines[id_].name,
                    "OperatingSystem": system,
                    "DefaultBaseline": False,
                },
            }
            for (group, system), id_ in sorted(self.ssm_backend.patch_group_of.items())
        ]
        return ActionResult({"Mappings": mappings})

    def describe_instance_patch_states(self) -> ActionResult:
        """``DescribeInstancePatchStates``: of servers that never reported there is none."""
        known = self.ssm_backend.patch_states.known
        found = [known[one] for one in self._asked()["InstanceIds"] if one in known]
        return ActionResult({"InstancePatchStates": found})

    def list_commands(self) -> ActionResult:
        """``ListCommands``; moto does not filter by document."""
        asked = self._asked()
        wanted = {one["key"]: one["value"] for one in asked.get("Filters", [])}
        commands = self.ssm_backend.list_commands(asked.get("CommandId"), asked.get("InstanceId"))
        found = [
            one.response_object()
            for one in commands
            if wanted.get("DocumentName") in (None, one.document_name)
        ]
        return ActionResult({"Commands": found})

    def get_maintenance_window_task(self) -> ActionResult:
        """``GetMaintenanceWindowTask``."""
        task = self._of_window("tasks", "WindowTaskId")
        told = {**task.to_json(), "CutoffBehavior": task.cutoff_behavior}
        given = told["TaskInvocationParameters"] or {}
        if payload := (given.get("Lambda") or {}).get("Payload"):
            # It was sent as base64, and is encoded once more when it is told.
            decoded = {**given["Lambda"], "Payload": base64.b64decode(payload)}
            told["TaskInvocationParameters"] = {**given, "Lambda": decoded}
        return ActionResult({key: value for key, value in told.items() if value is not None})

    def update_maintenance_window_task(self) -> ActionResult:
        """``UpdateMaintenanceWindowTask``; with ``Replace`` what is not sent is gone."""
        task, asked = self._of_window("tasks", "WindowTaskId"), self._asked()
        _change(task, asked, _TASK)
        return ActionResult({key: value for key, value in task.to_json().items() if value})

    def update_maintenance_window_target(self) -> ActionResult:
        """``UpdateMaintenanceWindowTarget``; with ``Replace`` what is not sent is gone."""
        target, asked = self._of_window("targets", "WindowTargetId"), self._asked()
        _change(target, asked, _TARGET)
        return ActionResult({key: value for key, value in target.to_json().items() if value})

    def deregister_target_from_maintenance_window(self) -> ActionResult:
        """``DeregisterTargetFromMaintenanceWindow``."""
        target = self._of_window("targets", "WindowTargetId")
        del self.ssm_backend.windows[target.window_id].targets[target.window_target_id]
        return EmptyResult()

    def deregister_task_from_maintenance_window(self) -> ActionResult:
        """``DeregisterTaskFromMaintenanceWindow``."""
        task = self._of_window("tasks", "WindowTaskId")
        del self.ssm_backend.windows[task.window_id].tasks[task.window_task_id]
        return EmptyResult()

    def _of_window(self, what: str, key: str) -> Any:
        asked = self._asked()
        window = self.ssm_backend.get_maintenance_window(asked["WindowId"])
        held = getattr(window, what)
        if asked[key] not in held:
            raise DoesNotExistException(asked[key])
        return held[asked[key]]


def _change(thing: Any, asked: Mapping[str, Any], names: Mapping[str, str]) -> None:
    for key, attribute in names.items():
        if key in asked:
            setattr(thing, attribute, asked[key])
        elif asked.get("Replace"):
            setattr(thing, attribute, None)


def _baseline(baseline: Any, backend: Any) -> dict[str, Any]:
    told = baseline.to_json()
    told["Name"] = told.pop("BaselineName")
    told["Description"] = told.pop("BaselineDescription")
    told["PatchGroups"] = sorted(
        group for (group, _), id_ in backend.patch_group_of.items() if id_ == baseline.id
    )
    return {key: value for key, value in told.items() if value is not None}


def run_command(
    account: str,
    region: str,
    document: str,
    instances: Iterable[str],
    parameters: Mapping[str, list[str]],
    comment: str = "",
) -> str:
    """What a window's task of the type ``RUN_COMMAND`` does: a command on some servers, whose id is
    answered, and the patch states it leaves."""
    from moto.ssm.models import ssm_backends

    backend: Any = ssm_backends[account][region]
    found = sorted(set(instances))
    command = backend.send_command(
        document_name=document,
        instance_ids=[*found],
        parameters={key: [*values] for key, values in parameters.items()},
        comment=comment,
        timeout_seconds=None,
        max_concurrency="",
        max_errors="",
        notification_config=None,
        output_s3_bucket_name="",
        output_s3_key_prefix="",
        output_s3_region="",
        service_role_arn="",
        targets=[],
    )
    if document == DOCUMENT:
        has = {each: _has(backend, account, region, each) for each in found}
        backend.patch_states.run(found, parameters, has)
    return str(command.command_id)


def _has(backend: Any, account: str, region: str, instance: str) -> dict[str, str]:
    """A server's patch group, by its tag, and the baseline of that."""
    from moto.ec2.models import ec2_backends

    told = ec2_backends[account][region].get_instance(instance).get_tags()
    group = next((tag["value"] for tag in told if tag["key"] == "PatchGroup"), "")
    found = [id_ for (name, _), id_ in backend.patch_group_of.items() if name == group]
    aws = f"arn:aws:ssm:{region}:075727635805:patchbaseline/pb-0c10e65780EXAMPLE"
    return {"PatchGroup": group, "BaselineId": found[0] if found else aws}


@control("POST", "patch-states")
def _plant(request: Request, rest: str) -> Answer:
    """``{"instance": ..., "region": ..., "operation": "Scan", "MissingCount": 3}``: what a scan
    found. The server's baseline is the one that it has."""
    from moto.ssm.models import ssm_backends

    told: dict[str, Any] = dict(request.get_json())
    region = told.pop("region", "us-east-1")
    account = told.pop("account", "123456789012")
    instance, operation = told.pop("instance"), told.pop("operation", "Scan")
    backend: Any = ssm_backends[account][region]
    has = _has(backend, account, region, instance)
    return backend.patch_states.report(instance, operation, **{**has, **told})
