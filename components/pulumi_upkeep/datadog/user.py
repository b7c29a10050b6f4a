"""Users: the people Datadog knows."""

import pulumi

from ..thin import look_up, results

_LOOK_UP = "datadog:index/getUser:getUser"


@results
class GetUserResult:
    """One user."""

    disabled: bool
    email: str
    id: str
    """A UUID: what schedules, policies and memberships refer to."""
    name: str
    status: str
    """``Active``, ``Pending`` until the invitation is taken, or ``Disabled``."""


async def get_user(
    *, filter: str, exact_match: bool | None = None, opts: pulumi.InvokeOptions | None = None
) -> GetUserResult:
    """The user that a filter finds; more than one is an error, unless it is exact.

    exact_match   by email first, then by name; default false
    """
    return await look_up(_LOOK_UP, GetUserResult, opts, filter=filter, exactMatch=exact_match)
