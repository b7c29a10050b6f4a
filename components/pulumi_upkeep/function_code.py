"""The archive that a function is deployed from: its own sources, and packages as installed.

The same sources always give the same archive: files by name, without what Python compiles.
"""

import importlib.metadata
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

import pulumi

from .plan.faults import Fault

FUNCTIONS = Path(__file__).with_name("functions")
SHARED = "common"
TIME_ZONES = "tzdata"
EXTRA = "pulumi-upkeep[functions]"
# What AWS's runtime for Python carries itself [AWS Lambda Developer Guide, "Runtimes"].
IN_THE_RUNTIME = frozenset({"boto3", "botocore", "jmespath", "s3transfer", "urllib3"})
_REQUIREMENT = re.compile(r"^\s*([\w.-]+)\s*(.*)$")


def source_archive(
    package: str, uses: Sequence[str] = (), needs: Sequence[str] = (), zones: Sequence[str] = ()
) -> pulumi.AssetArchive:
    """The archive of a function.

    package   its folder below ``functions/``, whose files are the archive's root
    uses      further folders there that it imports by their names; ``common`` always goes with it
    needs     distributions that it imports (``pg8000``); theirs go with them
    zones     time zones whose clocks it reads: they come from ``tzdata``

    Raises ``LookupError`` for a folder that does not exist or a distribution that is not
    installed, and ``ValueError`` for one that is not pure Python: it would not run elsewhere.
    """
    files: dict[str, Path] = {}
    for folder in sorted({SHARED, package, *uses}):
        if not (FUNCTIONS / folder).is_dir():
            raise LookupError(f"there is no folder functions/{folder}")
        root = FUNCTIONS / folder if folder == package else FUNCTIONS
        for found in _sources(FUNCTIONS / folder):
            files[found.relative_to(root).as_posix()] = found
    for name in sorted(_with_theirs(needs)):
        files.update(_installed(name))
    for zone in zones:
        files.update(_clocks_of(zone))
    return pulumi.AssetArchive(
        {name: pulumi.FileAsset(str(path)) for name, path in sorted(files.items())}
    )


def missing_packages(needs: Iterable[str], path: str = "") -> list[Fault]:
    """A fault for each distribution that a function needs and that is not installed.

    path   what needs it, in the words of the component's arguments
    """
    return [
        Fault(path or name, f"{name} is not installed", remedy=f"pip install '{EXTRA}'")
        for name in sorted(needs)
        if not _is_installed(name)
    ]


def _sources(folder: Path) -> Iterator[Path]:
    for found in sorted(folder.rglob("*")):
        if found.is_file() and "__pycache__" not in found.parts and found.suffix != ".pyc":
            yield found


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _with_theirs(needs: Iterable[str]) -> set[str]:
    """The distributions, and those that they need themselves, to any depth."""
    found: set[str] = set()
    waiting = list(needs)
    while waiting:
        name = _normal(waiting.pop())
        if name in found or name in IN_THE_RUNTIME:
            continue
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            raise LookupError(f"{name} is not installed: pip install '{EXTRA}'") from None
        found.add(name)
        waiting += [required for each in requires if (required := _always(each))]
    return found


def _always(requirement: str) -> str | None:
    """The name in a requirement; None where it holds only for an extra."""
    wanted, _, marker = requirement.partition(";")
    found = _REQUIREMENT.match(wanted)
    return None if "extra" in marker or found is None else found[1]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def _installed(name: str) -> Mapping[str, Path]:
    """The files of an installed distribution, by the names they are looked up by at run time."""
    return dict(_files_of(name))


def _files_of(name: str) -> Iterator[tuple[str, Path]]:
    for file in importlib.metadata.files(name) or []:
        below = file.as_posix()
        if ".." in file.parts or "__pycache__" in file.parts or file.suffix == ".pyc":
            continue
        if file.suffix in (".so", ".pyd", ".dll", ".dylib"):
            raise ValueError(f"{name} is not pure Python ({below}): it runs only where it was made")
        # Of what pip writes beside the package only the version and the licence matter there.
        if file.parts[0].endswith(".dist-info") and file.name in _PIPS_OWN:
            continue
        yield below, Path(str(file.locate()))


def _clocks_of(zone: str) -> Mapping[str, Path]:
    """What ``zoneinfo`` reads of ``tzdata`` for one zone. All 600 would be looked at in every
    preview, and sent whenever any of them changed."""
    where = PurePosixPath("tzdata/zoneinfo", zone)
    packages = {f"{each}/__init__.py" for each in where.parents}
    found = _installed(TIME_ZONES)
    if f"{where}" not in found:
        raise LookupError(f"{TIME_ZONES} knows no time zone {zone}")
    return {
        name: path
        for name, path in found.items()
        if name in {f"{where}", *packages} or ".dist-info/" in name
    }


_PIPS_OWN = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
