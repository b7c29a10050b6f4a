"""``RestoreTest``: a backup that is proved, again and again, or an alarm."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NotRequired, TypedDict, cast

import pulumi
from pydantic import Field

from .. import aws, policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..function import LONGEST_TIMEOUT, declare_function, missing_packages
from ..functions.common.ledger import fingerprint
from ..functions.common.proofs import NAMESPACE
from ..naming import physical_name, shorten
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.faults import Fault
from ..plan.limits import RESTORE_NAME_LENGTH
from ..plan.restore_tests import RestoreTest as Planned
from ..plan.restore_tests import checks_text
from ..plan.words import Later, Region, TimeZone, Url, Words
from ..policy import Statement
from ..service_role import ServiceRole, declare_service_role
from .backup_role import trust
from .cross_checked import CrossChecked
from .restore_role import MADE, permissions

# What the function of the verdict has left when the checks are given up: for its report.
CHECKS_TIMEOUT = LONGEST_TIMEOUT - timedelta(minutes=1)
STATEMENT_SECONDS = 300
# A restored instance is gone within hours of its verdict; a bucket is emptied by a lifecycle first,
# which takes days. Ours: AWS names no figure.
DELETED_WITHIN = {"database": timedelta(hours=12), "bucket": timedelta(days=7)}
# The round, which publishes the age: several times within every period that the alarm looks at.
ROUND = "rate(1 hour)"
AGE_PERIOD = timedelta(hours=6)
DAY = timedelta(days=1)


class RestoreTestNetwork(TypedDict):
    """Where the copy stands and is looked at, as ``IsolatedNetwork`` gives it."""

    subnets: list[pulumi.Input[str]]
    """Ids of the isolated subnets."""
    subnet_group: NotRequired[pulumi.Input[str]]
    """Name of the DB subnet group; for databases."""
    copies: pulumi.Input[str]
    """Id of the security group of restored copies."""
    checks: pulumi.Input[str]
    """Id of the security group of what looks at them."""
    endpoint: pulumi.Input[str]
    """Host name of the endpoint of Secrets Manager (for a database) or S3 (for a bucket)."""


class RestoreTestLedger(TypedDict):
    """Where proofs are kept, as ``Evidence`` gives it."""

    bucket: pulumi.Input[str]
    """The bucket's name."""
    region: str
    """The bucket's region."""


class RestoreTestArgs(TypedDict):
    test: dict[str, Any]
    """The test in the plan's words: ``of``, ``every``, ``at``, ``on``, ``checks``,
    ``proof_at_most``, ``class`` and ``credentials`` of a database, and the rest of the chapter
    ``restore_tests``."""
    timezone: str
    """The clocks that ``at`` is read on: ``America/New_York``."""
    database: NotRequired[pulumi.Input[str]]
    """ARN of the database whose recovery points are restored; or"""
    bucket: NotRequired[pulumi.Input[str]]
    """ARN of the bucket."""
    vaults: list[pulumi.Input[str]]
    """ARNs of the vaults whose recovery points count."""
    network: RestoreTestNetwork
    """Where the copy stands."""
    ledger: RestoreTestLedger
    """Where the proofs are kept."""
    topics: AlertTopics
    """The SNS topic of each severity, in this region."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/restore-test``."""


class _Network(Words):
    subnets: list[Later]
    subnet_group: Later | None = None
    copies: Later
    checks: Later
    endpoint: Later


class _Ledger(Words):
    bucket: Later
    region: Region


class _Settings(CrossChecked):
    test: Planned
    timezone: TimeZone
    database: Later | None = None
    bucket: Later | None = None
    vaults: list[Later] = Field(min_length=1)
    network: _Network
    ledger: _Ledger
    topics: Topics
    runbooks: Url

    @property
    def kind(self) -> str:
        return "database" if self.database is not None else "bucket"

    def faults(self) -> Iterator[Fault]:
        if (self.database is None) == (self.bucket is None):
            yield Fault("database", "one thing is tested at a time", None, "`database` or `bucket`")
            return
        for fault in self.test.faults(self.kind):
            yield Fault(f"test.{fault.path}", fault.rule, fault.value, fault.remedy)
        if self.kind == "database":
            if self.network.subnet_group is None:
                yield Fault("network.subnet_group", "a database is restored into one", None, "")
            yield from missing_packages(["pg8000"], "test.checks")


