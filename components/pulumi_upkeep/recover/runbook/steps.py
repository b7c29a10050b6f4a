"""A step of a runbook, and the Automation document and the role's policy that are made of steps.

A step says three things at once, so that they cannot differ: what Systems Manager does, what the
document's role needs for it, and what a person reads on the page.

Why scripts: an Automation runs in one region, and none of its actions that call AWS
(``aws:executeAwsApi`` and its like) can name another [Automation actions reference]. A script's
client can, so whatever concerns the other side is a script; so is whatever must be safe to do
twice, because it has to look before it changes something. What is a single call here is left to
``aws:executeAwsApi``.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ... import policy
from ...policy import Statement

# Systems Manager: a document has at most 64 KiB, a script ten minutes, a call 25 seconds by itself.
LARGEST_DOCUMENT = 64 * 1024
SCRIPT_LIMIT = timedelta(minutes=10)
CALL_LIMIT = timedelta(seconds=60)
# The newest runtime for Python that Automation has [Automation actions reference].
RUNTIME = "python3.11"
_STEP_NAME = re.compile(r"[a-z][a-z0-9_]{0,127}")
_REFERENCE = re.compile(r"\{\{\s*(\w+)\.(\w+)\s*\}\}")
# What a script begins with that uses the shared clients.
_CLIENTS = "from .clients import client\n"

ABORT = "Abort"
CONTINUE = "Continue"


@dataclass(frozen=True)
class Permission:
    """One action of IAM and what it is needed on.

    conditions   of the statement, if any
    """

    action: str
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Step:
    """One step.

    title        what is done, for people
    who          who does it
    see          how to see that it worked
    limit        how long one try may take; a script at most ten minutes
    tries        how often it is tried
    on_failure   ``Abort``, ``Continue``, or the name of the step to go on with
    counts       whether its failure is a failure of the whole
    leads_to     the step that follows; default the next one
    choices      of a branch: the steps it may lead to
    ends         whether the runbook ends with it
    outputs      name -> (selector, type)
    """

    name: str
    title: str
    who: str
    see: str
    action: str
    inputs: Mapping[str, Any]
    limit: timedelta = CALL_LIMIT
    tries: int = 1
    on_failure: str = ABORT
    counts: bool = True
    leads_to: str | None = None
    choices: tuple[str, ...] = ()
    ends: bool = False
    outputs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    may: tuple[Permission, ...] = ()

    def targets(self) -> Iterator[str]:
        """The steps it may lead to by name."""
        if self.on_failure not in (ABORT, CONTINUE):
            yield self.on_failure
        if self.leads_to:
            yield self.leads_to
        yield from self.choices

    def as_document(self) -> dict[str, Any]:
        """As Systems Manager takes it."""
        step: dict[str, Any] = {
            "name": self.name,
            "action": self.action,
            "description": f"{self.title} Who: {self.who}. Worked when: {self.see}",
            "inputs": dict(self.inputs),
        }
        if self.action != "aws:branch":
            step["timeoutSeconds"] = round(self.limit.total_seconds())
            step["maxAttempts"] = self.tries
            on_failure = self.on_failure
            if on_failure not in (ABORT, CONTINUE):
                on_failure = f"step:{on_failure}"
            step["onFailure"] = on_failure
            # Left out, its default depends on onFailure.
            step["isCritical"] = self.counts
        if self.outputs:
            step["outputs"] = [
                {"Name": name, "Selector": selector, "Type": kind}
                for name, (selector, kind) in self.outputs.items()
            ]
        if self.leads_to:
            step["nextStep"] = self.leads_to
        if self.ends:
            step["isEnd"] = True
        return step


@dataclass(frozen=True)
class Runbook:
    """What is done in one scenario.

    scenario   ``database-failure``, ``application-server-failure`` or ``complete-outage``
    of         what fails, by its name in the plan; empty for everything
    region     where its document is, and is started
    when       when it is started
    after      what is left to do by hand, in order
    """

    scenario: str
    of: str
    document_name: str
    region: str
    title: str
    when: str
    steps: tuple[Step, ...]
    after: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name among the runbooks, which is its page's too: ``database-failure-orders``."""
        return f"{self.scenario}-{self.of}" if self.of else self.scenario

    @property
    def start(self) -> str:
        """The command that starts it."""
        return (
            f"aws ssm start-automation-execution --region {self.region} "
            f"--document-name {self.document_name}"
        )

    def document(self, role_arn: str, beside: str = "") -> dict[str, Any]:
        """The Automation document, schema 0.3. Raises ValueError for what AWS would refuse.

        ``beside`` is said at the end of its description.
        """
        check(self.steps)
        return {
            "schemaVersion": "0.3",
            "description": f"{self.title}. {self.when}{beside}",
            "assumeRole": role_arn,
            "mainSteps": [step.as_document() for step in self.steps],
        }

    def content(self, role_arn: str, beside: str = "") -> str:
        """The document as text: the same steps always give the same bytes."""
        text = json.dumps(self.document(role_arn, beside), indent=1)
        if len(text.encode()) > LARGEST_DOCUMENT:
            raise ValueError(f"{self.document_name} is larger than {LARGEST_DOCUMENT} bytes")
        return text

    def policy(self) -> str:
        """What the document's role may do: what its steps need, and nothing else."""
        return policy.document(*self.statements())

    def statements(self) -> list[Statement]:
        """One statement per action and condition."""
        needed: dict[tuple[str, str], list[str]] = {}
        for step in self.steps:
            for may in step.may:
                conditions = json.dumps(may.conditions, sort_keys=True)
                resources = needed.setdefault((may.action, conditions), [])
                resources += [each for each in may.resources if each not in resources]
        return [
            policy.allow(
                _sid(action, number),
                [action],
                resources=sorted(resources),
                conditions=json.loads(conditions),
            )
            for number, ((action, conditions), resources) in enumerate(sorted(needed.items()))
        ]

    def actions(self) -> frozenset[str]:
        """The actions of IAM that its steps need."""
        return frozenset(may.action for step in self.steps for may in step.may)


