"""CloudWatch's metrics as Datadog's AWS integration names them.

They arrive up to a quarter of an hour late, and counts as a rate per second, hence ``as_count``
[Datadog: AWS Integration and CloudWatch FAQ; Cloud Metric Delay].
"""

import re
from collections.abc import Mapping

import pulumi

from ..alarm import Metric

# How late they may be, for people who read the dashboard.
DELAY = "up to 15 minutes"
# Names that do not follow the rule below [Datadog: metrics of the integrations Amazon ELB and EC2].
_NAMES = {
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): "httpcode_target_5xx",
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): "httpcode_elb_5xx",
}
_TAGS = {("AWS/EC2", "AutoScalingGroupName"): "autoscaling_group"}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Of the response time there are these percentiles alone.
_PERCENTILES = (50.0, 90.0, 95.0, 99.0)
_COMBINED: Mapping[str, str] = {
    "Average": "avg",
    "Maximum": "max",
    "Minimum": "min",
    "Sum": "sum",
}


def metric_name(namespace: str, name: str) -> str:
    """``aws.rds.freeable_memory`` of ``AWS/RDS`` and ``FreeableMemory``."""
    known = _NAMES.get((namespace, name)) or _WORD.sub("_", name).lower()
    return f"{namespace.lower().replace('/', '.')}.{known}"


def metric_query(metric: Metric) -> pulumi.Input[str]:
    """The query of a metric; an Output where one of its dimensions is one."""
    name = metric_name(metric.namespace, metric.name)
    statistic = metric.statistic
    if statistic.startswith("p"):
        asked = float(statistic.removeprefix("p"))
        nearest = min(_PERCENTILES, key=lambda known: (abs(known - asked), -known))
        name, statistic = f"{name}.p{nearest:g}", "Average"
    elif metric.name == "TargetResponseTime":
        name = f"{name}.{statistic.lower()}"
    counted = ".as_count()" if statistic == "Sum" else ""
    parts: list[pulumi.Input[str]] = [f"{_COMBINED[statistic]}:{name}{{"]
    for dimension in sorted(metric.dimensions):
        tag = _TAGS.get((metric.namespace, dimension), dimension.lower())
        parts += ["," if len(parts) > 1 else "", f"{tag}:", metric.dimensions[dimension]]
    if len(parts) == 1:
        parts.append("*")
    parts.append(f"}}{counted}")
    if all(isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts)
    return pulumi.Output.concat(*parts)
