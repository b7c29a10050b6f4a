"""What a drill found: ``build/drill-<scenario>.json``, version 1."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1
SIMULATED = (
    "AWS's own durations are not played: what takes minutes there (promotion, reboot, start of a "
    "server) takes as long as PostgreSQL or the sandbox takes here, and waiting is shortened by "
    "the factor `speed`. Resolvers that keep an answer for its time to live, TLS and networks "
    "between the regions are not played either."
    " The failure comes between two orders, when the replica is in step: whatever a replica had "
    "not received is lost, here and in AWS."
)


@dataclass(frozen=True)
class Check:
    """One thing that must hold for the drill to pass."""

    name: str
    passed: bool
    found: str


@dataclass(frozen=True)
class Step:
    """A step of an execution. started: seconds since the failure; seconds: how long it took."""

    name: str
    action: str
    status: str
    started: float | None
    seconds: float | None
    said: str


@dataclass(frozen=True)
class Execution:
    """A run of a document in the recovery region.

    people: the steps at which a person was needed. parent: the run that started it, or "".
    """

    id: str
    document: str
    status: str
    said: str
    steps: tuple[Step, ...]
    people: tuple[str, ...]
    parent: str = ""


@dataclass(frozen=True)
class Moment:
    """A line of the time line. at: seconds since the failure, negative before it."""

    at: float
    what: str


@dataclass
class Result:
    """A drill and what came of it.

    not_replicated: acknowledged orders that the replica had not received when things broke, known
        because it was kept from it.
    unwritable_seconds: from the last acknowledged order before the failure to the first after it;
        None where none came.
    fenced: whether the old writer refuses or takes no writes; None where it stays the writer.
    writable: the members that take writes in the end.
    """

    scenario: str
    stack: str
    planted: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    not_replicated: set[int] = field(default_factory=set)
    unacknowledged_kept: int = 0
    refused: int = 0
    unwritable_seconds: float | None = None
    fenced: bool | None = None
    writable: list[str] = field(default_factory=list)
    dns: dict[str, Any] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    speed: float = 1.0
    seconds: float = 0.0
    summary: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every check holds; a drill without checks proves nothing."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def check(self, name: str, passed: bool, found: object) -> None:
        """Note whether something holds, and what was found."""
        self.checks.append(Check(name, passed, str(found)))

    def document(self) -> dict[str, Any]:
        """The shape of the file."""
        steps = [
            {"execution": run.id, **asdict(step)} for run in self.executions for step in run.steps
        ]
        return {
            "version": VERSION,
            "scenario": self.scenario,
            "stack": self.stack,
            "passed": self.passed,
            "simulated": True,
            "what_is_simulated": SIMULATED,
            "speed": self.speed,
            "planted": list(self.planted),
            "checks": [asdict(check) for check in self.checks],
            "execution": self.executions[0].id if self.executions else None,
            "executions": [
                {
                    "id": run.id,
                    "document": run.document,
                    "status": run.status,
                    "said": run.said,
                    "people": list(run.people),
                    "parent": run.parent or None,
                }
                for run in self.executions
            ],
            "steps": steps,
            "orders": {
                "acknowledged": len(self.acknowledged),
                "lost": len(self.lost),
                "lost_numbers": sorted(self.lost),
                "not_replicated_at_failure": len(self.not_replicated),
                "not_acknowledged": self.refused,
                "kept_without_acknowledgement": self.unacknowledged_kept,
            },
            "unwritable_seconds": _rounded(self.unwritable_seconds),
            "fenced": self.fenced,
            "writable": sorted(self.writable),
            "dns": self.dns,
            "alarms": self.alarms,
            "people": [person for run in self.executions for person in run.people],
            "time_line": [
                {"at": round(each.at, 2), "what": each.what}
                for each in sorted(self.moments, key=lambda each: each.at)
            ],
            "seconds": round(self.seconds, 1),
        }

    def write(self, folder: Path) -> Path:
        """Write the file, whole or not at all."""
        path = folder / f"drill-{self.scenario}.json"
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(self.document(), indent=2) + "\n", encoding="utf-8")
        draft.replace(path)
        return path


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def steps_of(described: Mapping[str, Any], failure: float) -> tuple[Step, ...]:
    """The steps of an execution as ``GetAutomationExecution`` shows it.

    failure: when things broke, in seconds since 1970.
    """
    steps = []
    for each in described.get("StepExecutions") or ():
        started, ended = each.get("ExecutionStartTime"), each.get("ExecutionEndTime")
        steps.append(
            Step(
                each["StepName"],
                each["Action"],
                each["StepStatus"],
                round(started.timestamp() - failure, 2) if started else None,
                round((ended - started).total_seconds(), 2) if started and ended else None,
                each.get("FailureMessage", ""),
            )
        )
    return tuple(steps)
