"""What a function's process runs: the runtime of AWS Lambda, as far as a function can tell.

Started as a script by ``functions.py`` with ``python -I -S``, so that nothing is importable but the
standard library, the function's own archive and what AWS's runtime for Python brings. It reads one
request (JSON) from standard input and writes the answer to the file descriptor in its first
argument; what the function prints is its log. Standard library only, and nothing of the sandbox.
"""

import importlib
import json
import os
import socket
import struct
import sys
import threading
import time
import traceback
from typing import Any

_POLL_SECONDS = 0.2
_DNS_SECONDS = 2.0
_TYPE_A, _CLASS_IN = 1, 1


class Context:
    """What a handler gets beside the event."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id: str = request["request_id"]
        self.function_name: str = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version: str = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn: str = request["arn"]
        self.memory_limit_in_mb: str = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name: str = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name: str = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline: float = time.monotonic() + request["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is ended."""
        return max(0, round((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    """Answer one request."""
    _end_with_parent()
    request = json.load(sys.stdin)
    sys.path += [request["task"], request["runtime"]]
    # AWS's image for Python carries no time zones: a function that needs some packs `tzdata`.
    import zoneinfo

    zoneinfo.reset_tzpath(to=[])
    if server := os.environ.pop("UPKEEP_DNS", ""):
        _resolve_by(server)
    try:
        module, _, name = request["handler"].rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
        answer: dict[str, Any] = {
            "payload": json.dumps(handler(request["event"], Context(request)))
        }
    except BaseException as error:
        answer = {"error": _said(error, request["request_id"])}
        traceback.print_exc()
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as pipe:
        json.dump(answer, pipe)
    sys.stdout.flush()
    sys.stderr.flush()
    # A thread that the function left behind does not keep it alive, in AWS neither.
    os._exit(0)


def _said(error: BaseException, request_id: str) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[1:]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }


def _end_with_parent() -> None:
    """End when the sandbox ends, however it does (see ``sandbox/lifeline.py``)."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _resolve_by(server: str) -> None:
    """Ask the sandbox's DNS (``127.0.0.1:5300``) for every name that is not this machine's."""
    host, _, port = server.rpartition(":")
    system = socket.getaddrinfo
    # Where 80 and 443 are for root alone, load balancers answer elsewhere.
    pairs = filter(None, os.environ.pop("UPKEEP_PORTS", "").split(","))
    moved = {int(asked): int(taken) for asked, _, taken in (each.partition(":") for each in pairs)}

    def getaddrinfo(name: Any, asked: Any = None, *more: Any, **named: Any) -> Any:
        text = name.decode() if isinstance(name, bytes) else name
        if text and text != "localhost" and not _is_address(text):
            text = _address_of(text, (host, int(port)))
            asked = moved.get(asked, asked)
        return system(text, asked, *more, **named)

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]


def _is_address(text: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except OSError:
            continue
        return True
    return False


def _address_of(name: str, server: tuple[str, int]) -> str:
    """The address that a server has for a name; the server follows aliases itself (RFC 1035)."""
    labels = name.rstrip(".").encode("idna").split(b".")
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    query = struct.pack("!6H", 1, 0x0100, 1, 0, 0, 0) + question
    query += struct.pack("!2H", _TYPE_A, _CLASS_IN)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(_DNS_SECONDS)
        asking.sendto(query, server)
        try:
            answer = asking.recv(4096)
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, f"no answer for {name}") from None
    count = struct.unpack("!H", answer[6:8])[0]
    at = len(query)
    for _ in range(count):
        at = _after_name(answer, at)
        kind, _class, _ttl, length = struct.unpack("!2HIH", answer[at : at + 10])
        at += 10
        if kind == _TYPE_A:
            return socket.inet_ntoa(answer[at : at + 4])
        at += length
    raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known: {name}")


def _after_name(message: bytes, at: int) -> int:
    while message[at]:
        if message[at] >= 0xC0:  # a pointer to a name that stood before
            return at + 2
        at += message[at] + 1
    return at + 1


if __name__ == "__main__":
    main()
