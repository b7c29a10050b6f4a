"""What was found of one kind: chapters of the plan, what takes it over, and what was left."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Part:
    """One kind of thing.

    chapters   chapter -> what to write there, in the plan's words
    adopt      kind -> what a preview calls the resource -> what the cloud calls it
    left       what the plan has no words for, a sentence each
    """

    chapters: Mapping[str, Any] = field(default_factory=dict)
    adopt: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    left: tuple[str, ...] = ()


def is_ours(tags: Mapping[str, str]) -> bool:
    """Whether a plan declares it: the providers of an environment put this on everything."""
    return tags.get("managed-by") == "upkeep"


def by_key(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags as CloudWatch and RDS list them, by their keys."""
    return {each["Key"]: each["Value"] for each in tags}


def slug(text: str, taken: Iterable[str] = ()) -> str:
    """A name of the plan for something that people have called otherwise; unlike those taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:38].strip("-") or "unnamed"
    name, number = plain, 2
    while name in {*taken}:
        name, number = f"{plain[:36]}-{number}", number + 1
    return name
