"""Runs a command that must not outlive whoever started it: ``supervised.py PARENT COMMAND...``.

The engine starts a language host, which starts the program; a killed engine leaves both behind, and
a killed front door would leave all three. This process, in a session of its own, passes on one
request to stop, asks for a stop when its parent is gone, and in the end removes what is left of the
session. Standard library only and run with ``-I -S``, so that it costs 20 ms.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

_POLL_SECONDS = 0.1
# An engine that was asked to stop finishes the call that it is making.
_SECONDS_TO_STOP = 30.0


def main(parent: int, command: list[str]) -> int:
    child: subprocess.Popen[bytes] | None = None
    asked = False

    def ask(_signal: int = 0, _frame: FrameType | None = None) -> None:
        # Once: a second SIGINT makes Pulumi leave without noting what it was doing.
        nonlocal asked
        if not asked:
            asked = True
            if child is not None:
                child.send_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    child = subprocess.Popen(command)
    if asked:
        child.send_signal(signal.SIGINT)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)
        ask()
        time.sleep(_SECONDS_TO_STOP)
        child.kill()

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    _end_session()
    return code if code >= 0 else 128 - code


def _end_session() -> None:
    """Kill what is left in this session. Only where /proc shows sessions; elsewhere the language
    host ends by itself when it finds its engine gone."""
    own = os.getpid()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
            if pid != own and int(rest[3]) == own:
                os.kill(pid, signal.SIGKILL)
        except (OSError, ValueError, IndexError):
            continue  # it ended while we looked


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
