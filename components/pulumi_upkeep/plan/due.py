"""Deadlines of cases: until when one is answered, by the plan's calendar.

    python -m pulumi_upkeep.plan.due Pulumi.prod.yaml p2 --at 2026-11-25T20:00:00Z
    python -m pulumi_upkeep.plan.due Pulumi.prod.yaml --cases issues.json

On-Call escalates for ten hours at most, by the clock: `8 hours` of business hours and `2 business
days` are kept by a case with a deadline. The second form reads what ``gh issue list --json
number,createdAt,labels,assignees,comments`` wrote, and says in JSON, a line each, what is to be
done with a case: ``{"number": 7, "label": "", "comment": "Due ..."}``. It says everything once.
0, or 2 where the question cannot be answered.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .faults import PlanError
from .holidays import days_off
from .plan import Plan
from .read import read_stack_file
from .response import due, say_target
from .words import SEVERITIES, Severity

# What a comment of ours is known by, whoever reads it.
DUE_MARK, OVERDUE_MARK = "<!-- due -->", "<!-- overdue -->"
OVERDUE = "overdue"
# Comments of a workflow are nobody's answer.
_MACHINE = "github-actions"


@dataclass(frozen=True)
class Deadline:
    """Until when a case is answered.

    by        in the plan's time zone
    because   the target, and the holidays that it passes over
    """

    by: datetime
    because: str

    def __str__(self) -> str:
        return f"{_say(self.by)} ({self.because})"


def deadline(plan: Plan, severity: Severity, since: datetime) -> Deadline:
    """The deadline of what came at a moment (aware)."""
    definition = plan.severities[severity]
    zone = ZoneInfo(plan.timezone)
    closed = days_off(plan.holidays)
    by = due(definition, plan.business_hours, since, plan.timezone, closed).astimezone(zone)
    because = f"{severity.upper()}: {say_target(definition)}"
    if definition.hours == "business":
        passed = [
            f"{each.on} is {each.name}"
            for each in sorted(plan.holidays, key=lambda each: each.on)
            if since.astimezone(zone).date() <= each.on <= by.date()
        ]
        because = "; ".join([because, *passed])
    return Deadline(by, because)


def actions(
    plan: Plan, cases: Sequence[Mapping[str, Any]], now: datetime
) -> Iterator[dict[str, Any]]:
    """What is to be done with cases, by number: a deadline is told once, and so is its end."""
    for case in sorted(cases, key=lambda each: int(each["number"])):
        labels = {each["name"] for each in case["labels"]}
        severity = next((each for each in SEVERITIES if each in labels), None)
        if severity is None:
            continue
        end = deadline(plan, severity, datetime.fromisoformat(case["createdAt"]))
        comments = case["comments"]
        said = "\n".join(each["body"] for each in comments)
        if DUE_MARK not in said:
            comment = f"To be answered by {end}.\n{DUE_MARK}"
            yield {"number": case["number"], "label": "", "comment": comment}
        answered = case["assignees"] or any(
            each["author"]["login"] != _MACHINE for each in comments
        )
        if now >= end.by and not answered and OVERDUE_MARK not in said:
            comment = f"Nobody has answered by {end}. {_next(plan, severity)}\n{OVERDUE_MARK}"
            yield {"number": case["number"], "label": OVERDUE, "comment": comment}


def _next(plan: Plan, severity: Severity) -> str:
    """Who is asked about a case that nobody answered."""
    team = plan.severities[severity].on_call
    tiers = plan.support.tiers if plan.support else {}
    # Whoever asks nobody else decides; where nobody is on call for it, the one before them.
    last = {name for name, tier in tiers.items() if tier.escalates_to is None}
    asked = sorted(
        (name, tier.team)
        for name, tier in tiers.items()
        if tier.team == team or (team is None and tier.escalates_to in last)
    ) or sorted((name, tiers[name].team) for name in last)
    if not asked:
        return "Assign it, or say why it waits."
    who = " and ".join(f"{name} ({team})" for name, team in asked)
    return f"{who}: assign it, or say why it waits."


def _say(moment: datetime) -> str:
    return f"{moment:%A} {moment:%Y-%m-%d %H:%M} {moment:%Z}"


def main(arguments: Sequence[str] | None = None, now: datetime | None = None) -> int:
    """Prints a deadline, or what is to be done with cases."""
    parser = argparse.ArgumentParser(prog="pulumi_upkeep.plan.due")
    parser.add_argument("file", type=Path)
    parser.add_argument("severity", nargs="?", choices=SEVERITIES)
    parser.add_argument("--at", help="when it came, with its offset; default now")
    parser.add_argument("--cases", type=Path, help="what gh wrote of open cases")
    options = parser.parse_args(arguments)
    moment = now or datetime.now(UTC)
    try:
        plan = read_stack_file(options.file).plan()
        if options.at:
            moment = datetime.fromisoformat(options.at)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=ZoneInfo(plan.timezone))
    except (PlanError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.cases:
        cases = json.loads(options.cases.read_text(encoding="utf-8"))
        for action in actions(plan, cases, moment):
            sys.stdout.write(json.dumps(action) + "\n")
    elif options.severity:
        since = _say(moment.astimezone(ZoneInfo(plan.timezone)))
        until = deadline(plan, options.severity, moment)
        sys.stdout.write(f"what comes on {since} is to be answered by {until}\n")
    else:
        parser.error("a severity, or --cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
