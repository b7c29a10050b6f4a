"""The load balancer of a standby: where traffic arrives once it has moved."""

from dataclasses import dataclass
from typing import Any

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from .standby_network import HTTP, HTTPS

# Elastic Load Balancing: load balancers and target groups have at most 32 characters.
NAME_LIMIT = 32
# TLS 1.2 and 1.3 only [Elastic Load Balancing, security policies].
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


@dataclass(frozen=True)
class Balancer:
    """The load balancer, the servers behind it, and the listener that users come by."""

    balancer: aws.lb.LoadBalancer
    targets: aws.lb.TargetGroup
    https: aws.lb.Listener


def declare_balancer(
    owner: UpkeepComponent,
    *,
    security_group: pulumi.Input[str],
    network: pulumi.Input[str],
    subnets: Any,
    port: int,
    asked: str,
    certificate: pulumi.Input[str],
    access_logs: pulumi.Input[str] | None,
    protect: bool,
) -> Balancer:
    """Declares a public load balancer that speaks HTTPS and leads HTTP to it.

    port          on which the servers listen, without TLS
    asked         path each server is asked; 200 is well
    access_logs   bucket of its access logs; None keeps none
    """
    balancer = aws.lb.LoadBalancer(
        owner.name,
        aws.lb.LoadBalancerArgs(
            name=physical_name(owner.name, limit=NAME_LIMIT),
            load_balancer_type="application",
            internal=False,
            subnets=subnets,
            security_groups=[security_group],
            drop_invalid_header_fields=True,
            enable_deletion_protection=protect,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                bucket=access_logs, prefix=owner.name, enabled=True
            )
            if access_logs is not None
            else None,
        ),
        owner.child(protect=protect),
    )
    targets = aws.lb.TargetGroup(
        owner.name,
        aws.lb.TargetGroupArgs(
            name=physical_name(owner.name, limit=NAME_LIMIT),
            vpc_id=network,
            port=port,
            protocol="HTTP",
            target_type="instance",
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                path=asked,
                protocol="HTTP",
                matcher="200",
                interval=30,
                timeout=5,
                healthy_threshold=3,
                unhealthy_threshold=3,
            ),
        ),
        owner.child(),
    )
    https = aws.lb.Listener(
        f"{owner.name}-https",
        aws.lb.ListenerArgs(
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate,
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)
            ],
        ),
        owner.child(),
    )
    aws.lb.Listener(
        f"{owner.name}-http",
        aws.lb.ListenerArgs(
            load_balancer_arn=balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                        protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
                    ),
                )
            ],
        ),
        owner.child(),
    )
    return Balancer(balancer, targets, https)
