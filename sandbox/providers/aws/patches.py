"""Systems Manager: what is done in maintenance windows, and patch baselines."""

from __future__ import annotations

from typing import Any

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain, unordered
from sandbox.providers.aws.tagging import by_id, tagging
from sandbox.providers.cloud import Properties

# ---- targets and tasks of a window ---------------------------------------------------------------

_TARGETS = Prop("targets", shape=plain("key", "values"), many=True)
_TARGET: Shape = (
    *plain("windowId", "resourceType", "name", "description", "ownerInformation"),
    _TARGETS,
)


def _create_target(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("ssm").register_target_with_maintenance_window(**request)["WindowTargetId"])


def _describe_target(api: Api, id_: str, known: Properties) -> Document | None:
    for each in _registered(api, "targets", known):
        if each["WindowTargetId"] == id_:
            return each
    return None


def _update_target(api: Api, id_: str, request: Document, change: Change) -> None:
    # As the provider does: what is not sent is gone.
    sent = {key: value for key, value in request.items() if key != "ResourceType"}
    api("ssm").update_maintenance_window_target(WindowTargetId=id_, Replace=True, **sent)


def _registered(api: Api, what: str, known: Properties) -> list[Document]:
    call = getattr(api("ssm"), f"describe_maintenance_window_{what}")
    answer = found(call, WindowId=known["windowId"])
    return list(answer[what.capitalize()]) if answer else []


def _identify(what: str, key: str) -> Any:
    """By the name within the window, which AWS does not keep unique."""

    def identify(api: Api, inputs: Properties) -> str | None:
        for each in _registered(api, what, inputs):
            if inputs.get("name") and each.get("Name") == inputs["name"]:
                return str(each[key])
        return None

    return identify


def _encoded(text: str) -> bytes:
    return text.encode()


def _decoded(payload: bytes) -> str:
    return payload.decode()


_CLOUDWATCH = Prop(
    "cloudwatchConfig",
    "CloudWatchOutputConfig",
    shape=plain(
        cloudwatchLogGroupName="CloudWatchLogGroupName",
        cloudwatchOutputEnabled="CloudWatchOutputEnabled",
    ),
)


def _to_parameters(parameters: Any) -> Document:
    return {each["name"]: each["values"] for each in parameters}


def _from_parameters(parameters: Document) -> Any:
    return [{"name": name, "values": list(given)} for name, given in sorted(parameters.items())]


_INVOCATION: Shape = (
    Prop(
        "lambdaParameters",
        "Lambda",
        shape=(
            *plain("clientContext", "qualifier"),
            Prop("payload", to=_encoded, back=_decoded, json=True),
        ),
    ),
    Prop(
        "runCommandParameters",
        "RunCommand",
        shape=(
            *plain("comment", "documentVersion", "timeoutSeconds"),
            Prop("parameters", to=_to_parameters, back=_from_parameters),
            _CLOUDWATCH,
        ),
    ),
)
_TASK: Shape = (
    *plain("windowId", "taskArn", "taskType", "name", "description"),
    *plain("cutoffBehavior", "maxConcurrency", "maxErrors", "serviceRoleArn"),
    Prop("priority", default=1, default_sent=True),
    _TARGETS,
    Prop("taskInvocationParameters", shape=_INVOCATION),
)


def _create_task(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("ssm").register_task_with_maintenance_window(**request)["WindowTaskId"])


