"""The stack file as the sandbox needs it.

A copy of ``Pulumi.<stack>.yaml`` in ``build/``, to which the sandbox's own secrets are added as
Pulumi secrets: real ones cannot be opened without their key, and have no place in a sandbox. The
committed file is never written.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools.upkeep.pulumi import Pulumi
from tools.upkeep.stop import Stop

_NAMESPACE = "upkeep"
# What the stack's program needs whatever the plan says; see providers.py of the environment.
_ALWAYS = ("datadogApiKey", "datadogAppKey")
_OF_ANOTHER_KEY = ("encryptionsalt", "secretsprovider", "encryptedkey")
# A number that the numbering plan keeps for fiction, so that nothing can ring.
_PHONE = "+12025550100"


def stack_file(project: Path, stack: str) -> Path:
    """The file that holds a stack's plan."""
    return project / f"Pulumi.{stack}.yaml"


def stack_of(file: Path) -> str:
    """The stack whose plan a file holds: ``prod`` of ``Pulumi.prod.yaml``. Stop where the name says
    none, or no project is beside it."""
    parts = file.name.split(".")
    if len(parts) != 3 or parts[0] != "Pulumi" or parts[2] != "yaml":
        raise Stop(f"FILE: `{file.name}` is no stack file; one is called `Pulumi.<stack>.yaml`")
    if not (file.parent / "Pulumi.yaml").exists():
        raise Stop(f"FILE: there is no Pulumi.yaml beside `{file.name}`, so nothing can deploy it")
    return parts[1]


def stacks(project: Path) -> list[str]:
    """The stacks of a project in the order in which they are deployed: prod last, so that a fault
    shows itself elsewhere first."""
    names = [path.name.split(".")[1] for path in project.glob("Pulumi.*.yaml")]
    return sorted(names, key=lambda name: (name == "prod", name))


def chosen(project: Path, stack: str | None) -> list[str]:
    """The stack of that name alone, or all of them. Stop where there is none of that name."""
    known = stacks(project)
    if stack is None:
        return known
    if stack not in known:
        raise Stop(f"no stack `{stack}` here; there are: {', '.join(known)}")
    return [stack]


def prepare(pulumi: Pulumi, stack: str) -> Path:
    """Make the stack in the sandbox's state, if it is not there, and its settings; the file."""
    project = _project_name(pulumi.project)
    folder = pulumi.state / "settings" / project
    folder.mkdir(parents=True, exist_ok=True)
    target = stack_file(folder, stack)
    # The CLI writes a stack's salt into the file beside Pulumi.yaml: so it gets one of its own.
    (folder / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n", encoding="utf-8")
    salt = _salt(target)
    document = _without_secrets(stack_file(pulumi.project, stack))
    secrets = made_up_secrets(document)
    _write(target, document, salt)
    if not (pulumi.backend / ".pulumi" / "stacks" / project / f"{stack}.json").exists():
        pulumi.run("stack", "init", stack, cwd=folder)
    arguments = [part for key, value in secrets.items() for part in ("--secret", f"{key}={value}")]
    pulumi.run("config", "set-all", "--stack", stack, *arguments, cwd=folder)
    return target


def made_up_secrets(document: dict[str, Any]) -> dict[str, str]:
    """A made-up value for each secret that the plan names (``{secret: onCallPhone}``), that the
    file holds, or that the program always needs; by full configuration key."""
    config = document.get("config") or {}
    named = set(_named(config))
    held = {key for key, value in config.items() if _is_secret(value)}
    keys = held | {f"{_NAMESPACE}:{name}" for name in {*_ALWAYS, *named}}
    return {key: _value(key) for key in sorted(keys)}


def _value(key: str) -> str:
    name = key.rpartition(":")[2]
    if name == "datadogApiKey":
        return "5a" * 16
    if name == "datadogAppKey":
        return "5b" * 20
    if name.lower().endswith("url"):
        # A name that nobody answers to, ever [RFC 2606].
        return f"https://sandbox.invalid/{name}"
    return _PHONE if "phone" in name.lower() else f"made up for the sandbox: {name}"


def _named(value: Any) -> Iterator[str]:
    match value:
        case {"secret": str(name)}:
            yield name
        case dict():
            for inner in value.values():
                yield from _named(inner)
        case list():
            for inner in value:
                yield from _named(inner)


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


class _AsWritten(yaml.SafeLoader):
    """Reads every plain value as the text that stands there.

    What is copied must mean the same to the engine as the original: PyYAML's own reading would turn
    14:00 into a number. Booleans and numbers come back as plain text too, and are written plain.
    """


class _Plain(str):
    """A value that stood without quotes, to be written without them."""


_AsWritten.yaml_implicit_resolvers = {}


def _scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return _Plain(node.value) if node.style is None else str(node.value)


_AsWritten.add_constructor("tag:yaml.org,2002:str", _scalar)


class _Writer(yaml.SafeDumper):
    pass


_Writer.yaml_implicit_resolvers = {}
_Writer.add_representer(
    _Plain, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value)
)
_Writer.add_representer(
    str, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')
)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_AsWritten)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Stop(f"{path.name} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict):
        raise Stop(f"{path.name} is not a block of keys")
    return document


def _without_secrets(path: Path) -> dict[str, Any]:
    document = _read(path)
    return {key: value for key, value in document.items() if key not in _OF_ANOTHER_KEY}


def _salt(target: Path) -> str | None:
    # Kept over runs, since the state's secrets are encrypted with it.
    return _read(target).get("encryptionsalt") if target.exists() else None


def _write(target: Path, document: dict[str, Any], salt: str | None) -> None:
    if salt is not None:
        document = document | {_Plain("encryptionsalt"): _Plain(salt)}
    config = document.get("config") or {}
    document = document | {"config": {k: v for k, v in config.items() if not _is_secret(v)}}
    text = yaml.dump(document, Dumper=_Writer, sort_keys=False, allow_unicode=True)
    target.write_text(text, encoding="utf-8")


def _project_name(project: Path) -> str:
    return str(_read(project / "Pulumi.yaml")["name"])
