"""The package schema: what Pulumi's other languages know of the components.

``python -m pulumi_upkeep.schema`` writes it to ``schema.json`` beside this file; a test holds the
two together.
"""

import json
from pathlib import Path

import pulumi
from pulumi.provider.experimental.component import ComponentProvider

import pulumi_upkeep

# Of the distribution; a test compares it with pyproject.toml.
VERSION = "0.1.0"
# The package of the tokens: upkeep:index:<Class>.
PACKAGE = "upkeep"
PATH = Path(__file__).with_name("schema.json")


def components() -> list[type[pulumi.ComponentResource]]:
    """Every public component, sorted by name."""
    public = (getattr(pulumi_upkeep, name) for name in sorted(pulumi_upkeep.__all__))
    return [
        found
        for found in public
        if isinstance(found, type) and issubclass(found, pulumi.ComponentResource)
    ]


def package_schema() -> str:
    """The schema as JSON text, the same bytes for the same components."""
    schema = json.loads(ComponentProvider(components(), PACKAGE, None, VERSION).schema or "{}")
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(package_schema(), encoding="utf-8")
