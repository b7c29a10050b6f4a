"""Writers: which member of a database takes writes, and which one takes over.

A database of the estate has members: the instance that is looked up, and its read replicas. Roles
change, members do not: a member keeps its name, which says its place and generation, and the plan
says which one is active. What every replica follows is derived from that.

Source: Bynomi's plan, "Disaster Scenarios and Response": switch to read replica.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from .backups import BackupEntry
from .estate import Estate
from .faults import Fault, nearest
from .replicas import Replica
from .words import Name, Place, Words

# RDS: an instance's identifier has 1 to 63 letters, digits and hyphens, and begins with a letter.
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
PrivateName = Annotated[str, Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")]

# Ours: without automated backups nothing could follow it; a week is what RDS's console proposes.
RETENTION_OF_A_WRITER = timedelta(days=7)

_GENERATION = re.compile(r"-(\d+)$")


class Writer(Words):
    """Who writes a database; its name in the plan is the database's.

    active      the member that takes writes: the instance of the estate (by its identifier) or a
                replica (by its name in ``replicas``). Default: the instance of the estate
    name        the private DNS name that applications use, in ``estate.private_zone``; it moves
                to the successor without an edit. Default: none
    successor   the replica that takes over; once it has, and `active` says so, nobody does until
                another one is named. Default: none, and then a person decides
    retired     members that once took writes and are no longer needed: their protection ends, and
                with the next edit they may leave the plan
    """

    active: Identifier | None = None
    name: PrivateName | None = None
    successor: Name | None = None
    retired: tuple[Identifier, ...] = ()


Writers = dict[Name, Writer]


@dataclass(frozen=True)
class Member:
    """One instance of a database.

    name         in the plan: the estate's identifier, or the replica's name
    database     the database of the estate that it is a member of
    place        where it stands, whatever it does
    looked_up    whether it is the estate's own instance, which is only looked up
    active       whether the plan says that it takes writes
    successor    whether the plan says that it takes over
    retired      whether the plan has retired it
    """

    name: str
    database: str
    place: Place
    looked_up: bool
    active: bool
    successor: bool
    retired: bool

    @property
    def generation(self) -> int | None:
        """The number its name ends in; None where there is none."""
        found = _GENERATION.search(self.name)
        return int(found.group(1)) if found else None


def members_of(
    database: str, estate: Estate, replicas: Mapping[str, Replica], writers: Mapping[str, Writer]
) -> tuple[Member, ...]:
    """The members of a database: the estate's instance first, its replicas by name."""
    writer = writers.get(database, Writer())
    instance = estate.databases[database].instance
    active = writer.active or instance
    places: dict[str, Place] = {instance: "primary"}
    places |= {
        name: replicas[name].in_ for name in sorted(replicas) if replicas[name].of == database
    }
    return tuple(
        Member(
            name,
            database,
            place,
            looked_up=name == instance,
            active=name == active,
            successor=name == writer.successor != active,
            retired=name in writer.retired,
        )
        for name, place in places.items()
    )


def automated_retention(database: str, backups: Mapping[str, BackupEntry]) -> timedelta:
    """How long RDS keeps automated backups of the member that takes writes, once it is ours.

    With continuous backup AWS Backup owns that figure and sets it to the plan's: the same one is
    declared, so that the two never disagree.
    """
    kept = [
        entry.point_in_time.keep
        for entry in backups.values()
        if entry.point_in_time is not None and database in entry.protects.databases
    ]
    return max(kept, default=RETENTION_OF_A_WRITER)


def next_generation(members: Sequence[Member], place: Place, region: str) -> str:
    """A name for a member that does not exist yet, such as ``orders-use1-2`` in ``us-east-1``.

    It is called as the replicas there are; the number is above that of every member there.
    """
    here = [member for member in members if member.place == place]
    number = max((member.generation or 0 for member in here), default=0) + 1
    replicas = [member for member in here if not member.looked_up and member.generation]
    if replicas:
        stem = _GENERATION.sub("", replicas[-1].name)
    else:
        # us-east-1: use1; ap-southeast-2: apse2.
        area, side, count = region.split("-")[-3:]
        sides = re.findall("north|south|east|west|central", side)
        stem = f"{members[0].database}-{area}{''.join(word[0] for word in sides)}{count}"
    return f"{stem}-{number}"


