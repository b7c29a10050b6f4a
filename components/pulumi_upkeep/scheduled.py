"""A schedule: what the cloud calls by the clock, in a time zone, and what lets it.

EventBridge Scheduler invokes a function, or calls any operation of AWS by its name: nothing of the
company's own has to run for it.
"""

from collections.abc import Sequence
from datetime import timedelta

import pulumi

from . import policy
from .account import account_of
from .aws import scheduler
from .component import UpkeepComponent
from .naming import physical_name
from .policy import Statement
from .service_role import ServiceRole, declare_service_role, of_statements

__all__ = ["CALL", "NAME_LIMIT", "declare_schedule", "declare_scheduler_role"]

# EventBridge Scheduler: a schedule's name has at most 64 characters.
NAME_LIMIT = 64
# The scheduler calls any operation of AWS by its name: f"{CALL}:sns:publish".
CALL = "arn:aws:scheduler:::aws-sdk"
_TRIED_FOR = timedelta(hours=1)


def declare_scheduler_role(
    owner: UpkeepComponent,
    part: str,
    *,
    says: str,
    statements: Sequence[pulumi.Input[Statement]],
) -> ServiceRole:
    """Declares a role that only this account's schedules take, as a child of ``owner``.

    part         names it within its component
    says         what it lets them do, in a sentence
    statements   what its schedules may call, and no more; may be Outputs
    """
    return declare_service_role(
        owner,
        part,
        says=says,
        trust=account_of(owner).apply(
            lambda account: policy.trust("TakenByScheduler", "scheduler.amazonaws.com", account.id)
        ),
        permissions=of_statements(statements),
    )


def declare_schedule(
    owner: UpkeepComponent,
    part: str,
    *,
    says: str,
    expression: str,
    timezone: str,
    calls: pulumi.Input[str],
    given: pulumi.Input[str],
    role: ServiceRole,
    attempts: int = 5,
    tried_for: timedelta = _TRIED_FOR,
) -> scheduler.Schedule:
    """Declares a schedule that calls something, as a child of ``owner``.

    part         names it within its component
    says         what it does, in a sentence
    expression   ``rate(...)`` or ``cron(...)`` on the clocks of ``timezone``
    calls        ARN of a function, or an operation: ``f"{CALL}:ssm:createOpsItem"``
    given        what it is called with: JSON; of an operation with the API's own names
    attempts     how often a call that fails is made again, within ``tried_for``
    """
    return scheduler.Schedule(
        f"{owner.name}-{part}",
        scheduler.ScheduleArgs(
            name=physical_name(owner.name, part, limit=NAME_LIMIT),
            description=says,
            schedule_expression=expression,
            schedule_expression_timezone=timezone,
            flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=scheduler.ScheduleTargetArgs(
                arn=calls,
                role_arn=role.arn,
                input=given,
                retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=round(tried_for.total_seconds()),
                    maximum_retry_attempts=attempts,
                ),
            ),
        ),
        # Called before it has its rights, it would fail.
        owner.child(depends_on=[role.policy]),
    )
