"""One run in a process of its own: ``python -m bench.worker ours|raw|record INPUT [OUTPUT]``.

``ours`` and ``record`` run the stack's program over the configuration in INPUT; ``raw`` declares
the registrations in INPUT through the SDKs. All answer to the same in-process monitor. ``record``
and ``raw`` with OUTPUT write down what was registered, so that both can be held side by side.
"""

import asyncio
import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, settings, stack

from bench import estate, raw

ROOT = Path(__file__).parent.parent


class Cloud(mocks.Mocks):
    """Gives every resource an id and what a cloud would add, every look-up its canned answer."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if not args.custom:
            return f"{args.name}-id", args.inputs
        return f"{args.name}-id", {**args.inputs, **estate.added(args.typ, args.name)}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        return estate.ANSWERS[args.token](args.args)


class Monitor(mocks.MockMonitor):
    """The monitor that both sides answer to; writes the raw requests down where asked to."""

    def __init__(self, requests: list[Any] | None) -> None:
        super().__init__(Cloud())
        self.requests = requests

    def RegisterResource(self, request: Any) -> Any:
        if self.requests is not None and request.type != "pulumi:pulumi:Stack":
            self.requests.append(request)
        return super().RegisterResource(request)


def run(program: Callable[[], object], requests: list[Any] | None = None) -> None:
    """Runs a program as the language host would."""

    async def as_stack() -> None:
        settings.configure(
            mocks.MockSettings(
                monitor=Monitor(requests),
                engine=mocks.MockEngine(None),
                project="bynomi",
                stack="prod",
                dry_run=False,
                organization="organization",
                feature_support={},
                package_refs={},
            )
        )
        await stack.run_in_stack(lambda: program() and None)

    asyncio.run(as_stack())


def written_down(requests: list[Any]) -> list[dict[str, Any]]:
    """Registrations as data, in the order they can be declared in."""
    return [_registration(request) for request in requests]


def _registration(request: Any) -> dict[str, Any]:
    props, secrets = _plain(json_format.MessageToDict(request.object))
    return {
        "key": _key(request.type, request.name),
        "type": request.type,
        "name": request.name,
        "custom": request.custom,
        "parent": _reference(request.parent),
        "provider": _reference(request.provider.rpartition("::")[0]),
        "protect": request.protect,
        "retain_on_delete": request.retainOnDelete,
        "ignore_changes": list(request.ignoreChanges),
        "delete_before_replace": request.deleteBeforeReplace,
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


def _plain(props: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Properties without the protocol's wrapping of secrets, and which were secret."""
    plain, secrets = {}, set()
    for key, value in props.items():
        if isinstance(value, dict) and pulumi.runtime.rpc._special_sig_key in value:
            plain[key] = value["value"]
            secrets.add(key)
        else:
            plain[key] = value
    return plain, secrets


def main(side: str, given: str, output: str | None = None) -> None:
    read = json.loads(Path(given).read_text())
    requests: list[Any] | None = [] if output else None
    if side == "raw":
        run(lambda: raw.declare(read), requests)
    else:
        os.environ["PULUMI_CONFIG"] = json.dumps(read["config"])
        os.environ["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(read["secrets"])
        pulumi.runtime.set_all_config(read["config"], read["secrets"])
        run(lambda: runpy.run_path(str(ROOT / "infra")), requests)
    if output and requests is not None:
        Path(output).write_text(json.dumps(written_down(requests)))


if __name__ == "__main__":
    main(*sys.argv[1:])
