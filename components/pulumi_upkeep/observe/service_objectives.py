"""ServiceObjectives: what share of requests succeeds, and how fast the rest is used up."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog import (
    ServiceLevelObjective,
    ServiceLevelObjectiveArgs,
    ServiceLevelObjectiveQueryArgs,
    ServiceLevelObjectiveThresholdArgs,
    SloCorrection,
    SloCorrectionArgs,
)
from ..naming import physical_name
from ..plan.faults import Fault, nearest
from ..plan.service_levels import BurnRateAlert, ServiceLevel, ServiceLevels
from ..plan.services import DatadogService, Operation
from ..plan.words import Later, Name, Words, say_duration
from .handles import DatadogHandles
from .monitor import NAME_LIMIT, MonitorContext, MonitorSettings, MonitorWatch, declare_monitor
from .queries.burn_rate import BurnRate
from .queries.condition import number
from .queries.traces import Requests
from .tags import datadog_tags

# The page that every burn rate leads to.
RUNBOOK = "error-budget"
# Stands for an objective's id, which only the cloud gives.
_SOME = "0" * 32


class LatencyLevelArgs(TypedDict):
    """How many requests are answered how soon."""

    below: str
    """Answered in less than this, such as ``1000 ms``."""
    of: str
    """This share of all requests, such as ``99 %``."""


class BurnRateAlertArgs(TypedDict):
    """One alert on how fast the budget of failures is used up."""

    rate: float
    """Times faster than the budget allows; at most 1 / (1 - target)."""
    within: str
    """The long window, 1 to 48 hours."""
    severity: str
    """Who hears of it: ``p0`` to ``p3``."""
    lasting: NotRequired[str]
    """The short window. Default: a twelfth of ``within``."""


class ServiceLevelArgs(TypedDict):
    """What one class of services promises."""

    availability: str
    """Share of requests without an error, such as ``99.9 %``."""
    over: NotRequired[str]
    """``7 days``, ``30 days`` or ``90 days``. Default: ``30 days``."""
    latency: NotRequired[LatencyLevelArgs]
    """How many requests are answered how soon. Default: not promised."""
    uptime: NotRequired[str]
    """Share of the time in which checks are well. Default: that of ``availability``."""
    warning: NotRequired[str]
    """Share of good requests below which the page warns. Default: none."""
    fast_burn: NotRequired[str]
    """Who hears when the budget would be gone within days. Default: ``p1``."""
    slow_burn: NotRequired[str]
    """Who hears when it will not last. Default: ``p3``."""
    burn_rates: NotRequired[list[BurnRateAlertArgs]]
    """Alerts instead of the usual four."""


class ObjectiveServiceArgs(TypedDict):
    """One service."""

    datadog: str
    """Its name in Datadog: the tag ``service``."""
    operation: str
    """Name of the spans that begin its requests: ``http.request``."""
    importance: str
    """Its class: a key of ``levels``."""
    owner: NotRequired[str]
    """The team that hears of it, too: a key of ``owners``. Default: none."""
    monitors: NotRequired[dict[str, pulumi.Input[int]]]
    """Its uptime checks -> the ids of their monitors. Default: it has no objective of time."""


class CorrectionArgs(TypedDict):
    """A time that does not count."""

    start: int
    """Seconds since 1970."""
    end: int
    """Seconds since 1970."""
    services: list[str]
    """Whose objectives: keys of ``services``."""
    description: str
    """What is done then."""


class ServiceObjectivesArgs(TypedDict):
    """Arguments of ServiceObjectives."""

    services: dict[str, ObjectiveServiceArgs]
    """The services, by name."""
    levels: dict[str, ServiceLevelArgs]
    """What each class of them promises."""
    handles: DatadogHandles
    """Whom Datadog tells, as AlertRoutes gives it."""
    runbooks: str
    """The address below which ``error-budget`` is the page of every alert here."""
    environment: str
    """Tag ``env`` of what is measured."""
    corrections: NotRequired[dict[str, CorrectionArgs]]
    """Times that do not count, by name. Default: every time counts."""
    dashboard: NotRequired[pulumi.Input[str]]
    """Address of the dashboard. Default: messages name none."""
    owners: NotRequired[dict[str, pulumi.Input[str]]]
    """Team -> the handles by which it hears of what it owns. Default: none."""
    timezone: NotRequired[str]
    """In which times are shown. Default: ``UTC``."""


@dataclass(frozen=True)
class Objective:
    """One objective, for whoever shows it.

    service    its name in the arguments
    kind       ``availability``, ``latency`` or ``uptime``
    title      what is promised, in words
    target     per cent
    days       over which
    id         Datadog's
    """

    service: str
    kind: str
    title: str
    target: float
    days: int
    id: pulumi.Output[str]


class ServiceObjectives(UpkeepComponent):
    """Service level objectives of services, by the importance of each.

    availability   requests without an error, of all requests
    latency        requests that are answered soon enough, of all requests
    uptime         the time in which all uptime checks of the service are well

    Requests are counted where they are served: that is what most customers meet, and its budget
    burns by alerts of two windows each. What does not arrive at all is not counted there; the
    checks see it from outside. Their objective is made of their monitors, with the same repeats and
    places by which somebody is woken. Datadog evaluates no burn rate of synthetic monitors, and
    none is needed: each check alerts by itself.
    """

    objectives: pulumi.Output[Mapping[str, str]]
    """``<service>-<kind>`` -> id of the objective."""

    def __init__(
        self, name: str, args: ServiceObjectivesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        context = settings.context()
        # Every objective with what a dashboard says of it, sorted by service and kind.
        self.budgets: tuple[Objective, ...] = tuple(
            objective
            for service in sorted(settings.services)
            for objective in self._of(settings, context, service)
        )
        corrections = [
            self._correction(settings, correction) for correction in sorted(settings.corrections)
        ]
        ids: dict[str, Any] = {
            f"{objective.service}-{objective.kind}": objective.id for objective in self.budgets
        }
        self.objectives = pulumi.Output.from_input(ids)
        self.register_outputs({"objectives": self.objectives, "corrections": len(corrections)})

    def _of(self, settings: "_Settings", context: MonitorContext, name: str) -> Iterator[Objective]:
        service = settings.services[name]
        level = settings.levels[service.importance]
        requests = Requests.of(service.datadog, service.operation, settings.environment)
        over = f"over {level.days} days"
        availability = self._objective(
            settings,
            name,
            "availability",
            f"{number(level.availability)} % of the requests to {name} succeed {over}",
            level.availability,
            level.warning,
            query=ServiceLevelObjectiveQueryArgs(
                numerator=f"{requests.hits} - {requests.errors}", denominator=requests.hits
            ),
        )
        yield availability
        self._burn_rates(context, service, level, availability)
        if level.latency is not None:
            # A distribution counts by its values, which APM takes in seconds.
            latency = self._objective(
                settings,
                name,
                "latency",
                f"{number(level.latency.of)} % of the requests to {name} are answered within "
                f"{say_duration(level.latency.below)} {over}",
                level.latency.of,
                None,
                query=ServiceLevelObjectiveQueryArgs(
                    numerator=requests.faster_than(level.latency.below.total_seconds()),
                    denominator=requests.timed,
                ),
            )
            yield latency
            self._burn_rates(context, service, level, latency)
        if service.monitors:
            yield self._objective(
                settings,
                name,
                "uptime",
                f"{number(level.time_target)} % of the time every check of {name} is well {over}",
                level.time_target,
                None,
                monitors=[service.monitors[check] for check in sorted(service.monitors)],
            )

    def _objective(
        self,
        settings: "_Settings",
        service: str,
        kind: str,
        title: str,
        target: float,
        warning: float | None,
        *,
        query: ServiceLevelObjectiveQueryArgs | None = None,
        monitors: list[Any] | None = None,
    ) -> Objective:
        known = settings.services[service]
        level = settings.levels[known.importance]
        timeframe = f"{level.days}d"
        declared = ServiceLevelObjective(
            f"{self.name}-{service}-{kind}",
            ServiceLevelObjectiveArgs(
                name=physical_name(self.name, service, kind, limit=NAME_LIMIT),
                type="monitor" if query is None else "metric",
                description=f"{title}.",
                query=query,
                monitor_ids=monitors,
                thresholds=[
                    ServiceLevelObjectiveThresholdArgs(
                        timeframe=timeframe, target=target, warning=warning
                    )
                ],
                timeframe=timeframe,
                target_threshold=target,
                warning_threshold=warning,
                tags=datadog_tags(
                    settings.environment,
                    f"importance:{known.importance}",
                    service=known.datadog,
                    owner=known.owner,
                ),
                # Judged here, without a call: a preview needs no keys.
                validate=False,
            ),
            opts=self.child(),
        )
        return Objective(service, kind, title, target, level.days, declared.id)

    def _burn_rates(
        self,
        context: MonitorContext,
        service: "_Service",
        level: ServiceLevel,
        objective: Objective,
    ) -> None:
        for alert in level.alerts(objective.target):
            burn = BurnRate(
                target=objective.target,
                over=level.days,
                rate=alert.rate,
                long=alert.within,
                short=alert.lasting,
            )
            rest = _until_gone(level, alert)
            declare_monitor(
                self,
                MonitorWatch(
                    part=f"{objective.service}-{objective.kind}-burn-{_part(alert)}",
                    says=f"the error budget of {objective.service} ({objective.kind}) burns "
                    f"{{{{long_window_burn_rate}}}} times as fast as it may over "
                    f"{say_duration(alert.within)}, {{{{short_window_burn_rate}}}} times over the "
                    f"last {say_duration(alert.short)} (limit {number(alert.rate)}: {rest}). "
                    f"Promised is that {objective.title}",
                    over=f"the error budget of {objective.service} ({objective.kind}) burns less "
                    f"than {number(alert.rate)} times as fast as it may",
                    severity=alert.severity,
                    compiled=burn.compile(_SOME),
                    query=pulumi.Output.from_input(objective.id).apply(_asked(burn)),
                    runbook=RUNBOOK,
                    # No requests burn nothing.
                    no_data="resolve",
                    service=service.datadog,
                    owner=service.owner,
                    tags=(f"objective:{objective.kind}",),
                ),
                context,
            )

    def _correction(self, settings: "_Settings", name: str) -> SloCorrection:
        correction = settings.corrections[name]
        services = sorted(settings.services[each].datadog for each in correction.services)
        which = services[0] if len(services) == 1 else f"({' OR '.join(services)})"
        return SloCorrection(
            f"{self.name}-{name}",
            SloCorrectionArgs(
                category="Scheduled Maintenance",
                description=correction.description,
                start=correction.start,
                end=correction.end,
                timezone=settings.timezone,
                slo_query=f"env:{settings.environment} project:{pulumi.get_project()} "
                f"service:{which}",
            ),
            opts=self.child(),
        )


def _asked(burn: BurnRate) -> Callable[[str], str]:
    """The query on an objective by its id."""
    return lambda objective: burn.compile(objective).query


def _part(alert: BurnRateAlert) -> str:
    """``14.4-in-1h``: names an alert by what it watches, not by its place in a list."""
    hours = alert.within / timedelta(hours=1)
    return f"{number(alert.rate)}-in-{number(hours)}h"


def _until_gone(level: ServiceLevel, alert: BurnRateAlert) -> str:
    """When the whole budget is gone at a rate, rounded to hours below two days."""
    hours = level.days * 24 / alert.rate
    length = f"{round(hours)} hours" if hours < 48 else f"{round(hours / 24)} days"
    return f"the whole of it is gone in {length}"


# ---- arguments, checked ------------------------------------------------------------------------


class _Service(Words):
    datadog: DatadogService
    operation: Operation
    importance: Name
    owner: Name | None = None
    monitors: dict[str, Later] = Field(default_factory=dict)


class _Correction(Words):
    start: int
    end: int
    services: tuple[str, ...] = Field(min_length=1)
    description: str


class _Settings(MonitorSettings):
    services: dict[Name, _Service]
    levels: ServiceLevels
    corrections: dict[str, _Correction] = Field(default_factory=dict)


def _faults(settings: _Settings) -> Iterator[Fault]:
    for name, service in settings.services.items():
        if service.importance not in settings.levels:
            close = nearest(service.importance, settings.levels)
            known = ", ".join(sorted(settings.levels)) or "none"
            yield Fault(
                f"services.{name}.importance",
                "no such class in `levels`",
                service.importance,
                f"did you mean `{close}`?" if close else f"known: {known}",
            )
    for name, correction in settings.corrections.items():
        if correction.end <= correction.start:
            yield Fault(f"corrections.{name}.end", "lies not after `start`", str(correction.end))
        for index, service_name in enumerate(correction.services):
            if service_name not in settings.services:
                yield Fault(
                    f"corrections.{name}.services.{index}",
                    "no such name in `services`",
                    service_name,
                    f"known: {', '.join(sorted(settings.services)) or 'none'}",
                )
