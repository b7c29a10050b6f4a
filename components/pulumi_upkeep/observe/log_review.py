"""The review of logs: a reminder by the clock, with what to look at, and an open item."""

import pulumi

from ..aws import scheduler
from ..component import UpkeepComponent
from ..plan.logs import Review
from ..reminder import Agenda, Reminded, declare_reminder

__all__ = ["Agenda", "declare_review"]


def declare_review(
    owner: UpkeepComponent,
    review: Review,
    agenda: Agenda,
    topic: pulumi.Input[str],
    timezone: str,
) -> list[scheduler.Schedule]:
    """Declares the reminder and the open item as children of ``owner``."""
    reminded = Reminded(
        what="log review",
        owner=review.owner,
        severity=review.severity,
        says=review.says(),
        cron=review.cron(),
        timezone=timezone,
    )
    return declare_reminder(owner, "review", reminded, agenda, topic)
