"""The lag of an RDS replica, as an alarm may trust it."""

from datetime import timedelta

import pulumi

from ..plan.replicas import ALERTING_LAG
from ..plan.words import Severity
from .alarm import Metric, Watch

# RDS reports a lag of -1 where a replica does not follow at all; an alarm must not take that for
# "in time", so it counts as a day, which is more than any lag that may be asked for.
# Source: Amazon RDS User Guide, "Monitoring read replication".
NOT_REPLICATING = timedelta(days=1)
assert ALERTING_LAG.most < NOT_REPLICATING


def lag_watch(
    part: str,
    says: str,
    instance: pulumi.Input[str],
    above: timedelta,
    severity: Severity,
    lasting: timedelta = timedelta(minutes=5),
) -> Watch:
    """The watch of a replica that falls behind, or does not follow, or does not say.

    instance   identifier of the replica
    above      the longest that it may be behind
    lasting    how long it must last, whole minutes
    """
    metric = Metric("AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": instance}, "Maximum")
    return Watch(
        part=part,
        says=says,
        runbook="replica-lag",
        severity=severity,
        expression=f"IF(lag < 0, {NOT_REPLICATING.total_seconds():.0f}, lag)",
        metrics={"lag": metric},
        threshold=above.total_seconds(),
        missing_data="breaching",
        periods=lasting // timedelta(minutes=1),
    )
