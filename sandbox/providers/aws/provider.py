"""AWS as a `Cloud`: everything that is the same for all resource types of the table."""

from __future__ import annotations

import importlib.metadata
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from sandbox.providers import schema
from sandbox.providers.aws.api import Api, code_of, is_absence
from sandbox.providers.aws.differences import (
    all_tags,
    kind_of_change,
    paths,
    root,
    tag_changes,
    with_own_tags,
)
from sandbox.providers.aws.resource import Change, Document, Resource
from sandbox.providers.aws.shape import Prop, from_api, meaning, same, to_api
from sandbox.providers.catalogue import LOOKUPS, RESOURCES
from sandbox.providers.cloud import (
    UNKNOWN,
    Checked,
    CloudError,
    Difference,
    Failure,
    IncompleteError,
    Properties,
    Stored,
)
from sandbox.providers.not_read_back import NOT_READ_BACK

SDK = "pulumi_aws"
DEFAULT_REGION = "us-east-1"


class Aws:
    """The AWS cloud behind the provider protocol.

    endpoint: base URL of AWS; default what `AWS_ENDPOINT_URL` says when a call is made.
    """

    name = "aws"

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint
        self.version = importlib.metadata.version("pulumi-aws")

    # Configuration

    def check_config(self, config: Properties) -> list[Failure]:
        provider = schema.arguments_of(SDK, "aws:index:Provider")
        assert provider is not None
        ours = {key: value for key, value in config.items() if key != "version"}
        return [
            fault
            for fault in schema.check(provider, ours)
            # Values other than text arrive as text at times; the SDK has checked their types.
            if fault.reason.startswith(("unknown", "missing"))
        ]

    # Resources

    def check(
        self,
        type_: str,
        name: str,
        inputs: Properties,
        prior: Properties | None,
        config: Properties,
    ) -> Checked:
        accepted = schema.arguments_of(SDK, type_)
        if accepted is None:
            return Checked(inputs, [Failure("", f"pulumi-aws {self.version} has no type {type_}")])
        failures = schema.check(accepted, inputs)
        resource = RESOURCES.get(type_)
        if resource is None:
            reason = f"{type_} is not in the sandbox's table of AWS resources"
            return Checked(inputs, [*failures, Failure("", reason)])
        # Unknown to the SDK is said already; known there and not here must not be dropped silently.
        said = {failure.property for failure in failures}
        failures += [
            Failure(path, f"the sandbox does not carry this property of {type_} to AWS")
            for path in _uncarried(resource, inputs)
            if path not in said
        ]
        return Checked(_named(resource, name, inputs, prior), failures)

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
        changed: dict[str, str] = {}
        for prop in resource.shape:
            value = inputs.get(prop.name)
            before = old_outputs.get(prop.name, old_inputs.get(prop.name))
            if not same(prop, value, before):
                old, new = meaning(prop, before), meaning(prop, value)
                changed |= paths(prop.name, before, value, old, new, exact=not prop.unordered)
        for property_ in sorted(resource.provider_only):
            if old_inputs.get(property_) != inputs.get(property_):
                changed[property_] = kind_of_change(
                    old_inputs.get(property_), inputs.get(property_)
                )
        if resource.tagging is not None:
            changed |= tag_changes(inputs, old_inputs, old_outputs, config)
        if resource.regional:
            region = _region(inputs, {}, config)
            if old_outputs.get("region", region) != region:
                changed["region"] = "update"
        replaces = frozenset(
            path
            for path in changed
            if root(path) in resource.forces_replacement or path == "region"
        )
        return Difference(
            changed, replaces, bool(replaces) and _keeps_name(resource, inputs, old_inputs)
        )

    def planned(self, type_: str, inputs: Properties, prior: Stored | None) -> Properties:
        resource = _resource(type_)
        if prior is None:
            return dict(inputs)
        outputs = {**prior.outputs, **inputs}
        for prop in resource.shape:
            if prop.name in (prior.inputs or {}) and prop.name not in inputs:
                outputs[prop.name] = UNKNOWN
        for output, causes in resource.unknown_after.items():
            if "*" in causes or any(
                inputs.get(cause) != prior.outputs.get(cause) for cause in causes
            ):
                outputs[output] = UNKNOWN
        if inputs.get("tags") != (prior.inputs or {}).get("tags"):
            outputs.pop("tagsAll", None)
        return outputs

    def create(self, type_: str, name: str, inputs: Properties, config: Properties) -> Stored:
        resource = _resource(type_)
        api = self._api(resource, inputs, {}, config)
        tags = all_tags(inputs, config)
        with _said(f"creating {_label(type_, name)}"):
            request = to_api(resource.shape, inputs)
            born_with = resource.tagging.in_create(tags) if resource.tagging and tags else {}
            id_ = resource.create(api, {**request, **born_with}, inputs)
        try:
            with _said(f"creating {_label(type_, name)}"):
                if resource.tagging is not None and tags and not born_with:
                    resource.tagging.add(api, id_, inputs, tags)
                if resource.finish is not None:
                    resource.finish(api, id_, inputs)
                return Stored(id_, self._outputs(resource, api, id_, inputs, inputs, tags))
        except CloudError as fault:
            outputs = {**inputs, "region": api.region} if resource.regional else dict(inputs)
            raise IncompleteError(str(fault), Stored(id_, outputs, inputs)) from fault

    def read(
        self, type_: str, id_: str, inputs: Properties, outputs: Properties, config: Properties
    ) -> Stored | None:
        resource = _resource(type_)
        known = {**inputs, **outputs}
        api = self._api(resource, inputs, outputs, config)
        if resource.checked_only is not None:
            if not outputs:
                raise CloudError(f"{type_} cannot be imported here: {resource.checked_only}")
            return Stored(id_, outputs, inputs)
        with _said(f"reading {_label(type_, id_)}"):
            document = resource.describe(api, id_, known)
            if document is None:
                return None
            tags = self._tags(resource, api, id_, document, known)
        described = from_api(resource.shape, document)
        if inputs:
            declared = _refreshed(resource, inputs, described)
        else:
            declared = {
                prop.name: described[prop.name]
                for prop in resource.shape
                if prop.name in described
                and meaning(prop, described[prop.name]) != meaning(prop, None)
            }
        if tags is not None:
            declared = with_own_tags(declared, tags, inputs, config)
        state = self._state(resource, api, id_, document, declared, described, tags)
        for name in outputs.keys() - state.keys():
            if name in resource.provider_only or _unreadable(type_, name):
                state[name] = outputs[name]
        return Stored(id_, state, declared)

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
        api = self._api(resource, inputs, old_outputs, config)
        difference = self.diff(type_, id_, inputs, old_inputs, old_outputs, config)
        # Nothing changed means that the last creation or update did not finish: do all of it.
        roots = {root(path) for path in difference.changed} or {
            prop.name for prop in resource.shape if prop.name in inputs
        }
        tags = all_tags(inputs, config)
        known = {**old_outputs, **inputs}
        with _said(f"updating {_label(type_, id_)}"):
            ours = frozenset(roots & resource.properties.keys())
            if ours and resource.update is not None:
                request = to_api(resource.shape, inputs)
                change = Change(ours, inputs, old_inputs, old_outputs)
                resource.update(api, id_, request, change)
            outputs = self._outputs(resource, api, id_, inputs, known, tags)
            self._retag(resource, api, id_, {**known, **outputs}, tags)
            return outputs

    def delete(
        self, type_: str, id_: str, inputs: Properties, outputs: Properties, config: Properties
    ) -> None:
        resource = _resource(type_)
        if resource.checked_only is not None:
            return
        api = self._api(resource, inputs, outputs, config)
        with _said(f"deleting {_label(type_, id_)}"):
            try:
                resource.delete(api, id_, {**inputs, **outputs})
            except ClientError as fault:
                if not is_absence(fault):
                    raise

    # Look-ups

    def invoke(self, token: str, args: Properties, config: Properties) -> Properties:
        lookup = LOOKUPS.get(token)
        if lookup is None:
            raise CloudError(f"{token} is not in the sandbox's table of AWS look-ups")
        region = args.get("region") or config.get("region") or DEFAULT_REGION
        with _said(f"reading {token.rpartition(':')[2]}"):
            return lookup(Api(region, self._endpoint, assumed_role(config)), args)

    # Common

    def _api(
        self, resource: Resource, inputs: Properties, outputs: Properties, config: Properties
    ) -> Api:
        return Api(_region(inputs, outputs, config), self._endpoint, assumed_role(config))

    def _outputs(
        self,
        resource: Resource,
        api: Api,
        id_: str,
        inputs: Properties,
        known: Properties,
        tags: Mapping[str, str],
    ) -> Properties:
        """The state after a create or update: what was declared, and what AWS added to it."""
        document = resource.describe(api, id_, known)
        if document is None:
            raise CloudError(f"{_label(resource.token, id_)} is not there after it was made")
        described = from_api(resource.shape, document)
        return self._state(
            resource,
            api,
            id_,
            document,
            inputs,
            described,
            tags if resource.tagging is not None else None,
        )

    def _state(
        self,
        resource: Resource,
        api: Api,
        id_: str,
        document: Document,
        declared: Properties,
        described: Properties,
        tags: Mapping[str, str] | None,
    ) -> Properties:
        state = {**described, **_computed(resource, api, id_, document)}
        for name, value in declared.items():
            if value is not None and name != "__defaults":
                state[name] = value
        if resource.regional:
            state["region"] = api.region
        if tags is not None:
            state["tagsAll"] = dict(sorted(tags.items()))
        return state

    def _tags(
        self, resource: Resource, api: Api, id_: str, document: Document, known: Properties
    ) -> dict[str, str] | None:
        if resource.tagging is None:
            return None
        computed = _computed(resource, api, id_, document)
        return resource.tagging.read(api, id_, {**known, **computed})

    def _retag(
        self, resource: Resource, api: Api, id_: str, known: Properties, tags: Mapping[str, str]
    ) -> None:
        if resource.tagging is None or resource.checked_only is not None:
            return
        now = resource.tagging.read(api, id_, known)
        gone = sorted(now.keys() - tags.keys())
        new = {key: value for key, value in tags.items() if now.get(key) != value}
        if gone:
            resource.tagging.remove(api, id_, known, gone)
        if new:
            resource.tagging.add(api, id_, known, new)


