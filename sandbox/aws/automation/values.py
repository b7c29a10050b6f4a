"""Values of a run: references in double braces, selectors, and the text that AWS shows."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

REFERENCE = re.compile(r"\{\{\s*([A-Za-z0-9_:.-]+)\s*\}\}")
_PART = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+|\*)\]|\['([^']+)'\]")

Find = Callable[[str], Any]


class NoSuchValue(Exception):
    """A reference or a selector that leads nowhere."""


def references(value: Any) -> Iterator[str]:
    """The names that stand in double braces anywhere in a value."""
    if isinstance(value, str):
        yield from REFERENCE.findall(value)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from references(key)
            yield from references(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from references(one)


def filled(value: Any, find: Find) -> Any:
    """A value with its references replaced.

    A text that is one reference becomes what it refers to, of its type; within a longer text the
    value is written out.
    """
    if isinstance(value, str):
        whole = REFERENCE.fullmatch(value.strip())
        if whole:
            return find(whole.group(1))
        return REFERENCE.sub(lambda one: as_text(find(one.group(1))), value)
    if isinstance(value, Mapping):
        return {key: filled(one, find) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(one, find) for one in value]
    return value


def selected(selector: str, document: Any) -> Any:
    """What a JSONPath finds: members, indices and ``[*]``.

    Raises NoSuchValue where nothing is there, ValueError for a path in another form.
    """
    if not selector.startswith("$"):
        raise ValueError(f"a selector begins with $: {selector}")
    found = [document]
    many = False
    position = 1
    while position < len(selector):
        part = _PART.match(selector, position)
        if part is None:
            raise ValueError(f"not a selector that is understood here: {selector}")
        position = part.end()
        key, index, quoted = part.groups()
        if index == "*":
            many = True
            found = [one for each in found for one in _items(each, selector)]
        elif index is not None:
            found = [_at(each, int(index), selector) for each in found]
        else:
            found = [_member(each, key or quoted, selector) for each in found]
    return found if many else found[0]


def _items(value: Any, selector: str) -> list[Any]:
    if not isinstance(value, list):
        raise NoSuchValue(f"{selector} finds no list")
    return value


def _at(value: Any, index: int, selector: str) -> Any:
    if not isinstance(value, list) or index >= len(value):
        raise NoSuchValue(f"{selector} finds nothing")
    return value[index]


def _member(value: Any, key: str, selector: str) -> Any:
    if not isinstance(value, Mapping) or key not in value:
        raise NoSuchValue(f"{selector} finds nothing")
    return value[key]


def plain(value: Any) -> Any:
    """An answer of boto3 as plain JSON data, without its metadata."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items() if key != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "read"):
        return plain(value.read())
    return value


def as_text(value: Any) -> str:
    """A value as AWS writes it out: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def shown(value: Any) -> list[str]:
    """A value as AWS lists outputs: always texts."""
    return [as_text(one) for one in value] if isinstance(value, list) else [as_text(value)]
