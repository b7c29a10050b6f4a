"""Controls of the real databases, for tests and drills.

``GET /_upkeep/databases``                 {"real": whether there are servers, "databases": [...]}
``GET /_upkeep/databases/{id}``            one of them
``POST /_upkeep/databases``                {"failover_seconds": 3}: how long a Multi-AZ instance
                                           takes to recover by itself
``POST /_upkeep/databases/metrics``        put what is measured into CloudWatch now
``POST /_upkeep/databases/{id}/fail``      {"how": ...}, see ``_HOW``
``POST /_upkeep/databases/{id}/recover``   undo it

``{id}`` is the instance's identifier; ``?region=`` where it is not the only one of that name.
"""

from typing import Any

from werkzeug.wrappers import Request

from sandbox import estate_data
from sandbox.aws import rds_servers
from sandbox.aws.controls import Answer, control
from sandbox.aws.rds_homes import Home, seen
from sandbox.aws.rds_servers import Servers
from sandbox.postgres import PostgresError

# kill: all its processes end at once. With "for_good" nothing but ``recover`` brings it back; with
#   "status" (default "failed") RDS goes on to show that status.
# freeze: all its processes halt; connections stay and nothing is answered.
# pause-replication: of a replica, or of all replicas of a source; later commits do not arrive.
# corrupt: wrong data is written, and replicated; "sql" says which (default: the shop's order lines
#   lose their prices), "database" where.
_HOW = ("kill", "freeze", "pause-replication", "corrupt")


def _servers() -> Servers:
    servers = rds_servers.running()
    if servers is None:
        raise ValueError("this sandbox has no real databases: start it with --databases real")
    return servers


@control("GET", "databases")
def _show(_request: Request, rest: str) -> Answer:
    servers = rds_servers.running()
    if not rest:
        return {"real": servers is not None, "databases": servers.seen() if servers else []}
    return seen(_servers().named(rest))


@control("POST", "databases")
def _do(request: Request, rest: str) -> Answer:
    servers = _servers()
    asked: dict[str, Any] = request.get_json(silent=True) or {}
    identifier, _, verb = rest.partition("/")
    try:
        if not rest:
            servers.failover_seconds = float(asked["failover_seconds"])
        elif rest == "metrics":
            servers.measure()
        elif verb == "fail":
            _fail(servers, servers.named(identifier, request.args.get("region", "")), asked)
        elif verb == "recover":
            _recover(servers, servers.named(identifier, request.args.get("region", "")))
        else:
            return {"error": f"nothing at POST /_upkeep/databases/{rest}"}, 404
    except PostgresError as wrong:
        return {"error": str(wrong)}, 409
    return {"databases": servers.seen()}


def _fail(servers: Servers, home: Home, asked: dict[str, Any]) -> None:
    how = asked.get("how")
    match how:
        case "kill":
            servers.fail(
                home,
                "kill",
                for_good=bool(asked.get("for_good")),
                status=str(asked.get("status", rds_servers.FAILED)),
            )
        case "freeze":
            servers.fail(home, "freeze", for_good=bool(asked.get("for_good")))
        case "pause-replication":
            for replica in _replicas(servers, home):
                replica.server.pause_replication()
        case "corrupt":
            home.server.sql(
                str(asked.get("sql") or estate_data.CORRUPTION),
                database=str(asked.get("database") or home.instance.db_name),
            )
        case _:
            raise ValueError(f"how is one of {', '.join(_HOW)}; not {how!r}")


def _recover(servers: Servers, home: Home) -> None:
    for follower in _followers(servers, home):
        if follower.server.paused and not home.broken:
            follower.server.resume_replication()
    servers.recover(home)


def _replicas(servers: Servers, home: Home) -> list[Home]:
    """The replica itself, or those that follow a source."""
    if home.instance.is_replica:
        return [home]
    found = _followers(servers, home)
    if not found:
        raise ValueError(f"{home.name} is no replica and has none")
    return found


def _followers(servers: Servers, home: Home) -> list[Home]:
    return [
        other
        for other in servers.homes()
        if other.cluster is not None and other.cluster.source is home.server
    ]
