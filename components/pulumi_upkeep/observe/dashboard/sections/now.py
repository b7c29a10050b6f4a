"""Is it us, and what is broken now?"""

from collections.abc import Iterator
from datetime import timedelta

from ..panel import Marker, Panel, Query
from . import requests
from .scene import Scene

# More tiles than these nobody takes in at a glance.
_TILES = 4
# Counts are looked at over a quarter of an hour: what is broken now, not what was this morning.
_NOW = "15m"


def panels(scene: Scene) -> Iterator[Panel]:
    """A tile for each thing that must not be red, the alerts, and who else it may be."""
    if scene.checks:
        yield _checks(scene)
    yield from _services(scene)
    yield Panel(
        "Alerts of Datadog that are not over",
        "monitors",
        "now",
        queries=(Query(f'tag:"{scene.env}" status:(Alert OR Warn OR "No Data")'),),
        width=8,
        height=4,
    )
    yield Panel("Is it us?", "note", "now", text=_elsewhere(scene), width=4, height=4)


def _checks(scene: Scene) -> Panel:
    runs = f"sum:synthetics.test_runs{{{scene.env}"
    return Panel(
        "Outside checks that pass",
        "value",
        "now",
        queries=(
            Query(f"{runs},status:success}}.as_count()"),
            Query(f"{runs}}}.as_count()"),
        ),
        formula="100 * a / b",
        unit="%",
        markers=(Marker(100, level="critical", comparison="<"),),
        span=_NOW,
    )


def _services(scene: Scene) -> Iterator[Panel]:
    services = sorted(scene.services.items())
    env = scene.environment
    if len(services) > _TILES:
        known = requests.operations(scene.services)
        yield Panel(
            "Slowest services",
            "toplist",
            "now",
            queries=tuple(Query(requests.of_all(each, env).latency(95)) for each in known),
            each=requests.MILLISECONDS,
            unit="ms",
            span=_NOW,
            width=6,
        )
        yield Panel(
            "Services with the most errors",
            "toplist",
            "now",
            queries=tuple(Query(requests.of_all(each, env).errors) for each in known),
            span=_NOW,
            width=6,
        )
        return
    for name, service in services:
        if slow := service.slow(scene.alert_when):
            limit = slow.above / timedelta(milliseconds=1)
            yield Panel(
                f"{name}: p{slow.percentile:g} response time",
                "value",
                "now",
                queries=(Query(requests.of(service, env).latency(slow.percentile)),),
                each=requests.MILLISECONDS,
                unit="ms",
                markers=(Marker(limit), Marker(limit * slow.warns_at, level="warning")),
                runbook=scene.page(service.runbook or "response-time"),
                span=_NOW,
            )
        if failing := service.failing(scene.alert_when):
            yield Panel(
                f"{name}: requests that fail",
                "value",
                "now",
                queries=(
                    Query(requests.of(service, env).errors),
                    Query(requests.of(service, env).hits),
                ),
                formula="100 * default_zero(a) / b",
                unit="%",
                markers=(
                    Marker(failing.above),
                    Marker(failing.above * failing.warns_at, level="warning"),
                ),
                runbook=scene.page(service.runbook or "error-rate"),
                span=_NOW,
            )


def _elsewhere(scene: Scene) -> str:
    alarms = " · ".join(
        f"[{region}](https://{region}.console.aws.amazon.com/cloudwatch/home"
        f"?region={region}#alarmsV2:?~(alarmStateFilter~'ALARM))"
        for region in scene.regions
    )
    lines = [
        "**Green above, and people complain?** See what they feel, below.",
        "",
        "**Red from one location alone?** It is the way there, not us.",
        "",
        "**Is it them?** [AWS](https://health.aws.amazon.com/health/status) · "
        "[Datadog](https://status.datadoghq.com)",
    ]
    if alarms:
        lines += ["", f"**Alarms that AWS keeps** (backups, database, standby): {alarms}"]
    lines += ["", f"**Runbooks**: [{scene.runbooks}]({scene.runbooks})"]
    return "\n".join(lines)
