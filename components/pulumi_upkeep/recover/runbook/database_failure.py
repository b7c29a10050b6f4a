"""Database failure: switch to the read replica.

Source: Bynomi's plan, "Disaster Scenarios and Response": switch to read replica; verify data
integrity; restore from backup if necessary; rebuild indexes; verify application functionality.
"""

from dataclasses import dataclass
from datetime import timedelta

from .inside import Inside, look
from .people import People, ask, decision, tell
from .restoring import Restoring, Successor, restore_steps, way_to_use
from .steps import CONTINUE, Permission, Runbook, Step, branch, script

SCENARIO = "database-failure"
# The metric that moves the name, see `WriterName`.
NAMESPACE = "Upkeep/Recovery"
TAKEN_OVER = "TakenOver"
# A promotion may take long; each try waits nine minutes.
PROMOTION_TRIES = 6
# Until the name leads to the successor: the alarm's minute, Route 53's look at it, and the TTL.
NAME_MOVES_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Member:
    """An instance: its identifier, its region and its name in the plan."""

    id: str
    region: str
    name: str


@dataclass(frozen=True)
class DatabaseFailure:
    """One database and what stands ready for it.

    fence            id of the security group that lets nobody in, where the primary stands
    keep_days        how long automated backups of the successor are kept, 1 to 35
    writer_name      the private name that applications use; empty where there is none
    application      address that is asked whether the application works; empty for none
    """

    database: str
    primary: Member
    successor: Member
    fence: str
    keep_days: int
    writer_name: str
    application: str
    inside: Inside
    restoring: Restoring | None


def database_failure(
    of: DatabaseFailure, people: People, document_name: str, asked_by: str
) -> Runbook:
    """The runbook of a database."""
    database, primary, successor = of.database, of.primary, of.successor
    edit = f"upkeep:writers.{database}.active: {successor.name}"
    steps = (
        _assess(of, people),
        *decision(
            people,
            f"{database} failed: decide",
            "{{ assess.Summary }}",
            f"Fence {primary.id} and let {successor.id} take the writes of {database}? What was "
            "written after the replica was last in step is lost.",
            asked_by,
            "fence_primary",
        ),
        *_fence(of, people),
        *_promote(of, people),
        look(
            of.inside,
            people,
            "verify_data",
            f"Verify the data of {successor.id}.",
            "it takes writes, every table can be read, and the plan's checks pass",
            {
                "look": "data",
                "host": "{{ wait_writable.Endpoint }}",
                "port": "{{ wait_writable.Port }}",
            },
            tries=2,
            on_failure=_restore_begins(of),
        ),
        *_move_name(of, people),
        _fencing(
            of,
            people,
            "fence_again",
            f"Fence {primary.id} once more: it may have come back in the meantime.",
            CONTINUE,
        ),
        look(
            of.inside,
            people,
            "rebuild_indexes",
            "Rebuild the indexes that are not valid, and the statistics.",
            "no index is invalid",
            {
                "look": "indexes",
                "host": "{{ wait_writable.Endpoint }}",
                "port": "{{ wait_writable.Port }}",
            },
            on_failure=CONTINUE,
        ),
        *_verify_application(of, people),
        tell(
            people,
            "say_done",
            "Say that it is done, and what has to be edited.",
            f"{database}: {successor.name} takes the writes",
            f"{successor.id} takes the writes of {database}. Now edit the plan: {edit}",
            ends=True,
            see=f"the plan says `{edit}`, and `pulumi preview` accepts it",
        ),
        *_unfenced(of, people),
        *restore_steps(people, of.restoring, of.inside, database, _successor(of)),
    )
    return Runbook(
        scenario=SCENARIO,
        of=database,
        document_name=document_name,
        region=people.region,
        title=f"Database failure: {successor.name} takes the writes of {database}",
        when=(
            f"When {primary.id} does not answer, or does not answer well, and Multi-AZ has not "
            "brought it back within minutes."
        ),
        steps=steps,
        after=(
            f"Edit the plan: `{edit}`; `pulumi preview` refuses everything until that is done.",
            f"Declare the next generation of a replica where {primary.id} stands, and name it as "
            "`successor`: until then nothing can take over again.",
            f"Where the run said that {primary.id} is not fenced, run it again as soon as "
            f"{primary.region} answers: it promotes nothing twice, and fences.",
            f"Copy what only {primary.id} has (orders that were acknowledged and never replicated) "
            "before it is retired.",
            *_after_a_restore(of, people),
        ),
    )


