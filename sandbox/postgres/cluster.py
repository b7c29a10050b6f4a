"""One PostgreSQL server: a data directory, an address, a process."""

import contextlib
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sandbox.postgres.keeper import processes_in, unlock
from sandbox.postgres.settings import OURS, SETTINGS
from sandbox.postgres.tools import (
    SECONDS_TO_START,
    PostgresError,
    identifier,
    last_words,
    literal,
    send,
    wait_for,
    words_of,
)

# The superuser's name in RDS too; it is reached over the unix socket only.
SUPERUSER = "rdsadmin"
PORT = 5432

_SECONDS_TO_STOP = 10.0
_SECONDS_FOR_SQL = 20.0
# How often, and how long apart, a standby is looked at before something counts as missing.
_LOOKS = 5
_POLL = 0.02


class Household(Protocol):
    """What a cluster needs of the house that it lives in."""

    programs: Path

    def run(self, command: Sequence[str], *, seconds: float = ...) -> str:
        """Run a tool as the servers' user."""

    def copy(self, source: Path, to: Path) -> None:
        """Copy a directory as the servers' user."""

    def identity(self) -> dict[str, Any]:
        """Who a server is started as."""

    def known_settings(self) -> frozenset[str]:
        """The names of all settings."""


class Cluster:
    """One server: a data directory, an address, a process.

    address: a loopback address of its own. port: where it listens on it; a change holds from the
    next start on.
    parameters: settings from outside, such as a parameter group's; they hold from the next start
    or ``configure`` on. What PostgreSQL does not know and what the sandbox decides is left out.
    """

    def __init__(self, house: Household, name: str, folder: Path, address: str) -> None:
        self.name = name
        self.folder = folder
        self.address = address
        self.port = PORT
        self.parameters: dict[str, str] = {}
        self.recovery: dict[str, str] = {}
        self._house = house
        self._open = True
        self._source: Cluster | None = None
        self._slot = ""
        self._receiving = True
        self._frozen = False
        self._complete_at: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def archive(self) -> Path:
        """Where finished log files are kept, for a restore to a moment."""
        return self.folder / "archive"

    @property
    def log(self) -> Path:
        """What the server has said."""
        return self.folder / "log"

    # Life

    @property
    def running(self) -> bool:
        """Whether the server's process lives, frozen or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def frozen(self) -> bool:
        """Whether its processes are halted."""
        return self._frozen and self.running

    def start(self) -> None:
        """Start and wait until it answers; nothing if it runs. PostgresError if it does not."""
        with self._lock:
            if self.running:
                return
            self._frozen = False
            self._write_settings()
            self._write_access()
            # What is left of a server that died; two at one data directory would ruin it.
            self.kill()
            unlock(self.data)
            with self.log.open("ab") as log:
                began = log.tell()
                self._process = subprocess.Popen(
                    [str(self._house.programs / "postgres"), "-D", str(self.data)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    **self._house.identity(),
                )
            wait_for(
                lambda: self._ready or not self.running, f"{self.name} to start", SECONDS_TO_START
            )
            if not self.running:
                raise PostgresError(f"{self.name} did not start: {self._complaint(began)}")

    def stop(self) -> None:
        """Stop in order: connections are cut, what was acknowledged is on disk."""
        with self._lock:
            if self._frozen:
                self.kill()
            self._end(signal.SIGINT, signal.SIGQUIT)

    def kill(self) -> None:
        """End all processes at once, as when a machine loses its power."""
        with self._lock:
            if self.running:
                for pid in [self._pid, *processes_in(self.data)]:
                    send(pid, signal.SIGKILL)
                assert self._process is not None
                self._process.wait(_SECONDS_TO_STOP)
            wait_for(self._nobody_left, f"{self.name} to die")
            self._frozen = False

    def restart(self) -> None:
        """Stop and start; a frozen server too."""
        with self._lock:
            self.stop()
            self.start()

    def freeze(self) -> None:
        """Halt all processes: connections stay, nothing is answered."""
        with self._lock:
            for pid in [self._pid, *processes_in(self.data)]:
                send(pid, signal.SIGSTOP)
            self._frozen = True

    def thaw(self) -> None:
        """Let halted processes go on."""
        with self._lock:
            for pid in [*processes_in(self.data), self._pid]:
                send(pid, signal.SIGCONT)
            self._frozen = False

    def destroy(self) -> None:
        """End the server and delete all that is its own."""
        with self._lock:
            self.kill()
            unlock(self.data)
            shutil.rmtree(self.folder, ignore_errors=True)

    # What it holds

    def sql(
        self,
        statement: str,
        *,
        database: str = "postgres",
        seconds: float = _SECONDS_FOR_SQL,
        **values: Any,
    ) -> list[Any]:
        """Run one statement as the superuser; its rows.

        values: for ``:name`` in the statement. PostgresError when it fails or nobody answers.
        """
        import pg8000.native

        if not self.running:
            raise PostgresError(f"{self.name} is down")
        try:
            connection = pg8000.native.Connection(
                SUPERUSER,
                database=database,
                unix_sock=str(self.folder / f".s.PGSQL.{self.port}"),
                timeout=seconds,
                ssl_context=False,
            )
        except Exception as wrong:
            raise PostgresError(f"{self.name} does not answer: {words_of(wrong)}") from wrong
        try:
            return connection.run(statement, **values) or []
        except Exception as wrong:
            raise PostgresError(f"{self.name}: {words_of(wrong)}") from wrong
        finally:
            with contextlib.suppress(Exception):
                connection.close()

    def owner(self, user: str, password: str) -> None:
        """A role as RDS's master user: all but a superuser; its password, new or changed."""
        name, secret = identifier(user), literal(password)
        if not self.sql("SELECT 1 FROM pg_roles WHERE rolname = 'rds_superuser'"):
            self.sql("CREATE ROLE rds_superuser NOLOGIN")
            self.sql(
                "GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_read_all_data, "
                "pg_write_all_data TO rds_superuser WITH ADMIN OPTION"
            )
        if not self.sql("SELECT 1 FROM pg_roles WHERE rolname = :name", name=user):
            self.sql(f"CREATE ROLE {name} LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser")
        self.sql(f"ALTER ROLE {name} PASSWORD {secret}")

    def create_database(self, name: str, owner: str) -> None:
        """A database of that owner."""
        self.sql(f"CREATE DATABASE {identifier(name)} OWNER {identifier(owner)}")

    def backup(self, to: Path, *, slot: str = "") -> None:
        """A base backup of the running server: a directory that a server can start from.

        slot: makes a replication slot of that name and keeps it.
        """
        command = [
            str(self._house.programs / "pg_basebackup"),
            f"--pgdata={to}",
            f"--host={self.folder}",
            f"--port={self.port}",
            f"--username={SUPERUSER}",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-sync",
            "--no-password",
        ]
        if slot:
            command += ["--create-slot", f"--slot={slot}"]
        self._house.run(command)
        for leftover in ("standby.signal", "recovery.signal"):
            (to / leftover).unlink(missing_ok=True)

    def backup_at_rest(self, to: Path) -> None:
        """A copy of a server that was stopped in order."""
        if self.running:
            raise PostgresError(f"{self.name} runs")
        self._house.copy(self.data, to)

    def ship_log(self) -> None:
        """Finish the log file in use and wait until it is archived, with a commit of now in it."""
        if self.follows:
            return
        self.sql("SELECT pg_current_xact_id()")
        (current,) = self.sql("SELECT pg_walfile_name(pg_switch_wal())")[0]
        wait_for(lambda: (self.archive / current).exists(), f"{current} to be archived")

    @property
    def shipped(self) -> datetime | None:
        """When the newest log file was archived; None before the first."""
        times = [file.stat().st_mtime for file in self.archive.glob("0*")]
        return datetime.fromtimestamp(max(times), UTC) if times else None

    # Replication

    @property
    def follows(self) -> bool:
        """Whether it is a standby that takes no writes."""
        return bool(self.sql("SELECT pg_is_in_recovery()")[0][0])

    @property
    def source(self) -> "Cluster | None":
        """The cluster it was told to follow, until its promotion."""
        return self._source

    @property
    def slot(self) -> str:
        """The name of its replication slot on its source."""
        return self._slot

    @property
    def receives(self) -> bool:
        """Whether log streams in at this moment."""
        rows = self.sql("SELECT status FROM pg_stat_wal_receiver")
        return bool(rows) and rows[0][0] == "streaming"

    def follow(self, source: "Cluster", slot: str) -> None:
        """Say where to stream from; holds from the next start or ``configure`` on."""
        self._source, self._slot = source, slot

    def pause_replication(self) -> None:
        """Stop receiving. What arrived is replayed; all later commits of the source are missed."""
        self._receiving = False
        self.configure()
        if self.running:
            wait_for(
                lambda: not self.sql("SELECT 1 FROM pg_stat_wal_receiver"),
                f"{self.name} to stop receiving",
            )

    def resume_replication(self) -> None:
        """Receive again, from where it stopped."""
        self._receiving = True
        self.configure()

    @property
    def paused(self) -> bool:
        """Whether receiving was stopped on purpose."""
        return not self._receiving

    def promote(self) -> None:
        """Open a standby for writes: what it has received is what it holds."""
        with self._lock:
            (done,) = self.sql("SELECT pg_promote(true, 60)", seconds=70)[0]
            if not done:
                raise PostgresError(f"{self.name} was not promoted in 60 s")
            self._source, self._slot, self._receiving = None, "", True
            self.configure()

    def lag(self) -> float | None:
        """Seconds for which something of the source's has been missing; 0 when nothing is.

        No more than the time since the newest commit that was replayed, and since this was last
        asked and nothing was missing. None when it is no standby, or does not answer.
        """
        source = self._source
        if source is None or not self.running or self.frozen:
            return None
        for _look in range(_LOOKS):
            # What the source has written first: what it writes meanwhile is not missed.
            written = self._written_by(source)
            position, seconds = self.sql(
                "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn, "
                "extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())",
                seconds=5,
            )[0]
            if written is not None and position is not None and position >= written:
                self._complete_at = time.monotonic()
                return 0.0
            # On its way, perhaps.
            if self.paused or written is None:
                break
            time.sleep(_POLL)
        limits = [] if seconds is None else [float(seconds)]
        if self._complete_at is not None:
            limits.append(time.monotonic() - self._complete_at)
        return max(0.0, min(limits, default=0.0))

    @staticmethod
    def _written_by(source: "Cluster") -> Any:
        """How many bytes of log a source has written; None when it does not answer."""
        if source.running and not source.frozen:
            with contextlib.suppress(PostgresError):
                position = (
                    "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "
                    "ELSE pg_current_wal_lsn() END"
                )
                return source.sql(f"SELECT {position} - '0/0'::pg_lsn", seconds=5)[0][0]
        return None

    def slots(self) -> list[str]:
        """Names of the replication slots that it keeps log for."""
        return [
            name
            for (name,) in self.sql(
                "SELECT slot_name FROM pg_replication_slots WHERE NOT temporary"
            )
        ]

    def drop_slot(self, name: str) -> None:
        """Keep no log for a slot any more; nothing if there is none."""
        self.sql(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots "
            "WHERE slot_name = :name AND active_pid IS NOT NULL",
            name=name,
        )
        wait_for(
            lambda: (
                not self.sql(
                    "SELECT 1 FROM pg_replication_slots WHERE slot_name = :name AND active",
                    name=name,
                )
            ),
            f"slot {name} to fall idle",
        )
        self.sql(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
            "WHERE slot_name = :name",
            name=name,
        )

    # Access and settings

    @property
    def open(self) -> bool:
        """Whether new connections are let in."""
        return self._open

    def let_in(self, open_: bool, *, at_once: bool = True) -> None:
        """Let new connections in, or refuse them; those that stand go on, as in AWS.

        at_once: otherwise it holds from the next start or ``configure`` on.
        """
        if open_ is not self._open:
            self._open = open_
            if at_once:
                self.configure()

    def cut_connections(self) -> None:
        """End every client's connection."""
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def configure(self) -> None:
        """Write settings and access rules, and have a running server read them again."""
        with self._lock:
            self._write_settings()
            self._write_access()
            if self.running and not self._frozen:
                (before,) = self.sql("SELECT pg_conf_load_time()::text")[0]
                send(self._pid, signal.SIGHUP)
                # Whoever connects after this has returned meets the new rules.
                wait_for(
                    lambda: self.sql("SELECT pg_conf_load_time()::text")[0][0] != before,
                    f"{self.name} to read its settings",
                )

    def _write_settings(self) -> None:
        known = self._house.known_settings() - OURS
        settings = {
            **SETTINGS,
            **{name: value for name, value in self.parameters.items() if name in known},
            "archive_command": f'cp "%p" "{self.archive}/%f.part" && '
            f'mv "{self.archive}/%f.part" "{self.archive}/%f"',
            "hba_file": str(self.folder / "access.conf"),
            "listen_addresses": self.address,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            **self.recovery,
        }
        if self._source is not None:
            settings["primary_slot_name"] = self._slot
            if self._receiving:
                settings["primary_conninfo"] = (
                    f"host={self._source.folder} port={self._source.port} user={SUPERUSER} "
                    f"application_name={self._slot}"
                )
        lines = [f"{name} = {literal(value)}\n" for name, value in sorted(settings.items())]
        self._write("settings.conf", lines)

    def _write_access(self) -> None:
        method = "scram-sha-256" if self._open else "reject"
        self._write(
            "access.conf",
            [
                f"local all {SUPERUSER} trust\n",
                f"local replication {SUPERUSER} trust\n",
                f"host all {SUPERUSER} 0.0.0.0/0 reject\n",
                f"host all all 0.0.0.0/0 {method}\n",
            ],
        )

    def _write(self, name: str, lines: Sequence[str]) -> None:
        draft = self.folder / f"{name}.{secrets.token_hex(4)}"
        draft.write_text("".join(lines), encoding="utf-8")
        draft.chmod(0o644)
        draft.replace(self.folder / name)

    def _nobody_left(self) -> bool:
        left = processes_in(self.data)
        for pid in left:
            send(pid, signal.SIGKILL)
        return not left

    @property
    def _pid(self) -> int:
        return self._process.pid if self._process is not None and self.running else 0

    @property
    def _ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _end(self, *signals: int) -> None:
        for signum in signals:
            if not self.running:
                return
            assert self._process is not None
            send(self._pid, signum)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_SECONDS_TO_STOP)
                return
        self.kill()

    def _complaint(self, began: int) -> str:
        with self.log.open("rb") as log:
            log.seek(began)
            said = log.read().decode("utf-8", "replace").splitlines()
        for line in said:
            for mark in ("FATAL:", "PANIC:", "ERROR:"):
                if mark in line:
                    return line.partition(mark)[2].strip()
        return last_words("\n".join(said))
