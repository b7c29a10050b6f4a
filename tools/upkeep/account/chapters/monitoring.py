"""Performance: what is shown in real time, and what alerts above which figure."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack

_LIMIT = r"\s>\s([\d.]+)$"
_LATENCY = re.compile(r"^percentile\(last_\w+\):p\d+:trace\.[\w.]+\{[^}]*\}" + _LIMIT)
_ERRORS = re.compile(
    r"trace\.[\w.]+\.errors\{[^}]*\}\.as_count\(\) / "
    r"sum:trace\.[\w.]+\.hits\{[^}]*\}\.as_count\(\) \* 100" + _LIMIT
)
_UNUSUAL = {
    "request latency": re.compile(r"anomalies\(p\d+:trace\.[\w.]+\{"),
    "error rate": re.compile(r"anomalies\(sum:trace\.[\w.]+\.errors\{"),
}


@dataclass(frozen=True)
class _Resource:
    """What an alarm of CloudWatch watches of a thing of the company's."""

    namespace: str
    metric: str
    dimension: str
    things: Callable[[Stack], dict[str, str]]
    what: str


_DATABASE, _SERVERS = "DBInstanceIdentifier", "AutoScalingGroupName"
_RESOURCES = {
    "CPU": [
        _Resource("AWS/EC2", "CPUUtilization", _SERVERS, lambda of: of.servers, "servers"),
        _Resource("AWS/RDS", "CPUUtilization", _DATABASE, lambda of: of.databases, "database"),
    ],
    "memory": [
        _Resource("CWAgent", "mem_used_percent", _SERVERS, lambda of: of.servers, "servers"),
        _Resource("AWS/RDS", "FreeableMemory", _DATABASE, lambda of: of.databases, "database"),
    ],
    "connections": [
        _Resource("AWS/RDS", "DatabaseConnections", _DATABASE, lambda of: of.databases, "database"),
    ],
}
# The other plan's words.
_SAME = {"RAM": "memory", "database connections": "connections"}


