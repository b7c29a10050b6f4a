"""Metrics that a business lives by."""

import re
from collections.abc import Callable, Iterator

from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen


@clause("PD-1.5")
def business_metrics(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    for what, metric in figures["metrics"].items():
        named = re.compile(rf"\bsum:{re.escape(metric)}\{{")
        falling = sorted(each["name"] for each in stack.monitors(_falls(named)))
        if falling:
            yield kept(f"{what}: monitor {falling[0]} tells when {metric} falls away")
        else:
            yield lacks(f"{what}: no monitor that reaches somebody tells when {metric} falls away")
        boards = [
            each["title"]
            for each in stack.of("dashboard")
            if any(named.search(query) for query in each["queries"])
        ]
        if boards:
            yield kept(f"{what}: dashboard {boards[0]} shows {metric}")
        else:
            yield lacks(f"{what}: no dashboard shows {metric}")


def _falls(named: re.Pattern[str]) -> Callable[[Fact], bool]:
    return lambda one: bool(named.search(one["query"])) and "week_before(" in one["query"]
