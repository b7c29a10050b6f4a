"""Everything of one sandbox's servers: programs, a folder, addresses, a keeper."""

import contextlib
import os
import pwd
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.postgres.cluster import SUPERUSER, Cluster
from sandbox.postgres.installation import UNPRIVILEGED, open_to_all, programs, settings_of
from sandbox.postgres.tools import PostgresError, last_words

_SECONDS_TO_STOP = 10.0
# Not -m, which complains of a module that its own package has imported already.
_KEEPER = "from sandbox.postgres.keeper import main; main()"

# 127.64.0.0 to 127.127.255.0: one /24 per sandbox. The first address of it is held with a socket
# for as long as the sandbox lives, so that another one takes another range.
_RANGES = (range(64, 128), range(256))
_CLAIM_PORT = 5430
_HOSTS = range(2, 255)


class House:
    """The servers of one sandbox; a context manager.

    Its folder and every process in it are gone when the block ends, or when this process dies.
    """

    def __init__(self) -> None:
        self.programs = programs()
        self._user = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
        self._hosts: Iterator[int] = iter(_HOSTS)
        self._numbers = 0
        self._lock = threading.Lock()
        self._ending = contextlib.ExitStack()
        self._template: Path | None = None
        self.root: Path
        self._prefix: str

    def __enter__(self) -> "House":
        with contextlib.ExitStack() as undo:
            undo.callback(self._ending.close)
            # A short path: a unix socket's may have 107 characters.
            parent = None if len(tempfile.gettempdir()) < 40 else "/tmp"
            self.root = Path(tempfile.mkdtemp(prefix="upkeep-db-", dir=parent)).resolve()
            self._ending.callback(shutil.rmtree, self.root, ignore_errors=True)
            self._own(self.root)
            self._prefix = self._claim()
            self._start_keeper()
            if self._user is not None and not open_to_all(self.programs):
                self.programs = self._copied(self.programs)
            undo.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ending.close()

    # What clusters are made of

    def empty(self, name: str) -> "Cluster":
        """A new cluster without databases of its own; start it."""
        cluster = self._cluster(name)
        self.copy(self._made_template(), cluster.data)
        return cluster

    def copy_of(self, name: str, backup: Path) -> "Cluster":
        """A new cluster with the data of a base backup; start it."""
        cluster = self._cluster(name)
        self.copy(backup, cluster.data)
        return cluster

    def at_moment(
        self, name: str, backup: Path, archive: Path, until: datetime | None
    ) -> "Cluster":
        """A new cluster with the data of a moment, started and replayed.

        backup: a base backup that was finished before the moment.
        archive: the log files since then.
        until: the moment; None replays everything that is there.
        """
        cluster = self.copy_of(name, backup)
        (cluster.data / "recovery.signal").touch()
        self._own(cluster.data / "recovery.signal")
        cluster.recovery = {
            # Nobody is let in before the moment is reached: a server that answers is restored.
            "hot_standby": "off",
            "restore_command": f'cp "{archive}/%f" "%p"',
            "recovery_target_action": "promote",
        }
        if until is not None:
            moment = until.astimezone(UTC).isoformat(sep=" ")
            cluster.recovery["recovery_target_time"] = moment
        try:
            cluster.start()
        except PostgresError:
            # The log ends before the moment because nothing was written after it: all of it, then.
            if "recovery_target_time" not in cluster.recovery:
                raise
            del cluster.recovery["recovery_target_time"]
            cluster.start()
        cluster.recovery = {}
        cluster.configure()
        return cluster

    def standby_of(self, source: "Cluster", name: str, slot: str) -> "Cluster":
        """A new cluster that streams from another; start it.

        slot: name of the replication slot that is made on the source, so that it keeps its log.
        """
        cluster = self._cluster(name)
        source.backup(cluster.data, slot=slot)
        (cluster.data / "standby.signal").touch()
        self._own(cluster.data / "standby.signal")
        cluster.follow(source, slot)
        return cluster

    def copy(self, source: Path, to: Path) -> None:
        """Copy a directory of the servers' user, as that user."""
        self.run(["cp", "-a", str(source), str(to)])

    def new_folder(self, kind: str) -> Path:
        """A name for a folder that does not exist yet, in one that belongs to the servers."""
        with self._lock:
            self._numbers += 1
            number = self._numbers
        return self.root / f"{kind}{number}"

    def run(self, command: Sequence[str], *, seconds: float = 120.0) -> str:
        """Run a tool as the servers' user; its output. PostgresError with its last words."""
        try:
            done: subprocess.CompletedProcess[str] = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=seconds,
                stdin=subprocess.DEVNULL,
                check=False,
                **self.identity(),
            )
        except subprocess.TimeoutExpired:
            raise PostgresError(f"{Path(command[0]).name} did not end in {seconds:g} s") from None
        if done.returncode:
            raise PostgresError(f"{Path(command[0]).name}: {last_words(done.stderr)}")
        return done.stdout

    def identity(self) -> dict[str, Any]:
        """Who a server or a tool is started as, and where, in subprocess's words."""
        # The folder is also how the keeper finds what is left.
        common: dict[str, Any] = {"cwd": self.root, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        if self._user is None:
            return common
        return common | {
            "user": self._user.pw_uid,
            "group": self._user.pw_gid,
            "extra_groups": [],
        }

    def known_settings(self) -> frozenset[str]:
        """The names of all settings that this PostgreSQL has."""
        return settings_of(self.programs)

    def _made_template(self) -> Path:
        with self._lock:
            if self._template is None:
                template = self.root / "template"
                options = ["--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"]
                self.run(
                    [
                        str(self.programs / "initdb"),
                        f"--pgdata={template}",
                        f"--username={SUPERUSER}",
                        "--auth=trust",
                        *options,
                    ]
                )
                with (template / "postgresql.conf").open("a", encoding="utf-8") as settings:
                    # Beside the data, so that no copy of the data takes them along.
                    settings.write("include '../settings.conf'\n")
                self._template = template
            return self._template

    def prepare(self) -> None:
        """Make what the first cluster would have to wait for. May be called from any thread."""
        self._made_template()

    def _cluster(self, name: str) -> "Cluster":
        with self._lock:
            host = next(self._hosts, None)
        if host is None:
            raise PostgresError(f"no more than {len(_HOSTS)} databases in the life of a sandbox")
        folder = self.new_folder("c")
        folder.mkdir(mode=0o700)
        (folder / "archive").mkdir(mode=0o700)
        self._own(folder)
        self._own(folder / "archive")
        return Cluster(self, name, folder, f"{self._prefix}.{host}")

    def _own(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _claim(self) -> str:
        """The first three numbers of a range of addresses that no other sandbox has."""
        chance = random.Random()
        for _attempt in range(200):
            prefix = f"127.{chance.choice(_RANGES[0])}.{chance.choice(_RANGES[1])}"
            claim = socket.socket()
            try:
                claim.bind((f"{prefix}.1", _CLAIM_PORT))
                claim.listen(1)
            except OSError:
                claim.close()
                continue
            self._ending.callback(claim.close)
            return prefix
        raise PostgresError("no loopback addresses left: real databases need Linux's 127.0.0.0/8")

    def _start_keeper(self) -> None:
        keeper = subprocess.Popen(
            [sys.executable, "-c", _KEEPER, str(self.root)],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

        def end() -> None:
            assert keeper.stdin is not None
            keeper.stdin.close()
            try:
                keeper.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                keeper.kill()
                keeper.wait()

        self._ending.callback(end)

    def _copied(self, programs: Path) -> Path:
        """The installation where the servers' user can read it, such as below /root."""
        package = programs.parent.parent
        target = self.root / "programs"
        shutil.copytree(programs.parent, target / package.name / programs.parent.name)
        # Wheels keep their libraries beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name)
        return target / package.name / programs.parent.name / programs.name
