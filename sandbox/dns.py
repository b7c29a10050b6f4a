"""DNS on loopback: what Route 53, the load balancers and the databases of the sandbox are called.

Answers come from moto's state at the moment of the question: records of public and private zones
with failover, weighted and multivalue routing, alias trees with ``EvaluateTargetHealth``, health
checks; ``*.elb.amazonaws.com`` leads to the loopback address where that load balancer answers,
``*.rds.amazonaws.com`` to that of a database's server.

Everybody who asks stands inside every network: a private zone comes before a public one of the
same name, whoever asks. Of latency and geolocation records the first healthy one is given. What
no zone holds does not exist: nothing is asked outside.
"""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dnslib import CNAME, QTYPE, RCODE, RR, TXT, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from sandbox.aws.health import Health

HOST = "127.0.0.1"
# [Route 53] an alias takes the TTL of its target; Elastic Load Balancing's is 60 seconds.
ALIAS_TTL = 60
# RDS's endpoints have a TTL of 5 seconds.
ENDPOINT_TTL = 5
MOST_MULTIVALUE = 8
_LONGEST_CHAIN = 16
# Ports to try until one is free for UDP and TCP alike.
_ATTEMPTS = 50


@dataclass(frozen=True)
class Answer:
    """One record of an answer. type: ``A``, ``CNAME``, ``TXT`` and the like."""

    name: str
    type: str
    value: str
    ttl: int


class Balancers:
    """Where load balancers answer; the interface that DNS wants of ``sandbox.web``."""

    def address_of(self, dns_name: str) -> str | None:
        """The loopback address of a load balancer's name; None where there is no such one."""
        raise NotImplementedError

    def has_healthy_targets(self, dns_name: str) -> bool:
        """Whether servers behind it are well."""
        raise NotImplementedError


class Resolver:
    """Answers questions from moto's Route 53.

    health: says whether a health check is healthy.
    balancers: where load balancers answer.
    database: endpoint name -> loopback address of a database's server; None where there is none.
    choose: picks one of several records by their weights; ``random.choices`` unless told.
    """

    def __init__(
        self,
        health: Health,
        balancers: Balancers,
        database: Callable[[str], str | None] = lambda _name: None,
        choose: Callable[..., list[Any]] = random.choices,
    ) -> None:
        self._health = health
        self._balancers = balancers
        self._database = database
        self._choose = choose

    def answers(self, name: str, kind: str) -> list[Answer] | None:
        """The answer to a question, CNAMEs followed; None where the name does not exist."""
        asked = _plain(name)
        chain: list[Answer] = []
        for _ in range(_LONGEST_CHAIN):
            found = self._direct(asked, kind)
            if found is None:
                return chain or None
            chain += found
            if not found or found[-1].type != "CNAME" or kind == "CNAME":
                return chain
            asked = _plain(found[-1].value)
        return chain

    def address(self, name: str) -> str | None:
        """The first address of a name; None without one."""
        found = self.answers(name, "A") or []
        return next((each.value for each in found if each.type == "A"), None)

    def _direct(self, name: str, kind: str) -> list[Answer] | None:
        zone = self._zone(name)
        if zone is not None:
            return self._of_zone(zone, name, kind)
        for address, ttl in (
            (self._balancers.address_of(name), ALIAS_TTL),
            (self._database(name), ENDPOINT_TTL),
        ):
            if address is not None:
                return [Answer(name, "A", address, ttl)] if kind in ("A", "ANY") else []
        return None

    def _of_zone(self, zone: Any, name: str, kind: str) -> list[Answer] | None:
        known = [each for each in zone.rrsets if _plain(each.name) == name]
        if not known:
            wildcard = "*." + name.partition(".")[2]
            known = [
                each for each in zone.rrsets if _plain(each.name.replace("\\052", "*")) == wildcard
            ]
        if not known:
            return (
                []
                if any(_plain(each.name).endswith(f".{name}") for each in zone.rrsets)
                else ([] if name == _plain(zone.name) else None)
            )
        of_kind = [each for each in known if each.type == kind]
        if not of_kind:
            of_kind = [each for each in known if each.type == "CNAME"]
        return [
            answer
            for record in self._chosen(zone, of_kind)
            for answer in self._said(zone, record, name, kind)
        ]

    def _said(self, zone: Any, record: Any, name: str, kind: str) -> Iterator[Answer]:
        alias = record.alias_target
        if alias:
            for each in self._direct(_plain(alias["DNSName"]), kind) or ():
                yield Answer(name, each.type, each.value, each.ttl)
            return
        for value in record.records:
            yield Answer(name, record.type, str(value), int(record.ttl or 0))

    def _chosen(self, zone: Any, records: Sequence[Any]) -> list[Any]:
        """Which of the records of a name and type Route 53 answers with."""
        if not records or not records[0].set_identifier:
            return list(records)
        well = [each for each in records if self._well(zone, each)]
        first = records[0]
        if first.failover:
            sides = {each.failover: each for each in records}
            order = ("PRIMARY", "SECONDARY")
            healthy = [sides[side] for side in order if side in sides and sides[side] in well]
            return (healthy or [sides[side] for side in order if side in sides])[:1]
        if first.weight is not None:
            return self._weighted(records, well)
        if first.multi_value_answer:
            return (well or list(records))[:MOST_MULTIVALUE]
        return (well or list(records))[:1]

    def _weighted(self, records: Sequence[Any], well: Sequence[Any]) -> list[Any]:
        # A record of weight 0 is for when no other is healthy; with none healthy all count.
        heavy = [each for each in well if int(each.weight)]
        among = heavy or list(well) or [each for each in records if int(each.weight)]
        among = among or list(records)
        weights = [int(each.weight) for each in among]
        return self._choose(among, weights if any(weights) else None, k=1)

    def _well(self, zone: Any, record: Any) -> bool:
        if record.health_check_id and not self._health.healthy(record.health_check_id):
            return False
        alias = record.alias_target
        if not alias or str(alias.get("EvaluateTargetHealth")).lower() != "true":
            return True
        target = _plain(alias["DNSName"])
        if self._balancers.address_of(target) is not None:
            return self._balancers.has_healthy_targets(target)
        inner = [
            each for each in zone.rrsets if (_plain(each.name), each.type) == (target, record.type)
        ]
        # A group of records is well while one of them is.
        return any(self._well(zone, each) for each in inner)

    def _zone(self, name: str) -> Any:
        """The zone that holds a name: the longest that fits, a private one before a public."""
        from moto.route53.models import route53_backends

        fitting = [
            zone
            for account in list(route53_backends.values())
            for backend in list(account.values())
            for zone in list(backend.zones.values())
            if f".{name}".endswith(f".{_plain(zone.name)}")
        ]
        return max(fitting, key=lambda zone: (len(zone.name), _is_private(zone)), default=None)


