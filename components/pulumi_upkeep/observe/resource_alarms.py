"""ResourceAlarms: databases, servers, load balancers and pools, by the plan's thresholds."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..plan.faults import Fault
from ..plan.monitoring import SUSTAINED, AlertWhen, Sustained, Threshold
from ..plan.words import Duration, Later, Name, Severity, Url, Words, say_duration
from . import server_agent
from .alarm import AlertTopics, Metric, Topics, Watch, declare_alarm

_MINUTE = timedelta(minutes=1)
# EC2 reports once in five minutes unless detailed monitoring is paid for.
_EC2_PERIOD = timedelta(minutes=5)
# Servers or targets that fail their checks are a broken feature, not yet an outage: the others
# still serve. The outage itself is the uptime checks' to tell.
UNHEALTHY_SEVERITY: Severity = "p1"
# The name RDS gives a proxy's only target group.
_PROXY_TARGET_GROUP = "default"


class ThresholdArgs(TypedDict):
    """A share above which somebody is alerted."""

    above: str
    """Per cent, such as ``80 %``."""
    severity: str
    """``p0`` to ``p3``."""
    lasting: NotRequired[str]
    """How long it must last, in whole minutes. Default: ``5 minutes``."""


class ResponseTimeThresholdArgs(TypedDict):
    """A response time above which somebody is alerted."""

    above: str
    """Such as ``1000 ms``."""
    severity: str
    """``p0`` to ``p3``."""
    percentile: NotRequired[float]
    """Of the requests, 1 to 99.99. Default: 95, since an average hides the slow ones."""
    lasting: NotRequired[str]
    """How long it must last, in whole minutes. Default: ``5 minutes``."""


class ErrorRateThresholdArgs(TypedDict):
    """A share of failed requests above which somebody is alerted."""

    above: str
    """Per cent of the requests answered with a 5xx, such as ``1 %``."""
    severity: str
    """``p0`` to ``p3``."""
    of_at_least: NotRequired[int]
    """Requests within ``lasting`` below which the share says nothing. Default: 100."""
    lasting: NotRequired[str]
    """Time the share is taken over, whole minutes. Default: ``5 minutes``."""


class ReplicaLagThresholdArgs(TypedDict):
    """A lag of replicas above which somebody is alerted."""

    above: str
    """Such as ``5 minutes``."""
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
    """Name of the servers' IAM role, which is given what the agent needs (two policies of AWS).
    Default: none; the role is expected to have them."""


class WatchedLoadBalancerArgs(TypedDict):
    """An application load balancer and the target group behind it."""

    load_balancer: pulumi.Input[str]
    """The end of its ARN, as metrics name it: ``app/name/0123456789abcdef``."""
    target_group: pulumi.Input[str]
    """The end of the target group's ARN: ``targetgroup/name/0123456789abcdef``."""


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


class _ReplicaLag(Words):
    above: Duration
    severity: Severity
    lasting: Sustained = SUSTAINED


class _AlertWhen(AlertWhen):
    replica_lag: _ReplicaLag | None = None


_Some = Annotated[int, Field(gt=0)]


