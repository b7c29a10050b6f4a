"""``AuditFramework``: what AWS checks of backups every day by itself, and its report."""

from collections.abc import Iterator, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws, policy
from ..account import Account
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.faults import Fault
from ..plan.limits import AUDIT_CONTROLS
from ..plan.retention import Retention
from ..plan.words import Duration
from ..private_bucket import declare_private_bucket
from .cross_checked import CrossChecked

# Audit Manager: a name begins with a letter and has letters, digits and underscores, 256 at most.
NAME_LIMIT = 256
# Audit Manager's controls on frequency and age count in hours up to 24 and 2,184, in days up to 31
# and 91 [AWS Backup, Audit Manager controls].
_MOST_HOURS_OF_FREQUENCY = 24
# Who writes the reports [AWS Backup, service-linked role for reports].
_REPORTER = "aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"


class AuditedFigures(TypedDict):
    """The least that backups must do."""

    every: str
    """How often, e.g. ``6 hours`` or ``1 day``."""
    keep: str
    """How long, in whole days."""
    age: str
    """How old the last recovery point may be."""


class AuditFrameworkArgs(TypedDict):
    kinds: list[str]
    """Kinds of things that must be in a backup plan, as AWS Backup calls them: ``RDS``, ``S3``."""
    figures: NotRequired[AuditedFigures]
    """What backups must reach at least. Default: neither frequency nor age is checked."""
    lock: NotRequired[bool]
    """Whether what is backed up must be in a locked vault. Default false."""
    regions: NotRequired[list[str]]
    """Regions in which there must be copies. Default: none."""
    accounts: NotRequired[list[str]]
    """Other accounts in which there must be copies. Default: none."""
    encrypted: NotRequired[bool]
    """Whether every recovery point must be encrypted. Default true."""
    kept_from_deletion: NotRequired[bool]
    """Whether every vault must refuse deletions by hand. Default true."""
    protected_kinds: NotRequired[bool]
    """Whether everything of these kinds must be in a backup plan. Default true."""
    keep_reports: NotRequired[str]
    """How long reports are kept, in whole days. Default ``1 year``."""
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete the reports' bucket. Default true."""


class _Figures(CrossChecked):
    every: Duration
    keep: Retention
    age: Duration

    def faults(self) -> Iterator[Fault]:
        return iter(())


class _Settings(CrossChecked):
    kinds: list[str]
    figures: _Figures | None = None
    lock: bool = False
    regions: list[str] = Field(default_factory=list)
    accounts: list[str] = Field(default_factory=list)
    encrypted: bool = True
    kept_from_deletion: bool = True
    protected_kinds: bool = True
    keep_reports: Retention = Field(default="1 year", validate_default=True)
    protected: bool = True

    def faults(self) -> Iterator[Fault]:
        if not self.kinds:
            yield Fault("kinds", "nothing is looked at", None, "name `RDS` or `S3`")
            return
        count = len(self.controls())
        if not count:
            yield Fault("kinds", "nothing is checked", None, "leave a control in")
        if count > AUDIT_CONTROLS.most:
            rule = f"{count} controls; an account has {AUDIT_CONTROLS.most} in a region at most"
            yield Fault("kinds", f"{rule} ({AUDIT_CONTROLS.source})", None, "name fewer")

    def controls(self) -> list[aws.backup.FrameworkControlArgs]:
        """The controls, by the names of Audit Manager, sorted."""
        found: list[aws.backup.FrameworkControlArgs] = []

        def control(name: str, scoped: bool = True, **parameters: object) -> None:
            scope = aws.backup.FrameworkControlScopeArgs(
                compliance_resource_types=sorted(self.kinds)
            )
            found.append(
                aws.backup.FrameworkControlArgs(
                    name=name,
                    input_parameters=[
                        aws.backup.FrameworkControlInputParameterArgs(name=key, value=str(value))
                        for key, value in sorted(parameters.items())
                    ]
                    or None,
                    scope=scope if scoped else None,
                )
            )

        if self.protected_kinds:
            control("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN")
        if self.figures is not None:
            unit, value = _counted(self.figures.every)
            control(
                "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
                scoped=False,
                requiredFrequencyUnit=unit,
                requiredFrequencyValue=value,
                requiredRetentionDays=self.figures.keep.days,
            )
            unit, value = _counted(self.figures.age)
            control(
                "BACKUP_LAST_RECOVERY_POINT_CREATED",
                recoveryPointAgeUnit=unit,
                recoveryPointAgeValue=value,
            )
        if self.lock:
            control("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK")
        if self.regions:
            control(
                "BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION",
                crossRegionList=",".join(sorted(self.regions)),
            )
        if self.accounts:
            control(
                "BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT",
                crossAccountList=",".join(sorted(self.accounts)),
            )
        if self.encrypted:
            control("BACKUP_RECOVERY_POINT_ENCRYPTED", scoped=False)
        if self.kept_from_deletion:
            control("BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED", scoped=False)
        return sorted(found, key=lambda each: str(each.name))