class _Asked(BaseResolver):  # type: ignore[misc]
    """Puts a resolver's answers into DNS packets."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def resolve(self, request: DNSRecord, _handler: Any) -> DNSRecord:
        reply = request.reply()
        question = request.q
        kind = QTYPE.get(question.qtype)
        try:
            found = self._resolver.answers(str(question.qname), str(kind))
        except Exception:  # a question must not end the server
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        if found is None:
            reply.header.rcode = RCODE.NXDOMAIN
        for answer in found or ():
            data = _data(answer)
            if data is not None:
                reply.add_answer(
                    RR(answer.name, getattr(QTYPE, answer.type), rdata=data, ttl=answer.ttl)
                )
        return reply


def _data(answer: Answer) -> Any:
    match answer.type:
        case "A":
            return A(answer.value)
        case "CNAME":
            return CNAME(answer.value)
        case "TXT":
            return TXT(answer.value.strip('"'))
    return None


class Server:
    """A DNS server on loopback, over UDP and TCP at the same port."""

    def __init__(self, resolver: Resolver, port: int = 0) -> None:
        asked = _Asked(resolver)
        quiet = DNSLogger("-request,-reply,-truncated,-error,-recv,-send,-data")
        for _ in range(_ATTEMPTS):
            self._udp = DNSServer(asked, address=HOST, port=port, logger=quiet)
            self.port = int(self._udp.server.server_address[1])
            try:
                self._tcp = DNSServer(asked, address=HOST, port=self.port, tcp=True, logger=quiet)
            except OSError:
                # Free for UDP, taken for TCP: another one, unless this one was asked for.
                self._udp.server.server_close()
                if port:
                    raise
                continue
            break
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        for server in (self._udp, self._tcp):
            server.server.shutdown()
            server.server.server_close()


def ask(port: int, name: str, host: str = HOST, seconds: float = 2.0) -> str | None:
    """The address of a name, asked of a DNS server over UDP; None without one."""
    question = DNSRecord.question(name, "A")
    try:
        reply = DNSRecord.parse(question.send(host, port, timeout=seconds))
    except OSError:
        return None
    return next((str(each.rdata) for each in reply.rr if each.rtype == QTYPE.A), None)


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


def _is_private(zone: Any) -> bool:
    return str(zone.private_zone).lower() == "true"
