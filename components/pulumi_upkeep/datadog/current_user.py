"""Whose keys these are."""

import pulumi

from ..thin import look_up_later, results

_LOOK_UP = "datadog:index/getCurrentUser:getCurrentUser"


@results
class GetCurrentUserResult:
    """The user whose application key a deployment uses."""

    id: str
    org_id: str
    """Id of the organisation, a UUID."""


def get_current_user_output(
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetCurrentUserResult]:
    """The user of the provider's keys."""
    return look_up_later(_LOOK_UP, GetCurrentUserResult, opts)
