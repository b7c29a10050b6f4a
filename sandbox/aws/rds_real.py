"""RDS over real databases: the same operations, and what they do to a PostgreSQL server.

In a sandbox without real databases, and for engines other than PostgreSQL, this is ``rds.py`` and
nothing more. Beyond it: statuses that take their time, orders refused in a status that does not
take them, replication's status, and the latest moment that can be restored.
"""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.rds.exceptions import InvalidParameterCombination, RDSClientError
from moto.rds.models import DBInstance, DBParameterGroup, DBSnapshot

from sandbox.aws import rds_servers
from sandbox.aws.extension import Extension
from sandbox.aws.rds import UpkeepRDSBackend, UpkeepRDSResponse
from sandbox.aws.rds_homes import Home, Origin
from sandbox.aws.rds_servers import AVAILABLE, FAILED, STOPPED, Servers
from sandbox.postgres import PostgresError

# What holds only after a restart; RDS takes the instance down for it at once when told to.
_NEEDS_RESTART = ("db_instance_class", "db_port_number")


class RealDBInstance(DBInstance):
    """An instance with what only its server knows."""

    @property
    def latest_restorable_time(self) -> datetime | None:  # type: ignore[override]
        """The newest moment that a restore can reach; None without automated backups."""
        home = _home(self)
        if home is None:
            return utcnow()
        restorable = home.restorable
        return restorable[1].replace(tzinfo=None, microsecond=0) if restorable else None

    @property
    def status_infos(self) -> list[dict[str, Any]]:
        """How a replica's replication does; empty for other instances."""
        servers = rds_servers.running()
        status = servers.replication_of(self) if servers else None
        return [status] if status else []


