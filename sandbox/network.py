"""What a client finds on loopback beside the APIs: DNS, load balancers, health checks, wired."""

import contextlib
import os
from collections.abc import Callable, Iterator

from sandbox import dns
from sandbox.aws import rds_servers
from sandbox.aws.alarm_evaluation import EVALUATOR
from sandbox.aws.health import HEALTH
from sandbox.web import Web, serving


def _database(endpoint: str) -> str | None:
    """The address of a database's server; None in a sandbox without real ones."""
    servers = rds_servers.running()
    found = servers.address_of(endpoint) if servers is not None else None
    return found[0] if found else None


@contextlib.contextmanager
def network(database: Callable[[str], str | None] = _database) -> Iterator[dns.Server]:
    """A DNS server over moto's state, with a web tier and health checks behind it.

    database: endpoint name -> loopback address of a database's server.
    """
    HEALTH.clear()
    EVALUATOR.clear()
    with contextlib.ExitStack() as ending:
        web = ending.enter_context(serving(Web()))
        resolver = dns.Resolver(HEALTH, web, database)
        server = dns.Server(resolver)
        ending.callback(server.close)
        ending.callback(HEALTH.clear)
        # Servers ask as everybody does, over the wire.
        web.resolve = lambda name: dns.ask(server.port, name)

        def place(host: str, port: int) -> tuple[str, int] | None:
            balancer = web.address_of(host.lower())
            address = balancer or resolver.address(host)
            if address is None:
                return (host, port) if host.replace(".", "").isdigit() else None
            return address, web.ports.get(port, port) if web.answers_at(address) else port

        HEALTH.place = place
        with _told(server, web):
            yield server


@contextlib.contextmanager
def _told(server: dns.Server, web: Web) -> Iterator[None]:
    """Where functions find names, and whom they trust, in the environment that they are given."""
    told = {
        "UPKEEP_DNS": f"{dns.HOST}:{server.port}",
        "UPKEEP_AUTHORITY": str(web.authority.file),
        "UPKEEP_PORTS": ",".join(f"{port}:{taken}" for port, taken in web.ports.items()),
    }
    os.environ.update(told)
    try:
        yield
    finally:
        for name in told:
            os.environ.pop(name, None)
