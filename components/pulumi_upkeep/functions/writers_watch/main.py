"""Counts, every minute, how many members of a database take writes. More than one is a P0.

Runs in the recovery region. Publishes, for each database:

    Upkeep/Recovery Writers{Database}          members that take writes, of those that can be seen
    Upkeep/Recovery UnknownMembers{Database}   members whose region does not answer

A member takes writes where it exists, follows nothing, is not shut off by its fence and is not
stopped. What cannot be seen is not counted as either: two writers are only said of what was seen.

WRITERS (environment): [{"database": name, "members": [{"identifier", "region", "fence"}]}]; `fence`
is the id of the security group without a rule.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

NAMESPACE = "Upkeep/Recovery"
# A region that is down must not keep the other one from being told.
QUICKLY = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2})
# In these an instance takes no writes, and in no other [RDS, "Viewing DB instance status"].
STILL = frozenset({"creating", "deleting", "failed", "stopped", "stopping"})


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Counts and publishes; answers with {database: {"writers": [...], "unknown": [...]}}."""
    counted = {
        each["database"]: _count(each["members"]) for each in json.loads(os.environ["WRITERS"])
    }
    boto3.client("cloudwatch", config=QUICKLY).put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": "Database", "Value": database}],
                "Value": float(len(found[kind])),
            }
            for database, found in sorted(counted.items())
            for metric, kind in (("Writers", "writers"), ("UnknownMembers", "unknown"))
        ],
    )
    for database, found in counted.items():
        if len(found["writers"]) != 1 or found["unknown"]:
            print(json.dumps({"database": database, **found}))
    return counted


def _count(members: list[Mapping[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"writers": [], "unknown": []}
    for member in members:
        try:
            writes = _writes(member)
        except (BotoCoreError, ClientError) as error:
            print(f"{member['identifier']}: {error}")
            found["unknown"].append(member["identifier"])
        else:
            if writes:
                found["writers"].append(member["identifier"])
    return found


def _writes(member: Mapping[str, str]) -> bool:
    rds = boto3.client("rds", region_name=member["region"], config=QUICKLY)
    try:
        (instance,) = rds.describe_db_instances(DBInstanceIdentifier=member["identifier"])[
            "DBInstances"
        ]
    except rds.exceptions.DBInstanceNotFoundFault:
        return False
    groups = {group["VpcSecurityGroupId"] for group in instance.get("VpcSecurityGroups") or []}
    return not (
        instance.get("ReadReplicaSourceDBInstanceIdentifier")
        or groups == {member["fence"]}
        or instance["DBInstanceStatus"] in STILL
    )
