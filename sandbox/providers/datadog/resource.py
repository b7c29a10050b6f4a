"""One Datadog resource type: a row of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.providers.cloud import Properties
from sandbox.providers.datadog.access import Access
from sandbox.providers.datadog.shape import Form

Computed = str | Callable[[Mapping[str, Any]], Any]
"""Where an output that Datadog gives is found: a dotted path in the document, or a function."""


@dataclass(frozen=True)
class Resource:
    """One resource type."""

    shape: Form
    access: Access

    identity: tuple[str, ...] = ("name",)
    """What an interrupted creation is found by: paths in the document that together say which."""

    computed: Mapping[str, Computed] = field(default_factory=dict)
    """Outputs that Datadog gives."""

    optional: frozenset[str] = frozenset()
    """Inputs that Datadog or the provider fills in where they are not given: no drift."""

    unordered: frozenset[str] = frozenset()
    """Lists whose order means nothing: the provider declares them as sets. Paths without the
    numbers of list entries: `layers.users`."""

    replaces: frozenset[str] = frozenset()
    """Inputs that cannot change in place, by path; what is inside one belongs to it."""

    replaced: Callable[[Properties, Properties], bool] | None = None
    """Whether new inputs, after old ones, are another object, where paths do not say it."""

    local: frozenset[str] = frozenset()
    """Inputs that are for the provider alone and never sent."""

    unnoticed: frozenset[str] = frozenset()
    """Inputs whose change is no change of the resource."""

    untold: frozenset[str] = frozenset()
    """Inputs that Datadog does not tell again; as they were declared, they are taken to stand."""

    meanings: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    """Inputs with several spellings of one meaning, such as JSON, and what makes them comparable.
    It is not given what is not yet known."""

    forced: str = ""
    """The property that says: delete it although others refer to it."""

    imported: Callable[[str], tuple[str, Properties]] = lambda id_: (id_, {})
    """What an id given to an import says: the id and what the object belongs to."""

    def sent(self, inputs: Properties) -> Properties:
        """The inputs that go to Datadog."""
        return {
            name: value
            for name, value in inputs.items()
            if name not in self.local and not name.startswith("__")
        }


def parent(name: str) -> Callable[[str], tuple[str, Properties]]:
    """`PARENT:ID`, where `name` is the property with the parent's id."""

    def split(text: str) -> tuple[str, Properties]:
        first, colon, last = text.partition(":")
        return (last, {name: first}) if colon else (text, {})

    return split
