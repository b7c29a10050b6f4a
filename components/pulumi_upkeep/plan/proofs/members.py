"""Which instances of a database are left after a failure, whichever of them takes writes."""

from collections.abc import Iterable, Iterator

from ..plan import Plan
from .facts import EstateFacts
from .terms import Mode


def second_zone(plan: Plan, database: str, facts: EstateFacts) -> str | None:
    """Where it is said that the writer has a standby in a second zone; None where it has none.

    The cloud knows; until it was asked, the plan does of a replica that was promoted.
    """
    active = plan.active_member(database)
    known = facts.databases.get(database)
    if active.looked_up:
        return f"estate.databases.{database}" if known is not None and known.multi_az else None
    in_two_zones = known.multi_az if known is not None else plan.replicas[active.name].multi_az
    return f"replicas.{active.name}" if in_two_zones else None


def followers(plan: Plan, database: str, mode: Mode, facts: EstateFacts) -> Iterator[str]:
    """The replicas that follow the writer and are still there after a failure, by name."""
    active = plan.active_member(database)
    for member in plan.members(database):
        # The estate's own instance never follows: an old primary becomes no replica again.
        if member.active or member.retired or member.looked_up:
            continue
        seen = facts.members.get(member.name)
        if seen is not None and seen.exists and not seen.source:
            # It was promoted once.
            continue
        elsewhere = member.place != active.place
        # Nobody knows in which zone of its region a single instance stands.
        in_two_zones = plan.replicas[member.name].multi_az
        left = {"instance": True, "zone": elsewhere or in_two_zones, "region": elsewhere}
        if left.get(mode, False):
            yield member.name


def stands_away(plan: Plan, holder: str) -> bool:
    """Whether the recovery region is another one than that of what is written to."""
    return holder not in plan.estate.databases or plan.active_member(holder).place == "primary"


def failed_over(plan: Plan, things: Iterable[str]) -> list[str]:
    """The databases among some things whose writer stands in the recovery region."""
    databases = [thing for thing in things if thing in plan.estate.databases]
    return [each for each in databases if plan.active_member(each).place != "primary"]
