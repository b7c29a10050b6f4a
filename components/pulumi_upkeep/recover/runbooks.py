"""``Runbooks``: what is done when something fails, as documents of Systems Manager."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws, policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..function import declare_function, missing_packages
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Topics
from ..observe.runbook import runbook_page
from ..plan.faults import Fault
from ..plan.recovery import LONGEST_APPROVAL, LONGEST_BACKUPS, MOST_APPROVERS
from ..plan.restore_tests import LONGEST_CHECKS
from ..plan.words import Duration, Later, Name, Region, Url, Words
from ..service_role import ServiceRole, declare_service_role
from .backup_role import trust as backup_trust
from .cross_checked import CrossChecked
from .runbook.complete_outage import CompleteOutage, Files, Part, complete_outage
from .runbook.database_failure import DatabaseFailure, Member, database_failure
from .runbook.inside import Inside
from .runbook.people import People
from .runbook.restore_role import permissions as restore_permissions
from .runbook.restoring import Restoring
from .runbook.server_failure import ServerFailure, server_failure
from .runbook.steps import Runbook

# Systems Manager: a document's name has 3 to 128 characters.
DOCUMENT_NAME_LIMIT = 128
# RDS: an instance's identifier.
IDENTIFIER_LIMIT = 63
COMPLETE_OUTAGE = "complete-outage"
CHECKS = "takeover_checks"
CHECKS_NEED = ("pg8000",)
RESTORE_CHECKS = "restore_checks"
LEDGER = "runbook_ledger"
# How a run ends; AWS's events have had the last one in both spellings.
ENDED = ["Success", "Failed", "TimedOut", "Cancelled", "Canceled"]
# A look inside, and Lambda's own start in a network.
CHECKS_TIMEOUT = timedelta(minutes=9)
DATABASE_PORT = 5432


def document_name(scenario: str, of: str = "") -> str:
    """Name of a runbook's document: ``{project}-{stack}-database-failure-orders``."""
    return physical_name(scenario, *([of] if of else []), limit=DOCUMENT_NAME_LIMIT)


class RunbookMember(TypedDict):
    """An instance of a database."""

    id: pulumi.Input[str]
    """Its identifier in RDS."""
    region: str
    """Its region."""
    name: str
    """Its name in the plan."""


class RunbookRestore(TypedDict):
    """What is restored where the data is not whole."""

    of: pulumi.Input[str]
    """Identifier of the instance whose backups they are."""
    vaults: list[pulumi.Input[str]]
    """Names of the vaults of this region that hold them."""
    instance_class: str
    """Of the new instance, e.g. ``db.r6g.large``."""
    subnet_group: pulumi.Input[str]
    """Of the new instance."""
    security_groups: list[pulumi.Input[str]]
    """Ids, of the new instance."""
    next_name: str
    """What the restored instance is called in the plan once it is used: the next generation."""


class RunbookChecks(TypedDict):
    """How a runbook looks inside the network: a function there, with a login."""

    credentials: str
    """Secrets Manager's name, in this region, of a secret with ``username`` and ``password``."""
    subnets: list[pulumi.Input[str]]
    """Ids of subnets that reach the databases, and the application."""
    security_groups: list[pulumi.Input[str]]
    """Ids of security groups that the databases let in."""
    data: NotRequired[list[dict[str, Any]]]
    """What is looked at in a database, as the restore tests of the plan say it
    (:meth:`~pulumi_upkeep.plan.restore_tests.Checks.of_database`). Default: every table is read."""
    database: NotRequired[str]
    """The database within the instance. Default: the one that the secret names."""


class RunbookDatabase(TypedDict):
    """A database whose replica takes over."""

    primary: RunbookMember
    """The member that takes writes now."""
    successor: RunbookMember
    """The replica that takes over, in this region."""
    fence: pulumi.Input[str]
    """Id of the security group, in the primary's network, that lets nobody in."""
    keep_backups: NotRequired[str]
    """How long automated backups of the successor are kept, 1 to 35 days. Default ``7 days``."""
    writer_name: NotRequired[str]
    """The private name that moves to the successor. Default: none."""
    checks: NotRequired[RunbookChecks]
    """How its data is looked at. Default: by a person."""
    restore: NotRequired[RunbookRestore]
    """What is restored where its data is not whole. Default: a person is told."""


