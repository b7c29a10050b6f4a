"""Variables of synthetic tests: ``{{ CART }}``, taken from an answer or held as a secret."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from .faults import Fault, NotInWords, nearest
from .spelling import Spelling
from .words import parse_url

# Datadog: at least three characters, upper case letters, digits and underscores.
Variable = Annotated[
    str,
    Spelling(
        r"^[A-Z][A-Z0-9_]{2,99}$",
        "a variable has at least 3 capital letters, digits and `_` [Datadog synthetics]",
        "CART",
        lambda written: re.sub(r"[^A-Z0-9]+", "_", written.upper()).strip("_"),
    ),
]

_USED = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def used_in(text: str) -> list[str]:
    """The variables a text names, in order."""
    return _USED.findall(text)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with some of its variables by another name."""
    return _USED.sub(lambda match: f"{{{{ {names.get(match[1], match[1])} }}}}", text)


def _an_address(written: str) -> str:
    if _USED.match(written):
        # Nothing can be said of an address that a variable begins.
        return written
    bare = _USED.sub("x", written)
    if "{" in bare or "}" in bare:
        raise NotInWords("braces that are no variable", "write `{{ NAME }}`")
    parse_url(bare)
    return written


# An address that may hold variables.
VariableUrl = Annotated[
    str, AfterValidator(_an_address), WithJsonSchema({"type": "string", "pattern": r"^(https?|\{)"})
]


def variable_faults(
    texts: Mapping[str, str], known: Collection[str], at: str = ""
) -> Iterator[Fault]:
    """Variables that a text names and that there are not, by the text's path."""
    for path, text in texts.items():
        for name in used_in(text):
            if name not in known:
                close = nearest(name, known)
                here = ", ".join(sorted(known)) or "none"
                yield Fault(
                    f"{at}{path}",
                    "no such variable: neither a secret, nor taken from an earlier answer",
                    f"{{{{ {name} }}}}",
                    f"did you mean `{close}`?" if close else f"known here: {here}",
                )


def texts_of(value: Any, path: str = "") -> dict[str, str]:
    """Every text within a block, by its path."""
    if isinstance(value, str):
        return {path: value}
    pairs: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        pairs = [(str(key), inner) for key, inner in value.items()]
    elif isinstance(value, (list, tuple)):
        pairs = [(str(index), inner) for index, inner in enumerate(value)]
    found: dict[str, str] = {}
    for key, inner in pairs:
        found |= texts_of(inner, f"{path}.{key}" if path else key)
    return found
