"""``StandbyServers``: servers that wait in the recovery region, and the name that moves to them."""

import re
from datetime import timedelta
from typing import Annotated, NotRequired, TypedDict

import pulumi
from pydantic import Field, ValidationInfo, field_validator

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Topics
from ..plan.faults import NotInWords
from ..plan.limits import FEWEST_HEALTH_CHECK_REGIONS, HEALTH_CHECK_REGIONS, LOG_RETENTION
from ..plan.standby import Health, HostName, ReturnSteps
from ..plan.words import Duration, Later, Percentage, Severity, Url, Words
from .counted import at_least
from .standby_alarms import watch_primary, watch_standby
from .standby_balancer import declare_balancer
from .standby_network import Doors, declare_doors
from .traffic import (
    CHECKED_FROM,
    SWITCH_PATH,
    Side,
    declare_endpoint_check,
    declare_records,
    declare_return,
    declare_switch,
    return_name,
)

# EC2: a launch template has at most 128, an auto-scaling group 255.
TEMPLATE_NAME_LIMIT = 128
GROUP_NAME_LIMIT = 255
# A server gets this long to start before it counts as unhealthy.
GRACE = timedelta(minutes=5)


class StandbyPrimary(TypedDict):
    """The load balancer that serves today."""

    dns_name: pulumi.Input[str]
    """Its own DNS name; its health is asked there."""
    zone_id: pulumi.Input[str]
    """Its hosted zone id, for the alias record."""


class StandbyHealth(TypedDict):
    """How the primary is asked whether it serves."""

    path: str
    """Asked over HTTPS by the load balancer's own name, e.g. ``/api/health``; an answer below 400
    is well."""
    every: NotRequired[str]
    """``10 seconds`` or ``30 seconds`` [Route 53]; it never changes afterwards but by a new check.
    Default ``30 seconds``."""
    failures: NotRequired[int]
    """In a row until it counts as failed, 1 to 10. Default 3."""


class StandbyServersArgs(TypedDict):
    running: int
    """Servers that run while they wait: 0 is a pilot light, more is a warm standby."""
    at_most: int
    """Servers a runbook may scale to."""
    network: pulumi.Input[str]
    """Id of the VPC in the recovery region."""
    private_subnets: list[pulumi.Input[str]]
    """Ids of the servers' subnets, in at least 2 zones."""
    public_subnets: list[pulumi.Input[str]]
    """Ids of the load balancer's subnets, in at least 2 zones [Elastic Load Balancing]."""
    image: pulumi.Input[str]
    """Id of the machine image, of the recovery region."""
    instance_type: pulumi.Input[str]
    """E.g. ``t4g.large``; of the image's architecture."""
    instance_profile: pulumi.Input[str]
    """Name of the instance profile the servers run as."""
    security_groups: NotRequired[list[pulumi.Input[str]]]
    """Ids of further security groups of the servers, e.g. the one the database lets in."""
    user_data: NotRequired[pulumi.Input[str]]
    """What a server runs at its first start, in base64. Default: nothing, the image has it all."""
    root_device: NotRequired[str]
    """The image's root device, which is encrypted. Default ``/dev/xvda``."""
    root_size: NotRequired[int]
    """Its size in GiB, at least that of the image's own. Default 30."""
    port: NotRequired[int]
    """Port the servers listen on, without TLS. Default 80."""
    server_path: NotRequired[str]
    """What each server is asked by the load balancer. It must answer 200 while the database over
    here is still a replica, or the servers are replaced for ever. Default: ``health.path``."""
    certificate: pulumi.Input[str]
    """ARN of the certificate for ``serves``, of the recovery region."""
    access_logs: NotRequired[pulumi.Input[str]]
    """Bucket of the load balancer's access logs. Default: none are kept."""
    serves: str
    """The host name that traffic comes by and that moves, e.g. ``www.bynomi.com``. It must not
    exist yet, or be imported: a simple record and a failover record exclude each other."""
    zone: pulumi.Input[str]
    """Id of the public hosted zone of that name."""
    primary: StandbyPrimary
    """The load balancer that serves today."""
    health: StandbyHealth
    """How the primary is asked whether it serves."""
    checked_from: NotRequired[list[str]]
    """Regions Route 53 asks from, at least 3. Default: eu-west-1, us-east-1, us-west-2."""
    moves_by_itself: NotRequired[bool]
    """Whether traffic moves without a person when the primary fails. True only where this side can
    serve at once: servers run and their database is writable. Default false: a runbook opens the
    switch when it can."""
    log_groups: NotRequired[dict[str, str]]
    """Log groups its servers write to, made in the recovery region -> how long they keep, e.g.
    ``30 days``. Default: none."""
    returns_at: NotRequired[list[str]]
    """What part of the users goes back at a time once the primary serves again, e.g. ``["10 %",
    "50 %", "100 %"]``: a name of its own then carries the weights. Default: all at once."""
    returned: NotRequired[str]
    """The step of ``returns_at`` that is in force while they go back, e.g. ``10 %``. Default:
    none, everybody stays here while the switch is open."""
    topics: AlertTopics
    """The SNS topic of each severity, in the recovery region."""
    route53_topics: AlertTopics
    """The same of us-east-1, where alone Route 53 reports: the alarm on the primary lives there."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/primary-down``."""
    severity: NotRequired[str]
    """Severity of a primary that does not answer: p0 to p3. Default p0."""
    standby_severity: NotRequired[str]
    """Severity of a standby that could not take over: p0 to p3. Default p1."""
    protected: NotRequired[bool]
    """Whether Pulumi and AWS refuse to delete the load balancer. Default true."""