@clause("PD-1.2")
def performance(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for quantity in figures["thresholds"]:
        yield from _alerts_on(seen.prod, quantity)
    for quantity in figures["anomalies"]:
        pattern = _UNUSUAL.get(quantity)
        found = [monitor["name"] for monitor in seen.prod.monitors(_matches(pattern))]
        if found:
            yield kept(f"unusual {quantity}: monitor {', '.join(sorted(found))}")
        else:
            yield lacks(f"no monitor tells of unusual {quantity}")


@clause("BY-2.1")
def in_real_time(seen: Seen, figures: Figures) -> Iterator[Finding]:
    boards = seen.prod.of("dashboard")
    for quantity, queries in figures["shows"].items():
        for wanted in queries:
            shows = [
                board["title"]
                for board in boards
                if any(wanted in query for query in board["queries"])
            ]
            if shows:
                yield kept(f"{quantity}: dashboard {shows[0]} shows {wanted.partition('{')[0]}")
            else:
                yield lacks(f"{quantity}: no dashboard of production shows {wanted}")


@clause("BY-2.2")
def dashboards(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for name, address in figures.items():
        host, slash, path = str(address).partition("/")
        stack = seen.stacks.get(name)
        boards = {each["id"]: each for each in stack.of("dashboard")} if stack else {}
        to = [
            each["to"]
            for each in (stack.of("redirect") if stack else ())
            if host in each["hosts"] and f"{slash}{path}" in each["paths"]
        ]
        board = next((id_ for id_ in boards if any(one.endswith(f"/{id_}") for one in to)), None)
        if board:
            yield kept(f"https://{address} leads to dashboard {boards[board]['title']} ({board})")
        else:
            leads = f"leads to {to[0]}" if to else "leads nowhere"
            yield lacks(f"{name}: https://{address} {leads}, not to a dashboard of {name}")


@clause("BY-2.3")
def thresholds(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    wanted = figures["response time ms"] / 1000
    yield _monitored(stack, "response time", _LATENCY, wanted, "s", tells="p95 of the requests")
    wanted = figures["error rate %"]
    yield _monitored(stack, "error rate", _ERRORS, wanted, "%", tells="failed requests")
    memory = figures["database"]["memory GiB"] * 2**30
    most = math.floor(memory / figures["database"]["bytes per connection"])
    limits = {
        ("CPU", "servers"): (figures["CPU %"], "%"),
        ("CPU", "database"): (figures["CPU %"], "%"),
        ("memory", "servers"): (figures["memory %"], "%"),
        ("memory", "database"): (memory * (1 - figures["memory %"] / 100), "bytes free"),
        ("connections", "database"): (
            most * figures["database connection pool %"] / 100,
            f"of {most} connections",
        ),
    }
    for (quantity, what), (limit, unit) in limits.items():
        for resource in _RESOURCES[quantity]:
            if resource.what == what:
                yield from _alarmed(stack, quantity, resource, limit, unit)
    yield _pooled(stack, figures["database connection pool %"])


def _matches(pattern: re.Pattern[str] | None) -> Callable[[Fact], bool]:
    return lambda one: pattern is not None and bool(pattern.search(one["query"]))


def _is(monitor: Fact) -> Callable[[Fact], bool]:
    return lambda one: bool(one["name"] == monitor["name"])


def _alerts_on(stack: Stack, quantity: str) -> Iterator[Finding]:
    """Whether something alerts on a quantity, above whatever figure."""
    if quantity == "request latency":
        yield _monitored(stack, quantity, _LATENCY, None, "s", tells="of the requests")
    elif quantity == "error rate":
        yield _monitored(stack, quantity, _ERRORS, None, "%", tells="failed requests")
    elif resources := _RESOURCES.get(_SAME.get(quantity, quantity)):
        for resource in resources:
            yield from _alarmed(stack, quantity, resource, None, "")
    else:
        yield lacks(f"nothing is known that alerts on {quantity}")


def _monitored(
    stack: Stack,
    quantity: str,
    pattern: re.Pattern[str],
    wanted: float | None,
    unit: str,
    *,
    tells: str,
) -> Finding:
    for monitor in stack.of("monitor"):
        match = pattern.search(monitor["query"])
        if match is None or (wanted is not None and float(match[1]) != wanted):
            continue
        for told in stack.monitors(_is(monitor)):
            return kept(f"{quantity}: monitor {told['name']}, {tells} > {float(match[1]):g} {unit}")
    limit = "" if wanted is None else f" > {wanted:g} {unit}"
    return lacks(f"no monitor that reaches somebody alerts on {quantity}{limit}")


def _alarmed(
    stack: Stack, quantity: str, resource: _Resource, limit: float | None, unit: str
) -> Iterator[Finding]:
    """Every thing of the kind has an alarm of its own with that limit, whose topic is heard."""
    things = resource.things(stack)
    if not things:
        yield lacks(f"{quantity}: the stack file names no {resource.what}")
    for thing, id_ in things.items():
        found = [
            alarm
            for alarm in stack.of("alarm")
            if len(alarm["metrics"]) == 1
            and alarm["metrics"][0]["namespace"] == resource.namespace
            and alarm["metrics"][0]["name"] == resource.metric
            and alarm["metrics"][0]["dimensions"].get(resource.dimension) == id_
            and (limit is None or math.isclose(alarm["threshold"], limit))
            and (resource.metric == "FreeableMemory") == ("LessThan" in alarm["comparison"])
            and heard(stack, alarm)
        ]
        if found:
            yield kept(f"{quantity} of {resource.what} {thing}: {said(found[0])}")
        else:
            sign = "<" if resource.metric == "FreeableMemory" else ">"
            at = "" if limit is None else f" {sign} {limit:g} {unit}"
            yield lacks(
                f"{quantity} of {resource.what} {thing}: no alarm that is heard on "
                f"{resource.metric}{at}"
            )


def _pooled(stack: Stack, share: float) -> Finding:
    """The connection pool itself: RDS Proxy's, of what it may open."""
    for alarm in stack.of("alarm"):
        names = {metric["name"] for metric in alarm["metrics"]}
        if (
            "MaxDatabaseConnectionsAllowed" in names
            and alarm["expression"].replace(" ", "").startswith("100*")
            and alarm["threshold"] == share
            and "GreaterThan" in alarm["comparison"]
            and heard(stack, alarm)
        ):
            return kept(f"connection pool: {said(alarm)}")
    return lacks(f"no alarm that is heard on the proxy's connections > {share:g} %")


def heard(stack: Stack, alarm: Fact) -> bool:
    """Whether an alarm's topic has a subscriber."""
    return any(
        each["topic"] in alarm["topics"] and each["region"] == alarm["region"]
        for each in stack.of("subscription")
    )


def said(alarm: Fact) -> str:
    """An alarm in words that can be checked."""
    sign = "<" if "LessThan" in alarm["comparison"] else ">"
    return f"alarm {alarm['name']} {sign} {alarm['threshold']:.10g} for {alarm['minutes']:g} min"
