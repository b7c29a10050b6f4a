"""On call: who of a team answers when, and who is paged next where nobody does.

Datadog On-Call carries it out: a schedule of rotations, an escalation policy, routing rules. Source
of the idea: Bynomi's plan, "Escalation Path" and "Response Time Targets". Source of the limits:
Datadog, "Escalation Policies", and the provider's schema.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from .faults import Fault, NotInWords, PlanError
from .findings import Finding
from .limits import (
    ON_CALL_REPEATS,
    ON_CALL_STEP,
    ON_CALL_STEPS_AT_MOST,
    ON_CALL_STEPS_SOURCE,
    ON_CALL_TARGETS_AT_MOST,
)
from .measured import Day
from .rotations import Gap, gaps, handover
from .runs import HORIZON_START
from .schedule import WEEKDAYS
from .teams import each_once, unknown, unknown_team
from .words import ClockTime, Duration, Name, TimeZone, Weekday, Words, tell_duration

if TYPE_CHECKING:
    from .plan import Plan

# A rotation that does not say since when it turns has turned since this Monday.
SINCE = date(2026, 1, 5)


class ShiftHours(Words):
    """Hours of the week.

    on     weekdays on which they begin; default every day
    from   clock time
    to     clock time; on the next day where it is not after ``from``
    """

    on: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS
    from_: ClockTime = Field(alias="from")
    to: ClockTime


class Turns(Words):
    """People who take turns, whatever hours they do it in."""

    name: Name
    people: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(each_once)]
    every: Literal["day", "week", "2 weeks"] = "week"
    on: Weekday | None = None
    at: ClockTime
    since: Day = SINCE
    timezone: TimeZone | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> "Turns":
        if self.every == "day" and self.on is not None:
            raise NotInWords("`on` does not go with every day", "leave `on` out")
        if self.every != "day" and self.on is None:
            raise NotInWords(f"every {self.every}, and no weekday", "add `on: Monday`")
        return self

    @property
    def length(self) -> timedelta:
        """A turn, in whole days."""
        return timedelta(days={"day": 1, "week": 7, "2 weeks": 14}[self.every])

    @property
    def first_day(self) -> date:
        """The day of the first handover."""
        if self.on is None:
            return self.since
        ahead = (WEEKDAYS.index(self.on) - self.since.weekday()) % 7
        return self.since + timedelta(days=ahead)


class Rotation(Turns):
    """People who take turns.

    name       tells it from the others of the team
    people     names of ``people``, in the order of their turns
    every      how long a turn is: ``day``, ``week`` (default) or ``2 weeks``
    on         the weekday of the handover; required unless every day
    at         clock time of the handover
    since      the first person's first turn begins on this day, or on the first ``on`` after it;
               default 2026-01-05
    timezone   the clocks of all its times; default the plan's
    hours      when the rotation holds; default always
    """

    hours: ShiftHours | None = None


# ---- escalation --------------------------------------------------------------------------------

ON_CALL, NEXT, PREVIOUS, TEAM = "on call", "next on call", "previous on call", "whole team"
# Names of people have no blanks, so that none of these is somebody's.
TARGETS = (ON_CALL, NEXT, PREVIOUS, TEAM)


def _targets(written: Any) -> Any:
    if written is None or written == "":
        return []
    return [written] if isinstance(written, str) else written


def _paged(targets: tuple[str, ...]) -> tuple[str, ...]:
    if not targets:
        raise NotInWords("pages nobody", f"name `{ON_CALL}`, `{TEAM}` or a person")
    if len(targets) > ON_CALL_TARGETS_AT_MOST:
        raise NotInWords(
            f"{len(targets)} targets of one step: Datadog takes {ON_CALL_TARGETS_AT_MOST} "
            f"({ON_CALL_STEPS_SOURCE})",
            "make a step of those that may wait",
        )
    return each_once(targets)


class Step(Words):
    """One step of an escalation.

    page   who is paged: ``on call``, ``next on call``, ``previous on call``, ``whole team``, or
           names of ``people``; a list of several, at most 10
    wait   how long for an answer before the next step, 1 minute to 10 hours
    """

    page: Annotated[
        tuple[str, ...],
        BeforeValidator(_targets),
        AfterValidator(_paged),
        PlainSerializer(
            lambda value: value[0] if len(value) == 1 else list(value), when_used="json"
        ),
        WithJsonSchema(
            {
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                "examples": [ON_CALL, TEAM, ["devops-lead"]],
            }
        ),
    ]
    wait: Annotated[Duration, ON_CALL_STEP.validator]


def few_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps as they are, 1 to 10."""
    if not steps:
        raise NotInWords("pages nobody", f"add a step: `{{page: {ON_CALL}, wait: 5 minutes}}`")
    if len(steps) > ON_CALL_STEPS_AT_MOST:
        rule = f"one of {len(steps)} steps: Datadog takes {ON_CALL_STEPS_AT_MOST}"
        remedy = "page more people in one step, or `repeat` them"
        path = f"{ON_CALL_STEPS_AT_MOST}"
        raise PlanError([Fault(path, f"{rule} ({ON_CALL_STEPS_SOURCE})", None, remedy)])
    return steps


