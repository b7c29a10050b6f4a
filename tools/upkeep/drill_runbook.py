"""The runbook of a drill: the very document that the stack declared, started as a person would."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.upkeep.drill_result import Execution, Step, steps_of
from tools.upkeep.drill_stage import Stage

# Long enough for a restore of a real database on a slow machine; a document's own limits are
# shorter, because waiting is.
_SECONDS = 240.0
_LOOK = 0.1
ENDED = frozenset({"Success", "Failed", "TimedOut", "Cancelled", "CompletedWithFailure"})
# What a person is asked by, and what the person who plays in a drill answers.
_ANSWERS: Mapping[str, str] = {"aws:approve": "Approve", "aws:pause": "Resume"}


class NoRunbook(Exception):
    """The stack has no document for a scenario."""


def document_of(stage: Stage, scenario: str) -> str:
    """The name of the document of a scenario. NoRunbook where there is none, or no single one."""
    ssm = stage.aws("ssm", stage.recovery)
    named = [
        each["Name"]
        for page in ssm.get_paginator("list_documents").paginate(
            Filters=[{"Key": "Owner", "Values": ["Self"]}]
        )
        for each in page["DocumentIdentifiers"]
        if f"-{stage.stack}-{scenario}" in each["Name"]
        and not each["Name"].endswith(PLANTED_SUFFIX)
    ]
    if len(named) != 1:
        raise NoRunbook(
            f"{stage.stack} has {len(named)} documents for {scenario} in {stage.recovery}"
            + (f": {', '.join(sorted(named))}" if named else "; the plan declares no runbooks")
        )
    return str(named[0])


PLANTED_SUFFIX = "-planted"


def content_of(stage: Stage, document: str) -> dict[str, Any]:
    """What a document says."""
    found = stage.aws("ssm", stage.recovery).get_document(Name=document, DocumentFormat="JSON")
    return dict(json.loads(found["Content"]))


def without(content: Mapping[str, Any], removed: Callable[[str], bool]) -> dict[str, Any]:
    """A document without the steps of those names: what led to them leads to what came next."""
    steps = [dict(step) for step in content["mainSteps"]]
    follows: dict[str, str | None] = {}
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        named = after["name"] if after else None
        follows[step["name"]] = step.get("nextStep", None if step.get("isEnd") else named)

    def instead(name: str) -> str | None:
        seen: str | None = name
        while seen is not None and removed(seen):
            seen = follows[seen]
        return seen

    kept = []
    for step in steps:
        if removed(step["name"]):
            continue
        following = follows[step["name"]]
        target = instead(following) if following else None
        step.pop("nextStep", None)
        step.pop("isEnd", None)
        step |= {"nextStep": target} if target else {"isEnd": True}
        kept.append(_led_elsewhere(step, instead))
    return {**content, "mainSteps": kept}


def _led_elsewhere(step: dict[str, Any], instead: Callable[[str], str | None]) -> dict[str, Any]:
    for key in ("onFailure", "onCancel"):
        word, _, name = str(step.get(key, "")).partition(":")
        if word == "step":
            target = instead(name)
            step[key] = f"step:{target}" if target else "Abort"
    inputs = step.get("inputs")
    if step["action"] == "aws:branch" and isinstance(inputs, dict):
        choices = [
            {**choice, "NextStep": instead(choice["NextStep"])} for choice in inputs["Choices"]
        ]
        step["inputs"] = {**inputs, "Choices": [each for each in choices if each["NextStep"]]}
        default = inputs.get("Default") and instead(inputs["Default"])
        if default:
            step["inputs"]["Default"] = default
    return step


def planted(stage: Stage, document: str, removed: Callable[[str], bool]) -> tuple[str, list[str]]:
    """A copy of a document without some steps; its name, and the steps that it lacks.

    NoRunbook where it has no such step: a drill that changes nothing would prove nothing.
    """
    content = content_of(stage, document)
    names = [step["name"] for step in content["mainSteps"] if removed(step["name"])]
    if not names:
        known = ", ".join(step["name"] for step in content["mainSteps"])
        raise NoRunbook(f"{document} has no such step; there are: {known}")
    name = f"{document}{PLANTED_SUFFIX}"
    ssm = stage.aws("ssm", stage.recovery)
    # Left by an earlier drill on the same stage.
    with contextlib.suppress(ssm.exceptions.InvalidDocument):
        ssm.delete_document(Name=name)
    ssm.create_document(
        Name=name,
        Content=json.dumps(without(content, removed)),
        DocumentType="Automation",
        DocumentFormat="JSON",
    )
    return name, names


def run(
    stage: Stage,
    document: str,
    failure: float,
    told: Callable[[Step], None],
    parameters: Mapping[str, list[str]] | None = None,
) -> list[Execution]:
    """Start a document in the recovery region and see it through; the run, and then those that it
    started itself.

    failure: when things broke, in seconds since 1970.
    told: hears of each step as it ends, or waits for a person.
    Where it asks somebody, somebody agrees; who was asked for what is in the result.
    """
    ssm = stage.aws("ssm", stage.recovery)
    started = ssm.start_automation_execution(
        DocumentName=document, Parameters=dict(parameters or {})
    )
    runs = [_Running(stage, started["AutomationExecutionId"], failure, told)]
    deadline = time.monotonic() + _SECONDS
    while True:
        for each in list(runs):
            each.look()
            known = {other.id for other in runs}
            runs += [
                _Running(stage, child, failure, told, each.id)
                for child in each.children()
                if child not in known
            ]
        if runs[0].status in ENDED:
            break
        if time.monotonic() > deadline:
            ssm.stop_automation_execution(AutomationExecutionId=runs[0].id, Type="Cancel")
            deadline += _SECONDS
        time.sleep(_LOOK)
    for each in runs:
        each.look()
    return [each.result() for each in runs]


class _Running:
    """One execution under way."""

    def __init__(
        self,
        stage: Stage,
        id_: str,
        failure: float,
        told: Callable[[Step], None],
        parent: str = "",
    ) -> None:
        self._stage = stage
        self._ssm = stage.aws("ssm", stage.recovery)
        self._failure = failure
        self._told = told
        self._parent = parent
        self._heard: set[tuple[str, str]] = set()
        self._people: list[str] = []
        self._described: Mapping[str, Any] = {}
        self._steps: tuple[Step, ...] = ()
        self.id = id_
        self.status = ""

    def look(self) -> None:
        """See how far it is, and answer it where it waits for a person."""
        if self.status in ENDED:
            return
        self._described = self._ssm.get_automation_execution(AutomationExecutionId=self.id)[
            "AutomationExecution"
        ]
        self.status = self._described["AutomationExecutionStatus"]
        self._steps = steps_of(self._described, self._failure)
        for step in _news(self._steps, self._heard):
            self._told(step)
        for step in self._steps:
            kind = _ANSWERS.get(step.action)
            if step.status == "Waiting" and kind and step.name not in self._people:
                self._answer(kind)
                self._people.append(step.name)

    def _answer(self, kind: str) -> None:
        approver = self._stage.approver()
        ssm = approver("ssm", self._stage.recovery) if kind == "Approve" else self._ssm
        ssm.send_automation_signal(
            AutomationExecutionId=self.id,
            SignalType=kind,
            Payload={"Comment": ["a person, played by the drill"]},
        )

    def children(self) -> list[str]:
        """The executions that it started."""
        found = self._ssm.describe_automation_executions(
            Filters=[{"Key": "ParentExecutionId", "Values": [self.id]}]
        )["AutomationExecutionMetadataList"]
        return sorted(
            (each["AutomationExecutionId"] for each in found),
            key=lambda id_: next(
                each["ExecutionStartTime"] for each in found if each["AutomationExecutionId"] == id_
            ),
        )

    def result(self) -> Execution:
        """What came of it."""
        return Execution(
            self.id,
            self._described["DocumentName"],
            self.status,
            self._described.get("FailureMessage", ""),
            tuple(step for step in self._steps if step.status != "Pending"),
            tuple(self._people),
            self._parent,
        )


def _news(steps: tuple[Step, ...], heard: set[tuple[str, str]]) -> Iterator[Step]:
    for step in steps:
        if step.status in ("Pending", "InProgress") or (step.name, step.status) in heard:
            continue
        heard.add((step.name, step.status))
        yield step
