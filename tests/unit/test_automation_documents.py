"""What the sandbox accepts of an Automation document, as CreateDocument does: both sides."""

import json
from typing import Any

import pytest

from sandbox.aws.automation.documents import BadDocument, checked
from sandbox.aws.automation.values import NoSuchValue, filled, selected

WAIT: dict[str, Any] = {"name": "wait", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}
CALL: dict[str, Any] = {
    "name": "call",
    "action": "aws:executeAwsApi",
    "inputs": {"Service": "rds", "Api": "DescribeDBInstances"},
    "outputs": [{"Name": "Id", "Selector": "$.DBInstances[0].Id", "Type": "String"}],
}


def document(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"schemaVersion": "0.3", "mainSteps": list(steps), **more}


def accepts(found: dict[str, Any]) -> None:
    checked(json.dumps(found), found)


@pytest.mark.parametrize(
    "good",
    [
        document(WAIT),
        document(WAIT, assumeRole="arn:aws:iam::1:role/r", description="x"),
        document({**WAIT, "nextStep": "call"}, CALL),
        document({**WAIT, "onFailure": "step:call"}, CALL),
        document(CALL, {**WAIT, "inputs": {"Duration": "{{ call.Id }}"}}),
        document(
            {**WAIT, "inputs": {"Duration": "{{ Wait }}"}}, parameters={"Wait": {"type": "String"}}
        ),
        document({"name": "pause", "action": "aws:pause", "inputs": {}}),
        document(
            WAIT, {**CALL, "inputs": {**CALL["inputs"], "X": "{{ automation:EXECUTION_ID }}"}}
        ),
    ],
)
def test_accepted(good: dict[str, Any]) -> None:
    accepts(good)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"schemaVersion": "2.2", "mainSteps": [WAIT]}, "schemaVersion of an Automation document"),
        (document(), "mainSteps holds no step"),
        (document(WAIT, WAIT), "step name wait stands twice"),
        (document({**WAIT, "action": "aws:nothing"}), "unknown action aws:nothing"),
        (document({**WAIT, "action": "aws:runCommand"}), "cannot be carried out in the sandbox"),
        (document({**WAIT, "name": "a-b"}), "letters, digits and underscores"),
        (document({**WAIT, "nextStep": "gone"}), "nextStep gone leads nowhere"),
        (document({**WAIT, "onFailure": "step:gone"}), "onFailure step:gone leads nowhere"),
        (document({**WAIT, "onFailure": "Retry"}), "onFailure Retry leads nowhere"),
        (document({**WAIT, "retries": 3}), "unknown property retries"),
        (document({**WAIT, "maxAttempts": 11}), "maxAttempts 11"),
        (document({**WAIT, "inputs": {}}), "a Duration or a Timestamp"),
        (document({**CALL, "inputs": {"Service": "rds"}}), "needs the input Api"),
        (document({**WAIT, "inputs": {"Duration": "{{ call.Id }}"}}), "refers to nothing"),
        (document(CALL, {**WAIT, "inputs": {"Duration": "{{ call.No }}"}}), "refers to nothing"),
        (document(WAIT, steps=[]), "unknown element steps"),
        (document({**CALL, "outputs": [{"Name": "Id", "Selector": "Id", "Type": "String"}]}), "$"),
        (
            document(
                {
                    "name": "script",
                    "action": "aws:executeScript",
                    "timeoutSeconds": 601,
                    "inputs": {"Runtime": "python3.11", "Handler": "h", "Script": ""},
                }
            ),
            "timeoutSeconds 601",
        ),
        (
            document(
                {
                    "name": "script",
                    "action": "aws:executeScript",
                    "inputs": {"Runtime": "python2.7", "Handler": "h", "Script": ""},
                }
            ),
            "unknown runtime python2.7",
        ),
        (
            document(
                {
                    "name": "ask",
                    "action": "aws:approve",
                    "inputs": {"Approvers": [f"role-{number}" for number in range(11)]},
                }
            ),
            "at most 10 approvers",
        ),
        (
            document(
                {
                    "name": "which",
                    "action": "aws:branch",
                    "inputs": {"Choices": [{"NextStep": "gone", "Variable": "x"}]},
                }
            ),
            "choice gone leads nowhere",
        ),
        (document(WAIT, description="x" * 70_000), "larger than 65536 bytes"),
    ],
)
def test_refused(bad: dict[str, Any], why: str) -> None:
    with pytest.raises(BadDocument) as refused:
        accepts(bad)
    assert why in str(refused.value)


def test_all_faults_at_once() -> None:
    with pytest.raises(BadDocument) as refused:
        accepts(document({**WAIT, "nextStep": "gone"}, {**CALL, "action": "aws:nothing"}))
    assert "nextStep gone" in str(refused.value)
    assert "unknown action" in str(refused.value)


def test_a_reference_alone_keeps_its_type_and_within_a_text_is_written_out() -> None:
    values = {"step.Port": 5432, "step.List": ["a"], "step.Text": "x"}
    found = filled(
        {"port": "{{ step.Port }}", "said": "at {{step.Port}}: {{ step.List }}", "n": 1},
        values.__getitem__,
    )
    assert found == {"port": 5432, "said": 'at 5432: ["a"]', "n": 1}


def test_selectors() -> None:
    answer = {"A": [{"B": {"C": 1}}, {"B": {"C": 2}}]}
    assert selected("$.A[1].B.C", answer) == 2
    assert selected("$.A[*].B.C", answer) == [1, 2]
    assert selected("$", answer) == answer
    for nothing in ("$.X", "$.A[2]", "$.A.B"):
        with pytest.raises(NoSuchValue):
            selected(nothing, answer)
    with pytest.raises(ValueError, match="begins with"):
        selected("A", answer)
