"""A security group, and the way between two of them."""

import pulumi

from . import aws
from .component import UpkeepComponent
from .naming import physical_name

# EC2: a security group's name has at most 255 characters.
NAME_LIMIT = 255


def declare_security_group(
    owner: UpkeepComponent, part: str, network: pulumi.Input[str], says: str
) -> aws.ec2.SecurityGroup:
    """Declares a group without a rule, which lets nothing in or out, as a child of ``owner``.

    part      names it within its component; empty for the only one
    network   id of the VPC
    says      whom it is for: its description
    """
    parts = [part] if part else []
    called = physical_name(owner.name, *parts, limit=NAME_LIMIT)
    return aws.ec2.SecurityGroup(
        "-".join([owner.name, *parts]),
        aws.ec2.SecurityGroupArgs(
            # The console shows the tag, the API the name.
            name=called,
            description=says,
            vpc_id=network,
            tags={"Name": called},
        ),
        owner.child(),
    )


def declare_way(
    owner: UpkeepComponent,
    to: str,
    source: pulumi.Input[str],
    target: pulumi.Input[str],
    port: pulumi.Input[int],
    *,
    out: str,
    into: str,
) -> None:
    """Lets one group reach another over TCP: a rule out of the one, and one into the other.

    to               what is reached: names both rules within their component
    source, target   ids of the groups
    out, into        what each rule says of itself: ``to the database``, ``from its care``
    """
    name = f"{owner.name}-to-{to}"
    aws.vpc.SecurityGroupEgressRule(
        name,
        aws.vpc.SecurityGroupEgressRuleArgs(
            security_group_id=source,
            referenced_security_group_id=target,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=out,
        ),
        owner.child(),
    )
    aws.vpc.SecurityGroupIngressRule(
        name,
        aws.vpc.SecurityGroupIngressRuleArgs(
            security_group_id=target,
            referenced_security_group_id=source,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=into,
        ),
        owner.child(),
    )
