"""Scanning rules: what is searched for, and what stands there instead."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class SensitiveDataScannerRuleTextReplacementArgs:
    """What stands there instead."""

    type: pulumi.Input[str]
    """``none`` (default), ``replacement_string``, ``hash`` or a partial replacement."""
    replacement_string: pulumi.Input[str | None] = None


@arguments
class SensitiveDataScannerRuleArgs:
    """A rule of a group."""

    group_id: pulumi.Input[str]
    description: pulumi.Input[str | None] = None
    excluded_namespaces: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Attributes that are not searched."""
    is_enabled: pulumi.Input[bool | None] = None
    name: pulumi.Input[str | None] = None
    namespaces: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Attributes that are searched; default: everything."""
    pattern: pulumi.Input[str | None] = None
    """A regular expression in Datadog's subset of PCRE2: nothing looks ahead, behind or back."""
    priority: pulumi.Input[int | None] = None
    """1 (gravest) to 5."""
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    text_replacement: pulumi.Input[SensitiveDataScannerRuleTextReplacementArgs | None] = None


class SensitiveDataScannerRule(
    Resource[SensitiveDataScannerRuleArgs],
    token="datadog:index/sensitiveDataScannerRule:SensitiveDataScannerRule",
):
    """A scanning rule."""

    name: pulumi.Output[str]
