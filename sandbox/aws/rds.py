"""RDS: read replicas that are instances of their own, promotion, and settings that are kept.

moto makes a replica by copying its source, resource id and retention included, leaves the source
set after a promotion and promotes the same instance again and again. It shows no Performance
Insights. What stands behind an instance in a sandbox with real databases: ``rds_real.py``.
"""

import secrets
import string
from collections.abc import Mapping
from typing import Any

from moto.core.parse import XFormedDict
from moto.ec2.models import ec2_backends
from moto.rds.exceptions import (
    DBInstanceAlreadyExists,
    InvalidParameterCombination,
    InvalidParameterValue,
    RDSClientError,
)
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

# Figures of RDS's user guide.
RETENTION_DAYS = range(35 + 1)
REPLICAS_PER_SOURCE = 15
REPLICAS_PER_SOURCE_BY_ENGINE = {"oracle": 5, "sqlserver": 5, "db2": 3}
RETENTION_AFTER_PROMOTION_DAYS = 1

# What a replica has from its source where the request does not say otherwise.
_INHERITED = (
    "allocated_storage",
    "auto_minor_version_upgrade",
    "ca_certificate_identifier",
    "character_set_name",
    "db_instance_class",
    "db_name",
    "engine",
    "engine_version",
    "iops",
    "license_model",
    "master_username",
    "port",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "storage_encrypted",
    "storage_throughput",
    "storage_type",
)
# Where AWS shows a setting under another name than it takes it. moto shows attributes by the
# output's name, in snake case.
_SHOWN_AS = {
    "db_port_number": "port",
    "enable_performance_insights": "performance_insights_enabled",
    "enable_customer_owned_ip": "customer_owned_ip_enabled",
}
_KEPT = (
    "database_insights_mode",
    "dedicated_log_volume",
    "network_type",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
)


