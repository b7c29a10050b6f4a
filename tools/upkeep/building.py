"""Building Go programs while a person watches: modules fetched, packages compiled."""

import itertools
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tools.upkeep.child import end, started
from tools.upkeep.stop import Stop

_UNREACHABLE = re.compile(
    r"dial tcp|no such host|connection refused|network is unreachable|i/o timeout"
    r"|proxyconnect|TLS handshake timeout|GOPROXY list is not the empty string"
    r"|module lookup disabled"
)
_NAMED = re.compile(r"(?:^|\s)(?:go: )?([\w.-]+\.[a-z]+/[\w./~-]+)@(v[\w.+-]+)")
_LINES_SHOWN = 10
# Where there is no bar, a line this often shows that something moves.
_PLAIN_SECONDS = 30.0


class GoBuild:
    """One bar for all programs of one build; a context manager.

    go: the go command; why: what a person is told at the start.
    """

    def __init__(self, go: str, why: str) -> None:
        self._go = go
        self._console = Console(stderr=True)
        self._console.print(why, highlight=False)
        self._bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.completed} of {task.total}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> "GoBuild":
        self._bar.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def binary(self, module: Path, package: str, target: Path, ldflags: str) -> None:
        """Build ``package`` as pinned by the go.mod of ``module``."""
        fetching = self._task(f"fetching modules of {target.name}", _requirements(module))

        def fetched(line: str) -> None:
            if line.startswith("go: downloading"):
                self._bar.advance(fetching)

        packages = self._run(["list", "-deps", package], module, fetched).split()
        self._bar.update(fetching, visible=False)
        self._plain(f"  compiling {target.name}: {len(packages)} packages")
        compiling = self._task(f"compiling {target.name}", len(packages))
        known = set(packages)

        done = itertools.count(1)
        told = time.monotonic()

        def compiled(line: str) -> None:
            nonlocal told
            if line not in known:
                return
            self._bar.advance(compiling)
            count = next(done)
            if time.monotonic() - told > _PLAIN_SECONDS:
                told = time.monotonic()
                self._plain(f"  compiled {count} of {len(packages)}")

        command = ["build", "-v", "-ldflags", ldflags, "-o", str(target), package]
        self._run(command, module, compiled)
        self._bar.update(compiling, completed=len(packages))

    def folder_of(self, module: Path, dependency: str) -> Path:
        """Where the sources of a module that ``module`` pins are on this machine."""
        found = self._run(["list", "-m", "-f", "{{.Dir}}", dependency], module, lambda _line: None)
        return Path(found.strip())

    def _task(self, what: str, total: int) -> TaskID:
        return self._bar.add_task(what, total=total)

    def _plain(self, line: str) -> None:
        if self._bar.disable:
            self._console.print(line, highlight=False)

    def _run(self, arguments: list[str], module: Path, heard: Callable[[str], None]) -> str:
        """Run go; its standard output. What it says on the way is told to ``heard``."""
        # -mod=readonly: what is pinned is built, or nothing is.
        flags = f"{os.environ.get('GOFLAGS', '')} -mod=readonly".strip()
        said: list[str] = []
        process = started(
            [self._go, *arguments],
            cwd=module,
            env=os.environ | {"GOFLAGS": flags, "GOWORK": "off"},
            stdout=subprocess.PIPE if arguments[0] == "list" else subprocess.DEVNULL,
        )
        try:
            output: list[str] = []
            stdout, stderr = process.stdout, process.stderr
            assert stderr is not None
            reader = threading.Thread(
                target=lambda: output.append(stdout.read() if stdout else ""), daemon=True
            )
            reader.start()
            for line in stderr:
                said.append(line.rstrip())
                heard(said[-1])
            reader.join()
            if process.wait():
                raise Stop(_explained(said))
            return output[0]
        finally:
            end(process)


def _requirements(module: Path) -> int:
    text = (module / "go.mod").read_text(encoding="utf-8")
    return len(re.findall(r"^\t\S+ v\S+", text, re.MULTILINE))


def _explained(said: list[str]) -> str:
    text = "\n".join(said)
    if _UNREACHABLE.search(text):
        named = _NAMED.search(text)
        what = f"{named[1]} {named[2]}" if named else "the Go modules of the Pulumi engine"
        return f"cannot fetch {what} from the Go module proxy: no network?"
    lines = [line for line in said if not line.startswith("go: downloading")]
    return "\n".join(["the Pulumi engine does not build:", *lines[-_LINES_SHOWN:]])
