"""What the look-ups share: filters, tags, and the provider's words for what is not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.providers.aws.api import Api
from sandbox.providers.aws.tagging import from_list
from sandbox.providers.cloud import CloudError, Properties

Lookup = Callable[[Api, Properties], Properties]


def token(module: str, name: str) -> str:
    """`rds`, `getInstance` -> `aws:rds/getInstance:getInstance`."""
    return f"aws:{module}/{name}:{name}"


def the_one(items: list[Any], what: str, sought: str = "") -> Any:
    """The single match; none or several are errors in the provider's kind of words."""
    named = f" for {sought}" if sought else ""
    if not items:
        raise CloudError(f"no matching {what} found{named}")
    if len(items) > 1:
        raise CloudError(f"multiple {what}s matched{named}; use additional constraints")
    return items[0]


def filters(args: Properties, **names: str) -> list[dict[str, Any]]:
    """EC2's filters from `filters`, `tags` and single arguments (`vpcId="vpc-id"`)."""
    asked = [
        {"Name": item["name"], "Values": list(item["values"])} for item in args.get("filters") or []
    ]
    asked += [
        {"Name": f"tag:{key}", "Values": [value]}
        for key, value in sorted((args.get("tags") or {}).items())
    ]
    asked += [
        {"Name": name, "Values": [args[argument]]}
        for argument, name in names.items()
        if args.get(argument)
    ]
    return asked


def sought(args: Properties) -> str:
    """The arguments in words, for an error."""
    said = {key: value for key, value in sorted(args.items()) if value and key != "region"}
    return ", ".join(f"{key} {value}" for key, value in said.items())


def tags_of(document: Mapping[str, Any]) -> dict[str, str]:
    """The tags in a description."""
    return from_list(document.get("Tags") or [])


def holds_tags(wanted: Mapping[str, str] | None, tags: Mapping[str, str]) -> bool:
    """Whether all `wanted` tags are there."""
    return (wanted or {}).items() <= tags.items()