Turning = TypeVar("Turning", bound=Turns)


def told_apart(rotations: tuple[Turning, ...]) -> tuple[Turning, ...]:
    """The rotations as they are: at least one, each with a name of its own."""
    names = [rotation.name for rotation in rotations]
    if not names:
        raise NotInWords("a schedule needs a rotation (Datadog)", "add one with its `people`")
    for index, name in enumerate(names):
        if name in names[:index]:
            rule = "another rotation has that name"
            raise PlanError([Fault(f"{index}.name", rule, name, "give each its own")])
    return rotations


class OnCall(Words):
    """Who of a team is on call, and what happens until somebody answers.

    rotations    at least one; a later one stands over those before it
    escalation   the steps, 1 to 10
    repeat       how often all steps are repeated where nobody answers, 0 to 10; default 2
    """

    rotations: Annotated[tuple[Rotation, ...], AfterValidator(told_apart)]
    escalation: Annotated[tuple[Step, ...], AfterValidator(few_steps)]
    repeat: Annotated[int, ON_CALL_REPEATS.validator] = 2


OnCalls = dict[Name, OnCall]


def named(on_call: OnCall) -> list[str]:
    """Everybody whom turns and steps name, by name."""
    turns = {person for rotation in on_call.rotations for person in rotation.people}
    pages = {target for step in on_call.escalation for target in step.page}
    return sorted(turns | pages - {*TARGETS})


def responders(plan: "Plan") -> list[str]:
    """Everybody whom Datadog has to know: who is in a team, or on call."""
    found = {person for team in plan.teams.values() for person in team.people}
    return sorted(found.union(*(named(on_call) for on_call in plan.on_call.values())))


def paged(plan: "Plan") -> list[str]:
    """Everybody whom a page may reach: on call, named by a step, or in a team that one names."""
    return sorted({person for team in plan.on_call for person in _reached(plan, team)})


def _reached(plan: "Plan", team: str) -> set[str]:
    """Everybody whom the escalation of a team may reach."""
    on_call = plan.on_call[team]
    whole = any(TEAM in step.page for step in on_call.escalation) and team in plan.teams
    return {*named(on_call), *(plan.teams[team].people if whole else ())}


def phone_findings(plan: "Plan") -> Iterator[Finding]:
    """Who is paged at night as well and has no number in the plan: no rule of ours rings them."""
    from .support import chain

    if None in (plan.people, plan.teams, plan.on_call):
        # One of them could not be read, which is said.
        return
    told: set[str] = set()
    for severity, definition in plan.severities.by_severity().items():
        team = definition.on_call
        if definition.hours != "always" or team is None or team not in plan.on_call:
            continue
        # Those of the tiers that are asked next, too.
        asked = {
            person: each
            for each in reversed(chain(plan, team))
            if each in plan.on_call
            for person in _reached(plan, each)
        }
        for person in sorted({*asked} - told):
            if person not in plan.people or plan.people[person].phone:
                continue
            told.add(person)
            yield Finding(
                "paged-without-phone",
                f"people.{person}",
                f"is paged by `on_call.{asked[person]}` for a {severity.upper()} at any hour, and "
                "the plan names no number of theirs: what rings is Datadog's app, if they have it",
                "add `phone: {secret: <name>}`, or accept it with the reason",
            )


