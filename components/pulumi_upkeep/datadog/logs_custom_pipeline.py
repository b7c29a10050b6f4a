"""Log pipelines: what is read out of a log before it is indexed, archived and counted.

Of Datadog's processors those that are in use.
"""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class LogsCustomPipelineFilterArgs:
    """Which logs pass through it."""

    query: pulumi.Input[str]


@arguments
class LogsCustomPipelineProcessorGrokParserGrokArgs:
    """Rules by which a text is read."""

    match_rules: pulumi.Input[str]
    """A rule a line, its name first; the first that matches counts."""
    support_rules: pulumi.Input[str]
    """Rules that others refer to; may be empty."""


@arguments
class LogsCustomPipelineProcessorGrokParserArgs:
    """Reads attributes out of a text."""

    grok: pulumi.Input[LogsCustomPipelineProcessorGrokParserGrokArgs]
    source: pulumi.Input[str]
    is_enabled: pulumi.Input[bool | None] = None
    name: pulumi.Input[str | None] = None
    samples: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """At most five, shown beside the rules."""


@arguments
class LogsCustomPipelineProcessorCategoryProcessorCategoryFilterArgs:
    """Which logs are of a category."""

    query: pulumi.Input[str]


@arguments
class LogsCustomPipelineProcessorCategoryProcessorCategoryArgs:
    """A category."""

    filter: pulumi.Input[LogsCustomPipelineProcessorCategoryProcessorCategoryFilterArgs]
    name: pulumi.Input[str]


@arguments
class LogsCustomPipelineProcessorCategoryProcessorArgs:
    """Writes the name of the first category that matches into an attribute."""

    categories: pulumi.Input[
        Sequence[pulumi.Input[LogsCustomPipelineProcessorCategoryProcessorCategoryArgs]]
    ]
    target: pulumi.Input[str]
    is_enabled: pulumi.Input[bool | None] = None
    name: pulumi.Input[str | None] = None


@arguments
class LogsCustomPipelineProcessorDateRemapperArgs:
    """The first of the attributes that is there is the log's time."""

    sources: pulumi.Input[Sequence[pulumi.Input[str]]]
    is_enabled: pulumi.Input[bool | None] = None
    name: pulumi.Input[str | None] = None


@arguments
class LogsCustomPipelineProcessorMessageRemapperArgs:
    """The first of the attributes that is there is the log's message."""

    sources: pulumi.Input[Sequence[pulumi.Input[str]]]
    is_enabled: pulumi.Input[bool | None] = None
    name: pulumi.Input[str | None] = None


@arguments
class LogsCustomPipelineProcessorServiceRemapperArgs:
    """The first of the attributes that is there is the log's service."""

    sources: pulumi.Input[Sequence[pulumi.Input[str]]]
    is_enabled: pulumi.Input[bool | None] = None
    name: pulumi.Input[str | None] = None


@arguments
class LogsCustomPipelineProcessorStatusRemapperArgs:
    """The first of the attributes that is there is the log's level. Of all pipelines that a log
    passes only the first such processor counts."""

    sources: pulumi.Input[Sequence[pulumi.Input[str]]]
    is_enabled: pulumi.Input[bool | None] = None
    name: pulumi.Input[str | None] = None


@arguments
class LogsCustomPipelineProcessorArgs:
    """One step; exactly one of the kinds."""

    category_processor: pulumi.Input[LogsCustomPipelineProcessorCategoryProcessorArgs | None] = None
    date_remapper: pulumi.Input[LogsCustomPipelineProcessorDateRemapperArgs | None] = None
    grok_parser: pulumi.Input[LogsCustomPipelineProcessorGrokParserArgs | None] = None
    message_remapper: pulumi.Input[LogsCustomPipelineProcessorMessageRemapperArgs | None] = None
    service_remapper: pulumi.Input[LogsCustomPipelineProcessorServiceRemapperArgs | None] = None
    status_remapper: pulumi.Input[LogsCustomPipelineProcessorStatusRemapperArgs | None] = None


@arguments
class LogsCustomPipelineArgs:
    """A pipeline."""

    filters: pulumi.Input[Sequence[pulumi.Input[LogsCustomPipelineFilterArgs]]]
    """One."""
    name: pulumi.Input[str]
    description: pulumi.Input[str | None] = None
    is_enabled: pulumi.Input[bool | None] = None
    processors: pulumi.Input[Sequence[pulumi.Input[LogsCustomPipelineProcessorArgs]] | None] = None
    """In their order."""
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


class LogsCustomPipeline(
    Resource[LogsCustomPipelineArgs],
    token="datadog:index/logsCustomPipeline:LogsCustomPipeline",
):
    """A pipeline that logs pass through."""

    name: pulumi.Output[str]
