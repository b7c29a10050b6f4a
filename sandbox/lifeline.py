"""A child process that ends with its parent, however the parent ends."""

import os
import signal
import threading
import time

_POLL_SECONDS = 0.2


def die_with_parent(parent: int | None = None) -> None:
    """Send this process SIGTERM when its parent is gone.

    parent: the parent's process id; default the parent at the time of the call.

    Asks again and again who the parent is, rather than ask the kernel for a signal: Linux's
    PR_SET_PDEATHSIG fires when the *thread* that started the child ends, and test runners and
    the Automation API start children from threads that end early.
    """
    expected = os.getppid() if parent is None else parent

    def watch() -> None:
        while os.getppid() == expected:
            time.sleep(_POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
