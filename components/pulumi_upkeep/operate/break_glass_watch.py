"""BreakGlassWatch: whoever takes the role for emergencies is heard, at once."""

from typing import TypedDict

import pulumi

from ..component import UpkeepComponent
from ..observe.alarm import AlertTopics, Topics
from ..observe.event_alert import declare_event_alert
from ..plan.access import BreakGlass
from ..plan.words import Later, Severity, Url, Words

PAGE = "break-glass"
# CloudTrail calls AssumeRole an event that only reads, which a rule takes in this state alone
# [EventBridge user guide, "Receiving read-only management events from AWS services"].
STATE = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


class BreakGlassWatchArgs(TypedDict):
    """Arguments of BreakGlassWatch."""

    role: pulumi.Input[str]
    """ARN of the role."""
    severity: str
    """``p0`` or ``p1``."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the provider."""
    runbooks: str
    """The address below which each alert has its page."""


class BreakGlassWatch(UpkeepComponent):
    """A rule that tells the moment a role is taken, or tried to be, in the provider's region.

    A call of STS is recorded in the region whose endpoint took it, the global one's in us-east-1.
    It takes a trail of CloudTrail that records management events, those that read included.
    """

    rule: pulumi.Output[str]
    """Name of the rule."""

    def __init__(
        self, name: str, args: BreakGlassWatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        rule = declare_event_alert(
            self,
            "",
            says="Somebody breaks the glass",
            events={
                "source": ["aws.sts"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventSource": ["sts.amazonaws.com"],
                    "requestParameters": {"roleArn": [args["role"]]},
                },
            },
            state=STATE,
            fields={
                "address": "$.detail.sourceIPAddress",
                "refused": "$.detail.errorCode",
                "role": "$.detail.requestParameters.roleArn",
                "time": "$.detail.eventTime",
                "who": "$.detail.userIdentity.arn",
            },
            message=(
                "<who> took the role <role> at <time> from <address> (refused: <refused>). "
                "If you do not know why, act now."
            ),
            severity=settings.severity,
            topics=args["topics"],
            runbooks=settings.runbooks,
            runbook=PAGE,
        )
        self.rule = rule.name
        self.register_outputs({"rule": self.rule})


# ---- arguments, checked ------------------------------------------------------------------------


class _Settings(Words):
    role: Later
    severity: Severity
    topics: Topics
    runbooks: Url

    def model_post_init(self, _context: object) -> None:
        # The plan's own rule: it is told as P0 or P1.
        BreakGlass.model_validate({"teams": ["somebody"], "severity": self.severity})