class RealRDSBackend(UpkeepRDSBackend):
    """The books, and the servers behind them."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._origin = threading.local()

    def create_db_instance(self, db_kwargs: dict[str, Any]) -> DBInstance:
        """``creating`` until its server is there, with its database and its master user."""
        instance = super().create_db_instance(db_kwargs)
        servers = rds_servers.running()
        if servers is not None and instance.engine == rds_servers.ENGINE:
            _make_real(instance)
            origin = getattr(self._origin, "value", None)
            password = "" if origin else _password(instance)
            servers.born(instance, password, origin or Origin())
        return instance

    def create_db_instance_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        """A standby that streams from its source."""
        source = self.find_db_from_id(db_kwargs["source_db_instance_identifier"])
        home = _home(source)
        if home is None:
            return super().create_db_instance_read_replica(db_kwargs)
        _check_status(home, AVAILABLE)
        replica = super().create_db_instance_read_replica(db_kwargs)
        _make_real(replica)
        _servers().replicated(replica, home)
        return replica

    def promote_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        """``modifying`` until it takes writes."""
        instance = self.find_db_from_id(db_kwargs["db_instance_identifier"])
        home = _home(instance)
        if home is not None and instance.is_replica:
            _check_status(home, AVAILABLE)
        return super().promote_read_replica(db_kwargs)

    def promote(self, instance: DBInstance) -> None:
        """Detached once its server is promoted, and not before."""
        home = _home(instance)
        if home is None:
            super().promote(instance)
            return
        detach = super().promote
        _servers().promoted(home, lambda: detach(instance))

    def modify_db_instance(
        self, db_instance_identifier: str, db_kwargs: dict[str, Any]
    ) -> DBInstance:
        """A failed instance takes new security groups; anything else asks for an available one."""
        instance = self.describe_db_instances(db_instance_identifier)[0]
        home = _home(instance)
        if home is None:
            return super().modify_db_instance(db_instance_identifier, db_kwargs)
        _check_status(home, AVAILABLE, FAILED, STOPPED)
        password = db_kwargs.get("master_user_password")
        if password and instance.is_replica:
            raise InvalidParameterCombination(
                "The master user password cannot be changed on a read replica"
            )
        before = {key: getattr(instance, _ATTRIBUTES.get(key, key)) for key in _NEEDS_RESTART}
        modified = super().modify_db_instance(db_instance_identifier, db_kwargs)
        changed = any(db_kwargs.get(key) not in (None, before[key]) for key in _NEEDS_RESTART)
        _servers().modified(
            home,
            password=password,
            restart=changed and bool(db_kwargs.get("apply_immediately")),
        )
        return modified

    def modify_db_parameter_group(
        self, db_parameter_group_name: str, db_parameter_group_parameters: Any
    ) -> DBParameterGroup:
        """Dynamic parameters are taken at once, static ones at the next start."""
        group = super().modify_db_parameter_group(
            db_parameter_group_name, db_parameter_group_parameters
        )
        servers = rds_servers.running()
        if servers is not None:
            servers.settings_changed(
                [
                    instance
                    for instance in self.databases.values()
                    if instance.db_parameter_group_name == group.name
                ]
            )
        return group

    def reboot_db_instance(
        self, db_instance_identifier: str, force_failover: bool = False
    ) -> DBInstance:
        """Restarts the server; with failover, the other zone's takes over."""
        instance = super().reboot_db_instance(db_instance_identifier)
        home = _home(instance)
        if force_failover and not instance.multi_az:
            raise InvalidParameterCombination(
                "Cannot force a failover: the instance is not a Multi-AZ deployment"
            )
        if home is not None:
            _check_status(home, AVAILABLE)
            _servers().rebooted(home)
        return instance

    def stop_db_instance(
        self, db_instance_identifier: str, db_snapshot_identifier: str | None = None
    ) -> DBInstance:
        """Refused for a replica, and for who has replicas."""
        instance = super().stop_db_instance(db_instance_identifier, db_snapshot_identifier)
        home = _home(instance)
        if home is not None:
            _servers().stopped(home)
        return instance

    def start_db_instance(self, db_instance_identifier: str) -> DBInstance:
        """``starting`` until it answers."""
        instance = super().start_db_instance(db_instance_identifier)
        home = _home(instance)
        if home is not None:
            _servers().started(home)
        return instance

    def delete_db_instance(
        self,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,
        delete_automated_backups: bool | None = True,
    ) -> DBInstance:
        """The server ends, after its final snapshot."""
        home = _home(self.describe_db_instances(db_instance_identifier)[0])
        if home is not None and final_db_snapshot_identifier and not skip_final_snapshot:
            _check_status(home, AVAILABLE, STOPPED)
        instance = super().delete_db_instance(
            db_instance_identifier,
            final_db_snapshot_identifier,
            skip_final_snapshot,
            delete_automated_backups,
        )
        if home is not None:
            _servers().buried(home)
        return instance

    def create_db_snapshot(
        self,
        db_instance_identifier: str,
        db_snapshot_identifier: str,
        *arguments: Any,
        **more: Any,
    ) -> DBSnapshot:
        """A copy of the server, ``creating`` until it is whole."""
        instance = self.databases.get(db_instance_identifier)
        # The first automated one is taken before there is a server: it becomes its first backup.
        home = _home(instance) if instance is not None else None
        if home is not None:
            _check_status(home, AVAILABLE, STOPPED)
        snapshot = super().create_db_snapshot(
            db_instance_identifier, db_snapshot_identifier, *arguments, **more
        )
        if home is not None:
            _servers().copied(home, snapshot)
        return snapshot

    def copy_db_snapshot(
        self,
        source_db_snapshot_identifier: str,
        target_db_snapshot_identifier: str,
        *arguments: Any,
        **more: Any,
    ) -> DBSnapshot:
        """The same data under another name, in this region."""
        source = self.get_db_snapshot(source_db_snapshot_identifier)
        _check_snapshot(source)
        copied = super().copy_db_snapshot(
            source_db_snapshot_identifier, target_db_snapshot_identifier, *arguments, **more
        )
        servers = rds_servers.running()
        path = servers.copy_at(source.arn) if servers else None
        if servers is not None and path is not None:
            servers.share_copy(path, copied.arn)
        return copied

    def delete_db_snapshot(self, db_snapshot_identifier: str) -> DBSnapshot:
        """Its data goes with it."""
        snapshot = super().delete_db_snapshot(db_snapshot_identifier)
        servers = rds_servers.running()
        if servers is not None:
            servers.copy_deleted(snapshot.arn)
        return snapshot

    def restore_db_instance_from_db_snapshot(
        self, from_snapshot_id: str, overrides: dict[str, Any]
    ) -> DBInstance:
        """A new server with the snapshot's data."""
        servers = rds_servers.running()
        snapshot = self.get_db_snapshot(from_snapshot_id)
        _check_snapshot(snapshot)
        path = servers.copy_at(snapshot.arn) if servers else None
        with self._from(Origin(path) if path else None):
            return super().restore_db_instance_from_db_snapshot(from_snapshot_id, overrides)

    def restore_db_instance_to_point_in_time(
        self,
        source_db_identifier: str,
        target_db_identifier: str,
        overrides: dict[str, Any],
    ) -> DBInstance:
        """A new server with the data of a moment, ``RestoreTime`` or the latest."""
        home = _home(self.describe_db_instances(source_db_identifier)[0])
        origin = None
        if home is not None:
            try:
                origin = _servers().origin_at(home, _moment(overrides))
            except PostgresError as wrong:
                raise RDSClientError("InvalidParameterValue", str(wrong)) from wrong
        with self._from(origin):
            return super().restore_db_instance_to_point_in_time(
                source_db_identifier, target_db_identifier, overrides
            )

    @contextlib.contextmanager
    def _from(self, origin: Origin | None) -> Iterator[None]:
        """What the instance that is created in this block comes from."""
        self._origin.value = origin
        try:
            yield
        finally:
            self._origin.value = None


