"""Error tracking: captured, grouped, assigned, alerted."""

import re
from collections.abc import Iterator

from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack, tells

# What an error monitor's query says of an error's age.
_ALERTS = {"new": ".new()", "high-frequency": ".impact()"}
# "all" is browsers and services.
_SOURCES = {"front end": ("all", "browser"), "back end": ("all", "trace", "logs")}


def _monitors(stack: Stack) -> list[Fact]:
    return [each for each in stack.of("monitor") if each["type"] == "error-tracking alert"]


def _of_side(monitor: Fact, side: str) -> bool:
    found = re.search(r'\.source\("(\w+)"\)', monitor["query"])
    return bool(found) and found is not None and found[1] in _SOURCES.get(side, ())


def _captured(stack: Stack, sides: list[str]) -> Iterator[Finding]:
    for side in sides:
        if side == "front end":
            found = [each["name"] for each in stack.of("front_end") if each["type"] == "browser"]
            if not found:
                yield lacks("front end: no RUM application takes browsers' errors")
                continue
            yield kept(f"front end: RUM application {', '.join(found)}")
        if not any(_of_side(each, side) for each in _monitors(stack)):
            yield lacks(f"{side}: no error monitor reads its errors")


@clause("PD-1.3")
def tracked(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    yield from _captured(stack, figures["sides"])
    for alert in figures["alerts"]:
        mark = _ALERTS.get(alert, alert)
        for side in figures["sides"]:
            found = sorted(
                each["name"]
                for each in _monitors(stack)
                if mark in each["query"] and _of_side(each, side) and tells(each["message"])
            )
            if found:
                yield kept(f"{alert} errors of the {side}: monitor {found[0]}")
            else:
                yield lacks(f"no monitor tells of {alert} errors of the {side}")


@clause("BY-2.4")
def captured_and_grouped(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    yield from _captured(stack, figures["sides"])
    # Error Tracking makes an issue of each type at each place of the code; what alerts by issue
    # alerts by both.
    by = f'.by("{figures["grouped_by"]}")'
    for side in figures["sides"]:
        grouped = sorted(
            each["name"]
            for each in _monitors(stack)
            if by in each["query"] and _of_side(each, side)
        )
        if grouped:
            yield kept(f"{side}: grouped by {figures['grouped_by']}: monitor {grouped[0]}")
        else:
            yield lacks(f"{side}: no error monitor is grouped by {figures['grouped_by']}")


@clause("BY-2.5")
def assigned(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    by_type = [each for each in _monitors(stack) if f" {figures['assigned_by']}:" in each["query"]]
    owners = sorted({tag for each in by_type for tag in each["tags"] if tag.startswith("team:")})
    if len(owners) > 1:
        told = ", ".join(sorted(each["name"] for each in by_type if tells(each["message"])))
        yield kept(f"errors by {figures['assigned_by']} to {', '.join(owners)}: monitor {told}")
    else:
        yield lacks(f"errors are not assigned to several owners by {figures['assigned_by']}")
    for severity in figures["critical"]:
        found = [each for each in _monitors(stack) if f"severity:{severity}" in each["tags"]]
        if not found:
            yield lacks(f"no error is {severity}")
        for each in found:
            if f"@{figures['channel']}-" in each["message"]:
                yield kept(f"{severity}: monitor {each['name']} tells {figures['channel']}")
            else:
                yield lacks(f"{severity}: monitor {each['name']} tells no {figures['channel']}")


@clause("BY-2.6")
def priorities(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for severity, priority in figures.items():
        found = sorted(
            each["name"]
            for each in _monitors(seen.prod)
            if f"severity:{severity}" in each["tags"] and each["priority"] == priority
        )
        if found:
            yield kept(f"{severity} is priority {priority}: monitor {found[0]}")
        else:
            yield lacks(f"no error monitor is {severity} with priority {priority}")
    wrong = [
        each["name"]
        for each in _monitors(seen.prod)
        if not any(f"severity:{severity}" in each["tags"] for severity in figures)
    ]
    if wrong:
        yield lacks(f"without one of the priorities: {', '.join(sorted(wrong))}")
