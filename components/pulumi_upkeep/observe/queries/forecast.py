"""A metric, and when it will reach a value: Datadog's forecast, for what fills up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ...plan.faults import Fault, PlanError
from ...plan.limits import FORECAST_AHEAD
from ...plan.words import say_duration
from .compiled import Compiled
from .condition import Condition
from .windows import ahead

_DAY = timedelta(days=1)
NEAREST, FURTHEST = FORECAST_AHEAD.least, FORECAST_AHEAD.most
Model = Literal["default", "simple", "reactive"]


@dataclass(frozen=True)
class Forecast:
    """A metric that, going on as it does, passes a value.

    metric       a metric query of Datadog
    within       how far ahead is looked; 12 hours to 90 days
    when         the comparison: ``>=`` for what fills up, ``<=`` for what runs dry
    deviations   width of the bounds, 1 at least; default 1
    learns_from  how much of the past the line is laid through; default: as long as ``within``, a
                 day at least
    model        of the line: ``default`` follows a long trend, ``reactive`` the last turn
    Raises ``PlanError`` with every figure that Datadog would refuse.
    """

    metric: str
    within: timedelta
    when: Condition
    deviations: int = 1
    learns_from: timedelta | None = None
    model: Model = "default"

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise PlanError(faults)

    def _faults(self) -> Iterator[Fault]:
        if self.when.comparison not in (">=", "<="):
            yield Fault(
                "when",
                "a forecast looks for `>=` of its highest or `<=` of its lowest [Datadog]",
                self.when.comparison,
                f"`{self.when.comparison}=`",
            )
        if not NEAREST <= self.within <= FURTHEST:
            near = NEAREST if self.within < NEAREST else FURTHEST
            yield Fault(
                "within",
                "a forecast looks 12 hours to 90 days ahead [Datadog]",
                say_duration(self.within),
                f"nearest: `{say_duration(near)}`",
            )
        if self.deviations < 1:
            yield Fault("deviations", "1 at least [Datadog]", f"{self.deviations}", "`1`")

    def compile(self) -> Compiled:
        """The monitor's query: the upper edge for what rises, the lower one for what falls."""
        edge = "max" if self.when.rising else "min"
        learned = self.learns_from or max(self.within, _DAY)
        # An hour between points: what fills up over days shows no sooner.
        parts = [
            self.metric,
            "'linear'",
            str(self.deviations),
            "interval='60m'",
            f"history='{ahead(learned)}'",
            f"model='{self.model}'",
        ]
        query = f"{edge}(next_{ahead(self.within)}):forecast({', '.join(parts)})"
        return Compiled("query alert", f"{query} {self.when.text()}", self.when.thresholds())
