"""What the sandbox answers below ``/_upkeep/`` for tests and drills, beside AWS.

A module that offers a control registers it when it is imported::

    @control("POST", "outage")
    def _cut_off(request: Request, rest: str) -> Answer: ...

``rest`` is the path behind the word, without a slash at either end: ``orders-usw2-1/fail`` of
``POST /_upkeep/databases/orders-usw2-1/fail``. The answer is plain data and is sent as JSON, with
status 200 or, as a pair, with a status of its own. A ValueError is answered with 400 and its words.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request

Answer = Any
Handler = Callable[[Request, str], Answer]

_HANDLERS: dict[tuple[str, str], Handler] = {}


def control(method: str, word: str) -> Callable[[Handler], Handler]:
    """Registers a handler for a method and the first word of the path."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[method, word] = handler
        return handler

    return register


def answered(request: Request) -> tuple[Answer, int] | None:
    """The answer of the control that a request asks for, and its status; None without one."""
    word, _, rest = request.path.removeprefix("/_upkeep/").strip("/").partition("/")
    handler = _HANDLERS.get((request.method, word))
    if handler is None:
        return None
    try:
        answer = handler(request, rest)
    except (KeyError, TypeError, ValueError) as wrong:
        return {"error": str(wrong)}, 400
    if isinstance(answer, tuple):
        value, status = answer
        return value, int(status)
    return answer, 200
