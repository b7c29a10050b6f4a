"""Application Recovery Controller's Region switch plans."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sandbox.providers.aws import checked
from sandbox.providers.aws.resource import Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, to_api
from sandbox.providers.aws.tagging import unread
from sandbox.providers.cloud import Properties

SERVICE = "arc-region-switch"


def _same(*names: str) -> Shape:
    """Properties that the API spells as the SDK does."""
    return tuple(Prop(name, name) for name in names)


_LAMBDAS: Shape = (
    *_same("regionToRun", "retryIntervalMinutes", "timeoutMinutes"),
    Prop("lambdas", "lambdas", many=True, shape=_same("arn", "crossAccountRole", "externalId")),
)
_APPROVAL: Shape = _same("approvalRole", "timeoutMinutes")
# The SDK has a list of at most one for each kind of block; the API has one union of them.
_BLOCKS: Mapping[str, tuple[str, Shape]] = {
    "customActionLambdaConfigs": ("customActionLambdaConfig", _LAMBDAS),
    "executionApprovalConfigs": ("executionApprovalConfig", _APPROVAL),
}


def _step(step: Properties) -> dict[str, Any]:
    return {
        **to_api(_same("name", "description", "executionBlockType"), step),
        "executionBlockConfiguration": {
            api: to_api(shape, block)
            for name, (api, shape) in _BLOCKS.items()
            for block in step.get(name) or ()
        },
    }


_STEP: Shape = (
    *_same("name", "description", "executionBlockType"),
    *(Prop(name, api, many=True, shape=shape) for name, (api, shape) in _BLOCKS.items()),
)
_WORKFLOW: Shape = (
    *_same("workflowDescription", "workflowTargetAction", "workflowTargetRegion"),
    Prop(
        "steps", "steps", many=True, shape=_STEP, to=lambda steps: [_step(step) for step in steps]
    ),
)
_PLAN: Shape = (
    *_same(
        "description",
        "executionRole",
        "name",
        "primaryRegion",
        "recoveryApproach",
        "recoveryTimeObjectiveMinutes",
        "regions",
    ),
    Prop("workflows", "workflows", many=True, shape=_WORKFLOW),
)


def _arn(inputs: Properties, account: str) -> str:
    """AWS makes up the last six characters."""
    own = hashlib.sha256(inputs["name"].encode()).hexdigest()[:6]
    return f"arn:aws:{SERVICE}::{account}:plan/{inputs['name']}:{own}"


ARC_REGION_SWITCH = (
    Resource(
        token=token("arcregionswitch", "Plan"),
        service=SERVICE,
        shape=_PLAN,
        name=Name(longest=32, automatic=False),
        tagging=unread(lambda tags: {"tags": dict(tags)}),
        create=checked.create(SERVICE, "CreatePlan", lambda api, inputs: _arn(inputs, api.account)),
        describe=checked.describe(lambda api, arn, known: {"arn": arn}),
        update=checked.update(
            SERVICE,
            "UpdatePlan",
            lambda arn: {"arn": arn},
            without=("name", "primaryRegion", "recoveryApproach", "regions", "tags"),
        ),
        delete=checked.delete(),
        outputs={"arn": "arn"},
        provider_only=frozenset({"timeouts"}),
        # As the API has it: the update takes none of these.
        forces_replacement=frozenset({"name", "primaryRegion", "recoveryApproach", "regions"}),
        checked_only=(
            "the sandbox's AWS has no Application Recovery Controller (arc-region-switch)"
        ),
    ),
)