class UpkeepRDSBackend(RDSBackend):
    """moto's backend with the life of replicas put right."""

    def create_db_instance(self, db_kwargs: dict[str, Any]) -> DBInstance:
        """An instance with a resource id of its own, and a key that exists."""
        _check_retention(db_kwargs)
        if db_kwargs.get("storage_encrypted") and db_kwargs.get("kms_key_id"):
            db_kwargs["kms_key_id"] = self._validate_kms_key(db_kwargs["kms_key_id"])
        instance = super().create_db_instance(db_kwargs)
        instance.dbi_resource_id = _resource_id()
        for snapshot in self.database_snapshots.values():
            if snapshot.database.created is instance.created:
                snapshot.dbi_resource_id = instance.dbi_resource_id
                snapshot.database.dbi_resource_id = instance.dbi_resource_id
        _keep(instance, db_kwargs)
        return instance

    def create_db_instance_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        """A new instance that follows its source; see the module for what moto does instead."""
        name = db_kwargs["db_instance_identifier"]
        if name in self.databases:
            raise DBInstanceAlreadyExists()
        self._validate_db_identifier(name)
        source = self.find_db_from_id(db_kwargs["source_db_instance_identifier"])
        self._check_source(source)
        local = source.region == self.region_name
        replica = self.make_instance(
            {
                **{key: getattr(source, key) for key in _INHERITED},
                **self._location_of(source, local),
                **{key: value for key, value in db_kwargs.items() if value is not None},
                "source_db_instance_identifier": (
                    source.db_instance_identifier if local else source.db_instance_arn
                ),
                "kms_key_id": self._key_of(source, db_kwargs.get("kms_key_id"), local),
                "backup_retention_period": db_kwargs.get("backup_retention_period") or 0,
            }
        )
        replica.set_as_replica()
        _keep(replica, db_kwargs)
        self.databases[name] = replica
        source.add_replica(replica)
        return replica

    def make_instance(self, settings: Mapping[str, Any]) -> DBInstance:
        """An instance from settings in moto's names, not yet known to anybody."""
        # Abstract in moto's annotations only: for CloudFormation, which is not used here.
        instance = DBInstance(self, **settings)  # type: ignore[abstract]
        instance.dbi_resource_id = _resource_id()
        return instance

    def _check_source(self, source: DBInstance) -> None:
        if not source.backup_retention_period:
            raise RDSClientError(
                "InvalidDBInstanceState",
                "Automated backups are not enabled for this database instance. To enable automated "
                "backups, use ModifyDBInstance to set the backup retention period to a non-zero "
                "value.",
            )
        most = next(
            (
                limit
                for engine, limit in REPLICAS_PER_SOURCE_BY_ENGINE.items()
                if source.engine.startswith(engine)
            ),
            REPLICAS_PER_SOURCE,
        )
        if len(source.replicas) >= most:
            raise RDSClientError(
                "InstanceQuotaExceeded",
                f"{source.db_instance_identifier} has {most} read replicas, the most it can have",
            )

    def _key_of(self, source: DBInstance, key: str | None, local: bool) -> str | None:
        if local:
            if key:
                raise InvalidParameterCombination(
                    "KmsKeyId cannot be specified for a read replica in its source's Region: it is "
                    "encrypted with its source's key"
                )
            return source.kms_key_id
        if source.storage_encrypted and not key:
            raise InvalidParameterCombination(
                "Cannot create a cross region unencrypted read replica from encrypted source"
            )
        if key and not source.storage_encrypted:
            raise InvalidParameterCombination(
                "Cannot create an encrypted read replica from an unencrypted source"
            )
        return self._validate_kms_key(key) if key else None

    @staticmethod
    def _location_of(source: DBInstance, local: bool) -> dict[str, Any]:
        """Parameter and subnet group: the source's at home, the defaults elsewhere."""
        if not local:
            return {}
        group = getattr(source, "db_subnet_group", None)
        return {
            "db_parameter_group_name": source.db_parameter_group_name,
            "db_subnet_group_name": group.name if group else None,
        }

    def promote_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        """Make a replica an instance that stands alone; refused for one that does already."""
        instance = self.find_db_from_id(db_kwargs["db_instance_identifier"])
        if not instance.is_replica:
            raise RDSClientError(
                "InvalidDBInstanceState",
                f"DB Instance {instance.db_instance_identifier} is not a read replica.",
            )
        _check_retention(db_kwargs)
        self.promote(instance)
        instance.backup_retention_period = (
            db_kwargs.get("backup_retention_period") or RETENTION_AFTER_PROMOTION_DAYS
        )
        if db_kwargs.get("preferred_backup_window"):
            instance.preferred_backup_window = db_kwargs["preferred_backup_window"]
        instance.add_event("DB_INSTANCE_BACKUP_START")
        return instance

    def promote(self, instance: DBInstance) -> None:
        """Cut a replica off from its source, on both sides."""
        self._detach(instance)
        instance.is_replica = False
        instance.source_db_instance_identifier = None

    def _detach(self, replica: DBInstance) -> None:
        try:
            source = self.find_db_from_id(replica.source_db_instance_identifier or "")
        except RDSClientError:
            return
        # A source lists replicas of other regions by ARN; moto forgets that when it removes one.
        names = (replica.db_instance_identifier, replica.db_instance_arn)
        source.replicas = [name for name in source.replicas if name not in names]

    def modify_db_instance(
        self, db_instance_identifier: str, db_kwargs: dict[str, Any]
    ) -> DBInstance:
        """Keeps what it is told, under the names in which it is shown."""
        _check_retention(db_kwargs)
        instance = self.describe_db_instances(db_instance_identifier)[0]
        if db_kwargs.get("backup_retention_period") == 0 and instance.replicas:
            raise InvalidParameterCombination(
                "The backup retention period cannot be 0 for the source of read replicas"
            )
        role, interval = _monitoring(instance, db_kwargs)
        if bool(role) != bool(interval):
            raise InvalidParameterCombination(
                "MonitoringRoleARN and a MonitoringInterval other than 0 need each other"
            )
        modified = super().modify_db_instance(db_instance_identifier, db_kwargs)
        modified.monitoring_role_arn = role
        _keep(modified, db_kwargs)
        return modified

    def delete_db_instance(
        self,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,
        delete_automated_backups: bool | None = True,
    ) -> DBInstance:
        """Asks about the final snapshot as AWS does; replicas at home are promoted."""
        instance = self.describe_db_instances(db_instance_identifier)[0]
        if not instance.deletion_protection:
            if instance.is_replica and final_db_snapshot_identifier:
                raise InvalidParameterCombination(
                    "FinalDBSnapshotIdentifier cannot be specified when deleting a read replica"
                )
            if not (skip_final_snapshot or final_db_snapshot_identifier or instance.is_replica):
                raise InvalidParameterCombination(
                    "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
                )
            if instance.is_replica:
                self._detach(instance)
                # moto would look for the source again, which may be gone.
                instance.is_replica = False
            for name in list(instance.replicas):
                if name in self.databases:
                    self.promote(self.databases[name])
        return super().delete_db_instance(
            db_instance_identifier,
            final_db_snapshot_identifier,
            skip_final_snapshot,
            delete_automated_backups,
        )

    def stop_db_instance(
        self, db_instance_identifier: str, db_snapshot_identifier: str | None = None
    ) -> DBInstance:
        """Refused for who has replicas, as moto refuses it for a replica."""
        instance = self.describe_db_instances(db_instance_identifier)[0]
        if instance.is_replica or instance.replicas:
            raise RDSClientError(
                "InvalidDBInstanceState",
                f"{instance.db_instance_identifier} is or has a read replica: it cannot be stopped",
            )
        return super().stop_db_instance(db_instance_identifier, db_snapshot_identifier)

    def restore_db_instance_from_db_snapshot(
        self, from_snapshot_id: str, overrides: dict[str, Any]
    ) -> DBInstance:
        """What the request does not say is not the source's, but a new instance's own."""
        restored = super().restore_db_instance_from_db_snapshot(from_snapshot_id, overrides)
        return _as_new(restored, overrides)

    def restore_db_instance_to_point_in_time(
        self,
        source_db_identifier: str,
        target_db_identifier: str,
        overrides: dict[str, Any],
    ) -> DBInstance:
        """What the request does not say is not the source's, but a new instance's own."""
        asked = dict(overrides.items())
        if not asked.get("vpc_security_group_ids"):
            ec2 = ec2_backends[self.account_id][self.region_name]
            default = ec2.get_default_security_group()
            asked["vpc_security_group_ids"] = [default.id] if default else []
        restored = super().restore_db_instance_to_point_in_time(
            source_db_identifier, target_db_identifier, asked
        )
        return _as_new(restored, asked)


