"""SecurityScans: Inspector's findings to the routes of their severity, and a report every week."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import NotRequired, TypedDict

import pulumi

from .. import aws, policy
from ..account import account_of
from ..aws import inspector2
from ..component import UpkeepComponent
from ..function import declare_function
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..observe.event_alert import declare_event_alert
from ..observe.runbook import runbook_page
from ..plan.security import GRAVITIES
from ..plan.security import SecurityScans as Planned
from ..plan.words import Severity, TimeZone, Url
from ..reminder import may_tell
from ..scheduled import declare_schedule, declare_scheduler_role

NAMESPACE = "Upkeep/Operate"
FINDING_PAGE = "security-finding"
PAGE = "security-scans"


class SecurityScansArgs(TypedDict):
    """Arguments of SecurityScans."""

    every: str
    """When the report is made: ``week`` or ``day``."""
    at: str
    """Clock time."""
    owner: str
    """The team that the report is for."""
    timezone: str
    """The clocks that it is read on."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the provider."""
    runbooks: str
    """The address below which each alert has its page."""
    on: NotRequired[str]
    """The day: ``Monday``."""
    of: NotRequired[list[str]]
    """``servers``, ``images``, ``functions``. Default: all."""
    findings: NotRequired[dict[str, str]]
    """How grave a finding is -> by which severity it is told. Default ``{"critical": "p1", "high":
    "p2"}``."""
    severity: NotRequired[str]
    """Whose topic gets the report, and hears that something is not scanned. Default ``p3``."""


class SecurityScans(UpkeepComponent):
    """Amazon Inspector in the provider's account and region.

    Each finding is told when it is found, over the topic of the severity that the plan gives to its
    gravity. A function counts every day what is open and what is not scanned, which is alarmed, and
    tells both when the plan asks. One of these an account and region.
    """

    rules: pulumi.Output[Mapping[str, str]]
    """Gravity -> name of the rule that tells its findings."""
    function_name: pulumi.Output[str]
    """Name of the function that counts and reports."""

    def __init__(
        self, name: str, args: SecurityScansArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        inspector2.Enabler(
            self.name,
            inspector2.EnablerArgs(
                account_ids=[account_of(self).apply(lambda account: account.id)],
                resource_types=settings.resource_types(),
            ),
            self.child(),
        )
        told = [each for each in GRAVITIES if each in settings.told]
        rules: dict[str, pulumi.Output[str]] = {
            each: self._tell(each, settings.told[each], args["topics"], settings.runbooks)
            for each in told
        }
        topic = args["topics"][settings.severity]
        function = declare_function(
            self,
            "report",
            package="security_scans",
            says="Counts every day what Inspector found and does not reach, and reports it",
            statements=[
                policy.allow(
                    "Look",
                    ["inspector2:ListCoverage", "inspector2:ListFindingAggregations"],
                    resources=["*"],
                ),
                policy.publish_figures(NAMESPACE),
                *may_tell(self, topic),
            ],
            environment={
                "ENVIRONMENT": f"{pulumi.get_project()}-{pulumi.get_stack()}",
                "KINDS": ",".join(settings.resource_types()),
                "NAMESPACE": NAMESPACE,
                "OWNER": settings.owner,
                "RUNBOOK": runbook_page(settings.runbooks, PAGE),
                "TOPIC": topic,
            },
            timeout=timedelta(minutes=5),
            topics=args["topics"],
            severity=settings.severity,
            runbooks=settings.runbooks,
            runbook=PAGE,
            schedule="rate(1 day)",
        )
        self._report(settings, settings.timezone, function)
        declare_alarm(self, _watch(settings), args["topics"], settings.runbooks)
        self.rules = pulumi.Output.all(**rules)
        self.function_name = function.name
        self.register_outputs({"rules": self.rules, "function_name": self.function_name})

    def _tell(
        self, gravity: str, severity: Severity, topics: AlertTopics, runbooks: str
    ) -> pulumi.Output[str]:
        return declare_event_alert(
            self,
            gravity,
            says=f"Findings of Inspector that are {gravity}",
            events={
                "source": ["aws.inspector2"],
                "detail-type": ["Inspector2 Finding"],
                # A finding that is closed or suppressed is an event, too.
                "detail": {"severity": [gravity.upper()], "status": ["ACTIVE"]},
            },
            fields={
                "kind": "$.detail.type",
                "resource": "$.resources[0]",
                "score": "$.detail.inspectorScore",
                "seen": "$.detail.firstObservedAt",
                "title": "$.detail.title",
            },
            message=(
                f"{gravity} security finding on <resource> (<kind>): <title> "
                "Score <score>, first seen <seen>."
            ),
            severity=severity,
            topics=topics,
            runbooks=runbooks,
            runbook=FINDING_PAGE,
        ).name

    def _report(self, planned: Planned, timezone: str, function: aws.lambda_.Function) -> None:
        role = declare_scheduler_role(
            self,
            "weekly",
            says="Lets the schedule of the security report have it made",
            statements=[function.arn.apply(policy.invoke)],
        )
        declare_schedule(
            self,
            "weekly",
            says=f"Has the report of the security scans made, {planned.says()}",
            expression=planned.cron(),
            timezone=timezone,
            calls=function.arn,
            given=json.dumps({"report": True}),
            role=role,
            attempts=2,
        )


def _watch(planned: Planned) -> Watch:
    return Watch(
        part="not-scanned",
        says=f"something of the {', '.join(planned.of)} is not scanned for vulnerabilities, or "
        "nobody counts it",
        severity=planned.severity,
        metric=Metric(NAMESPACE, "NotScanned", {}, "Maximum"),
        threshold=0,
        period=timedelta(days=1),
        periods=1,
        missing_data="breaching",
        runbook=PAGE,
    )


class _Settings(Planned):
    timezone: TimeZone
    topics: Topics
    runbooks: Url
