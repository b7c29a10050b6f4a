"""One run in a process of its own: ``python -m bench.worker ours|raw INPUT [OUTPUT]``.

``ours`` runs the stack's program over the configuration in INPUT; ``raw`` declares the
registrations in INPUT through the SDKs. Both answer to the same in-process monitor, and both end
with the fingerprint of what was registered. With OUTPUT it is written down there in full.
"""

import asyncio
import json
import os
import runpy
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, settings, stack

from bench import estate, raw
from bench.registrations import Fingerprint, written_down

ROOT = Path(__file__).parent.parent


class Cloud(mocks.Mocks):
    """Gives every resource an id and what a cloud would add, every look-up its canned answer."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if not args.custom:
            return f"{args.name}-id", args.inputs
        return f"{args.name}-id", {**args.inputs, **estate.added(args.typ, args.name)}

    def call(self, args: mocks.MockCallArgs) -> Any:
        return estate.ANSWERS[args.token](args.args)


class Monitor(mocks.MockMonitor):
    """The monitor that both sides answer to; ``keep`` has it keep the requests themselves, too."""

    def __init__(self, *, keep: bool = False) -> None:
        super().__init__(Cloud())
        self.fingerprint = Fingerprint()
        self.requests: list[Any] = []
        self._keep = keep
        self._one_at_a_time = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            with self._one_at_a_time:
                self.fingerprint.add(request)
                if self._keep:
                    self.requests.append(request)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def run(
    program: Callable[[], None], monitor: Monitor, project: str = "bynomi", stack_name: str = "prod"
) -> None:
    """Runs a program as the language host would."""

    async def as_stack() -> None:
        settings.configure(
            mocks.MockSettings(  # type: ignore[no-untyped-call]
                monitor=monitor,
                engine=mocks.MockEngine(None),
                project=project,
                stack=stack_name,
                dry_run=False,
                organization="organization",
                feature_support={},
                package_refs={},
            )
        )
        await stack.run_in_stack(program)

    asyncio.run(as_stack())


def _program() -> None:
    runpy.run_path(str(ROOT / "infra"))


def main(side: str, given: str, output: str | None = None) -> None:
    """Runs one side."""
    read = json.loads(Path(given).read_text(encoding="utf-8"))
    monitor = Monitor(keep=output is not None)
    if side == "raw":
        run(lambda: raw.declare(read), monitor)
    else:
        # The program asks the environment for its configuration, as under the language host.
        os.environ["PULUMI_CONFIG"] = json.dumps(read["config"])
        os.environ["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(read["secrets"])
        pulumi.runtime.set_all_config(read["config"], read["secrets"])
        estate.stands_on(json.loads(read["config"]["upkeep:estate"]))
        run(_program, monitor, *read.get("stack", ()))
    if output is not None:
        Path(output).write_text(json.dumps(written_down(monitor.requests)), encoding="utf-8")
    print(monitor.fingerprint)


if __name__ == "__main__":
    main(*sys.argv[1:])
