"""Downtimes: when monitors tell nobody."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class DowntimeScheduleMonitorIdentifierArgs:
    """Which monitors; exactly one of the two."""

    monitor_id: pulumi.Input[int | None] = None
    monitor_tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Monitors that carry all of these."""


@arguments
class DowntimeScheduleRecurringScheduleRecurrenceArgs:
    """One rule by which it comes back."""

    duration: pulumi.Input[str]
    """A whole number and one of m, h, d, w: ``2h``."""
    rrule: pulumi.Input[str]
    """Without DTSTART, DTEND and DURATION: ``FREQ=WEEKLY;INTERVAL=1;BYDAY=WE``."""
    start: pulumi.Input[str | None] = None
    """Without an offset, in the schedule's time zone: ``2026-11-25T03:00:00``; not in the past."""


@arguments
class DowntimeScheduleRecurringScheduleArgs:
    """When it comes back."""

    recurrences: pulumi.Input[
        Sequence[pulumi.Input[DowntimeScheduleRecurringScheduleRecurrenceArgs]] | None
    ] = None
    timezone: pulumi.Input[str | None] = None


@arguments
class DowntimeScheduleOneTimeScheduleArgs:
    """When it is, once."""

    start: pulumi.Input[str | None] = None
    """In UTC: ``2027-03-14T06:00:00Z``; not in the past. Default: at once."""
    end: pulumi.Input[str | None] = None
    """Likewise; default: never."""


@arguments
class DowntimeScheduleArgs:
    """A downtime."""

    monitor_identifier: pulumi.Input[DowntimeScheduleMonitorIdentifierArgs]
    scope: pulumi.Input[str]
    """Which groups of the monitors; ``*``: all."""
    display_timezone: pulumi.Input[str | None] = None
    message: pulumi.Input[str | None] = None
    mute_first_recovery_notification: pulumi.Input[bool | None] = None
    notify_end_states: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    notify_end_types: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    one_time_schedule: pulumi.Input[DowntimeScheduleOneTimeScheduleArgs | None] = None
    """One of the two."""
    recurring_schedule: pulumi.Input[DowntimeScheduleRecurringScheduleArgs | None] = None


class DowntimeSchedule(
    Resource[DowntimeScheduleArgs], token="datadog:index/downtimeSchedule:DowntimeSchedule"
):
    """A downtime. Its id is Datadog's UUID."""

    scope: pulumi.Output[str]