class RunbookStandby(TypedDict):
    """Servers that take over."""

    group: pulumi.Input[str]
    """Name of the auto-scaling group."""
    target_group: pulumi.Input[str]
    """ARN of the target group."""
    switch: NotRequired[pulumi.Input[str | None]]
    """ARN of the listener rule that sends traffic. Default: traffic moves by itself."""
    servers: int
    """How many shall run before traffic comes."""
    at_most: NotRequired[int]
    """How many shall run for all users, once traffic is there. Default as many as before."""
    returns_at: NotRequired[list[str]]
    """What part of the users goes back at a time, e.g. ``10 %``. Default: all at once."""
    address: pulumi.Input[str]
    """DNS name of the load balancer."""
    serves: str
    """The host name that moves."""
    health_path: str
    """What is asked for health there."""
    databases: NotRequired[list[str]]
    """Databases that it needs, by their names here. Default: none."""
    checks: NotRequired[RunbookChecks]
    """How its services are looked at. Default: by a person."""


class RunbookFiles(TypedDict):
    """A bucket, and what there is of it in this region."""

    of: str
    """Its name in the plan."""
    bucket: pulumi.Input[str]
    """Its name in S3."""
    replica: NotRequired[pulumi.Input[str]]
    """Name of the bucket that follows it here. Default: none."""
    vaults: NotRequired[list[pulumi.Input[str]]]
    """Names of the vaults here that hold copies of its backups. Default: none."""


class RunbookOutage(TypedDict):
    """Everything: the runbooks that are started, in this order."""

    company: str
    """As people call it."""
    databases: NotRequired[list[str]]
    """Names of ``databases``."""
    standbys: NotRequired[list[str]]
    """Names of ``standbys``."""
    files: NotRequired[list[RunbookFiles]]
    """What of files is in this region. Default: nothing is said of any."""


class RunbookLedger(TypedDict):
    """Where every run is kept."""

    bucket: pulumi.Input[str]
    """Name of the bucket of the ledger, see :class:`Evidence`."""
    region: str
    """Its region."""
    configuration: str
    """sha256 of the part of the plan that a run proves."""


class RunbooksArgs(TypedDict):
    region: str
    """Where the documents are: the region that is left when the other one fails."""
    approvers: NotRequired[list[pulumi.Input[str]]]
    """ARNs of roles of whom one decides before anything is changed; at most 10 [Automation]."""
    asks: NotRequired[bool]
    """Whether anybody decides. Default true."""
    decide_within: NotRequired[str]
    """How long they have. Default ``30 minutes``."""
    application: NotRequired[str]
    """Address that is asked whether the application works. Default: none is."""
    databases: NotRequired[dict[str, RunbookDatabase]]
    """By name: a runbook ``database-failure-<name>`` each."""
    writers: NotRequired[list[str]]
    """Who takes the databases' writes at present. Systems Manager may refuse a version that equals
    an older one; after a failover and back the steps are the same, and their description is not.
    Default: not said."""
    standbys: NotRequired[dict[str, RunbookStandby]]
    """By name: a runbook ``application-server-failure-<name>`` each."""
    complete_outage: NotRequired[RunbookOutage]
    """A runbook of everything. Default: none."""
    ledger: NotRequired[RunbookLedger]
    """Where every run is kept that ended, as it ended. Default: nowhere."""
    topics: AlertTopics
    """The SNS topic of each severity, of this region."""
    runbooks: str
    """Address below which the pages stand."""
    protected: NotRequired[bool]
    """Whether Pulumi refuses to delete the documents. Default true."""


class _Member(Words):
    id: Later
    region: Region
    name: str


class _Checks(Words):
    credentials: str
    subnets: list[Later]
    security_groups: list[Later]
    data: list[dict[str, Any]] = Field(default_factory=list)
    database: str = ""


class _Restore(Words):
    of: Later
    vaults: Annotated[list[Later], Field(min_length=1)]
    instance_class: str
    subnet_group: Later
    security_groups: list[Later]
    next_name: Name


