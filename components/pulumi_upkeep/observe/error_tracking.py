"""ErrorTracking: what browsers and services report, told to the team whose errors they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog.rum_application import RumApplication, RumApplicationArgs
from ..naming import physical_name
from ..plan.errors import REST, ErrorMonitors, Keeps, Share, route_faults, shares
from ..plan.faults import Fault, nearest
from ..plan.services import DatadogService
from ..plan.words import Name, Severity, Words, say_duration
from .browser_snippet import SITES, browser_snippet
from .handles import DatadogHandles
from .monitor import NAME_LIMIT, MonitorSettings, MonitorWatch, declare_monitor
from .queries.error_tracking import Issues, Source, errors_of

_KEPT: Mapping[Keeps, str] = {"errors": "ERROR_FOCUSED_MODE", "everything": "ALL"}

# An issue's type and place. Not its message, in which may stand what a visitor typed: it is read in
# Datadog, where access is granted, and not in a chat.
ERROR = "{{issue.attributes.error.type}} in {{issue.attributes.error.file}}"


class FrontEndArgs(TypedDict):
    """A site, as visitors' browsers run it."""

    datadog: str
    """Its name in Datadog: the tag ``service`` of what browsers send."""
    owner: NotRequired[str]
    """The team that hears of its errors. Default: ``owner`` of all."""
    sample: NotRequired[str]
    """Per cent of the visits that are watched. Default: ``100 %``."""
    privacy: NotRequired[str]
    """What is hidden of what visitors type: ``mask-user-input``, ``mask`` (all text) or ``allow``
    (nothing). Default: ``mask-user-input``."""
    keeps: NotRequired[str]
    """``errors``: what belongs to an error, or ``everything``. Default: ``errors``."""


class BackEndArgs(TypedDict):
    """A service that reports errors, in traces or logs."""

    datadog: str
    """Its name in Datadog: the tag ``service``."""
    owner: NotRequired[str]
    """The team that hears of its errors. Default: ``owner`` of all."""


class NewErrorsArgs(TypedDict):
    """An error that was never seen before, or is back after it was resolved."""

    severity: str
    """``p0`` to ``p3``."""
    at_least: NotRequired[int]
    """How often it must occur. Default: 1."""
    within: NotRequired[str]
    """The time in which they are counted, 1 minute to 2 days. Default: ``1 day``."""


class FrequentErrorsArgs(TypedDict):
    """An error that occurs often."""

    above: int
    """How often, of one error."""
    severity: str
    """``p0`` to ``p3``."""
    within: NotRequired[str]
    """The time in which they are counted, 1 minute to 2 days. Default: ``1 hour``."""


class ErrorRouteArgs(TypedDict):
    """Errors that are somebody's in particular; the first route that takes an error keeps it."""

    owner: str
    """The team that hears of them."""
    type: NotRequired[list[str]]
    """Of the errors; ``*`` stands for anything: ``Payment*``. Default: any."""
    service: NotRequired[list[str]]
    """Names of ``front_end`` or ``back_end``. Default: any."""
    severity: NotRequired[str]
    """Of all of them. Default: that of ``new`` and of ``frequent``."""
    name: NotRequired[str]
    """What its alerts are called. Default: its types and services."""


class ErrorTrackingArgs(TypedDict):
    """Arguments of ErrorTracking."""

    environment: str
    """The tag ``env`` of what reports."""
    runbooks: str
    """The address below which each alert has its page."""
    handles: DatadogHandles
    """Whom Datadog tells, as AlertRoutes gives it."""
    front_end: NotRequired[dict[str, FrontEndArgs]]
    """The sites, by name. Default: none."""
    back_end: NotRequired[dict[str, BackEndArgs]]
    """The services, by name. Default: none."""
    new: NotRequired[NewErrorsArgs]
    """Errors never seen before, or back again. Default: nobody hears of them."""
    frequent: NotRequired[FrequentErrorsArgs]
    """Errors that occur often. Default: nobody hears of them."""
    owner: NotRequired[str]
    """The team that hears of what no route takes and nobody owns. Default: none."""
    routes: NotRequired[list[ErrorRouteArgs]]
    """Errors that are somebody's in particular, in order. Default: none."""
    dashboard: NotRequired[pulumi.Input[str]]
    """Address of the environment's dashboard, for the messages. Default: none."""
    owners: NotRequired[dict[str, pulumi.Input[str]]]
    """Team -> the handles by which it hears of what it owns. Default: none."""
    timezone: NotRequired[str]
    """The clocks on which messages say since when. Default: ``UTC``."""
    site: NotRequired[str]
    """Datadog's site, which browsers send to. Default: ``datadoghq.com``."""


