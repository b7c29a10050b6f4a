"""OnCall: who of a team is paged when, and who is paged next, by Datadog On-Call."""

from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import AfterValidator

from ..component import UpkeepComponent
from ..datadog.on_call_escalation_policy import (
    OnCallEscalationPolicy,
    OnCallEscalationPolicyArgs,
    OnCallEscalationPolicyStepArgs,
    OnCallEscalationPolicyStepTargetArgs,
)
from ..datadog.on_call_schedule import (
    OnCallSchedule,
    OnCallScheduleArgs,
    OnCallScheduleLayerArgs,
    OnCallScheduleLayerIntervalArgs,
    OnCallScheduleLayerRestrictionArgs,
)
from ..datadog.on_call_team_routing_rules import (
    OnCallTeamRoutingRules,
    OnCallTeamRoutingRulesArgs,
    OnCallTeamRoutingRulesRuleActionArgs,
    OnCallTeamRoutingRulesRuleActionEscalationPolicyArgs,
    OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursArgs,
    OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursRestrictionArgs,
    OnCallTeamRoutingRulesRuleArgs,
)
from ..naming import physical_name
from ..plan.faults import Fault
from ..plan.limits import ON_CALL_REPEATS, ON_CALL_STEPS_AT_MOST, ON_CALL_STEPS_SOURCE
from ..plan.measured import Day
from ..plan.on_call import (
    NEXT,
    ON_CALL,
    PREVIOUS,
    TARGETS,
    TEAM,
    Rotation,
    ShiftHours,
    Step,
    Turns,
    few_steps,
    gap_faults,
    named,
    people_faults,
    told_apart,
)
from ..plan.on_call import OnCall as OnCallPlan
from ..plan.rotations import handover
from ..plan.schedule import WEEKDAYS
from ..plan.severities import BusinessHours
from ..plan.teams import unknown
from ..plan.words import ClockTime, Later, Name, Severity, TimeZone, Weekday, Words
from .business_hours import BusinessHoursArgs, Doors

_SECOND = timedelta(seconds=1)
_POSITIONS = {ON_CALL: "current", NEXT: "next", PREVIOUS: "previous"}
# Datadog's name of a schedule or a policy.
_NAME_LIMIT = 100


class HoursArgs(TypedDict):
    """Hours of the week."""

    opens: str
    """Clock time: ``"09:00"``."""
    closes: str
    """Clock time; on the next day where it is not after ``opens``."""
    on: NotRequired[list[str]]
    """Weekdays on which they begin. Default: every day."""


class RotationArgs(TypedDict):
    """People who take turns."""

    name: str
    """Tells it from the others of the team."""
    people: list[str]
    """Names of ``users``, in the order of their turns."""
    at: str
    """Clock time of the handover: ``"09:00"``."""
    every: NotRequired[str]
    """How long a turn is: ``day``, ``week`` or ``2 weeks``. Default: ``week``."""
    on: NotRequired[str]
    """Weekday of the handover; required unless every day."""
    since: NotRequired[str]
    """The day of the first turn, or on which the first ``on`` is looked for: ``2026-01-05``, which
    is the default."""
    hours: NotRequired[HoursArgs]
    """When the rotation holds. Default: always."""
    timezone: NotRequired[str]
    """The clocks of all its times. Default: the schedule's."""


class EscalationStepArgs(TypedDict):
    """One step of an escalation."""

    page: list[str]
    """``on call``, ``next on call``, ``previous on call``, ``whole team``, or names of ``users``;
    1 to 10."""
    wait: str
    """How long for an answer before the next step, 1 minute to 10 hours."""


class NextTeamArgs(TypedDict):
    """A team that is asked where nobody before it answers."""

    team: str
    """Its name."""
    team_id: pulumi.Input[str]
    """Its id in Datadog."""
    schedule_id: pulumi.Input[str]
    """Id of its schedule."""
    escalation: list[EscalationStepArgs]
    """Who of it is paged, step by step. What is next or previous, is so on its own schedule."""


class OnCallArgs(TypedDict):
    """Arguments of OnCall."""

    team: str
    """Name of the team."""
    team_id: pulumi.Input[str]
    """Its id in Datadog."""
    users: dict[str, pulumi.Input[str]]
    """Name of each person -> their id in Datadog: everybody whom rotations and steps name, those of
    ``then`` included."""
    timezone: str
    """The clocks that times are read on, such as ``America/New_York``."""
    rotations: list[RotationArgs]
    """Who is on call when; a later one stands over those before it. Together they leave no gap."""
    escalation: list[EscalationStepArgs]
    """Who is paged, step by step, until somebody answers; 1 to 10 steps."""
    then: NotRequired[list[NextTeamArgs]]
    """Teams that are asked after it, in order; all steps together are 10 at most. Default: none."""
    repeat: NotRequired[int]
    """How often all steps are repeated, 0 to 10. Default: 2."""
    business_hours: NotRequired[BusinessHoursArgs]
    """When the pages of ``in_business_hours`` are sent. Default: Monday to Friday, 09:00 to
    17:00."""
    in_business_hours: NotRequired[list[str]]
    """Severities whose pages wait for business hours: ``p1``. All others are sent at once. Default:
    none."""
    holidays: NotRequired[list[str]]
    """Days outside business hours, such as ``2026-12-25``: Datadog's hours know none, which
    ``unproven`` then says. Default: none."""


