"""CloudWatch alarms on what the plan watches, in the plan's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_upkeep.plan import Plan

from tools.upkeep.export.part import Part


@dataclass(frozen=True)
class _Watched:
    """A metric that the plan has a threshold for.

    threshold   the word of ``monitoring.alert_when``
    dimension   by which the thing is known
    kind, part  how the alarm of a thing is called: ``resources-{kind}-{thing}-{part}``
    """

    threshold: str
    dimension: str
    kind: str
    part: str


# Counts and bytes are no shares: what is a share of what only the instance's class tells.
_KNOWN: Mapping[tuple[str, str], _Watched] = {
    ("AWS/RDS", "CPUUtilization"): _Watched("cpu", "DBInstanceIdentifier", "database", "cpu"),
    ("AWS/EC2", "CPUUtilization"): _Watched("cpu", "AutoScalingGroupName", "server", "cpu"),
}
_ABOVE = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")


def alarms_of(alarms: Sequence[Mapping[str, Any]], plan: Plan) -> Part:
    """The alarms of the primary region; ``alarms`` are CloudWatch's own documents."""
    things = {each.instance: name for name, each in plan.estate.databases.items()}
    things |= {each.group: name for name, each in plan.estate.servers.items()}
    thresholds: dict[str, float] = {}
    adopt: dict[str, str] = {}
    left: list[str] = []
    for alarm in sorted(alarms, key=lambda each: str(each["AlarmName"])):
        name = alarm["AlarmName"]
        watched = _KNOWN.get((alarm.get("Namespace", ""), alarm.get("MetricName", "")))
        if watched is None or alarm["ComparisonOperator"] not in _ABOVE:
            metric = "/".join(filter(None, (alarm.get("Namespace"), alarm.get("MetricName"))))
            left.append(f"alarm {name!r}: the plan watches {metric or 'its expression'} otherwise")
            continue
        of = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())}
        thing = things.get(of.get(watched.dimension, ""))
        if thing is None:
            left.append(f"alarm {name!r}: watches what `estate` lacks")
            continue
        resource = f"resources-{watched.kind}-{thing}-{watched.part}"
        if resource in adopt:
            left.append(f"alarm {name!r}: watches the same as {adopt[resource]!r}; remove one")
            continue
        adopt[resource] = name
        limit, known = alarm["Threshold"], thresholds.get(watched.threshold)
        if known is not None and known != limit:
            left.append(
                f"alarm {name!r}: above {limit:g} %, others above {known:g} %; the plan has one "
                "threshold, the lower"
            )
        thresholds[watched.threshold] = min(limit, limit if known is None else known)
    if not adopt:
        return Part(left=tuple(left))
    # What its topic means nobody can tell from here.
    said = {word: {"above": f"{limit:g} %", "severity": "p2"} for word, limit in thresholds.items()}
    left.append("monitoring.alert_when: every severity is taken to be p2; state your own")
    return Part({"monitoring": {"alert_when": said}}, {"alarms": adopt}, tuple(left))
