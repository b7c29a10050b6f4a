"""Small things that houses and clusters share."""

import contextlib
import os
import time
from collections.abc import Callable

SECONDS_TO_START = 60.0
_POLL = 0.01


class PostgresError(Exception):
    """A server or a tool did not do what it was asked; the last words of it."""


def wait_for(condition: Callable[[], bool], what: str, seconds: float = SECONDS_TO_START) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise PostgresError(f"waited {seconds:g} s for {what}")
        time.sleep(_POLL)


def send(pid: int, signum: int) -> None:
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)


def literal(text: str) -> str:
    """Text between quotes, for SQL and for a settings file."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def last_words(text: str) -> str:
    return text.strip().rpartition("\n")[2] or "without a word"


def words_of(wrong: Exception) -> str:
    """A server's own message, without the fields around it."""
    fields = wrong.args[0] if wrong.args else None
    return str(fields.get("M", fields)) if isinstance(fields, dict) else str(wrong)
