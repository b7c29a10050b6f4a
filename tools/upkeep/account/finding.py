"""What a predicate finds: evidence for its clause, or what it lacks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.upkeep.account.seen import Seen

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """One of either, in words that can be checked: names as the cloud has them, and figures."""

    kept: bool
    says: str


Predicate = Callable[[Seen, Figures], Iterator[Finding]]
"""A clause is kept when its predicate finds evidence, and lacks nothing."""

PREDICATES: dict[str, Predicate] = {}


def clause(id_: str) -> Callable[[Predicate], Predicate]:
    """Registers the predicate of a clause."""

    def register(predicate: Predicate) -> Predicate:
        if id_ in PREDICATES:
            raise ValueError(f"{id_} has a predicate already")
        PREDICATES[id_] = predicate
        return predicate

    return register


def kept(says: str) -> Finding:
    """Evidence."""
    return Finding(True, says)


def lacks(says: str) -> Finding:
    """What is not there, or not as the clause has it."""
    return Finding(False, says)


def shown(kind: str, found: list[str], lack: str) -> Finding:
    """Evidence where something was found, else what lacks."""
    return kept(f"{kind} {', '.join(sorted(found))}") if found else lacks(lack)