def _describe_task(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(
        api("ssm").get_maintenance_window_task, WindowId=known["windowId"], WindowTaskId=id_
    )
    return {**answer, "Arn": api.arn("ssm", f"windowtask/{id_}")} if answer else None


def _update_task(api: Api, id_: str, request: Document, change: Change) -> None:
    sent = {key: value for key, value in request.items() if key != "TaskType"}
    api("ssm").update_maintenance_window_task(WindowTaskId=id_, Replace=True, **sent)


# ---- baselines -----------------------------------------------------------------------------------

_RULE: Shape = (
    Prop(
        "patchFilters",
        "PatchFilterGroup",
        to=lambda filters: {
            "PatchFilters": [{"Key": one["key"], "Values": one["values"]} for one in filters]
        },
        back=lambda group: [
            {"key": one["Key"], "values": list(one["Values"])} for one in group["PatchFilters"]
        ],
    ),
    *plain("approveAfterDays"),
    Prop("complianceLevel", default="UNSPECIFIED", default_sent=True),
    Prop("enableNonSecurity", default=False),
)
_BASELINE: Shape = (
    *plain("name", "description"),
    Prop("operatingSystem", default="WINDOWS", default_sent=True),
    Prop("approvedPatchesComplianceLevel", default="UNSPECIFIED", default_sent=True),
    *unordered("rejectedPatches"),
    Prop("rejectedPatchesAction", computed=True),
    Prop(
        "approvalRules",
        to=lambda rules: {"PatchRules": [_rule(one) for one in rules]},
        back=lambda rules: [_told(one) for one in rules.get("PatchRules", [])] or None,
    ),
)


def _rule(rule: Properties) -> Document:
    from sandbox.providers.aws.shape import to_api

    return to_api(_RULE, rule)


def _told(rule: Document) -> Properties:
    from sandbox.providers.aws.shape import from_api

    return from_api(_RULE, rule)


def _create_baseline(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("ssm").create_patch_baseline(**request)["BaselineId"])


def _describe_baseline(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("ssm").get_patch_baseline, BaselineId=id_)
    return {**answer, "Arn": api.arn("ssm", f"patchbaseline/{id_}")} if answer else None


def _update_baseline(api: Api, id_: str, request: Document, change: Change) -> None:
    sent = {key: value for key, value in request.items() if key not in ("OperatingSystem", "Tags")}
    api("ssm").update_patch_baseline(BaselineId=id_, Replace=True, **sent)


def _identify_baseline(api: Api, inputs: Properties) -> str | None:
    """By its name, which AWS does not keep unique, among the account's own."""
    wanted = [{"Key": "NAME_PREFIX", "Values": [inputs["name"]]}]
    listed = api("ssm").describe_patch_baselines(Filters=wanted)["BaselineIdentities"]
    return next(
        (one["BaselineId"] for one in listed if one["BaselineName"] == inputs["name"]), None
    )


# ---- which servers have which --------------------------------------------------------------------


def _split(id_: str) -> tuple[str, str]:
    """``web,pb-0123`` -> group and baseline."""
    group, _, baseline = id_.rpartition(",")
    return group, baseline


def _create_group(api: Api, request: Document, inputs: Properties) -> str:
    api("ssm").register_patch_baseline_for_patch_group(**request)
    return f"{inputs['patchGroup']},{inputs['baselineId']}"


def _describe_group(api: Api, id_: str, known: Properties) -> Document | None:
    group, baseline = _split(id_)
    listed = api("ssm").describe_patch_groups()["Mappings"]
    mine = [
        {"PatchGroup": group, "BaselineId": baseline}
        for one in listed
        if one["PatchGroup"] == group and one["BaselineIdentity"]["BaselineId"] == baseline
    ]
    return only(mine)


def _delete_group(api: Api, id_: str, known: Properties) -> None:
    group, baseline = _split(id_)
    api("ssm").deregister_patch_baseline_for_patch_group(BaselineId=baseline, PatchGroup=group)


PATCHES = (
    Resource(
        token=token("ssm", "MaintenanceWindowTarget"),
        service="ssm",
        shape=_TARGET,
        create=_create_target,
        describe=_describe_target,
        update=_update_target,
        delete=lambda api, id_, known: api("ssm").deregister_target_from_maintenance_window(
            WindowId=known["windowId"], WindowTargetId=id_
        ),
        identify=_identify("targets", "WindowTargetId"),
        forces_replacement=frozenset({"windowId", "resourceType"}),
    ),
    Resource(
        token=token("ssm", "MaintenanceWindowTask"),
        service="ssm",
        shape=_TASK,
        create=_create_task,
        describe=_describe_task,
        update=_update_task,
        delete=lambda api, id_, known: api("ssm").deregister_task_from_maintenance_window(
            WindowId=known["windowId"], WindowTaskId=id_
        ),
        identify=_identify("tasks", "WindowTaskId"),
        outputs={"arn": "Arn", "windowTaskId": "WindowTaskId"},
        forces_replacement=frozenset({"windowId", "taskType"}),
    ),
    Resource(
        token=token("ssm", "PatchBaseline"),
        service="ssm",
        shape=_BASELINE,
        tagging=tagging(
            "ssm",
            argument="ResourceId",
            reference=by_id,
            add="add_tags_to_resource",
            remove="remove_tags_from_resource",
            answer="TagList",
            ResourceType="PatchBaseline",
        ),
        create=_create_baseline,
        describe=_describe_baseline,
        update=_update_baseline,
        delete=lambda api, id_, known: api("ssm").delete_patch_baseline(BaselineId=id_),
        identify=_identify_baseline,
        outputs={"arn": "Arn"},
        forces_replacement=frozenset({"operatingSystem"}),
    ),
    Resource(
        token=token("ssm", "PatchGroup"),
        service="ssm",
        shape=plain("baselineId", "patchGroup"),
        create=_create_group,
        describe=_describe_group,
        delete=_delete_group,
        identify=lambda api, inputs: f"{inputs['patchGroup']},{inputs['baselineId']}",
        forces_replacement=frozenset({"baselineId", "patchGroup"}),
    ),
)
