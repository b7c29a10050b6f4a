"""What the installed pulumi-datadog accepts, read off its source without importing it.

Importing any part of the package takes seconds and hundreds of megabytes. Its argument classes are
generated in one form, so the few that are needed are found in the source by name and parsed alone:
milliseconds each.
"""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import importlib.util
import mmap
import re
from collections.abc import Mapping
from pathlib import Path

from sandbox.providers.schema import Anything, Kind, ListOf, MapOf, ObjectOf, Scalar

PACKAGE = "pulumi_datadog"
_SCALARS = {"str": str, "int": int, "float": float, "bool": bool}


class ArgumentClass(ObjectOf):
    """An object with the properties of one argument class of the SDK's source."""

    def __init__(self, name: str, module: Path) -> None:
        self._name = name
        self._module = module

    @functools.cached_property
    def _class(self) -> ast.ClassDef:
        return _class_in(self._module, self._name)

    @functools.cached_property
    def properties(self) -> Mapping[str, Kind]:
        """The kind of each property, by camelCase name."""
        return {
            name: _kind(getter.returns)
            for name, getter in _getters(self._class)
            if getter.returns is not None
        }

    @functools.cached_property
    def required(self) -> tuple[str, ...]:
        """The camelCase names that the constructor has no default for."""
        names = {getter.name: name for name, getter in _getters(self._class)}
        constructor = next(
            node
            for node in self._class.body
            if isinstance(node, ast.FunctionDef) and node.name == "__init__"
        ).args
        return tuple(
            names[argument.arg]
            for argument, default in zip(
                constructor.kwonlyargs, constructor.kw_defaults, strict=True
            )
            if default is None
        )


def version() -> str:
    """The version of the installed SDK."""
    return importlib.metadata.version(PACKAGE.replace("_", "-"))


@functools.cache
def arguments_of(token: str) -> ObjectOf | None:
    """The input type of a resource such as `datadog:index/monitor:Monitor`; None if unknown."""
    match = re.fullmatch(r"datadog:(\w+)/\w+:(\w+)", token)
    if match is None:
        return None
    folder = _folder() if match[1] == "index" else _folder() / match[1]
    return _argument_class(folder, match[2])


@functools.cache
def provider_arguments() -> ObjectOf:
    """The provider's own configuration."""
    arguments = _argument_class(_folder(), "Provider")
    assert arguments is not None
    return arguments


def _argument_class(folder: Path, name: str) -> ArgumentClass | None:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    module = folder / f"{snake}.py"
    if not module.is_file():
        return None
    return ArgumentClass(f"{name}Args", module)


@functools.cache
def _folder() -> Path:
    # For a package at the top this only looks; it runs nothing of it.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed", name=PACKAGE)
    return Path(spec.origin).parent


def _class_in(module: Path, name: str) -> ast.ClassDef:
    with module.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        start = text.find(f"\nclass {name}:\n".encode())
        if start < 0:
            raise LookupError(f"{module.name} has no class {name}")
        # The class ends where the next thing at the margin begins.
        ends = (text.find(mark, start + 1) for mark in (b"\nclass ", b"\n@", b"\nif "))
        end = min((end for end in ends if end >= 0), default=len(text))
        source = text[start:end].decode()
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.ClassDef)
    return node


def _getters(class_: ast.ClassDef) -> list[tuple[str, ast.FunctionDef]]:
    """The methods marked `@pulumi.getter`, by the name of the property each stands for."""
    found = []
    for node in class_.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            if text == "pulumi.getter":
                found.append((node.name, node))
            elif match := re.fullmatch(r"pulumi\.getter\(name='(\w+)'\)", text):
                found.append((match[1], node))
    return found


def _kind(annotation: ast.expr) -> Kind:
    """What an annotation means with `Input` and `Optional` taken off."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ArgumentClass(annotation.value, _folder() / "_inputs.py")
    if isinstance(annotation, ast.Subscript):
        outer = ast.unparse(annotation.value).rpartition(".")[2]
        inner = annotation.slice
        if outer in ("Input", "Optional"):
            return _kind(inner)
        if outer == "Sequence":
            return ListOf(_kind(inner))
        if outer == "Mapping" and isinstance(inner, ast.Tuple):
            return MapOf(_kind(inner.elts[1]))
    name = ast.unparse(annotation).rpartition(".")[2]
    if name in _SCALARS:
        return Scalar(_SCALARS[name])
    if name == "Any":
        return Anything()
    raise LookupError(f"an annotation of an unknown form: {ast.unparse(annotation)}")
