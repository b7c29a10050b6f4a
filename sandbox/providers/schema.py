"""What the installed SDK accepts: input types read off its argument classes.

`pulumi_aws.sns.TopicArgs` says, in its annotations, each property's camelCase name, its type at any
depth, and whether it is required. That is the schema which the real provider checks against, and it
moves with the SDK's version by itself. Classes are imported when their type first occurs: a service
costs 20 to 500 ms.
"""

from __future__ import annotations

import collections.abc
import difflib
import enum
import functools
import importlib
import inspect
import keyword
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.providers.cloud import UNKNOWN, Failure, Properties

# Pulumi's own reading of its argument classes; `_types` is private, but its functions are what the
# SDK itself serialises by, so they cannot disagree with it.
from pulumi import _types  # isort: skip


@dataclass(frozen=True)
class Scalar:
    """A string, whole number, number or truth value."""

    python: type

    def faults(self, path: str, value: Any) -> Iterator[Failure]:
        if not self._accepts(value):
            yield Failure(path, f"expected {_WORDS[self.python]}, got {_shown(value)}")

    def _accepts(self, value: Any) -> bool:
        if self.python is float:
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        if self.python is int:
            return isinstance(value, int) and not isinstance(value, bool)
        return isinstance(value, self.python)


@dataclass(frozen=True)
class Choice:
    """One of an enum's values."""

    values: tuple[Any, ...]

    def faults(self, path: str, value: Any) -> Iterator[Failure]:
        if value not in self.values:
            known = ", ".join(str(choice) for choice in self.values)
            yield Failure(path, f"expected one of {known}, got {_shown(value)}")


@dataclass(frozen=True)
class ListOf:
    """A list."""

    item: Kind

    def faults(self, path: str, value: Any) -> Iterator[Failure]:
        if not isinstance(value, list):
            yield Failure(path, f"expected a list, got {_shown(value)}")
            return
        for index, item in enumerate(value):
            yield from _faults(self.item, f"{path}[{index}]", item)


@dataclass(frozen=True)
class MapOf:
    """An object with names of the user's own, such as tags."""

    item: Kind

    def faults(self, path: str, value: Any) -> Iterator[Failure]:
        if not isinstance(value, dict):
            yield Failure(path, f"expected an object, got {_shown(value)}")
            return
        for key, item in value.items():
            yield from _faults(self.item, f"{path}.{key}", item)


@dataclass(frozen=True)
class Anything:
    """A value that the SDK does not type (`Any`, JSON)."""

    def faults(self, path: str, value: Any) -> Iterator[Failure]:
        return iter(())


class ObjectOf:
    """An object with the properties of one argument class."""

    def __init__(self, arguments: type) -> None:
        self._arguments = arguments

    @functools.cached_property
    def properties(self) -> Mapping[str, Kind]:
        """The kind of each property, by camelCase name."""
        hints = _types.input_type_types(self._arguments)
        return {name: kind_of(hint) for name, hint in hints.items()}

    @functools.cached_property
    def required(self) -> tuple[str, ...]:
        """The camelCase names that the constructor has no default for."""
        names = _types.input_type_py_to_pulumi_names(self._arguments)
        parameters = inspect.signature(self._arguments).parameters.values()
        return tuple(
            names[parameter.name]
            for parameter in parameters
            if parameter.default is inspect.Parameter.empty and parameter.name in names
        )

    def faults(self, path: str, value: Any) -> Iterator[Failure]:
        if not isinstance(value, dict):
            yield Failure(path, f"expected an object, got {_shown(value)}")
            return
        before = f"{path}." if path else ""
        for name in self.required:
            if value.get(name) is None:
                yield Failure(before + name, f"missing required property {name!r}")
        for name, item in value.items():
            kind = self.properties.get(name)
            if kind is None:
                yield Failure(before + name, self._unknown(name))
            else:
                yield from _faults(kind, before + name, item)

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.properties, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"unknown property {name!r}{hint}"


Kind = Scalar | Choice | ListOf | MapOf | Anything | ObjectOf

_WORDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
_ABSTRACT_LISTS = (collections.abc.Sequence, list)
_ABSTRACT_MAPS = (collections.abc.Mapping, dict)


def arguments_of(package: str, token: str) -> ObjectOf | None:
    """The input type of a resource: `pulumi_aws`, `aws:sns/topic:Topic` -> that of `TopicArgs`.

    None when the SDK has no such type.
    """
    return _arguments_of(package, token)


@functools.cache
def _arguments_of(package: str, token: str) -> ObjectOf | None:
    _, _, rest = token.partition(":")
    module, _, name = rest.partition(":")
    module = module.partition("/")[0]
    # A module that would be a word of Python's own has an underscore behind it: `lambda_`.
    module += "_" if keyword.iskeyword(module) else ""
    path = package if module == "index" else f"{package}.{module}"
    try:
        home = importlib.import_module(path)
        # `InitArgs` where `Args` is the name of something nested in another type.
        arguments = getattr(home, f"{name}InitArgs", None) or getattr(home, f"{name}Args")
    except (ImportError, AttributeError):
        return None
    return ObjectOf(arguments)


def check(schema: ObjectOf, inputs: Properties) -> list[Failure]:
    """All faults of `inputs`: unknown, missing and wrongly typed properties at any depth. A value
    that is not known yet passes as anything."""
    given = {name: value for name, value in inputs.items() if not name.startswith("__")}
    return list(schema.faults("", given))


def _faults(kind: Kind, path: str, value: Any) -> Iterator[Failure]:
    if value is not None and value is not UNKNOWN:
        yield from kind.faults(path, value)


@functools.cache
def kind_of(hint: Any) -> Kind:
    """The kind that an annotation of the SDK means, without `Input` and `Optional`."""
    hint = _types.unwrap_type(hint)
    origin = typing.get_origin(hint)
    if origin is typing.Union or origin is types.UnionType:
        # What is left beside the plain type are Awaitable, Output, None, and the dictionary form of
        # an argument class. An open enum is `str` or the enum: any string will do.
        members = [member for member in typing.get_args(hint) if not _is_wrapping(member)]
        scalars = [member for member in members if member in _WORDS]
        return kind_of((scalars or members)[0]) if members else Anything()
    if origin in _ABSTRACT_LISTS:
        return ListOf(kind_of(typing.get_args(hint)[0]))
    if origin in _ABSTRACT_MAPS:
        return MapOf(kind_of(typing.get_args(hint)[1]))
    if hint in _WORDS:
        return Scalar(hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Choice(tuple(member.value for member in hint))
    if isinstance(hint, type) and _types.is_input_type(hint):
        return ObjectOf(hint)
    return Anything()


def _is_wrapping(member: Any) -> bool:
    import pulumi

    origin = typing.get_origin(member)
    return (
        member is type(None)
        or origin in (collections.abc.Awaitable, pulumi.Output)
        or member is pulumi.Output
        or typing.is_typeddict(member)
        or (isinstance(member, type) and _types.is_output_type(member))
    )


def _shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 60 else text[:57] + "..."
