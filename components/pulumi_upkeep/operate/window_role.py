"""The role that a maintenance window takes for its tasks."""

from collections.abc import Sequence

import pulumi

from .. import aws, policy
from ..account import account_of
from ..component import UpkeepComponent
from ..naming import physical_name
from ..policy import Statement

# IAM: a role's name has at most 64 characters.
NAME_LIMIT = 64


def declare_window_role(
    owner: UpkeepComponent,
    *parts: str,
    says: str,
    statements: Sequence[pulumi.Input[Statement]],
) -> pulumi.Output[str]:
    """Declares a role that Systems Manager alone takes, for this account, as a child of ``owner``.

    parts        name it within its component
    says         what it lets a window do, in a sentence
    statements   what the window's tasks may do, and no more; may be Outputs

    Answers with its ARN.
    """
    name = "-".join([owner.name, *parts])
    called = physical_name(owner.name, *parts, limit=NAME_LIMIT)
    role = aws.iam.Role(
        name,
        aws.iam.RoleArgs(
            name=called,
            description=says,
            assume_role_policy=account_of(owner).apply(
                lambda account: policy.trust(
                    "TakenBySystemsManager", "ssm.amazonaws.com", account.id
                )
            ),
        ),
        owner.child(),
    )
    aws.iam.RolePolicy(
        name,
        aws.iam.RolePolicyArgs(
            role=role.name,
            name=called,
            policy=pulumi.Output.all([*statements]).apply(lambda given: policy.document(*given[0])),
        ),
        owner.child(),
    )
    return role.arn
