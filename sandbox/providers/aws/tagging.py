"""How each service takes, changes and tells a resource's tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.cloud import Properties

Tags = dict[str, str]
Reference = Callable[[Api, str, Properties], str]
"""What a service calls a resource by when it speaks of tags, from the id and the properties."""


def by_id(api: Api, id_: str, properties: Properties) -> str:
    """The id itself."""
    return id_


def by_arn(api: Api, id_: str, properties: Properties) -> str:
    """The output `arn`."""
    return str(properties["arn"])


def as_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[Tags]:
    """`[{"Key": ..., "Value": ...}]`, sorted by key."""
    return [{key: name, value: text} for name, text in sorted(tags.items())]


def from_list(items: list[Mapping[str, str]], key: str = "Key", value: str = "Value") -> Tags:
    """The reverse of `as_list`; AWS's own tags (`aws:`) are not the user's and are left out."""
    return {item[key]: item[value] for item in items if not item[key].startswith("aws:")}


@dataclass(frozen=True)
class Tagging:
    """The tags of one resource type.

    in_create: the parameters that a create request carries them in; none where the API takes no
        tags at creation, and `add` follows it.
    read: all tags now. add, remove: change some.
    """

    in_create: Callable[[Tags], dict[str, Any]]
    read: Callable[[Api, str, Properties], Tags]
    add: Callable[[Api, str, Properties, Tags], None]
    remove: Callable[[Api, str, Properties, list[str]], None]


def tagging(
    service: str,
    *,
    argument: str,
    reference: Reference = by_arn,
    parameter: str = "Tags",
    mapping: bool = False,
    key: str = "Key",
    value: str = "Value",
    add: str = "tag_resource",
    remove: str = "untag_resource",
    read: str = "list_tags_for_resource",
    answer: str = "Tags",
    tags: str = "Tags",
    keys: str = "TagKeys",
    **fixed: Any,
) -> Tagging:
    """The usual form: one call that adds, one that removes, one that lists, all by one reference.

    argument: the parameter that names the resource. parameter: that of the create request.
    mapping: tags are an object rather than a list of `key` and `value`. tags, keys: the parameters
    of `add` and `remove`. answer: where the list call puts them. fixed: what every call also takes.
    """

    def encode(items: Tags) -> Any:
        return dict(items) if mapping else as_list(items, key, value)

    def decode(items: Any) -> Tags:
        if mapping:
            return {name: text for name, text in items.items() if not name.startswith("aws:")}
        return from_list(items, key, value)

    def do_read(api: Api, id_: str, properties: Properties) -> Tags:
        call = getattr(api(service), read)
        answered = found(call, **{argument: reference(api, id_, properties)}, **fixed)
        return decode((answered or {}).get(answer) or ({} if mapping else []))

    def do_add(api: Api, id_: str, properties: Properties, items: Tags) -> None:
        call = getattr(api(service), add)
        call(**{argument: reference(api, id_, properties), tags: encode(items)}, **fixed)

    def do_remove(api: Api, id_: str, properties: Properties, names: list[str]) -> None:
        call = getattr(api(service), remove)
        call(**{argument: reference(api, id_, properties), keys: names}, **fixed)

    return Tagging(lambda items: {parameter: encode(items)}, do_read, do_add, do_remove)


def ec2_tagging(resource_type: str) -> Tagging:
    """EC2's own form, by resource id."""

    def read(api: Api, id_: str, properties: Properties) -> Tags:
        filters = [{"Name": "resource-id", "Values": [id_]}]
        return from_list(api("ec2").describe_tags(Filters=filters)["Tags"])

    return Tagging(
        lambda tags: {
            "TagSpecifications": [{"ResourceType": resource_type, "Tags": as_list(tags)}]
        },
        read,
        lambda api, id_, _, tags: api("ec2").create_tags(Resources=[id_], Tags=as_list(tags)),
        lambda api, id_, _, names: api("ec2").delete_tags(
            Resources=[id_], Tags=[{"Key": name} for name in names]
        ),
    )


def unread(in_create: Callable[[Tags], dict[str, Any]]) -> Tagging:
    """Tags of a type that is only checked: sent with the request and not told again."""
    return Tagging(
        in_create,
        lambda api, id_, known: dict(known.get("tagsAll") or {}),
        lambda api, id_, known, tags: None,
        lambda api, id_, known, names: None,
    )
