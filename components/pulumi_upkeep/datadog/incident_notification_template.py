"""Notification templates of incidents: what whoever hears of one reads."""

import pulumi

from ..thin import Resource, arguments


@arguments
class IncidentNotificationTemplateArgs:
    """A text, in which Datadog fills in ``{{incident.title}}`` and the like."""

    category: pulumi.Input[str]
    """``alert``, ``incident`` or ``recovery``."""
    content: pulumi.Input[str]
    incident_type: pulumi.Input[str]
    """Id; another one is another template."""
    name: pulumi.Input[str]
    subject: pulumi.Input[str]


class IncidentNotificationTemplate(
    Resource[IncidentNotificationTemplateArgs],
    token="datadog:index/incidentNotificationTemplate:IncidentNotificationTemplate",
):
    """A template. Its id is a UUID."""

    name: pulumi.Output[str]
