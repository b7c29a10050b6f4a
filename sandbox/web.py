"""The web tier on loopback: load balancers that answer, and the servers of a small shop.

Each load balancer of moto's answers at a loopback address of its own, at ports 80 and 443, by the
rules of the listener of that port: a fixed answer, a redirect, or on to a healthy server of a
target group. At 443 it speaks TLS, with a certificate for the names of the listener's own, made by
an authority of this sandbox (``GET /_upkeep/web`` says where its certificate is). Where these ports
are for root alone it answers at 8080 and 8443 instead.

A server is a running instance of moto's EC2 that is registered with the target group. It runs a
shop of two pages:

``GET /api/health``  200 {"status": "ok"}: the server lives, whatever its database does
``POST /orders``     {"number": 7}: writes the order into the database and answers 201 once it is
                     committed; 503 with the reason when it could not

To write, a server does what a real one does: it reads the credentials from Secrets Manager of its
own region, resolves the database's private name by DNS, connects, and keeps the connection until
it fails. A database that has turned read-only counts as failed: the name is resolved anew.

Nothing listens before the first name of a load balancer is asked for.

``GET /_upkeep/web``                        where each load balancer answers
``POST /_upkeep/shop``                      {"database": name, "secret": name, "name": database}
``POST /_upkeep/servers/{group}/fail``      every server of an auto-scaling group fails, those that
                                            it starts later, too; ``{"on": false}`` ends that
"""

import contextlib
import errno
import fnmatch
import http.server
import itertools
import json
import random
import re
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from werkzeug.wrappers import Request

from sandbox.aws import cdn
from sandbox.aws.controls import Answer, control
from sandbox.aws.outage import OUTAGE
from sandbox.dns import Balancers

HTTP, HTTPS = 80, 443
# Where those are for root alone.
_PORTS_OF_OTHERS: Mapping[int, int] = {HTTP: 8080, HTTPS: 8443}
# An order as the estate's tables hold it (``estate_data.py``): one line, paid at once.
_ORDER = """
    WITH product AS (SELECT id, price_cents FROM products ORDER BY id LIMIT 1),
    placed AS (
        INSERT INTO orders (number, customer_id, status, total_cents)
        SELECT :number, (SELECT min(id) FROM customers), 'paid', price_cents FROM product
        RETURNING id
    )
    INSERT INTO order_lines (order_id, line, product_id, quantity, price_cents)
    SELECT placed.id, 1, product.id, 1, product.price_cents FROM placed, product
"""
_SECONDS_TO_CONNECT = 2.0
# What a redirect may take over from the request.
_OWN = re.compile(r"#\{(host|path|port|protocol|query)\}")
# Load balancers live in 127.16.0.0/11, far from where databases do; each sandbox begins at a place
# of its own, so that two on one machine seldom meet.
_FIRST_NETWORK, _NETWORKS = 16, 32


@dataclass(frozen=True)
class ShopSettings:
    """What the servers are configured with.

    database: the private name that leads to the writable database.
    secret: name of the secret with ``username`` and ``password``, in each region.
    name: the database in the server.
    """

    database: str
    secret: str
    name: str


@dataclass(frozen=True)
class Reply:
    """What a server or a load balancer answers."""

    status: int
    body: bytes
    kind: str = "application/json"
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def _json(code: int, **value: Any) -> Reply:
    return Reply(code, json.dumps(value).encode())


class Authority:
    """A certificate authority for as long as a sandbox lives.

    file: its certificate, for clients that are to trust it.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="upkeep-web-")
        self.file = Path(self._folder.name) / "authority.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Upkeep's sandbox")])
        made = self._signed(self._name, self._key.public_key(), [], authority=True)
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def context(self, names: Sequence[str]) -> ssl.SSLContext:
        """What a server needs to speak TLS under some names (``*.bynomi.com`` is one)."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
        made = self._signed(subject, key.public_key(), names, authority=False)
        file = Path(self._folder.name) / f"{made.serial_number}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def close(self) -> None:
        """Forget keys and certificates."""
        self._folder.cleanup()

    def _signed(
        self, subject: x509.Name, key: Any, names: Sequence[str], *, authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )
        if names:
            known = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(known, critical=False)
        if authority:
            usage = {
                "digital_signature": False,
                "content_commitment": False,
                "key_encipherment": False,
                "data_encipherment": False,
                "key_agreement": False,
                "encipher_only": False,
                "decipher_only": False,
            }
            builder = builder.add_extension(
                x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True
            )
        return builder.sign(self._key, hashes.SHA256())


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on; the handshake is each connection's own thread's work."""
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up early, or does not trust us, is no news."""


