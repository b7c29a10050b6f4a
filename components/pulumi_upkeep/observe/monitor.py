"""The one factory of Datadog monitors: name, priority, message, handles, missing data and tags.

A component says what it watches (:class:`MonitorWatch`); how a monitor is called, who hears of it
and of its end, and where it leads is decided here for all of them. Every message is read before it
is sent: Datadog takes a broken one without a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog import Monitor, MonitorArgs
from ..naming import physical_name
from ..plan.words import Later, Name, Severity, TimeZone, Url, Words
from .alert_book import open_book
from .handles import DATADOG_PRIORITY, DatadogHandles, Handles
from .message import Figures, Message, once_known
from .message_faults import message_faults
from .queries.compiled import Compiled
from .queries.composite import FIRST
from .tags import datadog_tags
from .tuned_monitor import as_told

# Datadog shows at most so many characters of a monitor's name.
NAME_LIMIT = 250

# What silence of a metric means. There is no default: every watch has to decide.
#   show_no_data              say so on its page
#   show_and_notify_no_data   silence is a fault, and is told like one
#   resolve                   silence is health (an error count that is only sent with errors)
#   default                   Datadog's: zero for counts, the last state for levels
NoData = Literal["show_no_data", "show_and_notify_no_data", "resolve", "default"]

# How often it is said again while it lasts. What waits for business hours is said once.
REMIND_EVERY: Mapping[Severity, timedelta] = {
    "p0": timedelta(minutes=30),
    "p1": timedelta(hours=1),
}
# Of these kinds `value` says nothing: a composite and an event have none, and how fast an objective
# burns is a variable of its own.
_WITHOUT_VALUE = frozenset({"composite", "event-v2 alert", "slo alert", "synthetics alert"})


@dataclass(frozen=True)
class MonitorWatch:
    """One condition that Datadog watches.

    part               names the monitor within its component: ``web-latency``
    says, over         what is wrong when it alerts, and what holds again; sentences without ends
    compiled           query, type and thresholds, from ``observe.queries``
    query              the query where it needs ids that only the cloud gives, instead of that of
                       ``compiled``, which then holds anything in their place
    judged             of a composite: what its first monitor judges, whose value and limits the
                       message shows
    runbook            the page below ``runbooks`` that it leads to
    no_data            what silence means
    service, owner     Datadog's name of the service; the team
    unit               of value and threshold in the message
    groups             variables of the message beside those that the query groups by
    evaluation_delay   how long metrics take to arrive (those of AWS: 15 minutes)
    remind_every       default by severity; zero: never
    full_window        whether a window must be full of points; not for what comes now and then
    silent             tells nobody: a composite speaks for it
    tags               further ones
    """

    part: str
    says: str
    over: str
    severity: Severity
    compiled: Compiled
    runbook: str
    no_data: NoData
    query: pulumi.Input[str] | None = None
    judged: Compiled | None = None
    service: str | None = None
    owner: str | None = None
    unit: str = ""
    groups: tuple[str, ...] = ()
    evaluation_delay: timedelta | None = None
    remind_every: timedelta | None = None
    new_group_delay: timedelta | None = None
    full_window: bool = False
    silent: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class MonitorContext:
    """What all monitors of a component share.

    handles       whom Datadog tells, by severity, as AlertRoutes gives it
    runbooks      the address below which every alert has its page
    environment   tag ``env`` of what is watched
    dashboard     address of the environment's dashboard
    owners        team -> the handles by which it hears of its own alerts and warnings
    timezone      in which messages say since when
    """

    handles: DatadogHandles
    runbooks: str
    environment: str
    dashboard: pulumi.Input[str] | None = None
    owners: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    timezone: str = "UTC"


class MonitorSettings(Words):
    """The arguments that every component with monitors has."""

    environment: Name
    runbooks: Url
    handles: Handles
    dashboard: Later = None
    owners: dict[str, Later] = Field(default_factory=dict)
    timezone: TimeZone = "UTC"

    def context(self) -> MonitorContext:
        """What its monitors share."""
        return MonitorContext(
            handles=self.handles.by_severity(),
            runbooks=self.runbooks,
            environment=self.environment,
            dashboard=self.dashboard,
            owners=self.owners,
            timezone=self.timezone,
        )


def declare_monitor(
    owner: UpkeepComponent,
    watch: MonitorWatch,
    context: MonitorContext,
    options: pulumi.ResourceOptions | None = None,
) -> Monitor:
    """Declares the monitor of a watch as a child of ``owner``.

    The handles of the watch's severity hear of the alert and of its end, the owner of warnings as
    well. Raises ``pulumi.RunError`` with every fault of the message.
    """
    name = f"{owner.name}-{watch.part}"
    watch = as_told(name, watch)
    compiled = watch.compiled
    monitor = Monitor(
        name,
        MonitorArgs(
            name=physical_name(owner.name, watch.part, limit=NAME_LIMIT),
            type=compiled.type,
            query=compiled.query if watch.query is None else watch.query,
            message=_message(owner, watch, context),
            # A text, and there is no P0.
            priority=str(DATADOG_PRIORITY[watch.severity]),
            monitor_thresholds=compiled.thresholds,
            monitor_threshold_windows=compiled.windows,
            # Excludes the older options for silence.
            on_missing_data=None if _has_no_silence(compiled) else watch.no_data,
            evaluation_delay=_seconds(watch.evaluation_delay),
            new_group_delay=_seconds(watch.new_group_delay),
            renotify_interval=_reminder(watch),
            require_full_window=watch.full_window,
            include_tags=True,
            tags=datadog_tags(
                context.environment,
                *watch.tags,
                f"severity:{watch.severity}",
                service=watch.service,
                owner=watch.owner,
            ),
            # Judged here, without a call: a preview needs no keys, and a failed call while
            # refreshing has dropped living monitors from a state [terraform-provider-datadog 3018].
            validate=False,
        ),
        options or owner.child(),
    )
    if (book := open_book()) is not None:
        book.monitors[name] = watch.severity, monitor.id
    return monitor


def _message(
    owner: UpkeepComponent, watch: MonitorWatch, context: MonitorContext
) -> pulumi.Input[str]:
    def text(handles: str, owner_handles: str, dashboard: str) -> str:
        compiled = watch.compiled
        figures = watch.judged or compiled
        written = Message(
            happened=watch.says,
            over=watch.over,
            severity=watch.severity,
            runbooks=context.runbooks,
            page=watch.runbook,
            unit=None if figures.type in _WITHOUT_VALUE else watch.unit,
            warns=figures.thresholds is not None and figures.thresholds.warning is not None,
            figures=_figures_of_first(watch.judged),
            silence=watch.no_data == "show_and_notify_no_data",
            since=context.timezone,
            owner=watch.owner or "",
            owner_handles=owner_handles,
            service=watch.service or "",
            environment=context.environment,
            dashboard=dashboard,
        ).text(handles)
        critical: Any = compiled.thresholds.critical if compiled.thresholds else None
        owner.refuse(
            message_faults(
                written,
                compiled.query,
                groups=(*watch.groups, FIRST) if watch.judged else watch.groups,
                critical=critical if isinstance(critical, str) else None,
                at=f"{watch.part}.message",
            )
        )
        return written

    handles = "" if watch.silent else context.handles[watch.severity]
    owned = "" if watch.silent or not watch.owner else context.owners.get(watch.owner, "")
    return once_known(text, handles, owned, context.dashboard or "")


def _figures_of_first(judged: Compiled | None) -> Figures:
    """A composite knows the value of its first monitor, and no limit: those are written out."""
    if judged is None or judged.thresholds is None:
        return Figures()
    limits = judged.thresholds
    return Figures(f"{{{{{FIRST}.value}}}}", str(limits.critical), str(limits.warning))


def _reminder(watch: MonitorWatch) -> int | None:
    every = REMIND_EVERY.get(watch.severity) if watch.remind_every is None else watch.remind_every
    return None if watch.silent or not every else round(every / timedelta(minutes=1))


def _has_no_silence(compiled: Compiled) -> bool:
    """Whether Datadog takes no option for silence: of composites and objectives, and of a query
    that counts silence as zero [terraform-provider-datadog 2815]."""
    return compiled.type in ("composite", "slo alert") or "default_zero(" in compiled.query


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())
