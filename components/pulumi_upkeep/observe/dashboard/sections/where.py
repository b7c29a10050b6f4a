"""In which database or server? How full they are, in per cent of what there is."""

from collections.abc import Iterable, Iterator, Sequence

import pulumi

from ... import server_agent
from ...alarm import Metric
from ...resource_watches import Database, LoadBalancer, Servers
from ..cloudwatch import DELAY, metric_query
from ..panel import Marker, Panel, Query
from .scene import FEW, Scene

# So many names one query takes; more are asked by another one.
_AT_ONCE = 100
# What is shown of many: what, the metric, its unit, and whether the least is the worst.
_OF_DATABASES = (
    ("busiest processors", "aws.rds.cpuutilization", "%", False),
    ("least memory left", "aws.rds.freeable_memory", "bytes", True),
    ("most connections", "aws.rds.database_connections", "", False),
    ("least storage left", "aws.rds.free_storage_space", "bytes", True),
)
_OF_SERVERS = (
    ("busiest processors", "aws.ec2.cpuutilization", "autoscaling_group", False),
    ("fullest memory", "cwagent.mem_used_percent", "autoscalinggroupname", False),
    ("fullest disks", "cwagent.disk_used_percent", "autoscalinggroupname", False),
)
_RDS, _EC2, _ELB = "AWS/RDS", "AWS/EC2", "AWS/ApplicationELB"


def panels(scene: Scene) -> Iterator[Panel]:
    """Of each database and each group of servers how full it is, and how it fares."""
    if len(scene.databases) > FEW:
        yield from _many("Databases", _OF_DATABASES, "dbinstanceidentifier", _identifiers(scene))
    else:
        for name, database in sorted(scene.databases.items()):
            yield from _database(name, database, scene)
    if len(scene.servers) > FEW:
        for what, metric, tag, least in _OF_SERVERS:
            yield from _many("Servers", ((what, metric, "%", least),), tag, _groups(scene))
    else:
        for name, servers in sorted(scene.servers.items()):
            yield from _servers(name, servers, scene.load_balancers.get(name), scene)
    if scene.databases or scene.servers:
        yield Panel(
            "From CloudWatch",
            "note",
            "where",
            text=f"Databases, servers and backups: from CloudWatch, {DELAY} late. "
            "Requests and checks: at once.",
        )


def _identifiers(scene: Scene) -> list[pulumi.Input[str]]:
    return [database.identifier for _, database in sorted(scene.databases.items())]


def _groups(scene: Scene) -> list[pulumi.Input[str]]:
    return [servers.group for _, servers in sorted(scene.servers.items())]


def _many(
    things: str,
    shown: Iterable[tuple[str, str, str, bool]],
    tag: str,
    names: Sequence[pulumi.Input[str]],
) -> Iterator[Panel]:
    """The worst ten of many, by each metric."""
    parts = [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
    for what, metric, unit, least in shown:
        ranked = "'min', 'asc'" if least else "'max', 'desc'"
        yield Panel(
            f"{things}: {what}",
            "timeseries",
            "where",
            queries=tuple(
                Query(
                    _joined(
                        f"top(avg:{metric}{{{tag} IN (",
                        part,
                        f")}} by {{{tag}}}, 10, {ranked})",
                    )
                )
                for part in parts
            ),
            unit=unit,
            whole=unit == "%",
        )


def _joined(before: str, names: Sequence[pulumi.Input[str]], after: str) -> pulumi.Input[str]:
    if all(isinstance(name, str) for name in names):
        return f"{before}{','.join(str(name) for name in names)}{after}"
    parts = [part for name in names for part in (",", name)][1:]
    return pulumi.Output.concat(before, *parts, after)


def _database(name: str, database: Database, scene: Scene) -> Iterator[Panel]:
    when = scene.alert_when
    this = {"DBInstanceIdentifier": database.identifier}

    def read(metric: str, statistic: str = "Average") -> Query:
        return Query(metric_query(Metric(_RDS, metric, this, statistic)))

    shares = (
        ("processor", "CPUUtilization", "a", when.cpu, "database-cpu"),
        ("memory", "FreeableMemory", _used(database.memory), when.memory, "database-memory"),
        (
            "connections",
            "DatabaseConnections",
            f"100 * a / {database.connections}",
            when.database_connections,
            "database-connections",
        ),
        ("storage", "FreeStorageSpace", _used(database.storage), when.storage, "database-storage"),
    )
    for what, metric, formula, limit, page in shares:
        yield Panel(
            f"Database {name}: {what}",
            "timeseries",
            "where",
            queries=(_named(read(metric), what),),
            formula=formula,
            unit="%",
            whole=True,
            markers=(Marker(limit.above, "alert"),) if limit else (),
            runbook=scene.page(page),
            width=3,
        )
    yield Panel(
        f"Database {name}: time of a read and a write",
        "timeseries",
        "where",
        queries=(_named(read("ReadLatency"), "read"), _named(read("WriteLatency"), "write")),
        each="1000 * x",
        unit="ms",
        width=6,
    )
    yield Panel(
        f"Database {name}: reads and writes that wait for the disk",
        "timeseries",
        "where",
        queries=(_named(read("DiskQueueDepth"), "waiting"),),
        width=6,
    )


def _servers(
    name: str, servers: Servers, balancer: LoadBalancer | None, scene: Scene
) -> Iterator[Panel]:
    when = scene.alert_when
    this: dict[str, pulumi.Input[str]] = {"AutoScalingGroupName": servers.group}
    disk = {**this, "path": server_agent.DISK_PATH}
    agent = server_agent.NAMESPACE
    shares = (
        ("processors", Metric(_EC2, "CPUUtilization", this, "Average"), when.cpu, "server-cpu"),
        (
            "memory",
            Metric(agent, server_agent.MEMORY, this, "Average"),
            when.memory,
            "server-memory",
        ),
        (
            "fullest disk",
            Metric(agent, server_agent.DISK, disk, "Maximum"),
            when.storage,
            "server-storage",
        ),
    )
    for what, metric, limit, page in shares:
        yield Panel(
            f"Servers {name}: {what}",
            "timeseries",
            "where",
            queries=(Query(metric_query(metric), what),),
            unit="%",
            whole=True,
            markers=(Marker(limit.above, "alert"),) if limit else (),
            runbook=scene.page(page),
            width=3,
        )
    if balancer is not None:
        behind = {
            "LoadBalancer": balancer.load_balancer,
            "TargetGroup": balancer.target_group,
        }
        yield Panel(
            f"Servers {name}: healthy and not",
            "timeseries",
            "where",
            queries=(
                Query(metric_query(Metric(_ELB, "HealthyHostCount", behind, "Minimum")), "healthy"),
                Query(
                    metric_query(Metric(_ELB, "UnHealthyHostCount", behind, "Maximum")),
                    "unhealthy",
                ),
            ),
            runbook=scene.page("unhealthy-targets"),
            width=3,
        )


def _used(whole: int) -> str:
    """The used share of a whole in bytes, of a metric that says what is free."""
    return f"100 - 100 * a / {whole}"


def _named(query: Query, name: str) -> Query:
    return Query(query.text, name)
