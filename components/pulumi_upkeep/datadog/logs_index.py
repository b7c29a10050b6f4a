"""Log indexes: which logs can be searched, for how long, and how many a day."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class LogsIndexFilterArgs:
    """Which logs it takes. A log goes to the first index whose filter it matches."""

    query: pulumi.Input[str]


@arguments
class LogsIndexDailyLimitResetArgs:
    """When the day of the quota begins."""

    reset_time: pulumi.Input[str]
    """``HH:00``."""
    reset_utc_offset: pulumi.Input[str]
    """``+HH:00`` or ``-HH:00``, -12 to +14: it does not follow the clocks."""


@arguments
class LogsIndexExclusionFilterFilterArgs:
    """Which logs are left out, and how many of them."""

    query: pulumi.Input[str | None] = None
    sample_rate: pulumi.Input[float | None] = None
    """The share that is left out: 1.0 is all of them."""


@arguments
class LogsIndexExclusionFilterArgs:
    """Logs that are not indexed. The first active one that matches counts."""

    filters: pulumi.Input[Sequence[pulumi.Input[LogsIndexExclusionFilterFilterArgs]] | None] = None
    is_enabled: pulumi.Input[bool | None] = None
    name: pulumi.Input[str | None] = None


@arguments
class LogsIndexArgs:
    """An index."""

    filters: pulumi.Input[Sequence[pulumi.Input[LogsIndexFilterArgs]]]
    """One."""
    name: pulumi.Input[str]
    """Lower-case letters, digits and hyphens. Another name is another index, and the name of one
    that was deleted cannot be used again."""
    daily_limit: pulumi.Input[int | None] = None
    """Logs a day; what comes after it is not indexed."""
    daily_limit_reset: pulumi.Input[LogsIndexDailyLimitResetArgs | None] = None
    """Default: 14:00 UTC."""
    daily_limit_warning_threshold_percentage: pulumi.Input[float | None] = None
    """From which share of the quota an event warns."""
    disable_daily_limit: pulumi.Input[bool | None] = None
    exclusion_filters: pulumi.Input[Sequence[pulumi.Input[LogsIndexExclusionFilterArgs]] | None] = (
        None
    )
    retention_days: pulumi.Input[int | None] = None
    """What the contract with Datadog offers."""
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


class LogsIndex(Resource[LogsIndexArgs], token="datadog:index/logsIndex:LogsIndex"):
    """An index of logs. Its id is its name."""

    name: pulumi.Output[str]
