"""What a cloud has to know so that the provider protocol can be spoken for it.

The protocol (gRPC, protobuf values, previews, secrets) lives in `servicer.py` and is the same for
every cloud. A cloud sees plain Python values only: `dict`, `list`, `str`, `bool`, `int` (whole
numbers arrive as `int`, others as `float`), `None`, and `UNKNOWN` for what is not known while
previewing. Property names are the camelCase ones of the wire, exactly as the SDK sends them.
Resource types are full tokens: `datadog:index/monitor:Monitor`.

Secrets are unwrapped before a cloud sees them; the engine marks the outputs of the same name again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

Properties = dict[str, Any]
"""Inputs or outputs of one resource, by camelCase name."""


class Unknown(Enum):
    """The type of `UNKNOWN`; an enum so that there is exactly one and mypy can narrow on it."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN = Unknown.UNKNOWN
"""A value that only the deployment will tell: in `check`, `diff` and `planned`, at any depth."""


def has_unknown(value: Any) -> bool:
    """Whether `value` is, or holds anywhere, a value not yet known."""
    if value is UNKNOWN:
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return False


class CloudError(Exception):
    """The cloud refused, or the request makes no sense. The message is shown to the user as is."""


class IncompleteError(CloudError):
    """The resource was made, but a later step of its creation failed. The engine keeps `stored` in
    the state, so that the next run finishes it in place of making a second one."""

    def __init__(self, message: str, stored: Stored) -> None:
        super().__init__(message)
        self.stored = stored


@dataclass(frozen=True)
class Failure:
    """One fault that Check found.

    `property` is the camelCase path (`rules[0].schedule`), or "" for the resource as a whole.
    """

    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """The answer to Check: the inputs to go on with (names made, defaults set), and every fault."""

    inputs: Properties
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """The answer to Diff. Empty `changed` means that nothing is to be done.

    `changed` maps a camelCase path (`tags.team`, `rules[0].schedule`) to "add", "update" or
    "delete"; `replaces` is the subset of those paths that cannot change in place.
    """

    changed: dict[str, str] = field(default_factory=dict)
    replaces: frozenset[str] = frozenset()
    delete_before_replace: bool = False


@dataclass(frozen=True)
class Stored:
    """A resource as the cloud holds it: its id, all output properties (they repeat the inputs),
    and, where it was read back, the inputs that would declare it as it is."""

    id: str
    outputs: Properties
    inputs: Properties | None = None


class Cloud(Protocol):
    """One cloud. Methods are called from many threads at once and must not share mutable state
    without a lock. `config` is what the provider resource was configured with (strings, as Pulumi
    sends them, with JSON already parsed), so a cloud needs to remember nothing about connections.

    Any method may raise `CloudError`; whatever else is raised is reported with its type's name.
    """

    name: str
    """The Pulumi package: "aws", "datadog"."""

    version: str
    """The version to answer GetPluginInfo with: that of the installed SDK."""

    def check_config(self, config: Properties) -> list[Failure]:
        """Faults of the provider's own configuration (unknown keys, wrong types, missing keys)."""
        ...

    def check(
        self,
        type_: str,
        name: str,
        inputs: Properties,
        prior: Properties | None,
        config: Properties,
    ) -> Checked:
        """All faults of `inputs` against the type's schema: unknown type, unknown property (with
        the nearest), wrong type, missing required one. `name` is the resource's logical name;
        `prior` are the inputs already in the state, so that a name once made is kept."""
        ...

    def diff(
        self,
        type_: str,
        id_: str,
        inputs: Properties,
        old_inputs: Properties,
        old_outputs: Properties,
        config: Properties,
    ) -> Difference:
        """What would change. `ignore_changes` has been applied to `inputs` already."""
        ...

    def planned(self, type_: str, inputs: Properties, prior: Stored | None) -> Properties:
        """The outputs as far as a preview can know them; what is left out or `UNKNOWN` stays
        unknown. `prior` is None for a create."""
        ...

    def create(self, type_: str, name: str, inputs: Properties, config: Properties) -> Stored:
        """Make it in the cloud. Never called in a preview."""
        ...

    def read(
        self, type_: str, id_: str, inputs: Properties, outputs: Properties, config: Properties
    ) -> Stored | None:
        """Look it up; None when it is gone. For an import `inputs` and `outputs` are empty."""
        ...

    def update(
        self,
        type_: str,
        id_: str,
        inputs: Properties,
        old_inputs: Properties,
        old_outputs: Properties,
        config: Properties,
    ) -> Properties:
        """Change it in place and answer with the new outputs."""
        ...

    def delete(
        self, type_: str, id_: str, inputs: Properties, outputs: Properties, config: Properties
    ) -> None:
        """Remove it. What is gone already is no error. `inputs` may be empty (older engines)."""
        ...

    def invoke(self, token: str, args: Properties, config: Properties) -> Properties:
        """A data source: `aws:rds/getInstance:getInstance`. Unknown tokens raise `CloudError`."""
        ...
