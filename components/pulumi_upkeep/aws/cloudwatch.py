"""CloudWatch and EventBridge: alarms, and rules on events."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class AlarmMuteRuleMuteTargetsArgs:
    """Which alarms: at most 100, by name."""

    alarm_names: pulumi.Input[Sequence[pulumi.Input[str]]]


@arguments
class AlarmMuteRuleRuleScheduleArgs:
    """When, and for how long."""

    duration: pulumi.Input[str]
    """ISO 8601, ``PT1M`` to ``P15D``."""
    expression: pulumi.Input[str]
    """``cron(minutes hours day-of-month month day-of-week)`` or ``at(yyyy-MM-ddThh:mm)``."""
    timezone: pulumi.Input[str | None] = None
    """Default: UTC."""


@arguments
class AlarmMuteRuleRuleArgs:
    """When alarms are muted."""

    schedule: pulumi.Input[AlarmMuteRuleRuleScheduleArgs | None] = None


@arguments
class AlarmMuteRuleArgs:
    """When alarms change their state and call no action."""

    description: pulumi.Input[str | None] = None
    expire_date: pulumi.Input[str | None] = None
    """RFC 3339, seconds ``00``; not with ``at``."""
    mute_targets: pulumi.Input[AlarmMuteRuleMuteTargetsArgs | None] = None
    name: pulumi.Input[str | None] = None
    region: pulumi.Input[str | None] = None
    """Default: the provider's."""
    rule: pulumi.Input[AlarmMuteRuleRuleArgs | None] = None
    start_date: pulumi.Input[str | None] = None
    """RFC 3339, seconds ``00``; not with ``at``. Default: at once."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class AlarmMuteRule(
    Resource[AlarmMuteRuleArgs], token="aws:cloudwatch/alarmMuteRule:AlarmMuteRule"
):
    """A mute rule. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class EventRuleArgs:
    """Which events are passed on."""

    description: pulumi.Input[str | None] = None
    event_pattern: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    state: pulumi.Input[str | None] = None
    """``ENABLED`` (default), ``DISABLED``, or ``ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS``,
    which takes calls that only read, too."""


class EventRule(Resource[EventRuleArgs], token="aws:cloudwatch/eventRule:EventRule"):
    """An EventBridge rule. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class EventTargetInputTransformerArgs:
    """What is sent instead of the event."""

    input_template: pulumi.Input[str]
    input_paths: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


@arguments
class EventTargetArgs:
    """Where the events of a rule go."""

    arn: pulumi.Input[str]
    rule: pulumi.Input[str]
    input_transformer: pulumi.Input[EventTargetInputTransformerArgs | None] = None
    target_id: pulumi.Input[str | None] = None


class EventTarget(Resource[EventTargetArgs], token="aws:cloudwatch/eventTarget:EventTarget"):
    """A target of a rule."""


@arguments
class CompositeAlarmArgs:
    """Alarms that one alarm speaks for."""

    alarm_name: pulumi.Input[str]
    alarm_rule: pulumi.Input[str]
    """``ALARM("a") OR ALARM("b")``; its state names the alarms that changed it."""
    alarm_actions: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    alarm_description: pulumi.Input[str | None] = None
    ok_actions: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class CompositeAlarm(
    Resource[CompositeAlarmArgs], token="aws:cloudwatch/compositeAlarm:CompositeAlarm"
):
    """An alarm over other alarms. Its id is its name."""

    arn: pulumi.Output[str]
    alarm_name: pulumi.Output[str]


@arguments
class LogGroupArgs:
    """A log group and how long it keeps what it is sent."""

    kms_key_id: pulumi.Input[str | None] = None
    """ARN of the key that encrypts it; default CloudWatch's own."""
    name: pulumi.Input[str | None] = None
    retention_in_days: pulumi.Input[int | None] = None
    """Default: for ever."""


class LogGroup(Resource[LogGroupArgs], token="aws:cloudwatch/logGroup:LogGroup"):
    """A log group. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class MetricAlarmMetricQueryMetricArgs:
    """A metric of a query."""

    metric_name: pulumi.Input[str]
    period: pulumi.Input[int]
    """Seconds: 10, 20, 30 or a multiple of 60."""
    stat: pulumi.Input[str]
    dimensions: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    namespace: pulumi.Input[str | None] = None


@arguments
class MetricAlarmMetricQueryArgs:
    """A metric, or an expression over metrics; one of them returns data."""

    id: pulumi.Input[str]
    expression: pulumi.Input[str | None] = None
    label: pulumi.Input[str | None] = None
    metric: pulumi.Input[MetricAlarmMetricQueryMetricArgs | None] = None
    return_data: pulumi.Input[bool | None] = None


@arguments
class MetricAlarmArgs:
    """A metric, or queries, and the threshold to hold against."""

    alarm_actions: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    alarm_description: pulumi.Input[str | None] = None
    comparison_operator: pulumi.Input[str | None] = None
    datapoints_to_alarm: pulumi.Input[int | None] = None
    dimensions: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    evaluate_low_sample_count_percentiles: pulumi.Input[str | None] = None
    evaluation_periods: pulumi.Input[int | None] = None
    extended_statistic: pulumi.Input[str | None] = None
    """A percentile, such as ``p95``."""
    metric_name: pulumi.Input[str | None] = None
    metric_queries: pulumi.Input[Sequence[pulumi.Input[MetricAlarmMetricQueryArgs]] | None] = None
    name: pulumi.Input[str | None] = None
    namespace: pulumi.Input[str | None] = None
    ok_actions: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    period: pulumi.Input[int | None] = None
    """Seconds: 10, 20, 30 or a multiple of 60."""
    region: pulumi.Input[str | None] = None
    """Default: the provider's."""
    statistic: pulumi.Input[str | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    threshold: pulumi.Input[float | None] = None
    treat_missing_data: pulumi.Input[str | None] = None
    """``missing`` (default), ``ignore``, ``breaching`` or ``notBreaching``."""


class MetricAlarm(Resource[MetricAlarmArgs], token="aws:cloudwatch/metricAlarm:MetricAlarm"):
    """A CloudWatch alarm. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
