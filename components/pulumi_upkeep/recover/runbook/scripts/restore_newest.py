"""Restore the newest recovery point of a database as an instance of its own, beside all others.

Safe to run twice: a restore that this execution, or another within the hour, has begun is found
again by the name of the instance.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from .clients import client

# A second run within so long finds the first one's restore.
SAME = timedelta(hours=1)
CONTINUOUS = (":auto-backup:", ":continuous:")
BEGUN = ("PENDING", "RUNNING", "COMPLETED")


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:
    """``job``: the restore job; ``point``: from which moment it is; ``id``: the new instance."""
    region = events["region"]
    backup = client("backup", region)
    points = [
        point
        for vault in events["vaults"]
        for page in backup.get_paginator("list_recovery_points_by_backup_vault").paginate(
            BackupVaultName=vault, ByResourceType="RDS"
        )
        for point in page["RecoveryPoints"]
        if point["Status"] in ("COMPLETED", "AVAILABLE")
        and source(point).endswith(f":db:{events['of']}")
        # Continuous backup is no snapshot: it is restored by a moment that somebody names.
        and not any(kind in point["RecoveryPointArn"] for kind in CONTINUOUS)
    ]
    if not points:
        raise RuntimeError(
            f"there is no recovery point of {events['of']} in {', '.join(events['vaults'])}"
        )
    newest = max(points, key=lambda point: point["CreationDate"])
    arn = newest["RecoveryPointArn"]
    began = backup.list_restore_jobs(ByCreatedAfter=datetime.now(UTC) - SAME)["RestoreJobs"]
    for job in began:
        # A restore test's copy is another instance, which is deleted again.
        test = (job.get("CreatedBy") or {}).get("RestoreTestingPlanArn")
        if job.get("RecoveryPointArn") == arn and job["Status"] in BEGUN and not test:
            return answer(job["RestoreJobId"], newest, name(events, job["CreationDate"]))
    called = name(events, datetime.now(UTC))
    job = backup.start_restore_job(
        RecoveryPointArn=arn,
        IamRoleArn=events["role"],
        ResourceType="RDS",
        Metadata={
            "DBInstanceIdentifier": called,
            "DBInstanceClass": events["class"],
            "DBSubnetGroupName": events["subnet_group"],
            "VpcSecurityGroupIds": '["' + '","'.join(events["groups"]) + '"]',
            "PubliclyAccessible": "false",
        },
        IdempotencyToken=called,
    )
    return answer(job["RestoreJobId"], newest, called)


def source(point: dict[str, Any]) -> str:
    # A copy names what it was copied from in a field of its own.
    return point.get("ResourceArn") or point.get("SourceResourceArn") or ""


def name(events: dict[str, Any], began: datetime) -> str:
    """Of the hour in which the restore began."""
    return f"{events['of'][:40]}-restored-{began.astimezone(UTC):%Y%m%d%H}"


def answer(job: str, point: dict[str, Any], called: str) -> dict[str, Any]:
    return {"job": job, "point": point["CreationDate"].isoformat(), "id": called}
