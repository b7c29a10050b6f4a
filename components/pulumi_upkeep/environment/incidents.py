"""Incidents: how they are answered, and the reviews they owe."""

import pulumi

from .. import IncidentResponse
from ..observe.teams import team_handle
from ..operate.incident_response import IncidentResponseArgs
from ..plan import Plan
from ..plan.response import say_within
from ..plan.words import SEVERITIES, Severity
from .providers import Providers
from .routing import Routes, team_handles


def declare_incidents(plan: Plan, providers: Providers, routes: Routes) -> IncidentResponse | None:
    """What looks after the reviews stands in the recovery region where that has routes, beside all
    else that has Datadog's keys."""
    if plan.incidents is None:
        return None
    recovery, primary = plan.regions.recovery, plan.regions.primary
    region = recovery if recovery in routes else primary
    args: IncidentResponseArgs = plan.incidents.in_words() | {
        "title": f"{plan.company} {plan.environment}",
        "severities": {
            severity: {
                "means": definition.means,
                "respond_within": say_within(definition.respond_within),
            }
            for severity, definition in plan.severities.by_severity().items()
        },
        "handles": routes[primary].handles(),
        "told": {severity: _told(plan, severity) for severity in SEVERITIES},
        "topics": routes[region].alert_topics(),
        "runbooks": plan.runbooks,
    }
    return IncidentResponse(
        "incidents",
        args,
        pulumi.ResourceOptions(providers=[providers.aws[region], providers.datadog]),
    )


def _told(plan: Plan, severity: Severity) -> list[pulumi.Input[str]]:
    """The teams' channels and the addresses of their people; where the severity pages, whoever of
    those who lead is on call."""
    assert plan.incidents is not None
    slack = team_handles(plan)
    told: dict[str, pulumi.Input[str]] = {}
    for team in plan.incidents.told_teams(severity):
        if team in slack:
            told[f"team {team}"] = slack[team]
        for person in plan.teams[team].people:
            told[person] = f"@{plan.people[person].email}"
    commander = plan.incidents.commander
    pages = plan.severities[severity].on_call is not None
    if pages and commander in plan.on_call:
        told["on call"] = f"@oncall-{team_handle(str(commander))}"
    return [told[name] for name in sorted(told)]
