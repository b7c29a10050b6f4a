"""A preview of a real stack by somebody who may not open its secrets.

    python -m tools.upkeep.preview_without_secrets prod build/preview-prod

Pulumi decrypts a stack's secrets before it compares anything, in the stack file and in the state:
an ordinary ``pulumi preview`` fails without the key, and with it a pull request's code would hold
production's secrets. So nothing is decrypted here. The state is exported as it lies in the backend
(reading it needs no key), every ciphertext in it is replaced by one placeholder, so are the secrets
of the stack file, and the preview runs on that copy, in a backend of its own in a temporary folder.

What this cannot see: whether a secret's own value changed; and a property that mixes a secret with
other text differs from its placeholder in every preview. ``preview_report`` says so where it
happens.

Needs in the environment: PULUMI_BACKEND_URL, the real state; cloud credentials that can read.
Writes ``preview.json`` (what ``pulumi preview --json`` says), ``preview.txt`` (what Pulumi says
besides) and ``outputs.json`` (what the last deployment left of its promises) into the given folder,
and exits as Pulumi did.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.upkeep.engine import engine
from tools.upkeep.paths import PROJECT
from tools.upkeep.promises_report import OUTPUTS
from tools.upkeep.stop import Stop

# The mark of a secret in Pulumi's state (sdk/go/common/resource/sig in Pulumi's source).
_MARK, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"

# One value for every secret: what the state holds and what the stack file gives then agree, though
# nobody here knows which secret of the state is which of the file. It has the shape of a telephone
# number, since that is the one shape that components check; the number is reserved for fiction.
PLACEHOLDER = "+12025550100"

# Protects placeholders only.
_PASSPHRASE = "placeholder"  # noqa: S105

# What the stack file says of the real key; Pulumi writes each on a line of its own.
_KEY_SETTINGS = re.compile(r"^(?:encryptionsalt|secretsprovider|encryptedkey):.*\n?", re.MULTILINE)


def blank_state(deployment: Any) -> Any:
    """A copy of an exported state in which each secret, whatever it was, is the placeholder."""
    match deployment:
        case dict() if deployment.get(_MARK) == _SECRET:
            return {_MARK: _SECRET, "plaintext": json.dumps(PLACEHOLDER)}
        case dict():
            return {key: blank_state(value) for key, value in deployment.items()}
        case list():
            return [blank_state(value) for value in deployment]
    return deployment


def promised_before(exported: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of an exported state that a change is compared with; nothing else of it."""
    for resource in (exported.get("deployment") or {}).get("resources") or []:
        if resource.get("type") == "pulumi:pulumi:Stack":
            outputs = blank_state(resource.get("outputs") or {})
            return {name: outputs[name] for name in OUTPUTS if name in outputs}
    return {}


def secret_keys(stack_file: str) -> list[str]:
    """The keys of a stack file's secrets, in the file's order.

    Raises Stop where one lies deeper than the top level: the program could not hide it either.
    """
    config = (yaml.safe_load(stack_file) or {}).get("config") or {}
    secrets = [key for key, value in config.items() if _is_secret(value)]
    for key, value in config.items():
        if key not in secrets and _holds_secret(value):
            raise Stop(f"{key} holds a secret inside; secrets are keys of their own at the top")
    return secrets


def without_key(stack_file: str) -> str:
    """The stack file without its settings of the real key; the rest byte for byte."""
    return _KEY_SETTINGS.sub("", stack_file)


def preview(stack: str, into: Path) -> int:
    """Run the preview; Pulumi's exit code. Stop where the state cannot be read."""
    into.mkdir(parents=True, exist_ok=True)
    if "PULUMI_BACKEND_URL" not in os.environ:
        raise Stop("PULUMI_BACKEND_URL must name where the state is, such as s3://bucket")
    with tempfile.TemporaryDirectory(prefix="upkeep-") as folder:
        copy = _Copy(Path(folder), stack)
        exported = _exported(stack)
        outputs = json.dumps(promised_before(exported or {}), indent=2) + "\n"
        (into / "outputs.json").write_text(outputs, encoding="utf-8")
        copy.make(exported)
        return copy.preview(into)


class _Copy:
    """The stack with placeholders, in a folder."""

    def __init__(self, folder: Path, stack: str) -> None:
        self._folder = folder
        self._stack = stack
        self._file = folder / f"Pulumi.{stack}.yaml"
        state = folder / "state"
        state.mkdir()
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE"}
        } | {"PULUMI_BACKEND_URL": state.as_uri(), "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE}

    def make(self, exported: dict[str, Any] | None) -> None:
        name = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        (self._folder / "Pulumi.yaml").write_text(
            f"name: {name}\nruntime: python\n", encoding="utf-8"
        )
        text = (PROJECT / self._file.name).read_text(encoding="utf-8")
        self._file.write_text(without_key(text), encoding="utf-8")
        self._run("stack", "init", self._stack)
        if secrets := secret_keys(text):
            values = [f"{key}={PLACEHOLDER}" for key in secrets]
            arguments = [part for value in values for part in ("--secret", value)]
            self._run("config", "set-all", "--stack", self._stack, *arguments)
        if exported is not None:
            state = blank_state(exported)
            salt = yaml.safe_load(self._file.read_text(encoding="utf-8"))["encryptionsalt"]
            state["deployment"]["secrets_providers"] = {
                "type": "passphrase",
                "state": {"salt": salt},
            }
            path = self._folder / "state.json"
            path.write_text(json.dumps(state), encoding="utf-8")
            self._run("stack", "import", "--stack", self._stack, "--file", str(path))

    def preview(self, into: Path) -> int:
        arguments = ["preview", "--stack", self._stack, "--json", "--config-file", str(self._file)]
        with (
            (into / "preview.json").open("wb") as stdout,
            (into / "preview.txt").open("wb") as stderr,
        ):
            return subprocess.run(
                _command(*arguments),
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                check=False,
            ).returncode

    def _run(self, *arguments: str) -> str:
        return _run(arguments, self._folder, self._environment)


def _exported(stack: str) -> dict[str, Any] | None:
    """The stack's state as it lies in the backend, still encrypted; None before its first
    deployment, when the backend does not know it."""
    known = json.loads(_run(["stack", "ls", "--json"], PROJECT, os.environ))
    if stack not in {entry["name"] for entry in known}:
        return None
    exported = json.loads(_run(["stack", "export", "--stack", stack], PROJECT, os.environ))
    assert isinstance(exported, dict)
    return exported


def _run(arguments: list[str] | tuple[str, ...], cwd: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        _command(*arguments),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().removeprefix("error: ")
        raise Stop(f"pulumi {arguments[0]} {arguments[1]}: {said}")
    return done.stdout


def _command(*arguments: str) -> list[str]:
    return [str(engine().pulumi), "--non-interactive", "--color", "never", *arguments]


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _holds_secret(value: Any) -> bool:
    match value:
        case dict():
            return _is_secret(value) or any(map(_holds_secret, value.values()))
        case list():
            return any(map(_holds_secret, value))
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description="preview a stack without its secrets")
    parser.add_argument("stack")
    parser.add_argument("into", type=Path, help="folder for preview.json and preview.txt")
    arguments = parser.parse_args()
    try:
        return preview(arguments.stack, arguments.into)
    except (Stop, OSError, yaml.YAMLError) as error:
        # Where no preview came about, the report has this to show.
        said = f"error: {error}\n"
        arguments.into.mkdir(parents=True, exist_ok=True)
        (arguments.into / "preview.txt").write_text(said, encoding="utf-8")
        sys.stderr.write(said)
        return 1


if __name__ == "__main__":
    sys.exit(main())