class RestoreTest(UpkeepComponent):
    """Restores the newest recovery point on a schedule, looks at the copy, and keeps the proof.

    AWS Backup restores into the isolated network. One function, outside of it, is told of every
    restore that ends and owes the verdict; another, inside, looks at the copy and can tell nobody
    else. Three alarms: a verdict that is no good, a proof that is too old (also where nothing ever
    ran), a restored copy that was not deleted.
    """

    plan_name: pulumi.Output[str]
    """Name of the restore testing plan."""
    configuration: str
    """sha256 of the test as the plan has it: what its proofs are bound to."""

    def __init__(
        self, name: str, args: RestoreTestArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        test = settings.test
        self.configuration = fingerprint(test.in_words())
        account = account_of(self)
        role = declare_service_role(
            self,
            "restores",
            says=f"Restores what {physical_name(self.name)} looks at",
            trust=account.apply(trust),
            permissions=pulumi.Output.all(account, settings.network.subnet_group).apply(
                lambda known: permissions(known[0], settings.kind, known[1])
            ),
        )
        plan = self._plan(settings)
        self._selection(settings, plan, role)
        checks = self._checks(settings, args, account)
        self._judge(settings, args, account, plan, checks)
        self._alarms(settings, args)
        self.plan_name = plan.name
        self.register_outputs({"planName": plan.name, "configuration": self.configuration})

    def _plan(self, settings: _Settings) -> aws.backup.RestoreTestingPlan:
        test = settings.test
        return aws.backup.RestoreTestingPlan(
            self.name,
            aws.backup.RestoreTestingPlanArgs(
                name=_underscored(physical_name(self.name, limit=255)),
                schedule_expression=test.cron(),
                schedule_expression_timezone=settings.timezone,
                start_window_hours=round(test.start_within / timedelta(hours=1)),
                recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
                    algorithm="LATEST_WITHIN_WINDOW",
                    include_vaults=settings.vaults,
                    recovery_point_types=["CONTINUOUS", "SNAPSHOT"],
                    selection_window_days=test.newest_within.days,
                ),
            ),
            self.child(),
        )

    def _selection(
        self,
        settings: _Settings,
        plan: aws.backup.RestoreTestingPlan,
        role: ServiceRole,
    ) -> None:
        test, network = settings.test, settings.network
        if settings.kind == "database":
            # What is not said is inferred: no deletion protection, one zone, not public. Without a
            # subnet group it would be the default network's, or nothing.
            overrides: dict[str, pulumi.Input[str]] = {
                "dbInstanceClass": str(test.class_),
                "dbSubnetGroupName": cast(pulumi.Input[str], network.subnet_group),
                "multiAz": "false",
                "publiclyAccessible": "false",
                "vpcSecurityGroupIds": pulumi.Output.json_dumps([network.copies]),
            }
        else:
            # Into a new bucket with a name of its own: that is inferred and cannot be changed.
            overrides = {"encryptionType": "SSE-S3"}
        aws.backup.RestoreTestingSelection(
            self.name,
            aws.backup.RestoreTestingSelectionArgs(
                name=_underscored(test.of),
                restore_testing_plan_name=plan.name,
                protected_resource_type="RDS" if settings.kind == "database" else "S3",
                protected_resource_arns=[
                    cast(pulumi.Input[str], settings.database or settings.bucket)
                ],
                iam_role_arn=role.arn,
                restore_metadata_overrides=overrides,
                validation_window_hours=round(test.validate_within / timedelta(hours=1)),
            ),
            # The provider does not send changed ARNs to AWS.
            self.child(
                depends_on=[role.policy],
                replace_on_changes=["protectedResourceArns"],
                delete_before_replace=True,
            ),
        )

    def _checks(
        self, settings: _Settings, args: RestoreTestArgs, account: pulumi.Output[Account]
    ) -> aws.lambda_.Function:
        test, network = settings.test, settings.network
        environment: dict[str, pulumi.Input[str]] = {
            "CHECKS": checks_text(test, settings.kind),
            "SERVICE_ENDPOINT": pulumi.Output.concat("https://", network.endpoint),
        }
        statements: list[pulumi.Input[Statement]]
        if settings.kind == "database":
            credentials = str(test.credentials)
            environment |= {
                "CREDENTIALS": credentials,
                "STATEMENT_SECONDS": str(STATEMENT_SECONDS),
                **({"DATABASE": test.database} if test.database else {}),
            }
            statements = [
                account.apply(lambda known: _read_secret(known, credentials)),
                account.apply(_open_secret),
            ]
        else:
            source = pulumi.Output.from_input(settings.bucket)
            environment["SOURCE_BUCKET"] = source.apply(lambda arn: arn.rpartition(":")[2])
            statements = [
                pulumi.Output.all(account, source).apply(lambda known: _list_buckets(*known)),
                pulumi.Output.all(account, source).apply(lambda known: _read_objects(*known)),
                account.apply(_open_objects),
            ]
        return declare_function(
            self,
            "checks",
            package="restore_checks",
            says=f"Looks at restored copies of {test.of}; it can tell nobody but who asks",
            statements=statements,
            environment=environment,
            timeout=CHECKS_TIMEOUT,
            memory=512,
            subnets=network.subnets,
            security_groups=[network.checks],
            needs=["pg8000"] if settings.kind == "database" else (),
            topics=args["topics"],
            severity=test.severity,
            runbooks=settings.runbooks,
            runbook="restore-test",
        )

    def _judge(
        self,
        settings: _Settings,
        args: RestoreTestArgs,
        account: pulumi.Output[Account],
        plan: aws.backup.RestoreTestingPlan,
        checks: aws.lambda_.Function,
    ) -> None:
        test, ledger = settings.test, settings.ledger
        bucket = pulumi.Output.from_input(ledger.bucket)
        declare_function(
            self,
            "verdict",
            package="restore_validation",
            says=f"Reports whether restored copies of {test.of} are good, exactly once",
            statements=[
                policy.allow(
                    # AWS Backup knows no resources for these.
                    "JudgeRestores",
                    [
                        "backup:DescribeRestoreJob",
                        "backup:GetRestoreJobMetadata",
                        "backup:ListRestoreJobs",
                        "backup:PutRestoreValidationResult",
                    ],
                    resources=["*"],
                ),
                account.apply(_find_copies if settings.kind == "database" else _find_buckets),
                checks.arn.apply(
                    lambda arn: policy.allow(
                        "AskForChecks", ["lambda:InvokeFunction"], resources=[arn]
                    )
                ),
                pulumi.Output.all(account, bucket).apply(lambda known: _list_evidence(*known)),
                pulumi.Output.all(account, bucket).apply(lambda known: _write_evidence(*known)),
                policy.publish_figures(NAMESPACE),
            ],
            environment={
                "CHECKS_FUNCTION": checks.name,
                "CONFIGURATION": self.configuration,
                "DELETED_WITHIN_HOURS": str(
                    round(DELETED_WITHIN[settings.kind] / timedelta(hours=1))
                ),
                "KIND": settings.kind,
                "LEDGER_BUCKET": ledger.bucket,
                "LEDGER_REGION": ledger.region,
                "RESTORE_TESTING_PLAN_ARN": plan.arn,
                "TEST": self.name,
            },
            timeout=LONGEST_TIMEOUT,
            schedule=ROUND,
            events={
                "source": ["aws.backup"],
                "detail-type": ["Restore Job State Change"],
                "detail": {"status": ["ABORTED", "COMPLETED", "FAILED"]},
            },
            topics=args["topics"],
            severity=test.severity,
            runbooks=settings.runbooks,
            runbook="restore-test",
        )

    def _alarms(self, settings: _Settings, args: RestoreTestArgs) -> None:
        test = settings.test
        dimensions = {"Test": self.name}
        for watch in (
            Watch(
                part="proof-age",
                says=f"no restore of {test.of} was proved for longer than the plan allows (days)",
                severity=test.severity,
                metric=Metric(NAMESPACE, "ProofAge", dimensions, "Maximum"),
                threshold=test.proof_at_most / DAY,
                period=AGE_PERIOD,
                periods=1,
                # Published every hour: silence is a fault too.
                missing_data="breaching",
                runbook="restore-test",
            ),
            Watch(
                part="failed",
                says=f"a restored copy of {test.of} is not good, or was not restored",
                severity=test.severity,
                metric=Metric(NAMESPACE, "ProofsFailed", dimensions, "Sum"),
                threshold=0,
                period=timedelta(hours=1),
                periods=1,
                missing_data="notBreaching",
                runbook="restore-test",
            ),
            Watch(
                part="copies-left",
                says=f"a restored copy of {test.of} was not deleted",
                severity=test.severity,
                metric=Metric(NAMESPACE, "CopiesLeft", dimensions, "Maximum"),
                threshold=0,
                period=AGE_PERIOD,
                periods=1,
                missing_data="breaching",
                runbook="restore-test",
            ),
        ):
            declare_alarm(self, watch, args["topics"], settings.runbooks)


