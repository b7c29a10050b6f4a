"""Restriction policies: who may see and change one dashboard, monitor or other object."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class RestrictionPolicyBindingArgs:
    """Who stands in which relation to the object."""

    principals: pulumi.Input[Sequence[pulumi.Input[str]]]
    """``role:<id>``, ``team:<id>``, ``user:<id>`` or ``org:<id>``; a set."""
    relation: pulumi.Input[str]
    """``viewer`` or ``editor``."""


@arguments
class RestrictionPolicyArgs:
    """The policy of one object."""

    resource_id: pulumi.Input[str]
    """``dashboard:<id>``, ``monitor:<id>``; another one is another policy."""
    bindings: pulumi.Input[Sequence[pulumi.Input[RestrictionPolicyBindingArgs]] | None] = None
    """A set."""


class RestrictionPolicy(
    Resource[RestrictionPolicyArgs], token="datadog:index/restrictionPolicy:RestrictionPolicy"
):
    """A policy. Its id is its object's."""

    resource_id: pulumi.Output[str]
