"""What is watched of logs: how many there are, that there are some, and what stands in them."""

from collections.abc import Iterator
from datetime import timedelta

from ..plan.logs import TOTAL, Logs
from ..plan.words import say_duration
from .log_view import INDEXED, LogNames
from .monitor import MonitorWatch
from .queries.compiled import Compiled
from .queries.condition import Condition
from .queries.threshold import Threshold

_DAY = timedelta(days=1)


def log_watches(logs: Logs, names: LogNames) -> Iterator[MonitorWatch]:
    """The quota, nearly used and used up; silence; each pattern that somebody is told of."""
    quota, silence = logs.daily_quota, logs.silence
    yield MonitorWatch(
        part="quota-nearly-used",
        says=f"{quota.warn_at:g} % of the logs that are indexed a day came within 24 hours",
        over=f"less than {quota.warn_at:g} % of a day's logs came within 24 hours",
        severity=quota.severity,
        compiled=nearly_used(logs, names),
        runbook="log-quota",
        # Where no log comes at all, none is too many.
        no_data="resolve",
        owner=quota.owner,
        unit="logs",
    )
    yield MonitorWatch(
        part="quota-used-up",
        says=f"the day's quota of {names.index} is used up: what comes now cannot be searched",
        over=f"{names.index} takes logs again",
        severity=quota.severity,
        compiled=used_up(names),
        runbook="log-quota",
        no_data="default",
        owner=quota.owner,
    )
    if silence is not None:
        yield MonitorWatch(
            part="silence",
            says=f"no log came for {say_duration(silence.after)}",
            over="logs come again",
            severity=silence.severity,
            compiled=fallen_silent(logs, names),
            runbook="log-silence",
            # A metric of logs that do not come is not zero: it is silent.
            no_data="show_and_notify_no_data",
            owner=silence.owner,
            unit="logs",
        )
    for name, pattern in sorted(logs.patterns.items()):
        if pattern.alert is None:
            continue
        where = " in {{service.name}}" if pattern.alert.by_service else ""
        yield MonitorWatch(
            part=f"pattern-{name}",
            says=f"{pattern.means}{where}",
            over=f"within its limit again: {pattern.means}{where}",
            severity=pattern.alert.severity,
            compiled=repeated(logs, names, name),
            runbook=pattern.runbook,
            # Counted where there are some; none is health.
            no_data="resolve",
            owner=pattern.owner,
            unit="logs",
        )


def nearly_used(logs: Logs, names: LogNames) -> Compiled:
    """More logs within a day than the share of the quota from which somebody is told."""
    share = logs.daily_quota.warn_at / 100
    metric = f"sum:{INDEXED}{{datadog_index:{names.index},datadog_is_excluded:false}}.as_count()"
    return Threshold(
        metric, _DAY, Condition(">", round(logs.daily_quota.at_most * share)), "sum"
    ).compile()


def used_up(names: LogNames) -> Compiled:
    """The event by which Datadog says that an index takes no more today."""
    condition = Condition(">", 0)
    query = (
        f'events("source:datadog \\"daily quota reached\\" datadog_index:{names.index}")'
        f'.rollup("count").last("15m") {condition.text()}'
    )
    return Compiled("event-v2 alert", query, condition.thresholds())


def fallen_silent(logs: Logs, names: LogNames) -> Compiled:
    """No log at all within the plan's time; raises ``ValueError`` where the plan names none."""
    if logs.silence is None:
        raise ValueError("the plan does not say from when silence is a fault")
    metric = f"sum:{names.metric(TOTAL)}{{{names.filter}}}.as_count()"
    return Threshold(metric, logs.silence.after, Condition("<", 1), "sum").compile()


def repeated(logs: Logs, names: LogNames, pattern: str) -> Compiled:
    """More logs of a pattern than the plan allows; raises ``ValueError`` where it is counted
    alone."""
    alert = logs.patterns[pattern].alert
    if alert is None:
        raise ValueError(f"{pattern} is counted alone")
    by = " by {service}" if alert.by_service else ""
    metric = f"sum:{names.metric(pattern)}{{{names.filter}}}{by}.as_count()"
    condition = Condition(">", alert.above, alert.warn_above)
    return Threshold(metric, alert.lasting, condition, "sum").compile()
