"""Substitutes: products that a maintenance plan names and that something declared here replaces.

Source: Bynomi's plan names Sentry, Uptime Robot and Papertrail, the prize draw's Pingdom, Sentry
and an issue tracker. What stands in for each is said, with the reason, rather than passed over.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from .faults import Fault, nearest
from .words import Words

if TYPE_CHECKING:
    from .plan import Plan


class Substitute(Words):
    """One product, and what does its work.

    for_      the product, as the maintenance plan calls it: ``Sentry``
    by        the chapter of this plan that does its work, which must be there
    because   why; at least a few words
    """

    for_: Annotated[str, Field(alias="for", min_length=1)]
    by: str
    because: Annotated[str, Field(min_length=10)]


Substitutes = tuple[Substitute, ...]

# What declares nothing can stand in for nothing.
_NOT_A_WATCHER = frozenset(
    {"company", "environment", "timezone", "regions", "protected", "substitutes", "accepted"}
)


def substitute_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Chapters that there are not, or that this plan leaves out, and products named twice."""
    chapters = [name for name in type(plan).model_fields if name not in _NOT_A_WATCHER]
    present = sorted(name for name in chapters if name in broken or getattr(plan, name, None))
    first: dict[str, int] = {}
    for index, entry in enumerate(plan.substitutes):
        path = f"substitutes.{index}"
        if entry.by not in chapters:
            close = nearest(entry.by, chapters)
            remedy = f"did you mean `{close}`?" if close else f"one of: {', '.join(present)}"
            yield Fault(f"{path}.by", "no such chapter of the plan", entry.by, remedy)
        elif entry.by not in present:
            rule = f"this plan leaves the chapter out, so nothing stands in for {entry.for_}"
            yield Fault(f"{path}.by", rule, entry.by, f"add `upkeep:{entry.by}`")
        known = entry.for_.casefold()
        if known in first:
            rule = f"`substitutes.{first[known]}` says already what replaces it"
            yield Fault(f"{path}.for", rule, entry.for_, "leave one of them out")
        first.setdefault(known, index)
