"""``python -m tools.upkeep <command>``; what each target of the Makefile calls."""

import os
import signal
import sys
from types import FrameType


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # One is enough: a second Ctrl-C must not break the orderly end.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)
    erase = b"\r\033[K" if sys.stderr.isatty() else b""
    os.write(2, erase + b"stopping; the next run finishes what is left\n")
    sys.exit(130)


if __name__ == "__main__":
    for _signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(_signum, _stop)
    # After the handlers, so that Ctrl-C is answered alike while this loads.
    from tools.upkeep.commands import main

    sys.exit(main())