def _counted(length: Duration) -> tuple[str, int]:
    hours = -(-int(length.total_seconds()) // 3600)
    return ("hours", hours) if hours <= _MOST_HOURS_OF_FREQUENCY else ("days", -(-hours // 24))


class AuditFramework(UpkeepComponent):
    """A framework of AWS Backup Audit Manager, and two daily reports in a private bucket.

    The framework is evaluated by AWS Config, which must record the account's resources; the reports
    say each day whether the controls hold, and of which resource they do not.
    """

    framework_arn: pulumi.Output[str]
    """ARN of the framework."""
    bucket_name: pulumi.Output[str]
    """The bucket of the reports."""
    unproven: pulumi.Output[Sequence[str]]
    """What nobody can tell from here, a sentence each."""

    def __init__(
        self, name: str, args: AuditFrameworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        called = physical_name(name, limit=NAME_LIMIT).replace("-", "_")
        framework = aws.backup.Framework(
            name,
            aws.backup.FrameworkArgs(
                name=called,
                description=f"What backups of {physical_name(name)} must hold to, checked daily",
                controls=settings.controls(),
            ),
            self.child(),
        )
        bucket = declare_private_bucket(
            self,
            "reports",
            expires=settings.keep_reports,
            protect=settings.protected,
            statements=lambda arn, account: [_reports_are_put(arn, account)],
        )
        for part, template in (
            ("controls", "CONTROL_COMPLIANCE_REPORT"),
            ("resources", "RESOURCE_COMPLIANCE_REPORT"),
        ):
            aws.backup.ReportPlan(
                f"{name}-{part}",
                aws.backup.ReportPlanArgs(
                    name=f"{called}_{part}",
                    description=f"Each day: {template.replace('_', ' ').lower()}",
                    report_delivery_channel=aws.backup.ReportPlanReportDeliveryChannelArgs(
                        s3_bucket_name=bucket.bucket.bucket, formats=["CSV", "JSON"]
                    ),
                    report_setting=aws.backup.ReportPlanReportSettingArgs(
                        report_template=template,
                        framework_arns=[framework.arn],
                        number_of_frameworks=1,
                    ),
                ),
                # Before it may be written to, AWS Backup refuses a plan that would.
                self.child(depends_on=[bucket.policy]),
            )
        self.framework_arn = framework.arn
        self.bucket_name = bucket.bucket.bucket
        self.unproven = pulumi.Output.from_input(
            [
                f"audit {called}: it is evaluated only where AWS Config records the account's "
                "resources, which nothing here switches on"
            ]
        )
        self.register_outputs(
            {
                "frameworkArn": self.framework_arn,
                "bucketName": self.bucket_name,
                "unproven": self.unproven,
            }
        )


def _reports_are_put(bucket_arn: str, account: Account) -> policy.Statement:
    return policy.allow(
        "ReportsArePut",
        ["s3:PutObject"],
        # The role is made with the first report plan, and a policy may not name one that is not
        # there as its principal: so the account, and of it that role alone.
        principal={"AWS": account.root},
        resources=[f"{bucket_arn}/*"],
        conditions={
            "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"},
            "ArnEquals": {
                "aws:PrincipalArn": f"arn:{account.partition}:iam::{account.id}:role/{_REPORTER}"
            },
        },
    )
