"""A client's view of the sandbox's real databases: where they are, and how to break them.

Standard library only, but for ``connect``. ``url`` is the sandbox's AWS_ENDPOINT_URL throughout.
"""

import json
import time
import urllib.error
import urllib.request
from typing import Any


class DatabaseControlError(Exception):
    """The sandbox refused; its own words."""


def databases(url: str) -> list[dict[str, Any]]:
    """Every database with a server, as the control ``databases`` describes it."""
    found: list[dict[str, Any]] = _ask(url, "databases")["databases"]
    return found


def are_real(url: str) -> bool:
    """Whether the sandbox was started with real databases."""
    return bool(_ask(url, "databases")["real"])


def database(url: str, identifier: str) -> dict[str, Any]:
    """One database by its identifier; DatabaseControlError without it."""
    for found in databases(url):
        if found["id"] == identifier.lower():
            return found
    raise DatabaseControlError(f"no database {identifier!r} with a server")


def address_of(url: str, endpoint: str) -> tuple[str, int] | None:
    """Loopback address and port behind an ``Endpoint.Address``; None for any other name."""
    wanted = endpoint.rstrip(".").lower()
    for found in databases(url):
        if found["endpoint"].lower() == wanted and found["address"]:
            return found["address"], found["port"]
    return None


def connect(
    url: str, identifier: str, user: str, password: str, name: str, *, seconds: float = 5.0
) -> Any:
    """A connection of ``pg8000.native`` to a database of an instance, as any client makes it."""
    import pg8000.native

    found = database(url, identifier)
    return pg8000.native.Connection(
        user,
        host=found["address"],
        port=found["port"],
        database=name,
        password=password,
        timeout=seconds,
    )


def fail(url: str, identifier: str, how: str, **more: Any) -> None:
    """Break one: ``kill``, ``freeze``, ``pause-replication`` or ``corrupt``."""
    _ask(url, f"databases/{identifier}/fail", {"how": how, **more})


def recover(url: str, identifier: str) -> None:
    """Undo what was broken."""
    _ask(url, f"databases/{identifier}/recover", {})


def outage(url: str, region: str, on: bool) -> None:
    """Take the power from all servers of a region, or give it back."""
    _ask(url, "outage", {"region": region, "on": on})


def measure(url: str) -> None:
    """Put ReplicaLag and DatabaseConnections into CloudWatch now, not in a few seconds."""
    _ask(url, "databases/metrics", {})


def wait_for(url: str, identifier: str, status: str = "available", *, seconds: float = 30) -> None:
    """Wait for a status; DatabaseControlError after the given time."""
    deadline = time.monotonic() + seconds
    while (found := database(url, identifier))["status"] != status:
        if time.monotonic() > deadline:
            raise DatabaseControlError(
                f"{identifier} is {found['status']} after {seconds:g} s, not {status}"
                + (f": {found['trouble']}" if found["trouble"] else "")
            )
        time.sleep(0.05)


def _ask(url: str, path: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{url}/_upkeep/{path}",
        None if order is None else json.dumps(order).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as refused:
        said = json.loads(refused.read() or b"{}")
        raise DatabaseControlError(said.get("error", str(refused))) from None
    return found
