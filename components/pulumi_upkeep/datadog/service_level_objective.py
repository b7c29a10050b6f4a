"""Service level objectives: a target for what share of events, or of time, is good."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class ServiceLevelObjectiveQueryArgs:
    """Good events and all events, of an objective of type ``metric``."""

    denominator: pulumi.Input[str]
    """All events, a count."""
    numerator: pulumi.Input[str]
    """The good ones among them."""


@arguments
class ServiceLevelObjectiveThresholdArgs:
    """A target over a time."""

    target: pulumi.Input[float]
    """Per cent, above 0 and below 100."""
    timeframe: pulumi.Input[str]
    """``7d``, ``30d`` or ``90d``."""
    target_display: pulumi.Input[str | None] = None
    """The target with the decimals that are shown; the provider computes it."""
    warning: pulumi.Input[float | None] = None
    """Per cent, above the target."""
    warning_display: pulumi.Input[str | None] = None


@arguments
class ServiceLevelObjectiveArgs:
    """A service level objective."""

    name: pulumi.Input[str]
    thresholds: pulumi.Input[Sequence[pulumi.Input[ServiceLevelObjectiveThresholdArgs]]]
    type: pulumi.Input[str]
    """``metric``, ``monitor`` or ``time_slice``; changing it replaces the objective."""
    description: pulumi.Input[str | None] = None
    force_delete: pulumi.Input[bool | None] = None
    """Delete the objective although dashboards refer to it."""
    groups: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Groups of one monitor that count; of the type ``monitor``."""
    monitor_ids: pulumi.Input[Sequence[pulumi.Input[int]] | None] = None
    """Up to 20 monitors, of the type ``monitor``: good is the time in which all are."""
    query: pulumi.Input[ServiceLevelObjectiveQueryArgs | None] = None
    """Of the type ``metric``."""
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    target_threshold: pulumi.Input[float | None] = None
    """The target of the primary time."""
    timeframe: pulumi.Input[str | None] = None
    """The primary time."""
    validate: pulumi.Input[bool | None] = None
    """False keeps a preview from asking Datadog whether the monitors exist."""
    warning_threshold: pulumi.Input[float | None] = None
    """The warning of the primary time."""


class ServiceLevelObjective(
    Resource[ServiceLevelObjectiveArgs],
    token="datadog:index/serviceLevelObjective:ServiceLevelObjective",
):
    """A service level objective. Its id is 32 hexadecimal digits."""

    description: pulumi.Output[str | None]
    name: pulumi.Output[str]
    tags: pulumi.Output[Sequence[str]]
    target_threshold: pulumi.Output[float]
    timeframe: pulumi.Output[str]
    type: pulumi.Output[str]
    warning_threshold: pulumi.Output[float]