def assumed_role(config: Properties) -> str | None:
    """ARN of the role that a provider takes; the last one where it goes from role to role."""
    roles = [each["roleArn"] for each in config.get("assumeRoles") or [] if each.get("roleArn")]
    return str(roles[-1]) if roles else None


def _resource(type_: str) -> Resource:
    resource = RESOURCES.get(type_)
    if resource is None:
        raise CloudError(f"{type_} is not in the sandbox's table of AWS resources")
    return resource


def _region(inputs: Properties, outputs: Properties, config: Properties) -> str:
    return str(
        inputs.get("region") or outputs.get("region") or config.get("region") or DEFAULT_REGION
    )


def _label(type_: str, name: str) -> str:
    module, _, kind = type_.removeprefix("aws:").partition(":")
    return f"{module.partition('/')[0]}.{kind} ({name})"


@contextmanager
def _said(doing: str) -> Iterator[None]:
    """Errors of boto3 as `CloudError`, saying what was being done."""
    try:
        yield
    except ClientError as fault:
        error = fault.response.get("Error", {})
        operation = fault.operation_name
        raise CloudError(
            f"{doing}: {operation}: {code_of(fault)}: {error.get('Message', '')}"
        ) from fault
    except ParamValidationError as fault:
        raise CloudError(f"{doing}: {fault}") from fault
    except BotoCoreError as fault:
        raise CloudError(f"{doing}: AWS does not answer: {fault}") from fault


