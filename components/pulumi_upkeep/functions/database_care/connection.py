"""The connection that care works on: to the writer, encrypted, each statement with a limit."""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import contextlib
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pg8000.native

CONNECT_SECONDS = 10
REACHABLE_WITHIN_SECONDS = 30
# What the server is asked to answer at all, beside a statement's own limit.
ANSWER_SECONDS = 15
APPLICATION = "upkeep-database-care"
# Care waits so long for a lock and then gives up: whoever queues behind it waits no longer either.
LOCK_SECONDS = 2
# PostgreSQL's own codes.
LOCK_NOT_AVAILABLE, QUERY_CANCELED, DEADLOCK = "55P03", "57014", "40P01"
SETTINGS = (
    "set timezone to 'UTC'",
    "set datestyle to 'ISO, YMD'",
    "set intervalstyle to 'postgres'",
    "set bytea_output to 'hex'",
    "set extra_float_digits to 1",
    f"set lock_timeout to '{LOCK_SECONDS}s'",
    "set idle_in_transaction_session_timeout to '60s'",
    # Where the function is killed, the server ends what it left behind, a rebuild included.
    "set client_connection_check_interval to '2s'",
    "set tcp_keepalives_idle to 15",
    "set tcp_keepalives_interval to 5",
    "set tcp_keepalives_count to 3",
)
# Two numbers that nobody else's locks have: "upkp" and "care".
_LOCK = (0x75706B70, 0x63617265)

Row = Sequence[Any]


class Unreachable(Exception):
    """No connection; the message says to what, and why."""


class NotTheWriter(Exception):
    """What answers is a standby, or takes no writes."""


class Refused(Exception):
    """The database is not as the plan thinks it is; the message is for whoever wrote the plan."""


class TimeOver(Exception):
    """There is no time left in this slice."""


class Database:
    """A connection that writes.

    remaining   seconds that are left of the slice: no statement outlasts them
    """

    def __init__(
        self,
        host: str,
        port: int,
        name: str,
        user: str,
        password: str,
        remaining: Callable[[], float],
        *,
        encrypted: bool = True,
    ) -> None:
        self.remaining = remaining
        self.name = name
        self._connection = _connect(host, port, name, user, password, encrypted)
        for setting in SETTINGS:
            with contextlib.suppress(pg8000.native.DatabaseError):
                self._connection.run(setting)

    def execute(self, statement: str, *, most: float | None = None) -> list[Row]:
        """Runs a statement; TimeOver where no time is left for it.

        most   seconds it may take at most; default what is left
        """
        left = self.remaining()
        if left <= 0:
            raise TimeOver()
        limit = left if most is None else min(left, most)
        self._connection.run(f"set statement_timeout to {max(1, round(limit * 1000))}")
        return list(self._connection.run(statement) or ())

    def value(self, statement: str) -> Any:
        """The first column of the first row; None without one."""
        rows = self.execute(statement)
        return rows[0][0] if rows and rows[0] else None

    @property
    def changed(self) -> int:
        """How many rows the last statement changed."""
        return int(self._connection.row_count)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; whatever goes wrong inside undoes it."""
        self.execute("begin")
        try:
            yield
        except BaseException:
            with contextlib.suppress(Exception):
                self._connection.run("rollback")
            raise
        self.execute("commit")

    def require_writer(self) -> None:
        """Raises :class:`NotTheWriter` where this is no primary."""
        if self.value("select pg_is_in_recovery()"):
            raise NotTheWriter("what answers is a standby: it takes no writes")
        if self.value("show transaction_read_only") != "off":
            raise NotTheWriter("what answers takes no writes: transactions are read-only")

    def take_turn(self) -> bool:
        """Whether nobody else cares for this database now; until this connection ends."""
        return bool(self.value("select pg_try_advisory_lock({}, {})".format(*_LOCK)))

    def close(self) -> None:
        """Ends the connection, whatever state it is in."""
        with contextlib.suppress(Exception):
            self._connection.close()


def _connect(
    host: str, port: int, name: str, user: str, password: str, encrypted: bool
) -> pg8000.native.Connection:
    deadline = time.monotonic() + REACHABLE_WITHIN_SECONDS
    while True:
        try:
            socket.create_connection((host, port), CONNECT_SECONDS).close()
            break
        except OSError as fault:
            if time.monotonic() >= deadline:
                raise Unreachable(f"{host}:{port} cannot be reached: {fault}") from None
            time.sleep(1)
    try:
        return pg8000.native.Connection(
            user,
            host=host,
            port=port,
            database=name,
            password=password,
            timeout=None,
            tcp_keepalive=True,
            ssl_context=_encrypted() if encrypted else None,
            application_name=APPLICATION,
        )
    except Exception as fault:
        raise Unreachable(f"the database refuses the connection: {said(fault)}") from None


def _encrypted() -> ssl.SSLContext:
    """TLS or nothing. It is not shown where the runtime keeps RDS's authority, so that the
    certificate is not held against it: who answers is bound by the security groups."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def code_of(fault: BaseException) -> str:
    """PostgreSQL's code of an error; empty where it is none of its own."""
    if fault.args and isinstance(fault.args[0], dict):
        return str(fault.args[0].get("C", ""))
    return ""


def said(fault: BaseException) -> str:
    """An error in one line. Never its detail, which quotes rows."""
    if fault.args and isinstance(fault.args[0], dict):
        fields = fault.args[0]
        return f"{fields.get('M', 'refused')} ({fields.get('C', '?')})"
    return " ".join(str(fault).split()) or type(fault).__name__


def quoted(name: str) -> str:
    """``sales.orders`` as PostgreSQL takes it: ``"sales"."orders"``."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def literal(value: Any) -> str:
    """A value as text that PostgreSQL takes; None is NULL."""
    if value is None:
        return "null"
    text = str(value)
    if "\\" in text:
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + text.replace("'", "''") + "'"


def credentials_of(secret: str) -> tuple[str, str, Mapping[str, Any]]:
    """User, password and the rest of a secret as RDS and Secrets Manager write it."""
    try:
        document = json.loads(secret)
        return str(document["username"]), str(document["password"]), document
    except (ValueError, KeyError, TypeError):
        raise Unreachable(
            'the secret is not of the form {"username": ..., "password": ...}'
        ) from None
