"""The one factory of CloudWatch alarms: name, actions, missing data, runbook and description.

A component says what it watches (:class:`Watch`); how an alarm is called, who hears of it and of
its end, and where it leads is decided here for all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal, TypedDict

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.limits import (
    ALARM_FURTHEST_LOOK_BACK,
    ALARM_PERIOD_SOURCE,
    ALARM_SHORT_PERIODS,
    ALARM_WINDOW,
)
from ..plan.tuned import Limit
from ..plan.words import Later, Severity, Words, say_duration
from .alert_book import Alert, Declared, Told, open_book, told
from .runbook import runbook_page

# CloudWatch: an alarm's name has at most 255 characters.
ALARM_NAME_LIMIT = 255

Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]

# What silence of a metric means. There is no default: every watch has to decide.
#   breaching     silence is a fault (an agent, a heartbeat)
#   notBreaching  silence is health (an error count that is only sent when there are errors)
#   ignore        keep the last state
#   missing       say INSUFFICIENT_DATA
MissingData = Literal["breaching", "notBreaching", "ignore", "missing"]


class AlertTopics(TypedDict):
    """The SNS topic of each severity, as ``AlertRoutes`` gives them; ARNs of the alarm's region."""

    p0: pulumi.Input[str]
    """ARN of the topic of P0."""
    p1: pulumi.Input[str]
    """ARN of the topic of P1."""
    p2: pulumi.Input[str]
    """ARN of the topic of P2."""
    p3: pulumi.Input[str]
    """ARN of the topic of P3."""


