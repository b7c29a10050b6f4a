"""Have a database or an application looked at by a function that stands in its network.

The function answers ``{passed, reason}``. What did not pass raises, with the function's own words,
so that the step fails and the runbook goes where a failure leads.
"""

import json
import time
from typing import Any

from botocore.config import Config

from .clients import client

PAUSE = 10
# A function has fifteen minutes at most, this step ten.
PATIENT = Config(connect_timeout=5, read_timeout=560, retries={"total_max_attempts": 1})


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``found``: what the function says. Looks again until ``within`` seconds are over."""
    function = client("lambda", events["region"], PATIENT)
    waited = 0
    while True:
        answer = function.invoke(
            FunctionName=events["function"], Payload=json.dumps(events["ask"]).encode()
        )
        text = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            found = {"passed": False, "reason": f"the function failed: {text}"}
        else:
            found = json.loads(text)
        if found["passed"]:
            return {"found": found["reason"]}
        if waited >= events.get("within", 0):
            raise RuntimeError(found["reason"])
        time.sleep(PAUSE)
        waited += PAUSE
