"""What CreateDocument accepts of an Automation document (schema 0.3).

Sources: Systems Manager User Guide, "Automation actions reference", "Properties shared by all
actions", "Data elements and parameters"; AWS's own JSON schema of these documents
(amazon-ssm-document-language-service) for required inputs.

Actions that AWS knows and the sandbox cannot carry out are refused too, with words that say so: a
document that is accepted here runs here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.automation.values import references

Step = Mapping[str, Any]

# What each action must be told.
REQUIRED_INPUTS: Mapping[str, tuple[str, ...]] = {
    "aws:approve": ("Approvers",),
    "aws:assertAwsResourceProperty": ("Service", "Api", "PropertySelector", "DesiredValues"),
    "aws:branch": ("Choices",),
    "aws:executeAutomation": ("DocumentName",),
    "aws:executeAwsApi": ("Service", "Api"),
    "aws:executeScript": ("Runtime", "Handler", "Script"),
    "aws:invokeLambdaFunction": ("FunctionName",),
    "aws:pause": (),
    "aws:sleep": (),
    "aws:waitForAwsResourceProperty": ("Service", "Api", "PropertySelector", "DesiredValues"),
}
ONLY_IN_AWS = frozenset(
    f"aws:{name}"
    for name in (
        "changeInstanceState",
        "copyImage",
        "createImage",
        "createStack",
        "createTags",
        "deleteImage",
        "deleteStack",
        "executeStateMachine",
        "invokeWebhook",
        "loop",
        "runCommand",
        "runInstances",
        "updateVariable",
    )
)
# What a step gives by itself, beside the outputs that it declares.
PREDETERMINED: Mapping[str, frozenset[str]] = {
    "aws:approve": frozenset({"ApprovalStatus", "ApproverDecisions"}),
    "aws:executeAutomation": frozenset({"Output", "ExecutionId", "Status"}),
    "aws:executeAwsApi": frozenset({"OutputPayload"}),
    "aws:executeScript": frozenset({"OutputPayload"}),
    "aws:invokeLambdaFunction": frozenset(
        {"StatusCode", "FunctionError", "LogResult", "Payload", "OutputPayload"}
    ),
}
_DOCUMENT_KEYS = frozenset(
    {
        "assumeRole",
        "description",
        "files",
        "mainSteps",
        "outputs",
        "parameters",
        "schemaVersion",
        "variables",
    }
)
_STEP_KEYS = frozenset(
    {
        "action",
        "description",
        "inputs",
        "isCritical",
        "isEnd",
        "maxAttempts",
        "name",
        "nextStep",
        "onCancel",
        "onFailure",
        "outputs",
        "timeoutSeconds",
    }
)
_TYPES = frozenset({"String", "StringList", "Boolean", "Integer", "MapList", "StringMap"})
_RUNTIMES = re.compile(r"^(python3\.(7|8|9|10|11)|PowerShell (Core 6\.0|7\.0|7\.4))$")
# Figures of the user guide.
LARGEST_DOCUMENT = 64 * 1024
LONGEST_SCRIPT = 600  # seconds
LONGEST_WAIT_FOR_PERSON = 2_592_000  # seconds
MOST_APPROVERS = 10
OPERATORS = frozenset(
    {
        "BooleanEquals",
        "Contains",
        "EndsWith",
        "EqualsIgnoreCase",
        "NumericEquals",
        "NumericGreater",
        "NumericGreaterOrEquals",
        "NumericLesser",
        "NumericLesserOrEquals",
        "StartsWith",
        "StringEquals",
    }
)


class BadDocument(Exception):
    """What CreateDocument refuses; the message names every fault."""


def checked(content: str, document: Any) -> Mapping[str, Any]:
    """A document that can be run; raises BadDocument with everything that is wrong with it."""
    faults = list(_faults(content, document))
    if faults:
        raise BadDocument("; ".join(faults))
    found: Mapping[str, Any] = document
    return found


def _faults(content: str, document: Any) -> Iterator[str]:
    if not isinstance(document, Mapping):
        yield "the document is not a mapping"
        return
    if len(content.encode()) > LARGEST_DOCUMENT:
        yield f"the document is larger than {LARGEST_DOCUMENT} bytes"
    if str(document.get("schemaVersion")) != "0.3":
        yield "schemaVersion of an Automation document is 0.3"
    for key in sorted(document.keys() - _DOCUMENT_KEYS):
        yield f"unknown element {key}"
    for name, parameter in (document.get("parameters") or {}).items():
        if not isinstance(parameter, Mapping) or parameter.get("type") not in _TYPES:
            yield f"parameter {name}: type is one of {', '.join(sorted(_TYPES))}"
    steps = document.get("mainSteps")
    if not isinstance(steps, list) or not steps:
        yield "mainSteps holds no step"
        return
    names = [step.get("name") for step in steps if isinstance(step, Mapping)]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        yield f"step name {name} stands twice"
    by_name = {step["name"]: step for step in steps if isinstance(step, Mapping) and "name" in step}
    for step in steps:
        if not isinstance(step, Mapping):
            yield "a step is not a mapping"
            continue
        for fault in _faults_of_step(step, by_name):
            yield f"step {step.get('name')}: {fault}"
    yield from _bad_references(document, by_name)


def _faults_of_step(step: Step, by_name: Mapping[str, Step]) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9_]{1,128}", str(step.get("name", ""))):
        yield "a name has letters, digits and underscores"
    for key in sorted(step.keys() - _STEP_KEYS):
        yield f"unknown property {key}"
    action = str(step.get("action"))
    if action in ONLY_IN_AWS:
        yield f"{action} cannot be carried out in the sandbox"
        return
    if action not in REQUIRED_INPUTS:
        yield f"unknown action {action}"
        return
    inputs = step.get("inputs")
    if not isinstance(inputs, Mapping):
        yield "inputs are missing"
        return
    for key in REQUIRED_INPUTS[action]:
        if key not in inputs:
            yield f"{action} needs the input {key}"
    yield from _bad_ways(step, by_name)
    yield from _bad_limits(step)
    for output in step.get("outputs", ()):
        if output.keys() - {"Name", "Selector", "Type"} or output.get("Type") not in _TYPES:
            yield "an output has Name, Selector and Type"
        elif not str(output.get("Selector", "")).startswith("$"):
            yield f"the selector of {output.get('Name')} begins with $"
    if action == "aws:executeScript":
        if not _RUNTIMES.match(str(inputs.get("Runtime"))):
            yield f"unknown runtime {inputs.get('Runtime')}"
        elif not str(inputs["Runtime"]).startswith("python"):
            yield f"{inputs['Runtime']} cannot be carried out in the sandbox"
    if action == "aws:approve" and len(inputs.get("Approvers", ())) > MOST_APPROVERS:
        yield f"at most {MOST_APPROVERS} approvers"
    if action == "aws:sleep" and len({"Duration", "Timestamp"} & inputs.keys()) != 1:
        yield "aws:sleep has a Duration or a Timestamp"


def _bad_ways(step: Step, by_name: Mapping[str, Step]) -> Iterator[str]:
    """Where a step leads to must be there."""
    on_failure = str(step.get("onFailure", "Abort"))
    if on_failure not in ("Abort", "Continue"):
        kind, _, target = on_failure.partition(":")
        if kind != "step" or target not in by_name:
            yield f"onFailure {on_failure} leads nowhere"
    if "nextStep" in step and step["nextStep"] not in by_name:
        yield f"nextStep {step['nextStep']} leads nowhere"
    if step["action"] != "aws:branch":
        return
    inputs = step["inputs"]
    for choice in inputs.get("Choices", ()):
        if choice.get("NextStep") not in by_name:
            yield f"choice {choice.get('NextStep')} leads nowhere"
        yield from _bad_condition({k: v for k, v in choice.items() if k != "NextStep"})
    if "Default" in inputs and inputs["Default"] not in by_name:
        yield f"Default {inputs['Default']} leads nowhere"


def _bad_condition(condition: Mapping[str, Any]) -> Iterator[str]:
    for joint in ("And", "Or"):
        if joint in condition:
            for part in condition[joint]:
                yield from _bad_condition(part)
            return
    if "Not" in condition:
        yield from _bad_condition(condition["Not"])
        return
    operators = condition.keys() - {"Variable"}
    if "Variable" not in condition or len(operators) != 1 or not operators <= OPERATORS:
        yield "a choice has a Variable and one operator"


def _bad_limits(step: Step) -> Iterator[str]:
    most = {
        "aws:executeScript": LONGEST_SCRIPT,
        "aws:approve": LONGEST_WAIT_FOR_PERSON,
        "aws:pause": LONGEST_WAIT_FOR_PERSON,
    }.get(step["action"])
    limit = step.get("timeoutSeconds")
    if isinstance(limit, int) and (limit < 1 or (most and limit > most)):
        yield f"timeoutSeconds {limit} is not within 1 to {most}"
    attempts = step.get("maxAttempts", 1)
    if isinstance(attempts, int) and not 1 <= attempts <= 10:
        yield f"maxAttempts {attempts} is not within 1 to 10"


def _bad_references(document: Mapping[str, Any], by_name: Mapping[str, Step]) -> Iterator[str]:
    parameters = document.get("parameters") or {}
    places = [("assumeRole", document.get("assumeRole", ""))]
    places += [(f"step {name}", step.get("inputs")) for name, step in by_name.items()]
    places += [("outputs", "{{ " + one + " }}") for one in document.get("outputs", ())]
    for place, value in places:
        for name in references(value):
            if name in parameters or name.startswith(("global:", "automation:")):
                continue
            step_name, _, output = name.partition(".")
            step = by_name.get(step_name)
            if step is None or output not in outputs_of(step):
                yield f"{place}: {{{{ {name} }}}} refers to nothing"


def outputs_of(step: Step) -> frozenset[str]:
    """The names of a step's outputs, those that its action gives included."""
    declared = {output["Name"] for output in step.get("outputs", ())}
    return frozenset(declared) | PREDETERMINED.get(step["action"], frozenset())


def size(document: Mapping[str, Any]) -> int:
    """Bytes of a document as JSON."""
    return len(json.dumps(document).encode())
