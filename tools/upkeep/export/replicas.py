"""Read replicas of the estate's databases, in the plan's words."""

from typing import Any

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.words import Place

from tools.upkeep.export.part import Part, by_key, is_ours, slug


def replicas_of(rds: Any, place: Place, plan: Plan) -> Part:
    """The replicas of one region; ``rds`` is boto3's client of it."""
    sources = {each.instance: name for name, each in plan.estate.databases.items()}
    chapters: dict[str, Any] = {}
    adopt: dict[str, str] = {}
    left: list[str] = []
    for page in rds.get_paginator("describe_db_instances").paginate():
        for one in page["DBInstances"]:
            source = one.get("ReadReplicaSourceDBInstanceIdentifier")
            if not source or is_ours(by_key(one.get("TagList", ()))):
                continue
            identifier = one["DBInstanceIdentifier"]
            database = sources.get(source.rpartition(":")[2])
            if database is None:
                left.append(f"replica {identifier} follows {source}, which `estate` lacks")
                continue
            name = slug(identifier, chapters)
            chapters[name] = {"of": database, "in": place, "class": one["DBInstanceClass"]}
            if one["MultiAZ"]:
                chapters[name]["multi_az"] = True
            adopt[name] = identifier
    return Part(
        {"replicas": chapters} if chapters else {},
        {"replicas": adopt} if adopt else {},
        tuple(left),
    )
