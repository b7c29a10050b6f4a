"""Child processes in sessions of their own, so that Ctrl-C reaches the front door alone, which then
ends them in order."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_SECONDS_TO_STOP = 5.0


def started(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdout: int = subprocess.PIPE,
) -> "subprocess.Popen[str]":
    """A child without standard input, its output piped as text."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )


def end(process: "subprocess.Popen[str]", seconds: float = _SECONDS_TO_STOP) -> None:
    """End a child: it alone is asked, as it knows how to end its own children; what is left of
    its group after that, or after ``seconds``, is forced."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    # What the child did not wait for itself: Go leaves its linker behind.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
