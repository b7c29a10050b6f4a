"""Roles of responders beside Datadog's own, Incident Commander and Responder."""

import pulumi

from ..thin import Resource, arguments


@arguments
class IncidentUserDefinedRolePolicyArgs:
    """How a role is given."""

    is_single: pulumi.Input[bool | None] = None
    """Whether one person at a time has it. Default false."""


@arguments
class IncidentUserDefinedRoleArgs:
    """A role in incidents of a type."""

    incident_type: pulumi.Input[str]
    """Id; another one is another role."""
    name: pulumi.Input[str]
    """255 characters at most; not ``Incident Commander`` or ``Responder``."""
    description: pulumi.Input[str | None] = None
    """1,024 characters at most."""
    policy: pulumi.Input[IncidentUserDefinedRolePolicyArgs | None] = None


class IncidentUserDefinedRole(
    Resource[IncidentUserDefinedRoleArgs],
    token="datadog:index/incidentUserDefinedRole:IncidentUserDefinedRole",
):
    """A role. Its id is a UUID."""

    name: pulumi.Output[str]
