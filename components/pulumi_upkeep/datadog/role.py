"""Roles: what their users may do in Datadog."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class RolePermissionArgs:
    """One permission, by the id that :func:`~.permissions.get_permissions` finds."""

    id: pulumi.Input[str]


@arguments
class RoleArgs:
    """A role."""

    name: pulumi.Input[str]
    """Unique in the organisation."""
    default_permissions_opt_out: pulumi.Input[bool | None] = None
    """Whether the role has none of the permissions that Datadog gives to every role."""
    permissions: pulumi.Input[Sequence[pulumi.Input[RolePermissionArgs]] | None] = None
    """A set."""


class Role(Resource[RoleArgs], token="datadog:index/role:Role"):
    """A role. Its id is a UUID."""

    name: pulumi.Output[str]
    user_count: pulumi.Output[int]