class OnCall(UpkeepComponent):
    """A team's schedule, its escalation policy and its routing rules in Datadog On-Call.

    A page of a severity that is answered in business hours waits for them: Datadog holds it and
    starts the escalation when they begin. Everything else is paged at once, and loud.
    """

    schedule_id: pulumi.Output[str]
    """Id of the schedule."""
    policy_id: pulumi.Output[str]
    """Id of the escalation policy."""
    unproven: pulumi.Output[Sequence[str]]
    """What no deployment can know, a sentence each."""

    def __init__(
        self, name: str, args: OnCallArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        schedule = self._schedule(settings)
        policy = self._policy(settings, schedule)
        OnCallTeamRoutingRules(
            self.name,
            OnCallTeamRoutingRulesArgs(team_id=settings.team_id, rules=_rules(settings, policy.id)),
            self.child(),
        )
        self.schedule_id = schedule.id
        self.policy_id = policy.id
        self.unproven = pulumi.Output.from_input(_unproven(settings))
        self.register_outputs(
            {
                "scheduleId": self.schedule_id,
                "policyId": self.policy_id,
                "unproven": self.unproven,
            }
        )

    def _schedule(self, settings: "_Settings") -> OnCallSchedule:
        return OnCallSchedule(
            self.name,
            OnCallScheduleArgs(
                name=physical_name(self.name, limit=_NAME_LIMIT),
                time_zone=settings.timezone,
                teams=[settings.team_id],
                layers=[_layer(settings, rotation) for rotation in settings.plan.rotations],
            ),
            self.child(),
        )

    def _policy(self, settings: "_Settings", schedule: OnCallSchedule) -> OnCallEscalationPolicy:
        return OnCallEscalationPolicy(
            self.name,
            OnCallEscalationPolicyArgs(
                name=physical_name(self.name, limit=_NAME_LIMIT),
                teams=[settings.team_id],
                retries=settings.plan.repeat,
                # What nobody has answered stays open, for everybody to see.
                resolve_page_on_policy_end=False,
                steps=[
                    OnCallEscalationPolicyStepArgs(
                        escalate_after_seconds=step.wait // _SECOND,
                        assignment="default",
                        targets=[
                            _target(settings, team_id, schedule_id, target) for target in step.page
                        ],
                    )
                    for team_id, schedule_id, step in _steps(settings, schedule)
                ],
            ),
            self.child(),
        )


def _layer(settings: "_Settings", rotation: Rotation) -> OnCallScheduleLayerArgs:
    starts = handover(rotation, 0, settings.timezone).astimezone(UTC)
    # Datadog answers in UTC: a time with another offset would differ in every preview.
    written = starts.strftime("%Y-%m-%dT%H:%M:%SZ")
    return OnCallScheduleLayerArgs(
        name=rotation.name,
        users=[settings.users[person] for person in rotation.people],
        effective_date=written,
        rotation_start=written,
        interval=OnCallScheduleLayerIntervalArgs(days=rotation.length.days, seconds=0),
        time_zone=rotation.timezone or settings.timezone,
        restrictions=None
        if rotation.hours is None
        else [OnCallScheduleLayerRestrictionArgs(**each) for each in restrictions(rotation.hours)],
    )


def _steps(
    settings: "_Settings", schedule: OnCallSchedule
) -> Iterator[tuple[pulumi.Input[str], pulumi.Input[str], Step]]:
    """Its own steps and those of the teams after it, each with whose team and schedule it pages."""
    for step in settings.escalation:
        yield settings.team_id, schedule.id, step
    for other in settings.then:
        for step in other.escalation:
            yield other.team_id, other.schedule_id, step


def _target(
    settings: "_Settings", team_id: pulumi.Input[str], schedule_id: pulumi.Input[str], target: str
) -> OnCallEscalationPolicyStepTargetArgs:
    if target == TEAM:
        return OnCallEscalationPolicyStepTargetArgs(team=team_id)
    if target in _POSITIONS:
        return OnCallEscalationPolicyStepTargetArgs(
            schedule=schedule_id, position=_POSITIONS[target]
        )
    return OnCallEscalationPolicyStepTargetArgs(user=settings.users[target])


def _rules(
    settings: "_Settings", policy: pulumi.Output[str]
) -> list[OnCallTeamRoutingRulesRuleArgs]:
    """What waits for business hours, and then everything else: the last rule has a policy and no
    condition [provider]."""
    hours = OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursArgs(
        time_zone=settings.timezone,
        restrictions=[
            OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursRestrictionArgs(**each)
            for each in restrictions(settings.business_hours.hours())
        ],
    )
    return [
        *(
            OnCallTeamRoutingRulesRuleArgs(
                query=f"tags.severity:{severity}",
                actions=[
                    OnCallTeamRoutingRulesRuleActionArgs(
                        escalation_policy=OnCallTeamRoutingRulesRuleActionEscalationPolicyArgs(
                            policy_id=policy, urgency="high", support_hours=hours
                        )
                    )
                ],
            )
            for severity in sorted(settings.in_business_hours)
        ),
        # Datadog does not escalate pages of low urgency [Datadog On-Call, routing rules].
        OnCallTeamRoutingRulesRuleArgs(escalation_policy=policy, urgency="high"),
    ]


def restrictions(hours: ShiftHours | BusinessHours) -> list[dict[str, Any]]:
    """Hours of the week as Datadog takes them: one stretch for each day on which they begin."""
    return [
        {
            "start_day": day.lower(),
            "start_time": f"{hours.from_:%H:%M:%S}",
            "end_day": (day if hours.to > hours.from_ else _after(day)).lower(),
            "end_time": f"{hours.to:%H:%M:%S}",
        }
        for day in WEEKDAYS
        if day in hours.on
    ]


def _after(day: Weekday) -> Weekday:
    return WEEKDAYS[(WEEKDAYS.index(day) + 1) % 7]


# ---- arguments, checked ------------------------------------------------------------------------


class _Hours(Words):
    on: tuple[Weekday, ...] = WEEKDAYS
    opens: ClockTime
    closes: ClockTime

    def plan(self) -> ShiftHours:
        return ShiftHours.model_validate({"on": self.on, "from": self.opens, "to": self.closes})


class _Rotation(Turns):
    hours: _Hours | None = None

    def plan(self) -> Rotation:
        given = {name: getattr(self, name) for name in Turns.model_fields}
        return Rotation(**given, hours=self.hours.plan() if self.hours else None)


class _Next(Words):
    team: Name
    team_id: Later
    schedule_id: Later
    escalation: Annotated[tuple[Step, ...], AfterValidator(few_steps)]


class _Settings(Words):
    team: Name
    team_id: Later
    users: dict[Name, Later]
    timezone: TimeZone
    rotations: Annotated[tuple[_Rotation, ...], AfterValidator(told_apart)]
    escalation: Annotated[tuple[Step, ...], AfterValidator(few_steps)]
    then: tuple[_Next, ...] = ()
    repeat: Annotated[int, ON_CALL_REPEATS.validator] = 2
    business_hours: Doors = Doors()
    in_business_hours: tuple[Severity, ...] = ()
    holidays: tuple[Day, ...] = ()

    @property
    def plan(self) -> OnCallPlan:
        rotations = tuple(rotation.plan() for rotation in self.rotations)
        return OnCallPlan(rotations=rotations, escalation=self.escalation, repeat=self.repeat)


def _faults(settings: _Settings) -> Iterator[Fault]:
    yield from people_faults(settings.plan, settings.users, "users")
    yield from _next_faults(settings)
    yield from gap_faults(settings.plan, settings.timezone)


def _next_faults(settings: _Settings) -> Iterator[Fault]:
    """Teams that are asked twice, people whom nobody knows, more steps than Datadog takes."""
    teams = [settings.team]
    for number, other in enumerate(settings.then):
        if other.team in teams:
            rule = "is asked already: a circle"
            yield Fault(f"then.{number}.team", rule, other.team, "leave it out")
        teams.append(other.team)
        for index, step in enumerate(other.escalation):
            for target in step.page:
                if target not in TARGETS and target not in settings.users:
                    at = f"then.{number}.escalation.{index}.page"
                    known = [*TARGETS, *settings.users]
                    yield unknown(at, target, "person", "users", known)
    count = len(settings.escalation) + sum(len(other.escalation) for other in settings.then)
    if settings.then and count > ON_CALL_STEPS_AT_MOST:
        yield Fault(
            "then",
            f"{count} steps with its own: Datadog takes {ON_CALL_STEPS_AT_MOST} "
            f"({ON_CALL_STEPS_SOURCE})",
            None,
            "page more people in one step",
        )


def _unproven(settings: _Settings) -> list[str]:
    """What a deployment cannot know; each with what a person can do about it."""
    people = ", ".join(named(settings.plan))
    waiting = ", ".join(severity.upper() for severity in sorted(settings.in_business_hours))
    days = ", ".join(day.isoformat() for day in sorted(settings.holidays))
    return [
        *(
            [
                f"On-Call ({settings.team}): Datadog's support hours know no holidays: on {days} a "
                f"page of {waiting} rings as on any working day, although nobody has to answer it"
            ]
            if days and waiting
            else []
        ),
        f"On-Call ({settings.team}): {people} are reached by the rules that each has set in "
        "Datadog; whoever has set none gets a mail",
        f"On-Call ({settings.team}): shifts that somebody has taken over by hand are known to "
        "Datadog alone",
    ]
