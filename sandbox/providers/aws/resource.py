"""What the stand-in knows of one resource type: an entry of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.providers.aws.api import Api
from sandbox.providers.aws.shape import Prop, Shape
from sandbox.providers.aws.tagging import Tagging
from sandbox.providers.cloud import Properties

Document = dict[str, Any]
"""What an API answered about one thing."""


def token(module: str, name: str) -> str:
    """`sns`, `TopicPolicy` -> `aws:sns/topicPolicy:TopicPolicy`."""
    return f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"


@dataclass(frozen=True)
class Name:
    """The property that holds the physical name, and how the SDK makes one up.

    longest: AWS's limit in characters. before: what the name has to start with (`alias/`).
    lower: whether AWS folds names to lower case. automatic: False where the SDK requires it.
    """

    property: str = "name"
    longest: int = 255
    before: str = ""
    lower: bool = False
    automatic: bool = True


@dataclass(frozen=True)
class Change:
    """What an update is about. `properties` are the names at the top level that changed."""

    properties: frozenset[str]
    inputs: Properties
    old_inputs: Properties
    old_outputs: Properties

    def of(self, *names: str) -> bool:
        """Whether any of these changed."""
        return not self.properties.isdisjoint(names)


Create = Callable[[Api, Document, Properties], str]
Finish = Callable[[Api, str, Properties], None]
Describe = Callable[[Api, str, Properties], Document | None]
Update = Callable[[Api, str, Document, Change], object]
Delete = Callable[[Api, str, Properties], object]
Identify = Callable[[Api, Properties], str | None]
Output = str | Callable[[Api, str, Document], Any]


@dataclass(frozen=True)
class Resource:
    """One resource type.

    token: `aws:sns/topic:Topic`. service: boto3's name for its API.
    shape: its properties. provider_only: properties that AWS never hears of; the state has them.
    create: makes it with one request (the parameters that `shape` gives, tags included) and answers
        with its id. finish: what else a creation takes; a failure there leaves it in the state.
    describe: the API's description, or None when it is gone; gets the id and what the state knows.
    update: changes it in place; None where nothing can be changed so.
    delete: removes it; an error that says it is gone is no error.
    identify: the id it would have by its physical name, to find a creation that was interrupted;
        `describe` then tells whether it is there. Default: the id is the physical name.
    outputs: further outputs: a key of the description, or a function.
    unknown_after: outputs that an update changes, by the properties that cause it ("*": any).
    forces_replacement: properties that cannot change in place.
    place: properties that only one thing may have in AWS, so that a replacement with the same ones
        has to wait for the old one's end. Default: the physical name.
    regional: whether it lives in a region (IAM and Route 53 do not).
    checked_only: why the sandbox cannot make it, when it cannot (see `checked.py`).
    """

    token: str
    service: str
    shape: Shape
    create: Create
    describe: Describe
    delete: Delete
    update: Update | None = None
    finish: Finish | None = None
    identify: Identify | None = None
    name: Name | None = None
    tagging: Tagging | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)
    unknown_after: Mapping[str, frozenset[str]] = field(default_factory=dict)
    forces_replacement: frozenset[str] = frozenset()
    provider_only: frozenset[str] = frozenset()
    place: tuple[str, ...] = ()
    regional: bool = True
    checked_only: str | None = None

    @property
    def properties(self) -> Mapping[str, Prop]:
        """The shape's entries by name."""
        return {prop.name: prop for prop in self.shape}

    @property
    def occupied(self) -> tuple[str, ...]:
        """`place`, or what it defaults to."""
        return self.place or ((self.name.property,) if self.name is not None else ())

    def accepts(self, name: str) -> bool:
        """Whether the stand-in carries this property to the cloud, or knows why not."""
        return (
            name in self.properties
            or name in self.provider_only
            or (name in ("tags",) and self.tagging is not None)
            or (name == "region" and self.regional)
            or (name == "namePrefix" and self.name is not None)
        )
