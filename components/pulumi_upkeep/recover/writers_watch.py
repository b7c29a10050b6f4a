"""``WritersWatch``: a look at every database, every minute, for two members that take writes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, TypedDict

import pulumi

from .. import policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..function import declare_function
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.words import Later, Name, Url, Words
from .counted import at_least
from .writer_name import NAMESPACE

WRITERS = "Writers"
UNKNOWN_MEMBERS = "UnknownMembers"
# A function's clock has no finer grain [EventBridge Scheduler], and writes go on meanwhile.
EVERY = "rate(1 minute)"
# As long as a region may be silent before somebody looks why.
UNSEEN = timedelta(minutes=10)


class WatchedMemberArgs(TypedDict):
    """A member of a database."""

    identifier: str
    """In RDS."""
    region: str
    """Its region's code."""
    fence: pulumi.Input[str]
    """Id of the security group without a rule: with it alone, the member takes no writes."""


class WritersWatchArgs(TypedDict):
    databases: dict[str, list[WatchedMemberArgs]]
    """By name: the members of each; without the retired ones, which may stand open to be read."""
    topics: AlertTopics
    """The SNS topic of each severity, in the watch's own region."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/two-writers``."""


class _Member(Words):
    identifier: str
    region: str
    fence: Later


class _Settings(Words):
    databases: Annotated[
        dict[Name, list[_Member]], at_least(1, "without one there is nothing to watch")
    ]
    topics: Topics
    runbooks: Url


class WritersWatch(UpkeepComponent):
    """A function that counts who takes writes, and the alarms on what it counts.

    It belongs into the recovery region: it has to see when the other one comes back. Two members
    that take writes are a P0 the minute they are seen: from then on each holds what the other does
    not. A region that does not answer is published as unknown, and heard of at P1 after ten
    minutes; so is a watch that says nothing.
    """

    function_name: pulumi.Output[str]
    """Name of the function."""

    def __init__(
        self, name: str, args: WritersWatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        function = declare_function(
            self,
            "count",
            package="writers_watch",
            says="Counts the members of each database that take writes",
            environment={"WRITERS": _asked(settings)},
            statements=[
                account_of(self).apply(lambda account: _look(account, settings)),
                policy.publish_figures(NAMESPACE),
            ],
            timeout=timedelta(seconds=50),
            topics=args["topics"],
            severity="p1",
            runbooks=settings.runbooks,
            schedule=EVERY,
            # The next minute asks again.
            retries=0,
        )
        for watch in _watches(sorted(settings.databases)):
            declare_alarm(self, watch, args["topics"], settings.runbooks)
        self.function_name = function.name
        self.register_outputs({"function_name": function.name})


def _asked(settings: _Settings) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(
        [
            {
                "database": database,
                "members": [
                    {
                        "identifier": member.identifier,
                        "region": member.region,
                        "fence": member.fence,
                    }
                    for member in members
                ],
            }
            for database, members in sorted(settings.databases.items())
        ],
        sort_keys=True,
    )


def _look(account: Account, settings: _Settings) -> Any:
    return policy.allow(
        "LookAtMembers",
        ["rds:DescribeDBInstances"],
        resources=sorted(
            f"arn:aws:rds:{member.region}:{account.id}:db:{member.identifier}"
            for members in settings.databases.values()
            for member in members
        ),
    )


def _watches(databases: Sequence[str]) -> list[Watch]:
    return [
        watch
        for database in databases
        for watch in (
            Watch(
                part=f"two-writers-{database}",
                runbook="two-writers",
                says=f"two members of {database} take writes, and each holds what the other does "
                "not: fence the one that must not",
                severity="p0",
                metric=Metric(NAMESPACE, WRITERS, {"Database": database}, "Maximum"),
                threshold=1,
                missing_data="notBreaching",
                periods=1,
            ),
            Watch(
                part=f"unseen-{database}",
                runbook="writers-unseen",
                says=f"who takes the writes of {database} cannot be seen: a region does not "
                "answer, or the watch does not run",
                severity="p1",
                metric=Metric(NAMESPACE, UNKNOWN_MEMBERS, {"Database": database}, "Minimum"),
                threshold=0,
                # The watch publishes every minute: silence is its own.
                missing_data="breaching",
                periods=UNSEEN // timedelta(minutes=1),
            ),
        )
    ]