class UpkeepRDSResponse(RDSResponse):
    """moto's operations; a request's parameters in one kind of mapping."""

    def delete_db_instance(self) -> Any:
        """moto hands every parameter on, known to its backend or not."""
        known = XFormedDict(
            {
                key: value
                for key, value in self.params.items()
                if key
                in (
                    "db_instance_identifier",
                    "final_db_snapshot_identifier",
                    "skip_final_snapshot",
                    "delete_automated_backups",
                )
            }
        )
        self.params = known
        return super().delete_db_instance()


def _as_new(restored: DBInstance, asked: Mapping[str, Any]) -> DBInstance:
    """moto copies the source's protection, zones, tags and source of replication."""
    restored.deletion_protection = bool(asked.get("deletion_protection"))
    restored.multi_az = bool(asked.get("multi_az"))
    restored.source_db_instance_identifier = None
    restored.tags = asked.get("tags") or []
    return restored


def _resource_id() -> str:
    letters = string.ascii_uppercase + string.digits
    return "db-" + "".join(secrets.choice(letters) for _ in range(26))


def _keep(instance: Any, settings: Mapping[str, Any]) -> None:
    for asked, shown in {**_SHOWN_AS, **{key: key for key in _KEPT}}.items():
        if settings.get(asked) is not None:
            setattr(instance, shown, settings[asked])


def _monitoring(instance: DBInstance, settings: Mapping[str, Any]) -> tuple[str | None, int]:
    """Role and interval of enhanced monitoring after a change; interval 0 turns it off."""
    interval = settings.get("monitoring_interval")
    interval = instance.monitoring_interval if interval is None else interval
    role = settings.get("monitoring_role_arn") or instance.monitoring_role_arn
    return (role if interval else None), interval


def _check_retention(settings: Mapping[str, Any]) -> None:
    days = settings.get("backup_retention_period")
    if days is not None and days not in RETENTION_DAYS:
        raise InvalidParameterValue(
            f"Invalid backup retention period: {days}. Must be between 0 and 35."
        )
