"""``WriterName``: the private DNS name of whoever writes a database, which moves by a metric.

Route 53 answers with the PRIMARY record, the active member, while its health check is healthy, and
otherwise with the SECONDARY, the successor. A health check of a private name cannot ask an
endpoint: Route 53's checkers are outside the network. It follows a CloudWatch alarm instead, in the
recovery region, on a metric that a runbook puts once, when the successor has been promoted:

    Upkeep/Recovery TakenOver{Member=<identifier of the successor>} = 1

So the name moves by a call in the recovery region's data plane, without a change of a record: Route
53's control plane is in us-east-1. No value is no news: the check keeps its last status, so the
name stays where it was moved.
Source: Route 53 developer guide, "Configuring failover in a private hosted zone" and "Monitoring a
CloudWatch alarm": standard metrics and plain statistics only, no metric math, no M of N.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import NotRequired, TypedDict

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.faults import Fault
from ..plan.words import Later, Severity, Url
from ..plan.writers import PrivateName
from .cross_checked import CrossChecked

NAMESPACE = "Upkeep/Recovery"
TAKEN_OVER = "TakenOver"
# How long a client keeps the answer: what a move costs at most, beside the check's own minute.
TTL_SECONDS = 30


class WriterSuccessor(TypedDict):
    """Who takes over."""

    member: str
    """Its identifier in RDS: the dimension ``Member`` of the metric that says so."""
    address: pulumi.Input[str]
    """Its host name."""


class WriterNameArgs(TypedDict):
    zone_id: pulumi.Input[str]
    """The private zone, which the networks of both regions ask."""
    name: str
    """The name that applications use, such as ``orders.internal.example.com``."""
    active: pulumi.Input[str]
    """Host name of the member that takes writes."""
    successor: NotRequired[WriterSuccessor]
    """Who takes over. Default: nobody, and the name stays where it is."""
    region: str
    """The recovery region, in which the alarm is: that of the component's provider."""
    topics: AlertTopics
    """The SNS topic of each severity, in the recovery region."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/taken-over``."""
    severity: NotRequired[str]
    """Who hears that the name has moved. Default p1."""


class _Successor(CrossChecked):
    member: str
    address: Later


class _Settings(CrossChecked):
    zone_id: Later
    name: PrivateName
    active: Later
    successor: _Successor | None = None
    region: str
    topics: Topics
    runbooks: Url
    severity: Severity = "p1"

    def faults(self) -> Iterator[Fault]:
        known = isinstance(self.active, str)
        if known and self.successor and self.successor.address == self.active:
            yield Fault(
                "successor.address",
                "is the active member's: there would be nowhere to go",
                self.active,
                "name another member, or leave `successor` out",
            )


class WriterName(UpkeepComponent):
    """The private name of the member that takes a database's writes.

    After the plan has followed a promotion (another ``active``), the same records lead to the new
    member directly. Alarm and health check belong to one successor: a new one gets new ones, made
    before the record leaves the old ones, so that the name never leads back in between.

    Clients that compare a certificate's name with the host name do not find this one in RDS's
    certificate: they check the authority alone (``sslmode=verify-ca``).
    """

    fqdn: pulumi.Output[str]
    """The name."""

    def __init__(
        self, name: str, args: WriterNameArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        check = None
        if settings.successor:
            check = self._declare_check(settings, settings.successor.member, args["topics"])
        record = self._declare_record(settings, "primary", "PRIMARY", settings.active, check)
        if settings.successor:
            self._declare_record(
                settings, "secondary", "SECONDARY", settings.successor.address, None
            )
        self.fqdn = record.fqdn
        self.register_outputs({"fqdn": record.fqdn})

    def _declare_check(
        self, settings: _Settings, member: str, topics: AlertTopics
    ) -> aws.route53.HealthCheck:
        alarm = declare_alarm(
            self,
            Watch(
                part=f"taken-over-by-{member}",
                says=f"{member} has taken over the writes of {settings.name}: the plan has to name "
                "it in `active`",
                severity=settings.severity,
                # Put once, and then no more: no value is no news.
                metric=Metric(NAMESPACE, TAKEN_OVER, {"Member": member}, "Maximum"),
                threshold=0,
                missing_data="ignore",
                period=timedelta(minutes=1),
                periods=1,
                runbook="taken-over",
            ),
            topics,
            settings.runbooks,
        )
        return aws.route53.HealthCheck(
            f"{self.name}-until-{member}",
            aws.route53.HealthCheckArgs(
                type="CLOUDWATCH_METRIC",
                cloudwatch_alarm_name=alarm.name,
                cloudwatch_alarm_region=settings.region,
                insufficient_data_health_status="LastKnownStatus",
                tags={"Name": physical_name(self.name, f"until-{member}")},
            ),
            self.child(),
        )

    def _declare_record(
        self,
        settings: _Settings,
        part: str,
        side: str,
        address: pulumi.Input[str],
        check: aws.route53.HealthCheck | None,
    ) -> aws.route53.Record:
        return aws.route53.Record(
            f"{self.name}-{part}",
            aws.route53.RecordArgs(
                zone_id=settings.zone_id,
                name=settings.name,
                type="CNAME",
                ttl=TTL_SECONDS,
                records=[address],
                set_identifier=part,
                failover_routing_policies=[aws.route53.RecordFailoverRoutingPolicyArgs(type=side)],
                health_check_id=check.id if check else None,
            ),
            self.child(),
        )