class _Database(Words):
    identifier: Later
    memory: _Some
    connections: _Some
    storage: _Some
    proxy: Later = None
    proxy_target: Later = None
    replica: bool = False

    def watches(self, name: str, when: _AlertWhen) -> Iterator[Watch]:
        this = {"DBInstanceIdentifier": self.identifier}
        if when.cpu:
            yield _watch(
                f"database-{name}-cpu",
                f"the processor of database {name} is above {when.cpu.above:g} %",
                "database-cpu",
                when.cpu,
                metric=Metric("AWS/RDS", "CPUUtilization", this, "Average"),
            )
        if when.memory:
            yield _watch(
                f"database-{name}-memory",
                f"the memory of database {name} is above {when.memory.above:g} %",
                "database-memory",
                when.memory,
                threshold=_free(self.memory, when.memory),
                below=True,
                metric=Metric("AWS/RDS", "FreeableMemory", this, "Average"),
            )
        if when.database_connections:
            yield _watch(
                f"database-{name}-connections",
                f"database {name} has more than {when.database_connections.above:g} % of the "
                f"{self.connections} connections it can hold",
                "database-connections",
                when.database_connections,
                threshold=self.connections * when.database_connections.above / 100,
                # RDS counts every minute, also none. An instance that reports nothing is gone.
                silence="breaching",
                metric=Metric("AWS/RDS", "DatabaseConnections", this, "Average"),
            )
            if self.proxy is not None:
                yield self._proxy(name, when.database_connections)
        if when.storage:
            yield _watch(
                f"database-{name}-storage",
                f"the storage of database {name} is above {when.storage.above:g} %",
                "database-storage",
                when.storage,
                threshold=_free(self.storage, when.storage),
                below=True,
                metric=Metric("AWS/RDS", "FreeStorageSpace", this, "Average"),
            )
        if when.replica_lag and self.replica:
            yield _watch(
                f"database-{name}-replica-lag",
                f"replica {name} is more than {say_duration(when.replica_lag.above)} behind",
                "replica-lag",
                when.replica_lag,
                threshold=when.replica_lag.above.total_seconds(),
                # A replica whose replication has stopped reports no lag at all.
                silence="breaching",
                metric=Metric("AWS/RDS", "ReplicaLag", this, "Average"),
            )

    def _proxy(self, name: str, limit: Threshold) -> Watch:
        # Published by proxy, target group and target, never by the proxy alone [RDS, "Monitoring
        # RDS Proxy"]. Each of the proxy's nodes reports its own share: only sums compare.
        target = self.proxy_target
        if target is None:
            target = pulumi.Output.concat("db:", self.identifier)
        one = {"ProxyName": self.proxy, "TargetGroup": _PROXY_TARGET_GROUP, "Target": target}
        return _watch(
            f"database-{name}-proxy-connections",
            f"the proxy of database {name} has more than {limit.above:g} % of the connections it "
            "may open",
            "database-connections",
            limit,
            expression="100 * used / allowed",
            metrics={
                "used": Metric("AWS/RDS", "DatabaseConnections", one, "Sum"),
                "allowed": Metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", one, "Sum"),
            },
        )


class _Servers(Words):
    group: Later
    role: Later = None

    def watches(self, name: str, when: _AlertWhen) -> Iterator[Watch]:
        this = {"AutoScalingGroupName": self.group}
        if when.cpu:
            yield _watch(
                f"server-{name}-cpu",
                f"the processors of servers {name} are above {when.cpu.above:g} %",
                "server-cpu",
                when.cpu,
                period=_EC2_PERIOD,
                metric=Metric("AWS/EC2", "CPUUtilization", this, "Average"),
            )
        if when.memory:
            yield _watch(
                f"server-{name}-memory",
                f"the memory of servers {name} is above {when.memory.above:g} %, or their agent "
                "is silent",
                "server-memory",
                when.memory,
                silence="breaching",
                metric=Metric(server_agent.NAMESPACE, server_agent.MEMORY, this, "Average"),
            )
        if when.storage:
            path = {"path": server_agent.DISK_PATH}
            yield _watch(
                f"server-{name}-storage",
                f"the disk of a server {name} is above {when.storage.above:g} %, or their agent "
                "is silent",
                "server-storage",
                when.storage,
                silence="breaching",
                # The fullest disk counts, not the average of all.
                metric=Metric(server_agent.NAMESPACE, server_agent.DISK, this | path, "Maximum"),
            )
        yield Watch(
            part=f"server-{name}-status",
            says=f"a server {name} fails its status check, or none reports",
            runbook="server-status",
            severity=UNHEALTHY_SEVERITY,
            threshold=0,
            missing_data="breaching",
            metric=Metric("AWS/EC2", "StatusCheckFailed", this, "Maximum"),
            period=_MINUTE,
            periods=3,
        )


