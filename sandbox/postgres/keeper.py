"""Ends the PostgreSQL servers of a sandbox when the sandbox is gone; its argument is their folder.

Holds one end of a pipe whose other end only the sandbox holds; when that closes, by an orderly end
or by SIGKILL, every process that works in the folder is ended and the folder is deleted.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import sys
import time
from pathlib import Path

_SECONDS_TO_STOP = 5.0
_IPC_RMID = 0


def processes_in(folder: Path) -> list[int]:
    """Process ids of all who work in a folder or below it, whoever their parent is."""
    inside = []
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            # Processes end while one looks.
            with contextlib.suppress(OSError):
                place = Path(os.readlink(f"/proc/{entry.name}/cwd"))
                if place == folder or folder in place.parents:
                    inside.append(int(entry.name))
    return inside


def end_all(folder: Path) -> None:
    """End every process in a folder and delete the folder."""
    deadline = time.monotonic() + _SECONDS_TO_STOP
    while (left := processes_in(folder)) and time.monotonic() < deadline:
        # Nobody will read the data again: no server need write it down. A halted one hears this.
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    for data in folder.glob("*/data"):
        unlock(data)
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)


def unlock(data: Path) -> None:
    """Remove what marks a data directory as in use, after its server was killed.

    That is a file and the memory segment that it names, which nobody else would give back.
    """
    lock = data / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError, IndexError):
        segment = int(lock.read_text(encoding="utf-8").splitlines()[6].split()[1])
        ctypes.CDLL(None).shmctl(segment, _IPC_RMID, None)
    lock.unlink(missing_ok=True)


def main() -> None:
    """Wait for the end of standard input, then end what is in the folder."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    folder = Path(sys.argv[1])
    sys.stdin.buffer.read()
    end_all(folder)
