"""What a step of a runbook does, by what stands in it and not by its name."""

import re
from collections.abc import Mapping
from typing import Any

# A call of boto3 in a script: ``backup.start_restore_job(``.
_CALL = re.compile(r"\.([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\(")


def does(step: Mapping[str, Any]) -> list[str]:
    """``rds.PromoteReadReplica`` of a step that calls one operation; ``runs`` with the name of
    another runbook; of a script the names of what it calls, ``looks`` with what a function that it
    invokes is asked to look at, and ``invokes`` with that function's name; ``asks`` of a step that
    waits for people."""
    inputs = step.get("inputs") or {}
    if step["action"] == "aws:approve":
        return ["asks"]
    if step["action"] == "aws:executeAutomation":
        return [f"runs {inputs.get('DocumentName')}"]
    if "Service" in inputs:
        return [f"{inputs['Service']}.{inputs.get('Api')}"]
    given = inputs.get("InputPayload") or {}
    found = set(_CALL.findall(str(inputs.get("Script") or "")))
    if look := (given.get("ask") or {}).get("look"):
        found |= {f"looks {look}", f"invokes {given.get('function')}"}
    return sorted(found)
