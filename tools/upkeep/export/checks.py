"""Synthetic tests of an organisation, in the plan's words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pulumi_upkeep.observe.handles import DATADOG_PRIORITY
from pulumi_upkeep.plan.limits import FEWEST_LOCATIONS
from pulumi_upkeep.plan.words import say_duration

from tools.upkeep.export.part import Part, slug

_SEVERITY_OF_PRIORITY = {at: severity for severity, at in DATADOG_PRIORITY.items()} | {5: "p3"}


def checks_of(tests: Sequence[Mapping[str, Any]]) -> Part:
    """The API tests of addresses; ``tests`` are Datadog's own documents."""
    checks: dict[str, Any] = {}
    adopt: dict[str, str] = {}
    left: list[str] = []
    severities: Counter[str] = Counter()
    intervals: Counter[int] = Counter()
    locations: set[str] = set()
    for test in sorted(tests, key=lambda each: str(each["name"])):
        about = f"synthetic test {test['name']!r} ({test['public_id']})"
        if (test.get("type"), test.get("subtype")) != ("api", "http"):
            left.append(f"{about}: only tests of an address by HTTP are exported")
            continue
        name = slug(test["name"], checks)
        check: dict[str, Any] = {"url": test["config"]["request"]["url"]}
        for assertion in test["config"].get("assertions", ()):
            if said := _assertion(assertion, check):
                left.append(f"{about}: {said}")
        options = test.get("options", {})
        severity = _SEVERITY_OF_PRIORITY.get(options.get("monitor_priority"), "p1")
        check["severity"] = severity
        severities[severity] += 1
        intervals[options.get("tick_every", 60)] += 1
        locations |= set(test.get("locations", ()))
        checks[name] = check
        adopt[f"uptime-{name}"] = test["public_id"]
    if not checks:
        return Part(left=tuple(left))
    usual = severities.most_common(1)[0][0]
    for check in checks.values():
        if check["severity"] == usual:
            del check["severity"]
    if len(intervals) > 1:
        left.append("uptime: the checks ran at several intervals; the plan has one, the shortest")
    if len(locations) < FEWEST_LOCATIONS:
        left.append(f"uptime: {len(locations)} locations; the plan wants {FEWEST_LOCATIONS}")
    chapter = {
        "every": say_duration(timedelta(seconds=min(intervals))),
        "locations": sorted(locations),
        "severity": usual,
        "within": "1000 ms",
        "checks": checks,
    }
    return Part({"uptime": chapter}, {"checks": adopt}, tuple(left))


def _assertion(assertion: Mapping[str, Any], check: dict[str, Any]) -> str | None:
    """Takes an assertion into the check; what cannot be said."""
    kind, operator = assertion["type"], assertion["operator"]
    target: Any = assertion.get("target")
    if (kind, operator) == ("statusCode", "is"):
        if int(target) != 200:
            check["status"] = int(target)
    elif (kind, operator) == ("responseTime", "lessThan"):
        check["within"] = f"{round(float(target))} ms"
    elif (kind, operator) == ("body", "contains"):
        check["body_contains"] = target
    else:
        return f"its assertion on {kind} ({operator}) has no words in the plan"
    return None
