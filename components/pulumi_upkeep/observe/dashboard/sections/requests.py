"""Queries on a service's requests: those of its monitors, and what a dashboard shows beside."""

from collections.abc import Mapping

from ....plan.services import Watched
from ...service_watches import Metrics

# Datadog keeps the time in seconds; people speak of milliseconds.
MILLISECONDS = "1000 * x"


def latency(service: Watched, environment: str, percentile: float) -> str:
    """How long a share of the requests takes, in seconds."""
    return Metrics(service, environment).latency(percentile)


def hits(service: Watched, environment: str, by: str = "") -> str:
    """Requests, by a tag where one is named."""
    counted = Metrics(service, environment).requests
    return counted.replace(".as_count()", f" by {{{by}}}.as_count()") if by else counted


def errors(service: Watched, environment: str) -> str:
    """Requests that failed."""
    return Metrics(service, environment).requests.replace(".hits{", ".errors{")


def operations(services: Mapping[str, Watched]) -> list[str]:
    """The operations that begin requests of any service: what many services are asked by."""
    return sorted({service.operation for service in services.values()})


def of_all(operation: str, environment: str, measure: str) -> str:
    """Of all services that begin with an operation, by service; the reader may choose one.

    measure   ``latency`` (the slowest twentieth, in seconds), ``hits`` or ``errors``
    """
    scope = f"{{env:{environment},$service}} by {{service}}"
    if measure == "latency":
        return f"p95:trace.{operation}{scope}"
    return f"sum:trace.{operation}.{measure}{scope}.as_count()"


def worst(query: str) -> str:
    """The ten highest of a query's groups."""
    return f"top({query}, 10, 'max', 'desc')"
