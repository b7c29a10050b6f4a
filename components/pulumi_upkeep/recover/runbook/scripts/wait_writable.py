"""Wait until a promoted replica stands alone and can be changed.

Right after the promotion RDS goes on calling it available, so its source must be gone as well. One
that is available and keeps its source was not promoted, and there is nothing to wait for: that is
an answer, since a step that fails is tried again.
"""

import time
from typing import Any

from .clients import client

PAUSE = 10
WITHIN = 540
# So long RDS may take to begin.
BEGINS_WITHIN = 240


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``promoted``: yes or no; ``endpoint`` and ``port``: where it answers. Raises while RDS is at
    it: the step is then tried again."""
    rds = client("rds", events["region"])
    waited = idle = 0
    while True:
        one = rds.describe_db_instances(DBInstanceIdentifier=events["id"])["DBInstances"][0]
        status = one["DBInstanceStatus"]
        follows = one.get("ReadReplicaSourceDBInstanceIdentifier")
        if status == "available" and not follows:
            return answer("yes", one)
        idle = idle + PAUSE if status == "available" else 0
        if idle > BEGINS_WITHIN:
            return answer("no", one)
        if waited >= WITHIN:
            raise RuntimeError(f"{events['id']} is {status} and not promoted yet")
        time.sleep(PAUSE)
        waited += PAUSE


def answer(promoted: str, one: dict[str, Any]) -> dict[str, Any]:
    endpoint = one["Endpoint"]
    return {"promoted": promoted, "endpoint": endpoint["Address"], "port": endpoint["Port"]}
