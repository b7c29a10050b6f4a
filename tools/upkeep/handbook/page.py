"""What a page is made of: words of its own, and facts, each with the place in the plan it is from.

A fact is made from a path and nothing else, or is computed by the plan's own proofs and names the
paths that it follows from: what is not in the plan has no way into the handbook.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.words import Secret, Words, say_duration


@dataclass(frozen=True)
class Fact:
    """Something that the plan says, or that follows from it.

    text    as people read it
    paths   where the plan says it; of what is computed, all that it follows from
    link    where it leads, within the handbook or outside; empty for nowhere
    """

    text: str
    paths: tuple[str, ...]
    link: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of facts below words of the page's own."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Fact, ...], ...]


@dataclass(frozen=True)
class Steps:
    """Facts in an order that matters."""

    items: tuple[tuple[Fact, ...], ...]


@dataclass(frozen=True)
class Section:
    """A part of a page. ``lead`` says in the page's own words how it is to be read."""

    title: str
    blocks: tuple[Table | Steps, ...]
    lead: str = ""

    @property
    def id(self) -> str:
        """What a link to it ends in."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True)
class Page:
    """One page.

    key     its file's name without the ending
    title   its heading
    lead    what it answers, in a sentence
    """

    key: str
    title: str
    lead: str
    sections: tuple[Section, ...]

    def facts(self) -> Iterable[Fact]:
        """Every fact of it, in order."""
        for section in self.sections:
            for block in section.blocks:
                rows = block.rows if isinstance(block, Table) else block.items
                for row in rows:
                    yield from row


def fact(plan: Plan, path: str, *, link: str = "") -> Fact:
    """What the plan says at a path: ``severities.p0.respond_within``. KeyError where there is no
    such place."""
    return Fact(say(at(plan, path)), (path,), link)


def key_of(path: str, *, link: str = "") -> Fact:
    """The name that the plan gives to what stands at a path: its last part."""
    return Fact(path.rpartition(".")[2], (path,), link)


def computed(text: str, *paths: str, link: str = "") -> Fact:
    """What the plan's own proofs make of what stands at some paths."""
    if not paths:
        raise ValueError(f"computed of nothing: {text}")
    return Fact(text, paths, link)


def listed(plan: Plan, path: str, called: str, **columns: str) -> Table:
    """A table of what stands at a path by names, or in a list: a row for each.

    called    what the names are, the heading of the first column; of a list there is none
    columns   heading -> key of each entry; ``_`` in a heading stands for a blank
    """
    value = at(plan, path)
    names = list(value) if isinstance(value, Mapping) else None
    keys = names if names is not None else [str(index) for index in range(len(value))]
    head = [] if names is None else [called]
    return Table(
        (*head, *(heading.replace("_", " ") for heading in columns)),
        tuple(
            (
                *([] if names is None else [key_of(f"{path}.{key}")]),
                *(fact(plan, f"{path}.{key}.{of}") for of in columns.values()),
            )
            for key in keys
        ),
    )


def at(plan: Plan, path: str) -> Any:
    """The value at a path. KeyError where there is none."""
    value: Any = plan
    parts = path.split(".")
    while parts:
        step, parts = parts[0], parts[1:]
        if isinstance(value, Mapping):
            # Names of the plan may hold dots: the longest that fits.
            for count in range(len(parts), -1, -1):
                name = ".".join([step, *parts[:count]])
                if name in value:
                    value, parts = value[name], parts[count:]
                    break
            else:
                raise KeyError(path)
        elif isinstance(value, Words):
            field = _field(value, step)
            if field is None:
                raise KeyError(path)
            value = getattr(value, field)
        elif isinstance(value, (list, tuple)) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise KeyError(path)
    return value


def _field(words: Words, name: str) -> str | None:
    """The attribute of a key of the plan, which may be written with an alias (``from``)."""
    for field, info in type(words).model_fields.items():
        if name in (field, info.alias):
            return field
    return None


def say(value: Any) -> str:
    """A value of the plan as people read it. Of a secret only the name: the plan holds no more."""
    match value:
        case None | () | []:
            return "–"
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case Secret():
            return f"(secret: {value.secret})"
        case timedelta():
            return say_duration(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M %Z}".rstrip()
        case date():
            return f"{value:%Y-%m-%d}"
        case time():
            return f"{value:%H:%M}"
        case Mapping():
            # `up_to` is how a file says it; people say it in two words.
            named = ((str(key).replace("_", " "), each) for key, each in value.items())
            return ", ".join(f"{key}: {say(each)}" for key, each in named) or "–"
        case Sequence():
            return ", ".join(say(each) for each in value)
    says = getattr(value, "says", None)
    if callable(says):
        return str(says())
    if isinstance(value, Words):
        said = value.model_dump(mode="json", by_alias=True, exclude_none=True)
        return say({key: each for key, each in said.items() if each not in ([], {}, "")})
    return str(value)
