"""What only somebody inside the network can see: a database's data, a private name, a server.

A function of the recovery region looks (``functions/takeover_checks``). Without one, a person does:
the runbook then waits until they have said that it is well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .people import People, ask
from .steps import ABORT, Permission, Step, script

# A function looks for up to so long, and is asked again while its answer is no.
LOOK_LIMIT = timedelta(minutes=10)


@dataclass(frozen=True)
class Inside:
    """The function that looks.

    function, arn   its name and ARN; empty where a person looks
    """

    function: str = ""
    arn: str = ""


def look(
    inside: Inside,
    people: People,
    name: str,
    title: str,
    see: str,
    asked: Mapping[str, Any],
    *,
    within: timedelta = timedelta(0),
    tries: int = 1,
    on_failure: str = ABORT,
    counts: bool = True,
) -> Step:
    """A step that looks inside; ``asked`` is what the function is asked.

    within   how long the answer may be no
    """
    if not inside.function:
        return ask(people, name, title, f"{title} Approve when it is so: {see}")
    return Step(
        name=name,
        title=title,
        who=f"the function {inside.function}",
        see=see,
        action="aws:executeScript",
        inputs=script(
            "look_inside",
            {
                "region": people.region,
                "function": inside.function,
                "ask": dict(asked),
                "within": round(within.total_seconds()),
            },
        ),
        limit=LOOK_LIMIT,
        tries=tries,
        on_failure=on_failure,
        counts=counts,
        outputs={"Found": ("$.Payload.found", "String")},
        may=(Permission("lambda:InvokeFunction", (inside.arn,)),),
    )
