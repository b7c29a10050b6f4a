"""Pulumi's properties as Datadog's JSON, and back, by declaration.

A `Form` turns one value both ways. `Object` gives each property a place in the JSON object it
belongs to; `object_of` derives that from a model of Datadog's client, whose attributes have the
provider's names, so that only what differs has to be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from datadog_api_client.model_utils import ModelNormal

from sandbox.providers.cloud import CloudError


class Form(Protocol):
    """One value's two forms. Neither method is called for a value that is absent."""

    def encode(self, value: Any) -> Any:
        """Pulumi's value as Datadog's."""
        ...

    def decode(self, value: Any) -> Any:
        """Datadog's value as Pulumi's."""
        ...


class _Same:
    def encode(self, value: Any) -> Any:
        return value

    def decode(self, value: Any) -> Any:
        return value


SAME = _Same()
"""A value that is the same on both sides."""


@dataclass(frozen=True)
class Converted:
    """A scalar with another type on each side."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


@dataclass(frozen=True)
class Items:
    """A list."""

    item: Form

    def encode(self, value: list[Any]) -> list[Any]:
        return [self.item.encode(entry) for entry in value]

    def decode(self, value: list[Any]) -> list[Any]:
        return [self.item.decode(entry) for entry in value]


@dataclass(frozen=True)
class Sole:
    """An object here, a list with that one object there."""

    item: Form

    def encode(self, value: Any) -> list[Any]:
        return [self.item.encode(value)]

    def decode(self, value: list[Any]) -> Any:
        return self.item.decode(value[0]) if value else None


@dataclass(frozen=True)
class Place:
    """Where a property is found: a dotted path in the JSON object, and the form it has there."""

    path: str
    form: Form = SAME


@dataclass(frozen=True)
class Object:
    """An object, property by property. `defaults` are what the official provider sends, by path,
    where a property is not given."""

    places: Mapping[str, Place]
    defaults: Mapping[str, Any]

    def encode(self, value: Mapping[str, Any]) -> dict[str, Any]:
        encoded: dict[str, Any] = {}
        for path, default in self.defaults.items():
            _put(encoded, path, default)
        for name, item in value.items():
            if is_absent(item):
                continue
            if name not in self.places:
                raise CloudError(f"the sandbox does not translate the property {name!r} yet")
            _put(encoded, self.places[name].path, self.places[name].form.encode(item))
        return encoded

    def decode(self, value: Mapping[str, Any]) -> dict[str, Any]:
        decoded = {}
        for name, place in self.places.items():
            found = get(value, place.path)
            if is_absent(found):
                continue
            item = place.form.decode(found)
            if not is_absent(item) and item != {}:
                decoded[name] = item
        return decoded


@dataclass(frozen=True)
class Listed:
    """A list here, one object there: a block that the provider allows once, declared as many."""

    item: Form

    def encode(self, value: list[Any]) -> Any:
        if len(value) > 1:
            raise CloudError(f"only one is possible here, got {len(value)}")
        return self.item.encode(value[0]) if value else None

    def decode(self, value: Any) -> list[Any]:
        return [self.item.decode(value)]


def within(path: str, inner: Object, **others: Place) -> Object:
    """An object whose properties lie below a path there, such as the attributes of JSON:API.

    others: further properties, with their whole paths.
    """
    places = {name: Place(f"{path}.{p.path}", p.form) for name, p in inner.places.items()}
    defaults = {f"{path}.{name}": value for name, value in inner.defaults.items()}
    return Object({**places, **others}, defaults)


def object_of(
    model: type[ModelNormal],
    *,
    without: tuple[str, ...] = (),
    defaults: Mapping[str, Any] | None = None,
    **places: Place | Form,
) -> Object:
    """The object that a model of Datadog's client describes, at any depth.

    without: attributes that are no property of their own here.
    places: what differs, by property; a bare form keeps the place that the model gives.
    """
    derived: dict[str, Place] = {}
    for attribute, path in model.attribute_map.items():
        if attribute not in without:
            derived[_property(attribute)] = Place(path, _form_of(model.openapi_types[attribute]))
    for name, place in places.items():
        if not isinstance(place, Place):
            place = Place(derived[name].path, place)
        derived[name] = place
    return Object(derived, defaults or {})


def is_absent(value: Any) -> bool:
    """Whether a value says nothing: providers treat an empty text like none."""
    return value is None or value == ""


def _form_of(types: tuple[Any, ...]) -> Form:
    kind = types[0]
    if isinstance(kind, list) and _is_object(kind[0]):
        return Items(object_of(kind[0]))
    return object_of(kind) if _is_object(kind) else SAME


def _is_object(kind: Any) -> bool:
    return (
        isinstance(kind, type) and issubclass(kind, ModelNormal) and hasattr(kind, "attribute_map")
    )


def _property(attribute: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), attribute.strip("_"))


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    if isinstance(value, dict) and isinstance(target.get(last), dict):
        target[last].update(value)
    else:
        target[last] = value.copy() if isinstance(value, (dict, list)) else value


def get(source: Mapping[str, Any], path: str) -> Any:
    """What is at a dotted path of an object; None when there is nothing."""
    value: Any = source
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
