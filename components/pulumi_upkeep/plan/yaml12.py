"""YAML as the engine reads it: the core schema of YAML 1.2, and no key twice.

PyYAML by itself reads YAML 1.1, where ``14:00`` is the number 840, ``no`` is false, ``on`` is true
and ``2026-11-01`` a date. The engine reads all of them as text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import yaml

from .faults import Fault, PlanError

# libyaml where PyYAML has it: a stack file in a few milliseconds.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CoreLoader(_Base):  # type: ignore[misc]
    """A safe loader with the scalars of the YAML 1.2 core schema."""

    yaml_implicit_resolvers: ClassVar[dict[str | None, list[tuple[str, re.Pattern[str]]]]] = {}


def _duplicates(node: Any, path: tuple[str, ...], seen: set[int]) -> Iterator[Fault]:
    """Every key that stands twice in one block, by its path."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, (*path, str(index)), seen)
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in first:
            yield Fault(
                ".".join((*path, name)),
                f"stands twice, on line {first[name]} and on line {line}",
                None,
                "give each its own name, or leave one out",
            )
        first.setdefault(name, line)
        yield from _duplicates(value, (*path, name), seen)


def _resolve(tag: str, pattern: str, first: str) -> None:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


# YAML 1.2.2, 10.3.2: tag resolution of the core schema.
_resolve("null", r"^(?:~|null|Null|NULL|)$", "~nN")
CoreLoader.yaml_implicit_resolvers.setdefault("", []).append(
    ("tag:yaml.org,2002:null", re.compile(r"^$"))
)
_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789")
_resolve(
    "float",
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
    "-+0123456789.",
)
_resolve("merge", r"^<<$", "<")


def _construct_int(loader: Any, node: yaml.ScalarNode) -> int:
    text = node.value
    if text.startswith("0o"):
        return int(text[2:], 8)
    return int(text, 16) if text.startswith("0x") else int(text)


CoreLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)


def parse_yaml(text: str, name: str, path_of: Callable[[str], str] = str) -> Any:
    """The document of a text; ``name`` is what faults call it, ``path_of`` how they say a path.

    Raises :class:`PlanError` with one line that names file, line and column where it is not YAML,
    and with every key that stands twice in one block.
    """
    loader: Any = None
    try:
        loader = CoreLoader(text)
        root = loader.get_single_node()
        duplicates = list(_duplicates(root, (), set()))
        document = loader.construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}, line {mark.line + 1}, column {mark.column + 1}" if mark else name
        # Only the problem: libyaml's context repeats the place, and one line is to be read.
        raise PlanError(
            [Fault(where, f"not YAML: {error.problem or error.context}")], name
        ) from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise PlanError([Fault(name, f"not YAML: {reason}")], name) from None
    finally:
        if loader is not None:
            loader.dispose()
    if duplicates:
        raise PlanError([replace(fault, path=path_of(fault.path)) for fault in duplicates], name)
    return document
