"""Care of databases, inside the windows."""

import json
from collections.abc import Iterator

from tools.upkeep.account import clock
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack


@clause("BY-3.10")
def database_care(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    windows = {each["name"]: each for each in stack.of("ops_window") if each["enabled"]}
    functions = {each["name"] for each in stack.of("function")}
    for job, every in figures.items():
        tasks = [
            each
            for each in stack.of("window_task")
            if each["type"] == "LAMBDA"
            and each["given"].get("job") == job
            and each["task"] in functions
            and each["window"] in windows
        ]
        crons = [windows[each["window"]]["cron"] for each in tasks]
        # A job may stand in several windows which together come as often as it has to.
        often = clock.together(crons, months=_months(stack, tasks, job))
        if tasks and often == every:
            named = ", ".join(sorted({each["window"] for each in tasks}))
            yield kept(f"{job}: {tasks[0]['task']} in window {named}, every {every}")
        elif tasks:
            yield lacks(f"{job}: {tasks[0]['task']} every {often}, not every {every}")
        else:
            yield lacks(f"{job}: no maintenance window runs it")


def _months(stack: Stack, tasks: list[Fact], job: str) -> set[int]:
    """The months to which the function keeps a job; all where it is told none."""
    called = {each["task"] for each in tasks}
    for function in stack.of("function"):
        for value in function["environment"].values() if function["name"] in called else ():
            try:
                jobs = json.loads(value).get("jobs") or {}
            except (AttributeError, TypeError, ValueError):
                continue
            if months := (jobs.get(job) or {}).get("months"):
                return set(months)
    return set(range(1, 13))
