"""What is watched of a service, and which monitors it takes to tell it.

Their metrics are those of Datadog's traces (:mod:`.queries.traces`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import pulumi
from pydantic import Field

from ..plan.monitoring import AlertWhen
from ..plan.services import Saturation, Unusual, Watched
from ..plan.words import Later, Words, say_duration
from .monitor import MonitorWatch
from .queries.anomaly import Anomaly, Direction
from .queries.compiled import Compiled
from .queries.composite import composite, unless
from .queries.condition import Condition
from .queries.forecast import Forecast
from .queries.threshold import Threshold
from .queries.traces import Requests

# Trace metrics are complete a minute after the requests.
TRACES_ARRIVE = timedelta(minutes=1)
# Datadog asks CloudWatch for the metrics of AWS every ten minutes, and they come late themselves
# [Datadog, "Cloud metric delay"].
AWS_METRICS_ARRIVE = timedelta(minutes=15)
# A server that has just started writes a lot, and then no more.
NEW_SERVER = timedelta(hours=1)
# Full is before the last byte: RDS stops an instance, and file systems keep five per cent for root.
FULL = 0.95
# It is over once so much more is free again.
RELIEVED = 0.90
# Squashed images are full by their nature.
_DISKS = "!device:/dev/loop*"
# A monitor that is a part of another one, and tells nobody.
PART = ("role:part",)


class FillingDatabase(Words):
    """A database instance of RDS; ``storage`` in bytes."""

    identifier: Later
    storage: Annotated[int, Field(gt=0)]


class FillingServers(Words):
    """An auto-scaling group."""

    group: Later


@dataclass(frozen=True)
class Told:
    """A monitor that tells somebody.

    of   the parts it is joined from, where it is: the first alerts and none of the others does
    """

    watch: MonitorWatch
    of: tuple[str, ...] = ()

    def joined(self, ids: Sequence[pulumi.Input[str]]) -> MonitorWatch:
        """The watch with the query that its parts' ids make."""
        return replace(self.watch, query=unless(*ids)) if ids else self.watch


@dataclass(frozen=True)
class ServiceWatches:
    """The monitors of a service: parts that are silent, and those that tell somebody."""

    parts: tuple[MonitorWatch, ...]
    told: tuple[Told, ...]


def service_watches(
    name: str,
    service: Watched,
    company: AlertWhen,
    environment: str,
    timezone: str,
    databases: Mapping[str, FillingDatabase],
    servers: Mapping[str, FillingServers],
) -> ServiceWatches:
    """All of a service's monitors, by the plan's thresholds.

    ``timezone`` is that of the clocks by which one day is like another.
    """
    requests = Requests.of(service.datadog, service.operation, environment)
    of = _Of(name, service, company, requests, timezone)
    judged = [found for found in (of.slow(), of.failing(), *of.unusual()) if found]
    parts = [part for part, _ in judged]
    if parts:
        parts.append(of.few_requests())
    told = [Told(watch, (part.part, of.few_requests().part)) for part, watch in judged]
    if fallen := of.traffic():
        parts += fallen[:2]
        told.append(Told(fallen[2], (fallen[0].part, fallen[1].part)))
    if service.saturation is not None:
        told += [Told(watch) for watch in of.filling(service.saturation, databases, servers)]
    return ServiceWatches(tuple(parts), tuple(told))


# A part, and the watch that speaks for it.
_Judged = tuple[MonitorWatch, MonitorWatch]


