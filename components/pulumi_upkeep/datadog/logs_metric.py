"""Metrics of logs: counted as they come in, and kept when the logs are gone."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class LogsMetricComputeArgs:
    """What is computed."""

    aggregation_type: pulumi.Input[str]
    """``count`` or ``distribution``; fixed at creation."""


@arguments
class LogsMetricFilterArgs:
    """Of which logs."""

    query: pulumi.Input[str]


@arguments
class LogsMetricGroupByArgs:
    """A tag of the metric, from an attribute or a tag of the logs."""

    path: pulumi.Input[str]
    tag_name: pulumi.Input[str]


@arguments
class LogsMetricArgs:
    """A metric of logs. It sees every log, those that no index takes as well."""

    compute: pulumi.Input[LogsMetricComputeArgs]
    filter: pulumi.Input[LogsMetricFilterArgs]
    name: pulumi.Input[str]
    """One of its kind in the organisation; fixed at creation."""
    group_bies: pulumi.Input[Sequence[pulumi.Input[LogsMetricGroupByArgs]] | None] = None


class LogsMetric(Resource[LogsMetricArgs], token="datadog:index/logsMetric:LogsMetric"):
    """A metric of logs. Its id is its name."""

    name: pulumi.Output[str]
