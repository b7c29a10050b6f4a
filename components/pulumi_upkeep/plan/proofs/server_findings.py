"""Findings on groups of servers."""

from collections.abc import Iterator

from ..findings import Finding
from ..plan import Plan
from .facts import EstateFacts


def server_findings(plan: Plan, facts: EstateFacts) -> Iterator[Finding]:
    """What there is to say of groups of servers that were looked up."""
    for name in plan.estate.servers:
        found = facts.servers.get(name)
        if found is not None and found.zones < 2:
            yield Finding(
                "servers-in-one-zone",
                f"estate.servers.{name}",
                "may use one zone only: its loss takes all of its servers",
                "give the group subnets of other zones, or accept it with the reason",
            )