class _Database(Words):
    primary: _Member
    successor: _Member
    fence: Later
    keep_backups: Annotated[Duration, Field(ge=timedelta(days=1), le=LONGEST_BACKUPS)] = timedelta(
        days=7
    )
    writer_name: str = ""
    checks: _Checks | None = None
    restore: _Restore | None = None


class _Standby(Words):
    group: Later
    target_group: Later
    switch: Later = None
    servers: Annotated[int, Field(ge=1)]
    at_most: int = 0
    returns_at: list[str] = Field(default_factory=list)
    address: Later
    serves: str
    health_path: str
    databases: list[str] = Field(default_factory=list)
    checks: _Checks | None = None


class _Files(Words):
    of: Name
    bucket: Later
    replica: Later = ""
    vaults: list[Later] = Field(default_factory=list)


class _Outage(Words):
    company: str
    databases: list[str] = Field(default_factory=list)
    standbys: list[str] = Field(default_factory=list)
    files: list[_Files] = Field(default_factory=list)


class _Ledger(Words):
    bucket: Later
    region: Region
    configuration: str


class _Settings(CrossChecked):
    region: Region
    ledger: _Ledger | None = None
    approvers: Annotated[list[Later], Field(max_length=MOST_APPROVERS)] = Field(
        default_factory=list
    )
    asks: bool = True
    decide_within: Annotated[Duration, Field(ge=timedelta(minutes=1), le=LONGEST_APPROVAL)] = (
        timedelta(minutes=30)
    )
    application: Url | None = None
    databases: dict[Name, _Database] = Field(default_factory=dict)
    writers: tuple[str, ...] = ()
    standbys: dict[Name, _Standby] = Field(default_factory=dict)
    complete_outage: _Outage | None = None
    topics: Topics
    runbooks: Url
    protected: bool = True

    def faults(self) -> Iterator[Fault]:
        """See :class:`CrossChecked`."""
        if self.asks and not self.approvers:
            yield Fault("approvers", "nobody could decide", None, "name a role, or `asks: false`")
        for name, database in self.databases.items():
            if database.successor.region != self.region:
                yield Fault(
                    f"databases.{name}.successor.region",
                    f"the runbook stands in {self.region} and acts there",
                    database.successor.region,
                    "declare the runbooks where the replica is",
                )
        for name, standby in self.standbys.items():
            for index, needed in enumerate(standby.databases):
                if needed not in self.databases:
                    yield self._unknown(f"standbys.{name}.databases.{index}", needed, "databases")
        for chapter, things in (("databases", self.databases), ("standbys", self.standbys)):
            for name, each in _with_checks(things):
                length = len(_as_json(each.checks.data))
                if length > LONGEST_CHECKS:
                    yield Fault(
                        f"{chapter}.{name}.checks.data",
                        f"they stand in the environment of a function, where {LONGEST_CHECKS:,} "
                        "characters are left for them [Lambda, 4 KB]",
                        f"{length:,} characters",
                        "make views of long queries, or leave out what another test looks at",
                    )
        outage = self.complete_outage or _Outage(company="")
        for key, named, known in (
            ("databases", outage.databases, self.databases),
            ("standbys", outage.standbys, self.standbys),
        ):
            for index, each in enumerate(named):
                if each not in known:
                    yield self._unknown(f"complete_outage.{key}.{index}", each, key)

    @staticmethod
    def _unknown(path: str, name: str, chapter: str) -> Fault:
        return Fault(path, f"there is no runbook of it in `{chapter}`", name, "declare one")


@dataclass(frozen=True)
class Declared:
    """A runbook that was declared: its document, and the role it takes."""

    document: aws.ssm.Document
    role: ServiceRole