def _successor(of: DatabaseFailure) -> Successor:
    return Successor(of.successor.name, of.successor.id, of.writer_name)


def _after_a_restore(of: DatabaseFailure, people: People) -> tuple[str, ...]:
    if of.restoring is None:
        return ()
    way = way_to_use(people, of.restoring, _successor(of), of.database, "<the restored instance>")
    return tuple(f"Where a backup was restored and is to be used: {each}" for each in way)


def _restore_begins(of: DatabaseFailure) -> str:
    return "say_not_whole" if of.restoring else "ask_restore"


def _assess(of: DatabaseFailure, people: People) -> Step:
    sides = (of.primary, of.successor)
    return Step(
        name="assess",
        title=f"Look at {of.primary.id} and {of.successor.id}: which side is broken.",
        who="the runbook",
        see="Summary says what was found on both sides",
        action="aws:executeScript",
        inputs=script(
            "assess_database",
            {
                "primary": {"id": of.primary.id, "region": of.primary.region},
                "successor": {"id": of.successor.id, "region": of.successor.region},
            },
        ),
        limit=timedelta(minutes=3),
        tries=2,
        # A replica that is not there, or not to be seen, cannot take over.
        on_failure=_restore_begins(of),
        outputs={
            "Successor": ("$.Payload.successor", "String"),
            "Primary": ("$.Payload.primary", "String"),
            "Summary": ("$.Payload.summary", "String"),
        },
        may=(
            Permission("rds:DescribeDBInstances", tuple(_arn(side, people) for side in sides)),
            # Metrics have no ARNs [Service Authorization Reference].
            Permission("cloudwatch:GetMetricStatistics", ("*",)),
        ),
    )


def _fencing(of: DatabaseFailure, people: People, name: str, title: str, on_failure: str) -> Step:
    """A step that fences the old primary; run twice it fences once."""
    primary = _arn(of.primary, people)
    return Step(
        name=name,
        title=title,
        who=f"the runbook, in {of.primary.region}",
        see="Fenced is `yes`; `unreachable` where the whole region does not answer",
        action="aws:executeScript",
        inputs=script(
            "fence",
            {"region": of.primary.region, "id": of.primary.id, "group": of.fence},
        ),
        limit=timedelta(minutes=10),
        on_failure=on_failure,
        counts=False,
        outputs={"Fenced": ("$.Payload.fenced", "String")},
        may=(
            Permission("rds:DescribeDBInstances", (primary,)),
            Permission("rds:ModifyDBInstance", (primary,)),
            Permission("rds:RebootDBInstance", (primary,)),
        ),
    )


def _fence(of: DatabaseFailure, people: People) -> tuple[Step, ...]:
    return (
        _fencing(
            of,
            people,
            "fence_primary",
            f"Fence {of.primary.id}: give it the security group that lets nobody in, reboot it "
            "so that connections end, wait until both show.",
            # The region answers and the instance is not fenced: it may be taking writes.
            "say_not_fenced",
        ),
        branch(
            "is_fenced",
            "Go on; say it first where the old primary could not be reached.",
            "fence_primary.Fenced",
            {"yes": "is_promoted"},
            "say_unreachable",
        ),
        tell(
            people,
            "say_unreachable",
            "Say that the old primary is not fenced.",
            f"{of.database}: {of.primary.id} is NOT fenced",
            f"{of.primary.region} does not answer, so {of.primary.id} could not be fenced. When it "
            "comes back it takes writes of whoever still reaches it: run this runbook again as "
            "soon as the region answers.",
        ),
    )


def _unfenced(of: DatabaseFailure, people: People) -> tuple[Step, ...]:
    """Where the region answers and the instance cannot be fenced."""
    question = (
        f"{of.primary.id} could not be fenced although its region answers: it may take writes. "
        f"Go on all the same? Then there may be two writers of {of.database}."
    )
    return (
        tell(
            people,
            "say_not_fenced",
            "Say that the old primary could not be fenced.",
            f"{of.database}: {of.primary.id} could not be fenced",
            question,
        ),
        ask(people, "ask_unfenced", question, question, leads_to="is_promoted"),
    )


