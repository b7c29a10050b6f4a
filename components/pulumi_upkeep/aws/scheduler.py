"""EventBridge Scheduler: what runs by the clock, in a time zone."""

import pulumi

from ..thin import Resource, arguments


@arguments
class ScheduleFlexibleTimeWindowArgs:
    """How exact the time is."""

    mode: pulumi.Input[str]
    """``OFF`` (on time) or ``FLEXIBLE``."""


@arguments
class ScheduleTargetRetryPolicyArgs:
    """How often and how long it is tried."""

    maximum_event_age_in_seconds: pulumi.Input[int | None] = None
    """60 to 86,400 (default)."""
    maximum_retry_attempts: pulumi.Input[int | None] = None
    """0 to 185 (default)."""


@arguments
class ScheduleTargetArgs:
    """What is invoked, with what."""

    arn: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    input: pulumi.Input[str | None] = None
    retry_policy: pulumi.Input[ScheduleTargetRetryPolicyArgs | None] = None


@arguments
class ScheduleArgs:
    """When, and what."""

    flexible_time_window: pulumi.Input[ScheduleFlexibleTimeWindowArgs]
    schedule_expression: pulumi.Input[str]
    """``rate(...)``, ``cron(...)`` or ``at(...)``."""
    target: pulumi.Input[ScheduleTargetArgs]
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    schedule_expression_timezone: pulumi.Input[str | None] = None
    """Default UTC."""


class Schedule(Resource[ScheduleArgs], token="aws:scheduler/schedule:Schedule"):
    """A schedule of the default group. Its id is ``default/<name>``."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
