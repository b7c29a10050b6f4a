"""Datadog as a `Cloud`: everything that is the same for all resource types of the table."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.providers import schema
from sandbox.providers.cloud import (
    UNKNOWN,
    Checked,
    CloudError,
    Difference,
    Failure,
    Properties,
    Stored,
    has_unknown,
)
from sandbox.providers.datadog import sdk
from sandbox.providers.datadog.api import Api, address
from sandbox.providers.datadog.lookups import LOOKUPS
from sandbox.providers.datadog.resource import Resource
from sandbox.providers.datadog.resources import RESOURCES
from sandbox.providers.datadog.shape import get, is_absent

# The stack's secret that each key of the provider is filled from.
SECRETS = {"apiKey": "upkeep:datadogApiKey", "appKey": "upkeep:datadogAppKey"}
# What the engine adds to any provider's configuration.
_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL"})


class Datadog:
    """The Datadog cloud behind the provider protocol.

    address: base URL of the API; default what `DD_API_URL` says when a call is made.
    """

    name = "datadog"

    def __init__(self, address: str | None = None) -> None:
        self._address = address
        self.version = sdk.version()

    # Configuration

    def check_config(self, config: Properties) -> list[Failure]:
        ours = {name: value for name, value in config.items() if name not in _ENGINE_KEYS}
        found = [
            fault
            for fault in schema.check(sdk.provider_arguments(), ours)
            # Everything arrives as text here; the SDK has checked the types.
            if fault.reason.startswith("unknown")
        ]
        for key, secret in SECRETS.items():
            if is_absent(config.get(key)):
                found.append(
                    Failure(key, f"no {key}: set it by `pulumi config set --secret {secret} VALUE`")
                )
        here = (self._address or address() or "").rstrip("/")
        if not here:
            found.append(
                Failure("", "DD_API_URL is not set: the stand-in needs the sandbox's Datadog")
            )
        elif str(config.get("apiUrl") or here).rstrip("/") != here:
            found.append(Failure("apiUrl", f"the stand-in calls the sandbox alone, at {here}"))
        return found

    # Resources

    def check(
        self,
        type_: str,
        name: str,
        inputs: Properties,
        prior: Properties | None,
        config: Properties,
    ) -> Checked:
        arguments = sdk.arguments_of(type_)
        if arguments is None:
            return Checked(inputs, [Failure("", f"pulumi-datadog {self.version} has no {type_}")])
        _resource(type_)
        return Checked(inputs, schema.check(arguments, inputs))

    def diff(
        self,
        type_: str,
        id_: str,
        inputs: Properties,
        old_inputs: Properties,
        old_outputs: Properties,
        config: Properties,
    ) -> Difference:
        resource = _resource(type_)
        new, old = _meaning(resource, inputs), _meaning(resource, old_inputs)
        if not has_unknown(inputs):
            # What is only a default said aloud is no change.
            new, old = _declared(resource, new), _declared(resource, old)
        for name in resource.unnoticed:
            new.pop(name, None)
            old.pop(name, None)
        changed: dict[str, str] = {}
        for name in sorted(new.keys() | old.keys()):
            _compare(name, old.get(name), new.get(name), changed)
        replaces = {path for path in changed if _lies_in(path, resource.replaces)}
        if changed and resource.replaced is not None and resource.replaced(inputs, old_inputs):
            replaces = set(changed)
        return Difference(changed, frozenset(replaces))

    def planned(self, type_: str, inputs: Properties, prior: Stored | None) -> Properties:
        resource = _resource(type_)
        known = prior.outputs if prior is not None else {}
        return {**inputs, **{name: known.get(name, UNKNOWN) for name in resource.computed}}

    def create(self, type_: str, name: str, inputs: Properties, config: Properties) -> Stored:
        resource = _resource(type_)
        document = resource.shape.encode(resource.sent(inputs))
        id_, made = resource.access.create(self._api(config), document, inputs)
        return Stored(id_, _outputs(resource, inputs, made, {}))

    def read(
        self, type_: str, id_: str, inputs: Properties, outputs: Properties, config: Properties
    ) -> Stored | None:
        resource = _resource(type_)
        known = {**outputs, **inputs}
        if not known:  # an import
            id_, known = resource.imported(id_)
        found = resource.access.read(self._api(config), id_, known)
        if found is None:
            return None
        decoded = resource.shape.decode(found)
        now = _refreshed(resource, inputs, decoded if inputs else {**known, **decoded})
        return Stored(id_, _outputs(resource, now, found, outputs), now)

    def update(
        self,
        type_: str,
        id_: str,
        inputs: Properties,
        old_inputs: Properties,
        old_outputs: Properties,
        config: Properties,
    ) -> Properties:
        resource = _resource(type_)
        document = resource.shape.encode(resource.sent(inputs))
        made = resource.access.update(self._api(config), id_, document, {**old_outputs, **inputs})
        if made is None:
            raise CloudError(f"{id_} is no longer there; refresh the state")
        return _outputs(resource, inputs, made, old_outputs)

    def delete(
        self, type_: str, id_: str, inputs: Properties, outputs: Properties, config: Properties
    ) -> None:
        resource = _resource(type_)
        forced = (inputs or outputs).get(resource.forced) is True
        resource.access.delete(self._api(config), id_, {**outputs, **inputs}, forced)

    def invoke(self, token: str, args: Properties, config: Properties) -> Properties:
        if token not in LOOKUPS:
            raise CloudError(f"{token} is not in the sandbox's table of Datadog look-ups")
        return LOOKUPS[token](self._api(config), args)

    def find(self, type_: str, inputs: Properties, config: Properties) -> str | None:
        """The id of what `inputs` would make, if it is there already: the newest that is the same
        by its `identity`."""
        resource = _resource(type_)
        wanted = resource.shape.encode(resource.sent(inputs))
        ids = [
            id_
            for id_, entry in resource.access.list(self._api(config), inputs)
            if all(
                _plain(resource, "", get(entry, path)) == _plain(resource, "", get(wanted, path))
                for path in resource.identity
            )
        ]
        return ids[-1] if ids else None

    def _api(self, config: Properties) -> Api:
        return Api(config, self._address)


def find(type_: str, inputs: Properties, environment: Mapping[str, str]) -> str | None:
    """`Datadog.find` for a program outside the engine, which has no provider's keys.

    environment: holds `DD_API_URL`; the sandbox takes any keys.
    """
    keys = {"apiKey": "sandbox", "appKey": "sandbox"}
    return Datadog(environment["DD_API_URL"].rstrip("/")).find(type_, inputs, keys)


def _resource(type_: str) -> Resource:
    try:
        return RESOURCES[type_]
    except KeyError:
        near = difflib.get_close_matches(type_, RESOURCES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CloudError(f"{type_} is not in the sandbox's table of Datadog types{hint}") from None


def _outputs(
    resource: Resource, inputs: Properties, document: Mapping[str, Any], before: Properties
) -> Properties:
    """The outputs: inputs and what Datadog gives; what it told once only stays as it was."""
    given: Properties = {}
    for name, where in resource.computed.items():
        value = where(document) if callable(where) else get(document, where)
        given[name] = before.get(name) if value is None else value
    return {**inputs, **given}


def _refreshed(resource: Resource, inputs: Properties, found: Properties) -> Properties:
    """The inputs that would declare what was found: as they were where they mean the same."""
    if not inputs:
        return found
    declared = _declared(resource, inputs)
    now = {name: value for name, value in inputs.items() if name in resource.local}
    for name in sorted((declared.keys() | found.keys() | inputs.keys()) - resource.local):
        same = _plain(resource, name, declared.get(name)) == _plain(resource, name, found.get(name))
        untold = name in resource.untold and name not in found
        if same or untold or (name not in inputs and name in resource.optional):
            value = inputs.get(name)
        else:
            value = found.get(name)
        if value is not None:
            now[name] = value
    return now


def _declared(resource: Resource, inputs: Properties) -> Properties:
    """The inputs through the shape and back: defaults filled in, numbers in one form."""
    local = {name: value for name, value in inputs.items() if name in resource.local}
    there_and_back: Properties = resource.shape.decode(resource.shape.encode(resource.sent(inputs)))
    untold = {name: value for name, value in inputs.items() if name in resource.untold}
    return local | untold | there_and_back


def _meaning(resource: Resource, inputs: Properties) -> Properties:
    return {
        name: _plain(resource, name, value)
        for name, value in inputs.items()
        if not name.startswith("__")
    }


def _plain(resource: Resource, path: str, value: Any) -> Any:
    """A value in comparable form: no empty entries, sets in one order, an empty list as none."""
    meaning = resource.meanings.get(path)
    if meaning is not None and not has_unknown(value) and value is not None:
        value = meaning(value)
    cleaned = _cleaned(resource, path, value)
    return None if cleaned in ("", [], {}) else cleaned


def _whole(item: Any) -> str:
    """An item as text to sort by: the wire gives the keys of an object in any order."""
    return json.dumps(item, sort_keys=True)


def _cleaned(resource: Resource, path: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _cleaned(resource, f"{path}.{name}" if path else name, item)
            for name, item in value.items()
            if not is_absent(item) and not name.startswith("__")
        }
    if isinstance(value, list):
        items = [_cleaned(resource, path, item) for item in value]
        return sorted(items, key=_whole) if path in resource.unordered else items
    return value


def _lies_in(path: str, places: frozenset[str]) -> bool:
    """Whether a path is one of the places or inside one; numbers of list entries do not count."""
    plain = re.sub(r"\[\d+\]", "", path)
    return any(plain == place or plain.startswith(f"{place}.") for place in places)


def _compare(path: str, old: Any, new: Any, changed: dict[str, str]) -> None:
    """Add to `changed` the deepest paths at which two values differ."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            _compare(f"{path}.{name}", old.get(name), new.get(name), changed)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            _compare(f"{path}[{index}]", before, after, changed)
    else:
        changed[path] = "add" if old is None else "delete" if new is None else "update"
