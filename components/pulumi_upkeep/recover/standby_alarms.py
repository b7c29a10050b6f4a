"""The alarms of a standby: the reason to act, and whether it could."""

from .. import aws
from ..component import UpkeepComponent
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Watch, declare_alarm
from ..plan.words import Severity

# Route 53 reports its metrics to this region alone, so their alarms live there.
ROUTE_53_REGION = "us-east-1"


def watch_primary(
    owner: UpkeepComponent,
    serves: str,
    asked: aws.route53.HealthCheck,
    severity: Severity,
    topics: AlertTopics,
    runbooks: str,
    *,
    moves_by_itself: bool,
) -> None:
    """Declares the alarm on a primary that does not answer; ``topics`` are of us-east-1.

    serves   the host name that traffic comes by
    asked    the health check that asks the primary
    """
    moves = "traffic moves by itself" if moves_by_itself else "traffic stays there"
    watch = Watch(
        part="primary-down",
        says=f"the primary of {serves} does not answer; {moves}",
        severity=severity,
        metric=Metric("AWS/Route53", "HealthCheckStatus", {"HealthCheckId": asked.id}, "Minimum"),
        comparison="LessThanThreshold",
        threshold=1,
        # The health check has counted failures already.
        periods=1,
        missing_data="breaching",
    )
    declare_alarm(owner, watch, topics, runbooks, region=ROUTE_53_REGION)


def watch_standby(
    owner: UpkeepComponent,
    running: int,
    balancer: aws.lb.LoadBalancer,
    targets: aws.lb.TargetGroup,
    group: aws.autoscaling.Group,
    severity: Severity,
    topics: AlertTopics,
    runbooks: str,
) -> None:
    """Declares the alarms on servers that are unhealthy and, of a warm standby, too few.

    running   servers that run while they wait; with 0 none is expected
    """
    behind = {"LoadBalancer": balancer.arn_suffix, "TargetGroup": targets.arn_suffix}
    watches = [
        Watch(
            part="unhealthy",
            runbook="standby-unhealthy",
            says=f"servers of {physical_name(owner.name)} run but do not answer",
            severity=severity,
            metric=Metric("AWS/ApplicationELB", "UnHealthyHostCount", behind, "Maximum"),
            threshold=0,
            # A load balancer without servers reports nothing: a pilot light is healthy.
            missing_data="notBreaching",
        )
    ]
    if running:
        few = f"fewer than {running} servers of {physical_name(owner.name)}"
        in_service = {"AutoScalingGroupName": group.name}
        watches += [
            Watch(
                part=part,
                runbook=f"standby-{part}",
                says=f"{few} are {what}",
                severity=severity,
                metric=metric,
                comparison="LessThanThreshold",
                threshold=running,
                missing_data="breaching",
            )
            for part, what, metric in (
                (
                    "not-ready",
                    "healthy",
                    Metric("AWS/ApplicationELB", "HealthyHostCount", behind, "Minimum"),
                ),
                (
                    "too-few",
                    "in service",
                    Metric("AWS/AutoScaling", "GroupInServiceInstances", in_service, "Minimum"),
                ),
            )
        ]
    for watch in watches:
        declare_alarm(owner, watch, topics, runbooks)
