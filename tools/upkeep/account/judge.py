"""The judgement: each clause with what keeps it, or what it lacks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tools.upkeep.account.chapters import PREDICATES
from tools.upkeep.account.clauses import Clause, clauses
from tools.upkeep.account.finding import Finding
from tools.upkeep.account.look import Places
from tools.upkeep.account.seen import Seen, Stack
from tools.upkeep.paths import PROJECT


@dataclass(frozen=True)
class Judged:
    """A clause, and what was found.

    evidence  what keeps it, in words that can be checked; also of a clause that is not kept,
              since most of it may be there
    missing   what it lacks; empty where it is kept
    running   whether it was judged by what runs; else by what is declared
    look      where each piece of evidence is seen: a command, an address, a file
    """

    clause: Clause
    evidence: tuple[str, ...]
    missing: tuple[str, ...]
    running: bool = True
    look: tuple[tuple[str, ...], ...] = ()

    @property
    def kept(self) -> bool:
        return bool(self.evidence) and not self.missing

    @property
    def pieces(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each piece of evidence, with where it is seen."""
        seen = [*self.look, *[()] * len(self.evidence)]
        return list(zip(self.evidence, seen, strict=False))

    def by_declaration(self) -> "Judged":
        """The same, judged by what is declared."""
        return replace(self, running=False)

    def as_data(self) -> dict[str, Any]:
        """An entry of build/coverage.json."""
        return {
            "id": self.clause.id,
            "plan": self.clause.plan,
            "asks": self.clause.asks,
            "answer": self.clause.answer,
            "entries": list(self.clause.entries),
            "kept": self.kept,
            "evidence": list(self.evidence),
            "missing": list(self.missing),
            "look": list(dict.fromkeys(place for each in self.look for place in each)),
            "judged_by": "what runs" if self.running else "what is declared",
        }


def judge(companies: Mapping[str, Seen], listed: Sequence[Clause] | None = None) -> list[Judged]:
    """Every clause, in the plans' order.

    companies  what is seen of each plan's company, by the plan's name; what is seen of none is
               missing
    """
    places = {plan: Places(seen) for plan, seen in companies.items()}
    return [
        judge_one(each, companies.get(each.plan), places.get(each.plan))
        for each in (clauses() if listed is None else listed)
    ]


def judge_one(clause: Clause, seen: Seen | None, places: Places | None = None) -> Judged:
    """One clause; with ``places`` also where its evidence is seen. What a predicate cannot read is
    missing, and says so."""
    if seen is None:
        return Judged(clause, (), (f"nothing is seen of the company of {clause.plan}",))
    found = [*_looked_for(clause, seen), *entries(clause, seen)]
    evidence = tuple(each.says for each in found if each.kept)
    missing = tuple(dict.fromkeys(each.says for each in found if not each.kept))
    if not evidence and not missing:
        missing = ("nothing was found",)
    look = tuple(places.of(each) for each in evidence) if places else ()
    return Judged(clause, evidence, missing, look=look)


def _looked_for(clause: Clause, seen: Seen) -> Iterator[Finding]:
    predicate = PREDICATES[clause.id]
    yield from predicate(seen, clause.figures)


def entries(clause: Clause, seen: Seen) -> Iterator[Finding]:
    """What of the entries that are said to answer a clause is not in the plan."""
    for entry in clause.entries:
        if "/" in entry:
            if not (PROJECT / entry).exists():
                yield Finding(False, f"there is no {entry}")
            continue
        name, colon, path = entry.partition(":")
        stack = seen.stacks.get(name) if colon else seen.prod
        if stack is None or not has(stack, path if colon else entry):
            yield Finding(False, f"the stack file has no {entry}")


def has(stack: Stack, path: str) -> bool:
    """Whether a stack file says something at a path: ``monitoring.alert_when``."""
    node: Any = stack.plan
    for part in path.split("."):
        if not isinstance(node, Mapping) or part not in node:
            return False
        node = node[part]
    return True
