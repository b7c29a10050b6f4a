"""``ReadReplica``: a second copy of a database that follows the first and can take over."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws
from ..component import UpkeepComponent
from ..key import declare_key, key_alias
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..observe.replica_lag import lag_watch
from ..plan.faults import Fault
from ..plan.limits import AUTOMATED_RETENTION
from ..plan.replicas import Lag
from ..plan.words import Duration, Later, Severity, Url
from .counted import at_least
from .cross_checked import CrossChecked

# RDS: an identifier has at most 63 characters, a parameter group's name 255.
IDENTIFIER_LIMIT = 63
PARAMETER_GROUP_LIMIT = 255
# RDS: Enhanced Monitoring reports every 1, 5, 10, 15, 30 or 60 seconds.
MONITORING_SECONDS = 60
# RDS: Performance Insights keeps 7 days for nothing.
INSIGHTS_DAYS = 7
# RDS reports once a minute while an instance is up.
SILENCE = timedelta(minutes=5)

# What its key encrypts.
STORAGE = "storage"

# What a member does. It stays the same instance whatever that is.
#   follows   it is a read replica
#   writes    it was promoted, and takes the writes
#   wrote     it took the writes once, and is kept as it was
#   retired   nobody needs it: with the next deployment it may leave the stack
Role = Literal["follows", "writes", "wrote", "retired"]


def instance_identifier(name: str) -> str:
    """The identifier in RDS of the replica that the stack calls ``name``."""
    return physical_name(name, limit=IDENTIFIER_LIMIT)


def storage_key_alias(name: str) -> str:
    """The alias of the key of the replica that the stack calls ``name``, where it has its own."""
    return key_alias(name, STORAGE)


class ReadReplicaLag(TypedDict):
    """From when a replica that falls behind alerts."""

    above: NotRequired[str]
    """The longest that it may be behind, 1 minute to 12 hours. Default ``5 minutes``, which RDS for
    PostgreSQL also reports of a source that writes nothing."""
    severity: NotRequired[str]
    """p0 to p3. Default p1."""


class ReadReplicaArgs(TypedDict):
    source: NotRequired[pulumi.Input[str]]
    """What is followed: its identifier in the same region, its ARN across regions. It needs
    automated backups (a retention above 0 days) [RDS]. An existing replica's source never
    changes: RDS refuses it, so a changed source is left alone. Declare the next generation.
    Required of a replica, refused of what was promoted."""
    across_regions: NotRequired[bool]
    """Whether the source is, or was, in another region, and the instance so has a key of its own.
    Only needed where ``source`` is not yet known or no longer there."""
    source_encrypted: NotRequired[bool]
    """Whether the source's storage is encrypted; a replica's is as its source's [RDS]. Default
    true."""
    role: NotRequired[str]
    """What it does: ``follows`` (default); ``writes``, once it was promoted; ``wrote``, once
    another member was; ``retired``, which ends its protection, so that the next deployment may
    leave it out. A member that was promoted never follows again: RDS gives no living instance a
    source."""
    backup_retention: NotRequired[str]
    """How long RDS keeps automated backups of what ``writes``, 1 to 35 days; required there, since
    what is to follow it needs them. Settable only after the promotion [RDS]."""
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
    source: Later | None = None
    across_regions: bool | None = None
    source_encrypted: bool = True
    role: Role = "follows"
    backup_retention: Annotated[Duration, AUTOMATED_RETENTION.validator] | None = None
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

    @property
    def guarded(self) -> bool:
        """Whether Pulumi and RDS refuse to delete it."""
        return self.protected and self.role != "retired"

    def faults(self) -> Iterator[Fault]:
        yield from self._role_faults()
        if self.source is None:
            if self.role == "follows":
                yield Fault("source", "missing", None, "required of what follows")
            elif self.across_regions is None:
                yield Fault(
                    "across_regions",
                    "not to be seen without a source",
                    None,
                    "state whether it was in another region: the instance then has a key of its "
                    "own, and keeps it",
                )
        elif not isinstance(self.source, str):
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

    def _role_faults(self) -> Iterator[Fault]:
        if self.role in ("writes", "wrote") and self.source is not None:
            yield Fault(
                "source",
                "it was promoted, and an old primary never becomes a replica again [RDS]",
                None,
                "leave it out; what is to follow is a new generation, by its own name",
            )
        if self.role == "writes" and self.backup_retention is None:
            yield Fault(
                "backup_retention",
                "missing: without automated backups nothing can follow it [RDS]",
                None,
                "such as `30 days`",
            )
        if self.role != "writes" and self.backup_retention is not None:
            yield Fault(
                "backup_retention",
                "can be set only after a promotion [RDS]",
                None,
                "leave it out until its role is `writes`",
            )


class ReadReplica(UpkeepComponent):
    """A read replica, in the source's region or another, ready to become the database.

    Name it by place and generation (``orders-usw2-1``), never by role: after a promotion the same
    instance is the primary. A promotion outside this code is left alone by the next deployment;
    with its ``role`` changed to ``writes`` it stays the same resource and gets backups of its own.

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
        identifier = instance_identifier(name)
        key = None
        if settings.crosses_regions and settings.source_encrypted:
            key = declare_key(
                self,
                STORAGE,
                ["rds"],
                protect=settings.guarded,
                # The last snapshot of a retired member can be read as long as the key is there.
                retain_on_delete=settings.retained or settings.role == "retired",
            )
        group = self._parameter_group(settings)
        replica = aws.rds.Instance(
            name,
            aws.rds.InstanceArgs(
                identifier=identifier,
                replicate_source_db=settings.source,
                backup_retention_period=(
                    settings.backup_retention.days if settings.backup_retention else None
                ),
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
                deletion_protection=settings.guarded,
                skip_final_snapshot=not settings.final_snapshot,
                final_snapshot_identifier=f"{identifier}-final"
                if settings.final_snapshot
                else None,
            ),
            self.child(
                protect=settings.guarded,
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
                # Another major version needs another group, beside the old one for a while.
                name=physical_name(
                    self.name, settings.parameter_family, limit=PARAMETER_GROUP_LIMIT
                ),
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
        lag = lag_watch(
            "lag",
            f"{physical_name(self.name)} is behind its source, or does not follow it",
            replica.identifier,
            settings.lag.above,
            settings.lag.severity,
        )
        watches = [
            *([lag] if settings.role == "follows" else []),
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
        # An old primary is fenced or on its way out: nobody gets up for its silence.
        for watch in watches if settings.role in ("follows", "writes") else []:
            declare_alarm(self, watch, topics, settings.runbooks)
