"""ServiceMonitors: each service's latency, errors, traffic, and what fills up below it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..plan.faults import Fault, PlanError
from ..plan.monitoring import AlertWhen, ErrorRateThreshold, ResponseTimeThreshold
from ..plan.services import Watched
from ..plan.words import Name, Words
from .handles import DatadogHandles
from .monitor import MonitorSettings, declare_monitor
from .service_watches import FillingDatabase, FillingServers, ServiceWatches, service_watches
from .thresholds import ErrorRateThresholdArgs, ResponseTimeThresholdArgs


class ServiceAlertWhenArgs(TypedDict):
    """The company's thresholds, for each service that does not state its own."""

    response_time: NotRequired[ResponseTimeThresholdArgs]
    """Default: only services that state one are watched."""
    error_rate: NotRequired[ErrorRateThresholdArgs]
    """Default: only services that state one are watched."""


class UnusualArgs(TypedDict):
    """Behaviour unlike the metric's own of the last weeks."""

    severity: str
    """``p0`` to ``p3``."""
    lasting: NotRequired[str]
    """How long it must be unlike itself, 15 minutes to 1 day. Default: ``15 minutes``."""
    deviations: NotRequired[int]
    """Width of what is usual, 1 to 6. Default: 3."""


class LatencyArgs(TypedDict):
    """How long requests may take."""

    above: NotRequired[str]
    """Such as ``800 ms``. Default: the company's."""
    severity: NotRequired[str]
    """``p0`` to ``p3``. Default: the company's."""
    percentile: NotRequired[float]
    """Of the requests, 1 to 99.99. Default: the company's, or 95."""
    lasting: NotRequired[str]
    """Whole minutes. Default: the company's, or ``5 minutes``."""
    warns_at: NotRequired[str]
    """Per cent of ``above`` from which the owner is warned. Default: ``80 %``."""
    recovers_at: NotRequired[str]
    """Per cent of ``above`` below which it is over. Default: ``90 %``."""
    unusual: NotRequired[UnusualArgs]
    """Alert where it is slower than usual too. Default: not watched."""


class ErrorsArgs(TypedDict):
    """What share of requests may fail."""

    above: NotRequired[str]
    """Such as ``1 %``. Default: the company's."""
    severity: NotRequired[str]
    """``p0`` to ``p3``. Default: the company's."""
    of_at_least: NotRequired[int]
    """Requests within ``lasting`` below which neither errors nor latency are judged. Default: the
    company's, or 100."""
    lasting: NotRequired[str]
    """Whole minutes. Default: the company's, or ``5 minutes``."""
    warns_at: NotRequired[str]
    """Per cent of ``above`` from which the owner is warned. Default: ``80 %``."""
    recovers_at: NotRequired[str]
    """Per cent of ``above`` below which it is over. Default: ``90 %``."""
    unusual: NotRequired[UnusualArgs]
    """Alert where more fail than usual too. Default: not watched."""


class TrafficArgs(TypedDict):
    """Requests that fall away, against what is usual at that hour of the week."""

    severity: str
    """``p0`` to ``p3``."""
    lasting: NotRequired[str]
    """How long it must be unlike itself, 15 minutes to 1 day. Default: ``15 minutes``."""
    deviations: NotRequired[int]
    """Width of what is usual, 1 to 6. Default: 3."""
    of_at_least: NotRequired[int]
    """Requests within ``lasting`` a week before, below which nothing is said. Default: 100."""


class SaturationArgs(TypedDict):
    """Storage that will be full, going on as it does."""

    severity: str
    """``p0`` to ``p3``."""
    full_within: NotRequired[str]
    """How far ahead is looked, 12 hours to 90 days. Default: ``7 days``."""


class FillingDatabaseArgs(TypedDict):
    """A database instance of RDS that Datadog sees through its AWS integration."""

    identifier: pulumi.Input[str]
    """Identifier of the instance."""
    storage: int
    """Allocated storage, in bytes."""


class FillingServersArgs(TypedDict):
    """Servers whose Datadog agent reports their disks."""

    group: pulumi.Input[str]
    """Name of their auto-scaling group."""


class WatchedServiceArgs(TypedDict):
    """One service, as its requests are traced."""

    datadog: str
    """Its name in Datadog: the tag ``service``."""
    operation: str
    """The name of the spans that begin its requests, such as ``http.request``."""
    owner: NotRequired[str]
    """The team that hears of it beside whoever the severity tells. Default: none."""
    runbook: NotRequired[str]
    """The page, below ``runbooks``, of what is done when it fails. Default: ``traffic``."""
    latency: NotRequired[LatencyArgs]
    """How long its requests may take. Default: the company's threshold."""
    errors: NotRequired[ErrorsArgs]
    """What share of them may fail. Default: the company's threshold."""
    traffic: NotRequired[TrafficArgs]
    """When they fall away. Default: not watched."""
    saturation: NotRequired[SaturationArgs]
    """When ``databases`` and ``servers`` will be full. Default: not watched."""
    databases: NotRequired[dict[str, FillingDatabaseArgs]]
    """The databases it runs on, by a name for their monitors. Default: none."""
    servers: NotRequired[dict[str, FillingServersArgs]]
    """The servers it runs on, by a name for their monitors. Default: none."""


