"""Read everything in a state back through boto3 and compare it, property by property.

The state is what Pulumi believes; this is what the cloud holds. Every declared property has to be
found there with the declared meaning, tags included, save for what `not_read_back.py` lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.providers.aws.api import Api
from sandbox.providers.aws.provider import DEFAULT_REGION
from sandbox.providers.aws.shape import from_api, same
from sandbox.providers.catalogue import RESOURCES, checked_only
from sandbox.providers.cloud import Properties
from sandbox.providers.not_read_back import NOT_READ_BACK

_SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
# Names that AWS never hears: the first became a name, the second is where the request went.
_NEVER_SENT = frozenset({"namePrefix", "region"})


@dataclass(frozen=True)
class Declared:
    """One resource of a state. `region` is None for what lives in none; `role` is the one that its
    provider takes, which may be another account's."""

    type: str
    id: str
    inputs: Properties
    outputs: Properties
    region: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Mismatch:
    """A property that the cloud holds otherwise than declared; "" for a resource that is gone."""

    type: str
    id: str
    property: str
    declared: Any
    actual: Any


@dataclass(frozen=True)
class Report:
    """read: how many resources were read. compared: how many properties were. checked: those of the
    types that are only checked. mismatches: what differs."""

    read: int
    compared: int
    checked: list[Declared]
    mismatches: list[Mismatch]


def declared_in(deployment: Mapping[str, Any]) -> Iterator[Declared]:
    """The AWS resources of an exported stack (`pulumi stack export`, its `deployment`).

    Secrets have to be exported in plain text (`--show-secrets`) to be compared.
    """
    resources = deployment.get("resources") or []
    roles = {
        f"{each['urn']}::{each['id']}": _role_of(each.get("inputs") or {})
        for each in resources
        if each["type"] == "pulumi:providers:aws"
    }
    for resource in resources:
        type_ = resource["type"]
        if not type_.startswith("aws:") or not resource.get("custom") or resource.get("external"):
            continue
        outputs = _plain(resource.get("outputs") or {})
        yield Declared(
            type_,
            resource["id"],
            _plain(resource.get("inputs") or {}),
            outputs,
            outputs.get("region"),
            roles.get(resource.get("provider", "")),
        )


def _role_of(provider: Mapping[str, Any]) -> str | None:
    """The role that a provider takes; its settings are text, and JSON where they are not text."""
    roles = provider.get("assumeRoles") or "[]"
    roles = json.loads(roles) if isinstance(roles, str) else roles
    return str(roles[-1]["roleArn"]) if roles else None


def read_back(resources: Iterable[Declared], endpoint: str | None = None) -> Report:
    """Read each of `resources` from AWS at `endpoint` (default `AWS_ENDPOINT_URL`) and compare.

    Raises KeyError for a type that the table does not have, and what boto3 raises.
    """
    read = compared = 0
    checked: list[Declared] = []
    mismatches: list[Mismatch] = []
    for declared in resources:
        if declared.type in checked_only:
            checked.append(declared)
            continue
        read += 1
        for property_, wanted, actual, alike in _compare(declared, endpoint):
            compared += 1
            if not alike:
                mismatches.append(Mismatch(declared.type, declared.id, property_, wanted, actual))
    return Report(read, compared, checked, mismatches)


def _compare(declared: Declared, endpoint: str | None) -> Iterator[tuple[str, Any, Any, bool]]:
    resource = RESOURCES[declared.type]
    skipped = NOT_READ_BACK.get(declared.type, {}).keys() | _NEVER_SENT
    api = Api(declared.region or DEFAULT_REGION, endpoint, declared.role)
    known = {**declared.outputs, **declared.inputs}
    document = resource.describe(api, declared.id, known)
    if document is None:
        yield "", "there", "gone", False
        return
    actual = from_api(resource.shape, document)
    for name, wanted in declared.inputs.items():
        if name in skipped or name.startswith("__"):
            continue
        if name == "tags" and resource.tagging is not None:
            continue
        prop = resource.properties.get(name)
        # A property that is neither read nor listed as unreadable is a hole in the table.
        found = actual.get(name) if prop is not None else "not in the table"
        yield name, wanted, found, prop is not None and same(prop, wanted, found)
    if resource.tagging is not None:
        tags = resource.tagging.read(api, declared.id, known)
        wanted = declared.outputs.get("tagsAll") or {}
        yield "tagsAll", wanted, tags, tags == wanted


def _plain(value: Any) -> Any:
    """A value of a state file without its secrets' wrapping."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _SECRET_SIGNATURE in value:
        text = value.get("plaintext")
        return _plain(json.loads(text)) if text is not None else value.get("ciphertext")
    return {key: _plain(item) for key, item in value.items()}
