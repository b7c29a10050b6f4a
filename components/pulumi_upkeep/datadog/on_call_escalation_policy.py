"""Escalation policies of Datadog On-Call: who is paged next where nobody answers."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class OnCallEscalationPolicyStepTargetArgs:
    """Whom a step pages: exactly one of schedule, team and user."""

    position: pulumi.Input[str | None] = None
    """Of a schedule: ``current`` (default), ``previous`` or ``next``."""
    schedule: pulumi.Input[str | None] = None
    team: pulumi.Input[str | None] = None
    user: pulumi.Input[str | None] = None


@arguments
class OnCallEscalationPolicyStepArgs:
    """One step."""

    escalate_after_seconds: pulumi.Input[int]
    """60 to 36000: how long it waits for an answer."""
    targets: pulumi.Input[Sequence[pulumi.Input[OnCallEscalationPolicyStepTargetArgs]]]
    """1 to 10."""
    assignment: pulumi.Input[str | None] = None
    """``default`` (all at once) or ``round-robin``."""
    id: pulumi.Input[str | None] = None


@arguments
class OnCallEscalationPolicyArgs:
    """An escalation policy."""

    name: pulumi.Input[str]
    steps: pulumi.Input[Sequence[pulumi.Input[OnCallEscalationPolicyStepArgs]]]
    """1 to 10."""
    resolve_page_on_policy_end: pulumi.Input[bool | None] = None
    """Close a page that nobody has answered; default false."""
    retries: pulumi.Input[int | None] = None
    """0 (default) to 10: how often all steps are repeated."""
    teams: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Ids of the teams it belongs to."""


class OnCallEscalationPolicy(
    Resource[OnCallEscalationPolicyArgs],
    token="datadog:index/onCallEscalationPolicy:OnCallEscalationPolicy",
):
    """An escalation policy. Its id is a UUID."""

    name: pulumi.Output[str]
    retries: pulumi.Output[int | None]
    teams: pulumi.Output[Sequence[str]]
