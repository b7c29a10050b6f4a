"""The plan as this stack's configuration holds it."""

import json
import os
from typing import Any

import pulumi

from ..plan import Plan
from ..plan.drills import at_rest

NAMESPACE = "upkeep:"
# Set to `on` by the workflow of the drills, for as long as one runs.
DRILL = "UPKEEP_DRILL"


def read_plan() -> Plan:
    """The plan of the stack; raises ``PlanError`` with every fault at once.

    Reads what the engine has parsed, secrets by name only: their values never pass through here.
    """
    secrets = {_name(key) for key in pulumi.runtime.get_config_secret_keys_env() if _ours(key)}
    chapters = {
        _name(key): _value(written)
        for key, written in pulumi.runtime.get_config_env().items()
        if _ours(key) and _name(key) not in secrets
    }
    plan = Plan.from_config(chapters, secrets)
    return plan if os.environ.get(DRILL) == "on" else at_rest(plan)


def _ours(key: str) -> bool:
    return key.startswith(NAMESPACE)


def _name(key: str) -> str:
    return key.removeprefix(NAMESPACE)


def _value(written: str) -> Any:
    """The engine hands blocks and lists over as JSON, everything else as text."""
    return json.loads(written) if written[:1] in "{[" else written
