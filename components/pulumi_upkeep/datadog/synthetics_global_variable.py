"""Global variables: values that synthetic tests share, and that they may keep to themselves."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class SyntheticsGlobalVariableArgs:
    """A value that tests name as ``{{ NAME }}``."""

    name: pulumi.Input[str]
    """Upper case letters, digits and underscores."""
    description: pulumi.Input[str | None] = None
    secure: pulumi.Input[bool | None] = None
    """Whether Datadog shows it to nobody; default false."""
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    value: pulumi.Input[str | None] = None


class SyntheticsGlobalVariable(
    Resource[SyntheticsGlobalVariableArgs],
    token="datadog:index/syntheticsGlobalVariable:SyntheticsGlobalVariable",
    secrets=("value",),
):
    """A global variable of synthetic tests; its value is secret in Pulumi's state."""

    name: pulumi.Output[str]
    secure: pulumi.Output[bool]
    tags: pulumi.Output[Sequence[str]]
    value: pulumi.Output[str | None]
