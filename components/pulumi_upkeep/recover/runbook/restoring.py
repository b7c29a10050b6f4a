"""The way out where the data that was taken over is not whole: the newest recovery point, restored
as an instance of its own.

Nothing that exists is touched. The restored instance is not given the name: that it is better than
what is there is for a person to see, and to write into the plan. The name's own switch leads to the
successor alone, so the restored one gets there as the next generation: by an edit of the plan, and
where Route 53's control plane does not answer, by taking over the successor's identifier, from
which RDS makes the address [RDS User Guide, "Renaming a DB instance"].
"""

from dataclasses import dataclass
from datetime import timedelta

from .inside import Inside, look
from .people import People, ask, tell
from .steps import Permission, Step, script

# A restore of RDS may take hours; each try waits nine minutes.
WAITING_TRIES = 10
NOT_RESTORED = "say_not_restored"


@dataclass(frozen=True)
class Restoring:
    """What is restored, and how.

    of              identifier of the instance whose backups they are
    vaults          names of the vaults that are looked through
    role            ARN of the role that AWS Backup takes for it
    instance_class, subnet_group, groups   of the new instance
    next_name, next_id   what it is called in the plan and in RDS once it is to be used
    """

    of: str
    vaults: tuple[str, ...]
    role: str
    instance_class: str
    subnet_group: str
    groups: tuple[str, ...]
    next_name: str
    next_id: str


@dataclass(frozen=True)
class Successor:
    """What was to take over: its name in the plan, its identifier, and the name that leads to it
    (empty where there is none)."""

    name: str
    id: str
    writer_name: str


def way_to_use(
    people: People, restoring: Restoring, successor: Successor, database: str, restored: str
) -> tuple[str, ...]:
    """How the restored instance comes to take the writes, step by step.

    restored   its identifier, or what stands for it
    """
    rename = f"aws rds modify-db-instance --region {people.region} --apply-immediately"
    name = successor.writer_name
    steps = (
        f"See that {successor.id} takes no writes: `aws rds stop-db-instance --region "
        f"{people.region} --db-instance-identifier {successor.id}`. Two writers are a P0.",
        f"Give the restored instance its name of the next generation: `{rename} "
        f"--db-instance-identifier {restored} --new-db-instance-identifier {restoring.next_id}`.",
        f"Edit the plan: `upkeep:replicas.{restoring.next_name}` as `{successor.name}` is, "
        f"`upkeep:writers.{database}.active: {restoring.next_name}`, and no `successor` there.",
        "Take it into the state: `pulumi preview --import-file restored.json`, leave "
        f"`{restoring.next_name}` in that file, with the identifier as its `id`, and `pulumi "
        "import --file restored.json`.",
    )
    if not name:
        return (*steps, "Deploy with `make up`, and lead the application to its address.")
    return (
        *steps,
        f"Deploy: `pulumi up` leads {name} to it, by Route 53's control plane. Where that does not "
        f"answer, rename {successor.id} first and give the restored instance that identifier "
        f"instead of {restoring.next_id}: it then has the address that {name} leads to already.",
    )


def restore_steps(
    people: People,
    restoring: Restoring | None,
    inside: Inside,
    database: str,
    successor: Successor,
) -> tuple[Step, ...]:
    """The steps from ``ask_restore`` to the end."""
    question = (
        f"The data of {database} is not whole, or its replica cannot take over. Restore the newest "
        "recovery point as another instance?"
    )
    if restoring is None:
        return (
            tell(
                people,
                "ask_restore",
                "Say that backups have to be restored by hand.",
                f"{database}: restore from backup",
                f"{question} The plan backs it up nowhere that this runbook can reach.",
                ends=True,
            ),
        )
    arn = f"arn:aws:backup:{people.region}:{people.account}:backup-vault:"
    return (
        tell(
            people,
            "say_not_whole",
            "Say that the data is not whole.",
            f"{database}: restore from backup?",
            question,
        ),
        ask(people, "ask_restore", question, question),
        Step(
            name="restore",
            title="Restore the newest recovery point as an instance of its own.",
            who="the runbook, by AWS Backup",
            see="`aws backup describe-restore-job` shows it running",
            action="aws:executeScript",
            inputs=script(
                "restore_newest",
                {
                    "region": people.region,
                    "of": restoring.of,
                    "vaults": list(restoring.vaults),
                    "role": restoring.role,
                    "class": restoring.instance_class,
                    "subnet_group": restoring.subnet_group,
                    "groups": list(restoring.groups),
                },
            ),
            limit=timedelta(minutes=5),
            on_failure=NOT_RESTORED,
            outputs={
                "Job": ("$.Payload.job", "String"),
                "Point": ("$.Payload.point", "String"),
                "Instance": ("$.Payload.id", "String"),
            },
            may=(
                Permission(
                    "backup:ListRecoveryPointsByBackupVault",
                    tuple(f"{arn}{vault}" for vault in restoring.vaults),
                ),
                Permission("backup:ListRestoreJobs", ("*",)),
                Permission(
                    "backup:StartRestoreJob",
                    (f"arn:aws:rds:{people.region}:{people.account}:snapshot:awsbackup:*",),
                ),
                Permission(
                    "iam:PassRole",
                    (restoring.role,),
                    {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
                ),
            ),
        ),
        Step(
            name="wait_restored",
            title="Wait until the restore is complete.",
            who="the runbook",
            see="the restore job is COMPLETED",
            action="aws:executeScript",
            inputs=script("wait_restored", {"region": people.region, "job": "{{ restore.Job }}"}),
            limit=timedelta(minutes=10),
            tries=WAITING_TRIES,
            on_failure=NOT_RESTORED,
            may=(Permission("backup:DescribeRestoreJob", ("*",)),),
        ),
        look(
            inside,
            people,
            "verify_restored",
            "Verify the data of the restored instance.",
            "every check of the plan passes on it",
            {
                "look": "data",
                "instance": "{{ restore.Instance }}",
                "at": "{{ restore.Point }}",
            },
            within=timedelta(minutes=5),
            on_failure=NOT_RESTORED,
        ),
        tell(
            people,
            "say_restored",
            "Say what was restored and how it comes into use.",
            f"{database}: restored, not in use yet",
            f"{{{{ restore.Instance }}}} holds {database} as of {{{{ restore.Point }}}}. Nobody "
            "uses it yet. Copy from it what is missing, or let it take the writes:\n"
            + "\n".join(
                f"{number}. {each}"
                for number, each in enumerate(
                    way_to_use(people, restoring, successor, database, "{{ restore.Instance }}"), 1
                )
            ),
            ends=True,
            see=(
                f"the plan says `upkeep:writers.{database}.active: {restoring.next_name}`, and "
                "`pulumi preview` accepts it"
            ),
        ),
        tell(
            people,
            NOT_RESTORED,
            "Say that nothing whole was restored, and what is left to try.",
            f"{database}: NOT restored",
            f"No recovery point of {restoring.of} in {', '.join(restoring.vaults)} became a whole "
            "database; the step that failed says why. What is left: an older recovery point, the "
            "copies in another account, and what was fenced or taken over, which this run deleted "
            "nothing of.",
            ends=True,
        ),
    )
