"""The parameters without which a replica of PostgreSQL does not start.

A hot standby refuses to start, or pauses, where it can hold less than its source:
`max_connections`, `max_worker_processes`, `max_wal_senders`, `max_prepared_transactions` and
`max_locks_per_transaction` must be at least the source's.
Source: PostgreSQL documentation, "Hot Standby: Administrator's Overview".

RDS's defaults of the last three are the same for every class. Those of the first two follow the
class, so they are stated here as the largest member has them: any member may be the source of any
other one day.
Source: Amazon RDS, default parameter group of PostgreSQL: `max_connections`
`LEAST({DBInstanceClassMemory/9531392}, 5000)`, `max_worker_processes`
`GREATEST({DBInstanceVCPU*2}, 8)`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..observe.capacity import connection_capacity

_LEAST_WORKERS = 8
_VERSION = re.compile(r"^(\d+)")


@dataclass(frozen=True)
class Size:
    """What an instance class has.

    memory   bytes
    vcpus    virtual processors
    """

    memory: int
    vcpus: int


def parameter_family(engine: str, version: str) -> str | None:
    """The family of PostgreSQL's parameter groups, such as ``postgres16`` of version ``16.4``.

    None for other engines: their replicas start with the engine's default group.
    """
    found = _VERSION.match(version)
    return f"postgres{found.group(1)}" if engine == "postgres" and found else None


def replica_parameters(
    engine: str, members: Iterable[Size], stated: Mapping[str, str]
) -> dict[str, str]:
    """The parameters of a replica's own group: what it needs to start, and what is stated.

    members   the sizes of all members of the database, itself included; one at least
    stated    what the plan states, which wins: where the source has a group of its own, its figures
    """
    if engine != "postgres":
        return dict(stated)
    sizes = list(members)
    needed = {
        "max_connections": max(connection_capacity(engine, size.memory) for size in sizes),
        "max_worker_processes": max(_LEAST_WORKERS, *(2 * size.vcpus for size in sizes)),
    }
    return {name: str(value) for name, value in needed.items()} | dict(stated)
