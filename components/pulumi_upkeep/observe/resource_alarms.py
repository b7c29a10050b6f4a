"""ResourceAlarms: databases, servers, load balancers and pools, by the plan's thresholds."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..plan.faults import Fault
from ..plan.tuned import Limit
from ..plan.words import Name, Url, Words
from . import server_agent
from .alarm import AlertTopics, Topics, Watch, declare_alarm
from .resource_watches import Database, LoadBalancer, Pool, ResourceAlertWhen, Servers
from .thresholds import ErrorRateThresholdArgs, ResponseTimeThresholdArgs, ThresholdArgs


class ReplicaLagThresholdArgs(TypedDict):
    """A lag of replicas above which somebody is alerted."""

    above: str
    """Such as ``5 minutes``; 1 minute to 12 hours."""
    severity: str
    """``p0`` to ``p3``."""
    lasting: NotRequired[str]
    """How long it must last, in whole minutes. Default: ``5 minutes``."""


class AlertWhenArgs(TypedDict):
    """The thresholds. One that is left out is not watched."""

    response_time: NotRequired[ResponseTimeThresholdArgs]
    """Of load balancers' targets."""
    error_rate: NotRequired[ErrorRateThresholdArgs]
    """Of load balancers."""
    cpu: NotRequired[ThresholdArgs]
    """Of databases and servers."""
    memory: NotRequired[ThresholdArgs]
    """Of databases and servers; servers report it by an agent that is installed for it."""
    database_connections: NotRequired[ThresholdArgs]
    """Of the connections that databases, their proxies and applications' pools can hold."""
    storage: NotRequired[ThresholdArgs]
    """Of databases and of servers' root disk."""
    replica_lag: NotRequired[ReplicaLagThresholdArgs]
    """Of databases marked as ``replica``. Replicas of the component ReadReplica watch theirs."""


class WatchedDatabaseArgs(TypedDict):
    """An RDS instance. What is a count or bytes in the cloud needs the whole it is a share of."""

    identifier: pulumi.Input[str]
    """Identifier of the instance."""
    memory: int
    """Memory of its class, in bytes."""
    connections: int
    """Connections it can hold; ``connection_capacity`` knows the engines' defaults."""
    storage: int
    """Allocated storage, in bytes."""
    proxy: NotRequired[pulumi.Input[str]]
    """Name of the RDS Proxy that applications come through. Default: none."""
    proxy_target: NotRequired[pulumi.Input[str]]
    """The proxy's target as its metrics name it. Default: ``db:`` and the identifier."""
    replica: NotRequired[bool]
    """Whether its lag behind a source is watched. Default: false."""


class WatchedServersArgs(TypedDict):
    """An auto-scaling group of servers."""

    group: pulumi.Input[str]
    """Name of the group."""
    role: NotRequired[pulumi.Input[str]]
    """Name of the servers' IAM role, which is given what the agent needs.
    Default: none; the role is expected to have them."""


class WatchedLoadBalancerArgs(TypedDict):
    """An application load balancer and the target group behind it."""

    load_balancer: pulumi.Input[str]
    """The end of its ARN, as metrics name it: ``app/name/0123456789abcdef``."""
    target_group: pulumi.Input[str]
    """The end of the target group's ARN: ``targetgroup/name/0123456789abcdef``."""
    watched_elsewhere: NotRequired[list[str]]
    """Thresholds that something else watches for the services behind it, such as ServiceMonitors:
    ``response_time``, ``error_rate``. One condition has one watcher. Default: none."""


class WatchedPoolArgs(TypedDict):
    """A connection pool that an application reports in metrics of its own."""

    namespace: str
    """The metrics' namespace."""
    used: str
    """Metric: connections in use."""
    capacity: str
    """Metric: connections that the pool can hold."""
    dimensions: NotRequired[dict[str, pulumi.Input[str]]]
    """Dimensions of both metrics. Default: none."""


