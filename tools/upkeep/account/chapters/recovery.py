"""Recovery: what may be lost, how long it may take, and what is done about each failure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import takewhile

from tools.upkeep.account import clock
from tools.upkeep.account.chapters.documents import minutes_of, rows_of
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack

# AWS Backup: what is recovered to a point in time is there up to five minutes ago [Developer Guide,
# "Continuous backups and point-in-time recovery"].
_CONTINUOUS_MINUTES = 5
# Up to where a runbook has to come before users are served again.
_SERVES_AGAIN = {"database-failure": "verify_name", "application-server-failure": "verify_switch"}


def _documents(stack: Stack, scenario: str) -> list[Fact]:
    """The runbooks of a scenario, where they can be run when the primary region cannot."""
    return [
        each
        for each in stack.of("document")
        if each["type"] == "Automation" and each["name"].startswith(f"{stack.prefix}{scenario}")
    ]


def _names(document: Fact) -> list[str]:
    return [step["name"] for step in document["steps"]]


def _steps(stack: Stack, scenario: str, wanted: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the scenario's runbooks have the steps, and each does what it is for."""
    functions = {each["name"] for each in stack.of("function")}
    documents = _documents(stack, scenario)
    if not documents:
        yield lacks(f"no runbook {stack.prefix}{scenario}")
    for document in documents:
        steps = {step["name"]: step["does"] for step in document["steps"]}
        missing = [name for name in wanted if name not in steps]
        idle = [
            f"{name} does not do {what}"
            for name, what in wanted.items()
            if name in steps and what not in steps[name]
        ]
        idle += [
            f"{name} {one}, which is not there"
            for name in wanted
            for one in steps.get(name, ())
            if one.startswith("invokes ") and one.removeprefix("invokes ") not in functions
        ]
        if missing:
            yield lacks(f"runbook {document['name']} has no step {', '.join(missing)}")
        elif idle:
            yield lacks(f"runbook {document['name']}: {'; '.join(idle)}")
        elif document["region"] != stack.recovery:
            yield lacks(f"runbook {document['name']} stands in {document['region']}")
        else:
            said = " > ".join(f"{name} ({what})" for name, what in wanted.items())
            yield kept(f"runbook {document['name']} in {document['region']}: {said}")


def _in_order(stack: Stack, scenario: str, wanted: Sequence[str]) -> Iterator[Finding]:
    for document in _documents(stack, scenario):
        found = [name for name in _names(document) if name in wanted]
        if [name for name in wanted if name in found] != found:
            yield lacks(f"runbook {document['name']} goes {' > '.join(found)}")


