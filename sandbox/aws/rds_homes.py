"""Where RDS instances live when databases are real, and what their books mean for a server."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.ec2.models import ec2_backends
from moto.rds.models import DBInstance

from sandbox.postgres import Cluster, PostgresError


@dataclass(frozen=True)
class Origin:
    """What a new instance's data comes from; nothing makes an empty one.

    backup: a base backup. archive: log files, to replay up to ``until`` (None: all of them).
    source: the home of the instance whose data it is, where that lives.
    """

    backup: Path | None = None
    archive: Path | None = None
    until: datetime | None = None
    source: "Home | None" = None


@dataclass(frozen=True)
class Base:
    """A base backup from which an instance can be restored to a moment since."""

    path: Path
    finished: datetime


@dataclass
class Home:
    """Where one instance lives: its server and the queue of what is done to it.

    broken: how a failure broke it: ``kill``, ``freeze``, or nothing.
    stays_down: whether it must be recovered by hand.
    """

    instance: DBInstance
    jobs: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    cluster: Cluster | None = None
    bases: list[Base] = field(default_factory=list)
    broken: str = ""
    stays_down: bool = False
    recovers_at: float | None = None
    wanted_up: bool = False
    dark: bool = False
    trouble: str = ""

    @property
    def server(self) -> Cluster:
        """Its server; PostgresError before there is one."""
        if self.cluster is None:
            raise PostgresError(f"{self.name} has no server")
        return self.cluster

    @property
    def name(self) -> str:
        """The instance's identifier."""
        return str(self.instance.db_instance_identifier)

    @property
    def answers(self) -> bool:
        """Whether its server runs and is not frozen."""
        return self.cluster is not None and self.cluster.running and not self.cluster.frozen

    @property
    def restorable(self) -> tuple[datetime, datetime] | None:
        """The earliest and the latest moment that can be restored; None without backups."""
        if not self.bases or self.cluster is None:
            return None
        earliest = self.bases[0].finished
        shipped = datetime.now(UTC) if self.answers else self.cluster.shipped
        return earliest, max(earliest, shipped or earliest)


def slot_of(instance: DBInstance) -> str:
    """The replication slot of a replica on its source, named as RDS names it."""
    name = f"rds_{instance.region}_{instance.dbi_resource_id}".replace("-", "_")
    return name.lower()


def reachable(instance: DBInstance) -> bool:
    """Whether one of its security groups lets anybody in at its port.

    Who that is cannot be told apart on one machine: any source will do.
    """
    ec2 = ec2_backends[instance.account_id][instance.region]
    port = int(instance.port or 0)
    for group_id in instance.vpc_security_group_ids:
        group = ec2.get_security_group_from_id(group_id)
        for rule in group.ingress_rules if group is not None else []:
            if str(rule.ip_protocol) == "-1":
                return True
            if rule.ip_protocol != "tcp" or rule.from_port is None or rule.to_port is None:
                continue
            if int(rule.from_port) <= port <= int(rule.to_port):
                return True
    return False


def parameters(instance: DBInstance) -> dict[str, str]:
    """The values that its parameter group sets; formulas of RDS's are left out."""
    group = instance.backend.db_parameter_groups.get(instance.db_parameter_group_name or "")
    found = {}
    for name, parameter in dict(group.parameters if group else {}).items():
        value = parameter.get("ParameterValue")
        if value is not None and "{" not in str(value) and "(" not in str(value):
            found[name] = str(value)
    return found


def connections(server: Cluster) -> int:
    rows = server.sql(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        seconds=5,
    )
    return int(rows[0][0])


def seen(home: Home) -> dict[str, Any]:
    instance, cluster = home.instance, home.cluster
    lag = None
    if home.answers and instance.is_replica:
        with contextlib.suppress(PostgresError):
            lag = home.server.lag()
    return {
        "id": home.name,
        "account": instance.account_id,
        "region": instance.region,
        "endpoint": instance.address,
        "address": cluster.address if cluster else None,
        "port": cluster.port if cluster else None,
        "status": instance.status,
        "replica_of": instance.source_db_instance_identifier if instance.is_replica else None,
        "running": bool(cluster and cluster.running),
        "frozen": bool(cluster and cluster.frozen),
        "open": bool(cluster and cluster.open),
        "replication_paused": bool(cluster and cluster.paused),
        "lag": lag,
        "broken": home.broken,
        "trouble": home.trouble,
        "log": str(cluster.log) if cluster else None,
    }
