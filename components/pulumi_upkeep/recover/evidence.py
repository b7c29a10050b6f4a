"""``Evidence``: where proofs of restores and drills are kept, and what says that one is too old."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws, policy
from ..component import UpkeepComponent
from ..function import declare_function
from ..functions.common.proofs import NAMESPACE
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.evidence import Evidence as Planned
from ..plan.faults import Fault
from ..plan.words import Duration, Later, Name, Severity, Url, Words
from .cross_checked import CrossChecked

# S3: a bucket's name has 3 to 63 lower-case letters, digits and hyphens.
BUCKET_NAME_LIMIT = 63
ROUND = "rate(1 hour)"
AGE_PERIOD = timedelta(hours=6)
DAY = timedelta(days=1)


class EvidenceDrill(TypedDict):
    """From when a scenario that is not rehearsed alerts."""

    at_most: str
    """How old the last real rehearsal of a scenario may be, e.g. ``35 days``."""
    severity: NotRequired[str]
    """Severity of the alarm: p0 to p3. Default p1."""


class EvidenceArgs(TypedDict):
    topics: AlertTopics
    """The SNS topic of each severity, in this region."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/evidence``."""
    keep: NotRequired[str]
    """How long nobody can delete an entry, in whole days. Default 1 year."""
    mode: NotRequired[str]
    """``governance`` (default) or ``compliance``: who may lift the lock; nobody in the latter."""
    severity: NotRequired[str]
    """Severity of a ledger that was tampered with: p0 to p3. Default p1."""
    drills: NotRequired[dict[str, EvidenceDrill]]
    """Scenario (``complete-outage``) -> how old its last rehearsal may be."""
    administrators: NotRequired[list[pulumi.Input[str]]]
    """ARNs of the IAM roles that may lift a governance lock; ``*`` stands for any text. Without
    any, the bucket's policy lets nobody."""
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete the bucket. Default true. Where false, a deletion empties
    it first, as far as the lock allows."""


class _Drill(Words):
    at_most: Duration
    severity: Severity = "p1"


class _Settings(CrossChecked):
    topics: Topics
    runbooks: Url
    planned: Planned = Planned()
    drills: dict[Name, _Drill] = Field(default_factory=dict)
    administrators: list[Later] = Field(default_factory=list)
    protected: bool = True

    def faults(self) -> Iterator[Fault]:
        if not self.protected and self.planned.mode == "compliance":
            yield Fault(
                "mode",
                "what a compliance lock holds nobody deletes, and this bucket is to be deletable",
                "compliance",
                "`mode: governance`, or leave `protected` at true",
            )


class Evidence(UpkeepComponent):
    """A bucket with a lock for the ledger, and a function that says every hour how it stands.

    Entries are chained by their hashes; whoever changes one is found, and the lock keeps what was
    first written. Alarms: the ledger is no longer whole; a scenario was not rehearsed for too long.
    """

    bucket_name: pulumi.Output[str]
    """Name of the bucket, as restore tests and drills take it."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""

    def __init__(
        self, name: str, args: EvidenceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, _grouped(args))
        bucket = self._bucket(settings)
        self._function(settings, args, bucket)
        self._alarms(settings, args, bucket)
        self.bucket_name = bucket.bucket
        self.bucket_arn = bucket.arn
        self.register_outputs({"bucketName": bucket.bucket, "bucketArn": bucket.arn})

    def _bucket(self, settings: _Settings) -> aws.s3.Bucket:
        bucket = aws.s3.Bucket(
            self.name,
            aws.s3.BucketArgs(
                bucket=physical_name(self.name, limit=BUCKET_NAME_LIMIT).lower(),
                # Turns versions on: what is covered by something newer is still there.
                object_lock_enabled=True,
                force_destroy=not settings.protected,
            ),
            self.child(protect=settings.protected),
        )
        aws.s3.BucketObjectLockConfiguration(
            self.name,
            aws.s3.BucketObjectLockConfigurationInitArgs(
                bucket=bucket.id,
                rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                    default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                        mode=settings.planned.mode.upper(), days=settings.planned.keep.days
                    )
                ),
            ),
            self.child(),
        )
        block = aws.s3.BucketPublicAccessBlock(
            self.name,
            aws.s3.BucketPublicAccessBlockArgs(
                bucket=bucket.id,
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
            ),
            self.child(),
        )
        aws.s3.BucketPolicy(
            self.name,
            aws.s3.BucketPolicyArgs(
                bucket=bucket.id,
                policy=pulumi.Output.all(bucket.arn, settings.administrators).apply(
                    lambda known: bucket_policy(known[0], known[1])
                ),
            ),
            # S3 refuses two changes of who may come in at the same time.
            self.child(depends_on=[block]),
        )
        return bucket

    def _function(self, settings: _Settings, args: EvidenceArgs, bucket: aws.s3.Bucket) -> None:
        declare_function(
            self,
            "ages",
            package="evidence_ages",
            says="Says every hour whether the ledger is whole and how old each rehearsal is",
            statements=[
                bucket.arn.apply(
                    lambda arn: policy.allow(
                        "ListEvidence",
                        ["s3:ListBucket", "s3:ListBucketVersions"],
                        resources=[arn],
                    )
                ),
                bucket.arn.apply(
                    lambda arn: policy.allow(
                        "ReadEvidence",
                        ["s3:GetObject", "s3:GetObjectVersion"],
                        resources=[f"{arn}/*"],
                    )
                ),
                bucket.arn.apply(
                    lambda arn: policy.allow(
                        "NoteSinceWhen", ["s3:PutObject"], resources=[f"{arn}/awaited/*"]
                    )
                ),
                policy.publish_figures(NAMESPACE),
            ],
            environment={
                "LEDGER_BUCKET": bucket.bucket,
                "SCENARIOS": json.dumps(sorted(settings.drills)),
            },
            timeout=timedelta(minutes=5),
            schedule=ROUND,
            topics=args["topics"],
            severity=settings.planned.severity,
            runbooks=settings.runbooks,
            runbook="evidence",
        )

    def _alarms(self, settings: _Settings, args: EvidenceArgs, bucket: aws.s3.Bucket) -> None:
        watches = [
            Watch(
                part="tampered",
                says="the ledger of proofs is no longer whole",
                severity=settings.planned.severity,
                metric=Metric(NAMESPACE, "LedgerProblems", {"Ledger": bucket.bucket}, "Maximum"),
                threshold=0,
                period=AGE_PERIOD,
                periods=1,
                missing_data="breaching",
                runbook="evidence",
            )
        ]
        watches += [
            Watch(
                part=f"{scenario}-age",
                says=f"{scenario} was not rehearsed for longer than the plan allows (days)",
                severity=drill.severity,
                metric=Metric(NAMESPACE, "DrillAge", {"Scenario": scenario}, "Maximum"),
                threshold=drill.at_most / DAY,
                period=AGE_PERIOD,
                periods=1,
                missing_data="breaching",
                # Of a scenario there is a runbook only where the plan has what it takes.
                runbook="drill-age",
            )
            for scenario, drill in sorted(settings.drills.items())
        ]
        for watch in watches:
            declare_alarm(self, watch, args["topics"], settings.runbooks)


def _grouped(args: Mapping[str, Any]) -> dict[str, Any]:
    """The plan's chapter has its own model; here its keys stand among the others."""
    grouped = {key: value for key, value in args.items() if key not in Planned.model_fields}
    chapter = {key: args[key] for key in Planned.model_fields if args.get(key) is not None}
    return {**grouped, "planned": chapter}


def bucket_policy(arn: str, administrators: list[str]) -> str:
    """By TLS only; the lock is lifted by nobody, or by those who are named."""
    but = {"ArnNotLike": {"aws:PrincipalArn": sorted(administrators)}} if administrators else None
    return policy.document(
        policy.deny(
            "ByTlsOnly",
            ["s3:*"],
            principal="*",
            resources=[arn, f"{arn}/*"],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        policy.deny(
            "KeepWhatIsProved",
            # What would shorten the lock of new entries is denied only where somebody is named who
            # still may: a deployment changes it too.
            ["s3:BypassGovernanceRetention"]
            + (["s3:PutBucketObjectLockConfiguration"] if administrators else []),
            principal="*",
            resources=[arn, f"{arn}/*"],
            conditions=but,
        ),
    )
