"""Incidents: how they are classified, who leads and hears, and the review that each grave one owes.

Source: Bynomi's plan, "Incident Management"; clauses BY-5.5 and BY-5.6. What P0 to P3 mean stands
in ``severities``, and nowhere else.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from .faults import Fault, NotInWords
from .route_tests import SecretId
from .teams import each_once, unknown_team
from .words import SEVERITIES, Duration, Name, Severity, Words, say_duration

if TYPE_CHECKING:
    from .plan import Plan

# Datadog counts incidents from SEV-1 (most severe) and knows no P0 [Datadog: Incident settings,
# "Severity levels"]. Said here, once.
DATADOG_SEVERITY: Mapping[Severity, str] = {
    "p0": "SEV-1",
    "p1": "SEV-2",
    "p2": "SEV-3",
    "p3": "SEV-4",
}
DAY = timedelta(days=1)
# Datadog has these two itself, and refuses others of their names [P incident_user_defined_role].
RESERVED_ROLES = ("incident-commander", "responder")
# The steps that are counted from the declaration, in their order.
LIVE_STEPS = ("detect", "classify", "investigate", "resolve")


def _one(written: Any) -> Any:
    if isinstance(written, (list, tuple)):
        if len(written) == 1:
            return written[0]
        raise NotInWords(
            f"{len(written)} owners: what belongs to several is done by none"
            if written
            else "nobody's",
            f"name one team: `{written[0]}`" if written else "name one team",
        )
    return written


# A team of `teams`, and only one.
Owner = Annotated[Name, BeforeValidator(_one)]


class ProcessStep(Words):
    """One step of the process.

    does     what, in the plan's words
    by       the team that does it
    within   how long that takes at most: of the live steps since the declaration, of ``review`` and
             ``document`` since the resolution, in whole days. Default: not said
    """

    does: str = Field(min_length=1)
    by: Owner
    within: Duration | None = None


class Process(Words):
    """From the first alert to the knowledge base, who does what and by when.

    Source: Bynomi's plan, "Incident Response Process".
    """

    detect: ProcessStep
    classify: ProcessStep
    investigate: ProcessStep
    resolve: ProcessStep
    review: ProcessStep
    document: ProcessStep

    @model_validator(mode="after")
    def _has_ends(self) -> "Process":
        for name, step in (("review", self.review), ("document", self.document)):
            if step.within is None:
                raise NotInWords(
                    f"`{name}` has no end, and what has none is never owed",
                    f"add `within` to `{name}`: `within: 5 days`",
                )
            if step.within % DAY:
                whole = say_duration(-(-step.within // DAY) * DAY)
                raise NotInWords(
                    f"`{name}` within {say_duration(step.within)}: what is owed is counted in "
                    "whole days",
                    f"nearest: `within: {whole}`",
                )
        return self

    def by_name(self) -> dict[str, ProcessStep]:
        """The steps in their order."""
        return {name: getattr(self, name) for name in Process.model_fields}

    @property
    def review_within(self) -> timedelta:
        """Until when after its resolution a review is written."""
        assert self.review.within is not None
        return self.review.within


class ResponderRole(Words):
    """What somebody does in an incident, beside leading it and responding.

    means   in a sentence
    by      the team whose people do it
    alone   whether one person at a time has it; default false
    """

    means: str = Field(min_length=1)
    by: Owner
    alone: bool = False


class Question(Words):
    """What a review has to answer.

    about      the heading above the answer
    question   what is asked there
    """

    about: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _in_a_list(written: Any) -> Any:
    """A block says the same, and configuration hands blocks over sorted."""
    if isinstance(written, Mapping) and written:
        heading, question = next(iter(written.items()))
        raise NotInWords(
            "a block of keys has no order, and a document has one",
            f"write a list: `- {{about: {heading}, question: {json.dumps(str(question))}}}`, and "
            "so on",
        )
    return written


def _asks_something(asks: tuple[Question, ...]) -> tuple[Question, ...]:
    if not asks:
        raise NotInWords(
            "a review that asks nothing",
            "add what it has to answer: `- {about: root cause, question: What caused it?}`",
        )
    headings = [each.about.casefold() for each in asks]
    twice = next((each for each in asks if headings.count(each.about.casefold()) > 1), None)
    if twice:
        raise NotInWords(f"two headings `{twice.about}`", "ask both in one, or name one otherwise")
    return asks


class Review(Words):
    """The review after an incident.

    required_for   severities; default P0 and P1
    asks           questions, in the order of the document; at least one
    severity       whose topic hears that one is owed for too long; default P2
    """

    required_for: Annotated[
        tuple[Severity, ...], Field(min_length=1), AfterValidator(each_once)
    ] = ("p0", "p1")
    asks: Annotated[
        tuple[Question, ...], BeforeValidator(_in_a_list), AfterValidator(_asks_something)
    ]
    severity: Severity = "p2"


class Incidents(Words):
    """How incidents are answered.

    commander     the team whose people lead: Datadog's role Incident Commander
    roles         what else somebody does, by name
    process       the steps, each with its team and its time
    told          severity -> teams that hear of it beside whoever the severity tells
    review        what follows
    credentials   name of a secret in Secrets Manager with Datadog's ``api_key`` and ``app_key``:
                  with it a function looks every hour which reviews are owed
    """

    commander: Owner | None = None
    roles: dict[Name, ResponderRole] = Field(default_factory=dict)
    process: Process
    told: dict[Severity, Annotated[tuple[Name, ...], AfterValidator(each_once)]] = Field(
        default_factory=dict
    )
    review: Review
    credentials: SecretId

    def told_teams(self, severity: Severity) -> list[str]:
        """Teams that hear of an incident: who leads the ones that need a review, and who else."""
        leads = [self.commander] if self.commander and severity in self.review.required_for else []
        return list(dict.fromkeys([*leads, *self.told.get(severity, ())]))


def incident_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Teams that there are not, a P0 that nobody leads, times that contradict the severities."""
    incidents = plan.incidents
    if incidents is None:
        return
    if "teams" not in broken:
        yield from _team_faults(plan, incidents)
    for name in incidents.roles:
        if name in RESERVED_ROLES:
            yield Fault(
                f"incidents.roles.{name}",
                "Datadog has this role itself, and refuses another of its name",
                name,
                "leave it out: `commander` says who leads",
            )
    needed = incidents.review.required_for
    for severity in SEVERITIES[: SEVERITIES.index(max(needed))]:
        if severity not in needed:
            yield Fault(
                "incidents.review.required_for",
                f"{severity} is graver than {max(needed)}, and would need no review",
                ", ".join(needed),
                f"add `{severity}`",
            )
    yield from _time_faults(plan, incidents, broken)


