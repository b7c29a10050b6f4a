"""BreakGlassWatch: whoever takes the role for emergencies is heard, at once."""

import json
from typing import TypedDict

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Topics
from ..observe.runbook import runbook_page
from ..plan.access import BreakGlass
from ..plan.words import Later, Severity, Url, Words

PAGE = "break-glass"
# EventBridge: a rule's name has at most 64 characters.
NAME_LIMIT = 64
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
        severity = settings.severity
        rule = aws.cloudwatch.EventRule(
            name,
            aws.cloudwatch.EventRuleArgs(
                name=physical_name(name, limit=NAME_LIMIT),
                description="Somebody breaks the glass",
                state=STATE,
                event_pattern=pulumi.Output.from_input(args["role"]).apply(_pattern),
            ),
            self.child(),
        )
        aws.cloudwatch.EventTarget(
            name,
            aws.cloudwatch.EventTargetArgs(
                rule=rule.name,
                target_id="alert",
                arn=args["topics"][severity],
                input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                    input_paths={
                        "address": "$.detail.sourceIPAddress",
                        "refused": "$.detail.errorCode",
                        "role": "$.detail.requestParameters.roleArn",
                        "time": "$.detail.eventTime",
                        "who": "$.detail.userIdentity.arn",
                    },
                    input_template=json.dumps(
                        f"{severity.upper()}: <who> took the role <role> at <time> from <address> "
                        "(refused: <refused>). If you do not know why, act now. Runbook: "
                        f"{runbook_page(settings.runbooks, PAGE)}"
                    ),
                ),
            ),
            self.child(),
        )
        self.rule = rule.name
        self.register_outputs({"rule": self.rule})


def _pattern(role: str) -> str:
    return json.dumps(
        {
            "source": ["aws.sts"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {
                "eventSource": ["sts.amazonaws.com"],
                "requestParameters": {"roleArn": [role]},
            },
        }
    )


# ---- arguments, checked ------------------------------------------------------------------------


class _Settings(Words):
    role: Later
    severity: Severity
    topics: Topics
    runbooks: Url

    def model_post_init(self, _context: object) -> None:
        # The plan's own rule: it is told as P0 or P1.
        BreakGlass.model_validate({"teams": ["somebody"], "severity": self.severity})
