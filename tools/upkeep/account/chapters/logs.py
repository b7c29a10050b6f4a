"""Logs: collected, kept, by level, looked at."""

import json
from collections.abc import Iterator

from tools.upkeep.account import clock
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack


def _index(stack: Stack) -> Fact | None:
    """The index that takes all logs of the environment."""
    return next(
        (each for each in stack.of("logs_index") if each["filter"] == f"env:{stack.name}"), None
    )


@clause("PD-1.4")
def collected(seen: Seen, figures: Figures) -> Iterator[Finding]:
    index = next(
        (each for each in seen.prod.of("logs_index") if each["filter"] == figures["collected"]),
        None,
    )
    if index is None or not index["keep_days"]:
        yield lacks(f"no index of logs takes {figures['collected']}")
        return
    lost = [each for each in index["excludes"] if each["enabled"] and each["query"] in ("*", "")]
    if lost:
        yield lacks(f"index {index['name']} leaves logs of every kind out")
    else:
        yield kept(
            f"index {index['name']}: {index['filter']}, searchable for {index['keep_days']} days"
        )
    pipelines = [
        each
        for each in seen.prod.of("logs_pipeline")
        if each["enabled"] and each["filter"] == figures["collected"]
    ]
    if pipelines:
        parts = len(pipelines[0]["processors"])
        yield kept(f"pipeline of {pipelines[0]['filter']}: {parts} kinds of processors")
    else:
        yield lacks(f"no pipeline makes {figures['collected']} searchable by level and service")


@clause("BY-2.9")
def retention(seen: Seen, figures: Figures) -> Iterator[Finding]:
    index = _index(seen.prod)
    days = index["keep_days"] if index else None
    if index and days == figures["days"]:
        yield kept(f"index {index['name']} keeps {days} days")
    else:
        yield lacks(
            f"the index of production keeps {days or 'nothing'}, not {figures['days']} days"
        )


@clause("BY-2.10")
def levels(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for name in figures["outside"]:
        stack = seen.stacks.get(name)
        index = _index(stack) if stack else None
        if stack is None or index is None:
            yield lacks(f"{name}: no index takes its logs")
            continue
        dropped = [
            each
            for each in index["excludes"]
            if each["enabled"]
            and each["share"] == 1
            and each["query"] == f"status:{figures['dropped']}"
        ]
        if dropped:
            yield kept(f"{name}: index {index['name']} drops all of {dropped[0]['query']}")
        else:
            yield lacks(f"{name}: index {index['name']} does not drop {figures['dropped']}")
        pipelines = [
            each
            for each in stack.of("logs_pipeline")
            if each["enabled"]
            and each["filter"] == f"env:{name}"
            and "status-remapper" in each["processors"]
        ]
        told = {each for pipeline in pipelines for each in pipeline["categories"]}
        for level in figures["levels"]:
            lost = [
                each["query"]
                for each in index["excludes"]
                if each["enabled"] and f"status:{level}" in each["query"]
            ]
            if lost:
                yield lacks(f"{name}: index {index['name']} leaves out {lost[0]}")
            elif not any(each.startswith(level) for each in told):
                yield lacks(f"{name}: no pipeline gives logs the level {level}")
            else:
                yield kept(
                    f"{name}: pipeline of env:{name} gives logs the level {level}, and index "
                    f"{index['name']} keeps it"
                )


@clause("BY-2.11")
def review(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    for calls, what in (("ssm:createOpsItem", "opens an item"), ("sns:publish", "reminds")):
        found = [
            each
            for each in stack.of("schedule")
            if each["enabled"]
            and each["calls"] == calls.partition(":")[2]
            and all(part in json.dumps(each["given"]) for part in figures["asks"])
            and clock.often(each["cron"]) == figures["every"]
            and (calls != "sns:publish" or _is_heard(stack, each["given"].get("TopicArn")))
        ]
        if found:
            yield kept(f"schedule {found[0]['name']} {what}, {found[0]['cron']}")
        else:
            yield lacks(
                f"no schedule {what} every {figures['every']} on {' and '.join(figures['asks'])}"
            )


def _is_heard(stack: Stack, topic: object) -> bool:
    """Whether somebody gets what is published there."""
    return any(each["topic"] == topic for each in stack.of("subscription"))