def _underscored(name: str) -> str:
    """Restore testing takes letters, digits and underscores."""
    return shorten(name, RESTORE_NAME_LENGTH).replace("-", "_").replace(".", "_")


# ---- what the functions may do -------------------------------------------------------------------


def _read_secret(account: Account, name: str) -> Statement:
    read = ["secretsmanager:GetSecretValue"]
    return policy.allow("ReadCredentials", read, resources=[account.secret(name)])


def _open_secret(account: Account) -> Statement:
    return _decrypt(account, "OpenCredentials", "secretsmanager")


def _open_objects(account: Account) -> Statement:
    return _decrypt(account, "OpenObjects", "s3")


def _decrypt(account: Account, sid: str, service: str) -> Statement:
    return policy.allow(
        sid,
        ["kms:Decrypt"],
        resources=[f"arn:{account.partition}:kms:*:{account.id}:key/*"],
        conditions={"StringLike": {"kms:ViaService": f"{service}.*.amazonaws.com"}},
    )


def _list_buckets(account: Account, source: str) -> Statement:
    return policy.allow(
        "ListBuckets",
        ["s3:ListBucket", "s3:ListBucketVersions"],
        resources=[source, f"arn:{account.partition}:s3:::{MADE}"],
    )


def _read_objects(account: Account, source: str) -> Statement:
    return policy.allow(
        "ReadObjects",
        ["s3:GetObject", "s3:GetObjectVersion"],
        resources=[f"{source}/*", f"arn:{account.partition}:s3:::{MADE}/*"],
    )


def _find_copies(account: Account) -> Statement:
    return policy.allow(
        "FindCopies",
        ["rds:DescribeDBInstances"],
        resources=[f"arn:{account.partition}:rds:*:{account.id}:db:{MADE}"],
    )


def _find_buckets(account: Account) -> Statement:
    return policy.allow(
        "FindCopies", ["s3:ListBucket"], resources=[f"arn:{account.partition}:s3:::{MADE}"]
    )


def _list_evidence(account: Account, bucket: str) -> Statement:
    return policy.allow(
        "ListEvidence",
        ["s3:ListBucket"],
        resources=[f"arn:{account.partition}:s3:::{bucket}"],
    )


def _write_evidence(account: Account, bucket: str) -> Statement:
    return policy.allow(
        "WriteEvidence",
        ["s3:GetObject", "s3:PutObject"],
        resources=[f"arn:{account.partition}:s3:::{bucket}/*"],
    )
