"""ReleaseWatch: services watched more closely for a while after each deployment."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..observe.handles import DatadogHandles
from ..observe.monitor import MonitorSettings, MonitorWatch, declare_monitor
from ..observe.queries.condition import Condition
from ..observe.queries.counts import counted
from ..observe.queries.threshold import Threshold
from ..observe.service_monitors import ErrorsArgs, LatencyArgs, ServiceAlertWhenArgs
from ..observe.service_watches import PART, ServiceWatches, service_watches
from ..plan.faults import Fault
from ..plan.monitoring import AlertWhen, ErrorRateThreshold, ResponseTimeThreshold
from ..plan.releases import MARKER, CloserWatch
from ..plan.services import Errors, Latency, Watched
from ..plan.words import Name, Words, say_duration


class ReleasedServiceArgs(TypedDict):
    """One service, as its requests are traced."""

    datadog: str
    """Its name in Datadog: the tag ``service``."""
    operation: str
    """The name of the spans that begin its requests, such as ``http.request``."""
    owner: NotRequired[str]
    """The team that hears of it beside whoever the severity tells. Default: none."""
    latency: NotRequired[LatencyArgs]
    """How long its requests may take. Default: the company's threshold."""
    errors: NotRequired[ErrorsArgs]
    """What share of them may fail. Default: the company's threshold."""


class ReleaseWatchArgs(TypedDict):
    """Arguments of ReleaseWatch."""

    services: dict[str, ReleasedServiceArgs]
    """The services, by name."""
    environment: str
    """The tag ``env`` of what is watched, and of the deployments that are counted."""
    runbooks: str
    """The address below which each alert has its page."""
    handles: DatadogHandles
    """Whom Datadog tells, as AlertRoutes gives it."""
    alert_when: NotRequired[ServiceAlertWhenArgs]
    """The company's thresholds. Default: each service states its own."""
    lasting: NotRequired[str]
    """How long after a deployment; whole hours up to 7 days. Default: ``24 hours``."""
    at: NotRequired[str]
    """Per cent of the limits from which it rings meanwhile. Default: ``50 %``."""
    severity: NotRequired[str]
    """Who hears of it, ``p0`` to ``p3``. Default: ``p2``."""
    dashboard: NotRequired[pulumi.Input[str]]
    """Address of the environment's dashboard, for the messages. Default: none."""
    owners: NotRequired[dict[str, pulumi.Input[str]]]
    """Team -> the handles by which it hears of what it owns. Default: none."""
    timezone: NotRequired[str]
    """The clocks on which messages say since when. Default: ``UTC``."""


class ReleaseWatch(UpkeepComponent):
    """Datadog monitors that ring only for a while after a deployment.

    A deployment sends one point of the count ``upkeep.deployments`` with its tag ``env``. While one
    lies within ``lasting``, response time and errors of each service ring at a share of their own
    limits, to ``severity`` and to the owner. Nothing has to be switched off: the point ages, and
    the watch is over. Where no deployment was counted nothing rings.
    """

    monitors: pulumi.Output[Mapping[str, str]]
    """Name of each monitor that tells somebody, such as ``web-latency`` -> its id."""

    def __init__(
        self, name: str, args: ReleaseWatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        context = settings.context()
        none_lately = declare_monitor(self, settings.none_lately(), context)
        monitors: dict[str, Any] = {}
        for watches in map(settings.watches, sorted(settings.services)):
            parts = {watch.part: declare_monitor(self, watch, context) for watch in watches.parts}
            for told in watches.told:
                ids = [*(parts[part].id for part in told.of), none_lately.id]
                monitors[told.watch.part] = declare_monitor(self, told.joined(ids), context).id
        self.monitors = pulumi.Output.from_input(monitors)
        self.register_outputs({"monitors": self.monitors})


# ---- arguments, checked ------------------------------------------------------------------------


class _ServiceAlertWhen(Words):
    response_time: ResponseTimeThreshold | None = None
    error_rate: ErrorRateThreshold | None = None


class _Settings(MonitorSettings, CloserWatch):
    services: dict[Name, Watched] = Field(min_length=1)
    alert_when: _ServiceAlertWhen = _ServiceAlertWhen()

    def company(self) -> AlertWhen:
        """The company's thresholds."""
        return AlertWhen(
            response_time=self.alert_when.response_time, error_rate=self.alert_when.error_rate
        )

    def none_lately(self) -> MonitorWatch:
        """Alerts while nothing was deployed lately, and keeps the others quiet."""
        said = say_duration(self.lasting)
        return MonitorWatch(
            part="nothing-deployed",
            says=f"nothing was deployed within {said}: nothing is watched more closely",
            over=f"something was deployed within {said}",
            severity="p3",
            compiled=Threshold(
                f"default_zero({counted(MARKER, self.environment)})",
                self.lasting,
                Condition("<", 1),
                "sum",
            ).compile(),
            runbook="release-watch",
            # No count is a count of none.
            no_data="default",
            silent=True,
            tags=PART,
        )

    def watches(self, name: str) -> ServiceWatches:
        """A service's monitors, at a share of its limits."""
        service, company = self.services[name], self.company()
        closer = service.model_copy(
            update={
                "latency": self._latency(service, company),
                "errors": self._errors(service, company),
                "traffic": None,
                "saturation": None,
            }
        )
        found = service_watches(name, closer, AlertWhen(), self.environment, self.timezone, {}, {})
        lately = f"after a deployment within {say_duration(self.lasting)}, "
        return ServiceWatches(
            tuple(self._led(watch) for watch in found.parts),
            tuple(
                replace(
                    told,
                    watch=replace(self._led(told.watch), says=f"{lately}{told.watch.says}"),
                )
                for told in found.told
            ),
        )

    def _led(self, watch: MonitorWatch) -> MonitorWatch:
        """Everything here leads to one page: what was deployed is the first suspect."""
        return replace(watch, runbook="release-watch")

    def _latency(self, service: Watched, company: AlertWhen) -> Latency:
        slow = service.slow(company)
        if slow is None:
            return Latency()
        return Latency(
            above=slow.above * (self.at / 100),
            severity=self.severity,
            percentile=slow.percentile,
            lasting=slow.lasting,
        )

    def _errors(self, service: Watched, company: AlertWhen) -> Errors:
        failing = service.failing(company)
        count, within = service.enough(company)
        if failing is None:
            return Errors(of_at_least=count, lasting=within)
        # A percentage is read from text, as people write it.
        share = f"{round(failing.above * self.at / 100, 6):g} %"
        return Errors.model_validate(
            {
                "above": share,
                "severity": self.severity,
                "of_at_least": count,
                "lasting": failing.lasting,
            }
        )


def _faults(settings: _Settings) -> Iterator[Fault]:
    first: dict[tuple[str, str], str] = {}
    for name in sorted(settings.services):
        service = settings.services[name]
        slow = service.slow(settings.company())
        if slow is None and service.failing(settings.company()) is None:
            yield Fault(
                f"services.{name}",
                "has no limits that could be watched more closely",
                None,
                "state `alert_when` for all services, or its `latency` and `errors`",
            )
        if slow is not None and slow.above * (settings.at / 100) < timedelta(milliseconds=1):
            yield Fault(
                "at",
                f"less than 1 ms of `services.{name}`",
                f"{settings.at:g} %",
                "closer to 100 %",
            )
        key = service.datadog, service.operation
        if key in first:
            yield Fault(
                f"services.{name}.operation",
                f"`services.{first[key]}` watches it already: one condition has one watcher",
                None,
                "leave it out here",
            )
        first.setdefault(key, name)
