"""The plan's language and its proofs: plain data, without Pulumi.

words        durations, percentages, clock times, names, places, addresses
schedule     ``every``, ``at``, ``on``: the cloud's cron, and when it really runs
<chapter>    estate, severities, monitoring, uptime, backups, replicas, standby, objectives,
             windows, accepted: one file each
plan         the whole plan, and what its chapters say of each other
limits       what the vendors accept, with sources
proofs       what follows from the plan: objectives kept or missed, findings
read         a stack file, read as the engine reads it
check        all of it: ``python -m pulumi_upkeep.plan.check Pulumi.prod.yaml``
"""

from .faults import Fault, PlanError
from .plan import CHAPTERS, Plan

__all__ = ["CHAPTERS", "Fault", "Plan", "PlanError"]