class _LoadBalancer(Words):
    load_balancer: Later
    target_group: Later

    def watches(self, name: str, when: _AlertWhen) -> Iterator[Watch]:
        balancer = {"LoadBalancer": self.load_balancer}
        targets = balancer | {"TargetGroup": self.target_group}
        if limit := when.response_time:
            yield _watch(
                f"load-balancer-{name}-response-time",
                f"{round(100 - limit.percentile, 2):g} % of the answers of {name} take longer than "
                f"{say_duration(limit.above)}",
                "response-time",
                limit,
                threshold=limit.above.total_seconds(),
                # No request, no slow answer.
                silence="notBreaching",
                metric=Metric(
                    "AWS/ApplicationELB", "TargetResponseTime", balancer, f"p{limit.percentile:g}"
                ),
            )
        if errors := when.error_rate:
            # RequestCount leaves out what the balancer itself refused because no target was left;
            # those must not hide an outage, so the errors are the least that was asked. Counts are
            # not sent while they are 0.
            failed = "(FILL(from_targets, 0) + FILL(from_balancer, 0))"
            asked = f"MAX([FILL(requests, 0), {failed}])"
            yield _watch(
                f"load-balancer-{name}-error-rate",
                f"more than {errors.above:g} % of at least {errors.of_at_least} requests to {name} "
                "fail",
                "error-rate",
                errors,
                silence="notBreaching",
                # One look at the whole time: a share of few requests a minute would only flicker.
                period=errors.lasting,
                expression=f"IF({asked} >= {errors.of_at_least}, 100 * {failed} / {asked}, 0)",
                metrics={
                    "requests": Metric("AWS/ApplicationELB", "RequestCount", balancer, "Sum"),
                    "from_targets": Metric(
                        "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, "Sum"
                    ),
                    "from_balancer": Metric(
                        "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer, "Sum"
                    ),
                },
            )
        yield Watch(
            part=f"load-balancer-{name}-unhealthy",
            says=f"a target of {name} is unhealthy, or none is registered",
            runbook="unhealthy-targets",
            severity=UNHEALTHY_SEVERITY,
            threshold=0,
            missing_data="breaching",
            metric=Metric("AWS/ApplicationELB", "UnHealthyHostCount", targets, "Maximum"),
            period=_MINUTE,
            periods=5,
        )


class _Pool(Words):
    namespace: str
    used: str
    capacity: str
    dimensions: dict[str, Later] = Field(default_factory=dict)

    def watches(self, name: str, when: _AlertWhen) -> Iterator[Watch]:
        if limit := when.database_connections:
            yield _watch(
                f"pool-{name}-connections",
                f"pool {name} has more than {limit.above:g} % of its connections in use, or is "
                "silent",
                "database-connections",
                limit,
                silence="breaching",
                expression="100 * used / capacity",
                metrics={
                    "used": Metric(self.namespace, self.used, self.dimensions, "Sum"),
                    "capacity": Metric(self.namespace, self.capacity, self.dimensions, "Sum"),
                },
            )


class _Settings(Words):
    alert_when: _AlertWhen
    topics: Topics
    runbooks: Url
    databases: dict[Name, _Database] = Field(default_factory=dict)
    servers: dict[Name, _Servers] = Field(default_factory=dict)
    load_balancers: dict[Name, _LoadBalancer] = Field(default_factory=dict)
    pools: dict[Name, _Pool] = Field(default_factory=dict)

    def agent_needed(self) -> bool:
        return bool(self.alert_when.memory or self.alert_when.storage)

    def watches(self) -> Iterator[Watch]:
        kinds: tuple[Mapping[str, Any], ...] = (
            self.databases,
            self.servers,
            self.load_balancers,
            self.pools,
        )
        for watched in kinds:
            for name in sorted(watched):
                yield from watched[name].watches(name, self.alert_when)


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


def _free(whole: int, limit: Threshold) -> float:
    """What is still free, in the whole's unit, when ``limit`` is reached."""
    return whole * (100 - limit.above) / 100


def _watch(
    part: str,
    says: str,
    runbook: str,
    limit: Any,
    *,
    threshold: float | None = None,
    below: bool = False,
    silence: Any = "missing",
    period: timedelta = _MINUTE,
    **of: Any,
) -> Watch:
    """A watch of a plan's threshold: severity, limit and time are the threshold's own."""
    return Watch(
        part=part,
        says=says,
        runbook=runbook,
        severity=limit.severity,
        threshold=limit.above if threshold is None else threshold,
        comparison="LessThanThreshold" if below else "GreaterThanThreshold",
        missing_data=silence,
        period=period,
        periods=max(1, -(-limit.lasting // period)),
        **of,
    )
