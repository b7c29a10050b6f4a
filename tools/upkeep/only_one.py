"""One command at a time in one clone."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from tools.upkeep.stop import Stop


@contextlib.contextmanager
def only_one(path: Path, otherwise: str) -> Iterator[None]:
    """Hold a lock that the kernel gives back however this process ends; Stop where it is taken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(otherwise) from None
        yield
