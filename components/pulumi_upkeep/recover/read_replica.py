"""``ReadReplica``: a second copy of a database that follows the first and can take over."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..observe.replica_lag import lag_watch
from ..plan.faults import Fault
from ..plan.replicas import Lag
from ..plan.words import Later, Severity, Url
from .counted import at_least
from .cross_checked import CrossChecked
from .key import declare_key

# RDS: an identifier has at most 63 characters, a parameter group's name 255.
IDENTIFIER_LIMIT = 63
PARAMETER_GROUP_LIMIT = 255
# RDS: Enhanced Monitoring reports every 1, 5, 10, 15, 30 or 60 seconds.
MONITORING_SECONDS = 60
# RDS: Performance Insights keeps 7 days for nothing.
INSIGHTS_DAYS = 7
# RDS reports once a minute while an instance is up.
SILENCE = timedelta(minutes=5)


class ReadReplicaLag(TypedDict):
    """From when a replica that falls behind alerts."""

    above: NotRequired[str]
    """The longest that it may be behind, 1 minute to 12 hours. Default ``5 minutes``, which RDS for
    PostgreSQL also reports of a source that writes nothing."""
    severity: NotRequired[str]
    """p0 to p3. Default p1."""


class ReadReplicaArgs(TypedDict):
    source: pulumi.Input[str]
    """What is followed: its identifier in the same region, its ARN across regions. It needs
    automated backups (a retention above 0 days) [RDS]. An existing replica's source never
    changes: RDS refuses it, so a changed source is left alone. Declare the next generation."""
    across_regions: NotRequired[bool]
    """Whether the source is in another region. Only needed where ``source`` is not yet known."""
    instance_class: pulumi.Input[str]
    """E.g. ``db.r6g.large``; as large as the source where it is to take over."""
    subnet_group: pulumi.Input[str]
    """Name of the DB subnet group."""
    security_groups: list[pulumi.Input[str]]
    """Ids of the VPC security groups."""
    topics: AlertTopics
    """The SNS topic of each severity, in the replica's own region."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/replica-lag``."""
    lag: NotRequired[ReadReplicaLag]
    """From when lag alerts. Default: above 5 minutes, p1."""
    down_severity: NotRequired[str]
    """Severity of a replica that reports nothing any more. Default p1."""
    parameter_family: NotRequired[str]
    """Family of the replica's own parameter group, e.g. ``postgres16``. Without it, and without
    ``parameters``, the engine's default group."""
    parameters: NotRequired[dict[str, str]]
    """Parameters of that group. A replica of PostgreSQL needs at least the source's
    ``max_connections`` and ``max_worker_processes``, or it does not start."""
    multi_az: NotRequired[bool]
    """Whether it has a standby in a second zone; where it is to take over. Default false."""
    performance_insights: NotRequired[bool]
    """Whether slow queries are recorded, for 7 days. Default true."""
    monitoring_role: NotRequired[pulumi.Input[str]]
    """ARN of the role of Enhanced Monitoring; with it, the system is measured every 60 s."""
    protected: NotRequired[bool]
    """Whether Pulumi and RDS refuse to delete it. Default true."""
    retained: NotRequired[bool]
    """Whether it stays in the cloud when it leaves the stack. Default false."""
    final_snapshot: NotRequired[bool]
    """Whether deleting it takes a last snapshot. Default true, which also keeps a promoted
    database from vanishing: RDS takes none of a replica and so refuses to delete one. State false
    to retire a member that was never promoted."""


class _Settings(CrossChecked):
    source: Later
    across_regions: bool | None = None
    instance_class: Later
    subnet_group: Later
    security_groups: Annotated[
        list[Later], at_least(1, "without one RDS gives the default group of the network")
    ]
    topics: Topics
    runbooks: Url
    lag: Lag = Lag()
    down_severity: Severity = "p1"
    parameter_family: str | None = None
    parameters: dict[str, str] = Field(default_factory=dict)
    multi_az: bool = False
    performance_insights: bool = True
    monitoring_role: Later | None = None
    protected: bool = True
    retained: bool = False
    final_snapshot: bool = True

    @property
    def crosses_regions(self) -> bool:
        """Whether the source is in another region."""
        if self.across_regions is not None:
            return self.across_regions
        return isinstance(self.source, str) and self.source.startswith("arn:")

    def faults(self) -> Iterator[Fault]:
        if not isinstance(self.source, str):
            if self.across_regions is None:
                yield Fault(
                    "across_regions",
                    "not to be seen from a source that is only known once deployed",
                    None,
                    "state true or false",
                )
        elif self.crosses_regions != self.source.startswith("arn:"):
            yield Fault(
                "source",
                "across regions a source is named by its ARN, within one by its identifier [RDS]",
                self.source,
                "give the other name, or leave `across_regions` out",
            )
        if self.parameters and self.parameter_family is None:
            yield Fault(
                "parameter_family", "parameters without a family", None, "such as `postgres16`"
            )


