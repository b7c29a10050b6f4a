"""How much faster waiting is in the sandbox than in AWS.

``GET /_upkeep/automation`` says it, ``POST /_upkeep/automation {"speed": 1}`` changes it. It holds
for what only waits: ``aws:sleep``, the pauses between two looks, ``time.sleep`` in scripts, and how
long a person may take to answer. Work itself takes as long as it takes.
"""

import time
from collections.abc import Callable

from werkzeug.wrappers import Request

from sandbox.aws.controls import Answer, control

# A minute of waiting takes two seconds.
DEFAULT_SPEED = 30.0
# How often something that waits looks whether it was stopped, in seconds of this machine.
_LOOK = 0.02


class Clock:
    """Waiting, shortened."""

    def __init__(self) -> None:
        self.speed = DEFAULT_SPEED

    def until(self, seconds: float, done: Callable[[], bool]) -> bool:
        """Wait ``seconds`` of a document, or until ``done``; whether it was."""
        deadline = time.monotonic() + seconds / self.speed
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, _LOOK))
        return True


CLOCK = Clock()


@control("POST", "automation")
def _set(request: Request, _rest: str) -> Answer:
    speed = float(request.get_json()["speed"])
    if speed < 1:
        raise ValueError("speed: 1 is as slow as AWS, more is faster")
    CLOCK.speed = speed
    return {"speed": CLOCK.speed}


@control("GET", "automation")
def _show(_request: Request, _rest: str) -> Answer:
    return {"speed": CLOCK.speed}
