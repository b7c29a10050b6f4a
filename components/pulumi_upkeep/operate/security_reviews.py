"""SecurityReviews: what people look at, announced, tracked by an item, alarmed when overdue."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import NotRequired, TypedDict

import pulumi

from .. import policy
from ..component import UpkeepComponent
from ..function import declare_function
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..observe.runbook import runbook_page
from ..plan.security import DAY, Review
from ..plan.words import Name, TimeZone, Url, Words, say_duration
from ..reminder import Agenda, Reminded, declare_reminder

NAMESPACE = "Upkeep/Operate"
PAGE = "security-review"


class SecurityReviewArgs(TypedDict):
    """What is looked at, and by whom."""

    means: str
    """What is looked at, in a few words: ``Manual security audit``."""
    every: str
    """``month``, ``quarter`` or ``year``."""
    on: str
    """The day: ``first Tuesday``, of a year ``15 March`` or ``first Monday of March``."""
    at: str
    """Clock time."""
    owner: str
    """The team that answers for it."""
    announced: NotRequired[str]
    """How long ahead it is announced, at least. Default ``2 weeks``."""
    done_within: NotRequired[str]
    """How long its item may stay open. Default ``30 days``."""
    severity: NotRequired[str]
    """Whose topic hears the announcement, and that it is overdue. Default ``p3``."""


class SecurityReviewsArgs(TypedDict):
    """Arguments of SecurityReviews."""

    reviews: dict[str, SecurityReviewArgs]
    """By a name each: ``manual-audit``."""
    timezone: str
    """The clocks that they are read on."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the provider."""
    runbooks: str
    """The address below which each review has its page, ``security-review-<name>``."""


class SecurityReviews(UpkeepComponent):
    """Audits and reviews that come back.

    Each is announced over a severity's topic so long ahead; on its day an item (OpsCenter) is
    opened, which stays open until somebody resolves it. A function says every day by how much each
    is overdue, and when it was last done; the first is alarmed, and so is silence.
    """

    alarms: pulumi.Output[Mapping[str, str]]
    """Review -> ARN of the alarm that it is overdue."""
    titles: Mapping[str, str]
    """Review -> the title of its items."""
    function_name: pulumi.Output[str]
    """Name of the function that says how each stands."""

    def __init__(
        self, name: str, args: SecurityReviewsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        stack = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        self.titles = {
            each: f"{stack}: {review.means}" for each, review in sorted(settings.reviews.items())
        }
        alarms: dict[str, pulumi.Output[str]] = {}
        for each, title in self.titles.items():
            review = settings.reviews[each]
            page = runbook_page(settings.runbooks, f"{PAGE}-{each}")
            declare_reminder(
                self,
                each,
                _reminded(review, settings.timezone),
                Agenda(title, {}, page),
                args["topics"][review.severity],
            )
            watch = _watch(each, review)
            alarms[each] = declare_alarm(self, watch, args["topics"], settings.runbooks).arn
        function = declare_function(
            self,
            "ages",
            package="review_ages",
            says="Says every day which reviews are overdue, and when each was last done",
            statements=[
                policy.allow("Look", ["ssm:DescribeOpsItems"], resources=["*"]),
                policy.publish_figures(NAMESPACE),
            ],
            environment={
                "NAMESPACE": NAMESPACE,
                "REVIEWS": json.dumps(
                    {
                        each: {
                            "title": title,
                            "done_within": settings.reviews[each].done_within // DAY,
                            "interval": settings.reviews[each].longest_interval // DAY,
                        }
                        for each, title in self.titles.items()
                    },
                    sort_keys=True,
                ),
            },
            timeout=timedelta(minutes=1),
            topics=args["topics"],
            severity="p3",
            runbooks=settings.runbooks,
            schedule="rate(1 day)",
        )
        self.alarms = pulumi.Output.all(**alarms)
        self.function_name = function.name
        self.register_outputs(
            {"alarms": self.alarms, "titles": self.titles, "function_name": self.function_name}
        )


def _reminded(review: Review, timezone: str) -> Reminded:
    return Reminded(
        what=review.means[:1].lower() + review.means[1:],
        owner=review.owner,
        severity=review.severity,
        says=review.says(),
        cron=review.cron(),
        timezone=timezone,
        ahead=review.announced_at(),
        notice=f"at least {say_duration(review.announced)} ahead",
        category="Security",
    )


def _watch(name: str, review: Review) -> Watch:
    return Watch(
        part=name,
        says=f"{review.means} is overdue: its item has been open for more than "
        f"{say_duration(review.done_within)}, or none was opened. Owner: {review.owner}",
        severity=review.severity,
        metric=Metric(NAMESPACE, "ReviewOverdue", {"Review": name}, "Maximum"),
        threshold=0,
        period=timedelta(days=1),
        periods=1,
        missing_data="breaching",
        runbook=f"{PAGE}-{name}",
    )


class _Settings(Words):
    reviews: dict[Name, Review]
    timezone: TimeZone
    topics: Topics
    runbooks: Url
