"""What a runbook wants to know from inside the network: data, the writer's name, indexes, services.

A runbook's own scripts stand outside every network of ours. It asks this function, and gets
``{passed, reason}``: whatever is not so is an answer and no error, so that the runbook decides.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
import os
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pg8000.native

# The plan's checks, which restore tests run too. Their modules know each other as at the root of an
# archive; here they stand in a folder of it.
sys.path.append(str(Path(__file__).with_name("restore_checks")))

CONNECT_SECONDS = 10
# What the runbook waits for an answer, where a test calls it without Lambda's clock.
ANSWER_WITHIN_SECONDS = 540.0
STATEMENT_SECONDS = 120.0
# Checks that read all there is: not while users wait. The first is of copies, which nobody uses
# yet; indexes are looked at by a step of their own.
OF_COPIES = ("pages", "indexes")
# PostgreSQL's own schemas, and what a database's own users made.
_TABLES = (
    "select format('%I.%I', schemaname, tablename) from pg_tables "
    "where schemaname not in ('pg_catalog', 'information_schema') order by 1"
)
_INVALID = (
    "select format('%I.%I', n.nspname, c.relname) from pg_index i "
    "join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace "
    "where not i.indisvalid order by 1"
)


class NotSo(Exception):
    """What was asked for is not so; the message says what is."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """``look`` is one of ``data``, ``writer``, ``indexes``, ``application``, ``services``,
    ``traffic``; what else is asked stands with each."""
    looks: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "application": application,
        "data": lambda asked: data(asked, context),
        "indexes": indexes,
        "services": services,
        "traffic": traffic,
        "writer": writer,
    }
    try:
        return {"passed": True, "reason": looks[event["look"]](event)}
    except NotSo as fault:
        return {"passed": False, "reason": str(fault)}
    except Exception as fault:
        return {"passed": False, "reason": f"{type(fault).__name__}: {said(fault)}"}


def data(event: Mapping[str, Any], context: Any = None) -> str:
    """It takes writes, every table can be read, and the plan's checks pass.

    event   ``host`` and ``port`` of what takes over; or ``instance``, an identifier that RDS knows
            the address of, and ``at``, which moment it holds: a copy, of which all is looked at
    """
    import databases
    import findings

    host, port = _address(event)
    copy = "instance" in event
    credentials = _credentials()
    with closing(connected(host, port, credentials)) as database:
        _must_write(database, host)
        tables = [str(row[0]) for row in database.run(_TABLES)]
        for table in tables:
            database.run(f"select * from {table} limit 1")  # noqa: S608 names that PostgreSQL gave
    at = datetime.fromisoformat(event["at"]) if event.get("at") else datetime.now(UTC)
    user, password, name = credentials
    target = databases.Target(host, port, name, [(user, password)])
    found = []
    for checks in json.loads(os.environ.get("CHECKS", "[]")):
        asked = {key: each for key, each in checks.items() if copy or key not in OF_COPIES}
        with closing(databases.Database(target, STATEMENT_SECONDS, _clock(context))) as database:
            found += list(databases.look(database, asked, at))
    if found and not (answer := findings.answer(found))["passed"]:
        raise NotSo(answer["reason"])
    return f"{host} takes writes, {len(tables)} tables can be read, {len(found)} checks pass"


def writer(event: Mapping[str, Any]) -> str:
    """``name`` leads to the server at ``host``, and it takes writes."""
    by_name, by_host = addresses(event["name"]), addresses(event["host"])
    if by_name.isdisjoint(by_host):
        raise NotSo(f"{event['name']} leads to {sorted(by_name)}, not to {sorted(by_host)}")
    with closing(connected(event["name"], int(event["port"]))) as database:
        _must_write(database, event["name"])
    return f"{event['name']} leads to {event['host']}, which takes writes"


def indexes(event: Mapping[str, Any]) -> str:
    """Indexes that are not valid are built anew, and statistics are taken."""
    with closing(connected(event["host"], int(event["port"]))) as database:
        invalid = [str(row[0]) for row in database.run(_INVALID)]
        for index in invalid:
            database.run(f"reindex index concurrently {index}")
        left = [str(row[0]) for row in database.run(_INVALID)]
        database.run("analyze")
    if left:
        raise NotSo(f"still not valid: {', '.join(left)}")
    return f"{len(invalid)} indexes were built anew, statistics are taken"


def application(event: Mapping[str, Any]) -> str:
    """``url`` answers 200."""
    return answers(event["url"])


def services(event: Mapping[str, Any]) -> str:
    """``url`` answers 200, asked as ``host`` where one is given; the ``writers`` take writes."""
    found = [answers(event["url"], event.get("host", ""))]
    for name in event.get("writers", ()):
        with closing(connected(name, int(os.environ.get("DATABASE_PORT", "5432")))) as database:
            _must_write(database, name)
        found.append(f"{name} takes writes")
    return ", ".join(found)


def traffic(event: Mapping[str, Any]) -> str:
    """``name`` answers with an address of ``address``."""
    by_name, wanted = addresses(event["name"]), addresses(event["address"])
    if by_name.isdisjoint(wanted):
        raise NotSo(f"{event['name']} leads to {sorted(by_name)}, not to {sorted(wanted)}")
    return f"{event['name']} leads to {event['address']}"


# ---- by hand -----------------------------------------------------------------------------------


def connected(
    host: str, port: int, credentials: tuple[str, str, str] | None = None
) -> pg8000.native.Connection:
    """A connection with the credentials of the secret."""
    user, password, name = credentials or _credentials()
    return pg8000.native.Connection(
        user,
        host=host,
        port=port,
        database=name,
        password=password,
        timeout=60,
        application_name="upkeep-runbook",
    )


def _credentials() -> tuple[str, str, str]:
    """User, password, and the database within the instance."""
    client = boto3.client("secretsmanager")
    secret = json.loads(client.get_secret_value(SecretId=os.environ["CREDENTIALS"])["SecretString"])
    name = os.environ.get("DATABASE") or secret.get("dbname") or "postgres"
    return secret["username"], secret["password"], name


def _clock(context: Any) -> Callable[[], float]:
    if context is not None and hasattr(context, "get_remaining_time_in_millis"):
        return lambda: context.get_remaining_time_in_millis() / 1000
    end = time.monotonic() + ANSWER_WITHIN_SECONDS
    return lambda: end - time.monotonic()


def _must_write(database: pg8000.native.Connection, host: str) -> None:
    if database.run("select pg_is_in_recovery()")[0][0]:
        raise NotSo(f"{host} is a replica")
    if database.run("show transaction_read_only")[0][0] != "off":
        raise NotSo(f"{host} takes no writes")


def _address(event: Mapping[str, Any]) -> tuple[str, int]:
    if "instance" not in event:
        return event["host"], int(event["port"])
    found = boto3.client("rds").describe_db_instances(DBInstanceIdentifier=event["instance"])
    endpoint = found["DBInstances"][0].get("Endpoint") or {}
    if "Address" not in endpoint:
        raise NotSo(f"{event['instance']} has no address yet")
    return endpoint["Address"], int(endpoint["Port"])


def addresses(name: str) -> set[str]:
    """The addresses of a name; none is an answer too."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(name, None, socket.AF_INET)}
    except socket.gaierror:
        return set()


def answers(url: str, host: str = "") -> str:
    """``url`` answers 200.

    A load balancer asked by its own name has a certificate for another, so whose it is is not
    looked at where a host is given; nothing secret is sent.
    """
    request = urllib.request.Request(url, headers={"Host": host} if host else {})  # noqa: S310
    context = ssl.create_default_context()
    if host:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_SECONDS, context=context) as answer:  # noqa: S310
            return f"{url} answers {answer.status}"
    except urllib.error.HTTPError as fault:
        raise NotSo(f"{url} answers {fault.code}") from None
    except OSError as fault:
        raise NotSo(f"{url} does not answer: {said(fault)}") from None


def said(fault: BaseException) -> str:
    """An error in one line."""
    if fault.args and isinstance(fault.args[0], dict):
        # PostgreSQL's own fields: M is the message.
        return str(fault.args[0].get("M", "refused"))
    return " ".join(str(fault).split()) or type(fault).__name__
