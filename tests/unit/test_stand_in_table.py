"""The table of AWS resource types, held against what others publish: the SDK, botocore's models,
CloudFormation's schemas."""

import functools
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi_aws
import pytest
from botocore.session import Session

from sandbox.providers import schema
from sandbox.providers.aws.resource import Resource
from sandbox.providers.aws.shape import Prop, Shape
from sandbox.providers.catalogue import LOOKUPS, RESOURCES, checked_only
from sandbox.providers.not_read_back import NOT_READ_BACK
from sandbox.providers.replacement import (
    CHANGED_HERE,
    CLOUDFORMATION,
    CLOUDFORMATION_NAMES,
    FIXED_HERE,
    NOT_IN_CLOUDFORMATION,
)

# Reads the models of every service and type.
pytestmark = pytest.mark.slow

every_type = pytest.mark.parametrize("resource", RESOURCES.values(), ids=list(RESOURCES))


def properties(shape: Shape, kind: Any, path: str = "") -> Iterator[tuple[str, Prop, Any]]:
    """Every property of a shape, at any depth, beside what the SDK has of that name."""
    if isinstance(kind, schema.ListOf):
        kind = kind.item
    for prop in shape:
        inner = kind.properties.get(prop.name) if isinstance(kind, schema.ObjectOf) else None
        yield f"{path}{prop.name}", prop, inner
        if prop.shape is not None:
            for below, part, its in properties(prop.shape, inner, f"{path}{prop.name}."):
                yield below, replace(part, sent=part.sent and prop.sent), its


@every_type
def test_every_property_is_one_of_the_sdks(resource: Resource) -> None:
    accepted = schema.arguments_of("pulumi_aws", resource.token)
    assert accepted is not None
    unknown = [path for path, _, kind in properties(resource.shape, accepted) if kind is None]
    assert unknown == []
    others = resource.provider_only | resource.forces_replacement | set(resource.place)
    assert others <= accepted.properties.keys()


@functools.cache
def words(service: str) -> frozenset[str]:
    """Every name of a parameter in a service's model, and of an attribute in its description."""
    model = Session().get_service_model(service)
    shapes = [model.shape_for(name) for name in model.shape_names]
    members = frozenset(name for shape in shapes for name in getattr(shape, "members", {}))
    described = (
        member.documentation for it in shapes for member in getattr(it, "members", {}).values()
    )
    return members | frozenset(re.findall(r"<code>(\w+)</code>", " ".join(described)))


# Parameters of the table's own that a function takes apart before the call.
TAKEN_APART = {("aws:lb/targetGroup:TargetGroup", "HealthCheck")}


@every_type
def test_every_parameter_is_one_of_the_services(resource: Resource) -> None:
    accepted = schema.arguments_of("pulumi_aws", resource.token)
    sent = {prop.key for _, prop, _ in properties(resource.shape, accepted) if prop.sent}
    unknown = {(resource.token, key) for key in sent - words(resource.service)}
    assert unknown <= TAKEN_APART


@every_type
def test_what_only_the_provider_needs_has_a_reason(resource: Resource) -> None:
    listed = NOT_READ_BACK.get(resource.token, {})
    assert resource.provider_only <= listed.keys()
    # What is listed beside it is sent, and cannot be read: nothing else may be skipped.
    assert listed.keys() - resource.provider_only <= resource.properties.keys()
    assert all(len(reason) > 20 for reason in listed.values())


def test_what_cannot_be_read_though_it_is_sent() -> None:
    sent = {
        (type_, name)
        for type_, listed in NOT_READ_BACK.items()
        for name in listed.keys() - RESOURCES[type_].provider_only
    }
    assert sent == {
        ("aws:lambda/function:Function", "code"),
        ("aws:rds/instance:Instance", "manageMasterUserPassword"),
        ("aws:rds/instance:Instance", "password"),
    }


def test_what_is_only_checked() -> None:
    assert checked_only == {
        "aws:arcregionswitch/plan:Plan": (
            "the sandbox's AWS has no Application Recovery Controller (arc-region-switch)"
        ),
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": (
            "the sandbox's AWS has no Amazon Q Developer in chat applications (chatbot)"
        ),
    }


@every_type
def test_an_interrupted_creation_can_be_found(resource: Resource) -> None:
    assert resource.identify or resource.name or resource.checked_only


# What forces replacement


@functools.cache
def create_only(type_: str) -> frozenset[str]:
    """CloudFormation's list, as cfn-lint carries it: `/properties/A/B` -> `A/B`."""
    import cfnlint  # loads for a second, which only this test should pay

    folder = Path(cfnlint.__file__).parent / "data" / "schemas"
    providers = json.loads((folder / "providers" / "us-east-1.json").read_text())
    (found,) = (folder / "resources").glob(f"{providers[type_]}*")
    published = json.loads(found.read_text())
    assert published["typeName"] == type_
    return frozenset(
        path.removeprefix("/properties/") for path in published.get("createOnlyProperties", ())
    )


def in_our_words(resource: Resource) -> frozenset[str]:
    """CloudFormation's list in the SDK's names; what the SDK does not have is left out."""
    renamed = CLOUDFORMATION_NAMES.get(resource.token, {})
    # Some services spell their parameters with a small letter first, CloudFormation never.
    by_key = {prop.key[0].upper() + prop.key[1:]: prop.name for prop in resource.shape}
    names: set[str] = set()
    for name in create_only(CLOUDFORMATION[resource.token]):
        if name in renamed:
            names.update(renamed[name])
        elif name in by_key:
            names.add(by_key[name])
    return frozenset(names)


def test_every_type_stands_on_a_source() -> None:
    assert CLOUDFORMATION.keys() | NOT_IN_CLOUDFORMATION.keys() == RESOURCES.keys()
    assert CLOUDFORMATION.keys() & NOT_IN_CLOUDFORMATION.keys() == set()


@pytest.mark.parametrize("type_", CLOUDFORMATION)
def test_what_forces_replacement_is_what_aws_says(type_: str) -> None:
    resource = RESOURCES[type_]
    published = in_our_words(resource)
    more = FIXED_HERE.get(type_, {}).keys()
    less = CHANGED_HERE.get(type_, {}).keys()
    assert more.isdisjoint(published), "no deviation: CloudFormation says so too"
    assert less <= published, "no deviation: CloudFormation does not say it either"
    assert resource.forces_replacement == (published - less) | more


def test_every_deviation_has_a_source() -> None:
    for table in (FIXED_HERE, CHANGED_HERE):
        for sources in table.values():
            assert all(len(source) > 15 for source in sources.values())


# Look-ups


@pytest.mark.parametrize("token", LOOKUPS)
def test_every_look_up_is_one_of_the_sdks(token: str) -> None:
    _, module, name = re.split(r"[:/]", token)[:3]
    function = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    package = pulumi_aws if module == "index" else getattr(pulumi_aws, module)
    assert f"'{token}'" in inspect.getsource(getattr(package, function))
