"""Notification rules of incidents: who hears of which incident, and of which change."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class IncidentNotificationRuleConditionArgs:
    """What a field has to be; several conditions are joined by AND."""

    field: pulumi.Input[str]
    """``severity``, ``state``, ``services``, ``teams``, or a field of one's own."""
    values: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Joined by OR."""


@arguments
class IncidentNotificationRuleArgs:
    """Who hears of incidents of a type."""

    handles: pulumi.Input[Sequence[pulumi.Input[str]]]
    """``@devops@bynomi.com``, ``@slack-...``, ``@oncall-...``."""
    incident_type: pulumi.Input[str]
    """Id; another one is another rule."""
    trigger: pulumi.Input[str]
    """``incident_created_trigger``, or ``incident_saved_trigger``: also when an incident comes to
    meet the conditions."""
    conditions: pulumi.Input[
        Sequence[pulumi.Input[IncidentNotificationRuleConditionArgs]] | None
    ] = None
    """At least one; others are another rule."""
    enabled: pulumi.Input[bool | None] = None
    """Default false."""
    notification_template: pulumi.Input[str | None] = None
    """Id."""
    renotify_ons: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Fields whose change is told again."""
    visibility: pulumi.Input[str | None] = None
    """``organization`` (default), ``private`` or ``all``."""


class IncidentNotificationRule(
    Resource[IncidentNotificationRuleArgs],
    token="datadog:index/incidentNotificationRule:IncidentNotificationRule",
):
    """A rule. Its id is a UUID."""

    handles: pulumi.Output[Sequence[str]]
    trigger: pulumi.Output[str]