class ShopServer:
    """One server of the shop.

    resolve: asks the sandbox's DNS for an address.
    """

    def __init__(self, instance: str, region: str, resolve: Callable[[str], str | None]) -> None:
        self.instance = instance
        self.region = region
        self._resolve = resolve
        self._lock = threading.Lock()
        self._connection: Any = None
        self._connected_to = ""

    def answer(self, method: str, path: str, body: bytes, settings: ShopSettings | None) -> Reply:
        """Answer one request."""
        match method, path.partition("?")[0]:
            case "GET", "/api/health":
                return _json(200, status="ok", server=self.instance, region=self.region)
            case "POST", "/orders" if settings is not None:
                return self._order(body, settings)
            case "GET", _:
                return Reply(200, b"<title>Bynomi</title>", "text/html")
        return _json(404, error=f"no {method} {path} here")

    def _order(self, body: bytes, settings: ShopSettings) -> Reply:
        try:
            number = int(json.loads(body)["number"])
        except (ValueError, KeyError, TypeError):
            return _json(400, error="an order has a number")
        with self._lock:
            try:
                connection = self._connected(settings)
                connection.run(_ORDER, number=number)
            except Exception as error:
                self._disconnect()
                return _json(503, error=_reason(error), number=number)
            return _json(
                201,
                number=number,
                server=self.instance,
                region=self.region,
                database=self._connected_to,
            )

    def _connected(self, settings: ShopSettings) -> Any:
        if self._connection is None:
            import pg8000.native

            secret = _secret(self.region, settings.secret)
            address = self._resolve(settings.database)
            if address is None:
                raise LookupError(f"{settings.database} does not resolve")
            self._connection = pg8000.native.Connection(
                secret["username"],
                host=address,
                port=int(secret.get("port", 5432)),
                password=secret["password"],
                database=settings.name,
                timeout=_SECONDS_TO_CONNECT,
                application_name=f"shop {self.instance}",
            )
            self._connected_to = address
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._disconnect()


def _reason(error: Exception) -> str:
    first = error.args[0] if error.args else error
    if isinstance(first, Mapping):
        return str(first.get("M", first))
    return str(first)


def _secret(region: str, name: str) -> dict[str, Any]:
    """A secret of a region's own Secrets Manager."""
    from moto.secretsmanager.models import secretsmanager_backends

    for account in list(secretsmanager_backends.values()):
        found = account[region].get_secret_value(name, "", "")
        return dict(json.loads(found["SecretString"]))
    raise LookupError(f"no secret {name} in {region}")


