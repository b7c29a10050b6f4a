"""Incident types: what everything else that is said of incidents belongs to."""

import pulumi

from ..thin import Resource, arguments


@arguments
class IncidentTypeConfigurationArgs:
    """How incidents of a type behave; applied by a call of its own once the type is there."""

    allow_incident_deletion: pulumi.Input[bool | None] = None
    """Default false."""
    allow_workflows: pulumi.Input[bool | None] = None
    """Whether people may run a workflow from one. Default true."""
    create_message: pulumi.Input[str | None] = None
    """Shown to whoever declares one; Markdown."""
    editable_timestamps: pulumi.Input[bool | None] = None
    """Whether times of the timeline can be overridden. Default false."""
    private_incidents: pulumi.Input[bool | None] = None
    """Default false."""
    private_incidents_by_default: pulumi.Input[bool | None] = None
    """Default false."""
    slug_source: pulumi.Input[str | None] = None
    """``default`` or ``servicenow``."""
    test_incidents: pulumi.Input[bool | None] = None
    """Whether incidents can be declared as tests. Default true."""


@arguments
class IncidentTypeArgs:
    """A type of incidents."""

    name: pulumi.Input[str]
    """1 to 50 characters."""
    configuration: pulumi.Input[IncidentTypeConfigurationArgs | None] = None
    description: pulumi.Input[str | None] = None
    """512 characters at most."""
    is_default: pulumi.Input[bool | None] = None


class IncidentType(Resource[IncidentTypeArgs], token="datadog:index/incidentType:IncidentType"):
    """A type of incidents. Its id is a UUID."""

    description: pulumi.Output[str | None]
    is_default: pulumi.Output[bool]
    name: pulumi.Output[str]
