"""Dashboards: what somebody on call sees first, made of the same facts as the alerts."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..datadog.dashboard_json import DashboardJson, DashboardJsonArgs
from ..plan.faults import Fault
from ..plan.monitoring import AlertWhen
from ..plan.services import Watched
from ..plan.words import Duration, Later, Name, Url, Words
from .dashboard.document import Heading, document
from .dashboard.panel import GROUPS, Group, Kind, Level, Marker, Panel, Query, Source
from .dashboard.sections import changes, customers, now, onward, protection, where
from .dashboard.sections.scene import Backup, Follower, Protection, Scene, Waiting
from .resource_alarms import (
    AlertWhenArgs,
    WatchedDatabaseArgs,
    WatchedLoadBalancerArgs,
    WatchedServersArgs,
)
from .resource_watches import Database, LoadBalancer, Servers
from .service_monitors import WatchedServiceArgs
from .sites import APP

# A note is what a group begins or ends with; a title is unique so that people can name a panel.
_WITHOUT_QUERY = ("slo", "alert", "note")


class PanelQueryArgs(TypedDict):
    """One query of a panel."""

    text: pulumi.Input[str]
    """Of metrics the query; otherwise a search."""
    name: NotRequired[str]
    """As the legend calls it. Default: Datadog's own naming."""
    source: NotRequired[str]
    """``metrics``, ``logs``, ``rum``, ``spans`` or ``events``. Default: ``metrics``."""
    compute: NotRequired[str]
    """Of a search: ``count``, or an aggregation and its facet, ``avg:@duration``. Default:
    ``count``."""
    by: NotRequired[list[str]]
    """Of a search: the facets it is grouped by. Default: none."""


class PanelMarkerArgs(TypedDict):
    """A threshold, in the panel's unit."""

    value: float
    """Where the line is drawn."""
    label: NotRequired[str]
    """What it says. Default: the value alone."""
    level: NotRequired[str]
    """``critical``, ``warning`` or ``target``. Default: ``critical``."""
    comparison: NotRequired[str]
    """The side that is not well: ``>``, ``>=``, ``<`` or ``<=``. Default: ``>``."""


class PanelArgs(TypedDict):
    """One thing that the dashboard shows."""

    title: str
    """What it is, unique within its group."""
    kind: str
    """``timeseries``, ``value``, ``toplist``, ``slo``, ``logs``, ``errors``, ``events``,
    ``monitors``, ``alert`` or ``note``."""
    group: str
    """The question it answers: ``now``, ``customers``, ``changes``, ``where``, ``protection``,
    ``budget`` or ``next``."""
    queries: NotRequired[list[PanelQueryArgs]]
    """What is shown. Default: none, of an objective, an alert or a note."""
    formula: NotRequired[str]
    """Over the queries, which are ``a``, ``b``, ``c`` in their order. Default: each alone."""
    unit: NotRequired[str]
    """``ms``, ``s``, ``%``, ``bytes``, ``hours``, ``days``; any other word as it is. Default:
    none."""
    markers: NotRequired[list[PanelMarkerArgs]]
    """Thresholds. Default: none."""
    ids: NotRequired[list[pulumi.Input[str]]]
    """The objective's or monitor's id. Default: none."""
    text: NotRequired[pulumi.Input[str]]
    """Of a note, in Markdown. Default: none."""
    days: NotRequired[int]
    """Of an objective: 7, 30 or 90. Default: 30."""
    span: NotRequired[str]
    """How far back it looks: ``15m``, ``1h``, ``4h``, ``1d``, ``1w``. Default: the dashboard's."""
    runbook: NotRequired[str]
    """Address of the page that helps. Default: none."""
    drawn: NotRequired[str]
    """``line``, ``bars`` or ``area``. Default: ``line``."""
    each: NotRequired[str]
    """What is shown of each query, which is ``x``: ``1000 * x``. Default: ``x``."""
    whole: NotRequired[bool]
    """Whether the values are shares of a whole, 0 to 100. Default: false."""
    width: NotRequired[int]
    """Columns of twelve. Default: by kind."""
    height: NotRequired[int]
    """Rows. Default: by kind."""


