"""Teams: who owns a service, and so hears of it beside whoever its severity tells.

Source: Bynomi's plan, "Escalation Path" and "Assignee routing based on error type".
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from .faults import Fault, NotInWords, nearest
from .words import Name, Words

if TYPE_CHECKING:
    from .plan import Plan


def each_once(people: tuple[str, ...]) -> tuple[str, ...]:
    """The names as they are; a fault where one stands twice."""
    twice = sorted({name for name in people if people.count(name) > 1})
    if twice:
        raise NotInWords(f"names `{twice[0]}` twice", "once is enough")
    return people


class Team(Words):
    """One team.

    people   names of ``people``, at least one
    slack    the channel of ``slack.channels`` where it hears of what it owns; default none
    """

    people: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(each_once)]
    slack: Name | None = None


Teams = dict[Name, Team]


def team_faults(plan: "Plan") -> Iterator[Fault]:
    """Members and channels that there are not."""
    for name, team in plan.teams.items():
        for index, person in enumerate(team.people):
            yield from unknown_person(plan, f"teams.{name}.people.{index}", person)
        channels = plan.slack.channels if plan.slack else {}
        if team.slack is not None and team.slack not in channels:
            yield unknown(
                f"teams.{name}.slack", team.slack, "channel", "slack.channels", list(channels)
            )


def unknown_person(plan: "Plan", path: str, name: str) -> Iterator[Fault]:
    """A fault where ``people`` knows nobody of that name."""
    if name not in plan.people:
        yield unknown(path, name, "person", "people", list(plan.people))


def unknown_team(plan: "Plan", path: str, name: str) -> Iterator[Fault]:
    """A fault where ``teams`` knows none of that name: whoever refers to an owner asks here."""
    if name not in plan.teams:
        yield unknown(path, name, "team", "teams", list(plan.teams))


def unknown(path: str, name: str, kind: str, chapter: str, known: list[str]) -> Fault:
    """The fault of a name that a chapter does not know, with the one that was probably meant."""
    close = nearest(name, known)
    if close:
        remedy = f"did you mean `{close}`?"
    else:
        remedy = f"known: {', '.join(sorted(known))}" if known else f"`{chapter}` names none"
    return Fault(path, f"no such {kind} in `{chapter}`", name, remedy)
