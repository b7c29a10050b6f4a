"""What is watched of a database, a group of servers, a load balancer and a pool."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

import pulumi
from pydantic import Field

from ..plan.monitoring import SUSTAINED, AlertWhen, Sustained, Threshold
from ..plan.replicas import AlertingLag
from ..plan.services import OfServers
from ..plan.words import Later, Severity, Words, say_duration
from . import server_agent
from .alarm import Metric, Watch
from .replica_lag import lag_watch

_MINUTE = timedelta(minutes=1)
# EC2 reports once in five minutes unless detailed monitoring is paid for.
_EC2_PERIOD = timedelta(minutes=5)
# Servers or targets that fail their checks are a broken feature, not yet an outage: the others
# still serve. The outage itself is the uptime checks' to tell.
UNHEALTHY_SEVERITY: Severity = "p1"
# The name RDS gives a proxy's only target group.
_PROXY_TARGET_GROUP = "default"


class _ReplicaLag(Words):
    above: AlertingLag
    severity: Severity
    lasting: Sustained = SUSTAINED


class ResourceAlertWhen(AlertWhen):
    """The plan's thresholds, and that of replicas which are not components of their own."""

    replica_lag: _ReplicaLag | None = None


_Some = Annotated[int, Field(gt=0)]


class Database(Words):
    """An RDS instance: memory and storage in bytes, ``connections`` it can hold."""

    identifier: Later
    memory: _Some
    connections: _Some
    storage: _Some
    proxy: Later = None
    proxy_target: Later = None
    replica: bool = False

    def watches(self, name: str, when: ResourceAlertWhen) -> Iterator[Watch]:
        """Its watches; the name is that of the thing in the plan."""
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
            lag = when.replica_lag
            yield lag_watch(
                f"database-{name}-replica-lag",
                f"replica {name} is more than {say_duration(lag.above)} behind, or does not follow",
                self.identifier,
                lag.above,
                lag.severity,
                lag.lasting,
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


class Servers(Words):
    """An auto-scaling group."""

    group: Later
    role: Later = None

    def watches(self, name: str, when: ResourceAlertWhen) -> Iterator[Watch]:
        """Its watches; the name is that of the thing in the plan."""
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


class LoadBalancer(Words):
    """An application load balancer and the target group behind it, as metrics name them."""

    load_balancer: Later
    target_group: Later
    watched_elsewhere: tuple[OfServers, ...] = ()

    def watches(self, name: str, when: ResourceAlertWhen) -> Iterator[Watch]:
        """Its watches; the name is that of the thing in the plan."""
        balancer = {"LoadBalancer": self.load_balancer}
        targets = balancer | {"TargetGroup": self.target_group}
        limit, errors = when.response_time, when.error_rate
        if limit and "response_time" not in self.watched_elsewhere:
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
        if errors and "error_rate" not in self.watched_elsewhere:
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


class Pool(Words):
    """A connection pool that an application reports in metrics of its own."""

    namespace: str
    used: str
    capacity: str
    dimensions: dict[str, Later] = Field(default_factory=dict)

    def watches(self, name: str, when: ResourceAlertWhen) -> Iterator[Watch]:
        """Its watches; the name is that of the thing in the plan."""
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
