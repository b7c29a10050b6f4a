"""Everything that a stack file declares, without engine and cloud.

The environment's own program runs in a process of its own, against an estate that answers as if
all that the plan names were there. Reports read what it registered: a second list of alerts would
be wrong on the day somebody adds one.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.read import read_stack_file

from tools.upkeep.paths import PROJECT
from tools.upkeep.stop import Stop

# What people are woken by: a CloudWatch alarm, some of which are made of others, and a monitor.
ALARMS = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
MONITOR = "datadog:index/monitor:Monitor"
SYNTHETIC_TEST = "datadog:index/syntheticsTest:SyntheticsTest"


@dataclass(frozen=True)
class Declared:
    """One resource.

    type, name   ``aws:sns/topic:Topic``, ``alerts-p0``
    parent       ``type::name`` of the component it belongs to; empty below the stack
    provider     the explicit provider, likewise
    props        what is declared of it, in camelCase; a reference to another resource is that
                 resource's name and ``-id``
    secrets      the properties that are secret
    protect      whether Pulumi refuses to delete it
    """

    type: str
    name: str
    parent: str
    provider: str
    props: Mapping[str, Any]
    secrets: frozenset[str]
    protect: bool

    @property
    def component(self) -> str:
        """The name of the component it belongs to; its own below the stack."""
        return self.parent.rpartition("::")[2] or self.name


@dataclass(frozen=True)
class Declaration:
    """A plan and what its environment declares, sorted by type and name."""

    plan: Plan
    stack: str
    resources: tuple[Declared, ...]

    def of(self, *types: str) -> dict[str, Declared]:
        """The resources of some types, by name."""
        return {each.name: each for each in self.resources if each.type in types}


def declared(file: Path) -> Declaration:
    """What a stack file declares; takes a few seconds.

    Raises ``PlanError`` with every fault of the plan, and ``Stop`` where the program refuses what
    can only be refused while it is declared.
    """
    # Imported here: whoever only wants the names above has no need of the benchmark's estate.
    from bench import plans
    from bench.measure import environment

    read = read_stack_file(file)
    plan = read.plan()
    configuration = plans.of_file(file)
    with TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.json", Path(folder) / "made.json"
        given.write_text(
            json.dumps({**configuration.as_data(), "stack": [_project(file), read.stack]}),
            encoding="utf-8",
        )
        run = subprocess.run(
            [sys.executable, "-m", "bench.worker", "ours", given, made],
            cwd=PROJECT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise Stop(f"{file.name}: the program refuses it:\n{_reason(run.stderr)}")
        registered = json.loads(made.read_text(encoding="utf-8"))
    resources = [
        Declared(
            each["type"],
            each["name"],
            each["parent"],
            each["provider"],
            each["props"],
            frozenset(each["secrets"]),
            each["protect"],
        )
        for each in registered
        if not each["type"].startswith("pulumi:providers:")
    ]
    resources.sort(key=lambda each: (each.type, each.name))
    return Declaration(plan, read.stack, tuple(resources))


def _project(file: Path) -> str:
    """The project's name from the Pulumi.yaml beside the stack file, or that of its folder."""
    beside = file.resolve().parent / "Pulumi.yaml"
    if not beside.exists():
        return file.resolve().parent.name
    name: str = yaml.safe_load(beside.read_text(encoding="utf-8"))["name"]
    return name


def _reason(said: str) -> str:
    """The program's own words, without the traceback before them."""
    _, _, words = said.rpartition("RunError: ")
    return words.strip() if words != said else said.strip().splitlines()[-1]
