"""A role that a service of AWS takes, and the one policy that says what it may do."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from . import aws, policy
from .component import UpkeepComponent
from .naming import physical_name
from .policy import Statement

# IAM: a role's name has at most 64 characters.
NAME_LIMIT = 64


@dataclass(frozen=True)
class ServiceRole:
    """The role's ARN, and its policy: what uses the role depends on it, or fails at first."""

    arn: pulumi.Output[str]
    policy: aws.iam.RolePolicy


def declare_service_role(
    owner: UpkeepComponent,
    *parts: str,
    says: str,
    trust: pulumi.Input[str],
    permissions: pulumi.Input[str],
) -> ServiceRole:
    """Declares both under one name, as children of ``owner``.

    parts         name them within their component
    says          what the role is for, in a sentence
    trust         who takes it, as JSON: :func:`.policy.trust`
    permissions   what it may do, and no more, as JSON: :func:`of_statements`
    """
    name = "-".join([owner.name, *parts])
    called = physical_name(owner.name, *parts, limit=NAME_LIMIT)
    role = aws.iam.Role(
        name,
        aws.iam.RoleArgs(name=called, description=says, assume_role_policy=trust),
        owner.child(),
    )
    may = aws.iam.RolePolicy(
        name,
        aws.iam.RolePolicyArgs(role=role.name, name=called, policy=permissions),
        owner.child(),
    )
    return ServiceRole(role.arn, may)


def of_statements(statements: Sequence[pulumi.Input[Statement]]) -> pulumi.Output[str]:
    """A policy of statements that may be, or hold, Outputs."""
    return pulumi.Output.all([*statements]).apply(lambda given: policy.document(*given[0]))
