"""Where traffic goes: health checks and the two records of a name that can move.

Route 53 answers with the PRIMARY record while it is healthy, and otherwise with the SECONDARY
record if *that* is healthy; with neither healthy it answers PRIMARY again [Route 53, failover
routing]. So a side takes traffic only if its record is healthy, and the records say when it is:

by itself       PRIMARY is healthy while the primary endpoint answers, SECONDARY while servers
                behind the standby's load balancer are healthy. Right where the standby can
                serve without a person.
by the switch   PRIMARY is healthy until the switch is opened, SECONDARY once it is open *and*
                servers are healthy. Right where something must happen first: a database
                promoted, servers started. A dead primary alone moves nothing but alerts.

The way back. One name cannot hold failover and weighted records [Route 53], so the SECONDARY
record is an alias of a name of its own, ``return.<name>``, with a weighted pair: all of the weight
is the standby's, and while users go back a part of it is the primary's. Only this name is edited,
once us-east-1 is there again; the failover name never is. A weight of 0 is nothing, unless the
record with the weight is unhealthy: with no healthy server here, the primary is asked again.

The switch is a fixed answer of the standby's own load balancer, in the recovery region: 503 while
closed, 200 once a runbook has changed it. Health checks see it from outside, so traffic moves
without a change at Route 53's control plane, which lives in us-east-1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.standby import Health
from .standby_network import HTTPS

# By default from as few as there may be: one alone cannot tell its own trouble from ours.
CHECKED_FROM = ["eu-west-1", "us-east-1", "us-west-2"]
SWITCH_PATH = "/.well-known/upkeep/standby-open"
# The first rule to be looked at.
SWITCH_PRIORITY = 1


@dataclass(frozen=True)
class Side:
    """A load balancer that traffic may go to."""

    dns_name: pulumi.Input[str]
    zone_id: pulumi.Input[str]


def declare_endpoint_check(
    owner: UpkeepComponent,
    part: str,
    host: pulumi.Input[str],
    path: str,
    health: Health,
    checked_from: Sequence[str],
    *,
    inverted: bool = False,
) -> aws.route53.HealthCheck:
    """Declares a health check over HTTPS.

    It asks a load balancer by its own name: the name that moves would lead it to the other side
    after the move. The certificate is for another name, which Route 53 does not mind: refused by
    name, it asks again without one.
    """
    return aws.route53.HealthCheck(
        f"{owner.name}-{part}",
        aws.route53.HealthCheckArgs(
            type="HTTPS",
            fqdn=host,
            port=HTTPS,
            resource_path=path,
            request_interval=round(health.every.total_seconds()),
            failure_threshold=health.failures,
            regions=sorted(checked_from),
            enable_sni=True,
            invert_healthcheck=inverted,
            tags={"Name": physical_name(owner.name, part)},
        ),
        owner.child(),
    )


def declare_switch(owner: UpkeepComponent, listener: aws.lb.Listener) -> aws.lb.ListenerRule:
    """Declares the switch, closed. Runbooks open and close it; deployments leave it as it is."""
    return aws.lb.ListenerRule(
        f"{owner.name}-switch",
        aws.lb.ListenerRuleArgs(
            listener_arn=listener.arn,
            priority=SWITCH_PRIORITY,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=[SWITCH_PATH])
                )
            ],
            actions=[
                aws.lb.ListenerRuleActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerRuleActionFixedResponseArgs(
                        content_type="text/plain", message_body="closed", status_code="503"
                    ),
                )
            ],
            tags={"Name": physical_name(owner.name, "switch")},
        ),
        owner.child(ignore_changes=["actions"]),
    )


def declare_records(
    owner: UpkeepComponent,
    name: str,
    zone_id: pulumi.Input[str],
    primary: Side,
    standby: Side,
    primary_healthy: aws.route53.HealthCheck,
    standby_open: aws.route53.HealthCheck | None,
) -> aws.route53.Record:
    """Declares both records and returns the primary's.

    A record is healthy when its health check is, and when its load balancer has healthy servers.
    """
    record = _record(owner, "primary", "PRIMARY", name, zone_id, primary, primary_healthy)
    _record(owner, "standby", "SECONDARY", name, zone_id, standby, standby_open)
    return record


def return_name(serves: str) -> str:
    """``return.www.bynomi.com`` of ``www.bynomi.com``."""
    return f"return.{serves.removeprefix('*.')}"


def declare_return(
    owner: UpkeepComponent,
    serves: str,
    zone_id: pulumi.Input[str],
    primary: Side,
    standby: Side,
    returned: float,
) -> Side:
    """Declares the weighted pair of the way back and returns it as a side of the failover.

    returned   per cent of the users that the primary has again, in whole numbers
    """
    share = round(returned)
    name = return_name(serves)
    for part, side, weight in (("primary", primary, share), ("standby", standby, 100 - share)):
        aws.route53.Record(
            f"{owner.name}-return-{part}",
            aws.route53.RecordArgs(
                zone_id=zone_id,
                name=name,
                type="A",
                set_identifier=part,
                weighted_routing_policies=[
                    aws.route53.RecordWeightedRoutingPolicyArgs(weight=weight)
                ],
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=side.dns_name, zone_id=side.zone_id, evaluate_target_health=True
                    )
                ],
            ),
            owner.child(),
        )
    # An alias of a name in the same zone.
    return Side(name, zone_id)


def _record(
    owner: UpkeepComponent,
    part: str,
    role: str,
    name: str,
    zone_id: pulumi.Input[str],
    side: Side,
    check: aws.route53.HealthCheck | None,
) -> aws.route53.Record:
    return aws.route53.Record(
        f"{owner.name}-{part}",
        aws.route53.RecordArgs(
            zone_id=zone_id,
            name=name,
            type="A",
            set_identifier=part,
            failover_routing_policies=[aws.route53.RecordFailoverRoutingPolicyArgs(type=role)],
            health_check_id=check.id if check else None,
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=side.dns_name, zone_id=side.zone_id, evaluate_target_health=True
                )
            ],
        ),
        owner.child(),
    )
