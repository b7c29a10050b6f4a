"""Real databases: which PostgreSQL server stands behind which RDS instance, and what is done to it.

moto keeps the books (``rds.py``, ``rds_real.py``); here is the work that takes time. Each instance
has a queue of its own, so that what it is told happens in that order, and shows the status that RDS
shows meanwhile. A watch looks after what happens without a call: servers that die, security groups
that change, replicas that fall behind.

There is one ``Servers`` per process, as there is one moto: ``running()``, None in a sandbox without
real databases.
"""

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.rds.models import DBInstance, DBSnapshot

from sandbox.aws.outage import OUTAGE
from sandbox.aws.rds_homes import (
    Base,
    Home,
    Origin,
    connections,
    parameters,
    reachable,
    seen,
    slot_of,
)
from sandbox.postgres import Cluster, House, PostgresError

ENGINE = "postgres"
# A failover of a Multi-AZ instance takes 60 to 120 s in RDS [RDS: Multi-AZ failover]; drills need
# not wait for that. ``Servers.failover_seconds`` changes it.
FAILOVER_SECONDS = 3.0
WATCH_SECONDS = 0.25
METRICS_SECONDS = 5.0
# Standing statuses: an instance in another one is being worked at, and does not take an order.
AVAILABLE, STOPPED, FAILED = "available", "stopped", "failed"

_log = logging.getLogger(__name__)


