"""The account as people read it: Markdown, and one self-contained page that can be searched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from tools.upkeep.account.clauses import PLANS
from tools.upkeep.account.judge import Judged
from tools.upkeep.markdown import code

_TEMPLATE = Path(__file__).with_name("coverage.html.j2")

_NAMES = {"bynomi": "Bynomi", "prize-draw": "Prize Draw"}
# The plans' own headings, by the clauses' first number.
_CHAPTERS = {
    "PD-1": "Monitoring and alerting",
    "PD-2": "Bug triage",
    "PD-3": "Updates",
    "PD-4": "Backup and recovery",
    "PD-5": "Customer support",
    "BY-1": "Automated security updates",
    "BY-2": "Monitoring system",
    "BY-3": "Scheduled maintenance",
    "BY-4": "Update schedule",
    "BY-5": "Support procedures",
    "BY-6": "Disaster recovery",
    "BY-7": "Documentation and contacts",
}


@dataclass(frozen=True)
class Chapter:
    """A heading of a plan, and its clauses."""

    key: str
    title: str
    clauses: Sequence[Judged]

    @property
    def kept(self) -> int:
        return sum(each.kept for each in self.clauses)


@dataclass(frozen=True)
class Plan:
    """A plan with its chapters; ``running``: whether it was judged by what runs."""

    key: str
    name: str
    chapters: Sequence[Chapter]

    @property
    def clauses(self) -> list[Judged]:
        return [each for chapter in self.chapters for each in chapter.clauses]

    @property
    def kept(self) -> int:
        return sum(each.kept for each in self.clauses)

    @property
    def running(self) -> bool:
        return all(each.running for each in self.clauses)


def plans(judged: Sequence[Judged]) -> list[Plan]:
    """Both plans, the one with more clauses first."""
    return [
        Plan(key, _NAMES[key], list(_chapters([e for e in judged if e.clause.plan == key])))
        for key in reversed(PLANS)
    ]


def _chapters(judged: Sequence[Judged]) -> Iterator[Chapter]:
    for key, title in _CHAPTERS.items():
        found = [each for each in judged if each.clause.id.partition(".")[0] == key]
        if found:
            yield Chapter(key, title, found)


def page(judged: Sequence[Judged]) -> str:
    """The page's HTML."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        plans=plans(judged), kept=sum(each.kept for each in judged), number=len(judged)
    )


def markdown(judged: Sequence[Judged]) -> str:
    """The same as Markdown."""
    kept = sum(each.kept for each in judged)
    lines = [f"# {kept} of {len(judged)} clauses kept", ""]
    for plan in plans(judged):
        lines += [f"## {plan.name}: {plan.kept} of {len(plan.clauses)}", ""]
        if not plan.running:
            lines += ["Judged by what its stack file declares: it is not deployed.", ""]
        for chapter in plan.chapters:
            lines += [
                f"### {chapter.title}: {chapter.kept} of {len(chapter.clauses)}",
                "",
                "| clause | asks | state | answered by | evidence |",
                "| --- | --- | --- | --- | --- |",
                *(_row(each) for each in chapter.clauses),
                "",
            ]
    return "\n".join(lines)


def _row(each: Judged) -> str:
    said = "<br>".join(code(one) for one in (each.evidence if each.kept else each.missing))
    asks = each.clause.asks.replace("|", "\\|")
    entries = "<br>".join(code(one) for one in each.clause.entries)
    state = "kept" if each.kept else "**missing**"
    return f"| {each.clause.id} | {asks} | {state} | {entries} | {said} |"
