"""What differs between what is declared and what is there, and where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.providers.cloud import UNKNOWN, Properties


def _default_tags(config: Properties) -> dict[str, str]:
    block = config.get("defaultTags")
    tags = block.get("tags") if isinstance(block, dict) else None
    return dict(tags or {})


def all_tags(inputs: Properties, config: Properties) -> dict[str, str]:
    """The resource's own tags over the provider's default ones."""
    own = inputs.get("tags")
    return {**_default_tags(config), **(own if isinstance(own, dict) else {})}


def with_own_tags(
    declared: Properties, tags: Mapping[str, str], inputs: Properties, config: Properties
) -> Properties:
    """`declared` with the tags that are its own: those in the cloud less the provider's."""
    defaults = _default_tags(config)
    before = inputs.get("tags") or {}
    own = {
        key: value
        for key, value in sorted(tags.items())
        if key in before or defaults.get(key) != value
    }
    rest = {key: value for key, value in declared.items() if key != "tags"}
    return {**rest, "tags": own} if own or "tags" in inputs else rest


def tag_changes(
    inputs: Properties, old_inputs: Properties, old_outputs: Properties, config: Properties
) -> dict[str, str]:
    """The changed paths of `tags`, and of `tagsAll` where only the provider's tags changed."""
    own = inputs.get("tags") or {}
    before = old_inputs.get("tags") or {}
    if own is UNKNOWN or before is UNKNOWN:
        return {"tags": "update"}
    changed = {
        _joined("tags", key): kind_of_change(before.get(key), own.get(key))
        for key in sorted(own.keys() | before.keys())
        if own.get(key) != before.get(key)
    }
    all_before, all_now = old_outputs.get("tagsAll") or {}, all_tags(inputs, config)
    for key in sorted(all_before.keys() | all_now.keys()):
        if all_before.get(key) != all_now.get(key) and _joined("tags", key) not in changed:
            changed[_joined("tagsAll", key)] = kind_of_change(all_before.get(key), all_now.get(key))
    return changed


def kind_of_change(old: Any, new: Any) -> str:
    """Whether it is an "add", an "update" or a "delete"."""
    if old is None:
        return "add"
    return "delete" if new is None else "update"


def paths(
    path: str, before: Any, value: Any, old: Any, new: Any, *, exact: bool = True
) -> dict[str, str]:
    """The deepest paths at which two values differ. `old` and `new` are the comparable forms."""
    if exact and isinstance(old, dict) and isinstance(new, dict) and isinstance(value, dict):
        changed: dict[str, str] = {}
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                inside = before.get(key) if isinstance(before, dict) else None
                changed |= paths(
                    _joined(path, key), inside, value.get(key), old.get(key), new.get(key)
                )
        return changed
    lists = (old, new, before, value)
    if exact and all(isinstance(it, list) and len(it) == len(old) for it in lists):
        changed = {}
        for index, (was, now) in enumerate(zip(old, new, strict=True)):
            if was != now:
                at = f"{path}[{index}]"
                changed |= paths(at, before[index], value[index], was, now)
        return changed
    return {path: kind_of_change(old, new)}


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if re.fullmatch(r"[A-Za-z_][\w-]*", key) else f'{path}["{key}"]'


def root(path: str) -> str:
    """The property at the top level: `rules[0].schedule` -> `rules`."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]