class Web(Balancers):
    """Every load balancer of moto's, each at an address of its own once somebody asks for it.

    resolve: asks the sandbox's DNS for an address, on behalf of the servers.
    """

    def __init__(self, resolve: Callable[[str], str | None] = lambda _name: None) -> None:
        self.resolve = resolve
        self.settings: ShopSettings | None = None
        self.ports = _ports()
        self.authority = Authority()
        self._lock = threading.RLock()
        self._listening: dict[str, tuple[str, list[_Listener]]] = {}
        self._servers: dict[str, ShopServer] = {}
        self._failed_groups: set[str] = set()
        self._addresses = _addresses()
        self._turns = itertools.count()

    def address_of(self, dns_name: str) -> str | None:
        if _balancer(dns_name) is None and not cdn.names_of(dns_name):
            return None
        with self._lock:
            listening = self._listening.get(dns_name)
            if listening is None:
                listening = self._listen(dns_name)
                self._listening[dns_name] = listening
        return listening[0]

    def answers_at(self, address: str) -> bool:
        """Whether a load balancer listens at an address."""
        with self._lock:
            return any(address == each for each, _servers in self._listening.values())

    def has_healthy_targets(self, dns_name: str) -> bool:
        found = _balancer(dns_name)
        if found is None or OUTAGE.holds(found[0].region_name):
            return False
        backend, balancer = found
        groups = [
            group
            for group in backend.target_groups.values()
            if balancer.arn in group.load_balancer_arns and group.targets
        ]
        # [Route 53, EvaluateTargetHealth]: each target group with targets has a healthy one.
        return bool(groups) and all(self._healthy(backend, group) for group in groups)

    def shown(self) -> dict[str, Any]:
        """Where load balancers answer, those that were asked for."""
        with self._lock:
            return {
                "ports": {str(port): taken for port, taken in self.ports.items()},
                "authority": str(self.authority.file),
                "load_balancers": {name: place[0] for name, place in self._listening.items()},
                "failed_groups": sorted(self._failed_groups),
            }

    def fail(self, group: str, on: bool) -> None:
        """Have every server of an auto-scaling group fail, or end that."""
        (self._failed_groups.add if on else self._failed_groups.discard)(group)

    def close(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            for _address, servers in self._listening.values():
                for server in servers:
                    server.shutdown()
                    server.server_close()
            self._listening.clear()
            for each in self._servers.values():
                each.close()
            self._servers.clear()
        self.authority.close()

    def _listen(self, dns_name: str) -> tuple[str, list[_Listener]]:
        for address in self._addresses:
            servers: list[_Listener] = []
            try:
                for port, taken in self.ports.items():
                    servers.append(_Listener((address, taken), _handler(self, dns_name, port)))
            except OSError as error:
                for server in servers:
                    server.server_close()
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            for server, port in zip(servers, self.ports, strict=True):
                if port == HTTPS:
                    server.speak_tls(self.authority.context(_names_of(dns_name)))
                threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            return address, servers
        raise RuntimeError("no loopback address is left")

    def answer(
        self,
        dns_name: str,
        port: int,
        method: str,
        path: str,
        host: str,
        body: bytes,
        origin: str = "",
    ) -> Reply | None:
        """What a load balancer or a CDN answers at a port; None where it does not even answer."""
        if cdn.names_of(dns_name):
            asked = host.partition(":")[0].lower()
            return _edge(cdn.read(asked, port == HTTPS, method, path, origin))
        found = _balancer(dns_name)
        if found is None or OUTAGE.holds(found[0].region_name):
            return None
        backend, balancer = found
        listener = _listener(balancer, port)
        if listener is None:
            return None
        for action in _actions(listener, host, path.partition("?")[0]):
            match action.type:
                case "fixed-response":
                    fixed = action.data["FixedResponseConfig"]
                    return Reply(
                        int(fixed["StatusCode"]),
                        str(fixed.get("MessageBody") or "").encode(),
                        fixed.get("ContentType") or "text/plain",
                    )
                case "redirect":
                    config = action.data["RedirectConfig"]
                    status = int(config["StatusCode"].removeprefix("HTTP_"))
                    location = redirected(config, host, port, path)
                    return Reply(status, b"", "text/plain", location)
                case "forward":
                    return self._forwarded(backend, action, method, path, body)
        return _json(404, error="no rule of the load balancer fits")

    def _forwarded(self, backend: Any, action: Any, method: str, path: str, body: bytes) -> Reply:
        arns = [
            each["TargetGroupArn"]
            for each in action.data.get("ForwardConfig", {}).get("TargetGroups", ())
            if int(each.get("Weight", 1))
        ] or [action.data["TargetGroupArn"]]
        group = backend.target_groups[arns[next(self._turns) % len(arns)]]
        healthy = self._healthy(backend, group)
        if not healthy:
            return _json(503, error="no healthy server")
        server = self._server(healthy[next(self._turns) % len(healthy)], backend.region_name)
        return server.answer(method, path, body, self.settings)

    def _server(self, instance: str, region: str) -> ShopServer:
        with self._lock:
            if instance not in self._servers:
                self._servers[instance] = ShopServer(instance, region, self.resolve)
            return self._servers[instance]

    def _healthy(self, backend: Any, group: Any) -> list[str]:
        """Ids of the instances of a target group that serve."""
        failed = self._failed(backend)
        well = []
        for target in list(group.targets):
            instance = backend.ec2_backend.get_instance_by_id(target)
            if instance is not None and instance.state == "running" and target not in failed:
                well.append(target)
        return well

    def _failed(self, backend: Any) -> set[str]:
        from moto.autoscaling.models import autoscaling_backends

        groups = autoscaling_backends[backend.account_id][backend.region_name].autoscaling_groups
        return {
            state.instance.id
            for name in self._failed_groups
            if name in groups
            for state in groups[name].instance_states
        }


def _edge(served: cdn.Served | None) -> Reply | None:
    if served is None:
        return None
    headers = dict(served.headers)
    kind = headers.pop("Content-Type", "text/plain")
    return Reply(served.status, served.body, kind, headers.pop("Location", ""), headers)


def redirected(config: Mapping[str, Any], host: str, port: int, path: str) -> str:
    """Where a redirect leads: what the action does not say is the request's own [Elastic Load
    Balancing, redirect actions]."""
    name, _, _ = host.partition(":")
    before, _, query = path.partition("?")
    own = {
        "host": name,
        "path": before.lstrip("/"),
        "port": str(port),
        "protocol": "https" if port == HTTPS else "http",
        "query": query,
    }

    def filled(key: str, default: str) -> str:
        text = str(config.get(key) or default)
        return _OWN.sub(lambda found: own[found[1]], text)

    scheme = filled("Protocol", "#{protocol}").lower()
    asked = filled("Query", "#{query}")
    at = filled("Port", "#{port}")
    there = filled("Host", "#{host}")
    # The usual port of a scheme is not written.
    if at != {"https": "443", "http": "80"}.get(scheme):
        there += f":{at}"
    target = filled("Path", "/#{path}")
    return f"{scheme}://{there}{target}{f'?{asked}' if asked else ''}"


def _ports() -> Mapping[int, int]:
    """Where load balancers answer for each of their ports: there, if everybody may listen there."""
    try:
        with socket.socket() as probe:
            probe.bind((f"127.{_FIRST_NETWORK}.0.1", HTTP))
    except PermissionError:
        return _PORTS_OF_OTHERS
    except OSError:
        pass  # taken, so allowed
    return {HTTP: HTTP, HTTPS: HTTPS}


def _addresses() -> Iterator[str]:
    network = random.randrange(_NETWORKS * 256)
    for number in itertools.count():
        block, host = divmod(number, 200)
        if block == _NETWORKS * 256:
            return
        second, third = divmod((network + block) % (_NETWORKS * 256), 256)
        yield f"127.{_FIRST_NETWORK + second}.{third}.{host + 10}"


def _balancer(dns_name: str) -> tuple[Any, Any] | None:
    """moto's backend and load balancer of a DNS name."""
    if not dns_name.endswith(".elb.amazonaws.com"):
        return None
    from moto.elbv2.models import elbv2_backends

    for account in list(elbv2_backends.values()):
        for backend in list(account.values()):
            for balancer in list(backend.load_balancers.values()):
                if balancer.dns_name.lower() == dns_name:
                    return backend, balancer
    return None


def _listener(balancer: Any, port: int) -> Any:
    """moto's listener of a port; None without one."""
    return next((each for each in balancer.listeners.values() if int(each.port) == port), None)


def _names_of(dns_name: str) -> list[str]:
    """The names that the certificate of a load balancer's HTTPS listener is for."""
    from moto.acm.models import acm_backends

    if served := cdn.names_of(dns_name):
        return served
    found = _balancer(dns_name)
    listener = _listener(found[1], HTTPS) if found else None
    if found is None or listener is None or not listener.certificates:
        return [dns_name]
    backend = found[0]
    names: list[str] = []
    for arn in listener.certificates:
        with contextlib.suppress(Exception):  # a certificate that is gone
            held = acm_backends[backend.account_id][backend.region_name]
            described = held.describe_certificate(arn).describe()["Certificate"]
            names += [described["DomainName"], *described.get("SubjectAlternativeNames", ())]
    return sorted(set(names)) or [dns_name]


def _actions(listener: Any, host: str, path: str) -> list[Any]:
    """The actions of the first rule of a listener that fits."""

    def order(rule: Any) -> tuple[bool, int]:
        last = rule.priority == "default"
        return last, 0 if last else int(rule.priority)

    for rule in sorted(listener.rules.values(), key=order):
        if all(_fits(condition, host, path) for condition in rule.conditions):
            return list(rule.actions)
    return []


def _fits(condition: Mapping[str, Any], host: str, path: str) -> bool:
    field = condition["Field"]
    key = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}.get(field)
    if key is None:
        return False
    values = condition.get("Values") or (condition.get(key) or {}).get("Values") or ()
    asked = path if field == "path-pattern" else host.partition(":")[0].lower()
    return any(fnmatch.fnmatchcase(asked, value) for value in values)


