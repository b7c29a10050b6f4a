"""Dashboards: the environment's picture, and the company's own address that leads to it.

Source: Bynomi's plan, "Dashboard Access"; clause BY-2.2.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from .estate import Estate
from .faults import Fault, NotInWords, nearest
from .words import Url, Words

if TYPE_CHECKING:
    from .plan import Plan

# Elastic Load Balancing: a path pattern holds letters, digits and _-.$/~"'@:+ and is compared case
# by case; * and ? would stand for others. An address of ours is one that people type.
_PATH = re.compile(r"^(/[A-Za-z0-9._~-]+)+/?$")
_LONGEST_PATH = 128


def _leads_somewhere(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https":
        raise NotInWords(
            "an address without encryption, and the load balancer answers at 443",
            f"write `https://{address.partition('://')[2]}`",
        )
    if parts.port not in (None, 443) or parts.username is not None:
        raise NotInWords("the load balancer answers at 443", f"write `https://{parts.hostname}`...")
    if not _PATH.match(parts.path) or parts.query or parts.fragment:
        raise NotInWords(
            "needs a path of letters, digits and .-_~ and nothing behind it: other environments "
            "share the name",
            f"such as `https://{parts.hostname}/production`",
        )
    if len(parts.path) > _LONGEST_PATH:
        raise NotInWords(
            f"a path of {len(parts.path)} characters; a rule takes {_LONGEST_PATH} "
            "[Elastic Load Balancing]",
            "shorten it",
        )
    return address


Address = Annotated[Url, AfterValidator(_leads_somewhere)]


class Dashboards(Words):
    """The environment's dashboard, which is generated from the rest of the plan.

    address    the company's own, ``https://monitoring.bynomi.com/production``; who asks there is
               sent on to the dashboard. Default: none, the dashboard has Datadog's address alone
    balancer   name of the load balancer that answers there, at 443. Default: that of
               ``estate.servers``, where there is one
    named_by   the environment whose plan declares the address's host name, where several share
               it. Default: this one
    """

    address: Address | None = None
    balancer: str | None = None
    named_by: str | None = None

    @property
    def host(self) -> str:
        """The address's host name; empty without an address."""
        return (urlsplit(self.address).hostname or "") if self.address else ""

    @property
    def path(self) -> str:
        """The address's path, without a slash at its end."""
        return urlsplit(self.address).path.rstrip("/") if self.address else ""

    def answered_by(self, estate: Estate) -> str | None:
        """Name of the load balancer that answers at the address; None where nobody knows."""
        if self.balancer is not None:
            return self.balancer
        known = sorted({servers.load_balancer for servers in estate.servers.values()})
        return known[0] if len(known) == 1 else None


def dashboards_faults(plan: "Plan") -> Iterator[Fault]:
    """What the chapter says of others and that is not so."""
    chapter = plan.dashboards
    if chapter is None:
        return
    if chapter.address is None:
        for key, value in (("balancer", chapter.balancer), ("named_by", chapter.named_by)):
            if value is not None:
                yield Fault(f"dashboards.{key}", "there is no `address`", value, "add it")
        return
    if not chapter.host.endswith(f".{plan.estate.zone}"):
        yield Fault(
            "dashboards.address",
            "not a name of the zone in `estate.zone`",
            chapter.address,
            f"a name that ends in `.{plan.estate.zone}`",
        )
    for name, standby in plan.standby.items():
        if standby.serves == chapter.host:
            yield Fault(
                "dashboards.address",
                f"`standby.{name}` declares that name already, and a name has one owner",
                chapter.host,
                f"such as `monitoring.{plan.estate.zone}`",
            )
    if chapter.answered_by(plan.estate) is None:
        known = sorted({servers.load_balancer for servers in plan.estate.servers.values()})
        yield Fault(
            "dashboards.balancer",
            "which load balancer answers at the address?",
            None,
            f"one of {', '.join(known)}" if known else "name one",
        )
    if chapter.named_by == plan.environment:
        yield Fault(
            "dashboards.named_by", "is this environment itself", chapter.named_by, "leave it out"
        )


def shared_name_faults(plans: Mapping[str, "Plan"]) -> Iterator[tuple[str, Fault]]:
    """What several plans say of one address together and that cannot be; each with its plan's key.

    A record has one owner, and an address leads to one dashboard.
    """
    with_address = {
        key: plan.dashboards
        for key, plan in sorted(plans.items())
        if plan.dashboards is not None and plan.dashboards.address is not None
    }
    owners: dict[str, str] = {}
    places: dict[tuple[str, str], str] = {}
    for key, chapter in with_address.items():
        environment = plans[key].environment
        first = owners.setdefault(chapter.host, environment) if chapter.named_by is None else None
        if first not in (None, environment):
            yield (
                key,
                Fault(
                    "dashboards.address",
                    f"`{first}` declares {chapter.host} too, and a record has one owner",
                    chapter.address,
                    f"add `named_by: {first}`",
                ),
            )
        place = (chapter.host, chapter.path)
        if (taken := places.setdefault(place, environment)) != environment:
            yield (
                key,
                Fault(
                    "dashboards.address",
                    f"leads to the dashboard of `{taken}` already",
                    chapter.address,
                    f"such as `https://{chapter.host}/{environment}`",
                ),
            )
    yield from _nobody_names(plans, with_address, owners)


def _nobody_names(
    plans: Mapping[str, "Plan"], chapters: Mapping[str, Dashboards], owners: Mapping[str, str]
) -> Iterable[tuple[str, Fault]]:
    environments = sorted(plan.environment for plan in plans.values())
    for key, chapter in chapters.items():
        named = chapter.named_by
        if named is None or named == plans[key].environment:
            continue
        if named not in environments:
            # A plan that is not among these cannot be asked; a misspelt name can.
            if near := nearest(named, environments):
                rule, remedy = "no such environment", f"did you mean `{near}`?"
                yield key, Fault("dashboards.named_by", rule, named, remedy)
        elif owners.get(chapter.host) != named:
            yield (
                key,
                Fault(
                    "dashboards.named_by",
                    f"the plan of `{named}` does not declare {chapter.host}",
                    named,
                    f"give it an address there, such as `https://{chapter.host}/{named}`",
                ),
            )
