"""ImageScans: images of containers are scanned on push, and again by the plan's schedule."""

from datetime import timedelta
from typing import NotRequired, TypedDict

import pulumi

from .. import policy
from ..aws import ecr
from ..component import UpkeepComponent
from ..function import declare_function
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..observe.event_alert import declare_event_alert
from ..plan.images import ImageScans as Planned
from ..plan.words import TimeZone, Url

NAMESPACE = "Upkeep/Operate"
PAGE = "image-scans"
FINDING_PAGE = "security-finding"
_TYPES = {"inspector": ("ENHANCED", "CONTINUOUS_SCAN"), "basic": ("BASIC", "SCAN_ON_PUSH")}


class ImageScansArgs(TypedDict):
    """Arguments of ImageScans."""

    every: str
    """When images in use are looked at again: ``week`` or ``day``."""
    at: str
    """Clock time."""
    timezone: str
    """The clocks that it is read on."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the provider."""
    runbooks: str
    """The address below which each alert has its page."""
    on: NotRequired[str]
    """The day: ``Monday``."""
    by: NotRequired[str]
    """``inspector`` (default), which has to be turned on, or ``basic``."""
    repositories: NotRequired[list[str]]
    """Names, or several with ``*``. Default: all."""
    severity: NotRequired[str]
    """Whose topic hears of it. Default ``p2``."""


class ImageScans(UpkeepComponent):
    """How the registry of the provider's account and region scans. One of these each.

    With Inspector images are scanned on push and again as vulnerabilities become known; its
    findings are told by SecurityScans. With basic scanning they are scanned on push, and those in
    use again by the schedule; critical findings are told from here. An image in use that is not
    scanned is alarmed; so is a run that fails.
    """

    scan_type: pulumi.Output[str]
    """``ENHANCED`` or ``BASIC``, as the registry has it."""
    function_name: pulumi.Output[str]
    """Name of the function that looks at the images in use."""

    def __init__(
        self, name: str, args: ImageScansArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        scan_type, frequency = _TYPES[settings.by]
        ecr.RegistryScanningConfiguration(
            self.name,
            ecr.RegistryScanningConfigurationArgs(
                scan_type=scan_type,
                rules=[
                    ecr.RegistryScanningConfigurationRuleArgs(
                        scan_frequency=frequency,
                        repository_filters=[
                            ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                                filter=each, filter_type="WILDCARD"
                            )
                            for each in sorted(settings.repositories)
                        ],
                    )
                ],
            ),
            self.child(),
        )
        function = declare_function(
            self,
            "again",
            package="image_scans",
            says="Looks at the images in use again",
            statements=_statements(settings),
            environment={
                "BY": settings.by,
                "NAMESPACE": NAMESPACE,
                "REPOSITORIES": ",".join(sorted(settings.repositories)),
            },
            timeout=timedelta(minutes=10),
            topics=args["topics"],
            severity=settings.severity,
            runbooks=settings.runbooks,
            runbook=PAGE,
            schedule=settings.cron(),
            timezone=settings.timezone,
        )
        declare_alarm(self, _watch(settings), args["topics"], settings.runbooks)
        if settings.by == "basic":
            self._tell(settings, args["topics"], settings.runbooks)
        self.scan_type = pulumi.Output.from_input(scan_type)
        self.function_name = function.name
        self.register_outputs({"scan_type": self.scan_type, "function_name": self.function_name})

    def _tell(self, planned: Planned, topics: AlertTopics, runbooks: str) -> None:
        """Basic scanning reports counts, by image [Amazon ECR events]."""
        declare_event_alert(
            self,
            "critical",
            says="Scans of images with critical findings",
            events={
                "source": ["aws.ecr"],
                "detail-type": ["ECR Image Scan"],
                "detail": {
                    "scan-status": ["COMPLETE"],
                    "finding-severity-counts": {"CRITICAL": [{"numeric": [">", 0]}]},
                },
            },
            fields={
                "critical": "$.detail.finding-severity-counts.CRITICAL",
                "digest": "$.detail.image-digest",
                "repository": "$.detail.repository-name",
            },
            message="<critical> critical security findings in the image <digest> of <repository>.",
            severity=planned.severity,
            topics=topics,
            runbooks=runbooks,
            runbook=FINDING_PAGE,
        )


def _statements(planned: Planned) -> list[policy.Statement]:
    look = ["ecr:DescribeImages", "ecr:DescribeRepositories"]
    if planned.by == "basic":
        look.append("ecr:StartImageScan")
    return [
        policy.allow("Look", look, resources=["*"]),
        policy.publish_figures(NAMESPACE),
    ]


def _watch(planned: Planned) -> Watch:
    return Watch(
        part="not-scanned",
        says="images of containers that are in use are not scanned for vulnerabilities",
        severity=planned.severity,
        metric=Metric(NAMESPACE, "ImagesNotScanned", {}, "Maximum"),
        threshold=0,
        period=timedelta(days=1),
        # An alarm looks back 7 days at most, and the run may be a week away: that it runs at all
        # is watched by its errors.
        periods=1,
        missing_data="notBreaching",
        runbook=PAGE,
    )


class _Settings(Planned):
    timezone: TimeZone
    topics: Topics
    runbooks: Url