def _promote(of: DatabaseFailure, people: People) -> tuple[Step, ...]:
    successor = _arn(of.successor, people)
    return (
        branch(
            "is_promoted",
            "Promote, unless it was promoted before.",
            "assess.Successor",
            {"writable": "wait_writable"},
            "promote",
        ),
        Step(
            name="promote",
            title=f"Promote {of.successor.id}.",
            who="the runbook",
            see="its status is `modifying`, and it follows nothing in the end",
            action="aws:executeAwsApi",
            inputs={
                "Service": "rds",
                "Api": "PromoteReadReplica",
                "DBInstanceIdentifier": of.successor.id,
            },
            # Another run may have done it in the meantime: the next step sees what is so.
            on_failure=CONTINUE,
            counts=False,
            may=(Permission("rds:PromoteReadReplica", (successor,)),),
        ),
        Step(
            name="wait_writable",
            title=f"Wait until {of.successor.id} stands alone.",
            who="the runbook",
            see="`aws rds describe-db-instances` shows it available and without a source",
            action="aws:executeScript",
            inputs=script("wait_writable", {"region": of.successor.region, "id": of.successor.id}),
            limit=timedelta(minutes=10),
            tries=PROMOTION_TRIES,
            outputs={
                "Promoted": ("$.Payload.promoted", "String"),
                "Endpoint": ("$.Payload.endpoint", "String"),
                "Port": ("$.Payload.port", "Integer"),
            },
            may=(Permission("rds:DescribeDBInstances", (successor,)),),
        ),
        branch(
            "stands_alone",
            "Go on, unless it was not promoted after all.",
            "wait_writable.Promoted",
            {"yes": "keep_backups"},
            "not_promoted",
        ),
        Step(
            name="not_promoted",
            title=f"{of.successor.id} was not promoted: see what backups have.",
            who="the runbook",
            see="it never works: it says that the run failed",
            action="aws:executeScript",
            inputs=script(
                "refuse", {"why": f"{of.successor.id} was not promoted: it is still a replica"}
            ),
            on_failure=_restore_begins(of),
        ),
        Step(
            name="keep_backups",
            title=f"Keep automated backups of {of.successor.id} for {of.keep_days} days.",
            who="the runbook",
            see=f"its BackupRetentionPeriod is {of.keep_days}",
            action="aws:executeAwsApi",
            inputs={
                "Service": "rds",
                "Api": "ModifyDBInstance",
                "DBInstanceIdentifier": of.successor.id,
                "BackupRetentionPeriod": of.keep_days,
                "ApplyImmediately": True,
            },
            tries=3,
            # Users wait: what is missing is said in the end, since it counts.
            on_failure=CONTINUE,
            may=(Permission("rds:ModifyDBInstance", (successor,)),),
        ),
    )


def _move_name(of: DatabaseFailure, people: People) -> tuple[Step, ...]:
    if not of.writer_name:
        return ()
    return (
        Step(
            name="move_name",
            title=f"Move {of.writer_name} to {of.successor.id}.",
            who="the runbook, by a metric of this region: no record is changed",
            see=f"{of.writer_name} answers with {of.successor.id} within minutes",
            action="aws:executeAwsApi",
            inputs={
                "Service": "cloudwatch",
                "Api": "PutMetricData",
                "Namespace": NAMESPACE,
                "MetricData": [
                    {
                        "MetricName": TAKEN_OVER,
                        "Dimensions": [{"Name": "Member", "Value": of.successor.id}],
                        "Value": 1.0,
                    }
                ],
            },
            tries=3,
            may=(
                Permission(
                    "cloudwatch:PutMetricData",
                    ("*",),
                    {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
                ),
            ),
        ),
        look(
            of.inside,
            people,
            "verify_name",
            f"Verify that {of.writer_name} leads to {of.successor.id}, and takes writes there.",
            "the name and the instance are one server, which is no replica",
            {
                "look": "writer",
                "name": of.writer_name,
                "host": "{{ wait_writable.Endpoint }}",
                "port": "{{ wait_writable.Port }}",
            },
            within=NAME_MOVES_WITHIN,
        ),
    )


def _verify_application(of: DatabaseFailure, people: People) -> tuple[Step, ...]:
    if not of.application:
        return ()
    # In a complete outage the servers come after the databases, and are looked at there.
    as_part = branch(
        "is_part",
        "Leave the application to the run that started this one.",
        "who_decides.Ask",
        {"no": "say_done"},
        "verify_application",
    )
    return (
        *((as_part,) if people.asks else ()),
        look(
            of.inside,
            people,
            "verify_application",
            "Verify that the application works.",
            f"{of.application} answers 200",
            {"look": "application", "url": of.application},
            within=timedelta(minutes=5),
            on_failure=CONTINUE,
        ),
    )


def _arn(member: Member, people: People) -> str:
    return f"arn:aws:rds:{member.region}:{people.account}:db:{member.id}"
