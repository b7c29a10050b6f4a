"""Datadog monitors on services' requests, in the plan's words."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_upkeep.observe.queries.reading import Read, read
from pulumi_upkeep.plan import Plan

from tools.upkeep.export.part import Part

_METRICS = ("query alert", "metric alert")
# ``p95:trace.web.request{env:prod,service:bynomi-web}``: seconds of a service's requests.
_LATENCY = re.compile(r"^p(\d\d):trace\.[\w.]+\{([^}]*)\}$")
_ERRORS = re.compile(
    r"^\(?\s*sum:trace\.[\w.]+\.errors\{([^}]*)\}\.as_count\(\)\s*/\s*"
    r"sum:trace\.[\w.]+\.hits\{[^}]*\}\.as_count\(\)\s*\)?\s*(\* 100)?$"
)
_SERVICE = re.compile(r"(?:^|,)service:([\w.-]+)(?:,|$)")
# How the monitor of a service is called: what a composite speaks for, where traffic is little.
_RESOURCE = "services-{service}-{what}-part"


def monitors_of(monitors: Sequence[Mapping[str, Any]], plan: Plan) -> Part:
    """The thresholds on services that the plan has; ``monitors`` are Datadog's own documents."""
    services = {each.datadog: name for name, each in plan.services.items()}
    chapters: dict[str, dict[str, Any]] = {}
    adopt: dict[str, int] = {}
    left: list[str] = []
    for monitor in sorted(monitors, key=lambda each: int(each["id"])):
        about = f"monitor {monitor['name']!r} ({monitor['id']})"
        said = _said(str(monitor["type"]), str(monitor["query"]))
        if said is None:
            left.append(f"{about}: the plan watches what it asks for otherwise")
            continue
        what, datadog, words = said
        service = services.get(datadog)
        if service is None:
            left.append(f"{about}: watches service {datadog}, which `services` lacks")
            continue
        resource = _RESOURCE.format(service=service, what=what)
        if resource in adopt:
            left.append(f"{about}: watches the same as monitor {adopt[resource]}; remove one")
            continue
        adopt[resource] = int(monitor["id"])
        chapters.setdefault(service, {})[what] = words
    return Part(
        {"services": chapters} if chapters else {},
        {"monitors": adopt} if adopt else {},
        tuple(left),
    )


def _said(type_: str, query: str) -> tuple[str, str, dict[str, Any]] | None:
    """``latency`` or ``errors``, Datadog's name of the service, and the plan's words."""
    try:
        found: Read = read(query)
    except ValueError:
        return None
    if type_ not in _METRICS or found.kind != "threshold" or not found.compares[0].startswith(">"):
        return None
    limit = found.compares[1]
    if latency := _LATENCY.match(found.metric):
        words: dict[str, Any] = {"above": f"{limit * 1000:g} ms", "percentile": int(latency[1])}
        return _named("latency", latency[2], words)
    if errors := _ERRORS.match(found.metric):
        # A share, or per cent where the query says so.
        return _named("errors", errors[1], {"above": f"{limit * (1 if errors[2] else 100):g} %"})
    return None


def _named(
    what: str, filters: str, words: dict[str, Any]
) -> tuple[str, str, dict[str, Any]] | None:
    service = _SERVICE.search(filters)
    return (what, service[1], words) if service else None