def _sid(action: str, number: int) -> str:
    service, _, operation = action.partition(":")
    return f"{service.capitalize()}{operation}{number}"


def check(steps: Sequence[Step]) -> None:
    """Raises ValueError with everything that Systems Manager would refuse, or never reach."""
    faults = list(_faults(steps))
    if faults:
        raise ValueError("; ".join(faults))


def _faults(steps: Sequence[Step]) -> Iterator[str]:
    names = [step.name for step in steps]
    given: dict[str, set[str]] = {step.name: set(step.outputs) for step in steps}
    for step in steps:
        if not _STEP_NAME.fullmatch(step.name):
            yield f"{step.name}: a step's name has small letters, digits and underscores"
        if names.count(step.name) > 1:
            yield f"{step.name}: stands twice"
        for target in step.targets():
            if target not in names:
                yield f"{step.name}: leads to {target}, which is not there"
        for of, output in _REFERENCE.findall(json.dumps(step.inputs)):
            if output not in given.get(of, ()):
                yield f"{step.name}: refers to {of}.{output}, which is not there"
        if step.action == "aws:executeScript" and step.limit > SCRIPT_LIMIT:
            yield f"{step.name}: a script runs for ten minutes at most"
    reached = _reached(steps)
    for name in names:
        if name not in reached:
            yield f"{name}: no step leads to it"


def _reached(steps: Sequence[Step]) -> set[str]:
    """The steps that can be come to from the first."""
    by_name = {step.name: index for index, step in enumerate(steps)}
    reached: set[str] = set()
    waiting = [0] if steps else []
    while waiting:
        index = waiting.pop()
        if index >= len(steps) or steps[index].name in reached:
            continue
        step = steps[index]
        reached.add(step.name)
        waiting += [by_name[target] for target in step.targets() if target in by_name]
        passes = step.on_failure == CONTINUE or not (step.ends or step.leads_to or step.choices)
        if passes and not (step.ends and step.on_failure != CONTINUE):
            waiting.append(index + 1)
    return reached


def script(name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a step that runs a script of ours."""
    return {
        "Runtime": RUNTIME,
        "Handler": "handler",
        "Script": script_text(name),
        "InputPayload": dict(payload),
    }


@cache
def script_text(name: str) -> str:
    """A script as one text: the shared clients before it."""
    folder = files(__package__).joinpath("scripts")
    text = folder.joinpath(f"{name}.py").read_text(encoding="utf-8")
    if _CLIENTS not in text:
        return text
    return folder.joinpath("clients.py").read_text(encoding="utf-8") + text.replace(_CLIENTS, "")


def branch(name: str, title: str, variable: str, ways: Mapping[str, str], otherwise: str) -> Step:
    """A step that goes on by what an earlier one found.

    ways   a text -> the step that follows
    """
    return Step(
        name=name,
        title=title,
        who="the runbook",
        see="the next step that runs",
        action="aws:branch",
        inputs={
            "Choices": [
                {"NextStep": target, "Variable": f"{{{{ {variable} }}}}", "StringEquals": text}
                for text, target in ways.items()
            ],
            "Default": otherwise,
        },
        choices=(*ways.values(), otherwise),
    )
