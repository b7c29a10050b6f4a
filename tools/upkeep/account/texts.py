"""What stands in texts of the cloud, which both readers come upon: documents, inputs, policies,
dashboards."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.upkeep.account.seen import Fact
from tools.upkeep.account.steps import does


def name_at_end(arn: str) -> str:
    """The name at the end of an ARN, or of what is written like one."""
    return arn.rpartition(":")[2].rpartition("/")[2]


def document(name: str, region: str, type_: str, content: str) -> Fact:
    """A document's fact, from the text of its content."""
    try:
        read = json.loads(content)
    except ValueError:
        read = {}
    return {
        "name": name,
        "region": region,
        "type": type_,
        "steps": [
            {
                "name": step["name"],
                "action": step["action"],
                "seconds": step.get("timeoutSeconds"),
                "calls": ".".join(
                    str(step["inputs"][key])
                    for key in ("Service", "Api")
                    if key in (step.get("inputs") or {})
                ),
                "does": does(step),
            }
            for step in read.get("mainSteps") or ()
        ],
    }


def input_of(text: str) -> Mapping[str, Any]:
    """A schedule's input, with the name of a topic instead of its ARN."""
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(read, dict):
        return {}
    return {key: name_at_end(value) if key == "TopicArn" else value for key, value in read.items()}


def statements_of(policy: Any) -> list[Mapping[str, Any]]:
    """A policy's statements, with lists where IAM allows a single one."""
    read = json.loads(policy) if isinstance(policy, str) else policy
    return [
        {
            "effect": each["Effect"],
            "actions": _list(each.get("Action")),
            "resources": _list(each.get("Resource")),
            "conditions": each.get("Condition") or {},
            "principals": [
                who for kind in (each.get("Principal") or {}).values() for who in _list(kind)
            ]
            if isinstance(each.get("Principal"), dict)
            else [],
        }
        for each in _list(read.get("Statement"))
    ]


def queries_of(node: Any) -> Iterator[str]:
    """Every query of a dashboard's document."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("query", "q") and isinstance(value, str):
                yield value
            else:
                yield from queries_of(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for each in node:
            yield from queries_of(each)


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
