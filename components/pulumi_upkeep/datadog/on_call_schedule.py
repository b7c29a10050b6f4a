"""Schedules of Datadog On-Call: who is on call when."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class OnCallScheduleLayerIntervalArgs:
    """How long a shift is; at least an hour."""

    days: pulumi.Input[int | None] = None
    seconds: pulumi.Input[int | None] = None
    """Beside the days; default 0."""


@arguments
class OnCallScheduleLayerRestrictionArgs:
    """Hours of the week in which a layer holds; days in small letters, times ``hh:mm:ss``."""

    end_day: pulumi.Input[str]
    end_time: pulumi.Input[str]
    start_day: pulumi.Input[str]
    start_time: pulumi.Input[str]


@arguments
class OnCallScheduleLayerArgs:
    """One rotation; a later layer stands over those before it."""

    effective_date: pulumi.Input[str]
    """ISO 8601; before it the layer has no shifts."""
    name: pulumi.Input[str]
    """Unique within the schedule."""
    rotation_start: pulumi.Input[str]
    """ISO 8601; the first user's first shift begins."""
    users: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Ids of users, in turn."""
    end_date: pulumi.Input[str | None] = None
    id: pulumi.Input[str | None] = None
    interval: pulumi.Input[OnCallScheduleLayerIntervalArgs | None] = None
    restrictions: pulumi.Input[
        Sequence[pulumi.Input[OnCallScheduleLayerRestrictionArgs]] | None
    ] = None
    time_zone: pulumi.Input[str | None] = None
    """Default the schedule's."""


@arguments
class OnCallScheduleArgs:
    """A schedule."""

    layers: pulumi.Input[Sequence[pulumi.Input[OnCallScheduleLayerArgs]]]
    """At least one."""
    name: pulumi.Input[str]
    time_zone: pulumi.Input[str]
    teams: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Ids of the teams it belongs to."""


class OnCallSchedule(
    Resource[OnCallScheduleArgs], token="datadog:index/onCallSchedule:OnCallSchedule"
):
    """A schedule. Its id is a UUID."""

    name: pulumi.Output[str]
    teams: pulumi.Output[Sequence[str]]
    time_zone: pulumi.Output[str]