class ServiceMonitorsArgs(TypedDict):
    """Arguments of ServiceMonitors."""

    services: dict[str, WatchedServiceArgs]
    """The services, by name."""
    environment: str
    """The tag ``env`` of what is watched."""
    runbooks: str
    """The address below which each alert has its page."""
    handles: DatadogHandles
    """Whom Datadog tells, as AlertRoutes gives it."""
    alert_when: NotRequired[ServiceAlertWhenArgs]
    """The company's thresholds. Default: each service states its own."""
    dashboard: NotRequired[pulumi.Input[str]]
    """Address of the environment's dashboard, for the messages. Default: none."""
    owners: NotRequired[dict[str, pulumi.Input[str]]]
    """Team -> the handles by which it hears of what it owns. Default: none."""
    timezone: NotRequired[str]
    """The clocks on which messages say since when, and on which a day is like another.
    Default: ``UTC``."""


class ServiceMonitors(UpkeepComponent):
    """Datadog monitors of services, as their requests are traced.

    Latency and errors against thresholds, both quiet while there are too few requests to judge by;
    latency, errors and traffic against what is usual at that hour of the week; storage that will be
    full. Each warns before it alerts, ends on the healthy side, and leads to a page. A condition
    that needs two monitors to be told has one voice: the parts tell nobody.
    """

    monitors: pulumi.Output[Mapping[str, str]]
    """Name of each monitor that tells somebody, such as ``web-latency`` -> its id."""

    def __init__(
        self, name: str, args: ServiceMonitorsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        context = settings.context()
        monitors: dict[str, Any] = {}
        for watches in map(settings.watches, sorted(settings.services)):
            parts = {watch.part: declare_monitor(self, watch, context) for watch in watches.parts}
            for told in watches.told:
                ids = [parts[part].id for part in told.of]
                monitors[told.watch.part] = declare_monitor(self, told.joined(ids), context).id
        self.monitors = pulumi.Output.from_input(monitors)
        self.register_outputs({"monitors": self.monitors})


# ---- arguments, checked ------------------------------------------------------------------------


class _ServiceAlertWhen(Words):
    response_time: ResponseTimeThreshold | None = None
    error_rate: ErrorRateThreshold | None = None


class _Service(Watched):
    databases: dict[Name, FillingDatabase] = Field(default_factory=dict)
    servers: dict[Name, FillingServers] = Field(default_factory=dict)


class _Settings(MonitorSettings):
    services: dict[Name, _Service] = Field(min_length=1)
    alert_when: _ServiceAlertWhen = _ServiceAlertWhen()

    def watches(self, name: str) -> ServiceWatches:
        service = self.services[name]
        company = AlertWhen(
            response_time=self.alert_when.response_time, error_rate=self.alert_when.error_rate
        )
        return service_watches(
            name,
            service,
            company,
            self.environment,
            self.timezone,
            service.databases,
            service.servers,
        )


def _faults(settings: _Settings) -> Iterator[Fault]:
    first: dict[tuple[str, str], str] = {}
    for name in sorted(settings.services):
        service, at = settings.services[name], f"services.{name}"
        try:
            if not settings.watches(name).told:
                yield Fault(
                    at,
                    "nothing of it is watched",
                    None,
                    "state `alert_when` for all services, or its `latency` and `errors`",
                )
        except PlanError as error:
            # Figures so near to each other, or so small, that Datadog would not tell them apart.
            for fault in error.faults:
                yield replace(fault, path=f"{at}: {fault.path}")
        if service.saturation is not None and not (service.databases or service.servers):
            yield Fault(
                f"{at}.saturation",
                "nothing that could be full",
                None,
                "name the `databases` or `servers` it runs on",
            )
        watched = [("operation", f"{service.operation} of {service.datadog}")]
        if service.saturation is not None:
            watched += [(f"databases.{database}", database) for database in service.databases]
            watched += [(f"servers.{servers}", servers) for servers in service.servers]
        for key, what in watched:
            kind = (key.partition(".")[0], what)
            if kind in first:
                yield Fault(
                    f"{at}.{key}",
                    f"`services.{first[kind]}` watches it already: one condition has one watcher",
                    None,
                    "leave it out here",
                )
            first.setdefault(kind, name)
