"""Routing rules of Datadog On-Call: which page of a team goes to which policy, and how loud."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class OnCallTeamRoutingRulesRuleTimeRestrictionsRestrictionArgs:
    """Hours of the week; days in small letters, times ``hh:mm:ss``."""

    end_day: pulumi.Input[str | None] = None
    end_time: pulumi.Input[str | None] = None
    start_day: pulumi.Input[str | None] = None
    start_time: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleTimeRestrictionsArgs:
    """When a rule matches; outside these hours the next rules are asked."""

    restrictions: pulumi.Input[
        Sequence[pulumi.Input[OnCallTeamRoutingRulesRuleTimeRestrictionsRestrictionArgs]] | None
    ] = None
    time_zone: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursRestrictionArgs:
    """Hours of the week; days in small letters, times ``hh:mm:ss``."""

    end_day: pulumi.Input[str | None] = None
    end_time: pulumi.Input[str | None] = None
    start_day: pulumi.Input[str | None] = None
    start_time: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursArgs:
    """When the policy is carried out; a page of other hours waits until they begin."""

    restrictions: pulumi.Input[
        Sequence[
            pulumi.Input[
                OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursRestrictionArgs
            ]
        ]
        | None
    ] = None
    time_zone: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleActionEscalationPolicyArgs:
    """Pages by a policy; excludes the rule's own ``escalation_policy``."""

    ack_timeout_minutes: pulumi.Input[int | None] = None
    """30 to 4320: an answered page that is not resolved by then is opened again."""
    policy_id: pulumi.Input[str | None] = None
    support_hours: pulumi.Input[
        OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursArgs | None
    ] = None
    """Excludes the rule's ``time_restrictions``."""
    urgency: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleActionRerouteToTeamArgs:
    """Hands the page to another team's rules."""

    destination_team_id: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleActionSendSlackMessageArgs:
    """Says it in Slack; ids, not names."""

    channel: pulumi.Input[str | None] = None
    workspace: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleActionSendTeamsMessageArgs:
    """Says it in Microsoft Teams; ids, not names."""

    channel: pulumi.Input[str | None] = None
    team: pulumi.Input[str | None] = None
    tenant: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleActionTriggerWorkflowAutomationArgs:
    """Starts a workflow."""

    handle: pulumi.Input[str | None] = None


@arguments
class OnCallTeamRoutingRulesRuleActionArgs:
    """What is done with a page: exactly one of these."""

    escalation_policy: pulumi.Input[OnCallTeamRoutingRulesRuleActionEscalationPolicyArgs | None] = (
        None
    )
    reroute_to_team: pulumi.Input[OnCallTeamRoutingRulesRuleActionRerouteToTeamArgs | None] = None
    send_slack_message: pulumi.Input[
        OnCallTeamRoutingRulesRuleActionSendSlackMessageArgs | None
    ] = None
    send_teams_message: pulumi.Input[
        OnCallTeamRoutingRulesRuleActionSendTeamsMessageArgs | None
    ] = None
    trigger_workflow_automation: pulumi.Input[
        OnCallTeamRoutingRulesRuleActionTriggerWorkflowAutomationArgs | None
    ] = None


@arguments
class OnCallTeamRoutingRulesRuleArgs:
    """One rule; the first that matches is followed."""

    actions: pulumi.Input[Sequence[pulumi.Input[OnCallTeamRoutingRulesRuleActionArgs]] | None] = (
        None
    )
    escalation_policy: pulumi.Input[str | None] = None
    """Id of the policy."""
    id: pulumi.Input[str | None] = None
    query: pulumi.Input[str | None] = None
    """E.g. ``tags.severity:p0``; the last rule has none."""
    time_restrictions: pulumi.Input[OnCallTeamRoutingRulesRuleTimeRestrictionsArgs | None] = None
    """The last rule has none."""
    urgency: pulumi.Input[str | None] = None
    """``high``, ``low`` or ``dynamic``; with ``escalation_policy``."""


@arguments
class OnCallTeamRoutingRulesArgs:
    """The rules of a team, all of them."""

    team_id: pulumi.Input[str]
    """The rules of another team are other rules."""
    rules: pulumi.Input[Sequence[pulumi.Input[OnCallTeamRoutingRulesRuleArgs]] | None] = None


class OnCallTeamRoutingRules(
    Resource[OnCallTeamRoutingRulesArgs],
    token="datadog:index/onCallTeamRoutingRules:OnCallTeamRoutingRules",
):
    """A team's routing rules. Their id is the team's."""

    team_id: pulumi.Output[str]