def _uncarried(resource: Resource, inputs: Properties) -> Iterator[str]:
    """The paths of what is declared and has no entry in the table."""
    for name, value in inputs.items():
        prop = resource.properties.get(name)
        if prop is not None:
            yield from _uncarried_inside(prop, name, value)
        elif not resource.accepts(name) and not name.startswith("__"):
            yield name


def _uncarried_inside(prop: Prop, path: str, value: Any) -> Iterator[str]:
    if prop.shape is None:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _uncarried_inside(prop, f"{path}[{index}]", item)
    elif isinstance(value, dict):
        inner = {it.name: it for it in prop.shape}
        for name, item in value.items():
            if name in inner:
                yield from _uncarried_inside(inner[name], f"{path}.{name}", item)
            else:
                yield f"{path}.{name}"


def _named(
    resource: Resource, name: str, inputs: Properties, prior: Properties | None
) -> Properties:
    """`inputs` with a physical name, where the SDK would make one up."""
    rule = resource.name
    if rule is None or not rule.automatic or inputs.get(rule.property) is not None:
        return inputs
    prefix = inputs.get("namePrefix")
    if prefix is UNKNOWN:
        return {**inputs, rule.property: UNKNOWN}
    stem = str(prefix) if prefix else f"{rule.before}{name}-"
    stem = stem.lower() if rule.lower else stem
    kept = (prior or {}).get(rule.property)
    made_up = re.compile(re.escape(stem) + "[0-9a-f]{7}")
    if not (isinstance(kept, str) and made_up.fullmatch(kept)):
        kept = stem[: rule.longest - 7] + secrets.token_hex(4)[:7]
    return {**inputs, rule.property: kept}


def _keeps_name(resource: Resource, inputs: Properties, old_inputs: Properties) -> bool:
    """Whether the replacement would bear the name of what it replaces, which AWS refuses."""
    place = resource.occupied
    return bool(place) and all(inputs.get(name) == old_inputs.get(name) for name in place)


def _computed(resource: Resource, api: Api, id_: str, document: Document) -> Properties:
    values: Properties = {}
    for name, output in resource.outputs.items():
        value = document.get(output) if isinstance(output, str) else output(api, id_, document)
        if value is not None:
            values[name] = value
    return values


def _refreshed(resource: Resource, inputs: Properties, described: Properties) -> Properties:
    """`inputs` with what is different in the cloud; equal meanings keep the user's spelling."""
    declared = dict(inputs)
    for prop in resource.shape:
        if prop.name not in inputs or _unreadable(resource.token, prop.name):
            continue
        if same(prop, inputs[prop.name], described.get(prop.name)):
            continue
        if prop.name in described:
            declared[prop.name] = described[prop.name]
        else:
            del declared[prop.name]
    return declared


def _unreadable(type_: str, property_: str) -> bool:
    return property_ in NOT_READ_BACK.get(type_, {})
