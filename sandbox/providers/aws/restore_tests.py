"""AWS Backup: restore testing plans, and what they restore."""

from __future__ import annotations

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, plain, unordered
from sandbox.providers.aws.tagging import tagging
from sandbox.providers.cloud import Properties

_CHOICE: Shape = (
    *plain("algorithm"),
    *unordered("includeVaults", "recoveryPointTypes", "excludeVaults"),
    *computed("selectionWindowDays"),
)
_PLAN: Shape = (
    Prop("name", "RestoreTestingPlanName"),
    Prop("recoveryPointSelection", shape=_CHOICE),
    *plain("scheduleExpression"),
    *computed("scheduleExpressionTimezone", "startWindowHours"),
)
_SELECTION: Shape = (
    Prop("name", "RestoreTestingSelectionName"),
    *plain("iamRoleArn", "protectedResourceType", "restoreTestingPlanName"),
    *unordered("protectedResourceArns"),
    Prop("restoreMetadataOverrides", computed=True),
    *computed("validationWindowHours"),
)


def _create_plan(api: Api, request: Document, inputs: Properties) -> str:
    tags = {"Tags": request.pop("Tags")} if "Tags" in request else {}
    api("backup").create_restore_testing_plan(RestoreTestingPlan=request, **tags)
    return str(request["RestoreTestingPlanName"])


def _describe_plan(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("backup").get_restore_testing_plan, RestoreTestingPlanName=name)
    document: Document | None = (answer or {}).get("RestoreTestingPlan")
    return document


def _update_plan(api: Api, name: str, request: Document, change: Change) -> None:
    request.pop("RestoreTestingPlanName", None)
    api("backup").update_restore_testing_plan(
        RestoreTestingPlanName=name, RestoreTestingPlan=request
    )


def _create_selection(api: Api, request: Document, inputs: Properties) -> str:
    plan = request.pop("RestoreTestingPlanName")
    api("backup").create_restore_testing_selection(
        RestoreTestingPlanName=plan, RestoreTestingSelection=request
    )
    return f"{request['RestoreTestingSelectionName']}:{plan}"


def _describe_selection(api: Api, id_: str, known: Properties) -> Document | None:
    name, _, plan = id_.partition(":")
    answer = found(
        api("backup").get_restore_testing_selection,
        RestoreTestingPlanName=plan,
        RestoreTestingSelectionName=name,
    )
    document: Document | None = (answer or {}).get("RestoreTestingSelection")
    return document


def _update_selection(api: Api, id_: str, request: Document, change: Change) -> None:
    name, _, plan = id_.partition(":")
    for key in ("RestoreTestingPlanName", "RestoreTestingSelectionName", "ProtectedResourceType"):
        request.pop(key, None)
    # As the provider: changed ARNs never reach AWS (restore_testing_selection.go). Whoever changes
    # them has to replace the selection, and is shown here what happens otherwise.
    request.pop("ProtectedResourceArns", None)
    api("backup").update_restore_testing_selection(
        RestoreTestingPlanName=plan,
        RestoreTestingSelectionName=name,
        RestoreTestingSelection=request,
    )


def _delete_selection(api: Api, id_: str, known: Properties) -> None:
    name, _, plan = id_.partition(":")
    api("backup").delete_restore_testing_selection(
        RestoreTestingPlanName=plan, RestoreTestingSelectionName=name
    )


RESTORE_TESTS = (
    Resource(
        token=token("backup", "RestoreTestingPlan"),
        service="backup",
        shape=_PLAN,
        name=Name(longest=50),
        tagging=tagging(
            "backup",
            argument="ResourceArn",
            parameter="Tags",
            mapping=True,
            read="list_tags",
            keys="TagKeyList",
        ),
        create=_create_plan,
        describe=_describe_plan,
        update=_update_plan,
        delete=lambda api, name, known: api("backup").delete_restore_testing_plan(
            RestoreTestingPlanName=name
        ),
        outputs={"arn": "RestoreTestingPlanArn"},
        forces_replacement=frozenset({"name"}),
    ),
    Resource(
        token=token("backup", "RestoreTestingSelection"),
        service="backup",
        shape=_SELECTION,
        name=Name(longest=50),
        create=_create_selection,
        describe=_describe_selection,
        update=_update_selection,
        delete=_delete_selection,
        identify=lambda api, inputs: f"{inputs['name']}:{inputs['restoreTestingPlanName']}",
        place=("restoreTestingPlanName", "name"),
        forces_replacement=frozenset({"name", "restoreTestingPlanName", "protectedResourceType"}),
    ),
)
