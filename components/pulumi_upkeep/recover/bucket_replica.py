"""``BucketReplica``: a bucket that follows another, in another region."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, NotRequired, TypedDict

import pulumi
from pydantic import StringConstraints

from .. import aws, policy
from ..account import Account, account_of
from ..aws import s3
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.bucket_replicas import EARLIER_VERSIONS, BucketLag
from ..plan.faults import Fault
from ..plan.limits import REPLICATION_LAG
from ..plan.retention import Retention
from ..plan.words import Region, Url, say_duration
from ..private_bucket import declare_private_bucket
from .cross_checked import CrossChecked

RULE = "upkeep"
# S3: RTC and its metrics know 15 minutes and nothing else.
_MINUTES = round(REPLICATION_LAG.least / timedelta(minutes=1))
# S3 reports once a minute; three of them are no hiccup.
_PERIOD = timedelta(minutes=1)
_PERIODS = 3


class BucketReplicaLag(TypedDict):
    """When a replica is too far behind."""

    above: NotRequired[str]
    """15 minutes at least, which is the default [S3 Replication Time Control]."""
    severity: NotRequired[str]
    """p0 to p3. Default p1."""


class BucketReplicaArgs(TypedDict):
    source: str
    """Name of the bucket that is followed. It must be versioned, and nothing else may replicate
    it: S3 keeps one such document per bucket."""
    source_region: str
    """The region of the source: the rule stands there, the replica in the provider's own."""
    lag: NotRequired[BucketReplicaLag]
    """When somebody is told. Default above 15 minutes, p1."""
    deletes: NotRequired[bool]
    """Whether a deletion in the source deletes in the replica. Default false."""
    earlier_versions: NotRequired[str]
    """How long replaced and deleted versions stay in the replica. Default ``30 days``."""
    topics: AlertTopics
    """The SNS topic of each severity, in the replica's region: S3 reports there."""
    source_topics: AlertTopics
    """The SNS topic of each severity, in the source's region: failures are reported there."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/bucket-replica``."""
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete the replica. Default true."""


class _Settings(CrossChecked):
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    source_region: Region
    lag: BucketLag = BucketLag()
    deletes: bool = False
    earlier_versions: Retention = EARLIER_VERSIONS
    topics: Topics
    source_topics: Topics
    runbooks: Url
    protected: bool = True

    def faults(self) -> Iterator[Fault]:
        return iter(())


class BucketReplica(UpkeepComponent):
    """A versioned, encrypted, private bucket, and the rule of the source's that fills it.

    S3 Replication Time Control promises 15 minutes for 99.99 % of what is written; alarms tell when
    the replica is further behind, and when an object could not be replicated. Deletions stay in the
    source unless stated otherwise.
    """

    bucket_name: pulumi.Output[str]
    """Name of the replica."""
    bucket_arn: pulumi.Output[str]
    """ARN of the replica."""
    unproven: pulumi.Output[Sequence[str]]
    """What nobody can tell from here, a sentence each."""

    def __init__(
        self, name: str, args: BucketReplicaArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        replica = declare_private_bucket(
            self,
            protect=settings.protected,
            earlier_versions=settings.earlier_versions,
        )
        role = self._role(settings, replica.bucket.arn)
        s3.BucketReplicationConfig(
            name,
            s3.BucketReplicationConfigArgs(
                bucket=settings.source,
                role=role.arn,
                rules=[_rule(settings, replica.bucket.arn)],
                # The rule stands with the source.
                region=settings.source_region,
            ),
            self.child(depends_on=[replica.versioning]),
        )
        self._watch(settings, replica.bucket.bucket, args)
        self.bucket_name = replica.bucket.bucket
        self.bucket_arn = replica.bucket.arn
        self.unproven = pulumi.Output.from_input(
            [
                f"replica {physical_name(name)}: what was in {settings.source} before it is "
                "replicated by no rule; S3 Batch Replication copies it once",
                f"replica {physical_name(name)}: objects of {settings.source} under a key of KMS "
                "are not replicated",
            ]
        )
        self.register_outputs(
            {
                "bucketName": self.bucket_name,
                "bucketArn": self.bucket_arn,
                "unproven": self.unproven,
            }
        )

    def _role(self, settings: _Settings, replica: pulumi.Output[str]) -> aws.iam.Role:
        account = account_of(self)
        role = aws.iam.Role(
            self.name,
            aws.iam.RoleArgs(
                name=physical_name(self.name, "replication"),
                description=f"S3 replicates {settings.source}",
                assume_role_policy=account.apply(lambda known: _trust(known, settings.source)),
            ),
            self.child(),
        )
        aws.iam.RolePolicy(
            self.name,
            aws.iam.RolePolicyArgs(
                name="replication",
                role=role.name,
                policy=pulumi.Output.all(account=account, replica=replica).apply(
                    lambda known: replication_policy(
                        known["account"], settings.source, known["replica"], settings.deletes
                    )
                ),
            ),
            self.child(),
        )
        return role

    def _watch(
        self,
        settings: _Settings,
        replica: pulumi.Output[str],
        args: BucketReplicaArgs,
    ) -> None:
        dimensions: dict[str, pulumi.Input[str]] = {
            "SourceBucket": settings.source,
            "DestinationBucket": replica,
            "RuleId": RULE,
        }
        called = physical_name(self.name)
        declare_alarm(
            self,
            Watch(
                part="behind",
                says=(
                    f"{called} is more than {say_duration(settings.lag.above)} behind "
                    f"{settings.source}"
                ),
                severity=settings.lag.severity,
                # Reported in the replica's region, in seconds [S3, replication metrics].
                metric=Metric("AWS/S3", "ReplicationLatency", dimensions, "Maximum"),
                threshold=settings.lag.above.total_seconds(),
                period=_PERIOD,
                periods=_PERIODS,
                # Where nothing is written nothing is reported, and nothing is behind.
                missing_data="notBreaching",
                runbook="bucket-replica",
            ),
            args["topics"],
            settings.runbooks,
        )
        declare_alarm(
            self,
            Watch(
                part="failed",
                says=f"objects of {settings.source} could not be replicated to {called}",
                severity=settings.lag.severity,
                # Reported in the source's region [S3, replication metrics].
                metric=Metric("AWS/S3", "OperationsFailedReplication", dimensions, "Sum"),
                threshold=0,
                period=timedelta(minutes=5),
                periods=1,
                missing_data="notBreaching",
                runbook="bucket-replica",
            ),
            args["source_topics"],
            settings.runbooks,
            region=settings.source_region,
        )


def _rule(settings: _Settings, replica: pulumi.Output[str]) -> s3.BucketReplicationConfigRuleArgs:
    return s3.BucketReplicationConfigRuleArgs(
        id=RULE,
        priority=1,
        status="Enabled",
        filter=s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
        delete_marker_replication=s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
            status="Enabled" if settings.deletes else "Disabled"
        ),
        destination=s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=replica,
            metrics=s3.BucketReplicationConfigRuleDestinationMetricsArgs(
                status="Enabled",
                event_threshold=s3.BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs(
                    minutes=_MINUTES
                ),
            ),
            replication_time=s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs(
                status="Enabled",
                time=s3.BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs(
                    minutes=_MINUTES
                ),
            ),
        ),
    )


def _trust(account: Account, source: str) -> str:
    """Only S3 takes the role, and only for this bucket of this account."""
    return policy.trust(
        "TakenByS3",
        "s3.amazonaws.com",
        account.id,
        {"ArnEquals": {"aws:SourceArn": f"arn:{account.partition}:s3:::{source}"}},
    )


def replication_policy(account: Account, source: str, replica: str, deletes: bool) -> str:
    """What S3 may do for it: read the source's versions, write them to the replica.

    deletes   whether deletions are replicated, which takes a right of its own
    """
    bucket = f"arn:{account.partition}:s3:::{source}"
    write = ["s3:ReplicateObject", "s3:ReplicateTags", *(["s3:ReplicateDelete"] if deletes else [])]
    return policy.document(
        policy.allow(
            "ReadRule", ["s3:GetReplicationConfiguration", "s3:ListBucket"], resources=[bucket]
        ),
        policy.allow(
            "ReadVersions",
            [
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            resources=[f"{bucket}/*"],
        ),
        policy.allow("WriteReplica", sorted(write), resources=[f"{replica}/*"]),
    )
