"""A program with every example of `tests/datadog_types.py`, declared straight on the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_upkeep import datadog

from tests.datadog_types import EXAMPLES, Ref


class _Thing(pulumi.CustomResource):
    """A resource by its token alone: nothing of an SDK stands between it and the stand-in."""


def program(changed: bool) -> None:
    """Declare one of each; `changed`: as each is after its change."""
    provider = datadog.Provider("datadog", datadog.ProviderArgs(api_key="key", app_key="key"))
    made: dict[str, _Thing] = {}
    for name, example in EXAMPLES.items():
        inputs = _filled(example.changed if changed else example.inputs, made)
        after = [made[other] for other in example.after]
        options = pulumi.ResourceOptions(provider=provider, depends_on=after)
        outputs = dict.fromkeys(example.outputs)
        made[name] = _Thing(example.token, name, {**outputs, **inputs}, options)


def _filled(value: Any, made: Mapping[str, _Thing]) -> Any:
    if isinstance(value, Ref):
        assert value.output == "id"
        return made[value.example].id.apply(value.fill)
    if isinstance(value, dict):
        return {name: _filled(item, made) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, made) for item in value]
    return value