class RealRDSResponse(UpkeepRDSResponse):
    """One parameter that moto does not hand on."""

    def reboot_db_instance(self) -> ActionResult:
        backend = self.backend
        assert isinstance(backend, RealRDSBackend)
        instance = backend.reboot_db_instance(
            self.params["DBInstanceIdentifier"], bool(self.params.get("ForceFailover"))
        )
        return ActionResult({"DBInstance": instance})


_ATTRIBUTES = {"db_port_number": "port"}


def _make_real(instance: DBInstance) -> None:
    # moto makes its instances itself; what ours adds is computed, so that its class will do.
    instance.__class__ = RealDBInstance  # type: ignore[type-abstract]


def _servers() -> Servers:
    servers = rds_servers.running()
    assert servers is not None
    return servers


def _home(instance: DBInstance) -> Home | None:
    servers = rds_servers.running()
    return servers.home(instance) if servers else None


def _check_status(home: Home, *statuses: str) -> None:
    status = home.instance.status
    if status not in statuses:
        raise RDSClientError(
            "InvalidDBInstanceState",
            f"Database instance {home.name} is not in {' or '.join(statuses)} state: it is "
            f"{status}.",
        )


def _check_snapshot(snapshot: DBSnapshot) -> None:
    if snapshot.status != AVAILABLE:
        raise RDSClientError(
            "InvalidDBSnapshotState",
            f"Snapshot {snapshot.db_snapshot_identifier} is {snapshot.status}, not available.",
        )


def _password(instance: DBInstance) -> str:
    if instance.manage_master_user_password:
        secret = json.loads(str(instance.master_user_secret.secret.secret_string))
        return str(secret["password"])
    return str(getattr(instance, "_master_user_password", None) or "")


def _moment(overrides: Mapping[str, Any]) -> datetime | None:
    """The moment to restore; None for the latest."""
    moment = overrides.get("restore_time")
    if moment is None:
        if not overrides.get("use_latest_restorable_time"):
            raise InvalidParameterCombination(
                "Either RestoreTime or UseLatestRestorableTime is required"
            )
        return None
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


EXTENSION = Extension(service="rds", backend=RealRDSBackend, response=RealRDSResponse)
