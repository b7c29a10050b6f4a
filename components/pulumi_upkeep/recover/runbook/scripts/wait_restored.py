"""Wait until a restore is complete."""

import time
from typing import Any

from .clients import client

PAUSE = 20
WITHIN = 540


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``arn``: what was restored. Raises when it is not yet so: the step is then tried again."""
    backup = client("backup", events["region"])
    waited = 0
    while True:
        job = backup.describe_restore_job(RestoreJobId=events["job"])
        if job["Status"] == "COMPLETED":
            return {"arn": job.get("CreatedResourceArn", "")}
        if job["Status"] in ("ABORTED", "FAILED"):
            raise RuntimeError(f"the restore {job['Status']}: {job.get('StatusMessage', '')}")
        if waited >= WITHIN:
            raise RuntimeError(f"the restore is {job['Status']}: {job.get('PercentDone', '?')}")
        time.sleep(PAUSE)
        waited += PAUSE
