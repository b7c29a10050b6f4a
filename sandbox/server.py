"""The life of one sandbox: ports, servers, estate, provider stand-ins, state file, end.

``Sandbox`` lives in the process that makes it; moto's state is one per process, so there is one
sandbox per process. Tests and other programs use ``running_sandbox``, which starts
``python -m sandbox`` as a child and gives its addresses.
"""

import contextlib
import json
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.clients import CREDENTIALS

HOST = "127.0.0.1"
DEFAULT_AWS_PORT = 4566
DEFAULT_DATADOG_PORT = 4567
PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_STATE = PROJECT / "build" / "sandbox.json"
STATE_VERSION = 2
# What stands behind an RDS instance: nothing but moto's books, or a PostgreSQL server.
MOTO_ONLY, REAL = "moto", "real"
DATABASES = (MOTO_ONLY, REAL)

_CHILD_SECONDS_TO_START = 60.0
_CHILD_SECONDS_TO_STOP = 5.0


class SandboxError(Exception):
    """The sandbox cannot start or has broken; the message is one line for a person."""


@dataclass(frozen=True)
class Addresses:
    """Where a running sandbox answers.

    aws_endpoint_url, dd_api_url: base URLs, without a slash at the end.
    dns: ``host:port`` of a DNS server for the names of this cloud.
    providers: port of each provider stand-in, by provider name.
    """

    id: str
    pid: int
    aws_endpoint_url: str
    dd_api_url: str
    dns: str
    providers: Mapping[str, int]
    started: str

    @property
    def debug_providers(self) -> str:
        """The value of PULUMI_DEBUG_PROVIDERS that attaches the stand-ins."""
        return ",".join(f"{name}:{port}" for name, port in sorted(self.providers.items()))

    @property
    def environment(self) -> dict[str, str]:
        """What a client, or the Pulumi engine, needs in its environment."""
        return {
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "DD_API_URL": self.dd_api_url,
            "PULUMI_DEBUG_PROVIDERS": self.debug_providers,
            **CREDENTIALS,
        }

    def to_json(self) -> dict[str, Any]:
        """The shape of the state file, version 2."""
        return {
            "version": STATE_VERSION,
            "id": self.id,
            "pid": self.pid,
            "aws_endpoint_url": self.aws_endpoint_url,
            "dd_api_url": self.dd_api_url,
            "dns": self.dns,
            "providers": dict(self.providers),
            "started": self.started,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Addresses":
        """Read what ``to_json`` wrote; ValueError for another version."""
        if value.get("version") != STATE_VERSION:
            raise ValueError(f"state file of version {value.get('version')}, not {STATE_VERSION}")
        return cls(**{key: value[key] for key in cls.__dataclass_fields__})


class _QuietHandler(WSGIRequestHandler):
    """No line per request; and no waiting for acknowledgements between header and body."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Sandbox:
    """Everything that runs while a sandbox lives; a context manager.

    aws_port, datadog_port: 0 takes any free port.
    state: file that tells others where this sandbox is; removed at the end.
    providers: whether to start the provider stand-ins. Off for tests that need only the clouds.
    databases: ``real`` puts a PostgreSQL server behind every PostgreSQL instance of RDS.
    """

    def __init__(
        self,
        *,
        aws_port: int = DEFAULT_AWS_PORT,
        datadog_port: int = DEFAULT_DATADOG_PORT,
        state: Path = DEFAULT_STATE,
        providers: bool = True,
        estate: bool = True,
        databases: str = MOTO_ONLY,
    ) -> None:
        if databases not in DATABASES:
            raise ValueError(f"databases is one of {', '.join(DATABASES)}; not {databases!r}")
        self._databases = databases
        self._ports = (aws_port, datadog_port)
        self._state = state
        self._with_providers = providers
        self._with_estate = estate
        self._ending = contextlib.ExitStack()
        self._child: subprocess.Popen[str] | None = None
        self.addresses: Addresses

    def __enter__(self) -> "Sandbox":
        with contextlib.ExitStack() as undo:
            undo.callback(self._ending.close)
            self._start()
            undo.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ending.close()

    def _start(self) -> None:
        # Both ports are taken before anything else, so that a taken one is said at once, and so
        # that the stand-ins can start while moto is still being imported: requests wait.
        aws_socket = self._listening(self._ports[0], "AWS", "--aws-port")
        datadog_socket = self._listening(self._ports[1], "Datadog", "--dd-port")
        aws_url, datadog_url = _url(aws_socket), _url(datadog_socket)
        addresses = {"AWS_ENDPOINT_URL": aws_url, "DD_API_URL": datadog_url}
        ready = self._start_providers(addresses) if self._with_providers else None
        # In a process of its own, because on two cores a client beside its server is twice as
        # fast as a client in it.
        seeding = self._start_child("sandbox.estate", addresses) if self._with_estate else None

        os.environ["MOTO_PORT"] = str(aws_socket.getsockname()[1])
        # Where functions find Datadog.
        os.environ["UPKEEP_DATADOG"] = datadog_url
        # Imported here, so that a taken port is said before moto loads.
        from sandbox.aws.application import Application

        aws_application = Application()
        if self._databases == REAL:
            self._open_databases()
        self._serve(aws_socket, aws_application)

        from sandbox.network import network

        names = self._ending.enter_context(network())

        from sandbox.datadog.app import create_app

        self._serve(datadog_socket, create_app())
        if seeding is not None:
            _last_words, complaints = seeding.communicate(timeout=_CHILD_SECONDS_TO_START)
            if seeding.returncode:
                raise SandboxError(f"the estate could not be seeded: {_last_line(complaints)}")
        # What the ledger shows is what others did, not what the sandbox did to itself.
        aws_application.ledger.clear()

        self.addresses = Addresses(
            id=str(uuid.uuid4()),
            pid=os.getpid(),
            aws_endpoint_url=aws_url,
            dd_api_url=datadog_url,
            dns=f"{HOST}:{names.port}",
            providers=ready() if ready else {},
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._write_state()

    def _open_databases(self) -> None:
        from sandbox.aws.rds_servers import open_servers
        from sandbox.postgres import PostgresError

        try:
            self._ending.enter_context(open_servers())
        except PostgresError as wrong:
            raise SandboxError(str(wrong)) from None

    def check(self) -> None:
        """Raise SandboxError when a part of the sandbox has ended by itself."""
        if self._child is not None and self._child.poll() is not None:
            raise SandboxError(
                f"the provider stand-ins ended by themselves (exit code {self._child.returncode})"
            )

    def _listening(self, port: int, name: str, option: str) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._ending.callback(listener.close)
        # A port in TIME_WAIT after an earlier sandbox is free; one that somebody listens on is not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(128)
        except (OSError, OverflowError) as error:
            raise SandboxError(
                f"port {port} for {name} is taken or not allowed "
                f"({getattr(error, 'strerror', None) or error}); "
                f"stop what listens there or choose another with {option}"
            ) from None
        return listener

    def _serve(self, listener: socket.socket, application: Any) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server: BaseWSGIServer = make_server(
            HOST,
            listener.getsockname()[1],
            application,
            threaded=True,
            request_handler=_handler(),
            fd=listener.fileno(),
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        self._ending.callback(stop)

    def _start_child(
        self,
        module: str,
        environment: Mapping[str, str],
        *,
        complaints: int | None = subprocess.PIPE,
    ) -> "subprocess.Popen[str]":
        # A session of its own: Ctrl-C in a terminal reaches this process alone, which then ends
        # the child in order.
        child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import runpy, sys\n"
                "from sandbox.lifeline import die_with_parent\n"
                f"die_with_parent({os.getpid()})\n"
                f"sys.argv = [{module!r}]\n"
                f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)",
            ],
            cwd=PROJECT,
            env={**os.environ, **CREDENTIALS, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )
        self._ending.callback(_end, child)
        return child

    def _start_providers(self, environment: Mapping[str, str]) -> Callable[[], dict[str, int]]:
        # What the stand-ins complain about is for whoever runs the sandbox to see.
        child = self._start_child("sandbox.providers", environment, complaints=None)
        self._child = child
        first = _first_line(child)

        def ready() -> dict[str, int]:
            try:
                line = first.get(timeout=_CHILD_SECONDS_TO_START)
            except queue.Empty:
                raise SandboxError("the provider stand-ins did not get ready in time") from None
            if not line:
                raise SandboxError("the provider stand-ins ended before they were ready")
            return {str(name): int(port) for name, port in json.loads(line).items()}

        return ready

    def _write_state(self) -> None:
        self._state.parent.mkdir(parents=True, exist_ok=True)
        draft = self._state.with_name(f"{self._state.name}.{os.getpid()}")
        draft.write_text(json.dumps(self.addresses.to_json(), indent=2) + "\n", encoding="utf-8")
        draft.replace(self._state)
        self._ending.callback(self._remove_state)

    def _remove_state(self) -> None:
        # A newer sandbox may have written its own in the meantime.
        found = read_state(self._state)
        if found is not None and found.id == self.addresses.id:
            self._state.unlink(missing_ok=True)


def read_state(path: Path = DEFAULT_STATE) -> Addresses | None:
    """The sandbox that a state file names; None without a file, or with one of another version.

    Says nothing about whether it still lives: see ``alive``.
    """
    try:
        return Addresses.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def alive(addresses: Addresses) -> bool:
    """Whether the sandbox of a state file still runs and still answers at its AWS address."""
    try:
        os.kill(addresses.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    host, port = addresses.aws_endpoint_url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def running_sandbox(
    *,
    state: Path,
    providers: bool = True,
    seconds: float = 60.0,
    aws_port: int = 0,
    datadog_port: int = 0,
    databases: str = MOTO_ONLY,
) -> Iterator[Addresses]:
    """A sandbox in a process of its own, for as long as the block runs.

    state: where it writes its state file (a temporary path, so that tests do not meet).
    providers: whether to start the provider stand-ins too.
    aws_port, datadog_port: 0 takes any free port.
    seconds: how long it may take to be ready; SandboxError after it.
    databases: ``real`` puts a PostgreSQL server behind every PostgreSQL instance of RDS.
    """
    command = [sys.executable, "-m", "sandbox"]
    command += ["--aws-port", str(aws_port), "--dd-port", str(datadog_port)]
    command += ["--state", str(state), "--with-parent", "--databases", databases]
    if not providers:
        command.append("--without-providers")
    with (state.parent / f"{state.name}.log").open("w+", encoding="utf-8") as log:
        # A session of its own: Ctrl-C reaches the parent alone, which ends this in order.
        child = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + seconds
            while (addresses := read_state(state)) is None or addresses.pid != child.pid:
                if child.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SandboxError(f"the sandbox did not get ready: {log.read().strip()}")
                time.sleep(0.02)
            yield addresses
        finally:
            _end(child)


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _handler() -> type[WSGIRequestHandler]:
    # moto's handler keeps the spelling of S3 metadata headers; it is imported with moto only.
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    return type("Handler", (_QuietHandler, MotoRequestHandler), {})


def _first_line(child: subprocess.Popen[str]) -> "queue.Queue[str]":
    """The first line a child prints, or an empty one at its end; later lines are thrown away."""
    lines: queue.Queue[str] = queue.Queue()
    output = child.stdout
    assert output is not None

    def read() -> None:
        lines.put(output.readline())
        for _line in output:
            pass

    threading.Thread(target=read, daemon=True).start()
    return lines


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def _end(child: "subprocess.Popen[str]") -> None:
    """End a child in order, and without asking when it does not listen."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(_CHILD_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
