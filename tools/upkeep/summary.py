"""The end of ``make up``: what each environment holds, for a person and, in build/summary.json,
for a machine.

Everything is read from the deployed state, its outputs and the check of the stack's plan; no second
list is kept. The shape of the file is described in docs/reports.md.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pulumi_upkeep.plan.check import StackReport

from tools.upkeep import deployed
from tools.upkeep.operation import Operated
from tools.upkeep.state import State
from tools.upkeep.watching import Watching, watching

# It grows by new keys; what is renamed or removed counts it up.
VERSION = 1


@dataclass(frozen=True)
class Environment:
    """One environment after its deployment; the fields are those of the file."""

    stack: str
    seconds: float
    changes: Mapping[str, int]
    watched: Mapping[str, Any]
    heard_by: Mapping[str, Mapping[str, Sequence[str]]]
    backed_up: Sequence[Mapping[str, Any]]
    standing_by: Mapping[str, Sequence[Mapping[str, Any]]]
    proved_by: Mapping[str, Sequence[Mapping[str, Any]]]
    looked_after: Mapping[str, Sequence[Mapping[str, Any]]]
    objectives: Sequence[Mapping[str, Any]]
    not_promised: Sequence[Mapping[str, Any]]
    costs: Mapping[str, Any]
    watching: Watching
    findings: Sequence[Mapping[str, Any]]
    substitutes: Sequence[Mapping[str, Any]]
    resources: Mapping[str, int]
    applied: int
    checked_only: Sequence[Mapping[str, Any]]
    unproven: Sequence[str]
    warnings: Sequence[str]


@dataclass(frozen=True)
class Summary:
    """All environments of one ``make up``."""

    environments: Sequence[Environment]
    engine: str
    seconds: float
    aws_endpoint_url: str
    dd_api_url: str

    def as_data(self) -> dict[str, Any]:
        """The content of build/summary.json."""
        return {
            "version": VERSION,
            "seconds": round(self.seconds, 1),
            "engine": self.engine,
            "sandbox": {
                "aws_endpoint_url": self.aws_endpoint_url,
                "dd_api_url": self.dd_api_url,
            },
            "environments": [asdict(environment) for environment in self.environments],
        }

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        draft = path.with_name(f"{path.name}.part")
        draft.write_text(json.dumps(self.as_data(), indent=2) + "\n", encoding="utf-8")
        draft.replace(path)


def environment(
    stack: str,
    state: State,
    report: StackReport,
    operated: Operated,
    seconds: float,
    unapplied: Mapping[str, str],
) -> Environment:
    """What is to say of one environment.

    report: the check of its plan, with what the deployment found in the estate.
    unapplied: the types whose requests the sandbox only checks, each with the reason.
    """
    checked = report.as_data()
    kinds = state.kinds()
    return Environment(
        stack=stack,
        seconds=round(seconds, 1),
        changes=operated.changes,
        watched=deployed.watched(state),
        heard_by=deployed.heard_by(state),
        backed_up=deployed.backed_up(state),
        standing_by=deployed.standing_by(state),
        proved_by=deployed.proved_by(state),
        looked_after=deployed.looked_after(state),
        objectives=checked["objectives"],
        not_promised=checked["not_promised"],
        costs=checked["costs"],
        watching=watching((each.type, each.name, each.inputs) for each in state.declared),
        findings=checked["findings"],
        substitutes=checked["substitutes"],
        resources=kinds,
        applied=sum(count for token, count in kinds.items() if token not in unapplied),
        checked_only=[
            {"type": token, "count": count, "why": unapplied[token]}
            for token, count in kinds.items()
            if token in unapplied
        ],
        unproven=unproven(state.outputs.get("unproven") or {}),
        warnings=operated.warnings,
    )


def unproven(by_region: Mapping[str, Iterable[str]]) -> list[str]:
    """What nobody can know from here, each once, with the regions where not all share it."""
    regions_of: dict[str, list[str]] = {}
    for region, items in by_region.items():
        for item in items:
            regions_of.setdefault(item, []).append(region)
    everywhere = len(by_region)
    return [
        item if len(regions) in (everywhere, 1) else f"{item} ({', '.join(regions)})"
        for item, regions in regions_of.items()
    ]


def by_service(kinds: Mapping[str, int]) -> dict[str, int]:
    """How many resources of each service: ``cloudwatch``, ``datadog``, ..."""
    counted: Counter[str] = Counter()
    for token, count in kinds.items():
        package, module, _ = token.split(":")
        counted[package if package == "datadog" else module.partition("/")[0]] += count
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
