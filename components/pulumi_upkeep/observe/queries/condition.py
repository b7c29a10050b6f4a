"""A comparison: the value that alerts, the one that warns before it, and those that end either."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from ...datadog import MonitorThresholdsArgs
from ...plan.faults import Fault, PlanError

Comparison = Literal[">", ">=", "<", "<="]


@dataclass(frozen=True)
class Condition:
    """From when something alerts, and until when.

    comparison           of the measured value with ``critical``
    critical             the number in the query
    warning              on the healthy side of ``critical``
    critical_recovery    on the healthy side of ``critical``: an alert ends there, and does not
                         flap
    warning_recovery     likewise of ``warning``
    Raises ``PlanError`` with every value that lies on the wrong side [Datadog, kennel].
    """

    comparison: Comparison
    critical: float
    warning: float | None = None
    critical_recovery: float | None = None
    warning_recovery: float | None = None
    rising: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rising", self.comparison.startswith(">"))
        if faults := list(self._faults()):
            raise PlanError(faults)

    def _faults(self) -> Iterator[Fault]:
        for name, value, bound, against in (
            ("warning", self.warning, self.critical, "critical"),
            ("critical_recovery", self.critical_recovery, self.critical, "critical"),
            ("warning_recovery", self.warning_recovery, self.warning, "warning"),
        ):
            if value is None:
                continue
            if bound is None:
                yield Fault(
                    name, "there is no `warning` that it would end", number(value), "add it"
                )
            elif not (_kept(value) < _kept(bound) if self.rising else _kept(value) > _kept(bound)):
                side = "below" if self.rising else "above"
                yield Fault(
                    name,
                    f"must be {side} `{against}`, which is {number(bound)} [Datadog]",
                    number(value),
                    f"a value {side} {number(bound)}",
                )

    def text(self) -> str:
        """The end of a query: ``>= 0.9``."""
        return f"{self.comparison} {number(self.critical)}"

    def thresholds(self) -> MonitorThresholdsArgs:
        """The same figures as the monitor's own options; Datadog wants both to agree."""
        return MonitorThresholdsArgs(
            critical=number(self.critical),
            warning=_number(self.warning),
            critical_recovery=_number(self.critical_recovery),
            warning_recovery=_number(self.warning_recovery),
        )


def number(value: float) -> str:
    """A number as Datadog keeps it: no exponent, a zero before the point, none at the end.

    Otherwise what is sent and what is kept differ in every preview.
    """
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _kept(value: float) -> float:
    """A number as precise as Datadog gets it."""
    return float(number(value))


def _number(value: float | None) -> str | None:
    return None if value is None else number(value)
