"""Monitors: a query that Datadog evaluates, and whom it tells."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class MonitorThresholdsArgs:
    """Limits of a monitor, as strings. ``critical`` is the number in the query."""

    critical: pulumi.Input[str | None] = None
    critical_recovery: pulumi.Input[str | None] = None
    ok: pulumi.Input[str | None] = None
    """Service checks only."""
    unknown: pulumi.Input[str | None] = None
    """Service checks only."""
    warning: pulumi.Input[str | None] = None
    warning_recovery: pulumi.Input[str | None] = None


@arguments
class MonitorThresholdWindowsArgs:
    """Windows such as ``last_15m``: an anomaly monitor needs both, others may have neither."""

    recovery_window: pulumi.Input[str | None] = None
    trigger_window: pulumi.Input[str | None] = None


@arguments
class MonitorSchedulingOptionsEvaluationWindowArgs:
    """Cumulative windows: since midnight, the full hour or the first of the month."""

    day_starts: pulumi.Input[str | None] = None
    """``HH:MM``."""
    hour_starts: pulumi.Input[int | None] = None
    """Minute of the hour."""
    month_starts: pulumi.Input[int | None] = None
    """Day of the month; must be 1."""
    timezone: pulumi.Input[str | None] = None


@arguments
class MonitorSchedulingOptionsCustomScheduleRecurrenceArgs:
    """When the monitor is evaluated."""

    rrule: pulumi.Input[str]
    timezone: pulumi.Input[str]
    start: pulumi.Input[str | None] = None
    """Local time without an offset, ``YYYY-MM-DDThh:mm:ss``."""


@arguments
class MonitorSchedulingOptionsCustomScheduleArgs:
    """A schedule of evaluations instead of every minute."""

    recurrence: pulumi.Input[MonitorSchedulingOptionsCustomScheduleRecurrenceArgs]


@arguments
class MonitorSchedulingOptionsArgs:
    """Over what and when a monitor is evaluated."""

    custom_schedule: pulumi.Input[MonitorSchedulingOptionsCustomScheduleArgs | None] = None
    evaluation_window: pulumi.Input[MonitorSchedulingOptionsEvaluationWindowArgs | None] = None


@arguments
class MonitorArgs:
    """A monitor."""

    message: pulumi.Input[str]
    """Text of the alert, with its ``@`` handles."""
    name: pulumi.Input[str]
    query: pulumi.Input[str]
    type: pulumi.Input[str]
    """E.g. ``query alert``, ``log alert``, ``composite``; changing it replaces the monitor."""
    enable_logs_sample: pulumi.Input[bool | None] = None
    escalation_message: pulumi.Input[str | None] = None
    evaluation_delay: pulumi.Input[int | None] = None
    """Seconds; CloudWatch metrics arrive late and want 900."""
    force_delete: pulumi.Input[bool | None] = None
    group_retention_duration: pulumi.Input[str | None] = None
    """1 to 72 hours, such as ``2d``."""
    groupby_simple_monitor: pulumi.Input[bool | None] = None
    include_tags: pulumi.Input[bool | None] = None
    """Default true."""
    monitor_threshold_windows: pulumi.Input[MonitorThresholdWindowsArgs | None] = None
    monitor_thresholds: pulumi.Input[MonitorThresholdsArgs | None] = None
    new_group_delay: pulumi.Input[int | None] = None
    """Seconds before a new group is evaluated."""
    no_data_timeframe: pulumi.Input[int | None] = None
    """Minutes of silence before it is told."""
    notification_preset_name: pulumi.Input[str | None] = None
    notify_audit: pulumi.Input[bool | None] = None
    notify_bies: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    notify_no_data: pulumi.Input[bool | None] = None
    on_missing_data: pulumi.Input[str | None] = None
    """``show_no_data``, ``show_and_notify_no_data``, ``resolve`` or ``default``; excludes
    ``notify_no_data`` and ``no_data_timeframe``."""
    priority: pulumi.Input[str | None] = None
    """``"1"`` (highest) to ``"5"``."""
    renotify_interval: pulumi.Input[int | None] = None
    """Minutes."""
    renotify_occurrences: pulumi.Input[int | None] = None
    renotify_statuses: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    require_full_window: pulumi.Input[bool | None] = None
    """Default true here, false in Datadog's own API."""
    scheduling_options: pulumi.Input[MonitorSchedulingOptionsArgs | None] = None
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    timeout_h: pulumi.Input[int | None] = None
    """Hours, 0 to 24, after which a silent alert resolves."""
    validate: pulumi.Input[bool | None] = None
    """False keeps a preview from asking Datadog whether the query is valid."""


class Monitor(Resource[MonitorArgs], token="datadog:index/monitor:Monitor"):
    """A monitor. Its id is Datadog's number."""

    message: pulumi.Output[str]
    name: pulumi.Output[str]
    priority: pulumi.Output[str | None]
    query: pulumi.Output[str]
    tags: pulumi.Output[Sequence[str]]
    type: pulumi.Output[str]