def on_call_faults(plan: "Plan") -> Iterator[Fault]:
    """Teams and people that there are not, rotations with gaps, pages to nobody."""
    for team, on_call in plan.on_call.items():
        at = f"on_call.{team}"
        yield from unknown_team(plan, at, team)
        for fault in (
            *people_faults(on_call, plan.people, "people"),
            *gap_faults(on_call, plan.timezone or "UTC"),
        ):
            yield replace(fault, path=f"{at}.{fault.path}")


def severity_faults(plan: "Plan") -> Iterator[Fault]:
    """Severities that page or write to what there is not."""
    for severity, definition in plan.severities.by_severity().items():
        if definition.on_call is not None and definition.on_call not in plan.on_call:
            yield unknown(
                f"severities.{severity}.on_call",
                definition.on_call,
                "team",
                "on_call",
                list(plan.on_call),
            )
        if definition.tickets is not None and definition.tickets not in plan.tickets:
            yield unknown(
                f"severities.{severity}.tickets",
                definition.tickets,
                "tracker",
                "tickets",
                list(plan.tickets),
            )


def people_faults(on_call: OnCall, people: Collection[str], chapter: str) -> Iterator[Fault]:
    """Turns and pages of nobody; ``people`` are those that ``chapter`` knows."""
    for number, rotation in enumerate(on_call.rotations):
        for index, person in enumerate(rotation.people):
            if person not in people:
                path = f"rotations.{number}.people.{index}"
                yield unknown(path, person, "person", chapter, list(people))
    ever = {person for rotation in on_call.rotations for person in rotation.people}
    for number, step in enumerate(on_call.escalation):
        for index, target in enumerate(step.page):
            path = f"escalation.{number}.page" + (f".{index}" if len(step.page) > 1 else "")
            if target in (NEXT, PREVIOUS) and len(ever) < 2:
                (alone,) = ever
                yield Fault(
                    path,
                    f"nobody: `{alone}` is the only one who is ever on call",
                    target,
                    f"write `{ON_CALL}`, or add somebody to the rotation",
                )
            elif target not in TARGETS and target not in people:
                yield unknown(path, target, "person", chapter, [*TARGETS, *people])


def all_turn(on_call: OnCall, tz: str) -> datetime:
    """The moment from which on every rotation turns: the last one's first handover."""
    return max(handover(rotation, 0, tz) for rotation in on_call.rotations)


def gap_faults(on_call: OnCall, tz: str, today: date | None = None) -> Iterator[Fault]:
    """Times at which nobody is on call: in two years once all rotations turn, so that each zone's
    odd days are among them, and from tomorrow until they do.

    today   default this day; what was before it is nobody's concern
    """
    turning = all_turn(on_call, tz)
    start = max(datetime.combine(HORIZON_START, datetime.min.time(), UTC), turning)
    if found := gaps(on_call, start, start + timedelta(days=2 * 366), tz):
        first, longest = found[0], max(gap.end - gap.start for gap in found)
        times = "once" if len(found) == 1 else f"{len(found)} times"
        yield Fault(
            "rotations",
            f"nobody is on call {times} in two years, for up to {tell_duration(longest)}; "
            f"first {_from_to(first, tz)}",
            None,
            "add a rotation without `hours` before the others: whoever it names takes what is left",
        )
        return
    tomorrow = max(today or date.today(), SINCE) + timedelta(days=1)
    soon = datetime.combine(tomorrow, datetime.min.time(), ZoneInfo(tz)).astimezone(UTC)
    if soon < turning and (found := gaps(on_call, soon, turning, tz)):
        yield Fault(
            "rotations",
            f"nobody is on call {_from_to(found[0], tz)}: not every rotation has begun by then",
            None,
            "let one without `hours` begin at once: leave its `since` out",
        )


def _from_to(gap: Gap, tz: str) -> str:
    starts, ends = (moment.astimezone(ZoneInfo(tz)) for moment in (gap.start, gap.end))
    # A weekday alone would be the wrong one after a week.
    day = "%A" if gap.end - gap.start < timedelta(days=6) else "%A %Y-%m-%d"
    return f"from {starts:%A %Y-%m-%d %H:%M} to {ends:{day} %H:%M}"
