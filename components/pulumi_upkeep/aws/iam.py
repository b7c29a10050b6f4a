"""IAM: roles and what they may do."""

import pulumi

from ..thin import Resource, arguments, look_up, results


@arguments
class RoleArgs:
    """A role and who may assume it."""

    assume_role_policy: pulumi.Input[str]
    description: pulumi.Input[str | None] = None
    max_session_duration: pulumi.Input[int | None] = None
    """Seconds, 3,600 (default) to 43,200."""
    name: pulumi.Input[str | None] = None


class Role(Resource[RoleArgs], token="aws:iam/role:Role"):
    """An IAM role. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


@arguments
class RolePolicyArgs:
    """What a role may do."""

    policy: pulumi.Input[str]
    role: pulumi.Input[str]
    name: pulumi.Input[str | None] = None


class RolePolicy(Resource[RolePolicyArgs], token="aws:iam/rolePolicy:RolePolicy"):
    """A policy inside a role."""


@results
class GetInstanceProfileResult:
    """An instance profile, by which servers run as a role."""

    role_name: str


async def get_instance_profile(
    name: str, opts: pulumi.InvokeOptions | None = None
) -> GetInstanceProfileResult:
    """The instance profile of a name."""
    return await look_up(
        "aws:iam/getInstanceProfile:getInstanceProfile", GetInstanceProfileResult, opts, name=name
    )


@results
class GetRoleResult:
    """A role."""

    arn: str


async def get_role(name: str, opts: pulumi.InvokeOptions | None = None) -> GetRoleResult:
    """The role of a name."""
    return await look_up("aws:iam/getRole:getRole", GetRoleResult, opts, name=name)
