"""The JSON Schema of a stack file, from the same models that read it: editors complete by it.

``python -m pulumi_upkeep.plan.schema`` writes ``stack.schema.json`` beside this file.
"""

import json
from pathlib import Path
from typing import Any

from .plan import Plan
from .read import NAMESPACE

SCHEMA_FILE = Path(__file__).with_name("stack.schema.json")

_SECURE = {
    "description": "A secret as `pulumi config set --secret` writes it.",
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def stack_schema() -> dict[str, Any]:
    """The schema of a whole stack file: the plan's chapters below ``config``, and Pulumi's keys."""
    plan = _closed(Plan.model_json_schema(by_alias=True))
    definitions = plan.pop("$defs")
    definitions["secure"] = _SECURE
    chapters = {f"{NAMESPACE}:{name}": value for name, value in plan["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack file with a maintenance plan",
        "description": plan["description"],
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": chapters,
                # Another key of the plan's namespace is a secret, or a mistake.
                "patternProperties": {
                    f"^{NAMESPACE}:(?!({'|'.join(plan['properties'])})$)": {
                        "$ref": "#/$defs/secure"
                    }
                },
                "required": [f"{NAMESPACE}:{name}" for name in plan["required"]],
            },
            "encryptionsalt": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "secretsprovider": {"type": "string"},
            "environment": {},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _closed(schema: Any) -> Any:
    """The schema with every table of names closed: a name of another pattern is a mistake."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "patternProperties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes the schema."""
    SCHEMA_FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
