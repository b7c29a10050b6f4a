"""What an interrupted deployment leaves behind, put in order before the next one.

Two things. The backend's lock: cleared when the process that took it is gone, respected while it
lives. And creates that were under way: the cloud may have made the resource or not. Each is looked
for; one that exists joins the state (created again blindly, there would be two), one that does not
is forgotten and made by the deployment that follows.
"""

import json
import os
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.upkeep.progress import short_type
from tools.upkeep.pulumi import Event, Pulumi
from tools.upkeep.stop import Stop

# A call that failed may be tried once more, at most a second later (boto3's first back-off).
_QUIET_SECONDS = 1.5
_SECONDS_TO_CALM = 120.0


@dataclass(frozen=True)
class Pending:
    """A create of which the engine never heard the end."""

    urn: str
    type: str
    inputs: Mapping[str, Any]
    region: str | None
    role: str | None = None

    def __str__(self) -> str:
        return f"{short_type(self.type)} {self.urn.rpartition('::')[2]}"


def put_in_order(pulumi: Pulumi, stack: str, settings: Path) -> list[str]:
    """Clear a dead owner's lock, settle the creates that were under way; what was done, in words.

    Stop, naming the process, where a deployment of this stack is running.
    """
    return [*_unlock(pulumi, stack), *_settle(pulumi, stack, settings)]


# ---- the lock ----------------------------------------------------------------------------------


def _unlock(pulumi: Pulumi, stack: str) -> Iterator[str]:
    locks = [
        lock
        for lock in (pulumi.backend / ".pulumi" / "locks").glob("**/*.json")
        if lock.parent.name == stack
    ]
    for lock in locks:
        owner = _owner(lock)
        if owner is not None and _runs(owner):
            raise Stop(f"another deployment of {stack} is running (process {owner})")
    if locks:
        pulumi.run("cancel", "--yes", "--stack", stack)
        yield "cleared the lock of a deployment that was killed"


def _owner(lock: Path) -> int | None:
    """The process that took a lock; None where the file does not tell."""
    try:
        content = json.loads(lock.read_text(encoding="utf-8"))
        return int(content["pid"]) if content.get("hostname") == socket.gethostname() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # A number is given out again: what has it now must be a Pulumi.
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    name, rest = state.partition("(")[2].rpartition(")")[::2]
    return "pulumi" in name and rest.split()[0] != "Z"


# ---- creates under way -------------------------------------------------------------------------


def _settle(pulumi: Pulumi, stack: str, settings: Path) -> Iterator[str]:
    state = json.loads(pulumi.run("stack", "export", "--stack", stack).stdout)
    waiting = list(pending_creates(state))
    if not waiting:
        return
    _wait_until_quiet(pulumi)
    made: dict[str, str] = {}
    for create in waiting:
        id_ = _in_the_cloud(pulumi, create)
        if id_ is None:
            yield f"{create} was not made: it is made now"
        else:
            made[create.urn] = id_
            yield f"{create} was made: taken into the state"
    _import(pulumi, stack, with_adopted(state, made))
    if made:
        _read(pulumi, stack, settings, made)


def pending_creates(state: Mapping[str, Any]) -> Iterator[Pending]:
    """The creates under way in an exported state."""
    deployment = state.get("deployment") or {}
    providers = {
        f"{resource['urn']}::{resource.get('id', '')}": resource.get("inputs") or {}
        for resource in deployment.get("resources") or []
        if resource["type"].startswith("pulumi:providers:")
    }
    for operation in deployment.get("pending_operations") or []:
        if operation["type"] == "creating":
            resource = operation["resource"]
            inputs = resource.get("inputs") or {}
            provider = providers.get(resource.get("provider", ""), {})
            region = inputs.get("region") or provider.get("region")
            yield Pending(resource["urn"], resource["type"], inputs, region, _role_of(provider))


def _role_of(provider: Mapping[str, Any]) -> str | None:
    """The role that a provider takes; None without one. What is not text by itself is JSON."""
    roles = json.loads(provider.get("assumeRoles") or "[]")
    return str(roles[-1]["roleArn"]) if roles else None


def _wait_until_quiet(pulumi: Pulumi) -> None:
    """Wait for the end of the killed deployment's calls: the provider makes them, and lives on."""
    url = f"{pulumi.cloud['AWS_ENDPOINT_URL']}/_upkeep/quiet"
    deadline = time.monotonic() + _SECONDS_TO_CALM
    while True:
        with urllib.request.urlopen(url, timeout=10) as answer:
            quiet: float = json.load(answer)["seconds"]
        if quiet >= _QUIET_SECONDS:
            return
        if time.monotonic() > deadline:
            raise Stop("the sandbox still answers calls of a deployment that was killed")
        time.sleep(min(_QUIET_SECONDS - quiet, 0.2))


def _in_the_cloud(pulumi: Pulumi, create: Pending) -> str | None:
    """The id of what the create made, or None when it made nothing."""
    from sandbox.providers import catalogue, datadog

    if create.type.startswith("datadog:"):
        return datadog.find(create.type, dict(create.inputs), pulumi.cloud)
    return catalogue.find(
        create.type,
        dict(create.inputs),
        create.region or "",
        pulumi.cloud["AWS_ENDPOINT_URL"],
        create.role,
    )


def with_adopted(state: Mapping[str, Any], made: Mapping[str, str]) -> dict[str, Any]:
    """An exported state without operations under way, the creates that took place among its
    resources.

    made: id by URN. The engine noted a create's inputs, provider and dependencies before it called
    the cloud, so only the id and what the cloud answers are missing. Pulumi 3.250's own
    ``refresh --import-pending-creates`` loses the resource.
    """
    deployment = dict(state["deployment"])
    adopted = [
        operation["resource"] | {"id": made[operation["resource"]["urn"]]}
        for operation in deployment.pop("pending_operations", None) or []
        if operation["type"] == "creating" and operation["resource"]["urn"] in made
    ]
    deployment["resources"] = [*(deployment.get("resources") or []), *adopted]
    return {**state, "deployment": deployment}


def _import(pulumi: Pulumi, stack: str, state: Mapping[str, Any]) -> None:
    with tempfile.TemporaryDirectory(prefix="upkeep-") as folder:
        file = Path(folder) / "state.json"
        file.write_text(json.dumps(state), encoding="utf-8")
        pulumi.run("stack", "import", "--stack", stack, "--file", file)


def _read(pulumi: Pulumi, stack: str, settings: Path, urns: Iterable[str]) -> None:
    """Let the engine read the adopted resources: their outputs are the cloud's to tell."""
    errors: list[str] = []

    def heard(event: Event) -> None:
        said = event.get("diagnosticEvent")
        if said is not None and said["severity"] == "error":
            errors.append(said["message"].strip())

    arguments = ["refresh", "--yes", "--skip-preview", "--stack", stack]
    targets = [part for urn in urns for part in ("--target", urn)]
    result = pulumi.watch(*arguments, "--config-file", settings, *targets, heard=heard)
    if result.code:
        why = "\n".join(errors) or result.stderr.strip()
        raise Stop(f"{stack}: what an interrupted deployment left cannot be put in order:\n{why}")
