"""What follows the databases, what takes over, and by which name they are reached."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from .. import DatabaseFence, ReadReplica, WriterName, WritersWatch, aws
from ..plan import Plan
from ..plan.words import Place, say_duration
from ..plan.writers import Member, automated_retention
from ..recover.read_replica import ReadReplicaArgs, Role
from ..recover.replica_parameters import parameter_family, replica_parameters
from ..recover.writer_name import WriterNameArgs
from ..recover.writers_watch import WatchedMemberArgs
from .estate import Estate
from .members import fence_of, identifier_of
from .providers import Providers
from .routing import Routes


@dataclass(frozen=True)
class Databases:
    """What was declared.

    replicas   by the plan's names, whatever they do
    fences     of each database with replicas, in each place with members
    names      of each database whose writer has one
    watch      over who takes writes; None without replicas
    """

    replicas: Mapping[str, ReadReplica]
    fences: Mapping[tuple[str, Place], DatabaseFence]
    names: Mapping[str, WriterName]
    watch: WritersWatch | None


def declare_databases(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> Databases:
    """The replicas, each in its region; the fences; the writers' names."""
    fences = {
        (database, place): DatabaseFence(
            fence_of(database, place),
            {"vpc_id": network},
            pulumi.ResourceOptions(provider=providers.aws[plan.region_of(place)]),
        )
        for (database, place), network in estate.database_networks.items()
    }
    replicas: dict[str, ReadReplica] = {}
    for database in plan.estate.databases:
        # The writer first: what is to follow it comes after it.
        for member in sorted(plan.members(database), key=lambda member: not member.active):
            if not member.looked_up and not _gone(member, estate):
                replicas[member.name] = _replica(
                    member, plan, estate, providers, routes, fences, replicas
                )
    names = {
        database: _name(database, plan, estate, providers, routes, replicas)
        for database, writer in plan.writers.items()
        if writer.name
    }
    watch = _watch(plan, providers, routes, fences)
    return Databases(replicas, fences, names, watch)


def _watch(
    plan: Plan,
    providers: Providers,
    routes: Routes,
    fences: Mapping[tuple[str, Place], DatabaseFence],
) -> WritersWatch | None:
    """In the recovery region, where it sees the other one come back."""
    watched: dict[str, list[WatchedMemberArgs]] = {
        database: [
            {
                "identifier": identifier_of(member),
                "region": plan.region_of(member.place),
                "fence": fences[database, member.place].security_group_id,
            }
            for member in plan.members(database)
            if not member.retired
        ]
        for database in sorted({database for database, _ in fences})
    }
    if not watched:
        return None
    region = plan.regions.recovery
    return WritersWatch(
        "writers",
        {
            "databases": watched,
            "topics": routes[region].alert_topics(),
            "runbooks": plan.runbooks,
        },
        pulumi.ResourceOptions(provider=providers.aws[region]),
    )


def _gone(member: Member, estate: Estate) -> bool:
    """Whether it is retired and was deleted: there is nothing to declare any more."""
    seen = estate.roles.members.get(member.name)
    return member.retired and seen is not None and not seen.exists


def _role(member: Member, estate: Estate) -> Role:
    """By the plan, and of what the plan does not say by what is seen."""
    seen = estate.roles.members.get(member.name)
    if member.active:
        return "writes"
    if member.retired:
        return "retired"
    return "wrote" if seen is not None and seen.exists and not seen.source else "follows"


def _replica(
    member: Member,
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    fences: Mapping[tuple[str, Place], DatabaseFence],
    declared: Mapping[str, ReadReplica],
) -> ReadReplica:
    name, database = member.name, member.database
    replica = plan.replicas[name]
    instance = estate.databases[database].instance
    region = plan.region_of(member.place)
    seen = estate.roles.members.get(name)
    promoted = seen is not None and seen.exists and not seen.source
    role = _role(member, estate)
    fenced = role in ("wrote", "retired") and promoted
    args: ReadReplicaArgs = {
        "role": role,
        "instance_class": replica.class_,
        "subnet_group": plan.estate.databases[database].subnet_group,
        "security_groups": [
            fences[database, member.place].security_group_id
            if fenced
            else estate.security_groups[name]
        ],
        "multi_az": replica.multi_az,
        "lag": replica.lag.in_words(),
        "topics": routes[region].alert_topics(),
        "runbooks": plan.runbooks,
        "protected": plan.protected,
        # RDS takes no last snapshot of a replica, and one of what was promoted.
        "final_snapshot": role != "retired" or promoted,
    }
    if role == "writes":
        retention = automated_retention(database, plan.backups)
        args["backup_retention"] = say_duration(retention)
    if seen is None or not seen.exists:
        # Not there yet: it is made from the member that takes writes.
        source = plan.active_member(database)
        across = source.place != member.place
        args["across_regions"] = across if not member.active else member.place == "recovery"
        args["source_encrypted"] = instance.storage_encrypted
        if role == "follows":
            args["source"] = _named(source, across, instance, declared)
    elif seen.source:
        # RDS changes no source, so what is seen is what stays.
        args["source"] = seen.source
        args["source_encrypted"] = name in estate.roles.encrypted
    else:
        args["across_regions"] = name in estate.roles.own_keys
    family = parameter_family(instance.engine, instance.engine_version)
    parameters = replica_parameters(
        instance.engine, estate.sizes_of(plan, database), replica.parameters
    )
    if family and parameters:
        args["parameter_family"] = family
        args["parameters"] = parameters
    return ReadReplica(name, args, pulumi.ResourceOptions(provider=providers.aws[region]))


def _named(
    source: Member,
    across: bool,
    instance: aws.rds.GetInstanceResult,
    declared: Mapping[str, ReadReplica],
) -> pulumi.Input[str]:
    """How RDS names a source: by its ARN across regions, by its identifier within one."""
    if source.looked_up:
        return instance.db_instance_arn if across else instance.db_instance_identifier
    ours = declared[source.name]
    return ours.arn if across else ours.identifier


def _name(
    database: str,
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    replicas: Mapping[str, ReadReplica],
) -> WriterName:
    active, successor = plan.active_member(database), plan.successor_member(database)
    region = plan.regions.recovery
    args: WriterNameArgs = {
        # The plan is checked: a name has its zone.
        "zone_id": estate.private_zone_id or "",
        "name": plan.writers[database].name or "",
        "active": (
            estate.databases[database].instance.address
            if active.looked_up
            else replicas[active.name].address
        ),
        "region": region,
        "topics": routes[region].alert_topics(),
        "runbooks": plan.runbooks,
    }
    if successor:
        args["successor"] = {
            "member": identifier_of(successor),
            "address": replicas[successor.name].address,
        }
    return WriterName(
        f"{database}-writer", args, pulumi.ResourceOptions(provider=providers.aws[region])
    )