def _team_faults(plan: "Plan", incidents: Incidents) -> Iterator[Fault]:
    if incidents.commander is None:
        known = ", ".join(sorted(plan.teams)) or "`teams` names none"
        yield Fault(
            "incidents.commander",
            "nobody leads a P0",
            None,
            f"name the team that does: `commander: <team>`; known: {known}",
        )
    else:
        yield from unknown_team(plan, "incidents.commander", incidents.commander)
    for name, role in incidents.roles.items():
        yield from unknown_team(plan, f"incidents.roles.{name}.by", role.by)
    for name, step in incidents.process.by_name().items():
        yield from unknown_team(plan, f"incidents.process.{name}.by", step.by)
    for severity, teams in incidents.told.items():
        for index, team in enumerate(teams):
            yield from unknown_team(plan, f"incidents.told.{severity}.{index}", team)


def _time_faults(plan: "Plan", incidents: Incidents, broken: Collection[str]) -> Iterator[Fault]:
    steps = incidents.process.by_name()
    before: tuple[str, timedelta] | None = None
    for name in LIVE_STEPS:
        within = steps[name].within
        if within is None:
            continue
        if before is not None and within < before[1]:
            yield Fault(
                f"incidents.process.{name}.within",
                f"ends before `{before[0]}` does, which comes first",
                say_duration(within),
                f"at least `{say_duration(before[1])}`",
            )
        before = (name, within)
    review, document = steps["review"].within, steps["document"].within
    assert review is not None
    assert document is not None
    if document < review:
        yield Fault(
            "incidents.process.document.within",
            "ends before the review does, whose findings are documented",
            say_duration(document),
            f"at least `{say_duration(review)}`",
        )
    classify = incidents.process.classify.within
    if "severities" in broken or classify is None:
        return
    target = plan.severities.p0.respond_within
    if isinstance(target, timedelta) and classify > target:
        yield Fault(
            "incidents.process.classify.within",
            f"a P0 is answered within {say_duration(target)}, and until it is classified nobody "
            "knows that it is one",
            say_duration(classify),
            f"at most `{say_duration(target)}`",
        )