class Runbooks(UpkeepComponent):
    """One Automation document per scenario, in the region that is left, each with a role of its
    own that may do what its steps do and nothing else.

    A document is made of the resources that are declared: of their identifiers, not of names that
    somebody wrote down. Who decides is asked before anything is changed, and after that the old
    primary is fenced before the new one opens. What is done before is not done twice, so a runbook
    that failed is started again.
    """

    documents: pulumi.Output[dict[str, str]]
    """Names of the documents, by the names of their pages."""
    role_arns: pulumi.Output[dict[str, str]]
    """ARNs of the roles that they take, likewise."""

    def __init__(
        self, name: str, args: RunbooksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        if any([*_with_checks(settings.databases), *_with_checks(settings.standbys)]):
            self.refuse(missing_packages(CHECKS_NEED, "checks"))
        account = account_of(self)
        inside = self._inside(settings, args["topics"], account)
        declared: dict[str, Declared] = {}
        for each, database in settings.databases.items():
            restoring = self._restore_role(each, database, settings, account)
            known = self._known(
                settings,
                account,
                inside.get(f"databases.{each}"),
                {**database.model_dump(), "restore_role": restoring},
            )
            key = f"database-failure-{each}"
            declared[key] = self._declare(
                key,
                document_name("database-failure", each),
                known.apply(partial(_database, settings, each, key)),
                settings,
            )
        for each, standby in settings.standbys.items():
            known = self._known(settings, account, inside.get(f"standbys.{each}"), standby)
            key = f"application-server-failure-{each}"
            declared[key] = self._declare(
                key,
                document_name("application-server-failure", each),
                known.apply(partial(_standby, settings, each, key)),
                settings,
            )
        if settings.complete_outage is not None:
            parts = {key: each.role.arn for key, each in declared.items()}
            first = next(iter(inside.values()), None)
            files = [each.model_dump() for each in settings.complete_outage.files]
            what = {"roles": parts, "files": files}
            known = self._known(settings, account, first, what)
            # After its parts: it starts them.
            declared[COMPLETE_OUTAGE] = self._declare(
                COMPLETE_OUTAGE,
                document_name(COMPLETE_OUTAGE),
                known.apply(lambda found: _outage(settings, found)),
                settings,
            )
        names = {key: each.document.name for key, each in sorted(declared.items())}
        roles = {key: each.role.arn for key, each in sorted(declared.items())}
        if settings.ledger is not None and declared:
            self._keep(declared, settings, settings.ledger, args["topics"], account)
        self.documents = pulumi.Output.all(**names)
        self.role_arns = pulumi.Output.all(**roles)
        self.register_outputs({"documents": self.documents, "roleArns": self.role_arns})

    def _keep(
        self,
        declared: Mapping[str, Declared],
        settings: _Settings,
        ledger: _Ledger,
        topics: AlertTopics,
        account: pulumi.Output[Account],
    ) -> None:
        """A function that writes every run into the ledger, by whomever it was started."""
        names = [each.document.name for _, each in sorted(declared.items())]
        scenarios = [_scenario(key) for key in sorted(declared)]
        arn = pulumi.Output.all(account, ledger.bucket).apply(
            lambda known: f"arn:{known[0].partition}:s3:::{known[1]}"
        )
        declare_function(
            self,
            "ledger",
            package=LEDGER,
            says="Writes every run of a runbook into the ledger, as it ended",
            statements=[
                account.apply(
                    lambda found: policy.allow(
                        "ReadRuns",
                        ["ssm:GetAutomationExecution"],
                        resources=[
                            f"arn:{found.partition}:ssm:{settings.region}:{found.id}"
                            ":automation-execution/*"
                        ],
                    )
                ),
                arn.apply(
                    lambda of: policy.allow("ListEvidence", ["s3:ListBucket"], resources=[of])
                ),
                arn.apply(
                    lambda of: policy.allow(
                        "WriteEvidence",
                        ["s3:GetObject", "s3:PutObject"],
                        resources=[f"{of}/ledger/*"],
                    )
                ),
            ],
            environment={
                "CONFIGURATION": ledger.configuration,
                "LEDGER_BUCKET": ledger.bucket,
                "LEDGER_REGION": ledger.region,
                "SCENARIOS": pulumi.Output.all(*names).apply(
                    lambda found: json.dumps(dict(zip(found, scenarios, strict=True)))
                ),
            },
            timeout=timedelta(minutes=5),
            events={
                "source": ["aws.ssm"],
                "detail-type": ["EC2 Automation Execution Status-change Notification"],
                "detail": {"Definition": names, "Status": ENDED},
            },
            topics=topics,
            severity="p2",
            runbooks=settings.runbooks,
            runbook="evidence",
        )

    def _known(
        self,
        settings: _Settings,
        account: pulumi.Output[Account],
        inside: aws.lambda_.Function | None,
        what: Any,
    ) -> "pulumi.Output[_Known]":
        """Everything that only exists at deployment, resolved: documents are text."""
        given = what.model_dump() if isinstance(what, Words) else what
        function = [inside.name, inside.arn] if inside else ["", ""]
        return pulumi.Output.all(
            account, settings.approvers, settings.topics.p0, function, given
        ).apply(lambda found: _Known(*found))

    def _declare(
        self, key: str, called: str, runbook: pulumi.Output[Runbook], settings: _Settings
    ) -> Declared:
        writers = f" Written while {', '.join(settings.writers)} wrote." if settings.writers else ""
        role = declare_service_role(
            self,
            key,
            says=f"What the runbook {called} may do",
            trust=account_of(self).apply(lambda account: _trust(account, settings.region)),
            permissions=runbook.apply(lambda found: found.policy()),
        )
        document = aws.ssm.Document(
            f"{self.name}-{key}",
            aws.ssm.DocumentArgs(
                name=called,
                document_type="Automation",
                document_format="JSON",
                content=pulumi.Output.all(runbook, role.arn).apply(
                    lambda found: found[0].content(found[1], writers)
                ),
                tags={"Runbook": key},
            ),
            # Started before its role may do anything, it would fail half way.
            self.child(depends_on=[role.policy], protect=settings.protected),
        )
        return Declared(document, role)

    def _restore_role(
        self,
        database: str,
        settings: _Database,
        runbooks: _Settings,
        account: pulumi.Output[Account],
    ) -> pulumi.Input[str]:
        """ARN of the role that AWS Backup takes to restore a database; empty without backups."""
        if settings.restore is None:
            return ""
        return declare_service_role(
            self,
            "restores",
            database,
            says=f"Restores {database} beside what exists, for a runbook",
            trust=account.apply(backup_trust),
            permissions=pulumi.Output.all(account, settings.restore.subnet_group).apply(
                lambda found: restore_permissions(found[0], runbooks.region, found[1])
            ),
        ).arn

    def _inside(
        self, settings: _Settings, topics: AlertTopics, account: pulumi.Output[Account]
    ) -> dict[str, aws.lambda_.Function]:
        """A function per database and standby that is to be looked into."""
        looked_into: dict[str, tuple[str, _Checks]] = {
            f"{kind}.{name}": (f"looks-into-{name}", each.checks)
            for kind, things in (
                ("databases", settings.databases),
                ("standbys", settings.standbys),
            )
            for name, each in _with_checks(things)
        }
        return {
            key: self._function(part, checks, settings, topics, account)
            for key, (part, checks) in looked_into.items()
        }

    def _function(
        self,
        part: str,
        checks: _Checks,
        settings: _Settings,
        topics: AlertTopics,
        account: pulumi.Output[Account],
    ) -> aws.lambda_.Function:
        region = settings.region
        return declare_function(
            self,
            part,
            package=CHECKS,
            says="Looks into databases and services for a runbook",
            statements=[
                account.apply(
                    lambda found: policy.allow(
                        "ReadLogin",
                        ["secretsmanager:GetSecretValue"],
                        resources=[found.secret(str(checks.credentials), region)],
                    )
                ),
                account.apply(
                    lambda found: policy.allow(
                        "FindRestored",
                        ["rds:DescribeDBInstances"],
                        resources=[
                            f"arn:{found.partition}:rds:{region}:{found.id}:db:*-restored-*"
                        ],
                    )
                ),
            ],
            timeout=CHECKS_TIMEOUT,
            topics=topics,
            severity="p2",
            runbooks=settings.runbooks,
            environment={
                "CREDENTIALS": checks.credentials,
                "DATABASE_PORT": str(DATABASE_PORT),
                "CHECKS": _as_json(checks.data),
                **({"DATABASE": checks.database} if checks.database else {}),
            },
            subnets=checks.subnets,
            security_groups=checks.security_groups,
            needs=CHECKS_NEED,
            # The plan's checks are those of its restore tests.
            uses=[RESTORE_CHECKS],
            retries=0,
        )


@dataclass(frozen=True)
class _Known:
    """What is known at deployment.

    function   name and ARN of the function that looks inside; empty without one
    what       the database, the standby, or the roles of the parts, with all values resolved
    """

    account: Account
    approvers: list[str]
    topic: str
    function: list[str]
    what: Mapping[str, Any]

    def people(self, settings: _Settings, key: str) -> People:
        """Who is asked and told."""
        return People(
            account=self.account.id,
            region=settings.region,
            approvers=tuple(self.approvers),
            within=settings.decide_within,
            topic=self.topic,
            page=runbook_page(settings.runbooks, key),
            asks=settings.asks,
        )

    @property
    def inside(self) -> Inside:
        """The function that looks inside."""
        return Inside(*self.function)


def _database(settings: _Settings, name: str, key: str, known: _Known) -> Runbook:
    what = known.what
    restore = what["restore"]
    return database_failure(
        DatabaseFailure(
            database=name,
            primary=Member(**what["primary"]),
            successor=Member(**what["successor"]),
            fence=what["fence"],
            keep_days=settings.databases[name].keep_backups.days,
            writer_name=what["writer_name"],
            application=settings.application or "",
            inside=known.inside,
            restoring=(
                Restoring(
                    of=restore["of"],
                    vaults=tuple(restore["vaults"]),
                    role=what["restore_role"],
                    instance_class=restore["instance_class"],
                    subnet_group=restore["subnet_group"],
                    groups=tuple(restore["security_groups"]),
                    next_name=restore["next_name"],
                    next_id=physical_name(restore["next_name"], limit=IDENTIFIER_LIMIT),
                )
                if restore
                else None
            ),
        ),
        known.people(settings, key),
        document_name("database-failure", name),
        document_name(COMPLETE_OUTAGE),
    )


def _standby(settings: _Settings, name: str, key: str, known: _Known) -> Runbook:
    what = known.what
    return server_failure(
        ServerFailure(
            standby=name,
            group=what["group"],
            targets=what["target_group"],
            switch=what["switch"] or "",
            servers=what["servers"],
            full=max(what["at_most"], what["servers"]),
            returns_at=tuple(what["returns_at"]),
            address=what["address"],
            serves=what["serves"],
            health_path=what["health_path"],
            writers=_writers(settings, what["databases"]),
            inside=known.inside,
        ),
        known.people(settings, key),
        document_name("application-server-failure", name),
        document_name(COMPLETE_OUTAGE),
    )


def _outage(settings: _Settings, known: _Known) -> Runbook:
    outage = settings.complete_outage
    assert outage is not None

    def parts(scenario: str, names: list[str]) -> list[Part]:
        return [
            Part(each, document_name(scenario, each), known.what["roles"][f"{scenario}-{each}"])
            for each in names
        ]

    return complete_outage(
        CompleteOutage(
            company=outage.company,
            databases=parts("database-failure", outage.databases),
            standbys=parts("application-server-failure", outage.standbys),
            application=settings.application or "",
            writers=_writers(settings, outage.databases),
            inside=known.inside,
            files=tuple(
                Files(each["of"], each["bucket"], each["replica"], tuple(each["vaults"]))
                for each in known.what["files"]
            ),
        ),
        known.people(settings, COMPLETE_OUTAGE),
        document_name(COMPLETE_OUTAGE),
    )


def _writers(settings: _Settings, databases: list[str]) -> tuple[str, ...]:
    names = (settings.databases[each].writer_name for each in databases)
    return tuple(name for name in names if name)


def _scenario(key: str) -> str:
    """What a runbook is about, without what fails: ``database-failure`` of its page's name."""
    for scenario in ("database-failure", "application-server-failure"):
        if key.startswith(f"{scenario}-"):
            return scenario
    return key


def _with_checks(things: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, each) for name, each in things.items() if each.checks is not None)


def _as_json(checks: list[dict[str, Any]]) -> str:
    return json.dumps(checks, sort_keys=True, separators=(",", ":"))


def _trust(account: Account, region: str) -> str:
    """Only Automation takes the role, and only for executions of this account and region."""
    executions = f"arn:{account.partition}:ssm:{region}:{account.id}:automation-execution/*"
    return policy.trust(
        "TakenByAutomation",
        "ssm.amazonaws.com",
        account.id,
        {"ArnLike": {"aws:SourceArn": executions}},
    )
