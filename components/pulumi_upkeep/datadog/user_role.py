"""Who has which role."""

import pulumi

from ..thin import Resource, arguments


@arguments
class UserRoleArgs:
    """One user and one role; another of either is another resource."""

    role_id: pulumi.Input[str]
    user_id: pulumi.Input[str]


class UserRole(Resource[UserRoleArgs], token="datadog:index/userRole:UserRole"):
    """A user's role."""

    role_id: pulumi.Output[str]
    user_id: pulumi.Output[str]
