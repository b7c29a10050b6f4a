"""Fence an old primary: it gets a security group that lets nobody in, and its connections are cut.

A security group alone leaves established connections as they are, so the instance is rebooted; only
then nobody writes there any more. Run twice it is rebooted twice, which harms nobody: nobody can
use it. A region that does not answer is told apart from an instance that cannot be fenced: the
first cannot be waited for, the second may be taking writes.
"""

import time
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from .clients import client

PAUSE = 10
# A step has ten minutes; this leaves time to say what was found.
WITHIN = 540


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``fenced``: yes, or unreachable where the region does not answer."""
    rds = client("rds", events["region"])
    try:
        fence(rds, events["id"], events["group"])
    except (ConnectionError, HTTPClientError) as error:
        return {"fenced": "unreachable", "why": str(error)}
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            raise
        return {"fenced": "unreachable", "why": str(error)}
    return {"fenced": "yes", "why": ""}


def fence(rds: Any, id_: str, group: str) -> None:
    left = WITHIN
    if not fenced(instance(rds, id_), group):
        left = wait(rds, id_, left, changeable)
        rds.modify_db_instance(
            DBInstanceIdentifier=id_, VpcSecurityGroupIds=[group], ApplyImmediately=True
        )
        left = wait(rds, id_, left, lambda one: fenced(one, group))
    if instance(rds, id_)["DBInstanceStatus"] != "stopped":
        left = wait(rds, id_, left, available)
        rds.reboot_db_instance(DBInstanceIdentifier=id_)
        # RDS goes on calling it available for some seconds.
        time.sleep(PAUSE)
        wait(rds, id_, left, available)


def instance(rds: Any, id_: str) -> Any:
    return rds.describe_db_instances(DBInstanceIdentifier=id_)["DBInstances"][0]


def fenced(one: dict[str, Any], group: str) -> bool:
    found = [(each["VpcSecurityGroupId"], each["Status"]) for each in one["VpcSecurityGroups"]]
    return found == [(group, "active")]


def available(one: dict[str, Any]) -> bool:
    return bool(one["DBInstanceStatus"] == "available")


def changeable(one: dict[str, Any]) -> bool:
    return one["DBInstanceStatus"] in ("available", "stopped")


def wait(rds: Any, id_: str, left: int, as_wanted: Any) -> int:
    """Seconds that are left once it is as wanted."""
    while not as_wanted(one := instance(rds, id_)):
        if left <= 0:
            raise RuntimeError(f"{id_} is {one['DBInstanceStatus']} and cannot be fenced")
        time.sleep(PAUSE)
        left -= PAUSE
    return left
