"""Who hears of what: routes of every region, teams, who of them is on call, trackers."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from .. import (
    AlertRoutes,
    Escalation,
    NotificationRules,
    OnCall,
    Teams,
    TicketWebhook,
)
from ..observe.alert_routes import AlertRoutesArgs, SeverityRouteArgs
from ..observe.business_hours import BusinessHoursArgs
from ..observe.handles import slack_handle
from ..observe.notification_rules import RungPersonArgs
from ..observe.on_call import (
    EscalationStepArgs,
    HoursArgs,
    OnCallArgs,
    RotationArgs,
)
from ..observe.teams import team_handle
from ..observe.tickets import TicketWebhookArgs, webhook_handle
from ..operate.escalation import EscalationArgs, EscalationTierArgs
from ..plan import Plan
from ..plan.on_call import OnCall as OnCallPlan
from ..plan.on_call import Rotation, ShiftHours, named, paged
from ..plan.severities import BusinessHours, SeverityDefinition
from ..plan.support import tier_of
from ..plan.words import SEVERITIES, Secret, say_duration
from .backup_places import vault_regions
from .estate import Estate
from .providers import GLOBAL_REGION, Providers

Routes = Mapping[str, AlertRoutes]


@dataclass(frozen=True)
class Responders:
    """Who answers, as Datadog knows them.

    teams     None where the plan names none
    on_call   by team
    rung      phones of whoever is paged; None where the plan names none
    """

    teams: Teams | None
    on_call: Mapping[str, OnCall]
    rung: NotificationRules | None = None


def declare_routes(plan: Plan, estate: Estate, providers: Providers) -> Routes:
    """The routes of every region that has alarms: an alarm reaches topics of its own region only.

    AWS's chat application is not regional, so the primary region's routes speak for all in Slack.
    """
    primary = plan.regions.primary
    others = {GLOBAL_REGION} - {primary}
    if plan.standby or plan.replicas or plan.writers or plan.evidence or _copies(plan):
        others |= {plan.regions.recovery}
    routes = {
        region: _routes(f"alerts-{region}", plan, estate, providers, region)
        for region in sorted(others)
    }
    return {primary: _routes("alerts", plan, estate, providers, primary, routes), **routes}


def _copies(plan: Plan) -> bool:
    return bool(plan.bucket_replicas) or any(
        plan.regions.recovery in vault_regions(plan, entry) for entry in plan.backups.values()
    )


def _routes(
    name: str,
    plan: Plan,
    estate: Estate,
    providers: Providers,
    region: str,
    others: Routes | None = None,
) -> AlertRoutes:
    severities = plan.severities
    args: AlertRoutesArgs = {
        "account": estate.account,
        "severities": {
            "p0": _heard_by(plan, severities.p0),
            "p1": _heard_by(plan, severities.p1),
            "p2": _heard_by(plan, severities.p2),
            "p3": _heard_by(plan, severities.p3),
        },
        "account_wide": others is not None,
        "other_regions": [each.alert_topics() for each in (others or {}).values()],
    }
    if plan.slack:
        args["slack"] = plan.slack.in_words()
    if estate.datadog_role_arn:
        args["datadog_role_arn"] = estate.datadog_role_arn
    return AlertRoutes(name, args, pulumi.ResourceOptions(provider=providers.aws[region]))


def _heard_by(plan: Plan, definition: SeverityDefinition) -> SeverityRouteArgs:
    """Who hears of a severity, with the phone numbers that the plan only names."""
    phones: dict[str, pulumi.Input[str]] = {}
    for index, number in enumerate(definition.sms, start=1):
        if isinstance(number, Secret):
            phones[number.secret] = _value(number)
        else:
            phones[f"phone-{index}"] = number
    heard: SeverityRouteArgs = {
        "email": list(definition.email),
        "sms": phones,
        "slack": list(definition.slack),
        "hours": definition.hours,
    }
    if definition.on_call:
        heard["on_call"] = team_handle(definition.on_call)
    if definition.tickets:
        heard["tickets"] = _tracker_handle(plan, definition.tickets)
    return heard


def team_handles(plan: Plan) -> dict[str, pulumi.Input[str]]:
    """Team -> the handles by which it hears of what it owns, beside whoever the severity tells."""
    account = plan.slack.account if plan.slack else None
    return {
        name: slack_handle(account, team.slack)
        for name, team in sorted(plan.teams.items())
        if team.slack is not None
    }


# ---- teams and who of them is on call ------------------------------------------------------------


def declare_responders(plan: Plan, estate: Estate, providers: Providers) -> Responders:
    """Teams, and who of them is on call when."""
    if not plan.teams:
        return Responders(None, {})
    options = pulumi.ResourceOptions(provider=providers.datadog)
    teams = Teams(
        "teams",
        {
            "teams": {
                name: {"users": {person: estate.users[person] for person in team.people}}
                for name, team in plan.teams.items()
            }
        },
        options,
    )
    escalation = _escalation(plan, estate, teams, options)
    by_themselves = {
        name: OnCall(f"on-call-{name}", _on_call(plan, estate, teams, name), options)
        for name in sorted(plan.on_call)
        if tier_of(plan, name) is None
    }
    return Responders(
        teams,
        dict(sorted({**by_themselves, **(escalation.teams if escalation else {})}.items())),
        _notification_rules(plan, estate, options),
    )


def _escalation(
    plan: Plan, estate: Estate, teams: Teams, options: pulumi.ResourceOptions
) -> Escalation | None:
    """The tiers of the chapter ``support``, which ask each other."""
    if plan.support is None:
        return None
    tiers: dict[str, EscalationTierArgs] = {}
    for name, tier in sorted(plan.support.tiers.items()):
        on_call = plan.on_call[tier.team]
        tiers[name] = {
            "team": tier.team,
            "team_id": teams.team_id(tier.team),
            "rotations": [_rotation(rotation) for rotation in on_call.rotations],
            "escalation": _steps(on_call),
            "repeat": on_call.repeat,
        }
        if tier.escalates_to:
            tiers[name]["escalates_to"] = tier.escalates_to
    people = {person for tier in tiers.values() for person in named(plan.on_call[tier["team"]])}
    args: EscalationArgs = {
        "tiers": tiers,
        "users": {person: estate.users[person] for person in sorted(people)},
        "timezone": plan.timezone,
        "business_hours": business_hours(plan.business_hours),
        # Whatever reaches a tier, an alert or a person's page: these wait.
        "in_business_hours": [
            severity for severity in SEVERITIES if plan.severities[severity].hours == "business"
        ],
        "holidays": holidays(plan),
    }
    return Escalation("on-call", args, options)


def _notification_rules(
    plan: Plan, estate: Estate, options: pulumi.ResourceOptions
) -> NotificationRules | None:
    """What rings when somebody is paged, for whoever the plan knows a phone of."""
    people: dict[str, RungPersonArgs] = {}
    for person in paged(plan):
        phone = plan.people[person].phone
        if phone is not None:
            number = _value(phone) if isinstance(phone, Secret) else phone
            people[person] = {"user_id": estate.users[person], "phone": number}
    return NotificationRules("phones", {"people": people}, options) if people else None


def holidays(plan: Plan) -> list[str]:
    """The days that are outside business hours."""
    return sorted(each.on.isoformat() for each in plan.holidays)


def _on_call(plan: Plan, estate: Estate, teams: Teams, team: str) -> OnCallArgs:
    on_call = plan.on_call[team]
    return {
        "team": team,
        "team_id": teams.team_id(team),
        "users": {person: estate.users[person] for person in named(on_call)},
        "timezone": plan.timezone,
        "rotations": [_rotation(rotation) for rotation in on_call.rotations],
        "escalation": _steps(on_call),
        "repeat": on_call.repeat,
        "business_hours": business_hours(plan.business_hours),
        "in_business_hours": [
            severity
            for severity in SEVERITIES
            if plan.severities[severity].on_call == team
            and plan.severities[severity].hours == "business"
        ],
        "holidays": holidays(plan),
    }


def _rotation(rotation: Rotation) -> RotationArgs:
    written: RotationArgs = {
        "name": rotation.name,
        "people": list(rotation.people),
        "at": f"{rotation.at:%H:%M}",
        "every": rotation.every,
        "since": rotation.since.isoformat(),
    }
    if rotation.on:
        written["on"] = rotation.on
    if rotation.timezone:
        written["timezone"] = rotation.timezone
    if rotation.hours:
        written["hours"] = _hours(rotation.hours)
    return written


def _steps(on_call: OnCallPlan) -> list[EscalationStepArgs]:
    return [
        {"page": list(step.page), "wait": say_duration(step.wait)} for step in on_call.escalation
    ]


def business_hours(hours: BusinessHours) -> BusinessHoursArgs:
    """When what waits for business hours is told."""
    return {
        "on": list(hours.on),
        "opens": f"{hours.from_:%H:%M}",
        "closes": f"{hours.to:%H:%M}",
    }


def _hours(hours: ShiftHours) -> HoursArgs:
    return {
        "on": list(hours.on),
        "opens": f"{hours.from_:%H:%M}",
        "closes": f"{hours.to:%H:%M}",
    }


# ---- trackers ------------------------------------------------------------------------------------


def declare_trackers(plan: Plan, providers: Providers) -> Mapping[str, TicketWebhook]:
    """The trackers that Datadog calls; a project of its own needs no declaration here."""
    declared = {}
    for name, tracker in sorted(plan.tickets.items()):
        if tracker.webhook is None:
            continue
        url = tracker.webhook.url
        args: TicketWebhookArgs = {
            "url": _value(url) if isinstance(url, Secret) else url,
            "headers": {
                header: _value(value) if isinstance(value, Secret) else value
                for header, value in tracker.webhook.headers.items()
            },
        }
        if tracker.webhook.payload is not None:
            args["payload"] = tracker.webhook.payload
        options = pulumi.ResourceOptions(provider=providers.datadog)
        declared[name] = TicketWebhook(_tracker(name), args, options)
    return declared


def _tracker_handle(plan: Plan, name: str) -> str:
    case = plan.tickets[name].case
    return f"@case-{case}" if case else webhook_handle(_tracker(name))


def _tracker(name: str) -> str:
    return f"tickets-{name}"


def _value(secret: Secret) -> pulumi.Output[str]:
    return pulumi.Config("upkeep").require_secret(secret.secret)
