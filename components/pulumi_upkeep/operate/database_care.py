"""``DatabaseCare``: indexes, queries, storage and archive of a PostgreSQL database, in windows."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws, policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..function import LONGEST_TIMEOUT, declare_function, missing_packages
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.database_care import JOBS, SAYS, Job, rules_text
from ..plan.database_care import DatabaseCare as Planned
from ..plan.faults import Fault
from ..plan.words import ClockTime, Duration, Later, TimeZone, Url, Words, say_duration
from ..private_bucket import PrivateBucket, declare_private_bucket
from ..security_group import declare_security_group, declare_way
from .window_role import declare_window_role

NAMESPACE = "Upkeep/Operate"
PAGE = "database-care"
# What is pending is taken up again so soon; the ages are published as often.
ROUND = "rate(5 minutes)"
AGE_PERIOD = timedelta(hours=1)
# An archive's batch stands in memory several times: as text, compressed, and read back.
MEMORY = 1024
REPORTS_KEPT = timedelta(days=366)
# An archive that was written over or deleted can be had back so long.
ARCHIVE_UNDONE_WITHIN = timedelta(days=90)
HTTPS = 443
DAY = timedelta(days=1)
# The dimension that tells the figures of one component's care from another's; CloudWatch takes
# values of up to 1,024 characters [CloudWatch API, Dimension].
DIMENSION_LIMIT = 255
# Systems Manager: a task's name has 3 to 128 characters [RegisterTaskWithMaintenanceWindow].
TASK_NAME_LIMIT = 128


class CareWindow(TypedDict):
    """When a job is done."""

    ids: dict[str, pulumi.Input[str]]
    """Part -> id of the maintenance windows of Systems Manager, as ``MaintenanceWindows.ids``
    gives them."""
    until: str
    """Clock time by which it ends: ``04:00``."""
    done_within: str
    """How long ago it may last have been done: ``8 days``."""


class CareNetwork(TypedDict):
    """Where the functions stand that work on the database."""

    vpc: pulumi.Input[str]
    """Id of the database's network."""
    subnets: list[pulumi.Input[str]]
    """Ids of subnets that reach the database, S3 and Secrets Manager."""
    security_group: pulumi.Input[str]
    """Id of the database's security group: it lets the function in."""