def writer_faults(
    estate: Estate,
    replicas: Mapping[str, Replica],
    writers: Mapping[str, Writer],
    home: str,
) -> Iterator[Fault]:
    """What of the writers cannot stand beside the estate and the replicas.

    home   the primary region's code
    """
    for name in sorted(replicas.keys() & {each.instance for each in estate.databases.values()}):
        yield Fault(
            f"replicas.{name}",
            "is the identifier of an instance of the estate: two members of one name",
            None,
            "name it by its place and generation",
        )
    served: dict[str, str] = {}
    for database, writer in writers.items():
        path = f"writers.{database}"
        if database not in estate.databases:
            close = nearest(database, estate.databases)
            known = ", ".join(sorted(estate.databases)) or "none"
            remedy = f"did you mean `{close}`?" if close else f"known: {known}"
            yield Fault(path, "no such database in `estate.databases`", None, remedy)
            continue
        yield from _members_faults(path, database, writer, estate, replicas, home)
        yield from _name_faults(path, database, writer, estate, served)


def _members_faults(
    path: str,
    database: str,
    writer: Writer,
    estate: Estate,
    replicas: Mapping[str, Replica],
    home: str,
) -> Iterator[Fault]:
    members = members_of(database, estate, replicas, {database: writer})
    instance = members[0].name
    known = {member.name: member for member in members}
    active = writer.active or instance
    named = [("active", active), *((f"retired.{i}", n) for i, n in enumerate(writer.retired))]
    if writer.successor is not None:
        named.append(("successor", writer.successor))
    for key, name in named:
        of = replicas[name].of if name in replicas else database
        if of not in estate.databases:
            # Said of the replica already.
            continue
        if name not in known:
            close = nearest(name, known)
            remedy = f"did you mean `{close}`?" if close else f"known: {', '.join(known)}"
            if key.startswith("retired"):
                remedy += "; a retired member that has left the plan leaves this list with it"
            yield Fault(f"{path}.{key}", f"no such member of {database}", name, remedy)
    if active in writer.retired:
        yield Fault(
            f"{path}.retired.{writer.retired.index(active)}",
            f"takes the writes of {database}, and every replica follows it",
            active,
            "promote a successor and name it in `active` first",
        )
    if writer.successor is not None:
        yield from _successor_faults(path, writer, writer.successor, members, home)
    elsewhere = active != instance or instance in writer.retired
    if elsewhere and active in known and estate.databases[database].owner is None:
        yield Fault(
            f"estate.databases.{database}.owner",
            f"missing: {instance} no longer takes writes, and it is only looked up: somebody must "
            "keep it, and one day delete it",
            None,
            "name who owns it, such as `owner: devops@bynomi.com`",
        )


def _successor_faults(
    path: str, writer: Writer, successor: str, members: Sequence[Member], home: str
) -> Iterator[Fault]:
    place = f"{path}.successor"
    instance = members[0]
    if successor in writer.retired:
        yield Fault(place, "is retired", successor, "take it out of `retired`, or name another")
    elif successor == instance.name:
        fresh = next_generation(members, instance.place, home)
        yield Fault(
            place,
            "took writes before, and an old primary never becomes a replica again [RDS]",
            successor,
            f"declare its next generation, `replicas.{fresh}: {{of: {instance.database}, in: "
            f"{instance.place}, ...}}`, and name that",
        )


def _name_faults(
    path: str, database: str, writer: Writer, estate: Estate, served: dict[str, str]
) -> Iterator[Fault]:
    if writer.name is None:
        return
    place = f"{path}.name"
    if estate.private_zone is None:
        yield Fault(
            "estate.private_zone",
            f"missing: {place} is a name of it",
            None,
            f"such as `private_zone: {writer.name.partition('.')[2]}`",
        )
    elif not writer.name.endswith(f".{estate.private_zone}"):
        yield Fault(
            place,
            "not a name of the zone in `estate.private_zone`",
            writer.name,
            f"a name that ends in `.{estate.private_zone}`",
        )
    if writer.name in served:
        rule = f"`writers.{served[writer.name]}` has it already: it leads to one writer"
        yield Fault(place, rule, writer.name, "give it a name of its own")
    served.setdefault(writer.name, database)
