"""The role that a maintenance window takes for its tasks."""

from collections.abc import Sequence

import pulumi

from .. import policy
from ..account import account_of
from ..component import UpkeepComponent
from ..policy import Statement
from ..service_role import declare_service_role, of_statements


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
    return declare_service_role(
        owner,
        *parts,
        says=says,
        trust=account_of(owner).apply(
            lambda account: policy.trust("TakenBySystemsManager", "ssm.amazonaws.com", account.id)
        ),
        permissions=of_statements(statements),
    ).arn
