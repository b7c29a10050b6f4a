"""What a deployment's exported state says, read by kind: the one place that knows its shape."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.upkeep.progress import short_type
from tools.upkeep.pulumi import Pulumi

# The mark of a secret in an exported state (sdk/go/common/resource/sig in Pulumi's source).
_SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105


@dataclass(frozen=True)
class Resource:
    """One resource of the state; inputs and outputs by their camelCase names."""

    urn: str
    type: str
    id: str
    custom: bool
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    protected: bool

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def kind(self) -> str:
        """The type without its package's name: ``cloudwatch.MetricAlarm``."""
        return short_type(self.type)

    @property
    def region(self) -> str:
        """The region of an AWS resource; empty for a global one."""
        arn = str(self.outputs.get("arn") or "")
        return str(self.outputs.get("region") or (arn.split(":")[3] if arn else ""))


@dataclass(frozen=True)
class State:
    """The resources of a stack, and its outputs."""

    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any]

    def of(self, token: str) -> Iterator[Resource]:
        """The resources of a type, sorted by name."""
        yield from sorted(
            (each for each in self.resources if each.type == token), key=lambda each: each.name
        )

    @property
    def declared(self) -> tuple[Resource, ...]:
        """What lives in a cloud: components and providers do not."""
        return tuple(
            each
            for each in self.resources
            if each.custom and not each.type.startswith("pulumi:providers:")
        )

    def kinds(self) -> dict[str, int]:
        """How many of each type live in a cloud, most first."""
        counted = Counter(each.type for each in self.declared)
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def exported(pulumi: Pulumi, stack: str) -> State:
    """The state of a stack; secrets stay hidden."""
    return state_from(json.loads(pulumi.run("stack", "export", "--stack", stack).stdout))


def state_from(export: Mapping[str, Any]) -> State:
    """A state from what ``pulumi stack export`` prints."""
    resources = tuple(
        Resource(
            urn=each["urn"],
            type=each["type"],
            id=each.get("id") or "",
            custom=bool(each.get("custom")),
            inputs=each.get("inputs") or {},
            outputs=each.get("outputs") or {},
            protected=bool(each.get("protect")),
        )
        for each in export["deployment"].get("resources") or []
        # What waits for its deletion after a replacement is no longer what was declared.
        if not each.get("delete")
    )
    stack = next((each for each in resources if each.type == "pulumi:pulumi:Stack"), None)
    return State(resources, stack.outputs if stack else {})


def is_secret(value: Any) -> bool:
    """Whether a value of the state is a hidden one."""
    return isinstance(value, Mapping) and _SECRET_MARK in value
