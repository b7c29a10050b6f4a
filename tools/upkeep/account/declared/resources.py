"""The resources of a declaration, and the names that the cloud will know them by."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.upkeep.declared import Declaration, Declared


class Resources:
    """What one stack file declares.

    prefix   what the environment's names begin with
    """

    def __init__(self, declaration: Declaration, prefix: str) -> None:
        self.prefix = prefix
        self._resources = declaration.resources
        self._called = {each.name: _physical(each, prefix) for each in self._resources}

    def each(self, type_: str) -> Iterator[tuple[Declared, Mapping[str, Any]]]:
        """The resources of a type, by the end of its token, with their properties."""
        for resource in self._resources:
            if resource.type.rpartition(":")[2] == type_ or resource.type.endswith(type_):
                yield resource, resource.props

    def name(self, reference: Any) -> str:
        """The name that the cloud will know, of what a reference is to: an ARN or an id that ends
        in a resource's own name, or a thing of the company's."""
        text = str(reference or "")
        last = text.rpartition(":")[2]
        for tried in (last, last.removesuffix("-id")):
            if tried in self._called:
                return self._called[tried]
        return last.rpartition("/")[2]


def region_of(resource: Declared) -> str:
    """Where it is declared: its own region, or the one its provider is named after."""
    own = resource.props.get("region")
    if isinstance(own, str):
        return own
    name = resource.provider.rpartition("::")[2]
    for start in ("aws-", "vault-"):
        name = name.removeprefix(start)
    return name


def whole(value: Any) -> Any:
    """Numbers without a fraction as the cloud answers them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _physical(resource: Declared, prefix: str) -> str:
    for key in ("name", "functionName", "identifier", "configurationName"):
        value = resource.props.get(key)
        if isinstance(value, str) and value:
            return value
    return f"{prefix}{resource.name}"
