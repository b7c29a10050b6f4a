"""The Pulumi engine: the one on this machine, or one built from pinned Go modules.

A Pulumi CLI on PATH is used when it is complete (the Python language host beside it) and at least
as new as the SDK that the requirements pin: older ones are not tested. Otherwise the engine is
built once, from the modules of ``tools/engine`` and ``tools/language-python``, into a cache that
all clones share; the folder's name holds the version and a hash of the pins.

UPKEEP_PULUMI  path of the ``pulumi`` to use, or ``build`` to leave PATH alone
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path

from tools.upkeep.paths import ENGINE_MODULE, LANGUAGE_MODULE, cache
from tools.upkeep.stop import Stop

_ENGINE_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_LANGUAGE_PACKAGE = "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
_SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
_LANGUAGE_EXEC = "pulumi-language-python-exec"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_BINARIES = ("pulumi", "pulumi-language-python", _LANGUAGE_EXEC)


@dataclass(frozen=True)
class Engine:
    """A Pulumi CLI. ``built``: from the pinned modules, rather than found on this machine."""

    pulumi: Path
    version: str
    built: bool


@dataclass(frozen=True)
class _Refused:
    """A CLI that is there but does not do, and why."""

    why: str


def engine() -> Engine:
    """The engine to use, built first where that is needed. Stop, with one line, where neither is
    possible."""
    forced = os.environ.get("UPKEEP_PULUMI", "")
    refused: _Refused | None = None
    if forced and forced != "build":
        judged = _judge(Path(forced))
        if isinstance(judged, _Refused):
            raise Stop(f"UPKEEP_PULUMI={forced}: {judged.why}")
        return judged
    if not forced and (found := shutil.which("pulumi")):
        judged = _judge(Path(found))
        if isinstance(judged, Engine):
            return judged
        refused = judged
    return built_engine() or _build(refused)


def wanted_version() -> str:
    """The version of the pinned SDK: the oldest engine that is used, and the one that is built."""
    return installed_version("pulumi")


def built_engine() -> Engine | None:
    """The engine in the cache, if it has been built."""
    home = _home() / "bin"
    if all((home / name).exists() for name in _BINARIES):
        return Engine(home / "pulumi", wanted_version(), built=True)
    return None


def _judge(pulumi: Path) -> Engine | _Refused:
    try:
        answer = subprocess.run(
            [pulumi, "version"],
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return _Refused(f"{pulumi} does not run")
    found, wanted = _numbers(answer), _numbers(wanted_version())
    if not found:
        return _Refused(f"{pulumi} does not tell its version")
    if found[0] != wanted[0] or found < wanted:
        spoken = ".".join(map(str, found))
        return _Refused(f"{pulumi} is {spoken}, needed is {wanted_version()} or newer")
    # A link (Homebrew, asdf) leads to where the language hosts are.
    beside = [pulumi.parent, pulumi.resolve().parent]
    if not any((folder / "pulumi-language-python").exists() for folder in beside) and not (
        shutil.which("pulumi-language-python")
    ):
        return _Refused(f"{pulumi} has no pulumi-language-python beside it")
    return Engine(pulumi.absolute(), ".".join(map(str, found)), built=False)


def _numbers(text: str) -> tuple[int, ...]:
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in match.groups()) if match else ()


# ---- building ----------------------------------------------------------------------------------


def _home() -> Path:
    digest = hashlib.sha256()
    for module in (ENGINE_MODULE, LANGUAGE_MODULE):
        for name in ("go.mod", "go.sum"):
            digest.update((module / name).read_bytes())
    return cache() / f"pulumi-{wanted_version()}-{digest.hexdigest()[:12]}"


def _build(refused: _Refused | None) -> Engine:
    if not (go := shutil.which("go")):
        instead = f" ({refused.why})" if refused else ""
        raise Stop(
            f"neither a Pulumi CLI{instead} nor Go was found: install Pulumi "
            f"{wanted_version()} or newer, or Go to build it from here"
        )
    home = _home()
    home.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(home):
        if (there := built_engine()) is not None:
            return there
        draft = home.with_name(f"{home.name}.part")
        shutil.rmtree(draft, ignore_errors=True)
        try:
            (draft / "bin").mkdir(parents=True)
            _compile(go, draft / "bin", refused)
            shutil.rmtree(home, ignore_errors=True)
            draft.rename(home)
        except OSError as error:
            raise Stop(f"cannot write the engine to {home}: {error.strerror}") from None
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    there = built_engine()
    assert there is not None
    return there


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Two clones that build at once: one builds, the other waits and then finds it built."""
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another build of the Pulumi engine", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile(go: str, target: Path, refused: _Refused | None) -> None:
    from tools.upkeep.building import GoBuild

    reason = refused.why if refused else "no Pulumi CLI on PATH"
    with GoBuild(go, f"{reason}: building {wanted_version()}, once (some minutes)") as build:
        build.binary(
            ENGINE_MODULE,
            _ENGINE_PACKAGE,
            target / "pulumi",
            # Without its version the engine calls itself 3.0.0-dev, which the SDK refuses.
            ldflags=f"-s -w -X {_VERSION_VARIABLE}={wanted_version()}",
        )
        build.binary(
            LANGUAGE_MODULE, _LANGUAGE_PACKAGE, target / "pulumi-language-python", ldflags="-s -w"
        )
        # The script that the language host starts; it must match the SDK, so it is the engine's.
        script = build.folder_of(ENGINE_MODULE, _SDK_MODULE) / "python" / "cmd" / _LANGUAGE_EXEC
        shutil.copyfile(script, target / _LANGUAGE_EXEC)
        (target / _LANGUAGE_EXEC).chmod(0o755)
