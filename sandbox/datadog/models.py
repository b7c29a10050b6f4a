"""Strict checking of JSON against the models of Datadog's own client.

The client itself is lenient, so that an old one can read a newer answer: unknown fields are kept
and unknown enum values set aside. A sandbox must be strict, so its models are read here as a
schema: types, required fields, enum values, ranges, alternatives, at any depth.
"""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from datadog_api_client.model_utils import ModelComposed, ModelNormal, ModelSimple

_WORDS = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    type(None): "null",
    datetime: "a time",
    date: "a date",
    UUID: "a UUID",
}
_PARSERS: Mapping[type, Callable[[str], object]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    UUID: UUID,
}
# The client's declared bounds, by the name its models give them.
_BOUNDS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "inclusive_minimum": ("at least", lambda value, bound: value >= bound),
    "inclusive_maximum": ("at most", lambda value, bound: value <= bound),
    "min_length": ("at least, in length,", lambda value, bound: len(value) >= bound),
    "max_length": ("at most, in length,", lambda value, bound: len(value) <= bound),
    "min_items": ("at least, in entries,", lambda value, bound: len(value) >= bound),
    "max_items": ("at most, in entries,", lambda value, bound: len(value) <= bound),
}


def faults(model: type, payload: Any) -> list[str]:
    """All faults of ``payload``, JSON as Python values, against a model; empty when it fits."""
    return list(_model_faults(model, payload, ""))


def _model_faults(model: type, value: Any, path: str) -> Iterator[str]:
    if issubclass(model, ModelComposed):
        alternatives = tuple(model._composed_schemas["oneOf"])
        yield from _alternative_faults(alternatives, value, path)
    elif issubclass(model, ModelSimple):
        yield from _simple_faults(model, value, path)
    elif not isinstance(value, dict):
        yield f"{_at(path)}expected an object, got {_shown(value)}"
    else:
        yield from _object_faults(model, value, path)


def _simple_faults(model: type[ModelSimple], value: Any, path: str) -> Iterator[str]:
    allowed = model.allowed_values
    if allowed and value not in allowed:
        known = ", ".join(sorted(map(str, allowed)))
        yield f"{_at(path)}{_shown(value)} is none of: {known}"
    elif not allowed:
        yield from _alternative_faults(model.openapi_types["value"], value, path)


def _object_faults(model: type, value: dict[str, Any], path: str) -> Iterator[str]:
    attributes = {json: name for name, json in getattr(model, "attribute_map", {}).items()}
    types: Mapping[str, tuple[Any, ...]] = getattr(model, "openapi_types", {})
    free = None
    if "additional_properties_type" in vars(model):
        free = vars(model)["additional_properties_type"].__get__(None, model)
    for name in sorted(_required(model) - value.keys()):
        yield f"{_at(path)}missing required field {name!r}"
    for name, item in value.items():
        where = f"{path}.{name}" if path else name
        if name in attributes:
            yield from _alternative_faults(types[attributes[name]], item, where)
            bounds = getattr(model, "validations", {}).get(attributes[name], {})
            yield from _bound_faults(bounds, item, where)
        elif free is not None:
            # Headers and other maps with names of the user's own.
            yield from _alternative_faults(free, item, where)
        else:
            yield f"{_at(path)}unknown field {name!r}"


def _bound_faults(bounds: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    for name, bound in bounds.items():
        if name not in _BOUNDS or value is None or isinstance(value, bool):
            continue
        words, holds = _BOUNDS[name]
        try:
            kept = holds(value, bound)
        except TypeError:
            continue  # a value of the wrong type is reported as that
        if not kept:
            yield f"{_at(path)}must be {words} {bound}, got {_shown(value)}"


def _alternative_faults(
    alternatives: tuple[Any, ...] | None, value: Any, path: str
) -> Iterator[str]:
    """Nothing where one alternative fits; else the faults of the nearest one."""
    if alternatives is None:
        yield f"{_at(path)}takes nothing"
        return
    found = [list(_type_faults(kind, value, path)) for kind in alternatives]
    if found and all(found):
        yield from min(found, key=len)


def _type_faults(kind: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(kind, list):
        if not isinstance(value, list):
            yield f"{_at(path)}expected a list, got {_shown(value)}"
            return
        for index, item in enumerate(value):
            yield from _alternative_faults(tuple(kind), item, f"{path}[{index}]")
    elif isinstance(kind, dict):
        if not isinstance(value, dict):
            yield f"{_at(path)}expected an object, got {_shown(value)}"
            return
        inner = next(iter(kind.values()))
        for name, item in value.items():
            yield from _alternative_faults(inner, item, f"{path}.{name}")
    elif isinstance(kind, tuple):
        yield from _alternative_faults(kind, value, path)
    elif issubclass(kind, (ModelComposed, ModelSimple, ModelNormal)):
        yield from _model_faults(kind, value, path)
    elif not _is(kind, value):
        yield f"{_at(path)}expected {_WORDS.get(kind, kind.__name__)}, got {_shown(value)}"


def _is(kind: type, value: Any) -> bool:
    if kind in (int, float):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        fits = whole if kind is int else isinstance(value, (int, float))
        return fits and not isinstance(value, bool)
    if kind in (datetime, date, UUID):
        try:
            _PARSERS[kind](value)
        except (TypeError, ValueError, AttributeError):
            return False
        return True
    return isinstance(value, kind)


@functools.cache
def _required(model: type) -> frozenset[str]:
    names = getattr(model, "attribute_map", {})
    parameters = inspect.signature(model.__init__).parameters.values()  # type: ignore[misc]
    return frozenset(
        names[parameter.name]
        for parameter in parameters
        if parameter.name in names and parameter.default is inspect.Parameter.empty
    )


def _at(path: str) -> str:
    return f"{path}: " if path else ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
