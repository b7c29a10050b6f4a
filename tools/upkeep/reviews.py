"""``make reviews``: which incidents still owe their review, since when and by when.

Invokes the function that looks every hour, in the running sandbox or, with ``REAL=1``, in the
account whose credentials are in the environment. It takes the right to invoke that one function.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.plan.read import load_plan
from rich.console import Console
from rich.table import Table

from tools.upkeep.evidence import client_of
from tools.upkeep.paths import PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

# As the component `IncidentResponse` names it.
_FUNCTION = "{project}-{stack}-incidents-reviews"


def reviews(console: Console, stack: str, *, real: bool) -> None:
    """Show what is owed. Stop, with exit status 1, where something is overdue."""
    (stack,) = chosen(PROJECT, stack)
    try:
        plan = load_plan(stack_file(PROJECT, stack))
    except PlanError as error:
        raise Stop(str(error)) from None
    if plan.incidents is None:
        raise Stop(f"{stack_file(PROJECT, stack).name} has no chapter `incidents`")
    settings = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    name = _FUNCTION.format(project=settings["name"], stack=stack)
    regions = (plan.regions.recovery, plan.regions.primary)
    show(console, _invoked(client_of(real), regions, name), plan.incidents.process.review.by)


def show(console: Console, answer: Mapping[str, Any], owner: str) -> None:
    """The function's answer as a table. Stop where something is overdue."""
    owed: Sequence[Mapping[str, Any]] = answer["owed"]
    console.print(f"{answer['reviewed']} reviewed, {len(owed)} owed by {owner}")
    if not owed:
        return
    table = Table("incident", "severity", "resolved", "by", "")
    for each in owed:
        state = "overdue" if each["overdue"] else ""
        table.add_row(
            f"#{each['number']} {each['title']}",
            str(each["severity"]).upper(),
            str(each["resolved"])[:10],
            str(each["by"]),
            state,
        )
    console.print(table)
    overdue = sum(bool(each["overdue"]) for each in owed)
    if overdue:
        raise Stop(f"{overdue} overdue")


def _invoked(client: Any, regions: Sequence[str], name: str) -> dict[str, Any]:
    """What the function answers, wherever of the regions it is."""
    for region in regions:
        functions = client("lambda", region)
        try:
            answer = functions.invoke(FunctionName=name, Payload="{}")
        except functions.exceptions.ResourceNotFoundException:
            continue
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Stop(f"{name} failed: {result.get('errorMessage', result)}")
        return result
    raise Stop(f"there is no function {name}: deploy the stack first")