class Servers:
    """The servers behind the instances of all accounts and regions."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.failover_seconds = FAILOVER_SECONDS
        self._homes: dict[str, Home] = {}
        self._copies: dict[str, Path] = {}
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._watching, name="databases", daemon=True)
        self._watch.start()

    def close(self) -> None:
        """End the watch and the queues; the house ends the servers."""
        self._stop.set()
        self._watch.join()
        for home in self.homes():
            home.jobs.shutdown(wait=False, cancel_futures=True)

    # Who lives where

    def homes(self) -> list[Home]:
        """The homes of all living instances."""
        with self._lock:
            return list(self._homes.values())

    def home(self, instance: DBInstance) -> Home | None:
        """Where an instance lives; None if no server stands behind it."""
        return self._homes.get(str(instance.dbi_resource_id))

    def named(self, identifier: str, region: str = "") -> Home:
        """The home of an instance by its identifier; ValueError without one."""
        for home in self.homes():
            if home.name == identifier.lower() and region in ("", home.instance.region):
                return home
        known = ", ".join(sorted(home.name for home in self.homes())) or "none"
        raise ValueError(f"no database {identifier!r} with a server; there are: {known}")

    def address_of(self, endpoint: str) -> tuple[str, int] | None:
        """Loopback address and port behind an ``Endpoint.Address``; None for any other name."""
        wanted = endpoint.rstrip(".").lower()
        for home in self.homes():
            if home.instance.address.lower() == wanted and home.cluster is not None:
                return home.cluster.address, home.cluster.port
        return None

    # Life of an instance

    def born(self, instance: DBInstance, password: str, origin: Origin) -> None:
        """Bring a new instance to life; it is ``creating`` until it is there."""
        home = self._settle(instance)

        def make() -> None:
            cluster = self._made(home, origin)
            cluster.port = int(instance.port or cluster.port)
            self._configure(home)
            cluster.start()
            if origin.backup is None:
                cluster.owner(str(instance.master_username), password)
                if instance.db_name:
                    cluster.create_database(instance.db_name, str(instance.master_username))
            elif password:
                cluster.owner(str(instance.master_username), password)
            home.wanted_up = True
            self._keep_base(home)

        self._order(home, "creating", make)

    def replicated(self, instance: DBInstance, source: Home) -> None:
        """Bring a read replica to life."""
        home = self._settle(instance)

        def make() -> None:
            slot = slot_of(instance)
            home.cluster = self.house.standby_of(source.server, home.name, slot)
            home.cluster.port = int(instance.port or home.cluster.port)
            self._configure(home)
            home.cluster.start()
            home.wanted_up = True

        self._order(home, "creating", make)

    def promoted(self, home: Home, detach: Callable[[], None]) -> None:
        """Open a replica for writes, then ``detach`` it in the books."""

        def promote() -> None:
            source, slot = home.server.source, home.server.slot
            home.server.promote()
            detach()
            self._forget_slot(source, slot)
            self._keep_base(home)

        self._order(home, "modifying", promote)

    def stopped(self, home: Home) -> None:
        """Stop a server in order."""

        def stop() -> None:
            home.wanted_up = False
            home.server.stop()

        self._order(home, "stopping", stop, STOPPED)

    def started(self, home: Home) -> None:
        """Start a stopped server."""
        self._order(home, "starting", lambda: self._start(home))

    def rebooted(self, home: Home) -> None:
        """Restart a server: connections are cut, settings that wait for it are taken."""

        def reboot() -> None:
            if home.stays_down and home.broken:
                raise PostgresError(f"{home.name} does not come back: {home.broken}")
            home.wanted_up = False
            home.server.stop()
            home.broken, home.recovers_at = "", None
            self._start(home)

        self._order(home, "rebooting", reboot)

    def modified(self, home: Home, *, password: str | None = None, restart: bool = False) -> None:
        """Take over what was changed in the books; ``restart`` for what holds only after one."""

        def modify() -> None:
            if home.answers:
                if password:
                    home.server.owner(str(home.instance.master_username), password)
                home.server.let_in(reachable(home.instance))
                if restart:
                    home.wanted_up = False
                    home.server.stop()
                    self._start(home)
                else:
                    self._configure(home)
            else:
                self._configure(home)

        if home.instance.status == AVAILABLE:
            self._order(home, "modifying", modify)
        else:
            home.jobs.submit(self._quietly, modify)

    def buried(self, home: Home) -> None:
        """End the server of a deleted instance, after what is still under way.

        Its log files go with it: nothing restores a deleted instance to a moment here.
        """
        with self._lock:
            self._homes.pop(str(home.instance.dbi_resource_id), None)
        home.wanted_up = False

        def bury() -> None:
            if home.cluster is None:
                return
            source, slot = home.cluster.source, home.cluster.slot
            home.cluster.destroy()
            self._forget_slot(source, slot)
            for base in home.bases:
                if base.path not in self._copies.values():
                    shutil.rmtree(base.path, ignore_errors=True)

        home.jobs.submit(self._quietly, bury)
        home.jobs.shutdown(wait=False)

    def settings_changed(self, instances: list[DBInstance]) -> None:
        """Have servers read a changed parameter group; static ones wait for a reboot."""
        for home in map(self.home, instances):
            if home is not None and home.answers:
                home.jobs.submit(self._quietly, partial(self._configure, home))

    # Copies

    def copied(self, home: Home, snapshot: DBSnapshot) -> "Future[None]":
        """Fill a snapshot with a copy of the server; ``creating`` until it is whole."""
        snapshot.status = "creating"

        def copy() -> None:
            path = self.house.new_folder("s")
            try:
                if home.answers:
                    home.server.backup(path)
                elif home.instance.status == STOPPED or not home.wanted_up:
                    home.server.backup_at_rest(path)
                else:
                    raise PostgresError(f"{home.name} does not answer")
                self._copies[snapshot.arn] = path
                snapshot.status = AVAILABLE
            except Exception as wrong:
                snapshot.status = FAILED
                _log.error("snapshot %s: %s", snapshot.arn, wrong)
                raise

        return home.jobs.submit(copy)

    def copy_at(self, arn: str) -> Path | None:
        """The data of a snapshot (or a recovery point that is one), by its ARN."""
        return self._copies.get(arn)

    def share_copy(self, path: Path, arn: str) -> None:
        """One more name for the same data: a copied snapshot."""
        self._copies[arn] = path

    def copy_deleted(self, arn: str) -> None:
        """Forget a snapshot; its data goes with its last name."""
        path = self._copies.pop(arn, None)
        bases = {base.path for home in self.homes() for base in home.bases}
        if path is not None and path not in self._copies.values() and path not in bases:
            shutil.rmtree(path, ignore_errors=True)

    def origin_at(self, home: Home, until: datetime | None) -> Origin:
        """What restores an instance to a moment; None is the latest that there is.

        PostgresError for a moment outside of what can be restored.
        """
        restorable = home.restorable
        if restorable is None:
            raise PostgresError(f"{home.name} has no backups")
        earliest, latest = restorable
        if until is not None and not earliest <= until <= latest:
            raise PostgresError(
                f"{home.name} can be restored to a moment from {earliest.isoformat()} to "
                f"{latest.isoformat()}, not to {until.isoformat()}"
            )
        if home.answers:
            home.server.ship_log()
        base = [base for base in home.bases if until is None or base.finished <= until][-1]
        return Origin(base.path, home.server.archive, until, home)

    # Failures

    def fail(self, home: Home, how: str, *, for_good: bool = False, status: str = FAILED) -> None:
        """Break a server.

        how: ``kill`` ends its processes, ``freeze`` halts them.
        for_good: a Multi-AZ instance does not recover by itself, and a reboot does not help.
        status: what RDS shows of a killed one that does not recover by itself.
        """
        home.stays_down = for_good
        home.broken = how
        if how == "freeze":
            home.server.freeze()
            return
        self._fell(home, status)
        home.server.kill()

    def recover(self, home: Home) -> None:
        """Undo what broke a server; a killed one starts with all that it had acknowledged."""
        home.stays_down, home.recovers_at = False, None
        server = home.server
        if server.frozen:
            server.thaw()
        if server.paused:
            server.resume_replication()
        broken, home.broken = home.broken, ""
        if not server.running and (broken == "kill" or home.instance.status == FAILED):
            self._order(home, "starting", lambda: self._start(home))

    def region_down(self, region: str, on: bool) -> None:
        """Take the power from all servers of a region, or give it back.

        What ran before starts again, in the role it had.
        """
        for home in self.homes():
            if home.instance.region != region or home.cluster is None:
                continue
            if on:
                home.dark = True
                home.cluster.kill()
            else:
                home.dark = False
                if home.wanted_up and not home.broken:
                    self._order(home, "starting", partial(self._start, home))

    # What is seen

    def measure(self) -> None:
        """Put what RDS measures of each instance into CloudWatch: ``ReplicaLag`` (seconds) and
        ``DatabaseConnections`` (count)."""
        for home in self.homes():
            if home.dark or not home.answers:
                continue
            with contextlib.suppress(PostgresError):
                self._put(home, "DatabaseConnections", connections(home.server), "Count")
                lag = home.server.lag()
                if lag is not None:
                    self._put(home, "ReplicaLag", lag, "Seconds")

    def replication_of(self, instance: DBInstance) -> dict[str, Any] | None:
        """What RDS shows of a replica's replication; None for what is no replica."""
        home = self.home(instance)
        if home is None or not instance.is_replica or home.cluster is None:
            return None
        status, message = "replicating", ""
        source = home.cluster.source
        if source is None or not source.data.exists():
            status, message = "terminated", "The source was deleted."
        elif home.cluster.paused or not home.answers:
            status, message = "stopped", ""
        else:
            try:
                if not home.cluster.receives:
                    status, message = "error", "The source cannot be reached."
            except PostgresError as wrong:
                status, message = "error", str(wrong)
        return {
            "StatusType": "read replication",
            "Normal": status == "replicating",
            "Status": status,
            "Message": message or None,
        }

    def seen(self) -> list[dict[str, Any]]:
        """Every instance with a server, as the control ``GET /_upkeep/databases`` tells it."""
        return [seen(home) for home in self.homes()]

    # Within

    def _settle(self, instance: DBInstance) -> Home:
        home = Home(instance)
        with self._lock:
            self._homes[str(instance.dbi_resource_id)] = home
        return home

    def _order(
        self, home: Home, status: str, work: Callable[[], None], after: str = AVAILABLE
    ) -> None:
        """Queue work on an instance that shows one status meanwhile and another after it."""
        home.instance.status = status

        def do() -> None:
            try:
                work()
            except Exception as wrong:
                home.trouble = str(wrong)
                _log.error("%s, %s: %s", home.name, status, wrong)
                home.instance.status = (
                    "incompatible-parameters" if "parameter" in str(wrong) else FAILED
                )
            else:
                home.trouble = ""
                # Unless it broke meanwhile.
                if home.instance.status == status:
                    home.instance.status = after

        home.jobs.submit(do)

    @staticmethod
    def _quietly(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as wrong:
            _log.error("%s", wrong)

    def _made(self, home: Home, origin: Origin) -> Cluster:
        if origin.backup is None:
            home.cluster = self.house.empty(home.name)
        elif origin.archive is None:
            home.cluster = self.house.copy_of(home.name, origin.backup)
        else:
            home.cluster = self.house.at_moment(
                home.name, origin.backup, origin.archive, origin.until
            )
            # Started on the default port, perhaps, and open to all.
            home.cluster.stop()
        return home.cluster

    def _start(self, home: Home) -> None:
        self._configure(home)
        home.server.start()
        home.wanted_up = True
        wanted = {slot_of(other.instance) for other in self.homes() if other.instance.is_replica}
        # Replicas that left while it was down would have it keep their log for ever.
        for slot in set(home.server.slots()) - wanted:
            with contextlib.suppress(PostgresError):
                home.server.drop_slot(slot)

    def _configure(self, home: Home) -> None:
        instance, server = home.instance, home.server
        if server.port != int(instance.port or server.port) and not server.running:
            server.port = int(instance.port or server.port)
        server.parameters = parameters(instance)
        server.let_in(reachable(instance), at_once=False)
        server.configure()

    def _keep_base(self, home: Home) -> None:
        """A base backup, where the instance is to have automated ones."""
        if not home.instance.backup_retention_period or home.instance.is_replica:
            return
        path = self.house.new_folder("b")
        home.server.backup(path)
        home.bases.append(Base(path, datetime.now(UTC)))
        for snapshot in home.instance.backend.database_snapshots.values():
            own = snapshot.dbi_resource_id == home.instance.dbi_resource_id
            if own and snapshot.snapshot_type == "automated":
                self._copies.setdefault(snapshot.arn, path)

    def _forget_slot(self, source: Cluster | None, slot: str) -> None:
        if source is None or not source.running or source.frozen:
            # Dropped when it starts again.
            return
        with contextlib.suppress(PostgresError):
            source.drop_slot(slot)

    def _fell(self, home: Home, status: str = FAILED) -> None:
        """Note that a server is down which should be up."""
        home.wanted_up = False
        if home.instance.multi_az and not home.stays_down:
            home.instance.status = "rebooting"
            home.recovers_at = time.monotonic() + self.failover_seconds
        else:
            home.instance.status = status

    def _put(self, home: Home, name: str, value: float, unit: str) -> None:
        instance = home.instance
        backend = cloudwatch_backends[instance.account_id][instance.region]
        backend.put_metric_data(
            "AWS/RDS",
            [
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": home.name}],
                    "Timestamp": datetime.now(UTC).replace(tzinfo=None),
                    "Value": value,
                    "Unit": unit,
                }
            ],
        )

    def _watching(self) -> None:
        measured = time.monotonic()
        while not self._stop.wait(WATCH_SECONDS):
            for home in self.homes():
                with self._survived(home):
                    self._look_after(home)
            if time.monotonic() - measured >= METRICS_SECONDS:
                measured = time.monotonic()
                with contextlib.suppress(Exception):
                    self.measure()

    @contextlib.contextmanager
    def _survived(self, home: Home) -> Iterator[None]:
        """What goes wrong with one instance does not end the watch over the others."""
        try:
            yield
        except Exception as wrong:
            _log.error("watching %s: %s", home.name, wrong)

    def _look_after(self, home: Home) -> None:
        if home.cluster is None or home.dark or OUTAGE.holds(home.instance.region):
            return
        if home.wanted_up and not home.cluster.running:
            home.broken = home.broken or "kill"
            self._fell(home)
        if home.recovers_at is not None and time.monotonic() >= home.recovers_at:
            home.recovers_at, home.broken = None, ""
            self._order(home, "rebooting", lambda: self._start(home))
        elif home.answers and home.wanted_up:
            home.cluster.let_in(reachable(home.instance))


_running: Servers | None = None


def running() -> Servers | None:
    """The servers of this sandbox; None in one without real databases."""
    return _running


def settle(seconds: float = 60.0) -> None:
    """Wait until everything that instances have been told is done; at once without real databases.

    For services that answer when they are done where RDS answers at once.
    """
    deadline = time.monotonic() + seconds
    for home in _running.homes() if _running else []:
        with contextlib.suppress(RuntimeError):  # its queue was closed meanwhile
            home.jobs.submit(lambda: None).result(max(0.0, deadline - time.monotonic()))


def _outage(region: str, on: bool) -> None:
    if _running is not None:
        _running.region_down(region, on)


@contextlib.contextmanager
def open_servers() -> Iterator[Servers]:
    """Real databases for as long as the block runs. PostgresError if they cannot be had."""
    global _running
    with House() as house:
        servers = Servers(house)
        _running = servers
        OUTAGE.watch(_outage)
        # The first database would wait for it.
        threading.Thread(target=house.prepare, daemon=True).start()
        try:
            yield servers
        finally:
            _running = None
            servers.close()