class Topics(Words):
    """The topics as an argument of a component: all four, or the missing one is named."""

    p0: Later
    p1: Later
    p2: Later
    p3: Later


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric.

    ``statistic`` is Average, Sum, Maximum, Minimum or a percentile (``p95``).
    """

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str


@dataclass(frozen=True)
class Watch:
    """One condition that is watched.

    part         names the alarm within its component: ``cpu``, ``replica-lag``
    says         what has happened when it fires, as a person would say it, without the figures
    metric       a metric, or
    expression   metric math over ``metrics`` (id -> metric); the alarm is on the expression
    threshold    in the metric's own unit
    period       10, 20, 30 s or a multiple of 60 s [CloudWatch]
    periods      how many periods are looked at; ``breaching`` of them (default: all) must breach
    runbook      the page below ``runbooks`` that it leads to; default: ``part``
    about        kind and name of what it is about, where a maintenance window may quiet it:
                 ``("database", "orders")``; None: nothing quiets it
    relimited    the same watch with another limit of the plan, or None where it has none such
    """

    part: str
    says: str
    severity: Severity
    threshold: pulumi.Input[float]
    missing_data: MissingData
    metric: Metric | None = None
    expression: str | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    comparison: Comparison = "GreaterThanThreshold"
    period: timedelta = timedelta(minutes=1)
    periods: int = 5
    breaching: int | None = None
    runbook: str | None = None
    about: tuple[str, str] | None = None
    relimited: "Callable[[Limit], Watch | None] | None" = None


def declare_alarm(
    owner: UpkeepComponent,
    watch: Watch,
    topics: AlertTopics,
    runbooks: str,
    options: pulumi.ResourceOptions | None = None,
    region: str | None = None,
    *,
    silent: bool = False,
) -> aws.cloudwatch.MetricAlarm:
    """Declares the alarm of a watch as a child of ``owner``.

    The topic of the watch's severity hears of the alarm and of its end. ``runbooks`` is the address
    below which a page per alert stands: ``{runbooks}/{runbook}``. ``region`` is stated where a
    metric lives in a region of its own (Route 53: us-east-1); the topics must then be of that
    region. A ``silent`` alarm tells nobody: it is one of those that a composite alarm speaks for.
    What the plan says of this one alert (:mod:`.alert_book`) holds before what the watch says.
    """
    name = f"{owner.name}-{watch.part}"
    alert = Alert(name, watch.severity, "alarm", watch.about)
    how = told(alert, silent=silent)
    watch = _as_told(watch, name, how)
    silent = silent or how.silenced
    _check(watch)
    period = round(watch.period.total_seconds())
    topic = topics[watch.severity]
    metric, metrics = watch.metric, watch.metrics
    queries = [_query(id_, metrics[id_], period) for id_ in sorted(metrics)]
    if watch.expression is not None:
        queries.insert(
            0,
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id="value", expression=watch.expression, label=watch.part, return_data=True
            ),
        )
    percentile = metric is not None and metric.statistic.startswith("p")
    alarm = aws.cloudwatch.MetricAlarm(
        name,
        aws.cloudwatch.MetricAlarmArgs(
            name=physical_name(owner.name, watch.part, limit=ALARM_NAME_LIMIT),
            alarm_description=_description(watch, runbooks),
            namespace=metric.namespace if metric else None,
            metric_name=metric.name if metric else None,
            dimensions=dict(metric.dimensions) if metric else None,
            statistic=metric.statistic if metric and not percentile else None,
            extended_statistic=metric.statistic if metric and percentile else None,
            period=period if metric else None,
            metric_queries=queries or None,
            threshold=watch.threshold,
            comparison_operator=watch.comparison,
            evaluation_periods=watch.periods,
            datapoints_to_alarm=watch.breaching or watch.periods,
            treat_missing_data=watch.missing_data,
            # A percentile of three requests says nothing.
            evaluate_low_sample_count_percentiles="ignore" if percentile else None,
            alarm_actions=None if silent else [topic],
            ok_actions=None if silent else [topic],
            tags={"severity": watch.severity},
            region=region,
        ),
        options or owner.child(),
    )
    if (book := open_book()) is not None:
        provider = owner.get_provider("aws:cloudwatch/metricAlarm:MetricAlarm")
        book.declared(Declared(alert, how, alarm.name, provider, region))
    return alarm


def _as_told(watch: Watch, name: str, how: Told) -> Watch:
    """The watch with what the plan says of its alert alone."""
    if how.above is not None:
        other = watch.relimited(how.above) if watch.relimited else None
        book = open_book()
        if other is not None:
            watch = other
        elif book is not None:
            book.refuse_limit(
                name,
                f"{name} has no such limit to be moved",
                "write it in the unit of its threshold in `monitoring.alert_when`; other limits "
                "stand in the chapter that makes the alert",
            )
    return replace(watch, severity=how.severity)


def _query(id_: str, metric: Metric, period: int) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=id_,
        return_data=False,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=dict(metric.dimensions) or None,
            stat=metric.statistic,
            period=period,
        ),
    )


def _description(watch: Watch, runbooks: str) -> str:
    window = say_duration(watch.period * watch.periods)
    return (
        f"{watch.severity.upper()}: {watch.says} (looked at over {window}). "
        f"Runbook: {runbook_page(runbooks, watch.runbook or watch.part)}"
    )


def _check(watch: Watch) -> None:
    """CloudWatch's own limits; a component that breaks them is wrong, not its caller."""
    if (watch.metric is None) == (watch.expression is None):
        raise ValueError(f"{watch.part}: an alarm is on a metric or on an expression")
    period, minute = watch.period, timedelta(minutes=1)
    if period not in ALARM_SHORT_PERIODS and (period < minute or period % minute):
        raise ValueError(
            f"{watch.part}: a period is 10, 20, 30 or a multiple of 60 s ({ALARM_PERIOD_SOURCE})"
        )
    if not 1 <= (watch.breaching or watch.periods) <= watch.periods:
        raise ValueError(f"{watch.part}: between 1 and all of its periods breach")
    longest = ALARM_FURTHEST_LOOK_BACK if period >= timedelta(hours=1) else ALARM_WINDOW.most
    if period * watch.periods > longest:
        raise ValueError(f"{watch.part}: an alarm looks back {say_duration(longest)} at most")
