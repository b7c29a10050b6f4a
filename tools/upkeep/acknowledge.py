"""``make acknowledge``: the test of a route was read.

Invokes the function that acknowledges, in the running sandbox or, with ``REAL=1``, in the account
whose credentials are in the environment. It takes the right to invoke that one function.
"""

import json
from typing import Any

import yaml
from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.plan.read import load_plan
from rich.console import Console

from tools.upkeep.evidence import client_of
from tools.upkeep.paths import PROJECT
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

# As the component `RouteTests` names it.
_FUNCTION = "{project}-{stack}-route-tests-acknowledge"


def acknowledge(console: Console, stack: str, route: str, code: str, *, real: bool) -> None:
    """Acknowledge a test. Stop, with exit status 1, where it is not acknowledged."""
    (stack,) = chosen(PROJECT, stack)
    try:
        plan = load_plan(stack_file(PROJECT, stack))
    except PlanError as error:
        raise Stop(str(error)) from None
    if plan.route_tests is None:
        raise Stop(f"{stack_file(PROJECT, stack).name} has no chapter `route_tests`")
    if not route or not code:
        raise Stop("say which: make acknowledge ROUTE=p0-us-east-1 CODE=1a2b3c4d STACK=prod")
    regions = (plan.regions.recovery, plan.regions.primary)
    settings = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    name = _FUNCTION.format(project=settings["name"], stack=stack)
    answer = _invoked(client_of(real), regions, name, route, code)
    if not answer.get("acknowledged"):
        raise Stop(str(answer.get("says") or answer))
    console.print(answer["says"])


def _invoked(
    client: Any, regions: tuple[str, str], name: str, route: str, code: str
) -> dict[str, Any]:
    """What the function answers, wherever of the two regions it is."""
    payload = json.dumps({"route": route, "code": code})
    for region in regions:
        functions = client("lambda", region)
        try:
            answer = functions.invoke(FunctionName=name, Payload=payload)
        except functions.exceptions.ResourceNotFoundException:
            continue
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        return result
    raise Stop(f"there is no function {name}: deploy the stack first")
