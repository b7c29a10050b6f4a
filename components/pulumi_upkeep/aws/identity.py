"""Who calls: the account that a provider's credentials belong to."""

import pulumi

from ..thin import look_up, look_up_later, results

_LOOK_UP = "aws:index/getCallerIdentity:getCallerIdentity"


@results
class GetCallerIdentityResult:
    """The caller and its account."""

    account_id: str
    """Twelve digits."""
    arn: str


async def get_caller_identity(opts: pulumi.InvokeOptions | None = None) -> GetCallerIdentityResult:
    """Who the provider's credentials belong to."""
    return await look_up(_LOOK_UP, GetCallerIdentityResult, opts)


def get_caller_identity_output(
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetCallerIdentityResult]:
    """Who the credentials belong to of a provider that may not exist yet."""
    return look_up_later(_LOOK_UP, GetCallerIdentityResult, opts)
