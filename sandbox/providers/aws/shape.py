"""How one API's words and the SDK's properties translate into each other, as data.

A shape lists properties. Each entry is written once and read both ways: into the request of a
create or update, and out of the description that the API answers with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.providers.cloud import UNKNOWN, Properties, has_unknown


@dataclass(frozen=True)
class Prop:
    """One property of a resource, or of an object inside one.

    name: camelCase, as in the SDK. api: the API's name for it; default `name` with a capital.
    shape: the properties of an object (`many`: of each object of a list).
    default: what the provider or AWS takes when nothing is declared; such a value equals none.
    default_sent: whether the default goes into requests (the provider's own) or not (AWS's).
    computed: AWS chooses a value when none is declared, so none declared is never a change.
    unordered: AWS keeps a set; order is no difference.
    json: a JSON document in a string, compared by meaning.
    sent: False where a call of its own carries it, or where AWS never hears of it.
    to, back: other translations, SDK to API and API to SDK.
    plain: the form to compare by, where two spellings mean one thing (an id and its ARN).
    covers: whether what is declared holds for what is there, where it may say less (version 16).
    """

    name: str
    api: str = ""
    shape: Shape | None = None
    many: bool = False
    default: Any = None
    default_sent: bool = False
    computed: bool = False
    unordered: bool = False
    json: bool = False
    sent: bool = True
    to: Callable[[Any], Any] | None = None
    back: Callable[[Any], Any] | None = None
    plain: Callable[[Any], Any] | None = None
    covers: Callable[[Any, Any], bool] | None = None

    @property
    def key(self) -> str:
        """The API's name for it."""
        return self.api or self.name[0].upper() + self.name[1:]


Shape = tuple[Prop, ...]


def plain(*names: str, **renamed: str) -> Shape:
    """Properties with nothing special about them: by name, or as `name="TheApisName"`."""
    return tuple(Prop(name) for name in names) + tuple(
        Prop(name, api) for name, api in renamed.items()
    )


def unordered(*names: str, **renamed: str) -> Shape:
    """Plain properties that are sets in AWS."""
    return tuple(replace(prop, unordered=True) for prop in plain(*names, **renamed))


def computed(*names: str, **renamed: str) -> Shape:
    """Plain properties that AWS fills in when they are not declared."""
    return tuple(replace(prop, computed=True) for prop in plain(*names, **renamed))


def pairs(key: str, value: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """The two ways between `{"a": 1}` and `[{key: "a", value: 1}]`."""

    def to(mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [{key: name, value: item} for name, item in sorted(mapping.items())]

    def back(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return {item[key]: item[value] for item in items}

    return to, back


def to_api(shape: Shape, values: Properties) -> dict[str, Any]:
    """The request's parameters for `values`; what is not declared is left out."""
    request: dict[str, Any] = {}
    for prop in shape:
        value = values.get(prop.name)
        if _is_nothing(value):
            value = prop.default if prop.default_sent else None
        if value is None or not prop.sent:
            continue
        request[prop.key] = _to_api(prop, value)
    return request


def _to_api(prop: Prop, value: Any) -> Any:
    if prop.to is not None:
        return prop.to(value)
    if prop.shape is None:
        return value
    if prop.many:
        return [to_api(prop.shape, item) for item in value]
    return to_api(prop.shape, value)


def from_api(shape: Shape, document: Mapping[str, Any]) -> Properties:
    """The properties that an API's description says."""
    values: Properties = {}
    for prop in shape:
        value = document.get(prop.key)
        if value is None or value == "":
            continue
        value = _from_api(prop, value)
        if value is not None:
            values[prop.name] = value
    return values


def _from_api(prop: Prop, value: Any) -> Any:
    if prop.back is not None:
        return prop.back(value)
    if prop.shape is None:
        return value
    if prop.many:
        return [from_api(prop.shape, item) for item in value]
    return from_api(prop.shape, value) or None


def meaning(prop: Prop, value: Any) -> Any:
    """`value` in the form in which it is compared: equal meanings are equal values.

    "", [], {} and None all mean that nothing is declared, which means the default.
    """
    if _is_nothing(value):
        value = prop.default
    if value is None or value is UNKNOWN:
        return value
    if prop.shape is not None:
        if isinstance(value, list):
            objects = [_object_meaning(prop.shape, item) for item in value]
            return _sorted(objects) if prop.unordered else objects
        return _object_meaning(prop.shape, value) or None
    if prop.json and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if prop.plain is not None and not has_unknown(value):
        if isinstance(value, list):
            value = [prop.plain(item) for item in value]
        else:
            value = prop.plain(value)
    if prop.unordered and isinstance(value, list):
        return _sorted(value)
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if item is not None}
    return value


def same(prop: Prop, declared: Any, actual: Any) -> bool:
    """Whether the cloud holds what is declared; what is not declared may be as AWS chose it."""
    if _is_nothing(declared) and prop.computed:
        return True
    if prop.covers is not None and declared is not UNKNOWN and actual is not None:
        return prop.covers(declared, actual)
    wanted = meaning(prop, declared)
    return bool(wanted == meaning(prop, _trimmed(prop, declared, actual)))


def _trimmed(prop: Prop, declared: Any, actual: Any) -> Any:
    """`actual` without what AWS chose by itself inside objects."""
    if prop.shape is None:
        return actual
    if isinstance(declared, dict) and isinstance(actual, dict):
        return {
            inner.name: _trimmed(inner, declared.get(inner.name), actual.get(inner.name))
            for inner in prop.shape
            if not (inner.computed and _is_nothing(declared.get(inner.name)))
        }
    if isinstance(declared, list) and isinstance(actual, list) and len(declared) == len(actual):
        one = replace(prop, many=False)
        return [_trimmed(one, mine, its) for mine, its in zip(declared, actual, strict=True)]
    return actual


def _object_meaning(shape: Shape, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    meanings = {prop.name: meaning(prop, value.get(prop.name)) for prop in shape}
    return {name: item for name, item in meanings.items() if item is not None}


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str))


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)
