"""Systems Manager: parameters, documents, and what is kept in place on servers."""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class AssociationTargetArgs:
    """The servers that it is for."""

    key: pulumi.Input[str]
    values: pulumi.Input[Sequence[pulumi.Input[str]]]


@arguments
class AssociationArgs:
    """A document that is run on servers, again and again."""

    association_name: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    """The document."""
    parameters: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    schedule_expression: pulumi.Input[str | None] = None
    targets: pulumi.Input[Sequence[pulumi.Input[AssociationTargetArgs]] | None] = None


class Association(Resource[AssociationArgs], token="aws:ssm/association:Association"):
    """A State Manager association."""


@arguments
class DocumentArgs:
    """What Systems Manager can carry out."""

    content: pulumi.Input[str]
    document_type: pulumi.Input[str]
    """``Automation`` for runbooks."""
    document_format: pulumi.Input[str | None] = None
    """``JSON`` (default) or ``YAML``."""
    name: pulumi.Input[str | None] = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None


class Document(Resource[DocumentArgs], token="aws:ssm/document:Document"):
    """A document. Its id is its name; new content is its next version, and its default."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    default_version: pulumi.Output[str]


@arguments
class ParameterArgs:
    """A named value."""

    type: pulumi.Input[str]
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None
    value: pulumi.Input[str | None] = None


class Parameter(Resource[ParameterArgs], token="aws:ssm/parameter:Parameter", secrets=("value",)):
    """A parameter. Its id is its name."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