class _Primary(Words):
    dns_name: Later
    zone_id: Later


class _Settings(Words):
    running: Annotated[int, Field(ge=0)]
    at_most: Annotated[int, Field(ge=1)]
    network: Later
    private_subnets: Annotated[list[Later], at_least(2, "a standby in one zone falls with it")]
    public_subnets: Annotated[
        list[Later], at_least(2, "a load balancer stands in several zones [Elastic Load Balancing]")
    ]
    image: Later
    instance_type: Later
    instance_profile: Later
    security_groups: list[Later] = Field(default_factory=list)
    user_data: Later | None = None
    root_device: str = "/dev/xvda"
    root_size: Annotated[int, Field(ge=1)] = 30
    port: Annotated[int, Field(ge=1, le=65535)] = 80
    certificate: Later
    access_logs: Later | None = None
    serves: HostName
    zone: Later
    primary: _Primary
    health: Health
    server_path: str = Field(default="", pattern=r"^(/\S*)?$")
    checked_from: Annotated[
        list[str],
        at_least(
            FEWEST_HEALTH_CHECK_REGIONS,
            "one region cannot tell its own trouble from ours [Route 53]",
        ),
    ] = CHECKED_FROM
    moves_by_itself: bool = False
    log_groups: dict[str, Annotated[Duration, LOG_RETENTION.validator]] = Field(
        default_factory=dict
    )
    returns_at: ReturnSteps | None = None
    returned: Percentage | None = None
    topics: Topics
    route53_topics: Topics
    runbooks: Url
    severity: Severity = "p0"
    standby_severity: Severity = "p1"
    protected: bool = True

    @field_validator("at_most")
    @classmethod
    def _can_hold_what_runs(cls, given: int, info: ValidationInfo) -> int:
        running = info.data.get("running", 0)
        if running > given:
            raise NotInWords(f"{running} are to be running", f"`at_most: {running}` at least")
        return given

    @field_validator("checked_from")
    @classmethod
    def _are_places_route_53_asks_from(cls, given: list[str]) -> list[str]:
        for region in given:
            if region not in HEALTH_CHECK_REGIONS:
                raise NotInWords(
                    f"Route 53 does not ask from `{region}`",
                    f"it asks from {', '.join(HEALTH_CHECK_REGIONS)}",
                )
        if len(set(given)) != len(given):
            raise NotInWords("a region stands twice", "name each region once")
        return given

    @field_validator("returned")
    @classmethod
    def _is_a_step(cls, given: float | None, info: ValidationInfo) -> float | None:
        steps = info.data.get("returns_at") or ()
        if given is not None and given not in steps:
            known = ", ".join(f"{share:g} %" for share in steps)
            raise NotInWords(
                "no step of `returns_at`",
                f"one of {known}" if known else "`returns_at: [10 %, 50 %, 100 %]`",
            )
        return given

    @field_validator("moves_by_itself")
    @classmethod
    def _needs_somebody_there(cls, given: bool, info: ValidationInfo) -> bool:
        if given and info.data.get("running") == 0:
            raise NotInWords(
                "nothing runs here that could serve, so Route 53 would never move traffic",
                "`running: 1` at least, or let the runbook start servers and open the switch",
            )
        return given


