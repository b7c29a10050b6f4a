"""Complete system outage: call the team, then bring everything up in the recovery region.

Source: Bynomi's plan, "Disaster Scenarios and Response": activate emergency response team; deploy
to backup infrastructure; restore databases from backups; verify system integration; gradually
restore user access.

Every part is a runbook of its own, which this one starts: databases first, since servers without
one serve nobody, and traffic last. Each has its own role, so this one's may start them and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from .inside import Inside, look
from .people import People, ask, tell
from .steps import CONTINUE, Permission, Runbook, Step, script

SCENARIO = "complete-outage"
# A part may have to restore a database from its backups.
PART_LIMIT = timedelta(hours=6)


@dataclass(frozen=True)
class Part:
    """A runbook that this one starts.

    document, role   its name, and the ARN of the role it takes
    """

    of: str
    document: str
    role: str


@dataclass(frozen=True)
class Files:
    """A bucket, and what there is of it in the recovery region.

    of       its name in the plan
    bucket   its name in S3
    replica  the name of the bucket that follows it here; empty where none does
    vaults   names of the vaults here that hold copies of its backups
    """

    of: str
    bucket: str
    replica: str
    vaults: tuple[str, ...]


@dataclass(frozen=True)
class CompleteOutage:
    """Everything.

    company     as people call it
    application address that is asked in the end; empty for none
    writers     private names of the databases
    """

    company: str
    databases: Sequence[Part]
    standbys: Sequence[Part]
    application: str
    writers: tuple[str, ...]
    inside: Inside
    files: tuple[Files, ...] = ()


def complete_outage(of: CompleteOutage, people: People, document_name: str) -> Runbook:
    """The runbook of everything."""
    question = (
        f"Bring {of.company} up in {people.region}? Databases: "
        f"{_named(of.databases)}. Servers: {_named(of.standbys)}."
    )
    asking = (ask(people, "decide", question, question),) if people.asks else ()
    steps = (
        tell(
            people,
            "activate_team",
            "Activate the emergency response team.",
            f"{of.company}: complete outage",
            f"{of.company} is down. The emergency response team is called. {question}\nDecide: aws "
            f"ssm send-automation-signal --region {people.region} --automation-execution-id "
            "{{ automation:EXECUTION_ID }} --signal-type Approve",
            see="everybody of P0 has answered",
        ),
        *asking,
        *(_part("database", "Bring the database up", part, people) for part in of.databases),
        *(_files(each, people) for each in of.files if each.replica),
        *(
            _part("servers", "Deploy to backup infrastructure", part, people)
            for part in of.standbys
        ),
        *_verify(of, people),
        tell(
            people,
            "say_done",
            "Say that users come back, and how.",
            f"{of.company}: up in {people.region}",
            f"{of.company} runs in {people.region}. Users come as Route 53 sees it; what failed on "
            "the way is in the steps of this run.",
            ends=True,
        ),
    )
    return Runbook(
        scenario=SCENARIO,
        of="",
        document_name=document_name,
        region=people.region,
        title=f"Complete outage: {of.company} comes up in {people.region}",
        when="When the primary region, or everything in it, does not answer.",
        steps=steps,
        after=(
            "Do for every part what its own page leaves to do.",
            "When the primary region is back, run the database runbooks again before anybody "
            "uses it: they fence what could not be reached.",
            *(line for each in of.files for line in _files_after(each, people)),
            "Return users gradually as the pages of the servers say, line by line: it needs Route "
            "53's control plane in us-east-1, so it comes when that region is back and no document "
            "does it.",
        ),
    )


def _files(files: Files, people: People) -> Step:
    """What of a bucket's files is here: they are there already, and how many were on their way is
    what S3 last reported."""
    return Step(
        name=f"files_{files.of.replace('-', '_')}",
        title=f"Files: {files.of} is {files.replica} here; see how far behind it was.",
        who="the runbook",
        see="Summary says what was still on its way when the source was last heard of",
        action="aws:executeScript",
        inputs=script(
            "assess_files",
            {"region": people.region, "source": files.bucket, "replica": files.replica},
        ),
        limit=timedelta(minutes=3),
        tries=2,
        on_failure=CONTINUE,
        outputs={"Summary": ("$.Payload.summary", "String")},
        may=(
            # What HeadBucket asks for.
            Permission("s3:ListBucket", (f"arn:aws:s3:::{files.replica}",)),
            Permission("cloudwatch:GetMetricStatistics", ("*",)),
        ),
    )


def _files_after(files: Files, people: People) -> tuple[str, ...]:
    if files.replica:
        return (
            f"Files of {files.of}: the servers here read and write {files.replica}. Copy what was "
            f"written there back before users return: `aws s3 sync s3://{files.replica} "
            f"s3://{files.bucket}`.",
        )
    if not files.vaults:
        return (
            f"Files of {files.of} are in {files.bucket} alone, and nothing of them is in "
            f"{people.region}: they are back when their region is.",
        )
    return tuple(
        f"Files of {files.of} have no replica. Find the newest copy: `aws backup "
        f"list-recovery-points-by-backup-vault --region {people.region} --backup-vault-name "
        f"{vault} --by-resource-type S3`; restore it: `aws backup start-restore-job --region "
        f"{people.region} --recovery-point-arn <the newest> --iam-role-arn <the backup role> "
        f"--metadata DestinationBucketName={files.bucket}-{people.region},NewBucket=true`."
        for vault in files.vaults
    )


def _named(parts: Sequence[Part]) -> str:
    return ", ".join(part.of for part in parts) or "none"


def _part(kind: str, does: str, part: Part, people: People) -> Step:
    definition = (
        f"arn:aws:ssm:{people.region}:{people.account}:automation-definition/{part.document}"
    )
    return Step(
        name=f"{kind}_{part.of.replace('-', '_')}",
        title=f"{does}: {part.of}.",
        who=f"the runbook {part.document}",
        see="that run ended Success",
        action="aws:executeAutomation",
        inputs={"DocumentName": part.document},
        limit=PART_LIMIT,
        # The other parts are worth having without this one.
        on_failure=CONTINUE,
        may=(
            Permission("ssm:StartAutomationExecution", (f"{definition}:$DEFAULT",)),
            Permission(
                "ssm:GetAutomationExecution",
                (f"arn:aws:ssm:{people.region}:{people.account}:automation-execution/*",),
            ),
            Permission(
                "iam:PassRole",
                (part.role,),
                {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            ),
        ),
    )


def _verify(of: CompleteOutage, people: People) -> tuple[Step, ...]:
    if not of.application:
        return ()
    return (
        look(
            of.inside,
            people,
            "verify_integration",
            "Verify system integration: the application, its databases and services.",
            f"{of.application} answers 200"
            + (f", and {', '.join(of.writers)} takes writes" if of.writers else ""),
            {"look": "services", "url": of.application, "writers": list(of.writers)},
            within=timedelta(minutes=5),
            on_failure=CONTINUE,
        ),
    )
