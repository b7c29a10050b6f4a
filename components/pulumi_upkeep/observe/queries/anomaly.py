"""A metric, and when it behaves unlike itself: Datadog's anomaly detection.

The rules of its windows are many and bend silently, so only two things are said here, how long it
must be unlike itself and how long like itself again, and the rest follows from them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ...datadog import MonitorThresholdWindowsArgs
from ...plan.faults import Fault, PlanError
from ...plan.limits import ANOMALY_WINDOW
from ...plan.words import say_duration
from .compiled import Compiled
from .condition import Condition
from .windows import LONGEST_OF_METRICS, metric_window

# ``basic`` knows no seasons, ``agile`` follows a change of level, ``robust`` does not.
Algorithm = Literal["basic", "agile", "robust"]
Seasonality = Literal["hourly", "daily", "weekly"]
Direction = Literal["above", "below", "both"]

_MINUTE = timedelta(minutes=1)
SHORTEST, LONGEST = ANOMALY_WINDOW.least, ANOMALY_WINDOW.most
# Datadog advises a query's window of five times the trigger window.
_CONTEXT = 5
# ... and points no further apart than a fifth of it; coarser ones than a minute hide nothing that
# lasts so long.
_POINTS = 5


@dataclass(frozen=True)
class Anomaly:
    """A metric outside its own bounds for a share of a window.

    metric        a metric query of Datadog
    lasting       how long it must be unlike itself; 15 minutes to 24 hours [Datadog]
    recovers_in   how long like itself until the alert ends; at most ``lasting``. Default: as long
    share         of the points outside the bounds, above 0 and at most 1. Default 1: all of them
    direction     which side counts. Default both
    deviations    width of the bounds in deviations, 1 to 6; default 3
    algorithm     default ``agile``
    seasonality   default ``weekly``; none with ``basic``
    timezone      IANA name whose clocks a daily or weekly season follows; default: UTC
    counts        whether silence means zero (a count that is sent only when something happens)
    Raises ``PlanError`` with every figure that Datadog would refuse.
    """

    metric: str
    lasting: timedelta
    recovers_in: timedelta | None = None
    share: float = 1.0
    direction: Direction = "both"
    deviations: int = 3
    algorithm: Algorithm = "agile"
    seasonality: Seasonality | None = "weekly"
    timezone: str | None = None
    counts: bool = False

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise PlanError(faults)

    @property
    def recovery(self) -> timedelta:
        """How long it must be like itself until the alert ends."""
        return self.recovers_in or self.lasting

    def _faults(self) -> Iterator[Fault]:
        if not SHORTEST <= self.lasting <= LONGEST:
            near = SHORTEST if self.lasting < SHORTEST else LONGEST
            yield Fault(
                "lasting",
                "an anomaly is looked at for 15 minutes to 24 hours [Datadog]",
                say_duration(self.lasting),
                f"nearest: `{say_duration(near)}`",
            )
        if not 0 < self.share <= 1:
            yield Fault("share", "a share lies above 0 and is 1 at most", f"{self.share:g}", "`1`")
        elif not self._least_recovery() <= self.recovery <= self.lasting:
            near = self._least_recovery() if self.recovery < self.lasting else self.lasting
            yield Fault(
                "recovers_in",
                f"lies between {say_duration(self._least_recovery())} (what is left of "
                f"`lasting` when the share is not met, and a minute) and `lasting` [Datadog]",
                say_duration(self.recovery),
                f"nearest: `{say_duration(near)}`",
            )
        if not 1 <= self.deviations <= 6:
            yield Fault("deviations", "1 to 6", f"{self.deviations}", "3 suits most")
        if self.algorithm == "basic" and self.seasonality is not None:
            yield Fault(
                "seasonality",
                "`basic` knows no seasons [Datadog]",
                self.seasonality,
                "leave it out",
            )
        if self.algorithm != "basic" and self.seasonality is None:
            yield Fault("seasonality", f"`{self.algorithm}` follows one", None, "`weekly`")

    def _least_recovery(self) -> timedelta:
        minutes = self.lasting * (1 - self.share) / _MINUTE
        return (int(minutes) + (minutes % 1 > 0) + 1) * _MINUTE

    def interval(self) -> timedelta:
        """How far apart the points are that it is judged by: whole minutes, at most a fifth of
        ``lasting``."""
        return max(_MINUTE, self.lasting // _POINTS // _MINUTE * _MINUTE)

    def compile(self) -> Compiled:
        """The monitor's query, thresholds and windows."""
        context = min(self.lasting * _CONTEXT, LONGEST_OF_METRICS)
        # Datadog's own order, in which it hands a query back.
        parts = [
            self.metric,
            f"'{self.algorithm}'",
            str(self.deviations),
            f"direction='{self.direction}'",
            f"interval={round(self.interval().total_seconds())}",
            f"alert_window='{metric_window(self.lasting)}'",
            f"count_default_zero='{str(self.counts).lower()}'",
        ]
        if self.seasonality is not None:
            parts.append(f"seasonality='{self.seasonality}'")
        if self.timezone is not None:
            parts.append(f"timezone='{self.timezone.lower()}'")
        # The alert ends at nothing: when no point of the recovery window is outside the bounds.
        when = Condition(">=", self.share, critical_recovery=0)
        return Compiled(
            "query alert",
            f"avg({metric_window(context)}):anomalies({', '.join(parts)}) {when.text()}",
            when.thresholds(),
            MonitorThresholdWindowsArgs(
                trigger_window=metric_window(self.lasting),
                recovery_window=metric_window(self.recovery),
            ),
        )
