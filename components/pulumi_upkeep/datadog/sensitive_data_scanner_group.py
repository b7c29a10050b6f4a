"""Scanning groups: whose data is searched for what nobody should read."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class SensitiveDataScannerGroupFilterArgs:
    """Of which logs, spans or events."""

    query: pulumi.Input[str]


@arguments
class SensitiveDataScannerGroupArgs:
    """A group of rules that are applied to the same data."""

    filter: pulumi.Input[SensitiveDataScannerGroupFilterArgs]
    is_enabled: pulumi.Input[bool]
    name: pulumi.Input[str]
    product_lists: pulumi.Input[Sequence[pulumi.Input[str]]]
    """``logs``, ``rum``, ``events``, ``apm``."""
    description: pulumi.Input[str | None] = None


class SensitiveDataScannerGroup(
    Resource[SensitiveDataScannerGroupArgs],
    token="datadog:index/sensitiveDataScannerGroup:SensitiveDataScannerGroup",
):
    """A scanning group."""

    name: pulumi.Output[str]
