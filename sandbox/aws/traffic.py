"""What the sandbox knows about one request: which service, operation and region it is for.

Read from the request itself (the signature's scope, the action's name, the route), before moto
sees it, so that requests which moto refuses or does not know are counted too.
"""

import contextlib
import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import NotFound

_READING = (
    "BatchDescribe",
    "BatchGet",
    "Check",
    "Decode",
    "Describe",
    "Estimate",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Preview",
    "Query",
    "Scan",
    "Search",
    "Select",
    "Simulate",
    "Test",
    "Validate",
)
# Credentials for a caller are no change to the estate.
_READING_OPERATIONS = frozenset({"AssumeRole", "AssumeRoleWithWebIdentity", "Decrypt", "Encrypt"})


@dataclass(frozen=True)
class Call:
    """One call of an AWS operation, in AWS's own names.

    protocol: the family its answers are written in: ``json`` or ``xml``.
    """

    service: str
    operation: str
    region: str
    protocol: str

    @property
    def changes(self) -> bool:
        """Whether the operation creates, changes or deletes something."""
        return not self.operation.startswith(_READING) and self.operation not in _READING_OPERATIONS


def call_of(environ: dict[str, Any]) -> Call | None:
    """The call that a signed WSGI request makes; None for an unsigned one.

    The service is the name in the signature's scope (``monitoring`` for CloudWatch,
    ``elasticloadbalancing`` for load balancers). The body is left readable.
    """
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0]
    parts = scope.split("/")
    if len(parts) < 5:
        return None
    region, service = parts[2], parts[3]
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return Call(service, target.rpartition(".")[2], region, "json")
    action = _action_of(environ)
    if action:
        return Call(service, action, region, "xml")
    return Call(service, *_routed(environ, service, region))


def _action_of(environ: dict[str, Any]) -> str:
    """The action that a form names."""
    if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return ""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    fields = parse_qs(str(body, "utf-8", "replace"))
    return fields.get("Action", [""])[0]


def _routed(environ: dict[str, Any], service: str, region: str) -> tuple[str, str, str]:
    """Operation, region and protocol of a request that is known by its method and path."""
    try:
        operation, _parameters = get_service_router(service).match(Request(environ))
    except (NotFound, NotImplementedError, UnknownServiceError):
        return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", region, "xml"
    protocol = "json" if "json" in str(operation.service_model.protocol) else "xml"
    return str(operation.name), region, protocol


@dataclass(frozen=True)
class Fault:
    """What happens to a matching call: a pause, an error, or both.

    ``status`` 0 lets the call through after the pause.
    """

    status: int
    delay: float


class Faults:
    """Failures ordered in advance for calls to come, first ordered first applied."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[dict[str, Any]] = []

    def order(
        self,
        operation: str,
        *,
        service: str = "",
        region: str = "",
        times: int = 1,
        after: int = 0,
        status: int = 500,
        delay: float = 0.0,
    ) -> None:
        """Let ``after`` matching calls pass, then disturb the next ``times`` of them.

        operation: AWS's name of the operation, such as ``PutMetricAlarm``.
        service, region: narrow the match; empty means any.
        status: HTTP status to answer with; 0 answers as usual, after the delay.
        delay: seconds to wait first.
        """
        if times < 1 or after < 0 or delay < 0 or not (status == 0 or 400 <= status <= 599):
            raise ValueError("times >= 1, after >= 0, delay >= 0, status 0 or 400-599")
        with self._lock:
            self._orders.append(
                {
                    "operation": operation,
                    "service": service,
                    "region": region,
                    "times": times,
                    "after": after,
                    "fault": Fault(status, delay),
                }
            )

    def clear(self) -> None:
        """Forget every order that is left."""
        with self._lock:
            self._orders.clear()

    def take(self, call: Call) -> Fault | None:
        """The fault that meets this call, if one was ordered."""
        with self._lock:
            for order in self._orders:
                if any(order[key] not in ("", getattr(call, key)) for key in _NARROWING):
                    continue
                if order["after"]:
                    order["after"] -= 1
                    continue
                order["times"] -= 1
                if not order["times"]:
                    self._orders.remove(order)
                fault: Fault = order["fault"]
                return fault
        return None


_NARROWING = ("operation", "service", "region")


class Ledger:
    """The changing calls received since the last ``clear``, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []

    def add(self, call: Call, status: int) -> None:
        """Note a call and how it was answered (0: a fault was ordered that broke it off)."""
        if call.changes:
            with self._lock:
                self._entries.append(
                    {
                        "service": call.service,
                        "operation": call.operation,
                        "region": call.region,
                        "status": status,
                        "at": time.time(),
                    }
                )

    def entries(self) -> list[dict[str, Any]]:
        """What was noted: service, operation, region, status (HTTP), at (seconds since 1970)."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Begin a new list."""
        with self._lock:
            self._entries.clear()


class UnderWay:
    """The changing calls that are being answered, and how long there has been none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._quiet_since = time.monotonic()

    @contextlib.contextmanager
    def __call__(self, call: Call) -> Iterator[None]:
        """A call, from its arrival to its answer."""
        if not call.changes:
            yield
            return
        with self._lock:
            self._calls += 1
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1
                self._quiet_since = time.monotonic()

    def quiet_seconds(self) -> float:
        """Seconds since the last of them was answered; 0 while there is one."""
        with self._lock:
            return 0.0 if self._calls else time.monotonic() - self._quiet_since


def status_code(line: str) -> int:
    """The number in a WSGI status line."""
    return int(line.split(" ", 1)[0])
