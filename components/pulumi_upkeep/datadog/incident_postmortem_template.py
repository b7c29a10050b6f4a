"""Post-mortem templates: what the review of an incident has to answer."""

import pulumi

from ..thin import Resource, arguments


@arguments
class IncidentPostmortemTemplateArgs:
    """A document, in which Datadog fills in ``{{incident.timeline}}`` and the like."""

    incident_type: pulumi.Input[str]
    """Id; another one is another template."""
    name: pulumi.Input[str]
    content: pulumi.Input[str | None] = None
    """Markdown."""
    is_default: pulumi.Input[bool | None] = None
    """Whether incidents of the type are reviewed with it; Datadog takes the one that was said so
    last."""
    location: pulumi.Input[str | None] = None
    """``datadog_notebooks`` (default), ``confluence`` or ``google_docs``."""


class IncidentPostmortemTemplate(
    Resource[IncidentPostmortemTemplateArgs],
    token="datadog:index/incidentPostmortemTemplate:IncidentPostmortemTemplate",
):
    """A template."""

    name: pulumi.Output[str]