class ErrorTracking(UpkeepComponent):
    """Errors of front end and back end, grouped into issues by Datadog, one alert per issue.

    A site gets an application that visitors' browsers report to, and the snippet for its pages.
    Each route has its own monitors, and no error belongs to two of them: what no route takes goes
    to the owner of the service.
    """

    applications: pulumi.Output[Mapping[str, str]]
    """Name of each site -> id of its application."""
    client_tokens: pulumi.Output[Mapping[str, str]]
    """Name of each site -> the token its pages hold; secret."""
    snippets: pulumi.Output[Mapping[str, str]]
    """Name of each site -> what stands in the head of its pages; secret, as it holds the token."""
    monitors: pulumi.Output[Mapping[str, str]]
    """Name of each monitor, such as ``rest-shop-new`` -> its id."""

    def __init__(
        self, name: str, args: ErrorTrackingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        context = settings.context()
        sites = {site: self._site(settings, site) for site in sorted(settings.front_end)}
        monitors: dict[str, Any] = {
            watch.part: declare_monitor(self, watch, context).id for watch in _watches(settings)
        }
        ids: dict[str, Any] = {site: each.id for site, each in sites.items()}
        tokens: dict[str, Any] = {site: each.client_token for site, each in sites.items()}
        snippets: dict[str, Any] = {
            site: _snippet(settings, site, each) for site, each in sites.items()
        }
        self.applications = pulumi.Output.from_input(ids)
        self.client_tokens = pulumi.Output.secret(pulumi.Output.from_input(tokens))
        self.snippets = pulumi.Output.secret(pulumi.Output.from_input(snippets))
        self.monitors = pulumi.Output.from_input(monitors)
        self.register_outputs(
            {
                "applications": self.applications,
                "client_tokens": self.client_tokens,
                "snippets": self.snippets,
                "monitors": self.monitors,
            }
        )

    def _site(self, settings: "_Settings", site: str) -> RumApplication:
        return RumApplication(
            f"{self.name}-{site}",
            RumApplicationArgs(
                name=physical_name(self.name, site, limit=NAME_LIMIT),
                type="browser",
                rum_event_processing_state=_KEPT[settings.front_end[site].keeps],
                product_analytics_retention_state="NONE",
            ),
            # Public by its nature, as it stands in each page, and a secret here all the same:
            # whoever has it can send events at the account's cost, and logs are read by many.
            self.child(additional_secret_outputs=["clientToken"]),
        )


def _snippet(settings: "_Settings", site: str, application: RumApplication) -> pulumi.Output[str]:
    front_end = settings.front_end[site]
    return pulumi.Output.all(application.id, application.client_token).apply(
        lambda known: browser_snippet(
            application=known[0],
            client_token=known[1],
            site=settings.site,
            service=front_end.datadog,
            environment=settings.environment,
            sample=front_end.sample,
            privacy=front_end.privacy,
        )
    )


# ---- which monitors there are ------------------------------------------------------------------


@dataclass(frozen=True)
class _Routed:
    """The errors of one route, or what is left over of somebody's.

    called   ``payment-web``, ``rest-shop``
    shares   service, as the plan calls it -> what is taken of its errors
    """

    called: str
    shares: Mapping[str, Share]
    owner: str | None
    severity: Severity | None


def _routed(settings: "_Settings") -> Iterator[_Routed]:
    owners = settings.service_owners()
    taken, left = shares(settings.routes, owners)
    for route, mine in zip(settings.routes, taken, strict=True):
        yield _Routed(route.called, mine, route.owner, route.severity)
    for owner in sorted({owners[service] or "" for service in left}):
        mine = {
            service: share for service, share in left.items() if (owners[service] or "") == owner
        }
        yield _Routed(f"{REST}-{owner}" if owner else REST, mine, owner or None, None)


def _watches(settings: "_Settings") -> Iterator[MonitorWatch]:
    for routed in _routed(settings):
        names = {service: settings.datadog_name(service) for service in routed.shares}
        errors = errors_of(
            settings.environment, {names[name]: share for name, share in routed.shares.items()}
        )
        source = _source(settings, routed.shares)
        # The page of its deployments is that of one service that is traced.
        (only,) = names.values() if len(names) == 1 and source == "backend" else (None,)
        if new := settings.new:
            many = "" if new.at_least == 1 else f", {new.at_least} times at least"
            yield MonitorWatch(
                part=f"{routed.called}-new",
                says=f"{ERROR} is new, or back after it was resolved{many}",
                over=f"{ERROR} is looked after, or was not seen for {say_duration(new.within)}",
                severity=routed.severity or new.severity,
                compiled=Issues("new", errors, source, new.at_least - 1, new.within).compile(),
                runbook="new-error",
                no_data="resolve",
                service=only,
                owner=routed.owner,
                unit="errors",
            )
        if frequent := settings.frequent:
            within = say_duration(frequent.within)
            yield MonitorWatch(
                part=f"{routed.called}-frequent",
                says=f"{ERROR} occurs more than {frequent.above} times within {within}",
                over=f"{ERROR} occurs at most {frequent.above} times within {within}",
                severity=routed.severity or frequent.severity,
                compiled=Issues(
                    "impact", errors, source, frequent.above, frequent.within
                ).compile(),
                runbook="frequent-error",
                no_data="resolve",
                service=only,
                owner=routed.owner,
                unit="errors",
            )


def _source(settings: "_Settings", services: Mapping[str, Share]) -> Source:
    sites = {service in settings.front_end for service in services}
    if len(sites) > 1:
        return "all"
    return "browser" if sites == {True} else "backend"


# ---- arguments, checked ------------------------------------------------------------------------


class _BackEnd(Words):
    datadog: DatadogService
    owner: Name | None = None


class _Settings(MonitorSettings, ErrorMonitors):
    back_end: dict[Name, _BackEnd] = Field(default_factory=dict)
    site: str = "datadoghq.com"

    def service_owners(self) -> dict[str, str | None]:
        """The owner of each site and service."""
        return {
            name: each.owner or self.owner
            for table in (self.front_end, self.back_end)
            for name, each in table.items()
        }

    def datadog_name(self, service: str) -> str:
        """Datadog's name of a site or service."""
        found = self.front_end.get(service) or self.back_end[service]
        return found.datadog


def _faults(settings: _Settings) -> Iterator[Fault]:
    if settings.site not in SITES:
        close = nearest(settings.site, SITES)
        yield Fault(
            "site",
            "not a site of Datadog that browsers can send to",
            settings.site,
            f"did you mean `{close}`?" if close else f"known: {', '.join(SITES)}",
        )
    first: dict[str, str] = {}
    for kind, table in (("front_end", settings.front_end), ("back_end", settings.back_end)):
        for name, each in table.items():
            if kind == "back_end" and name in settings.front_end:
                yield Fault(
                    f"back_end.{name}", "`front_end` has one of that name", None, "name it anew"
                )
            if each.datadog in first:
                yield Fault(
                    f"{kind}.{name}.datadog",
                    f"`{first[each.datadog]}` is called so too, and their errors could not be told "
                    "apart",
                    each.datadog,
                    "leave one of them out",
                )
            first.setdefault(each.datadog, f"{kind}.{name}")
    if not first:
        yield Fault("back_end", "nothing reports an error", None, "name a service or a site")
    yield from route_faults(settings, settings.service_owners())