class ReadReplica(UpkeepComponent):
    """A read replica, in the source's region or another, ready to become the database.

    Name it by place and generation (``orders-usw2-1``), never by role: after a promotion the same
    instance is the primary. A promotion outside this code is left alone by the next deployment.
    How long it keeps backups of its own can only be set after a promotion [RDS]: whoever promotes
    sets it.

    Across regions it has a key of its own in its region; within one it shares the source's, as RDS
    demands. Alerts: it falls behind, and it is silent, which is how a stopped or unreachable
    instance shows.
    """

    identifier: pulumi.Output[str]
    """Identifier of the instance in RDS."""
    arn: pulumi.Output[str]
    """ARN of the instance."""
    endpoint: pulumi.Output[str]
    """``address:port``."""
    address: pulumi.Output[str]
    """Host name."""
    port: pulumi.Output[int]
    """TCP port."""

    def __init__(
        self, name: str, args: ReadReplicaArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        identifier = physical_name(name, limit=IDENTIFIER_LIMIT)
        key = None
        if settings.crosses_regions:
            key = declare_key(
                self,
                "storage",
                ["rds"],
                protect=settings.protected,
                retain_on_delete=settings.retained,
            )
        group = self._parameter_group(settings)
        replica = aws.rds.Instance(
            name,
            aws.rds.InstanceArgs(
                identifier=identifier,
                replicate_source_db=settings.source,
                instance_class=settings.instance_class,
                storage_encrypted=True if key else None,
                kms_key_id=key.arn if key else None,
                db_subnet_group_name=settings.subnet_group,
                vpc_security_group_ids=settings.security_groups,
                parameter_group_name=group.name if group else None,
                multi_az=settings.multi_az,
                publicly_accessible=False,
                # Replicas are upgraded when the source is, by plan, not by themselves.
                auto_minor_version_upgrade=False,
                copy_tags_to_snapshot=True,
                performance_insights_enabled=settings.performance_insights,
                performance_insights_retention_period=(
                    INSIGHTS_DAYS if settings.performance_insights else None
                ),
                performance_insights_kms_key_id=(
                    key.arn if key and settings.performance_insights else None
                ),
                monitoring_interval=MONITORING_SECONDS if settings.monitoring_role else None,
                monitoring_role_arn=settings.monitoring_role,
                deletion_protection=settings.protected,
                skip_final_snapshot=not settings.final_snapshot,
                final_snapshot_identifier=f"{identifier}-final"
                if settings.final_snapshot
                else None,
            ),
            self.child(
                protect=settings.protected,
                retain_on_delete=settings.retained,
                # After a promotion RDS reports no source. Setting it again is refused by RDS,
                # and must not be tried.
                ignore_changes=["replicateSourceDb"],
            ),
        )
        self._watch(replica, settings, args["topics"])
        self.identifier = replica.identifier
        self.arn = replica.arn
        self.endpoint = replica.endpoint
        self.address = replica.address
        self.port = replica.port
        self.register_outputs(
            {
                "identifier": replica.identifier,
                "arn": replica.arn,
                "endpoint": replica.endpoint,
                "address": replica.address,
                "port": replica.port,
            }
        )

    def _parameter_group(self, settings: _Settings) -> aws.rds.ParameterGroup | None:
        if settings.parameter_family is None:
            return None
        return aws.rds.ParameterGroup(
            self.name,
            aws.rds.ParameterGroupArgs(
                name=physical_name(self.name, limit=PARAMETER_GROUP_LIMIT),
                family=settings.parameter_family,
                description=f"Parameters of {physical_name(self.name)}",
                parameters=[
                    aws.rds.ParameterGroupParameterArgs(
                        name=key,
                        value=settings.parameters[key],
                        # Static parameters refuse `immediate`; this serves both kinds.
                        apply_method="pending-reboot",
                    )
                    for key in sorted(settings.parameters)
                ],
            ),
            self.child(),
        )

    def _watch(self, replica: aws.rds.Instance, settings: _Settings, topics: AlertTopics) -> None:
        watches = [
            lag_watch(
                "lag",
                f"{physical_name(self.name)} is behind its source, or does not follow it",
                replica.identifier,
                settings.lag.above,
                settings.lag.severity,
            ),
            Watch(
                part="down",
                runbook="replica-down",
                says=f"{physical_name(self.name)} is silent: stopped, restarting or unreachable",
                severity=settings.down_severity,
                # Never below 0 while it reports: it is the silence that breaches.
                metric=Metric(
                    "AWS/RDS",
                    "DatabaseConnections",
                    {"DBInstanceIdentifier": replica.identifier},
                    "Minimum",
                ),
                comparison="LessThanThreshold",
                threshold=0,
                missing_data="breaching",
                periods=int(SILENCE / timedelta(minutes=1)),
            ),
        ]
        for watch in watches:
            declare_alarm(self, watch, topics, settings.runbooks)
