"""What a compiler gives: all that a monitor needs to evaluate a query."""

from dataclasses import dataclass

from ...datadog import MonitorThresholdsArgs, MonitorThresholdWindowsArgs


@dataclass(frozen=True)
class Compiled:
    """A monitor's type, query and the options that must agree with it.

    type         Datadog's: ``query alert``, ``slo alert``, ``error-tracking alert``
    query        one line
    thresholds   the numbers of the query once more
    windows      of an anomaly monitor alone
    """

    type: str
    query: str
    thresholds: MonitorThresholdsArgs | None
    windows: MonitorThresholdWindowsArgs | None = None
