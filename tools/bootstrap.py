"""Make the virtual environment: ``python tools/bootstrap.py .venv requirements-dev.txt``.

Runs under whatever Python 3.11+ the machine has, so it uses the standard library alone. pip's own
settings (index, proxy, cache) are left as they are. What pip prints is kept for the case that it
fails; a person sees one line that counts.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path
from types import FrameType

_LOG_LINES_SHOWN = 15
_FETCHED = re.compile(r"^\s*(Collecting|Requirement already satisfied:|Obtaining) ?(\S*)")
_UNREACHABLE = re.compile(
    r"NewConnectionError|Connection ?(?:refused|reset|Error)|Name or service not known"
    r"|Temporary failure in name resolution|nodename nor servname|Network is unreachable"
    r"|ProxyError|ConnectTimeout|Read timed out",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"(?:Could not find a version that satisfies the requirement|Collecting) (\S+)"
)


class Progress:
    """One line that rewrites itself on a terminal; elsewhere a line at the start and the end."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.live = sys.stderr.isatty()
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        if self.live:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def count(self, done: int, what: str) -> None:
        self.say(f"python packages: {min(done, self.total)} of {self.total}  {what}")

    def end(self, text: str) -> None:
        start = "\r\033[K" if self.live else ""
        seconds = time.monotonic() - self.started
        print(f"{start}{text} ({seconds:.0f} s)", file=sys.stderr, flush=True)


def main(target: Path, requirements: Path) -> int:
    """Create or complete the environment; 0, or 1 with a line that says what is wrong."""
    progress = Progress(_pins(requirements))
    if not progress.live:
        print(f"python packages: {progress.total} into {target}", file=sys.stderr, flush=True)
    progress.say(f"python environment: {target}")
    python = target / "bin" / "python"
    if not python.exists() or not _works(python):
        shutil.rmtree(target, ignore_errors=True)
        try:
            venv.create(target, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            _say(f"cannot make {target}: {error}; is python's venv installed?")
            return 1
    output: list[str] = []
    code = _install(python, requirements, progress, output)
    if code:
        _explain(output)
        return 1
    progress.end(f"python environment: {target} is ready, {progress.total} packages")
    return 0


def _pins(requirements: Path) -> int:
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if "==" in line and "win32" not in line)


def _works(python: Path) -> bool:
    # An environment whose Python was removed or replaced is left over from another time.
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        result = subprocess.run([python, "-c", check], capture_output=True, check=False)
    except OSError:
        return False
    return result.returncode == 0


def _install(python: Path, requirements: Path, progress: Progress, output: list[str]) -> int:
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "-r", str(requirements)]
    # A session of its own: Ctrl-C reaches this process, which then ends pip and says one line.
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as pip:
        assert pip.stdout is not None
        done = 0
        try:
            for line in pip.stdout:
                output.append(line.rstrip())
                if found := _FETCHED.match(line):
                    done += 1
                    progress.count(done, re.split(r"[=<>;\[ ]", found[2])[0])
                elif line.startswith("Installing collected"):
                    progress.count(done, "installing")
        except KeyboardInterrupt:
            os.killpg(pip.pid, signal.SIGTERM)
            raise
        return pip.wait()


def _explain(output: list[str]) -> None:
    text = "\n".join(output)
    if _UNREACHABLE.search(text):
        wanted = _WANTED.findall(text)
        name = f" {wanted[-1]}" if wanted else ""
        _say(f"cannot fetch{name} from the Python package index: no network?")
        return
    _say("pip could not install the requirements:")
    print("\n".join(f"  {line}" for line in output[-_LOG_LINES_SHOWN:]), file=sys.stderr)


def _say(line: str) -> None:
    """A line in place of the one that counts."""
    start = "\r\033[K" if sys.stderr.isatty() else ""
    print(f"{start}{line}", file=sys.stderr, flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
    except KeyboardInterrupt:
        _say("stopped; the next run goes on from here")
        sys.exit(130)
