"""Reading a stack file without the engine, exactly as the engine would."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .faults import Fault, PlanError, nearest
from .plan import CHAPTERS, Plan, Reading, read_chapters
from .yaml12 import parse_yaml

NAMESPACE = "upkeep"
# What a stack file may hold beside `config` (Pulumi's own keys).
_STACK_KEYS = (
    "config",
    "secretsprovider",
    "encryptedkey",
    "encryptionsalt",
    "environment",
)
_STACK_FILE = re.compile(r"^Pulumi\.(?P<stack>.+)\.ya?ml$")


@dataclass(frozen=True)
class StackFile:
    """What a stack file holds.

    stack      the name between ``Pulumi.`` and ``.yaml``
    chapters   the plan's chapters by name, without the namespace
    secrets    the names of the secrets at the top level, without the namespace ``upkeep:``; their
               values are never looked at
    """

    path: Path
    stack: str
    chapters: Mapping[str, Any]
    secrets: frozenset[str]

    def read(self) -> Reading:
        """What can be read of the plan, with every fault of its chapters and references."""
        return read_chapters(self.chapters, self.secrets)

    def plan(self) -> Plan:
        """The plan. Raises :class:`PlanError` with every fault at once."""
        reading = self.read()
        if reading.faults:
            raise PlanError(reading.faults, self.path.name)
        return reading.whole()


def read_stack_file(path: Path | str) -> StackFile:
    """A stack file's chapters and the names of its secrets.

    Raises :class:`PlanError` where there is no such file, it is not YAML, a key stands twice, or
    it is no stack file.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PlanError([Fault(path.name, "no such file")], path.name) from None
    except OSError as error:
        raise PlanError(
            [Fault(path.name, f"cannot be read: {error.strerror}")], path.name
        ) from None
    except UnicodeDecodeError as error:
        raise PlanError([Fault(path.name, f"not UTF-8 (byte {error.start})")], path.name) from None
    return parse_stack_file(text, path)


def parse_stack_file(text: str, path: Path) -> StackFile:
    """A stack file's text; ``path`` names the stack. See :func:`read_stack_file`."""
    document = parse_yaml(text, path.name, _path_in_plan)
    if not isinstance(document, dict) or not isinstance(document.get("config"), dict):
        remedy = f"write the plan's chapters below `config:`, each as `{NAMESPACE}:<chapter>`"
        raise PlanError([Fault(path.name, "no `config` block", None, remedy)], path.name)
    faults: list[Fault] = []
    for key in document:
        if key not in _STACK_KEYS:
            close = nearest(str(key), _STACK_KEYS)
            remedy = f"did you mean `{close}`?" if close else f"known: {', '.join(_STACK_KEYS)}"
            faults.append(Fault(str(key), "not a key of a stack file", None, remedy))
    chapters: dict[str, Any] = {}
    secrets: set[str] = set()
    for key, value in document["config"].items():
        namespace, _, name = str(key).partition(":")
        if namespace != NAMESPACE or not name:
            continue
        if isinstance(value, dict) and set(value) == {"secure"}:
            secrets.add(name)
        else:
            chapters[name] = _as_the_engine_gives(value)
    if faults:
        raise PlanError(faults, path.name)
    match = _STACK_FILE.match(path.name)
    return StackFile(path, match["stack"] if match else path.stem, chapters, frozenset(secrets))


def _path_in_plan(path: str) -> str:
    return path.removeprefix("config.").removeprefix(f"{NAMESPACE}:")


def _as_the_engine_gives(value: Any) -> Any:
    """Blocks and lists as they are; everything else at the top level is text to the engine."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def load_plan(path: Path | str) -> Plan:
    """The plan of a stack file. Raises :class:`PlanError` with every fault at once."""
    return read_stack_file(path).plan()


__all__ = ["CHAPTERS", "NAMESPACE", "StackFile", "load_plan", "parse_stack_file", "read_stack_file"]
