"""What a program registered, as data: to replay it, and to hold two programs side by side."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi
from google.protobuf import json_format

Registration = dict[str, Any]


class Fingerprint:
    """Of a set of registrations, whatever their order; cheap enough for a run that is measured."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, request: Any) -> None:
        """Takes a request of Pulumi's protocol in."""
        self.count += 1
        digest = hashlib.sha256(repr(_compared(request)).encode())
        digest.update(request.object.SerializeToString(deterministic=True))
        self._sum += int.from_bytes(digest.digest(), "big")

    def __str__(self) -> str:
        return f"{self.count} resources, {self._sum % 2**256:064x}"


def written_down(requests: Sequence[Any]) -> list[Registration]:
    """Registrations as data, in an order in which they can be declared: what others refer to by
    parent or provider comes first."""
    return [_registration(request) for request in requests]


def differences(ours: Sequence[Registration], raw: Sequence[Registration]) -> Iterator[str]:
    """Where two sets of registrations are not the same, in whatever order they were made."""
    mine = {each["key"]: each for each in ours}
    theirs = {each["key"]: each for each in raw}
    if len(mine) < len(ours) or len(theirs) < len(raw):
        yield "a resource is registered twice"
    for key in sorted(mine.keys() | theirs.keys()):
        if key not in mine or key not in theirs:
            yield f"{key} is registered by {'raw' if key in theirs else 'ours'} alone"
            continue
        for field in mine[key]:
            if mine[key][field] != theirs[key][field]:
                yield f"{key}: {field} is {mine[key][field]} in ours, {theirs[key][field]} in raw"


def _compared(request: Any) -> tuple[Any, ...]:
    """Everything of a request but its properties, as far as it says what is declared.

    Left out: where in the program it was declared, which resources a value came from (raw is given
    the values), and the aliases by which the SDK finds types under tokens of earlier releases.
    """
    return (
        request.type,
        request.name,
        request.custom,
        request.version,
        _reference(request.parent),
        _reference(request.provider.rpartition("::")[0]),
        request.protect,
        request.retainOnDelete,
        tuple(request.ignoreChanges),
        request.deleteBeforeReplace,
    )


def _registration(request: Any) -> Registration:
    type_, name, custom, version, parent, provider, protect, retain, ignored, first = _compared(
        request
    )
    props, secrets = _plain(json_format.MessageToDict(request.object))
    return {
        "key": _key(type_, name),
        "type": type_,
        "name": name,
        "custom": custom,
        "version": version,
        "parent": parent,
        "provider": provider,
        "protect": protect,
        "retain_on_delete": retain,
        "ignore_changes": list(ignored),
        "delete_before_replace": first,
        "props": props,
        "secrets": sorted(secrets),
    }


def _key(type_: str, name: str) -> str:
    return f"{type_}::{name}"


def _reference(urn: str) -> str:
    """``urn:pulumi:prod::bynomi::a$b::name`` as ``b::name``; nothing below the stack."""
    if not urn or "pulumi:pulumi:Stack::" in urn:
        return ""
    return _key(urn.split("::")[2].rpartition("$")[2], urn.split("::")[3])


_MARK = pulumi.runtime.rpc._special_sig_key


def _plain(props: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Properties without the protocol's wrapping of secrets, and which were secret."""
    plain, secrets = {}, set()
    for key, value in props.items():
        # The sources of a function carry a mark, too: they stay as the protocol has them.
        if isinstance(value, dict) and value.get(_MARK) == pulumi.runtime.rpc._special_secret_sig:
            plain[key] = value["value"]
            secrets.add(key)
        else:
            plain[key] = value
    return plain, secrets
