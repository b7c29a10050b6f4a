"""What still protects us: how old the newest backups and proofs are, what follows, what stands by.

A red tile here wakes nobody by itself while the rest is green, and is the first thing to know
before something is deleted, restored or failed over.
"""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

from ...alarm import Metric
from ..cloudwatch import metric_query
from ..panel import Marker, Panel, Query
from .scene import Backup, Scene

_RECOVERY = "Upkeep/Recovery"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# The order of the places, and how each is called on a tile; a backup's own needs no word.
_PLACES = {"backups": "", "recovery": ", recovery", "account": ", account"}

_READ = (
    "**Age** of the newest backup of each tier and place, of the newest proof by a restore, of the "
    "newest drill. Red: older than it may be. No number: nobody knows. Look here before anything "
    "is deleted, restored or failed over."
)


def panels(scene: Scene) -> Iterator[Panel]:
    """Tiles of ages, each with its limit; lines of what follows."""
    facts = scene.protection
    if facts.backups or facts.proofs or facts.drills:
        yield Panel("How to read it", "note", "protection", text=_READ)
    for backup in sorted(facts.backups, key=_order):
        yield _age(backup, scene)
    for test, limit in sorted(facts.proofs.items()):
        yield _days(f"Proof {test}", "ProofAge", {"Test": test}, limit, scene.page("restore-test"))
    for scenario, limit in sorted(facts.drills.items()):
        page = scene.page(scenario)
        yield _days(f"Drill {scenario}", "DrillAge", {"Scenario": scenario}, limit, page)
    for name, waiting in sorted(facts.standby.items()):
        if waiting.looked_at:
            yield _prepared(name, waiting.looked_at, scene)
        if not waiting.running:
            continue
        in_service = {"AutoScalingGroupName": waiting.group}
        yield Panel(
            f"Standby {name}: ready servers",
            "value",
            "protection",
            queries=(
                Query(
                    metric_query(
                        Metric("AWS/AutoScaling", "GroupInServiceInstances", in_service, "Minimum")
                    )
                ),
            ),
            markers=(Marker(waiting.running, comparison="<"),),
            runbook=scene.page("standby-too-few"),
        )
    yield from _followers(scene)


def _prepared(name: str, looked_at: str, scene: Scene) -> Panel:
    """Of all that a move takes, each 1 while it is there, the least."""
    of = {"Standby": looked_at}
    return Panel(
        f"Standby {name}: prepared",
        "value",
        "protection",
        queries=(Query(metric_query(Metric(_RECOVERY, "Ready", of, "Minimum"))),),
        markers=(Marker(1, comparison="<"),),
        runbook=scene.page("standby-not-prepared"),
    )


def _order(backup: Backup) -> tuple[str, str, int]:
    places = [*_PLACES]
    known = backup.place in places
    return backup.called, backup.tier, places.index(backup.place) if known else len(places)


def _age(backup: Backup, scene: Scene) -> Panel:
    of = {"Entry": backup.entry, "Place": backup.place, "Tier": backup.tier}
    where = _PLACES.get(backup.place, f", {backup.place}")
    return Panel(
        f"{backup.called} {backup.tier}{where}",
        "value",
        "protection",
        queries=(Query(metric_query(Metric(_RECOVERY, "BackupAge", of, "Maximum"))),),
        unit="hours",
        markers=(Marker(ceil(backup.at_most / _HOUR)),),
        runbook=scene.page("missing-backups"),
    )


def _days(title: str, metric: str, of: dict[str, str], limit: timedelta, page: str) -> Panel:
    return Panel(
        title,
        "value",
        "protection",
        queries=(Query(metric_query(Metric(_RECOVERY, metric, dict(of), "Maximum"))),),
        unit="days",
        markers=(Marker(limit / _DAY),),
        runbook=page,
    )


def _followers(scene: Scene) -> Iterator[Panel]:
    for name, replica in sorted(scene.protection.replicas.items()):
        of = {"DBInstanceIdentifier": replica.named}
        yield Panel(
            f"Replica {name}: behind its source",
            "timeseries",
            "protection",
            queries=(Query(metric_query(Metric("AWS/RDS", "ReplicaLag", of, "Maximum")), name),),
            unit="s",
            markers=(Marker(replica.at_most.total_seconds(), "alert"),),
            runbook=scene.page("replica-lag"),
            width=6,
        )
    for name, bucket in sorted(scene.protection.buckets.items()):
        to = {"DestinationBucket": bucket.named}
        yield Panel(
            f"Bucket {name}: behind its source",
            "timeseries",
            "protection",
            queries=(
                Query(metric_query(Metric("AWS/S3", "ReplicationLatency", to, "Maximum")), name),
            ),
            unit="s",
            markers=(Marker(bucket.at_most.total_seconds(), "alert"),),
            runbook=scene.page("bucket-replica"),
            width=6,
        )
