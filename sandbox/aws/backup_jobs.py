"""AWS Backup: restores on demand, and copies of databases that hold something.

A recovery point of a database is a snapshot of RDS, its copy elsewhere one in the other region or
account, and ``StartRestoreJob`` makes an instance of either. In a sandbox with real databases the
data is that of the moment of the backup; see ``rds_real.py``.
"""

import os
import uuid
from collections.abc import Mapping
from typing import Any

from moto.backup.exceptions import InvalidParameterValueException, ResourceNotFoundException
from moto.core.responses import ActionResult
from moto.core.utils import unix_time
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBSnapshot, RDSBackend, rds_backends

from sandbox.aws import events, rds_servers
from sandbox.aws.backup_copies import Copies, CopiesResponse
from sandbox.aws.restore_testing import Job, Point
from sandbox.clients import Cloud

_DATABASE = "RDS"
# What a restore must be told, by kind, in the words of the service's metadata.
_NEEDED = {_DATABASE: "DBInstanceIdentifier", "S3": "DestinationBucketName"}


class BackupJobs(Copies):
    """Restore jobs that somebody asks for, and what stands behind points of databases."""

    _own_key = ""

    def start_restore_job(self, asked: Mapping[str, Any]) -> Job:
        """Restore a recovery point to a new resource; COMPLETED or FAILED when this returns."""
        point = self.points.get(asked["RecoveryPointArn"])
        if point is None:
            raise ResourceNotFoundException(f"Recovery point {asked['RecoveryPointArn']} not found")
        needed = _NEEDED[point.kind]
        metadata = {key.lower(): value for key, value in asked["Metadata"].items()}
        if not metadata.get(needed.lower()):
            raise InvalidParameterValueException(f"Metadata of {point.kind} needs {needed}")
        job = Job(
            id=str(uuid.uuid4()).upper(),
            point=point,
            role=asked.get("IamRoleArn") or point.role,
            plan_arn="",
            created=unix_time(),
            metadata=metadata,
        )
        self.restore_jobs[job.id] = job
        self._restore(job)
        return job

    def client(self, service: str) -> Any:
        """In another account with credentials of that account."""
        if self.account_id == events.DEFAULT_ACCOUNT:
            return super().client(service)
        cloud = Cloud(f"http://127.0.0.1:{os.environ['MOTO_PORT']}", region=self.region_name)
        return cloud.assuming(f"arn:aws:iam::{self.account_id}:role/upkeep-backup")(service)

    def take_copy(
        self, source: Point, vault_name: str, lifecycle: Mapping[str, Any], job: Mapping[str, Any]
    ) -> str:
        """Of a database, a snapshot in this region and account with the same data."""
        arn = super().take_copy(source, vault_name, lifecycle, job)
        original = _snapshot_of(source)
        if source.kind != _DATABASE or original is None:
            return arn
        rds = self._rds
        # Made as moto makes a copy, which it does within one account only.
        copy = DBSnapshot(
            rds,
            original.database,
            f"awsbackup:copyjob-{job['CopyJobId']}",
            original_created_at=original.original_snapshot_create_time,
            kms_key_id=self._key_of(vault_name) if original.encrypted else None,
        )
        rds.database_snapshots[copy.db_snapshot_identifier] = copy
        servers = rds_servers.running()
        data = servers.copy_at(original.arn) if servers else None
        if servers is not None and data is not None:
            servers.share_copy(data, copy.arn)
        point, told = self.points.pop(arn), self.told_of_points.pop(arn)
        point.arn, point.snapshot = copy.arn, copy.db_snapshot_identifier
        self.points[copy.arn], self.told_of_points[copy.arn] = point, told
        return str(copy.arn)

    def delete_recovery_point(self, vault_name: str, arn: str) -> None:
        """A database's snapshot goes with it."""
        point = self.points.get(arn)
        super().delete_recovery_point(vault_name, arn)
        if point is not None and point.snapshot in self._rds.database_snapshots:
            self._rds.delete_db_snapshot(point.snapshot)

    def _key_of(self, vault_name: str) -> str:
        """A copy is encrypted with its vault's key; without one, with the service's own."""
        key = self.vaults[vault_name].encryption_key_arn
        if key:
            return key
        if not self._own_key:
            made = self._rds.kms.create_key(
                None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "AWS Backup's own", None
            )
            self._own_key = str(made.arn)
        return self._own_key

    @property
    def _rds(self) -> RDSBackend:
        return rds_backends[self.account_id][self.region_name]


class BackupJobsResponse(CopiesResponse):
    """The operations; each named after AWS's."""

    def start_restore_job(self) -> ActionResult:
        backend = self._testing()
        assert isinstance(backend, BackupJobs)
        return ActionResult({"RestoreJobId": backend.start_restore_job(self._body()).id})


def _snapshot_of(point: Point) -> DBSnapshot | None:
    """The snapshot behind a recovery point; None when it is gone."""
    if not point.snapshot:
        return None
    region, account = point.arn.split(":")[3:5]
    try:
        return rds_backends[account][region].get_db_snapshot(point.snapshot)
    except RDSClientError:
        return None
