"""The doors of a standby: who may reach its load balancer, and what its servers may reach."""

from dataclasses import dataclass

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..security_group import declare_security_group

ANYWHERE = "0.0.0.0/0"
HTTP, HTTPS = 80, 443


@dataclass(frozen=True)
class Doors:
    """The security groups of the load balancer and of the servers."""

    balancer: aws.ec2.SecurityGroup
    servers: aws.ec2.SecurityGroup


def declare_doors(owner: UpkeepComponent, network: pulumi.Input[str], port: int) -> Doors:
    """Everybody may ask the load balancer, it alone may ask the servers, and they reach HTTPS.

    What else servers must reach (a database) comes with the further groups they are given.
    """
    balancer = _group(owner, "load-balancer", network)
    servers = _group(owner, "servers", network)
    for part, at in (("http", HTTP), ("https", HTTPS)):
        aws.vpc.SecurityGroupIngressRule(
            f"{owner.name}-load-balancer-{part}",
            aws.vpc.SecurityGroupIngressRuleArgs(
                security_group_id=balancer.id,
                description=f"Anybody, {part.upper()}",
                ip_protocol="tcp",
                from_port=at,
                to_port=at,
                cidr_ipv4=ANYWHERE,
            ),
            owner.child(),
        )
    aws.vpc.SecurityGroupEgressRule(
        f"{owner.name}-load-balancer-to-servers",
        aws.vpc.SecurityGroupEgressRuleArgs(
            security_group_id=balancer.id,
            description="The servers",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=servers.id,
        ),
        owner.child(),
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{owner.name}-servers-from-load-balancer",
        aws.vpc.SecurityGroupIngressRuleArgs(
            security_group_id=servers.id,
            description="The load balancer",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=balancer.id,
        ),
        owner.child(),
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{owner.name}-servers-https",
        aws.vpc.SecurityGroupEgressRuleArgs(
            security_group_id=servers.id,
            description="AWS and package sources, HTTPS",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=ANYWHERE,
        ),
        owner.child(),
    )
    return Doors(balancer, servers)


def _group(owner: UpkeepComponent, part: str, network: pulumi.Input[str]) -> aws.ec2.SecurityGroup:
    says = f"{part.replace('-', ' ')} of {physical_name(owner.name)}"
    return declare_security_group(owner, part, network, says)