class StandbyServers(UpkeepComponent):
    """Servers that wait in the recovery region behind a load balancer of their own.

    A pilot light (``running`` 0) has everything but servers; a warm standby has some. Either is
    scaled by a runbook, so deployments leave the number of running servers alone.

    Traffic comes by a failover name. A standby that cannot serve without a person (its database is
    a replica, its servers are not started) must not get traffic by itself, so by default a switch
    stays closed until a runbook opens it, and until then users stay with the primary, healthy or
    not; see ``traffic.py``. Either way nothing moves to a load balancer without healthy servers.

    Users go back in steps, where the plan has some, by the weights of a name of its own.

    Alerts: the primary does not answer (the reason to act), servers here are unhealthy, and of a
    warm standby fewer servers are there, or healthy, than promised.
    """

    load_balancer_dns_name: pulumi.Output[str]
    """DNS name of the standby's load balancer."""
    load_balancer_arn: pulumi.Output[str]
    """ARN of it."""
    target_group_arn: pulumi.Output[str]
    """ARN of the target group the servers join."""
    group_name: pulumi.Output[str]
    """Name of the auto-scaling group, which a runbook scales."""
    launch_template_id: pulumi.Output[str]
    """Id of the launch template its servers start from."""
    security_group_id: pulumi.Output[str]
    """Id of the servers' own security group."""
    record_fqdn: pulumi.Output[str]
    """The name that moves."""
    return_fqdn: pulumi.Output[str | None]
    """The name whose weights lead users back in steps; none where they go back at once."""
    primary_health_check_id: pulumi.Output[str]
    """Id of the health check that asks the primary."""
    switch_arn: pulumi.Output[str | None]
    """ARN of the listener rule that a runbook changes to answer 200; none where traffic moves by
    itself."""
    switch_url: pulumi.Output[str | None]
    """Where the switch can be seen: 503 is closed, 200 is open."""

    def __init__(
        self, name: str, args: StandbyServersArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        doors = declare_doors(self, settings.network, settings.port)
        behind = declare_balancer(
            self,
            security_group=doors.balancer.id,
            network=settings.network,
            subnets=settings.public_subnets,
            port=settings.port,
            asked=settings.server_path or settings.health.path,
            certificate=settings.certificate,
            access_logs=settings.access_logs,
            protect=settings.protected,
        )
        balancer, targets = behind.balancer, behind.targets
        self._logs(settings)
        template = self._template(settings, doors)
        group = self._group(settings, template, targets)

        asked = declare_endpoint_check(
            self,
            "primary",
            settings.primary.dns_name,
            settings.health.path,
            settings.health,
            settings.checked_from,
        )
        switch = None if settings.moves_by_itself else declare_switch(self, behind.https)
        primary_healthy, standby_open = asked, None
        if switch is not None:
            primary_healthy, standby_open = (
                declare_endpoint_check(
                    self,
                    part,
                    balancer.dns_name,
                    SWITCH_PATH,
                    settings.health,
                    settings.checked_from,
                    inverted=inverted,
                )
                for part, inverted in (("switch-closed", True), ("switch-open", False))
            )
        primary = Side(settings.primary.dns_name, settings.primary.zone_id)
        standby = Side(balancer.dns_name, balancer.zone_id)
        if settings.returns_at is not None:
            standby = declare_return(
                self, settings.serves, settings.zone, primary, standby, settings.returned or 0
            )
        record = declare_records(
            self,
            settings.serves,
            settings.zone,
            primary,
            standby,
            primary_healthy,
            standby_open,
        )
        watch_primary(
            self,
            settings.serves,
            asked,
            settings.severity,
            args["route53_topics"],
            settings.runbooks,
            moves_by_itself=settings.moves_by_itself,
        )
        watch_standby(
            self,
            settings.running,
            balancer,
            targets,
            group,
            settings.standby_severity,
            args["topics"],
            settings.runbooks,
        )

        self.load_balancer_dns_name = balancer.dns_name
        self.load_balancer_arn = balancer.arn
        self.target_group_arn = targets.arn
        self.group_name = group.name
        self.launch_template_id = template.id
        self.security_group_id = doors.servers.id
        self.record_fqdn = record.fqdn
        self.return_fqdn = pulumi.Output.from_input(
            return_name(settings.serves) if settings.returns_at is not None else None
        )
        self.primary_health_check_id = asked.id
        self.switch_arn = pulumi.Output.from_input(switch.arn if switch else None)
        self.switch_url = pulumi.Output.from_input(
            pulumi.Output.concat("https://", balancer.dns_name, SWITCH_PATH) if switch else None
        )
        self.register_outputs(
            {
                "loadBalancerDnsName": self.load_balancer_dns_name,
                "loadBalancerArn": self.load_balancer_arn,
                "targetGroupArn": self.target_group_arn,
                "groupName": self.group_name,
                "launchTemplateId": self.launch_template_id,
                "securityGroupId": self.security_group_id,
                "recordFqdn": self.record_fqdn,
                "returnFqdn": self.return_fqdn,
                "primaryHealthCheckId": self.primary_health_check_id,
                "switchArn": self.switch_arn,
                "switchUrl": self.switch_url,
            }
        )

    def _logs(self, settings: _Settings) -> None:
        """What servers write to must be there before the first of them starts."""
        for group, kept in sorted(settings.log_groups.items()):
            part = re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")
            aws.cloudwatch.LogGroup(
                f"{self.name}-{part}",
                aws.cloudwatch.LogGroupArgs(name=group, retention_in_days=kept.days),
                self.child(),
            )

    def _template(self, settings: _Settings, doors: Doors) -> aws.ec2.LaunchTemplate:
        groups: list[pulumi.Input[str]] = [doors.servers.id, *settings.security_groups]
        return aws.ec2.LaunchTemplate(
            self.name,
            aws.ec2.LaunchTemplateArgs(
                name=physical_name(self.name, limit=TEMPLATE_NAME_LIMIT),
                image_id=settings.image,
                instance_type=settings.instance_type,
                iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(
                    name=settings.instance_profile
                ),
                user_data=settings.user_data,
                update_default_version=True,
                # Session tokens only, and not through a container's extra hop.
                metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                    http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
                ),
                monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
                network_interfaces=[
                    aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                        device_index=0,
                        associate_public_ip_address="false",
                        delete_on_termination="true",
                        security_groups=groups,
                    )
                ],
                block_device_mappings=[
                    aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                        device_name=settings.root_device,
                        ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                            encrypted="true",
                            volume_type="gp3",
                            volume_size=settings.root_size,
                            delete_on_termination="true",
                        ),
                    )
                ],
            ),
            self.child(),
        )

    def _group(
        self,
        settings: _Settings,
        template: aws.ec2.LaunchTemplate,
        targets: aws.lb.TargetGroup,
    ) -> aws.autoscaling.Group:
        name = physical_name(self.name, limit=GROUP_NAME_LIMIT)
        return aws.autoscaling.Group(
            self.name,
            aws.autoscaling.GroupArgs(
                name=name,
                min_size=settings.running,
                desired_capacity=settings.running,
                max_size=settings.at_most,
                vpc_zone_identifiers=settings.private_subnets,
                target_group_arns=[targets.arn],
                health_check_type="ELB",
                health_check_grace_period=round(GRACE.total_seconds()),
                # A new image or template reaches the servers that run: a new one comes first.
                instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
                    strategy="Rolling",
                    preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                        min_healthy_percentage=100, max_healthy_percentage=200, skip_matching=True
                    ),
                ),
                launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
                    id=template.id, version=template.latest_version.apply(str)
                ),
                enabled_metrics=[
                    aws.autoscaling.Metric.GROUP_DESIRED_CAPACITY,
                    aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
                ],
                metrics_granularity="1Minute",
                # Alarms tell of servers that do not come up; a deployment need not wait for them.
                wait_for_capacity_timeout="0",
                tags=[
                    aws.autoscaling.GroupTagArgs(key="Name", value=name, propagate_at_launch=True)
                ],
                # Runbooks scale it. What runs in an emergency is not for a deployment to take back.
            ),
            self.child(ignore_changes=["desiredCapacity"]),
        )