def _handler(web: Web, dns_name: str, port: int) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host = self.headers.get("Host") or ""
            origin = self.headers.get("Origin") or ""
            reply = web.answer(dns_name, port, self.command, self.path, host, body, origin)
            if reply is None:
                # What is cut off does not say goodbye.
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            if reply.location:
                self.send_header("Location", reply.location)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_HEAD = _answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


# The web tier of this process's sandbox; there is one, as there is one moto.
_RUNNING: list[Web] = []


def running() -> Web:
    """The web tier that answers the controls; ValueError before there is one."""
    if not _RUNNING:
        raise ValueError("no web tier runs")
    return _RUNNING[-1]


@contextlib.contextmanager
def serving(web: Web) -> Iterator[Web]:
    """Have the controls lead to this web tier, and close it in the end."""
    _RUNNING.append(web)
    try:
        yield web
    finally:
        _RUNNING.remove(web)
        web.close()


@control("GET", "web")
def _show(_request: Request, _rest: str) -> Answer:
    return running().shown()


@control("POST", "shop")
def _configure(request: Request, _rest: str) -> Answer:
    running().settings = ShopSettings(**request.get_json())
    return {}


@control("POST", "servers")
def _fail(request: Request, rest: str) -> Answer:
    group, _, verb = rest.partition("/")
    if verb != "fail":
        raise ValueError(f"servers/{rest}: servers/<group>/fail")
    asked = request.get_json(silent=True) or {}
    running().fail(group, bool(asked.get("on", True)))
    return running().shown()
