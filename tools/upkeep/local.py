"""The sandbox that a command works on: the running one, or one for as long as it runs itself."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from sandbox.server import Addresses, SandboxError, alive, read_state, running_sandbox
from tools.upkeep.engine import Engine
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.pulumi import Pulumi
from tools.upkeep.stop import Stop

_STATES = BUILD / "state"
_SANDBOX = BUILD / "sandbox.json"


def running() -> Addresses | None:
    """The addresses of the sandbox that runs, or None."""
    found = read_state(_SANDBOX)
    return found if found is not None and alive(found) else None


def to_look_into() -> Addresses:
    """The addresses of the sandbox that runs. Stop, with what starts one, where none does."""
    if found := running():
        return found
    raise Stop(
        "no sandbox runs: `make sandbox` in another terminal, then `make up`; "
        "or REAL=1 for an account"
    )


@contextlib.contextmanager
def sandbox(console: Console) -> Iterator[tuple[Addresses, bool]]:
    """The addresses of a sandbox, and whether it was running before."""
    if found := running():
        yield found, True
        return
    BUILD.mkdir(exist_ok=True)
    with contextlib.ExitStack() as ending:
        try:
            with _saying(console, "starting the sandbox"):
                # Any free port, unless somebody asked for one: this sandbox is looked at through
                # the file that says where it is, and another project's may hold the usual ports.
                own = ending.enter_context(
                    running_sandbox(
                        state=_SANDBOX,
                        aws_port=_port("UPKEEP_AWS_PORT"),
                        datadog_port=_port("UPKEEP_DD_PORT"),
                    )
                )
        except SandboxError as error:
            raise Stop(str(error)) from None
        yield own, False


@contextlib.contextmanager
def _saying(console: Console, what: str) -> Iterator[None]:
    """A spinner on a terminal, a line elsewhere."""
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        console.print(what, highlight=False)
        yield


def _port(variable: str) -> int:
    value = os.environ.get(variable, "0")
    if not value.isdecimal():
        raise Stop(f"{variable}={value}: not a port")
    return int(value)


def bound(engine: Engine, addresses: Addresses, project: Path = PROJECT) -> Pulumi:
    """The CLI bound to a project, a sandbox, and the state that belongs to that sandbox alone.

    A sandbox's cloud is gone when it ends, so states of sandboxes that ended describe nothing and
    are removed.
    """
    own = _STATES / addresses.id
    for other in _STATES.glob("*"):
        if other != own:
            shutil.rmtree(other, ignore_errors=True)
    own.mkdir(parents=True, exist_ok=True)
    return Pulumi(engine=engine, state=own, cloud=addresses.environment, project=project)
