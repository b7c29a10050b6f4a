"""Rules of security groups, each a resource of its own."""

import pulumi

from ..thin import Resource, arguments


@arguments
class SecurityGroupEgressRuleArgs:
    """Where to traffic may go, to one place."""

    ip_protocol: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    cidr_ipv4: pulumi.Input[str | None] = None
    description: pulumi.Input[str | None] = None
    from_port: pulumi.Input[int | None] = None
    referenced_security_group_id: pulumi.Input[str | None] = None
    to_port: pulumi.Input[int | None] = None


class SecurityGroupEgressRule(
    Resource[SecurityGroupEgressRuleArgs],
    token="aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
):
    """A rule for traffic that leaves."""


@arguments
class SecurityGroupIngressRuleArgs:
    """Where from traffic may come, from one place."""

    ip_protocol: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    cidr_ipv4: pulumi.Input[str | None] = None
    description: pulumi.Input[str | None] = None
    from_port: pulumi.Input[int | None] = None
    referenced_security_group_id: pulumi.Input[str | None] = None
    to_port: pulumi.Input[int | None] = None


class SecurityGroupIngressRule(
    Resource[SecurityGroupIngressRuleArgs],
    token="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
):
    """A rule for traffic that comes in."""
