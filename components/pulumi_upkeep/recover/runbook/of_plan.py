"""The runbooks of a plan, without a deployment: what pages are written from.

What only exists once something is deployed (ids, ARNs) stands in pointed brackets. Names, steps,
order and people are those of the documents, since the same functions make both.
"""

from datetime import timedelta

from ...functions.common.ledger import fingerprint
from ...naming import shorten
from ...observe.runbook import runbook_page
from ...plan.access import ACCESS
from ...plan.plan import Plan
from ...plan.writers import Member as PlannedMember
from ...plan.writers import next_generation
from .complete_outage import CompleteOutage, Files, Part, complete_outage
from .database_failure import DatabaseFailure, Member, database_failure
from .inside import Inside
from .people import People
from .restoring import Restoring
from .server_failure import ServerFailure, server_failure
from .steps import Runbook

DOCUMENT_NAME_LIMIT = 128
IDENTIFIER_LIMIT = 63
BUCKET_NAME_LIMIT = 63
FUNCTION_NAME_LIMIT = 64
ROLE_NAME_LIMIT = 64
COMPLETE_OUTAGE = "complete-outage"
# The chapters that a runbook is made of.
CHAPTERS = ("replicas", "writers", "standby", "recovery")


def approver_names(plan: Plan, project: str, stack: str) -> tuple[str, ...]:
    """The names in IAM of those who decide: of the plan's own roles by what the stack makes."""
    own = plan.access.roles if plan.access else {}
    return tuple(
        shorten(f"{project}-{stack}-{ACCESS}-{role}", ROLE_NAME_LIMIT) if role in own else role
        for role in (plan.recovery.approvers if plan.recovery else ())
    )


def runbooks_of(plan: Plan, project: str, stack: str) -> tuple[Runbook, ...]:
    """The runbooks that the plan names, in its order."""
    recovery = plan.recovery
    if recovery is None:
        return ()
    prefix = f"{project}-{stack}-"

    def document(key: str) -> str:
        return shorten(prefix + key, DOCUMENT_NAME_LIMIT)

    def member(of: PlannedMember) -> Member:
        id_ = of.name if of.looked_up else shorten(prefix + of.name, IDENTIFIER_LIMIT)
        return Member(id_, plan.region_of(of.place), of.name)

    def inside(name: str, credentials: str | None) -> Inside:
        if credentials is None:
            return Inside()
        return Inside(
            shorten(f"{prefix}runbooks-looks-into-{name}", FUNCTION_NAME_LIMIT), "<its ARN>"
        )

    def people(key: str, region: str) -> People:
        return People(
            account="<account>",
            region=region,
            approvers=tuple(f"<account>/{role}" for role in approver_names(plan, project, stack)),
            within=recovery.decide_within,
            topic="<the topic of P0>",
            page=runbook_page(plan.runbooks, key),
            asks=recovery.approval,
        )

    found: list[Runbook] = []
    for name, failure in recovery.database_failure.items():
        successor = plan.successor_member(name)
        # The plan is checked: a runbook names a database that has a successor.
        assert successor is not None
        key = f"database-failure-{name}"
        found.append(
            database_failure(
                DatabaseFailure(
                    database=name,
                    primary=member(plan.active_member(name)),
                    successor=member(successor),
                    fence="<the fence>",
                    keep_days=failure.keep_backups // timedelta(days=1),
                    writer_name=plan.writers[name].name or "",
                    application=recovery.application or "",
                    inside=inside(name, failure.credentials),
                    restoring=_restoring(plan, name, prefix),
                ),
                people(key, plan.region_of(successor.place)),
                document(key),
                document(COMPLETE_OUTAGE),
            )
        )
    logins = [each.credentials for each in recovery.database_failure.values() if each.credentials]
    names = (plan.writers[each].name for each in recovery.database_failure)
    writers = tuple(name for name in names if name)
    for name, server in recovery.application_server_failure.items():
        standby = plan.standby[name]
        key = f"application-server-failure-{name}"
        found.append(
            server_failure(
                ServerFailure(
                    standby=name,
                    group=shorten(f"{prefix}standby-{name}", 255),
                    targets="<the target group>",
                    switch="" if standby.moves_by_itself else "<the switch>",
                    servers=server.servers or standby.at_most,
                    full=standby.at_most,
                    returns_at=tuple(f"{share:g} %" for share in standby.returns_at or ()),
                    address="<the standby's balancer>",
                    serves=standby.serves,
                    health_path=standby.health.path,
                    writers=writers,
                    inside=inside(name, logins[0] if logins else None),
                ),
                people(key, plan.regions.recovery),
                document(key),
                document(COMPLETE_OUTAGE),
            )
        )
    outage = recovery.complete_outage
    if outage is not None:

        def parts(scenario: str, names: tuple[str, ...]) -> list[Part]:
            return [Part(each, document(f"{scenario}-{each}"), "<its role>") for each in names]

        found.append(
            complete_outage(
                CompleteOutage(
                    company=plan.company,
                    databases=parts("database-failure", outage.databases),
                    standbys=parts("application-server-failure", outage.standby),
                    application=recovery.application or "",
                    writers=writers,
                    inside=inside(
                        next(iter(recovery.database_failure), ""), logins[0] if logins else None
                    ),
                    files=_files(plan, prefix),
                ),
                people(COMPLETE_OUTAGE, plan.regions.recovery),
                document(COMPLETE_OUTAGE),
            )
        )
    return tuple(found)


def configuration(plan: Plan) -> str:
    """sha256 of what a run of this plan's runbooks proves: a change of it makes the proof stale."""
    return fingerprint(
        plan.model_dump(
            mode="json",
            by_alias=True,
            include={*CHAPTERS},
            # Another way to start them: the documents stay what they were.
            exclude={"recovery": {"region_switch"}},
        )
    )


def _files(plan: Plan, prefix: str) -> tuple[Files, ...]:
    """What of each bucket is in the recovery region."""
    replicas = {replica.of: name for name, replica in plan.bucket_replicas.items()}
    return tuple(
        Files(
            of=name,
            bucket=bucket,
            replica=shorten(prefix + replicas[name], BUCKET_NAME_LIMIT) if name in replicas else "",
            vaults=tuple(
                f"<the vault of {entry} there>"
                for entry, each in plan.backups.items()
                if name in each.protects.buckets
                and any(
                    copy.to == "recovery" for tier in each.tiers.values() for copy in tier.copies
                )
            ),
        )
        for name, bucket in plan.estate.buckets.items()
    )


def _restoring(plan: Plan, database: str, prefix: str) -> Restoring | None:
    """What is restored where the data is not whole: copies within reach of what takes over."""
    active, successor = plan.active_member(database), plan.successor_member(database)
    assert successor is not None
    # Backups are taken where the writer is; copies go to the other region.
    within_reach = any(
        active.place == successor.place
        or any(copy.to == "recovery" for tier in entry.tiers.values() for copy in tier.copies)
        for entry in plan.backups.values()
        if database in entry.protects.databases
    )
    if not within_reach:
        return None
    region = plan.region_of(successor.place)
    following = next_generation(plan.members(database), successor.place, region)
    return Restoring(
        of=active.name,
        vaults=("<its vaults there>",),
        role="<its role>",
        instance_class=plan.replicas[successor.name].class_,
        subnet_group=plan.estate.databases[database].subnet_group,
        groups=("<its security group>",),
        next_name=following,
        next_id=shorten(prefix + following, IDENTIFIER_LIMIT),
    )