class ShownChecksArgs(TypedDict):
    """What is asked from outside."""

    names: list[str]
    """Names of the checks, as UptimeChecks has them."""
    within: NotRequired[str]
    """Response time that an answer must keep. Default: no line is drawn."""


class ShownBackupArgs(TypedDict):
    """A tier of backups in one place, whose age BackupPlan publishes."""

    entry: str
    """The BackupPlan's name, by which it publishes the age."""
    called: NotRequired[str]
    """What people call it. Default: that name."""
    tier: str
    """Name of the tier."""
    place: str
    """``backups``, or where its copies go: ``recovery``, ``account``."""
    at_most: str
    """How old the newest one may be, such as ``26 hours``."""


class ShownFollowerArgs(TypedDict):
    """Something that follows something else."""

    named: pulumi.Input[str]
    """Identifier of the replica, or the bucket's name."""
    at_most: str
    """How far it may be behind."""


class ShownStandbyArgs(TypedDict):
    """Servers that wait."""

    group: pulumi.Input[str]
    """Name of their auto-scaling group."""
    running: int
    """How many run while they wait; with 0 they are not counted."""
    looked_at: NotRequired[str]
    """The name by which StandbyReadiness publishes whether it could take over. Default: nobody
    looks."""


class ShownProtectionArgs(TypedDict):
    """What still protects."""

    backups: NotRequired[list[ShownBackupArgs]]
    """Default: none."""
    proofs: NotRequired[dict[str, str]]
    """Restore test -> how old its newest proof may be. Default: none."""
    drills: NotRequired[dict[str, str]]
    """Scenario -> how long ago it may have been rehearsed. Default: none."""
    replicas: NotRequired[dict[str, ShownFollowerArgs]]
    """Replicas of databases. Default: none."""
    buckets: NotRequired[dict[str, ShownFollowerArgs]]
    """Replicas of buckets. Default: none."""
    standby: NotRequired[dict[str, ShownStandbyArgs]]
    """What stands by. Default: none."""


class ShownObjectiveArgs(TypedDict):
    """A service level objective."""

    id: pulumi.Input[str]
    """Its id at Datadog."""
    days: NotRequired[int]
    """7, 30 or 90. Default: 30."""


class DashboardsArgs(TypedDict):
    """Arguments of Dashboards."""

    environment: str
    """The tag ``env`` of everything that is shown."""
    company: str
    """As people call it; begins the title."""
    runbooks: str
    """The address below which each alert has its page."""
    address: NotRequired[str]
    """The company's own address that leads here. Default: none."""
    alert_when: NotRequired[AlertWhenArgs]
    """The thresholds, as ResourceAlarms and ServiceMonitors have them. Default: none is drawn."""
    services: NotRequired[dict[str, WatchedServiceArgs]]
    """Services, as ServiceMonitors has them. Default: none."""
    databases: NotRequired[dict[str, WatchedDatabaseArgs]]
    """Databases, as ResourceAlarms has them. Default: none."""
    servers: NotRequired[dict[str, WatchedServersArgs]]
    """Servers, as ResourceAlarms has them. Default: none."""
    load_balancers: NotRequired[dict[str, WatchedLoadBalancerArgs]]
    """Load balancers, as ResourceAlarms has them. Default: none."""
    checks: NotRequired[ShownChecksArgs]
    """What is asked from outside. Default: nothing."""
    protection: NotRequired[ShownProtectionArgs]
    """What still protects. Default: nothing."""
    objectives: NotRequired[dict[str, ShownObjectiveArgs]]
    """Service level objectives, by what people call them. Default: none."""
    regions: NotRequired[list[str]]
    """Regions whose alarms AWS keeps itself, for links to them. Default: none."""
    panels: NotRequired[list[PanelArgs]]
    """What else is shown, after the rest of its group; of ``where`` before it. Default: nothing."""


