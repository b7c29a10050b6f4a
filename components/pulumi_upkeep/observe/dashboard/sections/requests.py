"""Queries on a service's requests: those of its monitors, and what a dashboard shows beside."""

from collections.abc import Mapping

from ....plan.services import Watched
from ...queries.traces import Requests

# Datadog keeps the time in seconds; people speak of milliseconds.
MILLISECONDS = "1000 * x"


def of(service: Watched, environment: str, by: str = "") -> Requests:
    """Those of a service, by a tag where one is named."""
    return Requests.of(service.datadog, service.operation, environment, by)


def operations(services: Mapping[str, Watched]) -> list[str]:
    """The operations that begin requests of any service: what many services are asked by."""
    return sorted({service.operation for service in services.values()})


def of_all(operation: str, environment: str, by: str = "service") -> Requests:
    """Of all services that begin with an operation, split; the reader may choose one."""
    return Requests(operation, f"env:{environment},$service", by)


def worst(query: str) -> str:
    """The ten highest of a query's groups."""
    return f"top({query}, 10, 'max', 'desc')"
