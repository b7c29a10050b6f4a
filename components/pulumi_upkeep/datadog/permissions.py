"""Permissions: what roles are made of."""

from collections.abc import Mapping

import pulumi

from ..thin import look_up_later, results

_LOOK_UP = "datadog:index/getPermissions:getPermissions"


@results
class GetPermissionsResult:
    """The permissions of the organisation."""

    permissions: Mapping[str, str]
    """Name (``monitors_read``) -> id."""


def get_permissions_output(
    *, include_restricted: bool | None = None, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetPermissionsResult]:
    """All permissions.

    include_restricted   also those that Datadog gives to every role; default false
    """
    return look_up_later(_LOOK_UP, GetPermissionsResult, opts, includeRestricted=include_restricted)