@clause("BY-6.1")
def recovery_times(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    detected = min(
        (each["seconds"] for each in stack.of("test") if each["subtype"] == "http"), default=None
    )
    if detected is None:
        yield lacks("nothing notices that the application is down")
        return
    functions = (stack.plan.get("objectives") or {}).get("functions") or {}
    promised = {row["of"]: row["promised"] for row in rows_of(seen, "recovery", "recovery-times")}
    for level, figure in figures.items():
        # Which things of the company's a function needs are its own words.
        needs = (functions.get(level) or {}).get("needs") or {}
        for name in figure["of"]:
            if not needs.get(name):
                yield lacks(f"{level}: nothing brings {name} back")
            for thing in needs.get(name) or ():
                yield from _brought_back(stack, level, name, thing, figure["minutes"], detected)
            if minutes_of(promised.get(name, "")) != figure["minutes"]:
                yield lacks(f"{level}: {name} is promised back in {promised.get(name, 'no time')}")
    yield from _outage(stack, figures, detected)


def _brought_back(
    stack: Stack, level: str, function: str, thing: str, limit: float, detected: float
) -> Iterator[Finding]:
    """What a function needs is back in time when it fails, each step at its limit."""
    says = f"{level}, {function}"
    if thing in stack.buckets:
        # Nothing has to be done: its replica is read where the servers stand.
        follows = [
            alarm
            for alarm in stack.of("alarm")
            if alarm["topics"]
            for metric in alarm["metrics"]
            if metric["name"] == "ReplicationLatency"
            and metric["dimensions"].get("SourceBucket") == stack.buckets[thing]
        ]
        if follows and follows[0]["threshold"] <= limit * 60:
            yield kept(
                f"{says}: {stack.buckets[thing]} is replicated; alarm {follows[0]['name']} > "
                f"{follows[0]['threshold']:g} s behind"
            )
        else:
            yield lacks(f"{says}: no replica of {stack.buckets[thing]} that is watched")
        return
    scenario = "database-failure" if thing in stack.databases else "application-server-failure"
    last = _SERVES_AGAIN[scenario]
    documents = [
        each
        for each in _documents(stack, scenario)
        if each["name"] == f"{stack.prefix}{scenario}-{thing}"
    ]
    if not documents:
        yield lacks(f"{says}: no runbook {stack.prefix}{scenario}-{thing}")
    for document in documents:
        minutes = _limit(document, last) + detected / 60
        found = (
            f"{says}: runbook {document['name']} ends what users wait for (step {last}) within "
            f"its limits: {minutes:.0f} min with {detected} s to notice"
        )
        yield kept(found) if minutes <= limit else lacks(f"{found}, not {limit}")


def _outage(stack: Stack, figures: Figures, detected: float) -> Iterator[Finding]:
    """All of it, one after the other: what is not critical waits for it."""
    outages = _documents(stack, "complete-outage")
    if not outages:
        yield lacks(f"no runbook {stack.prefix}complete-outage")
    for document in outages:
        parts = sum(
            _limit(part, last)
            for scenario, last in _SERVES_AGAIN.items()
            for part in _documents(stack, scenario)
        )
        own = sum(step["seconds"] or 0 for step in document["steps"] if not _starts(step)) / 60
        minutes = parts + own + detected / 60
        for level in ("important", "non-critical"):
            says = f"{level}: runbook {document['name']} with its parts: {minutes:.0f} min"
            limit = figures[level]["minutes"]
            if minutes <= limit:
                yield kept(f"{says} of {limit}")
            else:
                yield lacks(f"{says}, not {limit}")


def _starts(step: Fact) -> bool:
    return bool(step["action"] == "aws:executeAutomation")


def _limit(document: Fact, last: str) -> float:
    """Minutes that a runbook may take up to a step, each at its limit, on the way that is taken
    when nothing fails; endless where the step or a limit is not there."""
    steps = document["steps"]
    if last not in [step["name"] for step in steps]:
        return float("inf")
    way = [*takewhile(lambda step: step["name"] != last, steps)]
    way += [step for step in steps if step["name"] == last]
    # What is told or done only where something went wrong has a step that leads around it.
    usual = [step for step in way if not step["name"].startswith(("say_", "not_", "ask_"))]
    if any(step["seconds"] is None and step["action"] != "aws:branch" for step in usual):
        return float("inf")
    return sum(step["seconds"] or 0 for step in usual) / 60


@clause("BY-6.2")
def recovery_points(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    held = figures["holds"]
    for name in held["critical"]:
        yield from _to_the_minute(stack, name, figures["critical minutes"])
    for level in ("important", "non-critical"):
        for name in held[level]:
            yield _by_schedule(stack, level, name, timedelta(hours=figures[f"{level} hours"]))


def _id(stack: Stack, name: str) -> str | None:
    return stack.databases.get(name) or stack.buckets.get(name)


def _protecting(stack: Stack, name: str, *, continuous: bool) -> list[Fact]:
    id_ = _id(stack, name)
    return [
        each
        for each in stack.of("backup_rule")
        if each["continuous"] is continuous
        and any(arn.endswith(f":{id_}") for arn in each["protects"])
    ]


def _to_the_minute(stack: Stack, name: str, minutes: float) -> Iterator[Finding]:
    rules = _protecting(stack, name, continuous=True)
    if rules and minutes >= _CONTINUOUS_MINUTES:
        yield kept(
            f"critical, {name}: backup plan {rules[0]['plan']} is continuous, kept "
            f"{rules[0]['keep_days']} days"
        )
    else:
        yield lacks(f"critical, {name}: no backup to within {minutes:g} min")
    replicas = [each for each in stack.of("replica") if each["source"] == _id(stack, name)]
    if not replicas:
        yield lacks(f"critical, {name}: no replica")
    for replica in replicas:
        lags = [
            alarm
            for alarm in stack.of("alarm")
            if any(
                metric["name"] == "ReplicaLag"
                and metric["dimensions"].get("DBInstanceIdentifier") == replica["name"]
                for metric in alarm["metrics"]
            )
            and alarm["topics"]
        ]
        within = [each for each in lags if each["threshold"] <= minutes * 60]
        if within:
            yield kept(
                f"critical, {name}: replica {replica['name']} in {replica['region']}, alarm "
                f"{within[0]['name']} > {within[0]['threshold']:g} s behind"
            )
        else:
            yield lacks(
                f"critical, {name}: no alarm when {replica['name']} is {minutes:g} min behind"
            )


def _by_schedule(stack: Stack, level: str, name: str, at_most: timedelta) -> Finding:
    rules = _protecting(stack, name, continuous=False)
    gap = clock.longest_gap([each["cron"] for each in rules])
    hours = at_most / timedelta(hours=1)
    if gap is None:
        return lacks(f"{level}, {name}: nothing backs it up")
    says = (
        f"{level}, {name}: backup plan {rules[0]['plan']}, at most "
        f"{gap / timedelta(hours=1):g} h between two backups"
    )
    return kept(says) if gap <= at_most else lacks(f"{says}, not {hours:g}")


@clause("BY-6.3")
def database_failure(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    yield from _steps(stack, "database-failure", figures["steps"])
    # What is restored if necessary stands aside of the order of the rest.
    usual = [name for name in figures["steps"] if name != "restore"]
    yield from _in_order(stack, "database-failure", usual)
    for name, id_ in stack.databases.items() or (("", ""),):
        replicas = [each for each in stack.of("replica") if each["source"] == id_]
        if replicas:
            yield kept(f"database {name}: replica {replicas[0]['name']} follows {id_}")
        else:
            yield lacks(f"database {name}: no read replica follows it")


@clause("BY-6.4")
def server_failure(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    yield from _steps(stack, "application-server-failure", figures["steps"])
    groups = [
        each
        for each in stack.of("server_group")
        if each["region"] == stack.recovery
        and each["behind"]
        and each["wanted"] == figures["standby"]
    ]
    if groups:
        yield kept(
            f"standby {groups[0]['name']} in {stack.recovery}: {groups[0]['wanted']} server runs, "
            f"up to {groups[0]['most']}"
        )
    else:
        yield lacks(f"no standby of {figures['standby']} server runs in {stack.recovery}")
    sets = {
        each["failover"]: each
        for each in stack.of("record")
        if each["failover"] and each["health"] and each["type"] == "A"
    }
    if {"PRIMARY", "SECONDARY"} <= set(sets):
        yield kept(f"{sets['PRIMARY']['name']} fails over by health checks")
    else:
        yield lacks("no record routes traffic to the standby by health checks")


@clause("BY-6.5")
def complete_outage(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    yield from _steps(stack, "complete-outage", figures["steps"])
    there = {each["name"] for each in stack.of("document")}
    for document in _documents(stack, "complete-outage"):
        started = [
            one.removeprefix("runs ")
            for step in document["steps"]
            for one in step["does"]
            if _starts(step)
        ]
        gone = sorted(set(started) - there)
        if gone or not started:
            yield lacks(
                f"runbook {document['name']} starts {', '.join(gone) or 'no other runbook'}"
            )
    back = [each for each in stack.of("record") if each["name"] == figures["returns"]]
    if {each["set"] for each in back} == {"primary", "standby"}:
        yield kept(f"{figures['returns']} gives users back by weight, in steps")
    else:
        yield lacks(f"no record {figures['returns']} gives users back in steps")