class Dashboards(UpkeepComponent):
    """The dashboard of an environment, in the order in which somebody on call asks.

    Is it us, and what is broken now? What do customers feel? Since when, and what changed? Where?
    What still protects us? What may still go wrong? Where to look next? Thresholds are drawn where
    the alerts have them, since both come from the same arguments.
    """

    dashboard_id: pulumi.Output[str]
    """Datadog's id of it."""
    url: pulumi.Output[str]
    """Its address at Datadog."""

    def __init__(
        self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        panels = list(settings.all_panels())
        self.refuse(_faults(panels))
        heading = Heading(
            f"{settings.company} {settings.environment}",
            settings.description(),
            [service.datadog for service in settings.services.values()],
        )
        declared = DashboardJson(
            self.name,
            DashboardJsonArgs(dashboard=document(heading, panels)),
            self.child(),
        )
        self.dashboard_id = declared.id
        self.url = pulumi.Output.concat(APP, "/dashboard/", declared.id)
        self.register_outputs({"dashboardId": self.dashboard_id, "url": self.url})


# ---- arguments, checked ------------------------------------------------------------------------


class _Query(Words):
    text: Later
    name: str = ""
    source: Source = "metrics"
    compute: str = "count"
    by: tuple[str, ...] = ()


class _Marker(Words):
    value: float
    label: str = ""
    level: Level = "critical"
    comparison: Literal[">", ">=", "<", "<="] = ">"


class _Panel(Words):
    title: str = Field(min_length=1)
    kind: Kind
    group: Group
    queries: tuple[_Query, ...] = ()
    formula: str = ""
    unit: str = ""
    markers: tuple[_Marker, ...] = ()
    ids: tuple[Later, ...] = ()
    text: Later = ""
    # Datadog's objectives count over these alone.
    days: Literal[7, 30, 90] = 30
    span: Literal["", "5m", "15m", "30m", "1h", "4h", "1d", "2d", "1w", "1mo"] = ""
    runbook: Url | None = None
    drawn: Literal["line", "bars", "area"] = "line"
    each: str = "x"
    whole: bool = False
    width: int | None = Field(default=None, ge=1, le=12)
    height: int | None = Field(default=None, ge=1, le=12)

    def panel(self) -> Panel:
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return Panel(
            **{
                **values,
                "queries": tuple(Query(**dict(query)) for query in self.queries),
                "markers": tuple(Marker(**dict(marker)) for marker in self.markers),
                "runbook": self.runbook or "",
            }
        )


class _Service(Watched):
    databases: Later = None
    servers: Later = None


class _Checks(Words):
    names: tuple[str, ...]
    within: Duration | None = None


class _Backup(Words):
    entry: str
    called: str | None = None
    tier: str
    place: str
    at_most: Duration


class _Follower(Words):
    named: Later
    at_most: Duration


class _Standby(Words):
    group: Later
    running: int = Field(ge=0)
    looked_at: str = ""


class _Protection(Words):
    backups: tuple[_Backup, ...] = ()
    proofs: dict[str, Duration] = Field(default_factory=dict)
    drills: dict[str, Duration] = Field(default_factory=dict)
    replicas: dict[str, _Follower] = Field(default_factory=dict)
    buckets: dict[str, _Follower] = Field(default_factory=dict)
    standby: dict[str, _Standby] = Field(default_factory=dict)

    def facts(self) -> Protection:
        return Protection(
            tuple(
                Backup(each.entry, each.called or each.entry, each.tier, each.place, each.at_most)
                for each in self.backups
            ),
            self.proofs,
            self.drills,
            {name: Follower(each.named, each.at_most) for name, each in self.replicas.items()},
            {name: Follower(each.named, each.at_most) for name, each in self.buckets.items()},
            {
                name: Waiting(each.group, each.running, each.looked_at)
                for name, each in self.standby.items()
            },
        )


class _Objective(Words):
    id: Later
    days: Literal[7, 30, 90] = 30


class _Settings(Words):
    environment: Name
    company: str = Field(min_length=1)
    runbooks: Url
    address: Url | None = None
    alert_when: AlertWhen = AlertWhen()
    services: dict[Name, _Service] = Field(default_factory=dict)
    databases: dict[Name, Database] = Field(default_factory=dict)
    servers: dict[Name, Servers] = Field(default_factory=dict)
    load_balancers: dict[Name, LoadBalancer] = Field(default_factory=dict)
    checks: _Checks | None = None
    protection: _Protection = _Protection()
    objectives: dict[str, _Objective] = Field(default_factory=dict)
    regions: tuple[str, ...] = ()
    panels: tuple[_Panel, ...] = ()

    def scene(self) -> Scene:
        return Scene(
            environment=self.environment,
            runbooks=self.runbooks,
            alert_when=self.alert_when,
            services=self.services,
            databases=self.databases,
            servers=self.servers,
            load_balancers=self.load_balancers,
            checks=tuple(sorted(self.checks.names)) if self.checks else (),
            within=self.checks.within if self.checks else None,
            regions=tuple(sorted(set(self.regions))),
            protection=self.protection.facts(),
        )

    def description(self) -> str:
        """What stands below the title."""
        where = f" Address: {self.address}." if self.address else ""
        return (
            f"{self.company}, {self.environment}: generated from the maintenance plan, with the "
            f"thresholds of its alerts; what is edited here is lost.{where}"
        )

    def all_panels(self) -> Iterator[Panel]:
        """Every panel. Within a group what others add stands last; but of the question where it is,
        an error says more than a busy processor."""
        scene = self.scene()
        others = [each.panel() for each in self.panels]
        for section in (now, customers, changes):
            yield from section.panels(scene)
        yield from (panel for panel in others if panel.group == "where")
        for section in (where, protection):
            yield from section.panels(scene)
        for name, objective in sorted(self.objectives.items()):
            yield Panel(name, "slo", "budget", ids=(objective.id,), days=objective.days)
        yield from (panel for panel in others if panel.group != "where")
        if not any(panel.kind == "logs" for panel in others):
            yield from onward.logs(scene)
        yield from onward.pages(scene)


def _faults(panels: list[Panel]) -> Iterator[Fault]:
    seen: Mapping[str, set[str]] = {group: set() for group in GROUPS}
    for panel in panels:
        path = f"panels.{panel.title}"
        if panel.title in seen[panel.group]:
            rule = f"the group `{panel.group}` has a panel of that name"
            yield Fault(path, rule, panel.title, "give each a title of its own")
        seen[panel.group].add(panel.title)
        asks = panel.kind not in _WITHOUT_QUERY
        if asks and not panel.queries:
            yield Fault(
                f"{path}.queries", f"a {panel.kind} shows nothing without a query", None, "add one"
            )
        if panel.kind in ("slo", "alert") and len(panel.ids) != 1:
            yield Fault(
                f"{path}.ids", f"a panel `{panel.kind}` shows one thing", None, "name its id"
            )
        if panel.kind == "note" and isinstance(panel.text, str) and not panel.text:
            yield Fault(f"{path}.text", "an empty note", None, "write something")
        if panel.kind in ("logs", "errors", "events", "monitors") and len(panel.queries) > 1:
            yield Fault(
                f"{path}.queries",
                f"a panel `{panel.kind}` has one search",
                str(len(panel.queries)),
                "make a panel of each",
            )


def panel_args(panel: Panel) -> PanelArgs:
    """A panel as an argument of :class:`Dashboards`."""
    plain: Any = {
        "title": panel.title,
        "kind": panel.kind,
        "group": panel.group,
        "queries": [
            {
                "text": query.text,
                "name": query.name,
                "source": query.source,
                "compute": query.compute,
                "by": [*query.by],
            }
            for query in panel.queries
        ],
        "formula": panel.formula,
        "unit": panel.unit,
        "markers": [
            {
                "value": marker.value,
                "label": marker.label,
                "level": marker.level,
                "comparison": marker.comparison,
            }
            for marker in panel.markers
        ],
        "ids": [*panel.ids],
        "text": panel.text,
        "days": panel.days,
        "span": panel.span,
        "drawn": panel.drawn,
        "each": panel.each,
        "whole": panel.whole,
    }
    for key in ("runbook", "width", "height"):
        if value := getattr(panel, key):
            plain[key] = value
    args: PanelArgs = plain
    return args
