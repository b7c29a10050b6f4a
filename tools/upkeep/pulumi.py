"""The Pulumi CLI at work in a sandbox: its environment, its state, its events.

The commands are the ones that a person would type, run through the command line rather than the
Automation API: that one offers no import of pending creates, asks for outputs and history with
three more processes per deployment, and cannot tell an engine of its own to stop in order.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.upkeep.child import end, started
from tools.upkeep.engine import Engine
from tools.upkeep.paths import PROJECT

# What a sandbox's state hides are the sandbox's own made-up secrets, for a cloud that is gone when
# its process ends. The passphrase of a real stack is never this one, and never in the code.
SANDBOX_PASSPHRASE = "sandbox"  # noqa: S105

# Credentials and settings for real accounts stay out of everything that works on a sandbox.
_REAL = ("AWS_", "DD_", "DATADOG_", "PULUMI_")
_EVENT_POLL_SECONDS = 0.05
# An engine that was told to stop finishes the call that it is making.
_SECONDS_TO_STOP = 40.0

_SUPERVISED = Path(__file__).with_name("supervised.py")

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """How a command of the CLI ended."""

    code: int
    stdout: str
    stderr: str


class PulumiError(Exception):
    """A command that had to succeed did not; the message is what Pulumi said."""


@dataclass(frozen=True)
class Pulumi:
    """The CLI, bound to one project, one state and one sandbox.

    project: folder of Pulumi.yaml.
    state: folder that holds this sandbox's backend and the engine's home; nothing is written to
        the user's ~/.pulumi.
    cloud: the sandbox's environment (endpoint, credentials, provider stand-ins).
    """

    engine: Engine
    state: Path
    cloud: Mapping[str, str]
    project: Path = PROJECT

    @property
    def backend(self) -> Path:
        return self.state / "backend"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_REAL)}
        # The language host takes the first Python on PATH: the one that runs this. Not resolved,
        # since the link's place is what makes it the virtual environment's.
        first = [str(Path(sys.executable).parent), str(self.engine.pulumi.parent)]
        return inherited | {
            "PATH": os.pathsep.join([*first, inherited.get("PATH", os.defpath)]),
            "PULUMI_HOME": str(self.state / "home"),
            "PULUMI_BACKEND_URL": self.backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": SANDBOX_PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Otherwise every run tries to download the plugins of all installed packages.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # --event-log is hidden behind this.
            "PULUMI_DEBUG_COMMANDS": "true",
            # A backup of the state beside every write of it: of no use for a passing sandbox.
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            "PULUMI_DISABLE_CHECKPOINT_BACKUPS": "true",
            **self.cloud,
        }

    def run(self, *arguments: str | Path, cwd: Path | None = None, check: bool = True) -> Result:
        """Run a quick command to its end. PulumiError where it fails and ``check`` is set."""
        with self._running(arguments, cwd) as process:
            stdout, stderr = process.communicate()
        result = Result(process.returncode, stdout, stderr)
        if check and result.code:
            raise PulumiError(_said(result))
        return result

    def watch(self, *arguments: str | Path, heard: Callable[[Event], None]) -> Result:
        """Run an operation (up, preview, refresh, destroy); each of its events is told to
        ``heard``, in this thread."""
        with tempfile.TemporaryDirectory(prefix="upkeep-") as folder:
            log = Path(folder) / "events"
            log.touch()
            command = [*arguments, "--event-log", log]
            with self._running(command, None) as process:
                output: dict[str, str] = {}
                readers = [
                    threading.Thread(target=_drain, args=(process, name, output), daemon=True)
                    for name in ("stdout", "stderr")
                ]
                for reader in readers:
                    reader.start()
                for event in _events(log, process):
                    heard(event)
                for reader in readers:
                    reader.join()
        return Result(process.returncode, output["stdout"], output["stderr"])

    @contextmanager
    def _running(
        self, arguments: Sequence[str | Path], cwd: Path | None
    ) -> Iterator["subprocess.Popen[str]"]:
        self.backend.mkdir(parents=True, exist_ok=True)
        supervisor: list[str | Path] = [sys.executable, "-I", "-S", _SUPERVISED, str(os.getpid())]
        quiet = ["--non-interactive", "--color", "never"]
        process = started(
            [*supervisor, self.engine.pulumi, *quiet, *arguments],
            cwd=cwd or self.project,
            env=self.environment,
        )
        try:
            yield process
        finally:
            end(process, _SECONDS_TO_STOP)


def _drain(process: "subprocess.Popen[str]", name: str, output: dict[str, str]) -> None:
    output[name] = getattr(process, name).read()


def _events(log: Path, process: "subprocess.Popen[str]") -> Iterator[Event]:
    """The lines of a growing event log, until the process has ended and all is read."""
    with log.open(encoding="utf-8") as lines:
        part = ""
        while True:
            ended = process.poll() is not None
            while line := lines.readline():
                part += line
                if part.endswith("\n"):
                    yield json.loads(part)
                    part = ""
            if ended:
                return
            time.sleep(_EVENT_POLL_SECONDS)


def _said(result: Result) -> str:
    text = result.stderr.strip() or result.stdout.strip()
    return text.removeprefix("error: ")
