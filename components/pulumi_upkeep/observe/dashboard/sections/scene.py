"""The facts that a dashboard is made of: those of the monitors and alarms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pulumi

from ....plan.monitoring import AlertWhen
from ....plan.services import Watched
from ...resource_watches import Database, LoadBalancer, Servers
from ...runbook import runbook_page

# More things of a kind than these have no panels of their own: the worst of them share one.
FEW = 6


@dataclass(frozen=True)
class Backup:
    """A tier of backups in one place, and how old its newest one may be.

    entry    as the metric of its age has it; ``called``: as people have it
    """

    entry: str
    called: str
    tier: str
    place: str
    at_most: timedelta


@dataclass(frozen=True)
class Follower:
    """Something that follows something else, and how far it may be behind.

    named   its identifier, a bucket's name
    """

    named: pulumi.Input[str]
    at_most: timedelta


@dataclass(frozen=True)
class Waiting:
    """A standby: its group, how many servers of it run while they wait, and the name by which it
    is looked at whether it could take over; empty where nobody looks."""

    group: pulumi.Input[str]
    running: int
    looked_at: str = ""


@dataclass(frozen=True)
class Protection:
    """What still protects: backups, proofs of them, what follows, what stands by."""

    backups: tuple[Backup, ...] = ()
    proofs: Mapping[str, timedelta] = field(default_factory=dict)
    drills: Mapping[str, timedelta] = field(default_factory=dict)
    replicas: Mapping[str, Follower] = field(default_factory=dict)
    buckets: Mapping[str, Follower] = field(default_factory=dict)
    standby: Mapping[str, Waiting] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """What there is, and from when it is not well.

    checks    names of the checks that ask from outside; ``within``: how fast they must be answered
    regions   whose alarms AWS itself keeps
    """

    environment: str
    runbooks: str
    alert_when: AlertWhen = field(default_factory=AlertWhen)
    services: Mapping[str, Watched] = field(default_factory=dict)
    databases: Mapping[str, Database] = field(default_factory=dict)
    servers: Mapping[str, Servers] = field(default_factory=dict)
    load_balancers: Mapping[str, LoadBalancer] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    within: timedelta | None = None
    regions: tuple[str, ...] = ()
    protection: Protection = Protection()

    @property
    def env(self) -> str:
        """The tag of everything that Datadog sees of the environment."""
        return f"env:{self.environment}"

    @property
    def chosen(self) -> str:
        """Narrows a search to the service that the reader has chosen above."""
        return " $service" if self.services else ""

    def page(self, name: str) -> str:
        """The address of a runbook's page."""
        return runbook_page(self.runbooks, name)
