"""Escalation: support tiers, each a team on call; one asks the next where nobody answers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from ..component import UpkeepComponent
from ..observe.business_hours import BusinessHoursArgs
from ..observe.on_call import EscalationStepArgs, NextTeamArgs, OnCall, OnCallArgs, RotationArgs
from ..plan.faults import Fault
from ..plan.teams import unknown
from ..plan.words import Later, Name, Words


class EscalationTierArgs(TypedDict):
    """One tier."""

    team: str
    """Name of its team; no two tiers share one."""
    team_id: pulumi.Input[str]
    """The team's id in Datadog."""
    rotations: list[RotationArgs]
    """Who of it is on call when; together they leave no gap."""
    escalation: list[EscalationStepArgs]
    """Who of it is paged, step by step, before the next tier is."""
    repeat: NotRequired[int]
    """How often all steps, the next tiers' included, are repeated: 0 to 10. Default: 2."""
    escalates_to: NotRequired[str]
    """The tier that is asked next. Default: none, the last one."""


class EscalationArgs(TypedDict):
    """Arguments of Escalation."""

    tiers: dict[str, EscalationTierArgs]
    """The tiers by name; at least one."""
    users: dict[str, pulumi.Input[str]]
    """Name of each person -> their id in Datadog: everybody whom rotations and steps name."""
    timezone: str
    """The clocks that times are read on, such as ``America/New_York``."""
    business_hours: NotRequired[BusinessHoursArgs]
    """When the pages of ``in_business_hours`` are sent. Default: Monday to Friday, 09:00 to
    17:00."""
    in_business_hours: NotRequired[list[str]]
    """Severities whose pages wait for business hours. Default: none."""
    holidays: NotRequired[list[str]]
    """Days outside business hours, such as ``2026-12-25``. Default: none."""


class Escalation(UpkeepComponent):
    """Teams that ask each other: a page that nobody of a tier answers goes to whoever is on call in
    the next one, and at last to the incident response team.

    Each tier is an :class:`OnCall`, whose policy goes on with the steps of the tiers after it. An
    OnCall of the same name that stood by itself before is taken over, not made anew.
    """

    schedule_ids: pulumi.Output[Mapping[str, str]]
    """Name of each team -> the id of its schedule."""
    policy_ids: pulumi.Output[Mapping[str, str]]
    """Name of each team -> the id of its escalation policy."""
    unproven: pulumi.Output[Sequence[str]]
    """What no deployment can know, a sentence each."""

    def __init__(
        self, name: str, args: EscalationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        self.teams: dict[str, OnCall] = {}
        for tier in _order(settings.tiers):
            self._declare(tier, settings, args)
        teams = sorted(self.teams.items())
        schedules: dict[str, Any] = {team: each.schedule_id for team, each in teams}
        policies: dict[str, Any] = {team: each.policy_id for team, each in teams}
        self.schedule_ids = pulumi.Output.from_input(schedules)
        self.policy_ids = pulumi.Output.from_input(policies)
        self.unproven = pulumi.Output.all(*(each.unproven for _, each in teams)).apply(
            lambda known: [saying for sayings in known for saying in sayings]
        )
        self.register_outputs(
            {
                "scheduleIds": self.schedule_ids,
                "policyIds": self.policy_ids,
                "unproven": self.unproven,
            }
        )

    def _declare(self, tier: str, settings: "_Settings", args: EscalationArgs) -> None:
        given = args["tiers"][tier]
        after: list[NextTeamArgs] = [
            {
                "team": other["team"],
                "team_id": other["team_id"],
                "schedule_id": self.teams[other["team"]].schedule_id,
                "escalation": other["escalation"],
            }
            for other in (args["tiers"][name] for name in _after(settings.tiers, tier))
        ]
        on_call: OnCallArgs = {
            "team": given["team"],
            "team_id": given["team_id"],
            "users": args["users"],
            "timezone": args["timezone"],
            "rotations": given["rotations"],
            "escalation": given["escalation"],
            "then": after,
        }
        if "repeat" in given:
            on_call["repeat"] = given["repeat"]
        if "business_hours" in args:
            on_call["business_hours"] = args["business_hours"]
        if "in_business_hours" in args:
            on_call["in_business_hours"] = args["in_business_hours"]
        if "holidays" in args:
            on_call["holidays"] = args["holidays"]
        by_itself = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        options = self.child(aliases=[by_itself])
        self.teams[given["team"]] = OnCall(f"{self.name}-{given['team']}", on_call, options)


# ---- arguments, checked ------------------------------------------------------------------------


class _Tier(Words):
    team: Name
    team_id: Later
    rotations: Later
    escalation: Later
    repeat: Later = None
    escalates_to: Name | None = None


class _Settings(Words):
    tiers: dict[Name, _Tier] = Field(min_length=1)
    users: dict[Name, Later]
    timezone: Later
    business_hours: Later = None
    in_business_hours: Later = None
    holidays: Later = None


_Tiers = Mapping[str, _Tier]


def _after(tiers: _Tiers, tier: str) -> list[str]:
    """The tiers that are asked after one, in order."""
    found: list[str] = []
    at = tiers[tier].escalates_to
    while at is not None and at in tiers and at not in (tier, *found):
        found.append(at)
        at = tiers[at].escalates_to
    return found


def _order(tiers: _Tiers) -> list[str]:
    """Those that others ask before them."""
    return sorted(tiers, key=lambda tier: (len(_after(tiers, tier)), tier))


def _faults(settings: _Settings) -> Iterator[Fault]:
    first: dict[str, str] = {}
    circled: set[str] = set()
    for name, tier in sorted(settings.tiers.items()):
        if tier.team in first:
            yield Fault(
                f"tiers.{name}.team",
                f"is tier `{first[tier.team]}` already: asking the next one asks the same people",
                tier.team,
                "give each tier a team of its own",
            )
        first.setdefault(tier.team, name)
        at = f"tiers.{name}.escalates_to"
        if tier.escalates_to is None:
            continue
        if tier.escalates_to not in settings.tiers:
            yield unknown(at, tier.escalates_to, "tier", "tiers", list(settings.tiers))
            continue
        after = _after(settings.tiers, name)
        if settings.tiers[after[-1] if after else name].escalates_to == name and (
            name not in circled
        ):
            circled |= {name, *after}
            way = " -> ".join([name, *after, name])
            rule = f"goes round in a circle: {way}"
            yield Fault(at, rule, tier.escalates_to, "leave it out of the last tier")