class DatabaseCareArgs(TypedDict):
    """Arguments of DatabaseCare."""

    care: dict[str, Any]
    """The care in the plan's words: ``credentials``, ``database``, ``owner``, ``severity`` and the
    jobs ``indexes``, ``analysis``, ``cleanup``, ``archive`` of the chapter ``database_care``."""
    host: pulumi.Input[str]
    """Address of the member that takes writes."""
    resting: NotRequired[bool]
    """Whether nothing is done for now: that member is out of reach from this region. All stays
    declared, so that a failover deletes nothing. Default false."""
    port: NotRequired[pulumi.Input[int]]
    """Default 5432."""
    timezone: str
    """The clocks that ``until`` is read on: ``America/New_York``."""
    windows: dict[str, CareWindow]
    """Job -> when it is done; of each job that ``care`` has."""
    network: CareNetwork
    """Where the functions stand."""
    topics: AlertTopics
    """The SNS topic of each severity, in this region."""
    runbooks: str
    """Address below which the page of each alert stands: ``{runbooks}/database-care``."""
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete the buckets. Default true."""


class _Window(Words):
    ids: dict[str, Later] = Field(min_length=1)
    until: ClockTime
    done_within: Duration


class _Network(Words):
    vpc: Later
    subnets: list[Later] = Field(min_length=1)
    security_group: Later


class _Settings(Words):
    care: Planned
    host: Later
    resting: bool = False
    port: Later = 5432
    timezone: TimeZone
    windows: dict[str, _Window]
    network: _Network
    topics: Topics
    runbooks: Url
    protected: bool = True


class DatabaseCare(UpkeepComponent):
    """Does a database's care in maintenance windows, a slice at a time, and says what it did.

    Tasks of the windows invoke one function with a job. It works until its own quarter of an hour
    or the window is over; another function takes up what is left every five minutes while the
    window is open, also what was killed. One job has its turn at a time. Two alarms for each job:
    it failed, or it was not done for longer than the plan allows. Reports stand in a bucket, and
    archived rows in another.
    """

    reports_bucket: pulumi.Output[str]
    """Name of the bucket of the reports."""
    archive_bucket: pulumi.Output[str | None]
    """Name of the bucket of archived rows; None where nothing is archived."""
    function_name: pulumi.Output[str]
    """Name of the function that works."""

    def __init__(
        self, name: str, args: DatabaseCareArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        jobs = [job for job in JOBS if job in settings.care.jobs()]
        reports = declare_private_bucket(
            self, "reports", protect=settings.protected, expires=REPORTS_KEPT
        )
        archive = (
            declare_private_bucket(
                self,
                "archive",
                protect=settings.protected,
                expires=settings.care.archive.keep,
                earlier_versions=ARCHIVE_UNDONE_WITHIN,
            )
            if settings.care.archive
            else None
        )
        work = self._work(settings, args, reports, archive)
        self._rounds(settings, args, reports, work, jobs)
        self._tasks(settings, work, jobs)
        for job in jobs:
            for watch in self._watches(settings, job):
                declare_alarm(self, watch, args["topics"], settings.runbooks)
        self.reports_bucket = reports.bucket.bucket
        self.archive_bucket = (
            archive.bucket.bucket.apply(str) if archive else pulumi.Output.from_input(None)
        )
        self.function_name = work.name
        self.register_outputs(
            {
                "reportsBucket": self.reports_bucket,
                "archiveBucket": self.archive_bucket,
                "functionName": self.function_name,
            }
        )

    def _work(
        self,
        settings: _Settings,
        args: DatabaseCareArgs,
        reports: PrivateBucket,
        archive: PrivateBucket | None,
    ) -> aws.lambda_.Function:
        care, account = settings.care, account_of(self)
        environment: dict[str, pulumi.Input[str]] = {
            "CARE": json.dumps(
                {
                    "jobs": json.loads(rules_text(care)),
                    "owner": care.owner,
                    "timezone": settings.timezone,
                },
                sort_keys=True,
                separators=(",", ":"),
            ),
            "CREDENTIALS": care.credentials,
            "DATABASE": care.database,
            "HOST": settings.host,
            "PORT": pulumi.Output.from_input(settings.port).apply(lambda port: str(int(port))),
            "REPORTS": reports.bucket.bucket,
            **({"RESTS": "true"} if settings.resting else {}),
            **({"ARCHIVE": archive.bucket.bucket} if archive else {}),
        }
        buckets = [reports.bucket.arn, *([archive.bucket.arn] if archive else [])]
        return declare_function(
            self,
            "work",
            package="database_care",
            says=f"Care of the database {care.database}, in maintenance windows",
            handler="main.work",
            statements=[
                account.apply(
                    lambda known: policy.allow(
                        "ReadCredentials",
                        ["secretsmanager:GetSecretValue"],
                        resources=[known.secret(care.credentials)],
                    )
                ),
                account.apply(_open_credentials),
                _keep_objects(*buckets),
                _see_what_is_missing(*buckets),
            ],
            environment=environment,
            timeout=LONGEST_TIMEOUT,
            memory=MEMORY,
            subnets=settings.network.subnets,
            security_groups=[self._group(settings).id],
            needs=["pg8000"],
            topics=args["topics"],
            severity=care.severity,
            runbooks=settings.runbooks,
            runbook=PAGE,
            # What was killed is taken up by the next round, which knows whether the window is open.
            retries=0,
        )

    def _group(self, settings: _Settings) -> aws.ec2.SecurityGroup:
        """Out of it: to the database, and to services of AWS."""
        group = declare_security_group(self, "", settings.network.vpc, "Care of a database")
        declare_way(
            self,
            "database",
            group.id,
            settings.network.security_group,
            settings.port,
            out="to the database",
            into="from its care",
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{self.name}-to-services",
            aws.vpc.SecurityGroupEgressRuleArgs(
                security_group_id=group.id,
                cidr_ipv4="0.0.0.0/0",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                description="to S3 and Secrets Manager",
            ),
            self.child(),
        )
        return group

    def _rounds(
        self,
        settings: _Settings,
        args: DatabaseCareArgs,
        reports: PrivateBucket,
        work: aws.lambda_.Function,
        jobs: list[Job],
    ) -> None:
        declare_function(
            self,
            "rounds",
            package="database_care",
            says="Takes up care that is pending, and says how long ago each job was done",
            handler="main.rounds",
            statements=[
                _keep_objects(reports.bucket.arn),
                _see_what_is_missing(reports.bucket.arn),
                work.arn.apply(
                    lambda arn: policy.allow(
                        "TakeUpWork", ["lambda:InvokeFunction"], resources=[arn]
                    )
                ),
                policy.publish_figures(NAMESPACE),
            ],
            environment={
                "JOBS": ",".join(jobs),
                "NAME": self._figures_of(),
                "REPORTS": reports.bucket.bucket,
                "WORK": work.name,
            },
            timeout=timedelta(minutes=1),
            schedule=ROUND,
            topics=args["topics"],
            severity=settings.care.severity,
            runbooks=settings.runbooks,
            runbook=PAGE,
            retries=0,
        )

    def _tasks(self, settings: _Settings, work: aws.lambda_.Function, jobs: list[Job]) -> None:
        """A task for each job, in each of its windows."""
        role = declare_window_role(
            self,
            "windows",
            says=f"Lets maintenance windows invoke {physical_name(self.name, 'work')}",
            statements=[work.arn.apply(policy.invoke)],
        )
        for priority, job in enumerate(jobs, start=1):
            window = settings.windows[job]
            for part, window_id in sorted(window.ids.items()):
                parts = [job, *([part] if part else [])]
                aws.ssm.MaintenanceWindowTask(
                    "-".join([self.name, *parts]),
                    aws.ssm.MaintenanceWindowTaskArgs(
                        name=physical_name(self.name, *parts, limit=TASK_NAME_LIMIT),
                        description=f"{SAYS[job]} of {settings.care.database}",
                        task_arn=work.arn,
                        task_type="LAMBDA",
                        window_id=window_id,
                        service_role_arn=role,
                        priority=priority,
                        task_invocation_parameters=aws.ssm.MaintenanceWindowTaskTaskInvocationParametersArgs(
                            lambda_parameters=aws.ssm.MaintenanceWindowTaskTaskInvocationParametersLambdaParametersArgs(
                                payload=json.dumps(
                                    {"closes": f"{window.until:%H:%M}", "job": job}, sort_keys=True
                                )
                            )
                        ),
                    ),
                    self.child(),
                )

    def _figures_of(self) -> str:
        """The value of the dimension ``Care``, which the function publishes and alarms read."""
        return physical_name(self.name, limit=DIMENSION_LIMIT)

    def _watches(self, settings: _Settings, job: Job) -> Iterator[Watch]:
        care = settings.care
        within = settings.windows[job].done_within
        dimensions = {"Care": self._figures_of(), "Job": job}
        yield Watch(
            part=f"{job}-late",
            says=f"{SAYS[job].lower()} of the database {care.database} was not done for longer "
            f"than {say_duration(within)}; {care.owner} answer for it",
            severity=care.severity,
            metric=Metric(NAMESPACE, "CareAge", dimensions, "Maximum"),
            threshold=within / DAY,
            period=AGE_PERIOD,
            periods=1,
            # Published every five minutes: silence is a fault too.
            missing_data="breaching",
            runbook=PAGE,
        )
        yield Watch(
            part=f"{job}-failed",
            says=f"{SAYS[job].lower()} of the database {care.database} failed; its report says "
            f"why; {care.owner} answer for it",
            severity=care.severity,
            metric=Metric(NAMESPACE, "CareFailed", dimensions, "Maximum"),
            threshold=0,
            period=AGE_PERIOD,
            periods=1,
            missing_data="notBreaching",
            runbook=PAGE,
        )


def _faults(settings: _Settings) -> Iterator[Fault]:
    for fault in settings.care.faults():
        yield Fault(f"care.{fault.path}", fault.rule, fault.value, fault.remedy)
    jobs = settings.care.jobs()
    for job in jobs:
        if job not in settings.windows:
            yield Fault(f"windows.{job}", "nothing says when it is done", None, "required here")
    for other in sorted(set(settings.windows) - set(jobs)):
        yield Fault(f"windows.{other}", "`care` has no such job", None, "leave it out")
    yield from missing_packages(["pg8000"], "care")


# ---- what the functions may do -------------------------------------------------------------------


def _open_credentials(account: Account) -> policy.Statement:
    return policy.allow(
        "OpenCredentials",
        ["kms:Decrypt"],
        resources=[f"arn:{account.partition}:kms:*:{account.id}:key/*"],
        conditions={"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}},
    )


def _keep_objects(*buckets: pulumi.Output[str]) -> pulumi.Output[policy.Statement]:
    """Never delete: what an archive has stays there."""
    return pulumi.Output.all(*buckets).apply(
        lambda arns: policy.allow(
            "KeepObjects",
            ["s3:GetObject", "s3:PutObject"],
            resources=[f"{arn}/*" for arn in arns],
        )
    )


def _see_what_is_missing(*buckets: pulumi.Output[str]) -> pulumi.Output[policy.Statement]:
    """Without it S3 answers that a missing object is forbidden."""
    return pulumi.Output.all(*buckets).apply(
        lambda arns: policy.allow("SeeWhatIsMissing", ["s3:ListBucket"], resources=arns)
    )
