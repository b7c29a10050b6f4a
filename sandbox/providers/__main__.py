"""Both stand-ins in one process: `python -m sandbox.providers`.

Prints one line of JSON, `{"aws": PORT, "datadog": PORT}`, when both answer, and serves until
SIGTERM, SIGINT or the end of the process that started it.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.lifeline import die_with_parent
from sandbox.providers.aws.provider import Aws
from sandbox.providers.cloud import Cloud
from sandbox.providers.servicer import Servicer

WORKERS = 32
"""Calls served at once; the engine's default parallelism is four times the processors."""

_LARGEST_MESSAGE = 400 * 1024 * 1024  # bytes; the engine's own limit


def serve(clouds: list[Cloud]) -> tuple[dict[str, int], list[grpc.Server]]:
    """Start a server for each of `clouds` on a free loopback port; the ports come by name."""
    ports: dict[str, int] = {}
    servers: list[grpc.Server] = []
    for cloud in clouds:
        server = grpc.server(
            ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix=cloud.name),
            options=[
                ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
                ("grpc.max_send_message_length", _LARGEST_MESSAGE),
                ("grpc.so_reuseport", 0),
            ],
        )
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(cloud), server)
        ports[cloud.name] = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
    return ports, servers


def main() -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    die_with_parent()

    from sandbox.providers.datadog import Datadog

    ports, servers = serve([Aws(), Datadog()])
    print(json.dumps(ports), flush=True)
    stop.wait()
    for server in servers:
        server.stop(grace=0.5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