class ResourceAlarmsArgs(TypedDict):
    """Arguments of ResourceAlarms."""

    topics: AlertTopics
    """Who hears of what, as AlertRoutes gives it; topics of the same region."""
    runbooks: str
    """The address below which each alarm has its page."""
    alert_when: AlertWhenArgs
    """The thresholds."""
    databases: NotRequired[dict[str, WatchedDatabaseArgs]]
    """RDS instances, by a name for their alarms. Default: none."""
    servers: NotRequired[dict[str, WatchedServersArgs]]
    """Groups of servers, by a name for their alarms. Default: none."""
    load_balancers: NotRequired[dict[str, WatchedLoadBalancerArgs]]
    """Load balancers, by a name for their alarms. Default: none."""
    pools: NotRequired[dict[str, WatchedPoolArgs]]
    """Applications' connection pools, by a name for their alarms. Default: none."""


class ResourceAlarms(UpkeepComponent):
    """CloudWatch alarms of databases, servers, load balancers and connection pools.

    Every alarm tells the topic of its severity when it begins and when it ends, leads to a page of
    the runbooks, and says what silence of its metric means. Shares are shares of what there is:
    connections of the instance's capacity, memory of its class.
    """

    alarms: pulumi.Output[Mapping[str, str]]
    """Name of each alarm's part, such as ``database-orders-cpu`` -> ARN of the alarm."""

    def __init__(
        self, name: str, args: ResourceAlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        watches = list(settings.watches())
        self.refuse(_faults(settings, watches))
        if settings.agent_needed():
            for part, servers in sorted(settings.servers.items()):
                server_agent.declare_agent(self, f"server-{part}", servers.group, servers.role)
        alarms: dict[str, Any] = {
            watch.part: declare_alarm(self, watch, args["topics"], settings.runbooks).arn
            for watch in watches
        }
        self.alarms = pulumi.Output.from_input(alarms)
        self.register_outputs({"alarms": self.alarms})


# ---- arguments, checked ------------------------------------------------------------------------


class _Settings(Words):
    alert_when: ResourceAlertWhen
    topics: Topics
    runbooks: Url
    databases: dict[Name, Database] = Field(default_factory=dict)
    servers: dict[Name, Servers] = Field(default_factory=dict)
    load_balancers: dict[Name, LoadBalancer] = Field(default_factory=dict)
    pools: dict[Name, Pool] = Field(default_factory=dict)

    def agent_needed(self) -> bool:
        return bool(self.alert_when.memory or self.alert_when.storage)

    def watches(self) -> Iterator[Watch]:
        kinds: Mapping[str, Mapping[str, Any]] = {
            "database": self.databases,
            "server": self.servers,
            "load-balancer": self.load_balancers,
            "pool": self.pools,
        }
        for kind, watched in kinds.items():
            for name in sorted(watched):
                for watch in watched[name].watches(name, self.alert_when):
                    yield replace(
                        watch,
                        about=(kind, name),
                        relimited=partial(
                            _relimited, watched[name], (kind, name), self.alert_when, watch
                        ),
                    )


def _relimited(
    thing: Any, about: tuple[str, str], when: ResourceAlertWhen, watch: Watch, limit: Limit
) -> Watch | None:
    """The same watch by another threshold; None where it stands on none of that kind."""
    above = timedelta(seconds=limit.value) if limit.kind == "seconds" else limit.value
    for key in type(when).model_fields:
        threshold = getattr(when, key)
        # Lengths stand for lengths, shares for shares; a count has no threshold here.
        if threshold is None or not limit.kind or type(threshold.above) is not type(above):
            continue
        other = when.model_copy(update={key: threshold.model_copy(update={"above": above})})
        watches: Iterator[Watch] = thing.watches(about[1], other)
        for found in watches:
            if found.part == watch.part and found.threshold != watch.threshold:
                return replace(found, about=about)
    return None


def _faults(settings: _Settings, watches: list[Watch]) -> Iterator[Fault]:
    if not watches:
        yield Fault(
            "databases",
            "nothing is watched",
            None,
            "name a database, servers, a load balancer or a pool, and a threshold for it",
        )
    for name, database in settings.databases.items():
        if database.replica and settings.alert_when.replica_lag is None:
            yield Fault(
                f"databases.{name}.replica",
                "a replica whose lag nobody is told of",
                "true",
                "add `alert_when.replica_lag`",
            )
