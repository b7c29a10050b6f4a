"""Where a drill is played: a sandbox with real databases, and what somebody outside sees of it.

Everything is looked at from outside: names by an independent DNS client, pages over HTTP, databases
by connecting to them, the rest by boto3. The controls break things; they never answer a question.
"""

import contextlib
import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.writers import Member as PlannedMember
from pulumi_upkeep.recover.runbook.of_plan import approver_names

from sandbox.clients import Cloud
from sandbox.server import Addresses
from tools.upkeep.runbook_pages import project

_SECONDS = 3.0
# Where a drill's orders begin to count, far above those that the estate has.
FIRST_NUMBER = 1_000_001


@dataclass(frozen=True)
class Member:
    """A database instance of the plan: its identifier, and its region."""

    name: str
    region: str


class _Connection(http.client.HTTPSConnection):
    """To a name, at an address that was asked for before."""

    def __init__(self, name: str, address: str, port: int, trust: ssl.SSLContext) -> None:
        super().__init__(name, timeout=_SECONDS, context=trust)
        self._place, self._trust = (address, port), trust

    def connect(self) -> None:
        plain = socket.create_connection(self._place, _SECONDS)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)


class Stage:
    """One environment in one sandbox, as a client of both sees it."""

    def __init__(self, addresses: Addresses, plan: Plan, stack: str, database: str) -> None:
        self.addresses = addresses
        self.plan = plan
        self.stack = stack
        self.database = database
        self.aws = Cloud(addresses.aws_endpoint_url)

    @property
    def primary(self) -> str:
        """The primary region."""
        return self.plan.regions.primary

    @property
    def recovery(self) -> str:
        """The recovery region."""
        return self.plan.regions.recovery

    @cached_property
    def writer(self) -> Member:
        """The member that writes, by the plan."""
        return self._member(self.plan.active_member(self.database))

    @cached_property
    def successor(self) -> Member:
        """The member that takes over, by the plan."""
        member = self.plan.successor_member(self.database)
        if member is None:
            raise ValueError(f"writers.{self.database} names no successor")
        return self._member(member)

    def _member(self, member: PlannedMember) -> Member:
        """Where a member of the plan is: by its own name, or by the stack's name for it."""
        region = self.plan.region_of(member.place)
        wanted = (member.name, f"{self.stack}-{member.name}")
        for page in self.aws("rds", region).get_paginator("describe_db_instances").paginate():
            for instance in page["DBInstances"]:
                name: str = instance["DBInstanceIdentifier"]
                if name == wanted[0] or name.endswith(f"-{wanted[1]}"):
                    return Member(name, region)
        raise ValueError(f"{member.name} is not in {region}")

    @property
    def writer_name(self) -> str:
        """The private name that applications write to."""
        name = self.plan.writers[self.database].name
        if name is None:
            raise ValueError(f"writers.{self.database} has no name")
        return name

    @property
    def site(self) -> str:
        """The public name that users come by."""
        return next(iter(self.plan.standby.values())).serves

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the sandbox's controls; ValueError with their words where they refuse."""
        url = f"{self.addresses.aws_endpoint_url}/_upkeep/{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            url, data, {"content-type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            said = refused.read().decode("utf-8", "replace")
            raise ValueError(f"{method} {path}: {said}") from None

    def addresses_of(self, name: str) -> list[str]:
        """What a name leads to, as an independent DNS client hears it; empty where it does not."""
        import dns.exception

        with contextlib.suppress(dns.exception.DNSException):
            return sorted(str(each) for each in self._resolver.resolve(name, "A"))
        return []

    @cached_property
    def _resolver(self) -> Any:
        import dns.resolver

        resolver = dns.resolver.Resolver(configure=False)
        host, _, port = self.addresses.dns.rpartition(":")
        resolver.nameservers, resolver.port = [host], int(port)
        resolver.lifetime = _SECONDS
        return resolver

    @cached_property
    def _web(self) -> tuple[int, ssl.SSLContext]:
        """Where load balancers answer HTTPS, and a client that trusts who signed for them."""
        shown = self.control("GET", "web")
        return int(shown["ports"]["443"]), ssl.create_default_context(cafile=shown["authority"])

    def asked(self, name: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask a site by its name: DNS first, then HTTPS with a certificate for that name. Status 0
        where nobody answers; the answer's JSON, or its text."""
        found = self.addresses_of(name)
        if not found:
            return 0, f"{name} does not resolve"
        port, trust = self._web
        connection = _Connection(name, found[0], port, trust)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        with contextlib.suppress(ValueError):
            return answer.status, json.loads(text)
        return answer.status, text

    def approver(self) -> Cloud:
        """The cloud as one of those sees it who may decide; as anybody where nobody is named."""
        recovery = self.plan.recovery
        if recovery is None or not recovery.approvers:
            return self.aws
        account = self.aws("sts", self.recovery).get_caller_identity()["Account"]
        # Taken in the recovery region: a session must not depend on what died.
        here = Cloud(self.addresses.aws_endpoint_url, region=self.recovery)
        first = approver_names(self.plan, project(), self.stack)[0]
        return here.assuming(f"arn:aws:iam::{account}:role/{first}")

    # The databases themselves

    def endpoint(self, member: Member) -> str | None:
        """The endpoint's name of an instance; None where it is not there, or not known."""
        try:
            [found] = self.aws("rds", member.region).describe_db_instances(
                DBInstanceIdentifier=member.name
            )["DBInstances"]
        except Exception:  # its region may be cut off
            return self._endpoints.get(member.name)
        address: str = found["Endpoint"]["Address"]
        self._endpoints[member.name] = address
        return address

    @cached_property
    def _endpoints(self) -> dict[str, str]:
        return {}

    @cached_property
    def credentials(self) -> dict[str, str]:
        """Who may write, from the primary region's Secrets Manager, read before anything breaks."""
        secret = self.aws("secretsmanager", self.primary).get_secret_value(
            SecretId=self.secret_name
        )
        return dict(json.loads(secret["SecretString"]))

    @cached_property
    def secret_name(self) -> str:
        """The secret with the database's credentials, of the same name in both regions."""
        return f"{self.plan.estate.network}-database"

    @cached_property
    def database_name(self) -> str:
        """The database in the server."""
        [found] = self.aws("rds", self.writer.region).describe_db_instances(
            DBInstanceIdentifier=self.writer.name
        )["DBInstances"]
        return str(found["DBName"])

    @contextlib.contextmanager
    def connected(self, member: Member) -> Iterator[Any]:
        """A new connection to one instance, by its own endpoint. Raises where it is not let in."""
        import pg8000.native

        endpoint = self.endpoint(member)
        address = self.addresses_of(endpoint)[0] if endpoint else None
        if address is None:
            raise ConnectionError(f"{member.name} has no address")
        connection = pg8000.native.Connection(
            self.credentials["username"],
            host=address,
            password=self.credentials["password"],
            database=self.database_name,
            timeout=_SECONDS,
        )
        try:
            yield connection
        finally:
            with contextlib.suppress(Exception):
                connection.close()

    def state_of(self, member: Member) -> str:
        """What an instance says of itself: ``writable``, ``read-only``, ``refuses``, ``down``."""
        try:
            with self.connected(member) as connection:
                ((follows,),) = connection.run("SELECT pg_is_in_recovery()")
        except Exception as error:  # whatever the driver and the socket raise
            text = str(error)
            return "refuses" if "pg_hba" in text or "no pg_hba" in text else "down"
        return "read-only" if follows else "writable"

    def orders_in(self, member: Member) -> set[int]:
        """The numbers of the drill's orders that an instance holds."""
        with self.connected(member) as connection:
            rows = connection.run(
                "SELECT number FROM orders WHERE number >= :first", first=FIRST_NUMBER
            )
        return {int(number) for (number,) in rows}

    def bytes_behind(self) -> int:
        """How many bytes of the writer's log the successor has not received."""
        with self.connected(self.writer) as connection:
            ((written,),) = connection.run("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        with self.connected(self.successor) as connection:
            ((received,),) = connection.run(
                "SELECT coalesce(pg_last_wal_receive_lsn(), '0/0'::pg_lsn) - '0/0'::pg_lsn"
            )
        return max(0, int(written) - int(received))
