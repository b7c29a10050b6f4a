"""The members of the databases, and what each of them does at this moment.

A promotion happens outside of deployments. So every deployment looks first who follows whom, and
with what the members say the plan is judged. A region that does not answer leaves its members
unknown: that is said, and the others are judged without them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from .. import aws
from ..plan import Plan
from ..plan.proofs import MemberFacts
from ..plan.words import Place
from ..plan.writers import Member
from ..recover.database_fence import fence_name
from ..recover.read_replica import instance_identifier, storage_key_alias
from ..recover.replica_parameters import Size
from .providers import Providers

MEBIBYTE = 1024**2
PLACES: tuple[Place, ...] = ("primary", "recovery")


@dataclass(frozen=True)
class Roles:
    """What was seen.

    members    by the plan's names; without those whose region did not answer
    sizes      of those that exist
    encrypted  those that exist and whose storage is encrypted
    own_keys   those of them whose key is the one that this stack has for them
    silent     region -> why nothing is known of its members
    """

    members: Mapping[str, MemberFacts]
    sizes: Mapping[str, Size]
    encrypted: frozenset[str]
    own_keys: frozenset[str]
    silent: Mapping[str, str]


@dataclass(frozen=True)
class _Seen:
    facts: MemberFacts
    size: Size | None = None
    encrypted: bool = False
    own_key: bool = False


def identifier_of(member: Member) -> str:
    """A member's identifier in RDS."""
    return member.name if member.looked_up else instance_identifier(member.name)


def fence_of(database: str, place: Place) -> str:
    """What the fence of a database in one of its places is called in the stack."""
    return f"{database}-fence-{place}"


async def ask(plan: Plan, providers: Providers) -> Roles:
    """Looks at every member of every database, in both regions at once."""
    answers = await asyncio.gather(
        *(_ask(plan, place, providers) for place in PLACES), return_exceptions=True
    )
    seen: dict[str, _Seen] = {}
    silent: dict[str, str] = {}
    for place, answer in zip(PLACES, answers, strict=True):
        if isinstance(answer, BaseException):
            silent[plan.region_of(place)] = str(answer).strip().splitlines()[-1].strip()
            continue
        seen |= answer
    return Roles(
        members={name: each.facts for name, each in seen.items()},
        sizes={name: each.size for name, each in seen.items() if each.size},
        encrypted=frozenset(name for name, each in seen.items() if each.encrypted),
        own_keys=frozenset(name for name, each in seen.items() if each.own_key),
        silent=silent,
    )


async def _ask(plan: Plan, place: Place, providers: Providers) -> dict[str, _Seen]:
    here = [
        member
        for database in plan.estate.databases
        for member in plan.members(database)
        if member.place == place
    ]
    if not here:
        return {}
    provider = providers.primary if place == "primary" else providers.recovery
    options = pulumi.InvokeOptions(provider=provider)
    identifiers = [identifier_of(member) for member in here]
    by_identifier = aws.rds.GetInstancesFilterArgs(name="db-instance-id", values=identifiers)
    found = await aws.rds.get_instances(filters=[by_identifier], opts=options)
    seen = await asyncio.gather(
        *(_look_at(member, found.instance_identifiers, options) for member in here)
    )
    return {member.name: each for member, each in zip(here, seen, strict=True)}


async def _look_at(member: Member, there: Sequence[str], options: pulumi.InvokeOptions) -> _Seen:
    identifier = identifier_of(member)
    if identifier not in there:
        return _Seen(MemberFacts(identifier, exists=False))
    instance, fences, key = await asyncio.gather(
        aws.rds.get_instance(db_instance_identifier=identifier, opts=options),
        aws.ec2.get_security_groups(
            tags={"Name": fence_name(fence_of(member.database, member.place))}, opts=options
        ),
        _key(member, options),
    )
    groups = set(instance.vpc_security_groups)
    facts = MemberFacts(
        identifier,
        source=instance.replicate_source_db,
        fenced=bool(groups) and groups <= set(fences.ids),
    )
    return _Seen(
        facts,
        await size_of(instance.db_instance_class, options),
        encrypted=instance.storage_encrypted,
        own_key=key is not None and key == instance.kms_key_id,
    )


async def size_of(instance_class: str, options: pulumi.InvokeOptions) -> Size:
    """The size of a database class: an instance type of EC2 with a prefix, which EC2 tells."""
    kind = instance_class.removeprefix("db.")
    found = await aws.ec2.get_instance_type(instance_type=kind, opts=options)
    return Size(found.memory_size * MEBIBYTE, found.default_vcpus)


async def _key(member: Member, options: pulumi.InvokeOptions) -> str | None:
    if member.looked_up:
        return None
    try:
        alias = await aws.kms.get_alias(name=storage_key_alias(member.name), opts=options)
    except Exception:  # the SDK raises bare ones; a replica at home has no key of its own
        return None
    return alias.target_key_arn
