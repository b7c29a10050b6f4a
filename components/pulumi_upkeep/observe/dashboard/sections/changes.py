"""Since when, and what changed?"""

from collections.abc import Iterator

from ..panel import Panel, Query
from . import requests
from .scene import FEW, Scene


def panels(scene: Scene) -> Iterator[Panel]:
    """Requests by version, which shows a deployment where it takes effect; and what happened."""
    for operation in requests.operations(scene.services) if len(scene.services) > FEW else ():
        asked = requests.of_all(operation, scene.environment, by="service,version").hits
        yield Panel(
            f"{operation}: requests by version",
            "timeseries",
            "changes",
            queries=(Query(requests.worst(asked)),),
            drawn="bars",
            width=6,
            height=4,
        )
    for name, service in sorted(scene.services.items() if len(scene.services) <= FEW else ()):
        yield Panel(
            f"{name}: requests by version",
            "timeseries",
            "changes",
            queries=(Query(requests.of(service, scene.environment, by="version").hits),),
            drawn="bars",
            width=6,
            height=4,
        )
    yield Panel(
        "What happened: deployments, alerts, AWS",
        "events",
        "changes",
        # AWS's own events carry the tag that everything declared has.
        queries=(Query(f"{scene.env} OR environment:{scene.environment}"),),
    )
