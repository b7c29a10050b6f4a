"""``make export``: what a team already has, as text of the plan, and what takes it over.

Looks only; changes nothing. What is declared by a plan already is left out: by its tag in AWS, by
its tag ``project:`` in Datadog. The text is a beginning, to be read and completed: what the plan
has no words for is said, line by line.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pulumi_upkeep.plan import Plan, PlanError
from pulumi_upkeep.plan.read import load_plan
from rich.console import Console

from tools.upkeep.evidence import client_of
from tools.upkeep.export.alarms import alarms_of
from tools.upkeep.export.backups import backups_of
from tools.upkeep.export.checks import checks_of
from tools.upkeep.export.datadog import Organisation, organisation
from tools.upkeep.export.monitors import monitors_of
from tools.upkeep.export.part import Part, by_key, is_ours
from tools.upkeep.export.replicas import replicas_of
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

Clients = Callable[[str, str], Any]
"""boto3's client of a service in a region."""


def export(console: Console, stack: str, *, real: bool) -> None:
    """Write build/export-<stack>.yaml. Stop where the plan or the cloud cannot be read."""
    (stack,) = chosen(PROJECT, stack)
    try:
        plan = load_plan(stack_file(PROJECT, stack))
    except PlanError as error:
        raise Stop(str(error)) from None
    parts = found(client_of(real), organisation(real), plan)
    target = BUILD / f"export-{stack}.yaml"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text(parts), encoding="utf-8")
    adopted = sum(len(names) for part in parts for names in part.adopt.values())
    console.print(f"{adopted} things to take over: {_shown(target)}", highlight=False)
    for saying in left(parts):
        console.print(f"  left  {saying}", highlight=False, soft_wrap=True)


def found(clients: Clients, datadog: Organisation, plan: Plan) -> list[Part]:
    """Everything that is not a plan's already."""
    primary, recovery = plan.regions.primary, plan.regions.recovery
    alarms = [
        alarm
        for page in clients("cloudwatch", primary).get_paginator("describe_alarms").paginate()
        for alarm in page["MetricAlarms"]
        if not _declared(clients("cloudwatch", primary), alarm["AlarmArn"])
    ]
    return [
        alarms_of(alarms, plan),
        monitors_of(_theirs(datadog.monitors), plan),
        checks_of(_theirs(datadog.tests)),
        backups_of(clients("backup", primary), plan),
        replicas_of(clients("rds", primary), "primary", plan),
        replicas_of(clients("rds", recovery), "recovery", plan),
    ]


def _declared(cloudwatch: Any, arn: str) -> bool:
    return is_ours(by_key(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]))


def _theirs(things: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [
        each
        for each in things
        if not any(tag.startswith("project:") for tag in each.get("tags") or ())
    ]


def text(parts: Sequence[Part]) -> str:
    """The text of the plan, with what was left as comments at its end."""
    chapters: dict[str, Any] = {}
    adopt: dict[str, dict[str, Any]] = {}
    for part in parts:
        for name, chapter in part.chapters.items():
            chapters.setdefault(f"upkeep:{name}", {}).update(chapter)
        for kind, names in part.adopt.items():
            adopt.setdefault(kind, {}).update(names)
    if adopt:
        chapters["upkeep:adopt"] = adopt
    written = yaml.safe_dump({"config": chapters}, sort_keys=False, allow_unicode=True, width=100)
    sayings = left(parts)
    if sayings:
        written += "\n# Left, since the plan has no words for it:\n"
        written += "".join(f"# - {saying}\n" for saying in sayings)
    return written


def left(parts: Sequence[Part]) -> list[str]:
    """What the plan has no words for."""
    return [saying for part in parts for saying in part.left]


def _shown(path: Path) -> str:
    return str(path.relative_to(PROJECT))
