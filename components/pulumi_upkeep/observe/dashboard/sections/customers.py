"""What do customers feel?"""

from collections.abc import Iterator
from datetime import timedelta

from ....plan.services import Watched
from ...alarm import Metric
from ..cloudwatch import metric_query
from ..panel import Marker, Panel, Query
from . import requests
from .scene import FEW, Scene


def panels(scene: Scene) -> Iterator[Panel]:
    """The checks from outside; of each service its latency, errors and traffic."""
    if scene.checks:
        yield from _checks(scene)
    if len(scene.services) > FEW:
        yield from _worst(scene)
    else:
        for name, service in sorted(scene.services.items()):
            yield from _service(name, service, scene)
    if not scene.services:
        yield from _balancers(scene)


def _checks(scene: Scene) -> Iterator[Panel]:
    markers: tuple[Marker, ...] = ()
    if scene.within is not None:
        markers = (Marker(scene.within / timedelta(milliseconds=1), "alert"),)
    yield Panel(
        "Outside checks: response time",
        "timeseries",
        "customers",
        queries=(Query(f"avg:synthetics.http.response.time{{{scene.env}}} by {{check}}"),),
        unit="ms",
        markers=markers,
        width=6,
    )
    runs = f"sum:synthetics.test_runs{{{scene.env},status:failure}}"
    yield Panel(
        "Outside checks: failures",
        "timeseries",
        "customers",
        queries=(Query(f"{runs} by {{check}}.as_count()"),),
        drawn="bars",
        width=6,
    )


def _worst(scene: Scene) -> Iterator[Panel]:
    """The worst of many services; the reader may choose one above."""
    known = [
        requests.of_all(operation, scene.environment)
        for operation in requests.operations(scene.services)
    ]
    slowest = [each.latency(95) for each in known]
    for title, queries, each, unit in (
        ("Slowest services: p95 response time", slowest, requests.MILLISECONDS, "ms"),
        ("Services with the most errors", [each.errors for each in known], "x", ""),
        ("Services with the most requests", [each.hits for each in known], "x", ""),
    ):
        yield Panel(
            title,
            "timeseries",
            "customers",
            queries=tuple(Query(requests.worst(query)) for query in queries),
            each=each,
            unit=unit,
        )


def _service(name: str, service: Watched, scene: Scene) -> Iterator[Panel]:
    env = scene.environment
    slow, failing = service.slow(scene.alert_when), service.failing(scene.alert_when)
    percentile = slow.percentile if slow else 95
    markers: tuple[Marker, ...] = ()
    if slow:
        limit = slow.above / timedelta(milliseconds=1)
        markers = (
            Marker(limit, "alert"),
            Marker(limit * slow.warns_at, "warning", "warning"),
        )
    yield Panel(
        f"{name}: response time",
        "timeseries",
        "customers",
        queries=tuple(
            Query(requests.of(service, env).latency(each), f"p{each:g}")
            for each in sorted({50, percentile})
        ),
        each=requests.MILLISECONDS,
        unit="ms",
        markers=markers,
        runbook=scene.page(service.runbook or "response-time"),
    )
    yield Panel(
        f"{name}: requests that fail",
        "timeseries",
        "customers",
        queries=(
            Query(requests.of(service, env).errors, "fail"),
            Query(requests.of(service, env).hits),
        ),
        formula="100 * default_zero(a) / b",
        unit="%",
        markers=(
            Marker(failing.above, "alert"),
            Marker(failing.above * failing.warns_at, "warning", "warning"),
        )
        if failing
        else (),
        runbook=scene.page(service.runbook or "error-rate"),
    )
    asked = requests.of(service, env).hits
    yield Panel(
        f"{name}: requests, and a week before",
        "timeseries",
        "customers",
        queries=(Query(asked, "now"), Query(f"week_before({asked})", "a week before")),
    )


def _balancers(scene: Scene) -> Iterator[Panel]:
    """What the load balancers see of it, where no service is traced."""
    when = scene.alert_when
    if len(scene.load_balancers) > FEW:
        return
    for name, balancer in sorted(scene.load_balancers.items()):
        this = {"LoadBalancer": balancer.load_balancer}
        limit = when.response_time
        yield Panel(
            f"{name}: response time",
            "timeseries",
            "customers",
            queries=(
                Query(
                    metric_query(
                        Metric(
                            "AWS/ApplicationELB",
                            "TargetResponseTime",
                            this,
                            f"p{limit.percentile:g}" if limit else "p95",
                        )
                    ),
                    f"p{limit.percentile:g}" if limit else "p95",
                ),
            ),
            each=requests.MILLISECONDS,
            unit="ms",
            markers=(Marker(limit.above / timedelta(milliseconds=1), "alert"),) if limit else (),
            runbook=scene.page("response-time"),
            width=6,
        )
        errors = when.error_rate
        yield Panel(
            f"{name}: requests that fail",
            "timeseries",
            "customers",
            queries=tuple(
                Query(metric_query(Metric("AWS/ApplicationELB", metric, this, "Sum")), says)
                for metric, says in (
                    ("HTTPCode_Target_5XX_Count", "fail"),
                    ("HTTPCode_ELB_5XX_Count", ""),
                    ("RequestCount", ""),
                )
            ),
            formula="100 * (default_zero(a) + default_zero(b)) / c",
            unit="%",
            markers=(Marker(errors.above, "alert"),) if errors else (),
            runbook=scene.page("error-rate"),
            width=6,
        )