@dataclass(frozen=True)
class _Of:
    name: str
    service: Watched
    company: AlertWhen
    requests: Requests
    timezone: str

    def slow(self) -> _Judged | None:
        limit = self.service.slow(self.company)
        if limit is None:
            return None
        compiled = Threshold(
            self.requests.latency(limit.percentile),
            limit.lasting,
            _rising(limit.above.total_seconds(), limit.warns_at, limit.recovers_at),
            "percentile",
        ).compile()
        return self._judged(
            "latency",
            compiled,
            severity=limit.severity,
            says=f"{round(100 - limit.percentile, 2):g} % of the requests to {self.name} take "
            f"longer than {say_duration(limit.above)}",
            over=f"{self.name} answers in time",
            runbook="response-time",
            unit="s",
        )

    def failing(self) -> _Judged | None:
        limit = self.service.failing(self.company)
        if limit is None:
            return None
        compiled = Threshold(
            self.requests.error_rate,
            limit.lasting,
            _rising(limit.above, limit.warns_at, limit.recovers_at),
            "sum",
        ).compile()
        return self._judged(
            "errors",
            compiled,
            severity=limit.severity,
            says=f"more than {limit.above:g} % of the requests to {self.name} fail",
            over=f"requests to {self.name} succeed",
            runbook="error-rate",
            unit="%",
        )

    def unusual(self) -> Iterator[_Judged]:
        limit = self.service.slow(self.company)
        percentile = limit.percentile if limit else self.service.latency.percentile or 95
        for part, unusual, metric, says, over, runbook in (
            (
                "latency-unusual",
                self.service.latency.unusual,
                self.requests.latency(percentile),
                f"{self.name} is slower than usual at this hour of the week",
                f"{self.name} answers as fast as usual",
                "response-time",
            ),
            (
                "errors-unusual",
                self.service.errors.unusual,
                self.requests.error_rate,
                f"more requests to {self.name} fail than usual at this hour of the week",
                f"no more requests to {self.name} fail than usual",
                "error-rate",
            ),
        ):
            if unusual is not None:
                compiled = self._anomaly(metric, unusual, "above")
                yield self._judged(
                    part, compiled, severity=unusual.severity, says=says, over=over, runbook=runbook
                )

    def traffic(self) -> tuple[MonitorWatch, MonitorWatch, MonitorWatch] | None:
        """Traffic that falls away; quiet where there is usually little of it. What is there now
        cannot tell that: when everything is down nothing is there."""
        traffic = self.service.traffic
        if traffic is None:
            return None
        part, told = self._judged(
            "traffic",
            self._anomaly(self.requests.hits, traffic, "below", counts=True),
            severity=traffic.severity,
            says=f"requests to {self.name} have fallen away from what is usual at this hour of "
            "the week",
            over=f"requests to {self.name} come as usual",
            runbook=self.service.runbook or "traffic",
            no_data="default",
        )
        usually_few = self._part(
            "usually-few-requests",
            Threshold(
                f"week_before({self.requests.hits})",
                traffic.lasting,
                Condition("<", traffic.of_at_least),
                "sum",
            ).compile(),
            severity=traffic.severity,
            says=f"fewer than {traffic.of_at_least} requests to {self.name} were usual at this "
            "hour: nothing is said of their falling away",
            over=f"enough requests to {self.name} are usual to tell when they fall away",
            runbook=part.runbook,
            no_data="default",
        )
        return part, usually_few, told

    def few_requests(self) -> MonitorWatch:
        count, within = self.service.enough(self.company)
        return self._part(
            "few-requests",
            Threshold(self.requests.hits, within, Condition("<", count), "sum").compile(),
            severity="p3",
            says=f"fewer than {count} requests to {self.name} in {say_duration(within)}: too few "
            "to judge latency and errors by",
            over=f"enough requests to {self.name} to judge by",
            runbook="traffic",
            # No count is a count of none.
            no_data="default",
        )

    def filling(
        self,
        saturation: Saturation,
        databases: Mapping[str, FillingDatabase],
        servers: Mapping[str, FillingServers],
    ) -> Iterator[MonitorWatch]:
        ahead = saturation.full_within
        said = say_duration(ahead)
        for name in sorted(databases):
            database = databases[name]
            compiled, query = _later(database.identifier, partial(_storage, database, ahead))
            yield self._watch(
                f"database-{name}-filling",
                compiled,
                query=query,
                severity=saturation.severity,
                says=f"the storage of database {name} will be full within {said}",
                over=f"the storage of database {name} lasts longer than {said}",
                runbook="database-storage",
                unit="bytes free",
                no_data="show_no_data",
                evaluation_delay=AWS_METRICS_ARRIVE,
            )
        for name in sorted(servers):
            compiled, query = _later(servers[name].group, partial(_disks, ahead))
            yield self._watch(
                f"server-{name}-filling",
                compiled,
                query=query,
                severity=saturation.severity,
                says=f"a disk of server {{{{host.name}}}} ({name}) will be full within {said}",
                over=f"the disks of server {{{{host.name}}}} ({name}) last longer than {said}",
                runbook="server-storage",
                unit="of 1",
                no_data="show_no_data",
                new_group_delay=NEW_SERVER,
            )

    def _anomaly(
        self, metric: str, unusual: Unusual, direction: Direction, counts: bool = False
    ) -> Compiled:
        return Anomaly(
            metric,
            unusual.lasting,
            direction=direction,
            deviations=unusual.deviations,
            timezone=self.timezone,
            counts=counts,
        ).compile()

    def _judged(self, part: str, compiled: Compiled, **of: Any) -> _Judged:
        """A silent part, and the composite that speaks for it while there is enough to judge by."""
        of = {"no_data": "resolve"} | of
        silent = self._part(f"{part}-part", compiled, **of)
        # Of an anomaly the value is a share of points, which says nothing to a person.
        judged = None if compiled.windows else compiled
        return silent, self._watch(part, composite(), judged=judged, **of)

    def _part(self, part: str, compiled: Compiled, **of: Any) -> MonitorWatch:
        return replace(self._watch(part, compiled, **of), silent=True, tags=PART)

    def _watch(self, part: str, compiled: Compiled, **of: Any) -> MonitorWatch:
        given = {"evaluation_delay": None if compiled.type == "composite" else TRACES_ARRIVE} | of
        return MonitorWatch(
            part=f"{self.name}-{part}",
            compiled=compiled,
            service=self.service.datadog,
            owner=self.service.owner,
            **given,
        )


def _storage(database: FillingDatabase, ahead: timedelta, identifier: str) -> Compiled:
    free = f"min:aws.rds.free_storage_space{{dbinstanceidentifier:{identifier}}}"
    full = Condition(
        "<=",
        round(database.storage * (1 - FULL)),
        critical_recovery=round(database.storage * (1 - RELIEVED)),
    )
    return Forecast(free, ahead, full).compile()


def _disks(ahead: timedelta, group: str) -> Compiled:
    used = f"max:system.disk.in_use{{autoscaling_group:{group},{_DISKS}}} by {{host}}"
    return Forecast(used, ahead, Condition(">=", FULL, critical_recovery=RELIEVED)).compile()


def _rising(critical: float, warns_at: float, recovers_at: float) -> Condition:
    """Above a limit: it warns and ends at shares of it."""
    warning = critical * warns_at
    return Condition(
        ">",
        critical,
        warning=_short(warning),
        critical_recovery=_short(critical * recovers_at),
        warning_recovery=_short(warning * recovers_at),
    )


def _short(value: float) -> float:
    """A computed limit without the noise of binary fractions."""
    return round(value, 9)


def _later(
    identifier: Later, compile_for: Callable[[str], Compiled]
) -> tuple[Compiled, pulumi.Input[str] | None]:
    """A query that names something which may only be known at deployment: the same one with the
    name in its place once it is."""
    if isinstance(identifier, str):
        return compile_for(identifier), None
    known: pulumi.Output[str] = pulumi.Output.from_input(identifier)
    return compile_for("later"), known.apply(lambda name: compile_for(name).query)
